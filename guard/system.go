package guard

import (
	"fmt"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// systemTable turns n into a subquery over the rows that the View's facts have of
// t, one of the server's own tables.
func (r *rewriter) systemTable(n node, t catalog.Table, e env) error {
	facts, ok := r.view.Facts()
	if !ok {
		return fmt.Errorf("table %q: %w", display(t.Name), catalog.ErrNotFound)
	}
	rows, ok := facts.Rows(t.Name.Table)
	if !ok {
		return fmt.Errorf("table %q: %w", display(t.Name), catalog.ErrNotFound)
	}
	query, err := r.literalQuery(factsQuery(t), rows, nil)
	if err != nil {
		return err
	}
	r.notes.change()
	r.notes.hide()
	r.reads = append(r.reads, t)
	r.subquery(n, e.scope.addTable(str(n, "alias"), t.Name), query)
	return nil
}

// factsQuery selects t's columns from JSON objects that have them by name.
func factsQuery(t catalog.Table) string {
	var names, types []string
	for _, c := range t.Columns {
		names = append(names, "r."+sqltext.Identifier(c.Name)+" AS "+sqltext.Identifier(c.Name))
		kind := `"` + c.Type + `"`
		if of, ok := strings.CutSuffix(c.Type, "[]"); ok {
			kind = `["` + of + `"]`
		}
		types = append(types, `"`+c.Name+`":`+kind)
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM (SELECT unnest(from_json('@rows', '[{" + strings.Join(types, ",") + "}]')) AS r)"
}
