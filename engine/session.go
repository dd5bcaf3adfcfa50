package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lakegate/lakegate/guard"
)

// openSession is one client's own connection, with its transaction and temporary
// tables. Its statements run one after the other: a statement that comes while
// a stream of the session is being read waits until DuckDB has given that
// stream's last row, since on one connection it would kill the stream.
type openSession struct {
	turn   chan struct{}   // holds one token while somebody uses conn
	ctx    context.Context // ends with the session
	cancel context.CancelCauseFunc

	conn *conn       // nil until it is needed; under turn
	tx   atomic.Bool // in a transaction; written under turn
	dead bool        // the transaction is undone, but its owner has not ended it; under turn
	temp atomic.Bool // has temporary tables; written under turn

	lakes []*attached // used over conn, whose transaction's end needs them too; under turn
}

// touched notes lakes that a statement uses.
func (s *openSession) touched(lakes []*attached) {
	for _, a := range lakes {
		if !slices.Contains(s.lakes, a) {
			s.lakes = append(s.lakes, a)
		}
	}
}

// own reports whether the session's statements need its own connection.
func (s *openSession) own() bool { return s.tx.Load() || s.temp.Load() }

// sessions are those that are open.
type sessions struct {
	mu   sync.Mutex
	last SessionID
	open map[SessionID]*openSession
}

func (s *sessions) get(id SessionID) (*openSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.open[id]; ok {
		return one, nil
	}
	return nil, ErrNoSession
}

func (s *sessions) add(one *openSession) SessionID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[SessionID]*openSession{}
	}
	s.last++
	s.open[s.last] = one
	return s.last
}

func (s *sessions) take(id SessionID) (*openSession, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.open[id]
	delete(s.open, id)
	return one, ok
}

func (s *sessions) all() []SessionID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []SessionID
	for id := range s.open {
		ids = append(ids, id)
	}
	return ids
}

// owning reports whether any session has a transaction or temporary tables.
func (s *sessions) owning() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.open {
		if one.own() {
			return true
		}
	}
	return false
}

// carry goes on counting where old ended, so that no session's number is ever
// another's, and opens kept.
func (e *core) carry(old *sessions, kept []SessionID) {
	old.mu.Lock()
	e.sessions.last = old.last
	old.mu.Unlock()
	e.sessions.open = map[SessionID]*openSession{}
	for _, id := range kept {
		e.sessions.open[id] = e.newSession()
	}
}

func (e *core) newSession() *openSession {
	one := &openSession{turn: make(chan struct{}, 1)}
	one.ctx, one.cancel = context.WithCancelCause(e.ctx)
	return one
}

// OpenSession reserves a connection for one session's transaction and
// temporary tables. It is made when it is needed.
func (e *core) OpenSession(ctx context.Context) (SessionID, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if e.ctx.Err() != nil {
		return 0, context.Cause(e.ctx)
	}
	return e.sessions.add(e.newSession()), nil
}

// CloseSession interrupts the session's statement, rolls back and frees its
// connection. Closing twice, or a session that never was, does nothing.
func (e *core) CloseSession(id SessionID) {
	one, ok := e.sessions.take(id)
	if !ok {
		return
	}
	one.cancel(ErrNoSession)
	one.turn <- struct{}{} // ends at the latest when the reaper takes over
	if one.conn != nil {
		one.conn.undo(e.ctx) // with its time limit: the end of a connection has none
		one.conn.close()
		one.conn = nil
	}
}

// withSession runs f on the session's own connection, when it is its turn.
func (e *core) withSession(ctx context.Context, id SessionID, f func(context.Context, *conn) error) error {
	l, err := e.leaseSession(ctx, id)
	if err != nil {
		return err
	}
	defer l.release()
	e.vigil.enter(l.user, l.session.lakes)
	return f(l.ctx, l.conn)
}

// Begin opens the session's transaction. ErrTransaction: there is one already.
func (e *core) Begin(ctx context.Context, id SessionID) error {
	l, err := e.leaseSession(ctx, id)
	if err != nil {
		return e.translate(ctx, err)
	}
	defer l.release()
	if l.session.tx.Load() {
		return fmt.Errorf("a transaction is open already: %w", ErrTransaction)
	}
	if err := l.conn.begin(l.ctx); err != nil {
		return e.translate(ctx, err)
	}
	l.session.tx.Store(true)
	return nil
}

// Commit makes the session's transaction visible to all. ErrConflict: another
// was first; nothing of it remains. ErrTransaction: there is none.
func (e *core) Commit(ctx context.Context, id SessionID) error {
	return e.finish(ctx, id, func(ctx context.Context, c *conn, dead bool) error {
		if dead {
			return fmt.Errorf("the transaction failed, or its connection was lost, and it is undone: %w", ErrTransaction)
		}
		if err := c.commit(ctx); err != nil {
			c.forget()
			return err
		}
		e.inst.publish(c)
		return nil
	})
}

// Rollback undoes the session's transaction. ErrTransaction: there is none.
func (e *core) Rollback(ctx context.Context, id SessionID) error {
	return e.finish(ctx, id, func(ctx context.Context, c *conn, _ bool) error {
		c.undo(ctx)
		c.forget()
		return nil
	})
}

// ending is prepared for a session whose transaction is undone, which takes
// nothing but its end: for all else the error is dead.
func (e *core) ending(ctx context.Context, r Request, dead error) (*lease, *plan, error) {
	l, err := e.leaseSession(ctx, r.Session)
	if err != nil {
		return nil, nil, err
	}
	parser, err := e.parsers.get()
	if err != nil {
		l.release()
		return nil, nil, err
	}
	defer e.parsers.put(e.ctx, parser)
	verdict, err := e.check(l.ctx, parserOnly{binder{parser: parser, view: r.View}, dead}, r.View, r.SQL)
	if err != nil || verdict.Kind != guard.Commit && verdict.Kind != guard.Rollback {
		l.release()
		return nil, nil, dead
	}
	return l, &plan{verdict: verdict}, nil
}

// parserOnly is a binder that binds nothing.
type parserOnly struct {
	binder
	err error
}

func (p parserOnly) Plan(context.Context, string) (string, error) { return "", p.err }

// finish ends the session's transaction with how.
func (e *core) finish(ctx context.Context, id SessionID, how func(ctx context.Context, c *conn, dead bool) error) error {
	l, err := e.leaseSession(ctx, id)
	if err != nil {
		return e.translate(ctx, err)
	}
	defer l.release()
	one := l.session
	if !one.tx.Load() {
		return fmt.Errorf("no transaction is open: %w", ErrTransaction)
	}
	e.vigil.enter(l.user, one.lakes)
	err = how(l.ctx, l.conn, one.dead)
	one.tx.Store(false)
	one.dead, one.lakes = false, nil
	return e.translate(ctx, err)
}

// InTransaction reports whether the session has an open transaction.
func (e *core) InTransaction(id SessionID) bool {
	one, err := e.sessions.get(id)
	return err == nil && one.tx.Load()
}
