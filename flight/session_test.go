package flight

import (
	"errors"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"

	"github.com/lakegate/lakegate/auth/seal"
)

// eventually waits for what another goroutine is about to do.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func (s *testServer) sessionCount() int {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return len(s.sessions.all)
}

func TestTransactionsByHandleCommitAndRollBack(t *testing.T) {
	srv := startServer(t)
	c, other := srv.dial(t, writer1), srv.dial(t, writer2)
	c.exec("CREATE TABLE t (i INTEGER)")
	for _, end := range []struct {
		commit bool
		want   string
	}{{false, "0"}, {true, "1"}} {
		tx, err := c.BeginTransaction(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		id := tx.ID() // which the client forgets at the end
		if n, err := tx.ExecuteUpdate(c.ctx, "INSERT INTO t VALUES (1)"); err != nil || n != 1 {
			t.Fatalf("%d, %v", n, err)
		}
		info, err := tx.Execute(c.ctx, "SELECT count(*) FROM t")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := c.read(info)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, lines, "1")
		wantLines(t, other.mustQuery("SELECT count(*) FROM t"), "0")
		if end.commit {
			err = tx.Commit(c.ctx)
		} else {
			err = tx.Rollback(c.ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, other.mustQuery("SELECT count(*) FROM t"), end.want)
		_, err = c.Client.Client.GetFlightInfo(c.ctx, queryIn(t, id))
		wantCode(t, err, codes.FailedPrecondition, "transaction")
	}
}

func queryIn(t testing.TB, tx flightsql.Transaction) *arrowflight.FlightDescriptor {
	t.Helper()
	cmd, err := packed(&pb.CommandStatementQuery{Query: "SELECT 1", TransactionId: tx})
	if err != nil {
		t.Fatal(err)
	}
	return &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: cmd}
}

func TestTransactionsByStatementLiveInTheConnectionsSession(t *testing.T) {
	srv := startServer(t)
	c, same := srv.dial(t, writer1), srv.dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER)")
	c.exec("BEGIN")
	c.exec("INSERT INTO t VALUES (1)")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "1")
	// The same token over another connection is another client.
	wantLines(t, same.mustQuery("SELECT count(*) FROM t"), "0")
	_, err := c.query("BEGIN")
	wantCode(t, err, codes.FailedPrecondition, "transaction")
	c.exec("COMMIT")
	wantLines(t, same.mustQuery("SELECT count(*) FROM t"), "1")
}

func TestDefinitionsInATransactionAreSeenInItAlone(t *testing.T) {
	srv := startServer(t)
	c, other := srv.dial(t, writer1), srv.dial(t, writer2)
	c.exec("BEGIN")
	c.exec("DROP TABLE IF EXISTS fresh")
	c.exec("CREATE TABLE fresh (i INTEGER)")
	c.exec("INSERT INTO fresh VALUES (7)")
	wantLines(t, c.mustQuery("SELECT i FROM fresh"), "7")
	_, err := other.query("SELECT i FROM fresh")
	wantCode(t, err, codes.NotFound, "fresh")
	c.exec("COMMIT")
	wantLines(t, other.mustQuery("SELECT i FROM fresh"), "7")
}

func TestAnEndedConnectionRollsBack(t *testing.T) {
	srv := startServer(t)
	c, other := srv.dial(t, writer1), srv.dial(t, writer2)
	c.exec("CREATE TABLE t (i INTEGER)")
	c.exec("BEGIN")
	c.exec("INSERT INTO t VALUES (1)")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session ends", func() bool { return srv.sessionCount() == 0 })
	wantLines(t, other.mustQuery("SELECT count(*) FROM t"), "0")
}

func TestCloseSessionRollsBackWithOrWithoutACookie(t *testing.T) {
	for name, middleware := range map[string][]arrowflight.ClientMiddleware{
		"connection": nil, "cookie": {arrowflight.NewClientCookieMiddleware()},
	} {
		t.Run(name, func(t *testing.T) {
			srv := startServer(t)
			c := srv.dial(t, writer1, middleware...)
			if _, err := c.CloseSession(c.ctx, &arrowflight.CloseSessionRequest{}); err != nil {
				t.Errorf("without a session: %v", err)
			}
			c.exec("CREATE TABLE t (i INTEGER)")
			tx, err := c.BeginTransaction(c.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.ExecuteUpdate(c.ctx, "INSERT INTO t VALUES (1)"); err != nil {
				t.Fatal(err)
			}
			res, err := c.CloseSession(c.ctx, &arrowflight.CloseSessionRequest{})
			if err != nil || res.Status != arrowflight.CloseSessionResultClosed {
				t.Fatalf("%v, %v", res, err)
			}
			wantCode(t, tx.Commit(c.ctx), codes.FailedPrecondition, "ended")
			wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
		})
	}
}

func TestACookieCarriesTheSessionToAnotherConnection(t *testing.T) {
	srv := startServer(t)
	jar := arrowflight.NewCookieMiddleware()
	share := arrowflight.CreateClientMiddleware(jar)
	one, two := srv.dial(t, writer1, share), srv.dial(t, writer1, share)
	one.exec("CREATE TEMP TABLE mine (i INTEGER)")
	one.exec("INSERT INTO mine VALUES (5)")
	wantLines(t, one.mustQuery("SELECT i FROM mine"), "5") // arrow-go's client reads no headers of an update
	wantLines(t, two.mustQuery("SELECT i FROM mine"), "5")
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	wantLines(t, two.mustQuery("SELECT i FROM mine"), "5")
	// The cookie opens nothing for another principal.
	stranger := srv.dial(t, writer2, share)
	_, err := stranger.query("SELECT i FROM mine")
	wantCode(t, err, codes.NotFound, "mine")
}

func TestSessionOptionsAreWhereNamesAreLookedFor(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	get := func() (catalog, schema string) {
		t.Helper()
		r, err := c.GetSessionOptions(c.ctx, &arrowflight.GetSessionOptionsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return r.SessionOptions["catalog"].GetStringValue(), r.SessionOptions["schema"].GetStringValue()
	}
	if cat, sch := get(); cat != "lake" || sch != "main" {
		t.Errorf("at first: %s, %s", cat, sch)
	}
	if n := srv.sessionCount(); n != 0 {
		t.Errorf("asking made %d sessions", n)
	}
	c.exec("CREATE SCHEMA side")
	c.exec("CREATE TABLE side.t (i INTEGER)")
	opts, err := arrowflight.NewSessionOptionValues(map[string]any{"schema": "side", "nonsense": "x"})
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.SetSessionOptions(c.ctx, &arrowflight.SetSessionOptionsRequest{SessionOptions: opts})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Errors) != 1 || res.Errors["nonsense"].GetValue() != arrowflight.SetSessionOptionsResultErrorInvalidName {
		t.Errorf("errors: %v", res.Errors)
	}
	if cat, sch := get(); cat != "lake" || sch != "side" {
		t.Errorf("then: %s, %s", cat, sch)
	}
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
	opts, err = arrowflight.NewSessionOptionValues(map[string]any{"catalog": "hidden"})
	if err != nil {
		t.Fatal(err)
	}
	if res, err = c.SetSessionOptions(c.ctx, &arrowflight.SetSessionOptionsRequest{SessionOptions: opts}); err != nil ||
		res.Errors["catalog"].GetValue() != arrowflight.SetSessionOptionsResultErrorInvalidValue {
		t.Errorf("%v, %v", res, err)
	}
	c.exec("USE lake.main")
	if _, sch := get(); sch != "main" {
		t.Errorf("after USE: %s", sch)
	}
}

func TestWhereCookiesAreRequiredTheErrorSaysHowToTurnThemOn(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.RequireCookie = true })
	plain := srv.dial(t, writer1)
	wantLines(t, plain.mustQuery("SELECT 1"), "1")
	_, err := plain.BeginTransaction(plain.ctx)
	wantCode(t, err, codes.FailedPrecondition, "with_cookie_middleware")
	_, err = plain.query("BEGIN")
	wantCode(t, err, codes.FailedPrecondition, "cookie")
	cookies := srv.dial(t, writer1, arrowflight.NewClientCookieMiddleware())
	wantLines(t, cookies.mustQuery("SELECT 1"), "1")
	cookies.exec("BEGIN")
	cookies.exec("CREATE TABLE t (i INTEGER)")
	cookies.exec("COMMIT")
	wantLines(t, plain.mustQuery("SELECT count(*) FROM t"), "0")
}

func TestNobodyElseCanUseATicketAHandleOrATransaction(t *testing.T) {
	srv := startServer(t)
	alice, eve := srv.dial(t, writer1), srv.dial(t, writer2)
	alice.exec("CREATE TABLE t (i INTEGER)")
	info, err := alice.Execute(alice.ctx, "SELECT count(*) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	_, err = eve.read(info)
	wantCode(t, err, codes.NotFound, errHandle.Error())
	lines, err := srv.dial(t, writer1).read(info) // her own, over another connection
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, lines, "0")
	p, err := alice.Prepare(alice.ctx, "SELECT count(*) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := packed(&pb.CommandPreparedStatementQuery{PreparedStatementHandle: p.Handle()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = eve.Client.Client.GetFlightInfo(eve.ctx, &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: stolen})
	wantCode(t, err, codes.NotFound, errHandle.Error())
	tx, err := alice.BeginTransaction(alice.ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = eve.Client.Client.GetFlightInfo(eve.ctx, queryIn(t, tx.ID()))
	wantCode(t, err, codes.NotFound, errHandle.Error())
	// A transaction's id works over any connection of its owner.
	second := srv.dial(t, writer1)
	if _, err := second.Client.Client.GetFlightInfo(second.ctx, queryIn(t, tx.ID())); err != nil {
		t.Error(err)
	}
}

func TestReplicasWithOneKeyServeEachOthersStatements(t *testing.T) {
	eng, cats := testEngine(t)
	share := func(c *Config) { c.TicketKeys = []seal.Key{testKey(t, 7)} }
	one, two := serveOver(t, eng, cats, share), serveOver(t, eng, cats, share)
	a, b := one.dial(t, writer1), two.dial(t, writer1)
	a.exec("CREATE TABLE t (i BIGINT)")
	a.exec("INSERT INTO t VALUES (1), (2)")
	p, err := a.Prepare(a.ctx, "SELECT i FROM t WHERE i = ?")
	if err != nil {
		t.Fatal(err)
	}
	rows := ints(2)
	p.SetParameters(rows)
	rows.Release()
	info, err := p.Execute(a.ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Bound on one, fetched on the other.
	lines, err := b.read(info)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, lines, "2")
	// Prepared on one, executed on the other.
	moved := flightsql.NewPreparedStatement(b.Client, p.Handle())
	if info, err = moved.Execute(b.ctx); err != nil {
		t.Fatal(err)
	}
	// A transaction is bound to its replica, and elsewhere says so.
	tx, err := a.BeginTransaction(a.ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Client.Client.GetFlightInfo(b.ctx, queryIn(t, tx.ID()))
	wantCode(t, err, codes.FailedPrecondition, "another replica")
	_ = info
}

func TestIdleAndExpiredSessionsEnd(t *testing.T) {
	now := time.Now()
	limits := Limits{SessionIdle: time.Minute, SessionGrace: time.Minute, SessionsPerUser: 2}
	ss := newSessions(limits, func() time.Time { return now }, nil)
	c := callBy("alice")
	c.who.Expires = now.Add(time.Hour)
	for range 2 {
		fresh, err := newID()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ss.make(c, fresh, true, options{}); err != nil {
			t.Fatal(err)
		}
	}
	fresh, err := newID()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ss.make(c, fresh, true, options{}); !errors.Is(err, errSessions) {
		t.Errorf("the third: %v", err)
	}
	now = now.Add(time.Hour / 2)
	ss.endIdle() // in use
	if len(ss.all) != 2 {
		t.Errorf("%d sessions are left that are in use, want 2", len(ss.all))
	}
	c.release()
	now = now.Add(2 * time.Minute)
	ss.endIdle()
	if len(ss.all) != 0 || len(ss.perOwn) != 0 {
		t.Errorf("%d idle sessions are left", len(ss.all))
	}
	ss.endAll()
}

func TestAStatementThatWouldWaitForItsOwnClientIsRefused(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("BEGIN")
	info, err := c.Execute(c.ctx, "SELECT i, repeat('x', 100) AS s FROM range(3000000) t(i)")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(c.ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	_, err = c.query("SELECT 1")
	wantCode(t, err, codes.FailedPrecondition, "still being read")
	for r.Next() {
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
	r.Release()
	wantLines(t, c.mustQuery("SELECT 1"), "1")
}

func TestOneCallerCannotFillTheStoreOfParameters(t *testing.T) {
	ps := newParameterStore(1000, time.Hour, time.Now)
	rows := ints(make([]int64, 50)...) // 400 bytes and their validity
	defer rows.Release()
	alice, bob := callBy("alice"), callBy("bob")
	name, err := ps.put(alice.owner, rows)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ps.put(alice.owner, rows); !errors.Is(err, errParameters) {
		t.Errorf("her second: %v", err)
	}
	if ps.get(bob, name) != nil {
		t.Error("another's parameters were given")
	}
	if _, err := ps.put(bob.owner, rows); err != nil {
		t.Errorf("another's first: %v", err)
	}
	ps.drop(alice.owner, name)
	if _, err := ps.put(alice.owner, rows); err != nil {
		t.Errorf("after the first was dropped: %v", err)
	}
	ps.dropBefore(time.Now().Add(time.Minute))
	if ps.used != 0 || len(ps.kept) != 0 {
		t.Errorf("%d bytes are kept", ps.used)
	}
}
