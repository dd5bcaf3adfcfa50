package engine

import (
	"time"

	"github.com/lakegate/lakegate/guard"
)

const (
	// reviveEvery is how often lakes that are down are looked at.
	reviveEvery = 5 * time.Second
	// restartEvery is how often DuckDB is started again until it starts.
	restartEvery = time.Second
)

// install lets c answer from now on.
func (e *Engine) install(c *core) {
	c.failed = func() {
		select {
		case e.failure <- c:
		default: // told already
		}
	}
	e.now.Store(c)
}

// mend puts a new core in the place of one that failed, and of one that a lake
// could join which was down at its start.
func (e *Engine) mend() {
	defer close(e.ended)
	tick := time.NewTicker(reviveEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return
		case failed := <-e.failure:
			if failed == e.now.Load() {
				e.log("DuckDB failed and is started again", nil)
				e.replace(failed, nil)
			}
		case <-tick.C:
			// Statements and transactions that run are worth more than the lake.
			if c := e.now.Load(); c != nil && c.idle() && c.inst.revivable(e.ctx) && c.idle() {
				e.log("a lake can be reached again: DuckDB is started again", nil)
				e.replace(c, c.sessions.all())
			}
		}
	}
}

// replace closes old, with its statements and sessions, and starts another, in
// which the sessions kept, which have no state, go on. Meanwhile calls get ErrUnavailable. Lakes' files bear one DuckDB at a time,
// so the old one goes first.
func (e *Engine) replace(old *core, kept []SessionID) {
	e.now.Store(nil)
	if err := old.Close(); err != nil {
		e.log("what is left of the old DuckDB stays in memory", err)
	}
	retry := time.NewTicker(restartEvery)
	defer retry.Stop()
	for {
		inst, err := openInstance(e.ctx, e.cfg)
		if err == nil {
			c := newCore(e.ctx, e.cfg, inst, guard.Check)
			c.carry(&old.sessions, kept)
			e.install(c)
			return
		}
		e.log("DuckDB does not start", err)
		select {
		case <-retry.C:
		case <-e.ctx.Done():
			return
		}
	}
}

func (e *Engine) log(what string, err error) {
	if e.cfg.Log == nil || e.ctx.Err() != nil {
		return
	}
	e.cfg.Log.ErrorContext(e.ctx, what, "error", err)
}
