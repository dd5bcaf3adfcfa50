package catalog

import "strings"

// DuckDB compares names of catalogs, schemas, tables and columns without regard to
// the case of ASCII's letters, and of no others.

// Fold is name as the key of a map: equal for names that SameName takes for one.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return rune(lower(byte(r))) //nolint:gosec // ASCII
		}
		return r
	}, name)
}

// SameName reports whether two names mean the same.
func SameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
