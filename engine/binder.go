package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// binder is DuckDB's parser and binder, as the guard asks for them. It runs
// nothing of the caller's.
type binder struct {
	parser *conn // of core.parsers
	conn   *conn // sees what the statement is to see
	view   catalog.View
	touch  func(text string) // told what is about to be bound; may be nil
}

// Serialize is json_serialize_sql's answer for sql.
func (b binder) Serialize(ctx context.Context, sql string) (string, error) {
	return one(ctx, b.parser, "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR", sql)
}

// Deserialize is json_deserialize_sql's answer for tree.
func (b binder) Deserialize(ctx context.Context, tree string) (string, error) {
	return one(ctx, b.parser, "SELECT json_deserialize_sql($1::VARCHAR::JSON)::VARCHAR", tree)
}

// Plan is json_serialize_plan's answer for sql, not optimised.
// Where a lake is down it is not asked: it might never answer.
func (b binder) Plan(ctx context.Context, sql string) (string, error) {
	for _, c := range b.view.Catalogs() {
		if c.Down && strings.Contains(sql, c.Physical) {
			return "", fmt.Errorf("%w: catalog %q", ErrUnavailable, c.Name)
		}
	}
	if b.touch != nil {
		b.touch(sql)
	}
	return one(ctx, b.conn, "SELECT json_serialize_plan($1::VARCHAR, optimize := false)::VARCHAR", sql)
}

// one asks a question about argument. The question stays prepared: DuckDB takes
// longer to prepare it than to answer it.
func one(ctx context.Context, c *conn, question, argument string) (answer string, err error) {
	var rows [][]*string
	err = c.do(ctx, func() error {
		st, err := c.statement(question)
		if err != nil {
			return err
		}
		got, err := runTexts(st.st, argument)
		c.done(st, err == nil)
		rows = got
		return err
	})
	switch {
	case err != nil: // rows may still be written to
		return "", err
	case len(rows) != 1 || len(rows[0]) != 1 || rows[0][0] == nil:
		return "", errors.New("engine: DuckDB gave no answer about a statement")
	}
	return *rows[0][0], nil
}

// judge asks the guard about r, which is to run on l's connection.
func (e *core) judge(l *lease, r Request) (guard.Verdict, error) {
	parser, err := e.parsers.get()
	if err != nil {
		return guard.Verdict{}, err
	}
	defer e.parsers.put(e.ctx, parser)
	b := binder{parser: parser, conn: parser, view: r.View, touch: func(text string) { e.touch(l, text) }}
	if l.session != nil {
		b.conn = l.conn
	}
	v, err := e.check(l.ctx, b, r.View, r.SQL)
	v.SQL = e.inst.audit.overFiles(v.SQL)
	return v, err
}

// Binder parses and binds outside of any statement, over all that the lakes hold.
func (e *Engine) Binder() guard.Binder { return looseBinder{e} }

// looseBinder takes a connection for each question.
type looseBinder struct{ engine *Engine }

func (l looseBinder) ask(ctx context.Context, question func(ctx context.Context, b binder) (string, error)) (string, error) {
	c, err := l.engine.core()
	if err != nil {
		return "", err
	}
	parser, err := c.parsers.get()
	if err != nil {
		return "", err
	}
	defer c.parsers.put(c.ctx, parser)
	answer, err := question(ctx, binder{parser: parser, conn: parser})
	return answer, c.translate(ctx, err)
}

// Serialize is binder.Serialize.
func (l looseBinder) Serialize(ctx context.Context, sql string) (string, error) {
	return l.ask(ctx, func(ctx context.Context, b binder) (string, error) { return b.Serialize(ctx, sql) })
}

// Deserialize is binder.Deserialize.
func (l looseBinder) Deserialize(ctx context.Context, tree string) (string, error) {
	return l.ask(ctx, func(ctx context.Context, b binder) (string, error) { return b.Deserialize(ctx, tree) })
}

// Plan is binder.Plan.
func (l looseBinder) Plan(ctx context.Context, sql string) (string, error) {
	return l.ask(ctx, func(ctx context.Context, b binder) (string, error) { return b.Plan(ctx, sql) })
}
