package guard

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// rewriter walks one serialised query and replaces, in place, every table by
// what the View has of it.
type rewriter struct {
	ctx  context.Context //nolint:containedctx // lives as long as one Check
	bind Binder
	view catalog.View

	literals *literals
	notes    *notes
	changed  bool            // the tree no longer says what the statement said
	reads    []catalog.Table // tables of the View that the tree now reads
	system   int             // how many of DuckDB's own views are being expanded
	plain    bool            // no tables at all may be read: defaults, checks
	viewing  *viewing        // whose text it is
	target   catalog.Table   // what the node marked as the target of a write stands for

	// described are queries under DESCRIBE, whose own plans the statement's plan
	// does not show.
	described []node
	gives     outputs // of the query that was walked last

	// See raise.
	depth    int
	unsteady bool
	filtered []node
	nameless []unnamedColumn
}

// targetMark is the key of the node that stands for the target of a write.
const targetMark = "target of a write"

// env is where a name is looked up: common table expressions and FROM clauses,
// innermost first.
type env struct {
	ctes  *cte
	scope *scope
}

type cte struct {
	name  string
	outer *cte
	gives outputs
}

// scope is one FROM clause.
type scope struct {
	outer   *scope
	sources []*source
	columns []catalog.Column // of the tables whose columns are known
	aliases []string         // of the results, which those after them and the other clauses can name
	opaque  bool             // it has columns that are not known here
}

// mayHave reports whether name could be a column of s itself: DuckDB takes names
// that are also functions for those before it looks further out.
func (s *scope) mayHave(name string) bool {
	return s != nil && (s.opaque || slices.ContainsFunc(s.columns, func(c catalog.Column) bool { return same(c.Name, name) }) ||
		slices.ContainsFunc(s.aliases, func(a string) bool { return same(a, name) }))
}

// source is one entry of a FROM clause.
type source struct {
	alias string         // what its columns are qualified with
	name  catalog.Name   // the logical table; zero unless it may be qualified with its schema
	table *catalog.Table // nil where it is none
}

func (e env) hasCTE(name string) bool { return e.cte(name) != nil }

// names reports whether a FROM clause has something called name.
func (e env) names(name string) bool {
	for s := e.scope; s != nil; s = s.outer {
		if s.has(name) {
			return true
		}
	}
	return false
}

// cte is the common table expression of that name; nil if there is none.
func (e env) cte(name string) *cte {
	for c := e.ctes; c != nil; c = c.outer {
		if same(c.name, name) {
			return c
		}
	}
	return nil
}

// query walks one query node.
func (r *rewriter) query(n node, e env) error {
	r.depth++
	defer func() {
		if r.depth--; r.depth == 0 {
			r.raise()
		}
	}()
	var err error
	if e, err = r.with(n, e); err != nil {
		return err
	}
	switch str(n, "type") {
	case "SELECT_NODE":
		if r.system == 0 {
			r.unnamed(n)
		}
		e.scope = &scope{outer: e.scope}
		from := child(n, "from_table")
		if from == nil {
			return refuse(-1, "a SELECT without a FROM clause that this server understands")
		}
		if err := r.table(from, e); err != nil {
			return err
		}
		for _, item := range list(n, "select_list") {
			if err := r.value(item, e); err != nil {
				return err
			}
			if m, ok := item.(node); ok {
				e.scope.aliases = append(e.scope.aliases, str(m, "alias"))
			}
		}
		err := r.rest(n, e, "type", "from_table", "select_list", "cte_map", "group_sets", "aggregate_handling")
		r.gives = selected(list(n, "select_list"), e.scope)
		return err
	case "SET_OPERATION_NODE":
		e.scope = &scope{outer: e.scope}
		gives := outputs{all: true}
		for _, side := range [...]string{"left", "right"} {
			if s := child(n, side); s != nil {
				if err := r.query(s, e); err != nil {
					return err
				}
				gives = gives.join(r.gives)
			}
		}
		for _, c := range list(n, "children") {
			s, _ := c.(node)
			if err := r.query(s, e); err != nil {
				return err
			}
			gives = gives.join(r.gives)
		}
		e.scope.give(gives)
		err := r.rest(n, e, "type", "left", "right", "children", "cte_map", "setop_type", "setop_all")
		r.gives = gives
		return err
	case "RECURSIVE_CTE_NODE":
		if err := r.query(child(n, "left"), e); err != nil {
			return err
		}
		gives := r.gives.renamed(list(n, "aliases"))
		e.ctes = &cte{str(n, "cte_name"), e.ctes, gives}
		if err := r.query(child(n, "right"), e); err != nil {
			return err
		}
		err := r.rest(n, e, "type", "left", "right", "cte_map", "cte_name", "union_all", "aliases")
		r.gives = gives
		return err
	case "CTE_NODE":
		if err := r.query(child(n, "query"), e); err != nil {
			return err
		}
		e.ctes = &cte{str(n, "cte_name"), e.ctes, r.gives.renamed(list(n, "aliases"))}
		if err := r.query(child(n, "child"), e); err != nil {
			return err
		}
		gives := r.gives
		err := r.rest(n, e, "type", "query", "child", "cte_map", "cte_name", "aliases", "materialized")
		r.gives = gives
		return err
	}
	return refuse(-1, "a query of the kind %q is not accepted; SELECT, VALUES, set operations and WITH are", str(n, "type"))
}

// with walks n's common table expressions: each sees those before it, and
// itself only where it is recursive.
func (r *rewriter) with(n node, e env) (env, error) {
	for _, entry := range list(child(n, "cte_map"), "map") {
		m, _ := entry.(node)
		value := child(m, "value")
		body := child(child(value, "query"), "node")
		if body == nil {
			return e, refuse(-1, "WITH %s: only queries are accepted there", identifier(str(m, "key")))
		}
		if err := r.query(body, e); err != nil {
			return e, err
		}
		e.ctes = &cte{str(m, "key"), e.ctes, r.gives.renamed(list(value, "aliases"))}
		if err := r.rest(value, env{ctes: e.ctes, scope: &scope{outer: e.scope}}, "query", "aliases", "materialized"); err != nil {
			return e, err
		}
	}
	return e, nil
}

// rest walks all of n but the named keys, whose meaning the caller has dealt with.
func (r *rewriter) rest(n node, e env, but ...string) error {
next:
	for key, v := range n {
		for _, b := range but {
			if key == b {
				continue next
			}
		}
		if err := r.value(v, e); err != nil {
			return err
		}
	}
	return nil
}

// value walks what stands below a query, a table or an expression.
func (r *rewriter) value(v any, e env) error {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if err := r.value(c, e); err != nil {
				return err
			}
		}
	case node:
		if _, ok := v["class"]; ok {
			return r.expression(v, e)
		}
		if _, ok := v["id"]; ok {
			return r.typeOf(v)
		}
		if query := child(v, "node"); query != nil {
			return r.query(query, e)
		}
		if kind, ok := v["type"].(string); ok && !modifiers[kind] {
			return refuse(position(v), "a part of the kind %q is not accepted", kind)
		}
		return r.rest(v, e, "type")
	}
	return nil
}

// modifiers are the parts below queries and expressions that carry a kind of
// their own and no meaning of their own.
var modifiers = map[string]bool{
	"ORDER_MODIFIER": true, "LIMIT_MODIFIER": true, "LIMIT_PERCENT_MODIFIER": true, "DISTINCT_MODIFIER": true,
	"ORDER_DEFAULT": true, "ASCENDING": true, "DESCENDING": true, "ASC": true, "DESC": true,
}

// table walks one entry of a FROM clause.
func (r *rewriter) table(n node, e env) error {
	kind := str(n, "type")
	switch kind {
	case "BASE_TABLE":
		return r.baseTable(n, e)
	case "EMPTY", "EMPTY_FROM":
		return nil
	case "PIVOT", "SHOW_REF":
		e.scope.opaque = true
	}
	switch kind {
	case "SUBQUERY":
		e.scope.add(str(n, "alias"))
		if err := r.query(child(child(n, "subquery"), "node"), env{e.ctes, e.scope}); err != nil {
			return err
		}
		e.scope.give(r.gives.renamed(list(n, "column_name_alias")))
		return nil
	case "JOIN":
		if err := nested(n); err != nil {
			return err
		}
		for _, side := range [...]string{"left", "right"} {
			if err := r.table(child(n, side), e); err != nil {
				return err
			}
		}
		for _, v := range list(n, "using_columns") {
			if name, ok := v.(string); ok {
				r.useEverywhere(name, e.scope)
			}
		}
		if str(n, "ref_type") == "NATURAL" {
			r.notes.useScope(e.scope, nil)
		}
		return r.rest(n, e, "type", "left", "right", "using_columns", "join_type", "ref_type", "sample")
	case "TABLE_FUNCTION":
		return r.tableFunction(n, e)
	case "EXPRESSION_LIST":
		e.scope.add(str(n, "alias"))
		return r.rest(n, e, "type", "sample")
	case "PIVOT":
		source := &scope{outer: e.scope}
		if err := r.table(child(n, "source"), env{e.ctes, source}); err != nil {
			return err
		}
		r.notes.useScope(source, nil) // what it does not name it groups by
		for _, p := range list(n, "pivots") {
			if m, ok := p.(node); ok && str(m, "pivot_enum") != "" {
				return refuse(position(n), "PIVOT over an ENUM type is not accepted; write the values: PIVOT ... ON x IN (...)")
			}
		}
		e.scope.add(str(n, "alias"))
		return r.rest(n, e, "type", "source", "sample")
	case "SHOW_REF":
		if err := r.notInViews(n, "SHOW, DESCRIBE or SUMMARIZE"); err != nil {
			return err
		}
		return r.show(n, e)
	default:
		return refuse(position(n), "a table of the kind %q is not accepted in FROM", kind)
	}
}

// add puts a source that only its alias names into the scope.
func (s *scope) add(alias string) {
	if alias != "" {
		s.sources = append(s.sources, &source{alias: alias})
	}
}

// addTable puts a table into the scope, and gives the alias that it must have:
// its own name unless another there has that already.
func (s *scope) addTable(alias string, t catalog.Name) string {
	src := &source{alias: alias}
	if alias == "" {
		src.alias, src.name = t.Table, t
		for i := 1; s.has(src.alias); i++ {
			src.alias = t.Schema + "." + t.Table
			if i > 1 {
				src.alias += "_" + strconv.Itoa(i)
			}
			if s.hasTable(t) {
				src.alias = t.Table // the same table twice without an alias: DuckDB says what is wrong
				break
			}
		}
	}
	s.sources = append(s.sources, src)
	return src.alias
}

func (s *scope) has(alias string) bool {
	for _, src := range s.sources {
		if same(src.alias, alias) {
			return true
		}
	}
	return false
}

func (s *scope) hasTable(t catalog.Name) bool {
	for _, src := range s.sources {
		if src.name == t {
			return true
		}
	}
	return false
}

// baseTable replaces one named table.
func (r *rewriter) baseTable(n node, e env) error {
	if truth(n, targetMark) {
		alias := str(n, "alias")
		if alias == r.target.Name.Table {
			alias = ""
		}
		e.scope.addTable(alias, r.target.Name)
		e.scope.columns = append(e.scope.columns, r.target.Columns...)
		return nil
	}
	parts := nameParts(n)
	if len(parts) == 1 && n["at_clause"] == nil && e.hasCTE(parts[0]) {
		alias := str(n, "alias")
		if alias == "" {
			alias = parts[0]
		}
		e.scope.add(alias)
		e.scope.give(e.cte(parts[0]).gives.renamed(list(n, "column_name_alias")))
		return nil
	}
	if r.system == 0 {
		if r.plain {
			return refuse(position(n), "a query is not accepted here")
		}
		t, err := r.tableOf(parts)
		if err == nil {
			columns := outputs{all: true}
			for _, c := range t.Columns {
				columns.names = append(columns.names, c.Name)
			}
			e.scope.give(columns.renamed(list(n, "column_name_alias")))
			renamed := len(list(n, "column_name_alias")) > 0
			read := r.readTable
			if t.Definition != nil {
				read = r.readView
			}
			if err := read(n, t, e); err != nil {
				return err
			}
			r.named(e.scope, t, renamed)
			return nil
		}
		if name, ok := systemView(r.view, parts); ok && isNotFound(err) {
			if err := r.notInViews(n, name); err != nil {
				return err
			}
			e.scope.opaque = true
			return r.systemView(n, name, e)
		}
		if len(parts) == 1 && strings.ContainsAny(parts[0], "/\\:*") {
			return deny(position(n), "a file or address as a table is not accepted; name a table of a catalog")
		}
		return err
	}
	e.scope.opaque = true
	name, ok := systemView(r.view, parts)
	if !ok {
		return refuse(position(n), "%s cannot be answered here", strings.Join(parts, "."))
	}
	return r.systemView(n, name, e)
}

// useEverywhere notes that all of s's tables are read by the column of that name.
func (r *rewriter) useEverywhere(name string, s *scope) {
	for _, src := range s.sources {
		r.notes.use(src.table, name)
	}
}

// named notes which table the source last put into s is.
func (r *rewriter) named(s *scope, t catalog.Table, renamed bool) {
	if n := len(s.sources); n > 0 {
		s.sources[n-1].table = &t
	}
	if renamed {
		r.notes.useAll(&t, nil)
	}
}

// nameParts are the parts of a table's name that the statement gave.
func nameParts(n node) []string {
	var parts []string
	for _, key := range [...]string{"catalog_name", "schema_name", "table_name"} {
		if s := str(n, key); s != "" {
			parts = append(parts, s)
		}
	}
	return parts
}
