package flight

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/lakegate/lakegate/auth"
)

// clock is a server's time, which tests move.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }
func (c *clock) set(cfg *Config)      { cfg.Now = c.now }
func (c *clock) auth(cfg *Config)     { cfg.Auth = testAuth{authenticate: c.judge} }
func (c *clock) token(i int) string {
	return fmt.Sprintf("Bearer short-%d-%d", i, c.now().Add(time.Minute).UnixNano())
}

func (c *clock) tokenContext(t testing.TB, i int) context.Context {
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", c.token(i))
}

// renew gives c a fresh token.
func (c *clock) renew(t testing.TB, of *client, i int) {
	t.Helper()
	of.ctx = c.tokenContext(t, i)
}

// judge takes the writer's tokens of one minute.
func (c *clock) judge(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
	who, err := testAuthenticate(ctx, []string{"Bearer " + writer1})
	if len(shown.Authorization) != 1 || !strings.HasPrefix(shown.Authorization[0], "Bearer short-") {
		return auth.Answer{}, auth.ErrUnauthenticated
	}
	parts := strings.Split(shown.Authorization[0], "-")
	nanos, wrong := strconv.ParseInt(parts[len(parts)-1], 10, 64)
	if wrong != nil || !c.now().Before(time.Unix(0, nanos)) {
		return auth.Answer{}, auth.ErrUnauthenticated
	}
	who.Expires = time.Unix(0, nanos)
	return auth.Answer{Principal: who}, err
}

// DT-04, DT-08, DO-01: tokens live for minutes, and each call is judged by its own.
func TestDT04ASessionLivesWhileFreshTokensComeAndEndsAfterTheLast(t *testing.T) {
	var now clock
	srv := startServer(t, now.set, now.auth, func(c *Config) {
		c.Limits.SessionGrace, c.Limits.SessionIdle = time.Minute, 24*time.Hour
	})
	c := srv.dial(t, writer1)
	now.renew(t, c, 0)
	c.exec("CREATE TABLE t (i INTEGER)")
	c.exec("BEGIN")
	for i := range 20 { // much longer than a token's life and the grace
		now.renew(t, c, i)
		c.exec("INSERT INTO t VALUES (1)")
		now.pass(50 * time.Second)
		srv.sessions.endIdle()
	}
	stale := now.tokenContext(t, 20)
	now.pass(time.Minute)
	_, err := c.Execute(stale, "SELECT 1")
	wantCode(t, err, codes.Unauthenticated, "")
	now.renew(t, c, 21)
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "20") // in the same transaction
	now.pass(2*time.Minute + time.Second)
	srv.sessions.endIdle()
	if n := srv.sessionCount(); n != 0 {
		t.Errorf("%d sessions outlive their last token and the grace", n)
	}
	now.renew(t, c, 22)
	_, err = c.query("SELECT count(*) FROM t")
	wantCode(t, err, codes.FailedPrecondition, "the session has ended")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0") // rolled back, and said once
}

// BS-25: what ends a session in the middle of a transaction is not passed over: a
// statement that was meant to be part of it does not run by itself.
func TestAStatementOfATransactionThatHasEndedIsRefusedOnce(t *testing.T) {
	for _, end := range []struct {
		name string
		of   func(*testServer, *clock)
	}{
		{"too old", func(_ *testServer, now *clock) { now.pass(8*time.Hour + time.Second) }}, // found by the call itself
		{"idle", func(s *testServer, now *clock) {
			<-s.calls.whenIdle() // an answer may come before its call has let go of the session
			now.pass(31 * time.Minute)
			s.sessions.endIdle()
		}},
	} {
		for name, middleware := range map[string][]arrowflight.ClientMiddleware{
			"connection": nil, "cookie": {arrowflight.NewClientCookieMiddleware()},
		} {
			t.Run(end.name+" by "+name, func(t *testing.T) {
				var now clock
				srv := startServer(t, now.set, now.auth, func(c *Config) { c.Limits.SessionGrace = 24 * time.Hour })
				c := srv.dial(t, writer1, middleware...)
				now.renew(t, c, 0)
				c.mustQuery("CREATE TABLE t (i INTEGER)")
				c.mustQuery("BEGIN")
				c.mustQuery("INSERT INTO t VALUES (1)")
				end.of(srv, &now)
				now.renew(t, c, 1)
				_, err := c.query("INSERT INTO t VALUES (2)")
				wantCode(t, err, codes.FailedPrecondition, "the session has ended")
				wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")

				// By handle, the handle says so, and nothing else has to.
				tx, err := c.BeginTransaction(c.ctx)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.ExecuteUpdate(c.ctx, "INSERT INTO t VALUES (3)"); err != nil {
					t.Fatal(err)
				}
				end.of(srv, &now)
				now.renew(t, c, 2)
				wantCode(t, tx.Commit(c.ctx), codes.FailedPrecondition, "the session has ended")
				wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")

				// Where none was open, nothing was lost.
				c.mustQuery("BEGIN")
				c.mustQuery("COMMIT")
				end.of(srv, &now)
				now.renew(t, c, 3)
				wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
				srv.sessions.mu.Lock()
				defer srv.sessions.mu.Unlock()
				if n := len(srv.sessions.lost) + len(srv.sessions.lostByConn); n != 0 {
					t.Errorf("%d lost sessions are remembered", n)
				}
			})
		}
	}
}

func TestLostSessionsTakeBoundedMemoryAndGoWithTheirConnection(t *testing.T) {
	now := time.Now()
	ss := newSessions(Limits{SessionIdle: time.Minute, SessionLife: time.Hour, SessionsPerUser: 1 << 20}, func() time.Time { return now }, nil)
	defer ss.endAll()
	c := callBy("alice")
	c.who.Expires, c.conn = now.Add(time.Hour), &connection{}
	for i := range maxLost + 10 {
		fresh, err := newID()
		if err != nil {
			t.Fatal(err)
		}
		s, err := ss.make(c, fresh, i > 0, options{})
		if err != nil {
			t.Fatal(err)
		}
		s.setTransaction(&transaction{})
	}
	c.release()
	now = now.Add(2 * time.Minute)
	ss.endIdle()
	if len(ss.lost) != maxLost || len(ss.lostByConn) != 1 {
		t.Errorf("%d and %d lost sessions are remembered", len(ss.lost), len(ss.lostByConn))
	}
	ss.connectionEnded(c.conn)
	if len(ss.lostByConn) != 0 {
		t.Error("a connection is remembered that has ended")
	}
}

// E03
func TestE03AStatementThatRunsEndsWithTheTrustInItsCaller(t *testing.T) {
	var distrusted atomic.Bool
	srv := startServer(t, func(c *Config) {
		c.Auth = testAuth{trusts: func(p auth.Principal) bool { return !distrusted.Load() || p.User != "writer" }}
	})
	w := srv.dial(t, writer1)
	w.exec("CREATE TABLE t (i BIGINT)")
	const long = "INSERT INTO t SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b"
	var calls sync.WaitGroup
	for name, call := range map[string]func() error{
		"GetFlightInfo": func() error {
			_, err := w.Execute(w.ctx, long)
			return err
		},
		"DoPut": func() error {
			_, err := w.ExecuteUpdate(w.ctx, long)
			return err
		},
	} {
		calls.Go(func() {
			if err := call(); codeOf(err) != codes.Unauthenticated || !strings.Contains(err.Error(), "no longer accepted") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	eventually(t, "both run", func() bool {
		srv.executions.mu.Lock()
		defer srv.executions.mu.Unlock()
		running := 0
		for _, x := range srv.executions.all {
			if x.running.Load() {
				running++
			}
		}
		return running == 2
	})
	distrusted.Store(true)
	srv.EndUntrusted()
	calls.Wait()
	// One that was let in before, and begins after.
	_, err := w.Execute(w.ctx, "SELECT 1")
	wantCode(t, err, codes.Unauthenticated, "no longer accepted")
	wantLines(t, srv.dial(t, reader1).mustQuery("SELECT count(*) FROM t"), "0")
}
