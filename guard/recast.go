package guard

import "github.com/lakegate/lakegate/catalog"

// A hash join of DuckDB gives the scan of its other side a filter over the values
// that it has. Where a file holds the column as another type than the table, DuckDB
// cannot turn all such filters into the file's type, and the whole query fails
// ("Can't convert TableFilterType (BLOOM_FILTER)", DuckDB 1.5.5). So in statements
// that join, those columns come as least(c), which is c and takes no filter.

// recast are the columns of one table's selection for which that is so.
type recast struct {
	columns []any
	at      []int
}

// recasting notes the columns of query, which selects from t what the caller has of it.
func (r *rewriter) recasting(t catalog.Table, query node) {
	c := recast{columns: list(query, "select_list")}
	for i := range t.Columns {
		if t.Columns[i].Recast && t.Columns[i].Mask == "" && i < len(c.columns) {
			c.at = append(c.at, i)
		}
	}
	if len(c.at) > 0 {
		r.recasts = append(r.recasts, c)
	}
}

// castApart keeps joins' filters from those columns, if there are joins.
func (r *rewriter) castApart() {
	if !r.joins {
		return
	}
	for _, c := range r.recasts {
		for _, i := range c.at {
			column, ok := c.columns[i].(node)
			names := texts(list(column, "column_names"))
			if !ok || str(column, "class") != "COLUMN_REF" || len(names) == 0 {
				continue // it is behind the barrier
			}
			c.columns[i] = unfiltered(names[len(names)-1], names...)
		}
	}
	r.recasts = nil
}

// unfiltered is the column of that name as one that takes no filter.
func unfiltered(alias string, names ...string) node {
	call := functionCall("least", columnRef(names...))
	call["alias"] = alias
	return call
}

// castApart does the same to the target's columns where v, of p's expressions,
// compares them: the target is the table itself, and no selection. It reports
// whether there are any.
func (p *pieces) castApart(v any) (some bool) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			some = p.castApart(c) || some
		}
	case node:
		compares := str(v, "class") == "COMPARISON" || str(v, "class") == "SUBQUERY"
		for key, c := range v {
			n, _ := c.(node)
			if compares && str(n, "class") == "COLUMN_REF" {
				if column := p.targetColumn(n); column != nil && column.Recast {
					v[key], some = unfiltered("", texts(list(n, "column_names"))...), true
				}
				continue
			}
			some = p.castApart(c) || some
		}
	}
	return some
}
