package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

func TestWhatIsWrongWithANameIsSaidInDuckDBsWords(t *testing.T) {
	pol, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			setup, _ := dialect(t, false)
			plain := plainDuckDB(t, setup)
			e, catalogs := guarded(t, lake, pol, setup)
			view, err := catalogs.For(t.Context(), auth.Principal{Scopes: []string{policyRead}})
			if err != nil {
				t.Fatal(err)
			}
			for _, sql := range []string{
				"SELECT t.k FROM za.t JOIN zb.t ON za.t.k = zb.t.k",
				"SELECT k FROM za.t JOIN zb.t ON za.t.k = zb.t.k",
				"SELECT t FROM za.t, zb.t",
				"SELECT t.* FROM za.t, zb.t",
				"SELECT t.k FROM za.t NATURAL JOIN zb.t",
				"SELECT t.zz FROM za.t, zb.t",
				"SELECT t.zz FROM za.t",
				"SELECT main.people FROM people p",
				"SELECT zb.t FROM za.t",
				"SELECT lake.zb.t FROM za.t",
			} {
				_, want := asked(t.Context(), plain, Request{SQL: strings.ReplaceAll(sql, "lake.", "memory.")})
				_, got := asked(t.Context(), e.now.Load(), Request{View: view, SQL: sql})
				var bound *guard.BindError
				if want == nil || !errors.As(got, &bound) {
					t.Errorf("%s: %v; DuckDB: %v", sql, got, want)
					continue
				}
				_, words, _ := strings.Cut(want.Error(), "Binder Error: ")
				if words = strings.ReplaceAll(words, "memory", "lake"); bound.Message != words {
					t.Errorf("%s: %q; want %q", sql, bound.Message, words)
				}
			}
		})
	}
}
