package auth

import "strings"

// SameGroup is the one rule by which group names are compared: blanks around
// them trimmed, then equal under Unicode simple case folding (so "Admin" is
// "admin ", and a dotless i is not an i).
func SameGroup(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
