package airport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/proto"
)

// serverWait is how long this client waits where the true one would for ever.
const serverWait = 30 * time.Second

// chunkRows is how many rows the client sends at most at a time.
const chunkRows = 2048

// Insert adds rec's rows to a table and gives their number, and with returning how
// many came back.
func (c *Client) Insert(ctx context.Context, schema, table string, rec arrow.RecordBatch, returning bool) (changed uint64, back int64, err error) {
	tx, s, err := c.open(ctx, schema)
	if err != nil {
		return 0, 0, err
	}
	o, err := find(s.Tables, table)
	if err != nil {
		return 0, 0, err
	}
	if err := c.version(ctx); err != nil {
		return 0, 0, err
	}
	return c.exchange(ctx, o, "insert", tx, rec, returning)
}

// Scalar calls a function with rec's columns, and gives how many values came back.
func (c *Client) Scalar(ctx context.Context, schema, name string, rec arrow.RecordBatch) (int64, error) {
	tx, s, err := c.open(ctx, schema)
	if err != nil {
		return 0, err
	}
	o, err := find(s.ScalarFunctions, name)
	if err != nil {
		return 0, err
	}
	_, back, err := c.exchange(ctx, o, "scalar_function", tx, rec, true)
	return back, err
}

// Change opens an exchange of that operation on a table, as UPDATE and DELETE do.
func (c *Client) Change(ctx context.Context, operation, schema, table string, rec arrow.RecordBatch) (uint64, error) {
	tx, s, err := c.open(ctx, schema)
	if err != nil {
		return 0, err
	}
	o, err := find(s.Tables, table)
	if err != nil {
		return 0, err
	}
	n, _, err := c.exchange(ctx, o, operation, tx, rec, false)
	return n, err
}

// exchange is DoExchange: the descriptor, the schema, the server's schema, the rows,
// and after them how many were changed.
func (c *Client) exchange(ctx context.Context, o *Object, operation, tx string, rec arrow.RecordBatch, returning bool) (changed uint64, back int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, serverWait)
	defer cancel()
	chunks := "0"
	if returning {
		chunks = "1"
	}
	d := o.Info.FlightDescriptor
	stream, err := c.service.DoExchange(c.headers(ctx, "DoExchange:"+operation, call{tx: tx, descriptor: d, trace: newUUID()},
		"airport-operation", operation, "return-chunks", chunks))
	if err != nil {
		return 0, 0, err
	}
	if err := errors.Join(stream.Send(&flight.FlightData{FlightDescriptor: d}), stream.Send(schemaMessage(d, rec.Schema()))); err != nil {
		return 0, 0, ended(stream, err)
	}
	first, err := stream.Recv()
	if err != nil {
		return 0, 0, err
	}
	if len(first.GetDataHeader()) == 0 {
		return 0, 0, fmt.Errorf("the server's first message is no schema")
	}
	for from := int64(0); from < rec.NumRows(); from += chunkRows {
		m, err := batchMessage(rec, from, min(from+chunkRows, rec.NumRows()))
		if err != nil {
			return 0, 0, err
		}
		if err := stream.Send(m); err != nil {
			return 0, 0, ended(stream, err)
		}
		if !returning {
			continue
		}
		reply, err := stream.Recv()
		if err != nil {
			return 0, 0, err
		}
		if len(reply.GetDataHeader()) > 0 {
			back += min(chunkRows, rec.NumRows()-from)
		}
	}
	if err := stream.CloseSend(); err != nil {
		return 0, 0, err
	}
	last, err := stream.Recv()
	if operation == "scalar_function" && errors.Is(err, io.EOF) {
		return 0, back, nil
	}
	if err != nil {
		return 0, 0, err
	}
	var total struct {
		Changed uint64 `msgpack:"total_changed"`
	}
	if err := msgpack.Unmarshal(last.GetAppMetadata(), &total); err != nil {
		return 0, 0, err
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		return 0, 0, fmt.Errorf("after the last message: %w", err)
	}
	return total.Changed, back, nil
}

func schemaMessage(d *flight.FlightDescriptor, s *arrow.Schema) *flight.FlightData {
	p := ipc.GetSchemaPayload(s, memory.DefaultAllocator)
	defer p.Release()
	meta := p.Meta()
	defer meta.Release()
	return &flight.FlightData{FlightDescriptor: d, DataHeader: append([]byte(nil), meta.Bytes()...)}
}

// bytesOf takes what is written to it.
type bytesOf []byte

func (b *bytesOf) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func batchMessage(rec arrow.RecordBatch, from, to int64) (*flight.FlightData, error) {
	part := rec.NewSlice(from, to)
	defer part.Release()
	p, err := ipc.GetRecordBatchPayload(part)
	if err != nil {
		return nil, err
	}
	defer p.Release()
	var body bytesOf
	if err := p.SerializeBody(&body); err != nil {
		return nil, err
	}
	meta := p.Meta()
	defer meta.Release()
	return &flight.FlightData{DataHeader: append([]byte(nil), meta.Bytes()...), DataBody: body}, nil
}

// ended is why the server ended a stream on which a write failed.
func ended(stream flight.FlightService_DoExchangeClient, err error) error {
	if _, status := stream.Recv(); status != nil && !errors.Is(status, io.EOF) {
		return status
	}
	return err
}

// Define calls an action of a statement that changes definitions. With a schema it
// takes the table that comes back into the client's catalog.
func (c *Client) Define(ctx context.Context, action, schema string, body map[string]any) (*Object, error) {
	if _, err := c.transaction(ctx); err != nil {
		return nil, err
	}
	if err := c.version(ctx); err != nil {
		return nil, err
	}
	b, err := c.action(ctx, action, body, call{attach: true})
	if err != nil || schema == "" {
		return nil, err
	}
	var info flight.FlightInfo
	if err := proto.Unmarshal(b, &info); err != nil {
		return nil, err
	}
	o, _, err := c.readObject(schema, b)
	if err != nil {
		return nil, err
	}
	s := c.catalog.Schemas[schema]
	if s == nil {
		s = &Schema{Tables: map[string]*Object{}}
		c.catalog.Schemas[schema] = s
	}
	s.Tables[o.Name] = o
	return o, nil
}

// SchemaText is a schema as requests hold it.
func SchemaText(fields ...arrow.Field) string {
	return string(flight.SerializeSchema(arrow.NewSchema(fields, nil), memory.DefaultAllocator))
}
