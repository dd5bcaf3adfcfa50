package guard

import (
	"crypto/rand"
	_ "embed" // the texts of DuckDB's own views
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

//go:embed systemviews.txt
var systemViewsText string

// systemViews are DuckDB's own views, schema.name to query, over its catalog
// functions: once those answer from the View, so do these.
var systemViews = parseSystemViews(systemViewsText)

func parseSystemViews(lines string) map[string]string {
	views := map[string]string{}
	for line := range strings.Lines(lines) {
		if name, query, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			views[name] = query
		}
	}
	return views
}

// systemView finds the view of DuckDB's own that parts name.
func systemView(view catalog.View, parts []string) (string, bool) {
	lower := make([]string, len(parts))
	for i, p := range parts {
		lower[i] = strings.ToLower(p)
	}
	if len(lower) == 3 {
		if _, err := view.Catalog(lower[0]); err != nil && lower[0] != "system" {
			return "", false
		}
		lower = lower[1:]
	}
	candidates := []string{strings.Join(lower, ".")}
	if len(lower) == 1 {
		candidates = []string{"main." + lower[0], "pg_catalog." + lower[0]}
	}
	for _, c := range candidates {
		if _, ok := systemViews[c]; ok {
			return c, true
		}
	}
	return "", false
}

// systemView turns n into a subquery with the text of one of DuckDB's own views.
func (r *rewriter) systemView(n node, name string, e env) error {
	query, err := r.parse(systemViews[name])
	if err != nil {
		return err
	}
	r.system++
	err = r.query(query, env{})
	r.system--
	if err != nil {
		return err
	}
	schema, table, _ := strings.Cut(name, ".")
	database, _ := r.view.Current()
	r.subquery(n, e.scope.addTable(str(n, "alias"), catalog.Name{Catalog: database, Schema: schema, Table: table}), query)
	return nil
}

// parse gives the query node of one of this package's own queries.
func (r *rewriter) parse(sql string) (node, error) {
	tree, err := serialize(r.ctx, r.bind, sql, noMapping)
	if err != nil {
		return nil, fmt.Errorf("parse a query of the catalog: %w", err)
	}
	query, _, err := onlyQuery(tree)
	return query, err
}

// relation is one of DuckDB's catalog functions: a query over one JSON literal,
// @rows, and one of the types that occur, @types.
type relationQuery struct {
	sql  string
	rows func(i *inventory) any
}

const (
	noTags   = `MAP([]::VARCHAR[], []::VARCHAR[])::MAP(VARCHAR, VARCHAR)`
	noOption = noTags
)

var relations = map[string]relationQuery{
	"duckdb_databases": {`SELECT r.d AS database_name, r.do AS database_oid, NULL::VARCHAR AS path, NULL::VARCHAR AS comment, ` + noTags + ` AS tags,
		r.t AS internal, r.k AS "type", r.ro AS readonly, false AS encrypted, NULL::VARCHAR AS cipher, ` + noOption + ` AS options
		FROM (SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","do":"BIGINT","k":"VARCHAR","ro":"BOOLEAN","t":"BOOLEAN"}]')) AS r)`, (*inventory).databases},
	"duckdb_schemas": {`SELECT r.so AS oid, r.d AS database_name, r.do AS database_oid, r.s AS schema_name, NULL::VARCHAR AS comment, ` + noTags + ` AS tags,
		false AS internal, NULL::VARCHAR AS "sql"
		FROM (SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","do":"BIGINT","s":"VARCHAR","so":"BIGINT"}]')) AS r)`, (*inventory).schemas},
	"duckdb_tables": {`SELECT r.d AS database_name, r.do AS database_oid, r.s AS schema_name, r.so AS schema_oid, r.n AS table_name, r.o AS table_oid,
		r.m AS comment, ` + noTags + ` AS tags, false AS internal, r.t AS "temporary", r.pk AS has_primary_key, NULL::BIGINT AS estimated_size,
		r.cc AS column_count, r.ic AS index_count, 0::BIGINT AS check_constraint_count, NULL::VARCHAR AS "sql" FROM ` + tableRows, (*inventory).tables},
	"duckdb_views": {
		`SELECT r.d AS database_name, r.do AS database_oid, r.s AS schema_name, r.so AS schema_oid, r.n AS view_name, r.o AS view_oid,
		r.m AS comment, ` + noTags + ` AS tags, false AS internal, r.t AS "temporary", r.cc AS column_count, NULL::VARCHAR AS "sql", true AS is_bound FROM ` + tableRows,
		(*inventory).views,
	},
	"duckdb_columns": {
		`SELECT r.d AS database_name, r.do AS database_oid, r.s AS schema_name, r.so AS schema_oid, r.n AS table_name, r.o AS table_oid,
		c.n AS column_name, c.i AS column_index, c.m AS comment, false AS internal, c.d AS column_default, c.u IS NULL AS is_nullable,
		y.t AS data_type, y.i AS data_type_id, NULL::INTEGER AS character_maximum_length, y.p AS numeric_precision, y.r AS numeric_precision_radix,
		y.s AS numeric_scale FROM (SELECT r, c, (from_json('@types', '[{"t":"VARCHAR","i":"BIGINT","p":"INTEGER","r":"INTEGER","s":"INTEGER"}]'))[c.t] AS y
		FROM (SELECT r, unnest(r.c) AS c FROM (SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","do":"BIGINT","s":"VARCHAR","so":"BIGINT","n":"VARCHAR","o":"BIGINT","c":[{"n":"VARCHAR","i":"INTEGER","t":"INTEGER","d":"VARCHAR","m":"VARCHAR","u":"INTEGER"}]}]')) AS r)))`,
		(*inventory).columns,
	},
	"duckdb_constraints": {
		`SELECT r.d AS database_name, r.do AS database_oid, r.s AS schema_name, r.so AS schema_oid, r.n AS table_name, r.o AS table_oid,
		r.i AS constraint_index, r.k AS constraint_type, r.x AS constraint_text, NULL::VARCHAR AS expression, r.ci AS constraint_column_indexes,
		r.cn AS constraint_column_names, r.cm AS constraint_name, r.rt AS referenced_table, r.rc AS referenced_column_names
		FROM (SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","do":"BIGINT","s":"VARCHAR","so":"BIGINT","n":"VARCHAR","o":"BIGINT","i":"BIGINT","k":"VARCHAR","x":"VARCHAR","ci":["BIGINT"],"cn":["VARCHAR"],"cm":"VARCHAR","rt":"VARCHAR","rc":["VARCHAR"]}]')) AS r)`,
		(*inventory).constraints,
	},
	"duckdb_indexes": {`SELECT NULL::VARCHAR AS database_name, NULL::BIGINT AS database_oid, NULL::VARCHAR AS schema_name, NULL::BIGINT AS schema_oid,
		NULL::VARCHAR AS index_name, NULL::BIGINT AS index_oid, NULL::VARCHAR AS table_name, NULL::BIGINT AS table_oid, NULL::VARCHAR AS comment,
		` + noTags + ` AS tags, NULL::BOOLEAN AS is_unique, NULL::BOOLEAN AS is_primary, NULL::VARCHAR AS expressions, NULL::VARCHAR AS "sql" WHERE false`, nil},
	"duckdb_sequences": {`SELECT NULL::VARCHAR AS database_name, NULL::BIGINT AS database_oid, NULL::VARCHAR AS schema_name, NULL::BIGINT AS schema_oid,
		NULL::VARCHAR AS sequence_name, NULL::BIGINT AS sequence_oid, NULL::VARCHAR AS comment, ` + noTags + ` AS tags, NULL::BOOLEAN AS "temporary",
		NULL::BIGINT AS start_value, NULL::BIGINT AS min_value, NULL::BIGINT AS max_value, NULL::BIGINT AS increment_by, NULL::BOOLEAN AS "cycle",
		NULL::BIGINT AS last_value, NULL::VARCHAR AS "sql" WHERE false`, nil},
	"duckdb_types": {
		`SELECT r.d AS database_name, r.do AS database_oid, r.s AS schema_name, r.so AS schema_oid, r.i AS type_oid, r.n AS type_name,
		r.z AS type_size, r.l AS logical_type, r.g AS type_category, NULL::VARCHAR AS comment, ` + noTags + ` AS tags, true AS internal, NULL::VARCHAR[] AS labels
		FROM (SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","do":"BIGINT","s":"VARCHAR","so":"BIGINT","i":"BIGINT","n":"VARCHAR","z":"BIGINT","l":"VARCHAR","g":"VARCHAR"}]')) AS r)`,
		(*inventory).builtinTypes,
	},
}

const tableRows = `(SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","do":"BIGINT","s":"VARCHAR","so":"BIGINT","n":"VARCHAR","o":"BIGINT","m":"VARCHAR","t":"BOOLEAN","pk":"BOOLEAN","cc":"BIGINT","ic":"BIGINT"}]')) AS r)`

// relation is the query that answers one of DuckDB's catalog functions.
func (r *rewriter) relation(name string) (node, error) {
	rel := relations[name]
	var rows any
	i := &inventory{view: r.view}
	if rel.rows != nil {
		rows = rel.rows(i)
	}
	return r.literalQuery(rel.sql, rows, i.types)
}

// literals are the JSON texts that a statement's rewritten form holds. They may
// be large: until the statement has been checked, short markers stand for them.
// Markers are random, so that no name or comment in a lake can hold one.
type literals struct {
	pairs []string // 'marker', 'JSON', ...
}

// add gives the marker that stands for v as JSON.
func (l *literals) add(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write the catalog as JSON: %w", err)
	}
	value := string(b)
	if value == "null" {
		value = "[]"
	}
	marker := rand.Text()
	l.pairs = append(l.pairs, sqltext.Literal(marker), sqltext.Literal(value))
	return marker, nil
}

// fill puts the JSON where the markers are.
func (l *literals) fill(sql string) string {
	if len(l.pairs) == 0 {
		return sql
	}
	return strings.NewReplacer(l.pairs...).Replace(sql)
}

// empty puts empty lists where the markers are: they bind alike.
func (l *literals) empty(sql string) string {
	for i := 0; i < len(l.pairs); i += 2 {
		sql = strings.ReplaceAll(sql, l.pairs[i], "'[]'")
	}
	return sql
}

// literalQuery parses sql and puts rows and types, as JSON, where it says @rows and @types.
func (r *rewriter) literalQuery(sql string, rows, types any) (node, error) {
	query, err := r.parse(sql)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for marker, v := range map[string]any{"@rows": rows, "@types": types} {
		if !strings.Contains(sql, marker) {
			continue
		}
		if values[marker], err = r.literals.add(v); err != nil {
			return nil, err
		}
	}
	substitute(query, values)
	return query, nil
}

func substitute(v any, values map[string]string) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			substitute(c, values)
		}
	case node:
		if s, ok := v["value"].(string); ok {
			if replacement, ok := values[s]; ok {
				v["value"] = replacement
				return
			}
		}
		for _, c := range v {
			substitute(c, values)
		}
	}
}

// show turns SHOW, DESCRIBE and SUMMARIZE into queries over the View.
func (r *rewriter) show(n node, e env) error {
	e.scope.add(str(n, "alias"))
	i := &inventory{view: r.view}
	var query node
	var err error
	switch kind := str(n, "show_type"); kind {
	case "DESCRIBE":
		inner := child(n, "query")
		if t := plainTable(inner); t != nil && (len(nameParts(t)) > 1 || !e.hasCTE(str(t, "table_name"))) {
			if table, err := r.view.Table(nameParts(t)...); err == nil {
				query, err = r.literalQuery(describeQuery, i.describe(table), nil)
				if err != nil {
					return err
				}
				r.subquery(n, str(n, "alias"), query)
				return nil
			}
		}
		if err := r.query(inner, e); err != nil {
			return err
		}
		r.described = append(r.described, inner)
		return nil
	case "SUMMARY":
		return r.query(child(n, "query"), e)
	case "SHOW_FROM":
		var names []string
		if names, err = i.tableNames(str(n, "catalog_name"), str(n, "schema_name")); err != nil {
			return err
		}
		query, err = r.literalQuery(namesQuery, names, nil)
	default:
		switch name := strings.Trim(str(n, "table_name"), `"`); name {
		case "tables":
			query, err = r.literalQuery(namesQuery, i.currentTables(), nil)
		case "__show_tables_expanded":
			query, err = r.literalQuery(expandedQuery, i.expanded(), nil)
		case "databases":
			query, err = r.literalQuery(strings.Replace(namesQuery, "AS name", "AS database_name", 1), i.databaseNames(), nil)
		case "schemas":
			query, err = r.literalQuery(schemasQuery, i.schemaNames(), nil)
		default:
			return deny(-1, "SHOW %s is not accepted; SHOW TABLES, SHOW ALL TABLES, SHOW SCHEMAS, SHOW DATABASES and DESCRIBE are", name)
		}
	}
	if err != nil {
		return err
	}
	r.subquery(n, str(n, "alias"), query)
	return nil
}

const (
	namesQuery    = `SELECT unnest(from_json('@rows', '["VARCHAR"]')) AS name`
	schemasQuery  = `SELECT r.d AS database_name, r.s AS schema_name, r.c AS "current" FROM (SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","s":"VARCHAR","c":"BOOLEAN"}]')) AS r)`
	expandedQuery = `SELECT r.d AS "database", r.s AS "schema", r.n AS name, r.c AS column_names, r.y AS column_types, r.t AS "temporary" FROM
		(SELECT unnest(from_json('@rows', '[{"d":"VARCHAR","s":"VARCHAR","n":"VARCHAR","c":["VARCHAR"],"y":["VARCHAR"],"t":"BOOLEAN"}]')) AS r)`
	describeQuery = `SELECT r.n AS column_name, r.t AS column_type, r.u AS "null", r.k AS "key", r.d AS "default", NULL::VARCHAR AS extra FROM
		(SELECT unnest(from_json('@rows', '[{"n":"VARCHAR","t":"VARCHAR","u":"VARCHAR","k":"VARCHAR","d":"VARCHAR"}]')) AS r)`
)

// sortedNames orders names as SHOW does.
func sortedNames(names []string) []string {
	sort.Strings(names)
	return names
}

// typeRow is what the catalog functions say of one type.
type typeRow struct {
	Type      string `json:"t"`
	ID        int    `json:"i,omitempty"`
	Precision *int   `json:"p,omitempty"`
	Radix     *int   `json:"r,omitempty"`
	Scale     *int   `json:"s,omitempty"`
}

var typeIDs = map[string]int{
	"INTEGER": 13, "BIGINT": 14, "HUGEINT": 50, "DOUBLE": 23, "FLOAT": 22, "DECIMAL": 21, "VARCHAR": 25, "BOOLEAN": 10, "DATE": 15, "TIME": 16,
	"TIMESTAMP": 19, "TIMESTAMP WITH TIME ZONE": 32, "INTERVAL": 27, "BLOB": 26, "UUID": 54, "STRUCT": 100, "MAP": 102, "JSON": 25, "TINYINT": 11,
	"SMALLINT": 12, "UTINYINT": 28, "USMALLINT": 29, "UINTEGER": 30, "UBIGINT": 31, "UHUGEINT": 49, "BIT": 36, "TIME WITH TIME ZONE": 34,
	"TIMESTAMP_S": 17, "TIMESTAMP_MS": 18, "TIMESTAMP_NS": 20, "ENUM": 104, "UNION": 107, "BIGNUM": 39, "VARIANT": 109, "TIME_NS": 35, "GEOMETRY": 60,
}

var precisions = map[string]int{"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128, "FLOAT": 24, "DOUBLE": 53}

// describeType is what DuckDB's duckdb_columns() says of a type.
func describeType(name string) typeRow {
	row := typeRow{Type: name}
	base, arguments, _ := strings.Cut(name, "(")
	switch {
	case strings.HasSuffix(name, "[]"):
		row.ID = 101
		return row
	case strings.HasSuffix(name, "]"):
		row.ID = 108
		return row
	}
	row.ID = typeIDs[base]
	if p, ok := precisions[name]; ok {
		radix, scale := 2, 0
		row.Precision, row.Radix, row.Scale = &p, &radix, &scale
	}
	if base == "DECIMAL" {
		width, scale, _ := strings.Cut(strings.TrimSuffix(arguments, ")"), ",")
		p, err1 := strconv.Atoi(width)
		s, err2 := strconv.Atoi(scale)
		if err1 == nil && err2 == nil {
			radix := 10
			row.Precision, row.Radix, row.Scale = &p, &radix, &s
		}
	}
	return row
}
