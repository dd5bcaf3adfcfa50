package guard

import (
	"errors"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT a.b":                     "select|a|.|b",
		`"a""b" 'c''d' E'\'' $$x'y$$`:    `a"b|c'd|\'|x'y`,
		"$1 $name ? $t$ ; $t$":           "$1|$name|?| ; ",
		"a::int->>'x' || b=>1":           "a|::|int|->>|x|||" + "|b|=>|1",
		"/* a /* b */ c */ x -- y\nz":    "x|z",
		"1.5e-3 .5 1_000 0xFF x'AB' 1.a": "1.5e-3|.5|1_000|0xFF|AB|1.a",
		"ünï ÜNÏ":                        "ünï|ünï",
		"a;b":                            "a|;|b",
		"4 //*x*/ 2 //3":                 "4|/|2|//|3",
		"a\u00a0b\u2060c":                "a|b|c",
		"e'a' exe 'b'":                   "a|exe|b",
	} {
		tokens, err := tokenize(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		values := make([]string, len(tokens))
		for i, token := range tokens {
			values[i] = token.value
		}
		if got := strings.Join(values, "|"); got != want {
			t.Errorf("%s: %s; want %s", sql, got, want)
		}
	}
}

func TestUnterminatedTokensAreRefusedWhereTheyBegin(t *testing.T) {
	for sql, want := range map[string]int{"a 'b": 2, `a "b`: 2, "a /* b /* */": 2, "a $x$ b": 2, "E'a\\'": 0, "a\x00": 1} {
		_, err := tokenize(sql)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Position != want {
			t.Errorf("%q: %v", sql, err)
		}
	}
}

// FuzzTokenize: tokens are in order, do not overlap, and nothing but blanks and
// comments lies between them.
func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"SELECT 'a''b' -- c", `"x"""`, "$a$ b $a$", "/* /* */ */ 1", "E'\\''", "$1 ? :: ->>", "1e-", "\xff\xfe", "a\u00a0b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		tokens, err := tokenize(sql)
		if err != nil {
			return
		}
		end := 0
		for _, token := range tokens {
			if token.start < end || token.end <= token.start || token.end > len(sql) {
				t.Fatalf("%q: token %+v after %d", sql, token, end)
			}
			if between, err := tokenize(sql[end:token.start]); err != nil || len(between) != 0 {
				t.Fatalf("%q: %v, %v lies between tokens", sql, between, err)
			}
			end = token.end
		}
	})
}
