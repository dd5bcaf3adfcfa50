package engine

import (
	"context"
	"errors"
)

// binder is DuckDB's parser and binder on one connection, as the guard asks for
// it. It runs nothing of the caller's.
type binder struct{ conn *conn }

// Serialize is json_serialize_sql's answer for sql.
func (b binder) Serialize(ctx context.Context, sql string) (string, error) {
	return b.one(ctx, "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR", sql)
}

// Deserialize is json_deserialize_sql's answer for tree.
func (b binder) Deserialize(ctx context.Context, tree string) (string, error) {
	return b.one(ctx, "SELECT json_deserialize_sql($1::JSON)::VARCHAR", tree)
}

// Plan is json_serialize_plan's answer for sql, not optimised.
func (b binder) Plan(ctx context.Context, sql string) (string, error) {
	return b.one(ctx, "SELECT json_serialize_plan($1::VARCHAR, optimize := false)::VARCHAR", sql)
}

func (b binder) one(ctx context.Context, sql, param string) (string, error) {
	rows, err := b.conn.rows(ctx, sql, param)
	if err != nil {
		return "", err
	}
	if len(rows) != 1 || len(rows[0]) != 1 || rows[0][0] == nil {
		return "", errors.New("engine: DuckDB gave no answer about a statement")
	}
	return *rows[0][0], nil
}
