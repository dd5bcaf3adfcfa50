package guard

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// encoding/json's answer, which ours must be.
func standard(s string) (node, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var n node
	err := d.Decode(&n)
	return n, err
}

func sameAsStandard(t *testing.T, s string) {
	t.Helper()
	want, wantErr := standard(s)
	got, err := parse(s)
	if wantErr == nil && want == nil { // null, which is no object
		return
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.100q: error %v, want %v", s, err, wantErr)
	}
	if err != nil {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%.100q: got %v, want %v", s, got, want)
	}
	text, err := encode(got)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := standard(text); err != nil || !reflect.DeepEqual(again, want) {
		t.Fatalf("%.100q was written as %.100q: %v", s, text, err)
	}
}

var jsonTexts = []string{
	`{}`, ` { "a" : [ ] , "b":{},"c":null,"d":true,"e":false } trailing`, `{"a":18446744073709551615,"b":-1.5e+10,"c":0,"d":0.5}`,
	`{"a":"x\"y\\z\n\u00e9\ud83d\ude00 \ud800","b":"ünï","` + "\xff" + `":"` + "\xff\xfe" + `"}`, `{"a":"<>&` + "\u2028" + `"}`,
	`{"a":1,"a":2}`, `{"a":[1,[2,[3,{"b":[]}]],"x"]}`, `{"a":"` + strings.Repeat("long ", 20) + `"}`,
	``, `[]`, `"a"`, `1`, `null`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":[1,]}`, `{"a" 1}`, `{a:1}`, `{"a":tru}`, `{"a":01}`,
	`{"a":1.}`, `{"a":-}`, `{"a":1e}`, `{"a":"x`, `{"a":"\x"}`, `{"a":"\`, "{\"a\":\"\n\"}", `{"a":[}`, `{"a":{]}`, `{"a":"\u12"}`,
	`{"a":` + strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999) + `}`, `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
}

func TestJSONIsReadAndWrittenAsTheStandardLibraryDoes(t *testing.T) {
	for _, s := range jsonTexts {
		sameAsStandard(t, s)
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range jsonTexts {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Fuzz(sameAsStandard)
}
