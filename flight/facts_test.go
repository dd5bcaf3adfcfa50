package flight

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// granted are definitions with some grants, which never change.
type granted struct{ Definitions }

func (granted) Apply(context.Context, auth.Principal, guard.Order) error { return nil }

func (granted) Grants() policy.Grants {
	return policy.Grants{
		Roles: []policy.Role{{Name: "readers", Members: []policy.Grantee{{Kind: policy.ToUser, Name: "ann"}, {Kind: policy.ToGroup, Name: "g"}}}, {Name: "empty"}},
		Grants: []policy.Grant{{
			To: policy.Grantee{Kind: policy.ToRole, Name: "readers"}, Privileges: policy.Select | policy.Insert, Catalog: "lake", Schema: "main",
			Table: "it's", Columns: []string{"a"}, By: "root", At: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		}},
	}
}

func TestSystemTablesCanBeAskedInEveryWay(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.StatementTime = time.Hour })
	c := srv.dial(t, writer1)
	for _, sql := range []string{
		"SELECT user_name FROM lakegate.system.statements",
		`SELECT s.user_name FROM "LakeGate"."System"."STATEMENTS" s`,
		"WITH s AS (FROM lakegate.system.statements) SELECT user_name FROM s WHERE state = 'running' OR state = 'queued'",
		"SELECT (SELECT max(user_name) FROM lakegate.system.statements)",
		"SELECT lakegate.system.limits.name FROM lakegate.system.limits WHERE limit_name = 'statement_time' AND value = 3600000",
		"SELECT a.user_name FROM lakegate.system.statements a, lakegate.system.limits b WHERE b.limit_name = 'statement_time'",
	} {
		if got := c.mustQuery(sql); !slices.Equal(got, []string{"writer"}) {
			t.Errorf("%s: %v", sql, got)
		}
	}
	wantLines(t, c.mustQuery("SELECT typeof(started_at), typeof(reads), typeof(rows) FROM (SELECT * FROM lakegate.system.statements UNION ALL BY NAME SELECT now() AS started_at) LIMIT 1"),
		"TIMESTAMP WITH TIME ZONE|VARCHAR[]|BIGINT")
	c.exec("USE lakegate.system")
	wantLines(t, c.mustQuery("SELECT count(*) FROM limits WHERE limit_name = 'statement_time'"), "1")
	c.exec("USE lakegate")
	wantLines(t, c.mustQuery("SELECT count(*) FROM system.limits WHERE limit_name = 'statement_time'"), "1")
	c.exec("USE lake")
	// DuckDB's own names stay DuckDB's.
	wantLines(t, c.mustQuery("SELECT count(*) > 0 FROM system.information_schema.schemata"), "true")
	lines := c.mustQuery("DESCRIBE lakegate.system.sessions")
	if len(lines) != 10 || !strings.HasPrefix(lines[0], "id|VARCHAR") {
		t.Errorf("described: %v", lines)
	}
	// Nobody writes there.
	for _, sql := range []string{
		"INSERT INTO lakegate.system.limits (name) VALUES ('x')", "DROP TABLE lakegate.system.limits", "CREATE TABLE lakegate.system.mine (i INTEGER)",
		"DELETE FROM lakegate.system.statements", "CREATE SCHEMA lakegate.mine",
	} {
		if _, err := c.ExecuteUpdate(c.ctx, sql); err == nil {
			t.Errorf("%s was accepted", sql)
		}
	}
	c.exec("CREATE TABLE kept AS SELECT * FROM lakegate.system.limits")
	wantLines(t, c.mustQuery("SELECT name FROM kept WHERE limit_name = 'statement_time'"), "writer")
}

func TestSystemTablesAreAsOfEachStatement(t *testing.T) {
	srv := startServer(t)
	c, other := srv.dial(t, admin1), srv.dial(t, writer1)
	p, err := c.Prepare(c.ctx, "SELECT count(*) FROM lakegate.system.sessions")
	if err != nil {
		t.Fatal(err)
	}
	count := func(want string) {
		t.Helper()
		info, err := p.Execute(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := c.read(info)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, lines, want)
		wantLines(t, c.mustQuery("SELECT count(*) FROM lakegate.system.sessions"), want)
	}
	count("0")
	other.exec("BEGIN")
	count("1")
	other.exec("ROLLBACK")
	other.exec("CREATE TEMP TABLE mine (i INTEGER)")
	wantLines(t, c.mustQuery("SELECT user_name, in_transaction, temporary_tables, statements, peer IS NOT NULL, expires_at > started_at FROM lakegate.system.sessions"),
		"writer|false|1|0|true|true")
}

func TestAdministratorsTablesDoNotExistForOthers(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Definitions, c.Limits.MostRunning = granted{}, 100 })
	reader, admin := srv.dial(t, reader1), srv.dial(t, admin1)
	for _, table := range []string{"grants", "roles"} {
		_, hidden := reader.query("SELECT * FROM lakegate.system." + table)
		_, missing := reader.query("SELECT * FROM lakegate.system.nonesuch")
		wantCode(t, hidden, codes.NotFound, table)
		if strings.ReplaceAll(hidden.Error(), table, "nonesuch") != missing.Error() {
			t.Errorf("hidden: %v; missing: %v", hidden, missing)
		}
		_, hidden = reader.query("DESCRIBE lakegate.system." + table)
		wantCode(t, hidden, codes.NotFound, table)
	}
	wantLines(t, admin.mustQuery("SELECT grantee_kind, grantee, privileges, catalog, schema, table_name, columns, granted_by, granted_at FROM lakegate.system.grants"),
		`role|readers|["SELECT","INSERT"]|lake|main|it's|["a"]|root|2024-05-06T07:08:09Z`)
	wantLines(t, admin.mustQuery("SELECT * FROM lakegate.system.roles ORDER BY ALL"), "empty|(null)|(null)", "readers|group|g", "readers|user|ann")
	wantLines(t, admin.mustQuery("SELECT value, used FROM lakegate.system.limits WHERE name = 'this server'"), "100|1")
	wantLines(t, reader.mustQuery("SELECT DISTINCT name FROM lakegate.system.limits"), "reader")
}

func TestTheServersCatalogIsListedForAdministratorsOnly(t *testing.T) {
	srv := startServer(t)
	reader, admin := srv.dial(t, reader1), srv.dial(t, admin1)
	for c, want := range map[*client]bool{reader: false, admin: true} {
		info, err := c.GetTables(c.ctx, &flightsql.GetTablesOpts{IncludeSchema: true})
		if err != nil {
			t.Fatal(err)
		}
		tables, err := c.read(info)
		if err != nil {
			t.Fatal(err)
		}
		for what, lines := range map[string][]string{
			"GetTables": tables, "SHOW ALL TABLES": c.mustQuery("SHOW ALL TABLES"), "SHOW DATABASES": c.mustQuery("SHOW DATABASES"),
			"information_schema": c.mustQuery("SELECT table_catalog, table_name FROM information_schema.tables"),
			"duckdb_columns":     c.mustQuery("SELECT DISTINCT database_name FROM duckdb_columns()"),
		} {
			if got := slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "lakegate") }); got != want {
				t.Errorf("%s as administrator %v: %v", what, want, lines)
			}
		}
	}
}

func TestTheManualsStatementsAboutWhatRunsAreAccepted(t *testing.T) {
	text, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	c := startServer(t).dial(t, admin1)
	ran, inside := 0, false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```sql"
		case inside:
			ran++
			_, err := c.query(line)
			if strings.HasPrefix(line, "CALL") {
				wantCode(t, err, codes.NotFound, "0123456789abcdef")
			} else if err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if ran < 5 {
		t.Errorf("%d statements were found", ran)
	}
}
