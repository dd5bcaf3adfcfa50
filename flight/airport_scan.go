package flight

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/catalog"
)

// airportTicket begins the tickets of this protocol, which no protobuf message does.
// The kind of what is sealed stands behind it.
var airportTicket = []byte("\xff" + "airport\x00")

// airportTicket is a ticket for h.
func (s *Server) airportTicket(c *call, k kind, h handle) ([]byte, error) {
	sealed, err := s.give(c, k, h, s.cfg.Limits.TicketLife)
	return slices.Concat(airportTicket, []byte{byte(k)}, sealed), err
}

// airportEndpoints plans the scan of a table, or the call of a table function.
func (s *service) airportEndpoints(ctx context.Context, c *call, q airport.EndpointsRequest) ([]byte, error) {
	o, err := airport.ParseDescriptor(q.Descriptor)
	if err != nil {
		return nil, err
	}
	if o.Kind == airport.TableFunctionKind {
		return s.functionEndpoints(ctx, c, o, q.Parameters)
	}
	view, cat, t, err := s.airportTable(ctx, c, o)
	if err != nil {
		return nil, err
	}
	if q.Parameters.At == (airport.At{}) {
		err = unchanged(o, cat, t)
	} else {
		t, err = s.asOf(ctx, c, t, q.Parameters.At)
	}
	if err != nil {
		return nil, err
	}
	scan, err := airport.ScanOf(t, q.Parameters)
	if err != nil {
		return nil, err
	}
	tx, err := s.airportTransaction(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.pin(ctx, tx, view, cat, t, &scan); err != nil {
		return nil, err
	}
	ticket, err := s.scanTicket(c, tx, scan)
	if err != nil {
		return nil, err
	}
	return airport.EndpointsReply([][]byte{ticket})
}

// pin makes scan read the state that tx reads.
func (s *Server) pin(ctx context.Context, tx *airportTransaction, view catalog.View, cat catalog.Catalog, t catalog.Table, scan *airport.Scan) error {
	if scan.At != "" || cat.Type != catalog.DuckLake || t.Kind != catalog.BaseTable {
		return nil // other catalogs have no history to read from
	}
	v, err := s.airportVersion(ctx, tx, view, cat.Name)
	if err != nil {
		return err
	}
	scan.Version, scan.At = v, "VERSION => "+strconv.FormatInt(v, 10)
	return nil
}

func (s *Server) scanTicket(c *call, tx *airportTransaction, scan airport.Scan) ([]byte, error) {
	b, err := scan.Encode()
	if err != nil {
		return nil, err
	}
	h := handle{Params: b}
	if tx != nil {
		h.Transaction = tx.id
	}
	return s.airportTicket(c, airportScan, h)
}

// asOf is t with the columns that it had then.
func (s *Server) asOf(ctx context.Context, c *call, t catalog.Table, at airport.At) (catalog.Table, error) {
	scan, err := airport.ScanOf(t, airport.ScanParameters{At: at})
	if err != nil {
		return t, err
	}
	return s.columnsAt(ctx, c, t, scan.At)
}

func (s *Server) columnsAt(ctx context.Context, c *call, t catalog.Table, at string) (catalog.Table, error) {
	sql := "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + airport.TableAt(t.Name, at) + ")"
	t.Columns = nil
	err := s.query(ctx, c, &statement{sql: sql}, func(*arrow.Schema) error { return nil }, func(rec arrow.RecordBatch) error {
		names, ok := rec.Column(0).(*array.String)
		types, also := rec.Column(1).(*array.String)
		if !ok || !also {
			return fmt.Errorf("describe %s: columns are no text", t.Name.Table)
		}
		for i := range names.Len() {
			t.Columns = append(t.Columns, catalog.Column{Name: names.Value(i), Type: types.Value(i), Nullable: true})
		}
		return nil
	})
	return t, err
}

// airportFlightInfo is a table as it was.
func (s *service) airportFlightInfo(ctx context.Context, c *call, q airport.FlightInfoRequest) ([]byte, error) {
	o, err := airport.ParseDescriptor(q.Descriptor)
	if err != nil {
		return nil, err
	}
	if o.Kind != airport.TableKind {
		return nil, fmt.Errorf("%w: flight_info is for tables", airport.ErrMalformed)
	}
	_, cat, t, err := s.airportTable(ctx, c, o)
	if err != nil {
		return nil, err
	}
	if q.At != (airport.At{}) {
		if t, err = s.asOf(ctx, c, t, q.At); err != nil {
			return nil, err
		}
	}
	info, err := s.tableInfo(cat, t, o)
	if err != nil {
		return nil, err
	}
	info.FlightDescriptor = o.Descriptor() // the very one that was asked for
	return airport.FlightReply(info)
}

// tableInfo is t as the client that attached its catalog as o.Catalog hears of it.
func (s *Server) tableInfo(cat catalog.Catalog, t catalog.Table, o airport.Object) (*arrowflight.FlightInfo, error) {
	cat.Name, t.Name.Catalog = o.Catalog, o.Catalog
	return airport.TableInfo(cat, t, -1)
}

// airportGet streams what one of this protocol's tickets stands for.
func (s *service) airportGet(ctx context.Context, c *call, ticket []byte, stream arrowflight.FlightService_DoGetServer) error {
	c.command = "airport"
	if len(ticket) == 0 {
		return errHandle
	}
	k := kind(ticket[0])
	if k != airportFunction {
		k = airportScan
	}
	h, err := s.take(c, k, ticket[1:])
	if err != nil {
		return err
	}
	if k == airportFunction {
		return s.getFunction(ctx, c, h, stream)
	}
	return s.getScan(ctx, c, h, stream)
}

// getScan streams the rows of a scan.
func (s *service) getScan(ctx context.Context, c *call, h handle, stream arrowflight.FlightService_DoGetServer) error {
	scan, err := airport.DecodeScan(h.Params)
	if err != nil {
		return err
	}
	view, err := s.airportView(ctx, c)
	if err != nil {
		return err
	}
	t, err := view.Table(scan.Table.Catalog, scan.Table.Schema, scan.Table.Table)
	if err != nil {
		return err
	}
	cat, err := view.Catalog(t.Name.Catalog)
	if err != nil {
		return err
	}
	if scan.Past {
		if t, err = s.columnsAt(ctx, c, t, scan.At); err != nil {
			return err
		}
	}
	shaper, err := airport.NewShaper(airport.TableSchema(cat, t), scan.Columns)
	if err != nil {
		return err
	}
	out := &shapedWriter{writer{stream: stream, call: c}, shaper}
	return s.query(ctx, c, &statement{sql: scan.SQL()}, out.start, out.write)
}

// shapedWriter is a writer that gives batches the shape of the advertised schema.
type shapedWriter struct {
	writer
	shaper *airport.Shaper
}

// start sends the advertised schema.
func (w *shapedWriter) start(*arrow.Schema) error {
	return w.sendFrame(schemaFrame(w.shaper.Schema()))
}

func (w *shapedWriter) write(rec arrow.RecordBatch) error {
	return w.shaper.Shape(rec, func(m airport.Message) error {
		f := messageFrame(m)
		if err := w.call.execution.gives(m.Rows, f.size); err != nil {
			f.done()
			return err
		}
		w.call.rows += m.Rows
		return w.sendFrame(f)
	})
}

// airportInfo is what GetFlightInfo gives for a path, to clients that take a flight
// of a table by hand.
func (s *service) airportInfo(ctx context.Context, c *call, d *arrowflight.FlightDescriptor) (*arrowflight.FlightInfo, error) {
	o, err := airport.ObjectOf(d)
	if err != nil {
		return nil, err
	}
	if o.Kind != airport.TableKind {
		return nil, fmt.Errorf("%w: a function is asked for with %s", airport.ErrMalformed, airport.ActionFunctionInfo)
	}
	_, cat, t, err := s.airportTable(ctx, c, o)
	if err != nil {
		return nil, err
	}
	return s.tableInfo(cat, t, o)
}
