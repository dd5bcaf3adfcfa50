package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

const (
	// interruptEvery is how often an interruption is repeated until it is heard.
	interruptEvery = 5 * time.Millisecond
	// patience is how long an interrupted call may take before its caller is
	// answered without it. Local work stops well within it; a remote call does
	// not stop before its own time limit.
	patience = 100 * time.Millisecond
)

// job is one piece of work on a connection.
type job struct {
	conn  *conn
	ctx   context.Context // the job lives as long as it
	err   error           // of the call; read it after ended
	after func()          // gives the connection back; nil leaves that to the caller
	lost  chan struct{}   // closed when the reaper takes the connection
	heard chan struct{}   // closed when the call has returned
	ended chan struct{}   // closed when nothing of the job runs any more
}

// start runs call, which works on c, in a goroutine of its own. When ctx ends
// first, DuckDB is interrupted until call returns; when that takes too long,
// the reaper gets the connection, and call's outcome is nobody's.
//
// call must own all that it uses. after, if not nil, runs once: after call, or
// when the connection is lost.
func (c *conn) start(ctx context.Context, call func() error, after func()) *job {
	j := &job{conn: c, ctx: ctx, after: after, lost: make(chan struct{}), heard: make(chan struct{}), ended: make(chan struct{})}
	settled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(settled)
		j.interrupt()
	})
	go func() {
		defer close(j.ended)
		j.err = c.caught(call)
		close(j.heard)
		if !stop() {
			<-settled
		}
		switch {
		case c.lost.Load():
			c.free()
			c.reaper.freed()
		case after != nil:
			after()
		}
	}()
	return j
}

// caught is call's error, also where call panics: here no interceptor of the
// wire's would catch that, and it would end the process.
func (c *conn) caught(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.doubt = true
			err = conceal(errInternal, "", fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return call()
}

// interrupt repeats itself until the call has returned.
func (j *job) interrupt() {
	tick := time.NewTicker(interruptEvery)
	defer tick.Stop()
	began := time.Now()
	for {
		duckdb.Interrupt(j.conn.raw)
		select {
		case <-j.heard:
			return
		case <-tick.C:
		}
		if j.conn.reaper != nil && !j.conn.lost.Load() && time.Since(began) > patience {
			j.conn.reaper.take()
			j.conn.lost.Store(true)
			close(j.lost)
			if j.after != nil {
				j.after()
			}
			tick.Reset(20 * interruptEvery)
		}
	}
}

// wait gives the call's error or, once the connection is lost, ctx's.
func (j *job) wait() error {
	select {
	case <-j.ended:
		if !j.conn.lost.Load() {
			return j.result()
		}
	case <-j.lost:
	}
	return context.Cause(j.ctx)
}

// result is the call's error; an interrupted call's is that of ctx.
func (j *job) result() error {
	if j.err != nil && j.ctx.Err() != nil {
		return context.Cause(j.ctx)
	}
	return j.err
}

// do runs call, which works on c, and waits for it, as start says.
func (c *conn) do(ctx context.Context, call func() error) error {
	if c.lost.Load() {
		return errLost
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if ctx.Done() == nil {
		return c.caught(call)
	}
	return c.start(ctx, call, nil).wait()
}
