package airport

import "strings"

// identifier is name as SQL spells it whatever it holds.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// identifiers are names as a list of columns.
func identifiers(names []string) string { return quotedList(names, ", ") }

// dotted are the parts of one name.
func dotted(parts ...string) string { return quotedList(parts, ".") }

func quotedList(names []string, between string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = identifier(n)
	}
	return strings.Join(quoted, between)
}
