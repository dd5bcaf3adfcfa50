package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
)

// Each row is a file, somebody, and what they may do with lake.hr.staff.
func TestWhichRuleDecidesAboutATable(t *testing.T) {
	ann := person("ann", "Analysts", "people")
	const all = Select | Change
	for _, tt := range []struct {
		name, text string
		who        auth.Principal
		want       Privileges
		rule       string
	}{
		{"no match denies", "tables: [{user: bob, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"a missing section denies all", "schemas: [{owner: false}]", ann, 0, "no rule of policy.yaml"},
		{"absent patterns are any", "tables: [{privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:1)"},
		{"the first that matches wins", "tables:\n- {user: ann, privileges: []}\n- {privileges: [OWNERSHIP]}", ann, 0, "tables[0] (policy.yaml:2)"},
		{"others go on", "tables:\n- {user: ann, privileges: []}\n- {privileges: [OWNERSHIP]}", person("bob"), all, "tables[1] (policy.yaml:3)"},
		{"users exactly", "tables: [{user: Ann, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"groups by any of them, without case", "tables: [{group: ANALYSTS, privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:1)"},
		{"groups with blanks around", "tables: [{group: analysts, privileges: [SELECT]}]", person("ann", " analysts "), Select, "tables[0] (policy.yaml:1)"},
		{"no group is not any group", "tables: [{group: .*, privileges: [SELECT]}]", person("ann"), 0, "no rule of policy.yaml"},
		{"user and group must both match", "tables: [{user: ann, group: admins, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"names of things without case", "tables: [{catalog: LAKE, schema: Hr, table: STAFF, privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:1)"},
		{"patterns without case", "tables: [{catalog: 'L.KE', schema: 'H(R|X)', table: 'STAFF?', privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:1)"},
		{"K08 patterns match in full", "tables: [{table: taf, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"another schema", "tables: [{schema: pr, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"ownership is everything", "tables: [{privileges: [OWNERSHIP]}]", ann, all, "tables[0] (policy.yaml:1)"},
		{"privileges add up", "tables: [{privileges: [select, CREATE, Drop, ALTER, GRANT_SELECT]}]", ann, Select | Create | Drop | Alter, "tables[0] (policy.yaml:1)"},
		{"a tag", "tags: [{table: st.*, tags: [PII]}]\ntables: [{tags: [x, pii], privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"a tag of another table", "tags: [{table: x, tags: [pii]}]\ntables: [{tags: [pii], privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"a tag of another schema", "tags: [{schema: x, tags: [pii]}]\ntables: [{tags: [pii], privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"a column's tag is not its table's", "tags: [{column: pay, tags: [pii]}]\ntables: [{tags: [pii], privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"a closed catalog", "catalogs: [{allow: none}]\ntables: [{privileges: [SELECT]}]", ann, 0, "catalogs[0] (policy.yaml:1)"},
		{"a catalog that no rule opens", "catalogs: [{catalog: other, allow: all}]\ntables: [{privileges: [SELECT]}]", ann, 0, "no rule of catalogs in policy.yaml"},
		{"an open catalog gives nothing", "catalogs: [{allow: all}]", ann, 0, "no rule of policy.yaml"},
		{"an open catalog as Trino once spelled it", "catalogs: [{allow: true}]\ntables: [{privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"a catalog to read", "catalogs: [{allow: read-only}]\ntables: [{privileges: [OWNERSHIP]}]", ann, Select, "tables[0] (policy.yaml:2), catalogs[0] (policy.yaml:1)"},
		{"a catalog to read, of a table to write", "catalogs: [{allow: read-only}]\ntables: [{privileges: [INSERT]}]", ann, 0, "tables[0] (policy.yaml:2), catalogs[0] (policy.yaml:1)"},
		{"the first rule for a catalog", "catalogs: [{group: analysts, allow: all}, {allow: none}]\ntables: [{privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"an owned schema", "schemas: [{schema: hr, owner: true}]\ntables: [{privileges: [SELECT]}]", ann, Select | Create | Drop, "tables[0] (policy.yaml:2)"},
		{"an owned schema shows no tables", "schemas: [{schema: hr, owner: true}]", ann, 0, "no rule of policy.yaml"},
		{"a schema that is not owned", "schemas: [{user: ann, owner: false}, {owner: true}]\ntables: [{privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"a role by user", "roles: [{name: R, users: [ann]}]\ntables: [{role: r, privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"a role by group", "roles: [{name: R, groups: [PEOPLE]}]\ntables: [{role: r, privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"a role in a role in a circle", "roles: [{name: a, roles: [b]}, {name: b, roles: [c]}, {name: c, roles: [a], users: [ann]}]\ntables: [{role: b, privileges: [SELECT]}]", ann, Select, "tables[0] (policy.yaml:2)"},
		{"a role of others in a circle", "roles: [{name: a, roles: [b]}, {name: b, roles: [a]}]\ntables: [{role: a, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"a role's users exactly", "roles: [{name: r, users: [ANN]}]\ntables: [{role: r, privileges: [SELECT]}]", ann, 0, "no rule of policy.yaml"},
		{"L07 a user who is a pattern", "tables: [{user: \"o'hara|.*\", privileges: []}, {privileges: [SELECT]}]", person("x' OR 1=1 --"), 0, "tables[0] (policy.yaml:1)"},
	} {
		pol := policyOf(t, tt.text)
		got := pol.Rights(tt.who).Table(table("lake", "hr", "staff", "name", "pay"))
		if got.Privileges != tt.want || got.Rule != tt.rule {
			t.Errorf("%s: %b by %q, want %b by %q", tt.name, got.Privileges, got.Rule, tt.want, tt.rule)
		}
	}
}

// K08
func TestPatternsMatchAllOfAName(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		folds, want   bool
	}{
		{"admin", "admin", false, true},
		{"admin", "badminton", false, false},
		{"admin", "admin2", false, false},
		{"admin", "xadmin", false, false},
		{"admin", "admin\n", false, false},
		{"^admin$", "admin", false, true},
		{"(?m)^admin$", "x\nadmin", false, false},
		{"a|b", "ab", false, false},
		{"a|b", "b", false, true},
		{`\Qa.b`, "a.b", false, true},
		{`\Qa.b`, "axb", false, false},
		{`\Qa.b`, "a.b)?", false, false},
		{"admin", "Admin", false, false},
		{"admin", "ADMIN", true, true},
		{"(?-i)admin", "ADMIN", true, false},
		{"ÄB", "äb", true, true},
		{".*", "a\nb", false, true},
		{"a.*", "a\nb", false, true},
		{".+", "", false, false},
		{"(a+)+$", strings.Repeat("a", 100_000) + "b", false, false}, // catastrophic elsewhere
		{"(.*)*x", strings.Repeat("y", 100_000), false, false},
	} {
		p, err := newPattern(tt.pattern, tt.folds)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		began := time.Now()
		if got := p.matches(tt.name); got != tt.want {
			t.Errorf("%s, folding %v, on %.20q: %v", tt.pattern, tt.folds, tt.name, got)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %s", tt.pattern, took)
		}
		if re := p.regexp(); (len(re.FindString(tt.name)) == len(tt.name) && re.MatchString(tt.name)) != tt.want {
			t.Errorf("%s as a regexp, %s, on %.20q", tt.pattern, re, tt.name)
		}
	}
}

func TestColumnsAndFilters(t *testing.T) {
	const text = `
tags:
  - {schema: hr, table: staff, column: "pay|bonus", tags: [money]}
tables:
  - group: hr
    privileges: [SELECT]
  - table: staff
    privileges: [SELECT, UPDATE]
    filter: name = principal.user
    columns:
      - {name: SECRET, allow: false}
      - {name: bonus, mask: "0"}
      - {tags: [Money], mask: "round(\"pay\", -3)"}
      - {name: pay, allow: false}
      - {name: mail, mask: {ready: email}}
      - {name: born, allow: true}
      - {name: gone, allow: false}
`
	pol := policyOf(t, text)
	o := table("lake", "hr", "staff", "name", "secret", "Pay", "Bonus", "mail", "born")
	o.Types = []string{"VARCHAR", "VARCHAR", "DOUBLE", "DOUBLE", "VARCHAR", "DATE"}
	got := pol.Rights(person("o'hara")).Table(o)
	if want := `name = 'o''hara'::VARCHAR`; got.Filter != want || got.Privileges != Select|Update {
		t.Errorf("L07: filter %s, privileges %b", got.Filter, got.Privileges)
	}
	want := []ColumnDecision{{}, {Denied: true}, {Mask: `round("pay", -3)`}, {Mask: "0"}, {Mask: maskEmail.sql("mail", "VARCHAR")}, {}}
	if !slices.Equal(got.Columns, want) {
		t.Errorf("columns %+v\nwant    %+v", got.Columns, want)
	}
	if d := pol.Rights(person("ann", "hr")).Table(o); d.Filter != "" || d.Columns != nil || d.Privileges != Select {
		t.Errorf("of the first rule: %+v", d)
	}
	if d := pol.Rights(person("ann")).Table(table("lake", "hr", "staff", "name", "born")); d.Columns != nil {
		t.Errorf("columns that are all as they are: %+v", d.Columns)
	}
}

func TestATableWhoseExpressionIsNotCompiledIsNotThere(t *testing.T) {
	for _, text := range []string{
		"tables: [{privileges: [SELECT], filter: a = 1}]",
		"tables: [{privileges: [SELECT], columns: [{name: a, mask: '1'}]}]",
	} {
		pol, err := New(Config{Rules: parsed(t, text)})
		if err != nil {
			t.Fatal(err)
		}
		before := pol.Rights(person("ann"))
		o := table("lake", "main", "t", "a")
		if d := before.Table(o); d.Privileges != 0 || !strings.Contains(d.Rule, "not compiled") {
			t.Errorf("%+v", d)
		}
		compile(pol)
		after := pol.Rights(person("ann"))
		if d := after.Table(o); d.Privileges != Select {
			t.Errorf("after: %+v", d)
		}
		if before == after || before.Version() == after.Version() {
			t.Error("what was decided without the expression would be kept")
		}
		compile(pol)
		if pol.Rights(person("ann")) != after {
			t.Error("compiling the same again makes other rights")
		}
	}
}

func TestWhatMayBeDoneInASchema(t *testing.T) {
	const all = Select | Change
	for _, tt := range []struct {
		name, text string
		want       Privileges
	}{
		{"nothing", "tables: []", 0},
		{"everything", "tables: [{privileges: [OWNERSHIP]}]", all},
		{"some tables can be made and dropped, and not any", "tables: [{table: tmp_.*, privileges: [OWNERSHIP]}]", Select | Insert | Update | Delete | Alter},
		{"all but some can be made", "tables: [{table: x, privileges: [SELECT]}, {privileges: [OWNERSHIP]}]", Select | Insert | Update | Delete | Alter},
		{"rules behind one for all", "tables: [{privileges: [SELECT]}, {privileges: [OWNERSHIP]}]", Select},
		{"by tags", "tables: [{tags: [x], privileges: [SELECT]}, {privileges: []}]", Select},
		{"another schema", "tables: [{schema: x, privileges: [SELECT]}]", 0},
		{"owner", "schemas: [{schema: hr, owner: true}]", Create | Drop},
		{"owner of a catalog to read", "catalogs: [{allow: read-only}]\nschemas: [{owner: true}]\ntables: [{privileges: [OWNERSHIP]}]", Select},
	} {
		r := policyOf(t, tt.text).Rights(person("ann"))
		if got := r.At("lake", "hr"); got != tt.want {
			t.Errorf("%s: %b, want %b", tt.name, got, tt.want)
		}
	}
}

func TestWhoMayMakeATableOfThatName(t *testing.T) {
	const text = "catalogs: [{catalog: lake, allow: all}, {allow: read-only}]\nschemas: [{schema: own, owner: true}]\ntables: [{table: tmp_.*, privileges: [CREATE, SELECT]}, {privileges: [SELECT]}]"
	r := policyOf(t, text).Rights(person("ann"))
	for _, tt := range []struct {
		o    Object
		want bool
	}{
		{table("lake", "hr", "tmp_1"), true},
		{table("lake", "hr", "t"), false},
		{table("lake", "own", "t"), true},
		{table("old", "own", "t"), false},
		{table("old", "hr", "tmp_1"), false},
	} {
		if got := r.Creates(tt.o); got != tt.want {
			t.Errorf("%+v: %v", tt.o, got)
		}
	}
	if !r.Makes("lake", "hr") || !r.Makes("lake", "own") || r.Makes("old", "own") || r.Makes("old", "hr") {
		t.Error("in which schemas a table may be made")
	}
}

func TestWhichCatalogsThereAre(t *testing.T) {
	const text = `
catalogs:
  - {catalog: closed, allow: none}
  - {catalog: .*, allow: all}
schemas: [{catalog: owned, schema: x, owner: true}]
tables:
  - {catalog: denied, privileges: []}
  - {catalog: part, schema: s, privileges: []}
  - {catalog: (denied|closed|part|lake), table: x, privileges: [SELECT]}
`
	r := policyOf(t, text).Rights(person("ann"))
	for catalog, want := range map[string]bool{"closed": false, "denied": false, "part": true, "lake": true, "owned": true, "other": false} {
		if got := r.Reaches(catalog); got != want {
			t.Errorf("%s: %v", catalog, got)
		}
	}
	p := person("ann")
	p.Reach = []string{"lake"}
	bounded := policyOf(t, text).Rights(p)
	if bounded.Reaches("part") || !bounded.Reaches("lake") || bounded.Table(table("part", "a", "x")).Privileges != 0 || bounded.Table(table("lake", "a", "x")).Privileges != Select {
		t.Error("the reach does not bound the rules")
	}
}

// L13
func TestRequiredScopesGateTheRules(t *testing.T) {
	pol := policyOf(t, "tables: [{privileges: [OWNERSHIP]}]", func(c *Config) {
		c.ReadScope, c.WriteScope, c.AdminScope, c.AdminGroups = "r", "w", "a", []string{"admins"}
	})
	for _, tt := range []struct {
		scopes []string
		want   Privileges
		admin  bool
	}{{nil, 0, false}, {[]string{"r"}, Select, false}, {[]string{"w"}, Change, false}, {[]string{"r", "w", "a"}, Select | Change, true}} {
		p := person("ann", "admins")
		p.Method, p.Scopes = auth.ByToken, tt.scopes
		r := pol.Rights(p)
		if got := r.Table(table("lake", "main", "t")).Privileges; got != tt.want || r.Admin != tt.admin || r.Tables != tt.want {
			t.Errorf("%q: %b, administrator %v", tt.scopes, got, r.Admin)
		}
	}
}

func TestAdministratorsSeeDataByTheRulesAlone(t *testing.T) {
	pol := policyOf(t, "tables: [{user: ann, privileges: [SELECT]}]", func(c *Config) { c.AdminGroups = []string{"admins"} })
	r := pol.Rights(person("root", "admins"))
	if !r.Admin || r.None() || r.Tables != 0 || r.Table(table("lake", "main", "t")).Privileges != 0 || !r.Kills(person("ann")) || !r.Sees(person("ann")) {
		t.Errorf("%+v", r)
	}
}

func TestFunctionsQueriesAndOptions(t *testing.T) {
	const text = `
functions:
  - {user: ann, function: "sha.*|length", privileges: [EXECUTE]}
  - {function: length, privileges: []}
  - {user: bob, privileges: [GRANT_EXECUTE, EXECUTE]}
queries:
  - {user: boss, allow: [execute, kill, view]}
  - {user: ann, queryOwner: "b.*", allow: [kill]}
  - {group: watchers, queryOwner: ann, allow: [view]}
  - {user: mute, allow: []}
  - {allow: [execute]}
system_session_properties:
  - {user: ann, property: sch.*, allow: true}
  - {property: schema, allow: false}
  - {user: bob, allow: true}
catalog_session_properties:
  - {catalog: x, property: y, allow: false}
`
	pol := policyOf(t, text)
	ann, bob, boss, mute := pol.Rights(person("ann")), pol.Rights(person("bob", "watchers")), pol.Rights(person("boss")), pol.Rights(person("mute"))
	for what, ok := range map[string]bool{
		"ann calls sha256":        ann.Function("SHA256"),
		"ann calls length":        ann.Function("length"),
		"ann does not call md5":   !ann.Function("md5"),
		"bob does not length":     !bob.Function("length"),
		"bob calls md5":           bob.Function("md5"),
		"boss calls nothing":      !boss.Function("md5"),
		"boss executes":           boss.Executes(),
		"ann executes":            ann.Executes(),
		"mute does not":           !mute.Executes(),
		"boss kills":              boss.Kills(person("ann")),
		"boss sees":               boss.Sees(person("ann")),
		"ann kills bob's":         ann.Kills(person("bob")),
		"ann does not see bob's":  !ann.Sees(person("bob")),
		"ann does not kill carl":  !ann.Kills(person("carl")),
		"bob sees ann's":          bob.Sees(person("ann")),
		"bob does not kill ann's": !bob.Kills(person("ann")),
		"ann sets schema":         ann.Sets("Schema"),
		"boss does not":           !boss.Sets("schema"),
		"bob does not":            !bob.Sets("schema"),
		"bob sets others":         bob.Sets("x"),
		"ann does not set others": !ann.Sets("x"),
	} {
		if !ok {
			t.Error(what + ": not so")
		}
	}
	none := policyOf(t, "tables: []").Rights(person("ann"))
	if !none.Function("md5") || !none.Executes() || !none.Sets("schema") || none.Kills(person("bob")) || none.Sees(person("bob")) {
		t.Error("without the sections")
	}
	defaults, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if r := defaults.Rights(person("ann")); !r.Function("md5") || !r.Executes() || !r.Sets("x") || r.Kills(person("b")) || r.Limits() != (Limits{}) {
		t.Error("without a file")
	}
}

func TestTheFirstRuleOfLimitsThatMatchesBounds(t *testing.T) {
	const text = `
limits:
  - {user: ann, running: 2, queued: 3, queue_wait: 30s, statement_time: 5m, rows: 1_000, bytes: 64MB, statement_bytes: 1MiB, nesting: 50, memory: 1GB, spill: 2GiB}
  - {group: analysts, running: 4, shared: true}
  - {role: "etl|load", running: 5, shared: true}
  - {user: carl, running: 6, shared: true}
roles: [{name: etl, users: [eve]}]
`
	pol := policyOf(t, text)
	for name, tt := range map[string]struct {
		who  auth.Principal
		want Limits
	}{
		"all there is": {person("ann", "analysts"), Limits{
			Running: 2, Queued: 3, QueueWait: 30 * time.Second, StatementTime: 5 * time.Minute, Rows: 1000, Bytes: 64e6,
			StatementBytes: 1 << 20, Nesting: 50, Memory: 1e9, Spill: 2 << 30,
		}},
		"shared by a group": {person("bob", "Analysts"), Limits{Share: "limits[1]", Name: "group analysts", Running: 4}},
		"shared by a role":  {person("eve"), Limits{Share: "limits[2]", Name: "role etl|load", Running: 5}},
		"shared by a user":  {person("carl"), Limits{Share: "limits[3]", Name: "all who share limits[3]", Running: 6}},
		"no rule, no bound": {person("dora"), Limits{}},
	} {
		if got := pol.Rights(tt.who).Limits(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestWhereExpressionsAreUsed(t *testing.T) {
	const text = `
tables:
  - {catalog: other, privileges: [SELECT], filter: never}
  - {user: ann, privileges: [SELECT], filter: one, columns: [{name: a, mask: two}, {name: gone, mask: three}, {name: b, mask: {ready: hash}}]}
  - {table: t, privileges: [SELECT], filter: four}
  - {privileges: [SELECT], filter: five}
`
	pol := policyOf(t, text)
	said := func(uses []Use) string {
		var out []string
		for _, u := range uses {
			out = append(out, u.Expression.Text+"@"+u.Column)
		}
		return strings.Join(out, " ")
	}
	if got := said(pol.Uses(table("lake", "main", "t", "a", "b"))); got != "one@ two@a four@" {
		t.Errorf("of a table that a rule for everybody matches: %s", got)
	}
	if got := said(pol.Uses(table("lake", "main", "x"))); got != "one@ five@" {
		t.Errorf("of another: %s", got)
	}
	if n := len(pol.Expressions()); n != 6 {
		t.Errorf("%d expressions", n)
	}
}

func TestImpersonationIsGivenAsPackageAuthTakesIt(t *testing.T) {
	const text = `
roles: [{name: bots, users: ["a.b", c], groups: [robots], roles: [more]}, {name: more, groups: [m]}]
impersonation:
  - {original_group: admins|root, new_user: bob, allow: false}
  - {original_user: "svc_.*", new_user: ".*"}
  - {original_role: bots, new_user: test}
  - {new_user: sandbox}
`
	rules := parsed(t, text).Impersonation()
	if len(rules) != 4 {
		t.Fatalf("%d rules", len(rules))
	}
	if r := rules[0]; r.Users != nil || !slices.Equal(r.Groups, []string{"admins", "root"}) || !r.Deny || !r.As.MatchString("bob") || r.Place != "impersonation[0] (policy.yaml:4)" {
		t.Errorf("%+v", r)
	}
	if r := rules[1]; !r.Users.MatchString("svc_x") || r.Groups != nil || r.Deny {
		t.Errorf("%+v", r)
	}
	if r := rules[2]; !r.Users.MatchString("a.b") || r.Users.MatchString("axb") || !slices.Equal(r.Groups, []string{"robots", "m"}) {
		t.Errorf("%+v", r)
	}
	if r := rules[3]; !r.Users.MatchString("anybody") || !r.As.MatchString("sandbox") || r.As.MatchString("sandbox2") {
		t.Errorf("%+v", r)
	}
}

func TestWhyARuleDecidesIsExplained(t *testing.T) {
	const text = `
roles: [{name: r}]
tables:
  - {user: bob, privileges: []}
  - {group: hr, privileges: []}
  - {role: r, privileges: []}
  - {catalog: x, privileges: []}
  - {schema: x, privileges: []}
  - {table: x, privileges: []}
  - {tags: [x], privileges: []}
  - {table: staff, privileges: [SELECT]}
  - {privileges: []}
`
	e := policyOf(t, text).Explain(person("ann", "g"), table("lake", "hr", "staff"))
	var got []string
	for _, s := range e.Tried {
		got = append(got, strings.Fields(s.Rule)[0]+" "+s.Why)
	}
	want := []string{
		"tables[0] it is for users bob", "tables[1] it is for groups hr", "tables[2] it is for roles r", "tables[3] it is for catalogs x",
		"tables[4] it is for schemas x", "tables[5] it is for tables x", `tables[6] it is for tables with one of the tags ["x"]`, "tables[7] ",
	}
	if !slices.Equal(got, want) || e.Decision.Privileges != Select || e.Decision.Rule != "tables[7] (policy.yaml:11)" {
		t.Errorf("%q\n%+v", got, e.Decision)
	}
}

func TestRulesThatAreForNothingAreTold(t *testing.T) {
	rules := parsed(t, "tables:\n- {table: t, privileges: [], columns: [{name: A, allow: false}, {name: slary, allow: false}]}\n- {table: x, privileges: []}")
	got := rules.Idle([]Object{table("lake", "main", "t", "a", "salary"), table("lake", "main", "u", "slary")})
	want := []string{"tables[0] (policy.yaml:2): columns[1]: no table that it is for has a column slary", "tables[1] (policy.yaml:3): there is no table that it is for"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
