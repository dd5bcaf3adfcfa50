package engine

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

const (
	// ahead is how many batches wait for the reader before DuckDB is held back.
	ahead = 3
	// flushAfter is how long rows of a slow query wait for more of them.
	flushAfter = 100 * time.Millisecond
)

// stream is the rows of one query: a goroutine converts while the reader sends.
// The connection goes back when DuckDB has given its last row, not when the
// reader has taken it.
type stream struct {
	refs    atomic.Int64
	ctx     context.Context // a reader has no other way to end
	cancel  context.CancelCauseFunc
	release func() // of the lease
	schema  *arrow.Schema
	batches chan arrow.RecordBatch
	job     *job
	end     error // of the job; read it after batches is closed

	first   arrow.RecordBatch // taken by startStream, not yet by Next
	current arrow.RecordBatch
	err     error

	translate func(context.Context, error) error
}

var _ array.RecordReader = (*stream)(nil)

// startStream runs p for each row of params on l's connection, which it gives
// back. It waits for the first rows, so that most errors are its own.
func (e *core) startStream(l *lease, p *plan, params arrow.RecordBatch) (*stream, error) {
	order, err := arrange(p.names, params)
	if err != nil {
		l.release()
		return nil, err
	}
	if params != nil {
		params.Retain() // the stream may outlive the caller
	}
	ctx := l.ctx // ends with the stream, which is all that the lease is for
	s := &stream{ctx: ctx, cancel: l.user.cancel, release: l.release, schema: p.schema, batches: make(chan arrow.RecordBatch, ahead), translate: e.translate}
	s.refs.Store(1)
	c := l.conn
	s.job = c.start(ctx, func() error {
		defer close(s.batches)
		if params != nil {
			defer params.Release()
		}
		s.end = c.produce(ctx, p, order, params, e.mem, s.send)
		return s.end
	}, l.back)
	s.first = s.next()
	if s.err != nil {
		defer s.Release()
		return nil, s.err
	}
	return s, nil
}

// send hands a batch to the reader, or frees it when there is none any more.
func (s *stream) send(b arrow.RecordBatch) error {
	select {
	case s.batches <- b:
		return nil
	case <-s.ctx.Done():
		b.Release()
		return context.Cause(s.ctx)
	}
}

func (s *stream) next() arrow.RecordBatch {
	select {
	case b, more := <-s.batches:
		if !more {
			s.err = s.end
			if s.end != nil && s.ctx.Err() != nil {
				s.err = context.Cause(s.ctx)
			}
		}
		return b
	case <-s.ctx.Done():
		s.err = context.Cause(s.ctx)
	case <-s.job.lost:
		s.err = context.Cause(s.ctx)
	}
	return nil
}

// Schema is the same value for all streams of one plan.
func (s *stream) Schema() *arrow.Schema { return s.schema }

// Next takes the next batch; the one before is released.
func (s *stream) Next() bool {
	if s.current != nil {
		s.current.Release()
	}
	s.current, s.first = s.first, nil
	if s.current == nil && s.err == nil {
		s.current = s.next()
	}
	return s.current != nil
}

// RecordBatch is the current batch, until Next or Release.
func (s *stream) RecordBatch() arrow.RecordBatch { return s.current }

// Record is RecordBatch under its old name.
func (s *stream) Record() arrow.RecordBatch { return s.current }

// Err is why the rows ended, nil if there are no more.
func (s *stream) Err() error {
	if s.err == nil {
		return nil
	}
	return s.translate(context.WithoutCancel(s.ctx), s.err)
}

// Retain keeps the stream for one more Release.
func (s *stream) Retain() { s.refs.Add(1) }

// Release, the last one, ends the query and frees what was not read. When it
// returns, the connection is free, unless it hangs in a remote call.
func (s *stream) Release() {
	if s.refs.Add(-1) != 0 {
		return
	}
	s.cancel(context.Canceled)
	for _, b := range []arrow.RecordBatch{s.first, s.current} {
		if b != nil {
			b.Release()
		}
	}
	s.first, s.current = nil, nil
	defer s.release()
	select {
	case <-s.job.ended:
	case <-s.job.lost:
	}
	for {
		select {
		case b, more := <-s.batches:
			if !more {
				return
			}
			b.Release()
		case <-s.job.lost:
			return
		}
	}
}

// produce runs p once for each row of params and emits the rows as batches.
func (c *conn) produce(ctx context.Context, p *plan, order []int, params arrow.RecordBatch, mem memory.Allocator, emit func(arrow.RecordBatch) error) error {
	b := newBatcher(mem, p.schema, p.layouts, c.options, emit)
	defer b.drop()
	for row := range executions(params) {
		if err := c.produceRow(ctx, p, order, params, row, b); err != nil {
			return err
		}
	}
	return b.flush()
}

// executions is how often a statement runs.
func executions(params arrow.RecordBatch) int {
	if params == nil {
		return 1
	}
	return int(params.NumRows())
}

func (c *conn) produceRow(ctx context.Context, p *plan, order []int, params arrow.RecordBatch, row int, b *batcher) error {
	fits, err := c.execute(ctx, p.sql, p, order, params, row, b)
	if err == nil && !fits && p.sql != p.forced {
		fits, err = c.execute(ctx, p.forced, p, order, params, row, b)
	}
	if err == nil && !fits {
		return errChanged
	}
	return err
}

var errChanged = fmt.Errorf("a table has changed meanwhile: %w", ErrConflict)

// execute runs sql once. fits is false, and nothing was emitted, if its columns
// are not of p's types.
func (c *conn) execute(ctx context.Context, sql string, p *plan, order []int, params arrow.RecordBatch, row int, b *batcher) (fits bool, err error) {
	st, err := c.statement(sql)
	if err != nil {
		return false, err
	}
	defer func() { c.done(st, p.keep && err == nil) }()
	if err := bind(st.st, order, params, row); err != nil {
		return false, err
	}
	var pending duckdb.PendingResult
	defer duckdb.DestroyPending(&pending)
	if duckdb.PendingPreparedStreaming(st.st, &pending) == duckdb.StateError {
		return false, &rawError{kind: duckdb.ErrorTypeInvalid, text: duckdb.PendingError(pending)}
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePending(pending, &res) == duckdb.StateError {
		return false, resultError(&res)
	}
	given := resultColumns(&res)
	given.free()
	if sql == p.sql && p.labels != nil && !slices.Equal(given.names, p.labels) {
		return false, errChanged
	}
	if !slices.Equal(given.types, p.types) || given.differs {
		return false, nil
	}
	if p.logical != nil {
		return true, explained(&res, p, b)
	}
	return true, drain(ctx, &res, b)
}

// drain copies all rows of res to b.
func drain(ctx context.Context, res *duckdb.Result, b *batcher) error {
	sent := time.Now()
	early := b.last == 0 // the reader waits for its first rows
	for {
		chunk := duckdb.FetchChunk(*res)
		if chunk.Ptr == nil {
			// Never fetch again: DuckDB takes that for an error.
			if text := duckdb.ResultError(res); text != "" {
				if err := b.flush(); err != nil {
					return err
				}
				return resultError(res)
			}
			return nil
		}
		err := b.add(chunk)
		duckdb.DestroyDataChunk(&chunk)
		if err == nil && (early || time.Since(sent) > flushAfter) {
			early = false
			err = b.flush()
			sent = time.Now()
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}
