package opinion

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lakegate/lakegate/engine"
)

// change is a statement that writes, with the query that shows what became of it.
type change struct {
	sql    string
	target *right // nil for a temporary table
	needs  string // the privilege that it takes
	after  string // on both sides; empty where the two cannot be compared
}

// change is a random one; false if there is nothing that could be changed.
func (g *gen) change() (change, bool) {
	have := g.readable()
	if len(have) == 0 {
		return change{}, false
	}
	if g.chance(25) {
		q, _ := g.query(nil, nil, 2)
		name := "scratch"
		if g.chance(30) {
			name = strings.ReplaceAll(pick(g.r, g.w.tables).name, `"`, "") // goes before the table of that name
		}
		return change{sql: "CREATE TEMP TABLE " + ident(name) + " AS " + q, after: "SELECT * FROM " + ident(name)}, true
	}
	r := pick(g.r, have)
	c := change{target: r}
	bad := g.bad
	g.bad = 0 // the target is always the one that is meant
	name := g.tableName(r.table)
	g.bad = bad
	src := &source{names: []string{g.name(r.table.name)}, cols: r.cols, table: r}
	s := &scope{sources: []*source{src}}
	switch n := g.r.IntN(10); {
	case n < 5:
		c.needs = "INSERT"
		c.sql = g.insert(name, r)
	case n < 7:
		c.needs = "UPDATE"
		f := pick(g.r, r.cols)
		c.sql = "UPDATE " + name + " SET " + g.name(f.name) + " = " + g.expr(s, f.typ, 2)
		if len(r.cols) > 1 && g.chance(30) {
			if other := pick(g.r, r.cols); other.name != f.name {
				c.sql += ", " + g.name(other.name) + " = " + g.expr(s, other.typ, 1)
			}
		}
		c.sql += g.where(s, 2)
	default:
		c.needs = "DELETE"
		c.sql = "DELETE FROM " + name + g.where(s, 2)
		if g.chance(10) {
			c.sql = "TRUNCATE " + name
		}
	}
	if g.chance(25) {
		g.joined(&c, name, r, s)
	}
	if !r.masked() {
		c.after = "SELECT * FROM " + r.table.full()
	}
	return c, true
}

// joined makes c one that reads another table, which has each key once.
func (g *gen) joined(c *change, name string, r *right, s *scope) {
	key, t, ok := g.col(s, func(t *typ) bool { return t.class == integer || t.class == text || t.class == date })
	if !ok || !strings.Contains(key, ".") {
		return
	}
	from, inner := g.from(nil, 0, 1)
	x := g.expr(inner, t, 0)
	f := pick(g.r, r.cols)
	other := "(SELECT " + x + " AS src_key, max(" + g.expr(inner, f.typ, 0) + ") AS src_value FROM " + from + " GROUP BY ALL) AS src"
	switch c.needs {
	case "UPDATE":
		c.sql = "UPDATE " + name + " SET " + g.name(f.name) + " = CAST(src_value AS " + f.typ.sql + ") FROM " + other + " WHERE " + key + " = src.src_key"
	case "DELETE":
		c.sql = "DELETE FROM " + name + " USING " + other + " WHERE " + key + " = src_key"
		if g.chance(40) {
			c.sql = "MERGE INTO " + name + " USING " + other + " ON " + key + " = src_key WHEN MATCHED THEN DELETE"
		}
	}
}

func (g *gen) insert(name string, r *right) string {
	var names []string
	var types []*typ
	for _, f := range r.cols {
		if g.chance(75) || len(names) == 0 {
			names, types = append(names, g.name(f.name)), append(types, f.typ)
		}
	}
	if g.chance(25) {
		rows := make([]string, 1+g.r.IntN(3))
		for i := range rows {
			items := make([]string, len(types))
			for j, t := range types {
				items[j] = value(g.r, t, true)
				if g.chance(5) {
					items[j] = "DEFAULT"
				}
			}
			rows[i] = "(" + strings.Join(items, ", ") + ")"
		}
		return "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(rows, ", ")
	}
	from, s := g.from(nil, 1, 2)
	items := make([]string, len(types))
	byName := g.chance(20)
	for i, t := range types {
		items[i] = "CAST(" + g.expr(s, t, 1) + " AS " + t.sql + ")"
		if byName {
			items[i] += " AS " + names[i]
		}
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM " + from + g.where(s, 1)
	switch {
	case byName:
		return "INSERT INTO " + name + " BY NAME " + q
	case g.chance(15):
		return "INSERT INTO " + name + " " + q
	case g.chance(20):
		return "WITH src AS (" + q + ") INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") SELECT * FROM src"
	}
	return "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") " + q
}

// changed is what became of a change.
type changed struct {
	rows  int64
	after answer
	err   error
}

// compareChange runs c on both sides, in transactions that are rolled back.
func (r *round) compareChange(who *caller, at place, c change) outcome {
	ctx, cancel := context.WithTimeout(r.t.Context(), 15*time.Second)
	defer cancel()
	r.at = at
	want := r.changeReference(ctx, who, at, c, false)
	if want.err != nil && brokenRef.MatchString(want.err.Error()) {
		r.reference(who, false).close()
		delete(r.refs, who)
		return outcome{kind: notCompared}
	}
	got := r.changeLake(ctx, who, at, c)
	if ctx.Err() != nil {
		return outcome{kind: notCompared}
	}
	if c.target != nil && !c.target.privileges[c.needs] {
		if got.err == nil {
			return outcome{difference, "Lakegate does what the caller has no right to: " + c.needs, "always: unprivileged"}
		}
		return outcome{kind: bothRefuse}
	}
	o := r.judgeChange(who, c, got, want)
	if o.kind == difference && !strings.HasPrefix(o.same, "always") {
		again := r.changeReference(ctx, who, at, c, true)
		if (again.err == nil) != (want.err == nil) || again.rows != want.rows || again.err == nil && differ(again.after, want.after) != "" {
			return outcome{kind: notSettled}
		}
	}
	return o
}

func (r *round) judgeChange(who *caller, c change, got, want changed) outcome {
	if got.err != nil || want.err != nil {
		o := r.judge(who, c.sql, answer{err: got.err}, answer{err: want.err})
		return o
	}
	if got.rows != want.rows && c.target != nil {
		return outcome{difference, fmt.Sprintf("%d rows changed, and by the reference %d", got.rows, want.rows), "changed: count"}
	}
	if c.after == "" || want.after.err != nil {
		return outcome{kind: bothAnswer}
	}
	o := r.judge(who, c.sql, got.after, want.after)
	if o.kind == difference {
		o.why = "afterwards: " + o.why
	}
	return o
}

func (r *round) changeReference(ctx context.Context, who *caller, at place, c change, other bool) (out changed) {
	ref := r.reference(who, other)
	ref.must(r.t, "USE "+ident(at.catalog)+"."+ident(at.schema), "BEGIN")
	out.rows, out.err = ref.exec(ctx, c.sql)
	if out.err == nil && c.after != "" {
		after := c.after
		if c.target != nil && c.target.filter != "" {
			after += " WHERE " + c.target.filter // what the caller still sees
		}
		out.after = ref.query(ctx, after)
		if out.after.err != nil && c.target != nil && c.target.filter != "" && c.needs != "INSERT" {
			out.after = ref.query(ctx, c.after) // by a column that cannot change
		}
	}
	if out.err == nil || !brokenRef.MatchString(out.err.Error()) {
		ref.must(r.t, "ROLLBACK")
	}
	return out
}

func (r *round) changeLake(ctx context.Context, who *caller, at place, c change) (out changed) {
	id, err := r.gate.engine.OpenSession(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer r.gate.engine.CloseSession(id)
	v, err := r.gate.view(ctx, who, at)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.gate.engine.Begin(ctx, id); err != nil {
		r.t.Fatal(err)
	}
	res, err := r.gate.engine.Update(ctx, engine.Request{Session: id, View: v, SQL: c.sql})
	out.rows, out.err = res.Rows, err
	if err == nil && c.after != "" {
		contents, err := r.gate.engine.Contents(ctx, id, r.gate.owned)
		if err != nil {
			r.t.Fatal(err)
		}
		v = r.gate.catalogs.Over(who.principal, contents).As(who.principal.User).At(at.catalog, at.schema)
		out.after = r.gate.read(ctx, engine.Request{Session: id, View: v, SQL: c.after})
	}
	if err := r.gate.engine.Rollback(ctx, id); err != nil {
		r.t.Fatal(err)
	}
	return out
}
