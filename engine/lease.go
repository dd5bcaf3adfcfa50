package engine

import (
	"context"
	"fmt"
	"sync"
)

// lease is a connection in use for one statement.
type lease struct {
	conn    *conn
	session *openSession    // nil: the connection is from the pool
	ctx     context.Context // the caller's, ended also by the end of the session or the engine
	queued  func()          // gives the connection back, ctx goes on; may be called again
	back    func()          // queued, and ctx does not depend on lakes any more; may be called again
	release func()          // back, and ends ctx; may be called again
	user    *user           // of lakes
}

// touch makes l's context end when a lake that text, with physical names, speaks
// of falls silent.
func (e *core) touch(l *lease, text string) {
	lakes := e.vigil.named(text)
	e.vigil.enter(l.user, lakes)
	if l.session != nil {
		l.session.touched(lakes)
	}
}

// lease gives the connection that a statement of session runs on: the session's
// own if it is in a transaction, has temporary tables or own says so, else any.
func (e *core) lease(ctx context.Context, id SessionID, own bool) (*lease, error) {
	if id != 0 {
		one, err := e.sessions.get(id)
		if err != nil {
			return nil, err
		}
		if own || one.own() {
			return e.leaseOwn(ctx, id)
		}
	} else if own {
		return nil, fmt.Errorf("temporary tables need a session: %w", ErrNoSession)
	}
	c, err := e.pool.get()
	if err != nil {
		return nil, err
	}
	l := &lease{conn: c}
	return l, e.begun(ctx, e.ctx, l, func() { e.pool.put(e.ctx, c) })
}

// errDead: the session's transaction is undone, and its owner has not ended it.
var errDead = fmt.Errorf("the transaction failed, or its connection was lost; roll it back: %w", ErrTransaction)

// leaseOwn is leaseSession for a statement, which cannot run in a transaction
// that was lost.
func (e *core) leaseOwn(ctx context.Context, id SessionID) (*lease, error) {
	l, err := e.leaseSession(ctx, id)
	if err == nil && l.session.dead {
		l.release()
		return nil, errDead
	}
	return l, err
}

// leaseSession waits for the session's turn and gives its own connection.
func (e *core) leaseSession(ctx context.Context, id SessionID) (*lease, error) {
	one, err := e.sessions.get(id)
	if err != nil {
		return nil, err
	}
	select {
	case one.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the session's earlier statement: %w", context.Cause(ctx))
	case <-one.ctx.Done():
		return nil, context.Cause(one.ctx)
	}
	if err := e.furnishSession(one); err != nil {
		<-one.turn
		return nil, err
	}
	l := &lease{conn: one.conn, session: one}
	return l, e.begun(ctx, one.ctx, l, func() {
		if c := one.conn; c.lost.Load() || c.doubt {
			c.close()
			one.conn = nil
			one.dead = one.tx.Load()
			one.temp.Store(false)
			one.lakes = nil
		}
		<-one.turn
	})
}

// furnishSession gives one a connection if it has none.
func (e *core) furnishSession(one *openSession) error {
	if one.ctx.Err() != nil {
		return context.Cause(one.ctx)
	}
	if one.conn != nil {
		return nil
	}
	if err := e.pool.reaper.admit(); err != nil {
		return err
	}
	c, err := e.pool.fresh()
	if err != nil {
		return err
	}
	one.conn = c
	return nil
}

// begun gives l a context that ends with ctx and with owner, and its release.
// After an error, back has been called.
func (e *core) begun(ctx, owner context.Context, l *lease, back func()) error {
	if !e.leases.begin() {
		back()
		return context.Cause(e.ctx)
	}
	merged, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(owner, func() { cancel(context.Cause(owner)) })
	e.running.Add(1)
	l.ctx, l.user = merged, &user{cancel: cancel}
	l.queued = sync.OnceFunc(func() {
		back()
		e.running.Add(-1)
		e.leases.done()
	})
	l.back = func() {
		l.queued()
		e.vigil.leave(l.user)
	}
	l.release = func() {
		l.back()
		stop()
		cancel(context.Canceled)
	}
	return nil
}

// tally counts what uses the engine, so that it can end when nothing does.
type tally struct {
	mu     sync.Mutex
	n      int
	ending bool
	none   chan struct{} // closed when ending and n is 0
}

// begin counts one more, unless the end has begun.
func (t *tally) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ending {
		return false
	}
	t.n++
	return true
}

// more counts one more on behalf of one that is counted already.
func (t *tally) more() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
}

func (t *tally) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.ending && t.n == 0 {
		close(t.none)
	}
}

// end lets nothing begin any more and waits for what has begun.
func (t *tally) end() {
	t.mu.Lock()
	first := !t.ending
	if first {
		t.ending, t.none = true, make(chan struct{})
		if t.n == 0 {
			close(t.none)
		}
	}
	none := t.none
	t.mu.Unlock()
	<-none
}
