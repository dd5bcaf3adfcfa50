package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// A DuckLake's contents are read from its metadata, not from duckdb_tables():
// that asks every lake of the instance, so one that is down would hide all.

// metaQuery is the question columns FROM table and the rest, to a's metadata.
// PostgreSQL answers it by itself: DuckDB would fetch whole tables.
func (a *attached) metaQuery(columns, table, rest string) string {
	schema := a.lake.Metadata.Schema
	if a.lake.Metadata.Type == "postgres" {
		if schema == "" {
			schema = "public"
		}
		sql := "SELECT " + columns + " FROM " + sqltext.Identifier(schema) + "." + sqltext.Identifier(table) + rest
		return "FROM postgres_query(" + sqltext.Literal(a.metadata) + ", " + sqltext.Literal(sql) + ")"
	}
	if schema == "" {
		schema = "main"
	}
	return "SELECT " + columns + " FROM " + qualified(catalog.Name{Catalog: a.metadata, Schema: schema, Table: table}) + rest
}

// lakeVersion is the newest snapshot and the version of the definitions in it.
// PostgreSQL would take a bare snapshot_id for the text that is selected.
func (a *attached) lakeVersion(ctx context.Context, c *conn) (snapshot, version string, err error) {
	rows, err := c.rows(ctx, a.metaQuery("snapshot_id::VARCHAR, schema_version::VARCHAR", "ducklake_snapshot", " ORDER BY ducklake_snapshot.snapshot_id DESC LIMIT 1"))
	if err != nil {
		return "", "", err
	}
	if len(rows) != 1 || rows[0][0] == nil || rows[0][1] == nil {
		return "", "", mistakeError("its metadata holds no snapshot")
	}
	return *rows[0][0], *rows[0][1], nil
}

// readDuckLake reads what a holds at snapshot.
func (i *instance) readDuckLake(ctx context.Context, c *conn, a *attached, snapshot string) ([]catalog.Schema, error) {
	r := lakeReader{ctx: ctx, conn: c, lake: a, snapshot: snapshot, reserved: i.reserved}
	schemas := r.query("schema_id::VARCHAR, schema_name", "ducklake_schema", "")
	tables := r.query("table_id::VARCHAR, schema_id::VARCHAR, table_name", "ducklake_table", "")
	views := r.query("view_id::VARCHAR, schema_id::VARCHAR, view_name", "ducklake_view", "")
	columns := r.columns()
	comments := r.tags("object_id::VARCHAR", "ducklake_tag")
	columnComments := r.tags("table_id::VARCHAR || ' ' || column_id::VARCHAR", "ducklake_column_tag")
	if r.err != nil {
		return nil, r.err
	}

	bySchema := map[string][]catalog.Table{}
	names := map[string]string{}
	for _, s := range schemas {
		names[s[0]] = s[1]
	}
	for _, t := range tables {
		table := a.table(names[t[1]], t[2], catalog.BaseTable)
		table.Comment = comments[t[0]]
		for _, col := range columns[t[0]] {
			table.Columns = append(table.Columns, catalog.Column{
				Name: col.name, Type: col.duckType(r.reserved), Nullable: col.nullable,
				Default: col.value, Comment: columnComments[t[0]+" "+col.id], Recast: col.recast,
			})
		}
		bySchema[t[1]] = append(bySchema[t[1]], table)
	}
	for _, v := range views {
		view := a.table(names[v[1]], v[2], catalog.ViewTable)
		view.Comment = comments[v[0]]
		// A view that no longer fits its tables has no columns, and cannot be read.
		view.Columns, _ = describe(ctx, c, view.Physical)
		bySchema[v[1]] = append(bySchema[v[1]], view)
	}
	list := make([]catalog.Schema, 0, len(schemas))
	for _, s := range schemas {
		list = append(list, catalog.Schema{Name: s[1], Tables: bySchema[s[0]]})
	}
	sortSchemas(list)
	return list, ctx.Err()
}

// table is an empty table of a.
func (a *attached) table(schema, name string, kind catalog.Kind) catalog.Table {
	return catalog.Table{
		Name:     catalog.Name{Catalog: a.lake.Name, Schema: schema, Table: name},
		Physical: catalog.Name{Catalog: a.physical, Schema: schema, Table: name},
		Kind:     kind,
	}
}

func sortSchemas(list []catalog.Schema) {
	slices.SortFunc(list, func(x, y catalog.Schema) int { return cmp.Compare(x.Name, y.Name) })
	for _, s := range list {
		slices.SortFunc(s.Tables, func(x, y catalog.Table) int { return cmp.Compare(x.Name.Table, y.Name.Table) })
	}
}

// lakeReader reads metadata tables as of one snapshot; the first error ends it.
type lakeReader struct {
	ctx      context.Context // lives for one call
	conn     *conn
	lake     *attached
	snapshot string
	reserved map[string]bool
	err      error
}

// query reads the rows of table that are there at the snapshot; NULL is empty.
func (r *lakeReader) query(columns, table, more string) [][]string {
	return r.ask(columns, table, " WHERE begin_snapshot <= "+r.snapshot+" AND (end_snapshot IS NULL OR end_snapshot > "+r.snapshot+")"+more)
}

// past reads the rows of table that were there before the snapshot and are not now.
func (r *lakeReader) past(columns, table string) [][]string {
	return r.ask(columns, table, " WHERE end_snapshot <= "+r.snapshot)
}

func (r *lakeReader) ask(columns, table, where string) [][]string {
	if r.err != nil {
		return nil
	}
	rows, err := r.conn.rows(r.ctx, r.lake.metaQuery(columns, table, where))
	if err != nil {
		r.err = err
		return nil
	}
	return plain(rows)
}

// plain turns NULL to the empty text.
func plain(rows [][]*string) [][]string {
	list := make([][]string, len(rows))
	for i, row := range rows {
		list[i] = make([]string, len(row))
		for j, v := range row {
			if v != nil {
				list[i][j] = *v
			}
		}
	}
	return list
}

// tags reads comments by what they are on.
func (r *lakeReader) tags(of, table string) map[string]string {
	list := map[string]string{}
	for _, row := range r.query(of+", value", table, " AND key = 'comment'") {
		list[row[0]] = row[1]
	}
	return list
}

// columns reads each table's columns, in order.
func (r *lakeReader) columns() map[string][]*lakeColumn {
	list := map[string][]*lakeColumn{}
	parts := map[string]*lakeColumn{}
	were := r.types()
	for _, row := range r.query("table_id::VARCHAR, column_id::VARCHAR, parent_column::VARCHAR, column_name, column_type, "+
		"nulls_allowed::VARCHAR, default_value, default_value_type", "ducklake_column", " ORDER BY table_id, column_order") {
		col := &lakeColumn{
			id: row[1], parent: row[2], name: row[3], kind: row[4], nullable: row[5] != "false",
			value: lakeDefault(row[6], row[7]),
		}
		// Parquet has no integers of 128 bits.
		col.recast = col.kind == "int128" || slices.ContainsFunc(were[row[0]+" "+col.id], func(kind string) bool { return kind != col.kind })
		parts[row[0]+" "+col.id] = col
		switch parent := parts[row[0]+" "+col.parent]; {
		case col.parent == "":
			list[row[0]] = append(list[row[0]], col)
		case parent != nil:
			parent.parts = append(parent.parts, col)
		}
	}
	return list
}

// types are those that columns, by their tables' numbers and theirs, had before:
// files that were written then still have them.
func (r *lakeReader) types() map[string][]string {
	list := map[string][]string{}
	for _, row := range r.past("DISTINCT table_id::VARCHAR, column_id::VARCHAR, column_type", "ducklake_column") {
		list[row[0]+" "+row[1]] = append(list[row[0]+" "+row[1]], row[2])
	}
	return list
}

// lakeDefault is a default as SQL. PostgreSQL's rows hold the text NULL for none.
func lakeDefault(value, kind string) string {
	switch {
	case value == "" || value == "NULL":
		return ""
	case kind == "expression":
		return value
	default:
		return sqltext.Literal(value)
	}
}
