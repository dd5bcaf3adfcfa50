#!/usr/bin/env bash
# Lays out the container image's root file system in a folder.
#
#   scripts/image-root.sh FOLDER      needs bin/lakegate and extensions/
#
# It holds the program, the shared libraries that the program and the extensions
# name, the loader, CA certificates, a user, and nothing else: no shell.
set -euo pipefail
cd "$(dirname "$0")/.."

root=${1:?usage: scripts/image-root.sh FOLDER}
user=65532 # the number that distroless images use for "nonroot"

case $(uname -m) in
x86_64) platform=linux_amd64 ;;
aarch64) platform=linux_arm64 ;;
*)
	echo "image-root: no image for $(uname -m)" >&2
	exit 2
	;;
esac
extensions=extensions/v1.5.5/$platform
for file in bin/lakegate "$extensions"/{httpfs,ducklake,postgres_scanner,aws}.duckdb_extension /etc/ssl/certs/ca-certificates.crt; do
	if [[ ! -s $file ]]; then
		echo "image-root: $file is missing; run \"make build extensions\" (and install ca-certificates)" >&2
		exit 1
	fi
done

rm -rf "$root"
mkdir -p "$root"/{dev,proc,sys,tmp,etc/lakegate,etc/ssl/certs,usr/bin,usr/lib/lakegate,var/lib/lakegate}
chmod 1777 "$root/tmp"

install -m 755 bin/lakegate "$root/usr/bin/lakegate"
mkdir -p "$root/usr/lib/lakegate/$extensions"
install -m 644 "$extensions"/*.duckdb_extension "$root/usr/lib/lakegate/$extensions/"
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
install -m 644 LICENSE "$root/usr/lib/lakegate/LICENSE"
printf 'root:x:0:0:root:/:/sbin/nologin\nlakegate:x:%d:%d:lakegate:/var/lib/lakegate:/sbin/nologin\n' $user $user >"$root/etc/passwd"
printf 'root:x:0:\nlakegate:x:%d:\n' $user >"$root/etc/group"
printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"

# ldd prints "name => path (address)", and the loader as "path (address)".
libraries=$(ldd bin/lakegate "$extensions"/*.duckdb_extension)
if grep 'not found' <<<"$libraries" >&2; then exit 1; fi
while read -r library; do
	mkdir -p "$root$(dirname "$library")"
	install -m 755 "$(readlink -f "$library")" "$root$library"
done < <(awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// && $2 ~ /^\(/ {print $1}' <<<"$libraries" | sort -u)

# The state folder is the one place that the server writes to.
if [[ $(id -u) -eq 0 ]]; then chown $user:$user "$root/var/lib/lakegate"; fi
chmod 700 "$root/var/lib/lakegate"

echo "image-root: $root, $(du -sm "$root" | cut -f1) MB:"
(cd "$root" && find . -type f -printf '  %10s %P\n' | sort -k2)
