package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

const (
	// silenceMost is how long a metadata database may leave a question that
	// costs it nothing without an answer, unless the settings say.
	silenceMost = 10 * time.Second
	// vigilEvery is how often lakes in use are looked at.
	vigilEvery = 500 * time.Millisecond
	// pulseAge is how old a sign of life may be before another is asked for.
	pulseAge = time.Second
)

// vigil ends what uses a lake whose PostgreSQL hangs: neither DuckDB nor libpq
// ever gives up waiting for an answer on a connection that stands. Calls to S3
// have time limits of their own. A lake that is slow, or answers with an error,
// is left alone: only a question without any answer counts.
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
		if a.down == nil && a.lake.Type == catalog.DuckLake && a.lake.Metadata.Type == "postgres" {
			v.lakes = append(v.lakes, a)
		}
	}
	go v.watch(ctx)
	return v
}

// sign asks a's metadata database for a sign of life: no lock can delay it.
func (a *attached) sign(ctx context.Context) error {
	return a.pulser.exec(ctx, "FROM postgres_query("+literal(a.metadata)+", 'SELECT 1')")
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
			a.pulse.refresh(ctx, pulseAge)
			if a.pulse.overdue(v.limit) {
				for _, u := range using {
					u.cancel(a.silent())
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

// silent is why work that uses a ends.
func (a *attached) silent() error {
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
		if a.pulse.overdue(v.limit) {
			u.cancel(a.silent())
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
