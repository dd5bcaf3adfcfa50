package opinion

import (
	"fmt"
	"slices"
	"strings"
)

// from is a FROM clause of at most n sources, and what it brings into scope.
func (g *gen) from(outer *scope, d, n int) (string, *scope) {
	s := &scope{outer: outer}
	sql, first := g.source(outer, nil, d)
	s.sources = append(s.sources, first)
	for i := 1; i < n && g.spend(); i++ {
		if i == 1 && !g.chance(45) || i > 1 && !g.chance(30) {
			break
		}
		sql = g.join(sql, s, d)
	}
	return sql, s
}

// source is one entry of a FROM clause. Siblings are those before it, which a
// lateral one sees.
func (g *gen) source(outer, siblings *scope, d int) (string, *source) {
	n := g.r.IntN(100)
	if d <= 0 || g.budget <= 0 {
		n = g.r.IntN(60)
	}
	switch {
	case n < 60:
		return g.named()
	case n < 70 && len(g.ctes) > 0:
		return g.common()
	case n < 84:
		alias := g.alias("q")
		if g.chance(20) {
			alias = strings.ToLower(strings.ReplaceAll(pick(g.r, g.w.tables).name, `"`, ""))
		}
		if siblings != nil && g.chance(40) {
			q, cols := g.query(siblings, nil, d-1)
			return pick(g.r, []string{"", "LATERAL "}) + "(" + q + ") AS " + ident(alias), &source{names: []string{ident(alias)}, cols: cols, opaque: cols == nil}
		}
		saved := g.ctes
		q, cols := g.query(outerOnly(outer), nil, d-1)
		g.ctes = saved
		src := &source{names: []string{ident(alias)}, cols: cols, opaque: cols == nil}
		return g.renamed("("+q+") AS "+ident(alias), src)
	case n < 90:
		alias := g.alias("v")
		rows := make([]string, 1+g.r.IntN(3))
		for i := range rows {
			rows[i] = "(" + value(g.r, bigint, i > 0) + ", " + value(g.r, varchar, i > 0) + ")"
		}
		return "(VALUES " + strings.Join(rows, ", ") + ") AS " + alias + "(n, \"in\")", &source{names: []string{alias}, cols: []field{{"n", bigint}, {"in", varchar}}}
	case n < 94:
		alias := g.alias("r")
		return pick(g.r, []string{"range", "generate_series"}) + fmt.Sprintf("(%d) AS %s(n)", 1+g.r.IntN(4), alias), &source{names: []string{alias}, cols: []field{{"n", bigint}}}
	default:
		if siblings != nil {
			if x, t, ok := g.col(siblings, func(t *typ) bool { return t.class == list }); ok {
				alias := g.alias("u")
				return "unnest(" + x + ") AS " + alias + "(el)", &source{names: []string{alias}, cols: []field{{"el", t.elem}}}
			}
		}
		return g.named()
	}
}

// outerOnly is what a subquery in FROM sees: nothing of its siblings, but what the
// whole query sees.
func outerOnly(s *scope) *scope { return s }

// named is a table.
func (g *gen) named() (string, *source) {
	have := g.readable()
	if len(have) == 0 || g.wrong() {
		t := pick(g.r, g.w.tables) // which may be hidden
		return g.tableName(t), &source{names: []string{g.name(t.name)}, cols: t.cols}
	}
	r := pick(g.r, have)
	t := r.table
	src := &source{cols: r.cols, table: r}
	sql := g.tableName(t)
	if g.chance(65) {
		alias := g.alias("t")
		if g.chance(15) {
			alias = pick(g.r, columnNames)
		}
		src.names = []string{g.name(alias)}
		return g.renamed(sql+pick(g.r, []string{" AS ", " AS ", " "})+g.quotedUnlessPlain(alias), src)
	}
	src.names = []string{g.name(t.name)}
	if g.chance(30) {
		src.names = append(src.names, g.name(t.schema)+"."+g.name(t.name), g.name(t.catalog)+"."+g.name(t.schema)+"."+g.name(t.name))
	}
	return sql, src
}

func (g *gen) quotedUnlessPlain(s string) string {
	if plainName.MatchString(s) && len(s) < 4 && s != "all" && s != "key" && s != "day" {
		return s
	}
	return ident(s)
}

// renamed sometimes gives the columns of src other names.
func (g *gen) renamed(sql string, src *source) (string, *source) {
	if !g.chance(12) || len(src.cols) == 0 || !strings.HasSuffix(sql, `"`) {
		return sql, src
	}
	cols := append([]field(nil), src.cols...)
	n := 1 + g.r.IntN(len(cols))
	names := make([]string, n)
	for i := range n {
		cols[i].name = fmt.Sprintf("c%d", i)
		names[i] = cols[i].name
	}
	return sql + "(" + strings.Join(names, ", ") + ")", &source{names: src.names, cols: cols}
}

// common is a reference to a common table expression.
func (g *gen) common() (string, *source) {
	c := pick(g.r, g.ctes)
	if g.chance(50) {
		alias := g.alias("w")
		return c.names[0] + " AS " + alias, &source{names: []string{alias}, cols: c.cols, opaque: c.opaque}
	}
	return c.names[0], c
}

// another is a source that is not called as one in s is: which of two of a name a
// column belongs to, DuckDB finds out by the column.
func (g *gen) another(s *scope, siblings *scope, d int) (string, *source) {
	for range 8 {
		sql, src := g.source(s.outer, siblings, d)
		if !called(s, src.names[0]) {
			return sql, src
		}
	}
	alias := g.alias("o")
	return "(SELECT 1 AS one) AS " + alias, &source{names: []string{alias}, cols: []field{{"one", bigint}}}
}

func called(s *scope, name string) bool {
	for _, src := range slices.Concat(s.sources, s.gone) {
		if strings.EqualFold(strings.Trim(src.names[0], `"`), strings.Trim(name, `"`)) {
			return true
		}
	}
	return false
}

// join adds a source to sql, whose scope is s.
func (g *gen) join(sql string, s *scope, d int) string {
	on := func(right *source) string {
		both := &scope{sources: append(append([]*source(nil), s.sources...), right), outer: s.outer}
		if !g.chance(80) {
			return " ON " + g.condition(both, min(d-1, 1))
		}
		r := &scope{sources: []*source{right}, joins: true}
		for range 6 {
			t := pick(g.r, orderable)
			a, _, okA := g.col(&scope{sources: s.sources, joins: true}, is(t.class))
			b, _, okB := g.col(r, is(t.class))
			if okA && okB {
				more := ""
				if g.chance(20) {
					more = " AND " + g.condition(both, 1)
				}
				return " ON " + a + pick(g.r, []string{" = ", " = ", " = ", " < ", " IS NOT DISTINCT FROM "}) + b + more
			}
		}
		return " ON true"
	}
	switch n := g.r.IntN(100); {
	case n < 30:
		right, src := g.another(s, nil, d-1)
		sql += pick(g.r, []string{" JOIN ", " INNER JOIN "}) + right + on(src)
		s.sources = append(s.sources, src)
	case n < 50:
		right, src := g.another(s, nil, d-1)
		sql += pick(g.r, []string{" LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " FULL OUTER JOIN "}) + right + on(src)
		s.sources = append(s.sources, src)
	case n < 58:
		right, src := g.another(s, nil, d-1)
		sql += pick(g.r, []string{" SEMI JOIN ", " ANTI JOIN "}) + right + on(src)
		s.gone = append(s.gone, src)
	case n < 66:
		right, src := g.another(s, nil, d-1)
		sql += pick(g.r, []string{" CROSS JOIN ", ", "}) + right
		s.sources = append(s.sources, src)
	case n < 74:
		right, src := g.another(s, nil, d-1)
		for _, c := range src.cols {
			for _, o := range s.sources {
				for _, oc := range o.cols {
					if oc.name == c.name && oc.typ.class == c.typ.class && len(s.sources) == 1 {
						sql += pick(g.r, []string{" JOIN ", " LEFT JOIN ", " FULL JOIN "}) + right + " USING (" + g.name(c.name) + ")"
						s.sources = append(s.sources, src)
						return sql
					}
				}
			}
		}
		common := false
		for _, c := range src.cols {
			common = common || len(s.sources) == 1 && has(s.sources[0].cols, c)
		}
		sql += map[bool]string{true: " NATURAL JOIN ", false: " CROSS JOIN "}[common] + right
		s.sources = append(s.sources, src)
	case n < 80:
		// The right side has each value once, so that there is one nearest.
		table, src := g.named()
		key, t, ok := g.col(&scope{sources: []*source{src}}, func(t *typ) bool { return t.class == integer || t.class == date })
		left, _, okLeft := g.col(&scope{sources: s.sources, joins: true}, is(classOf(t)))
		if !ok || !okLeft {
			return sql
		}
		alias := g.alias("a")
		sql += pick(g.r, []string{" ASOF JOIN ", " ASOF LEFT JOIN "}) + "(SELECT " + key + " AS at, count(*) AS n FROM " + table + " GROUP BY 1) AS " + alias +
			" ON " + left + pick(g.r, []string{" >= ", " > ", " <= "}) + alias + ".at"
		s.sources = append(s.sources, &source{names: []string{alias}, cols: []field{{"at", t}, {"n", bigint}}})
	case n < 84 && len(s.sources) == 1:
		table, src := g.named()
		alias := g.alias("p")
		left := g.alias("p")
		sql = "(SELECT * FROM " + sql + " ORDER BY ALL) AS " + left + " POSITIONAL JOIN (SELECT * FROM " + table + " ORDER BY ALL) AS " + alias
		s.sources = []*source{{names: []string{left}, cols: s.sources[0].cols, opaque: s.sources[0].opaque}, {names: []string{alias}, cols: src.cols}}
	case n < 92:
		right, src := g.another(s, s, d-1)
		sql += pick(g.r, []string{", ", " CROSS JOIN "}) + right
		s.sources = append(s.sources, src)
	default:
		q, cols := g.query(s, nil, d-2)
		alias := g.alias("l")
		src := &source{names: []string{alias}, cols: cols, opaque: cols == nil}
		sql += pick(g.r, []string{" LEFT JOIN LATERAL (", " JOIN LATERAL ("}) + q + ") AS " + alias + " ON true"
		s.sources = append(s.sources, src)
	}
	return sql
}

func classOf(t *typ) class {
	if t == nil {
		return classes
	}
	return t.class
}

func has(cols []field, f field) bool {
	for _, c := range cols {
		if strings.EqualFold(c.name, f.name) && c.typ.class == f.typ.class {
			return true
		}
	}
	return false
}
