package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"

	"github.com/lakegate/lakegate/auth"
)

// batch is some rows of a result.
type batch = arrow.RecordBatch

// client is a connection to a server, under one token.
type client struct{ sql *flightsql.Client }

// bearer puts a token on every call.
type bearer struct {
	token  auth.Secret
	secure bool
}

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b.token)}, nil
}

func (b bearer) RequireTransportSecurity() bool { return b.secure }

// dial connects lazily: an unreachable server shows at the first call. The
// caller must close the client.
func dial(t *target) (*client, error) {
	if t.token == "" {
		return nil, coded(exitUsage, errors.New("no token; give --token-file, LAKEGATE_TOKEN or, for a development server, --dev reader"))
	}
	transport, err := t.transport()
	if err != nil {
		return nil, err
	}
	sql, err := flightsql.NewClient("passthrough:///"+t.address, nil, []arrowflight.ClientMiddleware{arrowflight.NewClientCookieMiddleware()},
		transport,
		grpc.WithPerRPCCredentials(bearer{t.secret(), t.tls}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30)),
	)
	if err != nil {
		return nil, coded(exitUsage, fmt.Errorf("address %s: %w", t.address, err))
	}
	return &client{sql}, nil
}

func (c *client) close() { _ = c.sql.Close() } // nothing is pending any more

// statement is a prepared one.
type statement struct {
	c        *client
	prepared *flightsql.PreparedStatement
}

// prepare sends sql and binds its parameters, given as texts. The caller must
// close the statement.
func (c *client) prepare(ctx context.Context, sql string, params []string) (*statement, error) {
	prepared, err := c.sql.Prepare(ctx, sql)
	if err != nil {
		return nil, err
	}
	st := &statement{c, prepared}
	if err := st.bind(params); err != nil {
		st.close(ctx)
		return nil, err
	}
	return st, nil
}

func (s *statement) bind(params []string) error {
	want := 0
	schema := s.prepared.ParameterSchema()
	if schema != nil {
		want = schema.NumFields()
	}
	if want != len(params) {
		return coded(exitUsage, fmt.Errorf("the statement has %d parameters, and %d are given with --param", want, len(params)))
	}
	if want == 0 {
		return nil
	}
	row, err := parameterRow(memory.DefaultAllocator, schema, params)
	if err != nil {
		return err
	}
	defer row.Release()
	s.prepared.SetParameters(row)
	return nil
}

// rows reports whether the statement gives rows, rather than a count.
func (s *statement) rows() bool {
	if update, known := s.prepared.IsUpdate(); known {
		return !update
	}
	schema := s.prepared.DatasetSchema()
	return schema != nil && schema.NumFields() > 0
}

// schema is that of the rows.
func (s *statement) schema() *arrow.Schema { return s.prepared.DatasetSchema() }

// each runs the statement and gives its batches to f, which must not keep them.
// Ending ctx ends the statement on the server.
func (s *statement) each(ctx context.Context, f func(batch) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the stream on the server where f wanted no more of it
	info, err := s.prepared.Execute(ctx)
	if err != nil {
		return err
	}
	for _, endpoint := range info.GetEndpoint() {
		if err := s.read(ctx, endpoint.GetTicket(), f); err != nil {
			return err
		}
	}
	return nil
}

func (s *statement) read(ctx context.Context, ticket *arrowflight.Ticket, f func(batch) error) error {
	reader, err := s.c.sql.DoGet(ctx, ticket)
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		if err := f(reader.RecordBatch()); err != nil {
			return err
		}
	}
	return reader.Err()
}

// update runs the statement for its effect and gives the number of rows changed.
func (s *statement) update(ctx context.Context) (int64, error) { return s.prepared.ExecuteUpdate(ctx) }

// close frees the statement on the server; where ctx has ended the server finds
// out by itself.
func (s *statement) close(ctx context.Context) { _ = s.prepared.Close(ctx) }
