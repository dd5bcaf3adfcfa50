package guard

import (
	"errors"
	"testing"
)

func TestAFragmentStaysWithinItsBrackets(t *testing.T) {
	for sql, want := range map[string]string{
		"a > 1":                    "a > 1",
		"(a) > (b[1])":             "( a ) > ( b [ 1 ] )",
		"a > 1 -- and more\n":      "a > 1",
		"a /* ; */ > 1":            "a > 1",
		"name = '); DROP TABLE x'": "name = '); DROP TABLE x'",
		`"a;b" IS NULL`:            `"a;b" IS NULL`,
	} {
		if got, err := Fragment(sql); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", sql, got, err, want)
		}
	}
	for _, sql := range []string{
		"", "-- nothing", "a > 1; DROP TABLE x", "a > 1) , b INTEGER CHECK (b > 1", "(a", "a]", "(a]", "a > $1", "a > ?", "'open", "/* open",
	} {
		var refusal *Refusal
		if got, err := Fragment(sql); !errors.As(err, &refusal) {
			t.Errorf("%q: %q, %v; want a refusal", sql, got, err)
		}
	}
}
