package guard

import "strings"

// Redact is sql without what somebody may have written as a value: a question mark
// stands for each string, number and blob, and comments are gone. Names, keywords
// and parameters stay. Of a text that is no sequence of SQL's words nothing stays.
func Redact(sql string) string {
	tokens, err := tokenize(sql)
	if err != nil {
		return ""
	}
	var b strings.Builder
	b.Grow(len(sql))
	end := 0
	for i, t := range tokens {
		if i > 0 && t.start > end {
			b.WriteByte(' ')
		}
		end = t.end
		switch t.kind {
		case text, number:
			b.WriteByte('?')
		default:
			b.WriteString(sql[t.start:t.end])
		}
	}
	return b.String()
}

// Literals are the values that Redact takes out of sql, as they are meant and as
// they are written, for what quotes them elsewhere.
func Literals(sql string) []string {
	tokens, err := tokenize(sql)
	if err != nil {
		return nil
	}
	var values []string
	for _, t := range tokens {
		switch t.kind {
		case text:
			values = append(values, sql[t.start:t.end], t.value)
		case number:
			values = append(values, t.value)
		}
	}
	return values
}
