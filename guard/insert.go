package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

func (s *statement) insert() (Verdict, error) {
	i := s.keyword("insert")
	with, err := s.writeHead(i)
	if err != nil {
		return Verdict{}, err
	}
	head, need := "INSERT ", policy.Insert
	i++
	or := i
	if s.at(i).is("or") {
		switch {
		case s.at(i + 1).is("replace"):
			head, need = "INSERT OR REPLACE ", need|policy.Update
		case s.at(i + 1).is("ignore"):
			head = "INSERT OR IGNORE "
		default:
			return Verdict{}, s.unexpected(i+1, "INSERT OR REPLACE and INSERT OR IGNORE are")
		}
		i += 2
	}
	if !s.at(i).is("into") {
		return Verdict{}, s.unexpected(i, "INSERT INTO table is")
	}
	parts, i, err := s.name(i + 1)
	if err != nil {
		return Verdict{}, err
	}
	p := &pieces{}
	if p.alias, i, err = s.alias(i, "by", "default", "values", "select", "from", "with", "table", "describe", "show", "summarize", "pivot", "unpivot"); err != nil {
		return Verdict{}, err
	}
	conflict := s.conflict(i)
	if conflict < len(s.tokens()) && slices.ContainsFunc(s.tokens()[conflict:], func(t token) bool { return t.is("update") }) {
		need |= policy.Update
	}
	t, c, err := s.target(parts, need)
	if err != nil {
		return Verdict{}, err
	}
	p.target = t
	if head != "INSERT " {
		if err := only(c, "INSERT OR REPLACE and OR IGNORE", s.origin(s.at(or).start)); err != nil {
			return Verdict{}, err
		}
		if err := unrestricted(t, strings.TrimSuffix(head, " ")+" into"); err != nil {
			return Verdict{}, err
		}
	}
	out := head + "INTO " + physical(t.Physical)
	if p.alias != "" {
		out += " AS " + sqltext.Identifier(p.alias)
	}
	by, columns, i, err := s.insertColumns(i)
	if err != nil {
		return Verdict{}, err
	}
	for _, name := range columns {
		if hidden(t, name) {
			return Verdict{}, &BindError{Type: "binder", Message: fmt.Sprintf("Table %q does not have a column with name %q", t.Physical.Table, name), Position: -1}
		}
	}
	if strings.HasPrefix(by, " BY NAME") && altered(t) {
		return Verdict{}, refuse(-1, "INSERT ... BY NAME into %s is not accepted: you see columns of it masked, or not at all; name the columns", display(t.Name))
	}
	if by == "" && len(t.Hidden) > 0 { // columns that are not there take no part
		for _, column := range t.Columns {
			columns = append(columns, column.Name)
		}
		if !s.are(i, "default", "values") {
			by = " " + nameList(columns)
		}
	}
	out += by
	end := len(s.tokens())
	if p.items, end, err = s.returning(end, t, c); err != nil {
		return Verdict{}, err
	}
	body := min(conflict, end)
	var reads []catalog.Table
	switch {
	case i >= body:
		return Verdict{}, s.unexpected(i, "VALUES, DEFAULT VALUES or a query is expected")
	case s.are(i, "default", "values") && i+2 == body:
		out += " DEFAULT VALUES"
	default:
		sql, r, err := s.rewrite(with, s.span.cut(i, body))
		if err != nil {
			return Verdict{}, err
		}
		reads = r.reads
		out += " " + bareValues(sql, r.changed)
	}
	tail, err := s.conflictText(p, c, conflict, end)
	if err != nil {
		return Verdict{}, err
	}
	return s.change(out+tail, p, c, need, reads, &write{operator: "LOGICAL_INSERT", name: t.Physical, table: &t, columns: columns, merges: conflict < len(s.tokens()) || head != "INSERT "})
}

// bareValues takes DuckDB's wrapping off a printed VALUES: DEFAULT needs it bare.
func bareValues(sql string, printed bool) string {
	const before, after = "SELECT * FROM (VALUES ", ") AS valueslist"
	if printed && strings.HasPrefix(sql, before) && strings.HasSuffix(sql, after) {
		return sql[len(before)-len("VALUES ") : len(sql)-len(after)]
	}
	return sql
}

// insertColumns reads BY NAME, BY POSITION and the list of columns at i.
func (s *statement) insertColumns(i int) (text string, columns []string, next int, err error) {
	for {
		switch {
		case s.at(i).is("by") && (s.at(i+1).is("name") || s.at(i+1).is("position")):
			text += " BY " + strings.ToUpper(s.at(i+1).value)
			i += 2
		case s.at(i).is("(") && s.at(i+1).name() && (s.at(i+2).is(",") || s.at(i+2).is(")")):
			end := s.span.find(i+1, ")")
			for _, item := range s.span.cut(i+1, end).list() {
				if len(item.tokens) != 1 || !item.tokens[0].name() {
					return "", nil, i, s.unexpected(i, "a list of column names is expected")
				}
				columns = append(columns, item.tokens[0].ident(s.span.sql))
			}
			text += " " + nameList(columns)
			i = end + 1
		default:
			return text, columns, i, nil
		}
	}
}

func nameList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = sqltext.Identifier(n)
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// conflict is where ON CONFLICT begins, at or after i; len if nowhere.
func (s *statement) conflict(i int) int {
	for i = s.span.find(i, "on"); i < len(s.tokens()); i = s.span.find(i+1, "on") {
		if s.at(i+1).is("conflict") && (s.at(i+2).is("do") || s.at(i+2).is("(")) {
			return i
		}
	}
	return i
}

// conflictText is the rewritten ON CONFLICT clause, and the RETURNING list.
func (s *statement) conflictText(p *pieces, c catalog.Catalog, i, end int) (string, error) {
	if i >= end {
		if len(p.items) == 0 {
			return "", nil
		}
		err := s.rewritePieces(p)
		return returningText(p.itemTexts), err
	}
	if err := only(c, "ON CONFLICT", s.origin(s.at(i).start)); err != nil {
		return "", err
	}
	if err := unrestricted(p.target, "INSERT ... ON CONFLICT into"); err != nil {
		return "", err
	}
	out := " ON CONFLICT"
	i += 2
	if s.at(i).is("(") {
		_, columns, next, err := s.insertColumns(i)
		if err != nil {
			return "", err
		}
		if next == i {
			return "", s.unexpected(i+1, "a list of column names is expected")
		}
		out, i = out+" "+nameList(columns), next
	}
	switch {
	case s.are(i, "do", "nothing") && i+2 == end:
		out += " DO NOTHING"
		if len(p.items) == 0 {
			return out, nil
		}
		err := s.rewritePieces(p)
		return out + returningText(p.itemTexts), err
	case s.are(i, "do", "update", "set"):
		where := min(s.span.find(i, "where"), end)
		a, err := s.assignments(p, i+3, where)
		if err != nil {
			return "", err
		}
		condition := -1
		if where < end {
			condition = p.add(s.span.cut(where+1, end))
		}
		// What was to be inserted is called excluded.
		p.excluded = true
		if err := s.rewritePieces(p); err != nil {
			return "", err
		}
		out += " DO UPDATE SET " + a.text(p)
		if condition >= 0 {
			out += " WHERE " + p.exprTexts[condition]
		}
		return out + returningText(p.itemTexts), nil
	}
	return "", s.unexpected(i, "ON CONFLICT DO NOTHING and DO UPDATE SET are")
}
