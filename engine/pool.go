package engine

import (
	"context"
	"fmt"
	"sync"
)

// idleMost is how many idle connections are kept.
const idleMost = 32

// pool keeps clean connections for statements that belong to no session.
type pool struct {
	connect func() (*conn, error)
	reaper  *reaper

	mu     sync.Mutex
	idle   []*conn // the one used last comes first: its statements are prepared
	closed bool
}

// get gives a clean connection. The caller must put it back.
func (p *pool) get() (*conn, error) {
	if err := p.reaper.admit(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, fmt.Errorf("the engine is closed: %w", ErrUnavailable)
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	return p.fresh()
}

// fresh opens a connection that never was in the pool.
func (p *pool) fresh() (*conn, error) {
	c, err := p.connect()
	if err != nil {
		return nil, err
	}
	c.reaper = p.reaper
	return c, nil
}

// put takes a connection back; one that is lost, or in a transaction that
// cannot be rolled back, does not come back.
func (p *pool) put(ctx context.Context, c *conn) {
	c.undo(ctx)
	if c.lost.Load() {
		return
	}
	p.mu.Lock()
	keep := !p.closed && !c.doubt && len(p.idle) < idleMost
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.close()
	}
}

// close frees the idle connections; those in use are freed when put back.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}
