package guard

import (
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

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
		if err := r.query(child(child(n, "subquery"), "node"), env{e.ctes, e.scope}); err != nil {
			return err
		}
		e.scope.addGiving(str(n, "alias"), r.gives.renamed(list(n, "column_name_alias")))
		return nil
	case "JOIN":
		r.joins = true
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

// baseTable replaces one named table.
func (r *rewriter) baseTable(n node, e env) error {
	if truth(n, targetMark) {
		alias := str(n, "alias")
		if alias == r.target.Name.Table {
			alias = ""
		}
		e.scope.addTarget(alias, r.target)
		return nil
	}
	parts := nameParts(n)
	if len(parts) == 1 && n["at_clause"] == nil && e.hasCTE(parts[0]) {
		alias := str(n, "alias")
		if alias == "" {
			alias = parts[0]
		}
		e.scope.addGiving(alias, e.cte(parts[0]).gives.renamed(list(n, "column_name_alias")))
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
		s.sources[n-1].table, s.sources[n-1].other = &t, renamed
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
