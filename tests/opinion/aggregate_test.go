package opinion

import (
	"fmt"
	"strings"
)

// aggregate is a call over s, of no particular type, and its type.
func (g *gen) aggregate(s *scope, d int) (string, *typ) {
	e := func(t *typ) string { return g.expr(s, t, d-1) }
	filter := ""
	if g.chance(15) {
		filter = " FILTER (WHERE " + g.condition(s, d-1) + ")"
	}
	t := pick(g.r, orderable)
	switch g.r.IntN(19) {
	case 0, 1:
		return "count(*)" + filter, bigint
	case 2:
		return "count(" + e(t) + ")" + filter, bigint
	case 3:
		return "count(DISTINCT " + e(t) + ")" + filter, bigint
	case 4, 5:
		return "sum(" + pick(g.r, []string{"", "DISTINCT "}) + e(bigint) + ")" + filter, &typ{class: integer, sql: "HUGEINT"}
	case 6, 7:
		return "min(" + e(t) + ")" + filter, t
	case 8:
		return "max(" + e(t) + ")" + filter, t
	case 9:
		return "avg(" + e(bigint) + ")" + filter, aDouble
	case 10:
		return pick(g.r, []string{"bool_and", "bool_or"}) + "(" + e(aBool) + ")" + filter, aBool
	case 11:
		x := computed(e(t))
		return pick(g.r, []string{"list", "array_agg"}) + "(" + x + " ORDER BY " + x + pick(g.r, []string{"", " DESC NULLS LAST"}) + ")" + filter, listOf(t)
	case 12:
		x := computed(e(varchar))
		return "string_agg(" + x + ", '|' ORDER BY " + x + ")" + filter, varchar
	case 13:
		return "sum(" + e(aDecimal) + ")" + filter, &typ{class: decimal, sql: "DECIMAL(38,2)"}
	case 14:
		return "count_if(" + e(aBool) + ")" + filter, bigint
	case 15:
		return "quantile_disc(" + e(bigint) + ", 0.5)" + filter, bigint
	case 16:
		return "median(" + e(bigint) + ")" + filter, aDouble
	case 17:
		return "histogram(" + e(varchar) + ")" + filter, mapOf(&typ{class: integer, sql: "UBIGINT"})
	default:
		return pick(g.r, []string{"stddev_pop", "var_samp", "sum"}) + "((" + e(aDouble) + ")::DOUBLE)" + filter, aDouble
	}
}

// rowKey orders the rows of s totally, but for rows that are equal.
func (g *gen) rowKey(s *scope) string {
	var out []string
	for _, src := range s.sources {
		for _, c := range src.cols {
			out = append(out, g.reference(&scope{sources: s.sources, joins: true}, src, c, true))
		}
	}
	if len(out) == 0 {
		return "1"
	}
	return strings.Join(out, ", ")
}

// window is a window function over s.
func (g *gen) window(s *scope, d int) (string, *typ) {
	e := func(t *typ) string { return g.expr(s, t, d-1) }
	t := pick(g.r, orderable)
	over := ""
	if g.chance(60) {
		over = "PARTITION BY " + e(pick(g.r, []*typ{bigint, varchar})) + " "
	}
	total := "ORDER BY " + g.rowKey(s)
	frame := ""
	if g.chance(30) {
		frame = " ROWS BETWEEN " + pick(g.r, []string{"UNBOUNDED PRECEDING", "2 PRECEDING", "CURRENT ROW"}) + " AND " + pick(g.r, []string{"CURRENT ROW", "1 FOLLOWING", "UNBOUNDED FOLLOWING"}) +
			pick(g.r, []string{"", "", " EXCLUDE CURRENT ROW", " EXCLUDE TIES"})
	}
	switch g.r.IntN(12) {
	case 0, 1:
		return "row_number() OVER (" + over + total + ")", bigint
	case 2:
		return pick(g.r, []string{"rank", "dense_rank"}) + "() OVER (" + over + "ORDER BY " + computed(e(t)) + pick(g.r, []string{"", " DESC", " NULLS FIRST"}) + ")", bigint
	case 3:
		return pick(g.r, []string{"lag", "lead"}) + "(" + e(t) + ", 1) OVER (" + over + total + ")", t
	case 4:
		return pick(g.r, []string{"first_value", "last_value"}) + "(" + e(t) + pick(g.r, []string{"", " IGNORE NULLS"}) + ") OVER (" + over + total + frame + ")", t
	case 5:
		return "ntile(3) OVER (" + over + total + ")", bigint
	case 6:
		return "cume_dist() OVER (" + over + "ORDER BY " + computed(e(t)) + ")", aDouble
	case 7:
		return "count(*) OVER (" + over + ")", bigint
	case 8:
		return "sum(" + e(bigint) + ") OVER (" + over + "ORDER BY " + computed(e(bigint)) + " RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)", &typ{class: integer, sql: "HUGEINT"}
	case 9:
		a, at := g.aggregate(s, d-1)
		if strings.Contains(a, "DISTINCT") || strings.Contains(a, " ORDER BY ") || strings.Contains(a, "FILTER") {
			return "max(" + e(t) + ") OVER (" + over + total + frame + ")", t
		}
		return a + " OVER (" + over + ")", at
	case 10:
		return "nth_value(" + e(t) + ", 2) OVER (" + over + total + frame + ")", t
	default:
		return fmt.Sprintf("min(%s) OVER (%s%s GROUPS BETWEEN %d PRECEDING AND CURRENT ROW)", e(t), over, "ORDER BY "+computed(e(bigint)), g.r.IntN(3)), t
	}
}
