package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

const (
	// silenceMost is how long PostgreSQL may leave a question that costs it nothing
	// without an answer, unless the settings say.
	silenceMost = 10 * time.Second
	// vigilEvery is how often lakes in use are looked at.
	vigilEvery = 500 * time.Millisecond
	// pulseAge and storageAge are how old signs of life may be before others are
	// asked for, of PostgreSQL and of S3, which takes money for each.
	pulseAge   = time.Second
	storageAge = 5 * time.Second
	// storageFactor is how much longer S3 may be silent than PostgreSQL: its calls
	// have time limits of their own, and only many of them in a row take too long.
	storageFactor = 2
)

// vigil ends what uses a lake whose PostgreSQL or S3 hangs: neither DuckDB nor
// libpq ever gives up waiting for an answer on a connection that stands, and a
// statement makes many calls to S3. A lake that is slow, or answers with an
// error, is left alone: only a question without any answer counts.
type vigil struct {
	limit time.Duration
	lakes []*attached // those that may fall silent

	mu    sync.Mutex
	users map[*attached]map[*user]struct{}
	ended chan struct{}
}

// user is one piece of work that may use lakes.
type user struct {
	cancel context.CancelCauseFunc
	lakes  []*attached // under the vigil's lock
}

// keepVigil watches lakes until ctx ends; limit 0 is silenceMost.
func keepVigil(ctx context.Context, lakes []*attached, limit time.Duration) *vigil {
	if limit == 0 {
		limit = silenceMost
	}
	v := &vigil{limit: limit, users: map[*attached]map[*user]struct{}{}, ended: make(chan struct{})}
	for _, a := range lakes {
		if a.down == nil && (a.onPostgres() || a.onStorage()) {
			v.lakes = append(v.lakes, a)
		}
	}
	go v.watch(ctx)
	return v
}

func (a *attached) onPostgres() bool {
	return a.lake.Type == catalog.DuckLake && a.lake.Metadata.Type == "postgres"
}

func (a *attached) onStorage() bool { return slices.ContainsFunc(paths(a.lake), remote) }

// sign asks PostgreSQL for a sign of life, which no lock can delay.
func (a *attached) sign(ctx context.Context) error {
	return a.pulser.exec(ctx, "FROM postgres_query("+sqltext.Literal(a.metadata)+", 'SELECT 1')")
}

// insist asks until there is an answer: a time limit that is over is none.
func insist(ctx context.Context, ask func(context.Context) error) error {
	for {
		err := ask(ctx)
		if ctx.Err() != nil || !timedOut(err) {
			return err
		}
	}
}

// refresh asks for signs of life unless there are new ones.
func (a *attached) refresh(ctx context.Context) {
	if a.onPostgres() {
		a.pulse.refresh(ctx, pulseAge)
	}
	if a.onStorage() {
		a.storage.refresh(ctx, storageAge)
	}
}

// silent reports whether a has given no sign of life for too long.
func (v *vigil) silent(a *attached) bool {
	return a.pulse.overdue(v.limit) || a.storage.overdue(storageFactor*v.limit)
}

// watch looks at the lakes in use until ctx ends.
func (v *vigil) watch(ctx context.Context) {
	defer close(v.ended)
	tick := time.NewTicker(vigilEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, a := range v.lakes {
			using := v.using(a)
			if len(using) == 0 {
				continue
			}
			a.refresh(ctx)
			if v.silent(a) {
				for _, u := range using {
					u.cancel(a.noAnswer())
				}
			}
		}
	}
}

func (v *vigil) using(a *attached) []*user {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]*user, 0, len(v.users[a]))
	for u := range v.users[a] {
		all = append(all, u)
	}
	return all
}

// noAnswer is why work that uses a ends.
func (a *attached) noAnswer() error {
	return fmt.Errorf("%w: catalog %q does not answer", ErrUnavailable, a.lake.Name)
}

// named are the lakes that may fall silent and that text, with physical names,
// speaks of.
func (v *vigil) named(text string) []*attached {
	var all []*attached
	for _, a := range v.lakes {
		if strings.Contains(text, a.physical) {
			all = append(all, a)
		}
	}
	return all
}

// enter makes u end when one of lakes falls silent, at once if it has, until
// leave is called.
func (v *vigil) enter(u *user, lakes []*attached) {
	v.mu.Lock()
	for _, a := range lakes {
		if v.users[a] == nil {
			v.users[a] = map[*user]struct{}{}
		}
		if _, ok := v.users[a][u]; !ok {
			v.users[a][u] = struct{}{}
			u.lakes = append(u.lakes, a)
		}
	}
	v.mu.Unlock()
	for _, a := range lakes {
		if v.silent(a) {
			u.cancel(a.noAnswer())
		}
	}
}

func (v *vigil) leave(u *user) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, a := range u.lakes {
		delete(v.users[a], u)
	}
	u.lakes = nil
}

// over is ctx, ended also when a lake that one of texts speaks of falls silent.
// The caller must call the func.
func (v *vigil) over(ctx context.Context, texts ...string) (context.Context, func()) {
	watched, cancel := context.WithCancelCause(ctx)
	u := &user{cancel: cancel}
	for _, text := range texts {
		v.enter(u, v.named(text))
	}
	return watched, func() {
		v.leave(u)
		cancel(context.Canceled)
	}
}
