package airport

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/lakegate/lakegate/catalog"
)

// lake is a catalog of so many tables in so many schemas, with columns as people
// have them.
func lake(tables, schemas, columns int) catalog.Catalog {
	types := []string{"BIGINT", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "DECIMAL(18,3)", "UUID", "DOUBLE", "BOOLEAN", "STRUCT(a INTEGER, b VARCHAR)"}
	words := []string{"id", "customer", "created_at", "amount", "token", "score", "active", "details"}
	c := catalog.Catalog{Name: "lake", Type: catalog.DuckLake}
	for i := range schemas {
		s := catalog.Schema{Name: fmt.Sprintf("team_%02d", i)}
		for j := range tables / schemas {
			t := catalog.Table{Name: catalog.Name{Catalog: "lake", Schema: s.Name, Table: fmt.Sprintf("%s_%04d", words[j%len(words)], j)}, Kind: catalog.BaseTable}
			for k := range columns {
				t.Columns = append(t.Columns, catalog.Column{
					Name: fmt.Sprintf("%s_%d", words[(j+k)%len(words)], k), Type: types[(j+k)%len(types)], Nullable: k > 0,
				})
			}
			s.Tables = append(s.Tables, t)
		}
		c.Schemas = append(c.Schemas, s)
	}
	return c
}

// compressedMinimum is the bytes of all objects of c in one frame.
func compressedMinimum(tb testing.TB, c catalog.Catalog) int {
	tb.Helper()
	var all bytes.Buffer
	for _, name := range Schemas(c) {
		flights, err := SchemaFlights(c, name)
		if err != nil {
			tb.Fatal(err)
		}
		for _, f := range flights {
			b, err := FlightReply(f)
			if err != nil {
				tb.Fatal(err)
			}
			all.Write(b)
		}
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		tb.Fatal(err)
	}
	return len(z.EncodeAll(all.Bytes(), nil))
}

// BenchmarkListing is what list_schemas of a lake costs, for each table, and its
// bytes against those of one frame with everything.
func BenchmarkListing(b *testing.B) {
	for _, size := range []struct{ tables, schemas, columns int }{{1_000, 10, 12}, {10_000, 100, 12}, {1, 1, 2_000}} {
		b.Run(fmt.Sprintf("tables=%d/columns=%d", size.tables, size.columns), func(b *testing.B) {
			c := lake(size.tables, size.schemas, size.columns)
			var listing []byte
			for b.Loop() {
				var err error
				if listing, err = Listing(c, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size.tables), "ns/table")
			b.ReportMetric(float64(len(listing)), "bytes")
			b.ReportMetric(float64(len(listing))/float64(compressedMinimum(b, c)), "x-minimum")
		})
	}
}
