package guard_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// writes are run in a transaction that is rolled back; then seen is asked.
var writes = []struct {
	sql  string
	kind guard.Kind
	need policy.Privileges
	seen string // physical query whose rows tell what happened
	want string
}{
	{"INSERT INTO s1.t VALUES (3, 'three')", guard.Change, policy.Insert, "SELECT max(a) FROM ph_a1.s1.t", "3"},
	{"INSERT INTO s1.t (b) VALUES (DEFAULT), ('x')", guard.Change, policy.Insert, "SELECT count(*) FROM ph_a1.s1.t WHERE a IS NULL", "2"},
	{"INSERT INTO customers (id, name, balance) VALUES (9, (SELECT b FROM s1.t WHERE a = 1), DEFAULT)", guard.Change, policy.Insert | policy.Select, "SELECT name || balance FROM ph_a1.main.customers WHERE id = 9", "one0.00"},
	{"INSERT INTO s1.t DEFAULT VALUES", guard.Change, policy.Insert, "SELECT count(*) FROM ph_a1.s1.t", "3"},
	{"INSERT INTO s1.t BY NAME SELECT 'q' AS b, 5 AS a", guard.Change, policy.Insert, "SELECT b FROM ph_a1.s1.t WHERE a = 5", "q"},
	{"INSERT INTO s1.t SELECT id, name FROM customers", guard.Change, policy.Insert | policy.Select, "SELECT count(*) FROM ph_a1.s1.t", "5"},
	{"INSERT INTO s1.t (b, a) FROM (SELECT 'z', 8)", guard.Change, policy.Insert, "SELECT b FROM ph_a1.s1.t WHERE a = 8", "z"},
	{"WITH x AS (SELECT id FROM customers) INSERT INTO s1.t SELECT id, 'w' FROM x", guard.Change, policy.Insert | policy.Select, "SELECT count(*) FROM ph_a1.s1.t WHERE b = 'w'", "3"},
	{"INSERT OR REPLACE INTO keyed VALUES (1, 'New')", guard.Change, policy.Insert | policy.Update, "SELECT name FROM ph_a1.main.keyed WHERE id = 1", "New"},
	{"INSERT OR IGNORE INTO customers VALUES (1, 'New', NULL, 1, NULL)", guard.Change, policy.Insert, "SELECT name FROM ph_a1.main.customers WHERE id = 1", "Ann"},
	{"INSERT INTO customers VALUES (1, 'New', NULL, 1, NULL) ON CONFLICT DO NOTHING", guard.Change, policy.Insert, "SELECT name FROM ph_a1.main.customers WHERE id = 1", "Ann"},
	{"INSERT INTO customers AS k VALUES (1, 'New', NULL, 1, NULL) ON CONFLICT (id) DO UPDATE SET name = excluded.name || k.name WHERE k.id = 1", guard.Change, policy.Insert | policy.Update, "SELECT name FROM ph_a1.main.customers WHERE id = 1", "NewAnn"},
	{"INSERT INTO s1.t VALUES (4, 'r') RETURNING a + 1 AS n, *", guard.Change, policy.Insert | policy.Select, "SELECT max(a) FROM ph_a1.s1.t", "4"},
	{"UPDATE s1.t SET b = upper(b), a = a + 1 WHERE a = 1", guard.Change, policy.Update, "SELECT b FROM ph_a1.s1.t WHERE b = 'ONE'", "ONE"},
	{"UPDATE s1.t SET b = DEFAULT", guard.Change, policy.Update, "SELECT count(*) FROM ph_a1.s1.t WHERE b IS NULL", "2"},
	{"UPDATE s1.t SET b = c.name FROM customers c WHERE c.id = s1.t.a AND c.email IS DISTINCT FROM NULL", guard.Change, policy.Update | policy.Select, "SELECT string_agg(b, ',' ORDER BY a) FROM ph_a1.s1.t", "Ann,Bob"},
	{"UPDATE s1.t AS k SET b = (SELECT max(name) FROM customers WHERE customers.id = k.a) WHERE k.a < 2", guard.Change, policy.Update | policy.Select, "SELECT b FROM ph_a1.s1.t WHERE a = 1", "Ann"},
	{"WITH x AS (SELECT max(id) AS m FROM customers) UPDATE s1.t SET a = x.m FROM x", guard.Change, policy.Update | policy.Select, "SELECT DISTINCT a FROM ph_a1.s1.t", "3"},
	{"UPDATE s1.t SET b = CASE WHEN a = 1 THEN 'i' ELSE 'j' END WHERE a IN (SELECT id FROM customers) RETURNING b", guard.Change, policy.Update | policy.Select, "SELECT string_agg(b, '' ORDER BY a) FROM ph_a1.s1.t", "ij"},
	{"DELETE FROM s1.t WHERE a = 1", guard.Change, policy.Delete, "SELECT count(*) FROM ph_a1.s1.t", "1"},
	{"DELETE FROM s1.t", guard.Change, policy.Delete, "SELECT count(*) FROM ph_a1.s1.t", "0"},
	{"DELETE FROM s1.t k USING customers c, orders o WHERE k.a = c.id AND o.customer = c.id", guard.Change, policy.Delete | policy.Select, "SELECT count(*) FROM ph_a1.s1.t", "0"},
	{"WITH x AS (FROM customers) DELETE FROM s1.t WHERE a IN (SELECT id FROM x WHERE name = 'Ann')", guard.Change, policy.Delete | policy.Select, "SELECT a FROM ph_a1.s1.t", "2"},
	{"TRUNCATE TABLE s1.t", guard.Change, policy.Delete, "SELECT count(*) FROM ph_a1.s1.t", "0"},
	{"MERGE INTO s1.t k USING (SELECT id, name FROM customers) c ON k.a = c.id WHEN MATCHED AND c.id = 1 THEN UPDATE SET b = c.name WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (a, b) VALUES (c.id, lower(c.name))", guard.Change, policy.Insert | policy.Update | policy.Delete | policy.Select, "SELECT string_agg(a || b, ',' ORDER BY a) FROM ph_a1.s1.t", "1Ann,3cy"},
	{"MERGE INTO s1.t USING s2.t AS u USING (a) WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (u.a, DEFAULT)", guard.Change, policy.Insert | policy.Select, "SELECT count(*) FROM ph_a1.s1.t", "3"},
	{"UPDATE mine SET x = x + 1", guard.Change, policy.Update, "SELECT x FROM temp.mine", "43"},
	{"CREATE TABLE s1.fresh(a INTEGER PRIMARY KEY, b VARCHAR DEFAULT 'q' NOT NULL, c DECIMAL(10, 2) CHECK (c > 0), d STRUCT(x INTEGER, y VARCHAR[]), e ENUM('p', 'q'), f TIMESTAMP DEFAULT now(), g INTEGER AS (a + 1), UNIQUE (b, c))", guard.Define, policy.Create, "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'fresh' AND database_name = 'ph_a1'", "7"},
	{"CREATE TABLE fresh AS SELECT c.name, count(*) AS n FROM customers c, orders o GROUP BY ALL", guard.Define, policy.Create | policy.Select, "SELECT count(*) FROM ph_a1.main.fresh", "3"},
	{"CREATE TABLE Scratch.main.fresh AS FROM s1.t WITH NO DATA", guard.Define, policy.Create | policy.Select, "SELECT count(*) FROM ph_b2.main.fresh", "0"},
	{"CREATE OR REPLACE TABLE s1.t AS SELECT 1 AS one", guard.Define, policy.Create | policy.Drop, "SELECT one FROM ph_a1.s1.t", "1"},
	{"CREATE TABLE IF NOT EXISTS s1.t(z INTEGER)", guard.Define, policy.Create, "SELECT count(*) FROM ph_a1.s1.t", "2"},
	{"CREATE TEMP TABLE scratchpad AS SELECT * FROM s1.t", guard.Define, policy.Create | policy.Select, "SELECT count(*) FROM temp.scratchpad", "2"},
	{`CREATE TABLE "odd ""name" ("select" INTEGER, "ü" VARCHAR)`, guard.Define, policy.Create, `SELECT count(*) FROM ph_a1.main."odd ""name"`, "0"},
	{"CREATE SCHEMA fresh", guard.Define, policy.Create, "SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'fresh' AND database_name = 'ph_a1'", "1"},
	{"CREATE SCHEMA IF NOT EXISTS lake.s1", guard.Define, policy.Create, "SELECT 'same'", "same"},
	{"DROP TABLE s1.t", guard.Define, policy.Drop, "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 's1'", "0"},
	{"DROP VIEW scratch.doubled", guard.Define, policy.Drop, "SELECT count(*) FROM duckdb_views() WHERE view_name = 'doubled'", "0"},
	{"DROP SCHEMA s1 CASCADE", guard.Define, policy.Drop, "SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 's1'", "0"},
	{"ALTER TABLE s1.t ADD COLUMN IF NOT EXISTS z DOUBLE DEFAULT 1.5", guard.Define, policy.Alter, "SELECT DISTINCT z FROM ph_a1.s1.t", "1.5"},
	{"ALTER TABLE s1.t DROP COLUMN b", guard.Define, policy.Alter, "SELECT count(*) FROM duckdb_columns() WHERE schema_name = 's1'", "1"},
	{"ALTER TABLE s1.t RENAME b TO bb", guard.Define, policy.Alter, "SELECT bb FROM ph_a1.s1.t WHERE a = 1", "one"},
	{"ALTER TABLE s1.t RENAME TO tt", guard.Define, policy.Alter, "SELECT count(*) FROM ph_a1.s1.tt", "2"},
	{"ALTER TABLE s1.t ALTER COLUMN a SET DATA TYPE VARCHAR USING a || '!'", guard.Define, policy.Alter, "SELECT max(a) FROM ph_a1.s1.t", "2!"},
	{"ALTER TABLE s1.t ALTER a SET DEFAULT 7", guard.Define, policy.Alter, "SELECT column_default FROM duckdb_columns() WHERE schema_name = 's1' AND column_name = 'a'", "7"},
	{"ALTER TABLE s1.t ALTER a SET NOT NULL", guard.Define, policy.Alter, "SELECT is_nullable FROM duckdb_columns() WHERE schema_name = 's1' AND column_name = 'a'", "false"},
	{"COMMENT ON TABLE s1.t IS 'it''s'", guard.Define, policy.Alter, "SELECT comment FROM duckdb_tables() WHERE schema_name = 's1'", "it's"},
	{"COMMENT ON COLUMN lake.s1.t.a IS 'x'", guard.Define, policy.Alter, "SELECT comment FROM duckdb_columns() WHERE schema_name = 's1' AND column_name = 'a'", "x"},
	{"DROP TABLE IF EXISTS nosuch", guard.Define, 0, "SELECT 'same'", "same"},
	{"DROP TABLE IF EXISTS hidden", guard.Define, 0, "SELECT count(*) FROM ph_a1.main.hidden", "1"},
	{"ALTER TABLE IF EXISTS hidden DROP COLUMN secret", guard.Define, 0, "SELECT count(*) FROM ph_a1.main.hidden", "1"},
	{"DROP SCHEMA IF EXISTS nosuch", guard.Define, 0, "SELECT 'same'", "same"},
}

func TestWritesDoWhatTheySay(t *testing.T) {
	c, _, writer := setup(t)
	for _, w := range writes {
		v, err := guard.Check(context.Background(), c, writer, w.sql)
		if err != nil {
			t.Errorf("%s: %v", w.sql, err)
			continue
		}
		if v.Kind != w.kind || v.Needs != w.need {
			t.Errorf("%s: kind %d, needs %b; want %d, %b", w.sql, v.Kind, v.Needs, w.kind, w.need)
		}
		c.exec(t, "BEGIN")
		if _, _, err := c.rows(v.SQL); err != nil {
			t.Errorf("%s\n-> %s\n: %v", w.sql, v.SQL, err)
		} else if _, got, err := c.texts(w.seen); err != nil || got[0][0] != w.want {
			t.Errorf("%s\n-> %s\n: %s gives %v, %v; want %s", w.sql, v.SQL, w.seen, got, err, w.want)
		}
		c.exec(t, "ROLLBACK")
	}
}

func TestVerdictSaysWhatIsWrittenAndRead(t *testing.T) {
	c, _, writer := setup(t)
	v, err := guard.Check(context.Background(), c, writer, "INSERT INTO scratch.notes SELECT x, 'y' FROM mine, customers, orders, customers k")
	if err != nil {
		t.Fatal(err)
	}
	v.SQL = ""
	want := guard.Verdict{
		Kind: guard.Change, Target: catalog.Name{Catalog: "Scratch", Schema: "main", Table: "notes"}, Lake: "ph_b2", Temp: true,
		Reads: []catalog.Name{{Catalog: "temp", Schema: "main", Table: "mine"}, {Catalog: "lake", Schema: "main", Table: "customers"}, {Catalog: "lake", Schema: "main", Table: "orders"}},
		Needs: policy.Insert | policy.Select,
		Columns: []guard.ColumnUse{
			{Table: catalog.Name{Catalog: "temp", Schema: "main", Table: "mine"}, Columns: []string{"x"}},
			{Table: catalog.Name{Catalog: "lake", Schema: "main", Table: "customers"}, Columns: []string{}},
			{Table: catalog.Name{Catalog: "lake", Schema: "main", Table: "orders"}, Columns: []string{}},
		},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("verdict %+v\nwant    %+v", v, want)
	}
}

func TestVerdictSaysWhetherAChangeGivesRows(t *testing.T) {
	c, _, writer := setup(t)
	for sql, columns := range map[string]string{
		"INSERT INTO s1.t VALUES (4, 'r') RETURNING a + 1 AS n, *":                                                                                 "n,a,b",
		"INSERT INTO customers VALUES (1, 'New', NULL, 1, NULL) ON CONFLICT (id) DO UPDATE SET name = 'x' RETURNING id":                            "id",
		"INSERT INTO s1.t DEFAULT VALUES RETURNING s1.t.a":                                                                                         "a",
		"UPDATE s1.t SET a = ? WHERE b = ? RETURNING lake.s1.t.b":                                                                                  "b",
		"DELETE FROM s1.t k WHERE a = 1 RETURNING *":                                                                                               "a,b",
		"MERGE INTO s1.t USING s2.t u USING (a) WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (u.a, 'm') RETURNING merge_action, a": "merge_action,a",
		"INSERT INTO s1.t VALUES (4, 'r')":                                                                                                         "",
		"DELETE FROM s1.t":                                                                                                                         "",
		"TRUNCATE s1.t":                                                                                                                            "",
	} {
		v, err := guard.Check(context.Background(), c, writer, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if v.Kind != guard.Change || v.Returns != (columns != "") {
			t.Errorf("%s: kind %d, returns %t", sql, v.Kind, v.Returns)
		}
		if !v.Returns {
			continue
		}
		for _, text := range []string{v.SQL, v.Shape} {
			if got, err := c.columns(text); err != nil || got != columns {
				t.Errorf("%s\n-> %s\n: columns %s, %v; want %s", sql, text, got, err, columns)
			}
		}
		if strings.Contains(v.Shape, "$") {
			t.Errorf("%s: the shape %s has parameters", sql, v.Shape)
		}
	}
}

// columns are the names of what sql would give, divided by commas; it is not run.
func (c *connection) columns(sql string) (string, error) {
	var st duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&st)
	if duckdb.Prepare(c.raw, sql, &st) == duckdb.StateError {
		return "", sqlError(duckdb.PrepareError(st))
	}
	var names []string
	for i := range duckdb.PreparedStatementColumnCount(st) {
		names = append(names, duckdb.PreparedStatementColumnName(st, i))
	}
	return strings.Join(names, ","), nil
}

func TestWritesAreRefusedWithWhatWouldBeRight(t *testing.T) {
	c, _, writer := setup(t)
	for _, w := range []struct {
		sql  string
		want wants
	}{
		{"INSERT INTO hidden VALUES ('x')", missing},
		{"INSERT INTO ph_a1.main.hidden VALUES ('x')", missing},
		{"INSERT INTO s1.t SELECT 1, secret FROM hidden", missing},
		{"INSERT INTO s1.t VALUES (1, (SELECT secret FROM hidden))", missing},
		{"INSERT INTO s1.t VALUES (1, getenv('x'))", deniedToAll},
		{"INSERT INTO s1.t (nosuch) VALUES (1)", bound},
		{"INSERT INTO scratch.doubled VALUES (1)", malformed},
		{"INSERT INTO s1.t VALUES (1, 'x') RETURNING (SELECT secret FROM hidden)", missing},
		{"INSERT INTO customers VALUES (1) ON CONFLICT (id) DO UPDATE SET name = (SELECT secret FROM hidden)", missing},
		{"INSERT INTO s1.t", malformed},
		{"INSERT s1.t VALUES (1)", malformed},
		{"INSERT INTO s1.t VALUES (1, 'x') RETURNING", malformed},
		{"INSERT INTO s1.t VALUES (1, 'x') RETURNING $1", malformed},
		{"DELETE FROM s1.t WHERE a = ? RETURNING a + ?", malformed},
		{"UPDATE s1.t SET b = secret FROM hidden", missing},
		{"UPDATE hidden SET secret = 'x'", missing},
		{"UPDATE s1.t SET b = (SELECT secret FROM hidden)", missing},
		{"UPDATE s1.t SET b = read_text('x')", deniedToAll},
		{"UPDATE s1.t SET nosuch = 1", bound},
		{"UPDATE s1.t SET b", malformed},
		{"UPDATE s1.t", malformed},
		{"UPDATE s1.t SET (a, b) = (1, 2)", malformed},
		{"UPDATE s1.t SET a = 1) FROM (SELECT 1", malformed},
		{"UPDATE s1.t SET a = 1 WHERE true) OR (true", malformed},
		{"WITH t AS (SELECT 1) UPDATE hidden SET secret = ''", missing},
		{"DELETE FROM hidden", missing},
		{"DELETE FROM s1.t USING hidden", missing},
		{"DELETE FROM s1.t WHERE b IN (SELECT secret FROM hidden)", missing},
		{"DELETE s1.t", malformed},
		{"DELETE FROM s1.t x y", malformed},
		{"MERGE INTO s1.t k USING hidden h ON true WHEN MATCHED THEN DELETE", missing},
		{"MERGE INTO s1.t k USING s2.t h ON k.a = h.a WHEN MATCHED THEN UPDATE SET b = (SELECT secret FROM hidden)", missing},
		{"MERGE INTO s1.t k USING s2.t h ON k.a = h.a", malformed},
		{"CREATE TABLE n(a nosuchtype)", malformed},
		{"CREATE TABLE n(a INTEGER DEFAULT (SELECT secret FROM hidden))", malformed},
		{"CREATE TABLE n(a INTEGER DEFAULT nextval('s'))", deniedToAll},
		{"CREATE TABLE n(a VARCHAR DEFAULT current_schema())", malformed},
		{"CREATE TABLE n(a INTEGER REFERENCES customers(id))", malformed},
		{"CREATE TABLE n(a INTEGER CHECK (a IN (SELECT 1)))", malformed},
		{"CREATE TABLE n(a INTEGER, b INTEGER) WITH (x = 1)", malformed},
		{"CREATE TABLE n AS SELECT * FROM hidden", missing},
		{"CREATE TABLE n AS SELECT * FROM read_csv('x')", deniedToAll},
		{"CREATE TABLE n()", malformed},
		{"CREATE TABLE n", malformed},
		{"CREATE TABLE nowhere.n(a INTEGER)", missing},
		{"CREATE TABLE s1.main.n(a INTEGER)", missing},
		{"CREATE TEMP TABLE s1.n(a INTEGER)", malformed},
		{"CREATE SCHEMA nowhere.n", missing},
		{"DROP TABLE hidden", missing},
		{"DROP TABLE scratch.doubled", malformed},
		{"DROP VIEW s1.t", malformed},
		{"DROP SCHEMA nosuch", missing},
		{"DROP SCHEMA s1", malformed},
		{"DROP SCHEMA IF EXISTS s1 RESTRICT", malformed},
		{"ALTER TABLE hidden RENAME TO x", missing},
		{"ALTER TABLE s1.t ALTER a TYPE VARCHAR USING (SELECT secret FROM hidden)", malformed},
		{"ALTER TABLE s1.t SET PARTITIONED BY (a)", malformed},
		{"ALTER VIEW scratch.doubled RENAME TO x", malformed},
		{"ALTER DATABASE lake SET x = 1", malformed},
		{"COMMENT ON COLUMN s1.t.nosuch IS 'x'", malformed},
		{"COMMENT ON SCHEMA s1 IS 'x'", malformed},
		{"COMMENT ON TABLE hidden IS 'x'", missing},
		{"INSERT INTO s1.t VALUES (?, $2)", malformed},
	} {
		v, err := guard.Check(context.Background(), c, writer, w.sql)
		if err == nil {
			t.Errorf("%s was accepted as %s", w.sql, v.SQL)
		} else if got := class(err); got != w.want {
			t.Errorf("%s: class %d of %v; want class %d", w.sql, got, err, w.want)
		} else if strings.Contains(err.Error(), "ph_") && !strings.Contains(w.sql, "ph_") {
			t.Errorf("%s: %v names what is hidden", w.sql, err)
		}
	}
}

func TestParametersOfWritesKeepTheirOrder(t *testing.T) {
	c, _, writer := setup(t)
	v, err := guard.Check(context.Background(), c, writer, "UPDATE s1.t SET b = ? || (SELECT max(name) FROM customers WHERE name < ?) WHERE a::VARCHAR = ?")
	if err != nil {
		t.Fatal(err)
	}
	c.exec(t, "BEGIN")
	defer c.exec(t, "ROLLBACK")
	if _, _, err := c.rows(v.SQL, "first-", "Bz", "2"); err != nil {
		t.Fatalf("%s: %v", v.SQL, err)
	}
	_, got, err := c.texts("SELECT b FROM ph_a1.s1.t WHERE a = 2")
	if err != nil || got[0][0] != "first-Bob" {
		t.Errorf("%s: %v, %v", v.SQL, got, err)
	}
}

func TestDuckLake(t *testing.T) {
	c := fixture(t)
	all := append([]catalog.Catalog{withDuckLake(t, c)}, lakes...)
	writer := view(t, contents(t, c, all), "writers").At("duck", "s3")
	for _, w := range []struct{ sql, seen, want string }{
		{"INSERT INTO events VALUES (3, 'buy', now()::TIMESTAMP)", "SELECT count(*) FROM ph_d3.s3.events", "3"},
		{"INSERT INTO events SELECT id, name, NULL FROM lake.main.customers", "SELECT count(*) FROM ph_d3.s3.events", "5"},
		{"UPDATE events SET kind = upper(kind) WHERE s3.events.id = 1", "SELECT kind FROM ph_d3.s3.events WHERE id = 1", "CLICK"},
		{"DELETE FROM events WHERE id = 1", "SELECT count(*) FROM ph_d3.s3.events", "1"},
		{"TRUNCATE events", "SELECT count(*) FROM ph_d3.s3.events", "0"},
		{"MERGE INTO events e USING (SELECT 1 AS id) x ON e.id = x.id WHEN MATCHED THEN UPDATE SET kind = 'm'", "SELECT kind FROM ph_d3.s3.events WHERE id = 1", "m"},
		{"CREATE TABLE fresh(a INTEGER NOT NULL, b STRUCT(x VARCHAR[]), c JSON, d VARCHAR DEFAULT 'x')", "SELECT count(*) FROM ph_d3.s3.fresh", "0"},
		{"CREATE TABLE duck.main.fresh AS SELECT * FROM events", "SELECT count(*) FROM ph_d3.main.fresh", "2"},
		{"ALTER TABLE events ADD COLUMN z INTEGER", "SELECT count(*) FROM ph_d3.s3.events WHERE z IS NULL", "2"},
		{"ALTER TABLE events RENAME COLUMN kind TO sort", "SELECT count(sort) FROM ph_d3.s3.events", "2"},
		{"DROP TABLE events", "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'ph_d3' AND table_name = 'events'", "0"},
		{"CREATE SCHEMA fresh", "SELECT count(*) FROM duckdb_schemas() WHERE database_name = 'ph_d3' AND schema_name = 'fresh'", "1"},
		{"COMMENT ON TABLE events IS 'x'", "SELECT comment FROM duckdb_tables() WHERE database_name = 'ph_d3' AND table_name = 'events'", "x"},
	} {
		v, err := guard.Check(context.Background(), c, writer, w.sql)
		if err != nil {
			t.Errorf("%s: %v", w.sql, err)
			continue
		}
		if v.Lake != "ph_d3" {
			t.Errorf("%s writes to %q", w.sql, v.Lake)
		}
		c.exec(t, "BEGIN")
		if _, _, err := c.rows(v.SQL); err != nil {
			t.Errorf("%s\n-> %s\n: %v", w.sql, v.SQL, err)
		} else if _, got, err := c.texts(w.seen); err != nil || got[0][0] != w.want {
			t.Errorf("%s\n-> %s\n: %v, %v; want %s", w.sql, v.SQL, got, err, w.want)
		}
		c.exec(t, "ROLLBACK")
	}
	for _, q := range []struct{ sql, want string }{
		{"SELECT count(*) FROM events AT (VERSION => 3)", "2"},
		{"SELECT max(s3.events.id) FROM duck.s3.events e, events, lake.s1.t WHERE e.id = t.a", "2"},
		{"SELECT count(*) FROM events AT (TIMESTAMP => now()) x WHERE x.id > 1", "1"},
	} {
		v, err := guard.Check(context.Background(), c, writer, q.sql)
		if err != nil {
			if strings.Contains(q.sql, "now())") {
				continue
			}
			t.Errorf("%s: %v", q.sql, err)
			continue
		}
		if _, got, err := c.texts(v.SQL); err != nil || got[0][0] != q.want {
			t.Errorf("%s\n-> %s\n: %v, %v; want %s", q.sql, v.SQL, got, err, q.want)
		}
	}
	for _, sql := range []string{
		"CREATE TABLE n(a INTEGER PRIMARY KEY)", "CREATE TABLE n(a INTEGER UNIQUE)", "CREATE TABLE n(a INTEGER, PRIMARY KEY (a))",
		"CREATE TABLE n(a INTEGER CHECK (a > 1))", "CREATE TABLE n(a ENUM('x'))", "CREATE TABLE n(a STRUCT(b UNION(c INTEGER)))",
		"CREATE TABLE n(a INTEGER[3])", "CREATE TABLE n(a BIT)", "CREATE TABLE n(a INTEGER, b INTEGER AS (a + 1))",
		"CREATE TABLE n(a VARCHAR COLLATE nocase)", "INSERT INTO events VALUES (1, 'x', NULL) RETURNING id",
		"DELETE FROM events RETURNING id", "UPDATE events SET id = 2 RETURNING id", "ALTER TABLE events ADD PRIMARY KEY (id)",
		"INSERT INTO events VALUES (1, 'x', NULL) ON CONFLICT DO NOTHING", "INSERT OR REPLACE INTO events VALUES (1, 'x', NULL)",
	} {
		_, err := guard.Check(context.Background(), c, writer, sql)
		if class(err) != malformed || !strings.Contains(err.Error(), "duck is a DuckLake catalog") {
			t.Errorf("%s: %v; want a refusal that names DuckLake", sql, err)
		}
		if strings.Contains(sql, "PRIMARY KEY)") && !strings.Contains(err.Error(), "PRIMARY KEY and UNIQUE are not accepted") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{
		"SELECT * FROM duck.snapshots()", "SELECT * FROM duck.table_insertions('s3', 'events', 1, 2)", "SELECT * FROM ducklake_table_insertions('ph_d3', 's3', 'events', 1, 2)",
		"FROM ducklake_table_changes('ph_d3', 's3', 'events', 1, 2)", "CALL duck.set_option('x', 1)",
	} {
		if _, err := guard.Check(context.Background(), c, writer, sql); class(err) != deniedToAll {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
