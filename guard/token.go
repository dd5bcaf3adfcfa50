package guard

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	word      tokenKind = iota // keyword or unquoted name
	quoted                     // "name"
	text                       // '...', E'...', X'...', $tag$...$tag$
	number                     //
	parameter                  // ?, $1, $name
	operator                   // one character; or :: := -> => ** // || and kin, whole
	semicolon
)

// token is one lexical unit. Comments and white space are none.
type token struct {
	kind       tokenKind
	start, end int    // byte offsets in the statement
	value      string // word: in lower case; quoted and text: unquoted; else as written
}

// is reports whether t is the keyword or operator s; quoted names are neither.
func (t token) is(s string) bool {
	return (t.kind == word || t.kind == operator) && t.value == s
}

// name reports whether t can be a part of a name.
func (t token) name() bool { return t.kind == word || t.kind == quoted }

// ident is the name that t spells, with the case that it was written in.
func (t token) ident(sql string) string {
	if t.kind == word {
		return sql[t.start:t.end]
	}
	return t.value
}

// tokenize splits sql as DuckDB's own scanner does. What DuckDB would call an
// unterminated string, name or comment is a Refusal.
func tokenize(sql string) ([]token, error) {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return nil, refuse(i, "the statement holds a zero byte; remove it")
	}
	var out []token
	for i := 0; i < len(sql); {
		next, err := skipBlank(sql, i)
		if err != nil {
			return nil, err
		}
		if next > i {
			i = next
			continue
		}
		t, err := scan(sql, i)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		i = t.end
	}
	return out, nil
}

// skipBlank gives the offset after white space or one comment at i.
func skipBlank(sql string, i int) (int, error) {
	r, size := utf8.DecodeRuneInString(sql[i:])
	switch {
	case blank(r):
		return i + size, nil
	case strings.HasPrefix(sql[i:], "--"):
		if n := strings.IndexAny(sql[i:], "\n\r"); n >= 0 {
			return i + n + 1, nil
		}
		return len(sql), nil
	case strings.HasPrefix(sql[i:], "/*"):
		for depth, j := 1, i+2; j < len(sql); {
			switch {
			case strings.HasPrefix(sql[j:], "/*"):
				depth, j = depth+1, j+2
			case strings.HasPrefix(sql[j:], "*/"):
				depth, j = depth-1, j+2
				if depth == 0 {
					return j, nil
				}
			default:
				j++
			}
		}
		return 0, refuse(i, "unterminated /* comment; close it with */")
	}
	return i, nil
}

// blank reports whether DuckDB takes r for white space.
func blank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\f', '\v', '\u00a0', '\u202f', '\u205f', '\u2060', '\u3000', '\ufeff':
		return true
	}
	return r >= '\u2000' && r <= '\u200d'
}

// scan reads the one token that starts at i.
func scan(sql string, i int) (token, error) {
	c := sql[i]
	switch {
	case c == ';':
		return token{semicolon, i, i + 1, ";"}, nil
	case c == '\'':
		return scanQuoted(sql, i, i, text)
	case c == '"':
		return scanQuoted(sql, i, i, quoted)
	case (c == 'e' || c == 'E') && strings.HasPrefix(sql[i+1:], "'"):
		return scanEscaped(sql, i)
	case strings.IndexByte("xXbB", c) >= 0 && strings.HasPrefix(sql[i+1:], "'"):
		return scanQuoted(sql, i, i+1, text)
	case c == '$':
		return scanDollar(sql, i)
	case c == '?':
		return token{parameter, i, i + 1, "?"}, nil
	case isDigit(c) || c == '.' && i+1 < len(sql) && isDigit(sql[i+1]):
		return scanNumber(sql, i), nil
	case isNameStart(c):
		j := i + 1
		for j < len(sql) && (continues(sql, j) || sql[j] == '$') {
			j++
		}
		return token{word, i, j, strings.ToLower(sql[i:j])}, nil
	}
	for _, op := range [...]string{"->>", "::", ":=", "->", "=>", "<=", ">=", "<>", "!=", "==", "**", "//", "||"} {
		if strings.HasPrefix(sql[i:], op) && !strings.HasPrefix(sql[i:], "//*") {
			return token{operator, i, i + len(op), op}, nil
		}
	}
	return token{operator, i, i + 1, sql[i : i+1]}, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// continues reports whether the byte at i goes on with a name that began before it.
func continues(sql string, i int) bool {
	if sql[i] < utf8.RuneSelf {
		return isNameStart(sql[i]) || isDigit(sql[i])
	}
	r, _ := utf8.DecodeRuneInString(sql[i:])
	return !blank(r)
}

// scanQuoted reads a string or name whose opening quote is at open; a doubled
// quote stands for itself.
func scanQuoted(sql string, start, open int, kind tokenKind) (token, error) {
	quote := sql[open]
	var b strings.Builder
	for j := open + 1; j < len(sql); j++ {
		if sql[j] != quote {
			b.WriteByte(sql[j])
			continue
		}
		if j+1 < len(sql) && sql[j+1] == quote {
			b.WriteByte(quote)
			j++
			continue
		}
		return token{kind, start, j + 1, b.String()}, nil
	}
	if kind == quoted {
		return token{}, refuse(start, `unterminated quoted name; close it with "`)
	}
	return token{}, refuse(start, "unterminated quoted string; close it with '")
}

// scanEscaped reads E'...', where a backslash takes the next character with it.
func scanEscaped(sql string, i int) (token, error) {
	for j := i + 2; j < len(sql); j++ {
		switch {
		case sql[j] == '\\':
			j++
		case sql[j] == '\'' && j+1 < len(sql) && sql[j+1] == '\'':
			j++
		case sql[j] == '\'':
			return token{text, i, j + 1, sql[i+2 : j]}, nil
		}
	}
	return token{}, refuse(i, "unterminated quoted string; close it with '")
}

// scanDollar reads $1, $name, or $tag$...$tag$.
func scanDollar(sql string, i int) (token, error) {
	j := i + 1
	if j < len(sql) && isDigit(sql[j]) {
		for j < len(sql) && isDigit(sql[j]) {
			j++
		}
		return token{parameter, i, j, sql[i:j]}, nil
	}
	for j < len(sql) && continues(sql, j) {
		j++
	}
	if j < len(sql) && sql[j] == '$' {
		tag := sql[i : j+1]
		n := strings.Index(sql[j+1:], tag)
		if n < 0 {
			return token{}, refuse(i, "unterminated dollar-quoted string; close it with %s", tag)
		}
		return token{text, i, j + 1 + n + len(tag), sql[j+1 : j+1+n]}, nil
	}
	if j == i+1 {
		return token{operator, i, j, "$"}, nil
	}
	return token{parameter, i, j, sql[i:j]}, nil
}

func scanNumber(sql string, i int) token {
	j := i
	for j < len(sql) && (sql[j] == '.' || continues(sql, j)) {
		if (sql[j] == 'e' || sql[j] == 'E') && j+1 < len(sql) && (sql[j+1] == '+' || sql[j+1] == '-') {
			j++
		}
		j++
	}
	return token{number, i, j, sql[i:j]}
}

// span is a run of tokens of one statement.
type span struct {
	sql    string
	tokens []token
}

// text is what the span covers in the statement.
func (s span) text() string {
	if len(s.tokens) == 0 {
		return ""
	}
	return s.sql[s.tokens[0].start:s.tokens[len(s.tokens)-1].end]
}

func (s span) cut(from, to int) span { return span{s.sql, s.tokens[from:to]} }

// find gives the index of the first of keywords outside of brackets, or CASE
// ... END, at or after from; len if there is none.
func (s span) find(from int, keywords ...string) int {
	depth := 0
	for i := from; i < len(s.tokens); i++ {
		t := s.tokens[i]
		if depth == 0 {
			for _, k := range keywords {
				if t.is(k) {
					return i
				}
			}
		}
		depth += nesting(t)
	}
	return len(s.tokens)
}

func nesting(t token) int {
	switch {
	case t.is("("), t.is("["), t.is("{"), t.is("case"):
		return 1
	case t.is(")"), t.is("]"), t.is("}"), t.is("end"):
		return -1
	}
	return 0
}

// list splits the span at its commas outside of brackets.
func (s span) list() []span {
	var out []span
	for from := 0; ; {
		i := s.find(from, ",")
		out = append(out, s.cut(from, i))
		if i == len(s.tokens) {
			return out
		}
		from = i + 1
	}
}
