package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// target is where an ingest writes, and what it does before.
type target struct {
	logical, physical catalog.Name
	lake              string   // physical catalog; empty for temporary tables
	columns, types    []string // of the data; types are DuckDB's
	drop, create      bool
	temporary         bool
	staged            bool // rows are collected first and written with one statement
	narrow            bool // the caller sees not all of its columns
}

// resolve finds r's table in its View and checks what the caller may do there.
func resolve(r IngestRequest, schema *arrow.Schema) (target, error) {
	var t target
	var err error
	if t.columns, t.types, err = described(schema); err != nil {
		return target{}, err
	}
	parts := r.Table
	if r.Temporary && len(parts) > 0 {
		parts = []string{string(catalog.Temp), "main", parts[len(parts)-1]}
	}
	there, err := r.View.Table(parts...)
	switch {
	case err == nil:
		err = t.existing(r, there)
	case !errors.Is(err, catalog.ErrNotFound) || r.Mode == IngestAppend:
	default:
		err = t.missing(r, parts)
	}
	if err != nil {
		return target{}, err
	}
	if home, unknown := r.View.Catalog(t.logical.Catalog); unknown == nil && home.Down {
		return target{}, fmt.Errorf("%w: catalog %q", ErrUnavailable, home.Name)
	}
	if there.Physical.Table != "" && !t.create {
		err = t.match(there)
	}
	return t, err
}

// existing is resolve for a table that is there.
func (t *target) existing(r IngestRequest, there catalog.Table) error {
	t.logical, t.physical, t.narrow = there.Name, there.Physical, guard.Narrow(there)
	if there.Kind == catalog.ViewTable {
		return fmt.Errorf("%q is a view: %w", there.Name.Table, ErrSQL)
	}
	home, err := r.View.Catalog(there.Name.Catalog)
	if err != nil {
		return err
	}
	t.settle(home)
	switch r.Mode {
	case IngestCreate:
		return exists(there.Name)
	case IngestReplace:
		t.drop, t.create = true, true
		return guard.MayReplace(r.View, there, home)
	default:
		return guard.MayAppend(r.View, there, home)
	}
}

// missing is resolve for a table that is to be made.
func (t *target) missing(r IngestRequest, parts []string) error {
	name, home, err := r.View.Place(parts...)
	if err != nil {
		return err
	}
	t.logical = name
	t.physical = catalog.Name{Catalog: home.Physical, Schema: name.Schema, Table: name.Table}
	t.create = true
	t.settle(home)
	return guard.MayCreate(r.View, name, home)
}

// settle says how rows get into a table of home.
func (t *target) settle(home catalog.Catalog) {
	t.temporary = home.Type == catalog.Temp || t.physical.Catalog == tempCatalog
	t.staged = home.Type == catalog.DuckLake
	if !t.temporary {
		t.lake = t.physical.Catalog
	}
}

// match gives t's columns the table's spelling, and refuses those that the
// caller's table does not have.
func (t *target) match(there catalog.Table) error {
	for i, name := range t.columns {
		j := slices.IndexFunc(there.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, name) })
		if j < 0 {
			return fmt.Errorf("table %q has no column %q: %w", there.Name.Table, name, ErrSQL)
		}
		t.columns[i] = there.Columns[j].Name
	}
	return nil
}

// described is the names and SQL types of a schema's columns.
func described(schema *arrow.Schema) (names, types []string, err error) {
	if schema.NumFields() == 0 {
		return nil, nil, fmt.Errorf("the data has no columns: %w", ErrSQL)
	}
	for _, f := range schema.Fields() {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, f.Name) }) {
			return nil, nil, fmt.Errorf("the data has two columns %q: %w", f.Name, ErrSQL)
		}
		if f.Name == "" || strings.ContainsRune(f.Name, 0) {
			return nil, nil, fmt.Errorf("the data has a column without a usable name: %w", ErrSQL)
		}
		t, err := logicalType(f.Type)
		if err != nil {
			return nil, nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		sql, _ := wireType(t)
		duckdb.DestroyLogicalType(&t)
		names, types = append(names, f.Name), append(types, sql)
	}
	return names, types, nil
}

// definitions are columns as CREATE TABLE wants them.
func definitions(names, types []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = sqltext.Identifier(name) + " " + types[i]
	}
	return strings.Join(list, ", ")
}
