package engine

import "strings"

// identifier quotes s as one SQL name, whatever it contains.
func identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// literal quotes s as one SQL string, whatever it contains.
func literal(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

// literals quotes each of list and writes them as one SQL list.
func literals(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = literal(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
