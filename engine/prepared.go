package engine

import (
	"slices"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// preparedMost is how many prepared statements a connection keeps.
const preparedMost = 32

// prepared is one statement, parsed and bound.
type prepared struct {
	sql string
	st  duckdb.PreparedStatement
}

// statements are what a connection has prepared and keeps for the next time,
// the one used last at the end. DuckDB binds such a statement anew when the
// definitions that it depends on have changed.
type statements struct{ kept []prepared }

// statement gives sql prepared; DuckDB refuses text that is more than one
// statement. The caller gives it back with done.
func (c *conn) statement(sql string) (prepared, error) {
	if i := slices.IndexFunc(c.stmts.kept, func(p prepared) bool { return p.sql == sql }); i >= 0 {
		p := c.stmts.kept[i]
		c.stmts.kept = slices.Delete(c.stmts.kept, i, i+1)
		return p, nil
	}
	p := prepared{sql: sql}
	if duckdb.Prepare(c.raw, sql, &p.st) == duckdb.StateError {
		err := &rawError{kind: duckdb.ErrorTypeInvalid, text: duckdb.PrepareError(p.st)}
		duckdb.DestroyPrepare(&p.st)
		return prepared{}, err
	}
	return p, nil
}

// done keeps p for the next time, or frees it.
func (c *conn) done(p prepared, keep bool) {
	if !keep {
		duckdb.DestroyPrepare(&p.st)
		return
	}
	duckdb.ClearBindings(p.st)
	if len(c.stmts.kept) >= preparedMost {
		duckdb.DestroyPrepare(&c.stmts.kept[0].st)
		c.stmts.kept = slices.Delete(c.stmts.kept, 0, 1)
	}
	c.stmts.kept = append(c.stmts.kept, p)
}

// drop frees the kept statement of that text, if there is one.
func (s *statements) drop(sql string) {
	if i := slices.IndexFunc(s.kept, func(p prepared) bool { return p.sql == sql }); i >= 0 {
		duckdb.DestroyPrepare(&s.kept[i].st)
		s.kept = slices.Delete(s.kept, i, i+1)
	}
}

func (s *statements) clear() {
	for i := range s.kept {
		duckdb.DestroyPrepare(&s.kept[i].st)
	}
	s.kept = nil
}
