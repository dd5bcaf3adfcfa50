package engine

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// arrange says which column of params goes to which parameter: by name where
// all of the statement's parameters are named and found, else by position.
func arrange(names []string, params arrow.RecordBatch) ([]int, error) {
	given := 0
	if params != nil {
		given = int(params.NumCols())
	}
	if given != len(names) {
		return nil, fmt.Errorf("the statement has %d parameters and %d were given: %w", len(names), given, ErrSQL)
	}
	order := make([]int, len(names))
	for i, name := range names {
		order[i] = slices.IndexFunc(params.Schema().Fields(), func(f arrow.Field) bool {
			return strings.EqualFold(strings.TrimPrefix(f.Name, "$"), name)
		})
		if order[i] < 0 {
			for j := range order {
				order[j] = j
			}
			break
		}
	}
	return order, nil
}

// bind gives row of params to st, in order.
func bind(st duckdb.PreparedStatement, order []int, params arrow.RecordBatch, row int) error {
	for i, column := range order {
		v, err := value(params.Column(column), row)
		if err != nil {
			return fmt.Errorf("parameter %d: %w", i+1, err)
		}
		err = bindValue(st, i, v)
		if err != nil {
			return err
		}
	}
	return nil
}

func bindValue(st duckdb.PreparedStatement, i int, v duckdb.Value) error {
	defer duckdb.DestroyValue(&v)
	if duckdb.BindValue(st, duckdb.IdxT(i+1), v) == duckdb.StateError {
		return fmt.Errorf("parameter %d cannot be bound: %w", i+1, ErrSQL)
	}
	return nil
}

// value is one value of a for DuckDB. The caller must destroy it.
func value(a arrow.Array, row int) (duckdb.Value, error) {
	if a.IsNull(row) {
		return duckdb.CreateNullValue(), nil
	}
	switch a := a.(type) {
	case *array.Null:
		return duckdb.CreateNullValue(), nil
	case *array.Boolean:
		return duckdb.CreateBool(a.Value(row)), nil
	case *array.Int8:
		return duckdb.CreateInt8(a.Value(row)), nil
	case *array.Int16:
		return duckdb.CreateInt16(a.Value(row)), nil
	case *array.Int32:
		return duckdb.CreateInt32(a.Value(row)), nil
	case *array.Int64:
		return duckdb.CreateInt64(a.Value(row)), nil
	case *array.Uint8:
		return duckdb.CreateUInt8(a.Value(row)), nil
	case *array.Uint16:
		return duckdb.CreateUInt16(a.Value(row)), nil
	case *array.Uint32:
		return duckdb.CreateUInt32(a.Value(row)), nil
	case *array.Uint64:
		return duckdb.CreateUInt64(a.Value(row)), nil
	case *array.Float16:
		return duckdb.CreateFloat(a.Value(row).Float32()), nil
	case *array.Float32:
		return duckdb.CreateFloat(a.Value(row)), nil
	case *array.Float64:
		return duckdb.CreateDouble(a.Value(row)), nil
	case *array.String:
		return textValue(a.Value(row))
	case *array.LargeString:
		return textValue(a.Value(row))
	case *array.StringView:
		return textValue(a.Value(row))
	case *array.Binary:
		return blobValue(a.Value(row)), nil
	case *array.LargeBinary:
		return blobValue(a.Value(row)), nil
	case *array.BinaryView:
		return blobValue(a.Value(row)), nil
	case *array.FixedSizeBinary:
		return blobValue(a.Value(row)), nil
	case *array.Decimal32:
		t := a.DataType().(*arrow.Decimal32Type)
		return decimalValue(decimal128.FromI64(int64(a.Value(row))), t.Precision, t.Scale)
	case *array.Decimal64:
		t := a.DataType().(*arrow.Decimal64Type)
		return decimalValue(decimal128.FromI64(int64(a.Value(row))), t.Precision, t.Scale)
	case *array.Decimal128:
		t := a.DataType().(*arrow.Decimal128Type)
		return decimalValue(a.Value(row), t.Precision, t.Scale)
	case *array.Decimal256:
		return wideDecimal(a.Value(row).BigInt(), a.DataType().(*arrow.Decimal256Type).Scale)
	case *array.Dictionary:
		return value(a.Dictionary(), a.GetValueIndex(row))
	case *array.RunEndEncoded:
		return value(a.Values(), a.GetPhysicalIndex(row))
	case array.ExtensionArray:
		return extensionValue(a, row)
	}
	if v, ok := timeValue(a, row); ok {
		return v, nil
	}
	return nestedValue(a, row)
}

func textValue(s string) (duckdb.Value, error) {
	if !utf8.ValidString(s) {
		return duckdb.Value{}, fmt.Errorf("text is not valid UTF-8: %w", ErrSQL)
	}
	return duckdb.CreateVarcharLength(s, duckdb.IdxT(len(s))), nil
}

// blobValue copies b, which may be empty.
func blobValue(b []byte) duckdb.Value { return duckdb.CreateBlob(b) }

func decimalValue(n decimal128.Num, precision, scale int32) (duckdb.Value, error) {
	if precision < 1 || precision > 38 || scale < 0 || scale > precision {
		return duckdb.Value{}, fmt.Errorf("DECIMAL(%d,%d) is not supported: %w", precision, scale, ErrSQL)
	}
	if !n.FitsInPrecision(precision) {
		return duckdb.Value{}, fmt.Errorf("a value does not fit DECIMAL(%d,%d): %w", precision, scale, ErrSQL)
	}
	return duckdb.CreateDecimal(duckdb.NewDecimal(uint8(precision), uint8(scale), duckdb.NewHugeInt(n.LowBits(), n.HighBits()))), nil
}

func wideDecimal(n *big.Int, scale int32) (duckdb.Value, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
	if n.CmpAbs(limit) >= 0 {
		return duckdb.Value{}, fmt.Errorf("a decimal has more than 38 digits: %w", ErrSQL)
	}
	return decimalValue(decimal128.FromBigInt(n), 38, scale)
}

// uuidExtension is the canonical extension type for UUIDs.
const uuidExtension = "arrow.uuid"

func extensionValue(a array.ExtensionArray, row int) (duckdb.Value, error) {
	id, ok := a.Storage().(*array.FixedSizeBinary)
	if !ok || a.ExtensionType().ExtensionName() != uuidExtension || len(id.Value(row)) != 16 {
		return value(a.Storage(), row)
	}
	b := id.Value(row)
	return duckdb.CreateUUID(duckdb.NewUHugeInt(binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b))), nil
}

// timeValue is value for dates, times and intervals.
func timeValue(a arrow.Array, row int) (duckdb.Value, bool) {
	switch a := a.(type) {
	case *array.Date32:
		return duckdb.CreateDate(duckdb.NewDate(int32(a.Value(row)))), true
	case *array.Date64:
		const day = 24 * 60 * 60 * 1000
		ms := int64(a.Value(row))
		days := ms / day
		if ms%day < 0 {
			days--
		}
		return duckdb.CreateDate(duckdb.NewDate(int32(days))), true
	case *array.Time32:
		factor := int64(1_000_000)
		if a.DataType().(*arrow.Time32Type).Unit == arrow.Millisecond {
			factor = 1000
		}
		return duckdb.CreateTime(duckdb.NewTime(int64(a.Value(row)) * factor)), true
	case *array.Time64:
		if a.DataType().(*arrow.Time64Type).Unit == arrow.Nanosecond {
			return duckdb.CreateTimeNS(duckdb.NewTimeNS(int64(a.Value(row)))), true
		}
		return duckdb.CreateTime(duckdb.NewTime(int64(a.Value(row)))), true
	case *array.Timestamp:
		return timestampValue(int64(a.Value(row)), a.DataType().(*arrow.TimestampType)), true
	case *array.Duration:
		return duckdb.CreateInterval(duckdb.NewInterval(0, 0, micros(int64(a.Value(row)), a.DataType().(*arrow.DurationType).Unit))), true
	case *array.MonthInterval:
		return duckdb.CreateInterval(duckdb.NewInterval(int32(a.Value(row)), 0, 0)), true
	case *array.DayTimeInterval:
		v := a.Value(row)
		return duckdb.CreateInterval(duckdb.NewInterval(0, v.Days, int64(v.Milliseconds)*1000)), true
	case *array.MonthDayNanoInterval:
		v := a.Value(row)
		return duckdb.CreateInterval(duckdb.NewInterval(v.Months, v.Days, v.Nanoseconds/1000)), true
	}
	return duckdb.Value{}, false
}

func micros(n int64, unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Second:
		return n * 1_000_000
	case arrow.Millisecond:
		return n * 1000
	case arrow.Nanosecond:
		return n / 1000
	default:
		return n
	}
}

func timestampValue(n int64, t *arrow.TimestampType) duckdb.Value {
	if t.TimeZone != "" {
		return duckdb.CreateTimestampTZ(duckdb.NewTimestamp(micros(n, t.Unit)))
	}
	switch t.Unit {
	case arrow.Second:
		return duckdb.CreateTimestampS(duckdb.NewTimestampS(n))
	case arrow.Millisecond:
		return duckdb.CreateTimestampMS(duckdb.NewTimestampMS(n))
	case arrow.Nanosecond:
		return duckdb.CreateTimestampNS(duckdb.NewTimestampNS(n))
	default:
		return duckdb.CreateTimestamp(duckdb.NewTimestamp(n))
	}
}
