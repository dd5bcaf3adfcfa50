package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// conn is one connection to DuckDB. One goroutine uses it at a time.
type conn struct {
	raw     duckdb.Connection
	options duckdb.ArrowOptions // how this connection's results become Arrow
	stmts   statements
	changes []changed   // defined over it, not yet published
	reaper  *reaper     // takes the connection when DuckDB does not come back; nil waits for it
	lost    atomic.Bool // the reaper has it: nobody else may touch it
	open    bool        // in a transaction that this package began
	doubt   bool        // a rollback failed: not to be used again

	appender duckdb.Appender // of an ingest; flushes into whatever transaction is open when freed
}

// rawError is DuckDB's own word on a failed call. It may hold physical names,
// hosts, values and SQL: it is translated before it leaves this package.
type rawError struct {
	kind duckdb.ErrorType
	text string
}

func (e *rawError) Error() string { return e.text }

// connect opens a connection and sets what can only be set per connection.
func connect(db duckdb.Database) (*conn, error) {
	c := &conn{}
	if duckdb.Connect(db, &c.raw) == duckdb.StateError {
		return nil, errors.New("connect to DuckDB")
	}
	ctx := context.Background() //nolint:forbidigo // local, takes microseconds
	for _, sql := range []string{"SET streaming_buffer_size='16MB'", "SET TimeZone='UTC'"} {
		if err := c.exec(ctx, sql); err != nil {
			c.close()
			return nil, fmt.Errorf("set up a connection: %w", err)
		}
	}
	duckdb.ConnectionGetArrowOptions(c.raw, &c.options)
	return c, nil
}

// close frees the connection, unless the reaper has it.
func (c *conn) close() {
	if !c.lost.Load() {
		c.free()
	}
}

func (c *conn) free() {
	c.endAppend()
	c.stmts.clear()
	duckdb.DestroyArrowOptions(&c.options)
	duckdb.Disconnect(&c.raw)
}

// exec runs trusted SQL that gives nothing back.
func (c *conn) exec(ctx context.Context, sql string) error {
	_, err := c.rows(ctx, sql)
	return err
}

// rows runs one trusted statement with text parameters and gives every value as
// text; NULL is a nil pointer. For the server's own small questions only.
func (c *conn) rows(ctx context.Context, sql string, params ...string) ([][]*string, error) {
	var out [][]*string
	err := c.do(ctx, func() error {
		got, err := c.ask(sql, params)
		out = got
		return err
	})
	if err != nil {
		return nil, err // out may still be written to
	}
	return out, nil
}

func (c *conn) ask(sql string, params []string) ([][]*string, error) {
	var st duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&st)
	if duckdb.Prepare(c.raw, sql, &st) == duckdb.StateError {
		return nil, &rawError{kind: duckdb.ErrorTypeInvalid, text: duckdb.PrepareError(st)}
	}
	return runTexts(st, params...)
}

// runTexts is the rows of a prepared trusted statement, as texts says.
func runTexts(st duckdb.PreparedStatement, params ...string) ([][]*string, error) {
	for i, p := range params {
		if duckdb.BindVarcharLength(st, duckdb.IdxT(i+1), p, duckdb.IdxT(len(p))) == duckdb.StateError {
			return nil, &rawError{kind: duckdb.ErrorTypeInvalid, text: duckdb.PrepareError(st)}
		}
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePrepared(st, &res) == duckdb.StateError {
		return nil, resultError(&res)
	}
	return texts(&res)
}

// prepare parses and binds trusted SQL, and runs nothing.
func (c *conn) prepare(ctx context.Context, sql string) error {
	return c.do(ctx, func() error {
		p, err := c.statement(sql)
		if err == nil {
			c.done(p, false)
		}
		return err
	})
}

// closedPending is what DuckDB puts before the error of a stream whose query
// failed while rows of it were still waiting.
const closedPending = "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: "

func resultError(res *duckdb.Result) error {
	text, kind := duckdb.ResultError(res), duckdb.ResultErrorType(res)
	if first, ok := strings.CutPrefix(text, closedPending); ok {
		return &rawError{kind: duckdb.ErrorTypeInvalid, text: first}
	}
	return &rawError{kind: kind, text: text}
}

// texts reads a materialised result whose columns are all VARCHAR; other types
// stay nil, so the SQL must cast.
func texts(res *duckdb.Result) ([][]*string, error) {
	var out [][]*string
	columns := duckdb.ColumnCount(res)
	for {
		chunk := duckdb.FetchChunk(*res)
		if chunk.Ptr == nil {
			return out, nil
		}
		n := duckdb.DataChunkGetSize(chunk)
		base := len(out)
		for range n {
			out = append(out, make([]*string, columns))
		}
		for col := range columns {
			if duckdb.ColumnType(res, col) != duckdb.TypeVarchar {
				continue
			}
			vec := duckdb.DataChunkGetVector(chunk, col)
			mask := duckdb.VectorGetValidity(vec)
			for row := range n {
				if mask != nil && !duckdb.ValidityMaskValueIsValid(mask, row) {
					continue
				}
				s := stringAt(vec, row)
				out[base+int(row)][col] = &s
			}
		}
		duckdb.DestroyDataChunk(&chunk)
	}
}

// stringAt reads row of a VARCHAR vector.
func stringAt(vec duckdb.Vector, row duckdb.IdxT) string {
	data := (*duckdb.StringT)(unsafe.Add(duckdb.VectorGetData(vec), uintptr(row)*unsafe.Sizeof(duckdb.StringT{})))
	return duckdb.StringTData(data)
}

// How long the end of a transaction may take once its caller does not count any
// more, or when it is many callers'.
const (
	settling   = 10 * time.Second
	committing = time.Minute
)

// begin opens a transaction.
func (c *conn) begin(ctx context.Context) error {
	if err := c.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	c.open = true
	return nil
}

// commit ends the transaction that begin opened. After an error none is open, and
// nothing of it is left unless the error is errUnsure.
func (c *conn) commit(ctx context.Context) error {
	if ctx.Err() != nil {
		c.undo(ctx)
		return context.Cause(ctx)
	}
	err := c.exec(ctx, "COMMIT")
	if err != nil {
		c.undo(ctx)
		if known := translate(err); ctx.Err() != nil || errors.Is(known, ErrUnavailable) {
			err = unsure(known)
		}
	}
	c.open = false
	return err
}

// errUnsure: the commit's outcome is not known, so it must not be repeated.
var errUnsure = errors.New("the outcome of the commit is not known, so look before you try again")

func unsure(err error) error { return fmt.Errorf("%w: %w", err, errUnsure) }

// undo rolls back the transaction that begin opened, if it is still open,
// whatever happened to ctx. Where that fails, the connection is in doubt.
func (c *conn) undo(ctx context.Context) {
	if c.lost.Load() || !c.open {
		return
	}
	c.open = false
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	err := c.exec(ctx, "ROLLBACK")
	var raw *rawError
	// DuckDB ends a transaction itself when its commit fails, and then has none.
	c.doubt = err != nil && (!errors.As(err, &raw) || raw.kind != duckdb.ErrorTypeTransaction)
}
