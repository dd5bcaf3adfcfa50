package opinion

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// gate is Lakegate in this process, over a world.
type gate struct {
	engine   *engine.Engine
	catalogs *catalog.Catalogs
	owner    catalog.View     // sees everything as it is
	owned    catalog.Contents // all there is
}

func extensionFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("LAKEGATE_TEST_EXTENSIONS")
	if folder == "" {
		folder = filepath.Join("..", "..", "extensions")
	}
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no extensions: run `make extensions`")
		}
		t.Skip("no extensions: run `make extensions`")
	}
	return folder
}

func newGate(t *testing.T, w *world) *gate {
	t.Helper()
	dir := t.TempDir()
	eng, err := engine.Open(t.Context(), engine.Config{
		Lakes: []catalog.Lake{
			{Name: w.catalogs[0], Type: catalog.DuckDB},
			{
				Name: w.catalogs[1], Type: catalog.DuckLake, Data: dir + "/data",
				Metadata: catalog.Metadata{Type: "duckdb", Path: dir + "/meta.duckdb"},
			},
		},
		Extensions: extensionFolder(t), Spill: dir, Log: slog.New(slog.DiscardHandler), RequireLakes: true, Threads: 1, MemoryLimit: "2GB",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	})
	open, err := policy.New(policy.Config{WriteGroups: []string{"owners"}})
	if err != nil {
		t.Fatal(err)
	}
	cats, err := catalog.New(catalog.Config{
		Policy: open, Catalog: w.catalogs[0], Schema: "main",
		Load: func(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
			return eng.Contents(ctx, 0, old)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{engine: eng, catalogs: cats}
	owner := auth.Principal{Provider: "test", Method: auth.ByPassword, Subject: "owner", User: "owner", Groups: []string{"owners"}}
	refresh := func() {
		cats.Changed()
		if g.owner, err = cats.For(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	for _, s := range w.createSQL(false) {
		r, err := eng.Update(t.Context(), engine.Request{View: g.owner, SQL: s})
		if err != nil {
			t.Fatalf("seed %d: %s: %v", w.seed, s, err)
		}
		if r.Verdict.Kind == guard.Define {
			refresh()
		}
	}
	g.govern(t, w)
	return g
}

// govern puts w's policy in force.
func (g *gate) govern(t *testing.T, w *world) {
	t.Helper()
	rules, err := policy.Parse("policy.yaml", []byte(w.yaml("")))
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", w.seed, err, w.yaml(""))
	}
	pol, err := policy.New(policy.Config{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if g.owned, err = g.engine.Contents(t.Context(), 0, catalog.Contents{}); err != nil {
		t.Fatal(err)
	}
	if _, err := guard.Settle(t.Context(), g.engine.Binder(), pol, g.owned); err != nil {
		t.Fatalf("seed %d: %v\n%s", w.seed, err, w.yaml(""))
	}
	g.catalogs.Govern(pol)
}

func (g *gate) view(ctx context.Context, c *caller, at place) (catalog.View, error) {
	v, err := g.catalogs.For(ctx, c.principal)
	if err != nil {
		return v, err
	}
	return v.As(c.principal.User).At(at.catalog, at.schema), nil
}

// query runs one statement as c.
func (g *gate) query(ctx context.Context, c *caller, at place, sql string) answer {
	v, err := g.view(ctx, c, at)
	if err != nil {
		return answer{err: err}
	}
	return g.read(ctx, engine.Request{View: v, SQL: sql})
}

func (g *gate) read(ctx context.Context, r engine.Request) answer {
	rows, err := g.engine.Query(ctx, r)
	if err != nil {
		return answer{err: err}
	}
	defer rows.Release()
	return read(rows)
}

// unread reports that sql fails over the values of its own constants, before
// anything is read: it depends on the plan whether they are computed so early.
func (g *gate) unread(ctx context.Context, c *caller, at place, sql string) bool {
	v, err := g.view(ctx, c, at)
	if err != nil {
		return false
	}
	_, err = g.engine.Describe(ctx, engine.Request{View: v, SQL: sql})
	return errors.Is(err, engine.ErrSQL) && overConstants.MatchString(err.Error())
}

var overConstants = regexp.MustCompile(`(Conversion|Out of Range|Invalid Input) Error`)
