package catalog

import (
	"slices"
	"strings"
	"unicode"

	"github.com/lakegate/lakegate/policy"
)

// visible are the tables of contents that exist for the holder of rights, by
// name, with what the rules leave of them.
func visible(contents Contents, rights policy.Rights) map[Name]*Table {
	decide := rights.Resolve()
	out := map[Name]*Table{}
	there := map[Name]bool{}
	var views []*Table
	for _, c := range contents.Catalogs {
		if c.Type == System || c.Type == Temp {
			continue
		}
		whole := true
		var own []*Table // views that other programs made in the lake
		for _, s := range c.Schemas {
			for _, t := range s.Tables {
				there[t.Name] = true
				left, ok := restricted(t, decide.Table(t.Object()))
				if t.Kind == BaseTable {
					whole = whole && ok && !left.partial() && left.Privileges.Has(policy.Select)
				}
				switch {
				case !ok:
				case t.Definition != nil:
					views = append(views, &left)
				case t.Kind == ViewTable && c.Type != Files:
					own = append(own, &left)
				default:
					out[t.Name] = &left
				}
			}
		}
		// What they read is not known here: they exist for who sees all of the lake as it is.
		if whole {
			for _, v := range own {
				out[v.Name] = v
			}
		}
	}
	addViews(out, views, func(name Name, uses []string) bool { return !there[name] && wasReadable(decide, name, uses) })
	return out
}

// Object is t as rules are asked about it.
func (t Table) Object() policy.Object {
	o := policy.Object{
		Catalog: t.Name.Catalog, Schema: t.Name.Schema, Table: t.Name.Table,
		Columns: make([]string, len(t.Columns)), Types: make([]string, len(t.Columns)),
	}
	for i, c := range t.Columns {
		o.Columns[i], o.Types[i] = c.Name, c.Type
	}
	return o
}

// restricted is t as d leaves it; false if nothing is left.
func restricted(t Table, d policy.Decision) (Table, bool) {
	if d.Privileges == 0 {
		return Table{}, false
	}
	t.Privileges, t.Rule = d.Privileges, d.Rule
	if d.Filter != "" {
		t.Filter = d.Filter
	}
	if d.Columns != nil {
		columns := make([]Column, 0, len(t.Columns))
		for i, c := range t.Columns {
			if d.Columns[i].Denied {
				t.Hidden = append(t.Hidden, c.Name)
				continue
			}
			if mask := d.Columns[i].Mask; mask != "" {
				c.Mask = "CAST((" + mask + ") AS " + c.Type + ")"
			}
			columns = append(columns, c)
		}
		t.Columns = columns
	}
	t.Whole = t.Whole && !t.partial()
	return t, len(t.Columns) > 0 || len(t.Hidden) == 0
}

// partial reports whether t's rows, columns or values are not all there.
func (t Table) partial() bool {
	return t.Filter != "" || len(t.Hidden) > 0 || slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Mask != "" })
}

// addViews adds the views of ours of which everything that they read exists for
// the reader. Views may read views. gone tells of what is no longer there at all
// whether it would exist for the reader: a view over it is out of date for everybody
// alike, and stays hidden from those from whom it was hidden.
func addViews(out map[Name]*Table, views []*Table, gone func(name Name, uses []string) bool) {
	for added := true; added; {
		added = false
		views = slices.DeleteFunc(views, func(v *Table) bool {
			if !readable(*v.Definition, out, gone) {
				return false
			}
			out[v.Name], added = v, true
			return true
		})
	}
}

// wasReadable reports whether a table of that name, which is not there, would
// exist for the reader with the columns that a view uses.
func wasReadable(decide *policy.Resolver, name Name, uses []string) bool {
	d := decide.Table(policy.Object{Catalog: name.Catalog, Schema: name.Schema, Table: name.Table, Columns: uses})
	return d.Privileges.Has(policy.Select) && !slices.ContainsFunc(d.Columns, func(c policy.ColumnDecision) bool { return c.Denied })
}

// readable reports whether everything that a view reads is among tables, or gone.
// Where it is not noted which columns it uses, a hidden one may be meant by any
// word of its text that is its name, and by any star.
func readable(d Definition, tables map[Name]*Table, gone func(name Name, uses []string) bool) bool {
	var words []string
	for _, name := range d.Reads {
		used := slices.IndexFunc(d.Uses, func(u Use) bool { return u.Table == name })
		var uses []string
		if used >= 0 {
			uses = d.Uses[used].Columns
		}
		t, ok := tables[name]
		if !ok && gone(name, uses) {
			continue
		}
		if !ok || !t.Privileges.Has(policy.Select) {
			return false
		}
		if len(t.Hidden) == 0 {
			continue
		}
		if used >= 0 {
			if slices.ContainsFunc(uses, func(c string) bool { return isHidden(*t, c) }) {
				return false
			}
			continue
		}
		if words == nil {
			words = wordsOf(d.SQL)
		}
		for _, hidden := range t.Hidden {
			if slices.Contains(words, "*") || slices.Contains(words, Fold(hidden)) || strings.ContainsFunc(hidden, notInWord) {
				return false
			}
		}
	}
	return true
}

// wordsOf are the words of a text and, if it has one, the star.
func wordsOf(text string) []string {
	words := strings.FieldsFunc(Fold(text), notInWord)
	if strings.Contains(text, "*") || strings.Contains(Fold(text), "columns") {
		words = append(words, "*")
	}
	return words
}

func notInWord(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// withoutHidden is t without what speaks of columns and tables that are not visible.
func withoutHidden(t Table, tables map[Name]*Table) Table {
	seen := func(columns []string) bool {
		return !slices.ContainsFunc(columns, func(name string) bool { return isHidden(t, name) })
	}
	if len(t.Hidden) > 0 {
		if !seen(t.PrimaryKey) {
			t.PrimaryKey = nil
		}
		t.Unique = slices.DeleteFunc(slices.Clone(t.Unique), func(u []string) bool { return !seen(u) })
		t.Columns = slices.Clone(t.Columns)
		for i := range t.Columns {
			if text := Fold(t.Columns[i].Default); slices.ContainsFunc(t.Hidden, func(h string) bool { return strings.Contains(text, Fold(h)) }) {
				t.Columns[i].Default = ""
			}
		}
	}
	if len(t.ForeignKeys) > 0 {
		t.ForeignKeys = slices.DeleteFunc(slices.Clone(t.ForeignKeys), func(f ForeignKey) bool {
			to, ok := tables[f.References]
			return !ok || !seen(f.Columns) || slices.ContainsFunc(f.Referenced, func(name string) bool { return isHidden(*to, name) })
		})
	}
	return t
}

func isHidden(t Table, column string) bool {
	return slices.ContainsFunc(t.Hidden, func(h string) bool { return SameName(h, column) })
}
