package engine

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/lakegate/lakegate/catalog"
)

func drainAll(b *testing.B, e *core, r Request) (rows int64) {
	reader, err := e.Query(b.Context(), r)
	if err != nil {
		b.Fatal(err)
	}
	defer reader.Release()
	for reader.Next() {
		rows += reader.RecordBatch().NumRows()
	}
	if reader.Err() != nil {
		b.Fatal(reader.Err())
	}
	return rows
}

func BenchmarkSmallQuery(b *testing.B) {
	e := start(b)
	e.update(b, 0, "CREATE TABLE lake.main.t AS SELECT i AS k, 'v' || i AS v FROM range(1000000) t(i)")
	view := e.view(b, policyRead)
	key := params(b, []arrow.Field{field("1", arrow.PrimitiveTypes.Int64)}, `[777]`)
	b.Run("constant", func(b *testing.B) {
		for b.Loop() {
			drainAll(b, e.core, Request{View: view, SQL: "SELECT 1"})
		}
	})
	b.Run("describe", func(b *testing.B) {
		for b.Loop() {
			if _, err := e.Describe(b.Context(), Request{View: view, SQL: "SELECT 1"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lookup", func(b *testing.B) {
		for b.Loop() {
			drainAll(b, e.core, Request{View: view, SQL: "SELECT * FROM lake.main.t WHERE k = $1", Params: key})
		}
	})
	b.Run("uncached", func(b *testing.B) {
		for b.Loop() {
			e.verdicts.forget(verdictKey{view.Version(), "SELECT 1"})
			e.pool.idle[0].stmts.clear()
			drainAll(b, e.core, Request{View: view, SQL: "SELECT 1"})
		}
	})
}

func BenchmarkWideStream(b *testing.B) {
	e := start(b)
	e.update(b, 0, "CREATE TABLE lake.main.w AS "+wide+" FROM range(3000000) t(i)")
	for name, sql := range map[string]string{"wide": "SELECT * FROM lake.main.w", "narrow": "SELECT a, e FROM lake.main.w"} {
		b.Run(name, func(b *testing.B) {
			var rows int64
			for b.Loop() {
				rows += drainAll(b, e.core, Request{SQL: sql})
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func BenchmarkInsert(b *testing.B) {
	e := start(b)
	e.update(b, 0, "CREATE TABLE lake.main.t(i INTEGER)")
	for b.Loop() {
		e.update(b, 0, "INSERT INTO lake.main.t VALUES (1)")
	}
}

func BenchmarkIngest(b *testing.B) {
	e := start(b)
	source, err := e.Query(b.Context(), Request{SQL: wide + " FROM range(500000) t(i)"})
	if err != nil {
		b.Fatal(err)
	}
	defer source.Release()
	var batches []arrow.RecordBatch
	for source.Next() {
		batch := source.RecordBatch()
		batch.Retain()
		defer batch.Release()
		batches = append(batches, batch)
	}
	var rows int64
	for b.Loop() {
		rowsIn := reader(b, batches...)
		n, err := e.Ingest(b.Context(), IngestRequest{View: e.view(b, policyWrite), Table: []string{"w"}, Mode: IngestReplace}, rowsIn)
		rowsIn.Release()
		if err != nil {
			b.Fatal(err)
		}
		rows += n
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// One row an INSERT, from 16 clients, into a DuckLake.
func BenchmarkGroupCommit(b *testing.B) {
	dir := b.TempDir()
	e := startWith(b, catalog.Lake{Name: "lake", Type: catalog.DuckLake, Data: dir + "/data", Metadata: catalog.Metadata{Type: "duckdb", Path: dir + "/meta.duckdb"}})
	e.update(b, 0, "CREATE TABLE lake.main.t(i INTEGER)")
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := e.Update(b.Context(), Request{SQL: "INSERT INTO lake.main.t VALUES (1)"}); err != nil {
				b.Error(err)
			}
		}
	})
}
