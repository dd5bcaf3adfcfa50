package flight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/protobuf/proto"
)

// upload is the stream of one DoPut after its descriptor. What the client sends
// is read to its end before the answer: a client that still sends would see a
// bare EOF instead of it.
type upload struct {
	stream interface {
		Recv() (*arrowflight.FlightData, error)
	}
	first *arrowflight.FlightData // the message that brought the descriptor
}

// Recv gives the messages from the first one.
func (u *upload) Recv() (*arrowflight.FlightData, error) {
	if u.first != nil {
		m := u.first
		u.first = nil
		return m, nil
	}
	return u.stream.Recv()
}

// reader reads the batches; nil without error means that the client sent none,
// not even their schema. The caller must Release it.
func (u *upload) reader() (*arrowflight.Reader, error) {
	if len(u.first.GetDataHeader()) == 0 {
		// Only the descriptor: the schema may follow by itself.
		next, err := u.stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // said above
		}
		if err != nil {
			return nil, err
		}
		u.first = next
	}
	r, err := arrowflight.NewRecordReader(u)
	if err != nil {
		return nil, badStream(err)
	}
	return r, nil
}

// badStream is err, a mistake in the client's Arrow stream unless the stream
// itself ended badly.
func badStream(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return requestf("the Arrow stream cannot be read: %v", err)
}

// all is every row in one batch, for the caller to release; nil without error
// means that there are no columns. More than limit bytes are refused.
func (u *upload) all(limit int64) (arrow.RecordBatch, error) {
	r, err := u.reader()
	if r == nil || err != nil {
		return nil, err
	}
	defer r.Release()
	var recs []arrow.RecordBatch
	var size int64
	for r.Next() {
		rec := r.RecordBatch()
		if size += payloadSize(rec); size > limit {
			err = errParameters
			break
		}
		rec.Retain()
		recs = append(recs, rec)
	}
	if err == nil {
		err = readError(r)
	}
	if err != nil || len(recs) == 0 || r.Schema().NumFields() == 0 {
		for _, rec := range recs {
			rec.Release()
		}
		return nil, err
	}
	return joined(recs)
}

func readError(r *arrowflight.Reader) error {
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return badStream(err)
	}
	return nil
}

// drain reads what is left.
func (u *upload) drain() error {
	u.first = nil
	for {
		if _, err := u.stream.Recv(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// firstMessage waits for the client's first message, but not for ever.
func (s *service) firstMessage(stream arrowflight.FlightService_DoPutServer) (*arrowflight.FlightData, error) {
	m, err := firstOf(stream.Context(), s.cfg.Limits.FirstMessage, stream.Recv)
	if errors.Is(err, io.EOF) {
		return nil, requestf("the stream ended before its first message, which must bring a command")
	}
	return m, err
}

// firstOf is what recv, of a stream that ends with the call, gives within limit.
func firstOf[M any](ctx context.Context, limit time.Duration, recv func() (M, error)) (m M, err error) {
	type result struct {
		m   M
		err error
	}
	got := make(chan result, 1)
	go func() { // ends with the stream, which ends when the handler returns
		m, err := recv()
		got <- result{m, err}
	}()
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case r := <-got:
		return r.m, r.err
	case <-late.C:
		return m, requestf("no message came within %s", limit)
	case <-ctx.Done():
		return m, ctx.Err()
	}
}

// DoPut runs updates, binds parameters and takes bulk data.
func (s *service) DoPut(stream arrowflight.FlightService_DoPutServer) error {
	ctx := stream.Context()
	c := callOf(ctx)
	first, err := s.firstMessage(stream)
	if err != nil {
		return err
	}
	if first.GetFlightDescriptor() == nil {
		return requestf("the first message of a DoPut must bring a descriptor")
	}
	m, err := s.descriptor(c, first.GetFlightDescriptor())
	if err != nil {
		return err
	}
	up := &upload{stream: stream, first: first}
	answer, err := s.put(ctx, c, m, up)
	if err != nil {
		return err
	}
	if err := up.drain(); err != nil {
		return err
	}
	body, err := proto.Marshal(answer)
	if err != nil {
		return fmt.Errorf("answer a DoPut: %w", err)
	}
	return stream.Send(&arrowflight.PutResult{AppMetadata: body})
}

func (s *service) put(ctx context.Context, c *call, m proto.Message, up *upload) (proto.Message, error) {
	var n int64
	var err error
	switch q := m.(type) {
	case *pb.CommandStatementUpdate:
		st := &statement{sql: q.GetQuery()}
		if st.own, st.options, st.want, err = s.sessionFor(c, q.GetTransactionId()); err != nil {
			return nil, err
		}
		n, err = s.update(ctx, c, st)
	case *pb.CommandPreparedStatementUpdate:
		n, err = s.updatePrepared(ctx, c, q, up)
	case *pb.CommandPreparedStatementQuery:
		return s.bindPrepared(c, q, up)
	case *pb.CommandStatementIngest:
		n, err = s.ingest(ctx, c, q, up)
	case *pb.CommandStatementSubstraitPlan:
		return nil, errSubstrait
	default:
		return nil, requestf("%s cannot be sent with DoPut", c.command)
	}
	return &pb.DoPutUpdateResult{RecordCount: n}, err
}
