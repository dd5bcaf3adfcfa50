package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

func reader(t testing.TB, batches ...arrow.RecordBatch) array.RecordReader {
	t.Helper()
	r, err := array.NewRecordReader(batches[0].Schema(), batches)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var people = []arrow.Field{field("ID", arrow.PrimitiveTypes.Int64), field("name", arrow.BinaryTypes.String)}

// lakes are those that tests of writing run over.
func lakes(t *testing.T) map[string]catalog.Lake {
	dir := t.TempDir()
	return map[string]catalog.Lake{
		"duckdb": {Name: "lake", Type: catalog.DuckDB},
		"ducklake": {
			Name: "lake", Type: catalog.DuckLake, Data: dir + "/data",
			Metadata: catalog.Metadata{Type: "duckdb", Path: dir + "/meta.duckdb"},
		},
	}
}

func TestIngestModesDoWhatTheySay(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			b := startWith(t, lake)
			two := params(t, people, `[1, 2]`, `["a", null]`)
			ingest := func(mode IngestMode) (int64, error) {
				return b.Ingest(t.Context(), IngestRequest{View: b.view(t, policyWrite), Table: []string{"people"}, Mode: mode}, reader(t, two, two))
			}
			for i, step := range []struct {
				mode IngestMode
				want error
				rows string
			}{
				{IngestAppend, catalog.ErrNotFound, ""},
				{IngestCreate, nil, "4"},
				{IngestCreate, ErrExists, "4"},
				{IngestAppend, nil, "8"},
				{IngestCreateAppend, nil, "12"},
				{IngestReplace, nil, "4"},
			} {
				n, err := ingest(step.mode)
				if !errors.Is(err, step.want) || (err == nil && n != 4) {
					t.Fatalf("step %d: %d rows, %v; want %v", i, n, err, step.want)
				}
				if step.rows != "" {
					if got := b.query(t, "SELECT count(*) FROM lake.main.people"); got != step.rows {
						t.Fatalf("step %d: %s rows, want %s", i, got, step.rows)
					}
				}
			}
			if got := b.query(t, "SELECT * FROM lake.main.people ORDER BY ALL LIMIT 2"); got != "1|a\n1|a" {
				t.Errorf("content: %q", got)
			}
		})
	}
}

func TestIngestCastsByNameAndRefusesWhatDoesNotFit(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			b := startWith(t, lake)
			b.update(t, 0, "CREATE TABLE lake.main.t(name VARCHAR, extra INTEGER, id SMALLINT)")
			into := func(fields []arrow.Field, columns ...string) error {
				_, err := b.Ingest(t.Context(), IngestRequest{View: b.view(t, policyWrite), Table: []string{"t"}}, reader(t, params(t, fields, columns...)))
				return err
			}
			if err := into(people, `[1, 2]`, `["a", "b"]`); err != nil {
				t.Fatal(err)
			}
			if err := into(people, `[1, 200000]`, `["a", "b"]`); !errors.Is(err, ErrSQL) {
				t.Errorf("a value that does not fit: %v", err)
			}
			if err := into([]arrow.Field{field("nope", arrow.PrimitiveTypes.Int8)}, `[1]`); !errors.Is(err, ErrSQL) {
				t.Errorf("a column that is not there: %v", err)
			}
			if err := into([]arrow.Field{people[0], field("id", arrow.PrimitiveTypes.Int8)}, `[1]`, `[1]`); !errors.Is(err, ErrSQL) {
				t.Errorf("a column twice: %v", err)
			}
			if got := b.query(t, "SELECT name, extra, id FROM lake.main.t ORDER BY id"); got != "a|(null)|1\nb|(null)|2" {
				t.Errorf("content: %q", got)
			}
			_, err := b.Ingest(t.Context(), IngestRequest{View: b.view(t, policyRead), Table: []string{"t"}}, reader(t, params(t, people, `[1]`, `["a"]`)))
			if !errors.Is(err, guard.ErrDenied) {
				t.Errorf("reader: %v", err)
			}
		})
	}
}

// broken gives one batch and then an error.
type broken struct{ array.RecordReader }

var errGone = errors.New("the client is gone")

func (b broken) Err() error { return errGone }

func TestIngestThatBreaksOffLeavesNothing(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			b := startWith(t, lake)
			r := IngestRequest{View: b.view(t, policyWrite), Table: []string{"people"}, Mode: IngestCreate}
			if _, err := b.Ingest(t.Context(), r, broken{reader(t, params(t, people, `[1]`, `["a"]`))}); !errors.Is(err, errGone) {
				t.Errorf("error: %v", err)
			}
			if _, err := b.Query(t.Context(), Request{SQL: "SELECT * FROM lake.main.people"}); err == nil {
				t.Error("the table is there")
			}
			if got := b.query(t, "SELECT count(*) FROM duckdb_tables() WHERE temporary"); got != "0" {
				t.Errorf("%s temporary tables left", got)
			}
		})
	}
}

func TestIngestOfTextThatIsNotUTF8IsRefused(t *testing.T) {
	b := start(t)
	build := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	build.Append([]byte{0xff, 0xfe})
	data := build.NewArray().Data()
	bad := array.NewStringData(array.NewData(arrow.BinaryTypes.String, 1, data.Buffers(), nil, 0, 0))
	batch := array.NewRecordBatch(arrow.NewSchema(people[1:], nil), []arrow.Array{bad}, 1)
	_, err := b.Ingest(t.Context(), IngestRequest{View: b.view(t, policyWrite), Table: []string{"people"}, Mode: IngestCreate}, reader(t, batch))
	if !errors.Is(err, ErrSQL) {
		t.Errorf("error: %v", err)
	}
}

func TestIngestJoinsTheSessionsTransactionAndItsTemporaryTables(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			b := startWith(t, lake)
			id, _ := b.OpenSession(t.Context())
			b.update(t, id, "BEGIN")
			r := IngestRequest{Session: id, View: b.view(t, policyWrite), Table: []string{"people"}, Mode: IngestCreate}
			if _, err := b.Ingest(t.Context(), r, reader(t, params(t, people, `[1]`, `["a"]`))); err != nil {
				t.Fatal(err)
			}
			if got := b.text(t, Request{Session: id, SQL: "SELECT count(*) FROM lake.main.people"}); got != "1" {
				t.Errorf("inside: %s", got)
			}
			b.update(t, id, "ROLLBACK")
			if _, err := b.Query(t.Context(), Request{SQL: "SELECT * FROM lake.main.people"}); err == nil {
				t.Error("still there after the rollback")
			}
			r.Temporary = true
			if n, err := b.Ingest(t.Context(), r, reader(t, params(t, people, `[1, 2]`, `["a", "b"]`))); err != nil || n != 2 {
				t.Fatalf("temporary: %d, %v", n, err)
			}
			if got := b.text(t, Request{Session: id, SQL: "SELECT count(*) FROM temp.main.people"}); got != "2" {
				t.Errorf("temporary: %s", got)
			}
		})
	}
}

func TestIngestedRowsComeBackAsTheyWere(t *testing.T) {
	b := start(t)
	fields := []arrow.Field{
		field("i", arrow.PrimitiveTypes.Int32), field("f", arrow.PrimitiveTypes.Float64), field("s", arrow.BinaryTypes.LargeString),
		field("d", &arrow.Decimal128Type{Precision: 12, Scale: 2}), field("l", arrow.ListOf(arrow.PrimitiveTypes.Int32)), field("t", &arrow.TimestampType{Unit: arrow.Millisecond}),
		field("e", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}), field("b", arrow.FixedWidthTypes.Boolean),
	}
	const n = 5000
	build := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	for i := range n {
		for j, f := range build.Fields() {
			if (i+j)%5 == 0 {
				f.AppendNull()
				continue
			}
			text := fmt.Sprint(i)
			switch j {
			case 3:
				text += ".25"
			case 4:
				l := f.(*array.ListBuilder)
				l.Append(true)
				l.ValueBuilder().(*array.Int32Builder).Append(int32(i))
				continue
			case 5:
				text = "2024-01-02 03:04:05.678"
			case 6:
				text = fmt.Sprint(i % 3)
			case 7:
				text = fmt.Sprint(i%2 == 0)
			}
			if err := f.AppendValueFromString(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	batch := build.NewRecordBatch()
	if _, err := b.Ingest(t.Context(), IngestRequest{View: b.view(t, policyWrite), Table: []string{"t"}, Mode: IngestCreate}, reader(t, batch)); err != nil {
		t.Fatal(err)
	}
	got, err := b.Query(t.Context(), Request{SQL: "SELECT * FROM lake.main.t"})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Release()
	at := 0
	for got.Next() {
		part := got.RecordBatch()
		for row := range int(part.NumRows()) {
			for j := range fields {
				if have, want := part.Column(j).ValueStr(row), batch.Column(j).ValueStr(at); have != want {
					t.Fatalf("row %d, column %s: %q, want %q", at, fields[j].Name, have, want)
				}
			}
			at++
		}
	}
	if at != n || got.Err() != nil {
		t.Errorf("%d rows, %v", at, got.Err())
	}
}
