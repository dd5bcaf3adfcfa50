package flight

import (
	"bytes"
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/guard"
)

func (s *service) createPrepared(ctx context.Context, c *call, r *pb.ActionCreatePreparedStatementRequest) (*pb.ActionCreatePreparedStatementResult, error) {
	own, o, want, err := s.sessionFor(c, r.GetTransactionId())
	if err != nil {
		return nil, err
	}
	st := &statement{sql: r.GetQuery(), own: own, options: o, want: want}
	d, _, err := s.describe(ctx, c, st)
	if err != nil {
		return nil, err
	}
	h := handle{SQL: st.sql, Catalog: st.options.catalog, Schema: st.options.schema}
	if st.own != nil {
		// It runs in whatever transaction the session then has; a client that
		// prepared once goes on with it after each commit.
		h.Session, h.Transaction = st.own.id, want
	}
	sealed, err := s.give(c, preparedHandle, h, s.cfg.Limits.TicketLife)
	if err != nil {
		return nil, err
	}
	// Clients tell queries from updates by is_update or, the older ones, by
	// whether there is a schema. What has RETURNING gives rows, as a query does.
	out := &pb.ActionCreatePreparedStatementResult{PreparedStatementHandle: sealed, IsUpdate: proto.Bool(d.Schema == nil)}
	if d.Schema != nil {
		out.DatasetSchema = s.schemas.serialized(d.Schema)
	}
	if d.Parameters != nil && d.Parameters.NumFields() > 0 {
		out.ParameterSchema = arrowflight.SerializeSchema(bindable(d.Parameters), memory.DefaultAllocator)
	}
	return out, nil
}

// bindable is schema with text where the type is not known: no client can bind
// to a column of nulls.
func bindable(schema *arrow.Schema) *arrow.Schema {
	fields := schema.Fields()
	for i, f := range fields {
		if f.Type.ID() == arrow.NULL {
			fields[i].Type = arrow.BinaryTypes.String
		}
	}
	return arrow.NewSchema(fields, nil)
}

// prepared is the statement of a handle, with its parameters, which are released
// when c ends.
func (s *Server) prepared(c *call, sealed []byte) (*statement, error) {
	h, err := s.take(c, preparedHandle, sealed)
	if err != nil {
		return nil, err
	}
	return s.statementOf(c, h)
}

// statementOf is the statement that h seals.
func (s *Server) statementOf(c *call, h handle) (*statement, error) {
	st := &statement{sql: h.SQL, options: options{h.Catalog, h.Schema}}
	if h.Session != (id{}) {
		st.own = s.sessions.find(c, h.Session)
		if st.own == nil && h.Transaction != (id{}) {
			return nil, s.gone(c, h)
		}
		if st.own == nil {
			var err error
			if st.own, _, err = s.session(c); err != nil {
				return nil, err
			}
		}
	}
	var err error
	switch {
	case h.Stored != (id{}):
		if st.params = s.params.get(c, h.Stored); st.params == nil {
			return nil, errElsewhere
		}
	case len(h.Params) > 0:
		if st.params, err = readParams(h.Params); err != nil {
			return nil, err
		}
	default:
		return st, nil
	}
	c.hold(st.params.Release)
	return st, nil
}

// preparedInfo answers GetFlightInfo for a prepared statement; as statementInfo,
// it runs what is no query.
func (s *service) preparedInfo(ctx context.Context, c *call, d *arrowflight.FlightDescriptor, q *pb.CommandPreparedStatementQuery) (*arrowflight.FlightInfo, error) {
	st, err := s.prepared(c, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	desc, sc, err := s.describe(ctx, c, st)
	if err != nil {
		return nil, err
	}
	if desc.Kind != guard.Query {
		return s.ranInfo(ctx, c, d, st, sc, desc)
	}
	ticket, err := packed(q)
	if err != nil {
		return nil, err
	}
	return s.info(d, ticket, desc.Schema), nil
}

// bindPrepared keeps parameters for a prepared statement, within a new handle
// where they are few, so that any replica can go on.
func (s *service) bindPrepared(c *call, q *pb.CommandPreparedStatementQuery, up *upload) (*pb.DoPutPreparedStatementResult, error) {
	h, err := s.take(c, preparedHandle, q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	c.statement = fingerprint(h.SQL)
	params, err := up.all(s.cfg.Limits.ParameterBytes)
	if err != nil {
		return nil, err
	}
	if params == nil {
		return &pb.DoPutPreparedStatementResult{PreparedStatementHandle: q.GetPreparedStatementHandle()}, nil
	}
	defer params.Release()
	if h.Stored != (id{}) {
		s.params.drop(c.owner, h.Stored)
	}
	h.Params, h.Stored = nil, id{}
	if payloadSize(params) <= int64(s.cfg.Limits.InlineParameters) {
		if h.Params, err = writeParams(params); err != nil {
			return nil, err
		}
	} else if h.Stored, err = s.params.put(c.owner, params); err != nil {
		return nil, err
	}
	sealed, err := s.give(c, preparedHandle, h, s.cfg.Limits.TicketLife)
	if err != nil {
		return nil, err
	}
	return &pb.DoPutPreparedStatementResult{PreparedStatementHandle: sealed}, nil
}

// updatePrepared runs a prepared statement with the parameters of the upload or,
// if it has none, with those bound before.
func (s *service) updatePrepared(ctx context.Context, c *call, q *pb.CommandPreparedStatementUpdate, up *upload) (int64, error) {
	st, err := s.prepared(c, q.GetPreparedStatementHandle())
	if err != nil {
		return 0, err
	}
	params, err := up.all(s.cfg.Limits.ParameterBytes)
	if err != nil {
		return 0, err
	}
	if params != nil {
		defer params.Release()
		st.params = params
	}
	return s.update(ctx, c, st)
}

// closePrepared frees what a handle holds on this replica. One that does not
// open, or was closed before, holds nothing.
func (s *service) closePrepared(c *call, r *pb.ActionClosePreparedStatementRequest) error {
	h, err := s.take(c, preparedHandle, r.GetPreparedStatementHandle())
	if err != nil {
		return err
	}
	if h.Stored != (id{}) {
		s.params.drop(c.owner, h.Stored)
	}
	return nil
}

func payloadSize(rec arrow.RecordBatch) int64 {
	var n int64
	for _, col := range rec.Columns() {
		n += int64(col.Data().SizeInBytes())
	}
	return n
}

func writeParams(rec arrow.RecordBatch) ([]byte, error) {
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(rec.Schema()))
	if err := w.Write(rec); err != nil {
		return nil, fmt.Errorf("keep the parameters: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("keep the parameters: %w", err)
	}
	return buf.Bytes(), nil
}

func readParams(b []byte) (arrow.RecordBatch, error) {
	r, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read the parameters back: %w", err)
	}
	defer r.Release()
	rec, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("read the parameters back: %w", err)
	}
	rec.Retain()
	return rec, nil
}

// joined is one batch of all of recs' rows; it releases recs.
func joined(recs []arrow.RecordBatch) (arrow.RecordBatch, error) {
	defer func() {
		for _, r := range recs {
			r.Release()
		}
	}()
	if len(recs) == 1 {
		recs[0].Retain()
		return recs[0], nil
	}
	schema := recs[0].Schema()
	cols := make([]arrow.Array, schema.NumFields())
	defer func() {
		for _, col := range cols {
			if col != nil {
				col.Release()
			}
		}
	}()
	var rows int64
	for _, r := range recs {
		rows += r.NumRows()
	}
	for i := range cols {
		parts := make([]arrow.Array, len(recs))
		for j, r := range recs {
			parts[j] = r.Column(i)
		}
		col, err := array.Concatenate(parts, memory.DefaultAllocator)
		if err != nil {
			return nil, fmt.Errorf("join the parameters: %w", err)
		}
		cols[i] = col
	}
	return array.NewRecordBatch(schema, cols, rows), nil
}
