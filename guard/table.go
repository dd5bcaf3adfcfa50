package guard

import (
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// readTable turns n into a subquery over what the caller has of t, or into t
// itself where that is the same and saves DuckDB some work. (A DuckLake's table
// is not the same: beside its columns it has the names of its files.)
func (r *rewriter) readTable(n node, t catalog.Table, e env) error {
	if !t.Privileges.Has(policy.Select) {
		return denied("SELECT from", t.Name)
	}
	at := child(n, "at_clause")
	if at != nil {
		if c, err := r.view.Catalog(t.Name.Catalog); err != nil || c.Type != catalog.DuckLake {
			return refuse(position(n), "AT is accepted for tables of DuckLake catalogs only; %s is not one", t.Name.Table)
		}
		if err := r.rest(at, env{e.ctes, nil}, "unit"); err != nil {
			return err
		}
	}
	if c, err := r.view.Catalog(t.Name.Catalog); err == nil && c.Type == catalog.System && t.Physical == (catalog.Name{}) {
		return r.systemTable(n, t, e)
	}
	if c, err := r.view.Catalog(t.Name.Catalog); err == nil && c.Type == catalog.DuckDB && t.Whole && t.Kind == catalog.BaseTable {
		r.reads = append(r.reads, t)
		n["alias"] = e.scope.addTable(str(n, "alias"), t.Name)
		n["catalog_name"], n["schema_name"], n["table_name"] = t.Physical.Catalog, t.Physical.Schema, t.Physical.Table
		r.changed = true
		return nil
	}
	columns, where, err := r.visible(t)
	if err != nil {
		return err
	}
	base := node{
		"type": "BASE_TABLE", "alias": "", "sample": nil, "catalog_name": t.Physical.Catalog,
		"schema_name": t.Physical.Schema, "table_name": t.Physical.Table, "column_name_alias": []any{}, "at_clause": nil,
	}
	if at != nil {
		base["at_clause"] = at
	}
	r.reads = append(r.reads, t)
	alias := e.scope.addTable(str(n, "alias"), t.Name)
	query := selectNode(columns, base, where)
	r.behind(query)
	r.recasting(t, query)
	r.subquery(n, alias, query)
	return nil
}

// subquery turns the table n into (query) AS alias, with n's sample and column names.
func (r *rewriter) subquery(n node, alias string, query node) {
	r.changed = true
	sample, names := n["sample"], n["column_name_alias"]
	if names == nil {
		names = []any{}
	}
	become(n, node{
		"type": "SUBQUERY", "alias": alias, "sample": sample, "column_name_alias": names,
		"subquery": node{"node": query, "named_param_map": []any{}},
	})
}

// visible is t's columns, or the masks that stand for them, and its filter.
func (r *rewriter) visible(t catalog.Table) (columns []any, where node, err error) {
	var exprs []string
	for _, c := range t.Columns {
		if c.Mask != "" {
			exprs = append(exprs, "("+c.Mask+")")
		}
	}
	if t.Filter != "" {
		exprs = append(exprs, "("+t.Filter+")")
	}
	parsed, err := r.rules(t, exprs)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range t.Columns {
		if c.Mask == "" {
			columns = append(columns, columnRef(c.Name))
			continue
		}
		mask := parsed[0]
		parsed = parsed[1:]
		mask["alias"] = c.Name
		columns = append(columns, mask)
	}
	if t.Filter != "" {
		where = parsed[0]
	}
	if len(columns) == 0 {
		return nil, nil, refuse(-1, "%s has no columns that you may read", t.Name.Table)
	}
	return columns, where, nil
}

// rules parses the expressions of masks and filters. What is wrong with them is
// not the caller's to read.
func (r *rewriter) rules(t catalog.Table, exprs []string) ([]node, error) {
	if len(exprs) == 0 {
		return nil, nil
	}
	answer, err := r.bind.Serialize(r.ctx, "SELECT "+strings.Join(exprs, ", "))
	if err != nil {
		return nil, err
	}
	wrong := refuse(-1, "the rules for %s cannot be applied; an administrator must correct them", t.Name.Table)
	tree, err := decode(answer)
	if err != nil {
		return nil, wrong
	}
	query, _, err := onlyQuery(tree)
	if err != nil || len(list(query, "select_list")) != len(exprs) || str(child(query, "from_table"), "type") != "EMPTY" {
		return nil, wrong
	}
	var parsed []node
	for _, v := range list(query, "select_list") {
		n, ok := v.(node)
		if !ok {
			return nil, wrong
		}
		bracketElements(n)
		parsed = append(parsed, n)
	}
	return parsed, nil
}
