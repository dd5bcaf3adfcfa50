package flight

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/policy"
)

// session is what one client keeps between calls.
type session struct {
	id    id
	owner owner

	// Under the lock of sessions.
	conn    *connection // nil for a client that keeps cookies
	users   int         // calls that use it now
	born    time.Time
	used    time.Time
	expires time.Time
	who     auth.Principal // as the last call had them
	peer    net.Addr       // of the last call; nil where it is not known
	ended   bool

	inTransaction atomic.Bool  // transaction is not nil
	temporaries   atomic.Int64 // temporary tables, as of when they were last counted
	making        atomic.Int64 // statements that may make one more

	mu      sync.Mutex
	options options
	offered int // how often a client without cookies was offered one

	streams inProgress // results that its connection is giving

	// Held in turn: only the holder of the one place in turn touches these.
	turn        chan struct{}
	engine      engine.SessionID // 0 until it is needed
	transaction *transaction
	temporary   bool // temporary tables were made
	seen        seen
}

// options are a session's options.
type options struct{ catalog, schema string } // empty for the server's default

// transaction is a session's open transaction. The engine hears of it with its
// first statement.
type transaction struct {
	id      id
	begun   bool
	defined bool // it changed what a lake holds
}

// seen is what the session's connection saw in the lakes, and its View.
type seen struct {
	valid    bool
	at       time.Time
	contents catalog.Contents
	defined  catalog.Contents // the same with the views that the server keeps
	viewed   bool             // view is of defined
	view     catalog.View
}

// contentsAge is how old a View may be of a session that is in no transaction.
const contentsAge = 2 * time.Second

// take gives the turn to the caller, who must hand it back with the func.
func (s *session) take(ctx context.Context) (func(), error) {
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	default:
	}
	wait, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-wait.Done():
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the session is busy or has ended: %w", engine.ErrTransaction)
	}
}

// turnWait bounds the wait for another call of the same session to set up.
const turnWait = 15 * time.Second

func (s *session) current() options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options
}

// offerCookie reports whether the client should be offered a cookie once more:
// clients miss the headers of some calls, and some never take one.
func (s *session) offerCookie() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered++
	return s.offered <= cookieOffers
}

func (s *session) setOptions(o options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options = o
}

// setTransaction keeps t, or nil for none, as the open transaction. In turn.
func (s *session) setTransaction(t *transaction) {
	s.transaction = t
	s.inTransaction.Store(t != nil)
}

// bound reports that statements need this session's own connection. In turn.
func (s *session) bound() bool { return s.temporary || s.transaction != nil && s.transaction.begun }

// scope is where one statement runs: the View it sees, and the engine's session
// or 0.
type scope struct {
	view    catalog.View
	limits  policy.Limits
	session engine.SessionID
	own     *session // nil for none
}

// open gives the scope of the next statement of c's caller in own, which may be
// nil. A transaction that waits for its first statement begins. want, unless
// zero, is the transaction that must be open.
func (s *Server) open(ctx context.Context, c *call, own *session, o options, want id) (scope, error) {
	if own == nil {
		view, err := s.cfg.Catalogs.For(ctx, c.who)
		return scope{view: s.informed(c, at(view, o).As(c.who.User)), limits: s.boundsOf(c)}, err
	}
	if err := own.waitForStreams(ctx); err != nil {
		return scope{}, err
	}
	back, err := own.take(ctx)
	if err != nil {
		return scope{}, err
	}
	defer back()
	if t := own.transaction; want != (id{}) && (t == nil || t.id != want) {
		return scope{}, fmt.Errorf("the transaction has ended: %w", engine.ErrTransaction)
	}
	if t := own.transaction; t != nil && !t.begun {
		if err := s.connect(ctx, own); err != nil {
			return scope{}, err
		}
		if err := s.cfg.Engine.Begin(ctx, own.engine); err != nil {
			return scope{}, fmt.Errorf("begin: %w", err)
		}
		t.begun, own.seen.valid = true, false
	}
	view, err := s.viewIn(ctx, c, own)
	if err != nil {
		return scope{}, err
	}
	sc := scope{view: s.informed(c, at(view, o).As(c.who.User)), limits: s.boundsOf(c), own: own}
	if own.bound() {
		sc.session = own.engine
	}
	return sc, nil
}

// streamWait is how long a statement waits for an earlier result of its session
// to be read. A client that reads it later, in the same thread, must hear of it.
const streamWait = 10 * time.Second

// waitForStreams waits until own's connection gives no result any more.
func (s *session) waitForStreams(ctx context.Context) error {
	late := time.NewTimer(streamWait)
	defer late.Stop()
	select {
	case <-s.streams.whenIdle():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return fmt.Errorf("an earlier result of this session is still being read, and a transaction or temporary tables have one connection alone; read it to its end or close it first: %w", engine.ErrTransaction)
	}
}

// metadataView is what c's caller sees now; it begins and creates nothing.
func (s *Server) metadataView(ctx context.Context, c *call) (catalog.View, error) {
	own, o, err := s.session(c)
	if err != nil {
		return catalog.View{}, err
	}
	if own == nil {
		view, err := s.cfg.Catalogs.For(ctx, c.who)
		return at(view, o).As(c.who.User), err
	}
	back, err := own.take(ctx)
	if err != nil {
		return catalog.View{}, err
	}
	defer back()
	view, err := s.viewIn(ctx, c, own)
	return at(view, o).As(c.who.User), err
}

// viewIn is the View of own's connection. In turn.
func (s *Server) viewIn(ctx context.Context, c *call, own *session) (catalog.View, error) {
	if !own.bound() {
		return s.cfg.Catalogs.For(ctx, c.who)
	}
	now := s.cfg.Now()
	old := &own.seen
	if !old.valid || own.transaction == nil && now.Sub(old.at) > contentsAge {
		if err := own.waitForStreams(ctx); err != nil {
			return catalog.View{}, err
		}
		contents, err := s.cfg.Engine.Contents(ctx, own.engine, old.contents)
		if err != nil {
			return catalog.View{}, fmt.Errorf("read the catalogs: %w", err)
		}
		defined := contents
		if s.cfg.Definitions != nil {
			defined = s.cfg.Definitions.Into(contents)
		}
		if defined.Stamp != old.defined.Stamp {
			old.viewed = false
		}
		old.valid, old.at, old.contents, old.defined = true, now, contents, defined
		own.temporaries.Store(int64(temporaryTables(contents)))
	}
	if !old.viewed || old.view.Rights() != s.cfg.Catalogs.Rights(c.who) {
		old.viewed, old.view = true, s.cfg.Catalogs.Over(c.who, old.defined)
	}
	return old.view, nil
}

// at is view, looking for unqualified names where o says.
func at(view catalog.View, o options) catalog.View {
	if o == (options{}) {
		return view
	}
	c, sch := view.Current()
	if o.catalog != "" {
		c = o.catalog
	}
	if o.schema != "" {
		sch = o.schema
	}
	return view.At(c, sch)
}

// connect opens own's connection in the engine. In turn.
func (s *Server) connect(ctx context.Context, own *session) error {
	if own.engine != 0 {
		return nil
	}
	sid, err := s.cfg.Engine.OpenSession(ctx)
	if err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	own.engine = sid
	return nil
}

// needTemporary gives own a connection of its own for temporary tables.
func (s *Server) needTemporary(ctx context.Context, own *session) error {
	back, err := own.take(ctx)
	if err != nil {
		return err
	}
	defer back()
	if err := s.connect(ctx, own); err != nil {
		return err
	}
	if !own.temporary {
		own.temporary, own.seen.valid = true, false
	}
	return nil
}

// changed notes that a statement in sc changed what there is.
func (s *Server) changed(ctx context.Context, sc scope) error {
	if sc.own == nil || sc.session == 0 {
		s.cfg.Catalogs.Changed()
		return nil
	}
	back, err := sc.own.take(ctx)
	if err != nil {
		return err
	}
	defer back()
	sc.own.seen.valid = false
	if sc.own.transaction != nil {
		sc.own.transaction.defined = true
		return nil
	}
	s.cfg.Catalogs.Changed()
	return nil
}
