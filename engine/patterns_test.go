package engine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// counted has the guard's calls counted.
func counted(b *bench) *int {
	calls := 0
	judge := b.check
	b.check = func(ctx context.Context, with guard.Binder, view catalog.View, sql string) (guard.Verdict, error) {
		calls++
		return judge(ctx, with, view, sql)
	}
	return &calls
}

func TestTextsThatDifferInValuesAreCheckedTwiceAndNoMore(t *testing.T) {
	e := start(t)
	e.update(t, 0, "CREATE TABLE lake.main.t AS SELECT i AS k, 'v' || i AS v FROM range(100) t(i)")
	calls := counted(e)
	for sql, want := range map[string]string{
		"SELECT v, k FROM lake.main.t WHERE k = 7":  "v7|7",
		"SELECT v, k FROM lake.main.t WHERE k = 8":  "v8|8",
		"SELECT v, k FROM lake.main.t WHERE k = 9":  "v9|9",
		"SELECT v, k FROM lake.main.t WHERE k = 10": "v10|10",
	} {
		if got := e.query(t, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	if *calls != 2 {
		t.Errorf("the guard was asked %d times, want 2", *calls)
	}
	for i, sql := range []string{"INSERT INTO lake.main.t VALUES (200, 'a')", "INSERT INTO lake.main.t VALUES (201, 'b')", "INSERT INTO lake.main.t VALUES (202, 'it''s')"} {
		if n := e.update(t, 0, sql); n != 1 {
			t.Errorf("insert %d: %d rows", i, n)
		}
	}
	if got := e.query(t, "SELECT v FROM lake.main.t WHERE k = 202"); got != "it's" {
		t.Errorf("the third insert wrote %q", got)
	}
	if *calls != 5 { // two inserts, and the query that gives other columns
		t.Errorf("the guard was asked %d times, want 5", *calls)
	}
}

func TestAValueThatNamesOrTypesAColumnIsNoPattern(t *testing.T) {
	e := start(t)
	calls := counted(e)
	for i, s := range []struct{ sql, column, kind string }{
		{"SELECT 1 + 1", "(1 + 1)", "int32"},
		{"SELECT 1 + 2", "(1 + 2)", "int32"},
		{"SELECT 1 + 3", "(1 + 3)", "int32"},
		{"SELECT 5 AS y", "y", "int32"},
		{"SELECT 6 AS y", "y", "int32"},
		{"SELECT 3000000000 AS y", "y", "int64"},
		{"SELECT 1.5 AS y", "y", "decimal(2, 1)"},
		{"SELECT 1.25 AS y", "y", "decimal(3, 2)"},
	} {
		d, err := e.Describe(t.Context(), Request{SQL: s.sql})
		if err != nil {
			t.Fatal(err)
		}
		if f := d.Schema.Field(0); f.Name != s.column || f.Type.String() != s.kind {
			t.Errorf("%s gives %s %s, want %s %s", s.sql, f.Name, f.Type, s.column, s.kind)
		}
		if i == 2 && *calls != 3 {
			t.Errorf("%s was answered from a pattern", s.sql)
		}
	}
}

// What is known costs no question: a statement that is described and run again takes
// one connection and uses what is prepared there; describing it takes none.
func TestARepeatedStatementIsCheckedAndPreparedOnce(t *testing.T) {
	e := start(t)
	e.update(t, 0, "CREATE TABLE lake.main.t AS SELECT i AS k FROM range(100) t(i)")
	calls := counted(e)
	row := params(t, []arrow.Field{field("1", arrow.PrimitiveTypes.Int64)}, "[7]")
	defer row.Release()
	for _, r := range []Request{
		{SQL: "SELECT 1"},
		{SQL: "SELECT k FROM lake.main.t WHERE k = ?", Params: row},
	} {
		*calls = 0
		describe := func() {
			t.Helper()
			if _, err := e.Describe(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		describe()
		e.text(t, r)
		c, err := e.pool.get()
		if err != nil {
			t.Fatal(err)
		}
		kept := slices.Clone(c.stmts.kept)
		open := e.pool.connect
		e.pool.connect = func() (*conn, error) { return nil, errors.New("one more connection is asked for") }
		describe() // while the only connection is taken
		e.pool.put(t.Context(), c)
		for range 3 {
			describe()
			e.text(t, r)
		}
		e.pool.connect = open
		if *calls != 1 {
			t.Errorf("%s: the guard was asked %d times, want once", r.SQL, *calls)
		}
		if len(kept) == 0 || !slices.Equal(kept, c.stmts.kept) {
			t.Errorf("%s: prepared anew", r.SQL)
		}
	}
}
