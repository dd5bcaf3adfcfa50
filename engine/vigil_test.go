package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

// watched is a vigil over one lake whose database answers with put, and the
// context of somebody who uses that lake.
func watched(t *testing.T, limit time.Duration, put func(context.Context) (struct{}, error)) (v *vigil, user context.Context) {
	t.Helper()
	a := &attached{lake: catalog.Lake{Name: "lake", Type: catalog.DuckLake, Metadata: catalog.Metadata{Type: "postgres"}}, physical: "c_1"}
	a.pulse.put = put
	ctx, cancel := context.WithCancel(t.Context())
	v = keepVigil(ctx, []*attached{a}, limit)
	user, leave := v.over(t.Context(), "SELECT * FROM c_1.main.t")
	t.Cleanup(func() {
		leave()
		cancel()
		<-v.ended
		a.pulse.stop(nil)
		if n := len(v.using(a)); n != 0 {
			t.Errorf("%d users were not forgotten", n)
		}
	})
	return v, user
}

func TestAQuestionWithoutAnAnswerEndsWhatUsesTheLake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		v, user := watched(t, 10*time.Second, func(context.Context) (struct{}, error) {
			<-answer
			return struct{}{}, nil
		})
		other, leave := v.over(t.Context(), "SELECT * FROM c_2.main.t")
		defer leave()
		time.Sleep(10 * time.Second)
		if user.Err() != nil {
			t.Errorf("ended early: %v", context.Cause(user))
		}
		time.Sleep(2 * time.Second)
		if err := context.Cause(user); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), `catalog "lake" does not answer`) {
			t.Errorf("who uses the lake ends with %v, want ErrUnavailable with its name", err)
		}
		if other.Err() != nil {
			t.Errorf("who uses another lake ends with %v", context.Cause(other))
		}
		late, leaveLate := v.over(t.Context(), "SELECT * FROM c_1.main.t")
		defer leaveLate()
		if !errors.Is(context.Cause(late), ErrUnavailable) {
			t.Errorf("who comes while the lake is silent: %v, want ErrUnavailable", context.Cause(late))
		}
		close(answer)
		synctest.Wait()
		after, leaveAfter := v.over(t.Context(), "SELECT * FROM c_1.main.t")
		defer leaveAfter()
		if time.Sleep(time.Minute); after.Err() != nil {
			t.Errorf("after the answer: %v", context.Cause(after))
		}
	})
}

func TestALakeThatIsSlowOrAnswersWithAnErrorEndsNothing(t *testing.T) {
	for name, put := range map[string]func(context.Context) (struct{}, error){
		"slow": func(ctx context.Context) (struct{}, error) {
			select {
			case <-time.After(9 * time.Second):
			case <-ctx.Done():
			}
			return struct{}{}, nil
		},
		"error": func(context.Context) (struct{}, error) { return struct{}{}, errors.New("no") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, user := watched(t, 10*time.Second, put)
				if time.Sleep(5 * time.Minute); user.Err() != nil {
					t.Errorf("ended: %v", context.Cause(user))
				}
			})
		})
	}
}

func TestATimeLimitThatIsOverIsNoAnswer(t *testing.T) {
	for text, asked := range map[string]int{
		"IO Error: Timeout was reached error for HTTP GET to 'http://h/'":                       3,
		"IO Error: Unable to connect to Postgres at host=h: connection failed: timeout expired": 3,
		"IO Error: Unable to connect to Postgres at host=h: Connection refused":                 1,
	} {
		n := 0
		err := insist(t.Context(), func(context.Context) error {
			if n++; n == 3 {
				return nil
			}
			return &rawError{text: text}
		})
		if n != asked || (asked == 1) != (err != nil) {
			t.Errorf("%s: asked %d times, %v; want %d times", text, n, err, asked)
		}
	}
}

// startRemote is a core over a lake in PostgreSQL and S3, which it calls "lake",
// that may be silent for a second, and a database file.
func startRemote(t *testing.T) (remoteLake, *core) {
	t.Helper()
	r := newRemoteLake(t)
	r.cfg.Silence = time.Second
	r.cfg.Lakes = append(r.cfg.Lakes, fileLake(t, "scratch"))
	inst, err := openInstance(t.Context(), r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	var e *core
	e = newCore(t.Context(), r.cfg, inst, trust(&e))
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if n := e.running.Load(); n != 0 {
			t.Errorf("%d statements still run", n)
		}
	})
	return r, e
}

func (e *core) must(t *testing.T, id SessionID, sql string) {
	t.Helper()
	if _, err := e.Update(t.Context(), Request{Session: id, SQL: sql}); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// silentMost is the longest that a statement may take to hear that its lake is silent.
const silentMost = 5 * time.Second

// ends runs sql, which must end as ErrUnavailable, and as also, within silentMost.
func (e *core) ends(t *testing.T, id SessionID, sql string, also ...error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), silentMost)
	defer cancel()
	_, err := e.Update(ctx, Request{Session: id, SQL: sql})
	for _, want := range append(also, ErrUnavailable) {
		if !errors.Is(err, want) {
			t.Errorf("%s while PostgreSQL is frozen: %v, want %v", sql, err, want)
		}
	}
}

// recovers runs sql until the lake is known to answer again: until then it is
// refused at once, without being run.
func (e *core) recovers(t *testing.T, deadline time.Time, sql string) {
	t.Helper()
	for {
		_, err := e.Update(t.Context(), Request{SQL: sql})
		switch {
		case err == nil:
			return
		case !errors.Is(err, ErrUnavailable), time.Now().After(deadline):
			t.Fatalf("%s once PostgreSQL answers again: %v", sql, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestStatementsOverAFrozenPostgreSQLEndAndOthersGoOn(t *testing.T) {
	r, e := startRemote(t)
	e.must(t, 0, "CREATE TABLE lake.t (x BIGINT)")
	e.must(t, 0, "INSERT INTO lake.t VALUES (1)")
	open := func() SessionID {
		id, err := e.OpenSession(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e.must(t, id, "BEGIN")
		e.must(t, id, "INSERT INTO lake.t VALUES (100)")
		return id
	}
	committing, lost, closed := open(), open(), open()
	r.pg.Freeze()
	thaw := sync.OnceFunc(r.pg.Thaw)
	defer thaw()

	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { e.ends(t, 0, fmt.Sprintf("INSERT INTO lake.t VALUES (%d)", 10+i)) })
	}
	all.Go(func() { e.ends(t, 0, "SELECT count(*) FROM lake.t") })
	all.Go(func() { e.ends(t, 0, "CREATE TABLE lake.half AS SELECT 1 AS x") })
	all.Go(func() { e.ends(t, committing, "COMMIT", errUnsure) })
	all.Go(func() { e.ends(t, lost, "SELECT count(*) FROM lake.t") })
	e.must(t, 0, "SELECT 42")
	all.Wait()

	began := time.Now()
	e.ends(t, 0, "INSERT INTO lake.t VALUES (20)")
	if took := time.Since(began); took > time.Second {
		t.Errorf("a statement over a lake known to be silent took %s", took)
	}
	if _, err := e.Update(t.Context(), Request{Session: lost, SQL: "SELECT 1"}); !errors.Is(err, ErrTransaction) {
		t.Errorf("a statement in a transaction whose connection is lost: %v, want ErrTransaction", err)
	}
	e.must(t, lost, "ROLLBACK")
	began = time.Now()
	e.CloseSession(closed)
	if took := time.Since(began); took > settling+time.Second {
		t.Errorf("closing a session took %s", took)
	}

	thaw()
	deadline := time.Now().Add(20 * time.Second)
	for e.pool.reaper.stuck() > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections hang 20 s after PostgreSQL answers again", e.pool.reaper.stuck())
		}
		time.Sleep(10 * time.Millisecond)
	}
	e.recovers(t, deadline, "INSERT INTO lake.t VALUES (2)")
	b := &bench{core: e}
	if got := b.query(t, "SELECT count(*) FROM lake.t WHERE x IN (1, 2)"); got != "2" {
		t.Errorf("%s of the two rows that were confirmed are there", got)
	}
	if got := b.query(t, "SELECT count(*) FROM lake.t WHERE x = 20"); got != "0" {
		t.Errorf("%s rows are there that nothing committed", got)
	}
}
