package flight

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// vendor is our name, as clients see it.
const vendor = "Lakegate"

// arrowVersion is the version of the Arrow library inside.
const arrowVersion = arrow.PkgVersion

// sqlInfo answers GetSqlInfo. A value's Go type decides the child of the union,
// and readers insist on theirs: int64 where ODBC and JDBC read a bigint, int32 for
// code 8 and true bit masks alone.
type sqlInfo struct {
	values map[uint32]any
	codes  []uint32 // of values, in order
}

// newSQLInfo fills in what differs between servers: our version, and after how
// long an unused transaction is rolled back.
func newSQLInfo(version string, idle time.Duration) (*sqlInfo, error) {
	if version == "" {
		version = "(development)"
	}
	values := map[uint32]any{0: vendor, 1: version, 2: arrowVersion, 101: int32(min(idle.Milliseconds(), math.MaxInt32))} //nolint:gosec // bounded
	for _, part := range []map[uint32]any{sqlInfoServer, sqlInfoLanguage, sqlInfoSupport, sqlInfoLimits, sqlInfoTransactions} {
		for code, v := range part {
			if _, twice := values[code]; twice {
				return nil, fmt.Errorf("code %d is there twice", code)
			}
			values[code] = v
		}
	}
	s := &sqlInfo{values: values}
	for code := range values {
		s.codes = append(s.codes, code)
	}
	slices.Sort(s.codes)
	return s, nil
}

// batch is the values of the codes asked for, or of all; codes that are not
// known are left out. The caller must release it.
func (s *sqlInfo) batch(asked []uint32) arrow.RecordBatch {
	if len(asked) == 0 {
		asked = s.codes
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema_ref.SqlInfo)
	defer b.Release()
	names := b.Field(0).(*array.Uint32Builder)
	union := b.Field(1).(*array.DenseUnionBuilder)
	for _, code := range asked {
		if v, ok := s.values[code]; ok {
			names.Append(code)
			appendInfo(union, v)
		}
	}
	return b.NewRecordBatch()
}

// conversion is one entry of the map of conversions.
type conversion struct {
	from int32
	to   []int32
}

// appendInfo appends v to the child of its type.
func appendInfo(union *array.DenseUnionBuilder, v any) {
	switch v := v.(type) {
	case string:
		union.Append(0)
		union.Child(0).(*array.StringBuilder).Append(v)
	case bool:
		union.Append(1)
		union.Child(1).(*array.BooleanBuilder).Append(v)
	case int64:
		union.Append(2)
		union.Child(2).(*array.Int64Builder).Append(v)
	case int32:
		union.Append(3)
		union.Child(3).(*array.Int32Builder).Append(v)
	case []string:
		union.Append(4)
		list := union.Child(4).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.StringBuilder).AppendValues(v, nil)
	case []conversion:
		// The map of conversions: from a type to the types it converts to.
		union.Append(5)
		m := union.Child(5).(*array.MapBuilder)
		m.Append(true)
		for _, kv := range v {
			m.KeyBuilder().(*array.Int32Builder).Append(kv.from)
			to := m.ItemBuilder().(*array.ListBuilder)
			to.Append(true)
			to.ValueBuilder().(*array.Int32Builder).AppendValues(kv.to, nil)
		}
	}
}
