package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// explainable is a lake with the tables of the dialect, as seen whole and in part.
func explainable(t *testing.T, lake catalog.Lake) (e *Engine, whole, part catalog.View) {
	t.Helper()
	pol, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	setup, _ := dialect(t, false)
	e, catalogs := guarded(t, lake, pol, setup)
	if whole, err = catalogs.For(t.Context(), auth.Principal{Scopes: []string{policyWrite}}); err != nil {
		t.Fatal(err)
	}
	return e, whole, partly(t, e, catalogs)
}

func explanation(t *testing.T, e *Engine, view catalog.View, sql string) (key, plan string) {
	t.Helper()
	got, err := asked(t.Context(), e.now.Load(), Request{View: view, SQL: sql})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if strings.Join(got.columns, ", ") != "explain_key utf8, explain_value utf8" || len(got.rows) != 1 {
		t.Fatalf("%s: columns %q, %d rows", sql, got.columns, len(got.rows))
	}
	key, plan, _ = strings.Cut(got.rows[0], " | ")
	return key, plan
}

// physicalNames are what no plan may hold.
func physicalNames(e *Engine) []string {
	out := []string{".parquet", "ducklake_", "s3://", "/"}
	for _, l := range e.now.Load().inst.lakes {
		out = append(out, l.physical)
	}
	return out
}

func TestAPlanIsToldInLogicalNames(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			e, whole, part := explainable(t, lake)
			const join = "SELECT p.name, sum(o.price) FROM people p JOIN orders o ON o.person = p.id WHERE o.qty > 2 GROUP BY p.name ORDER BY 2 LIMIT 3"
			for _, q := range []struct{ sql, key, has string }{
				{"EXPLAIN " + join, "physical_plan", "JOIN,qty > 2|qty>2,people,orders,rows"},
				{"EXPLAIN (FORMAT TEXT) " + join, "physical_plan", "people"},
				{"EXPLAIN ANALYZE " + join, "analyzed_plan", "JOIN, rows, s),people"},
				{"EXPLAIN (ANALYZE) SELECT max(note) FROM lake.s2.extra", "analyzed_plan", "extra"},
				{"EXPLAIN SELECT id FROM people WHERE name = current_user", "physical_plan", "duckdb,people"},
				{"EXPLAIN VALUES (1), (2)", "physical_plan", "SCAN"},
				{"EXPLAIN INSERT INTO s2.extra SELECT id, name FROM people", "logical_plan", "INSERT,lake.main.people"},
				{"EXPLAIN CREATE TABLE copy AS SELECT * FROM people", "logical_plan", "CREATE_TABLE,lake.main.people"},
				{"EXPLAIN UPDATE s2.extra SET note = 'x' WHERE id > 3", "logical_plan", "UPDATE,FILTER,SCAN lake.s2.extra"},
				{"EXPLAIN DELETE FROM s2.extra WHERE id = 1", "logical_plan", "DELETE,SCAN lake.s2.extra"},
			} {
				for who, view := range map[string]catalog.View{"whole": whole.As("duckdb"), "part": part.As("duckdb")} {
					if who == "part" && strings.Contains(q.sql, "CREATE") {
						continue
					}
					key, plan := explanation(t, e, view, q.sql)
					if key != q.key {
						t.Errorf("%s: key %s, want %s", q.sql, key, q.key)
					}
					for word := range strings.SplitSeq(q.has, ",") {
						a, b, two := strings.Cut(word, "|")
						if !strings.Contains(plan, a) && (!two || !strings.Contains(plan, b)) {
							t.Errorf("%s: no %q in\n%s", q.sql, word, plan)
						}
					}
					for _, name := range physicalNames(e) {
						if strings.Contains(plan, name) {
							t.Errorf("%s shows %s:\n%s", q.sql, name, plan)
						}
					}
				}
			}
			if got, err := asked(t.Context(), e.now.Load(), Request{View: whole, SQL: "SELECT count(*) FROM s2.extra WHERE note <> 'x'"}); err != nil || got.rows[0] != "3" {
				t.Errorf("EXPLAIN changed a table: %v, %v", got.rows, err)
			}
			if _, err := asked(t.Context(), e.now.Load(), Request{View: whole, SQL: "SELECT * FROM copy"}); !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("EXPLAIN made a table: %v", err)
			}
		})
	}
}

// L04, L06: what there is of a hidden row must not show, not even in what the
// optimiser makes of its statistics.
func TestAPlanOverWhatIsSeenInPartIsTheStatementsShape(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			e, whole, part := explainable(t, lake)
			var shapes []string
			for _, most := range []string{"5", "500000", "5000000"} { // below all rows, between them, above them
				for _, how := range []string{"EXPLAIN ", "EXPLAIN ANALYZE "} {
					key, plan := explanation(t, e, part, how+"SELECT p.name FROM s3.pay JOIN people p ON p.name = pay.who WHERE amount > "+most)
					if key != "logical_plan" || !strings.Contains(plan, "SCAN lake.s3.pay") || !strings.Contains(plan, "SCAN lake.main.people") {
						t.Errorf("%s:\n%s", key, plan)
					}
					shapes = append(shapes, plan)
				}
			}
			for _, s := range shapes {
				if s != shapes[0] {
					t.Errorf("plans differ with the rows:\n%s\n%s", shapes[0], s)
				}
				for _, word := range append(physicalNames(e), "eu", "region", "amount", "left", "secret", "500000", "rows", "=", "name") {
					if strings.Contains(s, word) {
						t.Errorf("the plan shows %q:\n%s", word, s)
					}
				}
			}
			if _, plan := explanation(t, e, whole, "EXPLAIN SELECT * FROM s3.pay WHERE amount > 5"); !strings.Contains(plan, "amount") {
				t.Errorf("the plan of who sees all:\n%s", plan)
			}
		})
	}
}

func TestExplainNeedsTheStatementsRights(t *testing.T) {
	e, whole, part := explainable(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB})
	for _, q := range []struct {
		view catalog.View
		sql  string
		want error
	}{
		{part, "EXPLAIN SELECT secret FROM s3.pay", ErrSQL},
		{whole, "EXPLAIN DROP TABLE s3.pay", nil},
		{part, "EXPLAIN CREATE TABLE n AS SELECT 1", guard.ErrDenied},
		{part, "EXPLAIN TRUNCATE s3.pay", guard.ErrDenied},
		{whole, "EXPLAIN ANALYZE INSERT INTO s2.extra VALUES (1, 'x')", nil},
		{whole, "EXPLAIN SELECT * FROM nonesuch", catalog.ErrNotFound},
	} {
		_, err := asked(t.Context(), e.now.Load(), Request{View: q.view, SQL: q.sql})
		var refusal *guard.Refusal
		var bind *guard.BindError
		switch {
		case err == nil:
			t.Errorf("%s was accepted", q.sql)
		case q.want == nil && !errors.As(err, &refusal):
			t.Errorf("%s: %v; want a refusal", q.sql, err)
		case q.want != nil && !errors.Is(err, q.want) && !errors.As(err, &bind) && !errors.As(err, &refusal):
			t.Errorf("%s: %v; want %v", q.sql, err, q.want)
		}
	}
}

func TestEachCallerHearsTheirOwnName(t *testing.T) {
	e, whole, _ := explainable(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB})
	for range 3 {
		for _, who := range []string{"ann", "bob", "o'brien"} {
			for _, sql := range []string{
				"SELECT current_user", "SELECT current_user WHERE 1 = 1", "SELECT current_user WHERE 2 = 2", "SELECT user FROM people WHERE id = 1", "SELECT user FROM people WHERE id = 2",
			} {
				got, err := asked(t.Context(), e.now.Load(), Request{View: whole.As(who), SQL: sql})
				if err != nil || len(got.rows) != 1 || got.rows[0] != who {
					t.Errorf("%s as %s gives %q, %v", sql, who, got.rows, err)
				}
			}
			if _, plan := explanation(t, e, whole.As(who), "EXPLAIN SELECT id FROM people WHERE name = current_user"); !strings.Contains(plan, strings.ReplaceAll(who, "'", "''")) && !strings.Contains(plan, who) {
				t.Errorf("the plan as %s:\n%s", who, plan)
			}
		}
	}
	if _, err := asked(t.Context(), e.now.Load(), Request{View: whole, SQL: "SELECT current_user"}); err == nil {
		t.Error("somebody without a name was given one")
	}
}
