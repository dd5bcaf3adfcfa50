package engine

import (
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// typeNames are the types that need nothing but their name.
var typeNames = map[duckdb.Type]string{
	duckdb.TypeBoolean: "BOOLEAN", duckdb.TypeTinyInt: "TINYINT", duckdb.TypeSmallInt: "SMALLINT",
	duckdb.TypeInteger: "INTEGER", duckdb.TypeBigInt: "BIGINT", duckdb.TypeUTinyInt: "UTINYINT",
	duckdb.TypeUSmallInt: "USMALLINT", duckdb.TypeUInteger: "UINTEGER", duckdb.TypeUBigInt: "UBIGINT",
	duckdb.TypeFloat: "FLOAT", duckdb.TypeDouble: "DOUBLE", duckdb.TypeTimestamp: "TIMESTAMP",
	duckdb.TypeDate: "DATE", duckdb.TypeTime: "TIME", duckdb.TypeInterval: "INTERVAL",
	duckdb.TypeHugeInt: "HUGEINT", duckdb.TypeUHugeInt: "UHUGEINT", duckdb.TypeVarchar: "VARCHAR",
	duckdb.TypeBlob: "BLOB", duckdb.TypeTimestampS: "TIMESTAMP_S", duckdb.TypeTimestampMS: "TIMESTAMP_MS",
	duckdb.TypeTimestampNS: "TIMESTAMP_NS", duckdb.TypeUUID: "UUID", duckdb.TypeTimestampTZ: "TIMESTAMP WITH TIME ZONE",
	duckdb.TypeTimeNS: "TIME_NS", duckdb.TypeGeometry: "GEOMETRY", duckdb.TypeSQLNull: "INTEGER",
	// Those below have no Arrow form that clients can read without loss.
	duckdb.TypeEnum: "VARCHAR", duckdb.TypeBit: "VARCHAR", duckdb.TypeBigNum: "VARCHAR",
	duckdb.TypeTimeTZ: "VARCHAR", duckdb.TypeVariant: "JSON", duckdb.TypeStringLiteral: "VARCHAR",
	duckdb.TypeIntegerLiteral: "INTEGER",
}

// sentAsText reports whether values of t go out in another type than they have:
// as their text, since Arrow has no type for them that all clients read (enums
// would be dictionaries) or none without loss (TIMETZ would lose its zone).
func sentAsText(t duckdb.Type) bool {
	switch t {
	case duckdb.TypeEnum, duckdb.TypeBit, duckdb.TypeBigNum, duckdb.TypeTimeTZ, duckdb.TypeVariant:
		return true
	}
	return false
}

// wireType is the SQL type in which values of t go to clients, and whether it
// differs from t anywhere inside.
func wireType(t duckdb.LogicalType) (sql string, differs bool) {
	id := duckdb.GetTypeId(t)
	switch id {
	case duckdb.TypeDecimal:
		return "DECIMAL(" + strconv.Itoa(int(duckdb.DecimalWidth(t))) + "," + strconv.Itoa(int(duckdb.DecimalScale(t))) + ")", false
	case duckdb.TypeVarchar:
		if strings.EqualFold(duckdb.LogicalTypeGetAlias(t), "JSON") {
			return "JSON", false
		}
		return "VARCHAR", false
	case duckdb.TypeList:
		sql, differs = childType(duckdb.ListTypeChildType(t))
		return sql + "[]", differs
	case duckdb.TypeArray:
		sql, differs = childType(duckdb.ArrayTypeChildType(t))
		return sql + "[" + strconv.FormatUint(uint64(duckdb.ArrayTypeArraySize(t)), 10) + "]", differs
	case duckdb.TypeMap:
		key, keyDiffers := childType(duckdb.MapTypeKeyType(t))
		value, valueDiffers := childType(duckdb.MapTypeValueType(t))
		return "MAP(" + key + ", " + value + ")", keyDiffers || valueDiffers
	case duckdb.TypeStruct:
		return membersType("STRUCT", duckdb.StructTypeChildCount(t),
			func(i duckdb.IdxT) string { return duckdb.StructTypeChildName(t, i) },
			func(i duckdb.IdxT) duckdb.LogicalType { return duckdb.StructTypeChildType(t, i) })
	case duckdb.TypeUnion:
		return membersType("UNION", duckdb.UnionTypeMemberCount(t),
			func(i duckdb.IdxT) string { return duckdb.UnionTypeMemberName(t, i) },
			func(i duckdb.IdxT) duckdb.LogicalType { return duckdb.UnionTypeMemberType(t, i) })
	}
	if name, ok := typeNames[id]; ok {
		return name, sentAsText(id)
	}
	return "VARCHAR", true
}

// childType is wireType of a type that it frees.
func childType(t duckdb.LogicalType) (string, bool) {
	defer duckdb.DestroyLogicalType(&t)
	return wireType(t)
}

func membersType(kind string, n duckdb.IdxT, name func(duckdb.IdxT) string, member func(duckdb.IdxT) duckdb.LogicalType) (string, bool) {
	parts, differs := make([]string, n), false
	for i := range n {
		sql, d := childType(member(i))
		differs = differs || d
		if kind == "STRUCT" && name(i) == "" {
			parts[i] = sql
			continue
		}
		parts[i] = sqltext.Identifier(name(i)) + " " + sql
	}
	return kind + "(" + strings.Join(parts, ", ") + ")", differs
}

// known reports whether DuckDB has settled on t: it has not while it depends on
// a parameter without a value.
func known(t duckdb.LogicalType) bool {
	switch duckdb.GetTypeId(t) {
	case duckdb.TypeInvalid, duckdb.TypeAny:
		return false
	}
	return true
}
