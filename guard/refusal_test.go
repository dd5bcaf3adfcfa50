package guard_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// wants is the class of error that a statement must get.
type wants int

const (
	deniedToAll wants = iota // by the guard, whoever asks: ErrDenied in a Refusal
	malformed                // a Refusal that is no denial
	missing                  // catalog.ErrNotFound
	bound                    // a BindError
	noRight                  // ErrDenied, for want of a privilege
)

func class(err error) wants {
	var refusal *guard.Refusal
	var bind *guard.BindError
	switch {
	case errors.As(err, &refusal) && errors.Is(err, guard.ErrDenied):
		return deniedToAll
	case errors.As(err, &refusal):
		return malformed
	case errors.Is(err, catalog.ErrNotFound):
		return missing
	case errors.Is(err, guard.ErrDenied):
		return noRight
	case errors.As(err, &bind):
		return bound
	}
	return -1
}

// attacks get the same answer as a reader and as a writer.
var attacks = []struct {
	sql  string
	want wants
}{
	// M01, M02
	{"SELECT * FROM enable_logging(storage='file', storage_path='..')", deniedToAll},
	{"CALL enable_logging('QueryLog')", deniedToAll},
	{"SELECT * FROM system.main.enable_logging()", deniedToAll},
	{"FROM duckdb_logs", missing},
	{"FROM duckdb_logs()", deniedToAll},
	{"FROM duckdb_logs_parsed('QueryLog')", deniedToAll},
	// M03, M08
	{"ATTACH ':memory:' AS x", deniedToAll},
	{"CREATE TABLE x.t(a INTEGER)", missing},
	{"DETACH ph_a1", deniedToAll},
	{"ATTACH 'file.db'", deniedToAll},
	{"USE ph_a1", missing},
	// M04
	{"SELECT * FROM read_csv('/etc/passwd')", deniedToAll},
	{"SELECT * FROM read_text('/etc/passwd')", deniedToAll},
	{"SELECT * FROM read_blob('/etc/passwd')", deniedToAll},
	{"SELECT * FROM glob('/*')", deniedToAll},
	{"SELECT * FROM sniff_csv('/etc/passwd')", deniedToAll},
	{"SELECT * FROM parquet_metadata('/x')", deniedToAll},
	{"SELECT * FROM read_duckdb('/x')", deniedToAll},
	{"SELECT * FROM seq_scan('hidden')", deniedToAll},
	{"SELECT * FROM postgres_query('x', 'SELECT 1')", deniedToAll},
	{"SELECT * FROM sqlite_scan('/x', 'y')", deniedToAll},
	// M05
	{"FROM '/path/x.csv'", deniedToAll},
	{"DESCRIBE '/path/x.csv'", deniedToAll},
	{"SUMMARIZE 's3://b/x.parquet'", deniedToAll},
	{"FROM 'x.csv'", missing},
	// M06, L03, L04
	{"WITH c AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM c", deniedToAll},
	{"SELECT * FROM query('SELECT * FROM hidden')", deniedToAll},
	{"SELECT * FROM query_table(['hidden'])", deniedToAll},
	{"SELECT * FROM query_table('hidden')", deniedToAll},
	{"SELECT * FROM json_execute_serialized_sql('{}')", deniedToAll},
	{"SELECT json_serialize_plan('SELECT 1')", deniedToAll},
	{"SELECT json_serialize_sql('SELECT 1')", deniedToAll},
	{"PREPARE p AS SELECT 1", deniedToAll},
	{"EXECUTE p", deniedToAll},
	{"DEALLOCATE p", deniedToAll},
	{"EXPLAIN SELECT * FROM hidden", missing},
	{"EXPLAIN ANALYZE SELECT * FROM read_csv('/etc/passwd')", deniedToAll},
	{"EXPLAIN COPY customers TO '/tmp/x'", deniedToAll},
	{"EXPLAIN EXPLAIN SELECT 1", malformed},
	{"EXPLAIN BEGIN", malformed},
	{"EXPLAIN DROP TABLE IF EXISTS nosuch", malformed},
	{"EXPLAIN (FORMAT HTML) SELECT 1", malformed},
	{"EXPLAIN", malformed},
	{"SELECT * FROM hidden", missing},
	{"SELECT * FROM lake.main.hidden", missing},
	{"SELECT * FROM ph_a1.main.hidden", missing},
	{`SELECT * FROM "PH_A1"."main"."hidden"`, missing},
	{"SELECT * FROM ph_a1.main.customers", missing},
	{"SELECT (SELECT secret FROM hidden)", missing},
	{"SELECT 1 ORDER BY (SELECT secret FROM hidden)", missing},
	{"SELECT 1 LIMIT (SELECT count(*) FROM hidden)", missing},
	{"SELECT 1 FROM customers QUALIFY (SELECT count(*) FROM hidden) > 0", missing},
	{"SELECT sum(id) OVER (ORDER BY (SELECT max(secret) FROM hidden)) FROM customers", missing},
	{"SELECT [x FOR x IN (SELECT list(secret) FROM hidden)]", missing},
	{"SELECT list_transform([1], lambda x: (SELECT max(secret) FROM hidden))", missing},
	{"SELECT * FROM customers WHERE EXISTS (FROM hidden)", missing},
	{"SELECT * FROM customers JOIN hidden ON true", missing},
	{"SELECT * FROM customers, LATERAL (SELECT * FROM hidden)", missing},
	{"SELECT 1 UNION SELECT secret FROM hidden", missing},
	{"VALUES ((SELECT secret FROM hidden))", missing},
	{"PIVOT hidden ON secret IN ('a') USING count(*)", missing},
	{"SELECT count(*) FILTER (WHERE (SELECT true FROM hidden)) FROM customers", missing},
	{"SELECT * FROM customers GROUP BY (SELECT secret FROM hidden)", missing},
	{"SELECT * FROM range((SELECT count(*) FROM hidden))", missing},
	{"DESCRIBE hidden", missing},
	{"DESCRIBE SELECT * FROM hidden", missing},
	{"SUMMARIZE hidden", missing},
	{"WITH hidden AS (SELECT 1) SELECT * FROM main.hidden", missing},
	{"WITH a AS (WITH hidden AS (SELECT 1) FROM hidden) SELECT * FROM hidden", missing},
	{"WITH a AS (FROM hidden), hidden AS (SELECT 1) FROM a", missing},
	{"WITH hidden AS (SELECT * FROM hidden) SELECT * FROM hidden", missing},
	{"SELECT * FROM (WITH hidden AS (SELECT 1) FROM hidden), hidden", missing},
	{"SELECT * FROM sql_auto_complete('SELECT * FROM h')", deniedToAll},
	{"SELECT * FROM __ducklake_metadata_ph_d3.ducklake_table", missing},
	{"SELECT * FROM lake.snapshots()", deniedToAll},
	{"SELECT * FROM ducklake_snapshots('ph_d3')", deniedToAll},
	{"SELECT lake.main.lower('x')", deniedToAll},
	{"SELECT name.getenv() FROM customers", deniedToAll},
	{"SELECT s1.lower('x')", bound},
	{"SELECT " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000), malformed},
	{"SELECT " + strings.Repeat("1 + ", 200) + "getenv('x')", deniedToAll},
	{"SELECT * FROM histogram_values('hidden', 'secret')", deniedToAll},
	{"SELECT * FROM customers AT (VERSION => 1)", malformed},
	// M07, M09
	{"COPY customers TO '/tmp/x'", deniedToAll},
	{"COPY (SELECT 1) TO '/dev/stdout'", deniedToAll},
	{"COPY customers FROM '/tmp/x'", deniedToAll},
	{"COPY FROM DATABASE a TO b", deniedToAll},
	{"EXPORT DATABASE '/tmp/x'", deniedToAll},
	{"IMPORT DATABASE '/tmp/x'", deniedToAll},
	{"INSTALL httpfs", deniedToAll},
	{"LOAD '/x.so'", deniedToAll},
	{"FORCE INSTALL httpfs", deniedToAll},
	{"UPDATE EXTENSIONS", deniedToAll},
	{"SELECT * FROM 'https://example.org/x.parquet'", deniedToAll},
	// M10, M11, M12
	{"SET lock_configuration = false", deniedToAll},
	{"SET GLOBAL threads = 1", deniedToAll},
	{"SET memory_limit = '1GB'", deniedToAll},
	{"RESET temp_directory", deniedToAll},
	{"SET SESSION home_directory TO '/'", deniedToAll},
	{"PRAGMA extension_directory='/'", deniedToAll},
	{"PRAGMA enable_profiling", deniedToAll},
	{"SET log_query_path = '/tmp/q'", deniedToAll},
	{"SET VARIABLE x = 1", deniedToAll},
	{"RESET VARIABLE x", deniedToAll},
	{"SET enable_external_access = true", deniedToAll},
	{"SET search_path = 'main,s1'", malformed},
	{"SET schema = 'nowhere'", missing},
	// M13, M14, M15
	{"CREATE SECRET s (TYPE s3)", deniedToAll},
	{"CREATE PERSISTENT SECRET s (TYPE s3)", deniedToAll},
	{"CREATE OR REPLACE TEMPORARY SECRET s (TYPE s3)", deniedToAll},
	{"DROP SECRET s", deniedToAll},
	{"FROM duckdb_secrets()", deniedToAll},
	{"FROM which_secret('x', 's3')", deniedToAll},
	{"SELECT getenv('HOME')", deniedToAll},
	{"PRAGMA database_list", deniedToAll},
	{"FROM pragma_database_list", missing},
	{"SELECT current_setting('temp_directory')", deniedToAll},
	{"FROM duckdb_settings()", deniedToAll},
	{"FROM pg_settings", missing},
	{"FROM duckdb_temporary_files()", deniedToAll},
	{"FROM pragma_user_agent()", deniedToAll},
	{"PRAGMA platform", deniedToAll},
	{"FROM duckdb_connection_count()", deniedToAll},
	{"FROM duckdb_extensions()", deniedToAll},
	{"FROM duckdb_functions()", deniedToAll},
	{"FROM duckdb_dependencies()", deniedToAll},
	{"FROM pragma_table_info('hidden')", deniedToAll},
	{"FROM pragma_storage_info('hidden')", deniedToAll},
	{"SELECT current_query()", deniedToAll},
	{"SELECT getvariable('x')", deniedToAll},
	{"SELECT nextval('s')", deniedToAll},
	{"SELECT currval('s')", deniedToAll},
	{"SELECT setseed(0.5)", deniedToAll},
	{"SELECT sleep_ms(10)", deniedToAll},
	{"SELECT pg_sleep(1)", deniedToAll},
	{"SELECT write_log('x')", deniedToAll},
	{"SHOW VARIABLES", deniedToAll},
	// M16, M18, M19
	{"CHECKPOINT", deniedToAll},
	{"FORCE CHECKPOINT", deniedToAll},
	{"VACUUM", deniedToAll},
	{"ANALYZE", deniedToAll},
	{"CREATE MACRO m(a) AS a", deniedToAll},
	{"CREATE TEMP MACRO m() AS TABLE SELECT * FROM hidden", deniedToAll},
	{"CREATE FUNCTION lower(a) AS a", deniedToAll},
	{"CREATE OR REPLACE TEMP VIEW v AS SELECT 1", deniedToAll},
	{"CREATE TYPE y AS ENUM ('a')", deniedToAll},
	{"CREATE SEQUENCE q", deniedToAll},
	{"CREATE INDEX i ON customers(id)", deniedToAll},
	{"CREATE UNIQUE INDEX i ON customers(id)", deniedToAll},
	{"DROP MACRO m", deniedToAll},
	{"SELECT 1; SELECT 2", malformed},
	{"SELECT 1;; SELECT 2", malformed},
	{"; SELECT 1; DROP TABLE customers", malformed},
	{"", malformed},
	{" ; -- nothing", malformed},
	{"SELEC 1", malformed},
	{"SELECT FROM WHERE", malformed},
	{"SELECT 'open", malformed},
	{"SELECT 1 /* open", malformed},
	{"SELECT $a$ open", malformed},
	{"SELECT \x00", malformed},
	{"GRANT ALL ON customers TO USER x", noRight},
	{"PIVOT orders ON customer USING sum(amount)", malformed},
	{"SELECT * FROM unnest([1]) WITH ORDINALITY", malformed},
	{"SELECT 1::lake.main.secrettype", malformed},
	{"SELECT nosuch FROM customers", bound},
	{"SELECT nosuch FROM customers WHERE id = ?", bound},
	{"SELECT ? || (SELECT secret FROM hidden)", missing},
	{"WITH c AS (SELECT 1) SELECT * FROM (DESCRIBE FROM c)", malformed},
	{"SELECT sum(name) FROM customers", bound},
	{"SELECT lower(1, 2, 3)", bound},
	{"SELECT nosuchfunction(1)", deniedToAll},
}

func TestAttacksAreRefusedToReaderAndWriterAlike(t *testing.T) {
	c, reader, writer := setup(t)
	for who, view := range map[string]catalog.View{"reader": reader, "writer": writer} {
		for _, a := range attacks {
			if who == "reader" && a.want == missing && strings.HasPrefix(a.sql, "CREATE TABLE x") {
				continue
			}
			v, err := guard.Check(context.Background(), c, view, a.sql)
			if err == nil {
				t.Errorf("%s: %s was accepted as %s", who, a.sql, v.SQL)
				continue
			}
			if got := class(err); got != a.want {
				t.Errorf("%s: %s: class %d of %v; want class %d", who, a.sql, got, err, a.want)
			}
			if strings.Contains(err.Error(), "ph_") && !strings.Contains(a.sql, "ph_") {
				t.Errorf("%s: %s: %v names what is hidden", who, a.sql, err)
			}
		}
	}
	if _, _, err := c.rows("SELECT 1"); err != nil {
		t.Errorf("DuckDB does not answer any more: %v", err)
	}
}

func TestNobodyIsToldDuckDBsNameForTheUser(t *testing.T) {
	c, _, writer := setup(t)
	named := writer.As("o'brien")
	for _, sql := range []string{
		"SELECT current_user", "SELECT user", "SELECT session_user, 1", "SELECT current_role", "SELECT current_user()", "SELECT main.user()", "SELECT \"user\"()",
		"SELECT user FROM customers", "SELECT current_user AS user", "SELECT user AS user ORDER BY user", "SELECT current_user ORDER BY current_user",
		"SELECT (SELECT user) FROM customers", "VALUES (session_user)", "SELECT a FROM (SELECT session_user AS a UNION SELECT user)",
		"SELECT current_user FROM (SELECT 1 AS x)", "WITH l AS (SELECT 1 AS x) SELECT current_user FROM l", "SELECT user FROM (SELECT * FROM s1.t) q", "SELECT user FROM range(1)",
		"SELECT user FROM s1.t AS q(x, y)", "SELECT upper(user).lower()", "SELECT user FROM s1.t GROUP BY user", "FROM (SELECT current_user)",
	} {
		if _, err := guard.Check(context.Background(), c, writer, sql); class(err) != malformed || !strings.Contains(err.Error(), "not known who is calling") {
			t.Errorf("%s: %v; want a refusal that says why", sql, err)
		}
		v, err := guard.Check(context.Background(), c, named, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if _, got, err := c.texts(v.SQL); err != nil || got[0][0] != "o'brien" || !v.Volatile {
			t.Errorf("%s\n-> %s\n: %v, %v, volatile %v; want the caller's name, volatile", sql, v.SQL, got, err, v.Volatile)
		}
	}
	for _, sql := range []string{"INSERT INTO s1.t VALUES (1, current_user)", "UPDATE s1.t SET b = user", "CREATE TABLE n AS SELECT user AS who"} {
		if v, err := guard.Check(context.Background(), c, named, sql); err != nil || !v.Volatile || !strings.Contains(v.SQL, "'o''brien'") {
			t.Errorf("%s: %s, %v; want the caller's name in it", sql, v.SQL, err)
		}
	}
	if _, err := guard.Check(context.Background(), c, named, "CREATE TABLE n (a VARCHAR DEFAULT current_user)"); class(err) != malformed || !strings.Contains(err.Error(), "would be stored") {
		t.Errorf("a default: %v", err)
	}
	if _, names := ask(t, c, named, "SELECT user, CURRENT_USER, session_user, user(), upper(user)"); len(names) != 1 {
		t.Errorf("rows %v", names)
	}
	c.exec(t, `CREATE TABLE ph_a1.main.logins("user" VARCHAR, current_user VARCHAR)`)
	c.exec(t, "INSERT INTO ph_a1.main.logins VALUES ('ann', 'bob')")
	writer = view(t, contents(t, c, lakes), "writers").As("u")
	for sql, want := range map[string]string{
		"SELECT user FROM logins": "ann", "SELECT l.current_user FROM logins l": "bob", "SELECT current_user FROM logins": "bob",
		"SELECT upper(b) AS user FROM s1.t ORDER BY user LIMIT 1": "ONE", "SELECT lower(b) AS user, user || '!' FROM s1.t ORDER BY 1 LIMIT 1": "one", "SELECT lower(b) AS user, count(*) FROM s1.t GROUP BY user ORDER BY ALL LIMIT 1": "one",
		"WITH l AS (SELECT user FROM logins) SELECT user FROM l": "ann", "SELECT user FROM (SELECT 'x' AS user)": "x",
		"SELECT user FROM s1.t AS q(id, user) WHERE id = 1": "one", "SELECT b AS user FROM s1.t UNION ALL SELECT user FROM logins ORDER BY user LIMIT 1": "ann",
		"SELECT user FROM s1.t, logins LIMIT 1": "ann", "SELECT user FROM (SELECT * FROM logins)": "ann", "SELECT user FROM (SELECT l.* FROM logins l)": "ann",
		"SELECT user FROM (SELECT * EXCLUDE (user) FROM logins)": "u", "SELECT user FROM (SELECT user FROM logins) AS q(x)": "u",
		"SELECT user FROM (SELECT 1, 'x') AS q(x, user)": "x", "WITH l(user) AS (SELECT 'x') SELECT user FROM l": "x",
		"SELECT (SELECT max(user)) FROM logins": "u", // DuckDB prefers its function to a column further out
	} {
		v, err := guard.Check(context.Background(), c, writer, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if _, got, err := c.texts(v.SQL); err != nil || got[0][0] != want {
			t.Errorf("%s\n-> %s\n: %v, %v; want %s", sql, v.SQL, got, err, want)
		}
	}
}

func TestReaderMayNotWrite(t *testing.T) {
	c, reader, _ := setup(t)
	for _, sql := range []string{
		"INSERT INTO customers VALUES (9, 'Z', NULL, 0, NULL)",
		"INSERT OR REPLACE INTO customers VALUES (9, 'Z', NULL, 0, NULL)",
		"UPDATE customers SET name = 'x'",
		"DELETE FROM customers",
		"TRUNCATE customers",
		"MERGE INTO customers c USING orders o ON c.id = o.id WHEN MATCHED THEN DELETE",
		"WITH x AS (SELECT 1) INSERT INTO s1.t SELECT 1, 'x'",
		"CREATE TABLE n(a INTEGER)",
		"CREATE TABLE n AS SELECT 1",
		"CREATE TEMP TABLE n AS SELECT 1",
		"CREATE SCHEMA n",
		"DROP TABLE customers",
		"DROP TABLE IF EXISTS customers",
		"DROP SCHEMA s1 CASCADE",
		"ALTER TABLE customers ADD COLUMN z INTEGER",
		"COMMENT ON TABLE customers IS 'x'",
		"INSERT INTO weblogs.web.hits VALUES (1, 'x')",
	} {
		_, err := guard.Check(context.Background(), c, reader, sql)
		if class(err) != noRight {
			t.Errorf("%s: %v; want permission denied", sql, err)
		}
	}
}

func TestAReadOnlyCatalogSaysSoToWhoMayWriteElsewhere(t *testing.T) {
	c, _, writer := setup(t)
	for _, sql := range []string{
		"INSERT INTO weblogs.web.hits VALUES (1, 'x')",
		"UPDATE weblogs.web.hits SET path = 'x'",
		"DELETE FROM weblogs.web.hits",
		"TRUNCATE weblogs.web.hits",
		"MERGE INTO weblogs.web.hits h USING orders o ON h.hit = o.id WHEN MATCHED THEN DELETE",
		"ALTER TABLE weblogs.web.hits ADD COLUMN z INTEGER",
		"DROP VIEW weblogs.web.hits",
		"COMMENT ON VIEW weblogs.web.hits IS 'x'",
		"CREATE TABLE weblogs.web.n(a INTEGER)",
		"CREATE SCHEMA weblogs.n",
		"DROP SCHEMA weblogs.web",
	} {
		_, err := guard.Check(context.Background(), c, writer, sql)
		if class(err) != deniedToAll || err.Error() != "catalog weblogs is read-only" {
			t.Errorf("%s: %v; want it denied because the catalog is read-only", sql, err)
		}
	}
	_, err := guard.Check(context.Background(), c, writer, "INSERT INTO scratch.main.doubled VALUES (1)")
	if class(err) != malformed || err.Error() != "Scratch.main.doubled is a view; only tables can be changed" {
		t.Errorf("a view that is not in a read-only catalog: %v", err)
	}
}

func TestDenialNamesActionAndTable(t *testing.T) {
	c, reader, _ := setup(t)
	_, err := guard.Check(context.Background(), c, reader, "UPDATE customers SET name = 'x'")
	if err == nil || err.Error() != "UPDATE lake.main.customers: permission denied" {
		t.Errorf("error %v", err)
	}
}

func TestErrorsPointIntoTheStatement(t *testing.T) {
	c, reader, writer := setup(t)
	position := func(err error) int {
		var refusal *guard.Refusal
		var bind *guard.BindError
		switch {
		case errors.As(err, &refusal):
			return refusal.Position
		case errors.As(err, &bind):
			return bind.Position
		}
		return -2
	}
	for _, q := range []struct{ sql, at string }{
		{"SELECT 1 FRM customers x y", "customers x y"},
		{"  SELECT read_text('x') FROM customers", "read_text"},
		{"SELECT id, nosuch FROM customers", "nosuch"},
		{"SELECT 1; SELECT 2", "; SELECT 2"},
		{"UPDATE customers SET name = getenv('x') WHERE id = ?", "getenv"},
		{"UPDATE customers SET balance = ?, name = ?, email = getenv('x')", "getenv"},
		{"DELETE FROM customers WHERE id = = 2", "= 2"},
		{"INSERT INTO s1.t SELECT 1, b FROM glob('x')", "glob('x')"},
		{"CREATE TABLE n(a INTEGER, b INTEGER DEFAULT getenv('x'))", "getenv"},
	} {
		view := reader
		if !strings.Contains(q.sql, "SELECT") || strings.HasPrefix(q.sql, "INSERT") {
			view = writer
		}
		_, err := guard.Check(context.Background(), c, view, q.sql)
		if want := strings.LastIndex(q.sql, q.at); position(err) != want {
			t.Errorf("%s: position %d of %v; want %d", q.sql, position(err), err, want)
		}
	}
}

func TestParametersOfAnyTypeAreAccepted(t *testing.T) {
	c, reader, writer := setup(t)
	for _, sql := range []string{
		"SELECT ?", "SELECT ? + 1", "SELECT ? || 'x'", "SELECT * FROM customers LIMIT ? OFFSET ?", "SELECT * FROM range(?)", "SELECT unnest(?)",
		"SELECT date_trunc(?, made) FROM orders", "SELECT * FROM customers WHERE id IN (?, ?)", "SELECT sum(?)", "SELECT made - ? FROM orders",
		"SELECT $x, $y::INTEGER", "SELECT * FROM orders WHERE made > $1 AND customer = $2 AND $1 IS NOT NULL", "SELECT list_contains(?, 1)",
		"INSERT INTO orders VALUES (?, ?, ?, ?, ?)", "UPDATE orders SET made = ?, tags = ? WHERE id = ?", "DELETE FROM orders WHERE id = $1",
	} {
		view := reader
		if !strings.HasPrefix(sql, "SELECT") {
			view = writer
		}
		if _, err := guard.Check(context.Background(), c, view, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestSyntaxErrorIsDuckDBsOwnText(t *testing.T) {
	c, reader, _ := setup(t)
	_, err := guard.Check(context.Background(), c, reader, "SELEC 1")
	if err == nil || err.Error() != `syntax error at or near "SELEC"` {
		t.Errorf("error %v", err)
	}
}
