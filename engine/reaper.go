package engine

import (
	"fmt"
	"sync/atomic"
)

// errLost: the connection hangs in a remote call.
var errLost = fmt.Errorf("the connection is gone: %w", ErrUnavailable)

// reaper counts the connections that hang in remote calls after their callers
// were answered. Each is freed by the goroutine that waits for it.
type reaper struct {
	limit int64
	held  atomic.Int64
}

func (r *reaper) take()  { r.held.Add(1) }
func (r *reaper) freed() { r.held.Add(-1) }

// stuck is how many connections hang now.
func (r *reaper) stuck() int { return int(r.held.Load()) }

// admit refuses new work while too many connections hang.
func (r *reaper) admit() error {
	if r.held.Load() >= r.limit {
		return fmt.Errorf("%d connections wait for a remote peer that does not answer: %w", r.held.Load(), ErrResources)
	}
	return nil
}
