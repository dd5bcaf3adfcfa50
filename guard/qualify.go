package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// requalified is a column whose table's name was changed, with what it was.
type requalified struct {
	column node
	names  []any
}

// requalify gives the column n the name that it has in the rewritten text.
func (r *rewriter) requalify(n node, names ...string) {
	r.requalified = append(r.requalified, requalified{n, list(n, "column_names")})
	parts := make([]any, len(names))
	for i, name := range names {
		parts[i] = name
	}
	n["column_names"] = parts
	r.changed = true
}

// column walks one column of a result, whose name the rewriting must not change.
func (r *rewriter) column(v any, e env) error {
	outer := r.requalified
	r.requalified = nil
	defer func() { r.requalified = outer }()
	if err := r.value(v, e); err != nil {
		return err
	}
	n, ok := v.(node)
	if !ok || len(r.requalified) == 0 || str(n, "alias") != "" || r.system > 0 {
		return nil
	}
	if str(n, "class") == "COLUMN_REF" {
		was, now := texts(r.requalified[0].names), texts(list(n, "column_names"))
		if name := was[len(was)-1]; name != now[len(now)-1] {
			n["alias"] = name
		}
		return nil
	}
	if fragile, expands := inspect(n); fragile || expands {
		return nil // it has its name already, or cannot have one
	}
	now := make([]any, len(r.requalified))
	for i, c := range r.requalified {
		now[i] = c.column["column_names"]
		c.column["column_names"] = c.names
	}
	original, _ := clone(n).(node)
	for i, c := range r.requalified {
		c.column["column_names"] = now[i]
	}
	r.nameless = append(r.nameless, unnamedColumn{n, original})
	return nil
}

// columnRef takes catalog and schema off a column's name: the table is a
// subquery now, and has an alias only.
func (r *rewriter) columnRef(n node, e env) error {
	parts := list(n, "column_names")
	if len(parts) == 0 {
		return refuse(position(n), "a column without a name is not accepted")
	}
	if !r.plain {
		r.notes.useName(texts(parts), e.scope)
	}
	if len(parts) == 1 {
		name, _ := parts[0].(string)
		switch name = strings.ToLower(name); name {
		case "current_catalog", "current_schema", "current_database":
			if n["alias"] == "" {
				n["alias"] = name
			}
			_, err := r.place(n, name)
			return err
		case "current_user", "session_user", "current_role", "user":
			if (!r.plain || name != "user") && r.system == 0 && !e.scope.mayHave(name) {
				if n["alias"] == "" {
					n["alias"] = name
				}
				return r.asker(n, name)
			}
		}
		return r.wholeRow(n, parts[0], e)
	}
	return r.qualifiedRef(n, texts(parts), e)
}

// wholeRow refuses a name alone that is no column, and that several tables have.
func (r *rewriter) wholeRow(n node, first any, e env) error {
	name, _ := first.(string)
	for s := e.scope; s != nil && !s.mayHave(name); s = s.outer {
		switch known := s.known(name); {
		case len(known) > 1 && s.shared[strings.ToLower(name)]:
			return ambiguous(known, name)
		case len(known) == 1 && !same(known[0].alias, name):
			r.requalify(n, known[0].alias)
			return nil
		case len(known) > 0:
			return nil
		}
	}
	return nil
}

// qualifiedRef finds the table that the first of names stand for, in the
// innermost FROM clause that has it.
func (r *rewriter) qualifiedRef(n node, names []string, e env) error {
	var missing error
	for s := e.scope; s != nil; s = s.outer {
		if src, used := s.qualified(names); src != nil {
			if used > 1 || !same(src.alias, names[0]) {
				r.requalify(n, append([]string{src.alias}, names[used:]...)...)
			}
			return nil
		}
		if known := s.known(names[0]); len(known) > 0 {
			src, err := meant(known, names[0], names[1])
			if src != nil && !same(src.alias, names[0]) {
				r.requalify(n, append([]string{src.alias}, names[1:]...)...)
			}
			if src != nil || err != nil {
				return err
			}
			missing = &BindError{Type: "binder", Message: fmt.Sprintf("Table %q does not have a column named %q", names[0], names[1]), Position: -1}
			continue
		}
		if src := s.row(names); src != nil {
			r.requalify(n, src.alias)
			return nil
		}
	}
	return missing
}

// meant is the one of sources of the same name whose column is named, as DuckDB
// finds it; nil if none has it.
func meant(known []*source, name, column string) (*source, error) {
	if len(known) == 1 {
		return known[0], nil
	}
	var having, perhaps []*source
	for _, src := range known {
		switch has, sure := src.has(column); {
		case !sure:
			perhaps = append(perhaps, src)
		case has:
			having = append(having, src)
		}
	}
	if len(having) == 0 {
		having = perhaps
	}
	switch len(having) {
	case 0:
		return nil, nil
	case 1:
		return having[0], nil
	}
	return nil, ambiguous(having, name)
}

// ambiguous is DuckDB's error for a name that several tables have.
func ambiguous(known []*source, name string) error {
	uses := make([]string, len(known))
	for i, src := range known {
		if uses[i] = src.alias; src.alias == src.known && src.name.Schema != "" {
			uses[i] = src.name.Schema + "." + src.name.Table
		}
	}
	last := len(uses) - 1
	return &BindError{
		Type: "binder", Position: -1,
		Message: fmt.Sprintf("Ambiguous reference to table %q (use: %s or %s)", name, strings.Join(uses[:last], ", "), uses[last]),
	}
}

// row is the source whose rows as a whole names stand for: a table's name with
// its schema or catalog, and nothing after it. A column goes before.
func (s *scope) row(names []string) *source {
	if len(names) > 3 || slices.ContainsFunc(s.columns, func(c catalog.Column) bool { return same(c.Name, names[0]) }) {
		return nil
	}
	for _, src := range s.sources {
		t := src.name
		if t == (catalog.Name{}) || !same(names[len(names)-1], t.Table) {
			continue
		}
		if len(names) == 3 && same(names[0], t.Catalog) && same(names[1], t.Schema) ||
			len(names) == 2 && (same(names[0], t.Schema) || same(names[0], t.Catalog)) {
			return src
		}
	}
	return nil
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i], _ = list[i].(string)
	}
	return out
}

// qualified gives the source that the first used of names stand for, when they
// are a table's name with its schema or catalog. As in DuckDB, the longest name
// goes first, and one whose table has the column that follows before any other.
func (s *scope) qualified(names []string) (src *source, used int) {
	ways := [...]func(t catalog.Name) bool{
		func(t catalog.Name) bool {
			return len(names) > 3 && same(names[0], t.Catalog) && same(names[1], t.Schema) && same(names[2], t.Table)
		},
		func(t catalog.Name) bool {
			return len(names) > 2 && same(names[0], t.Catalog) && same(names[1], t.Table)
		},
		func(t catalog.Name) bool {
			return len(names) > 2 && same(names[0], t.Schema) && same(names[1], t.Table)
		},
	}
	for _, any := range [...]bool{false, true} {
		for i, fits := range ways {
			used := max(2, 3-i)
			for _, src := range s.sources {
				if src.name != (catalog.Name{}) && fits(src.name) && (any || src.mayHave(names[used])) {
					return src, used
				}
			}
		}
		if len(s.known(names[0])) > 0 {
			break // a table, with what is in it
		}
	}
	return nil, 0
}

// has reports whether s has such a column; it may be unsure.
func (s *source) has(column string) (has, sure bool) {
	if s.table != nil {
		return slices.ContainsFunc(s.table.Columns, func(c catalog.Column) bool { return same(c.Name, column) }), !s.other
	}
	return slices.ContainsFunc(s.gives.names, func(name string) bool { return same(name, column) }), s.gives.all
}

func (s *source) mayHave(column string) bool {
	has, sure := s.has(column)
	return has || !sure
}
