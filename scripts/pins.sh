#!/usr/bin/env bash
# Checks that the versions which must move together do, and that each direct
# dependency is in docs/dependencies.md and is called direct in go.mod.
#
#   scripts/pins.sh [--fix]     --fix: take the wrong "// indirect" out of go.mod
set -euo pipefail
cd "$(dirname "$0")/.."

duckdb=1.5.5
bindings=v0.10505.0 # DuckDB's version in the spelling of its Go bindings
wrong=0

complain() {
	echo "pins: $*" >&2
	wrong=1
}

# version MODULE: as go.mod has it, empty where it does not.
version() { awk -v m="$1" '$1 == m {print $2} $1 == "require" && $2 == m {print $3}' go.mod; }

expect() { # expect MODULE VERSION
	local got
	got=$(version "$1")
	[[ $got == "$2" ]] || complain "go.mod has $1 ${got:-not at all}, want $2"
}

at_least() { # at_least MODULE VERSION
	local got
	got=$(version "$1")
	[[ -n $got && $(printf '%s\n%s\n' "$2" "$got" | sort -V | head -1) == "$2" ]] ||
		complain "go.mod has $1 ${got:-not at all}, want $2 or later"
}

expect github.com/duckdb/duckdb-go-bindings "$bindings"
expect github.com/duckdb/duckdb-go/v2 v2.10505.0
for lib in linux-amd64 linux-arm64; do
	expect "github.com/duckdb/duckdb-go-bindings/lib/$lib" "$bindings"
done
at_least github.com/apache/arrow-go/v18 v18.8.0
at_least github.com/lestrrat-go/jwx/v3 v3.3.0
at_least google.golang.org/grpc v1.85.0

for gone in github.com/marcboeker/go-duckdb github.com/apache/arrow/go github.com/lestrrat-go/jwx/v2; do
	if grep -q "$gone" go.mod; then complain "go.mod has $gone, which has a successor"; fi
done
if grep -q '^replace' go.mod; then complain "go.mod replaces a module"; fi

# The extensions are of the engine's version, everywhere that names it.
grep -q "^version=v$duckdb\$" scripts/extensions.sh || complain "scripts/extensions.sh is not about $duckdb"
grep -q "ExtensionVersion = \"v$duckdb\"" internal/testpeer/clients.go || complain "internal/testpeer is not about $duckdb"
if grep -hv '^#' scripts/extensions/linux_*.txt | grep -v "==$duckdb "; then
	complain "the wheels above are not of $duckdb"
fi
if grep -v "  v$duckdb/" scripts/extensions/SHA256SUMS; then
	complain "the hashes above are not of $duckdb"
fi

# What our own packages import, and the module that each import belongs to.
direct() {
	# shellcheck disable=SC2016 # the dollars are the template's
	local imports='{{range .Imports}}{{println .}}{{end}}{{range .TestImports}}{{println .}}{{end}}{{range .XTestImports}}{{println .}}{{end}}'
	go list -tags duckdb_arrow,peers -f "$imports" ./... | grep '[.].*/' | sort -u |
		xargs go list -tags duckdb_arrow,peers -f '{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}' | sort -u
}
while read -r module; do
	grep -qF "\`$module\`" docs/dependencies.md || complain "docs/dependencies.md has no line for $module"
	if [[ ${1:-} == --fix ]]; then sed -i -E "s|^([[:space:]]+$module v[^ ]+) // indirect|\\1|" go.mod; fi
	if grep -qE "^(require)?[[:space:]]+$module .*// indirect" go.mod; then
		complain "$module is imported, and go.mod calls it indirect; scripts/pins.sh --fix"
	fi
done < <(direct)

exit "$wrong"
