package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// auditSchema and auditTable are where the audit log's records are, in the
// server's own catalog.
const (
	auditSchema = "audit"
	auditTable  = "events"
)

// auditFields are a record's fields, as package audit writes them, and the two
// parts of a partition's name. A line that is not whole has none of them.
var auditFields = []catalog.Column{
	{Name: "time", Type: "TIMESTAMP WITH TIME ZONE"},
	{Name: "event", Type: "VARCHAR"},
	{Name: "id", Type: "VARCHAR", Comment: "of the statement: equal in its start and end"},
	{Name: "session", Type: "VARCHAR"},
	{Name: "peer", Type: "VARCHAR"},
	{Name: "protocol", Type: "VARCHAR"},
	{Name: "method", Type: "VARCHAR"},
	{Name: "command", Type: "VARCHAR"},
	{Name: "provider", Type: "VARCHAR"},
	{Name: "subject", Type: "VARCHAR"},
	{Name: "user", Type: "VARCHAR"},
	{Name: "actor", Type: "VARCHAR", Comment: "who acted as the user"},
	{Name: "groups", Type: "VARCHAR[]"},
	{Name: "credential", Type: "VARCHAR"},
	{Name: "decision", Type: "VARCHAR"},
	{Name: "rules", Type: "VARCHAR[]", Comment: "of the policy, that decided about the tables"},
	{Name: "fingerprint", Type: "VARCHAR"},
	{Name: "statement", Type: "VARCHAR"},
	{Name: "reads", Type: "VARCHAR[]"},
	{Name: "columns", Type: "VARCHAR[]"},
	{Name: "target", Type: "VARCHAR"},
	{Name: "rows", Type: "BIGINT"},
	{Name: "bytes", Type: "BIGINT"},
	{Name: "duration_ms", Type: "DOUBLE"},
	{Name: "code", Type: "VARCHAR", Comment: "of gRPC"},
	{Name: "reason", Type: "VARCHAR"},
	{Name: "error_id", Type: "VARCHAR"},
	{Name: "lost", Type: "BIGINT"},
}

var auditPartition = []catalog.Column{
	{Name: "date", Type: "DATE", Comment: "of the partition: a condition on it keeps other days' files closed"},
	{Name: "hour", Type: "BIGINT", Comment: "of the partition, in UTC"},
}

// auditing is the audit log as a table.
//
// DuckDB cannot put a scan of JSON files into a plan that the guard can read. So
// the guard sees an empty table with the same columns, in a catalog of a name that
// nobody can guess, and what runs has another catalog's name in its place, where
// a view over the files is.
type auditing struct{ shape, files string }

// attachAudit makes the table of the audit log, if there is one to read.
func (i *instance) attachAudit(ctx context.Context, c *conn) error {
	if i.cfg.Audit == "" {
		return nil
	}
	folder, err := filepath.Abs(i.cfg.Audit)
	if err != nil {
		return fmt.Errorf("engine: audit folder: %w", err)
	}
	if strings.ContainsAny(folder, "*?[") { // they cannot be escaped where access is checked
		return errors.New("engine: the name of the audit folder may not hold *, ? or [")
	}
	i.cfg.Audit = folder
	name := randomName("e_")
	a := &auditing{shape: name, files: name + "_f"}
	var fields, names []string
	for _, f := range auditFields {
		fields = append(fields, sqltext.Identifier(f.Name)+": "+sqltext.Literal(f.Type))
		names = append(names, sqltext.Identifier(f.Name))
	}
	var types []string
	for _, f := range auditPartition {
		types = append(types, sqltext.Identifier(f.Name)+": "+sqltext.Literal(f.Type))
		names = append(names, sqltext.Identifier(f.Name))
	}
	table := "." + auditSchema + "." + auditTable
	for _, sql := range []string{
		"ATTACH ':memory:' AS " + a.shape,
		"ATTACH ':memory:' AS " + a.files,
		"CREATE SCHEMA " + a.shape + "." + auditSchema,
		"CREATE SCHEMA " + a.files + "." + auditSchema,
		"CREATE VIEW " + a.files + table + " AS SELECT " + strings.Join(names, ", ") +
			" FROM read_ndjson(" + sqltext.Literal(folder+"/date=*/hour=*/*.ndjson") + ", columns = {" + strings.Join(fields, ", ") + "}" +
			", hive_partitioning = true, hive_types = {" + strings.Join(types, ", ") + "}, ignore_errors = true) WHERE event IS NOT NULL",
		"CREATE TABLE " + a.shape + table + " AS FROM " + a.files + table + " LIMIT 0",
	} {
		if err := c.exec(ctx, sql); err != nil {
			return fmt.Errorf("engine: make the table of the audit log: %w", err)
		}
	}
	i.audit = a
	return nil
}

// catalog is the server's own catalog, as far as the engine has it.
func (a *auditing) catalog() catalog.Catalog {
	t := catalog.Table{
		Name:     catalog.Name{Catalog: catalog.SystemName, Schema: auditSchema, Table: auditTable},
		Physical: catalog.Name{Catalog: a.shape, Schema: auditSchema, Table: auditTable},
		Kind:     catalog.ViewTable, Comment: "the audit log", Whole: true,
	}
	for _, list := range [...][]catalog.Column{auditFields, auditPartition} {
		for _, c := range list {
			c.Nullable = true
			t.Columns = append(t.Columns, c)
		}
	}
	return catalog.Catalog{
		Name: catalog.SystemName, Physical: a.shape, Type: catalog.System, ReadOnly: true, Stamp: a.shape,
		Schemas: []catalog.Schema{{Name: auditSchema, Tables: []catalog.Table{t}}},
	}
}

// overFiles is a statement that the guard has let pass, reading the files. A nil
// a has none.
func (a *auditing) overFiles(sql string) string {
	if a == nil {
		return sql
	}
	return strings.ReplaceAll(sql, a.shape, a.files)
}
