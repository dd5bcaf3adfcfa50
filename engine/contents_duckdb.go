package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// describe gives the columns of one table or view, with nothing asked of lakes
// that it does not read.
func describe(ctx context.Context, c *conn, n catalog.Name) ([]catalog.Column, error) {
	columns, _, err := describeKeyed(ctx, c, n)
	return columns, err
}

// describeKeyed gives the columns and the primary key.
func describeKeyed(ctx context.Context, c *conn, n catalog.Name) ([]catalog.Column, []string, error) {
	ask := "SELECT name, type, \"notnull\"::VARCHAR, dflt_value, pk::VARCHAR FROM pragma_table_info(" + sqltext.Literal(qualified(n)) + ") ORDER BY cid"
	if strings.Contains(n.Schema+n.Table, `"`) { // which pragma_table_info cannot read
		ask = `SELECT column_name, column_type, ("null" = 'NO')::VARCHAR, "default", ("key" = 'PRI')::VARCHAR FROM (DESCRIBE ` + qualified(n) + ")"
	}
	rows, err := c.rows(ctx, ask)
	if err != nil {
		return nil, nil, err
	}
	var columns []catalog.Column
	var key []string
	for _, row := range plain(rows) {
		columns = append(columns, catalog.Column{Name: row[0], Type: row[1], Nullable: row[2] != "true", Default: sqlDefault(row[3])})
		if row[4] == "true" {
			key = append(key, row[0])
		}
	}
	return columns, key, nil
}

// qualified is n as SQL.
func qualified(n catalog.Name) string {
	return sqltext.Path(n.Catalog, n.Schema, n.Table)
}

func sqlDefault(text string) string {
	if text == "NULL" {
		return ""
	}
	return text
}

// scanDuckDB reads what one of DuckDB's own catalogs holds, without the comments
// on tables: duckdb_tables(), which alone has them, counts the rows of every table
// of every DuckLake. It too asks every lake of the instance: see readDuckLake.
func scanDuckDB(ctx context.Context, c *conn, physical, logical string) ([]catalog.Schema, error) {
	read := func(sql string) (list [][]string, err error) {
		rows, err := c.rows(ctx, sql, physical)
		return plain(rows), err
	}
	schemas, err := read("SELECT schema_name FROM duckdb_schemas() WHERE database_name = $1 AND NOT (internal AND schema_name <> 'main')")
	if err != nil {
		return nil, err
	}
	views, err := read("SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = $1 AND NOT internal")
	if err != nil {
		return nil, err
	}
	columns, err := read("SELECT schema_name, table_name, column_name, data_type, is_nullable::VARCHAR, column_default, comment " +
		"FROM duckdb_columns() WHERE database_name = $1 AND NOT internal ORDER BY schema_name, table_name, column_index")
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(ctx, c, physical)
	if err != nil {
		return nil, err
	}

	type at struct{ schema, table string }
	found := map[at]*catalog.Table{}
	table := func(schema, name string) *catalog.Table {
		t := found[at{schema, name}]
		if t == nil {
			t = &catalog.Table{
				Name:     catalog.Name{Catalog: logical, Schema: schema, Table: name},
				Physical: catalog.Name{Catalog: physical, Schema: schema, Table: name},
				Kind:     catalog.BaseTable,
				Whole:    true,
			}
			found[at{schema, name}] = t
		}
		return t
	}
	for _, row := range columns {
		t := table(row[0], row[1])
		t.Columns = append(t.Columns, catalog.Column{
			Name: row[2], Type: row[3], Nullable: row[4] == "true", Default: sqlDefault(row[5]), Comment: row[6],
		})
	}
	for _, row := range views {
		t := table(row[0], row[1])
		t.Kind, t.Comment = catalog.ViewTable, row[2]
		if len(t.Columns) > 0 {
			continue
		}
		// Not bound since the file was opened; or it no longer fits its tables.
		if t.Columns, err = describe(ctx, c, t.Physical); err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	for _, k := range keys {
		k.addTo(table(k.schema, k.table), logical)
	}
	bySchema := map[string][]catalog.Table{}
	for where, t := range found {
		bySchema[where.schema] = append(bySchema[where.schema], *t)
	}
	list := make([]catalog.Schema, 0, len(schemas))
	for _, row := range schemas {
		list = append(list, catalog.Schema{Name: row[0], Tables: bySchema[row[0]]})
	}
	sortSchemas(list)
	return list, nil
}

// scanComments reads the comments on tables of one of DuckDB's own catalogs.
func scanComments(ctx context.Context, c *conn, physical string) (map[place]string, error) {
	rows, err := c.rows(ctx, "SELECT schema_name, table_name, comment FROM duckdb_tables() "+
		"WHERE database_name = $1 AND NOT internal AND comment IS NOT NULL", physical)
	comments := map[place]string{}
	for _, row := range plain(rows) {
		comments[place{physical, row[0], row[1]}] = row[2]
	}
	return comments, err
}

// comment puts comments on the tables of schemas, which it owns.
func comment(schemas []catalog.Schema, comments map[place]string) {
	for _, s := range schemas {
		for n := range s.Tables {
			if t := &s.Tables[n]; t.Kind == catalog.BaseTable {
				t.Comment = comments[place{t.Physical.Catalog, t.Physical.Schema, t.Physical.Table}]
			}
		}
	}
}

// commentsOf is what comment puts.
func commentsOf(schemas []catalog.Schema) map[place]string {
	comments := map[place]string{}
	for _, s := range schemas {
		for _, t := range s.Tables {
			if t.Comment != "" {
				comments[place{t.Physical.Catalog, t.Physical.Schema, t.Physical.Table}] = t.Comment
			}
		}
	}
	return comments
}

// key is a row of duckdb_constraints().
type key struct {
	schema, table, kind, name string
	columns                   []string
	references                string
	referenced                []string
}

func readKeys(ctx context.Context, c *conn, physical string) ([]key, error) {
	// One row for each column, since lists come as SQL text that would have to be parsed.
	rows, err := c.rows(ctx, `
		WITH k AS (
			SELECT schema_name, table_name, constraint_type, coalesce(constraint_name, '') AS name, constraint_index,
				constraint_column_names AS columns, referenced_table, referenced_column_names AS referenced
			FROM duckdb_constraints()
			WHERE database_name = $1 AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY'))
		SELECT schema_name, table_name, constraint_type, name, constraint_index::VARCHAR, columns[i], referenced_table, referenced[i]
		FROM (SELECT *, unnest(range(1, len(columns) + 1)) AS i FROM k)
		ORDER BY schema_name, table_name, constraint_index, i`, physical)
	if err != nil {
		return nil, err
	}
	var list []key
	last := ""
	for _, row := range plain(rows) {
		id := fmt.Sprintf("%q %q %s", row[0], row[1], row[4])
		if id != last {
			list = append(list, key{schema: row[0], table: row[1], kind: row[2], name: row[3], references: row[6]})
			last = id
		}
		k := &list[len(list)-1]
		k.columns = append(k.columns, row[5])
		if row[7] != "" {
			k.referenced = append(k.referenced, row[7])
		}
	}
	return list, nil
}

func (k key) addTo(t *catalog.Table, logical string) {
	switch k.kind {
	case "PRIMARY KEY":
		t.PrimaryKey = k.columns
	case "UNIQUE":
		t.Unique = append(t.Unique, k.columns)
	case "FOREIGN KEY":
		t.ForeignKeys = append(t.ForeignKeys, catalog.ForeignKey{
			Name: k.name, Columns: k.columns,
			References: catalog.Name{Catalog: logical, Schema: k.schema, Table: k.references}, Referenced: k.referenced,
		})
	}
}

// gone reports whether err says that there is no such table or schema.
func gone(err error) bool {
	return errors.Is(translate(err), catalog.ErrNotFound)
}
