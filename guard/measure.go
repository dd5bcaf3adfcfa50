package guard

import "strings"

// What a statement may be at most. DuckDB binds what is larger in minutes, or never,
// and cannot be interrupted while it does. Tried with DuckDB 1.5.5: calls within
// calls take time by the cube of their depth, lambdas within lambdas twice as long
// with each, and an alias that others use is written out again in each of them.
const (
	textMost      = 1 << 20   // bytes
	depthMost     = 500       // brackets within brackets
	bindingMost   = 5_000_000 // the sum over all calls of their height, squared: about two seconds
	lambdasMost   = 10        // within each other
	aliasesMost   = 10_000    // parts of expressions that aliases stand for
	summariesMost = 3         // SUMMARIZE within SUMMARIZE
	pivotedMost   = 100_000   // columns of a PIVOT, as DuckDB's own limit
)

// admitted are the tokens of a text that is not too large to be looked at.
func admitted(sql string) ([]token, error) {
	if len(sql) > textMost {
		return nil, refuse(-1, "the statement is longer than %d bytes; send data with bulk ingest or bound parameters", textMost)
	}
	tokens, err := tokenize(sql)
	if err != nil {
		return nil, err
	}
	depth := 0
	for _, t := range tokens {
		if depth += nesting(t); depth > depthMost {
			return nil, refuse(t.start, "the statement is nested too deeply: more than %d brackets within brackets", depthMost)
		}
	}
	return tokens, nil
}

// measure adds up what binding a tree takes.
type measure struct {
	cost      int
	aliased   int
	summaries int
	lambdas   int
}

// measured refuses a query that DuckDB would take too long to bind.
func measured(query node) error {
	m := &measure{}
	_, err := m.height(query, nil)
	return err
}

// height is how many calls stand within one another in v. sizes are what the
// aliases of the SELECT around it stand for.
func (m *measure) height(v any, sizes map[string]int) (int, error) {
	most := 0
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			h, err := m.height(c, sizes)
			if err != nil {
				return 0, err
			}
			most = max(most, h)
		}
	case node:
		return m.node(v, sizes)
	}
	return most, nil
}

func (m *measure) node(n node, sizes map[string]int) (int, error) {
	switch str(n, "type") {
	case "SELECT_NODE":
		return 0, m.selectNode(n)
	case "SHOW_REF":
		if str(n, "show_type") == "SUMMARY" {
			m.summaries++
			defer func() { m.summaries-- }()
			if m.summaries > summariesMost {
				return 0, refuse(position(n), "SUMMARIZE within SUMMARIZE is accepted %d times", summariesMost)
			}
		}
	case "PIVOT":
		if err := pivoted(n); err != nil {
			return 0, err
		}
	}
	class := str(n, "class")
	switch class {
	case "LAMBDA":
		m.lambdas++
		defer func() { m.lambdas-- }()
		if m.lambdas > lambdasMost {
			return 0, refuse(position(n), "lambdas are accepted %d within each other", lambdasMost)
		}
	case "COLUMN_REF":
		return 0, m.reference(n, sizes)
	case "SUBQUERY":
		sizes = nil
	}
	most := 0
	for _, c := range n {
		h, err := m.height(c, sizes)
		if err != nil {
			return 0, err
		}
		most = max(most, h)
	}
	switch class {
	case "FUNCTION", "WINDOW", "AGGREGATE":
		most++
		if m.cost += most * most << m.lambdas; m.cost > bindingMost {
			return 0, refuse(position(n), "the statement has too many calls and operators within one another to be bound in reasonable time; divide it, with WITH or subqueries")
		}
	case "SUBQUERY":
		most = 0
	}
	return most, nil
}

// selectNode measures a SELECT, whose items and clauses may name the aliases of
// the items before them.
func (m *measure) selectNode(n node) error {
	sizes := map[string]int{}
	for _, item := range list(n, "select_list") {
		before := m.aliased
		if _, err := m.height(item, sizes); err != nil {
			return err
		}
		if named, ok := item.(node); ok && str(named, "alias") != "" {
			sizes[strings.ToLower(str(named, "alias"))] = parts(item) + m.aliased - before
		}
	}
	for key, c := range n {
		if key == "select_list" {
			continue
		}
		if _, err := m.height(c, sizes); err != nil {
			return err
		}
	}
	return nil
}

// reference counts what a column's name stands for, if it is an alias.
func (m *measure) reference(n node, sizes map[string]int) error {
	names := list(n, "column_names")
	if len(names) != 1 || len(sizes) == 0 {
		return nil
	}
	name, _ := names[0].(string)
	if m.aliased += sizes[strings.ToLower(name)]; m.aliased > aliasesMost {
		return refuse(position(n), "aliases that use one another stand for an expression of more than %d parts; divide the statement, with WITH or subqueries", aliasesMost)
	}
	return nil
}

// parts is how many parts an expression has.
func parts(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			n += parts(c)
		}
	case node:
		if _, ok := v["class"]; ok {
			n = 1
		}
		for _, c := range v {
			n += parts(c)
		}
	}
	return n
}

// pivoted refuses a PIVOT of more columns than there may be.
func pivoted(n node) error {
	columns := 1
	for _, v := range list(n, "pivots") {
		p, _ := v.(node)
		columns *= max(len(list(p, "entries")), 1)
		if columns > pivotedMost {
			return refuse(position(n), "a PIVOT of more than %d columns is not accepted", pivotedMost)
		}
	}
	return nil
}
