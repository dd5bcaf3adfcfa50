package airport

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// TypeNames gives the SQL types of an IPC schema's fields, in order, with their names.
type TypeNames func(schema []byte) (names, types []string, err error)

// CreateSchemaSQL is r as a statement. It does not fail where the schema is there
// already: the client does not say whether IF NOT EXISTS was written.
func CreateSchemaSQL(c catalog.Catalog, r CreateSchemaRequest) (string, error) {
	if r.Schema == "" {
		return "", fmt.Errorf("%w: the schema has no name", ErrMalformed)
	}
	return "CREATE SCHEMA IF NOT EXISTS " + sqltext.Path(c.Name, LakeSchema(c, r.Schema)), nil
}

// DropSQL is r as a statement. It never takes along what depends on the thing: the
// client does not say whether CASCADE was written.
func DropSQL(c catalog.Catalog, r DropRequest) (string, error) {
	ifExists := ""
	if r.IgnoreNotFound {
		ifExists = "IF EXISTS "
	}
	switch {
	case r.Name == "":
		return "", fmt.Errorf("%w: what is to be dropped has no name", ErrMalformed)
	case r.Type == "schema":
		return "DROP SCHEMA " + ifExists + sqltext.Path(c.Name, LakeSchema(c, r.Name)), nil
	case r.Type == "table":
		kind := "TABLE "
		if t := tableOf(c, LakeSchema(c, r.Schema), r.Name); t != nil && t.Kind == catalog.ViewTable {
			kind = "VIEW " // the client knows tables alone
		}
		return "DROP " + kind + ifExists + sqltext.Path(c.Name, LakeSchema(c, r.Schema), r.Name), nil
	}
	return "", fmt.Errorf("%w: type %q is to be dropped; schema and table can be", ErrMalformed, r.Type)
}

func tableOf(c catalog.Catalog, schema, name string) *catalog.Table {
	for i := range c.Schemas {
		if !catalog.SameName(c.Schemas[i].Name, schema) {
			continue
		}
		for j := range c.Schemas[i].Tables {
			if t := &c.Schemas[i].Tables[j]; catalog.SameName(t.Name.Table, name) {
				return t
			}
		}
	}
	return nil
}

// CreateTableSQL is r as a statement, in the lake's names. ErrMalformed,
// ErrUnsupported and guard's refusals say which part cannot be.
func CreateTableSQL(c catalog.Catalog, r CreateTableRequest, types TypeNames) (string, error) {
	names, columns, err := types(r.Columns)
	if err != nil {
		return "", err
	}
	ifNotExists := ""
	switch r.OnConflict {
	case "error":
	case "ignore":
		ifNotExists = "IF NOT EXISTS "
	default:
		return "", fmt.Errorf("%w: CREATE OR REPLACE TABLE; drop the table first", ErrUnsupported)
	}
	if r.Table == "" {
		return "", fmt.Errorf("%w: the table has no name", ErrMalformed)
	}
	parts := make([]string, 0, len(names)+4)
	for i, name := range names {
		parts = append(parts, sqltext.Identifier(name)+" "+columns[i])
	}
	for _, i := range r.NotNull {
		if i >= uint64(len(names)) {
			return "", fmt.Errorf("%w: NOT NULL for column %d of %d", ErrMalformed, i, len(names))
		}
		if !strings.HasSuffix(parts[i], " NOT NULL") {
			parts[i] += " NOT NULL"
		}
	}
	key := slices.Concat(r.PrimaryKey, r.MultiPrimaryKeys)
	for _, name := range slices.Concat(key, r.UniqueColumns) {
		if !slices.ContainsFunc(names, func(n string) bool { return catalog.SameName(n, name) }) {
			return "", fmt.Errorf("%w: a key names column %q, which the table does not have", ErrMalformed, name)
		}
	}
	if len(key) > 0 {
		place := func(name string) int {
			return slices.IndexFunc(names, func(n string) bool { return catalog.SameName(n, name) })
		}
		slices.SortFunc(key, func(a, b string) int { return place(a) - place(b) }) // a compound key comes in no order
		parts = append(parts, "PRIMARY KEY ("+sqltext.List(slices.Compact(key))+")")
	}
	for _, name := range r.UniqueColumns {
		parts = append(parts, "UNIQUE ("+sqltext.Identifier(name)+")")
	}
	for _, check := range r.Checks {
		sql, err := guard.Fragment(check)
		if err != nil {
			return "", fmt.Errorf("CHECK: %w", err)
		}
		parts = append(parts, "CHECK ("+sql+")")
	}
	for _, extra := range r.ExtraConstraints {
		sql, err := guard.Fragment(extra)
		if err != nil {
			return "", fmt.Errorf("constraint: %w", err)
		}
		parts = append(parts, sql)
	}
	return "CREATE TABLE " + ifNotExists + sqltext.Path(c.Name, LakeSchema(c, r.Schema), r.Table) + " (" + strings.Join(parts, ", ") + ")", nil
}

// AlterSQL is the action on t as a statement.
func AlterSQL(t catalog.Table, action string, r AlterRequest, types TypeNames) (string, error) {
	change, err := alteration(action, r, types)
	if err != nil {
		return "", err
	}
	return "ALTER TABLE " + sqltext.Path(t.Name.Catalog, t.Name.Schema, t.Name.Table) + " " + change, nil
}

// alteration is what follows the table's name; beside an error it means nothing.
func alteration(action string, r AlterRequest, types TypeNames) (string, error) {
	switch action {
	case ActionRenameTable:
		return "RENAME TO " + sqltext.Identifier(r.NewTableName), named(r.NewTableName)
	case ActionRenameColumn:
		return "RENAME COLUMN " + sqltext.Identifier(r.OldName) + " TO " + sqltext.Identifier(r.NewName), named(r.OldName, r.NewName)
	case ActionAddColumn:
		name, typ, err := oneField(r.ColumnSchema, types)
		return "ADD COLUMN " + when(r.IfNotExists, "IF NOT EXISTS ") + sqltext.Identifier(name) + " " + typ, err
	case ActionRemoveColumn:
		return "DROP COLUMN " + when(r.IfExists, "IF EXISTS ") + sqltext.Identifier(r.Removed) + when(r.Cascade, " CASCADE"), named(r.Removed)
	case ActionRenameField:
		if len(r.ColumnPath) < 2 {
			return "", fmt.Errorf("%w: a field is named by its column and by itself", ErrMalformed)
		}
		return "RENAME COLUMN " + sqltext.Path(r.ColumnPath...) + " TO " + sqltext.Identifier(r.NewName), named(append(slices.Clone(r.ColumnPath), r.NewName)...)
	case ActionRemoveField:
		if len(r.ColumnPath) < 2 {
			return "", fmt.Errorf("%w: a field is named by its column and by itself", ErrMalformed)
		}
		return "DROP COLUMN " + when(r.IfExists, "IF EXISTS ") + sqltext.Path(r.ColumnPath...) + when(r.Cascade, " CASCADE"), named(r.ColumnPath...)
	case ActionAddField:
		return "", fmt.Errorf("%w: adding a field: this client does not say how it is called; use ALTER TABLE through Flight SQL", ErrUnsupported)
	case ActionSetDefault:
		sql, err := guard.Fragment(r.Expression)
		if err != nil {
			return "", fmt.Errorf("DEFAULT: %w", err)
		}
		return "ALTER COLUMN " + sqltext.Identifier(r.Column) + " SET DEFAULT (" + sql + ")", named(r.Column)
	case ActionChangeColumnType:
		return changeType(r, types)
	case ActionSetNotNull:
		return "ALTER COLUMN " + sqltext.Identifier(r.Column) + " SET NOT NULL", named(r.Column)
	case ActionDropNotNull:
		return "ALTER COLUMN " + sqltext.Identifier(r.Column) + " DROP NOT NULL", named(r.Column)
	case ActionAddConstraint:
		sql, err := guard.Fragment(r.Constraint)
		if err != nil {
			return "", fmt.Errorf("constraint: %w", err)
		}
		return "ADD " + sql, nil
	}
	return "", fmt.Errorf("%w: action %s", ErrUnsupported, action)
}

func changeType(r AlterRequest, types TypeNames) (string, error) {
	name, typ, err := oneField(r.ColumnSchema, types)
	if err != nil {
		return "", err
	}
	sql := "ALTER COLUMN " + sqltext.Identifier(name) + " SET DATA TYPE " + typ
	if r.Expression == "" {
		return sql, nil
	}
	using, err := guard.Fragment(r.Expression)
	if err != nil {
		return "", fmt.Errorf("USING: %w", err)
	}
	return sql + " USING (" + using + ")", nil
}

func oneField(schema []byte, types TypeNames) (name, typ string, err error) {
	names, list, err := types(schema)
	if err != nil {
		return "", "", err
	}
	if len(names) != 1 {
		return "", "", fmt.Errorf("%w: column_schema has %d fields; one is wanted", ErrMalformed, len(names))
	}
	return names[0], list[0], nil
}

// named refuses empty names.
func named(names ...string) error {
	if slices.Contains(names, "") {
		return fmt.Errorf("%w: a name is missing", ErrMalformed)
	}
	return nil
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
