package flight

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/lakegate/lakegate/guard"
)

// countSchema is what a statement gives that changes rows, and one that gives
// nothing, which has no row.
var countSchema = arrow.NewSchema([]arrow.Field{{Name: "Count", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil)

// statementInfo answers GetFlightInfo for SQL text: a query is prepared, all else
// runs here and once, for some clients never come for the result.
func (s *service) statementInfo(ctx context.Context, c *call, d *arrowflight.FlightDescriptor, q *pb.CommandStatementQuery) (*arrowflight.FlightInfo, error) {
	own, o, want, err := s.sessionFor(c, q.GetTransactionId())
	if err != nil {
		return nil, err
	}
	return s.infoOf(ctx, c, d, &statement{sql: q.GetQuery(), own: own, options: o, want: want})
}

// infoOf is statementInfo for any statement without bound parameters.
func (s *Server) infoOf(ctx context.Context, c *call, d *arrowflight.FlightDescriptor, st *statement) (*arrowflight.FlightInfo, error) {
	desc, sc, err := s.describe(ctx, c, st)
	if err != nil {
		return nil, err
	}
	h := handle{SQL: st.sql, Catalog: st.options.catalog, Schema: st.options.schema}
	s.bind(&h, sc, st)
	if desc.Kind != guard.Query {
		return s.ranInfo(ctx, c, d, st, sc, desc)
	}
	return s.ticketInfo(c, d, desc.Schema, h)
}

// bind ties h to the session whose connection st must run on.
func (s *Server) bind(h *handle, sc scope, st *statement) {
	if sc.session != 0 {
		h.Session, h.Transaction = st.own.id, st.want
	}
}

func (s *Server) ticketInfo(c *call, d *arrowflight.FlightDescriptor, schema *arrow.Schema, h handle) (*arrowflight.FlightInfo, error) {
	sealed, err := s.give(c, statementTicket, h, s.cfg.Limits.TicketLife)
	if err != nil {
		return nil, err
	}
	ticket, err := packed(&pb.TicketStatementQuery{StatementHandle: sealed})
	if err != nil {
		return nil, err
	}
	return s.info(d, ticket, schema), nil
}

// info is a flight of one endpoint without location: the client asks this
// server, over the connection and with the session that it has.
func (s *Server) info(d *arrowflight.FlightDescriptor, ticket []byte, schema *arrow.Schema) *arrowflight.FlightInfo {
	return &arrowflight.FlightInfo{
		Schema:           s.schemas.serialized(schema),
		FlightDescriptor: d,
		Endpoint:         []*arrowflight.FlightEndpoint{{Ticket: &arrowflight.Ticket{Ticket: ticket}}},
		TotalRecords:     -1,
		TotalBytes:       -1,
	}
}

func packed(m proto.Message) ([]byte, error) {
	var a anypb.Any
	if err := a.MarshalFrom(m); err != nil {
		return nil, fmt.Errorf("pack %T: %w", m, err)
	}
	b, err := proto.Marshal(&a)
	if err != nil {
		return nil, fmt.Errorf("pack %T: %w", m, err)
	}
	return b, nil
}

// schemaCache remembers the two encoded forms of schemas by their address: a
// statement that is described or run again gets the same one.
type schemaCache struct {
	mu    sync.Mutex
	bytes map[schemaForm][]byte
}

// schemaForm is a schema as one of its forms.
type schemaForm struct {
	schema  *arrow.Schema
	message bool // as the first message of a result; else as what describes one
}

// schemasKept is how many forms; when there are more, all are forgotten.
const schemasKept = 2048

func newSchemaCache() *schemaCache { return &schemaCache{bytes: map[schemaForm][]byte{}} }

// serialized is schema as descriptions hold it.
func (sc *schemaCache) serialized(schema *arrow.Schema) []byte {
	return sc.form(schemaForm{schema: schema}, func() []byte {
		return arrowflight.SerializeSchema(schema, memory.DefaultAllocator)
	})
}

// message is schema as the whole first message of a result.
func (sc *schemaCache) message(schema *arrow.Schema) []byte {
	return sc.form(schemaForm{schema, true}, func() []byte {
		f := schemaFrame(schema)
		defer f.done()
		return f.parts[0]
	})
}

func (sc *schemaCache) form(key schemaForm, encode func() []byte) []byte {
	sc.mu.Lock()
	b, ok := sc.bytes[key]
	sc.mu.Unlock()
	if ok {
		return b
	}
	b = encode()
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if len(sc.bytes) >= schemasKept {
		clear(sc.bytes)
	}
	sc.bytes[key] = b
	return b
}

// running knows the streams of results that are being sent, so that their
// tickets can cancel them, and the tickets that were cancelled before.
type running struct {
	mu        sync.Mutex
	streams   map[ticketKey]map[*call]context.CancelCauseFunc
	cancelled map[ticketKey]time.Time
}

type ticketKey [16]byte

func keyOf(ticket []byte) ticketKey {
	sum := sha256.Sum256(ticket)
	return ticketKey(sum[:16])
}

// cancelledKept is how many cancelled tickets are remembered.
const cancelledKept = 10_000

func newRunning() *running {
	return &running{streams: map[ticketKey]map[*call]context.CancelCauseFunc{}, cancelled: map[ticketKey]time.Time{}}
}

// start notes that c streams the result of ticket until the func is called.
func (r *running) start(c *call, key ticketKey) (func(), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.cancelled[key]; ok {
		return nil, errCancelled
	}
	if r.streams[key] == nil {
		r.streams[key] = map[*call]context.CancelCauseFunc{}
	}
	r.streams[key][c] = c.cancel
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.streams[key], c)
		if len(r.streams[key]) == 0 {
			delete(r.streams, key)
		}
	}, nil
}

// cancel ends the streams of ticket, and those to come.
func (r *running) cancel(key ticketKey, now time.Time, life time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, cancel := range r.streams[key] {
		cancel(errCancelled)
	}
	if len(r.cancelled) >= cancelledKept {
		for k, at := range r.cancelled {
			if now.Sub(at) > life || len(r.cancelled) >= cancelledKept {
				delete(r.cancelled, k)
			}
		}
	}
	r.cancelled[key] = now
}

// interrupt ends the streams of ticket; false means that there are none.
func (r *running) interrupt(key ticketKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, cancel := range r.streams[key] {
		cancel(errCancelled)
	}
	return len(r.streams[key]) > 0
}
