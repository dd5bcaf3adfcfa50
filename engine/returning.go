package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// analyseReturning finds out what st's RETURNING gives.
func (c *conn) analyseReturning(st prepared, p *plan) error {
	found := columnsOf(st.st)
	if !found.known { // though RETURNING holds no parameters, other parts may
		found.free()
		same, err := c.statement(p.verdict.Shape)
		if err != nil {
			return err
		}
		defer c.done(same, false)
		found = columnsOf(same.st)
	}
	defer found.free()
	for i, t := range found.logical {
		// A query is wrapped in casts; a change cannot be.
		if sql, differs := wireType(t); differs {
			return fmt.Errorf("column %q of RETURNING has a type that goes to clients as another; cast it: %s::%s: %w",
				found.names[i], sqltext.Identifier(found.names[i]), sql, ErrSQL)
		}
	}
	var err error
	p.types = found.types
	p.schema, p.layouts, err = c.arrowShape(found.logical, found.names)
	return err
}

// wantsRows reports whether w's caller is to have the rows that it returns.
func (w *write) wantsRows() bool { return w.returnMost > 0 && w.plan.verdict.Returns }

// dropReturned frees the rows that w has returned.
func (w *write) dropReturned() {
	for _, b := range w.returned {
		b.Release()
	}
	w.returned = nil
}

// collected are the rows that one change returns, within a limit. The call that
// fills it may outlive its caller, who abandons it then.
type collected struct {
	most  int64
	admit func(rows, bytes int64) error // nil admits all

	mu      sync.Mutex
	size    int64
	batches []arrow.RecordBatch
	gone    bool

	mem     memory.Allocator
	batcher *batcher // of the filling call alone
}

// collectFor gives what the rows of w are collected in; nil if they are not wanted.
func collectFor(w *write) *collected {
	if !w.wantsRows() {
		return nil
	}
	return &collected{most: w.returnMost, admit: w.admit, mem: w.mem}
}

// add takes b over.
func (r *collected) add(b arrow.RecordBatch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size += batchSize(b)
	if r.gone || r.size > r.most {
		b.Release()
		return r.tooMany()
	}
	if r.admit != nil {
		if err := r.admit(b.NumRows(), batchSize(b)); err != nil {
			b.Release()
			return err
		}
	}
	r.batches = append(r.batches, b)
	return nil
}

func (r *collected) tooMany() error {
	return fmt.Errorf("RETURNING gives more than %d KiB of rows, and the statement is undone; return fewer columns, change fewer rows, or leave RETURNING out and query afterwards: %w", r.most>>10, ErrResources)
}

// batchSize is how many bytes b's values take.
func batchSize(b arrow.RecordBatch) int64 {
	var n int64
	for _, column := range b.Columns() {
		n += int64(column.Data().SizeInBytes())
	}
	return n
}

// take gives the batches, which are then the caller's.
func (r *collected) take() []arrow.RecordBatch {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.batches
	r.batches, r.gone = nil, true
	return out
}

// abandon frees the batches, and those that are still to come.
func (r *collected) abandon() {
	for _, b := range r.take() {
		b.Release()
	}
}

// flush adds the rows that make no full batch yet.
func (r *collected) flush() error {
	if r == nil || r.batcher == nil {
		return nil
	}
	return r.batcher.flush()
}

// drop frees the rows that are in no batch.
func (r *collected) drop() {
	if r != nil && r.batcher != nil {
		r.batcher.drop()
	}
}

// changeReturning runs st once, whose parameters are bound, and gives how many
// rows it changed. They go to rows, unless that is nil.
func (c *conn) changeReturning(ctx context.Context, st duckdb.PreparedStatement, p *plan, rows *collected) (int64, error) {
	var pending duckdb.PendingResult
	defer duckdb.DestroyPending(&pending)
	if duckdb.PendingPreparedStreaming(st, &pending) == duckdb.StateError {
		return 0, &rawError{kind: duckdb.ErrorTypeInvalid, text: duckdb.PendingError(pending)}
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePending(pending, &res) == duckdb.StateError {
		return 0, resultError(&res)
	}
	given := resultColumns(&res)
	given.free()
	if !slices.Equal(given.types, p.types) {
		return 0, fmt.Errorf("a table has changed meanwhile: %w", ErrConflict)
	}
	if rows != nil && rows.batcher == nil {
		rows.batcher = newBatcher(rows.mem, p.schema, p.layouts, c.options, rows.add)
	}
	var changed int64
	for {
		chunk := duckdb.FetchChunk(res)
		if chunk.Ptr == nil {
			// Never fetch again: DuckDB takes that for an error.
			if duckdb.ResultError(&res) != "" {
				return 0, resultError(&res)
			}
			return changed, nil
		}
		changed += int64(duckdb.DataChunkGetSize(chunk))
		var err error
		if rows != nil {
			err = rows.batcher.add(chunk)
		}
		duckdb.DestroyDataChunk(&chunk)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return 0, err
		}
	}
}
