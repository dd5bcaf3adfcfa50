package guard

import (
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// pieces are the parts of a writing statement that hold expressions and
// tables. They are checked and rewritten as one query over the target,
//
//	WITH with SELECT exprs FROM target AS alias, from
//
// so that names mean in it what they mean in the statement.
type pieces struct {
	with, from span
	exprs      []span // each alone, without alias
	items      []span // of a RETURNING list, after the exprs
	target     catalog.Table
	alias      string // as the statement gives it; empty if it gives none
	excluded   bool   // ON CONFLICT: the refused row can be named

	// After rewriting: the texts of all of them. reads are the tables besides the target.
	withText, fromText string
	exprTexts          []string
	asks               []bool // which of exprs have subqueries
	placed             func(err error, name string) error
	parameters         []string // of lambdas
	itemTexts          []string
	reads              []catalog.Table
	trees              []any  // of exprs
	scope              *scope // the target and what stands in from
}

// add puts an expression among the pieces, and gives its number.
func (p *pieces) add(e span) int {
	p.exprs = append(p.exprs, e)
	return len(p.exprs) - 1
}

// name is what the target is called in the statement.
func (p *pieces) name() string {
	if p.alias != "" {
		return p.alias
	}
	return p.target.Name.Table
}

// rewritePieces fills in p's texts.
func (s *statement) rewritePieces(p *pieces) error {
	for _, e := range slices.Concat([]span{p.with, p.from}, p.exprs, p.items) {
		if err := s.balanced(e); err != nil {
			return err
		}
	}
	var b composer
	b.add(p.with)
	b.write(" SELECT 1")
	for _, e := range p.exprs {
		if len(e.tokens) == 0 {
			return s.unexpected(len(s.tokens()), "an expression is expected")
		}
		b.write(", (")
		b.add(e)
		b.write(")")
	}
	for _, e := range p.items {
		b.write(", ")
		b.add(e)
	}
	b.write(" FROM t AS " + sqltext.Identifier(p.name()))
	if len(p.from.tokens) > 0 {
		b.write(", ")
		b.add(p.from)
	}
	if p.excluded {
		b.write(", (SELECT 1) AS excluded")
	}
	at := func(i int) int { return s.origin(b.origin(i)) }
	tree, err := serialize(s.ctx, s.bind, b.text.String(), at)
	if err != nil {
		return err
	}
	query, params, err := onlyQuery(tree)
	if err != nil {
		return err
	}
	p.withText, p.fromText = p.with.text(), p.from.text()
	for _, e := range p.exprs {
		p.exprTexts = append(p.exprTexts, e.text())
	}
	for _, e := range p.items {
		p.itemTexts = append(p.itemTexts, e.text())
	}
	columns := list(query, "select_list")
	if len(columns) != 1+len(p.exprs)+len(p.items) || len(list(query, "modifiers")) > 0 {
		return refuse(-1, "the statement's expressions cannot be told apart, and it is not accepted")
	}
	target := child(query, "from_table")
	for str(target, "type") == "JOIN" {
		target = child(target, "left")
	}
	if str(target, "type") != "BASE_TABLE" || str(target, "table_name") != "t" || str(target, "alias") != p.name() {
		return refuse(-1, "the statement's tables cannot be told apart, and it is not accepted")
	}
	p.placed = s.placed
	if !p.target.Privileges.Has(policy.Select) && readsColumns(query) {
		return denied(actions[policy.Select], p.target.Name)
	}
	p.parameters = lambdaParameters(query)
	if err := p.reachesOnly(query, false); err != nil {
		return s.moveRefusal(err, b.origin)
	}
	for _, e := range columns[1 : 1+len(p.exprs)] {
		p.asks = append(p.asks, asksTables(e))
	}
	if err := p.harmless(columns[1:]); err != nil {
		return s.moveRefusal(err, b.origin)
	}
	target[targetMark] = true
	r := s.rewriter()
	r.target = p.target
	if err := r.query(query, env{}); err != nil {
		return s.moveRefusal(err, b.origin)
	}
	p.reads, p.trees, p.scope = r.reads, columns[1:1+len(p.exprs)], r.from
	if r.joins && p.castApart(p.trees) {
		r.changed = true
	}
	for _, v := range columns[1 : 1+len(p.exprs)] {
		if n, ok := v.(node); ok {
			n["alias"] = "" // it is no column of a result
		}
	}
	if err := s.describe(r, params); err != nil {
		return err
	}
	if r.changed {
		if err := s.printPieces(p, query, params); err != nil {
			return err
		}
	}
	return s.standsWithout(p)
}

// balanced refuses a piece that closes a bracket which it did not open.
func (s *statement) balanced(piece span) error {
	depth := 0
	for _, t := range piece.tokens {
		if t.kind != operator {
			continue
		}
		if depth += nesting(t); depth < 0 {
			return refuse(s.origin(t.start), "syntax error at or near %q", t.value)
		}
	}
	if depth > 0 {
		return refuse(s.origin(piece.tokens[0].start), "a bracket is not closed in %s", piece.text())
	}
	return nil
}

// printPieces gives the pieces the texts that their rewritten trees have.
func (s *statement) printPieces(p *pieces, query node, params any) error {
	sql, err := deserialize(s.ctx, s.bind, selectNode(list(query, "select_list"), emptyFrom(), nil), params)
	if err != nil {
		return err
	}
	texts, err := selectList(sql)
	if err != nil {
		return err
	}
	if len(texts) != 1+len(p.exprs)+len(p.items) {
		return refuse(-1, "the statement's expressions cannot be told apart, and it is not accepted")
	}
	p.exprTexts, p.itemTexts = texts[1:1+len(p.exprs)], texts[1+len(p.exprs):]
	if len(p.from.tokens) > 0 {
		from := detach(child(query, "from_table"))
		sql, err := deserialize(s.ctx, s.bind, selectNode([]any{starNode()}, from, nil), params)
		if err != nil {
			return err
		}
		p.fromText = strings.TrimPrefix(sql, "SELECT * FROM ")
	}
	if len(p.with.tokens) > 0 {
		one := selectNode([]any{stringConstant("", "")}, emptyFrom(), nil)
		one["cte_map"] = query["cte_map"]
		sql, err := deserialize(s.ctx, s.bind, one, params)
		if err != nil {
			return err
		}
		p.withText = strings.TrimSuffix(sql, "SELECT ''")
	}
	return nil
}

// detach takes the leftmost table out of a chain of joins.
func detach(join node) node {
	left := child(join, "left")
	if str(left, "type") != "JOIN" {
		return child(join, "right")
	}
	join["left"] = detach(left)
	return join
}

// composer puts together a text for DuckDB out of pieces of a statement, and
// remembers where they came from.
type composer struct {
	text  strings.Builder
	parts []struct{ at, from int }
}

func (c *composer) write(s string) { c.text.WriteString(s) }

func (c *composer) add(s span) {
	if len(s.tokens) == 0 {
		return
	}
	c.parts = append(c.parts, struct{ at, from int }{c.text.Len(), s.tokens[0].start})
	c.text.WriteString(s.text())
}

// origin is the offset in the statement of offset i in the text.
func (c *composer) origin(i int) int {
	for j := len(c.parts) - 1; j >= 0; j-- {
		if p := c.parts[j]; i >= p.at {
			return p.from + i - p.at
		}
	}
	return -1
}

// number writes the parameters ? as $1, $2 and so on: pieces are parsed apart,
// and each would count from 1.
func (s *statement) number() error {
	var b strings.Builder
	n, last, dollar := 0, 0, -1
	for _, t := range s.tokens() {
		if t.kind != parameter {
			continue
		}
		if t.value != "?" {
			dollar = t.start
			continue
		}
		n++
		name := "$" + itoa(n)
		b.WriteString(s.span.sql[last:t.start] + name)
		s.shifts = append(s.shifts, shift{b.Len() - len(name), len(name) - 1})
		last = t.end
	}
	if n == 0 {
		return nil
	}
	if dollar >= 0 {
		return refuse(dollar, "? and $ parameters in one statement are not accepted; use one of them")
	}
	b.WriteString(s.span.sql[last:])
	tokens, err := tokenize(b.String())
	if err != nil {
		return err
	}
	for len(tokens) > 0 && tokens[len(tokens)-1].kind == semicolon {
		tokens = tokens[:len(tokens)-1]
	}
	s.span = span{b.String(), tokens}
	return nil
}
