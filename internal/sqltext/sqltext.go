// Package sqltext answers how names and strings are written in SQL, and where they end.
package sqltext

import "strings"

// Identifier quotes s as one SQL name, whatever it holds.
func Identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// Literal quotes s as one SQL string, whatever it holds.
func Literal(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

// List quotes each of names and writes them as a list of columns.
func List(names []string) string { return quoted(names, ", ") }

// Path quotes each of parts and writes them as one name.
func Path(parts ...string) string { return quoted(parts, ".") }

func quoted(names []string, between string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = Identifier(n)
	}
	return strings.Join(list, between)
}

// QuotedEnd is the offset behind the quoted text that begins at i; the end of sql where
// nothing closes it.
func QuotedEnd(sql string, i int, quote byte) int {
	for i++; i < len(sql); i++ {
		if sql[i] == quote {
			if i+1 < len(sql) && sql[i+1] == quote {
				i++
				continue
			}
			return i + 1
		}
	}
	return i
}
