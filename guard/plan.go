package guard

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// intent is what a rewritten statement is meant to do. A plan that does
// anything else is refused.
type intent struct {
	scans  map[catalog.Name]bool // physical tables, in lower case
	leaves map[string]bool       // scans that come with views, by signature
	write  *write
	nextID bool // defaults of the target may draw from sequences
}

// write is the one operator of a plan that changes something.
type write struct {
	operator string
	name     catalog.Name // physical; Table is empty for schemas
	table    *catalog.Table
	columns  []string // INSERT: the columns it names, nil for all
	picked   bool     // no denied column is named, so that the table may have some
	merges   bool     // INSERT with ON CONFLICT, which DuckDB plans as a MERGE
	seen     bool     // it was met in the plan
}

func lowerName(n catalog.Name) catalog.Name {
	return catalog.Name{Catalog: strings.ToLower(n.Catalog), Schema: strings.ToLower(n.Schema), Table: strings.ToLower(n.Table)}
}

// intends gives the intent of reading tables. Views are bound by themselves, to
// learn which scans come with them.
func (s *statement) intends(reads []catalog.Table) (*intent, error) {
	in := &intent{scans: map[catalog.Name]bool{}, leaves: map[string]bool{}}
	for _, t := range reads {
		name := lowerName(t.Physical)
		if in.scans[name] || t.Definition != nil {
			continue
		}
		in.scans[name] = true
		if c, err := s.view.Catalog(t.Name.Catalog); err == nil && c.Type != catalog.Files && t.Kind != catalog.ViewTable {
			continue
		}
		tree, err := s.plan("SELECT * FROM " + physical(t.Physical))
		if err != nil {
			return nil, err
		}
		for leaf := range leaves(tree) {
			in.leaves[leaf] = true
		}
		if err := s.readsOnlyWhole(t, tree); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// readsOnlyWhole refuses a view of a lake's own that reads, as tree shows, a
// table which the caller does not see, or not as it is: the view would show them
// what the rules keep from them.
func (s *statement) readsOnlyWhole(view catalog.Table, tree node) error {
	if view.Kind != catalog.ViewTable {
		return nil
	}
	if s.whole == nil {
		s.whole = map[catalog.Name]bool{}
		for _, c := range s.view.Catalogs() {
			for _, sch := range c.Schemas {
				for _, t := range sch.Tables {
					s.whole[lowerName(t.Physical)] = t.Privileges.Has(policy.Select) && !restricted(t) && len(t.Hidden) == 0
				}
			}
		}
	}
	for name := range scannedTables(tree) {
		if !s.whole[name] {
			return fmt.Errorf("SELECT from the view %s, which reads what you may not read, or not as it is: %w", display(view.Name), ErrDenied)
		}
	}
	return nil
}

// scannedTables are the physical tables that a plan reads, as they are now or
// were.
func scannedTables(v any) map[catalog.Name]bool {
	found := map[catalog.Name]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, c := range v {
				walk(c)
			}
		case node:
			if str(v, "type") == "LOGICAL_GET" {
				if name := scannedTable(v); name.Table != "" {
					found[name] = true
				}
			}
			for _, c := range v {
				walk(c)
			}
		}
	}
	walk(v)
	return found
}

// leaves are the signatures of all scans in a plan.
func leaves(v any) map[string]bool {
	found := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, c := range v {
				walk(c)
			}
		case node:
			if str(v, "type") == "LOGICAL_GET" {
				found[signature(v)] = true
			}
			for _, c := range v {
				walk(c)
			}
		}
	}
	walk(v)
	return found
}

// signature is what a scan reads: its table, or its function with its data and arguments.
func signature(get node) string {
	if name, ok := scanned(get); ok {
		return name.Catalog + "\x00" + name.Schema + "\x00" + name.Table
	}
	b, err := json.Marshal([]any{get["name"], get["function_data"], get["parameters"], get["named_parameters"]})
	if err != nil {
		return ""
	}
	return string(b)
}

// scanned is the physical table, in lower case, that a scan reads as it is now.
func scanned(get node) (catalog.Name, bool) {
	data := child(get, "function_data")
	switch str(get, "name") {
	case "seq_scan":
		return lowerName(catalog.Name{Catalog: str(data, "catalog"), Schema: str(data, "schema"), Table: str(data, "table")}), true
	case "ducklake_scan":
		if kind, ok := data["scan_type"].(json.Number); ok && kind != "0" || truth(data, "has_start_snapshot") {
			return catalog.Name{}, false
		}
		return lowerName(catalog.Name{Catalog: str(data, "catalog_name"), Schema: str(data, "schema_name"), Table: str(data, "table_name")}), true
	}
	return catalog.Name{}, false
}

// operators are those of a plan that change nothing.
var operators = map[string]bool{
	"LOGICAL_PROJECTION": true, "LOGICAL_FILTER": true, "LOGICAL_AGGREGATE_AND_GROUP_BY": true, "LOGICAL_WINDOW": true,
	"LOGICAL_UNNEST": true, "LOGICAL_LIMIT": true, "LOGICAL_ORDER_BY": true, "LOGICAL_TOP_N": true, "LOGICAL_DISTINCT": true,
	"LOGICAL_SAMPLE": true, "LOGICAL_PIVOT": true, "LOGICAL_GET": true, "LOGICAL_CHUNK_GET": true, "LOGICAL_DELIM_GET": true,
	"LOGICAL_EXPRESSION_GET": true, "LOGICAL_DUMMY_SCAN": true, "LOGICAL_EMPTY_RESULT": true, "LOGICAL_CTE_REF": true,
	"LOGICAL_JOIN": true, "LOGICAL_DELIM_JOIN": true, "LOGICAL_COMPARISON_JOIN": true, "LOGICAL_ANY_JOIN": true,
	"LOGICAL_CROSS_PRODUCT": true, "LOGICAL_POSITIONAL_JOIN": true, "LOGICAL_ASOF_JOIN": true, "LOGICAL_DEPENDENT_JOIN": true,
	"LOGICAL_UNION": true, "LOGICAL_EXCEPT": true, "LOGICAL_INTERSECT": true, "LOGICAL_RECURSIVE_CTE": true,
	"LOGICAL_MATERIALIZED_CTE": true, "LOGICAL_CTE": true,
}

// writers are those that change something.
var writers = map[string]bool{
	"LOGICAL_INSERT": true, "LOGICAL_UPDATE": true, "LOGICAL_DELETE": true, "LOGICAL_MERGE_INTO": true,
	"LOGICAL_CREATE_TABLE": true, "LOGICAL_CREATE_SCHEMA": true, "LOGICAL_DROP": true, "LOGICAL_ALTER": true,
}

// ownedByTarget are the parts of a writer that say what its table is.
var ownedByTarget = map[string]bool{"table_info": true, "info": true, "bound_defaults": true, "bound_constraints": true}

var boundClasses = map[string]bool{
	"BOUND_REF": true, "BOUND_COLUMN_REF": true, "BOUND_CONSTANT": true, "BOUND_FUNCTION": true, "BOUND_AGGREGATE": true,
	"BOUND_WINDOW": true, "BOUND_CAST": true, "BOUND_CASE": true, "BOUND_COMPARISON": true, "BOUND_CONJUNCTION": true,
	"BOUND_OPERATOR": true, "BOUND_BETWEEN": true, "BOUND_PARAMETER": true, "BOUND_UNNEST": true, "BOUND_DEFAULT": true,
	"BOUND_LAMBDA": true, "BOUND_LAMBDA_REF": true,
}

// check refuses a plan that does not do exactly what in says.
func (in *intent) check(tree node) error {
	plans := list(tree, "plans")
	if len(plans) != 1 {
		return refuse(-1, "exactly one statement is accepted; send them one by one")
	}
	if err := in.walk(plans[0]); err != nil {
		return err
	}
	if in.write != nil && !in.write.seen {
		return refuse(-1, "the statement would not write to what it names, and is not accepted")
	}
	return nil
}

func (in *intent) walk(v any) error {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if err := in.walk(c); err != nil {
				return err
			}
		}
	case node:
		if err := in.visit(v); err != nil {
			return err
		}
		if str(v, "expression_class") == "BOUND_CONSTANT" {
			return nil
		}
		_, writes := writers[str(v, "type")]
		for key, c := range v {
			if key == "collection" || key == "parameters" || writes && ownedByTarget[key] {
				continue // values, and what belongs to the table that is written to
			}
			if err := in.walk(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *intent) visit(n node) error {
	if kind := str(n, "type"); strings.HasPrefix(kind, "LOGICAL_") {
		if _, ok := writers[kind]; ok {
			return in.checkWrite(n)
		}
		if !operators[kind] {
			return refuse(-1, "the statement would do more than it says (%s), and is not accepted", strings.ToLower(strings.TrimPrefix(kind, "LOGICAL_")))
		}
		if kind == "LOGICAL_GET" {
			return in.checkScan(n)
		}
	}
	class, ok := n["expression_class"].(string)
	if !ok {
		return nil
	}
	if !boundClasses[class] {
		return refuse(-1, "an expression of the kind %q is not accepted", class)
	}
	name := strings.ToLower(str(n, "name"))
	if name == "" || class != "BOUND_FUNCTION" && class != "BOUND_AGGREGATE" && class != "BOUND_WINDOW" {
		return nil
	}
	c, s := str(n, "catalog_name"), str(n, "schema_name")
	if c != "" && c != "system" || s != "" && s != "main" && s != "pg_catalog" {
		return deny(-1, "the function %s is not DuckDB's own, and is not accepted", name)
	}
	if !functions[name] && (!in.nextID || name != "nextval") {
		return deny(-1, "the function %s is not accepted", name)
	}
	return nil
}

func (in *intent) checkScan(get node) error {
	if name, ok := scanned(get); ok {
		if in.scans[name] || in.leaves[signature(get)] {
			return nil
		}
		return deny(-1, "the statement would read a table that it does not name, and is not accepted")
	}
	name := strings.ToLower(str(get, "name"))
	if in.leaves[signature(get)] {
		return nil
	}
	if c := str(get, "catalog_name"); tableFunctions[name] && (c == "" || c == "system") {
		return nil
	}
	return deny(-1, "the statement would read through %s, and is not accepted", name)
}

// checkWrite compares the plan's root with the intended write.
func (in *intent) checkWrite(root node) error {
	want := in.write
	if want == nil || want.seen {
		return refuse(-1, "the statement would do more than it says, and is not accepted")
	}
	want.seen = true
	got := catalog.Name{}
	info := child(root, "table_info")
	if info == nil {
		info = child(root, "info")
	}
	got.Catalog, got.Schema, got.Table = str(info, "catalog"), str(info, "schema"), str(info, "table")
	if got.Table == "" {
		got.Table = str(info, "name")
	}
	operator := str(root, "type")
	if operator == "LOGICAL_DROP" && str(info, "type") == "SCHEMA_ENTRY" {
		got.Schema, got.Table = got.Table, ""
	}
	if operator == "LOGICAL_MERGE_INTO" && want.merges {
		operator = want.operator
	}
	if operator != want.operator || lowerName(got) != lowerName(want.name) {
		return refuse(-1, "the statement would write to something other than it names, and is not accepted")
	}
	if want.table == nil {
		return nil
	}
	visible := func(name string) bool {
		return want.picked && hidden(*want.table, name) || slices.ContainsFunc(want.table.Columns, func(c catalog.Column) bool { return same(c.Name, name) })
	}
	if want.columns != nil && !slices.ContainsFunc(want.columns, func(c string) bool { return !visible(c) }) {
		return nil
	}
	for _, c := range list(child(info, "columns"), "columns") {
		if column, ok := c.(node); ok && !visible(str(column, "name")) {
			return refuse(-1, "%s has columns that you do not see; only INSERT with a list of columns is accepted", display(want.table.Name))
		}
	}
	return nil
}

// physical is n as SQL.
func physical(n catalog.Name) string {
	parts := []string{sqltext.Identifier(n.Catalog), sqltext.Identifier(n.Schema)}
	if n.Table != "" {
		parts = append(parts, sqltext.Identifier(n.Table))
	}
	return strings.Join(parts, ".")
}
