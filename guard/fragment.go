package guard

import "strings"

// Fragment is sql, one expression or constraint that came by itself, ready to be
// written into a statement: its brackets are closed, it ends there, and comments are
// gone. Whether it means anything the statement's own check finds out. The error is
// a *Refusal.
func Fragment(sql string) (string, error) {
	tokens, err := tokenize(sql)
	if err != nil {
		return "", err
	}
	var open []byte
	parts := make([]string, len(tokens))
	for i, t := range tokens {
		parts[i] = sql[t.start:t.end]
		switch {
		case t.kind == semicolon:
			return "", refuse(t.start, "an expression has no semicolon")
		case t.kind == parameter:
			return "", refuse(t.start, "an expression in a definition has no parameters")
		case t.is("(") || t.is("[") || t.is("{"):
			open = append(open, closing[t.value])
		case t.is(")") || t.is("]") || t.is("}"):
			if len(open) == 0 || open[len(open)-1] != t.value[0] {
				return "", refuse(t.start, "a closing bracket has no opening one")
			}
			open = open[:len(open)-1]
		}
	}
	switch {
	case len(tokens) == 0:
		return "", refuse(-1, "the expression is empty")
	case len(open) > 0:
		return "", refuse(-1, "a bracket is not closed")
	}
	return strings.Join(parts, " "), nil
}

var closing = map[string]byte{"(": ')', "[": ']', "{": '}'}
