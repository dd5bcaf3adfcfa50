package catalog

import (
	"errors"
	"fmt"
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

	facts *Facts
	user  string
}

type catalogIndex struct {
	catalog Catalog
	schemas map[string]*schemaIndex
}

type schemaIndex struct {
	name   string
	tables map[string]*Table
}

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
	allowed := visible(contents, rights)
	for _, c := range contents.Catalogs {
		if c.Type == System {
			continue
		}
		if visible, ok := v.within(c, allowed); ok {
			v.catalogs = append(v.catalogs, v.add(visible))
		}
	}
	return v.withSystem(contents)
}

// within is c with what is visible in it; false if it does not exist for the caller.
func (v View) within(c Catalog, allowed map[Name]*Table) (Catalog, bool) {
	if c.Type == Temp {
		return c, true
	}
	schemas := make([]Schema, 0, len(c.Schemas))
	for _, s := range c.Schemas {
		tables := make([]Table, 0, len(s.Tables))
		for i := range s.Tables {
			// A view of ours that is hidden may have the name of a table.
			if t, ok := allowed[s.Tables[i].Name]; ok && (t.Definition == nil) == (s.Tables[i].Definition == nil) {
				tables = append(tables, withoutHidden(*t, allowed))
			}
		}
		// A schema in which there are tables, none of them visible, does not exist
		// for who cannot make one there.
		may := v.rights.At(c.Name, s.Name)
		if len(tables) > 0 || v.rights.Makes(c.Name, s.Name) || len(s.Tables) == 0 && may != 0 {
			schemas = append(schemas, Schema{Name: s.Name, Tables: tables, Partial: len(tables) < len(s.Tables)})
		}
	}
	enters := v.rights.Reaches(c.Name) && len(c.Schemas) == 0
	c.Schemas = schemas
	return c, enters || len(schemas) > 0
}

// add indexes c, of which everything is visible, and gives it with the
// caller's privileges.
func (v View) add(c Catalog) Catalog {
	shown := c
	shown.Schemas = make([]Schema, len(c.Schemas))
	ci := &catalogIndex{schemas: make(map[string]*schemaIndex, len(c.Schemas))}
	for i, s := range c.Schemas {
		tables := make([]Table, len(s.Tables))
		si := &schemaIndex{name: s.Name, tables: make(map[string]*Table, len(tables))}
		for j, t := range s.Tables {
			tables[j] = t
			if c.Type == Temp {
				tables[j].Privileges = v.rights.Tables
			}
			tables[j].Privileges = possible(tables[j].Privileges, c, t.Kind)
			si.tables[Fold(t.Name.Table)] = &tables[j]
		}
		shown.Schemas[i] = Schema{Name: s.Name, Tables: tables, Partial: s.Partial}
		ci.schemas[Fold(s.Name)] = si
	}
	ci.catalog = shown
	v.index[Fold(c.Name)] = ci
	return shown
}

// possible is have without what cannot be done with things of that kind in c.
func possible(have policy.Privileges, c Catalog, kind Kind) policy.Privileges {
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
	if c, ok := v.index[Fold(name)]; ok {
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
		if len(parts) == 1 && Fold(n.Catalog) == string(Temp) {
			continue
		}
		if c, ok := v.index[Fold(n.Catalog)]; ok {
			if s, ok := c.schemas[Fold(n.Schema)]; ok {
				return Name{Catalog: c.catalog.Name, Schema: s.name, Table: n.Table}, c.catalog, nil
			}
		}
	}
	return Name{}, Catalog{}, fmt.Errorf("schema of %q: %w", strings.Join(parts, "."), ErrNotFound)
}

// Privileges is what the caller may do with that schema of c, were it not there yet.
func (v View) Privileges(c Catalog, schema string) policy.Privileges {
	have := v.rights.Tables
	if c.Type != Temp {
		have = v.rights.At(c.Name, schema)
	}
	return possible(have, c, BaseTable)
}

// candidates are the full names that parts may stand for, in order.
func (v View) candidates(parts []string) []Name {
	switch len(parts) {
	case 1:
		return []Name{{string(Temp), "main", parts[0]}, {v.catalog, v.schema, parts[0]}}
	case 2:
		return []Name{{v.catalog, parts[0], parts[1]}, {parts[0], v.schemaIn(parts[0]), parts[1]}}
	case 3:
		return []Name{{parts[0], parts[1], parts[2]}}
	default:
		return nil
	}
}

// schemaIn is where catalog.table is looked for in that catalog, as DuckDB does.
func (v View) schemaIn(catalog string) string {
	if SameName(catalog, v.catalog) {
		return v.schema
	}
	return "main"
}

func (v View) lookup(n Name) *Table {
	c, ok := v.index[Fold(n.Catalog)]
	if !ok {
		return nil
	}
	s, ok := c.schemas[Fold(n.Schema)]
	if !ok {
		return nil
	}
	return s.tables[Fold(n.Table)]
}
