package airport

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Filter is the filters' JSON: all expressions hold. Columns are numbered by names.
func Filter(names []string, exprs ...any) string {
	b, err := json.Marshal(struct {
		Filters []any    `json:"filters"`
		Names   []string `json:"column_binding_names_by_index"`
	}{append([]any{}, exprs...), append([]string{}, names...)})
	if err != nil {
		panic(err)
	}
	return string(b)
}

type node struct {
	Class    string `json:"expression_class"`
	Type     string `json:"type"`
	Alias    string `json:"alias"`
	Location uint64 `json:"query_location"`
}

type logicalType struct {
	ID   string `json:"id"`
	Info any    `json:"type_info"`
}

func typeOf(typ string) logicalType {
	var width, scale int
	if n, _ := fmt.Sscanf(typ, "DECIMAL(%d,%d)", &width, &scale); n < 2 {
		return logicalType{ID: typ}
	}
	info := `{"type":"DECIMAL_TYPE_INFO","alias":"","extension_info":null,"width":` + strconv.Itoa(width) +
		`,"scale":` + strconv.Itoa(scale) + `}`
	return logicalType{"DECIMAL", json.RawMessage(info)}
}

// Col is a reference to the i-th of Filter's names.
func Col(i int, typ string) any {
	type binding struct {
		Table  uint64 `json:"table_index"`
		Column int    `json:"column_index"`
	}
	return struct {
		node
		Return  logicalType `json:"return_type"`
		Binding binding     `json:"binding"`
		Depth   int         `json:"depth"`
	}{node{"BOUND_COLUMN_REF", "BOUND_COLUMN_REF", "", math.MaxUint64}, typeOf(typ), binding{0, i}, 0}
}

// Const is a constant in its physical form: a DECIMAL unscaled, a DATE in days; nil is NULL.
func Const(typ string, value any) any {
	type constant struct {
		Type  logicalType `json:"type"`
		Null  bool        `json:"is_null"`
		Value any         `json:"value,omitempty"`
	}
	return struct {
		node
		Value constant `json:"value"`
	}{node{"BOUND_CONSTANT", "VALUE_CONSTANT", "", math.MaxUint64}, constant{typeOf(typ), value == nil, value}}
}

// Compare compares; op is a type such as COMPARE_EQUAL.
func Compare(op string, l, r any) any {
	return struct {
		node
		Left  any `json:"left"`
		Right any `json:"right"`
	}{node{"BOUND_COMPARISON", op, "", math.MaxUint64}, l, r}
}
