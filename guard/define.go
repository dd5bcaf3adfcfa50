package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// nothing is the SQL of a statement that finds nothing to do.
const nothing = "SELECT 1 WHERE false"

// refusedCreate is what CREATE makes in DuckDB and not here.
var refusedCreate = map[string]string{
	"macro":        "CREATE MACRO is not accepted; write the expression, or WITH in the query",
	"function":     "CREATE FUNCTION is not accepted; write the expression, or WITH in the query",
	"secret":       "CREATE SECRET is not accepted; an administrator declares storage in the server's settings",
	"type":         "CREATE TYPE is not accepted; use DuckDB's built-in types",
	"sequence":     "CREATE SEQUENCE is not accepted; use uuid(), or row_number() OVER ()",
	"index":        "CREATE INDEX is not accepted; tables are pruned by their files' statistics",
	"database":     "CREATE DATABASE is not accepted; an administrator declares the lakes in the server's settings",
	"trigger":      "CREATE TRIGGER is not accepted",
	"materialized": "CREATE MATERIALIZED VIEW is not accepted; use CREATE TABLE ... AS",
	"recursive":    "CREATE RECURSIVE VIEW is not accepted; use CREATE TABLE ... AS",
	"user":         "CREATE USER is not accepted; users come from the identity provider",
}

func (s *statement) create() (Verdict, error) {
	i, replace, temp := 1, false, false
	if s.are(i, "or", "replace") {
		i, replace = i+2, true
	}
	for s.at(i).kind == word && slices.Contains([]string{"temp", "temporary", "persistent", "unique", "local", "global"}, s.at(i).value) {
		temp = temp || s.at(i).is("temp") || s.at(i).is("temporary")
		i++
	}
	switch kind := s.at(i).value; kind {
	case "table":
		return s.createTable(i+1, replace, temp)
	case "view":
		return s.createView(i+1, replace, temp)
	case "role":
		if i != 1 {
			return Verdict{}, s.unexpected(1, "CREATE ROLE [IF NOT EXISTS] name is")
		}
		return s.role(CreateRole, 2, "if", "not", "exists")
	case "schema":
		if replace || temp {
			return Verdict{}, s.unexpected(1, "CREATE SCHEMA [IF NOT EXISTS] name is")
		}
		return s.createSchema(i + 1)
	default:
		if why, ok := refusedCreate[kind]; ok && s.at(i).kind == word {
			return Verdict{}, deny(s.at(i).start, "%s", why)
		}
		return Verdict{}, s.unexpected(i, "CREATE TABLE, CREATE VIEW and CREATE SCHEMA are")
	}
}

// optional reads IF [NOT] EXISTS at i.
func (s *statement) optional(i int, words ...string) (bool, int) {
	if s.are(i, words...) {
		return true, i + len(words)
	}
	return false, i
}

func (s *statement) createSchema(i int) (Verdict, error) {
	ifNot, i := s.optional(i, "if", "not", "exists")
	parts, i, err := s.name(i)
	if err != nil {
		return Verdict{}, err
	}
	if i != len(s.tokens()) || len(parts) > 2 {
		return Verdict{}, s.unexpected(i, "CREATE SCHEMA takes one schema or catalog.schema")
	}
	c, name, err := s.schemaName(parts)
	if err != nil {
		return Verdict{}, err
	}
	if err := s.allowIn(c, name, policy.Create); err != nil {
		return Verdict{}, err
	}
	sql := "CREATE SCHEMA "
	if ifNot {
		sql += "IF NOT EXISTS "
	}
	at := catalog.Name{Catalog: c.Physical, Schema: name.Schema}
	return s.define(sql+physical(at), name, c, policy.Create, nil, &write{operator: "LOGICAL_CREATE_SCHEMA", name: at})
}

// schemaName resolves schema or catalog.schema, which need not exist.
func (s *statement) schemaName(parts []string) (catalog.Catalog, catalog.Name, error) {
	database, _ := s.view.Current()
	if len(parts) == 2 {
		database = parts[0]
	}
	c, err := s.view.Catalog(database)
	return c, catalog.Name{Catalog: c.Name, Schema: parts[len(parts)-1]}, err
}

// define gives the verdict on a statement that changes definitions.
func (s *statement) define(sql string, target catalog.Name, c catalog.Catalog, need policy.Privileges, reads []catalog.Table, w *write) (Verdict, error) {
	v := Verdict{Kind: Define, SQL: s.literals.fill(sql), Target: target, Lake: w.name.Catalog, Temp: c.Type == catalog.Temp, Needs: need}
	v.read(s.view, reads)
	in, err := s.intends(reads)
	if err != nil {
		return Verdict{}, err
	}
	in.write = w
	return v, s.verify(in, sql)
}

// newTable is where a table that is to be made will be.
func (s *statement) newTable(parts []string, temp bool) (name, at catalog.Name, c catalog.Catalog, err error) {
	if temp || len(parts) > 1 && same(parts[0], string(catalog.Temp)) {
		// Of a session's own tables there may be none yet.
		name = catalog.Name{Catalog: string(catalog.Temp), Schema: "main", Table: parts[len(parts)-1]}
		c = catalog.Catalog{Name: name.Catalog, Physical: "temp", Type: catalog.Temp}
		if len(parts) > 1 && !same(parts[0], name.Catalog) {
			return name, at, c, refuse(s.at(0).start, "a temporary table has no catalog or schema; name it without")
		}
		if !s.view.Rights().Tables.Has(policy.Create) {
			return name, at, c, denied("CREATE TEMPORARY TABLE", name)
		}
	} else {
		if name, c, err = s.view.Place(parts...); err != nil {
			return name, at, c, err
		}
		if err = s.allowIn(c, name, policy.Create); err != nil {
			return name, at, c, err
		}
	}
	return name, catalog.Name{Catalog: c.Physical, Schema: name.Schema, Table: name.Table}, c, nil
}

func (s *statement) createTable(i int, replace, temp bool) (Verdict, error) {
	if err := s.number(); err != nil {
		return Verdict{}, err
	}
	ifNot, i := s.optional(i, "if", "not", "exists")
	parts, i, err := s.name(i)
	if err != nil {
		return Verdict{}, err
	}
	name, at, c, err := s.newTable(parts, temp)
	if err != nil {
		return Verdict{}, err
	}
	if err := s.free(name); err != nil {
		return s.there(err, ifNot)
	}
	need := policy.Create
	head := "CREATE "
	if replace {
		// What is not visible must not be replaced: then DuckDB says that it exists.
		if old, err := s.view.Table(name.Catalog, name.Schema, name.Table); err == nil {
			if err := allow(name, old.Privileges, policy.Drop); err != nil {
				return Verdict{}, err
			}
			head, need = "CREATE OR REPLACE ", need|policy.Drop
		} else if c.Type == catalog.Temp {
			head = "CREATE OR REPLACE "
		}
	}
	if c.Type == catalog.Temp {
		head += "TEMPORARY "
	}
	head += "TABLE "
	if ifNot {
		head += "IF NOT EXISTS "
	}
	sql := head + physical(at)
	d := &definitions{s: s, lake: c}
	if s.at(i).is("(") {
		closing := s.span.find(i+1, ")")
		for _, item := range s.span.cut(i+1, min(closing, len(s.tokens()))).list() {
			if err := d.element(item); err != nil {
				return Verdict{}, err
			}
		}
		if err := d.check(); err != nil {
			return Verdict{}, err
		}
		sql += " " + s.span.cut(i, min(closing+1, len(s.tokens()))).text()
		i = closing + 1
	}
	var reads []catalog.Table
	switch {
	case s.at(i).is("as"):
		end := len(s.tokens())
		data := ""
		for _, form := range [...][]string{{"with", "no", "data"}, {"with", "data"}} {
			if data == "" && s.are(end-len(form), form...) {
				end, data = end-len(form), " "+strings.ToUpper(strings.Join(form, " "))
			}
		}
		if i+1 >= end {
			return Verdict{}, s.unexpected(end, "a query is expected")
		}
		query, r, err := s.rewrite(span{}, s.span.cut(i+1, end))
		if err != nil {
			return Verdict{}, err
		}
		reads = r.reads
		sql += " AS " + query + data
	case i < len(s.tokens()):
		return Verdict{}, s.unexpected(i, "CREATE TABLE name (columns) and CREATE TABLE name AS query are")
	case len(d.exprs) == 0 && d.columns == 0:
		return Verdict{}, s.unexpected(i, "(columns) or AS query is expected")
	}
	return s.define(sql, name, c, need, reads, &write{operator: "LOGICAL_CREATE_TABLE", name: at})
}

// refusedDrop is what else DROP takes in DuckDB and not here.
var refusedDrop = []string{"macro", "function", "secret", "type", "sequence", "index", "database", "persistent", "temporary", "trigger", "materialized", "user"}

func (s *statement) drop() (Verdict, error) {
	kind := s.at(1).value
	if slices.Contains(refusedDrop, kind) && s.at(1).kind == word {
		return Verdict{}, deny(s.at(1).start, "DROP %s is not accepted; DROP TABLE, DROP VIEW and DROP SCHEMA are", strings.ToUpper(kind))
	}
	if s.at(1).is("role") {
		return s.role(DropRole, 2, "if", "exists")
	}
	if !s.at(1).is("table") && !s.at(1).is("view") && !s.at(1).is("schema") {
		return Verdict{}, s.unexpected(1, "DROP TABLE, DROP VIEW and DROP SCHEMA are")
	}
	ifExists, i := s.optional(2, "if", "exists")
	parts, i, err := s.name(i)
	if err != nil {
		return Verdict{}, err
	}
	tail := ""
	if s.at(i).is("cascade") || s.at(i).is("restrict") {
		tail = " " + strings.ToUpper(s.at(i).value)
		i++
	}
	if i != len(s.tokens()) {
		return Verdict{}, s.unexpected(i, "DROP takes one name, and CASCADE or RESTRICT")
	}
	if kind == "schema" {
		return s.dropSchema(parts, ifExists, tail)
	}
	t, c, err := s.target(parts, policy.Drop)
	if err != nil {
		if v, ok := s.dropUnseen(parts, ifExists); ok && kind == "view" && isNotFound(err) {
			return v, nil
		}
		return s.absent(err, ifExists)
	}
	if isView := t.Kind == catalog.ViewTable; isView != (kind == "view") {
		return Verdict{}, refuse(s.at(1).start, "%s is a %s; use DROP %s", display(t.Name), strings.ToLower(string(t.Kind)), map[bool]string{true: "VIEW", false: "TABLE"}[isView])
	}
	if t.Definition != nil {
		return s.dropView(t, c, ifExists)
	}
	sql := "DROP " + strings.ToUpper(kind) + " " + physical(t.Physical) + tail
	return s.define(sql, t.Name, c, policy.Drop, nil, &write{operator: "LOGICAL_DROP", name: t.Physical})
}

// absent turns what is not there into nothing to do, where the statement says IF EXISTS.
func (s *statement) absent(err error, ifExists bool) (Verdict, error) {
	if ifExists && isNotFound(err) {
		return Verdict{Kind: Define, SQL: nothing}, nil
	}
	return Verdict{}, err
}

func (s *statement) dropSchema(parts []string, ifExists bool, tail string) (Verdict, error) {
	if len(parts) > 2 {
		return Verdict{}, refuse(s.at(1).start, "DROP SCHEMA takes one schema or catalog.schema")
	}
	c, name, err := s.schemaName(parts)
	if err != nil {
		return s.absent(err, ifExists)
	}
	i := slices.IndexFunc(c.Schemas, func(sc catalog.Schema) bool { return same(sc.Name, name.Schema) })
	if i < 0 {
		return s.absent(notFound("schema", name), ifExists)
	}
	name.Schema = c.Schemas[i].Name
	if err := s.allowIn(c, name, policy.Drop); err != nil {
		return Verdict{}, err
	}
	// What is in it goes too, or its being there would be told.
	all := c.Schemas[i]
	if all.Partial || slices.ContainsFunc(all.Tables, func(t catalog.Table) bool { return !t.Privileges.Has(policy.Drop) }) {
		return Verdict{}, fmt.Errorf("DROP SCHEMA %s, which may hold what you may not drop: %w", display(name), ErrDenied)
	}
	// DuckDB 1.5.5 forgets what depends on a schema once a table in it was altered.
	if tail != " CASCADE" && slices.ContainsFunc(all.Tables, func(t catalog.Table) bool { return t.Kind == catalog.BaseTable }) {
		return Verdict{}, refuse(s.at(1).start, "DROP SCHEMA %s: there are tables in it that depend on it; drop them first, or write CASCADE", display(name))
	}
	at := catalog.Name{Catalog: c.Physical, Schema: name.Schema}
	return s.define("DROP SCHEMA "+physical(at)+tail, name, c, policy.Drop, nil, &write{operator: "LOGICAL_DROP", name: at})
}

func (s *statement) comment() (Verdict, error) {
	kind := s.at(2).value
	if !s.at(1).is("on") || kind != "table" && kind != "view" && kind != "column" {
		return Verdict{}, s.unexpected(2, "COMMENT ON TABLE, COMMENT ON VIEW and COMMENT ON COLUMN are")
	}
	var parts []string
	i := 3
	for {
		if !s.at(i).name() {
			return Verdict{}, s.unexpected(i, "a name is expected")
		}
		parts = append(parts, s.at(i).ident(s.span.sql))
		i++
		if !s.at(i).is(".") {
			break
		}
		i++
	}
	column := ""
	if kind == "column" {
		if len(parts) < 2 {
			return Verdict{}, s.unexpected(i, "COMMENT ON COLUMN table.column is")
		}
		column, parts = parts[len(parts)-1], parts[:len(parts)-1]
	}
	value := s.at(i + 1)
	if !s.at(i).is("is") || i+2 != len(s.tokens()) || value.kind != text && !value.is("null") {
		return Verdict{}, s.unexpected(i, "IS 'text' or IS NULL is expected")
	}
	t, err := s.view.Table(parts...)
	if err != nil {
		return Verdict{}, err
	}
	c, err := s.view.Catalog(t.Name.Catalog)
	if err != nil {
		return Verdict{}, err
	}
	if t.Definition != nil {
		if kind != "view" {
			return Verdict{}, refuse(s.at(2).start, "%s is a view; COMMENT ON VIEW is accepted for it", display(t.Name))
		}
		return s.commentView(t, c, value)
	}
	if err := s.changeable(c, policy.Alter); err != nil {
		return Verdict{}, err
	}
	if err := allow(t.Name, t.Privileges, policy.Alter); err != nil {
		return Verdict{}, err
	}
	sql := "COMMENT ON " + strings.ToUpper(kind) + " " + physical(t.Physical)
	if column != "" {
		if !slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return same(c.Name, column) }) {
			return Verdict{}, refuse(s.at(3).start, "%s has no column %s", display(t.Name), column)
		}
		sql += "." + sqltext.Identifier(column)
	}
	sql += " IS " + s.span.sql[value.start:value.end]
	return s.define(sql, t.Name, c, policy.Alter, nil, &write{operator: "LOGICAL_ALTER", name: t.Physical})
}
