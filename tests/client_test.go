package tests

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// caller is somebody with a token and a connection of their own.
type caller struct {
	*flightsql.Client
	token string
}

// dial opens a connection that ends with the test.
func (s *server) dial(t testing.TB, token string) *caller {
	t.Helper()
	s.secret(token)
	sql, err := flightsql.NewClient(s.address, nil, nil, grpc.WithTransportCredentials(s.credentials(t)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sql.Close() })
	return &caller{Client: sql, token: token}
}

// callLimit bounds every call of these tests that does not say otherwise.
const callLimit = 90 * time.Second

// as adds the caller's credential to ctx.
func (c *caller) as(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.token)
}

// ctx is a call's: with the credential, and bounded.
func (c *caller) ctx(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	t.Cleanup(cancel)
	return c.as(ctx)
}

// read gives the rows of a statement, in their order, columns separated by "|".
func (c *caller) read(ctx context.Context, sql string) ([]string, error) {
	var rows []string
	err := c.each(ctx, sql, func(batch arrow.RecordBatch) error {
		rows = append(rows, texts(batch)...)
		return nil
	})
	return rows, err
}

// each calls do with every batch of a statement's rows.
func (c *caller) each(ctx context.Context, sql string, do func(arrow.RecordBatch) error) error {
	info, err := c.Execute(ctx, sql)
	if err != nil {
		return err
	}
	return c.fetch(ctx, info, do)
}

func (c *caller) fetch(ctx context.Context, info *arrowflight.FlightInfo, do func(arrow.RecordBatch) error) error {
	for _, endpoint := range info.Endpoint {
		reader, err := c.DoGet(ctx, endpoint.Ticket)
		if err != nil {
			return err
		}
		for err == nil && reader.Next() {
			err = do(reader.RecordBatch())
		}
		err = errors.Join(err, reader.Err())
		reader.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func texts(batch arrow.RecordBatch) []string {
	rows := make([]string, batch.NumRows())
	for i := range rows {
		values := make([]string, batch.NumCols())
		for j, column := range batch.Columns() {
			values[j] = column.ValueStr(i)
		}
		rows[i] = strings.Join(values, "|")
	}
	return rows
}

// rows is read, which must work.
func (c *caller) rows(t testing.TB, sql string) []string {
	t.Helper()
	rows, err := c.read(c.ctx(t), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// want checks the rows of a statement.
func (c *caller) want(t testing.TB, sql string, rows ...string) {
	t.Helper()
	if got := c.rows(t, sql); !slices.Equal(got, rows) {
		t.Fatalf("%s gives %q, want %q", sql, got, rows)
	}
}

// do runs a statement that gives no rows, which must work.
func (c *caller) do(t testing.TB, sql string) int64 {
	t.Helper()
	n, err := c.ExecuteUpdate(c.ctx(t), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// refused gives the status of a statement, sent as a query, that must fail.
func (c *caller) refused(t testing.TB, sql string) *status.Status {
	t.Helper()
	rows, err := c.read(c.ctx(t), sql)
	if err == nil {
		t.Fatalf("%s gives %q, want an error", sql, rows)
	}
	return statusOf(t, err)
}

// wantRefused checks the code of a statement that must fail, and parts of its text.
func (c *caller) wantRefused(t testing.TB, code codes.Code, sql string, parts ...string) {
	t.Helper()
	wantStatus(t, c.refused(t, sql), code, sql, parts...)
}

func wantStatus(t testing.TB, st *status.Status, code codes.Code, what string, parts ...string) {
	t.Helper()
	if st.Code() != code {
		t.Errorf("%s: %s: %s; want %s", what, st.Code(), st.Message(), code)
	}
	for _, part := range parts {
		if !strings.Contains(st.Message(), part) {
			t.Errorf("%s: the text is %q, want it to hold %q", what, st.Message(), part)
		}
	}
}

// statusOf finds the status in what clients wrap.
func statusOf(t testing.TB, err error) *status.Status {
	t.Helper()
	var s interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &s) {
		t.Fatalf("no gRPC status in %v", err)
	}
	return s.GRPCStatus()
}

// ingest sends batches to a table that is there.
func (c *caller) ingest(ctx context.Context, table string, batches array.RecordReader) (int64, error) {
	return c.ExecuteIngest(ctx, batches, &flightsql.ExecuteIngestOpts{
		TableDefinitionOptions: &flightsql.TableDefinitionOptions{
			IfNotExist: flightsql.TableDefinitionOptionsTableNotExistOptionFail,
			IfExists:   flightsql.TableDefinitionOptionsTableExistsOptionAppend,
		},
		Table: table,
	})
}

// batches gives n batches of rows, the same each time, and then err or the end.
// before is called before each.
func batches(n, rows int, before func(i int) error) array.RecordReader {
	batch := rowsOf(rows)
	var problem error
	reader := array.ReaderFromIter(rowSchema, func(yield func(arrow.RecordBatch, error) bool) {
		defer batch.Release()
		for i := range n {
			if before != nil {
				if problem = before(i); problem != nil {
					yield(nil, problem)
					return
				}
			}
			batch.Retain()
			if !yield(batch, nil) {
				return
			}
		}
	})
	return reader
}

// stream reads a statement's rows step by step.
type stream struct {
	*arrowflight.Reader
	cancel context.CancelFunc
}

// open starts a statement's stream; the test's end cancels it.
func (c *caller) open(t testing.TB, sql string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(c.as(t.Context()), callLimit)
	t.Cleanup(cancel)
	info, err := c.Execute(ctx, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	reader, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return &stream{Reader: reader, cancel: cancel}
}

// drain counts the rows that are left, and gives the error that ended them.
func (s *stream) drain() (int64, error) {
	var n int64
	for s.Next() {
		n += s.RecordBatch().NumRows()
	}
	err := s.Err()
	s.Release()
	s.cancel()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
