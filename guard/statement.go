package guard

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// statement is one statement on its way through Check.
type statement struct {
	ctx      context.Context //nolint:containedctx // lives as long as one Check
	bind     Binder
	view     catalog.View
	span     span
	literals literals
	shifts   []shift // where span.sql is longer than what the caller sent

	whole   map[catalog.Name]bool // physical tables that the caller sees: whether as they are; nil until it is asked
	notes   notes
	bound   node // the plan that was checked last
	viewing viewing
}

// rewriter walks one of the statement's parts.
func (s *statement) rewriter() *rewriter {
	if s.viewing.budget == nil {
		s.viewing.budget = &viewBudget{}
	}
	return &rewriter{ctx: s.ctx, bind: s.bind, view: s.view, literals: &s.literals, notes: &s.notes, viewing: &s.viewing}
}

type shift struct{ at, by int }

// origin is where the caller wrote what is at offset i of the span's text.
func (s *statement) origin(i int) int {
	out := i
	for _, sh := range s.shifts {
		if i > sh.at {
			out -= sh.by
		}
	}
	return out
}

func (s *statement) tokens() []token { return s.span.tokens }

// at is the token i, or a token that is nothing.
func (s *statement) at(i int) token {
	if i < len(s.span.tokens) {
		return s.span.tokens[i]
	}
	end := 0
	if n := len(s.span.tokens); n > 0 {
		end = s.span.tokens[n-1].end
	}
	return token{kind: semicolon, start: end, end: end}
}

// are reports whether the words stand at i, one after the other.
func (s *statement) are(i int, words ...string) bool {
	for j, w := range words {
		if !s.at(i + j).is(w) {
			return false
		}
	}
	return true
}

// unexpected refuses what stands at i, saying what would be right.
func (s *statement) unexpected(i int, want string) error {
	t := s.at(i)
	if t.start == t.end {
		return refuse(s.origin(t.start), "the statement ends too early; %s", want)
	}
	return refuse(s.origin(t.start), "%s is not accepted here; %s", s.span.sql[t.start:t.end], want)
}

type decision func(*statement) (Verdict, error)

// kinds is what is done with a statement by its first keyword. What is in
// neither list is no statement at all, and DuckDB's parser says so.
var kinds = map[string]decision{
	"select": (*statement).query, "from": (*statement).query, "values": (*statement).query, "table": (*statement).query,
	"(": (*statement).query, "describe": (*statement).query, "desc": (*statement).query, "show": (*statement).show,
	"summarize": (*statement).query, "pivot": (*statement).query, "unpivot": (*statement).query,
	"pivot_wider": (*statement).query, "pivot_longer": (*statement).query, "with": (*statement).with,
	"insert": (*statement).insert, "update": (*statement).update, "delete": (*statement).remove, "truncate": (*statement).truncate,
	"merge": (*statement).merge, "create": (*statement).create, "drop": (*statement).drop, "alter": (*statement).alter,
	"comment": (*statement).comment, "begin": (*statement).transaction, "start": (*statement).transaction,
	"commit": (*statement).transaction, "end": (*statement).transaction, "rollback": (*statement).transaction,
	"abort": (*statement).transaction, "use": (*statement).use, "set": (*statement).set, "reset": (*statement).set,
	"grant": (*statement).grant, "revoke": (*statement).grant, "call": (*statement).call,
}

// refused is every other kind of statement that DuckDB knows, and what to do instead.
var refused = map[string]string{
	"prepare":    "PREPARE is not accepted in SQL; use your client's prepared statements with bound parameters",
	"execute":    "EXECUTE is not accepted in SQL; use your client's prepared statements with bound parameters",
	"deallocate": "DEALLOCATE is not accepted in SQL; close your client's prepared statement",
	"copy":       "COPY is not accepted; read with a query, and write with your client's bulk ingest or INSERT",
	"export":     "EXPORT is not accepted; read with queries",
	"import":     "IMPORT is not accepted; write with your client's bulk ingest or INSERT",
	"attach":     "ATTACH is not accepted; an administrator declares the lakes in the server's settings",
	"detach":     "DETACH is not accepted; an administrator declares the lakes in the server's settings",
	"pragma":     "PRAGMA is not accepted; DESCRIBE, SHOW and information_schema answer questions about tables",
	"install":    "INSTALL is not accepted; an administrator chooses the extensions",
	"load":       "LOAD is not accepted; an administrator chooses the extensions",
	"checkpoint": "CHECKPOINT is not accepted; the server maintains its lakes itself",
	"force":      "FORCE CHECKPOINT is not accepted; the server maintains its lakes itself",
	"vacuum":     "VACUUM is not accepted; the server maintains its lakes itself",
	"analyze":    "ANALYZE is not accepted; the server maintains its lakes itself",
	"savepoint":  "SAVEPOINT is not accepted; DuckDB has none",
	"release":    "RELEASE is not accepted; DuckDB has no savepoints",
	"kill":       "KILL is not accepted; cancel the statement with your client",
	"do":         "DO is not accepted; send plain statements",
	"declare":    "DECLARE is not accepted; results are streamed as they are",
	"fetch":      "FETCH is not accepted; results are streamed as they are",
	"reindex":    "REINDEX is not accepted; the server maintains its lakes itself",
	"refresh":    "REFRESH is not accepted; DuckDB has no materialised views",
	"listen":     "LISTEN is not accepted",
	"notify":     "NOTIFY is not accepted",
	"discard":    "DISCARD is not accepted; close the session with your client",
	"lock":       "LOCK is not accepted; transactions are isolated by snapshots",
}

func (s *statement) decide() (Verdict, error) {
	first := s.at(0)
	head := first.value
	if first.kind != word && !first.is("(") {
		head = ""
	}
	if head == "explain" {
		return s.explain() // not one of kinds: it decides by them again
	}
	if d, ok := kinds[head]; ok {
		return d(s)
	}
	if why, ok := refused[head]; ok {
		return Verdict{}, deny(first.start, "%s", why)
	}
	// DuckDB's own words for what is no statement.
	if _, err := serialize(s.ctx, s.bind, s.span.text(), func(i int) int { return first.start + i }); err != nil {
		return Verdict{}, err
	}
	return Verdict{}, deny(first.start, "a statement that begins with %s is not accepted; queries, INSERT, UPDATE, DELETE, MERGE, CREATE, DROP, ALTER, COMMENT, transactions, USE and SET are",
		s.span.sql[first.start:first.end])
}

// with finds out what follows the common table expressions.
func (s *statement) with() (Verdict, error) {
	for i := s.span.find(1, "insert", "update", "delete", "merge"); i < len(s.tokens()); i = s.span.find(i+1, "insert", "update", "delete", "merge") {
		if s.at(i+1).is("as") || s.at(i+1).is("(") || s.at(i+1).is("using") || !s.at(i-1).is(")") {
			continue // a common table expression of that name
		}
		switch s.at(i).value {
		case "insert":
			return s.insert()
		case "update":
			return s.update()
		case "delete":
			return s.remove()
		}
		return s.merge()
	}
	return s.query()
}

// query decides on what gives rows.
func (s *statement) query() (Verdict, error) {
	sql, r, err := s.rewrite(span{}, s.span)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Kind: Query, SQL: s.literals.fill(sql)}
	v.read(s.view, r.reads)
	in, err := s.intends(r.reads)
	if err != nil {
		return Verdict{}, err
	}
	return v, s.verify(in, sql)
}

// verify binds sql and refuses it unless it does what in says.
func (s *statement) verify(in *intent, sql string) error {
	tree, err := s.plan(s.literals.empty(sql))
	if err != nil {
		return err
	}
	s.bound = tree
	return in.check(tree)
}

// rewrite gives the text of a query with the common table expressions of with
// before it, with every table replaced by what the View has of it.
func (s *statement) rewrite(with, query span) (string, *rewriter, error) {
	original := query.text()
	start, lead := query.tokens[0].start, 0
	if len(with.tokens) > 0 {
		lead = len(with.text()) + 1
		original = with.text() + " " + original
	}
	tree, err := serialize(s.ctx, s.bind, original, func(i int) int {
		if i < lead {
			return s.origin(with.tokens[0].start + i)
		}
		return s.origin(start + i - lead)
	})
	if err != nil {
		return "", nil, err
	}
	root, params, err := onlyQuery(tree)
	if err != nil {
		return "", nil, err
	}
	r := s.rewriter()
	if err := r.query(root, env{}); err != nil {
		return "", nil, s.moveRefusal(err, func(i int) int { return start + i - lead })
	}
	if err := s.describe(r, params); err != nil {
		return "", nil, err
	}
	if !r.changed {
		return original, r, nil
	}
	if err := r.rename(slices.ContainsFunc(query.tokens, lambdaWord)); err != nil {
		return "", nil, err
	}
	sql, err := deserialize(s.ctx, s.bind, root, params)
	return sql, r, err
}

// moveRefusal moves a refusal's position from a text that DuckDB saw to the statement.
func (s *statement) moveRefusal(err error, at mapping) error {
	if r, ok := err.(*Refusal); ok && r.Position >= 0 { //nolint:errorlint // made by this package, never wrapped
		r.Position = s.origin(at(r.Position))
	}
	return err
}

// describe checks the queries under DESCRIBE by their own plans.
func (s *statement) describe(r *rewriter, params any) error {
	for _, query := range r.described {
		sql, err := deserialize(s.ctx, s.bind, query, params)
		if err != nil {
			return err
		}
		in, err := s.intends(r.reads)
		if err != nil {
			return err
		}
		err = s.verify(in, sql)
		var missing *BindError
		if errors.As(err, &missing) && missing.Type == "catalog" {
			return refuse(-1, "DESCRIBE cannot see WITH around it; write it inside: DESCRIBE WITH ... SELECT ...")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read notes the tables that the statement reads.
func (v *Verdict) read(view catalog.View, tables []catalog.Table) {
	for _, t := range tables {
		v.Needs |= policy.Select
		if !slices.Contains(v.Reads, t.Name) {
			v.Reads = append(v.Reads, t.Name)
		}
		if c, err := view.Catalog(t.Name.Catalog); err == nil && c.Type == catalog.Temp {
			v.Temp = true
		}
	}
}

// name reads a name of one to three parts at i; next is the token after it.
func (s *statement) name(i int) (parts []string, next int, err error) {
	for {
		t := s.at(i)
		if !t.name() {
			return nil, i, s.unexpected(i, "a name is expected")
		}
		parts = append(parts, t.ident(s.span.sql))
		i++
		if !s.at(i).is(".") {
			break
		}
		i++
	}
	if len(parts) > 3 {
		return nil, i, refuse(s.origin(s.at(i-1).start), "%s: a name has at most three parts, catalog.schema.table", strings.Join(parts, "."))
	}
	return parts, i, nil
}
