package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// check is guard.Check.
type check func(context.Context, guard.Binder, catalog.View, string) (guard.Verdict, error)

// core is one DuckDB with all that works on it, and what an Engine hands its
// calls to. Another takes its place when it can go on no longer.
type core struct {
	inst     *instance
	pool     *pool
	parsers  *pool // connections that parse and plan for the guard
	sessions sessions
	verdicts verdicts
	patterns patterns
	gates    gates
	vigil    *vigil
	mem      memory.Allocator
	check    check
	failed   func() // told, any number of times, that DuckDB can run nothing any more

	ctx     context.Context // the core's life, which statements must not outlive
	cancel  context.CancelCauseFunc
	leases  tally // statements, and goroutines that write
	running atomic.Int64
}

// stuckMost is how many connections may hang, unless the settings say.
const stuckMost = 256

func newCore(ctx context.Context, cfg Config, inst *instance, judge check) *core {
	if cfg.Stuck == 0 {
		cfg.Stuck = stuckMost
	}
	e := &core{inst: inst, mem: &slabs{}, check: judge, failed: func() {}}
	e.pool = &pool{connect: inst.connect, reaper: &reaper{limit: int64(cfg.Stuck)}}
	e.parsers = &pool{connect: inst.connectParser, reaper: e.pool.reaper}
	e.gates.engine = e
	e.ctx, e.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	e.vigil = keepVigil(e.ctx, inst.lakes, cfg.Silence)
	return e
}

// closeMost is how long Close waits for connections that hang in remote calls.
const closeMost = 15 * time.Second

// Close ends all sessions and statements, rolls back, and frees DuckDB. Readers
// that were not released end with ErrUnavailable.
func (e *core) Close() error {
	e.cancel(fmt.Errorf("the engine is closing: %w", ErrUnavailable))
	var closing sync.WaitGroup
	for _, id := range e.sessions.all() {
		closing.Go(func() { e.CloseSession(id) })
	}
	closing.Wait()
	<-e.vigil.ended
	e.leases.end()
	e.pool.close()
	e.parsers.close()
	tick := time.NewTicker(interruptEvery)
	defer tick.Stop()
	for began := time.Now(); e.pool.reaper.stuck() > 0; <-tick.C {
		if time.Since(began) > closeMost {
			// DuckDB must not be freed under a call that is still running.
			return fmt.Errorf("engine: %d connections still hang in remote calls", e.pool.reaper.stuck())
		}
	}
	e.inst.close()
	return nil
}

// idle reports whether another core may take this one's place unnoticed.
func (e *core) idle() bool { return e.running.Load() == 0 && !e.sessions.owning() }

// Contents reads what the lakes hold now, reusing parts of old that did not
// change; with a session, as that session's transaction sees them, with its
// temporary tables.
func (e *core) Contents(ctx context.Context, session SessionID, old catalog.Contents) (catalog.Contents, error) {
	if session == 0 {
		contents, err := e.inst.contents(ctx, old)
		return contents, e.translate(ctx, err)
	}
	var contents catalog.Contents
	err := e.withSession(ctx, session, func(ctx context.Context, c *conn) error {
		var err error
		contents, err = e.inst.sessionContents(ctx, c, old)
		return err
	})
	return contents, e.translate(ctx, err)
}

// Status asks the engine and every lake, within ctx.
func (e *core) Status(ctx context.Context) Status {
	return Status{
		Err:     e.alive(ctx),
		Lakes:   e.inst.health(ctx),
		Stuck:   e.pool.reaper.stuck(),
		Running: int(e.running.Load()),
	}
}

// alive asks DuckDB for the least there is.
func (e *core) alive(ctx context.Context) error {
	l, err := e.lease(ctx, 0, false)
	if err != nil {
		return err
	}
	defer l.release()
	return e.translate(ctx, l.conn.exec(l.ctx, "SELECT 1"))
}

// translate turns what DuckDB says into this package's errors.
func (e *core) translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = e.inst.translate(ctx, err)
	if errors.Is(err, errFatal) {
		e.failed()
	}
	return err
}
