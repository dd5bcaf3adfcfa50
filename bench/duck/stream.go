package duck

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// Stream is one result, read chunk by chunk while DuckDB works. Nothing else may
// run on its connection until it is closed.
type Stream struct {
	schema  *arrow.Schema
	st      duckdb.PreparedStatement
	opt     duckdb.ArrowOptions
	pending duckdb.PendingResult
	res     duckdb.Result
	ended   bool // a fetch after the end is an error in DuckDB
}

// Stream starts sql with keys bound in their order. The caller must Close it.
func (c *Conn) Stream(sql string, keys ...int64) (*Stream, error) {
	s := &Stream{}
	if duckdb.Prepare(c.raw, sql, &s.st) == duckdb.StateError {
		err := fmt.Errorf("prepare: %s", duckdb.PrepareError(s.st))
		duckdb.DestroyPrepare(&s.st)
		return nil, err
	}
	for i, k := range keys {
		if duckdb.BindInt64(s.st, duckdb.IdxT(i+1), k) == duckdb.StateError {
			duckdb.DestroyPrepare(&s.st)
			return nil, fmt.Errorf("bind parameter %d", i+1)
		}
	}
	duckdb.ConnectionGetArrowOptions(c.raw, &s.opt)
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stream) start() error {
	n := duckdb.PreparedStatementColumnCount(s.st)
	names, types := make([]string, n), make([]duckdb.LogicalType, n)
	for i := range n {
		names[i] = duckdb.PreparedStatementColumnName(s.st, i)
		types[i] = duckdb.PreparedStatementColumnLogicalType(s.st, i)
	}
	schema, data := duckdb.NewArrowSchema(s.opt, types, names)
	for i := range types {
		duckdb.DestroyLogicalType(&types[i])
	}
	if err := dataError(data); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	s.schema = schema
	if duckdb.PendingPreparedStreaming(s.st, &s.pending) == duckdb.StateError {
		return fmt.Errorf("start: %s", duckdb.PendingError(s.pending))
	}
	if duckdb.ExecutePending(s.pending, &s.res) == duckdb.StateError {
		return fmt.Errorf("execute: %s", duckdb.ResultError(&s.res))
	}
	return nil
}

// Close frees the stream, read to its end or not.
func (s *Stream) Close() {
	duckdb.DestroyResult(&s.res)
	duckdb.DestroyPending(&s.pending)
	duckdb.DestroyPrepare(&s.st)
	duckdb.DestroyArrowOptions(&s.opt)
}

// Schema is the schema of the rows.
func (s *Stream) Schema() *arrow.Schema { return s.schema }

// Next gives one of DuckDB's chunks, nil after the last. The caller must Release it.
func (s *Stream) Next() (arrow.RecordBatch, error) {
	if s.ended {
		return nil, nil
	}
	chunk := duckdb.FetchChunk(s.res)
	if chunk.Ptr == nil {
		s.ended = true
		if msg := duckdb.ResultError(&s.res); msg != "" {
			return nil, fmt.Errorf("stream: %s", msg)
		}
		return nil, nil
	}
	defer duckdb.DestroyDataChunk(&chunk)
	rec, data := duckdb.DataChunkToArrowArray(s.opt, s.schema, chunk)
	if err := dataError(data); err != nil {
		return nil, fmt.Errorf("convert: %w", err)
	}
	return rec, nil
}

// NextAtLeast joins chunks until they hold size bytes; nil after the last.
// The caller must Release the batch.
func (s *Stream) NextAtLeast(size int64) (arrow.RecordBatch, error) {
	var recs []arrow.RecordBatch
	defer func() {
		for _, r := range recs {
			r.Release()
		}
	}()
	for have := int64(0); have < size; {
		rec, err := s.Next()
		if err != nil {
			return nil, err
		}
		if rec == nil {
			break
		}
		recs = append(recs, rec)
		have += Size(rec)
	}
	switch len(recs) {
	case 0:
		return nil, nil
	case 1:
		recs[0].Retain()
		return recs[0], nil
	}
	return join(s.schema, recs)
}

func join(schema *arrow.Schema, recs []arrow.RecordBatch) (arrow.RecordBatch, error) {
	var rows int64
	for _, r := range recs {
		rows += r.NumRows()
	}
	cols := make([]arrow.Array, 0, schema.NumFields())
	defer func() {
		for _, c := range cols {
			c.Release()
		}
	}()
	parts := make([]arrow.Array, len(recs))
	for i := range schema.NumFields() {
		for j, r := range recs {
			parts[j] = r.Column(i)
		}
		col, err := array.Concatenate(parts, memory.DefaultAllocator)
		if err != nil {
			return nil, fmt.Errorf("join column %d: %w", i, err)
		}
		cols = append(cols, col)
	}
	return array.NewRecordBatch(schema, cols, rows), nil
}

// Size is the number of bytes in rec's columns.
func Size(rec arrow.RecordBatch) (n int64) {
	for _, c := range rec.Columns() {
		n += int64(c.Data().SizeInBytes())
	}
	return n
}

func dataError(e duckdb.ErrorData) error {
	defer duckdb.DestroyErrorData(&e)
	if msg := duckdb.ErrorDataMessage(e); msg != "" {
		return errors.New(msg)
	}
	return nil
}
