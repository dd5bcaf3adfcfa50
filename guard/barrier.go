package guard

import (
	"encoding/json"
	"slices"
	"strings"
)

// DuckDB computes a caller's conditions over rows that a rule's filter takes away
// if it believes that they cannot fail: it pushes them into the scan, beside the
// filter, and changes their order while it runs. But it believes so of many
// functions and casts that do fail, and whose errors tell what the row holds.
// (Tried with DuckDB 1.5.5: chr, regexp_full_match with a column as its pattern,
// lambdas, casts to UUID, BLOB, BIT and nested types.) Where a column comes as a
// dictionary, as from Parquet, it computes them over the whole of that, with the
// values of all rows, wherever in the query they stand.
//
// So a statement that uses anything not known to be harmless gets the columns of
// filtered tables as CASE WHEN random() < 2 THEN list_value(c, c)[1] END: always
// the value, but volatile, so that nothing is pushed through it, and a copy, without
// a dictionary. Changes of filtered tables are refused there. Other statements keep
// the pruning of files and row groups by their own conditions; the filter's own
// pruning stays in any case.

// steady are functions over which there need be no barrier: they never fail, or
// DuckDB knows that they may, or, as aggregates, they see the filtered rows only.
var steady = wordSet(strings.ReplaceAll(`|| + - * / % ~~ !~~ ~~* !~~* -> ->> add subtract multiply divide mod
lower upper lcase ucase length len strlen char_length character_length trim ltrim rtrim concat concat_ws contains starts_with prefix suffix ends_with
replace reverse left right instr strpos position ascii unicode ord bit_length md5 sha256 hash coalesce nullif ifnull if greatest least string_split
abs round floor ceil ceiling trunc sign sqrt ln exp pow power isnan isinf isfinite
year month day quarter week dayofweek dayofmonth dayofyear isodow hour minute second date_part datepart date_trunc datetrunc last_day epoch
to_days to_hours to_minutes to_seconds to_months to_years to_weeks timezone now today current_date get_current_timestamp
list_value list_contains list_has array_contains list_extract array_extract struct_extract struct_pack row map json_extract json_extract_string error
count count_star sum avg mean min max any_value arbitrary first last list array_agg string_agg group_concat listagg bool_and bool_or count_if
stddev stddev_samp stddev_pop variance var_samp var_pop median mode quantile quantile_cont quantile_disc approx_count_distinct arg_min arg_max
min_by max_by corr covar_pop covar_samp histogram
row_number rank dense_rank ntile lag lead first_value last_value nth_value percent_rank cume_dist`, " ", "\n"))

// steadyOverConstants are those that fail by some of their arguments alone, which
// must be constants: all from the one of that number on, or the first alone for -1.
var steadyOverConstants = map[string]int{
	"substring": 1, "substr": 1, "split_part": 1, "regexp_matches": 1, "regexp_full_match": 1, "regexp_replace": 1, "regexp_extract": 1,
	"strftime": 1, "like_escape": 1, "not_like_escape": 1, "ilike_escape": 1, "not_ilike_escape": 1,
	"date_diff": -1, "datediff": -1, "date_sub": -1, "datesub": -1,
}

// consider notes whether an expression makes the barrier needed.
func (r *rewriter) consider(n node) {
	if r.unsteady || r.system > 0 {
		return
	}
	switch str(n, "class") {
	case "LAMBDA":
		r.unsteady = true
	case "CAST":
		target := child(n, "cast_type")
		name := str(target, "id")
		if info := child(target, "type_info"); info != nil && str(info, "type") == "UNBOUND_TYPE_INFO" {
			name = str(info, "name")
		}
		r.unsteady = !constant(n["child"]) && !same(name, "VARCHAR") && !same(name, "TEXT") && !same(name, "STRING")
	case "FUNCTION":
		name, args := strings.ToLower(str(n, "function_name")), list(n, "children")
		from, some := steadyOverConstants[name]
		switch {
		case steady[name]:
			return
		case !some || len(args) == 0:
			r.unsteady = true
		case from < 0:
			r.unsteady = !constant(args[0])
		default:
			r.unsteady = slices.ContainsFunc(args[min(from, len(args)):], func(a any) bool { return !constant(a) })
		}
	}
}

func constant(v any) bool {
	n, _ := v.(node)
	return str(n, "class") == "CONSTANT" || str(n, "class") == "PARAMETER"
}

// behind makes query, which filters a table by its rule, one that gets the
// barrier if the statement turns out to need it.
func (r *rewriter) behind(query node) {
	if query["where_clause"] != nil {
		r.filtered = append(r.filtered, query)
	}
}

// raise puts up the barrier in what was rewritten, if it is needed.
func (r *rewriter) raise() {
	if !r.unsteady {
		return
	}
	for _, query := range r.filtered {
		columns := list(query, "select_list")
		for i := range columns {
			if n, ok := columns[i].(node); ok {
				columns[i] = barred(n)
			}
		}
	}
	r.filtered = nil
}

// harmless refuses expressions over the target of a change that need the barrier,
// which there cannot be if the target is filtered.
func (p *pieces) harmless(exprs []any) error {
	if p.target.Filter == "" {
		return nil
	}
	var r rewriter
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, c := range v {
				walk(c)
			}
		case node:
			if _, ok := v["class"]; ok {
				r.consider(v)
			}
			for _, c := range v {
				walk(c)
			}
		}
	}
	if walk(exprs); r.unsteady {
		return refuse(-1, "an expression is not accepted in a change of %s: you see it filtered, and DuckDB would compute it over other rows too, whose values its errors tell; "+
			"lambdas, casts of columns but to VARCHAR, and rarer functions are such: leave them out, or put them into a query after FROM or USING", display(p.target.Name))
	}
	return nil
}

// barred is a column of a filtered table with the barrier.
func barred(column node) node {
	name := str(column, "alias")
	if parts := texts(list(column, "column_names")); name == "" && len(parts) > 0 {
		name = parts[len(parts)-1]
	}
	column["alias"] = ""
	number := func(n string) node {
		return node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "value": node{
			"type": node{"id": "INTEGER", "type_info": nil}, "is_null": false, "value": json.Number(n),
		}}
	}
	nothing := node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "value": node{"type": node{"id": "NULL", "type_info": nil}, "is_null": true}}
	return node{
		"class": "CASE", "type": "CASE_EXPR", "alias": name, "else_expr": nothing, "case_checks": []any{node{
			"when_expr": node{"class": "COMPARISON", "type": "COMPARE_LESSTHAN", "alias": "", "left": functionCall("random"), "right": number("2")},
			"then_expr": functionCall("list_extract", functionCall("list_value", column, clone(column)), number("1")),
		}},
	}
}

// functionCall calls one of DuckDB's own functions.
func functionCall(name string, args ...any) node {
	return node{
		"class": "FUNCTION", "type": "FUNCTION", "alias": "", "function_name": name, "schema": "main", "catalog": "system", "children": slices.Concat([]any{}, args),
		"filter": nil, "order_bys": node{"type": "ORDER_MODIFIER", "orders": []any{}}, "distinct": false, "is_operator": false, "export_state": false,
	}
}
