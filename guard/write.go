package guard

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

func itoa(n int) string { return strconv.Itoa(n) }

// actions are the privileges' names in refusals.
var actions = map[policy.Privileges]string{
	policy.Select: "SELECT from", policy.Insert: "INSERT into", policy.Update: "UPDATE", policy.Delete: "DELETE from", policy.Create: "CREATE in",
	policy.Drop: "DROP", policy.Alter: "ALTER",
}

// writeHead numbers the parameters of a writing statement whose own keyword is
// the token i, and gives the common table expressions before it.
func (s *statement) writeHead(i int) (with span, err error) {
	if err := s.number(); err != nil {
		return span{}, err
	}
	if i > 0 {
		with = s.span.cut(0, i)
	}
	return with, nil
}

// keyword is where the statement's own first keyword stands, after WITH.
func (s *statement) keyword(name string) int {
	if s.at(0).is(name) {
		return 0
	}
	for i := s.span.find(1, name); ; i = s.span.find(i+1, name) {
		if i >= len(s.tokens()) || s.at(i-1).is(")") && !s.at(i+1).is("as") && !s.at(i+1).is("(") {
			return i
		}
	}
}

// target resolves the table that the statement changes.
func (s *statement) target(parts []string, need policy.Privileges) (catalog.Table, catalog.Catalog, error) {
	t, err := s.view.Table(parts...)
	if err != nil {
		return t, catalog.Catalog{}, err
	}
	c, err := s.view.Catalog(t.Name.Catalog)
	if err != nil {
		return t, c, err
	}
	return t, c, s.allowOn(t, c, need)
}

// allowOn refuses what the caller may not do to t, which is in c.
func (s *statement) allowOn(t catalog.Table, c catalog.Catalog, need policy.Privileges) error {
	if err := s.changeable(c, need); err != nil {
		return err
	}
	const toRows = policy.Insert | policy.Update | policy.Delete | policy.Alter
	if t.Kind == catalog.ViewTable && need&toRows != 0 && s.view.Rights().Tables.Has(need) {
		return refuse(-1, "%s is a view; only tables can be changed", display(t.Name))
	}
	return allow(t.Name, t.Privileges, need)
}

// changeable refuses a change of what lies in a read-only catalog to those whose
// rights would do elsewhere.
func (s *statement) changeable(c catalog.Catalog, need policy.Privileges) error {
	if c.ReadOnly && need&^policy.Select != 0 && s.view.Rights().Tables.Has(need) {
		return deny(-1, "catalog %s is read-only", display(catalog.Name{Catalog: c.Name}))
	}
	return nil
}

// allowIn refuses what the caller may not do in c to what is called name there.
func (s *statement) allowIn(c catalog.Catalog, name catalog.Name, need policy.Privileges) error {
	if err := s.changeable(c, need); err != nil {
		return err
	}
	have := s.view.Privileges(c, name.Schema)
	if name.Table != "" && c.Type != catalog.Temp && !c.ReadOnly {
		// A rule may be for tables of some names.
		rights, o := s.view.Rights(), policy.Object{Catalog: name.Catalog, Schema: name.Schema, Table: name.Table}
		have = rights.Table(o).Privileges &^ policy.Create
		if rights.Creates(o) {
			have |= policy.Create
		}
	}
	return allow(name, have, need)
}

// allow refuses what is in need and not in have, naming the first such action.
func allow(name catalog.Name, have, need policy.Privileges) error {
	for p := policy.Select; p <= policy.Alter; p <<= 1 {
		if need&p != 0 && !have.Has(p) {
			return denied(actions[p], name)
		}
	}
	return nil
}

// change gives the verdict on a statement that changes rows of p's target and reads other tables.
func (s *statement) change(sql string, p *pieces, c catalog.Catalog, need policy.Privileges, reads []catalog.Table, w *write) (Verdict, error) {
	t := p.target
	v := Verdict{Kind: Change, SQL: s.literals.fill(sql), Target: t.Name, Lake: t.Physical.Catalog, Temp: c.Type == catalog.Temp, Needs: need, Narrow: Narrow(t)}
	if len(p.items) > 0 {
		v.Returns, v.Needs = true, need|policy.Select
		v.Shape = s.literals.fill(w.shape(p) + returningText(p.itemTexts))
	}
	v.read(s.view, reads)
	in, err := s.intends(reads)
	if err != nil {
		return Verdict{}, err
	}
	in.write, in.nextID = w, true
	if w.operator != "LOGICAL_INSERT" || w.merges {
		in.scans[lowerName(t.Physical)] = true
	}
	return v, s.verify(in, sql)
}

// alias reads [AS] alias at i, unless one of the keywords that may follow stands there.
func (s *statement) alias(i int, following ...string) (string, int, error) {
	if s.at(i).is("as") {
		i++
		if !s.at(i).name() {
			return "", i, s.unexpected(i, "an alias is expected")
		}
	} else if t := s.at(i); !t.name() || t.kind == word && slices.Contains(following, t.value) {
		return "", i, nil
	}
	return s.at(i).ident(s.span.sql), i + 1, nil
}

// shape is a change without parameters whose RETURNING sees what w's does.
func (w *write) shape(p *pieces) string {
	table, as := physical(p.target.Physical), " AS "+sqltext.Identifier(p.name())
	switch w.operator {
	case "LOGICAL_INSERT":
		if p.alias == "" {
			as = ""
		}
		return "INSERT INTO " + table + as + " DEFAULT VALUES"
	case "LOGICAL_MERGE_INTO":
		return "MERGE INTO " + table + as + " USING (SELECT 1) AS one ON false WHEN MATCHED THEN DO NOTHING"
	}
	return "DELETE FROM " + table + as
}

// returning splits off a RETURNING clause, which only native lakes know. What it
// gives is read from the table.
func (s *statement) returning(end int, t catalog.Table, c catalog.Catalog) (items []span, body int, err error) {
	i := s.span.find(0, "returning")
	if i >= end {
		return nil, end, nil
	}
	if err := only(c, "RETURNING", s.origin(s.at(i).start)); err != nil {
		return nil, i, err
	}
	if altered(t) {
		return nil, i, refuse(s.origin(s.at(i).start), "RETURNING is not accepted for %s: you see columns of it masked, or not at all", display(t.Name))
	}
	if err := allow(t.Name, t.Privileges, policy.Select); err != nil {
		return nil, i, err
	}
	if items = s.span.cut(i+1, end).list(); len(items) == 0 || len(items[0].tokens) == 0 {
		return nil, i, s.unexpected(i+1, "RETURNING takes * or expressions over the table's columns")
	}
	for _, item := range items {
		for _, t := range item.tokens {
			if t.kind == parameter {
				return nil, i, refuse(s.origin(t.start), "a parameter is not accepted in RETURNING: DuckDB takes none there; bind it elsewhere, or write the value")
			}
		}
	}
	return items, i, nil
}

// only refuses what a DuckLake cannot do.
func only(c catalog.Catalog, what string, at int) error {
	if c.Type != catalog.DuckLake {
		return nil
	}
	be := "is"
	if strings.Contains(what, " and ") {
		be = "are"
	}
	return refuse(at, "%s %s not accepted: %s is a DuckLake catalog, which has no such thing; catalogs of type duckdb have", what, be, c.Name)
}

func returningText(items []string) string {
	if len(items) == 0 {
		return ""
	}
	return " RETURNING " + strings.Join(items, ", ")
}

// assignments are the parts of a SET list.
type assignments []assignment

type assignment struct {
	column string
	expr   int // -1 is DEFAULT
}

// assignments reads a SET list between from and to.
func (s *statement) assignments(p *pieces, from, to int) (assignments, error) {
	var out assignments
	for _, item := range s.span.cut(from, to).list() {
		if len(item.tokens) < 3 || !item.tokens[0].name() || !item.tokens[1].is("=") {
			return nil, refuse(s.origin(s.at(from).start), "SET takes column = expression, separated by commas; %q is not that", item.text())
		}
		a := assignment{item.tokens[0].ident(s.span.sql), -1}
		if err := assignable(p.target, a.column); err != nil {
			return nil, err
		}
		if len(item.tokens) != 3 || !item.tokens[2].is("default") {
			a.expr = p.add(item.cut(2, len(item.tokens)))
		}
		out = append(out, a)
	}
	return out, nil
}

func (a assignments) text(p *pieces) string {
	out := make([]string, len(a))
	for i, one := range a {
		value := "DEFAULT"
		if one.expr >= 0 {
			value = p.exprTexts[one.expr]
		}
		out[i] = sqltext.Identifier(one.column) + " = " + value
	}
	return strings.Join(out, ", ")
}

// clause finds a keyword outside of brackets that begins a clause.
func (s *statement) clause(from, to int, keyword string) int {
	for i := s.span.find(from, keyword); i < to; i = s.span.find(i+1, keyword) {
		if keyword == "from" && s.at(i-1).is("distinct") {
			continue // IS DISTINCT FROM
		}
		return i
	}
	return to
}

func (s *statement) update() (Verdict, error) {
	i := s.keyword("update")
	if s.are(i, "update", "extensions") && (s.at(i+2).is("(") || i+2 >= len(s.tokens())) {
		return Verdict{}, deny(s.at(i).start, "UPDATE EXTENSIONS is not accepted; an administrator chooses the extensions")
	}
	with, err := s.writeHead(i)
	if err != nil {
		return Verdict{}, err
	}
	parts, i, err := s.name(i + 1)
	if err != nil {
		return Verdict{}, err
	}
	p := &pieces{with: with}
	if p.alias, i, err = s.alias(i, "set"); err != nil {
		return Verdict{}, err
	}
	if !s.at(i).is("set") {
		return Verdict{}, s.unexpected(i, "UPDATE table SET column = expression is")
	}
	c, end, err := s.changed(p, parts, policy.Update)
	if err != nil {
		return Verdict{}, err
	}
	t := p.target
	where := s.clause(i, end, "where")
	from := s.clause(i, where, "from")
	a, err := s.assignments(p, i+1, from)
	if err != nil {
		return Verdict{}, err
	}
	if from < where {
		p.from = s.span.cut(from+1, where)
	}
	condition := -1
	if where < end {
		condition = p.add(s.span.cut(where+1, end))
	}
	if err := s.rewritePieces(p); err != nil {
		return Verdict{}, err
	}
	out := join(p.withText, "UPDATE "+physical(t.Physical)+" AS "+sqltext.Identifier(p.name())+" SET "+a.text(p))
	if from < where {
		out += " FROM " + p.fromText
	}
	if out, err = s.where(out, p, condition); err != nil {
		return Verdict{}, err
	}
	return s.change(out+returningText(p.itemTexts), p, c, policy.Update, p.reads, &write{operator: "LOGICAL_UPDATE", name: t.Physical, table: &t, picked: true})
}

// where is a change's text with its condition, the expression of that number or
// none, for the rows that the caller sees.
func (s *statement) where(text string, p *pieces, condition int) (string, error) {
	rows, err := s.onlyVisibleRows(p, condition)
	if err != nil || rows == "" {
		return text, err
	}
	return text + " WHERE " + rows, nil
}

// changed finds p's target by its name, and what it returns; end is where that
// begins.
func (s *statement) changed(p *pieces, parts []string, need policy.Privileges) (c catalog.Catalog, end int, err error) {
	if p.target, c, err = s.target(parts, need); err != nil {
		return c, 0, err
	}
	p.items, end, err = s.returning(len(s.tokens()), p.target, c)
	return c, end, err
}

func join(with, rest string) string {
	if with == "" {
		return rest
	}
	return with + " " + rest
}

func (s *statement) remove() (Verdict, error) {
	i := s.keyword("delete")
	with, err := s.writeHead(i)
	if err != nil {
		return Verdict{}, err
	}
	if !s.at(i + 1).is("from") {
		return Verdict{}, s.unexpected(i+1, "DELETE FROM table is")
	}
	parts, i, err := s.name(i + 2)
	if err != nil {
		return Verdict{}, err
	}
	p := &pieces{with: with}
	if p.alias, i, err = s.alias(i, "using", "where", "returning"); err != nil {
		return Verdict{}, err
	}
	c, end, err := s.changed(p, parts, policy.Delete)
	if err != nil {
		return Verdict{}, err
	}
	t := p.target
	where := s.clause(i, end, "where")
	switch {
	case s.at(i).is("using") && i < where:
		p.from = s.span.cut(i+1, where)
	case i != where:
		return Verdict{}, s.unexpected(i, "USING or WHERE is expected")
	}
	condition := -1
	if where < end {
		condition = p.add(s.span.cut(where+1, end))
	}
	if err := s.rewritePieces(p); err != nil {
		return Verdict{}, err
	}
	out := join(p.withText, "DELETE FROM "+physical(t.Physical)+" AS "+sqltext.Identifier(p.name()))
	if len(p.from.tokens) > 0 {
		out += " USING " + p.fromText
	}
	if out, err = s.where(out, p, condition); err != nil {
		return Verdict{}, err
	}
	return s.change(out+returningText(p.itemTexts), p, c, policy.Delete, p.reads, &write{operator: "LOGICAL_DELETE", name: t.Physical, table: &t, picked: true})
}

func (s *statement) truncate() (Verdict, error) {
	i := 1
	if s.at(i).is("table") {
		i++
	}
	parts, i, err := s.name(i)
	if err != nil {
		return Verdict{}, err
	}
	if i != len(s.tokens()) {
		return Verdict{}, s.unexpected(i, "TRUNCATE takes one table")
	}
	t, c, err := s.target(parts, policy.Delete)
	if err != nil {
		return Verdict{}, err
	}
	p := &pieces{target: t}
	text := "TRUNCATE " + physical(t.Physical)
	if t.Filter != "" {
		if text, err = s.where("DELETE FROM "+physical(t.Physical)+" AS "+sqltext.Identifier(p.name()), p, -1); err != nil {
			return Verdict{}, err
		}
	}
	return s.change(text, p, c, policy.Delete, nil, &write{operator: "LOGICAL_DELETE", name: t.Physical, table: &t, picked: true})
}
