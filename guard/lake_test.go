package guard_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// connection is a real DuckDB, and the Binder over it.
type connection struct {
	raw   duckdb.Connection
	calls int
}

func open(t testing.TB) *connection {
	t.Helper()
	var db duckdb.Database
	if duckdb.Open(":memory:", &db) == duckdb.StateError {
		t.Fatal("open DuckDB")
	}
	c := &connection{}
	if duckdb.Connect(db, &c.raw) == duckdb.StateError {
		t.Fatal("connect to DuckDB")
	}
	t.Cleanup(func() {
		duckdb.Disconnect(&c.raw)
		duckdb.Close(&db)
	})
	return c
}

type sqlError string

func (e sqlError) Error() string { return string(e) }

// rows runs sql and gives its column names and all values as text, NULL as a star.
func (c *connection) rows(sql string, params ...string) (names []string, out [][]string, err error) {
	var st duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&st)
	if duckdb.Prepare(c.raw, sql, &st) == duckdb.StateError {
		return nil, nil, sqlError(duckdb.PrepareError(st))
	}
	for i, p := range params {
		duckdb.BindVarchar(st, duckdb.IdxT(i+1), p)
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePrepared(st, &res) == duckdb.StateError {
		return nil, nil, sqlError(duckdb.ResultError(&res))
	}
	n := duckdb.ColumnCount(&res)
	for i := range n {
		names = append(names, duckdb.ColumnName(&res, i))
	}
	for {
		chunk := duckdb.FetchChunk(res)
		if chunk.Ptr == nil {
			return names, out, nil
		}
		for row := range duckdb.DataChunkGetSize(chunk) {
			line := make([]string, n)
			for col := range n {
				vec := duckdb.DataChunkGetVector(chunk, col)
				mask := duckdb.VectorGetValidity(vec)
				line[col] = "*"
				if (mask == nil || duckdb.ValidityMaskValueIsValid(mask, row)) && duckdb.ColumnType(&res, col) == duckdb.TypeVarchar {
					line[col] = varchar(vec, row)
				}
			}
			out = append(out, line)
		}
		duckdb.DestroyDataChunk(&chunk)
	}
}

// texts runs a query with every column cast to text.
func (c *connection) texts(sql string) (names []string, out [][]string, err error) {
	if names, _, err = c.rows(sql); err != nil {
		return nil, nil, err
	}
	columns := make([]string, len(names))
	aliases := make([]string, len(names))
	for i := range names {
		aliases[i] = "c" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		columns[i] = aliases[i] + "::VARCHAR"
	}
	_, out, err = c.rows("SELECT " + strings.Join(columns, ", ") + " FROM (" + sql + ") t(" + strings.Join(aliases, ", ") + ")")
	return names, out, err
}

func (c *connection) exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		var res duckdb.Result
		if duckdb.Query(c.raw, sql, &res) == duckdb.StateError {
			t.Fatalf("%s: %s", sql, duckdb.ResultError(&res))
		}
		duckdb.DestroyResult(&res)
	}
}

func (c *connection) one(sql, argument string) (string, error) {
	c.calls++
	_, rows, err := c.rows(sql, argument)
	if err != nil {
		return "", err
	}
	return rows[0][0], nil
}

func (c *connection) Serialize(_ context.Context, sql string) (string, error) {
	return c.one("SELECT json_serialize_sql($1::VARCHAR)::VARCHAR", sql)
}

func (c *connection) Deserialize(_ context.Context, tree string) (string, error) {
	return c.one("SELECT json_deserialize_sql($1::VARCHAR::JSON)", tree)
}

func (c *connection) Plan(_ context.Context, sql string) (string, error) {
	return c.one("SELECT json_serialize_plan($1::VARCHAR, optimize := false)::VARCHAR", sql)
}

var _ guard.Binder = (*connection)(nil)

// lakes is the logical and physical names of the catalogs under test.
var lakes = []catalog.Catalog{
	{Name: "lake", Physical: "ph_a1", Type: catalog.DuckDB},
	{Name: "Scratch", Physical: "ph_b2", Type: catalog.DuckDB},
	{Name: "weblogs", Physical: "ph_f4", Type: catalog.Files, ReadOnly: true},
	{Name: "temp", Physical: "temp", Type: catalog.Temp},
}

const duckLake = "ph_d3"

// fixture makes the lakes and their tables.
func fixture(t testing.TB) *connection {
	t.Helper()
	c := open(t)
	parquet := filepath.Join(t.TempDir(), "hits.parquet")
	c.exec(
		t,
		"ATTACH ':memory:' AS ph_a1", "ATTACH ':memory:' AS ph_b2", "ATTACH ':memory:' AS ph_f4",
		"CREATE SCHEMA ph_a1.s1", "CREATE SCHEMA ph_a1.s2", `CREATE SCHEMA ph_a1."we""ird"`,
		"CREATE TABLE ph_a1.main.customers(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, email VARCHAR UNIQUE, balance DECIMAL(10,2) DEFAULT 0, place STRUCT(city VARCHAR, zip INTEGER))",
		"INSERT INTO ph_a1.main.customers VALUES (1,'Ann','ann@x.org',10.50,{'city':'Oslo','zip':1}),(2,'Bob','bob@x.org',-3,{'city':'Rome','zip':2}),(3,'Cy',NULL,7,NULL)",
		"CREATE TABLE ph_a1.main.orders(id INTEGER, customer INTEGER, amount DOUBLE, made TIMESTAMP, tags VARCHAR[])",
		"INSERT INTO ph_a1.main.orders SELECT i, i%3+1, i*1.5, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR, ['a','t'||i] FROM range(20) r(i)",
		"CREATE TABLE ph_a1.s1.t(a INTEGER, b VARCHAR)", "INSERT INTO ph_a1.s1.t VALUES (1,'one'),(2,'two')",
		"CREATE TABLE ph_a1.s2.t(a INTEGER, c VARCHAR)", "INSERT INTO ph_a1.s2.t VALUES (1,'eins'),(3,'drei')",
		`CREATE TABLE ph_a1."we""ird"."Sel era"("from" INTEGER, "ünï" VARCHAR, "q""c" INTEGER)`,
		`INSERT INTO ph_a1."we""ird"."Sel era" VALUES (1,'x',2)`,
		"CREATE TABLE ph_a1.main.hidden(secret VARCHAR)", "INSERT INTO ph_a1.main.hidden VALUES ('top secret')",
		"CREATE TABLE ph_a1.main.masked(id INTEGER, email VARCHAR, region VARCHAR)",
		"INSERT INTO ph_a1.main.masked VALUES (1,'ann@x.org','eu'),(2,'bob@x.org','us'),(3,'cy@x.org','eu')",
		"CREATE TABLE ph_a1.main.keyed(id INTEGER PRIMARY KEY, name VARCHAR)", "INSERT INTO ph_a1.main.keyed VALUES (1, 'Old')",
		"CREATE TABLE ph_b2.main.notes(n INTEGER, body VARCHAR)", "INSERT INTO ph_b2.main.notes VALUES (1,'hello')",
		"CREATE VIEW ph_b2.main.doubled AS SELECT n * 2 AS n2 FROM ph_b2.main.notes",
		"COPY (SELECT i AS hit, 'p'||i AS path FROM range(5) r(i)) TO '"+parquet+"'",
		"CREATE SCHEMA ph_f4.web", "CREATE VIEW ph_f4.web.hits AS SELECT * FROM read_parquet(['"+parquet+"'])",
		"COMMENT ON TABLE ph_a1.main.customers IS 'who buys'", "COMMENT ON COLUMN ph_a1.main.customers.email IS 'private'",
		"CREATE TEMP TABLE mine(x INTEGER)", "INSERT INTO mine VALUES (42)",
	)
	return c
}

// withDuckLake attaches a DuckLake to c, or skips the test.
func withDuckLake(t testing.TB, c *connection) catalog.Catalog {
	t.Helper()
	extensions := os.Getenv("LAKEGATE_TEST_EXTENSIONS")
	if extensions == "" {
		_, file, _, _ := runtime.Caller(0)
		extensions = filepath.Join(filepath.Dir(file), "..", "extensions")
	}
	if found, _ := filepath.Glob(filepath.Join(extensions, "*", "*", "ducklake.duckdb_extension")); len(found) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no ducklake extension under " + extensions)
		}
		t.Skip("no ducklake extension; run make extensions")
	}
	dir := t.TempDir()
	c.exec(
		t,
		"SET extension_directory='"+extensions+"'", "SET autoinstall_known_extensions=false", "LOAD ducklake",
		"ATTACH 'ducklake:"+filepath.Join(dir, "meta.db")+"' AS "+duckLake+" (DATA_PATH '"+filepath.Join(dir, "data")+"')",
		"CREATE SCHEMA "+duckLake+".s3",
		"CREATE TABLE "+duckLake+".s3.events(id INTEGER, kind VARCHAR, made TIMESTAMP)",
		"INSERT INTO "+duckLake+".s3.events VALUES (1,'click','2024-01-01'),(2,'view','2024-01-02')",
	)
	return catalog.Catalog{Name: "duck", Physical: duckLake, Type: catalog.DuckLake}
}

// contents reads what the lakes hold, except the tables called hidden.
func contents(t testing.TB, c *connection, all []catalog.Catalog) catalog.Contents {
	t.Helper()
	out := catalog.Contents{Stamp: t.Name()}
	for _, l := range all {
		cat := l
		_, schemas, err := c.texts("SELECT schema_name FROM duckdb_schemas() WHERE database_name = '" + l.Physical + "' AND schema_name NOT IN ('information_schema', 'pg_catalog') ORDER BY 1")
		if l.Type == catalog.Temp {
			schemas = [][]string{{"main"}}
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range schemas {
			schema := catalog.Schema{Name: s[0]}
			_, columns, err := c.texts("SELECT table_name, column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns() WHERE NOT internal AND database_name = '" +
				l.Physical + "' AND schema_name = '" + strings.ReplaceAll(s[0], "'", "''") + "' ORDER BY table_name, column_index")
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range columns {
				if row[0] == "hidden" {
					continue
				}
				if n := len(schema.Tables); n == 0 || schema.Tables[n-1].Name.Table != row[0] {
					schema.Tables = append(schema.Tables, table(l, s[0], row[0]))
				}
				of := &schema.Tables[len(schema.Tables)-1]
				of.Columns = append(of.Columns, catalog.Column{Name: row[1], Type: row[2], Nullable: row[3] == "true", Default: text(row[4]), Comment: text(row[5])})
			}
			cat.Schemas = append(cat.Schemas, schema)
		}
		out.Catalogs = append(out.Catalogs, cat)
	}
	return out
}

func text(s string) string {
	if s == "*" || s == "NULL" {
		return ""
	}
	return s
}

func table(l catalog.Catalog, schema, name string) catalog.Table {
	t := catalog.Table{
		Whole: true, Name: catalog.Name{Catalog: l.Name, Schema: schema, Table: name}, Kind: catalog.BaseTable,
		Physical: catalog.Name{Catalog: l.Physical, Schema: schema, Table: name},
	}
	switch name {
	case "doubled", "hits":
		t.Kind = catalog.ViewTable
	case "customers":
		t.Comment, t.PrimaryKey, t.Unique = "who buys", []string{"id"}, [][]string{{"email"}}
	}
	return t
}

// view is what a member of group sees of the contents.
func view(t testing.TB, in catalog.Contents, group string) catalog.View {
	t.Helper()
	rules, err := policy.New(policy.Config{ReadOnlyGroups: []string{"readers"}, WriteGroups: []string{"writers"}, AdminGroups: []string{"admins"}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := catalog.New(catalog.Config{
		Policy: rules, Catalog: "lake", Schema: "main",
		Load: func(context.Context, catalog.Contents) (catalog.Contents, error) { return in, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := all.For(context.Background(), auth.Principal{User: "u", Groups: []string{group}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// setup is a fixture with the Views of a reader and a writer.
func setup(t testing.TB) (c *connection, reader, writer catalog.View) {
	t.Helper()
	c = fixture(t)
	in := contents(t, c, lakes)
	return c, view(t, in, "readers"), view(t, in, "writers")
}

// mask gives the contents other columns and rows for the table masked.
func mask(in catalog.Contents) catalog.Contents {
	for _, c := range in.Catalogs {
		for _, s := range c.Schemas {
			i := slices.IndexFunc(s.Tables, func(t catalog.Table) bool { return t.Name.Table == "masked" })
			if i < 0 {
				continue
			}
			s.Tables[i].Filter = "email LIKE 'ann@%' OR email LIKE 'cy@%'" // of the column, not of its mask
			s.Tables[i].Columns[1].Mask = "regexp_replace(email, '^[^@]*', '***')"
		}
	}
	return in
}
