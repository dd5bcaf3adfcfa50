package guard

import (
	"encoding/json"

	"github.com/lakegate/lakegate/catalog"
)

// keepApart keeps the expressions of CUBE, ROLLUP and GROUPING SETS as many as
// they are. One column under two names, with its table's schema and without, is
// two to DuckDB's parser, and every reference to it means the last of them. Under
// one name it would be one: so the others are each made another expression of the
// same value.
func keepApart(query node) {
	if len(list(query, "group_sets")) < 2 {
		return
	}
	groups := list(query, "group_expressions")
	seen := map[string]int{}
	for i := len(groups) - 1; i >= 0; i-- {
		n, ok := groups[i].(node)
		if !ok {
			continue
		}
		text, err := json.Marshal(meaning(n))
		if err != nil {
			continue // never: it came as JSON
		}
		for range seen[string(text)] {
			n = node{"class": "OPERATOR", "type": "OPERATOR_COALESCE", "alias": "", "children": []any{n}}
		}
		seen[string(text)]++
		groups[i] = n
	}
}

// meaning is what DuckDB's parser compares of an expression: not where it stands,
// nor the case of its columns' names.
func meaning(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = meaning(v[i])
		}
		return out
	case node:
		out := make(node, len(v))
		for key, c := range v {
			switch key {
			case "query_location", "alias":
			case "column_names":
				names := texts(list(v, key))
				for i, name := range names {
					names[i] = catalog.Fold(name)
				}
				out[key] = names
			default:
				out[key] = meaning(c)
			}
		}
		return out
	}
	return v
}
