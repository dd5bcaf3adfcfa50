package flight

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/limits"
)

// errKilled: somebody ended the statement.
var errKilled = errors.New("the statement was ended by its owner or an administrator")

// errSessionKilled: somebody ended its session.
var errSessionKilled = errors.New("the session was ended by its owner or an administrator, and the statement with it; what was open in it is rolled back")

// errWithdrawn: the rules changed, and no longer allow what runs, or allow it otherwise.
var errWithdrawn = errors.New("your rights changed while the statement waited or ran; send it again")

// endings are the causes with which an execution's context ends that its caller hears of.
var endings = []error{errKilled, errSessionKilled, errWithdrawn, limits.ErrLimited}

// endedBy is cause if it is one of the endings; nil otherwise.
func endedBy(cause error) error {
	for _, e := range endings {
		if errors.Is(cause, e) {
			return cause
		}
	}
	return nil
}

// executions are those that wait or run.
type executions struct {
	mu  sync.Mutex
	all map[string]*execution
}

func (e *executions) enter(x *execution) (leave func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all == nil {
		e.all = map[string]*execution{}
	}
	e.all[x.id] = x
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.all, x.id)
	}
}

func (e *executions) find(id string) *execution {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all[id]
}

// list is all of them, the oldest first.
func (e *executions) list() []*execution {
	e.mu.Lock()
	all := make([]*execution, 0, len(e.all))
	for _, x := range e.all {
		all = append(all, x)
	}
	e.mu.Unlock()
	slices.SortFunc(all, func(a, b *execution) int {
		if c := a.began.Compare(b.began); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return all
}

// text is what operators call what i names. It opens nothing: cookies and
// handles that hold it are sealed.
func (i id) text() string { return hex.EncodeToString(i[:]) }

// kill ends a statement or a session for c's caller: their own, or another's
// where their rights say so. What is not theirs to end is as what is not there.
func (s *Server) kill(c *call, o *guard.Order) error {
	rights := s.cfg.Catalogs.Rights(c.who)
	if o.Action == guard.KillSession {
		found := s.sessions.named(o.ID)
		if found == nil || found.owner != c.owner && !rights.Kills(s.sessions.holder(found)) {
			return fmt.Errorf("session %q: %w", o.ID, catalog.ErrNotFound)
		}
		s.endSession(c, found)
		return nil
	}
	x := s.executions.find(strings.ToLower(o.ID))
	if x == nil || x.call.owner != c.owner && !rights.Kills(x.who) {
		return fmt.Errorf("statement %q: %w", o.ID, catalog.ErrNotFound)
	}
	x.cancel(errKilled)
	return nil
}

// endSession ends own and what runs in it, but for c itself.
func (s *Server) endSession(c *call, own *session) {
	for _, x := range s.executions.list() {
		if x.own == own && x.call != c {
			x.cancel(errSessionKilled)
		}
	}
	s.sessions.kill(own)
}
