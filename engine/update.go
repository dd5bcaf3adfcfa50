package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/guard"
)

// Update runs a statement of any kind, once for each row of its parameters, all
// or none, as Engine.Update says.
func (e *core) Update(ctx context.Context, r Request) (Result, error) {
	l, p, err := e.prepared(ctx, r)
	if err != nil {
		return Result{}, e.translate(ctx, err)
	}
	defer l.release()
	result := Result{Rows: -1, Verdict: p.verdict}
	switch p.verdict.Kind {
	case guard.Query:
		result.Rows, err = e.count(l, p, r.Params)
	case guard.Change, guard.Define:
		w := &write{ctx: l.ctx, plan: p, params: r.Params, returnMost: r.ReturnMost, admit: r.Admit, mem: e.mem}
		result.Rows, err = e.write(l, w)
		if w.wantsRows() && err == nil {
			result.Returned, result.Schema = w.returned, p.schema
		}
	case guard.Begin, guard.Commit, guard.Rollback:
		l.release()
		return result, e.transact(ctx, r.Session, p.verdict.Kind)
	}
	if err != nil {
		return Result{}, narrowed(e.translate(ctx, err), err, p.verdict.Narrow)
	}
	return result, nil
}

func (e *core) transact(ctx context.Context, id SessionID, kind guard.Kind) error {
	switch kind {
	case guard.Begin:
		return e.Begin(ctx, id)
	case guard.Commit:
		return e.Commit(ctx, id)
	default:
		return e.Rollback(ctx, id)
	}
}

// count runs a query and throws its rows away.
func (e *core) count(l *lease, p *plan, params arrow.RecordBatch) (int64, error) {
	s, err := e.startStream(l, p, params)
	if err != nil {
		return 0, err
	}
	defer s.Release()
	var rows int64
	for s.Next() {
		rows += s.RecordBatch().NumRows()
	}
	return rows, s.err
}

// write runs a change or a definition: in the session's transaction if there is
// one, else by itself and, for a lake's, through the lake's gate.
func (e *core) write(l *lease, w *write) (rows int64, err error) {
	p := w.plan
	if w.order, err = arrange(p.names, w.params); err != nil {
		return 0, err
	}
	if l.session != nil && l.session.tx.Load() {
		rows, err := l.conn.change(l.ctx, w)
		switch {
		case err == nil:
			e.noteDefinition(l, p)
		case p.verdict.Returns:
			// The rows may be too many after DuckDB has made them, and knows of no failure.
			l.conn.undo(l.ctx)
			l.conn.forget()
			l.session.dead = true
		}
		return rows, err
	}
	if p.verdict.Lake == "" || p.verdict.Lake == tempCatalog {
		rows, err := e.transaction(l.ctx, l.conn, w)
		if err == nil {
			e.noteDefinition(l, p)
		}
		return rows, err
	}
	if l.session == nil && !p.verdict.Returns {
		return e.gates.of(p.verdict.Lake).pass(w, l.queued)
	}
	leave, err := e.gates.of(p.verdict.Lake).enter(l.ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	return e.retried(l.ctx, l.conn, w)
}

// noteDefinition keeps what a statement defined, for Contents.
func (e *core) noteDefinition(l *lease, p *plan) {
	if p.verdict.Kind == guard.Define && p.verdict.Temp {
		l.session.temp.Store(true)
	}
}

// retries is how often an autocommitted write that lost against another
// replica's is tried again before its caller hears of it.
const retries = 3

// retried runs w in a transaction of its own, again if it conflicts.
func (e *core) retried(ctx context.Context, c *conn, w *write) (int64, error) {
	for try := 1; ; try++ {
		rows, err := e.transaction(ctx, c, w)
		if err == nil || try > retries || c.lost.Load() || !errors.Is(translate(err), ErrConflict) {
			return rows, err
		}
		pause := time.NewTimer(time.Duration(try*try) * 10 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return 0, context.Cause(ctx)
		}
	}
}

// transaction runs all of w in one transaction, which it commits.
func (e *core) transaction(ctx context.Context, c *conn, w *write) (int64, error) {
	if executions(w.params) == 1 && !w.plan.verdict.Returns { // DuckDB makes the transaction
		rows, err := c.change(ctx, w)
		if err != nil {
			c.forget()
			if c.lost.Load() { // in the statement or in its commit
				err = unsure(err)
			}
			return 0, err
		}
		e.inst.publish(c)
		return rows, nil
	}
	if err := c.begin(ctx); err != nil {
		return 0, err
	}
	rows, err := c.change(ctx, w)
	if err == nil {
		err = c.commit(ctx)
	}
	if err != nil {
		w.dropReturned()
		c.undo(ctx)
		c.forget()
		return 0, err
	}
	e.inst.publish(c)
	return rows, nil
}

// change runs w's statement for each row of its parameters and gives how many
// rows it changed; -1 for a definition. Those that it returns are in w after
// success.
func (c *conn) change(ctx context.Context, w *write) (int64, error) {
	if w.params != nil {
		w.params.Retain() // the call may outlive the caller
	}
	var total int64
	rows := collectFor(w)
	err := c.do(ctx, func() error {
		if w.params != nil {
			defer w.params.Release()
		}
		n, err := c.changeRows(ctx, w, rows)
		total = n
		return err
	})
	if err != nil {
		rows.abandon()
		return 0, err
	}
	w.returned = rows.take()
	if w.plan.verdict.Kind == guard.Define {
		c.defined(w.plan.verdict)
		return -1, nil
	}
	return total, nil
}

func (c *conn) changeRows(ctx context.Context, w *write, rows *collected) (int64, error) {
	st, err := c.statement(w.plan.sql)
	if err != nil {
		return 0, err
	}
	defer c.done(st, false)
	defer rows.drop()
	var total int64
	for row := range executions(w.params) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if err := bind(st.st, w.order, w.params, row); err != nil {
			return 0, err
		}
		n, err := c.changeOnce(ctx, st.st, w.plan, rows)
		if err != nil {
			if w.params != nil && w.params.NumRows() > 1 {
				return 0, fmt.Errorf("row %d of the parameters: %w", row+1, err)
			}
			return 0, err
		}
		total += n
	}
	return total, rows.flush()
}

func (c *conn) changeOnce(ctx context.Context, st duckdb.PreparedStatement, p *plan, rows *collected) (int64, error) {
	if p.verdict.Returns {
		return c.changeReturning(ctx, st, p, rows)
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePrepared(st, &res) == duckdb.StateError {
		return 0, resultError(&res)
	}
	return int64(duckdb.RowsChanged(&res)), nil
}
