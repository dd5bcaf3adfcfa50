package flight

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/lakegate/lakegate/auth"
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
	begun  limiters[owner] // how often each begins one
	ending sync.WaitGroup

	// Those that the server ended in the middle of a transaction. Their callers'
	// next call must not run outside of it as if nothing had happened.
	lost       map[sessionKey]struct{}
	lostByConn map[connKey]id
}

// maxLost is how many of each are kept.
const maxLost = 4096

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
		lost: map[sessionKey]struct{}{}, lostByConn: map[connKey]id{},
		begun: limiters[owner]{each: rate.Limit(float64(limits.SessionsPerHour) / time.Hour.Seconds()), burst: limits.SessionsPerHour},
	}
}

// find is the session with that id of c's caller, in use until c ends; nil if
// there is none.
func (ss *sessions) find(c *call, name id) *session {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.use(c, ss.all[sessionKey{c.owner, name}])
}

// wasLost reports whether that session was ended in the middle of a transaction,
// and forgets it: whoever asks tells the caller.
func (ss *sessions) wasLost(c *call, name id) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.takeLost(c, name)
}

// takeLost needs ss.mu.
func (ss *sessions) takeLost(c *call, name id) bool {
	key, place := sessionKey{c.owner, name}, connKey{c.owner, c.conn}
	_, lost := ss.lost[key]
	delete(ss.lost, key)
	if ss.lostByConn[place] == name {
		delete(ss.lostByConn, place)
		lost = true
	}
	return lost
}

// findByCookie is find for a client that has shown that it keeps cookies: from
// then on the session is no longer its connection's. The error is errEnded, once,
// where a transaction was lost.
func (ss *sessions) findByCookie(c *call, name id) (*session, error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	found := ss.all[sessionKey{c.owner, name}]
	if found != nil && found.conn != nil {
		delete(ss.byConn, connKey{c.owner, found.conn})
		found.conn = nil
	}
	if found = ss.use(c, found); found == nil && ss.takeLost(c, name) {
		return nil, errEnded
	}
	return found, nil
}

// ofConnection is the session of c's caller on c's connection. The error is
// errEnded, once, where a transaction was lost.
func (ss *sessions) ofConnection(c *call) (*session, error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	key := connKey{c.owner, c.conn}
	found := ss.use(c, ss.byConn[key])
	_, lost := ss.lostByConn[key]
	delete(ss.lostByConn, key)
	if found == nil && lost {
		return nil, errEnded
	}
	return found, nil
}

// use needs ss.mu.
func (ss *sessions) use(c *call, s *session) *session {
	if s == nil {
		return nil
	}
	if ss.now().Sub(s.born) > ss.limits.SessionLife {
		ss.takeAway(s)
		return nil
	}
	s.users++
	s.who, s.peer = c.who, c.peer
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
	if s := ss.use(c, ss.all[key]); s != nil {
		return s, nil
	}
	if !byCookie {
		if s := ss.use(c, ss.byConn[connKey{c.owner, c.conn}]); s != nil {
			return s, nil
		}
	}
	if ss.perOwn[c.owner] >= ss.limits.SessionsPerUser {
		return nil, errSessions
	}
	if !ss.begun.allow(c.owner) {
		return nil, errSessionRate
	}
	s := &session{id: name, owner: c.owner, turn: make(chan struct{}, 1), options: o, born: ss.now(), used: ss.now()}
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

// named is the session that operators call so; nil if there is none.
func (ss *sessions) named(text string) *session {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id{}) {
		return nil
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, s := range ss.all {
		if s.id == id(b) {
			return s
		}
	}
	return nil
}

// sessionNow is what a session was at one moment.
type sessionNow struct {
	session             *session
	owner               owner
	who                 auth.Principal
	peer                net.Addr
	born, used, expires time.Time
}

// list is all that are open, the oldest first.
func (ss *sessions) list() []sessionNow {
	ss.mu.Lock()
	all := make([]sessionNow, 0, len(ss.all))
	for _, s := range ss.all {
		now := sessionNow{s, s.owner, s.who, s.peer, s.born, s.used, s.expires}
		if s.users > 0 {
			now.used = ss.now()
		}
		all = append(all, now)
	}
	ss.mu.Unlock()
	slices.SortFunc(all, func(a, b sessionNow) int {
		if c := a.born.Compare(b.born); c != 0 {
			return c
		}
		return bytes.Compare(a.session.id[:], b.session.id[:])
	})
	return all
}

// holder is who s was used by last.
func (ss *sessions) holder(s *session) auth.Principal {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return s.who
}

// kill ends s for somebody else than its own call.
func (ss *sessions) kill(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.takeAway(s)
}

// takeAway is remove where it is not the caller who ends s. It needs ss.mu.
func (ss *sessions) takeAway(s *session) {
	switch {
	case s.ended || !s.inTransaction.Load():
	case s.conn != nil:
		makeRoom(ss.lostByConn)
		ss.lostByConn[connKey{s.owner, s.conn}] = s.id
	default:
		makeRoom(ss.lost)
		ss.lost[sessionKey{s.owner, s.id}] = struct{}{}
	}
	ss.remove(s)
}

func makeRoom[K comparable, V any](m map[K]V) {
	for key := range m {
		if len(m) < maxLost {
			return
		}
		delete(m, key)
	}
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
	for key := range ss.lostByConn {
		if key.conn == conn {
			delete(ss.lostByConn, key)
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
		if s.users == 0 && (now.Sub(s.used) > ss.limits.SessionIdle || now.After(s.expires) || now.Sub(s.born) > ss.limits.SessionLife) {
			ss.takeAway(s)
		}
	}
}

// endUntrusted ends the sessions of those who are not trusted.
func (ss *sessions) endUntrusted(trusted func(auth.Principal) bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, s := range ss.all {
		if !trusted(s.who) {
			ss.takeAway(s)
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
