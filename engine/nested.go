package engine

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// nestedValue is value for lists, structs and maps.
func nestedValue(a arrow.Array, row int) (duckdb.Value, error) {
	switch a := a.(type) {
	case *array.Map:
		return mapValue(a, row)
	case array.ListLike:
		return listValue(a, row)
	case *array.Struct:
		return structValue(a, row)
	}
	return duckdb.Value{}, fmt.Errorf("parameters of type %s are not supported: %w", a.DataType(), ErrSQL)
}

// values are those of a from begin to end. The caller must destroy them.
func values(a arrow.Array, begin, end int64) ([]duckdb.Value, error) {
	list := make([]duckdb.Value, 0, end-begin)
	for i := begin; i < end; i++ {
		v, err := value(a, int(i))
		if err != nil {
			destroyValues(list)
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func destroyValues(list []duckdb.Value) {
	for i := range list {
		duckdb.DestroyValue(&list[i])
	}
}

func listValue(a array.ListLike, row int) (duckdb.Value, error) {
	child, err := logicalType(a.ListValues().DataType())
	if err != nil {
		return duckdb.Value{}, err
	}
	defer duckdb.DestroyLogicalType(&child)
	begin, end := a.ValueOffsets(row)
	list, err := values(a.ListValues(), begin, end)
	if err != nil {
		return duckdb.Value{}, err
	}
	defer destroyValues(list)
	return duckdb.CreateListValue(child, list), nil
}

func structValue(a *array.Struct, row int) (duckdb.Value, error) {
	t, err := logicalType(a.DataType())
	if err != nil {
		return duckdb.Value{}, err
	}
	defer duckdb.DestroyLogicalType(&t)
	list := make([]duckdb.Value, 0, a.NumField())
	defer func() { destroyValues(list) }()
	for i := range a.NumField() {
		v, err := value(a.Field(i), row)
		if err != nil {
			return duckdb.Value{}, err
		}
		list = append(list, v)
	}
	return duckdb.CreateStructValue(t, list), nil
}

func mapValue(a *array.Map, row int) (duckdb.Value, error) {
	t, err := logicalType(a.DataType())
	if err != nil {
		return duckdb.Value{}, err
	}
	defer duckdb.DestroyLogicalType(&t)
	begin, end := a.ValueOffsets(row)
	keys, err := values(a.Keys(), begin, end)
	if err != nil {
		return duckdb.Value{}, err
	}
	defer destroyValues(keys)
	items, err := values(a.Items(), begin, end)
	if err != nil {
		return duckdb.Value{}, err
	}
	defer destroyValues(items)
	return duckdb.CreateMapValue(t, keys, items), nil
}

// scalarTypes are the Arrow types that say all by their id.
var scalarTypes = map[arrow.Type]duckdb.Type{
	arrow.NULL: duckdb.TypeSQLNull, arrow.BOOL: duckdb.TypeBoolean,
	arrow.INT8: duckdb.TypeTinyInt, arrow.INT16: duckdb.TypeSmallInt, arrow.INT32: duckdb.TypeInteger, arrow.INT64: duckdb.TypeBigInt,
	arrow.UINT8: duckdb.TypeUTinyInt, arrow.UINT16: duckdb.TypeUSmallInt, arrow.UINT32: duckdb.TypeUInteger, arrow.UINT64: duckdb.TypeUBigInt,
	arrow.FLOAT16: duckdb.TypeFloat, arrow.FLOAT32: duckdb.TypeFloat, arrow.FLOAT64: duckdb.TypeDouble,
	arrow.STRING: duckdb.TypeVarchar, arrow.LARGE_STRING: duckdb.TypeVarchar, arrow.STRING_VIEW: duckdb.TypeVarchar,
	arrow.BINARY: duckdb.TypeBlob, arrow.LARGE_BINARY: duckdb.TypeBlob, arrow.BINARY_VIEW: duckdb.TypeBlob, arrow.FIXED_SIZE_BINARY: duckdb.TypeBlob,
	arrow.DATE32: duckdb.TypeDate, arrow.DATE64: duckdb.TypeDate, arrow.TIME32: duckdb.TypeTime,
	arrow.DURATION: duckdb.TypeInterval, arrow.INTERVAL_MONTHS: duckdb.TypeInterval,
	arrow.INTERVAL_DAY_TIME: duckdb.TypeInterval, arrow.INTERVAL_MONTH_DAY_NANO: duckdb.TypeInterval,
}

// logicalType is the DuckDB type of the values that value makes of t. The
// caller must destroy it.
func logicalType(t arrow.DataType) (duckdb.LogicalType, error) {
	if id, ok := scalarTypes[t.ID()]; ok {
		return duckdb.CreateLogicalType(id), nil
	}
	switch t := t.(type) {
	case *arrow.Time64Type:
		if t.Unit == arrow.Nanosecond {
			return duckdb.CreateLogicalType(duckdb.TypeTimeNS), nil
		}
		return duckdb.CreateLogicalType(duckdb.TypeTime), nil
	case *arrow.TimestampType:
		return duckdb.CreateLogicalType(timestampType(t)), nil
	case arrow.DecimalType:
		return duckdb.CreateDecimalType(uint8(min(t.GetPrecision(), 38)), uint8(t.GetScale())), nil
	case *arrow.DictionaryType:
		return logicalType(t.ValueType)
	case *arrow.RunEndEncodedType:
		return logicalType(t.Encoded())
	case arrow.ExtensionType:
		if t.ExtensionName() == uuidExtension {
			return duckdb.CreateLogicalType(duckdb.TypeUUID), nil
		}
		return logicalType(t.StorageType())
	case *arrow.MapType:
		return pair(t.KeyType(), t.ItemType())
	case arrow.ListLikeType:
		child, err := logicalType(t.Elem())
		if err != nil {
			return child, err
		}
		defer duckdb.DestroyLogicalType(&child)
		return duckdb.CreateListType(child), nil
	case *arrow.StructType:
		return structType(t)
	}
	return duckdb.LogicalType{}, fmt.Errorf("values of type %s are not supported: %w", t, ErrSQL)
}

func timestampType(t *arrow.TimestampType) duckdb.Type {
	switch {
	case t.TimeZone != "":
		return duckdb.TypeTimestampTZ
	case t.Unit == arrow.Second:
		return duckdb.TypeTimestampS
	case t.Unit == arrow.Millisecond:
		return duckdb.TypeTimestampMS
	case t.Unit == arrow.Nanosecond:
		return duckdb.TypeTimestampNS
	default:
		return duckdb.TypeTimestamp
	}
}

func pair(key, item arrow.DataType) (duckdb.LogicalType, error) {
	k, err := logicalType(key)
	if err != nil {
		return k, err
	}
	defer duckdb.DestroyLogicalType(&k)
	v, err := logicalType(item)
	if err != nil {
		return v, err
	}
	defer duckdb.DestroyLogicalType(&v)
	return duckdb.CreateMapType(k, v), nil
}

func structType(t *arrow.StructType) (duckdb.LogicalType, error) {
	var types []duckdb.LogicalType
	var names []string
	defer func() {
		for i := range types {
			duckdb.DestroyLogicalType(&types[i])
		}
	}()
	for _, f := range t.Fields() {
		child, err := logicalType(f.Type)
		if err != nil {
			return child, err
		}
		types, names = append(types, child), append(names, f.Name)
	}
	return duckdb.CreateStructType(types, names), nil
}
