package airport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/catalog"
)

// received are the batches of messages, read as a client reads them.
type received struct{ list []*arrowflight.FlightData }

func (r *received) Recv() (*arrowflight.FlightData, error) {
	if len(r.list) == 0 {
		return nil, io.EOF
	}
	m := r.list[0]
	r.list = r.list[1:]
	return m, nil
}

func read(t *testing.T, schema *arrow.Schema, list []*arrowflight.FlightData) []arrow.RecordBatch {
	t.Helper()
	p := ipc.GetSchemaPayload(schema, memory.DefaultAllocator)
	defer p.Release()
	meta := p.Meta()
	defer meta.Release()
	r, err := arrowflight.NewRecordReader(&received{append([]*arrowflight.FlightData{{DataHeader: meta.Bytes()}}, list...)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var out []arrow.RecordBatch
	for r.Next() {
		rec := r.RecordBatch()
		rec.Retain()
		t.Cleanup(rec.Release)
		out = append(out, rec)
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out
}

func shaped(t *testing.T, s *Shaper, rec arrow.RecordBatch) (list []*arrowflight.FlightData, size int) {
	t.Helper()
	err := s.Shape(rec, func(m Message) error {
		body := bytes.Join(m.Body, nil)
		list = append(list, &arrowflight.FlightData{DataHeader: m.Header, DataBody: body})
		size += len(m.Header) + len(body)
		m.Release()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, size
}

func numbers(n int) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	for i := range n {
		b.Append(int64(i))
	}
	return b.NewArray()
}

var duckLake = catalog.Catalog{Name: "lake", Type: catalog.DuckDB}

// everyType is a table with a column of each type that is laid out in its own way.
func everyType() catalog.Table {
	t := catalog.Table{Name: catalog.Name{Catalog: "lake", Schema: "s", Table: "t"}, Kind: catalog.BaseTable}
	for i, typ := range []string{
		"BIGINT", "BOOLEAN", "TINYINT", "DECIMAL(18,3)", "HUGEINT", "VARCHAR", "BLOB", "UUID", "JSON", "DATE", "TIME", "TIMESTAMP",
		"TIMESTAMP WITH TIME ZONE", "INTERVAL", "INTEGER[]", "VARCHAR[]", "INTEGER[3]", "STRUCT(a INTEGER, b VARCHAR)",
		"MAP(VARCHAR, INTEGER)", "UNION(n INTEGER, s VARCHAR)", "STRUCT(a INTEGER[], b STRUCT(c DOUBLE))[]", "ENUM('a', 'b')",
	} {
		t.Columns = append(t.Columns, catalog.Column{Name: fmt.Sprintf("c%d", i), Type: typ, Nullable: true})
	}
	return t
}

func TestColumnsThatNobodyAskedForAreNull(t *testing.T) {
	tab := everyType()
	schema := TableSchema(duckLake, tab)
	s, err := NewShaper(schema, []string{"c0"})
	if err != nil {
		t.Fatal(err)
	}
	n := numbers(10_000)
	defer n.Release()
	rec := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "c0", Type: n.DataType()}}, nil), []arrow.Array{n}, 10_000)
	defer rec.Release()
	list, _ := shaped(t, s, rec)
	row := int64(0)
	for _, got := range read(t, schema, list) {
		if !got.Schema().Equal(schema) {
			t.Fatalf("schema %v", got.Schema())
		}
		for i, column := range got.Columns() {
			if want := int(got.NumRows()); i > 0 && column.NullN() != want && column.DataType().ID() != arrow.SPARSE_UNION {
				t.Errorf("column %s has %d NULLs of %d", got.ColumnName(i), column.NullN(), want)
			}
			for j := range column.Len() {
				_ = column.ValueStr(j) // every value can be read
			}
		}
		for i := range int(got.NumRows()) {
			if v := got.Column(0).(*array.Int64).Value(i); v != row {
				t.Fatalf("row %d: value %d", row, v)
			}
			row++
		}
	}
	if row != 10_000 {
		t.Errorf("%d rows of 10000", row)
	}
}

func TestValuesGetTheAdvertisedTypes(t *testing.T) {
	tab := catalog.Table{Name: catalog.Name{Catalog: "lake", Schema: "s", Table: "t"}, Kind: catalog.BaseTable, Columns: []catalog.Column{
		{Name: "id", Type: "UUID"}, {Name: "h", Type: "HUGEINT"},
	}}
	schema := TableSchema(duckLake, tab)
	engine := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "h", Type: &arrow.Decimal128Type{Precision: 38}, Nullable: true}}, nil)
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, engine, bytes.NewReader([]byte(
		`[{"id": "00010203-0405-0607-0809-0a0b0c0d0e0f", "h": "258"}, {"id": null, "h": null}]`)))
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	s, err := NewShaper(schema, []string{"id", "h"})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := shaped(t, s, rec)
	got := read(t, schema, list)[0]
	storage := func(i int) *array.FixedSizeBinary {
		column := got.Column(i)
		if e, ok := column.(array.ExtensionArray); ok {
			column = e.Storage()
		}
		return column.(*array.FixedSizeBinary)
	}
	if id := storage(0); !bytes.Equal(id.Value(0), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) || !id.IsNull(1) {
		t.Errorf("UUIDs: %v", id)
	}
	if h := storage(1); !bytes.Equal(h.Value(0), append([]byte{2, 1}, make([]byte, 14)...)) || !h.IsNull(1) {
		t.Errorf("HUGEINTs: %v", h)
	}
}

func TestAWideTableCostsLittleMoreThanItsOneColumn(t *testing.T) {
	tab := catalog.Table{Name: catalog.Name{Catalog: "lake", Schema: "s", Table: "t"}, Kind: catalog.BaseTable}
	for i := range 2000 {
		tab.Columns = append(tab.Columns, catalog.Column{Name: fmt.Sprintf("c%d", i), Type: "DECIMAL(38,3)"})
	}
	tab.Columns[7].Type = "BIGINT"
	schema := TableSchema(duckLake, tab)
	s, err := NewShaper(schema, []string{"c7"})
	if err != nil {
		t.Fatal(err)
	}
	n := numbers(100_000)
	defer n.Release()
	rec := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "c7", Type: n.DataType()}}, nil), []arrow.Array{n}, 100_000)
	defer rec.Release()
	list, size := shaped(t, s, rec)
	if whole := 2000 * 16 * 100_000; size > whole/500 {
		t.Errorf("%d bytes, where a plain encoding has %d", size, whole)
	}
	rows := int64(0)
	for _, got := range read(t, schema, list) {
		rows += got.NumRows()
	}
	if rows != 100_000 {
		t.Errorf("%d rows", rows)
	}
}
