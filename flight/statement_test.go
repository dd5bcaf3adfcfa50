package flight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

func TestQueriesStreamWithTheSchemaThatWasPromised(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("CREATE TABLE t (id INTEGER NOT NULL, name VARCHAR, price DECIMAL(10,2))")
	if n := c.exec("INSERT INTO t VALUES (1, 'a', 1.5), (2, NULL, 2.25)"); n != 2 {
		t.Errorf("inserted %d rows, want 2", n)
	}
	wantLines(t, c.mustQuery("SELECT id, name, price FROM t ORDER BY id"), "1|a|1.5", "2|(null)|2.25")
	wantLines(t, c.mustQuery("SELECT id FROM t WHERE id > 5"))
	if got := c.mustQuery("SELECT * FROM range(100000)"); len(got) != 100_000 || got[99_999] != "99999" {
		t.Errorf("%d rows, the last %q", len(got), got[len(got)-1])
	}
}

func TestWhatChangesDataRunsOnceOnEveryPath(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER)")
	// By the query path, and nobody comes for the result.
	info, err := c.Execute(c.ctx, "INSERT INTO t VALUES (1), (2)")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "2")
	// The result can be had, again and again, and runs nothing.
	for range 2 {
		lines, err := c.read(info)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, lines, "2")
	}
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "2")
	// Its schema alone runs nothing either.
	if _, err := c.GetExecuteSchema(c.ctx, "INSERT INTO t VALUES (3)"); err != nil {
		t.Fatal(err)
	}
	// Prepared, by the query path.
	p, err := c.Prepare(c.ctx, "INSERT INTO t VALUES (4)")
	if err != nil {
		t.Fatal(err)
	}
	if info, err = p.Execute(c.ctx); err != nil {
		t.Fatal(err)
	}
	if lines, err := c.read(info); err != nil || fmt.Sprint(lines) != "[1]" {
		t.Errorf("%v, %v", lines, err)
	}
	// Prepared, by the update path.
	if n, err := p.ExecuteUpdate(c.ctx); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if err := p.Close(c.ctx); err != nil {
		t.Fatal(err)
	}
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "4")
	wantLines(t, c.mustQuery("CREATE TABLE u (i INTEGER)"))
}

func TestPreparedStatementsSayWhetherTheyAreUpdates(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER)")
	for sql, update := range map[string]bool{
		"SELECT 1": false, "INSERT INTO t VALUES (1)": true, "DELETE FROM t": true, "CREATE TABLE u (i INTEGER)": true, "BEGIN": true,
		"SELECT * FROM t WHERE i = ?": false, "DESCRIBE t": false, "SHOW TABLES": false,
		"INSERT INTO t VALUES (1) RETURNING i": false, "DELETE FROM t RETURNING *": false, "UPDATE t SET i = ? RETURNING i": false,
	} {
		body, err := packed(&pb.ActionCreatePreparedStatementRequest{Query: sql})
		if err != nil {
			t.Fatal(err)
		}
		r := &pb.ActionCreatePreparedStatementResult{}
		if err := c.action("CreatePreparedStatement", body, r); err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if r.IsUpdate == nil || *r.IsUpdate != update || (len(r.DatasetSchema) == 0) != update {
			t.Errorf("%s: is_update %v with a schema of %d bytes, want %v", sql, r.IsUpdate, len(r.DatasetSchema), update)
		}
	}
}

// action calls a Flight SQL action and reads its answer into out.
func (c *client) action(name string, body []byte, out proto.Message) error {
	stream, err := c.Client.Client.DoAction(c.ctx, &arrowflight.Action{Type: name, Body: body})
	if err != nil {
		return err
	}
	r, err := stream.Recv()
	if err != nil {
		return err
	}
	m, err := command(r.Body)
	if err != nil {
		return err
	}
	proto.Merge(out, m)
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after the answer: %w", err)
	}
	return nil
}

func ints(values ...int64) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "p", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil))
	defer b.Release()
	b.Field(0).(*array.Int64Builder).AppendValues(values, nil)
	return b.NewRecordBatch()
}

func TestParametersAreBoundForOneAndManyRows(t *testing.T) {
	for name, inline := range map[string]int{"inside the handle": 0, "kept on the server": 1} {
		t.Run(name, func(t *testing.T) {
			c := startServer(t, func(cfg *Config) { cfg.Limits.InlineParameters = inline }).dial(t, writer1)
			c.exec("CREATE TABLE t (i BIGINT)")
			insert, err := c.Prepare(c.ctx, "INSERT INTO t VALUES (?)")
			if err != nil {
				t.Fatal(err)
			}
			rows := ints(1, 2, 3, 4, 5)
			defer rows.Release()
			insert.SetParameters(rows)
			if n, err := insert.ExecuteUpdate(c.ctx); err != nil || n != 5 {
				t.Fatalf("%d, %v", n, err)
			}
			find, err := c.Prepare(c.ctx, "SELECT i, i * 10 FROM t WHERE i = ?")
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []int64{3, 5} {
				one := ints(want)
				find.SetParameters(one)
				one.Release()
				info, err := find.Execute(c.ctx)
				if err != nil {
					t.Fatal(err)
				}
				lines, err := c.read(info)
				if err != nil {
					t.Fatal(err)
				}
				wantLines(t, lines, fmt.Sprintf("%d|%d", want, want*10))
			}
			many := ints(4, 1)
			find.SetParameters(many)
			many.Release()
			info, err := find.Execute(c.ctx)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := c.read(info)
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, lines, "4|40", "1|10")
			for _, p := range []*flightsql.PreparedStatement{insert, find} {
				if err := p.Close(c.ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestABindWithoutRowsEchoesTheHandle(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	p, err := c.Prepare(c.ctx, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := packed(&pb.CommandPreparedStatementQuery{PreparedStatementHandle: p.Handle()})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.Client.Client.DoPut(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&arrowflight.FlightData{FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: cmd}}); err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	r, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var result pb.DoPutPreparedStatementResult
	if err := proto.Unmarshal(r.AppMetadata, &result); err != nil {
		t.Fatal(err)
	}
	if string(result.PreparedStatementHandle) != string(p.Handle()) {
		t.Error("the handle changed although nothing was bound")
	}
}

func TestMistakesInStatementsHaveTheirCodes(t *testing.T) {
	srv := startServer(t)
	c, reader := srv.dial(t, writer1), srv.dial(t, reader1)
	c.exec("CREATE TABLE t (i INTEGER NOT NULL)")
	c.exec("INSERT INTO t SELECT * FROM range(10)")
	_, err := c.query("SELEC 1")
	wantCode(t, err, codes.InvalidArgument, "position")
	_, err = c.query("SELECT * FROM nonesuch")
	wantCode(t, err, codes.NotFound, "nonesuch")
	_, err = c.query("SELECT 'x'::INTEGER + i FROM t")
	wantCode(t, err, codes.InvalidArgument, "")
	_, err = c.query("CREATE TABLE t (i INTEGER)")
	wantCode(t, err, codes.AlreadyExists, "")
	_, err = reader.query("INSERT INTO t VALUES (1)")
	wantCode(t, err, codes.PermissionDenied, "")
	_, err = c.query("SELECT 1; SELECT 2")
	wantCode(t, err, codes.InvalidArgument, "")
	_, err = c.query("")
	wantCode(t, err, codes.InvalidArgument, "")
	_, err = c.query("COMMIT")
	wantCode(t, err, codes.FailedPrecondition, "transaction")
}

func TestAnErrorInTheMiddleComesAfterTheRowsBeforeIt(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	lines, err := c.query("SELECT (CASE WHEN i = 3000000 THEN 'x' ELSE '1' END)::INTEGER AS n, repeat('x', 20) AS pad FROM range(3000001) t(i)")
	wantCode(t, err, codes.InvalidArgument, "")
	if len(lines) < 1_000_000 {
		t.Errorf("%d rows before the error", len(lines))
	}
}

func TestACallIsOneLogLineWithoutTokensOrStatements(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	c.mustQuery("SELECT 'a secret value' AS s")
	srv.stop()
	text := srv.log.String()
	var calls []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "msg=call") {
			calls = append(calls, line)
		}
	}
	if len(calls) != 2 {
		t.Fatalf("%d lines for two calls:\n%s", len(calls), text)
	}
	for _, want := range []string{
		"method=/arrow.flight.protocol.FlightService/DoGet", "code=OK", "principal=writer", "provider=test", "rows=1", "bytes=", "peer=127.0.0.1:", "duration=",
		"statement=" + fingerprint("select 'x' as s"),
	} {
		if !strings.Contains(calls[1], want) {
			t.Errorf("no %s in %s", want, calls[1])
		}
	}
	if strings.Contains(text, writer1) || strings.Contains(text, "secret value") {
		t.Errorf("the log says too much:\n%s", text)
	}
}

func TestACancelledResultEndsAndIsNotBegunAgain(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	info, err := c.Execute(c.ctx, "SELECT i, repeat('x', 100) AS s FROM range(100000000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(c.ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal(r.Err())
	}
	res, err := c.CancelFlightInfo(c.ctx, &arrowflight.CancelFlightInfoRequest{Info: info})
	if err != nil || res.Status != arrowflight.CancelStatusCancelled {
		t.Fatalf("%v, %v", res.GetStatus(), err)
	}
	for r.Next() {
	}
	wantCode(t, r.Err(), codes.Canceled, "")
	_, err = c.read(info)
	wantCode(t, err, codes.Canceled, "cancelled")
}

func TestAClientThatGoesAwayEndsItsStatement(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	ctx, cancel := context.WithCancel(c.ctx)
	info, err := c.Execute(ctx, "SELECT i, repeat('x', 100) AS s FROM range(100000000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	cancel()
	for r.Next() {
	}
	r.Release()
	srv.stop() // waits for handlers; the test's time limit is the check
	if n := srv.cfg.Engine.Status(context.Background()).Running; n != 0 {
		t.Errorf("%d statements still run", n)
	}
}

func TestPollGivesTheWholeAnswerAtOnce(t *testing.T) {
	c := startServer(t).dial(t, reader1)
	p, err := c.ExecutePoll(c.ctx, "SELECT 42", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.GetFlightDescriptor() != nil || p.GetProgress() != 1 {
		t.Errorf("not complete: %v", p)
	}
	lines, err := c.read(p.GetInfo())
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, lines, "42")
}

func TestEndpointsNameNoLocationAndNoExpiry(t *testing.T) {
	c := startServer(t).dial(t, reader1)
	info, err := c.Execute(c.ctx, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Endpoint) != 1 || len(info.Endpoint[0].Location) != 0 || info.Endpoint[0].ExpirationTime != nil {
		t.Errorf("endpoints: %v", info.Endpoint)
	}
}

func TestUnknownParametersAreAnnouncedAsText(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("CREATE TABLE t (i BIGINT, s VARCHAR)")
	p, err := c.Prepare(c.ctx, "SELECT ?, i FROM t WHERE i = ?")
	if err != nil {
		t.Fatal(err)
	}
	schema := p.ParameterSchema()
	if schema == nil || schema.NumFields() != 2 || schema.Field(0).Type.ID() != arrow.STRING {
		t.Errorf("parameters: %v", schema)
	}
}
