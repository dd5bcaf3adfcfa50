package guard

import (
	"context"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
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
	from      *scope  // of it, if it is a SELECT

	// See raise.
	depth    int
	unsteady bool
	filtered []node
	joins    bool // see recast
	recasts  []recast
	nameless []unnamedColumn

	requalified []requalified // in the result column that is being walked
}

// targetMark is the key of the node that stands for the target of a write.
const targetMark = "target of a write"

// query walks one query node.
func (r *rewriter) query(n node, e env) error {
	r.depth++
	defer func() {
		if r.depth--; r.depth == 0 {
			r.raise()
			r.castApart()
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
		from := child(n, "from_table")
		if from == nil {
			return refuse(-1, "a SELECT without a FROM clause that this server understands")
		}
		e.scope = &scope{outer: e.scope, shared: r.shared(from)}
		if err := r.table(from, e); err != nil {
			return err
		}
		for _, item := range list(n, "select_list") {
			if err := r.column(item, e); err != nil {
				return err
			}
			if m, ok := item.(node); ok {
				e.scope.aliases = append(e.scope.aliases, str(m, "alias"))
			}
		}
		err := r.rest(n, e, "type", "from_table", "select_list", "cte_map", "group_sets", "aggregate_handling")
		keepApart(n)
		r.gives, r.from = selected(list(n, "select_list"), e.scope), e.scope
		return err
	case "SET_OPERATION_NODE":
		r.joins = r.joins || str(n, "setop_type") != "UNION"
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
			return e, refuse(-1, "WITH %s: only queries are accepted there", sqltext.Identifier(str(m, "key")))
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
