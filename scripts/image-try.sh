#!/usr/bin/env bash
# Starts the server from the image's root file system as the image does: as an
# unprivileged user, on a read-only root, with nothing of this machine's in reach
# but /proc, a few devices and the network. Then asks it things.
#
#   scripts/image-try.sh FOLDER [PORT]     FOLDER: from scripts/image-root.sh; needs root
set -euo pipefail
cd "$(dirname "$0")/.."

root=$(cd "${1:?usage: scripts/image-try.sh FOLDER [PORT]}" && pwd)
port=${2:-50951}

if [[ $(id -u) -ne 0 ]]; then
	echo "image-try: needs root, for chroot and mounts of its own" >&2
	exit 1
fi
if [[ -z ${LAKEGATE_IMAGE_TRY:-} ]]; then
	# Mounts in a namespace of their own: they end with it, and so does the server.
	exec env LAKEGATE_IMAGE_TRY=1 unshare --mount --pid --fork --kill-child "$0" "$root" "$port"
fi

fail() {
	echo "image-try: $*" >&2
	exit 1
}

for shell in sh bash busybox; do
	[[ -z $(find "$root" -name $shell) ]] || fail "there is a $shell in the image"
done

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc -o ro,nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o nosuid,nodev,mode=700,uid=65532,gid=65532 tmpfs "$root/var/lib/lakegate"

# What a deployment mounts: settings, a self-signed certificate, a provider's keys.
mount -t tmpfs -o nosuid,nodev,noexec,mode=755 tmpfs "$root/etc/lakegate"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=lakegate.example.com" \
	-keyout "$root/etc/lakegate/server.key" -out "$root/etc/lakegate/server.pem" 2>/dev/null
openssl rand -base64 32 >"$root/etc/lakegate/ticket.key"
cat >"$root/etc/lakegate/keys.json" <<'JSON'
{"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256",
  "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
JSON
cat >"$root/etc/lakegate/lakegate.yaml" <<YAML
listen: 0.0.0.0:$port
ticket_key_file: ticket.key
tls: {certificate: server.pem, key: server.key}
catalogs: {lake: {type: ducklake, metadata: {type: duckdb, path: /var/lib/lakegate/lake.ducklake}, data: /var/lib/lakegate/data/}}
auth:
  providers: [oidc]
  oidc: {issuer: "https://id.example.com", audience: "api://lakegate", jwks_file: keys.json}
  read_only_groups: [analysts]
YAML
chown 65532:65532 "$root/etc/lakegate"/{server.key,ticket.key}
mount -o remount,bind,ro "$root"
if touch "$root/etc/probe" 2>/dev/null; then fail "the root file system is writable"; fi

# The program as the image runs it; each word here executes the next.
lakegate=(
	env -i LAKEGATE_CONFIG=/etc/lakegate/lakegate.yaml HOME=/var/lib/lakegate
	LAKEGATE_EXTENSIONS=/usr/lib/lakegate/extensions LAKEGATE_STATE=/var/lib/lakegate
	"$(command -v setpriv)" --no-new-privs
	"$(command -v chroot)" --userspec=65532:65532 "$root" /usr/bin/lakegate
)

"${lakegate[@]}" version
"${lakegate[@]}" serve >"$root/tmp/serve.log" 2>&1 &
server=$!

deadline=$((SECONDS + 60))
until "${lakegate[@]}" check >/dev/null 2>&1; do
	if ! kill -0 $server 2>/dev/null || [[ $SECONDS -gt $deadline ]]; then
		tail -40 "$root/tmp/serve.log" >&2
		fail "the server did not become healthy"
	fi
	sleep 0.2
done
"${lakegate[@]}" check

kill -TERM $server
status=0
wait $server || status=$?
if [[ $status -ne 0 ]]; then
	tail -40 "$root/tmp/serve.log" >&2
	fail "the server ended with $status"
fi
echo "image-try: healthy by its settings file alone, as user 65532 on a read-only root, and ended on request"
