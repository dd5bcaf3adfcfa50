package opinion

import (
	"fmt"
	"strings"
)

// form is a SELECT in one of the forms of DuckDB's own that the rest of the
// grammar does not make. It stands alone: the names of its columns are DuckDB's.
func (g *gen) form() string {
	from, s := g.from(nil, 1, 2)
	e := func(t *typ) string { return g.expr(s, t, 1) }
	src := s.sources[g.r.IntN(len(s.sources))]
	star := src.names[0] + ".*"
	where := g.where(s, 1)
	rest := " FROM " + from + where
	switch g.r.IntN(24) {
	case 0: // a name that the list itself defines
		return "SELECT " + e(bigint) + " AS first_one, first_one + 1 AS second_one" + rest + " ORDER BY ALL"
	case 1:
		return "SELECT " + e(bigint) + " AS an_alias, " + e(varchar) + " AS other FROM " + from + " WHERE an_alias IS NOT NULL GROUP BY ALL HAVING an_alias > 1"
	case 2:
		return "SELECT " + e(varchar) + " AS k, " + e(bigint) + " AS v" + rest + " GROUP BY 1, 2 ORDER BY 2, 1"
	case 3:
		key := computed(e(varchar))
		return "SELECT " + key + " AS k, grouping(" + key + ") AS g, count(*) AS n" + rest + " GROUP BY " + pick(g.r, []string{"ROLLUP", "CUBE"}) + " (" + key + ")"
	case 4:
		return "SELECT rank() OVER w AS a, count(*) OVER w AS b" + rest + " WINDOW w AS (PARTITION BY " + e(varchar) + " ORDER BY " + g.rowKey(s) + ")"
	case 5:
		return "SELECT " + star + rest
	case 6:
		return "SELECT " + star + ", " + e(varchar) + rest
	case 7:
		if c, _, ok := g.col(s, is(structure)); ok {
			return "SELECT unnest(" + c + ")" + rest
		}
		return "SELECT unnest(" + e(listOf(varchar)) + ") AS el, " + e(bigint) + rest
	case 8:
		return "SELECT unnest(" + e(listOf(bigint)) + "), unnest(" + e(listOf(varchar)) + ")" + rest
	case 9:
		return "SELECT COLUMNS(*)::VARCHAR" + rest
	case 10:
		return "SELECT " + pick(g.r, []string{"concat", "concat", "greatest"}) + "(*COLUMNS(*)) AS one" + rest
	case 11:
		return "SELECT {'a': " + e(bigint) + ", 'b': {'c': " + e(varchar) + "}}.b.c AS deep, [" + e(bigint) + ", 3][1] AS el" + rest
	case 12:
		return "SELECT (SELECT (a, b) FROM (SELECT " + g.expr(s, bigint, 0) + " AS a, " + g.expr(s, varchar, 0) + " AS b)) AS pair" + rest
	case 13:
		return "SELECT TRY(" + e(varchar) + "::INTEGER) AS t, (" + e(aTimestamp) + ")::TIMESTAMP AT TIME ZONE 'Europe/Paris' AS z" + rest
	case 14:
		return "SELECT " + e(varchar) + " COLLATE NOCASE = " + e(varchar) + " AS same" + rest
	case 15:
		return "SELECT {'a': " + e(varchar) + "}::JSON ->> 'a' AS j, json_object('k', " + e(bigint) + ")->'$.k' AS k" + rest
	case 16:
		return "SELECT " + e(varchar) + " AS v FROM " + from + where + " ORDER BY " + computed(e(bigint)) + " NULLS LAST, v"
	case 17:
		inner := g.named2()
		return "SELECT * FROM (" + inner + ") AS whole, (SELECT count(*) AS n FROM (" + inner + ") AS again) AS counted"
	case 18:
		return "SELECT x FROM (SELECT " + e(varchar) + " AS x" + rest + ") AS q WHERE x IN (SELECT " + g.expr(nil, varchar, 2) + ") OR x LIKE 'z!_%' ESCAPE '!'"
	case 19:
		return "VALUES (" + g.expr(nil, bigint, 2) + ", " + g.expr(nil, varchar, 2) + "), (1, 'x')"
	case 20:
		return "SELECT list_aggregate(" + e(listOf(bigint)) + ", 'sum') AS a, list_reduce(" + e(listOf(bigint)) + " || [1], lambda x, y: x + y) AS b, apply(" + e(listOf(varchar)) + ", lambda z, i: z || i) AS c" + rest
	case 21:
		return "SELECT map_keys(" + e(mapOf(bigint)) + ") AS k, map_values(" + e(mapOf(varchar)) + ") AS v, map_contains(" + e(mapOf(bigint)) + ", 'k') AS has" + rest
	case 22:
		t, a, b := g.named2(), g.alias("b"), g.alias("b")
		return fmt.Sprintf("SELECT count(*) AS n FROM (%s) AS %s JOIN ((%s) AS %s CROSS JOIN (SELECT 1 AS one) AS ones) ON true LEFT JOIN (SELECT 2 AS two) AS twos ON one = two", t, a, t, b)
	default:
		return "SELECT mode(v) AS m, arg_max(v, v) AS am, first(v ORDER BY v) AS f, quantile_cont(v, 0.25) AS q, mad(v) AS d FROM (SELECT " +
			strings.Join([]string{"max(" + e(bigint) + ")::BIGINT"}, "") + " AS v" + rest + ") AS one"
	}
}

// named2 is a query of all of a table.
func (g *gen) named2() string {
	sql, _ := g.named()
	return "SELECT * FROM " + sql
}
