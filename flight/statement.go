package flight

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
)

// statement is one statement of one caller, wherever it came from.
type statement struct {
	sql     string
	params  arrow.RecordBatch // nil for none
	own     *session          // nil for none
	options options
	want    id // the transaction that must be open, unless zero
}

// describe says what st would give, in the scope in which it can run. It runs
// nothing, though a waiting transaction begins.
func (s *Server) describe(ctx context.Context, c *call, st *statement) (engine.Description, scope, error) {
	if c.statement == "" {
		c.statement, c.sql = fingerprint(st.sql), st.sql
	}
	if err := s.admitText(c, st.sql); err != nil {
		return engine.Description{}, scope{}, err
	}
	sc, err := s.open(ctx, c, st.own, st.options, st.want)
	if err != nil {
		return engine.Description{}, sc, err
	}
	d, err := s.cfg.Engine.Describe(ctx, request(sc, st))
	needs := err == nil && d.Verdict.Temp || errors.Is(err, engine.ErrNoSession)
	if !needs || sc.session != 0 {
		return d, sc, err
	}
	// Temporary tables: they live on a connection of the session's own.
	if st.own == nil {
		if st.own, st.options, err = s.needSession(c); err != nil {
			return d, sc, err
		}
	}
	if err := s.needTemporary(ctx, st.own); err != nil {
		return d, sc, err
	}
	if sc, err = s.open(ctx, c, st.own, st.options, st.want); err != nil {
		return d, sc, err
	}
	d, err = s.cfg.Engine.Describe(ctx, request(sc, st))
	return d, sc, err
}

func request(sc scope, st *statement) engine.Request {
	return engine.Request{
		Session: sc.session, View: sc.view, SQL: st.sql, Params: st.params,
		Memory: sc.limits.Memory, Spill: sc.limits.Spill,
	}
}

// outcome is what a statement that is no query did.
type outcome struct {
	rows     int64
	counted  bool                // rows has a meaning
	returned []arrow.RecordBatch // of RETURNING, for the caller to release
	schema   *arrow.Schema       // of returned; nil if the statement does not return
}

// runOnce runs a statement that d describes and that is no query, once. returnMost
// bounds the bytes of rows that it returns; 0 has them counted only.
func (s *Server) runOnce(ctx context.Context, c *call, st *statement, sc scope, d engine.Description, returnMost int64) (out outcome, err error) {
	err = s.execute(ctx, c, st.sql, sc, d.Verdict, func(ctx context.Context) error {
		out, err = s.run(ctx, c, st, sc, d, returnMost)
		return err
	})
	return out, err
}

// run is runOnce without what goes on around it.
func (s *Server) run(ctx context.Context, c *call, st *statement, sc scope, d engine.Description, returnMost int64) (outcome, error) {
	switch d.Kind {
	case guard.Query:
		// An update of a query counts its rows and throws them away.
		r, err := s.cfg.Engine.Update(ctx, request(sc, st))
		c.rows = max(r.Rows, 0)
		return outcome{rows: r.Rows, counted: true}, err
	case guard.Change:
		q := request(sc, st)
		q.ReturnMost, q.Admit = returnMost, c.execution.gives
		r, err := s.cfg.Engine.Update(ctx, q)
		c.rows = max(r.Rows, 0)
		return outcome{rows: r.Rows, counted: true, returned: r.Returned, schema: r.Schema}, err
	case guard.Define:
		_, err := s.cfg.Engine.Update(ctx, request(sc, st))
		if err != nil {
			return outcome{}, err
		}
		return outcome{}, s.changed(ctx, sc)
	case guard.Begin:
		own, _, err := s.needSession(c)
		if err == nil {
			_, err = s.begin(ctx, own)
		}
		return outcome{}, err
	case guard.Commit, guard.Rollback:
		if st.own == nil {
			return outcome{}, fmt.Errorf("no transaction is open: %w", engine.ErrTransaction)
		}
		return outcome{}, s.endTransaction(ctx, st.own, st.want, d.Kind == guard.Commit)
	case guard.Use:
		return outcome{}, s.choose(c, st.own, options{d.Verdict.Target.Catalog, d.Verdict.Target.Schema})
	case guard.Set:
		return outcome{}, s.set(c, st.own, sc.view, d.Verdict)
	case guard.Ordered:
		return outcome{}, s.order(ctx, c, st, d)
	}
	return outcome{}, fmt.Errorf("statement of unknown kind %d", d.Kind)
}

// query streams a query's rows to take, one batch after the other; start is told
// their schema first.
func (s *Server) query(ctx context.Context, c *call, st *statement, start func(*arrow.Schema) error, take func(arrow.RecordBatch) error) error {
	d, sc, err := s.describe(ctx, c, st)
	if err != nil {
		return err
	}
	return s.execute(ctx, c, st.sql, sc, d.Verdict, func(ctx context.Context) error {
		rows, err := s.cfg.Engine.Query(ctx, request(sc, st))
		if err != nil {
			return err
		}
		if sc.session != 0 {
			sc.own.streams.begin()
			c.hold(sc.own.streams.end)
		}
		defer rows.Release()
		if err := start(rows.Schema()); err != nil {
			return err
		}
		for rows.Next() {
			if err := take(rows.RecordBatch()); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// update runs a statement that came through DoPut, once, and gives its count: 0
// where nothing is counted, since a count of -1 makes JDBC's driver take the
// statement for a query, and run it again.
func (s *Server) update(ctx context.Context, c *call, st *statement) (int64, error) {
	d, sc, err := s.describe(ctx, c, st)
	if err != nil {
		return 0, err
	}
	out, err := s.runOnce(ctx, c, st, sc, d, 0)
	if err != nil {
		return 0, err
	}
	if !out.counted {
		return 0, nil
	}
	return out.rows, nil
}
