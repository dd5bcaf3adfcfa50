package auth

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// keyTimes are the rules of one key cache. They run on the monotonic clock:
// setting the wall clock neither ages keys nor renews them.
type keyTimes struct {
	fresh   time.Duration // keys are asked for again after this
	stale   time.Duration // keys not renewed for this long are no longer used
	refetch time.Duration // an unknown key id asks again at most this often
	retry   time.Duration // first pause after a failed load; doubles up to refetch
}

// maxWaiters is how many calls with an unknown key id may wait for one load.
const maxWaiters = 64

// keyCache holds the keys of one issuer. One goroutine, run, does all loading,
// so that there is one load at a time; a failed load leaves the keys as they were.
type keyCache struct {
	name   string
	issuer string
	load   loader
	times  keyTimes
	log    *slog.Logger

	started time.Time                // what heldKeys.renewed counts from
	current atomic.Pointer[heldKeys] // nil until the first good load
	waiters atomic.Int32
	kick    chan struct{} // holds at most one value, and only while a load is pending
	ended   chan struct{} // closed when run returns
	cancel  func()        // ends run

	mu      sync.Mutex
	pending chan struct{} // closed when the load asked for or running ends; nil if none
	running bool          // the pending load has begun
	next    chan struct{} // closed when the load after the running one ends; nil if none is asked for
	tried   time.Time     // when the last load began
	err     error         // of the last load
	said    string        // the last error logged
}

// heldKeys is a set and when it was last known to be the provider's own. A
// load that brings the same keys leaves the pointer as it is, so the pointer
// tells key sets apart.
type heldKeys struct {
	*keySet
	renewed atomic.Int64 // nanoseconds
}

func newKeyCache(name, issuer string, load loader, times keyTimes, log *slog.Logger) *keyCache {
	return &keyCache{
		name: name, issuer: issuer, load: load, times: times, log: log,
		started: time.Now(),
		kick:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
		pending: make(chan struct{}), // the load that run begins with
	}
}

// run loads at once, then whenever the keys have aged or ask wants it, until
// ctx ends.
func (c *keyCache) run(ctx context.Context) {
	defer close(c.ended)
	pause := c.times.retry
	for ctx.Err() == nil {
		wait := c.times.fresh
		if c.reload(ctx) != nil {
			wait = pause
			pause = min(2*pause, max(c.times.refetch, c.times.retry))
		} else {
			pause = c.times.retry
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.kick:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (c *keyCache) reload(ctx context.Context) error {
	c.mu.Lock()
	if c.pending == nil {
		c.pending = make(chan struct{})
	}
	c.running = true
	c.tried = time.Now()
	select {
	case <-c.kick:
	default:
	}
	c.mu.Unlock()

	bounded, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	began := time.Now()
	set, err := c.load(bounded)
	old := c.current.Load()
	if err == nil {
		c.take(set, began)
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	same := old != nil && old.keySet == set // a file that did not change gives the set it gave before
	c.report(ctx, set, same, err)
	c.err, c.running = err, false
	close(c.pending)
	c.pending, c.next = c.next, nil
	if c.pending != nil {
		c.kick <- struct{}{}
	}
	return err
}

// take makes set the keys in use, as of began.
func (c *keyCache) take(set *keySet, began time.Time) {
	at := int64(began.Sub(c.started))
	if old := c.current.Load(); old != nil && old.digest == set.digest {
		old.renewed.Store(at)
		return
	}
	held := &heldKeys{keySet: set}
	held.renewed.Store(at)
	c.current.Store(held)
	for _, why := range set.skipped {
		c.log.Warn("a published signing key is not used", "provider", c.name, "issuer", c.issuer, "reason", why)
	}
	for _, note := range set.notes {
		c.log.Info("signing key taken", "provider", c.name, "key", note)
	}
}

// report logs a load: each failure once until it changes, the recovery, and
// each set that is not the same as before. The caller holds mu.
func (c *keyCache) report(ctx context.Context, set *keySet, same bool, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil && c.said != "":
		c.log.Info("signing keys can be had again", "provider", c.name, "issuer", c.issuer, "keys", len(set.keys))
		c.said = ""
	case err == nil && !same:
		c.log.Debug("signing keys fetched", "provider", c.name, "issuer", c.issuer, "keys", len(set.keys))
	case err != nil && err.Error() != c.said:
		c.said = err.Error()
		c.log.Warn("signing keys cannot be had", "provider", c.name, "issuer", c.issuer, "error", err)
	}
}

// usable is the keys in use; nil if there are none, or none fresh enough.
func (c *keyCache) usable() *heldKeys {
	held := c.current.Load()
	if held == nil || c.age(held) > c.times.stale {
		return nil
	}
	return held
}

func (c *keyCache) age(held *heldKeys) time.Duration {
	return time.Since(c.started) - time.Duration(held.renewed.Load())
}

// ask joins the load that is pending, or has one begin if the last began at
// least pause ago. Nil means that none is pending.
func (c *keyCache) ask(pause time.Duration) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending == nil && time.Since(c.tried) >= pause {
		c.pending = make(chan struct{})
		c.kick <- struct{}{}
	}
	return c.pending
}

// forced is ask for an operator: the load that it stands for begins after now,
// so it cannot have seen keys from before.
func (c *keyCache) forced() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.pending == nil:
		c.pending = make(chan struct{})
		c.kick <- struct{}{}
	case c.running:
		if c.next == nil {
			c.next = make(chan struct{})
		}
		return c.next
	}
	return c.pending
}

func (c *keyCache) lastError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// find is the keys that t may have been signed with, and the set that they
// are of. It waits for a load only if there are no keys, or t's key id is
// unknown and may be asked for. The time of the last load is what remembers
// unknown ids: until refetch has passed, all of them are refused at once.
func (c *keyCache) find(ctx context.Context, t token) ([]verifyKey, *heldKeys, error) {
	held := c.usable()
	if held == nil {
		if err := c.wait(ctx, c.ask(c.times.retry)); err != nil {
			return nil, nil, err
		}
		if held = c.usable(); held == nil {
			return nil, nil, c.unavailable()
		}
	}
	keys, known := held.candidates(t)
	if !known {
		if err := c.renew(ctx, t); err != nil {
			return nil, nil, err
		}
		if held = c.usable(); held == nil {
			return nil, nil, c.unavailable()
		}
		keys, known = held.candidates(t)
	}
	switch {
	case len(keys) > 0:
		return keys, held, nil
	case !known && c.lastError() != nil:
		return nil, nil, c.unavailable() // the key may be new, and cannot be had
	}
	return nil, nil, notSigned("Key not found")
}

// renew has the keys asked for again because t names one that is not known.
func (c *keyCache) renew(ctx context.Context, t token) error {
	defer c.waiters.Add(-1)
	if c.waiters.Add(1) > maxWaiters {
		return nil
	}
	asked := c.ask(c.times.refetch)
	if asked == nil {
		return nil
	}
	c.log.Debug("signing keys asked for because of an unknown key id",
		"provider", c.name, "issuer", c.issuer, "kid", clipped(t.kid))
	return c.wait(ctx, asked)
}

func (c *keyCache) wait(ctx context.Context, loaded <-chan struct{}) error {
	if loaded == nil {
		return nil
	}
	select {
	case <-loaded:
		return nil
	case <-c.ended:
		return &unavailable{reason: "the server is stopping"}
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *keyCache) unavailable() error {
	reason := "no signing keys of provider " + c.name
	if err := c.lastError(); err != nil {
		reason += ": " + err.Error()
	}
	return &unavailable{reason: reason}
}

// clipped bounds what a stranger wrote for the log, which escapes it.
func clipped(s string) string {
	const limit = 64
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
