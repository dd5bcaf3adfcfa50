package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var placed = regexp.MustCompile(`(?s)^p:[1-9][0-9]*: .`)

// N05: no text makes Parse panic or take for ever; what it accepts can be used, and
// what it refuses it refuses with a place.
func FuzzParse(f *testing.F) {
	pages, err := filepath.Glob("../docs/policy.md")
	if err != nil || len(pages) != 1 {
		f.Fatalf("%d pages, %v", len(pages), err)
	}
	text, err := os.ReadFile(pages[0])
	if err != nil {
		f.Fatal(err)
	}
	for _, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
		f.Add([]byte(block[1]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := Parse("p", text)
		if err != nil {
			if rules != nil || !placed.MatchString(err.Error()) {
				t.Fatalf("rules %v, error %v", rules, err)
			}
			return
		}
		pol, err := New(Config{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		compile(pol)
		o := table("lake", "main", "t", "a", "b")
		o.Types = []string{"VARCHAR", "INTEGER"}
		for _, p := range []string{"ann", "o'hara"} {
			r := pol.Rights(person(p, "analysts"))
			d := r.Table(o)
			if d.Privileges&^r.Tables != 0 || rules.Empty() && d.Privileges != 0 {
				t.Fatalf("%+v beyond %+v", d, r)
			}
			if r != pol.Rights(person(p, "analysts")) {
				t.Fatal("rights differ from one call to the next")
			}
			r.At("lake", "main")
			r.Function("md5")
			r.Kills(person("x"))
			r.Sets("schema")
			_ = r.Limits()
			e := pol.Explain(person(p, "analysts"), o)
			if len(e.Tried) > len(rules.tables) {
				t.Fatal("more rules are explained than there are")
			}
		}
		pol.Uses(o)
		rules.Idle([]Object{o})
		for _, i := range rules.Impersonation() {
			if i.As == nil || i.Users == nil && len(i.Groups) == 0 || strings.TrimSpace(i.Place) == "" {
				t.Fatalf("%+v", i)
			}
		}
	})
}
