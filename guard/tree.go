package guard

import (
	"encoding/json"
	"fmt"
)

// node is one object of DuckDB's serialised syntax trees and plans. Numbers stay
// as they were written: query_location does not fit a float.
type node = map[string]any

// decode reads DuckDB's JSON. It is well formed; what the decoder does not take
// is its depth.
func decode(s string) (node, error) {
	n, err := parse(s)
	if err != nil {
		return nil, refuse(-1, "the statement is nested too deeply, and is not accepted")
	}
	return n, nil
}

func encode(n node) (string, error) {
	b, err := appendJSON(nil, n)
	if err != nil {
		return "", fmt.Errorf("write DuckDB's JSON: %w", err)
	}
	return string(b), nil
}

func str(n node, key string) string {
	s, _ := n[key].(string)
	return s
}

func child(n node, key string) node {
	c, _ := n[key].(node)
	return c
}

func list(n node, key string) []any {
	l, _ := n[key].([]any)
	return l
}

func truth(n node, key string) bool {
	b, _ := n[key].(bool)
	return b
}

// position is n's byte offset in the serialised text, -1 where it has none.
func position(n node) int {
	num, ok := n["query_location"].(json.Number)
	if !ok {
		return -1
	}
	i, err := num.Int64()
	if err != nil {
		return -1 // 2^64-1 is DuckDB's "none"
	}
	return int(i)
}

func clone(v any) any {
	switch v := v.(type) {
	case node:
		c := make(node, len(v))
		for k, e := range v {
			c[k] = clone(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = clone(e)
		}
		return c
	}
	return v
}

func columnRef(names ...string) node {
	parts := make([]any, len(names))
	for i, n := range names {
		parts[i] = n
	}
	return node{"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "column_names": parts}
}

func stringConstant(alias, value string) node {
	return node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": alias, "value": node{
		"type": node{"id": "VARCHAR", "type_info": nil}, "is_null": false, "value": value,
	}}
}

func starNode() node {
	return node{
		"class": "STAR", "type": "STAR", "alias": "", "relation_name": "", "exclude_list": []any{},
		"replace_list": []any{}, "columns": false, "expr": nil,
	}
}

// selectNode is SELECT columns FROM from WHERE where.
func selectNode(columns []any, from, where node) node {
	n := node{
		"type": "SELECT_NODE", "modifiers": []any{}, "cte_map": node{"map": []any{}}, "select_list": columns,
		"from_table": from, "where_clause": nil, "group_expressions": []any{}, "group_sets": []any{},
		"aggregate_handling": "STANDARD_HANDLING", "having": nil, "sample": nil, "qualify": nil,
	}
	if where != nil {
		n["where_clause"] = where
	}
	return n
}

func emptyFrom() node { return node{"type": "EMPTY", "alias": "", "sample": nil} }

// statementTree is the tree that json_deserialize_sql takes for one query node.
func statementTree(query node, params any) node {
	if params == nil {
		params = []any{}
	}
	return node{"error": false, "statements": []any{node{"node": query, "named_param_map": params}}}
}

// become turns n into other in place, so that whoever holds n holds other.
func become(n, other node) {
	clear(n)
	for k, v := range other {
		n[k] = v
	}
}

// plainTable is the table in SELECT * FROM table with nothing else to it, or nil.
func plainTable(query node) node {
	from, columns := child(query, "from_table"), list(query, "select_list")
	if str(query, "type") != "SELECT_NODE" || str(from, "type") != "BASE_TABLE" || len(columns) != 1 ||
		!plainStar(columns[0]) || from["sample"] != nil || from["at_clause"] != nil || len(list(from, "column_name_alias")) > 0 {
		return nil
	}
	for _, key := range [...]string{"where_clause", "having", "sample", "qualify"} {
		if query[key] != nil {
			return nil
		}
	}
	if len(list(query, "modifiers"))+len(list(query, "group_sets"))+len(list(child(query, "cte_map"), "map")) > 0 {
		return nil
	}
	return from
}

func plainStar(v any) bool {
	n, _ := v.(node)
	return str(n, "class") == "STAR" && str(n, "relation_name") == "" && !truth(n, "columns") && n["expr"] == nil &&
		len(list(n, "exclude_list"))+len(list(n, "replace_list"))+len(list(n, "rename_list"))+len(list(n, "qualified_exclude_list")) == 0
}
