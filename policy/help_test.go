package policy

import (
	"regexp"
	"testing"

	"github.com/lakegate/lakegate/auth"
)

func parsed(t testing.TB, text string) *Rules {
	t.Helper()
	rules, err := Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return rules
}

// policyOf is the policy of a file, with its expressions compiled.
func policyOf(t testing.TB, text string, change ...func(*Config)) *Policy {
	t.Helper()
	cfg := Config{Rules: parsed(t, text)}
	for _, c := range change {
		c(&cfg)
	}
	pol, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	compile(pol)
	return pol
}

var values = regexp.MustCompile(`principal\.(user|groups|claims?|in_group)(?:\('([^']*)'\))?`)

// compile stands in for the guard, which parses expressions.
func compile(pol *Policy) {
	kinds := map[string]ValueKind{"user": UserValue, "groups": GroupsValue, "claim": ClaimValue, "claims": ClaimsValue, "in_group": InGroup}
	for _, e := range pol.Expressions() {
		var parts []Part
		rest := e.Text
		for {
			m := values.FindStringSubmatchIndex(rest)
			if m == nil {
				break
			}
			v := Value{Kind: kinds[rest[m[2]:m[3]]]}
			if m[4] >= 0 {
				v.Name = rest[m[4]:m[5]]
			}
			parts = append(parts, Part{rest[:m[0]], v})
			rest = rest[m[1]:]
		}
		e.Compile(append(parts, Part{Text: rest}))
	}
}

func person(user string, groups ...string) auth.Principal {
	return auth.Principal{Provider: "test", Method: auth.ByPassword, Subject: user, User: user, Groups: groups}
}

func table(catalog, schema, name string, columns ...string) Object {
	return Object{Catalog: catalog, Schema: schema, Table: name, Columns: columns}
}
