package flight

import (
	"bytes"
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/guard"
)

// functionInfo says what a table function gives for its arguments.
func (s *service) functionInfo(ctx context.Context, c *call, q airport.FunctionInfoRequest) ([]byte, error) {
	o, err := airport.ParseDescriptor(q.Descriptor)
	if err != nil {
		return nil, err
	}
	f, err := s.function(ctx, c, o, q.Parameters)
	if err != nil {
		return nil, err
	}
	schema := airport.WhoamiSchema()
	if f.query != nil {
		d, _, err := s.describe(ctx, c, f.query)
		if err != nil {
			return nil, err
		}
		if d.Kind != guard.Query {
			return nil, requestf("%s takes one query that gives rows", o.Name)
		}
		schema = d.Schema
	}
	info, err := airport.FunctionInfo(o, schema)
	if err != nil {
		return nil, err
	}
	return airport.FlightReply(info)
}

// function is one call of a table function.
type function struct{ query *statement } // nil for whoami

// function finds out which one is called with which arguments.
func (s *Server) function(ctx context.Context, c *call, o airport.Object, arguments []byte) (function, error) {
	if _, _, err := s.airportCatalog(ctx, c, o.Catalog); err != nil {
		return function{}, err
	}
	if o.Kind != airport.TableFunctionKind || o.Schema != airport.FunctionSchema {
		return function{}, requestf("there is no function %s.%s", o.Schema, o.Name)
	}
	switch o.Name {
	case airport.FunctionWhoami:
		return function{}, nil
	case airport.FunctionQuery:
		sql, err := textArgument(arguments)
		return function{&statement{sql: sql, options: options{catalog: o.Catalog, schema: "main"}}}, err
	}
	return function{}, requestf("there is no function %s.%s", o.Schema, o.Name)
}

// textArgument reads the one argument of a function that takes a text.
func textArgument(b []byte) (string, error) {
	r, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("%w: the function's arguments: %w", airport.ErrMalformed, err)
	}
	defer r.Release()
	if r.Next() && r.RecordBatch().NumCols() == 1 && r.RecordBatch().NumRows() == 1 {
		column := r.RecordBatch().Column(0)
		if text, ok := column.(array.StringLike); ok && text.IsValid(0) {
			return text.Value(0), nil
		}
	}
	return "", fmt.Errorf("%w: the function takes one text that is not NULL", airport.ErrMalformed)
}

// functionEndpoints gives the ticket of a function's rows.
func (s *service) functionEndpoints(ctx context.Context, c *call, o airport.Object, p airport.ScanParameters) ([]byte, error) {
	f, err := s.function(ctx, c, o, p.FunctionParameters)
	if err != nil {
		return nil, err
	}
	var h handle
	if f.query != nil {
		h.SQL, h.Catalog, h.Schema = f.query.sql, f.query.options.catalog, f.query.options.schema
	}
	ticket, err := s.airportTicket(c, airportFunction, h)
	if err != nil {
		return nil, err
	}
	return airport.EndpointsReply([][]byte{ticket})
}

// getFunction streams a function's rows.
func (s *service) getFunction(ctx context.Context, c *call, h handle, stream arrowflight.FlightService_DoGetServer) error {
	out := &writer{stream: stream, call: c, schemas: s.schemas}
	if h.SQL != "" {
		return s.send(ctx, c, &statement{sql: h.SQL, options: options{h.Catalog, h.Schema}}, out)
	}
	rec := whoami(c)
	defer rec.Release()
	if err := s.auditRead(ctx, c, rec.NumRows()); err != nil {
		return err
	}
	return out.writeAll(rec)
}

// whoami is the one row that tells c's caller who they are here.
func whoami(c *call) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, airport.WhoamiSchema())
	defer b.Release()
	t := table{b}
	t.row(c.who.User, c.who.Provider, c.who.Subject, c.who.Groups)
	return b.NewRecordBatch()
}

// exchangeScalar answers each batch of arguments with as many values.
func (s *service) exchangeScalar(ctx context.Context, x *exchange) error {
	o := x.object
	if _, _, err := s.airportCatalog(ctx, x.call, o.Catalog); err != nil {
		return err
	}
	if o.Kind != airport.ScalarFunctionKind || o.Schema != airport.FunctionSchema || o.Name != airport.FunctionWhoami {
		return requestf("there is no function %s.%s", o.Schema, o.Name)
	}
	rows, err := x.rows()
	if err != nil {
		return err
	}
	defer rows.Release()
	schema := airport.WhoamiResult()
	shaper, err := airport.NewShaper(schema, []string{schema.Field(0).Name})
	if err != nil {
		return err
	}
	if err := x.start(schema); err != nil {
		return err
	}
	for rows.Next() {
		rec := repeated(schema, x.call.who.User, int(rows.RecordBatch().NumRows()))
		m, err := shaper.ShapeOne(rec)
		rec.Release()
		if err != nil {
			return err
		}
		if err := x.send(m); err != nil {
			return err
		}
	}
	return readError(rows)
}

// repeated is n times one text.
func repeated(schema *arrow.Schema, text string, n int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for range n {
		b.Field(0).(*array.StringBuilder).Append(text)
	}
	return b.NewRecordBatch()
}
