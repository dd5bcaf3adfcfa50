package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func TestAllRowsOfParametersAreWrittenOrNone(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER CHECK (i < 10))")
	insert := func(json string) (Result, error) {
		return b.Update(t.Context(), Request{SQL: "INSERT INTO lake.main.t VALUES (?)", Params: params(t, []arrow.Field{field("1", arrow.PrimitiveTypes.Int64)}, json)})
	}
	if r, err := insert(`[1, 2, 3]`); err != nil || r.Rows != 3 {
		t.Errorf("three rows: %+v, %v", r, err)
	}
	if _, err := insert(`[4, 50, 6]`); !errors.Is(err, ErrSQL) {
		t.Errorf("one bad row: %v", err)
	}
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "3" {
		t.Errorf("%s rows", got)
	}
}

func TestWaitingInsertsAreCommittedTogetherAndABadOneHarmsNoOther(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER CHECK (i <> 13))")
	g := b.gates.of(b.inst.lakes[0].physical)
	leave, err := g.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() {
			r, err := b.Update(t.Context(), Request{SQL: fmt.Sprintf("INSERT INTO lake.main.t VALUES (%d)", i)})
			if err == nil && r.Rows != 1 {
				err = fmt.Errorf("%d rows", r.Rows)
			}
			errs[i] = err
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		if _, err := b.Update(gone, Request{SQL: "INSERT INTO lake.main.t VALUES (1000)"}); !errors.Is(err, context.Canceled) {
			t.Errorf("caller that left: %v", err)
		}
	})
	for waiting := 0; waiting < 41; {
		g.mu.Lock()
		waiting = len(g.queue)
		g.mu.Unlock()
	}
	cancel()
	for waiting := 41; waiting > 40; {
		g.mu.Lock()
		waiting = len(g.queue)
		g.mu.Unlock()
	}
	leave()
	wg.Wait()
	for i, err := range errs {
		if (i == 13) != errors.Is(err, ErrSQL) || (i != 13) != (err == nil) {
			t.Errorf("insert %d: %v", i, err)
		}
	}
	if got := b.query(t, "SELECT count(*), sum(i) FROM lake.main.t"); got != fmt.Sprintf("39|%d", 40*39/2-13) {
		t.Errorf("table: %s", got)
	}
}

func TestSessionsTransactionIsItsOwnUntilCommit(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER)")
	id, err := b.OpenSession(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), id); !errors.Is(err, ErrTransaction) {
		t.Errorf("commit without begin: %v", err)
	}
	b.update(t, id, "BEGIN")
	if err := b.Begin(t.Context(), id); !errors.Is(err, ErrTransaction) || !b.InTransaction(id) {
		t.Errorf("begin twice: %v", err)
	}
	b.update(t, id, "INSERT INTO lake.main.t VALUES (1)")
	if in, out := b.text(t, Request{Session: id, SQL: "SELECT count(*) FROM lake.main.t"}), b.query(t, "SELECT count(*) FROM lake.main.t"); in != "1" || out != "0" {
		t.Errorf("inside %s, outside %s", in, out)
	}
	b.update(t, id, "ROLLBACK")
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "0" || b.InTransaction(id) {
		t.Errorf("after rollback: %s", got)
	}
	b.update(t, id, "BEGIN")
	b.update(t, id, "INSERT INTO lake.main.t VALUES (2)")
	b.update(t, id, "COMMIT")
	if got := b.query(t, "SELECT i FROM lake.main.t"); got != "2" {
		t.Errorf("after commit: %s", got)
	}
	b.update(t, id, "BEGIN")
	b.update(t, id, "INSERT INTO lake.main.t VALUES (3)")
	b.CloseSession(id)
	b.CloseSession(id)
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "1" {
		t.Errorf("after closing: %s", got)
	}
	if _, err := b.Query(t.Context(), Request{Session: id, SQL: "SELECT 1"}); !errors.Is(err, ErrNoSession) {
		t.Errorf("closed session: %v", err)
	}
}

func TestTemporaryTablesBelongToTheirSession(t *testing.T) {
	b := start(t)
	one, _ := b.OpenSession(t.Context())
	two, _ := b.OpenSession(t.Context())
	b.update(t, one, "CREATE TEMPORARY TABLE temp.main.x AS SELECT 5 AS i")
	if got := b.text(t, Request{Session: one, SQL: "SELECT i FROM temp.main.x"}); got != "5" {
		t.Errorf("own: %s", got)
	}
	if _, err := b.Query(t.Context(), Request{Session: two, SQL: "SELECT i FROM temp.main.x"}); err == nil {
		t.Error("another session sees it")
	}
	if _, err := b.Query(t.Context(), Request{SQL: "SELECT i FROM temp.main.x"}); !errors.Is(err, ErrNoSession) {
		t.Errorf("no session: %v", err)
	}
}

func TestStatementOfASessionWaitsForItsStream(t *testing.T) {
	b := start(t)
	id, _ := b.OpenSession(t.Context())
	b.update(t, id, "BEGIN")
	reader, err := b.Query(t.Context(), Request{Session: id, SQL: wide + " FROM range(1000000) t(i)"})
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Query(short, Request{Session: id, SQL: "SELECT 1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("while the stream is open: %v", err)
	}
	done := make(chan error)
	go func() {
		r, err := b.Query(t.Context(), Request{Session: id, SQL: "SELECT 1"})
		if err == nil {
			r.Release()
		}
		done <- err
	}()
	var rows int64
	for reader.Next() {
		rows += reader.RecordBatch().NumRows()
	}
	if rows != 1_000_000 || reader.Err() != nil {
		t.Errorf("stream: %d rows, %v", rows, reader.Err())
	}
	reader.Release()
	if err := <-done; err != nil {
		t.Errorf("statement behind the stream: %v", err)
	}
}

func TestClosingTheEngineEndsItsStreams(t *testing.T) {
	b := start(t)
	reader, err := b.Query(t.Context(), Request{SQL: wide + " FROM range(100000000) t(i)"})
	if err != nil {
		t.Fatal(err)
	}
	b.cancel(fmt.Errorf("closing: %w", ErrUnavailable))
	for reader.Next() {
	}
	if !errors.Is(reader.Err(), ErrUnavailable) {
		t.Errorf("error: %v", reader.Err())
	}
	reader.Release()
}
