package catalog

import "github.com/lakegate/lakegate/policy"

// Contents is what all lakes hold at one moment, before anyone's rights. It is
// plain data and never changed once made; parts are shared between versions.
type Contents struct {
	Stamp    string // differs from any other contents' that differ in anything
	Catalogs []Catalog
}

// Catalog is one lake's contents.
type Catalog struct {
	Name     string // logical
	Physical string // the engine's name for it, random; never leaves the server
	Type     Type
	ReadOnly bool
	Stamp    string // differs when anything in this catalog differs
	Down     bool   // the lake could not be asked; what is here is what was last seen
	Schemas  []Schema
}

// Schema is one schema of a catalog.
type Schema struct {
	Name   string
	Tables []Table // ordered by name

	Partial bool // in a View only: it holds tables that the caller does not see
}

// Name is a table's full name.
type Name struct{ Catalog, Schema, Table string }

// Kind tells tables from views.
type Kind string

// The kinds, spelled as information_schema and Flight SQL's table_type do.
const (
	BaseTable Kind = "BASE TABLE"
	ViewTable Kind = "VIEW" // a view of the lake's own, or with a Definition one of ours
)

// Definition is a view that the server keeps: its text, read each time with the
// rights of whoever reads it.
type Definition struct {
	SQL             string // as it was given
	Catalog, Schema string // where its unqualified names are looked for
	Reads           []Name // the tables and views that it read when it was made, those of the views among them too
	Uses            []Use  // which of their columns
	Owner           string // who made it
}

// Use names columns of a table.
type Use struct {
	Table   Name
	Columns []string
}

// Table is one table or view. Physical, Filter and the columns' masks are for
// the engine alone.
type Table struct {
	Name     Name // logical
	Physical Name
	Kind     Kind
	Comment  string
	Columns  []Column // in order; in a View without the denied ones

	Definition *Definition // of a view of ours; nil otherwise

	PrimaryKey  []string
	Unique      [][]string
	ForeignKeys []ForeignKey

	// In a View only.
	Privileges policy.Privileges
	Filter     string   // SQL condition over the physical columns; empty lets all rows pass
	Hidden     []string // names of the columns that are denied; never leave the server
	Rule       string   // what decided about it, for administrators' eyes
	Whole      bool     // no column is denied or masked, no row is filtered; in Contents, Columns are all there are
}

// Column is one column.
type Column struct {
	Name     string
	Type     string // DuckDB's spelling: VARCHAR, DECIMAL(18,3), STRUCT(a INTEGER)
	Nullable bool
	Default  string // SQL text, empty for none
	Comment  string
	Recast   bool // a file of the table may hold it as another type, from which it is cast

	Mask string // in a View only: SQL expression to take instead of the column; empty takes it
}

// ForeignKey is a reference to another table's columns.
type ForeignKey struct {
	Name       string
	Columns    []string
	References Name // logical
	Referenced []string
}
