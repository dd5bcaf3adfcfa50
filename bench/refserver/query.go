package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/lakegate/lakegate/bench/duck"
)

// A ticket and a prepared statement's handle are the statement's text, with the
// bound key behind a zero byte where there is one.
func ticketOf(sql string, key int64) []byte {
	return []byte(sql + "\x00" + strconv.FormatInt(key, 10))
}

func parseTicket(ticket []byte) (sql string, keys []int64, err error) {
	sql, key, bound := strings.Cut(string(ticket), "\x00")
	if !bound {
		return sql, nil, nil
	}
	n, err := strconv.ParseInt(key, 10, 64)
	return sql, []int64{n}, err
}

// command unpacks a Flight SQL command.
func command(b []byte) (proto.Message, error) {
	var a anypb.Any
	if err := proto.Unmarshal(b, &a); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	m, err := a.UnmarshalNew()
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	return m, nil
}

// GetFlightInfo runs nothing: the ticket says all that DoGet needs.
func (s *server) GetFlightInfo(_ context.Context, d *arrowflight.FlightDescriptor) (*arrowflight.FlightInfo, error) {
	m, err := command(d.Cmd)
	if err != nil {
		return nil, err
	}
	var ticket []byte
	switch q := m.(type) {
	case *pb.CommandStatementQuery:
		ticket = []byte(q.Query)
	case *pb.CommandPreparedStatementQuery:
		ticket = q.PreparedStatementHandle
	default:
		return nil, status.Errorf(codes.Unimplemented, "%T", m)
	}
	endpoint := &arrowflight.FlightEndpoint{Ticket: &arrowflight.Ticket{Ticket: ticket}}
	return &arrowflight.FlightInfo{FlightDescriptor: d, TotalRecords: -1, TotalBytes: -1, Endpoint: []*arrowflight.FlightEndpoint{endpoint}}, nil
}

// DoAction makes prepared statements, which hold nothing on this side.
func (s *server) DoAction(a *arrowflight.Action, out arrowflight.FlightService_DoActionServer) error {
	m, err := command(a.Body)
	if err != nil {
		return err
	}
	q, ok := m.(*pb.ActionCreatePreparedStatementRequest)
	if !ok {
		return nil // closing needs no work
	}
	var answer anypb.Any
	if err := answer.MarshalFrom(&pb.ActionCreatePreparedStatementResult{PreparedStatementHandle: []byte(q.Query)}); err != nil {
		return err
	}
	body, err := proto.Marshal(&answer)
	if err != nil {
		return err
	}
	return out.Send(&arrowflight.Result{Body: body})
}

// Messages are of some 256 KB; wide chunks pass as they are.
const (
	messageBytes = 128 << 10
	ahead        = 32 // messages that wait to be sent
)

// DoGet converts in one goroutine and encodes and sends in another.
func (s *server) DoGet(t *arrowflight.Ticket, out arrowflight.FlightService_DoGetServer) error {
	sql, keys, err := parseTicket(t.Ticket)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	c, err := s.conn()
	if err != nil {
		return err
	}
	defer s.release(c)
	rows, err := c.Stream(sql, keys...)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	defer rows.Close()
	w := arrowflight.NewRecordWriter(out, ipc.WithSchema(rows.Schema()))
	messages, stop := make(chan arrow.RecordBatch, ahead), make(chan struct{})
	var failed error // of the converter; read once messages is closed
	go func() {
		defer close(messages)
		failed = convert(rows, messages, stop)
	}()
	for rec := range messages {
		if err == nil {
			if err = w.Write(rec); err != nil {
				close(stop)
			}
		}
		rec.Release()
	}
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	}
	return w.Close()
}

func convert(rows *duck.Stream, messages chan<- arrow.RecordBatch, stop <-chan struct{}) error {
	for {
		rec, err := rows.NextAtLeast(messageBytes)
		if err != nil || rec == nil {
			return err
		}
		select {
		case messages <- rec:
		case <-stop:
			rec.Release()
			return nil
		}
	}
}
