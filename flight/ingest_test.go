package flight

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	ifNoneCreate = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_CREATE
	ifNoneFail   = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_FAIL
	ifSomeFail   = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_FAIL
	ifSomeAppend = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_APPEND
	ifSomeRepl   = pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_REPLACE
)

// ingest sends recs to table; change may alter the command.
func (c *client) ingest(table string, none pb.CommandStatementIngest_TableDefinitionOptions_TableNotExistOption,
	some pb.CommandStatementIngest_TableDefinitionOptions_TableExistsOption, rec arrow.RecordBatch, change ...func(*flightsql.ExecuteIngestOpts),
) (int64, error) {
	c.t.Helper()
	r, err := array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Release()
	opts := &flightsql.ExecuteIngestOpts{Table: table, TableDefinitionOptions: &flightsql.TableDefinitionOptions{IfNotExist: none, IfExists: some}}
	for _, f := range change {
		f(opts)
	}
	return c.ExecuteIngest(c.ctx, r, opts)
}

func TestIngestHasItsFourModes(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	rec := ints(1, 2, 3)
	defer rec.Release()
	count := func(want string) {
		t.Helper()
		wantLines(t, c.mustQuery("SELECT count(*) FROM t"), want)
	}
	_, err := c.ingest("t", ifNoneFail, ifSomeAppend, rec)
	wantCode(t, err, codes.NotFound, "")
	for _, step := range []struct {
		none pb.CommandStatementIngest_TableDefinitionOptions_TableNotExistOption
		some pb.CommandStatementIngest_TableDefinitionOptions_TableExistsOption
		want string
	}{
		{ifNoneCreate, ifSomeFail, "3"},
		{ifNoneFail, ifSomeAppend, "6"},
		{ifNoneCreate, ifSomeAppend, "9"},
		{ifNoneCreate, ifSomeRepl, "3"},
	} {
		if n, err := c.ingest("t", step.none, step.some, rec); err != nil || n != 3 {
			t.Fatalf("%v, %v: %d, %v", step.none, step.some, n, err)
		}
		count(step.want)
	}
	_, err = c.ingest("t", ifNoneCreate, ifSomeFail, rec)
	wantCode(t, err, codes.AlreadyExists, "")
	_, err = c.ingest("t", 0, 0, rec)
	wantCode(t, err, codes.InvalidArgument, "options")
	count("3")
}

func TestIngestErrorsHaveTheirCodes(t *testing.T) {
	srv := startServer(t)
	c, reader := srv.dial(t, writer1), srv.dial(t, reader1)
	c.exec("CREATE TABLE t (p BIGINT, other VARCHAR)")
	rec := ints(1)
	defer rec.Release()
	_, err := reader.ingest("t", ifNoneFail, ifSomeAppend, rec)
	wantCode(t, err, codes.PermissionDenied, "")
	_, err = reader.ingest("fresh", ifNoneCreate, ifSomeAppend, rec)
	wantCode(t, err, codes.PermissionDenied, "")
	schema := arrow.NewSchema([]arrow.Field{{Name: "nonesuch", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append("x")
	wrong := b.NewRecordBatch()
	defer wrong.Release()
	_, err = c.ingest("t", ifNoneFail, ifSomeAppend, wrong)
	wantCode(t, err, codes.InvalidArgument, "")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
}

func TestAnIngestJoinsTheSessionsTransaction(t *testing.T) {
	srv := startServer(t)
	c, other := srv.dial(t, writer1), srv.dial(t, writer2)
	rec := ints(1, 2)
	defer rec.Release()
	tx, err := c.BeginTransaction(c.ctx)
	if err != nil {
		t.Fatal(err)
	}
	// It names no transaction, as ADBC's does not.
	if n, err := c.ingest("t", ifNoneCreate, ifSomeAppend, rec); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	_, err = other.query("SELECT count(*) FROM t")
	wantCode(t, err, codes.NotFound, "")
	if err := tx.Rollback(c.ctx); err != nil {
		t.Fatal(err)
	}
	_, err = c.query("SELECT count(*) FROM t")
	wantCode(t, err, codes.NotFound, "")
}

func TestTemporaryIngestsAreTheSessionsOwn(t *testing.T) {
	srv := startServer(t)
	c, other := srv.dial(t, writer1), srv.dial(t, writer1)
	rec := ints(1, 2)
	defer rec.Release()
	temporary := func(o *flightsql.ExecuteIngestOpts) { o.Temporary = true }
	for _, mode := range []pb.CommandStatementIngest_TableDefinitionOptions_TableExistsOption{ifSomeFail, ifSomeAppend} {
		if n, err := c.ingest("mine", ifNoneCreate, mode, rec, temporary); err != nil || n != 2 {
			t.Fatalf("%d, %v", n, err)
		}
	}
	_, err := c.ingest("mine", ifNoneCreate, ifSomeFail, rec, temporary)
	wantCode(t, err, codes.AlreadyExists, "")
	wantLines(t, c.mustQuery("SELECT count(*) FROM mine"), "4")
	_, err = other.query("SELECT count(*) FROM mine")
	wantCode(t, err, codes.NotFound, "")
}

func TestReadersIngestNothing(t *testing.T) {
	srv := startServer(t)
	srv.dial(t, writer1).exec("CREATE TABLE t (i BIGINT)")
	c := srv.dial(t, reader1)
	rec := ints(1)
	defer rec.Release()
	replace := pb.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_REPLACE
	for _, change := range []func(o *flightsql.ExecuteIngestOpts){
		func(*flightsql.ExecuteIngestOpts) {},
		func(o *flightsql.ExecuteIngestOpts) { o.TableDefinitionOptions.IfExists = replace },
		func(o *flightsql.ExecuteIngestOpts) { o.Table = "fresh" },
		func(o *flightsql.ExecuteIngestOpts) { o.Temporary = true },
	} {
		_, err := c.ingest("t", ifNoneCreate, ifSomeAppend, rec, change)
		wantCode(t, err, codes.PermissionDenied, "permission denied")
	}
}

func TestAnIngestWithoutRowsMakesItsTable(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	rec := ints()
	defer rec.Release()
	if n, err := c.ingest("t", ifNoneCreate, ifSomeFail, rec); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
}

func TestAClientThatGoesAwayInAnIngestLeavesNothing(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	c.exec("CREATE TABLE t (p BIGINT)")
	raw := srv.dial(t, writer1)
	cmd, err := packed(&pb.CommandStatementIngest{Table: "t", TableDefinitionOptions: &pb.CommandStatementIngest_TableDefinitionOptions{
		IfNotExist: ifNoneFail, IfExists: ifSomeAppend,
	}})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := raw.Client.Client.DoPut(raw.ctx)
	if err != nil {
		t.Fatal(err)
	}
	rec := ints(make([]int64, 100_000)...)
	defer rec.Release()
	w := arrowflight.NewRecordWriter(stream, ipc.WithSchema(rec.Schema()))
	w.SetFlightDescriptor(&arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: cmd})
	for range 5 {
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the ingest ends", func() bool { return strings.Contains(srv.log.String(), "command=CommandStatementIngest") })
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
}

func FuzzTheFirstMessageOfADoPutNeverHarmsTheServer(f *testing.F) {
	srv := startServer(f)
	c := srv.dial(f, writer1)
	good, err := packed(&pb.CommandStatementIngest{Table: "fuzzed"})
	if err != nil {
		f.Fatal(err)
	}
	update, err := packed(&pb.CommandPreparedStatementUpdate{PreparedStatementHandle: []byte("x")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, []byte{}, []byte{}, true)
	f.Add(good, []byte("header"), []byte("body"), true)
	f.Add(update, []byte{0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0}, []byte{}, true)
	f.Add([]byte("garbage"), []byte{}, []byte{}, false)
	f.Fuzz(func(t *testing.T, cmd, header, body []byte, described bool) {
		stream, err := c.Client.Client.DoPut(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		m := &arrowflight.FlightData{DataHeader: header, DataBody: body}
		if described {
			m.FlightDescriptor = &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: cmd}
		}
		_ = stream.Send(m)
		_ = stream.CloseSend()
		for err == nil {
			_, err = stream.Recv()
		}
		if code := status.Code(err); code == codes.Internal || code == codes.Unknown || code == codes.Unavailable {
			t.Errorf("%v", err)
		}
	})
}

func FuzzCommandsNeverHarmTheServer(f *testing.F) {
	srv := startServer(f)
	c := srv.dial(f, reader1)
	for _, m := range []proto.Message{
		&pb.CommandStatementQuery{Query: "SELECT 1"}, &pb.CommandGetTables{IncludeSchema: true}, &pb.CommandGetSqlInfo{Info: []uint32{8}},
		&pb.TicketStatementQuery{StatementHandle: []byte("x")}, &pb.CommandPreparedStatementQuery{PreparedStatementHandle: []byte("x")},
	} {
		b, err := packed(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, cmd []byte) {
		_, err := c.Client.Client.GetFlightInfo(c.ctx, &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: cmd})
		if code := status.Code(err); code == codes.Internal || code == codes.Unknown || code == codes.Unavailable {
			t.Errorf("GetFlightInfo: %v", err)
		}
		r, err := c.DoGet(c.ctx, &arrowflight.Ticket{Ticket: cmd})
		if err == nil {
			for r.Next() {
			}
			err = r.Err()
			r.Release()
		}
		if code := status.Code(err); code == codes.Internal || code == codes.Unavailable {
			t.Errorf("DoGet: %v", err)
		}
	})
}

func TestLargeUploadsAreTaken(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	rec := ints(make([]int64, 2_000_000)...) // 16 MB in one message
	defer rec.Release()
	if n, err := c.ingest("t", ifNoneCreate, ifSomeFail, rec); err != nil || n != 2_000_000 {
		t.Errorf("%d, %v", n, err)
	}
}
