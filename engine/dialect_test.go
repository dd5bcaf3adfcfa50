package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// refusedDialect are the statements of testdata/dialect that the guard refuses,
// each with the words that docs/sql.md has for it.
var refusedDialect = map[string]string{
	"PIVOT sales ON product USING sum(amount)":                 "`PIVOT` without `IN`",
	"PIVOT sales ON quarter USING sum(amount) GROUP BY region": "`PIVOT` without `IN`",
	"SELECT * FROM unnest([1, 2]) WITH ORDINALITY":             "`WITH ORDINALITY`",
	"SELECT stats(id) FROM people":                             ofState,
	"SELECT vector_type(id) FROM people":                       ofState,
	"SELECT txid_current() IS NOT NULL":                        ofState,
	"SELECT in_search_path('a', 'b')":                          ofState,
	"SELECT getvariable('x')":                                  ofState,
	"SELECT current_setting('TimeZone')":                       ofState,
}

const ofState = "`current_setting`, `getenv`, `nextval`, `query`, `duckdb_settings` and their like"

// lines are the statements of a file in testdata/dialect, one a line.
func lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			out = append(out, line)
		}
	}
	return out
}

// told is what a statement gives: its columns, and its rows as text.
type told struct {
	columns []string
	rows    []string
}

func asked(ctx context.Context, e *core, r Request) (told, error) {
	d, err := e.Describe(ctx, r)
	if err != nil {
		return told{}, err
	}
	reader, err := e.Query(ctx, r)
	if err != nil {
		return told{}, err
	}
	defer reader.Release()
	var out told
	for _, f := range reader.Schema().Fields() {
		out.columns = append(out.columns, f.Name+" "+f.Type.String())
	}
	if !d.Schema.Equal(reader.Schema()) {
		return told{}, fmt.Errorf("described as %s, gives %s", d.Schema, reader.Schema())
	}
	for reader.Next() {
		out.rows = append(out.rows, rowTexts(reader.RecordBatch())...)
	}
	return out, reader.Err()
}

func rowTexts(b arrow.RecordBatch) []string {
	out := make([]string, b.NumRows())
	for row := range out {
		var line []string
		for _, c := range b.Columns() {
			line = append(line, c.ValueStr(row))
		}
		out[row] = strings.Clone(strings.Join(line, " | "))
	}
	return out
}

// plainDuckDB is DuckDB without the guard, over the tables of the dialect.
func plainDuckDB(t *testing.T, setup []string) *core {
	t.Helper()
	b := start(t)
	b.check = func(_ context.Context, _ guard.Binder, _ catalog.View, sql string) (guard.Verdict, error) {
		v := guard.Verdict{SQL: sql, Volatile: true}
		for _, word := range []string{"CREATE", "INSERT"} {
			if strings.HasPrefix(sql, word) {
				v.Kind = guard.Change
			}
		}
		return v, nil
	}
	for _, sql := range setup {
		b.update(t, 0, sql)
	}
	return b.core
}

// guarded is an Engine with the tables of the dialect in a lake, and the Catalogs over it.
func guarded(t *testing.T, lake catalog.Lake, pol *policy.Policy, setup []string) (*Engine, *catalog.Catalogs) {
	t.Helper()
	cfg := Config{Lakes: []catalog.Lake{lake}, Spill: t.TempDir(), RequireLakes: true}
	if lake.Type == catalog.DuckLake {
		cfg.Extensions = extensionFolder(t)
	}
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	catalogs, err := catalog.New(catalog.Config{
		Policy: pol, Catalog: "lake", Schema: "main",
		Load: func(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
			return e.Contents(ctx, 0, old)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range setup {
		view, err := catalogs.For(t.Context(), auth.Principal{Scopes: []string{policyWrite}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Update(t.Context(), Request{View: view, SQL: sql}); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		catalogs.Changed()
	}
	return e, catalogs
}

// speaks runs the statements through both, and gives those that the guard refuses.
func speaks(t *testing.T, plain *core, e *Engine, view catalog.View, kind catalog.Type, statements []string) (refused []string) {
	t.Helper()
	for _, sql := range statements {
		want, err := asked(t.Context(), plain, Request{SQL: strings.ReplaceAll(sql, "lake.", "memory.")})
		if err != nil && refusedDialect[sql] == "" {
			t.Errorf("DuckDB itself: %s: %v", sql, err)
			continue
		}
		got, err := asked(t.Context(), e.now.Load(), Request{View: view, SQL: sql})
		var refusal *guard.Refusal
		switch {
		case err != nil && refusedDialect[sql] != "":
			if !errors.As(err, &refusal) {
				t.Errorf("%s: %v; want a refusal", sql, err)
			}
			refused = append(refused, sql)
			continue
		case err != nil:
			t.Errorf("%s: %v", sql, err)
			refused = append(refused, sql)
			continue
		case refusedDialect[sql] != "":
			t.Errorf("%s is accepted; take it from the list", sql)
		}
		if !slices.Equal(got.columns, want.columns) {
			t.Errorf("%s\ncolumns %q\nwant    %q", sql, got.columns, want.columns)
		}
		if !strings.Contains(sql, "ORDER BY") {
			slices.Sort(got.rows)
			slices.Sort(want.rows)
		}
		if strings.HasPrefix(sql, "DESCRIBE SELECT") && kind == catalog.DuckLake {
			continue // a column of a DuckLake has the default NULL, in words
		}
		if !slices.Equal(got.rows, want.rows) {
			t.Errorf("%s\nrows %q\nwant %q", sql, got.rows, want.rows)
		}
	}
	return refused
}

func dialect(t *testing.T, special bool) (setup, statements []string) {
	t.Helper()
	setup = lines(t, "testdata/dialect/setup.txt")
	if special {
		setup = append(setup, lines(t, "testdata/dialect/setup_duckdb.txt")...)
	}
	files, err := filepath.Glob("testdata/dialect/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if special || !strings.HasSuffix(name, "_duckdb.sql") {
			statements = append(statements, lines(t, name)...)
		}
	}
	return setup, statements
}

// partly is the View of somebody who sees s3.pay in part, and all else whole.
func partly(t *testing.T, e *Engine, catalogs *catalog.Catalogs) catalog.View {
	t.Helper()
	rules, err := policy.Parse("policy.yaml", []byte(`
tables:
  - schema: s3
    privileges: [SELECT, INSERT]
    filter: region = 'eu'
    columns:
      - {name: who, mask: "left(who, 1)"}
      - {name: secret, allow: false}
  - privileges: [SELECT, INSERT, UPDATE, DELETE]
`))
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New(policy.Config{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	contents, err := e.Contents(t.Context(), 0, catalog.Contents{})
	if err != nil {
		t.Fatal(err)
	}
	if warnings, err := guard.Settle(t.Context(), e.Binder(), pol, contents); err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	catalogs.Govern(pol)
	view, err := catalogs.For(t.Context(), auth.Principal{User: "eve"})
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func TestTheDialectIsDuckDBs(t *testing.T) {
	manual, err := os.ReadFile("../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	for sql, words := range refusedDialect {
		if !strings.Contains(string(manual), "| "+words) {
			t.Errorf("docs/sql.md does not say why %q is refused: there is no row %s", sql, words)
		}
	}
	pol, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			setup, statements := dialect(t, lake.Type == catalog.DuckDB)
			if len(statements) < 600 {
				t.Fatalf("%d statements; want 600 at least", len(statements))
			}
			plain := plainDuckDB(t, setup)
			e, catalogs := guarded(t, lake, pol, setup)
			view, err := catalogs.For(t.Context(), auth.Principal{Scopes: []string{policyRead}})
			if err != nil {
				t.Fatal(err)
			}
			refused := speaks(t, plain, e, view.As("duckdb"), lake.Type, statements)
			t.Logf("%d statements, %d refused", len(statements), len(refused))
			if lake.Type != catalog.DuckDB {
				return
			}
			// Rights to other tables' parts make no difference.
			speaks(t, plain, e, partly(t, e, catalogs).As("duckdb"), lake.Type, statements)
		})
	}
}
