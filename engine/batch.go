package engine

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

const (
	// batchBytes is when a batch is sent; mostBytes is what none exceeds,
	// unless a single row does.
	batchBytes = 1 << 20
	mostBytes  = 2 << 20
)

// batcher turns DuckDB's chunks of 2,048 rows into batches of about batchBytes.
// It copies each value once, from DuckDB's vector into the batch.
type batcher struct {
	mem     memory.Allocator
	schema  *arrow.Schema
	options duckdb.ArrowOptions
	columns []builder
	others  others // the columns that DuckDB converts
	rows    int
	bytes   int
	last    int // rows of the batch before this one
	emit    func(arrow.RecordBatch) error
}

// newBatcher makes batches of schema, whose columns are laid out as layouts
// say. It calls emit with each, which then owns it.
func newBatcher(mem memory.Allocator, schema *arrow.Schema, layouts []layout, options duckdb.ArrowOptions, emit func(arrow.RecordBatch) error) *batcher {
	b := &batcher{mem: mem, schema: schema, options: options, columns: make([]builder, len(layouts)), emit: emit}
	for i, l := range layouts {
		b.columns[i] = builder{layout: l, data: growing{mem: mem}, offsets: growing{mem: mem}, valid: growing{mem: mem}}
	}
	b.others = newOthers(schema, layouts)
	return b
}

// add copies chunk's rows, sending the batches that become full.
func (b *batcher) add(chunk duckdb.DataChunk) error {
	n := int(duckdb.DataChunkGetSize(chunk))
	if n == 0 {
		return nil
	}
	if b.last == 0 {
		b.last = n
	}
	vectors := make([]vector, len(b.columns))
	for i := range b.columns {
		vectors[i] = vectorOf(duckdb.DataChunkGetVector(chunk, duckdb.IdxT(i)))
	}
	converted, err := b.others.convert(b.options, chunk, n)
	if err != nil {
		return err
	}
	if converted != nil {
		defer converted.Release()
	}
	return b.addRows(vectors, converted, 0, n)
}

func (b *batcher) addRows(vectors []vector, converted arrow.RecordBatch, from, to int) error {
	size := b.others.size(converted, from, to)
	for i := range b.columns {
		size += b.columns[i].size(vectors[i], from, to)
	}
	if size > mostBytes && to-from > 1 {
		middle := (from + to) / 2
		if err := b.addRows(vectors, converted, from, middle); err != nil {
			return err
		}
		return b.addRows(vectors, converted, middle, to)
	}
	if b.rows > 0 && b.bytes+size > mostBytes {
		if err := b.flush(); err != nil {
			return err
		}
	}
	for i := range b.columns {
		if err := b.columns[i].add(vectors[i], from, to, b.rows, b.last); err != nil {
			return err
		}
	}
	b.others.add(converted, from, to)
	b.rows += to - from
	b.bytes += size
	if b.bytes >= batchBytes || b.others.alone {
		return b.flush()
	}
	return nil
}

// flush sends the rows so far, if there are any.
func (b *batcher) flush() error {
	if b.rows == 0 {
		return nil
	}
	columns := make([]arrow.Array, len(b.columns))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	other := 0
	for i := range b.columns {
		if b.columns[i].kind != asOther {
			columns[i] = b.columns[i].finish(b.schema.Field(i).Type, b.rows)
			continue
		}
		var err error
		if columns[i], err = b.others.finish(other, b.mem); err != nil {
			return fmt.Errorf("join column %q: %w", b.schema.Field(i).Name, err)
		}
		other++
	}
	batch := array.NewRecordBatch(b.schema, columns, int64(b.rows))
	b.last, b.rows, b.bytes = b.rows, 0, 0
	return b.emit(batch)
}

// drop frees what was not sent.
func (b *batcher) drop() {
	for i := range b.columns {
		b.columns[i].drop()
	}
	b.others.drop()
	b.rows, b.bytes = 0, 0
}

// others are the columns of types that DuckDB converts itself: lists, structs
// and what is rare.
type others struct {
	columns []int // their places in the chunk
	schema  *arrow.Schema
	parts   [][]arrow.Array // for each column, what the batch consists of
	alone   bool            // the parts cannot be joined: each is a batch
}

func newOthers(schema *arrow.Schema, layouts []layout) others {
	var o others
	var fields []arrow.Field
	for i, l := range layouts {
		if l.kind == asOther {
			o.columns = append(o.columns, i)
			fields = append(fields, schema.Field(i))
			o.alone = o.alone || holdsUnion(schema.Field(i).Type)
		}
	}
	if len(fields) > 0 {
		o.schema = arrow.NewSchema(fields, nil)
		o.parts = make([][]arrow.Array, len(fields))
	}
	return o
}

func holdsUnion(t arrow.DataType) bool {
	if _, ok := t.(arrow.UnionType); ok {
		return true
	}
	if n, ok := t.(arrow.NestedType); ok {
		for _, f := range n.Fields() {
			if holdsUnion(f.Type) {
				return true
			}
		}
	}
	return false
}

// convert gives the other columns of chunk; nil if there are none.
func (o *others) convert(options duckdb.ArrowOptions, chunk duckdb.DataChunk, n int) (arrow.RecordBatch, error) {
	if len(o.columns) == 0 {
		return nil, nil // no such column is no error
	}
	types := make([]duckdb.LogicalType, len(o.columns))
	for i, column := range o.columns {
		types[i] = duckdb.VectorGetColumnType(duckdb.DataChunkGetVector(chunk, duckdb.IdxT(column)))
	}
	part := duckdb.CreateDataChunk(types)
	for i := range types {
		duckdb.DestroyLogicalType(&types[i])
	}
	defer duckdb.DestroyDataChunk(&part)
	for i, column := range o.columns {
		duckdb.VectorReferenceVector(duckdb.DataChunkGetVector(part, duckdb.IdxT(i)), duckdb.DataChunkGetVector(chunk, duckdb.IdxT(column)))
	}
	duckdb.DataChunkSetSize(part, duckdb.IdxT(n))
	batch, e := duckdb.DataChunkToArrowArray(options, o.schema, part)
	defer duckdb.DestroyErrorData(&e)
	if duckdb.ErrorDataHasError(e) {
		return nil, &rawError{kind: duckdb.ErrorDataErrorType(e), text: duckdb.ErrorDataMessage(e)}
	}
	return batch, nil
}

// size is about what the rows from begin to end of converted take.
func (o *others) size(converted arrow.RecordBatch, from, to int) int {
	if converted == nil {
		return 0
	}
	var all uint64
	for _, c := range converted.Columns() {
		all += c.Data().SizeInBytes()
	}
	return int(all) * (to - from) / int(converted.NumRows())
}

func (o *others) add(converted arrow.RecordBatch, from, to int) {
	for i := range o.parts {
		o.parts[i] = append(o.parts[i], array.NewSlice(converted.Column(i), int64(from), int64(to)))
	}
}

// finish gives the batch's column i. The caller must release it.
func (o *others) finish(i int, mem memory.Allocator) (arrow.Array, error) {
	parts := o.parts[i]
	o.parts[i] = nil
	if len(parts) == 1 {
		return parts[0], nil
	}
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	return array.Concatenate(parts, mem)
}

func (o *others) drop() {
	for i, parts := range o.parts {
		for _, p := range parts {
			p.Release()
		}
		o.parts[i] = nil
	}
}
