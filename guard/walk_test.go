package guard_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// FuzzWalk gives statements to Check over a real DuckDB. Whatever they are, what
// is accepted must bind, must not scan the table that nobody sees, and must say
// of no column that it is read which is not there.
func FuzzWalk(f *testing.F) {
	c, reader, writer := setup(f)
	for _, q := range legitimate {
		f.Add(q.logical)
	}
	for _, a := range attacks {
		if len(a.sql) < 2000 {
			f.Add(a.sql)
		}
	}
	for _, w := range writes {
		f.Add(w.sql)
	}
	files, err := filepath.Glob("../engine/testdata/dialect/*.sql")
	if err != nil || len(files) == 0 {
		f.Fatalf("no statements of the dialect: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f.Add(strings.TrimSpace(line))
		}
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) > 4000 {
			return
		}
		for _, view := range []catalog.View{reader, writer.As("ann")} {
			v, err := guard.Check(context.Background(), c, view, sql)
			if err != nil {
				if strings.Contains(err.Error(), "ph_") && !strings.Contains(sql, "ph_") {
					t.Errorf("%q: %v names what is hidden", sql, err)
				}
				continue
			}
			if v.Kind > guard.Define {
				continue
			}
			plan, err := c.Plan(context.Background(), v.SQL)
			if err != nil {
				t.Fatalf("%q\n-> %s\n: %v", sql, v.SQL, err)
			}
			if strings.Contains(plan, `"table":"hidden"`) && strings.Contains(plan, `"seq_scan"`) {
				t.Errorf("%q\n-> %s\nreads what nobody sees", sql, v.SQL)
			}
			for _, u := range v.Columns {
				table, err := view.Table(u.Table.Catalog, u.Table.Schema, u.Table.Table)
				if err != nil {
					t.Fatalf("%q reads %v: %v", sql, u.Table, err)
				}
				for _, name := range u.Columns {
					if !slices.ContainsFunc(table.Columns, func(c catalog.Column) bool { return c.Name == name }) {
						t.Errorf("%q reads column %s of %v", sql, name, u.Table)
					}
				}
			}
		}
	})
}

// columnsRead are the columns that a statement is said to read, table by table.
func columnsRead(t *testing.T, c *connection, view catalog.View, sql string) string {
	t.Helper()
	v, err := guard.Check(context.Background(), c, view, sql)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	var out []string
	for _, u := range v.Columns {
		out = append(out, u.Table.Schema+"."+u.Table.Table+"("+strings.Join(u.Columns, ",")+")")
	}
	return strings.Join(out, " ")
}

func TestTheVerdictNamesTheColumnsRead(t *testing.T) {
	c, _, writer := setup(t)
	for sql, want := range map[string]string{
		"SELECT 1":                                   "",
		"SELECT count(*) FROM customers":             "main.customers()",
		"SELECT name FROM customers WHERE id = 1":    "main.customers(id,name)",
		"SELECT * FROM s1.t":                         "s1.t(a,b)",
		"FROM s1.t":                                  "s1.t(a,b)",
		"SELECT * EXCLUDE (b) FROM s1.t":             "s1.t(a)",
		"SELECT COLUMNS('a') FROM s1.t":              "s1.t(a,b)",
		"SELECT x.a, y.* FROM s1.t x, s2.t y":        "s1.t(a) s2.t(a,c)",
		"SELECT s1.t.b FROM s1.t, s2.t":              "s1.t(b) s2.t()",
		"SELECT t FROM s1.t":                         "s1.t(a,b)",
		"SELECT q.one FROM s1.t AS q(one)":           "s1.t(a,b)",
		"SELECT place.city FROM customers":           "main.customers(place)",
		"SELECT c.place.city FROM customers c":       "main.customers(place)",
		"SELECT 1 FROM s1.t JOIN s2.t USING (a)":     "s1.t(a) s2.t(a)",
		"SELECT 1 FROM s1.t NATURAL JOIN s2.t":       "s1.t(a,b) s2.t(a,c)",
		"SELECT 1 FROM s1.t ORDER BY b":              "s1.t(b)",
		"SELECT a AS x FROM s1.t GROUP BY x":         "s1.t(a)",
		"SELECT #2 FROM s1.t":                        "s1.t(a,b)",
		"SELECT count(*) FILTER (b = 'x') FROM s1.t": "s1.t(b)",
		"SELECT (SELECT max(amount) FROM orders o WHERE o.customer = c.id) FROM customers c": "main.customers(id) main.orders(customer,amount)",
		"WITH x AS (SELECT a FROM s1.t) SELECT * FROM x":                                     "s1.t(a)",
		"SELECT z FROM (SELECT b AS z FROM s1.t)":                                            "s1.t(b)",
		"PIVOT s1.t ON b IN ('one') USING count(*)":                                          "s1.t(a,b)",
		"SUMMARIZE s1.t": "s1.t(a,b)",
		"SELECT a FROM s1.t UNION SELECT a FROM s2.t":            "s1.t(a) s2.t(a)",
		"INSERT INTO s2.t SELECT a, b FROM s1.t":                 "s1.t(a,b)",
		"UPDATE s2.t SET c = u.b FROM s1.t u WHERE u.a = s2.t.a": "s1.t(a,b)",
		"CREATE TABLE n AS SELECT a FROM s1.t":                   "s1.t(a)",
		"EXPLAIN SELECT a FROM s1.t":                             "s1.t(a)",
		"EXPLAIN DELETE FROM s2.t USING s1.t u WHERE u.a = 1":    "s1.t(a)",
		"SELECT list_transform([1], lambda k: k + a) FROM s1.t":  "s1.t(a)",
	} {
		if got := columnsRead(t, c, writer, sql); got != want {
			t.Errorf("%s reads %q; want %q", sql, got, want)
		}
	}
}
