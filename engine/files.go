package engine

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// filesMaxAge is how long new columns, or first files, of tables that others
// write may stay unseen.
const filesMaxAge = 30 * time.Second

// lookFiles makes a view for each table declared over files. A table without
// files does not exist until there are some. The views name their columns: a
// column that others add does not break them.
func (i *instance) lookFiles(ctx context.Context, a *attached) (seen, error) {
	last := a.last.Load()
	if last != nil && time.Since(a.files) < filesMaxAge {
		return *last, nil
	}
	began := time.Now()
	bySchema := map[string][]catalog.Table{}
	for _, t := range a.lake.FileTables {
		if _, ok := bySchema[t.Schema]; !ok {
			bySchema[t.Schema] = nil // a schema whose tables have no files is there all the same
		}
		table := a.table(t.Schema, t.Name, catalog.ViewTable)
		var err error
		if table.Columns, err = fileColumns(ctx, a.reader, t); err != nil {
			if noFiles(err) {
				continue
			}
			return seen{}, err
		}
		if !sameColumns(last, table) {
			if err := makeView(ctx, a.reader, table, t); err != nil {
				return seen{}, err
			}
		}
		bySchema[t.Schema] = append(bySchema[t.Schema], table)
	}
	list := make([]catalog.Schema, 0, len(bySchema))
	for name, tables := range bySchema {
		list = append(list, catalog.Schema{Name: name, Tables: tables})
	}
	sortSchemas(list)
	a.files = began
	return seen{version: digest(list), schemas: list}, nil
}

// source is t's files as SQL.
func source(t catalog.FileTable) string {
	return "read_parquet(" + sqltext.Literal(t.Path) + ", hive_partitioning = " + strconv.FormatBool(t.HivePartitioning) + ")"
}

func fileColumns(ctx context.Context, c *conn, t catalog.FileTable) ([]catalog.Column, error) {
	rows, err := c.rows(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+source(t)+")")
	if err != nil {
		return nil, err
	}
	columns := make([]catalog.Column, 0, len(rows))
	for _, row := range plain(rows) {
		columns = append(columns, catalog.Column{Name: row[0], Type: row[1], Nullable: true})
	}
	return columns, nil
}

func makeView(ctx context.Context, c *conn, table catalog.Table, t catalog.FileTable) error {
	names := make([]string, len(table.Columns))
	for n, col := range table.Columns {
		names[n] = sqltext.Identifier(col.Name)
	}
	schema := sqltext.Identifier(table.Physical.Catalog) + "." + sqltext.Identifier(table.Physical.Schema)
	if err := c.exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+schema); err != nil {
		return err
	}
	return c.exec(ctx, "CREATE OR REPLACE VIEW "+qualified(table.Physical)+" AS SELECT "+strings.Join(names, ", ")+" FROM "+source(t))
}

// sameColumns reports whether last has table with the same columns.
func sameColumns(last *seen, table catalog.Table) bool {
	if last == nil {
		return false
	}
	for _, s := range last.schemas {
		for _, t := range s.Tables {
			if t.Name == table.Name {
				return digest(t.Columns) == digest(table.Columns)
			}
		}
	}
	return false
}
