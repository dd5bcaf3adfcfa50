package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// groupMost is how many waiting writes are committed together.
const groupMost = 256

// write is one autocommitted write: a statement and the rows it runs for.
type write struct {
	ctx    context.Context // a write waits in a queue with others'
	plan   *plan
	order  []int
	params arrow.RecordBatch

	returnMost int64                         // bytes of rows that may be returned; 0: none are wanted
	admit      func(rows, bytes int64) error // of rows that are returned; nil admits all
	mem        memory.Allocator              // for those
	returned   []arrow.RecordBatch           // after success

	turn chan struct{} // not nil: the caller runs it itself; closed when it may
	left chan struct{} // closed by the caller when it is through
	done chan outcome  // else: how it went; holds one
}

type outcome struct {
	rows int64
	err  error
}

// joins reports whether w may share its transaction with other writes: it only
// adds rows, so what it does is the same before and after the others.
func (w *write) joins() bool {
	return w.turn == nil && w.plan.verdict.Adds()
}

// gate lets one writer at a time into a lake, first come, first served. Writes
// that are waiting together are committed together: a commit costs far more
// than a row.
type gate struct {
	engine *core
	mu     sync.Mutex
	queue  []*write
	busy   bool // a goroutine serves the queue
}

// gates are those of the lakes, by physical name.
type gates struct {
	engine *core
	mu     sync.Mutex
	byLake map[string]*gate
}

func (g *gates) of(lake string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byLake == nil {
		g.byLake = map[string]*gate{}
	}
	one, ok := g.byLake[lake]
	if !ok {
		one = &gate{engine: g.engine}
		g.byLake[lake] = one
	}
	return one
}

// pass runs w when it is its turn, on a connection of the pool; queued is called
// once w waits for it. When w's context ends meanwhile, pass answers at once; w
// then happens whole or not at all.
func (g *gate) pass(w *write, queued func()) (int64, error) {
	w.done = make(chan outcome, 1)
	if w.params != nil {
		w.params.Retain() // a write that nobody waits for any more may still run
	}
	g.add(w)
	queued()
	select {
	case out := <-w.done:
		return out.rows, out.err
	case <-w.ctx.Done():
		if cause := context.Cause(w.ctx); g.remove(w) || !errors.Is(cause, ErrUnavailable) {
			return 0, cause
		}
		return w.ended()
	}
}

// ended is the outcome of a write that runs and whose lake fell silent.
func (w *write) ended() (int64, error) {
	late := time.NewTimer(10 * patience)
	defer late.Stop()
	select {
	case out := <-w.done: // it ended for the same reason
		return out.rows, out.err
	case <-late.C:
		return 0, unsure(context.Cause(w.ctx))
	}
}

// enter waits until the caller may write to the lake. The caller must call leave.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	w := &write{ctx: ctx, turn: make(chan struct{}), left: make(chan struct{})}
	g.add(w)
	select {
	case <-w.turn:
		return sync.OnceFunc(func() { close(w.left) }), nil
	case <-ctx.Done():
		if !g.remove(w) {
			close(w.left)
		}
		return nil, context.Cause(ctx)
	}
}

func (g *gate) add(w *write) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(g.queue, w)
	if !g.busy {
		g.busy = true
		g.engine.leases.more() // there is the caller's, so the engine is not gone
		go g.serve()
	}
}

// remove takes w out of the queue, if it is still there.
func (g *gate) remove(w *write) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.queue, w)
	if i < 0 {
		return false
	}
	g.queue = slices.Delete(g.queue, i, i+1)
	w.free()
	return true
}

func (w *write) free() {
	if w.done != nil && w.params != nil {
		w.params.Release()
	}
}

func (w *write) finish(rows int64, err error) {
	w.free()
	w.done <- outcome{rows, err}
}

// serve runs what is in the queue until it is empty.
func (g *gate) serve() {
	defer g.engine.leases.done()
	for {
		group := g.next()
		if len(group) == 0 {
			return
		}
		if w := group[0]; w.turn != nil {
			close(w.turn)
			<-w.left
			continue
		}
		g.engine.runGroup(group)
	}
}

// next takes the writes that may share a transaction from the queue's head.
func (g *gate) next() []*write {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		g.busy = false
		return nil
	}
	n := 1
	if g.queue[0].joins() {
		for n < len(g.queue) && n < groupMost && g.queue[n].joins() {
			n++
		}
	}
	group := slices.Clone(g.queue[:n])
	g.queue = slices.Delete(g.queue, 0, n)
	return group
}

// runGroup commits all writes of group together or, where one of them fails,
// each by itself.
func (e *core) runGroup(group []*write) {
	if len(group) > 1 {
		rows, err := e.together(group)
		if err == nil {
			for i, w := range group {
				w.finish(rows[i], nil)
			}
			return
		}
		if errors.Is(err, errUnsure) {
			for _, w := range group {
				w.finish(0, err)
			}
			return
		}
	}
	for _, w := range group {
		w.finish(e.alone(w))
	}
}

// alone runs one write on a connection of the pool.
func (e *core) alone(w *write) (int64, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	c, err := e.pool.get()
	if err != nil {
		return 0, err
	}
	defer e.pool.put(e.ctx, c)
	return e.retried(w.ctx, c, w)
}

// together runs all writes of group in one transaction. After an error nothing
// of it is left, unless it is errUnsure.
func (e *core) together(group []*write) ([]int64, error) {
	c, err := e.pool.get()
	if err != nil {
		return nil, err
	}
	defer e.pool.put(e.ctx, c)
	texts := make([]string, len(group))
	for i, w := range group {
		texts[i] = w.plan.sql
	}
	watched, leave := e.vigil.over(e.ctx, texts...)
	defer leave()
	ctx, cancel := context.WithTimeout(watched, committing)
	defer cancel()
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	rows := make([]int64, len(group))
	for i, w := range group {
		if rows[i], err = c.change(w.ctx, w); err != nil {
			c.undo(ctx)
			return nil, err
		}
	}
	for _, w := range group {
		if w.ctx.Err() != nil { // its caller is gone: nothing of it may be seen
			c.undo(ctx)
			return nil, context.Cause(w.ctx)
		}
	}
	return rows, c.commit(ctx)
}
