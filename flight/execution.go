package flight

import (
	"context"
	"encoding/hex"
	"sync/atomic"
	"time"

	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// execution is one statement from its admission to its last row.
type execution struct {
	id      string // random; what operators call it
	call    *call
	who     auth.Principal
	own     *session // nil for none
	sql     string   // empty for an ingest
	view    catalog.View
	verdict guard.Verdict
	limits  policy.Limits
	began   time.Time
	cancel  context.CancelCauseFunc
	record  *audit.Record // of its start; nil where there is no audit

	running     atomic.Bool // it waits no longer
	rows, bytes atomic.Int64
}

// execute runs one statement: it waits for its turn, is put on record before and
// after, is known to those who look at or end what is running, and keeps to its
// caller's limits.
func (s *Server) execute(ctx context.Context, c *call, sql string, sc scope, v guard.Verdict, run func(ctx context.Context) error) error {
	name, err := newID()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	x := &execution{
		id: hex.EncodeToString(name[:]), call: c, who: c.who, own: sc.own, sql: sql, view: sc.view, verdict: v,
		limits: sc.limits, began: s.cfg.Now(), cancel: cancel,
	}
	defer s.executions.enter(x)()
	leave, err := s.wait(ctx, x)
	if err != nil {
		return concluded(ctx, err)
	}
	defer leave()
	if err := s.auditStart(ctx, x); err != nil {
		return err
	}
	x.running.Store(true)
	c.execution = x
	ctx, done := s.bounded(ctx, x)
	defer done()
	// A client that does not read must not keep the place of what has ended.
	defer context.AfterFunc(ctx, leave)()
	err = concluded(ctx, s.within(ctx, x, run))
	s.auditEnd(ctx, x, err)
	return err
}

// within runs x where its session has room for what it makes.
func (s *Server) within(ctx context.Context, x *execution, run func(ctx context.Context) error) error {
	done, err := s.roomForTemporary(ctx, x)
	if err != nil {
		return err
	}
	defer done()
	err = run(ctx)
	if err == nil && x.own != nil && x.verdict.Temp && x.verdict.Kind != guard.Query {
		_ = s.countTemporary(ctx, x) // or else the next statement counts them
	}
	return err
}

// concluded is err, or why the statement was ended where that is the cause of it.
func concluded(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := endedBy(context.Cause(ctx)); cause != nil {
		return cause
	}
	return err
}
