package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/lakegate/lakegate/guard"
)

// textMost is the longest statement that is looked at.
const textMost = 1 << 20

// Describe says what a statement would give, without running it. With Params it
// is what the statement gives when bound to values of their types.
func (e *core) Describe(ctx context.Context, r Request) (Description, error) {
	p, ok := e.known(r)
	if !ok {
		l, analysed, err := e.prepared(ctx, r)
		if err != nil {
			return Description{}, e.translate(ctx, err)
		}
		l.release()
		p = analysed
	}
	if r.Params != nil {
		if _, err := arrange(p.names, r.Params); err != nil {
			return Description{}, err
		}
	}
	return Description{Kind: p.verdict.Kind, Schema: p.schema, Parameters: p.parameters, Verdict: p.verdict, Columns: p.columns}, nil
}

// Query runs a statement of kind guard.Query once for each row of its
// parameters and streams the rows. The reader's batches hold 0.5 to 2 MiB. The
// caller must Release the reader, on every path; ending ctx ends it too.
func (e *core) Query(ctx context.Context, r Request) (array.RecordReader, error) {
	s, err := e.query(ctx, r)
	if err != nil {
		return nil, e.translate(ctx, err)
	}
	return s, nil
}

func (e *core) query(ctx context.Context, r Request) (*stream, error) {
	l, p, err := e.prepared(ctx, r)
	if err != nil {
		return nil, err
	}
	if p.verdict.Kind != guard.Query {
		l.release()
		return nil, fmt.Errorf("the statement gives no rows: %w", ErrSQL)
	}
	s, err := e.startStream(l, p, r.Params)
	if err != nil {
		e.verdicts.forget(verdictKey{r.View.Version(), r.SQL}) // it may be out of date
		e.patterns.forget(r.View.Version(), r.SQL)
		return nil, err
	}
	return s, nil
}

// prepared gives the plan of r and the connection to run it on, which the
// caller must release.
func (e *core) prepared(ctx context.Context, r Request) (*lease, *plan, error) {
	if r.Params != nil {
		if err := sound(r.Params); err != nil {
			return nil, nil, fmt.Errorf("parameters: %w", err)
		}
	}
	p, ok := e.known(r)
	l, err := e.lease(ctx, r.Session, ok && p.verdict.Temp)
	if errors.Is(err, errDead) {
		return e.ending(ctx, r, err)
	}
	if err != nil {
		return nil, nil, err
	}
	if ok {
		e.touch(l, p.verdict.SQL)
		return l, p, nil
	}
	p, err = e.plan(l, r)
	if errors.Is(err, errOwn) {
		l.release()
		if l, err = e.lease(ctx, r.Session, true); err != nil {
			return nil, nil, err
		}
		p, err = e.plan(l, r)
	}
	if err != nil {
		l.release()
		return nil, nil, err
	}
	return l, p, nil
}

// errOwn: the statement concerns the session's temporary tables, which only its
// own connection has.
var errOwn = errors.New("the session's own connection is needed")

// known is r's plan where it is remembered. No call of DuckDB's is needed.
func (e *core) known(r Request) (*plan, bool) {
	version := r.View.Version()
	p, _, _ := e.verdicts.plan(verdictKey{version, r.SQL}, signature(r.Params))
	if p == nil && r.Params == nil {
		p = e.patterns.plan(version, r.SQL)
	}
	return p, p != nil
}

// plan checks r and finds out what it gives.
//
// Check and run do not share a transaction: the verdict holds for all that the
// View's version holds for, today's statement and the next thousand. What has
// changed since in a lake cannot widen it, because the text that runs names
// every column, mask and filter of the View; it can only fail to bind.
func (e *core) plan(l *lease, r Request) (*plan, error) {
	if len(r.SQL) > textMost {
		return nil, fmt.Errorf("the statement is longer than %d bytes: %w", textMost, ErrSQL)
	}
	key, types := verdictKey{r.View.Version(), r.SQL}, signature(r.Params)
	p, verdict, ok := e.verdicts.plan(key, types)
	if p != nil {
		e.touch(l, p.verdict.SQL)
		return p, nil
	}
	if !ok {
		var err error
		if verdict, err = e.judge(l, r); err != nil {
			return nil, err
		}
	}
	e.touch(l, verdict.SQL)
	switch verdict.Kind {
	case guard.Query, guard.Change, guard.Define:
	case guard.Ordered:
		columns, err := l.conn.viewColumns(l.ctx, verdict.SQL)
		return &plan{verdict: verdict, columns: columns}, err
	default:
		return &plan{verdict: verdict}, nil
	}
	if verdict.Temp && l.session == nil {
		return nil, errOwn
	}
	params := r.Params
	if params != nil {
		params.Retain() // the call may outlive the caller
	}
	var found *plan
	err := l.conn.do(l.ctx, func() error {
		if params != nil {
			defer params.Release()
		}
		analysed, err := l.conn.analyse(verdict, r.View, params)
		found = analysed
		return err
	})
	if err != nil {
		return nil, err
	}
	if verdict.Volatile {
		return found, nil // it is this caller's, and this moment's
	}
	e.verdicts.remember(key, types, found)
	if params == nil {
		e.patterns.learn(key.version, r.SQL, found)
	}
	return found, nil
}
