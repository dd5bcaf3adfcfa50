package flight

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/wiretype"
)

// tableSchema is t's columns as GetTables gives them: the types that a SELECT
// gives, the nullability of the definition, and what tools read beside them.
func tableSchema(t catalog.Table) *arrow.Schema {
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		typ := wiretype.Of(c.Type)
		m := flightsql.NewColumnMetadataBuilder().
			CatalogName(t.Name.Catalog).SchemaName(t.Name.Schema).TableName(t.Name.Table).
			TypeName(typeName(c.Type)).
			IsAutoIncrement(strings.HasPrefix(c.Default, "nextval(")).
			IsCaseSensitive(typ.ID() == arrow.STRING).IsReadOnly(false).IsSearchable(true)
		if precision, scale, ok := precisionOf(typ); ok {
			m = m.Precision(precision).Scale(scale)
		}
		if c.Comment != "" {
			m = m.Remarks(c.Comment)
		}
		fields[i] = arrow.Field{Name: c.Name, Type: typ, Nullable: c.Nullable, Metadata: m.Metadata()}
	}
	return arrow.NewSchema(fields, nil)
}

// precisionOf is what JDBC shows as a column's size and decimal digits.
func precisionOf(t arrow.DataType) (precision, scale int32, ok bool) {
	switch t := t.(type) {
	case arrow.DecimalType:
		return t.GetPrecision(), t.GetScale(), true
	case *arrow.TimestampType:
		return 26, 6, true
	}
	digits, ok := map[arrow.Type]int32{
		arrow.INT8: 3, arrow.INT16: 5, arrow.INT32: 10, arrow.INT64: 19, arrow.UINT8: 3, arrow.UINT16: 5,
		arrow.UINT32: 10, arrow.UINT64: 20, arrow.FLOAT32: 7, arrow.FLOAT64: 15, arrow.DATE32: 10, arrow.TIME64: 15,
	}[t.ID()]
	return digits, 0, ok
}

// typeName is a type's name without its arguments, such as DECIMAL.
func typeName(duck string) string {
	if strings.HasSuffix(duck, "]") {
		return duck
	}
	name, _, _ := strings.Cut(duck, "(")
	return name
}
