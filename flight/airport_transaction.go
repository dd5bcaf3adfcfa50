package flight

import (
	"container/list"
	"context"
	"encoding/base64"
	"sync"
	"time"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
)

// airportTransaction is one transaction of a DuckDB client: the state of each lake
// that it reads. Nobody tells of its end; it is forgotten when its time is over or
// its connection ends, and holds nothing but memory.
type airportTransaction struct {
	id     id
	who    auth.Principal
	owner  owner
	conn   *connection
	client string // one process of the client
	ends   time.Time

	mu       sync.Mutex
	versions map[string]int64 // of lakes, by catalog
}

// airportTransactions are those that this replica knows, oldest first.
type airportTransactions struct {
	mu    sync.Mutex
	order *list.List // of *airportTransaction
	byID  map[id]*list.Element
	of    map[owner]int
}

// Most transactions that are remembered: of all callers, and of one. The oldest go
// first; what they had read at one state is then read anew.
const (
	airportTransactionsMost    = 100_000
	airportTransactionsOfOwner = 10_000
)

func newAirportTransactions() *airportTransactions {
	return &airportTransactions{order: list.New(), byID: map[id]*list.Element{}, of: map[owner]int{}}
}

// add remembers t, or gives the one that is remembered under its id.
func (ts *airportTransactions) add(t *airportTransaction, now time.Time) *airportTransaction {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if e, ok := ts.byID[t.id]; ok {
		return e.Value.(*airportTransaction)
	}
	for e := ts.order.Front(); e != nil; e = ts.order.Front() {
		if old := e.Value.(*airportTransaction); len(ts.byID) < airportTransactionsMost && now.Before(old.ends) {
			break
		}
		ts.remove(e)
	}
	if ts.of[t.owner] >= airportTransactionsOfOwner {
		ts.removeOldest(t.owner)
	}
	ts.byID[t.id] = ts.order.PushBack(t)
	ts.of[t.owner]++
	return t
}

// removeOldest needs ts.mu.
func (ts *airportTransactions) removeOldest(of owner) {
	for e := ts.order.Front(); e != nil; e = e.Next() {
		if e.Value.(*airportTransaction).owner == of {
			ts.remove(e)
			return
		}
	}
}

// remove needs ts.mu.
func (ts *airportTransactions) remove(e *list.Element) {
	t := ts.order.Remove(e).(*airportTransaction)
	delete(ts.byID, t.id)
	if ts.of[t.owner]--; ts.of[t.owner] == 0 {
		delete(ts.of, t.owner)
	}
}

func (ts *airportTransactions) get(name id) *airportTransaction {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if e, ok := ts.byID[name]; ok {
		return e.Value.(*airportTransaction)
	}
	return nil
}

// connectionEnded forgets the transactions of a client that is gone.
func (ts *airportTransactions) connectionEnded(conn *connection) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for e := ts.order.Front(); e != nil; {
		next := e.Next()
		if e.Value.(*airportTransaction).conn == conn {
			ts.remove(e)
		}
		e = next
	}
}

// airportCreateTransaction begins a transaction. It asks no lake: their state is
// looked at with the first scan.
func (s *service) airportCreateTransaction(ctx context.Context, c *call, q airport.CatalogRequest) ([]byte, error) {
	if _, _, err := s.airportCatalog(ctx, c, q.Catalog); err != nil {
		return nil, err
	}
	name, err := newID()
	if err != nil {
		return nil, err
	}
	sealed, err := s.give(c, airportTransactionID, handle{Transaction: name}, s.cfg.Airport.Life)
	if err != nil {
		return nil, err
	}
	s.remember(ctx, c, name)
	return airport.TransactionReply(base64.RawURLEncoding.EncodeToString(sealed))
}

func (s *Server) remember(ctx context.Context, c *call, name id) *airportTransaction {
	now := s.cfg.Now()
	return s.airport.transactions.add(&airportTransaction{
		id: name, who: c.who, owner: c.owner, conn: c.conn, client: header(ctx, airport.HeaderClientSession),
		ends: now.Add(s.cfg.Airport.Life), versions: map[string]int64{},
	}, now)
}

// sealedTransaction is the id of the transaction that a call names, sealed; nil for
// none. One that is no base64 is empty, and opens as nothing.
func sealedTransaction(ctx context.Context) []byte {
	text := header(ctx, airport.HeaderTransaction)
	if text == "" {
		return nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return []byte{}
	}
	return sealed
}

// airportTransaction is the transaction that c names; nil without error for none.
func (s *Server) airportTransaction(ctx context.Context, c *call) (*airportTransaction, error) {
	sealed := sealedTransaction(ctx)
	if sealed == nil {
		return nil, nil //nolint:nilnil // said above
	}
	h, err := s.take(c, airportTransactionID, sealed)
	if err != nil {
		return nil, err
	}
	return s.remember(ctx, c, h.Transaction), nil // another replica may have given it
}

// byTransaction finds out who makes a call that shows no credential, by the
// transaction that it names: this client forgets the token of ATTACH on the calls
// that read and change. The transaction must have been given over this very
// connection to the same process of the client, to somebody whose credential is
// still good. False: there is none.
func (s *Server) byTransaction(ctx context.Context, c *call) (auth.Principal, bool) {
	sealed := sealedTransaction(ctx)
	if sealed == nil || s.cfg.Airport.Off || s.cfg.Airport.NoAttachToken || s.cfg.RequireCookie || c.conn == nil {
		return auth.Principal{}, false
	}
	h, err := s.opened(airportTransactionID, sealed)
	if err != nil {
		return auth.Principal{}, false
	}
	now := s.cfg.Now()
	t := s.airport.transactions.get(h.Transaction)
	if t == nil || t.owner != h.Owner || t.conn != c.conn || t.client == "" || t.client != header(ctx, airport.HeaderClientSession) ||
		now.Unix() > h.Expires || !now.Before(t.ends) || !now.Before(t.who.Expires) {
		return auth.Principal{}, false
	}
	return t.who, true
}

// airportVersion is the state of a lake that t reads; a nil t reads the newest. It is
// asked for once.
func (s *Server) airportVersion(ctx context.Context, t *airportTransaction, view catalog.View, lake string) (int64, error) {
	if t == nil {
		return s.cfg.Engine.Version(ctx, view, lake)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v, ok := t.versions[lake]; ok {
		return v, nil
	}
	v, err := s.cfg.Engine.Version(ctx, view, lake)
	if err == nil {
		t.versions[lake] = v
	}
	return v, err
}

// forget makes t read the newest state of lake from now on: it has changed it.
func (t *airportTransaction) forget(lake string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.versions, lake)
}
