package flight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-adbc/go/adbc"
	adbcflight "github.com/apache/arrow-adbc/go/adbc/driver/flightsql"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
)

func TestReturningRunsOnceAndItsRowsCanBeHadAgain(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER, s VARCHAR DEFAULT 'd')")
	const sql = "INSERT INTO t (i) VALUES (1), (2) RETURNING i * 10 AS n, s"
	schema, err := c.GetExecuteSchema(c.ctx, sql)
	if err != nil {
		t.Fatal(err)
	}
	info, err := c.Execute(c.ctx, sql)
	if err != nil {
		t.Fatal(err)
	}
	if string(schema.Schema) != string(info.Schema) {
		t.Error("GetSchema and GetFlightInfo differ")
	}
	for range 2 {
		lines, err := c.read(info)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, lines, "10|d", "20|d")
	}
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "2")
	wantLines(t, c.mustQuery("DELETE FROM t WHERE i = 7 RETURNING s"))
	wantLines(t, c.mustQuery("UPDATE t SET s = 'e' WHERE i = 2 RETURNING t.s, i"), "e|2")
	// By the update path there is a count, whatever it returns.
	if n := c.exec("DELETE FROM t RETURNING *"); n != 2 {
		t.Errorf("deleted %d rows", n)
	}
	if n := c.exec("INSERT INTO t SELECT i, repeat('x', 1000) FROM range(10000) r(i) RETURNING s"); n != 10_000 {
		t.Errorf("inserted %d rows", n)
	}
}

func TestManyReturnedRowsAreKeptOnTheReplicaUntilTheyAreSent(t *testing.T) {
	s := startServer(t)
	c := s.dial(t, writer1)
	c.exec("CREATE TABLE t (i BIGINT, s VARCHAR)")
	info, err := c.Execute(c.ctx, "INSERT INTO t SELECT i, repeat('x', 1000) FROM range(3000) r(i) RETURNING i, s")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(info.Endpoint[0].Ticket.Ticket); n > 1000 {
		t.Errorf("the ticket has %d bytes", n)
	}
	if s.params.used < 3_000_000 {
		t.Errorf("%d bytes are kept", s.params.used)
	}
	other := s.dial(t, writer2)
	_, err = other.DoGet(other.ctx, info.Endpoint[0].Ticket)
	wantCode(t, err, codes.NotFound, "no such ticket")
	lines, err := c.read(info)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 3000 || !strings.HasPrefix(lines[2999], "2999|xxx") {
		t.Errorf("%d rows", len(lines))
	}
	if s.params.used != 0 || len(s.params.kept) != 0 {
		t.Errorf("%d bytes are still kept", s.params.used)
	}
	_, err = c.DoGet(c.ctx, info.Endpoint[0].Ticket)
	wantCode(t, err, codes.FailedPrecondition, "start it again")

	_, err = c.Execute(c.ctx, "INSERT INTO t SELECT i, repeat('x', 1000) FROM range(6000) r(i) RETURNING i, s")
	wantCode(t, err, codes.ResourceExhausted, "RETURNING gives more than 4096 KiB")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "3000")
	if s.params.used != 0 {
		t.Errorf("%d bytes are kept for a statement that failed", s.params.used)
	}
}

func TestReturningIsLimitedToATicketWhereTheStoreIsFull(t *testing.T) {
	s := startServer(t, func(cfg *Config) { cfg.Limits.ParameterBytes = 1 << 20 })
	c := s.dial(t, writer1)
	c.exec("CREATE TABLE t (s VARCHAR)")
	wantLines(t, c.mustQuery("INSERT INTO t VALUES ('a') RETURNING s"), "a")
	_, err := c.Execute(c.ctx, "INSERT INTO t SELECT repeat('x', 1000) FROM range(500) RETURNING s")
	wantCode(t, err, codes.ResourceExhausted, "more than 256 KiB")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "1")
}

func TestADriverGetsTheRowsOfReturning(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	q := &quirks{uri: "grpc+tcp://" + startServer(t).addr}
	db, err := adbcflight.NewDriver(mem).NewDatabase(q.DatabaseOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx := context.Background()
	cnxn, err := db.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cnxn.Close() }()
	if err := q.exec(cnxn, "CREATE TABLE t (i BIGINT, s VARCHAR DEFAULT 'd')"); err != nil {
		t.Fatal(err)
	}
	st, err := cnxn.NewStatement()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()

	// Unprepared, prepared, prepared with parameters.
	wantRows(t, st, "INSERT INTO t (i) VALUES (1), (2) RETURNING i, s", false, nil, "1|d", "2|d")
	wantRows(t, st, "UPDATE t SET s = 'e' WHERE i = 2 RETURNING s", true, nil, "e")
	rows := ints(7, 8)
	defer rows.Release()
	wantRows(t, st, "INSERT INTO t (i) VALUES (?) RETURNING i + 1 AS next", true, rows, "8", "9")
	wantRows(t, st, "SELECT count(*) FROM t", false, nil, "4")

	// executeUpdate gives the count.
	if err := errors.Join(st.SetSqlQuery("DELETE FROM t WHERE i < 3 RETURNING i"), st.Prepare(ctx)); err != nil {
		t.Fatal(err)
	}
	if n, err := st.ExecuteUpdate(ctx); err != nil || n != 2 {
		t.Errorf("deleted %d rows, %v", n, err)
	}

	// In a transaction that is rolled back.
	opts := cnxn.(adbc.PostInitOptions)
	if err := opts.SetOption(adbc.OptionKeyAutoCommit, adbc.OptionValueDisabled); err != nil {
		t.Fatal(err)
	}
	wantRows(t, st, "DELETE FROM t RETURNING i", false, nil, "7", "8")
	if err := cnxn.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	wantRows(t, st, "SELECT count(*) FROM t", false, nil, "2")
	if err := cnxn.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
}

// wantRows runs sql through st's query call and compares what it gives.
func wantRows(t *testing.T, st adbc.Statement, sql string, prepare bool, params arrow.RecordBatch, want ...string) {
	t.Helper()
	ctx := context.Background()
	err := st.SetSqlQuery(sql)
	if err == nil && prepare {
		err = st.Prepare(ctx)
	}
	if err == nil && params != nil {
		err = st.Bind(ctx, params)
	}
	var r array.RecordReader
	if err == nil {
		r, _, err = st.ExecuteQuery(ctx)
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer r.Release()
	var lines []string
	for r.Next() {
		lines = append(lines, recordLines(r.RecordBatch())...)
	}
	if r.Err() != nil || fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("%s: %q, %v; want %q", sql, lines, r.Err(), want)
	}
}
