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
	return one(ctx, b.parser, "SELECT json_serialize_sql("+literal(sql)+")::VARCHAR")
}

// Deserialize is json_deserialize_sql's answer for tree.
func (b binder) Deserialize(ctx context.Context, tree string) (string, error) {
	return one(ctx, b.parser, "SELECT json_deserialize_sql("+literal(tree)+"::JSON)::VARCHAR")
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
	return one(ctx, b.conn, "SELECT json_serialize_plan("+literal(sql)+", optimize := false)::VARCHAR")
}

// one asks with the question in the text: DuckDB binds a statement with
// parameters twice.
func one(ctx context.Context, c *conn, sql string) (string, error) {
	rows, err := c.rows(ctx, sql)
	if err != nil {
		return "", err
	}
	if len(rows) != 1 || len(rows[0]) != 1 || rows[0][0] == nil {
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
	return e.check(l.ctx, b, r.View, r.SQL)
}
