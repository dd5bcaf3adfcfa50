#!/usr/bin/env bash
# Fetches DuckDB's extensions into extensions/, in the layout that DuckDB expects.
#
#   scripts/extensions.sh [PLATFORM]     PLATFORM: linux_amd64 or linux_arm64; this machine's by default
#
# They come from the Python package index as wheels whose hashes are pinned in
# scripts/extensions/PLATFORM.txt, are unpacked, and are compared with
# scripts/extensions/SHA256SUMS. A wrong hash stops this script and leaves
# extensions/ as it was. DuckDB checks its own signature again at each load.
# EXTENSIONS_DIR names another target folder.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.5.5
names=(httpfs ducklake postgres_scanner aws)
target=${EXTENSIONS_DIR:-extensions}

platform=${1:-}
if [[ -z $platform ]]; then
	case $(uname -m) in
	x86_64 | amd64) platform=linux_amd64 ;;
	aarch64 | arm64) platform=linux_arm64 ;;
	*) platform=$(uname -m) ;;
	esac
fi
case $platform in
linux_amd64) wheel=manylinux2014_x86_64 ;;
linux_arm64) wheel=manylinux2014_aarch64 ;;
*)
	echo "extensions: no pinned wheels for $platform; there are linux_amd64 and linux_arm64" >&2
	exit 2
	;;
esac

sums=$(grep "  $version/$platform/" scripts/extensions/SHA256SUMS)

# verified FOLDER: every extension is there and has its pinned hash.
verified() {
	(cd "$1" && sha256sum --check --quiet --strict - <<<"$sums")
}

if [[ -d $target ]] && verified "$target" >/dev/null 2>&1; then
	echo "extensions: $target/$version/$platform is complete: ${names[*]}"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Debian's python3 comes without pip: a virtual environment may have it, and root
# may install it.
pip=(python3 -m pip)
if ! "${pip[@]}" --version >/dev/null 2>&1; then
	if python3 -m venv "$work/venv" >/dev/null 2>&1; then
		pip=("$work/venv/bin/python" -m pip)
	elif [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
		echo "extensions: installing python3-pip by apt"
		apt-get update -qq >/dev/null
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-pip >/dev/null
	else
		echo "extensions: python3 with pip is needed; on Debian: apt-get install python3-pip" >&2
		exit 1
	fi
fi

echo "extensions: fetching ${names[*]} $version for $platform from the Python package index"
"${pip[@]}" download --quiet --disable-pip-version-check --no-deps --require-hashes \
	--only-binary :all: --implementation py --python-version 3.11 --platform "$wheel" \
	--dest "$work/wheels" --requirement "scripts/extensions/$platform.txt"

folder=$work/out/$version/$platform
mkdir -p "$folder"
for name in "${names[@]}"; do
	python3 - "$work/wheels" "$name" "$version" "$folder" <<'PY'
import pathlib, shutil, sys, zipfile

wheels, name, version, folder = sys.argv[1:]
(wheel,) = pathlib.Path(wheels).glob(f"duckdb_extension_{name}-*.whl")
inside = f"duckdb_extension_{name}/extensions/{version}/{name}.duckdb_extension"
with zipfile.ZipFile(wheel) as z, z.open(inside) as source:
    with open(pathlib.Path(folder, f"{name}.duckdb_extension"), "wb") as out:
        shutil.copyfileobj(source, out)
PY
done
if ! verified "$work/out"; then
	echo "extensions: an unpacked file does not have the hash in scripts/extensions/SHA256SUMS; nothing was installed" >&2
	exit 1
fi

mkdir -p "$target/$version/$platform"
chmod 644 "$folder"/*
for name in "${names[@]}"; do
	file=$version/$platform/$name.duckdb_extension
	# Renamed into place: a server that has the old file open keeps it.
	cp "$work/out/$file" "$target/$file.new"
	mv "$target/$file.new" "$target/$file"
	echo "extensions: $target/$file ($(($(stat -c %s "$target/$file") / 1048576)) MB)"
done
