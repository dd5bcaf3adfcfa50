package opinion

import (
	"regexp"
	"strings"
)

var tokenPattern = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*|[0-9]+(?:\.[0-9]+)?|::|:=|->>?|<=|>=|<>|!=|\|\||//|\S`)

// shrink drops parts of sql while same holds.
func shrink(sql string, same func(sql string) bool) string {
	tokens := tokenPattern.FindAllString(sql, -1)
	if !same(join(tokens)) {
		return sql
	}
	left := 1500
	try := func(candidate []string) bool {
		if left--; left < 0 || len(candidate) == 0 {
			return false
		}
		if same(join(candidate)) {
			tokens = candidate
			return true
		}
		return false
	}
	for again := true; again && left > 0; {
		again = false
		for size := len(tokens) / 2; size >= 1; size = min(size-1, size*3/4) {
			for from := 0; from+size <= len(tokens); {
				if balanced(tokens[from:from+size]) && try(without(tokens, from, from+size)) {
					again = true
					continue
				}
				from++
			}
		}
		for from := 0; from < len(tokens); from++ {
			to := closing(tokens, from)
			if to < 0 {
				continue
			}
			inner := append(append(append([]string(nil), tokens[:from]...), tokens[from+1:to]...), tokens[to+1:]...)
			null := append(append(append([]string(nil), tokens[:from]...), "NULL"), tokens[to+1:]...)
			if try(inner) || to > from+1 && try(null) {
				again = true
			}
		}
	}
	return join(tokens)
}

func without(tokens []string, from, to int) []string {
	return append(append([]string(nil), tokens[:from]...), tokens[to:]...)
}

var (
	opening = map[string]int{"(": 1, "[": 1, "{": 1}
	closers = map[string]int{")": 1, "]": 1, "}": 1}
)

func balanced(tokens []string) bool {
	depth := 0
	for _, t := range tokens {
		if depth += opening[t] - closers[t]; depth < 0 {
			return false
		}
	}
	return depth == 0
}

// closing is where the bracket at from is closed; -1 if there is none.
func closing(tokens []string, from int) int {
	if opening[tokens[from]] == 0 {
		return -1
	}
	depth := 0
	for i := from; i < len(tokens); i++ {
		if depth += opening[tokens[i]] - closers[tokens[i]]; depth == 0 {
			return i
		}
	}
	return -1
}

// join is tokens as a text.
func join(tokens []string) string {
	var b strings.Builder
	tight := true
	for _, t := range tokens {
		if t == "." || t == "," || t == ")" || t == "]" || t == "::" || t == "[" {
			tight = true
		}
		if !tight {
			b.WriteByte(' ')
		}
		b.WriteString(t)
		tight = t == "." || t == "(" || t == "[" || t == "::" || t == "{"
	}
	return b.String()
}
