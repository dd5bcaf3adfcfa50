package guard

import (
	"strings"

	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

func (s *statement) merge() (Verdict, error) {
	i := s.keyword("merge")
	with, err := s.writeHead(i)
	if err != nil {
		return Verdict{}, err
	}
	if !s.at(i + 1).is("into") {
		return Verdict{}, s.unexpected(i+1, "MERGE INTO table is")
	}
	parts, i, err := s.name(i + 2)
	if err != nil {
		return Verdict{}, err
	}
	p := &pieces{with: with}
	if p.alias, i, err = s.alias(i, "using"); err != nil {
		return Verdict{}, err
	}
	if !s.at(i).is("using") {
		return Verdict{}, s.unexpected(i, "USING table is expected")
	}
	end := len(s.tokens())
	first := s.span.find(i, "when")
	m, err := s.mergeActions(p, first, min(s.span.find(first, "returning"), end))
	if err != nil {
		return Verdict{}, err
	}
	t, c, err := s.target(parts, m.need)
	if err != nil {
		return Verdict{}, err
	}
	if err := unrestricted(t, "MERGE INTO"); err != nil {
		return Verdict{}, err
	}
	p.target = t
	if p.items, _, err = s.returning(end, t, c); err != nil {
		return Verdict{}, err
	}
	on, by := s.mergeCondition(i+1, first)
	if on < 0 {
		return Verdict{}, s.unexpected(first, "ON condition or USING (columns) is expected before WHEN")
	}
	p.from = s.span.cut(i+1, on)
	condition := -1
	if by == "ON" {
		condition = p.add(s.span.cut(on+1, first))
	}
	if err := s.rewritePieces(p); err != nil {
		return Verdict{}, err
	}
	out := join(p.withText, "MERGE INTO "+physical(t.Physical)+" AS "+sqltext.Identifier(p.name())+" USING "+p.fromText)
	if condition >= 0 {
		out += " ON (" + p.exprTexts[condition] + ")"
	} else {
		out += " USING " + s.span.cut(on+1, first).text()
	}
	for _, piece := range m.texts {
		if piece.expr >= 0 {
			out += " (" + p.exprTexts[piece.expr] + ")"
		} else {
			out += " " + piece.text
		}
	}
	return s.change(out+returningText(p.itemTexts), p, c, m.need, p.reads, &write{operator: "LOGICAL_MERGE_INTO", name: t.Physical, table: &t})
}

// mergeCondition finds the last ON between from and to, or else the last USING.
func (s *statement) mergeCondition(from, to int) (int, string) {
	for _, keyword := range [...]string{"on", "using"} {
		last := -1
		for i := s.span.find(from, keyword); i < to; i = s.span.find(i+1, keyword) {
			last = i
		}
		if last >= 0 {
			return last, strings.ToUpper(keyword)
		}
	}
	return -1, ""
}

// mergeText is one part of the WHEN clauses: an expression's number, or plain text.
type mergeText struct {
	text string
	expr int
}

type mergeClauses struct {
	need  policy.Privileges
	texts []mergeText
}

func (m *mergeClauses) say(text string) { m.texts = append(m.texts, mergeText{text, -1}) }
func (m *mergeClauses) expr(n int)      { m.texts = append(m.texts, mergeText{"", n}) }

// mergeActions reads the WHEN clauses between from and to.
func (s *statement) mergeActions(p *pieces, from, to int) (*mergeClauses, error) {
	m := &mergeClauses{}
	if from >= to {
		return nil, s.unexpected(from, "WHEN MATCHED or WHEN NOT MATCHED is expected")
	}
	for from < to {
		next := min(s.span.find(from+1, "when"), to)
		then := min(s.span.find(from+1, "then"), next)
		i := from + 1
		m.say("WHEN")
		for _, w := range [...]string{"not", "matched", "by", "source", "target"} {
			if s.at(i).is(w) {
				m.say(strings.ToUpper(w))
				i++
			}
		}
		if s.at(i).is("and") {
			m.say("AND")
			m.expr(p.add(s.span.cut(i+1, then)))
			i = then
		}
		if i != then || then >= next {
			return nil, s.unexpected(i, "WHEN [NOT] MATCHED [BY SOURCE] [AND condition] THEN action is")
		}
		m.say("THEN")
		if err := s.mergeAction(p, m, then+1, next); err != nil {
			return nil, err
		}
		from = next
	}
	return m, nil
}

func (s *statement) mergeAction(p *pieces, m *mergeClauses, i, end int) error {
	plain := func(words ...string) bool { return s.are(i, words...) && i+len(words) == end }
	switch {
	case plain("delete"):
		m.need |= policy.Delete
		m.say("DELETE")
	case plain("do", "nothing"), plain("error"):
		m.say(strings.ToUpper(s.span.cut(i, end).text()))
	case s.at(i).is("error"):
		m.say("ERROR")
		m.expr(p.add(s.span.cut(i+1, end)))
	case plain("update"), plain("update", "set", "*"), plain("update", "by", "name"), plain("update", "by", "position"):
		m.need |= policy.Update
		m.say(s.span.cut(i, end).text())
	case plain("insert"), plain("insert", "*"), plain("insert", "by", "name"), plain("insert", "by", "position"), plain("insert", "default", "values"):
		m.need |= policy.Insert
		m.say(s.span.cut(i, end).text())
	case s.are(i, "update", "set"):
		m.need |= policy.Update
		a, err := s.assignments(p, i+2, end)
		if err != nil {
			return err
		}
		m.say("UPDATE SET")
		for j, one := range a {
			if j > 0 {
				m.say(",")
			}
			m.say(sqltext.Identifier(one.column) + " =")
			if one.expr < 0 {
				m.say("DEFAULT")
			} else {
				m.expr(one.expr)
			}
		}
	case s.at(i).is("insert"):
		m.need |= policy.Insert
		text, _, next, err := s.insertColumns(i + 1)
		if err != nil {
			return err
		}
		closing := s.span.find(next+2, ")")
		if !s.are(next, "values", "(") || closing+1 != end {
			return s.unexpected(next, "INSERT [(columns)] VALUES (expressions) is")
		}
		m.say("INSERT" + text + " VALUES (")
		for j, item := range s.span.cut(next+2, closing).list() {
			if j > 0 {
				m.say(",")
			}
			if len(item.tokens) == 1 && item.tokens[0].is("default") {
				m.say("DEFAULT")
			} else {
				m.expr(p.add(item))
			}
		}
		m.say(")")
	default:
		return s.unexpected(i, "UPDATE, DELETE, INSERT, DO NOTHING and ERROR are")
	}
	return nil
}
