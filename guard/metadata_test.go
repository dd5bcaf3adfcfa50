package guard_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// ask runs a checked query.
func ask(t *testing.T, c *connection, v catalog.View, sql string) ([]string, [][]string) {
	t.Helper()
	verdict, err := guard.Check(context.Background(), c, v, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	names, rows, err := c.texts(verdict.SQL)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return names, rows
}

func lines(rows [][]string) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.Join(r, " ")
	}
	return strings.Join(out, "\n")
}

func TestShowListsWhatIsVisible(t *testing.T) {
	c, reader, _ := setup(t)
	for sql, want := range map[string]string{
		"SHOW TABLES":                   "customers\nkeyed\nmasked\nmine\norders",
		"SHOW TABLES FROM s1":           "t",
		"SHOW TABLES FROM scratch":      "doubled\nnotes",
		"SHOW TABLES FROM Scratch.main": "doubled\nnotes",
		"SHOW DATABASES":                "Scratch\nlake\nweblogs",
		"SHOW SCHEMAS":                  "lake main true\nlake s1 false\nlake s2 false\nlake we\"ird false\nScratch main false\nweblogs main false\nweblogs web false",
		"SELECT * FROM (SHOW TABLES)":   "customers\nkeyed\nmasked\nmine\norders",
		"SELECT name FROM (SHOW ALL TABLES) WHERE database = 'weblogs'": "hits",
		"DESCRIBE customers":  "id INTEGER NO PRI * *\nname VARCHAR NO * * *\nemail VARCHAR YES UNI * *\nbalance DECIMAL(10,2) YES * 0 *\nplace STRUCT(city VARCHAR, zip INTEGER) YES * * *",
		"SHOW s1.t":           "a INTEGER YES * * *\nb VARCHAR YES * * *",
		"DESCRIBE SELECT 1 x": "x INTEGER YES * * *",
		"SELECT current_database(), current_schema(), current_catalog(), current_schema":                                                                             "lake main lake main",
		"SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' AND table_catalog = 'lake' ORDER BY 1":                                         "customers\nkeyed\nmasked\norders",
		"SELECT tables.table_name FROM lake.information_schema.tables WHERE information_schema.tables.table_type = 'VIEW' ORDER BY 1":                                "doubled\nhits",
		"SELECT column_name, data_type, is_nullable, ordinal_position FROM information_schema.columns WHERE table_name = 'keyed'":                                    "id INTEGER NO 1\nname VARCHAR YES 2",
		"SELECT schema_name FROM information_schema.schemata WHERE catalog_name = 'lake' ORDER BY 1":                                                                 "main\ns1\ns2\nwe\"ird",
		"SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_name = 'customers' AND constraint_type <> 'CHECK' ORDER BY 1": "customers_email_key UNIQUE\ncustomers_id_pkey PRIMARY KEY",
		"SELECT column_name FROM information_schema.key_column_usage WHERE constraint_name = 'customers_id_pkey'":                                                    "id",
		"SELECT count(*) FROM duckdb_tables() WHERE table_name = 'hidden'":                                                                                           "0",
		"SELECT comment FROM duckdb_tables() WHERE table_name = 'customers'":                                                                                         "who buys",
		"SELECT comment FROM duckdb_columns WHERE column_name = 'email' AND table_name = 'customers'":                                                                "private",
		"SELECT database_name, type, readonly FROM duckdb_databases() WHERE NOT internal ORDER BY 1":                                                                 "Scratch duckdb false\nlake duckdb false\nweblogs files true",
		"SELECT view_name FROM duckdb_views() ORDER BY 1":                                                                                                            "doubled\nhits",
		"SELECT nspname FROM pg_namespace ORDER BY 1":                                                                                                                "main\ns1\ns2\nwe\"ird",
		"SELECT relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 's1'":                                  "t",
		"SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 'keyed' ORDER BY attnum":                                         "id\nname",
		"SELECT tablename FROM pg_tables WHERE schemaname = 's2'":                                                                                                    "t",
		"SELECT datname FROM pg_database ORDER BY 1":                                                                                                                 "Scratch\nlake\ntemp\nweblogs",
		"SELECT count(*) > 10 FROM pg_type":                                                                                                                          "true",
		"SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY 1":                                                                                              "doubled\nhits",
		"WITH pg_tables AS (SELECT 1 AS one) SELECT * FROM pg_tables":                                                                                                "1",
		"SELECT count(*) FROM duckdb_indexes()":                                                                                                                      "0",
	} {
		if _, rows := ask(t, c, reader, sql); lines(rows) != want {
			t.Errorf("%s gives\n%s\nwant\n%s", sql, lines(rows), want)
		}
	}
}

// TestMetadataHasDuckDBsOwnShape compares names, order and types of all columns
// with DuckDB's own answers.
func TestMetadataHasDuckDBsOwnShape(t *testing.T) {
	c, reader, _ := setup(t)
	for _, from := range []string{
		"duckdb_databases()", "duckdb_schemas()", "duckdb_tables()", "duckdb_views()", "duckdb_columns()", "duckdb_constraints()", "duckdb_indexes()",
		"duckdb_sequences()", "duckdb_types()", "duckdb_tables", "duckdb_columns", "information_schema.schemata", "information_schema.tables",
		"information_schema.columns", "information_schema.views", "information_schema.table_constraints", "information_schema.key_column_usage",
		"information_schema.referential_constraints", "information_schema.constraint_column_usage", "information_schema.check_constraints",
		"information_schema.character_sets", "pg_catalog.pg_tables", "pg_catalog.pg_views", "pg_catalog.pg_namespace", "pg_catalog.pg_class",
		"pg_catalog.pg_attribute", "pg_catalog.pg_type", "pg_catalog.pg_database", "pg_catalog.pg_constraint", "pg_catalog.pg_index",
		"pg_catalog.pg_attrdef", "pg_catalog.pg_description", "pg_catalog.pg_enum", "pg_catalog.pg_sequences", "pg_catalog.pg_am", "sqlite_master",
		"(SHOW TABLES)", "(SHOW ALL TABLES)", "(SHOW DATABASES)", "(SHOW SCHEMAS)", "(SHOW TABLES FROM s1)", "(DESCRIBE s1.t)", "(SUMMARIZE s1.t)",
	} {
		v, err := guard.Check(context.Background(), c, reader, "SELECT * FROM "+from)
		if err != nil {
			t.Errorf("%s: %v", from, err)
			continue
		}
		own := "SELECT * FROM " + strings.Replace(from, "s1", "ph_a1.s1", 1)
		_, got, err := c.texts("SELECT column_name, column_type FROM (DESCRIBE " + v.SQL + ")")
		if err != nil {
			t.Errorf("%s: %v", from, err)
			continue
		}
		_, want, err := c.texts("SELECT column_name, column_type FROM (DESCRIBE " + own + ")")
		if err != nil {
			t.Errorf("%s: %v", own, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %v\nwant %v", from, got, want)
		}
	}
}

func TestColumnsAreDescribedAsDuckDBDoes(t *testing.T) {
	c := open(t)
	c.exec(t, "ATTACH ':memory:' AS ph_a1", `CREATE TABLE ph_a1.main.ty(a INT, b BIGINT DEFAULT 7, c HUGEINT, d DOUBLE, e FLOAT, f DECIMAL(5,3) NOT NULL, g VARCHAR, h BOOLEAN, i DATE, j TIME,
		k TIMESTAMP, l TIMESTAMPTZ, m INTERVAL, n BLOB, o UUID, p INT[], q STRUCT(a INT), r MAP(INT, INT), s JSON, t TINYINT, u SMALLINT, v UTINYINT, w USMALLINT, x UINTEGER, y UBIGINT, z UHUGEINT,
		aa BIT, ab TIMETZ, ac TIMESTAMP_S, ad TIMESTAMP_MS, ae TIMESTAMP_NS, af ENUM('a'), ag UNION(a INT), ah INT[3])`)
	in := contents(t, c, lakes[:1])
	const columns = "SELECT table_name, column_name, column_index, column_default, is_nullable, data_type, data_type_id, numeric_precision, numeric_precision_radix, numeric_scale FROM duckdb_columns() WHERE table_name = 'ty' ORDER BY column_index"
	_, got := ask(t, c, view(t, in, "readers"), columns)
	_, want, err := c.texts(columns)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %v\nwant %v", err, got, want)
	}
}

func TestNothingIsVisibleWithoutRights(t *testing.T) {
	c := fixture(t)
	nobody := view(t, contents(t, c, lakes), "nobody")
	for _, sql := range []string{"SHOW ALL TABLES", "SHOW DATABASES", "FROM duckdb_columns()", "FROM information_schema.schemata", "FROM pg_class"} {
		if _, rows := ask(t, c, nobody, sql); len(rows) != 0 {
			t.Errorf("%s gives %v", sql, rows)
		}
	}
}

func TestMetadataOfTenThousandTables(t *testing.T) {
	c := open(t)
	in := catalog.Contents{Stamp: "large", Catalogs: []catalog.Catalog{{Name: "lake", Physical: "ph_a1", Type: catalog.DuckDB}}}
	schema := catalog.Schema{Name: "main"}
	for i := range 10000 {
		name := catalog.Name{Catalog: "lake", Schema: "main", Table: fmt.Sprintf("table_%05d", i)}
		table := catalog.Table{Name: name, Physical: name, Kind: catalog.BaseTable}
		for j := range 10 {
			table.Columns = append(table.Columns, catalog.Column{Name: fmt.Sprintf("column_%d", j), Type: "VARCHAR", Nullable: true})
		}
		schema.Tables = append(schema.Tables, table)
	}
	in.Catalogs[0].Schemas = []catalog.Schema{schema}
	reader := view(t, in, "readers")
	for sql, want := range map[string]string{
		"SELECT count(*) FROM duckdb_columns()":                                            "100000",
		"SELECT count(*) FROM information_schema.tables WHERE table_name LIKE '%_00007'":   "1",
		"SELECT count(*) FROM information_schema.columns WHERE table_name = 'table_09999'": "10",
		"SELECT count(*) FROM (SHOW ALL TABLES)":                                           "10000",
	} {
		start := time.Now()
		if _, rows := ask(t, c, reader, sql); lines(rows) != want {
			t.Errorf("%s gives %v; want %s", sql, rows, want)
		}
		t.Logf("%s: %v", sql, time.Since(start))
	}
}

func TestMasksAndFiltersStandForTheTable(t *testing.T) {
	c := fixture(t)
	in := mask(contents(t, c, lakes))
	reader, writer := view(t, in, "readers"), view(t, in, "writers")
	for sql, want := range map[string]string{
		"SELECT * FROM masked ORDER BY id":                                                          "1 ***@x.org eu\n3 ***@x.org eu",
		"SELECT m.email FROM masked AS m(i, email, r) ORDER BY 1":                                   "***@x.org\n***@x.org",
		"SELECT COLUMNS('e.*') FROM masked":                                                         "***@x.org eu\n***@x.org eu",
		"SELECT count(*) FROM masked WHERE email LIKE 'ann%'":                                       "0",
		"SELECT email, count(*) FROM masked GROUP BY email":                                         "***@x.org 2",
		"SELECT count(*) FROM masked a JOIN masked b ON a.email = b.email":                          "4",
		"SELECT masked::VARCHAR FROM masked ORDER BY id LIMIT 1":                                    "{'id': 1, 'email': ***@x.org, 'region': eu}",
		"SELECT max(main.masked.email) FROM lake.main.masked":                                       "***@x.org",
		"SELECT min FROM (SUMMARIZE masked) WHERE column_name = 'email'":                            "***@x.org",
		"SELECT map_keys(histogram(email)) FROM masked":                                             "[***@x.org]",
		"SELECT list_transform([1], lambda x: email) FROM masked LIMIT 1":                           "[***@x.org]",
		"SELECT count(*) FROM masked WHERE 1 / (id - 2) > -5":                                       "2",
		"SELECT id FROM masked ORDER BY email, id LIMIT 1 OFFSET 1":                                 "3",
		"SELECT (SELECT count(*) FROM masked WHERE masked.id <= s1.t.a) FROM s1.t ORDER BY 1":       "1\n1",
		"FROM (PIVOT masked ON email IN ('***@x.org', 'ann@x.org') USING count(*) GROUP BY region)": "eu 2 0",
		"WITH masked AS (FROM masked) SELECT DISTINCT email FROM masked":                            "***@x.org",
	} {
		if _, rows := ask(t, c, reader, sql); lines(rows) != want {
			t.Errorf("%s gives\n%s\nwant\n%s", sql, lines(rows), want)
		}
	}
	for sql, want := range map[string]wants{
		"UPDATE masked SET email = 'x'": malformed, "DELETE FROM masked WHERE email = 'x'": malformed, "UPDATE masked SET id = 1 WHERE masked::VARCHAR = 'x'": malformed,
		"MERGE INTO masked USING s1.t ON true WHEN MATCHED THEN DELETE":  malformed,
		"INSERT INTO masked VALUES (1, 'x', 'y') RETURNING email":        malformed,
		"INSERT INTO masked VALUES (1, 'x', 'y') ON CONFLICT DO NOTHING": malformed,
		"ALTER TABLE masked ALTER id TYPE VARCHAR USING email":           malformed,
	} {
		if _, err := guard.Check(context.Background(), c, writer, sql); class(err) != want {
			t.Errorf("%s: class %d of %v; want %d", sql, class(err), err, want)
		}
	}
	if _, err := guard.Check(context.Background(), c, writer, "INSERT INTO masked VALUES (1, 'x', 'y')"); err != nil {
		t.Errorf("INSERT into a masked table: %v", err)
	}
}

func TestRulesThatCannotBeParsedAreNotShown(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	for _, s := range in.Catalogs[0].Schemas {
		for i := range s.Tables {
			s.Tables[i].Filter = "region = = 'secret'"
		}
	}
	_, err := guard.Check(context.Background(), c, view(t, in, "readers"), "SELECT * FROM masked")
	if class(err) != malformed || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "administrator") {
		t.Errorf("error %v", err)
	}
}

func TestColumnsThatAreNotVisibleCannotBeUsed(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	for i, s := range in.Catalogs[0].Schemas {
		for j, table := range s.Tables {
			if table.Name.Table == "masked" {
				in.Catalogs[0].Schemas[i].Tables[j].Columns = table.Columns[:1]
				in.Catalogs[0].Schemas[i].Tables[j].Whole = false
			}
		}
	}
	writer := view(t, in, "writers")
	if _, rows := ask(t, c, writer, "SELECT * FROM masked ORDER BY id LIMIT 1"); lines(rows) != "1" {
		t.Errorf("rows %v", rows)
	}
	for sql, want := range map[string]wants{
		"SELECT email FROM masked": bound, "SELECT masked.email FROM masked": bound, "SELECT lake.main.masked.email FROM masked": bound,
		"UPDATE masked SET id = 1 WHERE email = 'ann@x.org'": malformed, "DELETE FROM masked WHERE email = 'ann@x.org'": malformed,
		"INSERT INTO masked VALUES (1, 'x', 'y')": malformed, "INSERT INTO masked (email) VALUES ('x')": malformed,
	} {
		if _, err := guard.Check(context.Background(), c, writer, sql); class(err) != want {
			t.Errorf("%s: class %d of %v; want %d", sql, class(err), err, want)
		}
	}
	if _, err := guard.Check(context.Background(), c, writer, "INSERT INTO masked (id) VALUES (1)"); err != nil {
		t.Errorf("INSERT into the visible columns: %v", err)
	}
}
