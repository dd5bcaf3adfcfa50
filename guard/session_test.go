package guard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

func TestSessionStatements(t *testing.T) {
	c, reader, _ := setup(t)
	for sql, want := range map[string]guard.Verdict{
		"BEGIN": {Kind: guard.Begin}, "BEGIN TRANSACTION": {Kind: guard.Begin}, "begin work;": {Kind: guard.Begin}, "START TRANSACTION": {Kind: guard.Begin},
		"BEGIN READ WRITE": {Kind: guard.Begin}, "COMMIT": {Kind: guard.Commit}, "END TRANSACTION": {Kind: guard.Commit}, "ROLLBACK": {Kind: guard.Rollback},
		"ABORT": {Kind: guard.Rollback}, "ROLLBACK WORK -- no": {Kind: guard.Rollback},
		"USE lake": {Kind: guard.Use, Target: catalog.Name{Catalog: "lake", Schema: "main"}}, "USE S1": {Kind: guard.Use, Target: catalog.Name{Catalog: "lake", Schema: "s1"}},
		"USE scratch.main": {Kind: guard.Use, Target: catalog.Name{Catalog: "Scratch", Schema: "main"}}, "USE weblogs": {Kind: guard.Use, Target: catalog.Name{Catalog: "weblogs", Schema: "main"}},
		`USE "we""ird"`:                {Kind: guard.Use, Target: catalog.Name{Catalog: "lake", Schema: `we"ird`}},
		"SET schema = 's2'":            {Kind: guard.Use, Target: catalog.Name{Catalog: "lake", Schema: "s2"}},
		"SET search_path TO 'Scratch'": {Kind: guard.Use, Target: catalog.Name{Catalog: "Scratch", Schema: "main"}},
		"SET SESSION schema='lake.s2'": {Kind: guard.Use, Target: catalog.Name{Catalog: "lake", Schema: "s2"}},
		"RESET schema":                 {Kind: guard.Set, Option: "schema"},
		"RESET search_path":            {Kind: guard.Set, Option: "schema"},
	} {
		got, err := guard.Check(context.Background(), c, reader, sql)
		got.Reads = nil
		if err != nil || got.Kind != want.Kind || got.Target != want.Target || got.Option != want.Option {
			t.Errorf("%s: %+v, %v; want %+v", sql, got, err, want)
		}
	}
}

func TestSessionStatementsThatAreMalformed(t *testing.T) {
	c, reader, _ := setup(t)
	for sql, want := range map[string]wants{
		"BEGIN READ ONLY": malformed, "BEGIN x": malformed, "START": malformed, "COMMIT AND CHAIN": malformed, "ROLLBACK TO x": malformed,
		"USE": malformed, "USE a.b.c": malformed, "USE nowhere": missing, "USE lake.nowhere": missing, "USE 1": malformed,
		"SET": deniedToAll, "SET schema": malformed, "SET schema x": malformed, "RESET schema x": malformed, "RESET": deniedToAll,
		"SET schema = ''": malformed, `SET schema = 'a"'`: malformed,
	} {
		if _, err := guard.Check(context.Background(), c, reader, sql); class(err) != want {
			t.Errorf("%s: class %d of %v; want %d", sql, class(err), err, want)
		}
	}
}

func TestTheTimeZoneIsUTCForEverybody(t *testing.T) {
	c, reader, _ := setup(t)
	for _, sql := range []string{"SET TimeZone = 'Europe/Oslo'", "SET TIME ZONE UTC", "RESET timezone", "SET LOCAL TimeZone TO DEFAULT", "set session timezone='UTC'"} {
		_, err := guard.Check(context.Background(), c, reader, sql)
		if class(err) != deniedToAll || !strings.Contains(err.Error(), "AT TIME ZONE") {
			t.Errorf("%s: %v; want a refusal that says what to write", sql, err)
		}
	}
}

// TestEveryKindOfStatementIsDecided has one statement for each of DuckDB's
// statement types; one that is not here is refused like the last.
func TestEveryKindOfStatementIsDecided(t *testing.T) {
	c, _, writer := setup(t)
	const accepted wants = -1
	for _, k := range []struct {
		kind, sql string
		want      wants
	}{
		{"SELECT", "SELECT 1", accepted},
		{"INSERT", "INSERT INTO s1.t VALUES (1, 'x')", accepted},
		{"UPDATE", "UPDATE s1.t SET a = 1", accepted},
		{"DELETE", "DELETE FROM s1.t", accepted},
		{"MERGE_INTO", "MERGE INTO s1.t USING s2.t u ON t.a = u.a WHEN MATCHED THEN DELETE", accepted},
		{"CREATE", "CREATE TABLE n(a INTEGER)", accepted},
		{"ALTER", "ALTER TABLE s1.t RENAME TO x", accepted},
		{"DROP", "DROP TABLE s1.t", accepted},
		{"TRANSACTION", "BEGIN", accepted},
		{"SET (USE)", "USE lake", accepted},
		{"SET", "SET schema = 's1'", accepted},
		{"SET (other)", "SET threads = 1", deniedToAll},
		{"VARIABLE_SET", "SET VARIABLE a = 1", deniedToAll},
		{"EXPLAIN", "EXPLAIN SELECT 1", accepted},
		{"PREPARE", "PREPARE p AS SELECT 1", deniedToAll},
		{"EXECUTE", "EXECUTE p(1)", deniedToAll},
		{"DROP (DEALLOCATE)", "DEALLOCATE PREPARE p", deniedToAll},
		{"CREATE_FUNC", "CREATE FUNCTION f(a) AS a", deniedToAll},
		{"COPY", "COPY s1.t TO 'x.csv'", deniedToAll},
		{"COPY_DATABASE", "COPY FROM DATABASE lake TO Scratch", deniedToAll},
		{"EXPORT", "EXPORT DATABASE 'x'", deniedToAll},
		{"PRAGMA (IMPORT)", "IMPORT DATABASE 'x'", deniedToAll},
		{"PRAGMA", "PRAGMA version", deniedToAll},
		{"VACUUM", "VACUUM s1.t", deniedToAll},
		{"ANALYZE", "ANALYZE s1.t", deniedToAll},
		{"CALL", "CALL range(1)", deniedToAll},
		{"CALL (CHECKPOINT)", "CHECKPOINT lake", deniedToAll},
		{"LOAD", "LOAD httpfs", deniedToAll},
		{"LOAD (INSTALL)", "INSTALL httpfs", deniedToAll},
		{"ATTACH", "ATTACH 'x' AS x", deniedToAll},
		{"DETACH", "DETACH lake", deniedToAll},
		{"CREATE (SECRET)", "CREATE SECRET (TYPE s3)", deniedToAll},
		{"UPDATE_EXTENSIONS", "UPDATE EXTENSIONS (httpfs)", deniedToAll},
		{"RELATION, EXTENSION, LOGICAL_PLAN, MULTI", "", malformed},
		{"unknown", "FROBNICATE x", malformed},
	} {
		_, err := guard.Check(context.Background(), c, writer, k.sql)
		if k.want == accepted && err != nil || k.want != accepted && class(err) != k.want {
			t.Errorf("%s: %s: class %d of %v; want %d", k.kind, k.sql, class(err), err, k.want)
		}
	}
}
