package main

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/bench/duck"
)

// first hands out a message that was read already before those that follow.
type first struct {
	arrowflight.FlightService_DoPutServer
	held *arrowflight.FlightData
}

func (f *first) Recv() (*arrowflight.FlightData, error) {
	if d := f.held; d != nil {
		f.held = nil
		return d, nil
	}
	return f.FlightService_DoPutServer.Recv()
}

// DoPut binds a key, runs an update, or takes rows in.
func (s *server) DoPut(in arrowflight.FlightService_DoPutServer) error {
	head, err := in.Recv()
	if err != nil {
		return err
	}
	m, err := command(head.GetFlightDescriptor().GetCmd())
	if err != nil {
		return err
	}
	stream := &first{FlightService_DoPutServer: in, held: head}
	var answer proto.Message
	switch q := m.(type) {
	case *pb.CommandPreparedStatementQuery:
		answer, err = bind(stream, q)
	case *pb.CommandStatementUpdate:
		answer, err = s.update(func(c *duck.Conn) (int64, error) { return c.Update(q.Query) })
	case *pb.CommandStatementIngest:
		answer, err = s.ingest(stream, q)
	default:
		err = status.Errorf(codes.Unimplemented, "%T", m)
	}
	if err != nil {
		return err
	}
	meta, err := proto.Marshal(answer)
	if err != nil {
		return err
	}
	return in.Send(&arrowflight.PutResult{AppMetadata: meta})
}

// bind puts the key into the handle, so that nothing has to be remembered.
func bind(in *first, q *pb.CommandPreparedStatementQuery) (proto.Message, error) {
	rows, err := arrowflight.NewRecordReader(in)
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	if !rows.Next() {
		return nil, errors.Join(status.Error(codes.InvalidArgument, "no parameters"), rows.Err())
	}
	keys, ok := rows.RecordBatch().Column(0).(*array.Int64)
	if !ok || keys.Len() != 1 {
		return nil, status.Error(codes.InvalidArgument, "one key of type int64 is wanted")
	}
	sql, _, err := parseTicket(q.PreparedStatementHandle)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	handle := ticketOf(sql, keys.Value(0))
	for err == nil {
		_, err = in.Recv()
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return &pb.DoPutPreparedStatementResult{PreparedStatementHandle: handle}, nil
}

func (s *server) update(run func(c *duck.Conn) (int64, error)) (proto.Message, error) {
	c, err := s.conn()
	if err != nil {
		return nil, err
	}
	defer s.release(c)
	n, err := run(c)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return &pb.DoPutUpdateResult{RecordCount: n}, nil
}

func (s *server) ingest(in *first, q *pb.CommandStatementIngest) (proto.Message, error) {
	rows, err := arrowflight.NewRecordReader(in)
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	return s.update(func(c *duck.Conn) (int64, error) {
		return c.Ingest(q.GetCatalog()+"."+q.GetSchema()+"."+q.Table, rows)
	})
}
