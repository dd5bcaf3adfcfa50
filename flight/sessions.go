package flight

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/lakegate/lakegate/engine"
)

// sessions are the sessions of all callers of this process.
type sessions struct {
	limits Limits
	now    func() time.Time
	close  func(engine.SessionID)

	mu     sync.Mutex
	all    map[sessionKey]*session
	byConn map[connKey]*session // those of clients that send no cookie
	perOwn map[owner]int
	ending sync.WaitGroup
}

type sessionKey struct {
	owner owner
	id    id
}

type connKey struct {
	owner owner
	conn  *connection
}

func newSessions(limits Limits, now func() time.Time, closeSession func(engine.SessionID)) *sessions {
	return &sessions{
		limits: limits, now: now, close: closeSession,
		all: map[sessionKey]*session{}, byConn: map[connKey]*session{}, perOwn: map[owner]int{},
	}
}

// find is the session with that id of c's caller, in use until c ends; nil if
// there is none.
func (ss *sessions) find(c *call, name id) *session {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.use(c, ss.all[sessionKey{c.owner, name}])
}

// findByCookie is find for a client that has shown that it keeps cookies: from
// then on the session is no longer its connection's.
func (ss *sessions) findByCookie(c *call, name id) *session {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	found := ss.all[sessionKey{c.owner, name}]
	if found != nil && found.conn != nil {
		delete(ss.byConn, connKey{c.owner, found.conn})
		found.conn = nil
	}
	return ss.use(c, found)
}

// ofConnection is the session of c's caller on c's connection.
func (ss *sessions) ofConnection(c *call) *session {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.use(c, ss.byConn[connKey{c.owner, c.conn}])
}

// use needs ss.mu.
func (ss *sessions) use(c *call, s *session) *session {
	if s == nil {
		return nil
	}
	s.users++
	if end := c.who.Expires.Add(ss.limits.SessionGrace); end.After(s.expires) {
		s.expires = end
	}
	c.hold(func() {
		ss.mu.Lock()
		defer ss.mu.Unlock()
		s.users--
		s.used = ss.now()
	})
	return s
}

// make makes the session with that id for c's caller, in use until c ends; bound
// to c's connection unless the client keeps cookies. Made meanwhile by another
// call, that one is given.
func (ss *sessions) make(c *call, name id, byCookie bool, o options) (*session, error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	key := sessionKey{c.owner, name}
	if s, ok := ss.all[key]; ok {
		return ss.use(c, s), nil
	}
	if s, ok := ss.byConn[connKey{c.owner, c.conn}]; ok && !byCookie {
		return ss.use(c, s), nil
	}
	if ss.perOwn[c.owner] >= ss.limits.SessionsPerUser {
		return nil, errSessions
	}
	s := &session{id: name, owner: c.owner, turn: make(chan struct{}, 1), options: o, used: ss.now()}
	ss.all[key] = s
	ss.perOwn[c.owner]++
	if !byCookie && c.conn != nil {
		s.conn = c.conn
		ss.byConn[connKey{c.owner, c.conn}] = s
	}
	return ss.use(c, s), nil
}

// end takes s out and rolls back in the background; a second time does nothing.
func (ss *sessions) end(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.remove(s)
}

// remove needs ss.mu.
func (ss *sessions) remove(s *session) {
	if s.ended {
		return
	}
	s.ended = true
	delete(ss.all, sessionKey{s.owner, s.id})
	if s.conn != nil {
		delete(ss.byConn, connKey{s.owner, s.conn})
	}
	if ss.perOwn[s.owner]--; ss.perOwn[s.owner] == 0 {
		delete(ss.perOwn, s.owner)
	}
	ss.ending.Go(func() {
		s.turn <- struct{}{} // kept: nothing is set up in an ended session
		if s.engine != 0 {
			ss.close(s.engine)
		}
	})
}

// connectionEnded ends the sessions that lived by that connection.
func (ss *sessions) connectionEnded(conn *connection) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for key, s := range ss.byConn {
		if key.conn == conn {
			ss.remove(s)
		}
	}
}

// reap ends what is idle or expired, until ctx ends.
func (ss *sessions) reap(ctx context.Context) {
	tick := time.NewTicker(min(ss.limits.SessionIdle/4, 10*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			ss.endIdle()
		}
	}
}

func (ss *sessions) endIdle() {
	now := ss.now()
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, s := range ss.all {
		if s.users == 0 && (now.Sub(s.used) > ss.limits.SessionIdle || now.After(s.expires)) {
			ss.remove(s)
		}
	}
}

// endAll ends every session and waits until the engine has let them go.
func (ss *sessions) endAll() {
	ss.mu.Lock()
	for _, s := range ss.all {
		ss.remove(s)
	}
	ss.mu.Unlock()
	ss.ending.Wait()
}

func newID() (id, error) {
	var v id
	if _, err := rand.Read(v[:]); err != nil {
		return v, fmt.Errorf("make an id: %w", err)
	}
	return v, nil
}
