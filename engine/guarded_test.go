package engine

import (
	"errors"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

func TestStatementsPassTheGuardOnTheirWayToTheLake(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			pol, err := policy.New(policy.Config{})
			if err != nil {
				t.Fatal(err)
			}
			e, catalogs := guarded(t, lake, pol, nil)
			view := func(scope string) catalog.View {
				v, err := catalogs.For(t.Context(), auth.Principal{Subject: "s", User: "u", Scopes: []string{scope}})
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			must := func(sql string) Result {
				t.Helper()
				r, err := e.Update(t.Context(), Request{View: view(policyWrite), SQL: sql})
				if err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
				if r.Verdict.Kind == guard.Define {
					catalogs.Changed()
				}
				return r
			}
			must("CREATE TABLE pay (who VARCHAR, amount INTEGER)")
			if r := must("INSERT INTO pay VALUES ('ann', 10), ('bob', 20)"); r.Rows != 2 {
				t.Errorf("inserted %d", r.Rows)
			}
			if r := must("UPDATE pay SET amount = amount + 1 WHERE who = 'bob'"); r.Rows != 1 {
				t.Errorf("updated %d", r.Rows)
			}
			for range 2 { // the second time from the cache
				b := &bench{core: e.now.Load()}
				if got := b.text(t, Request{View: view(policyRead), SQL: "SELECT who, sum(amount) AS s FROM pay GROUP BY who ORDER BY who"}); got != "ann|10\nbob|21" {
					t.Errorf("rows: %q", got)
				}
			}
			if _, err := e.Update(t.Context(), Request{View: view(policyRead), SQL: "INSERT INTO pay VALUES ('eve', 1)"}); !errors.Is(err, guard.ErrDenied) {
				t.Errorf("reader writes: %v", err)
			}
			if _, err := e.Query(t.Context(), Request{View: view(policyRead), SQL: "SELECT * FROM nonesuch"}); !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("missing table: %v", err)
			}
			var refusal *guard.Refusal
			if _, err := e.Query(t.Context(), Request{View: view(policyRead), SQL: "COPY pay TO '/tmp/x'"}); !errors.As(err, &refusal) {
				t.Errorf("COPY: %v", err)
			}
		})
	}
}
