package auth

import (
	"context"
	"sync"
	"time"
)

const (
	// lookupWithin bounds one question to a source, whoever waits for it.
	lookupWithin = 15 * time.Second
	// failureFor is how long a question that failed is not asked again.
	failureFor = time.Second
)

// groupQuestion is what a source is asked.
type groupQuestion struct {
	source string
	user   string // our name, or with a dn what its holder typed
	dn     string // the directory's entry that must be user's; empty: any
	acted  bool   // somebody wants to act as user
}

// groupCache remembers what remote sources said of users. One question is asked
// for all who wait for its answer. A success is used for keep from when it was
// asked and no longer, whether or not it can be had again.
type groupCache struct {
	keep time.Duration
	max  int

	mu      sync.Mutex
	entries map[groupQuestion]*groupEntry
}

// groupEntry is an answer, or a question that is on its way until done is closed.
type groupEntry struct {
	done   chan struct{}
	answer found
	err    error
	until  time.Time // monotonic
}

func newGroupCache(keep time.Duration, limit int) *groupCache {
	return &groupCache{keep: keep, max: max(1, limit), entries: map[groupQuestion]*groupEntry{}}
}

// get is the answer to q, by lookup where none is remembered, and when it will
// be forgotten. The lookup is one of w's and outlives ctx: others may wait for it.
func (c *groupCache) get(ctx context.Context, w *lookups, q groupQuestion, lookup func(context.Context) (found, error)) (found, time.Time, error) {
	c.mu.Lock()
	e := c.entries[q]
	if e == nil || e.over() {
		e = &groupEntry{done: make(chan struct{})}
		if !w.start(func(ctx context.Context) { c.fill(ctx, e, lookup) }) {
			c.mu.Unlock()
			return found{}, time.Time{}, errStopping
		}
		c.add(q, e)
	}
	c.mu.Unlock()
	select {
	case <-e.done:
		return e.answer, e.until, e.err
	case <-ctx.Done():
		return found{}, time.Time{}, ctx.Err()
	}
}

// answered reports whether e is no longer on its way.
func (e *groupEntry) answered() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// over reports that e has been answered and its time is up.
func (e *groupEntry) over() bool { return e.answered() && !time.Now().Before(e.until) }

// fill asks, and tells whoever waits.
func (c *groupCache) fill(ctx context.Context, e *groupEntry, lookup func(context.Context) (found, error)) {
	asked := time.Now()
	e.answer, e.err = lookup(ctx)
	e.until = asked.Add(c.keep)
	if e.err != nil {
		e.until = time.Now().Add(min(c.keep, failureFor))
	}
	close(e.done)
}

// add puts e in. A full cache first loses what is over, then what will be over
// soonest, and never a question that is on its way. The caller holds mu.
func (c *groupCache) add(q groupQuestion, e *groupEntry) {
	if len(c.entries) >= c.max {
		var soonest groupQuestion
		var at time.Time
		for k, old := range c.entries {
			switch {
			case old.over():
				delete(c.entries, k)
			case old.answered() && (at.IsZero() || old.until.Before(at)):
				soonest, at = k, old.until
			}
		}
		if len(c.entries) >= c.max && !at.IsZero() {
			delete(c.entries, soonest)
		}
	}
	c.entries[q] = e
}

var errStopping = &unavailable{reason: "the server is stopping"}

// lookups are the questions on their way, of all settings since the start: a
// call that began under old settings ends by them.
type lookups struct {
	mu      sync.Mutex
	ctx     context.Context //nolint:containedctx // the life of all lookups
	running sync.WaitGroup
	stopped bool
}

// start runs lookup beside the calls, within its bounds; false: no longer.
func (w *lookups) start(lookup func(context.Context)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	w.running.Go(func() {
		bounded, cancel := context.WithTimeout(w.ctx, lookupWithin)
		defer cancel()
		lookup(bounded)
	})
	return true
}

// stop starts no more and waits for those on their way, which must have been
// told to end.
func (w *lookups) stop() {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.running.Wait()
}
