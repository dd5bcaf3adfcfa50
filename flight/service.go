package flight

import (
	"bytes"
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// service is the Flight service. It answers every method itself; the embedded
// base is there only so that methods of later protocols are UNIMPLEMENTED.
type service struct {
	arrowflight.BaseFlightServer
	*Server
}

// command reads what a descriptor or a ticket says.
func command(b []byte) (proto.Message, error) {
	var a anypb.Any
	if len(b) == 0 {
		return nil, requestf("there is no command")
	}
	if err := proto.Unmarshal(b, &a); err != nil {
		return nil, requestf("the command is no google.protobuf.Any with a Flight SQL command")
	}
	m, err := a.UnmarshalNew()
	if err != nil {
		return nil, requestf("the command is none of Flight SQL's")
	}
	return m, nil
}

func (s *service) descriptor(c *call, d *arrowflight.FlightDescriptor) (proto.Message, error) {
	if d.GetType() != arrowflight.DescriptorCMD {
		return nil, requestf("the descriptor is no command; Flight SQL has no paths")
	}
	m, err := command(d.GetCmd())
	if err == nil {
		c.command = string(m.ProtoReflect().Descriptor().Name())
	}
	return m, err
}

// GetFlightInfo prepares a query, runs any other statement, or describes a
// metadata command.
func (s *service) GetFlightInfo(ctx context.Context, d *arrowflight.FlightDescriptor) (*arrowflight.FlightInfo, error) {
	c := callOf(ctx)
	if d.GetType() == arrowflight.DescriptorPATH && !s.cfg.Airport.Off {
		return s.airportInfo(ctx, c, d)
	}
	m, err := s.descriptor(c, d)
	if err != nil {
		return nil, err
	}
	switch q := m.(type) {
	case *pb.CommandStatementQuery:
		return s.statementInfo(ctx, c, d, q)
	case *pb.CommandPreparedStatementQuery:
		return s.preparedInfo(ctx, c, d, q)
	case *pb.CommandStatementSubstraitPlan:
		return nil, errSubstrait
	}
	schema, ok := metadataSchema(m)
	if !ok {
		return nil, requestf("%s cannot be asked for with GetFlightInfo", c.command)
	}
	return s.info(d, d.GetCmd(), schema), nil
}

var errSubstrait = unsupported("Substrait plans; send SQL")

// PollFlightInfo is GetFlightInfo, whose answer is always complete.
func (s *service) PollFlightInfo(ctx context.Context, d *arrowflight.FlightDescriptor) (*arrowflight.PollInfo, error) {
	info, err := s.GetFlightInfo(ctx, d)
	if err != nil {
		return nil, err
	}
	return &arrowflight.PollInfo{Info: info, Progress: proto.Float64(1)}, nil
}

// GetSchema runs nothing.
func (s *service) GetSchema(ctx context.Context, d *arrowflight.FlightDescriptor) (*arrowflight.SchemaResult, error) {
	c := callOf(ctx)
	m, err := s.descriptor(c, d)
	if err != nil {
		return nil, err
	}
	var st *statement
	switch q := m.(type) {
	case *pb.CommandStatementQuery:
		own, o, want, err := s.sessionFor(c, q.GetTransactionId())
		if err != nil {
			return nil, err
		}
		st = &statement{sql: q.GetQuery(), own: own, options: o, want: want}
	case *pb.CommandPreparedStatementQuery:
		if st, err = s.prepared(c, q.GetPreparedStatementHandle()); err != nil {
			return nil, err
		}
	case *pb.CommandStatementSubstraitPlan:
		return nil, errSubstrait
	default:
		schema, ok := metadataSchema(m)
		if !ok {
			return nil, requestf("%s has no schema", c.command)
		}
		return &arrowflight.SchemaResult{Schema: s.schemas.serialized(schema)}, nil
	}
	desc, _, err := s.describe(ctx, c, st)
	if err != nil {
		return nil, err
	}
	schema := desc.Schema
	if schema == nil {
		schema = countSchema
	}
	return &arrowflight.SchemaResult{Schema: s.schemas.serialized(schema)}, nil
}

// DoGet streams what a ticket stands for.
func (s *service) DoGet(t *arrowflight.Ticket, stream arrowflight.FlightService_DoGetServer) error {
	ctx := stream.Context()
	c := callOf(ctx)
	if sealed, ok := bytes.CutPrefix(t.GetTicket(), airportTicket); ok && !s.cfg.Airport.Off {
		return s.airportGet(ctx, c, sealed, stream)
	}
	m, err := command(t.GetTicket())
	if err != nil {
		return err
	}
	c.command = string(m.ProtoReflect().Descriptor().Name())
	key := keyOf(t.GetTicket())
	done, err := s.running.start(c, key)
	if err != nil {
		return err
	}
	defer done()
	out := &writer{stream: stream, call: c, schemas: s.schemas}
	switch q := m.(type) {
	case *pb.TicketStatementQuery:
		err = s.getStatement(ctx, c, q, out)
	case *pb.CommandPreparedStatementQuery:
		err = s.getPrepared(ctx, c, q, out)
	case *pb.CommandStatementSubstraitPlan:
		err = errSubstrait
	default:
		var rec arrow.RecordBatch
		if rec, err = s.metadata(ctx, c, m); err == nil {
			defer rec.Release()
			if err = s.auditRead(ctx, c, rec.NumRows()); err == nil {
				err = out.writeAll(rec)
			}
		}
	}
	if cause := context.Cause(ctx); err != nil && cause == errCancelled { //nolint:errorlint // the very value that cancel was given
		return errCancelled
	}
	return err
}

func (s *service) getStatement(ctx context.Context, c *call, q *pb.TicketStatementQuery, out *writer) error {
	h, err := s.take(c, statementTicket, q.GetStatementHandle())
	if err != nil {
		return err
	}
	if h.Ran != notRun {
		return s.getRan(c, h, out)
	}
	st := &statement{sql: h.SQL, options: options{h.Catalog, h.Schema}, want: h.Transaction}
	if h.Session != (id{}) {
		if st.own, _, err = s.resume(c, h); err != nil {
			return err
		}
	}
	return s.send(ctx, c, st, out)
}

func (s *service) getPrepared(ctx context.Context, c *call, q *pb.CommandPreparedStatementQuery, out *writer) error {
	st, err := s.prepared(c, q.GetPreparedStatementHandle())
	if err != nil {
		return err
	}
	return s.send(ctx, c, st, out)
}

// send streams the rows of a query.
func (s *Server) send(ctx context.Context, c *call, st *statement, out *writer) error {
	return s.query(ctx, c, st, out.start, out.write)
}
