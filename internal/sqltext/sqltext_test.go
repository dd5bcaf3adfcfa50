package sqltext

import "testing"

func TestWhatIsQuotedEndsWhereItShould(t *testing.T) {
	for _, name := range []string{"", "a", `a"b`, `"`, `a.b`, "it's", "größe"} {
		for quote, text := range map[byte]string{'"': Identifier(name), '\'': Literal(name)} {
			if end := QuotedEnd(text+" AND more", 0, quote); end != len(text) {
				t.Errorf("%s ends at %d", text, end)
			}
		}
	}
	if end := QuotedEnd("'open", 0, '\''); end != 5 {
		t.Errorf("what is not closed ends at %d", end)
	}
	if got := Path(`a"b`, "c") + " " + List([]string{"x", "y"}); got != `"a""b"."c" "x", "y"` {
		t.Errorf("%s", got)
	}
}
