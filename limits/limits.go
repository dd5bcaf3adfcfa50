// Package limits answers whose turn it is: how many statements run at once, for
// everybody and for each share, and who waits how long. A share is one principal,
// or all whom a rule counts together. Queueing is fair between shares: each in
// turn lets one of its statements in, whoever has many waits for oneself.
package limits

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Bounds are one share's.
type Bounds struct {
	Share     string        // who is counted together
	Name      string        // of whom they are, for messages
	Running   int           // statements at once; 0 means no bound
	Queued    int           // that wait; 0 means no bound
	QueueWait time.Duration // how long one waits; 0 means no bound
}

// ErrLimited means that a limit was reached; what wraps it says which and whose.
var ErrLimited = errors.New("limit reached")

// Reached is the error of the limit with that name and value, which is name's,
// since what it bounds would become more.
func Reached(what, limit string, value any, name string) error {
	return fmt.Errorf("%s (the limit %s of %s is %v): %w", what, limit, name, value, ErrLimited)
}

// Queue lets statements in. A statement that is in waits for none that is not:
// so nobody ever waits for themselves.
type Queue struct {
	most int

	mu      sync.Mutex
	running int
	shares  map[string]*share
	ring    line[share] // the shares that may let one in as soon as there is room, each once
}

// share is who is counted together, while any of theirs runs or waits.
type share struct {
	key     string
	most    int // may run; 0 means no bound
	running int
	waiting line[waiter]
	ringed  bool // it is in the ring
}

type waiter struct {
	in chan struct{} // closed when it is let in
}

// New gives a Queue that lets in most statements at once; 0 means no bound.
func New(most int) *Queue { return &Queue{most: most, shares: map[string]*share{}} }

// Enter waits for b's turn; leave must be called when the statement has ended,
// and may be called again. The error wraps ErrLimited, or is the cause of ctx's
// end; then nothing is left of the statement.
func (q *Queue) Enter(ctx context.Context, b Bounds) (leave func(), waited bool, err error) {
	s, w, err := q.ask(b)
	if err != nil {
		return nil, false, err
	}
	if w == nil {
		return q.leaver(s), false, nil
	}
	var late <-chan time.Time
	if b.QueueWait > 0 {
		t := time.NewTimer(b.QueueWait)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-w.in:
		return q.leaver(s), true, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-late:
		err = Reached("no turn came in time", "queue_wait", b.QueueWait, b.Name)
	}
	q.give(s, w)
	return nil, true, err
}

// ask lets one statement in, or gives the waiter that stands in line for it.
func (q *Queue) ask(b Bounds) (*share, *waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.shares[b.Share]
	if s == nil {
		s = &share{key: b.Share}
		q.shares[b.Share] = s
	}
	if s.most != b.Running {
		s.most = b.Running
		q.admit(s)
	}
	// Where there is room nobody waits who could have it.
	if q.hasRoom() && s.hasRoom() && s.waiting.len() == 0 {
		q.running++
		s.running++
		return s, nil, nil
	}
	if b.Queued > 0 && s.waiting.len() >= b.Queued {
		q.forget(s)
		return nil, nil, Reached("too many statements wait already", "queued", b.Queued, b.Name)
	}
	w := &waiter{in: make(chan struct{})}
	s.waiting.push(w)
	q.admit(s)
	return s, w, nil
}

func (q *Queue) hasRoom() bool { return q.most == 0 || q.running < q.most }
func (s *share) hasRoom() bool { return s.most == 0 || s.running < s.most }

// admit puts s into the ring if it belongs there, and lets in all for whom there
// is room. It needs q.mu.
func (q *Queue) admit(s *share) {
	q.enlist(s)
	for q.hasRoom() {
		next := q.ring.pop()
		if next == nil {
			return
		}
		next.ringed = false
		if next.waiting.len() == 0 || !next.hasRoom() { // since it was put there
			continue
		}
		w := next.waiting.pop()
		q.running++
		next.running++
		close(w.in)
		q.enlist(next)
	}
}

func (q *Queue) enlist(s *share) {
	if !s.ringed && s.waiting.len() > 0 && s.hasRoom() {
		s.ringed = true
		q.ring.push(s)
	}
}

// leaver gives the place of one of s's statements back, once.
func (q *Queue) leaver(s *share) func() {
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.left(s)
	})
}

// left needs q.mu.
func (q *Queue) left(s *share) {
	q.running--
	s.running--
	q.admit(s)
	q.forget(s)
}

// give takes w out of the line, or gives its place back where it was let in meanwhile.
func (q *Queue) give(s *share, w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-w.in:
		q.left(s)
	default:
		s.waiting.remove(w)
		q.forget(s)
	}
}

// forget drops s if nothing of it runs or waits. It needs q.mu.
func (q *Queue) forget(s *share) {
	if s.running == 0 && s.waiting.len() == 0 {
		delete(q.shares, s.key)
		if s.ringed {
			s.ringed = false
			q.ring.remove(s)
		}
	}
}

// Running is how many statements run, of all shares.
func (q *Queue) Running() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running
}

// Use says how many statements of a share run and wait.
func (q *Queue) Use(name string) (running, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.shares[name]; s != nil {
		return s.running, s.waiting.len()
	}
	return 0, 0
}
