package engine

import (
	"context"
	"math"
	"sync"
	"time"
)

// inquiryLimit ends a question that nobody waits for any more, where the peer
// lets itself be interrupted.
const inquiryLimit = 30 * time.Second

// inquiry is a question to a peer that may hang: it is asked once at a time,
// whoever waits gives up when their context ends, and a late answer serves those
// who come after.
type inquiry[T any] struct {
	put     func(ctx context.Context) (T, error)
	patient bool // without inquiryLimit

	mu      sync.Mutex
	running chan struct{} // closed when the one that runs is over; nil if none does
	cancel  context.CancelFunc
	asked   time.Time // when the one that runs was put
	began   time.Time // when the answer was asked for; zero before the first
	answer  T
	err     error
}

// ask gives an answer that was asked for at most maxAge ago; the error is the
// question's own or ctx's.
func (q *inquiry[T]) ask(ctx context.Context, maxAge time.Duration) (T, error) {
	oldest := time.Now().Add(-maxAge)
	for {
		q.mu.Lock()
		if !q.began.IsZero() && !q.began.Before(oldest) && q.running == nil {
			defer q.mu.Unlock()
			return q.answer, q.err
		}
		if q.running == nil {
			q.start(ctx)
		}
		over := q.running
		q.mu.Unlock()
		select {
		case <-over:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

// refresh asks anew, without waiting, unless a question is under way or was put
// at most maxAge ago.
func (q *inquiry[T]) refresh(ctx context.Context, maxAge time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running == nil && time.Since(q.began) > maxAge {
		q.start(ctx)
	}
}

// overdue reports whether a question has gone unanswered for longer than limit.
func (q *inquiry[T]) overdue(limit time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running != nil && time.Since(q.asked) > limit
}

// failed reports whether the last answer was an error.
func (q *inquiry[T]) failed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err != nil
}

// start needs q.mu.
func (q *inquiry[T]) start(ctx context.Context) {
	over, began := make(chan struct{}), time.Now()
	limit := inquiryLimit
	if q.patient {
		limit = math.MaxInt64
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	q.running, q.cancel, q.asked = over, cancel, began
	go func() {
		defer cancel()
		answer, err := q.put(limited)
		q.mu.Lock()
		q.running, q.began, q.answer, q.err = nil, began, answer, err
		q.mu.Unlock()
		close(over)
	}()
}

// stop interrupts the question that runs, and reports whether it was over before
// patience ended.
func (q *inquiry[T]) stop(patience <-chan struct{}) bool {
	q.mu.Lock()
	running, cancel := q.running, q.cancel
	q.mu.Unlock()
	if running == nil {
		return true
	}
	cancel()
	select {
	case <-running:
		return true
	case <-patience:
		return false
	}
}
