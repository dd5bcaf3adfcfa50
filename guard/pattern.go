package guard

import (
	"math/big"
	"strconv"
	"strings"
)

// Pattern is a statement's text with its literals taken out. Clients that write
// values into their SQL send many texts of few patterns, and a verdict rests on
// names, functions and structure: the value of a literal has no part in it.
type Pattern struct {
	Key      string   // equal for texts that differ in nothing but their literals' values
	literals []string // as written, in order
}

// patternMost is the longest text that is worth a pattern.
const patternMost = 16 << 10

// PatternOf takes sql apart. ok is false where there is nothing to gain: a text
// without literals, a malformed or very long one.
func PatternOf(sql string) (p Pattern, ok bool) {
	if len(sql) > patternMost {
		return Pattern{}, false
	}
	tokens, err := tokenize(sql)
	if err != nil {
		return Pattern{}, false
	}
	var key strings.Builder
	key.Grow(len(sql))
	for _, t := range tokens {
		written := sql[t.start:t.end]
		if class, isLiteral := classOf(t, written); isLiteral {
			p.literals = append(p.literals, written)
			key.WriteByte(0)
			written = class
		}
		key.WriteString(written)
		key.WriteByte(0)
	}
	p.Key = key.String()
	return p, len(p.literals) > 0
}

// classOf tells literals whose types differ apart, since what a statement gives
// depends on them: strings, whole numbers by the bytes that they need, decimals
// by their digits. Other spellings of values count as a part of the pattern.
func classOf(t token, written string) (class string, ok bool) {
	switch {
	case t.kind == text && written[0] == '\'':
		return "s", true
	case t.kind != number:
		return "", false
	}
	whole, fraction, decimal := strings.Cut(written, ".")
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" || decimal && fraction == "" {
		return "", false
	}
	if decimal {
		return "d" + strconv.Itoa(len(whole)) + "." + strconv.Itoa(len(fraction)), true
	}
	n, _ := new(big.Int).SetString(whole, 10)
	for _, bits := range [...]int{7, 8, 15, 16, 31, 32, 63} {
		if n.BitLen() <= bits {
			return "i" + strconv.Itoa(bits), true
		}
	}
	return "", false
}

// Template is a rewritten text with places for the literals of a pattern.
type Template struct {
	parts []string // what stands around the places
	order []int    // which literal goes to which place
	fixed map[int]string
}

// Learn compares the texts that two statements of one pattern were rewritten to.
// ok is false unless they differ in nothing but literals, each of which is in
// one place: an alias made from a value, for instance, has no template. Literals
// that were equal in both are fixed: whether they may differ is not known.
func Learn(a Pattern, sqlA string, b Pattern, sqlB string) (t Template, ok bool) {
	tokensA, errA := tokenize(sqlA)
	tokensB, errB := tokenize(sqlB)
	if errA != nil || errB != nil || len(tokensA) != len(tokensB) || a.Key != b.Key {
		return Template{}, false
	}
	placed := make([]bool, len(a.literals))
	from := 0
	for i, ta := range tokensA {
		tb := tokensB[i]
		writtenA, writtenB := sqlA[ta.start:ta.end], sqlB[tb.start:tb.end]
		if writtenA == writtenB {
			continue
		}
		n := placeOf(a.literals, b.literals, writtenA, writtenB)
		if ta.kind != text && ta.kind != number || n < 0 || placed[n] {
			return Template{}, false
		}
		placed[n] = true
		t.parts = append(t.parts, sqlA[from:ta.start])
		t.order = append(t.order, n)
		from = ta.end
	}
	t.parts = append(t.parts, sqlA[from:])
	t.fixed = map[int]string{}
	for n, literal := range a.literals {
		switch {
		case literal == b.literals[n]:
			t.fixed[n] = literal
		case !placed[n]:
			return Template{}, false
		}
	}
	return t, len(t.order) > 0
}

// placeOf is the one literal that was a's in one text and b's in the other; -1
// if there is none or several.
func placeOf(as, bs []string, a, b string) int {
	found := -1
	for n := range as {
		if as[n] == a && bs[n] == b {
			if found >= 0 {
				return -1
			}
			found = n
		}
	}
	return found
}

// Fill is the rewritten text for a statement of the template's pattern. ok is
// false if one of its literals differs where the template does not know that it may.
func (t Template) Fill(p Pattern) (sql string, ok bool) {
	for n, literal := range t.fixed {
		if p.literals[n] != literal {
			return "", false
		}
	}
	var b strings.Builder
	for i, n := range t.order {
		b.WriteString(t.parts[i])
		b.WriteString(p.literals[n])
	}
	b.WriteString(t.parts[len(t.order)])
	return b.String(), true
}
