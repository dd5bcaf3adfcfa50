package flight

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
)

// exchange is one DoExchange of a DuckDB client: it sends its rows, and gets some
// back, batch for batch.
type exchange struct {
	stream  arrowflight.FlightService_DoExchangeServer
	call    *call
	object  airport.Object
	returns bool // the client waits for rows
	upload  *upload
}

// DoExchange takes changes from clients with the Airport extension, and the
// arguments of functions.
func (s *service) DoExchange(stream arrowflight.FlightService_DoExchangeServer) error {
	if s.cfg.Airport.Off {
		return unsupported("DoExchange")
	}
	ctx := stream.Context()
	c := callOf(ctx)
	first, err := firstOf(ctx, s.cfg.Limits.FirstMessage, stream.Recv)
	if errors.Is(err, io.EOF) {
		return requestf("the stream ended before its first message, which must bring a descriptor")
	}
	if err != nil {
		return err
	}
	o, err := airport.ObjectOf(first.GetFlightDescriptor())
	if err != nil {
		return err
	}
	x := &exchange{
		stream: stream, call: c, object: o, returns: header(ctx, airport.HeaderReturn) == "1",
		upload: &upload{stream: stream, first: first},
	}
	operation := header(ctx, airport.HeaderOperation)
	c.command = operation
	switch operation {
	case airport.OperationInsert:
		return s.exchangeInsert(ctx, x)
	case airport.OperationUpdate, airport.OperationDelete:
		return unsupported(operation + " over Airport; send the statement through Flight SQL")
	case airport.OperationScalar:
		return s.exchangeScalar(ctx, x)
	}
	c.command = ""
	return requestf("the header %s must name what is exchanged, such as insert", airport.HeaderOperation)
}

// start tells the client the schema of what comes back: it sends no row before.
func (x *exchange) start(schema *arrow.Schema) error {
	f := schemaFrame(schema)
	defer f.done()
	return x.stream.SendMsg(f)
}

// send gives one batch back.
func (x *exchange) send(m airport.Message) error {
	f := messageFrame(m)
	defer f.done()
	if err := x.call.execution.gives(m.Rows, f.size); err != nil {
		return err
	}
	x.call.bytes += f.size
	return x.stream.SendMsg(f)
}

// finish says how many rows were changed, when they are.
func (x *exchange) finish(n int64) error {
	b, err := airport.ChangedReply(n)
	if err != nil {
		return err
	}
	return x.stream.Send(&arrowflight.FlightData{AppMetadata: b})
}

// rows are those that the client sends; the caller must Release them.
func (x *exchange) rows() (*arrowflight.Reader, error) {
	r, err := x.upload.reader()
	if err == nil && r == nil {
		err = requestf("there is no schema: an exchange brings at least that")
	}
	return r, err
}

// changed is the table that x changes.
type changed struct {
	cat   catalog.Catalog
	table catalog.Table
	tx    *airportTransaction
	scope scope
}

func (s *Server) changedBy(ctx context.Context, x *exchange) (changed, error) {
	if x.object.Kind != airport.TableKind {
		return changed{}, requestf("%s is for tables", x.call.command)
	}
	_, cat, t, err := s.airportTable(ctx, x.call, x.object)
	if err != nil {
		return changed{}, err
	}
	if err := unchanged(x.object, cat, t); err != nil {
		return changed{}, err
	}
	tx, err := s.airportTransaction(ctx, x.call)
	if err != nil {
		return changed{}, err
	}
	sc, err := s.open(ctx, x.call, nil, options{}, id{})
	return changed{cat: cat, table: t, tx: tx, scope: sc}, err
}

// exchangeInsert adds the client's rows to a table, all or none.
func (s *service) exchangeInsert(ctx context.Context, x *exchange) error {
	to, err := s.changedBy(ctx, x)
	if err != nil {
		return err
	}
	rows, err := x.rows()
	if err != nil {
		return err
	}
	defer rows.Release()
	advertised := airport.TableSchema(to.cat, to.table)
	back := rows.Schema()
	source := &exchanged{Reader: rows}
	if x.returns {
		back = advertised
		echo, err := echoing(x, advertised, rows.Schema())
		if err != nil {
			return err
		}
		source.each = echo
	}
	parts := []string{to.table.Name.Catalog, to.table.Name.Schema, to.table.Name.Table}
	var n int64
	err = s.execute(ctx, x.call, "", to.scope, guard.Verdict{Kind: guard.Change, Target: to.table.Name}, func(ctx context.Context) (err error) {
		if err := x.start(back); err != nil {
			return err
		}
		n, err = s.cfg.Engine.Ingest(ctx, engine.IngestRequest{View: to.scope.view, Table: parts, Mode: engine.IngestAppend}, source)
		x.call.rows = n
		return err
	})
	if err != nil {
		return orReadError(err, rows)
	}
	to.tx.forget(to.cat.Name)
	return x.finish(n)
}

func orReadError(err error, rows *arrowflight.Reader) error {
	if bad := readError(rows); bad != nil {
		return bad
	}
	return err
}

// echoing gives batches back as they came, in the advertised schema.
func echoing(x *exchange, advertised, sent *arrow.Schema) (func(arrow.RecordBatch) error, error) {
	names := make([]string, sent.NumFields())
	for i, f := range sent.Fields() {
		names[i] = f.Name
	}
	shaper, err := airport.NewShaper(advertised, names)
	if err != nil {
		return nil, err
	}
	return func(rec arrow.RecordBatch) error {
		m, err := shaper.ShapeOne(rec)
		if err != nil {
			return err
		}
		return x.send(m)
	}, nil
}

// exchanged are a client's batches; each, unless nil, is told of one before the
// next is read.
type exchanged struct {
	*arrowflight.Reader
	each func(arrow.RecordBatch) error
	err  error
}

// Next reads a batch.
func (r *exchanged) Next() bool {
	if r.err != nil || !r.Reader.Next() {
		return false
	}
	if r.each != nil {
		r.err = r.each(r.RecordBatch())
	}
	return r.err == nil
}

// Err is the first error.
func (r *exchanged) Err() error {
	if r.err != nil {
		return r.err
	}
	if err := r.Reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
