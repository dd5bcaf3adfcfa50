package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

func read(t testing.TB, inst *instance, old catalog.Contents) catalog.Contents {
	t.Helper()
	contents, err := inst.contents(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

func session(t testing.TB, inst *instance, c *conn) catalog.Contents {
	t.Helper()
	contents, err := inst.sessionContents(t.Context(), c, catalog.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

// tableOf finds a table by its logical name.
func tableOf(contents catalog.Contents, cat, schema, table string) (catalog.Table, bool) {
	for _, c := range contents.Catalogs {
		for _, s := range c.Schemas {
			for _, t := range s.Tables {
				if c.Name == cat && s.Name == schema && t.Name.Table == table {
					return t, true
				}
			}
		}
	}
	return catalog.Table{}, false
}

// names lists all tables as catalog.schema.table.
func names(contents catalog.Contents) []string {
	var list []string
	for _, c := range contents.Catalogs {
		for _, s := range c.Schemas {
			for _, t := range s.Tables {
				list = append(list, c.Name+"."+s.Name+"."+t.Name.Table)
			}
		}
	}
	return list
}

// define runs a statement of kind guard.Define and notes it as the caller of a
// connection must.
func define(t testing.TB, c *conn, sql string, a *attached, schema, table string, needs policy.Privileges) {
	t.Helper()
	v := guard.Verdict{Kind: guard.Define, Needs: needs, Target: catalog.Name{Catalog: "temp", Schema: schema, Table: table}}
	if a != nil {
		v.Lake, v.Target.Catalog = a.physical, a.lake.Name
		sql = strings.ReplaceAll(sql, "$L", a.physical)
	}
	run(t, c, sql)
	c.defined(v)
}

func TestContentsOfAllKindsOfLakes(t *testing.T) {
	files := t.TempDir()
	weblogs := catalog.Lake{Name: "weblogs", Type: catalog.Files, FileTables: []catalog.FileTable{
		{Schema: "web", Name: "hits", Path: files + "/hits/**/*.parquet", HivePartitioning: true},
		{Schema: "web", Name: "none", Path: files + "/none/*.parquet"},
	}}
	writeParquet(t, files+"/hits/", "SELECT range AS i, 'x' AS s, range % 2 AS part FROM range(10)", "PARTITION_BY (part)")
	inst := openTest(t, config(t, localLake(t, "lake"), fileLake(t, "file"), weblogs))
	c := connectTest(t, inst)
	lake, file := inst.lakes[0], inst.lakes[1]
	run(t, c, "CREATE SCHEMA $L.sales", "$L", lake.physical)
	run(t, c, `CREATE TABLE $L.sales.orders (id BIGINT NOT NULL, "Odd ""Name" DECIMAL(10,2) DEFAULT 3, made TIMESTAMPTZ DEFAULT now())`, "$L", lake.physical)
	run(t, c, "COMMENT ON TABLE $L.sales.orders IS 'what was ordered'", "$L", lake.physical)
	run(t, c, "COMMENT ON COLUMN $L.sales.orders.id IS 'the number'", "$L", lake.physical)
	run(t, c, "CREATE VIEW $L.main.big AS SELECT id FROM $L.sales.orders WHERE id > 10", "$L", lake.physical)
	run(t, c, "CREATE TABLE $L.main.gone (i INTEGER)", "$L", lake.physical)
	run(t, c, "DROP TABLE $L.main.gone", "$L", lake.physical)
	run(t, c, "USE $L.main", "$L", file.physical)
	define(t, c, "CREATE TABLE $L.main.p (a INTEGER, b VARCHAR, u INTEGER UNIQUE, PRIMARY KEY (a, b))", file, "main", "p", policy.Create)
	define(t, c, "CREATE TABLE $L.main.q (x INTEGER, y VARCHAR DEFAULT 'it''s', FOREIGN KEY (x, y) REFERENCES p (a, b))", file, "main", "q", policy.Create)
	define(t, c, "COMMENT ON TABLE $L.main.q IS 'refers'", file, "main", "q", policy.Alter)
	inst.publish(c)

	contents := read(t, inst, catalog.Contents{})
	want := []string{"lake.main.big", "lake.sales.orders", "file.main.p", "file.main.q", "weblogs.web.hits"}
	if got := names(contents); !slices.Equal(got, want) {
		t.Fatalf("tables %v, want %v", got, want)
	}
	orders, _ := tableOf(contents, "lake", "sales", "orders")
	wantColumns := []catalog.Column{
		{Name: "id", Type: "BIGINT", Comment: "the number"},
		{Name: `Odd "Name`, Type: "DECIMAL(10,2)", Nullable: true, Default: "'3'"},
		{Name: "made", Type: "TIMESTAMP WITH TIME ZONE", Nullable: true, Default: "now()"},
	}
	if !slices.Equal(orders.Columns, wantColumns) {
		t.Errorf("columns %+v, want %+v", orders.Columns, wantColumns)
	}
	if orders.Comment != "what was ordered" || orders.Kind != catalog.BaseTable ||
		orders.Physical != (catalog.Name{Catalog: lake.physical, Schema: "sales", Table: "orders"}) {
		t.Errorf("orders: %+v", orders)
	}
	if big, _ := tableOf(contents, "lake", "main", "big"); big.Kind != catalog.ViewTable || len(big.Columns) != 1 || big.Columns[0].Type != "BIGINT" {
		t.Errorf("view: %+v", big)
	}
	p, _ := tableOf(contents, "file", "main", "p")
	if !slices.Equal(p.PrimaryKey, []string{"a", "b"}) || len(p.Unique) != 1 || p.Unique[0][0] != "u" {
		t.Errorf("keys of p: %+v", p)
	}
	q, _ := tableOf(contents, "file", "main", "q")
	if len(q.ForeignKeys) != 1 || q.ForeignKeys[0].References != (catalog.Name{Catalog: "file", Schema: "main", Table: "p"}) ||
		!slices.Equal(q.ForeignKeys[0].Columns, []string{"x", "y"}) || !slices.Equal(q.ForeignKeys[0].Referenced, []string{"a", "b"}) {
		t.Errorf("foreign keys of q: %+v", q.ForeignKeys)
	}
	if q.Comment != "refers" || q.Columns[1].Default != "'it''s'" {
		t.Errorf("q: %+v", q)
	}
	hits, _ := tableOf(contents, "weblogs", "web", "hits")
	if len(hits.Columns) != 3 || hits.Columns[2] != (catalog.Column{Name: "part", Type: "BIGINT", Nullable: true}) {
		t.Errorf("columns of files: %+v", hits.Columns)
	}
	rows, err := c.rows(t.Context(), "SELECT sum(i)::VARCHAR FROM "+qualified(hits.Physical)+" WHERE part = 1")
	if err != nil || *rows[0][0] != "25" {
		t.Errorf("rows of files: %v, %v", rows, err)
	}
	if web := contents.Catalogs[2]; !web.ReadOnly || web.Type != catalog.Files {
		t.Errorf("weblogs: %+v, want it read-only", web)
	}
}

// writeParquet writes a query's rows with an instance of its own.
func writeParquet(t testing.TB, path, query, options string) {
	t.Helper()
	dir := filepath.Dir(strings.TrimSuffix(path, "/"))
	lake := catalog.Lake{Name: "w", Type: catalog.DuckLake, Data: dir, Metadata: catalog.Metadata{Type: "duckdb", Path: t.TempDir() + "/m"}}
	inst := openTest(t, config(t, lake)) // may write below its data path
	c, err := inst.connect()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if options != "" {
		options = ", " + options
	}
	run(t, c, "COPY ("+query+") TO "+sqltext.Literal(strings.TrimSuffix(path, "/"))+" (FORMAT parquet"+options+")")
}

func TestDuckLakeTypesAreSpelledAsDuckDBSpellsThem(t *testing.T) {
	inst := openTest(t, config(t, localLake(t, "lake")))
	c := connectTest(t, inst)
	at := inst.lakes[0].physical
	run(t, c, `CREATE TABLE $L.main.n (a DECIMAL(10,2), b STRUCT(x INTEGER, y VARCHAR[]), c MAP(VARCHAR, STRUCT(k DOUBLE)), d TIMESTAMPTZ,
		e VARCHAR, f UUID, g JSON, h HUGEINT, i UHUGEINT, j TIMESTAMP_NS, k TIMETZ, l INTERVAL, m INTEGER[][], n BLOB, o UTINYINT,
		p TIMESTAMP_S, q VARIANT, r GEOMETRY, s SMALLINT, t TIME, u FLOAT, v STRUCT("a b" INTEGER, "select" TINYINT, "Up" DATE), w TIMESTAMP_MS,
		x BOOLEAN, y USMALLINT, z UINTEGER, aa UBIGINT, bb TIMESTAMP, cc BIGINT, dd TIME_NS)`, "$L", at)
	n, _ := tableOf(read(t, inst, catalog.Contents{}), "lake", "main", "n")
	rows, err := c.rows(t.Context(), "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = $1 ORDER BY column_index", at)
	if err != nil || len(rows) != len(n.Columns) || len(rows) != 30 {
		t.Fatalf("%d columns, want %d: %v", len(n.Columns), len(rows), err)
	}
	for k, row := range rows {
		if got := n.Columns[k]; got.Name != *row[0] || got.Type != *row[1] {
			t.Errorf("column %s %s, want %s %s", got.Name, got.Type, *row[0], *row[1])
		}
		if err := c.prepare(t.Context(), "SELECT CAST(NULL AS "+n.Columns[k].Type+")"); err != nil {
			t.Errorf("type %s cannot be cast to: %v", n.Columns[k].Type, err)
		}
	}
}

func TestContentsAreReadAgainOnlyWhenTheyChanged(t *testing.T) {
	inst := openTest(t, config(t, localLake(t, "lake"), fileLake(t, "file")))
	c := connectTest(t, inst)
	lake, file := inst.lakes[0], inst.lakes[1]
	run(t, c, "CREATE TABLE $L.main.a (i INTEGER)", "$L", lake.physical)
	first := read(t, inst, catalog.Contents{})
	run(t, c, "INSERT INTO $L.main.a VALUES (1)", "$L", lake.physical)
	second := read(t, inst, first)
	if first.Stamp != second.Stamp || &first.Catalogs[0].Schemas[0] != &second.Catalogs[0].Schemas[0] {
		t.Error("an INSERT made the lake be read again")
	}
	run(t, c, "CREATE TABLE $L.main.b (i INTEGER)", "$L", lake.physical)
	third := read(t, inst, second)
	if third.Stamp == second.Stamp || third.Catalogs[0].Stamp == second.Catalogs[0].Stamp {
		t.Error("a new table left the stamps as they were")
	}
	if third.Catalogs[1].Stamp != second.Catalogs[1].Stamp {
		t.Error("a new table in one lake changed the other's stamp")
	}
	define(t, c, "CREATE TABLE $L.main.c (i INTEGER)", file, "main", "c", policy.Create)
	inst.publish(c)
	if got, want := names(read(t, inst, third)), []string{"lake.main.a", "lake.main.b", "file.main.c"}; !slices.Equal(got, want) {
		t.Errorf("tables %v, want %v", got, want)
	}
}

func TestSessionSeesWhatItMadeAlone(t *testing.T) {
	inst := openTest(t, config(t, localLake(t, "lake"), fileLake(t, "file")))
	c := connectTest(t, inst)
	lake, file := inst.lakes[0], inst.lakes[1]
	define(t, c, "CREATE TABLE $L.main.old (i INTEGER)", lake, "main", "old", policy.Create)
	define(t, c, "CREATE TABLE $L.main.base (i INTEGER UNIQUE)", file, "main", "base", policy.Create)
	inst.publish(c)
	if got := session(t, inst, c); got.Stamp != read(t, inst, catalog.Contents{}).Stamp {
		t.Error("a session that made nothing sees other contents")
	}

	define(t, c, "CREATE TEMP TABLE tmp (i INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'x')", nil, "main", "tmp", policy.Create)
	define(t, c, "CREATE TEMP VIEW tv AS SELECT 1 AS one", nil, "main", "tv", policy.Create)
	for _, a := range []*attached{lake, file} {
		name, old := a.lake.Name, map[*attached]string{lake: "old", file: "base"}[a]
		run(t, c, "BEGIN")
		define(t, c, "CREATE SCHEMA $L.s", a, "s", "", policy.Create)
		define(t, c, "CREATE TABLE $L.s.fresh (d DATE)", a, "s", "fresh", policy.Create)
		define(t, c, "ALTER TABLE $L.main."+old+" RENAME TO renamed", a, "main", old, policy.Alter)
		got := session(t, inst, c)
		list := names(got)
		for _, want := range []string{name + ".s.fresh", name + ".main.renamed", "temp.main.tmp", "temp.main.tv"} {
			if !slices.Contains(list, want) {
				t.Errorf("%s: the session sees %v, want %s", name, list, want)
			}
		}
		if slices.Contains(list, name+".main."+old) {
			t.Errorf("%s: the session sees %v, with what it renamed", name, list)
		}
		if others := names(read(t, inst, catalog.Contents{})); slices.Contains(others, name+".s.fresh") || slices.Contains(others, "temp.main.tmp") {
			t.Errorf("%s: others see %v", name, others)
		}
		fresh, _ := tableOf(got, name, "s", "fresh")
		if fresh.Physical.Catalog != a.physical || len(fresh.Columns) != 1 || fresh.Columns[0].Type != "DATE" {
			t.Errorf("%s: fresh: %+v", name, fresh)
		}

		run(t, c, "ROLLBACK")
		c.forget()
		if list := names(session(t, inst, c)); slices.Contains(list, name+".s.fresh") || !slices.Contains(list, name+".main."+old) {
			t.Errorf("%s: after a rollback the session sees %v", name, list)
		}
	}
	got := session(t, inst, c)
	tmp, _ := tableOf(got, "temp", "main", "tmp")
	if tmp.Kind != catalog.BaseTable || !slices.Equal(tmp.PrimaryKey, []string{"i"}) || tmp.Columns[1].Default != "'x'" {
		t.Errorf("tmp: %+v", tmp)
	}
	if tv, _ := tableOf(got, "temp", "main", "tv"); tv.Kind != catalog.ViewTable {
		t.Errorf("tv: %+v, want a view", tv)
	}
	define(t, c, "DROP TABLE temp.main.tmp", nil, "main", "tmp", policy.Drop)
	if _, ok := tableOf(session(t, inst, c), "temp", "main", "tmp"); ok {
		t.Error("a dropped temporary table is still seen")
	}
}

func TestFilesThatGrowColumnsStayReadable(t *testing.T) {
	dir := t.TempDir()
	lake := catalog.Lake{Name: "w", Type: catalog.Files, FileTables: []catalog.FileTable{{Schema: "main", Name: "h", Path: dir + "/h/*.parquet"}}}
	inst := openTest(t, config(t, lake))
	if got := names(read(t, inst, catalog.Contents{})); len(got) != 0 {
		t.Fatalf("tables without files: %v", got)
	}
	refresh := func() catalog.Contents {
		inst.lakes[0].files = inst.lakes[0].files.Add(-2 * filesMaxAge)
		return read(t, inst, catalog.Contents{})
	}
	writeParquet(t, dir+"/h/0.parquet", "SELECT 1 AS i", "")
	contents := refresh()
	h, ok := tableOf(contents, "w", "main", "h")
	if !ok || len(h.Columns) != 1 {
		t.Fatalf("after the first file: %v", names(contents))
	}
	writeParquet(t, dir+"/h/00.parquet", "SELECT 2 AS i, 'x' AS s", "")
	c := connectTest(t, inst)
	rows, err := c.rows(t.Context(), "SELECT sum(i)::VARCHAR FROM "+qualified(h.Physical))
	if err != nil || *rows[0][0] != "3" {
		t.Errorf("before the new column is known: %v, %v", rows, err)
	}
}

func TestReadOnlyLakes(t *testing.T) {
	lake, file := localLake(t, "lake"), fileLake(t, "file")
	inst := openTest(t, config(t, lake, file))
	c := connectTest(t, inst)
	for _, a := range inst.lakes {
		run(t, c, "CREATE TABLE $L.main.t AS SELECT 1 AS i", "$L", a.physical)
	}
	c.close()
	inst.close()
	lake.ReadOnly, file.ReadOnly = true, true
	inst = openTest(t, config(t, lake, file))
	c = connectTest(t, inst)
	for _, a := range inst.lakes {
		run(t, c, "FROM $L.main.t", "$L", a.physical)
		err := inst.translate(t.Context(), c.exec(t.Context(), "INSERT INTO "+a.physical+".main.t VALUES (2)"))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), wordsReadOnly) {
			t.Errorf("%s: %v, want that it is read-only", a.lake.Name, err)
		}
	}
	if got := names(read(t, inst, catalog.Contents{})); len(got) != 2 {
		t.Errorf("tables: %v", got)
	}
}

func BenchmarkContentsOfTenThousandTables(b *testing.B) {
	inst := openTest(b, config(b, localLake(b, "lake"), fileLake(b, "file")))
	c := connectTest(b, inst)
	for _, a := range inst.lakes {
		run(b, c, "BEGIN")
		for n := range 5000 {
			run(b, c, fmt.Sprintf("CREATE TABLE $L.main.t%d (a INTEGER, b VARCHAR, c DOUBLE, d DATE, e STRUCT(x INTEGER, y VARCHAR))", n), "$L", a.physical)
		}
		run(b, c, "COMMIT")
	}
	if _, err := inst.contents(b.Context(), catalog.Contents{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		inst.lakes[0].last.Store(nil)
		inst.changes.add(changed{place: place{inst.lakes[1].physical, "main", "t1"}})
		contents, err := inst.contents(b.Context(), catalog.Contents{})
		if err != nil || len(names(contents)) != 10000 {
			b.Fatalf("%d tables, %v", len(names(contents)), err)
		}
	}
}
