package tests

import (
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// twins are two servers over one lake, with one ticket key.
func twins(t *testing.T) (lake, *server, *server) {
	t.Helper()
	l := newLake(t, shared(t))
	key := base64.StdEncoding.EncodeToString([]byte("a ticket key of exactly 32 bytes"))
	more := fmt.Sprintf("ticket_key: [%q]\nmetadata_max_age: 500ms\n", key)
	return l, l.start(t, more, hiding(key)), l.start(t, more, hiding(key))
}

func TestWhatOneReplicaPreparedTheOtherExecutes(t *testing.T) {
	t.Parallel()
	l, first, second := twins(t)
	writer := token(t, l.peers.issuer, "wanda")
	a, b := first.dial(t, writer), second.dial(t, writer)
	a.do(t, "CREATE TABLE t AS SELECT range AS x FROM range(100)")

	info, err := a.Execute(a.ctx(t), "SELECT sum(x) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	keep := func(batch arrow.RecordBatch) error {
		rows = append(rows, texts(batch)...)
		return nil
	}
	if err := b.fetch(b.ctx(t), info, keep); err != nil || len(rows) != 1 || rows[0] != "4950" {
		t.Errorf("a ticket of the other: %q, %v", rows, err)
	}

	prepared, err := a.Prepare(a.ctx(t), "SELECT x FROM t WHERE x = ?")
	if err != nil {
		t.Fatal(err)
	}
	bound := rowsOf(8).NewSlice(7, 8) // id 7
	defer bound.Release()
	one := array.NewRecordBatch(arrow.NewSchema(rowSchema.Fields()[:1], nil), bound.Columns()[:1], 1)
	defer one.Release()
	prepared.SetParameters(one)
	info, err = prepared.Execute(a.ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	rows = nil
	if err := b.fetch(b.ctx(t), info, keep); err != nil || len(rows) != 1 || rows[0] != "7" {
		t.Errorf("bound at one, fetched at the other: %q, %v", rows, err)
	}

	// The handle itself, too.
	if elsewhere, err := b.LoadPreparedStatementFromResult(&flightsql.CreatePreparedStatementResult{PreparedStatementHandle: prepared.Handle()}); err != nil {
		t.Error(err)
	} else {
		elsewhere.SetParameters(one)
		if info, err = elsewhere.Execute(b.ctx(t)); err != nil {
			t.Errorf("prepared at one, executed at the other: %v", err)
		} else {
			rows = nil
			if err := b.fetch(b.ctx(t), info, keep); err != nil || len(rows) != 1 || rows[0] != "7" {
				t.Errorf("prepared at one, executed at the other: %q, %v", rows, err)
			}
		}
		elsewhere.SetParameters(nil)
	}
	prepared.SetParameters(nil)
	if err := prepared.Close(a.ctx(t)); err != nil {
		t.Error(err)
	}
}

func TestATransactionOfOneReplicaIsAClearErrorAtTheOther(t *testing.T) {
	t.Parallel()
	l, first, second := twins(t)
	writer := token(t, l.peers.issuer, "wanda")
	a, b := first.dial(t, writer), second.dial(t, writer)
	txn, err := a.BeginTransaction(a.ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	defer txn.Rollback(a.ctx(t)) //nolint:errcheck // the server goes
	command, err := anypb.New(&pb.CommandStatementQuery{Query: "SELECT 1", TransactionId: txn.ID()})
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := proto.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	descriptor := &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: cmd}
	if _, err := b.Client.Client.GetFlightInfo(b.ctx(t), descriptor); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("another replica's transaction: %v", err)
	}
	if _, err := a.Client.Client.GetFlightInfo(a.ctx(t), descriptor); err != nil {
		t.Errorf("one's own transaction: %v", err)
	}
}

func TestWhatOneReplicaChangesTheOtherSeesWithinItsTime(t *testing.T) {
	t.Parallel()
	l, first, second := twins(t)
	writer := token(t, l.peers.issuer, "wanda")
	a, b := first.dial(t, writer), second.dial(t, writer)
	b.wantRefused(t, codes.NotFound, "SELECT * FROM fresh")
	a.do(t, "CREATE TABLE fresh AS SELECT 1 AS x")
	a.want(t, "SELECT * FROM fresh", "1") // one's own at once
	seen := func(what string, ok func() bool) {
		t.Helper()
		began := time.Now()
		eventually(t, 10*time.Second, what, ok)
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s took %s with metadata_max_age 500ms", what, took)
		}
	}
	seen("a new table", func() bool { _, err := b.read(b.ctx(t), "SELECT * FROM fresh"); return err == nil })
	b.want(t, "SELECT * FROM fresh", "1")
	a.do(t, "INSERT INTO fresh VALUES (2)")
	b.want(t, "SELECT sum(x) FROM fresh", "3") // rows are seen at once
	a.do(t, "ALTER TABLE fresh ADD COLUMN y INTEGER")
	seen("a new column", func() bool { _, err := b.read(b.ctx(t), "SELECT y FROM fresh"); return err == nil })
	a.do(t, "ALTER TABLE fresh RENAME COLUMN y TO z")
	seen("a renamed column", func() bool {
		_, err := b.read(b.ctx(t), "SELECT z FROM fresh")
		_, old := b.read(b.ctx(t), "SELECT y FROM fresh")
		return err == nil && old != nil
	})
	b.do(t, "CREATE SCHEMA other")
	b.do(t, "CREATE TABLE other.t AS SELECT 5 AS v")
	seen("a new schema", func() bool { _, err := a.read(a.ctx(t), "SELECT v FROM other.t"); return err == nil })
	a.do(t, "DROP TABLE fresh")
	seen("a dropped table", func() bool {
		_, err := b.read(b.ctx(t), "SELECT * FROM fresh")
		return err != nil && statusOf(t, err).Code() == codes.NotFound
	})
}

func TestWritersOnBothReplicasLoseNoRow(t *testing.T) {
	t.Parallel()
	l, first, second := twins(t)
	writer := token(t, l.peers.issuer, "wanda")
	first.dial(t, writer).do(t, "CREATE TABLE counted (who INTEGER, n INTEGER)")
	eventually(t, 10*time.Second, "both see the table", func() bool {
		c := second.dial(t, writer)
		_, err := c.read(c.ctx(t), "SELECT * FROM counted")
		return err == nil
	})
	const each = 10
	var waiting sync.WaitGroup
	for who, s := range []*server{first, second, first, second} {
		c := s.dial(t, writer)
		ctx := c.ctx(t)
		waiting.Go(func() {
			for n := 0; n < each; {
				_, err := c.ExecuteUpdate(ctx, fmt.Sprintf("INSERT INTO counted VALUES (%d, %d)", who, n))
				switch status.Code(err) {
				case codes.OK:
					n++
				case codes.Aborted: // another was first
				default:
					t.Errorf("writer %d, row %d: %v", who, n, err)
					return
				}
			}
		})
	}
	waiting.Wait()
	for _, s := range []*server{first, second} {
		s.dial(t, writer).want(t, "SELECT who, count(*), count(DISTINCT n), max(n) FROM counted GROUP BY who ORDER BY who",
			"0|10|10|9", "1|10|10|9", "2|10|10|9", "3|10|10|9")
	}
}
