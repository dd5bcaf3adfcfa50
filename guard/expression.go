package guard

import (
	_ "embed" // the lists of functions and types
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

//go:embed functions.txt
var functionsText string

//go:embed types.txt
var typesText string

// functions may be called; they are DuckDB's own and touch nothing but their arguments.
var functions = wordSet(functionsText)

// typeNames are DuckDB's own types, in lower case.
var typeNames = wordSet(typesText)

// tableFunctions may stand in FROM; they touch nothing but their arguments.
var tableFunctions = map[string]bool{
	"range": true, "generate_series": true, "unnest": true, "repeat": true, "repeat_row": true, "json_each": true,
	"json_tree": true, "icu_calendar_names": true, "pg_timezone_names": true, "duckdb_keywords": true,
	"generate_subscripts": true, "regexp_split_to_table": true,
}

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
		unchain(n)
		if done, err := r.function(n); done || err != nil {
			return err
		}
		return r.rest(n, e, "type", "class", "alias")
	case "SUBQUERY":
		if r.plain {
			return refuse(position(n), "a subquery is not accepted here")
		}
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
		return r.rest(n, e, "type", "class", "alias")
	}
}

// unchain turns column.f(x), which DuckDB reads as a function in a schema until it
// finds no such schema, into f(column, x).
func unchain(n node) {
	schema := str(n, "schema")
	if str(n, "class") != "FUNCTION" || str(n, "catalog") != "" || schema == "" || same(schema, "main") || same(schema, "pg_catalog") {
		return
	}
	n["schema"] = ""
	n["children"] = append([]any{columnRef("", schema)}, list(n, "children")...)
}

// function checks a call's name. done means that n has been replaced.
func (r *rewriter) function(n node) (done bool, err error) {
	name := strings.ToLower(str(n, "function_name"))
	if err := builtin(n, name); err != nil {
		return false, err
	}
	if done, err := r.place(n, name); done || err != nil {
		return done, err
	}
	if askers[name] && r.system == 0 {
		return false, refuse(position(n), "%s %s", name, whoAsks)
	}
	if name == "" || functions[name] {
		return false, nil
	}
	return false, deny(position(n), "the function %s is not accepted; DuckDB's functions over values are, those that read files, settings or the server's state are not", name)
}

// builtin refuses names that are qualified with anything but DuckDB's own catalog.
func builtin(n node, name string) error {
	c, s := strings.ToLower(str(n, "catalog")), strings.ToLower(str(n, "schema"))
	if (c == "" || c == "system") && (s == "" || s == "main" || s == "pg_catalog") {
		return nil
	}
	return deny(position(n), "the function %s is not accepted: only DuckDB's own functions are, named without a catalog", name)
}

// askers are the names that ask who the caller is. DuckDB would give the name of
// the one user that it knows.
var askers = map[string]bool{"current_user": true, "session_user": true, "current_role": true, "user": true}

const whoAsks = "is not accepted: DuckDB does not know who is calling; your client does, and can bind it as a parameter"

// place answers the functions and names that ask where the session is.
func (r *rewriter) place(n node, name string) (bool, error) {
	database, schema := r.view.Current()
	alias := str(n, "alias")
	switch name {
	case "current_database", "current_catalog":
		become(n, stringConstant(alias, database))
	case "current_schema":
		become(n, stringConstant(alias, schema))
	case "current_schemas":
		become(n, node{
			"class": "FUNCTION", "type": "FUNCTION", "alias": alias, "function_name": "list_value", "schema": "main",
			"catalog": "", "children": []any{stringConstant("", schema)}, "filter": nil,
			"order_bys": node{"type": "ORDER_MODIFIER", "orders": []any{}}, "distinct": false, "is_operator": false, "export_state": false,
		})
	default:
		return false, nil
	}
	if r.plain {
		return false, refuse(-1, "%s is not accepted here: it would be stored, and change with each session", name)
	}
	r.changed = true
	return true, nil
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

// columnRef takes catalog and schema off a column's name: the table is a
// subquery now, and has an alias only.
func (r *rewriter) columnRef(n node, e env) error {
	parts := list(n, "column_names")
	if len(parts) == 0 {
		return refuse(position(n), "a column without a name is not accepted")
	}
	if len(parts) == 1 {
		name, _ := parts[0].(string)
		switch name = strings.ToLower(name); name {
		case "current_catalog", "current_schema", "current_database":
			if n["alias"] == "" {
				n["alias"] = name
			}
			_, err := r.place(n, name)
			return err
		case "current_user", "session_user", "current_role", "user":
			if (!r.plain || name != "user") && r.system == 0 && !e.scope.mayHave(name) {
				return refuse(position(n), "%s %s", name, whoAsks)
			}
		}
		return nil
	}
	names := make([]string, len(parts))
	for i := range parts {
		names[i], _ = parts[i].(string)
	}
	for s := e.scope; s != nil; s = s.outer {
		if src, used := s.qualified(names); src != nil {
			if used > 1 || !strings.EqualFold(src.alias, names[0]) {
				n["column_names"] = append([]any{src.alias}, parts[used:]...)
				r.changed = true
			}
			return nil
		}
		if s.has(names[0]) {
			return nil
		}
	}
	return nil
}

// qualified gives the source that the first used of names stand for, when they
// are a table's name with its schema or catalog.
func (s *scope) qualified(names []string) (src *source, used int) {
	for _, src := range s.sources {
		t := src.name
		if t == (catalog.Name{}) {
			continue
		}
		switch {
		case len(names) > 3 && same(names[0], t.Catalog) && same(names[1], t.Schema) && same(names[2], t.Table):
			return src, 3
		case len(names) > 2 && same(names[0], t.Schema) && same(names[1], t.Table):
			return src, 2
		case len(names) > 2 && same(names[0], t.Catalog) && same(names[1], t.Table):
			return src, 2
		}
	}
	return nil, 0
}

func same(a, b string) bool { return strings.EqualFold(a, b) }

// star walks * and COLUMNS, whose lists may hold qualified names.
func (r *rewriter) star(n node, e env) error {
	fix := func(name node) {
		if str(name, "schema") == "" && str(name, "catalog") == "" {
			return
		}
		parts := make([]string, 0, 4)
		for _, key := range [...]string{"catalog", "schema", "table", "column"} {
			if s := str(name, key); s != "" {
				parts = append(parts, s)
			}
		}
		for s := e.scope; s != nil; s = s.outer {
			if src, _ := s.qualified(parts); src != nil {
				name["catalog"], name["schema"], name["table"] = "", "", src.alias
				r.changed = true
				return
			}
		}
	}
	for _, key := range [...]string{"exclude_list", "qualified_exclude_list", "rename_list"} {
		for _, v := range list(n, key) {
			if m, ok := v.(node); ok {
				fix(m)
				if k := child(m, "key"); k != nil {
					fix(k)
				}
			}
		}
	}
	for _, v := range list(n, "replace_list") {
		if m, ok := v.(node); ok {
			if err := r.value(m["value"], e); err != nil {
				return err
			}
		}
	}
	return r.value(n["expr"], e)
}

// tableFunction checks a function in FROM, or answers it from the View.
func (r *rewriter) tableFunction(n node, e env) error {
	call := child(n, "function")
	name := strings.ToLower(str(call, "function_name"))
	if err := builtin(call, name); err != nil {
		return err
	}
	if kind := str(n, "with_ordinality"); kind == "WITH_ORDINALITY" {
		return refuse(position(n), "WITH ORDINALITY is not accepted; use generate_subscripts or row_number() OVER ()")
	}
	if _, ok := relations[name]; ok && len(list(call, "children")) == 0 {
		if r.plain {
			return refuse(position(n), "a query is not accepted here")
		}
		query, err := r.relation(name)
		if err != nil {
			return err
		}
		alias := str(n, "alias")
		if alias == "" {
			alias = name
		}
		e.scope.add(alias)
		r.subquery(n, alias, query)
		return nil
	}
	if !tableFunctions[name] {
		return deny(position(n), "the table function %s is not accepted; range, generate_series, unnest, repeat, json_each, json_tree and DuckDB's catalog functions are", name)
	}
	alias := str(n, "alias")
	if alias == "" {
		alias = name
	}
	if err := r.rest(call, e, "type", "class", "alias"); err != nil {
		return err
	}
	e.scope.add(alias)
	return nil
}
