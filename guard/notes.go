package guard

import (
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// notes are what is found out about a statement while its parts are rewritten.
// All methods take nil.
type notes struct {
	volatile  bool            // something of the caller, or of the moment, is in the text
	partial   bool            // a stored text, or rows of the server's own, are in it
	functions map[string]bool // which the caller may call
	used      map[catalog.Name]map[string]bool
	indexes   map[catalog.Name]map[string]string // columns by their names in lower case
}

// once is ask(name), asked once a statement.
func (n *notes) once(name string, ask func(string) bool) bool {
	if n == nil {
		return ask(name)
	}
	may, known := n.functions[name]
	if !known {
		may = ask(name)
		if n.functions == nil {
			n.functions = map[string]bool{}
		}
		n.functions[name] = may
	}
	return may
}

// change notes that the statement's text holds for this execution alone.
func (n *notes) change() {
	if n != nil {
		n.volatile = true
	}
}

// hide notes that the statement's plan would show more than its caller may see.
func (n *notes) hide() {
	if n != nil {
		n.partial = true
	}
}

// index is t's columns by their names in lower case.
func (n *notes) index(t *catalog.Table) map[string]string {
	if columns, ok := n.indexes[t.Name]; ok {
		return columns
	}
	columns := make(map[string]string, len(t.Columns))
	for _, c := range t.Columns {
		columns[strings.ToLower(c.Name)] = c.Name
	}
	if n.indexes == nil {
		n.indexes = map[catalog.Name]map[string]string{}
	}
	n.indexes[t.Name] = columns
	return columns
}

// use notes that a column of t is read, if t has it.
func (n *notes) use(t *catalog.Table, column string) bool {
	if n == nil || t == nil {
		return false
	}
	name, ok := n.index(t)[strings.ToLower(column)]
	if !ok {
		return false
	}
	if n.used == nil {
		n.used = map[catalog.Name]map[string]bool{}
	}
	if n.used[t.Name] == nil {
		n.used[t.Name] = map[string]bool{}
	}
	n.used[t.Name][name] = true
	return true
}

// useAll notes that all columns of t are read but those named.
func (n *notes) useAll(t *catalog.Table, but map[string]bool) {
	if n == nil || t == nil {
		return
	}
	for _, c := range t.Columns {
		if !but[strings.ToLower(c.Name)] {
			n.use(t, c.Name)
		}
	}
}

// useScope notes that all columns of s's tables are read but those named.
func (n *notes) useScope(s *scope, but map[string]bool) {
	if s == nil {
		return
	}
	for _, src := range s.sources {
		n.useAll(src.table, but)
	}
}

// columns are those of reads that the statement was found to read. Which column
// a name means is for DuckDB to say: where it may be several, all are among them.
func (n *notes) columns(view catalog.View, reads []catalog.Name) []ColumnUse {
	var out []ColumnUse
	for _, name := range reads {
		t, err := view.Table(name.Catalog, name.Schema, name.Table)
		if err != nil {
			continue
		}
		u := ColumnUse{Table: name, Columns: []string{}}
		for _, c := range t.Columns {
			if n.used[name][c.Name] {
				u.Columns = append(u.Columns, c.Name)
			}
		}
		out = append(out, u)
	}
	return out
}

// useName notes the columns that a name of several parts, or of one, may mean.
func (n *notes) useName(parts []string, s *scope) {
	if n == nil || len(parts) == 0 {
		return
	}
	for ; s != nil; s = s.outer {
		found := false
		if len(parts) > 1 {
			for _, src := range s.sources {
				if src.table == nil || !src.called(parts) {
					continue
				}
				found = true
				if !slices.ContainsFunc(parts[1:], func(p string) bool { return n.use(src.table, p) }) {
					n.useAll(src.table, nil)
				}
			}
			if found {
				return
			}
		}
		for _, src := range s.sources {
			found = n.use(src.table, parts[0]) || found
		}
		if found {
			return
		}
		for _, src := range s.sources {
			if src.table != nil && same(src.known, parts[0]) {
				n.useAll(src.table, nil) // the table's row as a whole
				found = true
			}
		}
		if found {
			return
		}
	}
}

// called reports whether parts may begin with what s is called.
func (s *source) called(parts []string) bool {
	if same(s.known, parts[0]) {
		return true
	}
	t := s.table.Name
	if s.name != (catalog.Name{}) && same(parts[len(parts)-1], t.Table) && (same(parts[0], t.Schema) || same(parts[0], t.Catalog)) {
		return true // the table's row as a whole
	}
	return s.name != (catalog.Name{}) && len(parts) > 2 && same(parts[1], t.Table) && (same(parts[0], t.Schema) || same(parts[0], t.Catalog)) ||
		s.name != (catalog.Name{}) && len(parts) > 3 && same(parts[2], t.Table)
}
