package main

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// parameterRow is one row of parameters, of the types that the server named.
// Where it could not tell a type, a whole number, a number, true and false are
// taken as such and anything else is a text. The word NULL is none of these:
// it is no value.
func parameterRow(mem memory.Allocator, schema *arrow.Schema, texts []string) (arrow.RecordBatch, error) {
	fields := make([]arrow.Field, len(texts))
	columns := make([]arrow.Array, 0, len(texts))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, text := range texts {
		fields[i] = schema.Field(i)
		fields[i].Nullable = true
		if fields[i].Type.ID() == arrow.NULL {
			fields[i].Type = guessType(text)
		}
		b := array.NewBuilder(mem, fields[i].Type)
		if text == "NULL" {
			b.AppendNull()
		} else if err := b.AppendValueFromString(text); err != nil {
			b.Release()
			return nil, coded(exitUsage, fmt.Errorf("parameter %d: %q is not of type %s", i+1, text, fields[i].Type))
		}
		columns = append(columns, b.NewArray())
		b.Release()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, 1), nil
}

// guessType is the type that a parameter's text looks like.
func guessType(text string) arrow.DataType {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return arrow.PrimitiveTypes.Int64
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return arrow.PrimitiveTypes.Float64
	}
	if text == "true" || text == "false" {
		return arrow.FixedWidthTypes.Boolean
	}
	return arrow.BinaryTypes.String
}
