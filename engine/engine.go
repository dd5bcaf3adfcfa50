// Package engine answers how SQL runs: it is the only door to DuckDB. In go SQL
// text, Arrow parameters and a [catalog.View]; out come Arrow record batches and
// the named errors of this package. No closures and no shared pointers cross the
// door, so that the engine can move into a process of its own.
package engine

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// Config is what Open needs.
type Config struct {
	Lakes      []catalog.Lake
	Storage    []catalog.Storage
	Extensions string // folder with v1.5.5/PLATFORM/NAME.duckdb_extension

	MemoryLimit string // DuckDB's spelling, such as 4GB; empty leaves DuckDB's default
	Threads     int    // 0 means one for each core
	Spill       string // folder for temporary files; required
	SpillLimit  string // such as 20GB

	// Audit is the folder of the audit log, for lakegate.audit.events; it must hold
	// a record when the engine opens. Empty: there is no such table.
	Audit string

	// RequireLakes makes Open fail when a lake cannot be reached; otherwise it
	// is served as down until it can be.
	RequireLakes bool
	// Stuck is how many connections may hang in remote calls after their client
	// has gone before new statements are refused; 0 means 256.
	Stuck int
	// Silence is how long a lake's PostgreSQL may hang before the statements that
	// use the lake end with ErrUnavailable; 0 means 10 s.
	Silence time.Duration
	// HTTPTimeout and HTTPRetries bound calls to S3; 0 means 5 s and 1.
	HTTPTimeout time.Duration
	HTTPRetries int

	Log *slog.Logger
}

// SessionID names one session's connection in the engine; 0 is no session.
type SessionID uint64

// Request is one statement of one caller.
type Request struct {
	Session SessionID // 0: any connection will do, autocommit
	View    catalog.View
	SQL     string
	Params  arrow.RecordBatch // a column for each parameter, a row for each execution; nil for none
	// ReturnMost bounds, in bytes, the rows of RETURNING that Update gives back; 0
	// has them counted and thrown away.
	ReturnMost int64
	// Admit, unless nil, is told of the rows and bytes of RETURNING as they come;
	// its error undoes the statement.
	Admit func(rows, bytes int64) error
	// Memory and Spill are what the statement may take, in bytes; 0 is no bound.
	// DuckDB bounds an instance, not a statement: they wait for engines that are
	// processes of their own, and until then bound nothing.
	Memory, Spill int64
}

// Description is what is known of a statement without running it.
type Description struct {
	Kind       guard.Kind
	Schema     *arrow.Schema // of the rows of a guard.Query and of RETURNING; else nil
	Parameters *arrow.Schema // nil for none; a parameter whose type is not known has type null
	Verdict    guard.Verdict
	Columns    []catalog.Column // of the view that a guard.Ordered statement makes
}

// Result is what Update did.
type Result struct {
	Rows     int64               // changed; -1 where that has no meaning
	Returned []arrow.RecordBatch // of RETURNING, where Request.ReturnMost asks for them; the caller must Release each
	Schema   *arrow.Schema       // of Returned; nil unless they were asked for and the statement has RETURNING
	Verdict  guard.Verdict
}

// IngestMode says what Ingest does about its table.
type IngestMode uint8

// The modes of Flight SQL's TableDefinitionOptions.
const (
	IngestAppend       IngestMode = iota // must exist
	IngestCreate                         // must not exist
	IngestReplace                        // is dropped if it exists, then made
	IngestCreateAppend                   // is made unless it exists
)

// IngestRequest is bulk data for one table.
type IngestRequest struct {
	Session   SessionID
	View      catalog.View
	Table     []string // one to three parts, as for View.Table
	Temporary bool
	Mode      IngestMode
}

// Engine runs statements. All methods are safe for concurrent use.
type Engine struct {
	cfg     Config
	now     atomic.Pointer[core] // nil while DuckDB is started again
	ctx     context.Context      // the engine's life
	cancel  context.CancelFunc
	failure chan *core // cores that can go on no longer
	ended   chan struct{}
}

// Open starts DuckDB, loads what the lakes need, attaches them and locks the
// instance down. The caller must Close it.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	inst, err := openInstance(ctx, cfg)
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, failure: make(chan *core, 1), ended: make(chan struct{})}
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.install(newCore(e.ctx, cfg, inst, guard.Check))
	go e.mend()
	return e, nil
}

// Close ends all sessions and statements, rolls back, and frees DuckDB.
func (e *Engine) Close() error {
	e.cancel()
	<-e.ended
	if c := e.now.Swap(nil); c != nil {
		return c.Close()
	}
	return nil
}

// core is the one that answers now; ErrUnavailable while there is none.
func (e *Engine) core() (*core, error) {
	if c := e.now.Load(); c != nil {
		return c, nil
	}
	return nil, errFatal
}

// Contents reads what the lakes hold now, reusing parts of old that did not
// change; with a session, as that session's transaction sees them, with its
// temporary tables.
func (e *Engine) Contents(ctx context.Context, session SessionID, old catalog.Contents) (catalog.Contents, error) {
	c, err := e.core()
	if err != nil {
		return catalog.Contents{}, err
	}
	return c.Contents(ctx, session, old)
}

// Describe says what a statement would give, without running it. With Params it
// is what the statement gives when bound to values of their types.
func (e *Engine) Describe(ctx context.Context, r Request) (Description, error) {
	c, err := e.core()
	if err != nil {
		return Description{}, err
	}
	return c.Describe(ctx, r)
}

// Query runs a statement of kind guard.Query once for each row of its
// parameters and streams the rows. The reader's batches hold 0.5 to 2 MiB. The
// caller must Release the reader, on every path; ending ctx ends it too. Its
// batches' memory is used again once they are released.
func (e *Engine) Query(ctx context.Context, r Request) (array.RecordReader, error) {
	c, err := e.core()
	if err != nil {
		return nil, err
	}
	return c.Query(ctx, r)
}

// Update runs a statement of any kind, once for each row of its parameters, all
// or none. Rows of a query are counted and thrown away; those of RETURNING are
// given if r asks for them, and ErrResources undoes the statement when they are
// more than it allows. Inside a session's transaction a failure leaves the
// transaction to be rolled back.
func (e *Engine) Update(ctx context.Context, r Request) (Result, error) {
	c, err := e.core()
	if err != nil {
		return Result{}, err
	}
	return c.Update(ctx, r)
}

// Ingest writes all of rows into one table, all or none, and gives their number.
// It releases nothing: rows stays the caller's. In a session's transaction it
// is part of that; otherwise it is a transaction of its own.
func (e *Engine) Ingest(ctx context.Context, r IngestRequest, rows array.RecordReader) (int64, error) {
	c, err := e.core()
	if err != nil {
		return 0, err
	}
	return c.Ingest(ctx, r, rows)
}

// OpenSession reserves a connection for one session's transaction and
// temporary tables. It is made when it is needed. Statements of one session run
// one after the other, and behind a stream of it that is being read.
func (e *Engine) OpenSession(ctx context.Context) (SessionID, error) {
	c, err := e.core()
	if err != nil {
		return 0, err
	}
	return c.OpenSession(ctx)
}

// CloseSession interrupts the session's statement, rolls back and frees its
// connection. Closing twice, or a session that never was, does nothing.
func (e *Engine) CloseSession(id SessionID) {
	if c := e.now.Load(); c != nil {
		c.CloseSession(id)
	}
}

// Begin opens the session's transaction. ErrTransaction: there is one already.
func (e *Engine) Begin(ctx context.Context, id SessionID) error {
	c, err := e.core()
	if err != nil {
		return err
	}
	return c.Begin(ctx, id)
}

// Commit makes the session's transaction visible to all. ErrConflict: another
// was first; nothing of it remains. ErrTransaction: there is none.
func (e *Engine) Commit(ctx context.Context, id SessionID) error {
	c, err := e.core()
	if err != nil {
		return err
	}
	return c.Commit(ctx, id)
}

// Rollback undoes the session's transaction. ErrTransaction: there is none.
func (e *Engine) Rollback(ctx context.Context, id SessionID) error {
	c, err := e.core()
	if err != nil {
		return err
	}
	return c.Rollback(ctx, id)
}

// InTransaction reports whether the session has an open transaction.
func (e *Engine) InTransaction(id SessionID) bool {
	c := e.now.Load()
	return c != nil && c.InTransaction(id)
}

// Status is the engine's health.
type Status struct {
	Err     error            // of the engine itself; nil means it answers
	Lakes   map[string]error // by logical name; nil means reachable
	Stuck   int              // connections that hang in remote calls
	Running int              // statements running now
}

// Status asks the engine and every lake, within ctx.
func (e *Engine) Status(ctx context.Context) Status {
	c, err := e.core()
	if err != nil {
		return Status{Err: err}
	}
	return c.Status(ctx)
}
