package engine

import (
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// byDuckDB is what text would give, had DuckDB converted every value itself.
func byDuckDB(t *testing.T, b *bench, sql string) string {
	t.Helper()
	c, err := b.pool.get()
	if err != nil {
		t.Fatal(err)
	}
	defer b.pool.put(t.Context(), c)
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.Query(c.raw, sql, &res) == duckdb.StateError {
		t.Fatal(duckdb.ResultError(&res))
	}
	found := resultColumns(&res)
	defer found.free()
	schema, err := c.arrowSchema(found.logical, found.names)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for {
		chunk := duckdb.FetchChunk(res)
		if chunk.Ptr == nil {
			return strings.Join(lines, "\n")
		}
		batch, e := duckdb.DataChunkToArrowArray(c.options, schema, chunk)
		if duckdb.ErrorDataHasError(e) {
			t.Fatal(duckdb.ErrorDataMessage(e))
		}
		duckdb.DestroyErrorData(&e)
		for row := range int(batch.NumRows()) {
			lines = append(lines, strings.Clone(batch.Column(0).ValueStr(row)))
		}
		batch.Release()
		duckdb.DestroyDataChunk(&chunk)
	}
}
