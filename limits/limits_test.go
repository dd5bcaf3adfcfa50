package limits

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// user is a queue under test and the order in which it let in.
type user struct {
	t  *testing.T
	q  *Queue
	mu sync.Mutex
	in []string
}

// sends enters name's statement in the background, which then runs until the
// func that it gets is called by the test through leave.
func (u *user) sends(ctx context.Context, b Bounds, name string, run time.Duration) {
	go func() {
		leave, _, err := u.q.Enter(ctx, b)
		if err != nil {
			return
		}
		defer leave()
		u.mu.Lock()
		u.in = append(u.in, name)
		u.mu.Unlock()
		time.Sleep(run)
	}()
	synctest.Wait()
}

func (u *user) want(order string) {
	u.t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	if got := strings.Join(u.in, " "); got != order {
		u.t.Errorf("let in: %s\nwant:   %s", got, order)
	}
}

// wantAmong is want where those of then were let in at one moment.
func (u *user) wantAmong(first, then string) {
	u.t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	n := len(strings.Fields(first))
	rest := slices.Sorted(slices.Values(u.in[min(n, len(u.in)):]))
	if got := strings.Join(u.in[:min(n, len(u.in))], " "); got != first || strings.Join(rest, " ") != then {
		u.t.Errorf("let in: %s, then %s\nwant:   %s, then %s", got, rest, first, then)
	}
}

func (u *user) wantEmpty() {
	u.t.Helper()
	u.q.mu.Lock()
	defer u.q.mu.Unlock()
	if u.q.running != 0 || len(u.q.shares) != 0 || u.q.ring.len() != 0 {
		u.t.Errorf("left behind: %d running, %d shares, %d in the ring", u.q.running, len(u.q.shares), u.q.ring.len())
	}
}

func TestSharesTakeTurnsHoweverManyOneOfThemSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{t: t, q: New(1)}
		for i := range 1000 {
			u.sends(t.Context(), Bounds{Share: "ann"}, fmt.Sprintf("a%d", i), time.Second)
		}
		u.sends(t.Context(), Bounds{Share: "bob"}, "b0", time.Second)
		u.sends(t.Context(), Bounds{Share: "cid"}, "c0", time.Second)
		u.sends(t.Context(), Bounds{Share: "bob"}, "b1", time.Second)
		time.Sleep(6*time.Second + time.Second/2)
		u.want("a0 a1 b0 c0 a2 b1 a3")
		time.Sleep(time.Hour)
		synctest.Wait()
		u.mu.Lock()
		defer u.mu.Unlock()
		if len(u.in) != 1003 {
			t.Errorf("%d were let in", len(u.in))
		}
		u.wantEmpty()
	})
}

func TestAShareRunsNoMoreThanItsOwnAndLetsOthersPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{t: t, q: New(3)}
		ann := Bounds{Share: "ann", Running: 2}
		for i := range 4 {
			u.sends(t.Context(), ann, fmt.Sprintf("a%d", i), time.Second)
		}
		u.want("a0 a1")
		u.sends(t.Context(), Bounds{Share: "bob"}, "b0", time.Minute)
		u.want("a0 a1 b0")
		if running, waiting := u.q.Use("ann"); running != 2 || waiting != 2 {
			t.Errorf("ann: %d run, %d wait", running, waiting)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		u.wantAmong("a0 a1 b0", "a2 a3")
		time.Sleep(time.Hour)
		synctest.Wait()
		u.wantEmpty()
	})
}

func TestAWiderBoundLetsInThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{t: t, q: New(0)}
		for i := range 4 {
			u.sends(t.Context(), Bounds{Share: "ann", Running: 1}, fmt.Sprintf("a%d", i), time.Minute)
		}
		u.want("a0")
		u.sends(t.Context(), Bounds{Share: "ann", Running: 4}, "a4", time.Minute)
		u.wantAmong("a0", "a1 a2 a3")
		time.Sleep(time.Hour)
		synctest.Wait()
		u.wantAmong("a0", "a1 a2 a3 a4")
		u.wantEmpty()
	})
}

func TestTheEndOfPatienceSaysWhichLimitAndWhose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{t: t, q: New(1)}
		b := Bounds{Share: "g", Name: "group analysts", Queued: 2, QueueWait: 5 * time.Second}
		u.sends(t.Context(), b, "first", time.Hour)
		u.sends(t.Context(), Bounds{Share: "g", Queued: 2}, "second", 0)
		began := time.Now()
		_, waited, err := u.q.Enter(t.Context(), b)
		if want := "no turn came in time (the limit queue_wait of group analysts is 5s): limit reached"; err == nil || err.Error() != want || !errors.Is(err, ErrLimited) {
			t.Errorf("got %v, want %s", err, want)
		}
		if waited := waited; !waited || time.Since(began) != 5*time.Second {
			t.Errorf("waited: %v, for %v", waited, time.Since(began))
		}
		u.sends(t.Context(), Bounds{Share: "g", Queued: 2}, "third", 0)
		_, _, err = u.q.Enter(t.Context(), b)
		if want := "too many statements wait already (the limit queued of group analysts is 2): limit reached"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		u.want("first second third")
		u.wantEmpty()
	})
}

func TestWhoGivesUpLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &user{t: t, q: New(1)}
		leave, waited, err := u.q.Enter(t.Context(), Bounds{Share: "ann"})
		if err != nil || waited {
			t.Fatal(waited, err)
		}
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error)
		for _, share := range []string{"ann", "bob"} {
			go func() {
				_, _, err := u.q.Enter(ctx, Bounds{Share: share})
				ended <- err
			}()
		}
		synctest.Wait()
		cancel(gone)
		for range 2 {
			if err := <-ended; !errors.Is(err, gone) {
				t.Errorf("got %v", err)
			}
		}
		leave()
		leave()
		u.wantEmpty()
	})
}

// Many at once, some of whom give up: never more than the bounds, and nothing is
// left at the end. Run with -race.
func TestBoundsHoldUnderACrowd(t *testing.T) {
	q := New(5)
	var all atomic.Int64
	var each [3]atomic.Int64
	var crowd sync.WaitGroup
	for i := range 2000 {
		crowd.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if rand.IntN(3) == 0 {
				go cancel()
			}
			leave, _, err := q.Enter(ctx, Bounds{Share: fmt.Sprint(i % 3), Running: 1 + i%3})
			if err != nil {
				return
			}
			defer leave()
			if n := all.Add(1); n > 5 {
				t.Errorf("%d at once", n)
			}
			if n := each[i%3].Add(1); n > int64(1+i%3) {
				t.Errorf("%d at once of share %d", n, i%3)
			}
			each[i%3].Add(-1)
			all.Add(-1)
		})
	}
	crowd.Wait()
	(&user{t: t, q: q}).wantEmpty()
}
