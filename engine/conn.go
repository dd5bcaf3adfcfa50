package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// conn is one connection to DuckDB. One goroutine uses it at a time; interrupt
// alone may be called from another.
type conn struct {
	raw duckdb.Connection
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
	if err := c.exec(context.Background(), "SET streaming_buffer_size='16MB'"); err != nil { //nolint:forbidigo // local, takes microseconds
		c.close()
		return nil, fmt.Errorf("set streaming_buffer_size: %w", err)
	}
	return c, nil
}

func (c *conn) close() { duckdb.Disconnect(&c.raw) }

// interruptEvery is how often an interruption is repeated until it is heard.
const interruptEvery = 5 * time.Millisecond

// interrupted runs call, which works on c; when ctx ends first, DuckDB is
// interrupted until call returns. It does not return before call does.
func (c *conn) interrupted(ctx context.Context, call func()) {
	if ctx.Done() == nil {
		call()
		return
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		tick := time.NewTicker(interruptEvery)
		defer tick.Stop()
		for {
			duckdb.Interrupt(c.raw)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	call()
	close(done)
	<-stopped
}

// exec runs trusted SQL that gives nothing back.
func (c *conn) exec(ctx context.Context, sql string) error {
	_, err := c.rows(ctx, sql)
	return err
}

// rows runs one trusted statement with text parameters and gives every value as
// text; NULL is a nil pointer. For the server's own small questions only.
func (c *conn) rows(ctx context.Context, sql string, params ...string) ([][]*string, error) {
	var st duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&st)
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	var err error
	c.interrupted(ctx, func() {
		if duckdb.Prepare(c.raw, sql, &st) == duckdb.StateError {
			err = &rawError{kind: duckdb.ErrorTypeInvalid, text: duckdb.PrepareError(st)}
			return
		}
		for i, p := range params {
			duckdb.BindVarchar(st, duckdb.IdxT(i+1), p)
		}
		if duckdb.ExecutePrepared(st, &res) == duckdb.StateError {
			err = &rawError{kind: duckdb.ResultErrorType(&res), text: duckdb.ResultError(&res)}
		}
	})
	if err != nil {
		return nil, err
	}
	return texts(&res)
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
