package guard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// inventory lists what a View holds, in the short-keyed rows that the queries
// of relations read. Object identifiers are counted through the View, the same
// in all of them.
type inventory struct {
	view    catalog.View
	types   []typeRow // distinct types of columns, numbered from 1
	typeNos map[string]int
}

type placeRow struct {
	Database    string `json:"d"`
	DatabaseOID int    `json:"do"`
	Schema      string `json:"s"`
	SchemaOID   int    `json:"so"`
}

type tableRow struct {
	placeRow
	Name    string `json:"n"`
	OID     int    `json:"o"`
	Comment string `json:"m,omitempty"`
	Temp    bool   `json:"t"`
	Key     bool   `json:"pk"`
	Columns int    `json:"cc"`
	Indexes int    `json:"ic"`
	table   *catalog.Table
}

// firstOID leaves room below for DuckDB's own.
const firstOID = 20000

// each calls for every catalog, schema and table, in the View's order; schema
// and table are nil for the catalog and the schema themselves.
func (i *inventory) each(visit func(c *catalog.Catalog, s *catalog.Schema, t *catalog.Table, row tableRow)) {
	oid := firstOID
	next := func() int { oid++; return oid }
	catalogs := i.view.Catalogs()
	for ci := range catalogs {
		c := &catalogs[ci]
		row := tableRow{placeRow: placeRow{Database: c.Name, DatabaseOID: next()}, Temp: c.Type == catalog.Temp}
		visit(c, nil, nil, row)
		for si := range c.Schemas {
			s := &c.Schemas[si]
			row.Schema, row.SchemaOID = s.Name, next()
			visit(c, s, nil, row)
			for ti := range s.Tables {
				t := &s.Tables[ti]
				of := row
				of.Name, of.OID, of.Comment, of.table = t.Name.Table, next(), t.Comment, t
				of.Key, of.Columns = len(t.PrimaryKey) > 0, len(t.Columns)
				of.Indexes = len(t.Unique)
				if of.Key {
					of.Indexes++
				}
				visit(c, s, t, of)
			}
		}
	}
}

func (i *inventory) databases() any {
	type row struct {
		placeRow
		Kind     string `json:"k"`
		ReadOnly bool   `json:"ro"`
		Temp     bool   `json:"t"`
	}
	var out []row
	i.each(func(c *catalog.Catalog, s *catalog.Schema, _ *catalog.Table, r tableRow) {
		if s == nil {
			kind := string(c.Type)
			if c.Type == catalog.Temp {
				kind = string(catalog.DuckDB)
			}
			out = append(out, row{r.placeRow, kind, c.ReadOnly, r.Temp})
		}
	})
	return out
}

func (i *inventory) schemas() any {
	var out []placeRow
	i.each(func(_ *catalog.Catalog, s *catalog.Schema, t *catalog.Table, r tableRow) {
		if s != nil && t == nil {
			out = append(out, r.placeRow)
		}
	})
	return out
}

func (i *inventory) tables() any { return i.ofKind(catalog.BaseTable) }
func (i *inventory) views() any  { return i.ofKind(catalog.ViewTable) }

func (i *inventory) ofKind(kind catalog.Kind) any {
	var out []tableRow
	i.each(func(_ *catalog.Catalog, _ *catalog.Schema, t *catalog.Table, r tableRow) {
		if t != nil && (t.Kind == catalog.ViewTable) == (kind == catalog.ViewTable) {
			out = append(out, r)
		}
	})
	return out
}

func (i *inventory) typeNo(name string) int {
	if n, ok := i.typeNos[name]; ok {
		return n
	}
	if i.typeNos == nil {
		i.typeNos = map[string]int{}
	}
	i.types = append(i.types, describeType(name))
	i.typeNos[name] = len(i.types)
	return len(i.types)
}

func (i *inventory) columns() any {
	type column struct {
		Name    string `json:"n"`
		Index   int    `json:"i"`
		Type    int    `json:"t"`
		Default string `json:"d,omitempty"`
		Comment string `json:"m,omitempty"`
		NotNull int    `json:"u,omitempty"`
	}
	type row struct {
		placeRow
		Name    string   `json:"n"`
		OID     int      `json:"o"`
		Columns []column `json:"c"`
	}
	var out []row
	i.each(func(_ *catalog.Catalog, _ *catalog.Schema, t *catalog.Table, r tableRow) {
		if t == nil {
			return
		}
		columns := make([]column, len(t.Columns))
		for ci, c := range t.Columns {
			columns[ci] = column{Name: c.Name, Index: ci + 1, Type: i.typeNo(c.Type), Default: c.Default, Comment: c.Comment}
			if !c.Nullable {
				columns[ci].NotNull = 1
			}
		}
		out = append(out, row{r.placeRow, r.Name, r.OID, columns})
	})
	return out
}

type constraintRow struct {
	placeRow
	Table             string   `json:"n"`
	OID               int      `json:"o"`
	Index             int      `json:"i"`
	Kind              string   `json:"k"`
	Text              string   `json:"x"`
	ColumnIndexes     []int    `json:"ci"`
	Columns           []string `json:"cn"`
	Name              string   `json:"cm"`
	Referenced        string   `json:"rt,omitempty"`
	ReferencedColumns []string `json:"rc"`
}

func (i *inventory) constraints() any {
	var out []constraintRow
	i.each(func(_ *catalog.Catalog, _ *catalog.Schema, t *catalog.Table, r tableRow) {
		if t == nil {
			return
		}
		n := 0
		add := func(kind, suffix, text string, columns []string) *constraintRow {
			c := constraintRow{
				placeRow: r.placeRow, Table: r.Name, OID: r.OID, Index: n, Kind: kind, Text: text, Columns: columns,
				Name: r.Name + "_" + strings.Join(columns, "_") + suffix, ReferencedColumns: []string{},
			}
			for _, name := range columns {
				c.ColumnIndexes = append(c.ColumnIndexes, slices.IndexFunc(t.Columns, func(c catalog.Column) bool { return same(c.Name, name) }))
			}
			n++
			out = append(out, c)
			return &out[len(out)-1]
		}
		list := func(columns []string) string { return "(" + strings.Join(columns, ", ") + ")" }
		if len(t.PrimaryKey) > 0 {
			add("PRIMARY KEY", "_pkey", "PRIMARY KEY"+list(t.PrimaryKey), t.PrimaryKey)
		}
		for _, c := range t.Columns {
			if !c.Nullable {
				add("NOT NULL", "_not_null", "NOT NULL", []string{c.Name})
			}
		}
		for _, u := range t.Unique {
			add("UNIQUE", "_key", "UNIQUE"+list(u), u)
		}
		for _, f := range t.ForeignKeys {
			suffix := "_" + strings.Join(f.Referenced, "_") + "_fkey"
			c := add("FOREIGN KEY", suffix, "FOREIGN KEY "+list(f.Columns)+" REFERENCES "+f.References.Table+list(f.Referenced), f.Columns)
			c.Referenced, c.ReferencedColumns = f.References.Table, f.Referenced
			if f.Name != "" {
				c.Name = f.Name
			}
		}
	})
	return out
}

func (i *inventory) builtinTypes() any {
	type row struct {
		placeRow
		Name     string `json:"n"`
		OID      *int   `json:"i,omitempty"`
		Size     *int   `json:"z,omitempty"`
		Logical  string `json:"l"`
		Category string `json:"g,omitempty"`
	}
	database, _ := i.view.Current()
	at := placeRow{Database: database, Schema: "main"}
	i.each(func(c *catalog.Catalog, s *catalog.Schema, t *catalog.Table, r tableRow) {
		if same(c.Name, database) && s == nil {
			at.DatabaseOID = r.DatabaseOID
		}
	})
	optional := func(s string) *int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil
		}
		return &n
	}
	var out []row
	for line := range strings.Lines(typesText) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) == 5 {
			r := row{placeRow: at, Name: f[0], OID: optional(f[1]), Size: optional(f[2]), Logical: f[3]}
			if f[4] != `\N` {
				r.Category = f[4]
			}
			out = append(out, r)
		}
	}
	return out
}

type describeRow struct {
	Name    string `json:"n"`
	Type    string `json:"t"`
	Null    string `json:"u"`
	Key     string `json:"k,omitempty"`
	Default string `json:"d,omitempty"`
}

func (i *inventory) describe(t catalog.Table) any {
	var out []describeRow
	for _, c := range t.Columns {
		row := describeRow{Name: c.Name, Type: c.Type, Null: "YES", Default: c.Default}
		if !c.Nullable {
			row.Null = "NO"
		}
		is := func(s string) bool { return same(s, c.Name) }
		switch {
		case slices.ContainsFunc(t.PrimaryKey, is):
			row.Key, row.Null = "PRI", "NO"
		case slices.ContainsFunc(t.Unique, func(u []string) bool { return slices.ContainsFunc(u, is) }):
			row.Key = "UNI"
		}
		out = append(out, row)
	}
	return out
}

// currentTables are the tables that an unqualified name finds.
func (i *inventory) currentTables() []string {
	database, schema := i.view.Current()
	names := []string{}
	i.each(func(c *catalog.Catalog, s *catalog.Schema, t *catalog.Table, r tableRow) {
		if t != nil && (r.Temp || same(r.Database, database) && same(r.Schema, schema)) {
			names = append(names, r.Name)
		}
	})
	return sortedNames(names)
}

// tableNames are the tables of SHOW TABLES FROM: a catalog's schema, a schema
// of the current catalog, or a catalog.
func (i *inventory) tableNames(database, schema string) ([]string, error) {
	current, _ := i.view.Current()
	tries := []catalog.Name{{Catalog: database, Schema: schema}}
	if database == "" {
		tries = []catalog.Name{{Catalog: current, Schema: schema}, {Catalog: schema}}
	}
	for _, try := range tries {
		found, names := false, []string{}
		i.each(func(c *catalog.Catalog, s *catalog.Schema, t *catalog.Table, r tableRow) {
			if !same(r.Database, try.Catalog) || try.Schema != "" && (s == nil || !same(r.Schema, try.Schema)) {
				return
			}
			found = true
			if t != nil {
				names = append(names, r.Name)
			}
		})
		if found {
			return sortedNames(names), nil
		}
	}
	return nil, fmt.Errorf("schema %q: %w", schema, catalog.ErrNotFound)
}

func (i *inventory) databaseNames() []string {
	names := []string{}
	for _, c := range i.view.Catalogs() {
		if c.Type != catalog.Temp {
			names = append(names, c.Name)
		}
	}
	return sortedNames(names)
}

func (i *inventory) schemaNames() any {
	type row struct {
		Database string `json:"d"`
		Schema   string `json:"s"`
		Current  bool   `json:"c"`
	}
	database, schema := i.view.Current()
	var out []row
	i.each(func(c *catalog.Catalog, s *catalog.Schema, t *catalog.Table, r tableRow) {
		if s != nil && t == nil && !r.Temp {
			out = append(out, row{r.Database, r.Schema, same(r.Database, database) && same(r.Schema, schema)})
		}
	})
	return out
}

func (i *inventory) expanded() any {
	type row struct {
		Database string   `json:"d"`
		Schema   string   `json:"s"`
		Name     string   `json:"n"`
		Columns  []string `json:"c"`
		Types    []string `json:"y"`
		Temp     bool     `json:"t"`
	}
	var out []row
	i.each(func(_ *catalog.Catalog, _ *catalog.Schema, t *catalog.Table, r tableRow) {
		if t == nil {
			return
		}
		e := row{Database: r.Database, Schema: r.Schema, Name: r.Name, Temp: r.Temp}
		for _, c := range t.Columns {
			e.Columns, e.Types = append(e.Columns, c.Name), append(e.Types, c.Type)
		}
		out = append(out, e)
	})
	slices.SortStableFunc(out, func(a, b row) int {
		return strings.Compare(a.Database+"\x00"+a.Schema+"\x00"+a.Name, b.Database+"\x00"+b.Schema+"\x00"+b.Name)
	})
	return out
}
