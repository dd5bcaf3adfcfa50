package opinion

import (
	"fmt"
	"strings"
)

// query is a query that gives columns of the types in want, or any if want is nil.
// Its columns have names that are told, unless top.
func (g *gen) query(outer *scope, want []*typ, d int) (string, []field) {
	saved := g.ctes
	defer func() { g.ctes = saved }()
	with := ""
	if d > 0 && g.chance(14) && g.spend() {
		with = g.with(outer, d)
	}
	if d > 0 && g.chance(10) && g.spend() {
		sql, cols := g.setOperation(outer, want, d)
		return with + sql, cols
	}
	sql, cols := g.selection(outer, want, d, false)
	return with + sql, cols
}

// with is a WITH clause; what it defines can be read afterwards.
func (g *gen) with(outer *scope, d int) string {
	var parts []string
	recursive := ""
	for range 1 + g.r.IntN(2) {
		name := g.alias("cte")
		if other := pick(g.r, g.w.tables).name; g.chance(25) && !named(g.ctes, other) {
			name = other // hides that table
		}
		if g.chance(20) {
			recursive = "RECURSIVE "
			body := fmt.Sprintf("SELECT 1 AS n, 'a' AS p UNION ALL SELECT n + 1, p || 'b' FROM %s WHERE n < %d", ident(name), 2+g.r.IntN(4))
			if len(g.readable()) > 0 && g.chance(50) {
				from, s := g.from(nil, 0, 1)
				body = "SELECT " + g.expr(s, bigint, 0) + " % 5 AS n, 'a' AS p FROM " + from + " UNION SELECT n + 1, p FROM " + ident(name) + " WHERE n < 6"
			}
			parts = append(parts, ident(name)+"(n, p) AS ("+body+")")
			g.ctes = append(g.ctes, &source{names: []string{ident(name)}, cols: []field{{"n", bigint}, {"p", varchar}}})
			continue
		}
		q, cols := g.query(outer, nil, d-1)
		parts = append(parts, ident(name)+" AS "+pick(g.r, []string{"", "", "MATERIALIZED ", "NOT MATERIALIZED "})+"("+q+")")
		g.ctes = append(g.ctes, &source{names: []string{ident(name)}, cols: cols, opaque: cols == nil})
	}
	return "WITH " + recursive + strings.Join(parts, ", ") + " "
}

func (g *gen) setOperation(outer *scope, want []*typ, d int) (string, []field) {
	if want == nil {
		for range 1 + g.r.IntN(3) {
			want = append(want, pick(g.r, orderable))
		}
	}
	left, cols := g.selection(outer, want, d-1, true)
	right, other := g.selection(outer, want, d-1, true)
	op := pick(g.r, []string{"UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL", "UNION BY NAME", "UNION ALL BY NAME"})
	sql := left + " " + op + " " + right
	if g.chance(40) {
		sql = "(" + left + ") " + op + " (" + right + ")"
	}
	if strings.HasSuffix(op, "BY NAME") {
		for _, o := range other {
			found := false
			for _, c := range cols {
				found = found || c.name == o.name
			}
			if !found {
				cols = append(cols, o)
			}
		}
	}
	if g.chance(20) {
		sql += " ORDER BY ALL LIMIT 5"
	}
	return sql, cols
}

func named(ctes []*source, name string) bool {
	for _, c := range ctes {
		if strings.EqualFold(c.names[0], ident(name)) {
			return true
		}
	}
	return false
}

// item is an expression of the select list with its name.
func (g *gen) item(e string, t *typ, i int) (string, field) {
	name := fmt.Sprintf("c%d", i)
	if g.chance(20) {
		name = pick(g.r, columnNames)
	}
	if g.chance(8) && !strings.HasPrefix(e, "*") {
		return ident(name) + ": " + e, field{name, t}
	}
	return e + " AS " + ident(name), field{name, t}
}

// selection is one SELECT.
func (g *gen) selection(outer *scope, want []*typ, d int, bare bool) (string, []field) {
	if d > 0 && want == nil && !bare && g.chance(6) {
		return g.pivoted(outer)
	}
	from, s := g.from(outer, d, 3)
	if want == nil && g.chance(20) {
		return g.starred(from, s, d)
	}
	if want == nil {
		for range 1 + g.r.IntN(4) {
			t := pick(g.r, orderable)
			if _, found, ok := g.col(s, func(*typ) bool { return true }); ok && g.chance(65) {
				t = found
			}
			want = append(want, t)
		}
	}
	if g.chance(30) {
		return g.grouped(from, s, want, d, bare)
	}
	var items []string
	var cols []field
	window := g.chance(18)
	for i, t := range want {
		e := g.expr(s, t, d)
		if window && g.chance(50) && d > 0 {
			w, wt := g.window(s, d-1)
			if wt.class == t.class || !bare && i > 0 {
				e, t = w, wt
			}
		}
		sql, f := g.item(e, t, i)
		items, cols = append(items, sql), append(cols, distinct(cols, f))
		items[len(items)-1] = strings.ReplaceAll(sql, ident(f.name), ident(cols[len(cols)-1].name))
		if f.name == cols[len(cols)-1].name {
			items[len(items)-1] = sql
		}
	}
	where := g.where(s, d)
	tail := ""
	head := "SELECT "
	switch n := g.r.IntN(100); {
	case n < 8:
		head = "SELECT DISTINCT "
	case n < 12 && len(items) > 0 && !bare:
		key := computed(g.expr(s, pick(g.r, []*typ{bigint, varchar}), 0))
		head = "SELECT DISTINCT ON (" + key + ") "
		tail = " ORDER BY " + key + g.positions(len(items))
	case n < 18 && d > 0:
		w, _ := g.window(s, 1)
		tail = " QUALIFY " + w + " IS NOT NULL"
		if g.chance(60) {
			tail = " QUALIFY row_number() OVER (PARTITION BY " + g.expr(s, varchar, 0) + " ORDER BY " + g.rowKey(s) + ") <= 2"
		}
	}
	if !bare && tail == "" && g.chance(20) {
		tail = " ORDER BY ALL" + pick(g.r, []string{"", " LIMIT 3", " LIMIT 4 OFFSET 1", " DESC LIMIT 2", " LIMIT 2"})
	}
	if g.chance(8) {
		return "FROM " + from + " " + head + strings.Join(items, ", ") + where + tail, cols
	}
	return head + strings.Join(items, ", ") + " FROM " + from + where + tail, cols
}

// positions are the columns of a select list by their numbers.
func (g *gen) positions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", %d", i+1)
	}
	return b.String()
}

// distinct is f with a name that none of cols has.
func distinct(cols []field, f field) field {
	for i := 1; ; i++ {
		taken := false
		for _, c := range cols {
			taken = taken || strings.EqualFold(c.name, f.name)
		}
		if !taken {
			return f
		}
		f.name = fmt.Sprintf("%s_%d", f.name, i)
	}
}

// starred is a SELECT of *, in one of its forms.
func (g *gen) starred(from string, s *scope, d int) (string, []field) {
	var all []field
	clash := false
	for _, src := range s.sources {
		for _, c := range src.cols {
			f := distinct(all, c)
			clash = clash || f.name != c.name
			all = append(all, f)
		}
	}
	where := g.where(s, d)
	if clash || len(all) == 0 || len(s.sources) != 1 {
		return "SELECT * FROM " + from + where, nil
	}
	i := g.r.IntN(len(all))
	but := append(append([]field(nil), all[:i]...), all[i+1:]...)
	victim := all[i]
	name := g.name(victim.name)
	switch n := g.r.IntN(12); {
	case n == 0 && len(but) > 0:
		if g.wrong() {
			name = "nonesuch"
		}
		return "SELECT * EXCLUDE (" + name + ") FROM " + from + where, but
	case n == 1:
		return "SELECT * REPLACE (" + g.expr(s, victim.typ, d-1) + " AS " + name + ") FROM " + from + where, all
	case n == 2:
		out := append([]field(nil), all...)
		out[i].name = "renamed"
		return "SELECT * RENAME (" + name + " AS renamed) FROM " + from + where, out
	case n == 3:
		return "SELECT COLUMNS(*) FROM " + from + where, all
	case n == 4:
		return "SELECT COLUMNS('" + pick(g.r, []string{".*", "^[a-m].*", "(?i)e"}) + "') FROM " + from + where, nil
	case n == 5:
		return "SELECT COLUMNS(" + pick(g.r, []string{"c -> c LIKE '%e%'", "lambda c: length(c) > 3"}) + ") FROM " + from + where, nil
	case n == 6:
		return "SELECT " + pick(g.r, []string{"min", "max", "count"}) + "(COLUMNS(*)) FROM " + from + where, nil
	case n == 7 && len(s.sources[0].names) > 0:
		return "SELECT " + s.sources[0].names[0] + ".* FROM " + from + where, all
	case n == 8:
		return "FROM " + from + where, all
	case n == 9:
		return "SELECT *, " + g.expr(s, bigint, d-1) + " AS extra FROM " + from + where, append(all, field{"extra", bigint})
	case n == 10 && len(s.sources[0].names) > 0:
		return "SELECT " + s.sources[0].names[0] + " AS whole FROM " + from + where, nil
	}
	return "SELECT * FROM " + from + where + pick(g.r, []string{"", "", " ORDER BY ALL LIMIT 3"}), all
}

// grouped is a SELECT with aggregates.
func (g *gen) grouped(from string, s *scope, want []*typ, d int, bare bool) (string, []field) {
	var items, keys []string
	var cols []field
	for i, t := range want {
		var e string
		if g.chance(45) {
			e = g.expr(s, t, min(d-1, 1))
			e = computed(e)
			keys = append(keys, e)
		} else {
			a, at := g.aggregate(s, d)
			if bare && at.class != t.class {
				a, at = "max("+g.expr(s, t, d-1)+")", t
			}
			e, t = a, at
		}
		name := fmt.Sprintf("g%d", i)
		items, cols = append(items, e+" AS "+name), append(cols, field{name, t})
	}
	sql := "SELECT " + strings.Join(items, ", ") + " FROM " + from + g.where(s, d-1)
	switch {
	case len(keys) == 0:
	case g.chance(35) || twice(keys):
		sql += " GROUP BY ALL"
	case g.chance(25):
		sql += " GROUP BY " + pick(g.r, []string{"ROLLUP", "CUBE"}) + " (" + strings.Join(keys[:min(3, len(keys))], ", ") + ")"
		if len(keys) > 3 {
			sql += ", " + strings.Join(keys[3:], ", ")
		}
	case g.chance(10):
		sql += " GROUP BY GROUPING SETS ((" + strings.Join(keys, ", ") + "), ())"
	default:
		sql += " GROUP BY " + strings.Join(keys, ", ")
	}
	if g.chance(20) {
		a, _ := g.aggregate(s, 1)
		sql += " HAVING " + a + " IS NOT NULL AND count(*) " + pick(g.r, []string{"> 1", ">= 1", "< 5"})
	}
	if !bare && g.chance(25) {
		sql += " ORDER BY ALL" + pick(g.r, []string{"", " LIMIT 3"})
	}
	return sql, cols
}

// twice reports that two of keys may be one column in two spellings. DuckDB tells
// the sets of ROLLUP and CUBE apart by how their columns are spelled.
func twice(keys []string) bool {
	seen := map[string]bool{}
	for _, k := range keys {
		parts := strings.Split(strings.ToLower(k), ".")
		last := strings.Trim(parts[len(parts)-1], `"`)
		if seen[last] {
			return true
		}
		seen[last] = true
	}
	return false
}

// pivoted is a PIVOT or an UNPIVOT, whose columns are not told.
func (g *gen) pivoted(outer *scope) (string, []field) {
	table, src := g.named()
	s := &scope{sources: []*source{{cols: src.cols, table: src.table}}}
	on, t, ok := g.col(s, func(t *typ) bool { return t.class == integer || t.class == text || t.class == boolean })
	sum, _, okSum := g.col(s, is(integer))
	if !ok || !okSum || outer != nil {
		return "SELECT * FROM " + table, src.cols
	}
	values := value(g.r, t, false)
	if other := value(g.r, t, false); other != values {
		values += ", " + other
	}
	using := pick(g.r, []string{"sum(" + sum + ")", "count(*)", "max(" + sum + ") AS m", "sum(" + sum + ") AS a, count(*) AS b"})
	group := ""
	if by, _, ok := g.col(s, is(text)); ok && plainRef(by) && g.chance(60) {
		group = " GROUP BY " + by
	}
	if !plainRef(on) {
		on = "(" + on + ")"
	}
	switch g.r.IntN(4) {
	case 0:
		return "PIVOT " + table + " ON " + on + " IN (" + values + ") USING " + using + group, nil
	case 1:
		return "SELECT * FROM (PIVOT " + table + " ON " + on + " IN (" + values + ") USING " + using + group + ") AS pv", nil
	case 2:
		return "SELECT * FROM " + table + " PIVOT (" + using + " FOR " + on + " IN (" + values + ")" + group + ") AS pv", nil
	default:
		of := []string{sum}
		for _, c := range src.cols {
			if c.typ.class == integer && !strings.Contains(strings.ToLower(sum), strings.ToLower(c.name)) {
				of = append(of, ident(c.name))
			}
		}
		nulls := pick(g.r, []string{"", "INCLUDE NULLS "})
		if g.chance(50) {
			return "UNPIVOT " + nulls + table + " ON " + strings.Join(of, ", ") + " INTO NAME nm VALUE vl", nil
		}
		return "SELECT * FROM " + table + " UNPIVOT " + nulls + "(vl FOR nm IN (" + strings.Join(of, ", ") + "))", nil
	}
}

func plainRef(s string) bool { return !strings.ContainsAny(s, "([") }

// statement is a whole query.
func (g *gen) statement() string {
	switch n := g.r.IntN(100); {
	case n < 4:
		return g.question()
	case n < 6:
		q, _ := g.query(nil, nil, 2)
		return "DESCRIBE " + q
	case n < 8:
		if have := g.readable(); len(have) > 0 {
			return pick(g.r, []string{"SUMMARIZE ", "TABLE ", "DESCRIBE SELECT * FROM ", "SUMMARIZE SELECT * FROM "}) + g.tableName(pick(g.r, have).table)
		}
	case n < 10:
		return "SELECT " + g.expr(nil, pick(g.r, orderable), 3) + " AS x"
	case n < 22:
		return g.unnamed()
	case n < 32:
		return g.form()
	}
	q, _ := g.query(nil, nil, 1+g.r.IntN(4))
	if g.chance(5) {
		q = "(" + q + ")"
	}
	return q
}

// unnamed is a SELECT whose columns have the names that DuckDB gives them.
func (g *gen) unnamed() string {
	d := 1 + g.r.IntN(3)
	from, s := g.from(nil, d, 2)
	var items []string
	for range 1 + g.r.IntN(4) {
		t := pick(g.r, orderable)
		if _, found, ok := g.col(s, func(*typ) bool { return true }); ok && g.chance(65) {
			t = found
		}
		items = append(items, g.expr(s, t, d-1))
	}
	if g.chance(25) {
		items = items[:0]
		for range 1 + g.r.IntN(3) {
			a, _ := g.aggregate(s, d-1)
			items = append(items, a)
		}
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM " + from + g.where(s, d-1)
}

// question asks what there is.
func (g *gen) question() string {
	in := "'" + g.w.catalogs[0] + "', '" + g.w.catalogs[1] + "'"
	choices := []string{
		"SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog IN (" + in + ")",
		"SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, data_type FROM information_schema.columns WHERE table_catalog IN (" + in + ")",
		"SELECT database_name, schema_name, table_name, column_count FROM duckdb_tables() WHERE database_name IN (" + in + ")",
		"SELECT database_name, schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE database_name IN (" + in + ") AND NOT internal",
		"SELECT \"database\", \"schema\", name, column_names, column_types FROM (SHOW ALL TABLES) WHERE \"database\" IN (" + in + ")",
		"SELECT count(*) FROM information_schema.columns WHERE table_catalog IN (" + in + ")",
	}
	if g.at.schema == "main" { // DuckDB lists that schema's beside the current one's
		choices = append(choices, "SHOW TABLES")
	}
	if have := g.readable(); len(have) > 0 {
		name := g.tableName(pick(g.r, have).table)
		choices = append(choices, "SELECT column_name, column_type FROM (DESCRIBE "+name+")", "SELECT column_name, column_type, \"min\", \"max\", count FROM (SUMMARIZE "+name+")")
	}
	return pick(g.r, choices)
}
