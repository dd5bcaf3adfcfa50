package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/guard"
)

// returning runs a change and gives its rows as lines, columns divided by a bar.
func (b *bench) returning(t testing.TB, r Request) (string, Result, error) {
	t.Helper()
	if r.ReturnMost == 0 {
		r.ReturnMost = 4 << 20
	}
	result, err := b.Update(t.Context(), r)
	var lines []string
	for _, batch := range result.Returned {
		if !batch.Schema().Equal(result.Schema) {
			t.Errorf("%s: batch of %v, schema %v", r.SQL, batch.Schema(), result.Schema)
		}
		for row := range int(batch.NumRows()) {
			var cells []string
			for _, column := range batch.Columns() {
				cells = append(cells, column.ValueStr(row))
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
		batch.Release()
	}
	return strings.Join(lines, "\n"), result, err
}

func integers(name string, values ...int32) arrow.RecordBatch {
	build := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: name, Type: arrow.PrimitiveTypes.Int32}}, nil))
	defer build.Release()
	build.Field(0).(*array.Int32Builder).AppendValues(values, nil)
	return build.NewRecordBatch()
}

func TestReturningGivesTheChangedRowsAndTheirNumber(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER, id UUID DEFAULT '6b1f4f2e-0000-4000-8000-000000000001', s VARCHAR)")
	params := integers("1", 7, 8)
	defer params.Release()
	for _, c := range []struct {
		sql, want string
		params    arrow.RecordBatch
		rows      int64
	}{
		{"INSERT INTO lake.main.t (i, s) VALUES (1, 'one'), (2, NULL) RETURNING i + 1 AS n, id, s", "2|6b1f4f2e-0000-4000-8000-000000000001|one\n3|6b1f4f2e-0000-4000-8000-000000000001|(null)", nil, 2},
		{"INSERT INTO lake.main.t (i) VALUES (?) RETURNING i", "7\n8", params, 2},
		{"UPDATE lake.main.t SET i = list_sum([i, ?]) WHERE i > 6 RETURNING i", "14\n15\n22\n23", params, 4},
		{"UPDATE lake.main.t SET s = 'x' WHERE i > 6 RETURNING i, s", "22|x\n23|x", nil, 2},
		{"DELETE FROM lake.main.t WHERE i = 1 RETURNING s", "one", nil, 1},
		{"DELETE FROM lake.main.t WHERE i = 1 RETURNING s", "", nil, 0},
	} {
		d, err := b.Describe(t.Context(), Request{SQL: c.sql, Params: c.params})
		if err != nil || d.Kind != guard.Change || d.Schema == nil {
			t.Fatalf("%s: described as %+v, %v", c.sql, d, err)
		}
		got, result, err := b.returning(t, Request{SQL: c.sql, Params: c.params})
		if err != nil || got != c.want || result.Rows != c.rows || !result.Schema.Equal(d.Schema) {
			t.Errorf("%s: %q, %d rows of %v, %v; want %q", c.sql, got, result.Rows, result.Schema, err, c.want)
		}
	}
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "3" {
		t.Errorf("%s rows are left", got)
	}
}

func TestRowsOfReturningThatNobodyAskedForAreCounted(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(s VARCHAR)")
	r, err := b.Update(t.Context(), Request{SQL: "INSERT INTO lake.main.t SELECT repeat('x', 1000) FROM range(20000) RETURNING s"})
	if err != nil || r.Rows != 20_000 || r.Returned != nil || r.Schema != nil {
		t.Errorf("%d rows, %d batches, %v", r.Rows, len(r.Returned), err)
	}
}

func TestReturningMoreThanIsAllowedUndoesTheStatement(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(s VARCHAR)")
	const much = "INSERT INTO lake.main.t SELECT repeat('x', 1000) FROM range(20000) RETURNING s"
	const few = "INSERT INTO lake.main.t SELECT repeat('x', 1000) FROM range(500) RETURNING s"
	for sql, most := range map[string]int64{much: 4 << 20, few: 256 << 10} {
		_, _, err := b.returning(t, Request{SQL: sql, ReturnMost: most})
		if !errors.Is(err, ErrResources) || !strings.Contains(err.Error(), fmt.Sprintf("more than %d KiB", most>>10)) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "0" {
		t.Errorf("%s rows were kept", got)
	}
	id, err := b.OpenSession(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.CloseSession(id)
	b.update(t, id, "BEGIN")
	b.update(t, id, "INSERT INTO lake.main.t VALUES ('before')")
	if got, _, err := b.returning(t, Request{Session: id, SQL: "INSERT INTO lake.main.t VALUES ('in it') RETURNING s"}); err != nil || got != "in it" {
		t.Errorf("in a transaction: %q, %v", got, err)
	}
	if _, _, err := b.returning(t, Request{Session: id, SQL: much}); !errors.Is(err, ErrResources) {
		t.Errorf("in a transaction: %v", err)
	}
	if _, err := b.Query(t.Context(), Request{Session: id, SQL: "SELECT 1"}); !errors.Is(err, ErrTransaction) {
		t.Errorf("a query after the failure: %v", err)
	}
	if err := b.Commit(t.Context(), id); !errors.Is(err, ErrTransaction) {
		t.Errorf("commit after the failure: %v", err)
	}
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "0" {
		t.Errorf("%s rows were kept", got)
	}
	b.update(t, id, "BEGIN")
	b.update(t, id, "INSERT INTO lake.main.t VALUES ('next')")
	b.update(t, id, "COMMIT")
	if got := b.query(t, "SELECT s FROM lake.main.t"); got != "next" {
		t.Errorf("after the next transaction: %s", got)
	}
}

func TestReturningOneBadRowUndoesAll(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER CHECK (i <> 13))")
	params := integers("1", 1, 13, 2)
	defer params.Release()
	if _, _, err := b.returning(t, Request{SQL: "INSERT INTO lake.main.t VALUES (?) RETURNING i", Params: params}); !errors.Is(err, ErrSQL) {
		t.Errorf("bad row: %v", err)
	}
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "0" {
		t.Errorf("%s rows were kept", got)
	}
}

func TestReturningIsRefusedBeforeItRunsWhereItsTypesCannotBeSent(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER, e ENUM('x', 'y'))")
	for sql, want := range map[string]string{
		"INSERT INTO lake.main.t VALUES (1, 'x') RETURNING *":  `cast it: "e"::VARCHAR`,
		"INSERT INTO lake.main.t VALUES (1, 'x') RETURNING $1": "Unexpected prepared parameter",
	} {
		if _, err := b.Describe(t.Context(), Request{SQL: sql}); !errors.Is(err, ErrSQL) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", sql, err, want)
		}
	}
	got, _, err := b.returning(t, Request{SQL: "INSERT INTO lake.main.t VALUES (2, 'y') RETURNING i, e::VARCHAR AS e"})
	if err != nil || got != "2|y" {
		t.Errorf("with a cast: %q, %v", got, err)
	}
}

func TestReturningOfTemporaryTables(t *testing.T) {
	b := start(t)
	id, err := b.OpenSession(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.CloseSession(id)
	b.update(t, id, "CREATE TEMPORARY TABLE temp.main.x(i INTEGER)")
	got, _, err := b.returning(t, Request{Session: id, SQL: "INSERT INTO temp.main.x VALUES (5) RETURNING i * 2"})
	if err != nil || got != "10" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReturningWaitsAtTheGateAndEndsWithItsCaller(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER)")
	g := b.gates.of(b.inst.lakes[0].physical)
	leave, err := g.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := b.Update(gone, Request{SQL: "INSERT INTO lake.main.t VALUES (1) RETURNING i", ReturnMost: 1 << 20})
		ended <- err
	}()
	for waiting := 0; waiting < 1; {
		g.mu.Lock()
		waiting = len(g.queue)
		g.mu.Unlock()
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("caller that left: %v", err)
	}
	leave()
	got, _, err := b.returning(t, Request{SQL: "INSERT INTO lake.main.t VALUES (2) RETURNING i"})
	if err != nil || got != "2" || b.query(t, "SELECT count(*) FROM lake.main.t") != "1" {
		t.Errorf("the next one: %q, %v", got, err)
	}
}
