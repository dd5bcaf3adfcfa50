package opinion

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/lakegate/lakegate/auth"
)

// world is what one round is about: data, rules and callers.
type world struct {
	seed     uint64
	catalogs []string // the first is of type duckdb, the second a DuckLake
	schemas  map[string][]string
	tables   []*table
	rules    []*rule
	tagged   []*table // which have the tag "pii" on their first column
	callers  []*caller
}

// table is a table as it is, before anybody's rights.
type table struct {
	catalog, schema, name string
	cols                  []field
	rows                  [][]string // SQL literals
}

func (t *table) full() string { return ident(t.catalog) + "." + ident(t.schema) + "." + ident(t.name) }

// caller is somebody with rights of their own.
type caller struct {
	principal auth.Principal
	groups    []string
	claims    map[string][]string
	lone      map[string]bool // the claims that are one text rather than a list
	rights    map[*table]*right
}

// right is what one caller has of one table, as this package understands the rules.
type right struct {
	table      *table
	privileges map[string]bool
	cols       []field  // that are there
	masks      []string // as the reference computes them; empty for the column itself
	filter     string   // as the reference computes it
	from       *rule
}

// masked reports that some values are other than the table's.
func (r *right) masked() bool {
	for _, m := range r.masks {
		if m != "" {
			return true
		}
	}
	return false
}

// The pools of names: plain ones, ones that must be quoted, keywords, functions,
// and the names of other things.
var (
	tableNames  = []string{"orders", "customers", "events", "pay", "Staff", "my table", "order", "sum", "lake", "id", "t", "région", "a.b", "s1", "values", "main", `x"y`, "v1", "excluded", "rows"}
	columnNames = []string{
		"id", "id", "name", "name", "amount", "region", "kind", "made", "day", "note", "my col", "Größe", "a.b", `x"y`, "order", "select", "group",
		"from", "count", "sum", "lower", "list", "user", "lake", "main", "orders", "customers", "events", "t", "s1", "value", "key", "filename", "temp", "date", "k", "all",
	}
	schemaNames = []string{"main", "s1", "my schema", "order"}
	groupNames  = []string{"analysts", "Ops Team", "finance", "eu"}
	claimNames  = []string{"region", "level", "regions"}
)

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0xda7a))
	w := &world{seed: seed, schemas: map[string][]string{}}
	w.catalogs = []string{"lake", pick(r, []string{"ducks", "ducks", "my pond", "orders"})}
	for _, c := range w.catalogs {
		w.schemas[c] = []string{"main"}
		for _, s := range schemaNames[1:] {
			if chance(r, 40) {
				w.schemas[c] = append(w.schemas[c], s)
			}
		}
	}
	seen := map[string]bool{}
	for n := 3 + r.IntN(6); len(w.tables) < n; {
		t := &table{catalog: w.catalogs[0], name: pick(r, tableNames)}
		if chance(r, 40) {
			t.catalog = w.catalogs[1]
		}
		t.schema = pick(r, w.schemas[t.catalog])
		if len(w.tables) > 0 && chance(r, 20) {
			t.name = w.tables[r.IntN(len(w.tables))].name // in another schema
		}
		key := strings.ToLower(t.full())
		if seen[key] {
			continue
		}
		seen[key] = true
		w.fill(r, t)
		w.tables = append(w.tables, t)
	}
	for i := range 3 {
		w.callers = append(w.callers, newCaller(r, i))
	}
	w.makeRules(r)
	for _, c := range w.callers {
		c.rights = map[*table]*right{}
		for _, t := range w.tables {
			c.rights[t] = w.decide(c, t)
		}
	}
	return w
}

// fill gives t columns and rows.
func (w *world) fill(r *rand.Rand, t *table) {
	seen := map[string]bool{}
	n := 2 + r.IntN(6)
	for len(t.cols) < n {
		name := pick(r, columnNames)
		if seen[strings.ToLower(name)] {
			continue
		}
		seen[strings.ToLower(name)] = true
		kind := columnType(r, t.catalog == w.catalogs[1])
		if len(t.cols) == 0 && chance(r, 70) {
			kind = bigint
		}
		t.cols = append(t.cols, field{name, kind})
	}
	rows := pick(r, []int{0, 1, 5, 12, 12, 25, 40})
	if chance(r, 5) {
		rows = 200
	}
	for range rows {
		if len(t.rows) > 0 && chance(r, 10) {
			t.rows = append(t.rows, t.rows[r.IntN(len(t.rows))]) // a duplicate
			continue
		}
		row := make([]string, len(t.cols))
		for i, c := range t.cols {
			row[i] = value(r, c.typ, true)
		}
		t.rows = append(t.rows, row)
	}
}

func newCaller(r *rand.Rand, i int) *caller {
	c := &caller{claims: map[string][]string{}, lone: map[string]bool{}}
	for _, g := range groupNames {
		if chance(r, 45) {
			c.groups = append(c.groups, g)
		}
	}
	claims := map[string]any{}
	for _, name := range claimNames {
		switch r.IntN(3) {
		case 0: // none
		case 1:
			c.claims[name], c.lone[name] = []string{pick(r, texts2)}, true
			claims[name] = c.claims[name][0]
		default:
			c.claims[name] = []string{pick(r, texts2), pick(r, texts2)}
			claims[name] = []any{c.claims[name][0], c.claims[name][1]}
		}
	}
	user := []string{"ann", "Bob", "O'Brien"}[i]
	c.principal = auth.Principal{Provider: "test", Method: auth.ByPassword, Subject: user, User: user, Groups: c.groups, Claims: claims}
	return c
}

// texts2 are texts unquoted, for claims.
var texts2 = []string{"north", "south", "O'Brien", "a", "", "12", "x_y", "Zoë"}

// createSQL is the statements that make w's schemas and tables. With reversed,
// the rows come in the other order.
func (w *world) createSQL(reversed bool) []string {
	var out []string
	for _, c := range w.catalogs {
		for _, s := range w.schemas[c] {
			if s != "main" {
				out = append(out, "CREATE SCHEMA "+ident(c)+"."+ident(s))
			}
		}
	}
	for _, t := range w.tables {
		cols := make([]string, len(t.cols))
		for i, c := range t.cols {
			cols[i] = ident(c.name) + " " + c.typ.sql
		}
		out = append(out, "CREATE TABLE "+t.full()+" ("+strings.Join(cols, ", ")+")")
		if len(t.rows) == 0 {
			continue
		}
		rows := make([]string, len(t.rows))
		for i, row := range t.rows {
			at := i
			if reversed {
				at = len(rows) - 1 - i
			}
			rows[at] = "(" + strings.Join(row, ", ") + ")"
		}
		out = append(out, "INSERT INTO "+t.full()+" VALUES "+strings.Join(rows, ", "))
	}
	return out
}

// concerns reports that sql may be about t.
func concerns(sql string, t *table) bool {
	return sql == "" || strings.Contains(strings.ToLower(sql), strings.ToLower(strings.ReplaceAll(t.name, `"`, `""`)))
}

// describe is what of w a statement is about, for somebody who reads a difference.
func (w *world) describe(c *caller, sql string) string {
	var b strings.Builder
	for _, t := range w.tables {
		if !concerns(sql, t) {
			continue
		}
		fmt.Fprintf(&b, "  %s: %d rows (", t.full(), len(t.rows))
		for i, col := range t.cols {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(ident(col.name) + " " + col.typ.sql)
		}
		b.WriteString(")\n")
		have := c.rights[t]
		if have == nil {
			b.WriteString("    hidden\n")
			continue
		}
		fmt.Fprintf(&b, "    %v by %s", have.privileges, have.from.place())
		if have.filter != "" {
			b.WriteString("; rows: " + have.filter)
		}
		for i, m := range have.masks {
			if m != "" {
				b.WriteString("; " + ident(have.cols[i].name) + " = " + m)
			}
		}
		if len(have.cols) < len(t.cols) {
			b.WriteString("; columns denied")
		}
		b.WriteString("\n")
	}
	return b.String()
}
