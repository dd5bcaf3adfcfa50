package flight

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
)

// xdbcType is one row of GetXdbcTypeInfo.
type xdbcType struct {
	name     string
	code     int // as in ODBC and JDBC
	size     any // int or nil
	quote    any // after a literal; string or nil
	prefix   any // before a literal
	params   any // []string or nil
	caseful  bool
	unsigned any // bool or nil for what is no number
	fixed    bool
	auto     any
	minScale any
	maxScale any
	sqlCode  int
	subcode  any
	radix    any
}

// The codes of ODBC that Flight SQL takes over.
const (
	xdbcBit, xdbcTinyint, xdbcBigint, xdbcVarbinary = -7, -6, -5, -3
	xdbcNumeric, xdbcDecimal, xdbcInteger           = 2, 3, 4
	xdbcSmallint, xdbcReal, xdbcDouble              = 5, 7, 8
	xdbcDatetime, xdbcInterval, xdbcVarchar         = 9, 10, 12
	xdbcDate, xdbcTime, xdbcTimestamp               = 91, 92, 93
)

func numberType(name string, code, size int, unsigned, fixed bool, radix int) xdbcType {
	return xdbcType{name: name, code: code, size: size, unsigned: unsigned, fixed: fixed, auto: false, minScale: 0, maxScale: 0, sqlCode: code, radix: radix}
}

func timeType(name string, code, size, subcode int, literal string) xdbcType {
	return xdbcType{name: name, code: code, size: size, prefix: literal + " '", quote: "'", maxScale: 6, minScale: 0, sqlCode: xdbcDatetime, subcode: subcode}
}

// xdbcTypeTable is ordered by code, then by how close a type is to the code's.
var xdbcTypeTable = []xdbcType{
	{name: "BOOLEAN", code: xdbcBit, size: 1, sqlCode: xdbcBit},
	numberType("TINYINT", xdbcTinyint, 3, false, true, 10),
	numberType("UTINYINT", xdbcTinyint, 3, true, true, 10),
	numberType("BIGINT", xdbcBigint, 19, false, true, 10),
	numberType("UBIGINT", xdbcBigint, 20, true, true, 10),
	{name: "BLOB", code: xdbcVarbinary, size: 1 << 30, prefix: "'", quote: "'::BLOB", sqlCode: xdbcVarbinary},
	numberType("HUGEINT", xdbcNumeric, 38, false, true, 10),
	numberType("UHUGEINT", xdbcNumeric, 38, true, true, 10),
	{name: "DECIMAL", code: xdbcDecimal, size: 38, params: []string{"precision", "scale"}, unsigned: false, auto: false, minScale: 0, maxScale: 38, sqlCode: xdbcDecimal, radix: 10},
	numberType("INTEGER", xdbcInteger, 10, false, true, 10),
	numberType("UINTEGER", xdbcInteger, 10, true, true, 10),
	numberType("SMALLINT", xdbcSmallint, 5, false, true, 10),
	numberType("USMALLINT", xdbcSmallint, 5, true, true, 10),
	numberType("FLOAT", xdbcReal, 24, false, false, 2),
	numberType("DOUBLE", xdbcDouble, 53, false, false, 2),
	{name: "INTERVAL", code: xdbcInterval, size: 64, prefix: "INTERVAL '", quote: "'", sqlCode: xdbcInterval},
	{name: "VARCHAR", code: xdbcVarchar, size: 1 << 30, params: []string{"length"}, prefix: "'", quote: "'", caseful: true, sqlCode: xdbcVarchar},
	{name: "JSON", code: xdbcVarchar, size: 1 << 30, prefix: "'", quote: "'", caseful: true, sqlCode: xdbcVarchar},
	{name: "UUID", code: xdbcVarchar, size: 36, prefix: "'", quote: "'", sqlCode: xdbcVarchar},
	timeType("DATE", xdbcDate, 10, 1, "DATE"),
	timeType("TIME", xdbcTime, 15, 2, "TIME"),
	timeType("TIMESTAMP", xdbcTimestamp, 26, 3, "TIMESTAMP"),
	timeType("TIMESTAMP WITH TIME ZONE", xdbcTimestamp, 32, 5, "TIMESTAMPTZ"),
}

const (
	xdbcNullable   = 1
	xdbcSearchable = 3 // in every predicate
)

// xdbcTypes lists the types, or those of one code. The caller must release it.
func xdbcTypes(only *int32) arrow.RecordBatch {
	t := newTable(schema_ref.XdbcTypeInfo)
	defer t.release()
	rows := slices.Clone(xdbcTypeTable)
	slices.SortStableFunc(rows, func(a, b xdbcType) int { return a.code - b.code })
	for _, x := range rows {
		if only != nil && int(*only) != x.code {
			continue
		}
		t.row(x.name, x.code, x.size, x.prefix, x.quote, x.params, xdbcNullable, x.caseful, xdbcSearchable,
			x.unsigned, x.fixed, x.auto, x.name, x.minScale, x.maxScale, x.sqlCode, x.subcode, x.radix, nil)
	}
	return t.batch()
}
