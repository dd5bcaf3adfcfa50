package duck

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/cdata"
	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// Ingest makes table of rows, the fastest way that DuckDB has: its own scan over
// an Arrow stream. The scan is sound only because it reads all columns in order.
func (c *Conn) Ingest(table string, rows array.RecordReader) (int64, error) {
	stream := &cdata.CArrowArrayStream{}
	var pin runtime.Pinner // DuckDB keeps the address while the view is there
	pin.Pin(stream)
	defer pin.Unpin()
	cdata.ExportRecordReader(rows, stream)
	defer cdata.ReleaseCArrowArrayStream(stream)
	if duckdb.ArrowScan(c.raw, "incoming", duckdb.ArrowStream{Ptr: unsafe.Pointer(stream)}) == duckdb.StateError {
		return 0, errors.New("scan the Arrow stream")
	}
	n, err := c.count("CREATE TABLE " + table + " AS SELECT * FROM incoming")
	if drop := c.Exec("DROP VIEW incoming"); err == nil {
		err = drop
	}
	if err != nil {
		return 0, fmt.Errorf("ingest into %s: %w", table, err)
	}
	return n, nil
}

// count runs sql and gives the number that is its only value: RowsChanged does
// not know about CREATE TABLE AS.
func (c *Conn) count(sql string) (int64, error) {
	s, err := c.Stream(sql)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	rec, err := s.Next()
	if err != nil {
		return 0, err
	}
	if rec == nil {
		return 0, errNoCount
	}
	defer rec.Release()
	n, ok := rec.Column(0).(*array.Int64)
	if !ok || n.Len() != 1 {
		return 0, errNoCount
	}
	return n.Value(0), nil
}

var errNoCount = errors.New("DuckDB gave no count")
