package guard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// Views of ours are texts that are read each time with the rights of whoever
// reads them: what the maker saw is of no consequence. A view can therefore
// neither widen what its reader may see nor hand on what its maker may.

const (
	viewDepth     = 32       // views within views
	viewsMost     = 256      // that one query reads, each as often as it stands there
	viewTextMost  = 64 << 10 // bytes of one
	viewTextsMost = 1 << 20  // bytes of all that one query reads
)

// errNesting: views read themselves, or one another too deeply.
var errNesting = errors.New("views are nested too deeply")

// viewing says whose text a rewriter is at work on: a view's within others, and
// at the end of the chain the statement, which has no name, or the view that it makes.
type viewing struct {
	name   catalog.Name
	outer  *viewing
	budget *viewBudget // of the statement
}

// viewBudget counts what the views of one statement take.
type viewBudget struct{ views, bytes int }

// stored reports whether it is a view's text.
func (v *viewing) stored() bool { return v != nil && (v.outer != nil || v.name != catalog.Name{}) }

// written reports whether the caller wrote the text.
func (v *viewing) written() bool { return v.outer == nil }

// enter is the viewing of t's text; errNesting if that leads too far.
func (v *viewing) enter(t catalog.Table) (*viewing, error) {
	v.budget.views++
	v.budget.bytes += len(t.Definition.SQL)
	if v.budget.views > viewsMost || v.budget.bytes > viewTextsMost {
		return nil, errNesting
	}
	depth := 0
	for at := v; at.stored(); at = at.outer {
		if depth++; depth > viewDepth || lowerName(at.name) == lowerName(t.Name) {
			return nil, errNesting
		}
	}
	return &viewing{name: t.Name, outer: v, budget: v.budget}, nil
}

// tableOf finds the table that parts name. Views do not see temporary tables,
// which are another's with each reader.
func (r *rewriter) tableOf(parts []string) (catalog.Table, error) {
	if !r.viewing.stored() {
		return r.view.Table(parts...)
	}
	full := parts
	if len(parts) == 1 {
		c, s := r.view.Current()
		full = []string{c, s, parts[0]}
	}
	t, err := r.view.Table(full...)
	if err != nil {
		return t, err
	}
	if c, err := r.view.Catalog(t.Name.Catalog); err == nil && (c.Type == catalog.Temp || c.Type == catalog.System) {
		return catalog.Table{}, refuse(-1, "a view cannot read %s: temporary tables and the server's own differ with each reader", strings.Join(parts, "."))
	}
	return t, nil
}

// notInViews refuses what would differ with each session that reads a view.
func (r *rewriter) notInViews(n node, what string) error {
	if !r.viewing.stored() {
		return nil
	}
	return refuse(position(n), "%s is not accepted in a view: it would differ with each session; ask in the query that reads the view", what)
}

// readView turns n into a subquery with the text of our view t, rewritten for
// the reader, its columns and, on top, the masks and the filter that rules have
// for the view itself.
func (r *rewriter) readView(n node, t catalog.Table, e env) error {
	if !t.Privileges.Has(policy.Select) {
		return denied("SELECT from", t.Name)
	}
	if at := child(n, "at_clause"); at != nil {
		return refuse(position(n), "AT is accepted for tables of DuckLake catalogs only; %s is a view", t.Name.Table)
	}
	if r.viewing == nil {
		r.viewing = &viewing{budget: &viewBudget{}}
	}
	inside, err := r.viewing.enter(t)
	if err != nil {
		return r.unreadable(t, err)
	}
	in := &rewriter{
		ctx: r.ctx, bind: r.bind, view: r.view.At(t.Definition.Catalog, t.Definition.Schema), literals: r.literals,
		notes: r.notes, viewing: inside,
	}
	body, err := in.body(t.Definition.SQL)
	if err != nil {
		return r.unreadable(t, err)
	}
	columns, where, err := r.visible(t)
	if err != nil {
		return err
	}
	from := node{"type": "BASE_TABLE", "sample": nil}
	r.subquery(from, t.Name.Table, body)
	query := selectNode(columns, from, where)
	r.behind(query)
	r.filtered = append(r.filtered, in.filtered...)
	r.recasts, r.joins = append(r.recasts, in.recasts...), r.joins || in.joins
	if r.viewing.written() {
		if err := r.binds(t, query); err != nil {
			return err
		}
	}
	r.reads = append(append(r.reads, t), in.reads...)
	r.notes.hide()
	r.subquery(n, e.scope.addTable(str(n, "alias"), t.Name), query)
	return nil
}

// body is the rewritten query of a view's text.
func (r *rewriter) body(sql string) (node, error) {
	tree, err := serialize(r.ctx, r.bind, sql, noMapping)
	if err != nil {
		return nil, err
	}
	query, params, err := onlyQuery(tree)
	if err != nil {
		return nil, err
	}
	if p, ok := params.([]any); ok && len(p) > 0 {
		return nil, refuse(-1, "a view cannot have parameters")
	}
	if err := r.query(query, env{}); err != nil {
		return nil, err
	}
	tokens, err := tokenize(sql)
	if err != nil {
		return nil, err
	}
	return query, r.rename(slices.ContainsFunc(tokens, lambdaWord))
}

// binds has DuckDB bind the query that stands for t by itself: what is wrong in
// a view's text must not be told in words from it, which may name what its
// reader does not see.
func (r *rewriter) binds(t catalog.Table, query node) error {
	sql, err := deserialize(r.ctx, r.bind, query, nil)
	if err != nil {
		return err
	}
	tree, err := answered(r.bind.Plan(r.ctx, r.literals.empty(sql)))
	if err != nil || !truth(tree, "error") {
		return err
	}
	switch str(tree, "error_type") {
	case "io", "http", "connection", "internal", "serialization", "interrupt", "out of memory":
		return nil // no matter of the view's: the whole statement meets it too
	}
	return r.unreadable(t, &BindError{Type: str(tree, "error_type")})
}

// unreadable is what the reader of t hears of what went wrong inside it: the
// names there are not theirs to know.
func (r *rewriter) unreadable(t catalog.Table, err error) error {
	var refusal *Refusal
	var bind *BindError
	switch {
	case errors.Is(err, errNesting) && !r.viewing.written():
		return err // the outermost view is the one that is named
	case errors.Is(err, errNesting):
		return refuse(-1, "view %s reads itself, or too many views: at most %d within each other, %d and %d bytes of text in all", display(t.Name), viewDepth, viewsMost, viewTextsMost)
	case errors.Is(err, ErrDenied):
		return fmt.Errorf("view %s cannot be read with your rights: %w", display(t.Name), ErrDenied)
	case errors.As(err, &refusal), errors.As(err, &bind), isNotFound(err):
		return refuse(-1, "view %s is out of date: what it reads is not there, or not as it was; who may drop it can make it anew", display(t.Name))
	}
	return err
}

// createView decides on CREATE VIEW, whose name comes after IF NOT EXISTS at i.
func (s *statement) createView(i int, replace, temp bool) (Verdict, error) {
	if temp {
		return Verdict{}, deny(s.at(i-1).start, "CREATE TEMPORARY VIEW is not accepted; use WITH in the query, or CREATE TEMPORARY TABLE ... AS")
	}
	ifNot, i := s.optional(i, "if", "not", "exists")
	if replace && ifNot {
		return Verdict{}, s.unexpected(i-1, "OR REPLACE and IF NOT EXISTS exclude each other")
	}
	parts, i, err := s.name(i)
	if err != nil {
		return Verdict{}, err
	}
	name, _, c, err := s.newTable(parts, false)
	if err != nil {
		return Verdict{}, err
	}
	if c.Type == catalog.Temp {
		return Verdict{}, refuse(s.origin(s.at(0).start), "a view is in a schema of a catalog; use CREATE TEMPORARY TABLE ... AS for what is yours alone")
	}
	need, err := s.room(name, &replace)
	if err != nil {
		return s.there(err, ifNot)
	}
	names, i, err := s.viewColumns(i)
	if err != nil {
		return Verdict{}, err
	}
	if !s.at(i).is("as") || i+1 >= len(s.tokens()) {
		return Verdict{}, s.unexpected(i, "CREATE VIEW name AS query is")
	}
	body := s.span.cut(i+1, len(s.tokens()))
	if len(body.text()) > viewTextMost {
		return Verdict{}, refuse(s.at(i+1).start, "the text of a view is at most %d bytes long", viewTextMost)
	}
	if p := slices.IndexFunc(body.tokens, func(t token) bool { return t.kind == parameter }); p >= 0 {
		return Verdict{}, refuse(body.tokens[p].start, "a view cannot have parameters; write the value")
	}
	return s.viewOf(catalog.Table{Name: name, Kind: catalog.ViewTable}, body, names, need, replace, ifNot)
}

// room refuses a view where something of its name is. replace stays true only if
// there is a view that the caller sees and may drop: what they do not see must
// not be replaced.
func (s *statement) room(name catalog.Name, replace *bool) (policy.Privileges, error) {
	old, err := s.view.Table(name.Catalog, name.Schema, name.Table)
	switch {
	case isNotFound(err):
		*replace = false
		return policy.Create, nil
	case err != nil:
		return 0, err
	case !*replace || old.Definition == nil:
		return 0, fmt.Errorf("%s: %w", display(name), ErrExists)
	}
	return policy.Create | policy.Drop, allow(name, old.Privileges, policy.Drop)
}

// free refuses a table where a view of ours is.
func (s *statement) free(name catalog.Name) error {
	if t, err := s.view.Table(name.Catalog, name.Schema, name.Table); err == nil && t.Definition != nil {
		return fmt.Errorf("view %s: %w", display(t.Name), ErrExists)
	}
	return nil
}

// there turns what is there already into nothing to do, where the statement says
// IF NOT EXISTS.
func (s *statement) there(err error, ifNot bool) (Verdict, error) {
	if ifNot && errors.Is(err, ErrExists) {
		return Verdict{Kind: Define, SQL: nothing}, nil
	}
	return Verdict{}, err
}

// viewColumns reads (name, ...) at i.
func (s *statement) viewColumns(i int) (names []string, next int, err error) {
	if !s.at(i).is("(") {
		return nil, i, nil
	}
	closing := min(s.span.find(i+1, ")"), len(s.tokens()))
	for _, item := range s.span.cut(i+1, closing).list() {
		if len(item.tokens) != 1 || !item.tokens[0].name() {
			return nil, i, s.unexpected(i+1, "CREATE VIEW name (column, ...) AS query is")
		}
		name := item.tokens[0].ident(s.span.sql)
		if slices.ContainsFunc(names, func(n string) bool { return same(n, name) }) {
			return nil, i, refuse(item.tokens[0].start, "two columns are called %s", name)
		}
		names = append(names, name)
	}
	return names, closing + 1, nil
}

// viewOf checks the text of a view as any query of its maker's.
func (s *statement) viewOf(t catalog.Table, body span, names []string, need policy.Privileges, replace, ifNot bool) (Verdict, error) {
	s.span, s.viewing = body, viewing{name: t.Name, budget: &viewBudget{}}
	sql, r, err := s.rewrite(span{}, body)
	if err != nil {
		return Verdict{}, err
	}
	in, err := s.intends(r.reads)
	if err != nil {
		return Verdict{}, err
	}
	if err := s.verify(in, sql); err != nil {
		return Verdict{}, err
	}
	v := Verdict{Kind: Ordered, SQL: s.literals.fill(sql), Target: t.Name, Needs: need}
	v.read(s.view, r.reads)
	at, schema := s.view.Current()
	t.Definition = &catalog.Definition{SQL: body.text(), Catalog: at, Schema: schema, Reads: v.Reads}
	for _, u := range s.notes.columns(s.view, v.Reads) {
		t.Definition.Uses = append(t.Definition.Uses, catalog.Use{Table: u.Table, Columns: u.Columns})
	}
	v.Order = &Order{Action: CreateView, View: t, Names: names, Replace: replace, Exists: ifNot}
	return v, nil
}

// Named is o's view with the names that o gives its columns. It is a Refusal if
// the query does not give as many.
func (o Order) Named() (catalog.Table, error) {
	v, d := o.View, *o.View.Definition
	if len(v.Columns) != len(o.Names) {
		return v, refuse(-1, "the query gives %d columns, and the view names %d", len(v.Columns), len(o.Names))
	}
	list := make([]string, len(o.Names))
	v.Columns = slices.Clone(v.Columns)
	for i, name := range o.Names {
		list[i] = sqltext.Identifier(v.Columns[i].Name) + " AS " + sqltext.Identifier(name)
		v.Columns[i].Name = name
	}
	d.SQL = "SELECT " + strings.Join(list, ", ") + " FROM (\n" + d.SQL + "\n) AS v"
	v.Definition = &d
	return v, nil
}

// dropView decides on DROP VIEW of a view of ours.
func (s *statement) dropView(t catalog.Table, c catalog.Catalog, ifExists bool) (Verdict, error) {
	return Verdict{
		Kind: Ordered, Target: t.Name, Needs: policy.Drop,
		Order: &Order{Action: DropView, View: catalog.Table{Name: t.Name, Kind: catalog.ViewTable}, Exists: ifExists},
	}, s.allowOn(t, c, policy.Drop)
}

// dropUnseen lets administrators drop a view that is not there for them, such as
// one over a table that they may not read, by its full name.
func (s *statement) dropUnseen(parts []string, ifExists bool) (Verdict, bool) {
	if !s.view.Rights().Admin || len(parts) != 3 || same(parts[0], string(catalog.Temp)) {
		return Verdict{}, false
	}
	name := catalog.Name{Catalog: parts[0], Schema: parts[1], Table: parts[2]}
	return Verdict{
		Kind: Ordered, Target: name,
		Order: &Order{Action: DropView, View: catalog.Table{Name: name, Kind: catalog.ViewTable}, Exists: ifExists},
	}, true
}

// commentView decides on COMMENT ON VIEW of a view of ours, which who may drop
// it may set.
func (s *statement) commentView(t catalog.Table, c catalog.Catalog, value token) (Verdict, error) {
	view := catalog.Table{Name: t.Name, Kind: catalog.ViewTable}
	if value.kind == text {
		view.Comment = value.value
	}
	return Verdict{
		Kind: Ordered, Target: t.Name, Needs: policy.Drop, Order: &Order{Action: CommentView, View: view},
	}, s.allowOn(t, c, policy.Drop)
}
