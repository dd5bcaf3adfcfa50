#!/usr/bin/env bash
# Fails when a function is reached neither from a program nor from a test.
set -euo pipefail
cd "$(dirname "$0")/.."

tags=duckdb_arrow,peers
found=$(GOFLAGS='' go tool -modfile=tools/go.mod deadcode -test -tags "$tags" ./...)
if [[ -n $found ]]; then
	printf 'deadcode: reached by nothing:\n%s\n' "$found" >&2
	exit 1
fi
