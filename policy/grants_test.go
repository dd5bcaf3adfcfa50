package policy

import (
	"slices"
	"testing"

	"github.com/lakegate/lakegate/auth"
)

func granted(kind GranteeKind, name string, p Privileges, place ...string) Grant {
	place = append(place, "", "", "")
	return Grant{To: Grantee{kind, name}, Privileges: p, Catalog: place[0], Schema: place[1], Table: place[2]}
}

func TestGrantsAddToWhatGroupsAndScopesGive(t *testing.T) {
	columns := granted(ToUser, "ann", Select|Insert, "lake", "hr", "staff")
	columns.Columns = []string{"Name", "gone"}
	more := granted(ToGroup, "people", Select, "lake", "hr", "staff")
	more.Columns = []string{"born"}
	pol, err := New(Config{
		ReadOnlyGroups: []string{"readers"},
		Grants: Grants{
			Roles: []Role{
				{Name: "Outer", Members: []Grantee{{ToRole, "inner"}}},
				{Name: "Inner", Members: []Grantee{{ToUser, "eve"}, {ToGroup, "etl"}, {ToRole, "OUTER"}}},
			},
			Grants: []Grant{
				columns, more,
				granted(ToUser, "bob", Select|Create, "LAKE"),
				granted(ToGroup, "WRITERS", Update, "lake", "HR"),
				granted(ToRole, "outer", Delete|Select, "lake", "hr", "STAFF"),
				granted(ToRole, "nobody", Select, "lake"),
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := table("lake", "hr", "staff", "name", "born", "pay")
	for _, tt := range []struct {
		name   string
		who    auth.Principal
		want   Privileges
		denied []bool
		rule   string
	}{
		{"nothing", person("carl"), 0, nil, "defaults"},
		{"a group's default", person("carl", "readers"), Select, nil, "defaults"},
		{"a default and a grant", person("carl", "readers", "writers"), Select | Update, nil, "defaults and grants"},
		{"on the catalog", person("bob"), Select | Create, nil, "grants"},
		{"users exactly", person("Bob"), 0, nil, "defaults"},
		{"by a role in a role", person("eve"), Select | Delete, nil, "grants"},
		{"by a group in a role", person("x", "ETL"), Select | Delete, nil, "grants"},
		{"of some columns", person("ann"), Select | Insert, []bool{false, true, true}, "grants"},
		{"of some columns twice", person("ann", "people"), Select | Insert, []bool{false, false, true}, "grants"},
		{"of some columns and of all", person("ann", "etl"), Select | Insert | Delete, nil, "grants"},
		{"of some columns, beside a default", person("ann", "readers"), Select | Insert, nil, "defaults and grants"},
	} {
		got := pol.Rights(tt.who).Table(o)
		var denied []bool
		for _, c := range got.Columns {
			denied = append(denied, c.Denied)
		}
		if got.Privileges != tt.want || !slices.Equal(denied, tt.denied) || got.Rule != tt.rule {
			t.Errorf("%s: %+v, want %b", tt.name, got, tt.want)
		}
	}
	bob := pol.Rights(person("bob"))
	if d := bob.Table(table("other", "hr", "staff")); d.Privileges != 0 || bob.Reaches("other") || !bob.Reaches("lake") {
		t.Errorf("in another catalog: %+v", d)
	}
	if got := bob.At("lake", "x"); got != Select|Create {
		t.Errorf("in a schema of the catalog: %b", got)
	}
	if got := pol.Rights(person("eve")).At("lake", "hr"); got != Select|Delete {
		t.Errorf("in the schema of a table: %b", got)
	}
}

func TestGrantsDecideWhatNoRuleOfTheFileMatches(t *testing.T) {
	const text = `
roles: [{name: r, users: [eve]}]
catalogs: [{catalog: closed, allow: none}, {allow: all}]
tables:
  - {table: pay, user: ann, privileges: []}
  - {table: staff, privileges: [SELECT], filter: "false"}
`
	pol := policyOf(t, text, func(c *Config) {
		c.ReadOnlyGroups = []string{"readers"}
		c.Grants = Grants{
			Roles: []Role{{Name: "R", Members: []Grantee{{ToGroup, "more"}}}},
			Grants: []Grant{
				granted(ToUser, "ann", Select|Insert, "lake"), granted(ToUser, "ann", Select, "closed"), granted(ToRole, "r", Select, "lake", "hr"),
			},
		}
	})
	for _, tt := range []struct {
		name string
		who  auth.Principal
		o    Object
		want Privileges
		rule string
	}{
		{"a rule takes away", person("ann"), table("lake", "hr", "pay"), 0, "tables[0] (policy.yaml:5)"},
		{"a rule gives less", person("ann"), table("lake", "hr", "staff"), Select, "tables[1] (policy.yaml:6)"},
		{"no rule", person("ann"), table("lake", "hr", "x"), Select | Insert, "grants"},
		{"a closed catalog", person("ann"), table("closed", "hr", "x"), 0, "catalogs[0] (policy.yaml:3)"},
		{"a role of the file", person("eve"), table("lake", "hr", "x"), Select, "grants"},
		{"the same role by SQL", person("x", "more"), table("lake", "hr", "x"), Select, "grants"},
		{"lists give nothing beside a file", person("carl", "readers"), table("lake", "hr", "x"), 0, "no rule of policy.yaml"},
	} {
		if got := pol.Rights(tt.who).Table(tt.o); got.Privileges != tt.want || got.Rule != tt.rule {
			t.Errorf("%s: %+v, want %b by %q", tt.name, got, tt.want, tt.rule)
		}
	}
}
