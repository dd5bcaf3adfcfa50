package flight

import (
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// tableRef names tables as the key commands do: a missing catalog or schema is any.
type tableRef struct {
	catalog, schema *string
	table           string
}

func (r *tableRef) names(n catalog.Name) bool {
	return r == nil || exactly(r.catalog, n.Catalog) && exactly(r.schema, n.Schema) && r.table == n.Table
}

// visibleTables are all tables of view.
func visibleTables(view catalog.View) []catalog.Table {
	var out []catalog.Table
	for _, cat := range view.Catalogs() {
		for _, sch := range cat.Schemas {
			out = append(out, sch.Tables...)
		}
	}
	return out
}

// visibleColumns reports that the caller sees all of columns.
func visibleColumns(t catalog.Table, columns []string) bool {
	for _, name := range columns {
		if !slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, name) }) {
			return false
		}
	}
	return true
}

// primaryKeys lists the columns of the primary keys that are wholly visible.
func primaryKeys(out *table, view catalog.View, ref tableRef) {
	for _, t := range visibleTables(view) {
		if !ref.names(t.Name) || !visibleColumns(t, t.PrimaryKey) {
			continue
		}
		for i, col := range t.PrimaryKey {
			out.row(t.Name.Catalog, t.Name.Schema, t.Name.Table, col, i+1, nil)
		}
	}
}

// noAction is what an update or delete of a referenced row does: it is refused.
const noAction = 3

// foreignKeys lists the references from tables that from names to tables that to
// names; nil is any. One is listed if both its ends are visible.
func foreignKeys(out *table, view catalog.View, to, from *tableRef) {
	for _, t := range visibleTables(view) {
		if !from.names(t.Name) {
			continue
		}
		for _, k := range t.ForeignKeys {
			if !to.names(k.References) || !visibleColumns(t, k.Columns) {
				continue
			}
			target, err := view.Table(k.References.Catalog, k.References.Schema, k.References.Table)
			if err != nil || !visibleColumns(target, k.Referenced) {
				continue
			}
			var name any
			if k.Name != "" {
				name = k.Name
			}
			for i := range min(len(k.Columns), len(k.Referenced)) {
				out.row(target.Name.Catalog, target.Name.Schema, target.Name.Table, k.Referenced[i],
					t.Name.Catalog, t.Name.Schema, t.Name.Table, k.Columns[i], i+1, name, nil, noAction, noAction)
			}
		}
	}
}
