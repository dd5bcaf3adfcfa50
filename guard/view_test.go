package guard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/definitions"
	"github.com/lakegate/lakegate/guard"
)

// defined is contents with what a writer's CREATE VIEW statements make, each over
// those before it.
func defined(t testing.TB, c *connection, in catalog.Contents, statements ...string) (catalog.Contents, error) {
	t.Helper()
	var set definitions.Set
	for _, sql := range statements {
		v, err := guard.Check(context.Background(), c, view(t, set.Into(in), "writers"), sql)
		if err != nil {
			return in, fmt.Errorf("%s: %w", sql, err)
		}
		made := v.Order.View
		_, columns, err := c.rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM (" + v.SQL + "))")
		if err != nil {
			return in, fmt.Errorf("%s: %w", sql, err)
		}
		for _, row := range columns {
			made.Columns = append(made.Columns, catalog.Column{Name: row[0], Type: row[1], Nullable: true})
		}
		v.Order.View = made
		if v.Order.Names != nil {
			if v.Order.View, err = v.Order.Named(); err != nil {
				return in, fmt.Errorf("%s: %w", sql, err)
			}
		}
		set.Views = slices.DeleteFunc(slices.Clone(set.Views), func(o catalog.Table) bool { return o.Name == made.Name })
		set = definitions.Set{Views: append(set.Views, v.Order.View)}
	}
	return set.Into(in), nil
}

// answer runs what sql is rewritten to.
func answer(c *connection, v catalog.View, sql string) (string, error) {
	verdict, err := guard.Check(context.Background(), c, v, sql)
	if err != nil {
		return "", err
	}
	names, rows, err := c.texts(verdict.SQL)
	lines := []string{strings.Join(names, "|")}
	for _, row := range rows {
		lines = append(lines, strings.Join(row, "|"))
	}
	return strings.Join(lines, "\n"), err
}

var someViews = []string{
	"CREATE VIEW rich AS SELECT id, name FROM customers WHERE balance > 0",
	"CREATE VIEW s1.star AS SELECT * FROM s1.t",
	"CREATE VIEW lake.s2.named (Num, word) AS SELECT * FROM lake.s1.t ORDER BY a DESC",
	"CREATE VIEW odd AS SELECT count(*), 1 + 1, upper(name)::VARCHAR FROM customers GROUP BY ALL",
	"CREATE VIEW twice AS SELECT 1 AS a, 2 AS a",
	"CREATE VIEW cte AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3), t AS (SELECT 'inner' AS w) SELECT i, w FROM n, t",
	"CREATE VIEW nested AS SELECT r.name, s.b FROM rich r JOIN s1.star s ON r.id = s.a",
	"CREATE VIEW vals AS VALUES (1, 'x') -- LIMIT 0",
	"CREATE VIEW seen AS FROM masked",
	"CREATE VIEW over AS SELECT email, count(*) AS n FROM seen GROUP BY email",
	"CREATE VIEW orders_by AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer",
	`CREATE VIEW "odd ""view" AS SELECT "from" AS "select" FROM "we""ird"."Sel era"`,
	"CREATE VIEW lam AS SELECT list_transform([1, 2], lambda x: x + 1), [x * 2 FOR x IN [3]]",
	"CREATE VIEW log AS SELECT path FROM weblogs.web.hits",
}

func TestViewsAreReadAsTheirTextsAre(t *testing.T) {
	c := fixture(t)
	in, err := defined(t, c, mask(contents(t, c, lakes)), someViews...)
	if err != nil {
		t.Fatal(err)
	}
	reader := view(t, in, "readers")
	for sql, want := range map[string]string{
		"SELECT * FROM rich ORDER BY id":                                                  "id|name\n1|Ann\n3|Cy",
		"FROM lake.main.rich r WHERE r.name LIKE 'A%'":                                    "id|name\n1|Ann",
		"SELECT rich.name, main.rich.id FROM rich WHERE lake.main.rich.id = 1":            "name|id\nAnn|1",
		"SELECT b FROM s1.star ORDER BY a":                                                "b\none\ntwo",
		"SELECT * FROM s2.named":                                                          "Num|word\n2|two\n1|one",
		"SELECT num FROM s2.named AS x(num) WHERE word = 'one'":                           "num\n1",
		"SELECT * FROM odd ORDER BY 3 LIMIT 1":                                            "count_star()|(1 + 1)|CAST(upper(\"name\") AS VARCHAR)\n1|2|ANN",
		"SELECT * FROM twice":                                                             "a|a_1\n1|2",
		"SELECT sum(i), any_value(w) AS w FROM cte":                                       "sum(i)|w\n6|inner",
		"SELECT * FROM nested":                                                            "name|b\nAnn|one",
		"SELECT * FROM vals":                                                              "col0|col1\n1|x",
		"SELECT email FROM seen ORDER BY id":                                              "email\n***@x.org\n***@x.org",
		"SELECT * FROM over":                                                              "email|n\n***@x.org|2",
		`SELECT * FROM "odd ""view"`:                                                      "select\n1",
		"SELECT count(*) AS n FROM log":                                                   "n\n5",
		"SELECT max(total) AS m FROM orders_by o, rich WHERE o.customer = rich.id":        "m\n94.5",
		"WITH t AS (SELECT 99 AS a, 'mine' AS b) SELECT star.b, t.b AS c FROM s1.star, t": "b|c\none|mine\ntwo|mine",
		"WITH customers AS (SELECT 7 AS id, 'fake' AS name, 1 AS balance) SELECT * FROM rich ORDER BY ALL": "id|name\n1|Ann\n3|Cy",
		"WITH rich AS (SELECT 'cte' AS who) SELECT * FROM rich":                                            "who\ncte",
		"SELECT (SELECT max(name) FROM rich r WHERE r.id = o.customer) AS m FROM orders o WHERE o.id = 0":  "m\nAnn",
		"SELECT name FROM rich UNION ALL SELECT b FROM s1.star ORDER BY 1":                                 "name\nAnn\nCy\none\ntwo",
		"DESCRIBE rich": "column_name|column_type|null|key|default|extra\nid|INTEGER|YES|*|*|*\nname|VARCHAR|YES|*|*|*",
		"SELECT view_name, sql FROM duckdb_views() WHERE view_name = 'rich'":              "view_name|sql\nrich|*",
		"SELECT table_type FROM information_schema.tables WHERE table_name = 'rich'":      "table_type\nVIEW",
		"SELECT data_type FROM information_schema.columns WHERE table_name = 'orders_by'": "data_type\nINTEGER\nDOUBLE",
	} {
		got, err := answer(c, reader, sql)
		if err != nil || got != want {
			t.Errorf("%s:\n%s\n%v\nwant\n%s", sql, got, err, want)
		}
	}
	for _, elsewhere := range []catalog.View{reader.At("lake", "s1"), reader.At("Scratch", "main"), reader.At("lake", "nosuch")} {
		if got, err := answer(c, elsewhere, "SELECT * FROM lake.main.nested"); err != nil || got != "name|b\nAnn|one" {
			t.Errorf("from elsewhere: %s, %v", got, err)
		}
	}
	lam, err := answer(c, reader, "SELECT * FROM lam")
	if _, rows, _ := strings.Cut(lam, "\n"); err != nil || rows != "[2, 3]|[6]" {
		t.Errorf("lam: %s, %v", lam, err)
	}
}

func TestAViewIsNotedWithWhatItReads(t *testing.T) {
	c := fixture(t)
	in, err := defined(t, c, contents(t, c, lakes), someViews...)
	if err != nil {
		t.Fatal(err)
	}
	nested, err := view(t, in, "readers").Table("nested")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(nested.Definition.Uses)
	const want = "[{{lake main rich} [id name]} {{lake main customers} [id name balance]} {{lake s1 star} [a b]} {{lake s1 t} [a b]}]"
	if got != want {
		t.Errorf("uses %s, want %s", got, want)
	}
	v, err := guard.Check(context.Background(), c, view(t, in, "readers"), "SELECT name FROM nested")
	if err != nil || fmt.Sprint(v.Reads) != "[{lake main nested} {lake main rich} {lake main customers} {lake s1 star} {lake s1 t}]" {
		t.Errorf("reads %v, %v", v.Reads, err)
	}
}

func TestViewsThatCannotBeAreRefused(t *testing.T) {
	c := fixture(t)
	in, err := defined(t, c, contents(t, c, lakes), someViews...)
	if err != nil {
		t.Fatal(err)
	}
	reader, writer := view(t, in, "readers"), view(t, in, "writers")
	exists := guard.ErrExists
	for _, tt := range []struct {
		sql  string
		want any // a wants, an error, or text of a malformed statement
	}{
		{"CREATE VIEW x AS SELECT * FROM hidden", missing},
		{"CREATE VIEW x AS SELECT nosuch FROM customers", bound},
		{"CREATE VIEW x AS SELECT * FROM read_csv('/etc/passwd')", deniedToAll},
		{"CREATE VIEW x AS SELECT getenv('HOME')", deniedToAll},
		{"CREATE VIEW x AS DELETE FROM customers RETURNING *", malformed},
		{"CREATE VIEW x AS SELECT ?", "parameters"},
		{"CREATE VIEW x AS SELECT $1::INTEGER", "parameters"},
		{"CREATE VIEW x AS SELECT x FROM mine", missing},
		{"CREATE VIEW x AS SELECT x FROM temp.mine", "temporary tables"},
		{"CREATE VIEW x AS SELECT x FROM temp.main.mine", "temporary tables"},
		{"CREATE VIEW x AS SELECT * FROM information_schema.tables", "in a view"},
		{"CREATE VIEW x AS SELECT * FROM duckdb_tables()", "in a view"},
		{"CREATE VIEW x AS SELECT * FROM pg_class", "in a view"},
		{"CREATE VIEW x AS DESCRIBE customers", "in a view"},
		{"CREATE VIEW x AS SELECT * FROM (SHOW TABLES)", "in a view"},
		{"CREATE VIEW x AS SUMMARIZE customers", "in a view"},
		{"CREATE VIEW x AS SELECT current_schema()", "in a view"},
		{"CREATE VIEW x AS SELECT current_database", "in a view"},
		{"CREATE VIEW x (a) AS SELECT 1; DROP TABLE customers", "one by one"},
		{"CREATE VIEW x (a, A) AS SELECT 1, 2", "two columns are called"},
		{"CREATE VIEW x (a.b) AS SELECT 1", malformed},
		{"CREATE VIEW x", "CREATE VIEW name AS query is"},
		{"CREATE VIEW x AS", "CREATE VIEW name AS query is"},
		{"CREATE VIEW x WITH (security = definer) AS SELECT 1", "CREATE VIEW name AS query is"},
		{"CREATE TEMP VIEW x AS SELECT 1", deniedToAll},
		{"CREATE OR REPLACE TEMPORARY VIEW x AS SELECT 1", deniedToAll},
		{"CREATE VIEW temp.x AS SELECT 1", malformed},
		{"CREATE RECURSIVE VIEW x (a) AS SELECT 1", deniedToAll},
		{"CREATE MATERIALIZED VIEW x AS SELECT 1", deniedToAll},
		{"CREATE VIEW nosuch.x AS SELECT 1", missing},
		{"CREATE VIEW weblogs.web.x AS SELECT 1", deniedToAll},
		{"CREATE VIEW x AS SELECT '" + strings.Repeat("x", 64<<10) + "'", "bytes long"},
		{"CREATE VIEW customers AS SELECT 1", exists},
		{"CREATE VIEW rich AS SELECT 1", exists},
		{"CREATE VIEW RICH AS SELECT 1", exists},
		{"CREATE OR REPLACE VIEW customers AS SELECT 1", exists},
		{"CREATE OR REPLACE VIEW Scratch.main.doubled AS SELECT 1", exists},
		{"CREATE OR REPLACE VIEW rich AS SELECT * FROM rich", "reads itself"},
		{"CREATE OR REPLACE VIEW rich AS SELECT name AS id, b AS name FROM nested", "reads itself"},
		{"CREATE OR REPLACE VIEW IF NOT EXISTS x AS SELECT 1", "exclude each other"},
		{"CREATE TABLE rich (a INTEGER)", exists},
		{"CREATE OR REPLACE TABLE rich AS SELECT 1 AS a", exists},
		{"ALTER TABLE customers RENAME TO Rich", exists},
		{"INSERT INTO rich VALUES (1, 'x')", malformed},
		{"UPDATE rich SET name = 'x'", malformed},
		{"DELETE FROM rich", malformed},
		{"TRUNCATE rich", malformed},
		{"MERGE INTO rich r USING customers c ON r.id = c.id WHEN MATCHED THEN DELETE", malformed},
		{"ALTER TABLE rich ADD COLUMN x INTEGER", malformed},
		{"ALTER VIEW rich RENAME TO x", malformed},
		{"DROP TABLE rich", "use DROP VIEW"},
		{"DROP VIEW nosuch", missing},
		{"COMMENT ON TABLE rich IS 'x'", "COMMENT ON VIEW"},
		{"COMMENT ON COLUMN rich.id IS 'x'", "COMMENT ON VIEW"},
		{"SELECT * FROM rich AT (VERSION => 1)", "is a view"},
	} {
		_, err := guard.Check(context.Background(), c, writer, tt.sql)
		ok := false
		switch want := tt.want.(type) {
		case wants:
			ok = class(err) == want
		case error:
			ok = errors.Is(err, want)
		case string:
			ok = class(err) == malformed && strings.Contains(err.Error(), want)
		}
		if !ok {
			t.Errorf("%.80s: %v, want %v", tt.sql, err, tt.want)
		}
	}
	for sql, want := range map[string]string{
		"CREATE VIEW IF NOT EXISTS rich AS SELECT 1":      "SELECT 1 WHERE false",
		"CREATE TABLE IF NOT EXISTS rich (a INTEGER)":     "SELECT 1 WHERE false",
		"DROP VIEW IF EXISTS nosuch":                      "SELECT 1 WHERE false",
		"DROP VIEW rich":                                  "DROP VIEW: lake.main.rich",
		"DROP VIEW IF EXISTS main.RICH":                   "DROP VIEW: lake.main.rich",
		"COMMENT ON VIEW rich IS 'it''s'":                 "COMMENT ON VIEW: lake.main.rich it's",
		"CREATE OR REPLACE VIEW rich AS SELECT 1 AS id":   "CREATE VIEW: lake.main.rich replace",
		"CREATE OR REPLACE VIEW hidden AS SELECT 1 AS id": "CREATE VIEW: lake.main.hidden",
		"CREATE VIEW s1.t_2 AS SELECT 1 AS id":            "CREATE VIEW: lake.s1.t_2",
	} {
		v, err := guard.Check(context.Background(), c, writer, sql)
		got := v.SQL
		if v.Order != nil {
			n := v.Order.View.Name
			got = fmt.Sprintf("%s: %s.%s.%s %s", v.Order.Action, n.Catalog, n.Schema, n.Table, v.Order.View.Comment)
			if v.Order.Replace {
				got += "replace"
			}
			got = strings.TrimSpace(got)
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", sql, got, err, want)
		}
	}
	for _, sql := range []string{"CREATE VIEW x AS SELECT 1", "DROP VIEW rich", "CREATE OR REPLACE VIEW rich AS SELECT 1", "COMMENT ON VIEW rich IS 'x'"} {
		if _, err := guard.Check(context.Background(), c, reader, sql); class(err) != noRight {
			t.Errorf("reader: %s: %v", sql, err)
		}
	}
}

// A view's reader hears nothing of the names in it that they cannot see.
func TestWhatIsWrongInAViewIsNotToldInItsWords(t *testing.T) {
	c := fixture(t)
	in, err := defined(t, c, contents(t, c, lakes), someViews...)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(*catalog.Table) bool) catalog.View {
		out := catalog.Contents{Stamp: t.Name() + "changed"}
		for _, l := range in.Catalogs {
			l.Schemas = slices.Clone(l.Schemas)
			for i, s := range l.Schemas {
				l.Schemas[i].Tables = nil
				for _, table := range s.Tables {
					if table.Columns = slices.Clone(table.Columns); f(&table) {
						l.Schemas[i].Tables = append(l.Schemas[i].Tables, table)
					}
				}
			}
			out.Catalogs = append(out.Catalogs, l)
		}
		return view(t, out, "readers")
	}
	is := func(table *catalog.Table, name string) bool { return table.Name.Table == name }
	for name, v := range map[string]catalog.View{
		"the table is gone": change(func(table *catalog.Table) bool { return !is(table, "customers") }),
		"the column is gone": change(func(table *catalog.Table) bool {
			if is(table, "customers") {
				table.Whole = false
				table.Columns = slices.DeleteFunc(table.Columns, func(c catalog.Column) bool { return c.Name == "balance" })
			}
			return true
		}),
		"the text is not SQL": change(func(table *catalog.Table) bool {
			if is(table, "rich") {
				d := *table.Definition
				d.SQL, table.Definition = "SELEC secretword FROM customers", &d
			}
			return true
		}),
		"it reads itself": change(func(table *catalog.Table) bool {
			if is(table, "rich") {
				d := *table.Definition
				d.SQL, table.Definition = "SELECT name AS secretword FROM nested", &d
			}
			return true
		}),
	} {
		for _, sql := range []string{"SELECT * FROM rich", "SELECT * FROM (SELECT 1 AS balance) l, rich", "SELECT name FROM nested", "SUMMARIZE rich"} {
			_, err := guard.Check(context.Background(), c, v, sql)
			if class(err) != malformed || strings.Contains(err.Error(), "customers") || strings.Contains(err.Error(), "balance") || strings.Contains(err.Error(), "secretword") {
				t.Errorf("%s: %s: %v; want a refusal without the names in it", name, sql, err)
			}
			if !strings.Contains(fmt.Sprint(err), "view lake.main.") {
				t.Errorf("%s: %s: %v; want the view's name", name, sql, err)
			}
		}
	}
}

func TestViewsOfViewsEndSomewhere(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	chain := []string{"CREATE VIEW v0 AS SELECT a FROM s1.t"}
	for i := 1; i < 40; i++ {
		chain = append(chain, fmt.Sprintf("CREATE VIEW v%d AS SELECT a FROM v%d", i, i-1))
	}
	if _, err := defined(t, c, in, chain...); class(err) != malformed || !strings.HasPrefix(err.Error(), "CREATE VIEW v33 ") {
		t.Errorf("a chain: %v", err)
	}
	if in, err := defined(t, c, in, chain[:33]...); err != nil {
		t.Error(err)
	} else if got, err := answer(c, view(t, in, "readers"), "SELECT max(a) AS a FROM v32"); err != nil || got != "a\n2" {
		t.Errorf("the longest chain that can be made: %s, %v", got, err)
	}
	doubling := []string{"CREATE VIEW v0 AS SELECT a FROM s1.t"}
	for i := 1; i < 30; i++ {
		doubling = append(doubling, fmt.Sprintf("CREATE VIEW v%d AS SELECT x.a FROM v%d x, v%d y", i, i-1, i-1))
	}
	if _, err := defined(t, c, in, doubling...); class(err) != malformed || !strings.Contains(err.Error(), "too many views") {
		t.Errorf("doubling: %v", err)
	}
}

// What rules say of the view itself holds on top of what they say of its tables.
func TestMasksAndFiltersOfAViewItself(t *testing.T) {
	c := fixture(t)
	in, err := defined(t, c, mask(contents(t, c, lakes)), someViews...)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range in.Catalogs {
		for _, s := range l.Schemas {
			for i := range s.Tables {
				if s.Tables[i].Name.Table == "seen" {
					s.Tables[i].Filter = "region = 'eu' AND id > 1"
					s.Tables[i].Columns[2].Mask = "lower(region) || '?'"
				}
			}
		}
	}
	got, err := answer(c, view(t, in, "readers"), "SELECT email, region FROM seen")
	if want := "email|region\n***@x.org|eu?"; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if got, err := answer(c, view(t, in, "readers"), "SELECT * FROM over"); err != nil || got != "email|n\n***@x.org|1" {
		t.Errorf("through another view: %s, %v", got, err)
	}
}
