package guard

import (
	_ "embed" // the list of functions
	"strings"
)

//go:embed functions.txt
var functionsText string

// functions may be called; they are DuckDB's own and touch nothing but their arguments.
var functions = wordSet(functionsText)

// tableFunctions may stand in FROM; they touch nothing but their arguments.
var tableFunctions = map[string]bool{
	"range": true, "generate_series": true, "unnest": true, "repeat": true, "repeat_row": true, "json_each": true,
	"json_tree": true, "icu_calendar_names": true, "pg_timezone_names": true, "duckdb_keywords": true,
	"generate_subscripts": true, "regexp_split_to_table": true,
}

// unchain turns column.f(x) and table.column.f(x), which DuckDB reads as a function
// in a schema until it finds no such schema, into f(column, x).
func unchain(n node, e env) {
	c, schema := str(n, "catalog"), str(n, "schema")
	if str(n, "class") != "FUNCTION" || schema == "" {
		return
	}
	column := columnRef(schema)
	switch {
	case c != "" && !e.names(c):
		return
	case c != "":
		column = columnRef(c, schema)
	case same(schema, "main") || same(schema, "pg_catalog"):
		return
	}
	n["catalog"], n["schema"] = "", ""
	n["children"] = append([]any{column}, list(n, "children")...)
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
		return true, r.asker(n, name)
	}
	if name == "" || functions[name] && r.mayCall(n, name) {
		return false, nil
	}
	return false, deny(position(n), "the function %s is not accepted; DuckDB's functions over values are, those that read files, settings or the server's state are not", name)
}

// mayCall reports whether the caller's rights have the function of that name.
// Operators, the functions that other syntax stands for, and what DuckDB's own
// views call, are everybody's.
func (r *rewriter) mayCall(n node, name string) bool {
	if name == "count_star" {
		name = "count"
	}
	return r.system > 0 || truth(n, "is_operator") || syntax[name] || r.notes.once(name, r.view.Rights().Function)
}

// syntax are the functions that DuckDB's parser makes of what is no call: [1, 2],
// {'a': 1}, x[1], x[1:2], MAP {}, INTERVAL 1 DAY, EXTRACT, AT TIME ZONE, and
// comprehensions.
var syntax = map[string]bool{
	"list_value": true, "struct_pack": true, "row": true, "map": true, "array_extract": true, "struct_extract": true, "array_slice": true, "contains": true,
	"trunc": true, "to_days": true, "to_hours": true, "to_minutes": true, "to_seconds": true, "to_months": true, "to_years": true, "to_weeks": true,
	"to_milliseconds": true, "to_microseconds": true, "to_quarters": true, "to_decades": true, "to_centuries": true, "to_millennia": true,
	"date_part": true, "timezone": true, "list_apply": true, "list_filter": true, "like_escape": true, "not_like_escape": true, "ilike_escape": true,
	"not_ilike_escape": true, "regexp_full_match": true,
}

// asker answers a name that asks who the caller is.
func (r *rewriter) asker(n node, name string) error {
	switch {
	case r.plain:
		return refuse(position(n), "%s is not accepted here: it would be stored, and is another for each caller", name)
	case r.view.User() == "":
		return refuse(position(n), "%s is not accepted here: it is not known who is calling", name)
	}
	// A cast: bare strings are not accepted everywhere that expressions are.
	become(n, node{
		"class": "CAST", "type": "OPERATOR_CAST", "alias": str(n, "alias"), "child": stringConstant("", r.view.User()),
		"cast_type": node{"id": "VARCHAR", "type_info": nil}, "try_cast": false,
	})
	r.changed = true
	r.notes.change()
	return nil
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

// places are the names that ask where the session is.
var places = map[string]bool{"current_catalog": true, "current_schema": true, "current_database": true}

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
	if err := r.notInViews(n, name); err != nil {
		return false, err
	}
	r.changed = true
	return true, nil
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
		if err := r.notInViews(n, name); err != nil {
			return err
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
	if !tableFunctions[name] || !r.mayCall(call, name) {
		return deny(position(n), "the table function %s is not accepted; range, generate_series, unnest, repeat, json_each, json_tree and DuckDB's catalog functions are", name)
	}
	alias := str(n, "alias")
	if alias == "" {
		alias = name
	}
	e.scope.opaque = e.scope.opaque || name == "unnest"
	if err := r.rest(call, e, "type", "class", "alias"); err != nil {
		return err
	}
	e.scope.add(alias)
	e.scope.give(outputs{append([]string{alias}, texts(list(n, "column_name_alias"))...), name != "unnest"})
	return nil
}
