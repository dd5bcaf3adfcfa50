package airport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/proto"
)

const (
	rowIDColumn = uint64(math.MaxUint64)
	noColumn    = uint64(math.MaxUint64) - 1
	reuse       = "arrow-flight-reuse-connection://?"
)

// Query is one SELECT of one table.
type Query struct {
	Schema, Table   string
	Columns         []string // nil for all; empty for none
	RowID           bool     // rowid too, after the columns
	Count           bool     // count(*): rows without values
	Filters         string   // see Filter; empty for none
	AtUnit, AtValue string   // AT (unit => value)
}

// Result is what a scan gave.
type Result struct {
	Rows      [][]any // the requested columns, as text or nil, endpoint by endpoint
	Bytes     int64   // of all messages' headers and bodies
	Endpoints int
	Batches   int
	Schema    *arrow.Schema // as advertised
}

// Select scans a table.
func (c *Client) Select(ctx context.Context, q Query) (*Result, error) {
	tx, s, err := c.open(ctx, q.Schema)
	if err != nil {
		return nil, err
	}
	o, err := find(s.Tables, q.Table)
	if err != nil {
		return nil, err
	}
	k := call{tx: tx, descriptor: o.Info.FlightDescriptor, trace: newUUID()}
	if q.AtUnit != "" {
		if o, err = c.at(ctx, q, o, call{attach: true}); err != nil {
			return nil, err
		}
	}
	if err := c.version(ctx); err != nil {
		return nil, err
	}
	if q.AtUnit != "" {
		if o, err = c.at(ctx, q, o, k); err != nil {
			return nil, err
		}
	}
	return c.scan(ctx, o, q, k, "")
}

// at asks for a table as it was.
func (c *Client) at(ctx context.Context, q Query, o *Object, k call) (*Object, error) {
	descriptor, err := proto.Marshal(o.Info.FlightDescriptor)
	if err != nil {
		return nil, err
	}
	reply, err := c.action(ctx, "flight_info", fields{
		{"descriptor", string(descriptor)}, {"at_unit", q.AtUnit}, {"at_value", q.AtValue},
	}, k)
	if err != nil {
		return nil, err
	}
	past, _, err := c.readObject(q.Schema, reply)
	switch {
	case err != nil:
		return nil, fmt.Errorf("flight_info: %w", err)
	case past == nil:
		return nil, errors.New("flight_info: no app_metadata")
	case !proto.Equal(past.Info.FlightDescriptor, o.Info.FlightDescriptor):
		return nil, errors.New("flight_info: another descriptor than was asked for")
	}
	return past, nil
}

// TableFunction calls a table function with a row of arguments, or nil for none.
func (c *Client) TableFunction(ctx context.Context, schema, name string, args arrow.RecordBatch) (*Result, error) {
	_, s, err := c.open(ctx, schema)
	if err != nil {
		return nil, err
	}
	o, err := find(s.TableFunctions, name)
	if err != nil {
		return nil, err
	}
	if args == nil {
		args = array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
	}
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(args.Schema()))
	if err := errors.Join(w.Write(args), w.Close()); err != nil {
		return nil, err
	}
	descriptor, err := proto.Marshal(o.Info.FlightDescriptor)
	if err != nil {
		return nil, err
	}
	k := call{descriptor: o.Info.FlightDescriptor, trace: newUUID()} // no transaction
	reply, err := c.action(ctx, "table_function_flight_info", fields{
		{"descriptor", string(descriptor)},
		{"parameters", buf.String()},
		{"table_input_schema", ""},
		{"at_unit", ""},
		{"at_value", ""},
	}, k)
	if err != nil {
		return nil, err
	}
	info := &flight.FlightInfo{}
	if err := proto.Unmarshal(reply, info); err != nil {
		return nil, err
	}
	if !proto.Equal(info.FlightDescriptor, o.Info.FlightDescriptor) {
		return nil, errors.New("table_function_flight_info: another descriptor than was asked for")
	}
	result, err := flight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	return c.scan(ctx, &Object{Info: info, Schema: result, Name: name}, Query{}, k, buf.String())
}

// project gives the scan's column numbers and names, and the positions in a batch of
// those that the rows have.
func (q Query) project(s *arrow.Schema) (ids []uint64, names []string, positions []int, err error) {
	number := map[string]uint64{}
	position := map[string]int{}
	var all []string
	for i, f := range s.Fields() {
		if v, _ := f.Metadata.GetValue("is_rowid"); v != "" {
			number["rowid"], position["rowid"] = rowIDColumn, i
			continue
		}
		number[f.Name], position[f.Name] = uint64(len(all)), i
		all = append(all, f.Name)
	}
	names = slices.Clone(q.Columns)
	switch {
	case q.Count:
		names = nil
	case q.Columns == nil:
		names = slices.Clone(all)
	}
	if q.RowID {
		names = append(names, "rowid")
	}
	shown := len(names)
	if q.Filters != "" {
		var f struct {
			Names []string `json:"column_binding_names_by_index"`
		}
		if err := json.Unmarshal([]byte(q.Filters), &f); err != nil {
			return nil, nil, nil, err
		}
		for _, n := range f.Names {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	for i, n := range names {
		id, ok := number[n]
		if !ok {
			return nil, nil, nil, fmt.Errorf("the client knows no column %q", n)
		}
		ids = append(ids, id)
		if i < shown {
			positions = append(positions, position[n])
		}
	}
	if len(ids) > 0 {
		return ids, names, positions, nil
	}
	_, hasRowID := position["rowid"]
	switch {
	case !q.Count:
		return []uint64{noColumn}, nil, nil, nil
	case hasRowID:
		return []uint64{rowIDColumn}, []string{"rowid"}, nil, nil
	default:
		return []uint64{0}, all[:min(1, len(all))], nil, nil
	}
}

func (c *Client) scan(ctx context.Context, o *Object, q Query, k call, parameters string) (*Result, error) {
	ids, names, positions, err := q.project(o.Schema)
	if err != nil {
		return nil, err
	}
	if q.Filters == "" {
		q.Filters = Filter(names)
	}
	descriptor, err := proto.Marshal(o.Info.FlightDescriptor)
	if err != nil {
		return nil, err
	}
	reply, err := c.action(ctx, "endpoints", fields{
		{"descriptor", string(descriptor)},
		{"parameters", fields{
			{"json_filters", q.Filters},
			{"column_ids", ids},
			{"table_function_parameters", parameters},
			{"table_function_input_schema", ""},
			{"at_unit", q.AtUnit},
			{"at_value", q.AtValue},
		}},
	}, k)
	if err != nil {
		return nil, err
	}
	var packed [][]byte
	if err := msgpack.Unmarshal(reply, &packed); err != nil {
		return nil, fmt.Errorf("endpoints: %w", err)
	}
	endpoints := make([]flight.FlightEndpoint, len(packed))
	for i, b := range packed {
		if err := proto.Unmarshal(b, &endpoints[i]); err != nil {
			return nil, fmt.Errorf("endpoints: %w", err)
		}
		if at := endpoints[i].Location; len(at) == 0 || at[0].Uri != reuse {
			return nil, fmt.Errorf("endpoints: first location of %v is not this connection", at)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, errs := make([]Result, len(endpoints)), make([]error, len(endpoints))
	var first error // the one that ended the others
	var once sync.Once
	var wg sync.WaitGroup
	for i := range endpoints {
		wg.Go(func() {
			if errs[i] = c.get(ctx, endpoints[i].Ticket, o.Schema, positions, k, &parts[i]); errs[i] != nil {
				once.Do(func() { first = errs[i] })
				cancel()
			}
		})
	}
	wg.Wait()
	if first != nil {
		return nil, first
	}
	r := &Result{Endpoints: len(endpoints), Schema: o.Schema}
	for _, p := range parts {
		r.Rows = append(r.Rows, p.Rows...)
		r.Bytes += p.Bytes
		r.Batches += p.Batches
	}
	return r, nil
}

// get reads one endpoint.
func (c *Client) get(ctx context.Context, ticket *flight.Ticket, want *arrow.Schema, positions []int, k call, r *Result) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.service.DoGet(c.headers(ctx, "DoGet", k), ticket)
	if err != nil {
		return err
	}
	in := &incoming{from: stream}
	rd, err := flight.NewRecordReader(in)
	if err != nil {
		return in.or(err)
	}
	defer rd.Release()
	if err := same(want, rd.Schema()); err != nil {
		return fmt.Errorf("DoGet: %w", err)
	}
	for rd.Next() {
		r.Batches++
		if m := rd.LatestAppMetadata(); len(m) > 0 {
			var p struct {
				Progress float64 `msgpack:"progress"`
			}
			if err := unpack(m, &p); err != nil || p.Progress < 0 || p.Progress > 1 {
				return fmt.Errorf("DoGet: a batch's metadata %x is no progress: %w", m, err)
			}
		}
		rec := rd.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]any, len(positions))
			for j, p := range positions {
				if col := rec.Column(p); col.IsValid(i) {
					row[j] = strings.Clone(col.ValueStr(i))
				}
			}
			r.Rows = append(r.Rows, row)
		}
	}
	r.Bytes = in.bytes
	if err := rd.Err(); err != nil && !errors.Is(err, io.EOF) {
		return in.or(err)
	}
	return in.failed
}

// same says where the stream's columns are not those advertised; the client reads
// by position and would take one for another.
func same(want, got *arrow.Schema) error {
	if want.NumFields() != got.NumFields() {
		return fmt.Errorf("%d columns, %d were advertised", got.NumFields(), want.NumFields())
	}
	for i, w := range want.Fields() {
		g := got.Field(i)
		if g.Name != w.Name || !arrow.TypeEqual(g.Type, w.Type, arrow.CheckMetadata()) {
			return fmt.Errorf("column %d is %s %s, advertised was %s %s", i, g.Name, g.Type, w.Name, w.Type)
		}
		for _, key := range []string{ipc.ExtensionTypeKeyName, ipc.ExtensionMetadataKeyName} {
			gv, _ := g.Metadata.GetValue(key)
			if wv, _ := w.Metadata.GetValue(key); gv != wv {
				return fmt.Errorf("column %s has %s %q, advertised was %q", w.Name, key, gv, wv)
			}
		}
	}
	return nil
}

// incoming counts what comes, keeps the status as it was, and ends at a message
// that has metadata alone.
type incoming struct {
	from   flight.DataStreamReader
	bytes  int64
	last   []byte // the metadata that ended it
	failed error
}

// Recv makes incoming a flight.DataStreamReader.
func (s *incoming) Recv() (*flight.FlightData, error) {
	d, err := s.from.Recv()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			s.failed = err
		}
		return nil, err
	}
	s.bytes += int64(len(d.DataHeader) + len(d.DataBody))
	if len(d.DataHeader) == 0 && len(d.AppMetadata) > 0 {
		s.last = d.AppMetadata
		return nil, io.EOF
	}
	return d, nil
}

func (s *incoming) or(err error) error {
	if s.failed != nil {
		return s.failed
	}
	return err
}
