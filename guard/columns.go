package guard

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

func isNotFound(err error) bool { return errors.Is(err, catalog.ErrNotFound) }

func notFound(what string, name catalog.Name) error {
	return fmt.Errorf("%s %q: %w", what, display(name), catalog.ErrNotFound)
}

// definitions collects the types and expressions in column definitions. Their
// text is kept as it is; DuckDB's tree of it is checked.
type definitions struct {
	s       *statement
	lake    catalog.Catalog
	columns int
	types   []span
	exprs   []span
}

// constraintWords begin what follows a column's type.
var constraintWords = []string{"not", "null", "primary", "unique", "check", "default", "references", "collate", "generated", "as", "constraint", "using", "comment"}

// element reads one column definition or table constraint.
func (d *definitions) element(item span) error {
	s := &statement{ctx: d.s.ctx, bind: d.s.bind, view: d.s.view, span: item, shifts: d.s.shifts}
	switch first := s.at(0); {
	case len(item.tokens) == 0:
		return d.s.unexpected(len(d.s.tokens()), "a column definition is expected")
	case first.kind == word && slices.Contains([]string{"primary", "unique", "check", "foreign", "constraint"}, first.value) &&
		(s.at(1).is("(") || s.at(1).is("key") || first.is("constraint")):
		return d.constraints(s, 0)
	case !first.name():
		return s.unexpected(0, "a column name is expected")
	}
	d.columns++
	end := s.span.find(1, constraintWords...)
	if end > 1 {
		d.types = append(d.types, item.cut(1, end))
	}
	return d.constraints(s, end)
}

// constraints reads the constraints of s from i on.
func (d *definitions) constraints(s *statement, i int) error {
	for i < len(s.tokens()) {
		at := s.origin(s.at(i).start)
		bracket := func(from int) (span, int) {
			closing := min(s.span.find(from+1, ")"), len(s.tokens()))
			return s.span.cut(min(from+1, closing), closing), closing + 1
		}
		switch {
		case s.are(i, "constraint") && s.at(i+1).name():
			i += 2
		case s.are(i, "not", "null"):
			i += 2
		case s.are(i, "null"):
			i++
		case s.are(i, "primary", "key"), s.are(i, "unique"):
			if err := only(d.lake, "PRIMARY KEY and UNIQUE", at); err != nil {
				return err
			}
			if i++; s.at(i).is("key") {
				i++
			}
			if s.at(i).is("(") {
				_, i = bracket(i)
			}
		case s.are(i, "check", "("):
			if err := only(d.lake, "CHECK", at); err != nil {
				return err
			}
			var e span
			e, i = bracket(i + 1)
			d.exprs = append(d.exprs, e)
		case s.are(i, "default"):
			end := s.span.find(i+2, constraintWords...)
			if i+1 >= end {
				return s.unexpected(i+1, "an expression is expected")
			}
			d.exprs = append(d.exprs, s.span.cut(i+1, end))
			i = end
		case s.are(i, "generated", "always", "as", "("), s.are(i, "as", "("):
			if err := only(d.lake, "a generated column", at); err != nil {
				return err
			}
			if s.at(i).is("generated") {
				i += 2
			}
			var e span
			e, i = bracket(i + 1)
			d.exprs = append(d.exprs, e)
			if s.at(i).is("virtual") || s.at(i).is("stored") {
				i++
			}
		case s.are(i, "collate") && s.at(i+1).name():
			if err := only(d.lake, "COLLATE", at); err != nil {
				return err
			}
			i += 2
		case s.are(i, "foreign", "key"), s.are(i, "references"):
			return refuse(at, "foreign keys are not accepted; leave FOREIGN KEY and REFERENCES out")
		default:
			return s.unexpected(i, "NOT NULL, DEFAULT, PRIMARY KEY, UNIQUE, CHECK and generated columns are")
		}
	}
	return nil
}

// check parses all types and expressions in one query, and walks it: built-in
// types and functions, no tables.
func (d *definitions) check() error {
	if len(d.types)+len(d.exprs) == 0 {
		return nil
	}
	for _, piece := range slices.Concat(d.types, d.exprs) {
		if err := d.s.balanced(piece); err != nil {
			return err
		}
	}
	var b composer
	b.write("SELECT 1")
	for _, t := range d.types {
		b.write(", CAST(NULL AS ")
		b.add(t)
		b.write(")")
	}
	for _, e := range d.exprs {
		b.write(", (")
		b.add(e)
		b.write(")")
	}
	tree, err := serialize(d.s.ctx, d.s.bind, b.text.String(), func(i int) int { return d.s.origin(b.origin(i)) })
	if err != nil {
		return err
	}
	query, _, err := onlyQuery(tree)
	if err != nil {
		return err
	}
	columns := list(query, "select_list")
	if len(columns) != 1+len(d.types)+len(d.exprs) || str(child(query, "from_table"), "type") != "EMPTY" {
		return refuse(-1, "the column definitions cannot be told apart, and are not accepted")
	}
	r := d.s.rewriter()
	r.plain = true
	if err := r.query(query, env{}); err != nil {
		return d.s.moveRefusal(err, b.origin)
	}
	if d.lake.Type != catalog.DuckLake {
		return nil
	}
	for i := range d.types {
		cast, _ := columns[1+i].(node)
		if name := foreignType(cast["cast_type"]); name != "" {
			return refuse(d.s.origin(d.types[i].tokens[0].start), "the type %s is not accepted: %s is a DuckLake catalog, which cannot store it", name, d.lake.Name)
		}
	}
	return nil
}

// foreignType finds a type in v that DuckLake cannot store.
func foreignType(v any) string {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if name := foreignType(c); name != "" {
				return name
			}
		}
	case node:
		for _, name := range [...]string{"BIT", "BIGNUM", "ENUM", "UNION", "ARRAY"} {
			if same(str(v, "id"), name) || str(v, "type") == "UNBOUND_TYPE_INFO" && same(str(v, "name"), name) {
				return name
			}
		}
		for _, c := range v {
			if name := foreignType(c); name != "" {
				return name
			}
		}
	}
	return ""
}

func (s *statement) alter() (Verdict, error) {
	if !s.at(1).is("table") {
		return Verdict{}, s.unexpected(1, "ALTER TABLE is")
	}
	ifExists, i := s.optional(2, "if", "exists")
	parts, i, err := s.name(i)
	if err != nil {
		return Verdict{}, err
	}
	t, c, err := s.target(parts, policy.Alter)
	if err != nil {
		return s.absent(err, ifExists)
	}
	if err := unrestricted(t, "ALTER TABLE"); err != nil {
		return Verdict{}, err
	}
	d := &definitions{s: s, lake: c}
	if err := s.alteration(d, t, i); err != nil {
		return Verdict{}, err
	}
	if err := d.check(); err != nil {
		return Verdict{}, err
	}
	sql := "ALTER TABLE " + physical(t.Physical) + " " + s.span.cut(i, len(s.tokens())).text()
	return s.define(sql, t.Name, c, policy.Alter, nil, &write{operator: "LOGICAL_ALTER", name: t.Physical})
}

// path reads a column, or a field of one, at i.
func (s *statement) path(i int) (int, error) {
	_, i, err := s.name(i)
	return i, err
}

// alteration reads what ALTER TABLE is to do, from i to the end.
func (s *statement) alteration(d *definitions, t catalog.Table, i int) error {
	end := len(s.tokens())
	const accepted = "ADD, DROP and RENAME COLUMN, RENAME TO, and ALTER COLUMN ... TYPE, SET or DROP DEFAULT, SET or DROP NOT NULL are"
	column := func(i int) int {
		if s.at(i).is("column") {
			return i + 1
		}
		return i
	}
	finish := func(i int) error {
		if i != end {
			return s.unexpected(i, accepted)
		}
		return nil
	}
	switch {
	case s.are(i, "add", "primary", "key", "("):
		if err := only(d.lake, "PRIMARY KEY", s.origin(s.at(i+1).start)); err != nil {
			return err
		}
		return finish(s.span.find(i+4, ")") + 1)
	case s.at(i).is("add"):
		_, i = s.optional(column(i+1), "if", "not", "exists")
		after, err := s.path(i)
		if err != nil {
			return err
		}
		return d.element(s.span.cut(after-1, end))
	case s.at(i).is("drop"):
		_, i = s.optional(column(i+1), "if", "exists")
		i, err := s.path(i)
		if err != nil {
			return err
		}
		if s.at(i).is("cascade") || s.at(i).is("restrict") {
			i++
		}
		return finish(i)
	case s.are(i, "rename", "to") && i+3 == end && s.at(i+2).name():
		name := catalog.Name{Catalog: t.Name.Catalog, Schema: t.Name.Schema, Table: s.at(i + 2).ident(s.span.sql)}
		if d.lake.Type != catalog.Temp {
			// The rules for the new name are others.
			if err := s.allowIn(d.lake, name, policy.Create); err != nil {
				return err
			}
		}
		return s.free(name)
	case s.at(i).is("rename"):
		i, err := s.path(column(i + 1))
		if err != nil {
			return err
		}
		if !s.at(i).is("to") || !s.at(i+1).name() {
			return s.unexpected(i, "RENAME COLUMN a TO b is")
		}
		return finish(i + 2)
	case s.at(i).is("alter"):
		i, err := s.path(column(i + 1))
		if err != nil {
			return err
		}
		switch {
		case s.are(i, "set", "not", "null"), s.are(i, "drop", "not", "null"):
			return finish(i + 3)
		case s.are(i, "drop", "default"):
			return finish(i + 2)
		case s.are(i, "set", "default"):
			d.exprs = append(d.exprs, s.span.cut(min(i+2, end), end))
			if i+2 >= end {
				return s.unexpected(end, "an expression is expected")
			}
			return nil
		case s.are(i, "set", "data", "type"):
			return s.newType(d, t, i+3)
		case s.are(i, "set", "type"):
			return s.newType(d, t, i+2)
		case s.are(i, "type"):
			return s.newType(d, t, i+1)
		}
	}
	return s.unexpected(i, accepted)
}

// newType reads the type, and the expression after USING, that a column is to have.
func (s *statement) newType(d *definitions, t catalog.Table, i int) error {
	end := len(s.tokens())
	using := s.span.find(i, "using")
	if i >= using {
		return s.unexpected(i, "a type is expected")
	}
	d.types = append(d.types, s.span.cut(i, using))
	if using < end {
		if err := unrestricted(t, "ALTER COLUMN ... USING on"); err != nil {
			return err
		}
		if using+1 >= end {
			return s.unexpected(end, "an expression is expected")
		}
		d.exprs = append(d.exprs, s.span.cut(using+1, end))
	}
	return nil
}
