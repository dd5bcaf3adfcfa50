package guard

import "github.com/lakegate/lakegate/internal/sqltext"

// nested keeps the meaning of the joins within the join n when they are printed:
// DuckDB prints them without brackets, and CROSS JOIN as a comma, which binds less
// tightly than JOIN. A cross join is the inner join of all with all.
func nested(n node) error {
	for _, side := range [...]string{"left", "right"} {
		c := child(n, side)
		if str(c, "type") != "JOIN" {
			continue
		}
		kind := str(n, "ref_type")
		if side == "right" && (kind == "NATURAL" || kind == "POSITIONAL") {
			return refuse(position(c), "joins in brackets after %s JOIN are not accepted; write them as a subquery", kind)
		}
		if str(c, "ref_type") == "CROSS" && (side == "right" || kind != "CROSS") {
			c["ref_type"], c["condition"] = "REGULAR", node{
				"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "",
				"value": node{"type": node{"id": "BOOLEAN", "type_info": nil}, "is_null": false, "value": true},
			}
		}
	}
	return nil
}

// starQuoted marks a star whose relation is quoted already.
const starQuoted = "relation is quoted"

// quoteStars quotes the x of every x.* in v: DuckDB prints it as it is, and the
// caller chooses it.
func quoteStars(v any) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			quoteStars(c)
		}
	case node:
		if of := str(v, "relation_name"); of != "" && str(v, "class") == "STAR" && !truth(v, starQuoted) {
			v["relation_name"], v[starQuoted] = sqltext.Identifier(of), true
		}
		for _, c := range v {
			quoteStars(c)
		}
	}
}

// bracketElement puts brackets around what n takes an element or a slice of, which
// DuckDB prints without: NULL[1] and x COLLATE NOCASE[1] are no SQL. A conjunction
// of one is nothing but its brackets, in print.
func bracketElement(n node) {
	kind, of := str(n, "type"), list(n, "children")
	if kind != "ARRAY_EXTRACT" && kind != "ARRAY_SLICE" || len(of) == 0 {
		return
	}
	inner, _ := of[0].(node)
	switch str(inner, "class") {
	case "CONSTANT", "COLLATE", "STAR", "OPERATOR", "CASE", "COLUMN_REF":
		of[0] = node{"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "children": []any{inner}}
	}
}

// bracketElements does that to all of v.
func bracketElements(v any) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			bracketElements(c)
		}
	case node:
		bracketElement(v)
		for _, c := range v {
			bracketElements(c)
		}
	}
}
