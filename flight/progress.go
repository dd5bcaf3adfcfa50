package flight

import (
	"context"
	"sync"
	"time"

	"github.com/lakegate/lakegate/auth"
)

// inProgress counts what is going on, for those who wait for its end.
type inProgress struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // made by whenIdle; closed when n reaches 0
}

func (p *inProgress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
}

func (p *inProgress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n--; p.n == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

// linger is the time for the last answers to go out, and for those who watch the
// health to hear that it changed.
const linger = 200 * time.Millisecond

// drain waits until ended is closed, at most for grace; once no call is in
// progress, only for a moment more, in which answers are flushed.
func (p *inProgress) drain(ended <-chan struct{}, grace time.Duration) {
	over := time.NewTimer(grace)
	defer over.Stop()
	select {
	case <-ended:
		return
	case <-over.C:
		return
	case <-p.whenIdle():
	}
	select {
	case <-ended:
	case <-over.C:
	case <-time.After(linger):
	}
}

// whenIdle is closed when no call is in progress.
func (p *inProgress) whenIdle() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n == 0 {
		idle := make(chan struct{})
		close(idle)
		return idle
	}
	if p.idle == nil {
		p.idle = make(chan struct{})
	}
	return p.idle
}

// served are the calls that are being served, for those who end them.
type served struct {
	mu  sync.Mutex
	all map[*call]context.CancelCauseFunc
}

// enter counts c in until leave is called.
func (s *served) enter(c *call, cancel context.CancelCauseFunc) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[*call]context.CancelCauseFunc{}
	}
	s.all[c] = cancel
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, c)
	}
}

// end ends those whose caller is not trusted.
func (s *served) end(trusted func(auth.Principal) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, cancel := range s.all {
		if !trusted(c.who) {
			cancel(errDistrusted)
		}
	}
}
