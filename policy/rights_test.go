package policy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/lakegate/lakegate/auth"
)

const byClaims = `
roles: [{name: boss, users: [zoe]}]
tables:
  - {table: regional, privileges: [SELECT], filter: "region = principal.claim('region')"}
  - {table: several, privileges: [SELECT], filter: "region IN principal.claims('regions')"}
  - {table: own, group: people, privileges: [SELECT], filter: name = principal.user}
  - {table: grouped, privileges: [SELECT], columns: [{name: a, mask: "CASE WHEN principal.in_group('hr') THEN a END"}]}
  - {role: boss, privileges: [OWNERSHIP]}
  - {group: analysts, privileges: [SELECT]}
`

func claiming(p auth.Principal, claims string) auth.Principal {
	d := json.NewDecoder(strings.NewReader(claims))
	d.UseNumber()
	if err := d.Decode(&p.Claims); err != nil {
		panic(err)
	}
	return p
}

func TestPrincipalsForWhomTheSameHoldsShareTheirRights(t *testing.T) {
	pol := policyOf(t, byClaims)
	same := [][2]auth.Principal{
		{person("ann", "analysts"), person("bob", "analysts")},
		{person("ann", "analysts"), person("ann", "x", "ANALYSTS ")},
		{claiming(person("ann"), `{"region":"eu"}`), claiming(person("bob"), `{"region":"eu","other":1}`)},
		{claiming(person("ann"), `{"region":{}}`), person("bob")},
		{claiming(person("ann"), `{"regions":["a"]}`), claiming(person("ann"), `{"regions":"a"}`)},
	}
	for _, pair := range same {
		a, b := pol.Rights(pair[0]), pol.Rights(pair[1])
		if a != b || a.Version() != b.Version() {
			t.Errorf("%+v and %+v do not share", pair[0], pair[1])
		}
	}
	other := [][2]auth.Principal{
		{person("ann", "people"), person("bob", "people")}, // by name
		{person("ann", "analysts"), person("ann")},
		{person("ann"), person("zoe")},
		{person("ann"), person("ann", "hr")},
		{claiming(person("ann"), `{"region":"eu"}`), claiming(person("ann"), `{"region":"us"}`)},
		{claiming(person("ann"), `{"region":"eu"}`), person("ann")},
		{claiming(person("ann"), `{"regions":["a","b"]}`), claiming(person("ann"), `{"regions":["a', 'b"]}`)},
		{claiming(person("ann"), `{"region":"NULL"}`), person("ann")},
	}
	for _, pair := range other {
		a, b := pol.Rights(pair[0]), pol.Rights(pair[1])
		if a == b || a.Version() == b.Version() {
			t.Errorf("%+v and %+v share", pair[0], pair[1])
		}
	}
}

func TestClaimsThatAreAbsentAreNULLOrEmpty(t *testing.T) {
	pol := policyOf(t, byClaims)
	for _, tt := range []struct {
		name  string
		who   auth.Principal
		table string
		want  string
	}{
		{"no token", person("ann"), "regional", "region = NULL::VARCHAR"},
		{"no token, a list", person("ann"), "several", "region IN []::VARCHAR[]"},
		{"a number", claiming(person("ann"), `{"region":12345678901234567890}`), "regional", "region = '12345678901234567890'::VARCHAR"},
		{"a quote", claiming(person("ann"), `{"region":"a' OR true --"}`), "regional", "region = 'a'' OR true --'::VARCHAR"},
		{"a NUL", claiming(person("ann"), `{"region":"a\u0000b"}`), "regional", "region = NULL::VARCHAR"},
		{"a list in place of one", claiming(person("ann"), `{"region":["a"]}`), "regional", "region = NULL::VARCHAR"},
		{"one in place of a list", claiming(person("ann"), `{"regions":"a"}`), "several", "region IN ['a'::VARCHAR]::VARCHAR[]"},
		{"a list", claiming(person("ann"), `{"regions":["a",2,{}]}`), "several", "region IN ['a'::VARCHAR, '2'::VARCHAR]::VARCHAR[]"},
		{"L07 a name with quotes", person("o'h\"ara", "people"), "own", `name = 'o''h"ara'::VARCHAR`},
	} {
		if got := pol.Rights(tt.who).Table(table("lake", "main", tt.table, "a")); got.Filter != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Filter, tt.want)
		}
	}
	for groups, want := range map[string]string{"Hr": "CASE WHEN true THEN a END", "x": "CASE WHEN false THEN a END"} {
		if got := pol.Rights(person("ann", groups)).Table(table("lake", "main", "grouped", "a")).Columns[0].Mask; got != want {
			t.Errorf("in group %q: %s", groups, got)
		}
	}
}

// D18: that somebody is in no group that a rule names cannot be told of those whose
// groups are not known.
func TestPeopleOfUnknownGroupsHaveNoRightsWhereRulesAskForGroups(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Privileges
	}{
		{"a rule for a group", "tables: [{group: hr, privileges: []}, {privileges: [SELECT]}]", 0},
		{"a rule for a group behind", "tables: [{privileges: [SELECT]}, {group: hr, privileges: []}]", 0},
		{"a rule for a role", "roles: [{name: r, groups: [g]}]\ntables: [{role: r, privileges: []}, {privileges: [SELECT]}]", 0},
		{"a limit", "tables: [{privileges: [SELECT]}]\nlimits: [{group: g, running: 1}]", 0},
		{"a filter over groups", "tables: [{privileges: [SELECT], filter: NOT principal.in_group('x')}]", 0},
		{"a mask over groups", "tables: [{privileges: [SELECT], columns: [{name: a, mask: principal.groups}]}]", 0},
		{"a rule for another's group", "tables: [{user: bob, group: hr, privileges: []}, {privileges: [SELECT]}]", Select},
		{"a rule for a group that is known", "tables: [{group: known, privileges: [SELECT]}]", Select},
		{"no rule for groups", "tables: [{user: ann, privileges: [SELECT]}]", Select},
	} {
		pol := policyOf(t, tt.text, func(c *Config) { c.AdminGroups = []string{"known"} })
		p := person("ann", "known")
		p.GroupsUnknown = true
		r := pol.Rights(p)
		if got := r.Table(table("lake", "main", "t", "a")).Privileges; got != tt.want {
			t.Errorf("%s: %b, want %b", tt.name, got, tt.want)
		}
		if tt.want == 0 && !r.None() {
			t.Errorf("%s: %+v", tt.name, r)
		}
		e := pol.Explain(p, table("lake", "main", "t", "a"))
		if (e.Decision.Rule == "the groups of this user are not known, and the rules ask for groups") != (tt.want == 0) {
			t.Errorf("%s: explained by %q", tt.name, e.Decision.Rule)
		}
		p.GroupsUnknown = false
		if pol.Rights(p).Table(table("lake", "main", "t", "a")).Privileges == 0 && !strings.Contains(tt.text, "group: g,") && tt.want == Select {
			t.Errorf("%s: nothing with groups that are known", tt.name)
		}
	}
	lists, err := New(Config{ReadOnlyGroups: []string{"known"}, Grants: Grants{Grants: []Grant{granted(ToGroup, "other", Select, "lake")}}})
	if err != nil {
		t.Fatal(err)
	}
	p := person("ann", "known")
	p.GroupsUnknown = true
	if got := lists.Rights(p).Table(table("lake", "main", "t")).Privileges; got != Select {
		t.Errorf("lists and grants only give, and gave %b", got)
	}
}

func TestRightsAreOneForManyAtOnce(t *testing.T) {
	pol := policyOf(t, byClaims)
	const many = 64
	got := make([]Rights, many)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			got[i] = pol.Rights(person(fmt.Sprint("user", i), "analysts"))
			compile(pol)
		})
	}
	wg.Wait()
	for _, r := range got[1:] {
		if r != got[0] {
			t.Fatal("they differ")
		}
	}
}

func TestRightsThatNobodyHoldsAreForgotten(t *testing.T) {
	pol := policyOf(t, "tables: [{privileges: [SELECT], filter: principal.user}]")
	for i := range 3 * maxKept {
		pol.Rights(person(fmt.Sprint("user", i)))
	}
	count := func() int {
		pol.subjects.mu.Lock()
		defer pol.subjects.mu.Unlock()
		return len(pol.subjects.of)
	}
	for range 1000 {
		runtime.GC()
		if count() <= maxKept {
			break
		}
		runtime.Gosched()
	}
	if n := count(); n > maxKept {
		t.Errorf("%d are kept", n)
	}
	if n := len(pol.kept.rights); n > maxKept {
		t.Errorf("%d are remembered", n)
	}
}

// random is a file of rules over few names, so that they meet.
func random(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	b.WriteString("roles: [{name: r1, users: [u1], groups: [g2]}, {name: r2, roles: [r1]}]\ntags: [{table: t1, tags: [x]}, {column: c1, tags: [y]}]\ntables:\n")
	for range 1 + r.IntN(6) {
		b.WriteString("  - {privileges: [" + pick("", "SELECT", "INSERT, SELECT", "OWNERSHIP") + "]")
		for _, k := range []string{"user: 'u[12]'", "group: g1|g3", "role: r2", "catalog: lake", "schema: s1", "table: 't[13]'", "tags: [x]", "filter: \"c1 = principal.claim('k')\"", "filter: principal.user", "columns: [{name: c1, allow: false}]", "columns: [{tags: [y], mask: '0'}]"} {
			name, _, _ := strings.Cut(k, ":")
			if r.IntN(4) == 0 && !strings.Contains(b.String()[strings.LastIndex(b.String(), "{privileges"):], ", "+name+":") {
				b.WriteString(", " + k)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func someone(r *rand.Rand) auth.Principal {
	p := person(fmt.Sprint("u", r.IntN(4)))
	for i := range 4 {
		if r.IntN(3) == 0 {
			p.Groups = append(p.Groups, fmt.Sprint("g", i))
		}
	}
	return claiming(p, fmt.Sprintf(`{"k":"v%d"}`, r.IntN(2)))
}

var sample = func() (out []Object) {
	for _, c := range []string{"lake", "other"} {
		for _, s := range []string{"s1", "s2"} {
			for _, n := range []string{"t1", "t2", "t3"} {
				out = append(out, table(c, s, n, "c1", "c2"))
			}
		}
	}
	return out
}()

func decisions(r Rights) (out []Decision) {
	rs := r.Resolve()
	for _, o := range sample {
		out = append(out, rs.Table(o))
	}
	return out
}

func TestEqualRightsDecideAlikeAndOthersByOtherRules(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		text := random(r)
		pol := policyOf(t, text)
		for range 20 {
			p, q := someone(r), someone(r)
			a, b := pol.Rights(p), pol.Rights(q)
			alike := reflect.DeepEqual(decisions(a), decisions(b))
			if a == b && !alike {
				t.Fatalf("seed %d: %+v and %+v have equal rights that decide otherwise\n%s", seed, p, q, text)
			}
			if !alike && a.Version() == b.Version() {
				t.Fatalf("seed %d: equal versions of what decides otherwise\n%s", seed, text)
			}
			if (a == b) != (a.Version() == b.Version()) {
				t.Fatalf("seed %d: equal %v and not by version\n%s", seed, a == b, text)
			}
			for i, o := range sample {
				if one := a.Table(o); !reflect.DeepEqual(one, decisions(a)[i]) {
					t.Fatalf("seed %d: one by one %+v\n%s", seed, one, text)
				}
				if d := a.Table(o); d.Privileges&^a.Tables != 0 || d.Privileges&^(Create|Drop) != 0 && a.At(o.Catalog, o.Schema)&^(Create|Drop) == 0 {
					t.Fatalf("seed %d: %+v is more than %b, %b\n%s", seed, d, a.Tables, a.At(o.Catalog, o.Schema), text)
				}
				if e := pol.Explain(p, o); e.Decision.Privileges != 0 && (len(e.Tried) == 0 || e.Tried[len(e.Tried)-1].Rule != e.Decision.Rule) {
					t.Fatalf("seed %d: %+v", seed, e)
				}
			}
		}
	}
}

func TestARuleForOthersChangesNothing(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		text := random(r)
		head, tail, _ := strings.Cut(text, "tables:\n")
		// Labels stay as they are, for the rule is in the line of another.
		more := head + "tables:\n" + tail + "  - {user: nobody, privileges: [OWNERSHIP], filter: never}\n  - {catalog: nowhere, privileges: [OWNERSHIP], filter: never}\n"
		before, after := policyOf(t, text), policyOf(t, more)
		for range 10 {
			p := someone(r)
			if a, b := decisions(before.Rights(p)), decisions(after.Rights(p)); !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d: for %+v\n%+v\n%+v\n%s", seed, p, a, b, more)
			}
		}
	}
}

func BenchmarkRightsWarm(b *testing.B) {
	pol := policyOf(b, byClaims)
	p := claiming(person("ann", "analysts", "people", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"), `{"region":"eu","regions":["eu","us"]}`)
	b.ReportAllocs()
	for b.Loop() {
		pol.Rights(p)
	}
}

func BenchmarkRightsCold(b *testing.B) {
	pol := policyOf(b, byClaims)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		pol.Rights(person(fmt.Sprint("user", i), "people"))
	}
}

func BenchmarkResolve10000Tables(b *testing.B) {
	var text strings.Builder
	text.WriteString("tables:\n")
	for i := range 50 {
		fmt.Fprintf(&text, "  - {schema: 's%d.*', table: 't_%d.*', privileges: [SELECT], filter: \"x = principal.user\", columns: [{name: c1, mask: {ready: hash}}, {name: c2, allow: false}]}\n", i%5, i)
	}
	text.WriteString("  - {privileges: [SELECT]}\n")
	pol := policyOf(b, text.String())
	var objects []Object
	for i := range 10_000 {
		o := table("lake", fmt.Sprintf("s%d", i%10), fmt.Sprintf("t_%d", i), "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7")
		o.Types = strings.Split("VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR VARCHAR", " ")
		objects = append(objects, o)
	}
	r := pol.Rights(person("ann"))
	b.ReportAllocs()
	for b.Loop() {
		rs := r.Resolve()
		for _, o := range objects {
			rs.Table(o)
		}
	}
}
