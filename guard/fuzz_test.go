package guard_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// scripted is a Binder that gives the same answers to everything.
type scripted struct{ tree, sql, plan string }

func (s scripted) Serialize(context.Context, string) (string, error)   { return s.tree, nil }
func (s scripted) Deserialize(context.Context, string) (string, error) { return s.sql, nil }
func (s scripted) Plan(context.Context, string) (string, error)        { return s.plan, nil }

// small is a View with one table.
func small(t testing.TB) catalog.View {
	name := catalog.Name{Catalog: "lake", Schema: "main", Table: "t"}
	return view(t, catalog.Contents{Stamp: "s", Catalogs: []catalog.Catalog{
		{Name: "lake", Physical: "ph", Type: catalog.DuckDB, Schemas: []catalog.Schema{{Name: "main", Tables: []catalog.Table{
			{Name: name, Physical: catalog.Name{Catalog: "ph", Schema: "main", Table: "t"}, Kind: catalog.BaseTable, Columns: []catalog.Column{{Name: "a", Type: "INTEGER"}}},
		}}}},
	}}, "writers")
}

// FuzzCheck gives statements and arbitrary answers of DuckDB to Check, which
// must neither panic nor accept what has not been bound.
func FuzzCheck(f *testing.F) {
	const tree = `{"error":false,"statements":[{"node":{"type":"SELECT_NODE","select_list":[{"class":"COLUMN_REF","type":"COLUMN_REF","column_names":["a"]}],"from_table":{"type":"BASE_TABLE","table_name":"t"}}}]}`
	const plan = `{"error":false,"plans":[{"type":"LOGICAL_GET","name":"seq_scan","function_data":{"catalog":"ph","schema":"main","table":"t"}}]}`
	for _, w := range writes {
		f.Add(w.sql, tree, plan)
	}
	for _, q := range legitimate {
		f.Add(q.logical, tree, plan)
	}
	for _, a := range attacks {
		f.Add(a.sql, `{"error":true,"error_type":"parser","error_message":"x","position":"3"}`, `{"plans":[]}`)
	}
	f.Add("SELECT 1", `{"statements":[{"node":{"type":"RECURSIVE_CTE_NODE"}}]}`, `{"plans":[null]}`)
	f.Add("SELECT 1", `{"statements":[{"node":{"type":"SELECT_NODE","from_table":{"type":"JOIN"}}}]}`, `{"plans":[{"type":"LOGICAL_DROP"}]}`)
	v := small(f)
	f.Fuzz(func(t *testing.T, sql, tree, plan string) {
		verdict, err := guard.Check(context.Background(), scripted{tree, "SELECT 1", plan}, v, sql)
		if err == nil && verdict.Kind <= guard.Define && verdict.SQL == "" {
			t.Errorf("%q was accepted without a text", sql)
		}
		if err == nil && verdict.Kind <= guard.Define && !strings.Contains(plan, "plans") && verdict.SQL != "SELECT 1 WHERE false" {
			t.Errorf("%q was accepted without a plan", sql)
		}
		var refusal *guard.Refusal
		if errors.As(err, &refusal) && (refusal.Position < -1 || refusal.Text == "") {
			t.Errorf("%q: position %d, text %q", sql, refusal.Position, refusal.Text)
		}
	})
}
