package tests

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestAfterACrashInTheMiddleOfAnIngestCommittedRowsAreServedAndNoOthers(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	folder := t.TempDir()
	settings := l.settings(t, folder)
	s := start(t, settings, in(folder))
	writer := token(t, l.peers.issuer, "wanda")
	c := s.dial(t, writer)
	c.do(t, "CREATE TABLE events (id BIGINT, name VARCHAR)")
	c.do(t, "CREATE TABLE scratch.main.events (id BIGINT, name VARCHAR)")
	c.do(t, "INSERT INTO scratch.main.events VALUES (7, 'kept')")
	if n, err := c.ingest(c.ctx(t), "events", batches(3, 1000, nil)); err != nil || n != 3000 {
		t.Fatalf("ingest: %d, %v", n, err)
	}
	if _, err := c.ExecuteUpdate(c.ctx(t), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	c.do(t, "INSERT INTO scratch.main.events VALUES (8, 'never committed')")

	other := s.dial(t, writer)
	_, err := other.ingest(other.ctx(t), "events", batches(60, 10_000, func(i int) error {
		if i == 40 {
			s.kill()
			return errors.New("the server is dead")
		}
		return nil
	}))
	if err == nil {
		t.Fatal("an ingest into a dead server succeeded")
	}

	again := start(t, settings, in(folder)).dial(t, writer)
	again.want(t, "SELECT count(*), min(id), max(id) FROM events", "3000|0|999")
	again.want(t, "SELECT id, name FROM scratch.main.events", "7|kept")
	if n, err := again.ingest(again.ctx(t), "events", batches(1, 10, nil)); err != nil || n != 10 {
		t.Fatalf("ingest after the crash: %d, %v", n, err)
	}
	again.want(t, "SELECT count(*) FROM events", "3010")
}

func TestTheTicketKeyInTheStateFolderOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	p := shared(t)
	folder := t.TempDir()
	settings := simple(t, p.issuer) + "state: " + filepath.Join(folder, "state") + "\n"
	first := start(t, settings, in(folder))
	reader := token(t, p.issuer, "rita")
	c := first.dial(t, reader)
	info, err := c.Execute(c.ctx(t), "SELECT 42")
	if err != nil {
		t.Fatal(err)
	}
	if code := first.stop(t); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	first.killed = true
	second := start(t, settings, in(folder)).dial(t, reader)
	stream, err := second.DoGet(second.ctx(t), info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Release()
	if !stream.Next() || texts(stream.RecordBatch())[0] != "42" {
		t.Errorf("the ticket of before the restart gives no row: %v", stream.Err())
	}
}
