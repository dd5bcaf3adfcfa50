package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/policy"
)

// Config is what New needs.
type Config struct {
	Policy *policy.Policy // required
	// Load reads what the lakes hold now (required). It may reuse parts of old
	// that did not change. A lake that cannot be asked is Down in its answer.
	Load func(ctx context.Context, old Contents) (Contents, error)
	// MaxAge is how long a change made by others may stay unseen; 0 means 2 s.
	MaxAge time.Duration
	// Catalog and Schema are where unqualified names are looked for.
	Catalog, Schema string
	Now             func() time.Time // nil means time.Now
}

// Catalogs knows what all lakes hold, and gives each caller their View of it.
type Catalogs struct {
	cfg     Config
	policy  atomic.Pointer[policy.Policy]
	loading chan struct{} // holds one token while somebody loads

	mu       sync.Mutex
	contents Contents
	loaded   time.Time // zero: must be loaded before use
	down     bool      // a lake could not be asked
	changes  int       // how often Changed was called
	views    map[policy.Rights]View
}

// New gives Catalogs that load on first use.
func New(cfg Config) (*Catalogs, error) {
	switch {
	case cfg.Policy == nil:
		return nil, errors.New("catalog: policy is required")
	case cfg.Load == nil:
		return nil, errors.New("catalog: load is required")
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = 2 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Catalogs{cfg: cfg, loading: make(chan struct{}, 1)}
	c.policy.Store(cfg.Policy)
	return c, nil
}

// Govern puts other rules in force: the next For goes by them.
func (c *Catalogs) Govern(p *policy.Policy) { c.policy.Store(p) }

// For is p's View of what the lakes hold: as of now for changes announced by
// Changed, at most MaxAge old for others'.
func (c *Catalogs) For(ctx context.Context, p auth.Principal) (View, error) {
	rights := c.policy.Load().Rights(p)
	if v, ok := c.fresh(rights); ok {
		return v, nil
	}
	select {
	case c.loading <- struct{}{}:
	case <-ctx.Done():
		return View{}, fmt.Errorf("wait for the catalogs: %w", ctx.Err())
	}
	defer func() { <-c.loading }()
	if v, ok := c.fresh(rights); ok {
		return v, nil
	}
	c.mu.Lock()
	old, changes := c.contents, c.changes
	c.mu.Unlock()
	began := c.cfg.Now()
	contents, err := c.cfg.Load(ctx, old)
	if err != nil {
		return View{}, fmt.Errorf("read the catalogs: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if contents.Stamp != c.contents.Stamp || c.views == nil {
		c.contents, c.views = contents, map[policy.Rights]View{}
	}
	c.down = slices.ContainsFunc(contents.Catalogs, func(l Catalog) bool { return l.Down })
	if c.changes == changes {
		c.loaded = began
	}
	return c.view(rights), nil
}

// Rights is what p may do at large.
func (c *Catalogs) Rights(p auth.Principal) policy.Rights { return c.policy.Load().Rights(p) }

// Over is p's View of other contents than the shared ones: those that a
// session's open transaction sees.
func (c *Catalogs) Over(p auth.Principal, contents Contents) View {
	return newView(contents, c.policy.Load().Rights(p), c.cfg.Catalog, c.cfg.Schema)
}

// Changed says that this process changed what a lake holds: the next For reads it.
func (c *Catalogs) Changed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loaded = time.Time{}
	c.changes++
}

// downAge is how long a lake that came back may stay unseen.
const downAge = time.Second

func (c *Catalogs) fresh(rights policy.Rights) (View, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := c.cfg.MaxAge
	if c.down {
		limit = min(limit, downAge)
	}
	if c.loaded.IsZero() || c.cfg.Now().Sub(c.loaded) > limit {
		return View{}, false
	}
	return c.view(rights), true
}

// viewsMost is how many Views are kept, for as many different rights.
const viewsMost = 1024

// view needs c.mu.
func (c *Catalogs) view(rights policy.Rights) View {
	v, ok := c.views[rights]
	if !ok {
		if len(c.views) >= viewsMost {
			clear(c.views) // rights that hold claims can be as many as callers
		}
		v = newView(c.contents, rights, c.cfg.Catalog, c.cfg.Schema)
		c.views[rights] = v
	}
	return v
}
