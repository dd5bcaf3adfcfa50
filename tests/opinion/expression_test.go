package opinion

import "strings"

func (g *gen) col(s *scope, suits func(*typ) bool) (string, *typ, bool) {
	if s == nil {
		return "", nil, false
	}
	found := g.columns(s, suits)
	if len(found) == 0 {
		return "", nil, false
	}
	c := pick(g.r, found)
	return c.sql, c.typ, true
}

// expr is an expression of the class of t, over s.
func (g *gen) expr(s *scope, t *typ, d int) string {
	if g.wrong() {
		t = pick(g.r, []*typ{bigint, varchar, aDate, aBool, listOf(bigint)})
	}
	leaf := d <= 0 || !g.spend()
	if leaf || g.chance(40) {
		suits := is(t.class)
		if t.class == list || t.class == structure || t.class == mapping {
			suits = func(o *typ) bool { return o.sql == t.sql }
		}
		if c, _, ok := g.col(s, suits); ok && !g.chance(12) {
			return c
		}
		if leaf || g.chance(30) {
			return value(g.r, t, true)
		}
	}
	e := func(t *typ) string { return g.expr(s, t, d-1) }
	if g.chance(10) {
		return g.anyOf(s, t, d)
	}
	switch t.class {
	case integer:
		return g.integer(s, e, d)
	case decimal:
		return pick(g.r, []string{e(t) + " + " + e(t), "round(" + e(t) + ", 1)", "CAST(" + e(bigint) + " AS DECIMAL(18,3))", "-" + "(" + e(t) + ")", "abs(" + e(t) + ")"})
	case double:
		return pick(g.r, []string{
			"(" + e(bigint) + ") / 4", "round((" + e(t) + ")::DOUBLE, 2)", "(" + e(t) + " - " + e(aDouble) + ")", "CAST(" + e(aDecimal) + " AS DOUBLE)", "sqrt(abs(" + e(bigint) + "))",
			"abs(" + e(t) + ")", "floor(" + e(t) + ")",
		})
	case text:
		return g.text(s, e, d)
	case boolean:
		return g.condition(s, d)
	case date:
		return pick(g.r, []string{
			"(" + e(aDate) + " + 1)", "CAST(date_trunc('month', " + e(aDate) + ") AS DATE)", "CAST(" + e(aTimestamp) + " AS DATE)", "last_day(" + e(aDate) + ")",
			"CAST(" + e(aDate) + " - INTERVAL 1 MONTH AS DATE)", "make_date(2024, 1 + abs(" + e(bigint) + ") % 12, 1)",
		})
	case timestamp:
		return pick(g.r, []string{
			"(" + e(t) + " + INTERVAL 3 HOUR)", "date_trunc('day', " + e(t) + ")", "CAST(" + e(aDate) + " AS TIMESTAMP)", "time_bucket(INTERVAL 1 DAY, " + e(t) + ")",
			"(" + e(t) + " + " + e(anInterval) + ")",
		})
	case interval:
		return pick(g.r, []string{"to_days((" + e(bigint) + ")::INTEGER)", "INTERVAL 1 DAY", "(" + e(aTimestamp) + " - " + e(aTimestamp) + ")"})
	case list:
		return g.list(s, t, e)
	case structure:
		items := make([]string, len(t.fields))
		for i, f := range t.fields {
			items[i] = g.name(f.name) + pick(g.r, []string{": ", " := "})
			if strings.HasSuffix(items[i], ": ") {
				items[i] = quote(f.name) + ": "
			}
			items[i] += "(" + e(f.typ) + ")::" + f.typ.sql
		}
		packed := strings.Join(items, ", ")
		if strings.Contains(packed, " := ") && !strings.Contains(packed, "': ") {
			return "struct_pack(" + packed + ")"
		}
		for i, f := range t.fields {
			items[i] = quote(f.name) + ": (" + e(f.typ) + ")::" + f.typ.sql
		}
		return "{" + strings.Join(items, ", ") + "}"
	case mapping:
		return "MAP {'k': " + e(t.elem) + ", 'z': " + e(t.elem) + "}"
	}
	return value(g.r, t, true)
}

// anyOf is an expression that works for any type.
func (g *gen) anyOf(s *scope, t *typ, d int) string {
	e := func(t *typ) string { return g.expr(s, t, d-1) }
	switch g.r.IntN(7) {
	case 0:
		return "CASE WHEN " + e(aBool) + " THEN " + e(t) + " ELSE " + e(t) + " END"
	case 1:
		return "coalesce(" + e(t) + ", " + e(t) + ")"
	case 2:
		return "nullif(" + e(t) + ", " + e(t) + ")"
	case 3:
		return "CASE " + e(varchar) + " WHEN " + e(varchar) + " THEN " + e(t) + " END"
	case 4:
		return "(" + e(t) + ")"
	case 5:
		return "if(" + e(aBool) + ", " + e(t) + ", NULL)"
	default:
		return g.scalar(s, t, d)
	}
}

// scalar is a subquery of one value.
func (g *gen) scalar(s *scope, t *typ, d int) string {
	if d <= 0 || !g.spend() {
		return value(g.r, t, true)
	}
	from, inner := g.from(s, d-1, 1)
	item := pick(g.r, []string{"max", "min"}) + "(" + g.expr(inner, t, d-1) + ")"
	if t.class == integer && g.chance(50) {
		item = pick(g.r, []string{"count(*)", "count(DISTINCT " + g.expr(inner, varchar, 0) + ")", "sum(" + g.expr(inner, t, 0) + ")::BIGINT"})
	}
	if t.class == list && g.chance(50) {
		x := computed(g.expr(inner, t.elem, 0))
		item = "list(" + x + " ORDER BY " + x + ")"
	}
	return "(SELECT " + item + " FROM " + from + g.where(inner, d-1) + ")"
}

func (g *gen) integer(s *scope, e func(*typ) string, d int) string {
	switch g.r.IntN(20) {
	case 0, 1:
		return "(" + e(bigint) + " + " + e(bigint) + ")"
	case 2:
		return "(" + e(bigint) + " - " + e(bigint) + ")"
	case 3:
		return "abs(" + e(bigint) + ") % 7"
	case 4:
		return "(" + e(bigint) + ") // 2"
	case 5:
		return pick(g.r, []string{"length", "strlen", "ascii"}) + "(" + e(varchar) + ")"
	case 6:
		return pick(g.r, []string{"len", "array_length"}) + "(" + e(listOf(pick(g.r, []*typ{bigint, varchar}))) + ")"
	case 7:
		return pick(g.r, []string{"year", "month", "dayofweek"}) + "(" + e(aDate) + ")"
	case 8:
		return "extract('" + pick(g.r, []string{"day", "quarter", "hour"}) + "' FROM " + e(aTimestamp) + ")"
	case 9:
		return "date_diff('day', " + e(aDate) + ", " + e(aDate) + ")"
	case 10:
		return "TRY_CAST(" + e(varchar) + " AS INTEGER)"
	case 11:
		return "greatest(" + e(bigint) + ", " + e(bigint) + ")"
	case 12:
		return "sign(" + e(bigint) + ")"
	case 13:
		return "cardinality(" + e(mapOf(bigint)) + ")"
	case 14:
		return "list_position(" + e(listOf(varchar)) + ", " + e(varchar) + ")"
	case 15:
		return "position(" + e(varchar) + " IN " + e(varchar) + ")"
	case 16:
		return "list_sum(" + e(listOf(bigint)) + ")::BIGINT"
	case 17:
		return "(" + e(aBool) + ")::INTEGER"
	case 18:
		if g.bad > 0 {
			return pick(g.r, []string{"(" + e(varchar) + ")::INTEGER", "(" + e(bigint) + ")::TINYINT", "error(" + e(varchar) + ")", "factorial((" + e(bigint) + ")::INTEGER)"})
		}
		return "(" + e(bigint) + ") * 2"
	default:
		return g.scalar(s, bigint, d-1)
	}
}

func (g *gen) text(s *scope, e func(*typ) string, d int) string {
	switch g.r.IntN(22) {
	case 0, 1:
		return "(" + e(varchar) + " || " + e(varchar) + ")"
	case 2, 3:
		return pick(g.r, []string{"upper", "lower", "reverse", "trim", "md5", "ucase"}) + "(" + e(varchar) + ")"
	case 4:
		return "substring(" + e(varchar) + ", 1, 3)"
	case 5:
		return "replace(" + e(varchar) + ", 'a', 'Q')"
	case 6:
		return "concat(" + e(varchar) + ", " + e(bigint) + ", NULL)"
	case 7:
		return "left(" + e(varchar) + ", 2)"
	case 8:
		return "CAST(" + e(pick(g.r, []*typ{bigint, aDate, aBool, aDecimal, aTimestamp, listOf(bigint)})) + " AS VARCHAR)"
	case 9:
		return "regexp_replace(" + e(varchar) + ", '[a-m]', '#', 'g')"
	case 10:
		return "split_part(" + e(varchar) + ", '@', 2)"
	case 11:
		return "array_to_string(" + e(listOf(varchar)) + ", ',')"
	case 12:
		return "strftime(" + e(aDate) + ", '%Y/%m')"
	case 13:
		return "printf('%s-%d', " + e(varchar) + ", " + e(bigint) + ")"
	case 14:
		return "concat_ws('/', " + e(varchar) + ", " + e(varchar) + ")"
	case 15:
		return "(" + e(varchar) + ")[1:2]"
	case 16:
		c := "(" + e(varchar) + ")"
		return c + pick(g.r, []string{".upper()", ".left(1)", ".replace('o', '0').lower()"})
	case 17:
		return "typeof(" + e(pick(g.r, []*typ{bigint, varchar, aDate, listOf(bigint)})) + ")"
	case 18:
		return "to_json(" + e(pick(g.r, []*typ{listOf(bigint), varchar, structOf([]field{{"city", varchar}, {"num", bigint}})})) + ")::VARCHAR"
	case 19:
		return "json_extract_string({'a': " + e(varchar) + "}::JSON, '$.a')"
	case 20:
		return "format('{}:{}', " + e(varchar) + ", " + e(bigint) + ")"
	default:
		return g.scalar(s, varchar, d-1)
	}
}

func (g *gen) list(s *scope, t *typ, e func(*typ) string) string {
	x := pick(g.r, []string{"x", "name", "t", "id"})
	arrow := func(body string) string {
		if g.lambda {
			return "lambda " + x + ": " + body
		}
		return x + " -> " + body
	}
	inner := &scope{sources: []*source{{cols: []field{{x, t.elem}}}}, outer: s}
	switch g.r.IntN(12) {
	case 0:
		return "[" + e(t.elem) + ", " + e(t.elem) + "]"
	case 1:
		return "list_transform(" + e(t) + ", " + arrow(g.expr(inner, t.elem, 1)) + ")"
	case 2:
		return "list_filter(" + e(t) + ", " + arrow(g.condition(inner, 1)) + ")"
	case 3:
		return "list_sort(" + e(t) + ")"
	case 4:
		return "list_sort(list_distinct(" + e(t) + "))"
	case 5:
		return "[" + g.expr(inner, t.elem, 1) + " FOR " + x + " IN " + e(t) + " IF " + g.condition(inner, 0) + "]"
	case 6:
		return "(" + e(t) + ")[1:2]"
	case 7:
		return "list_concat(" + e(t) + ", " + e(t) + ")"
	case 8:
		return "list_reverse(" + e(t) + ")"
	case 9:
		if t.elem.class == integer {
			return "range(abs(" + e(bigint) + ") % 4)"
		}
		return "string_split(" + e(varchar) + ", 'o')"
	case 10:
		return "list_append(" + e(t) + ", " + e(t.elem) + ")"
	default:
		return g.scalar(s, t, 1)
	}
}

var comparisons = []string{"=", "=", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"}

// orderable are the types that conditions compare.
var orderable = []*typ{bigint, bigint, varchar, varchar, aDate, aDecimal, aBool, aTimestamp}

// condition is a BOOLEAN expression.
func (g *gen) condition(s *scope, d int) string {
	e := func(t *typ) string { return g.expr(s, t, d-1) }
	t := pick(g.r, orderable)
	if _, found, ok := g.col(s, func(*typ) bool { return true }); ok && g.chance(60) && (found.class <= date || found.class == timestamp) {
		t = found
	}
	n := g.r.IntN(26)
	if d <= 0 {
		n = g.r.IntN(6)
	}
	switch n {
	case 0, 1, 2, 3:
		return e(t) + " " + pick(g.r, comparisons) + " " + e(t)
	case 4:
		return e(t) + " IS " + pick(g.r, []string{"", "NOT "}) + "NULL"
	case 5:
		return e(t) + " IN (" + value(g.r, t, false) + ", " + value(g.r, t, false) + ")"
	case 6, 7, 8:
		return "(" + g.condition(s, d-1) + " " + pick(g.r, []string{"AND", "OR"}) + " " + g.condition(s, d-1) + ")"
	case 9:
		return "NOT (" + g.condition(s, d-1) + ")"
	case 10:
		return e(t) + " " + pick(g.r, []string{"", "NOT "}) + "BETWEEN " + e(t) + " AND " + e(t)
	case 11:
		return e(varchar) + " " + pick(g.r, []string{"LIKE", "NOT LIKE", "ILIKE"}) + " " + pick(g.r, []string{"'%a%'", "'n%'", "'_'", "'%'"})
	case 12:
		return "regexp_matches(" + e(varchar) + ", '[a-f]')"
	case 13:
		return "list_contains(" + e(listOf(varchar)) + ", " + e(varchar) + ")"
	case 14:
		return "starts_with(" + e(varchar) + ", " + e(varchar) + ")"
	case 15:
		return e(varchar) + " SIMILAR TO '[a-z]+'"
	case 16:
		return "(" + e(bigint) + ", " + e(varchar) + ") " + pick(g.r, []string{"=", "<", "IN"}) + " (" + g.pair(s, d) + ")"
	case 17, 18, 19:
		return g.exists(s, d)
	case 20, 21, 22:
		q, _ := g.query(s, []*typ{t}, d-1)
		return e(t) + " " + pick(g.r, []string{"IN", "NOT IN", "= ANY", "> ALL", "<= ANY"}) + " (" + q + ")"
	case 23:
		return "list_has_any(" + e(listOf(bigint)) + ", " + e(listOf(bigint)) + ")"
	default:
		return e(aBool)
	}
}

func (g *gen) pair(s *scope, d int) string {
	return g.expr(s, bigint, d-1) + ", " + g.expr(s, varchar, d-1)
}

func (g *gen) exists(s *scope, d int) string {
	not := pick(g.r, []string{"", "", "NOT "})
	if d <= 0 || !g.spend() {
		return "true"
	}
	from, inner := g.from(s, d-1, 1)
	return not + "EXISTS (SELECT " + pick(g.r, []string{"1", "*", "NULL"}) + " FROM " + from + g.where(inner, d-1) + ")"
}

// where is a WHERE clause, or none.
func (g *gen) where(s *scope, d int) string {
	if g.chance(35) {
		return ""
	}
	return " WHERE " + g.condition(s, d)
}
