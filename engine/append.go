package engine

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
)

// vectorRows is how many rows DuckDB takes at once where it must cast them.
const vectorRows = 2048

// appendAll appends all of rows to columns of table, in the open transaction.
func (c *conn) appendAll(ctx context.Context, table catalog.Name, columns []string, rows array.RecordReader) (int64, error) {
	schema := rows.Schema()
	var converted duckdb.ArrowConvertedSchema
	err := c.do(ctx, func() error {
		got, err := c.beginAppend(table, columns, schema)
		converted = got
		return err
	})
	if err != nil {
		return 0, err
	}
	n, err := c.appendBatches(ctx, rows, converted)
	if c.lost.Load() {
		return 0, err // the connection's end frees the appender
	}
	duckdb.DestroyArrowConvertedSchema(&converted)
	if err == nil {
		err = c.do(ctx, c.flushAppend)
	}
	if c.lost.Load() {
		return 0, err
	}
	c.endAppend()
	return n, err
}

func (c *conn) beginAppend(table catalog.Name, columns []string, schema *arrow.Schema) (duckdb.ArrowConvertedSchema, error) {
	if duckdb.AppenderCreateExt(c.raw, table.Catalog, table.Schema, table.Table, &c.appender) == duckdb.StateError {
		return duckdb.ArrowConvertedSchema{}, c.appendError()
	}
	for _, name := range columns {
		if duckdb.AppenderAddColumn(c.appender, name) == duckdb.StateError {
			return duckdb.ArrowConvertedSchema{}, c.appendError()
		}
	}
	converted, e := duckdb.SchemaFromArrow(c.raw, schema)
	defer duckdb.DestroyErrorData(&e)
	if duckdb.ErrorDataHasError(e) {
		return duckdb.ArrowConvertedSchema{}, &rawError{kind: duckdb.ErrorDataErrorType(e), text: duckdb.ErrorDataMessage(e)}
	}
	return converted, nil
}

// appendError is what the appender says, after which it is freed.
func (c *conn) appendError() error {
	e := duckdb.AppenderErrorData(c.appender)
	defer duckdb.DestroyErrorData(&e)
	return &rawError{kind: duckdb.ErrorDataErrorType(e), text: duckdb.ErrorDataMessage(e)}
}

func (c *conn) appendBatches(ctx context.Context, rows array.RecordReader, converted duckdb.ArrowConvertedSchema) (int64, error) {
	var n int64
	for rows.Next() {
		batch := rows.RecordBatch()
		if err := sound(batch); err != nil {
			return 0, err
		}
		batch.Retain() // the call may outlive the caller
		err := c.do(ctx, func() error {
			defer batch.Release()
			return c.appendBatch(ctx, batch, converted)
		})
		if err != nil {
			return 0, err
		}
		n += batch.NumRows()
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("read the data: %w", err)
	}
	return n, nil
}

func (c *conn) appendBatch(ctx context.Context, batch arrow.RecordBatch, converted duckdb.ArrowConvertedSchema) error {
	for from := int64(0); from < batch.NumRows(); from += vectorRows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := c.appendSlice(batch, from, min(from+vectorRows, batch.NumRows()), converted); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) appendSlice(batch arrow.RecordBatch, from, to int64, converted duckdb.ArrowConvertedSchema) error {
	part := batch.NewSlice(from, to)
	defer part.Release()
	chunk, e := duckdb.DataChunkFromArrow(c.raw, part, converted)
	defer duckdb.DestroyErrorData(&e)
	if duckdb.ErrorDataHasError(e) {
		return &rawError{kind: duckdb.ErrorDataErrorType(e), text: duckdb.ErrorDataMessage(e)}
	}
	defer duckdb.DestroyDataChunk(&chunk)
	if duckdb.AppendDataChunk(c.appender, chunk) == duckdb.StateError {
		return c.appendError()
	}
	return nil
}

func (c *conn) flushAppend() error {
	if duckdb.AppenderFlush(c.appender) == duckdb.StateError {
		return c.appendError()
	}
	return nil
}

// endAppend frees the appender without writing what it still holds.
func (c *conn) endAppend() {
	if c.appender.Ptr == nil {
		return
	}
	duckdb.AppenderClear(c.appender)
	duckdb.AppenderDestroy(&c.appender)
}

// sound refuses data that DuckDB would read beyond its end, or take for UTF-8
// though it is not.
func sound(batch arrow.RecordBatch) error {
	for i, column := range batch.Columns() {
		if err := validateFull(column); err != nil {
			return fmt.Errorf("the data of column %q is malformed: %w: %w", batch.ColumnName(i), err, ErrSQL)
		}
		if !validText(column) {
			return fmt.Errorf("column %q holds text that is not valid UTF-8: %w", batch.ColumnName(i), ErrSQL)
		}
	}
	return nil
}

// validText reports whether all text in a, and in what a consists of, is UTF-8.
func validText(a arrow.Array) bool {
	switch a := a.(type) {
	case *array.String:
		return validTexts(a, a.ValueBytes())
	case *array.LargeString:
		return validTexts(a, a.ValueBytes())
	case *array.StringView:
		return eachValid(a)
	case *array.Dictionary:
		return validText(a.Dictionary())
	case *array.RunEndEncoded:
		return validText(a.Values())
	case array.ExtensionArray:
		return validText(a.Storage())
	case array.ListLike:
		return validText(a.ListValues())
	case *array.Struct:
		for i := range a.NumField() {
			if !validText(a.Field(i)) {
				return false
			}
		}
	case array.Union:
		for i := range a.NumFields() {
			if !validText(a.Field(i)) {
				return false
			}
		}
	}
	return true
}

// texts is an Arrow array of text.
type textArray interface {
	arrow.Array
	Value(i int) string
}

// validTexts looks at all the bytes at once, and at each value only where that
// is not enough: characters may not be cut in two.
func validTexts(a textArray, all []byte) bool {
	for _, b := range all {
		if b >= utf8.RuneSelf {
			return eachValid(a)
		}
	}
	return true
}

func eachValid(a textArray) bool {
	for i := range a.Len() {
		if !a.IsNull(i) && !utf8.ValidString(a.Value(i)) {
			return false
		}
	}
	return true
}
