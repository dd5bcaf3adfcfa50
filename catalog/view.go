package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/policy"
)

// ErrNotFound means that the caller can see no such thing, whether or not it exists.
var ErrNotFound = errors.New("not found")

// View is what exists for one caller: plain data, safe for concurrent use.
// The zero View is empty.
type View struct {
	stamp           string
	rights          policy.Rights
	catalogs        []Catalog // visible ones, with visible tables only
	index           map[string]*catalogIndex
	catalog, schema string // where unqualified names are looked for
}

type catalogIndex struct {
	catalog Catalog
	schemas map[string]*schemaIndex
}

type schemaIndex struct {
	name   string
	tables map[string]*Table
}

// fold is how names of catalogs, schemas and tables are compared, as DuckDB does.
func fold(s string) string { return strings.ToLower(s) }

// newView applies rights to contents.
func newView(contents Contents, rights policy.Rights, catalog, schema string) View {
	v := View{
		stamp:  contents.Stamp + "/" + rights.Version(),
		rights: rights, catalog: catalog, schema: schema, index: map[string]*catalogIndex{},
	}
	if rights.None() {
		return v
	}
	v.add(Catalog{Name: string(Temp), Physical: string(Temp), Type: Temp, Schemas: []Schema{{Name: "main"}}})
	v.catalogs = make([]Catalog, 0, len(contents.Catalogs))
	for _, c := range contents.Catalogs {
		c.Schemas = slices.DeleteFunc(slices.Clone(c.Schemas), func(s Schema) bool { return rights.At(c.Name, s.Name) == 0 })
		if rights.Reaches(c.Name) || len(c.Schemas) > 0 {
			v.catalogs = append(v.catalogs, v.add(c))
		}
	}
	return v
}

// add indexes c, of which everything is visible, and gives it with the
// caller's privileges.
func (v View) add(c Catalog) Catalog {
	visible := c
	visible.Schemas = make([]Schema, len(c.Schemas))
	ci := &catalogIndex{schemas: make(map[string]*schemaIndex, len(c.Schemas))}
	for i, s := range c.Schemas {
		tables := make([]Table, len(s.Tables))
		si := &schemaIndex{name: s.Name, tables: make(map[string]*Table, len(tables))}
		for j, t := range s.Tables {
			tables[j] = t
			tables[j].Privileges = v.privileges(c, s.Name, t.Kind)
			tables[j].Whole = t.Whole && t.Filter == "" && !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Mask != "" })
			si.tables[fold(t.Name.Table)] = &tables[j]
		}
		visible.Schemas[i] = Schema{Name: s.Name, Tables: tables}
		ci.schemas[fold(s.Name)] = si
	}
	ci.catalog = visible
	v.index[fold(c.Name)] = ci
	return visible
}

func (v View) privileges(c Catalog, schema string, kind Kind) policy.Privileges {
	have := v.rights.Tables
	if c.Type != Temp {
		have = v.rights.At(c.Name, schema)
	}
	switch {
	case c.ReadOnly:
		return have & policy.Select
	case kind == ViewTable:
		return have & (policy.Select | policy.Drop)
	default:
		return have
	}
}

// Version is equal for two Views only if they hold the same things with the
// same rights and resolve unqualified names alike.
func (v View) Version() string { return v.stamp + "/" + v.catalog + "\x00" + v.schema }

// Rights is what the View's caller may do at large.
func (v View) Rights() policy.Rights { return v.rights }

// At is the same View with another place to look for unqualified names.
func (v View) At(catalog, schema string) View {
	v.catalog, v.schema = catalog, schema
	return v
}

// Current is where unqualified names are looked for, and made.
func (v View) Current() (catalog, schema string) { return v.catalog, v.schema }

// Catalogs are the visible catalogs with their visible schemas and tables. The
// caller must not change them. The catalog of temporary tables is among them
// only in the View of a session that may have some; Place finds it in any View.
func (v View) Catalogs() []Catalog { return v.catalogs }

// Catalog finds one visible catalog; ErrNotFound otherwise.
func (v View) Catalog(name string) (Catalog, error) {
	if c, ok := v.index[fold(name)]; ok {
		return c.catalog, nil
	}
	return Catalog{}, fmt.Errorf("catalog %q: %w", name, ErrNotFound)
}

// Table finds the table that parts (table; schema, table; catalog, table; or
// catalog, schema, table) name; ErrNotFound otherwise. Unqualified names are
// looked for among the temporary tables, then in the current schema.
func (v View) Table(parts ...string) (Table, error) {
	for _, n := range v.candidates(parts) {
		if t := v.lookup(n); t != nil {
			return *t, nil
		}
	}
	return Table{}, fmt.Errorf("table %q: %w", strings.Join(parts, "."), ErrNotFound)
}

// Place says where a table named by parts would be made: its full name, the
// catalog it would be in and the caller's privileges on that catalog.
// ErrNotFound means that there is no such catalog or schema.
func (v View) Place(parts ...string) (Name, Catalog, error) {
	for _, n := range v.candidates(parts) {
		if len(parts) == 1 && fold(n.Catalog) == string(Temp) {
			continue
		}
		if c, ok := v.index[fold(n.Catalog)]; ok {
			if s, ok := c.schemas[fold(n.Schema)]; ok {
				return Name{Catalog: c.catalog.Name, Schema: s.name, Table: n.Table}, c.catalog, nil
			}
		}
	}
	return Name{}, Catalog{}, fmt.Errorf("schema of %q: %w", strings.Join(parts, "."), ErrNotFound)
}

// Privileges is what the caller may do with that schema of c, were it not there yet.
func (v View) Privileges(c Catalog, schema string) policy.Privileges {
	return v.privileges(c, schema, BaseTable)
}

// candidates are the full names that parts may stand for, in order.
func (v View) candidates(parts []string) []Name {
	switch len(parts) {
	case 1:
		return []Name{{string(Temp), "main", parts[0]}, {v.catalog, v.schema, parts[0]}}
	case 2:
		return []Name{{v.catalog, parts[0], parts[1]}, {parts[0], "main", parts[1]}}
	case 3:
		return []Name{{parts[0], parts[1], parts[2]}}
	default:
		return nil
	}
}

func (v View) lookup(n Name) *Table {
	c, ok := v.index[fold(n.Catalog)]
	if !ok {
		return nil
	}
	s, ok := c.schemas[fold(n.Schema)]
	if !ok {
		return nil
	}
	return s.tables[fold(n.Table)]
}
