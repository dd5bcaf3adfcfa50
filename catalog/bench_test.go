package catalog

import (
	"context"
	"fmt"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/bench/turns"
	"github.com/lakegate/lakegate/policy"
)

// Rules of which one matches each table, for members of one group.
const benchRules = `{"tables": [
	{"group": "others", "table": ".*", "privileges": ["SELECT", "INSERT"]},
	{"group": "analysts", "table": "t[0-9]*7", "privileges": ["SELECT"], "columns": [{"name": "secret", "allow": false}]},
	{"group": "analysts", "privileges": ["SELECT"]}
]}`

// crowded gives Catalogs over so many tables.
func crowded(b *testing.B, tables int) *Catalogs {
	b.Helper()
	s := Schema{Name: "main"}
	for i := range tables {
		name := fmt.Sprint("t", i)
		s.Tables = append(s.Tables, Table{
			Name: Name{"Lake", "main", name}, Physical: Name{"x1", "main", name}, Kind: BaseTable, Whole: true,
			Columns: []Column{{Name: "id", Type: "BIGINT"}, {Name: "name", Type: "VARCHAR"}, {Name: "secret", Type: "VARCHAR"}},
		})
	}
	contents := Contents{Stamp: "1", Catalogs: []Catalog{{Name: "Lake", Physical: "x1", Type: DuckLake, Schemas: []Schema{s}}}}
	rules, err := policy.Parse("rules.json", []byte(benchRules))
	if err != nil {
		b.Fatal(err)
	}
	pol, err := policy.New(policy.Config{Rules: rules})
	if err != nil {
		b.Fatal(err)
	}
	c, err := New(Config{
		Policy: pol, Catalog: "Lake", Schema: "main",
		Load: func(context.Context, Contents) (Contents, error) { return contents, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func analyst(i int) auth.Principal {
	return auth.Principal{Provider: "p", Subject: fmt.Sprint("s", i), User: fmt.Sprint("user-", i), Groups: []string{"everyone", "analysts"}}
}

// of gives a caller's View, as every statement asks for it.
func of(b *testing.B, c *Catalogs, p auth.Principal) View {
	b.Helper()
	v, err := c.For(b.Context(), p)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// lookups look for tables of c, one after the other, each time in a View that is
// asked for again.
func lookups(b *testing.B, c *Catalogs, tables int) func() {
	names := make([]string, tables)
	for i := range names {
		names[i] = fmt.Sprint("T", i)
	}
	p, i := analyst(0), 0
	return func() {
		i = (i + 1) % len(names)
		if _, err := of(b, c, p).Table("lake", "main", names[i]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLookup is a table looked for among 10,000, and one among 10.
func BenchmarkLookup(b *testing.B) {
	many, few := crowded(b, 10_000), crowded(b, 10)
	turns.Compare(b, turns.Side{Call: lookups(b, many, 10_000), Batch: 1000}, turns.Side{Call: lookups(b, few, 10), Batch: 1000})
}

// BenchmarkBuildView is a View of 10,000 tables built anew, and one of 10, for
// each table; and how many Views there are for 100 principals of equal rights.
func BenchmarkBuildView(b *testing.B) {
	many, few := crowded(b, 10_000), crowded(b, 10)
	seen := map[*Catalog]bool{}
	for i := range 100 {
		seen[&of(b, many, analyst(i)).Catalogs()[0]] = true
	}
	contents, rights := many.contents, many.Rights(analyst(0))
	of(b, few, analyst(0))
	fewContents, fewRights := few.contents, few.Rights(analyst(0))
	turns.Compare(b,
		turns.Side{Call: func() { newView(contents, rights, "Lake", "main") }, Units: 10_000},
		turns.Side{Call: func() { newView(fewContents, fewRights, "Lake", "main") }, Batch: 100, Units: 10})
	b.ReportMetric(float64(len(seen)), "builds")
}
