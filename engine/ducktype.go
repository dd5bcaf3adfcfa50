package engine

import (
	"regexp"
	"strings"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// lakeTypes are DuckLake's names of types where DuckDB's differ.
var lakeTypes = map[string]string{
	"int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "int128": "HUGEINT",
	"uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER", "uint64": "UBIGINT", "uint128": "UHUGEINT",
	"float32": "FLOAT", "float64": "DOUBLE", "boolean": "BOOLEAN",
	"timestamptz": "TIMESTAMP WITH TIME ZONE", "timetz": "TIME WITH TIME ZONE",
	"timestamp_us": "TIMESTAMP",
}

// lakeColumn is a row of DuckLake's list of columns: a column, or a part of one.
type lakeColumn struct {
	id, parent string
	name, kind string
	nullable   bool
	value      string // of the default; SQL text
	recast     bool   // it had another type once, or has one in every file
	parts      []*lakeColumn
}

// duckType is the column's type as DuckDB spells it.
func (c *lakeColumn) duckType(reserved map[string]bool) string {
	switch {
	case c.kind == "list" && len(c.parts) == 1:
		return c.parts[0].duckType(reserved) + "[]"
	case c.kind == "map" && len(c.parts) == 2:
		return "MAP(" + c.parts[0].duckType(reserved) + ", " + c.parts[1].duckType(reserved) + ")"
	case c.kind == "struct":
		fields := make([]string, len(c.parts))
		for i, p := range c.parts {
			fields[i] = fieldName(p.name, reserved) + " " + p.duckType(reserved)
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	}
	if name, ok := lakeTypes[c.kind]; ok {
		return name
	}
	return strings.ToUpper(c.kind)
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fieldName quotes name where DuckDB needs it.
func fieldName(name string, reserved map[string]bool) string {
	if plainName.MatchString(name) && !reserved[strings.ToLower(name)] {
		return name
	}
	return sqltext.Identifier(name)
}
