package guard

import (
	_ "embed" // the list of types
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

//go:embed types.txt
var typesText string

// typeNames are DuckDB's own types, in lower case.
var typeNames = wordSet(typesText)

// wordSet is the first word of each line that is no comment, in lower case.
func wordSet(lines string) map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(lines) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name != "" && !strings.HasPrefix(name, "# ") {
			set[strings.ToLower(name)] = true
		}
	}
	return set
}

// expressions are the classes that are walked without rules of their own.
var expressions = map[string]bool{
	"BETWEEN": true, "CASE": true, "CAST": true, "COLLATE": true, "COMPARISON": true, "CONJUNCTION": true, "DEFAULT": true,
	"LAMBDA": true, "LAMBDA_REF": true, "OPERATOR": true, "PARAMETER": true, "POSITIONAL_REFERENCE": true, "TYPE": true,
}

// expression walks one expression.
func (r *rewriter) expression(n node, e env) error {
	switch class := str(n, "class"); class {
	case "CONSTANT":
		return nil
	case "COLUMN_REF":
		return r.columnRef(n, e)
	case "STAR":
		return r.star(n, e)
	case "FUNCTION", "WINDOW", "AGGREGATE":
		unchain(n, e)
		r.consider(n)
		if done, err := r.function(n); done || err != nil {
			return err
		}
		return r.rest(n, e, "type", "class", "alias")
	case "POSITIONAL_REFERENCE":
		r.notes.useScope(e.scope, nil)
		return nil
	case "SUBQUERY":
		if r.plain {
			return refuse(position(n), "a subquery is not accepted here")
		}
		r.joins = true
		if c := child(n, "child"); c != nil {
			if err := r.expression(c, e); err != nil {
				return err
			}
		}
		return r.query(child(child(n, "subquery"), "node"), e)
	default:
		if !expressions[class] {
			return refuse(position(n), "an expression of the kind %q is not accepted", class)
		}
		bracketElement(n)
		r.consider(n)
		return r.rest(n, e, "type", "class", "alias")
	}
}

// typeOf refuses types that are not DuckDB's own.
func (r *rewriter) typeOf(n node) error {
	info := child(n, "type_info")
	if info == nil {
		return nil
	}
	if str(info, "type") == "UNBOUND_TYPE_INFO" {
		name := str(info, "name")
		if str(info, "catalog") != "" || str(info, "schema") != "" || !typeNames[strings.ToLower(name)] {
			return refuse(-1, "the type %s is not accepted; DuckDB's built-in types are", name)
		}
	}
	for _, v := range info {
		if err := r.typeTree(v); err != nil {
			return err
		}
	}
	return nil
}

func (r *rewriter) typeTree(v any) error {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if err := r.typeTree(c); err != nil {
				return err
			}
		}
	case node:
		if _, ok := v["class"]; ok {
			return r.expression(v, env{})
		}
		if _, ok := v["id"]; ok {
			return r.typeOf(v)
		}
		for _, c := range v {
			if err := r.typeTree(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// same reports whether two names mean the same.
func same(a, b string) bool { return catalog.SameName(a, b) }
