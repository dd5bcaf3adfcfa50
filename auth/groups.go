package auth

import (
	"strings"
	"unicode"
)

// SameGroup is the one rule by which group names are compared: blanks around
// them trimmed, then equal under Unicode simple case folding (so "Admin" is
// "admin ", and a dotless i is not an i).
func SameGroup(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// groupKey is equal for two names that SameGroup takes for one.
func groupKey(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, strings.TrimSpace(name))
}
