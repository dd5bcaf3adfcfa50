package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/policy"
)

// ruledBy gives Catalogs of contents by a file of rules, whose expressions take
// one value, the caller's claim region, in place of @.
func ruledBy(t *testing.T, contents Contents, rules string) *Catalogs {
	t.Helper()
	parsed, err := policy.Parse("rules.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New(policy.Config{Rules: parsed})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range pol.Expressions() {
		e.Compile([]policy.Part{{Text: e.Text + " = ", Value: policy.Value{Kind: policy.ClaimValue, Name: "region"}}})
	}
	c, err := New(Config{
		Policy: pol, Catalog: "Lake", Schema: "main",
		Load: func(context.Context, Contents) (Contents, error) { return contents, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func clerk(user, region string) auth.Principal {
	return auth.Principal{Provider: "p", Subject: user, User: user, Groups: []string{"clerks"}, Claims: map[string]any{"region": region}}
}

func whole(schema, name string, columns ...string) Table {
	t := Table{Name: Name{"Lake", schema, name}, Physical: Name{"x1", schema, name}, Kind: BaseTable, Whole: true}
	for _, c := range columns {
		t.Columns = append(t.Columns, Column{Name: c, Type: "VARCHAR", Nullable: true})
	}
	return t
}

func stored(name, sql string, reads ...string) Table {
	d := &Definition{SQL: sql, Catalog: "Lake", Schema: "main"}
	for _, r := range reads {
		d.Reads = append(d.Reads, Name{"Lake", "main", r})
	}
	return Table{Name: Name{"Lake", "main", name}, Kind: ViewTable, Whole: true, Definition: d, Columns: []Column{{Name: "a", Type: "VARCHAR"}}}
}

func lakeOf(schemas ...Schema) Contents {
	return Contents{Stamp: "1", Catalogs: []Catalog{
		{Name: "Lake", Physical: "x1", Type: DuckDB, Schemas: schemas},
		{Name: "other", Physical: "x2", Type: DuckDB, Schemas: []Schema{{Name: "main", Tables: []Table{
			{Name: Name{"other", "main", "o"}, Physical: Name{"x2", "main", "o"}, Kind: BaseTable, Columns: []Column{{Name: "a", Type: "VARCHAR"}}},
		}}}},
	}}
}

const filtered = `tables:
  - {group: clerks, catalog: Lake, schema: main, table: 't|of_.*|k|r', privileges: [SELECT], filter: region, columns: [{name: secret, allow: false}, {name: to tal, allow: false}, {name: card, mask: card}]}
`

func TestViewsAreSharedByEqualRightsAndBuiltOnce(t *testing.T) {
	c := ruledBy(t, lakeOf(Schema{Name: "main", Tables: []Table{whole("main", "t", "a", "region")}}), filtered)
	built := map[*Catalog]string{}
	for i := range 100 {
		v := view(t, c, clerk(fmt.Sprint("u", i), []string{"eu", "us"}[i%2]))
		built[&v.Catalogs()[0]] = v.Version()
	}
	if len(built) != 2 || len(c.views) != 2 {
		t.Errorf("%d Views were built for 2 sets of rights, and %d are kept", len(built), len(c.views))
	}
	eu, us := view(t, c, clerk("a", "eu")), view(t, c, clerk("b", "us"))
	if eu.Version() == us.Version() {
		t.Error("Views with other filters have one Version")
	}
	table, err := eu.Table("t")
	if err != nil || table.Filter != "region = 'eu'::VARCHAR" || table.Whole {
		t.Errorf("%+v, %v", table, err)
	}
	for i := range 3 * viewsMost {
		view(t, c, clerk("u", fmt.Sprint("region-", i)))
		if len(c.views) > viewsMost {
			t.Fatalf("%d Views are kept", len(c.views))
		}
	}
}

func TestHiddenColumnsLeaveEverythingThatSpeaksOfThem(t *testing.T) {
	k := whole("main", "k", "id", "secret", "card", "to tal", "region")
	k.PrimaryKey = []string{"id", "SECRET"}
	k.Unique = [][]string{{"id"}, {"card", "secret"}, {"region"}}
	k.Columns[0].Default = "length(\"Secret\")"
	k.Columns[2].Default = "lower(\"to tal\")"
	k.Columns[4].Default = "'eu'"
	r := whole("main", "r", "a", "region", "secret")
	r.PrimaryKey = []string{"a"}
	r.ForeignKeys = []ForeignKey{
		{Columns: []string{"a"}, References: k.Name, Referenced: []string{"id"}},
		{Columns: []string{"a"}, References: k.Name, Referenced: []string{"secret"}},
		{Columns: []string{"secret"}, References: k.Name, Referenced: []string{"id"}},
		{Columns: []string{"a"}, References: Name{"Lake", "main", "hidden"}, Referenced: []string{"a"}},
	}
	c := ruledBy(t, lakeOf(Schema{Name: "main", Tables: []Table{whole("main", "hidden", "a"), k, r}}), filtered)
	v := view(t, c, clerk("u", "eu"))
	got, err := v.Table("k")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, column := range got.Columns {
		names = append(names, column.Name+"="+column.Default)
	}
	if !slices.Equal(names, []string{"id=", "card=", "region='eu'"}) || !slices.Equal(got.Hidden, []string{"secret", "to tal"}) {
		t.Errorf("columns %q, hidden %q", names, got.Hidden)
	}
	if got.PrimaryKey != nil || len(got.Unique) != 2 || got.Whole {
		t.Errorf("key %v, unique %v, whole %v", got.PrimaryKey, got.Unique, got.Whole)
	}
	if got.Columns[1].Mask != "CAST((card = 'eu'::VARCHAR) AS VARCHAR)" {
		t.Errorf("mask %q", got.Columns[1].Mask)
	}
	other, err := v.Table("r")
	if err != nil || len(other.ForeignKeys) != 1 || other.ForeignKeys[0].Referenced[0] != "id" || !slices.Equal(other.PrimaryKey, []string{"a"}) {
		t.Errorf("%+v, %v", other, err)
	}
	if k.Columns[0].Default == "" || len(k.Unique) != 3 || len(k.PrimaryKey) != 2 || len(r.ForeignKeys) != 4 {
		t.Error("the contents that all share were changed")
	}
	if _, err := v.Table("hidden"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a hidden table: %v", err)
	}
}

func TestAViewVanishesWithWhatItReads(t *testing.T) {
	tables := []Table{
		whole("main", "hidden", "a"), whole("main", "t", "a", "secret", "region"),
		stored("of_t", "SELECT a FROM t", "t"), stored("of_star", "SELECT * FROM t", "t"), stored("of_columns", "SELECT COLUMNS('.') FROM t", "t"),
		stored("of_secret", `SELECT "Secret" FROM t`, "t"), stored("of_hidden", "SELECT a FROM hidden", "hidden"),
		stored("of_both", "SELECT a FROM t, hidden", "t", "hidden"), stored("of_view", "FROM of_t", "of_t", "t"),
		stored("of_bad", "SELECT a FROM of_hidden", "of_hidden", "hidden"), stored("of_self", "SELECT a FROM of_self", "of_self"),
		stored("of_gone", "SELECT a FROM gone", "gone"), stored("of_of_gone", "SELECT a FROM of_none", "of_none"), stored("mine", "SELECT a FROM t", "t"),
	}
	used := stored("of_used", "SELECT * EXCLUDE (secret) FROM t", "t")
	used.Definition.Uses = []Use{{Table: Name{"Lake", "main", "t"}, Columns: []string{"a"}}}
	hides := stored("of_use", "SELECT a FROM t", "t")
	hides.Definition.Uses = []Use{{Table: Name{"Lake", "main", "t"}, Columns: []string{"SECRET"}}}
	tables = append(tables, used, hides, whole("main", "w", "a"), stored("of_w", "SELECT a FROM w", "w"), whole("main", "k", "a", "to tal"), stored("of_k", "SELECT a FROM k", "k"))
	c := ruledBy(t, lakeOf(Schema{Name: "main", Tables: tables}), filtered+"  - {group: clerks, table: w, privileges: [INSERT]}\n")
	v := view(t, c, clerk("u", "eu"))
	var got []string
	for _, table := range v.Catalogs()[0].Schemas[0].Tables {
		got = append(got, table.Name.Table)
	}
	if want := []string{"t", "of_t", "of_view", "of_of_gone", "of_used", "w", "k"}; !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
}

// A view that is hidden gives no hint of itself, whatever else has its name.
func TestAHiddenViewIsNotSeenBesideATableOfItsName(t *testing.T) {
	c := ruledBy(t, lakeOf(Schema{Name: "main", Tables: []Table{whole("main", "hidden", "a"), whole("main", "t", "a", "region"), stored("t", "SELECT a FROM hidden", "hidden")}}), filtered)
	tables := view(t, c, clerk("u", "eu")).Catalogs()[0].Schemas[0].Tables
	if len(tables) != 1 || tables[0].Definition != nil {
		t.Errorf("%+v", tables)
	}
}

func TestWhatHoldsNothingVisibleIsAbsent(t *testing.T) {
	c := ruledBy(t, lakeOf(
		Schema{Name: "main", Tables: []Table{whole("main", "t", "a", "region")}}, Schema{Name: "full", Tables: []Table{whole("full", "x", "a")}}, Schema{Name: "empty"},
	), filtered)
	v := view(t, c, clerk("u", "eu"))
	var got []string
	for _, cat := range v.Catalogs() {
		for _, s := range cat.Schemas {
			got = append(got, cat.Name+"."+s.Name)
		}
	}
	if !slices.Equal(got, []string{"Lake.main"}) {
		t.Errorf("%q", got)
	}
	for _, name := range []string{"other", "x2", "nosuch"} {
		if _, err := v.Catalog(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("catalog %s: %v", name, err)
		}
	}
	for _, parts := range [][]string{{"full", "new"}, {"empty", "new"}, {"other", "main", "new"}} {
		if _, _, err := v.Place(parts...); !errors.Is(err, ErrNotFound) {
			t.Errorf("a place in %q: %v", parts, err)
		}
	}
	nobody := view(t, c, auth.Principal{User: "n"})
	if len(nobody.Catalogs()) != 0 {
		t.Errorf("nobody sees %+v", nobody.Catalogs())
	}
	// A table of which every column is denied is not there either.
	c = ruledBy(t, lakeOf(Schema{Name: "main", Tables: []Table{whole("main", "t", "secret")}}), filtered)
	if _, err := view(t, c, clerk("u", "eu")).Table("t"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a table without columns: %v", err)
	}
}

func TestAChangeOfWhatCannotBeChangedIsNoPrivilege(t *testing.T) {
	contents := lakeOf(Schema{Name: "main", Tables: []Table{whole("main", "t", "a"), {Name: Name{"Lake", "main", "v"}, Kind: ViewTable, Columns: []Column{{Name: "a", Type: "VARCHAR"}}}}})
	rules := "tables: [{privileges: [SELECT, INSERT, UPDATE, DELETE, ALTER, OWNERSHIP]}]\n"
	v := view(t, ruledBy(t, contents, rules), clerk("u", "eu"))
	if table, err := v.Table("v"); err != nil || table.Privileges != policy.Select|policy.Drop {
		t.Errorf("a view: %v, %v", table.Privileges, err)
	}
	contents.Catalogs[0].ReadOnly = true
	v = view(t, ruledBy(t, contents, rules), clerk("u", "eu"))
	if table, err := v.Table("t"); err != nil || table.Privileges != policy.Select {
		t.Errorf("a table of a read-only lake: %v, %v", table.Privileges, err)
	}
}
