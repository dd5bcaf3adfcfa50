package airport

import (
	"math"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// expression is SQL that has the value that the client gives it, and raises no error.
type expression struct {
	sql      string // in brackets, unless it is one thing
	of       scalar
	constant bool
}

// translator makes SQL of expressions over one table. False from its methods means
// that it does not know what an expression means, or that it could fail.
type translator struct {
	names   []string // of the columns by the client's numbers
	columns map[string]catalog.Column
	nodes   int
}

func (t *translator) expression(n *filterNode) (expression, bool) {
	if t.nodes++; n == nil || t.nodes > filterNodes {
		return expression{}, false
	}
	switch n.Class {
	case "BOUND_COLUMN_REF":
		return t.reference(n)
	case "BOUND_CONSTANT":
		e, _, ok := constant(n.Value)
		return e, ok
	case "BOUND_COMPARISON":
		return t.comparison(n)
	case "BOUND_CONJUNCTION":
		return t.conjunction(n)
	case "BOUND_OPERATOR":
		return t.operator(n)
	case "BOUND_BETWEEN":
		return t.between(n)
	case "BOUND_CASE":
		return t.choice(n)
	case "BOUND_CAST":
		return t.cast(n)
	case "BOUND_FUNCTION":
		return t.function(n)
	}
	return expression{}, false
}

// found is the column that n names. Row ids are not the client's to compute with.
func (t *translator) found(n *filterNode) (catalog.Column, bool) {
	if n == nil || n.Class != "BOUND_COLUMN_REF" || n.Binding == nil || n.Binding.Column == nil || n.Depth != "" && n.Depth != "0" {
		return catalog.Column{}, false
	}
	at := *n.Binding.Column
	if at < 0 || at >= len(t.names) || t.names[at] == rowNumber {
		return catalog.Column{}, false
	}
	c, ok := t.columns[t.names[at]]
	return c, ok && !strings.Contains(c.Name, "\x00")
}

func (t *translator) reference(n *filterNode) (expression, bool) {
	c, ok := t.found(n)
	if !ok {
		return expression{}, false
	}
	seen, ok := n.Return.scalar()
	if !ok {
		return expression{}, false
	}
	sql, ok := seenAs(c, seen)
	return expression{sql: sql, of: seen}, ok
}

// beside is n, looked at before, where it stands beside a value of its own type, which is not a constant.
func (t *translator) beside(n *filterNode) (expression, bool) {
	if n == nil || n.Class != "BOUND_CONSTANT" {
		return t.expression(n)
	}
	e, plain, ok := constant(n.Value)
	e.sql = plain
	return e, ok
}

var comparisons = map[string]string{
	"COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_GREATERTHAN": ">",
	"COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHANOREQUALTO": ">=",
	"COMPARE_DISTINCT_FROM": "IS DISTINCT FROM", "COMPARE_NOT_DISTINCT_FROM": "IS NOT DISTINCT FROM",
}

func (t *translator) comparison(n *filterNode) (expression, bool) {
	if e, ok := t.day(n); ok {
		return e, true
	}
	left, ok := t.expression(n.Left)
	if !ok {
		return expression{}, false
	}
	right, ok := t.expression(n.Right)
	sign := comparisons[n.Type]
	if !ok || sign == "" || left.of != right.of {
		return expression{}, false
	}
	switch {
	case right.constant && !left.constant:
		right, ok = t.beside(n.Right)
	case left.constant && !right.constant:
		left, ok = t.beside(n.Left)
	}
	return expression{sql: "(" + left.sql + " " + sign + " " + right.sql + ")", of: booleanScalar}, ok
}

// atMidnight and afterMidnight are, for comparisons of a date's first moment with a
// moment, those of the date with the moment's date.
var (
	atMidnight    = map[string]string{"COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_GREATERTHAN": ">", "COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHANOREQUALTO": ">="}
	afterMidnight = map[string]string{"COMPARE_LESSTHAN": "<=", "COMPARE_GREATERTHAN": ">", "COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHANOREQUALTO": ">"}
)

// day compares a date, made a timestamp, with a constant: as dates, for not every
// date can be made one, and the lake's statistics are of dates.
func (t *translator) day(n *filterNode) (expression, bool) {
	c, k := n.Left, n.Right
	if c == nil || k == nil || c.Class != "BOUND_CAST" || c.Try || k.Class != "BOUND_CONSTANT" || k.Value == nil || k.Value.Null {
		return expression{}, false
	}
	to, ok1 := c.Return.scalar()
	of, ok2 := k.Value.Type.scalar()
	micros, ok3 := int64Of(k.Value.Value)
	if !ok1 || !ok2 || !ok3 || to != timestampScalar || of != timestampScalar || micros == math.MaxInt64 || micros == -math.MaxInt64 {
		return expression{}, false
	}
	e, ok := t.expression(c.Child)
	if !ok || e.of != dateScalar || e.constant {
		return expression{}, false
	}
	const day = 24 * 60 * 60 * 1_000_000
	signs, days, rest := atMidnight, micros/day, micros%day
	if rest != 0 {
		signs = afterMidnight
	}
	if rest < 0 {
		days--
	}
	text, ok := momentText("DATE", days)
	sign := signs[n.Type]
	return expression{sql: "(" + e.sql + " " + sign + " DATE " + sqltext.Literal(text) + ")", of: booleanScalar}, ok && sign != ""
}

func (t *translator) conjunction(n *filterNode) (expression, bool) {
	word := map[string]string{"CONJUNCTION_AND": " AND ", "CONJUNCTION_OR": " OR "}[n.Type]
	parts, ok := t.alike(n.Children, booleanScalar)
	if !ok || word == "" || len(parts) == 0 {
		return expression{}, false
	}
	return expression{sql: "(" + strings.Join(parts, word) + ")", of: booleanScalar}, true
}

// alike are expressions of one type.
func (t *translator) alike(nodes []*filterNode, of scalar) ([]string, bool) {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		e, ok := t.expression(n)
		if !ok || e.of != of {
			return nil, false
		}
		out[i] = e.sql
	}
	return out, true
}

func (t *translator) operator(n *filterNode) (expression, bool) {
	if len(n.Children) == 0 {
		return expression{}, false
	}
	switch n.Type {
	case "OPERATOR_IS_NULL":
		return t.null(n, " IS NULL")
	case "OPERATOR_IS_NOT_NULL":
		return t.null(n, " IS NOT NULL")
	case "COMPARE_IN":
		return t.in(n, " IN (")
	case "COMPARE_NOT_IN":
		return t.in(n, " NOT IN (")
	}
	first, ok := t.expression(n.Children[0])
	if !ok {
		return expression{}, false
	}
	switch {
	case n.Type == "OPERATOR_NOT" && len(n.Children) == 1 && first.of == booleanScalar:
		return expression{sql: "(NOT " + first.sql + ")", of: booleanScalar}, true
	case n.Type == "OPERATOR_COALESCE":
		rest, ok := t.alike(n.Children[1:], first.of)
		return expression{sql: "coalesce(" + strings.Join(append([]string{first.sql}, rest...), ", ") + ")", of: first.of}, ok
	}
	return expression{}, false
}

// null tests for NULL, which a column of nearly any type is or is not to the client as here.
func (t *translator) null(n *filterNode, test string) (expression, bool) {
	if len(n.Children) != 1 {
		return expression{}, false
	}
	if c, ok := t.found(n.Children[0]); ok && !strings.Contains(c.Type, "VARIANT") && !strings.Contains(c.Type, "UNION") {
		t.nodes++
		return expression{sql: "(" + sqltext.Identifier(c.Name) + test + ")", of: booleanScalar}, true
	}
	e, ok := t.expression(n.Children[0])
	return expression{sql: "(" + e.sql + test + ")", of: booleanScalar}, ok
}

func (t *translator) in(n *filterNode, word string) (expression, bool) {
	probe, ok := t.expression(n.Children[0])
	if !ok || len(n.Children) < 2 {
		return expression{}, false
	}
	list := make([]string, len(n.Children)-1)
	for i, c := range n.Children[1:] {
		e, ok := t.expression(c)
		if ok && !probe.constant {
			e, ok = t.beside(c)
		}
		if !ok || e.of != probe.of {
			return expression{}, false
		}
		list[i] = e.sql
	}
	return expression{sql: "(" + probe.sql + word + strings.Join(list, ", ") + "))", of: booleanScalar}, true
}

func (t *translator) between(n *filterNode) (expression, bool) {
	if n.Type != "COMPARE_BETWEEN" || n.LowerInclusive == nil || n.UpperInclusive == nil {
		return expression{}, false
	}
	lower, upper := "COMPARE_GREATERTHAN", "COMPARE_LESSTHAN"
	if *n.LowerInclusive {
		lower += "OREQUALTO"
	}
	if *n.UpperInclusive {
		upper += "OREQUALTO"
	}
	a, ok1 := t.comparison(&filterNode{Type: lower, Left: n.Input, Right: n.Lower})
	b, ok2 := t.comparison(&filterNode{Type: upper, Left: n.Input, Right: n.Upper})
	return expression{sql: "(" + a.sql + " AND " + b.sql + ")", of: booleanScalar}, ok1 && ok2
}

func (t *translator) choice(n *filterNode) (expression, bool) {
	other, ok := t.expression(n.Else)
	if !ok || n.Type != "CASE_EXPR" || len(n.Checks) == 0 {
		return expression{}, false
	}
	var sql strings.Builder
	sql.WriteString("(CASE")
	for _, c := range n.Checks {
		when, ok1 := t.expression(c.When)
		then, ok2 := t.expression(c.Then)
		if !ok1 || !ok2 || when.of != booleanScalar || then.of != other.of {
			return expression{}, false
		}
		sql.WriteString(" WHEN " + when.sql + " THEN " + then.sql)
	}
	sql.WriteString(" ELSE " + other.sql + " END)")
	return expression{sql: sql.String(), of: other.of}, true
}

func (t *translator) cast(n *filterNode) (expression, bool) {
	e, ok := t.expression(n.Child)
	if !ok || n.Type != "OPERATOR_CAST" {
		return expression{}, false
	}
	to, ok := n.Return.scalar()
	switch {
	case !ok || jsonAlias(n.Return):
		return expression{}, false // text becomes JSON only where it is valid
	case e.of == to:
		return e, true
	case casts(e.of, to):
		return expression{sql: "CAST(" + e.sql + " AS " + to.sql() + ")", of: to}, true
	case n.Try && tries(e.of, to):
		return expression{sql: "TRY_CAST(" + e.sql + " AS " + to.sql() + ")", of: to}, true
	}
	return expression{}, false
}
