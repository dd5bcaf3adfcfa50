package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// sample is three rows with what is hard to write: nested values, NULL, quotes,
// line ends, letters beyond ASCII, a terminal's control codes.
func sample(t *testing.T, mem memory.Allocator) arrow.RecordBatch {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "who", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "amount", Type: &arrow.Decimal128Type{Precision: 12, Scale: 2}, Nullable: true},
		{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Microsecond}, Nullable: true},
		{Name: "payload", Type: arrow.StructOf(
			arrow.Field{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
			arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		), Nullable: true},
	}, nil)
	b, _, err := array.RecordFromJSON(mem, schema, strings.NewReader(`[
		{"id": 1, "who": "Ada <ada@x>", "amount": "12.50", "at": "2024-01-02T03:04:05", "payload": {"tags": ["a", "b"], "n": 1.5}},
		{"id": 22, "who": "say \"hi\",\nZoë\u001b[31m", "amount": null, "at": null, "payload": null},
		{"id": 333, "who": null, "amount": "-0.01", "at": "2024-01-02T03:04:05.123456", "payload": {"tags": [], "n": null}}]`))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// written is the sample in a format.
func written(t *testing.T, format string) []byte {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	b := sample(t, mem)
	defer b.Release()
	var out bytes.Buffer
	w, err := newRowWriter(format, b.Schema(), &out)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTextFormatsAreAsExpected(t *testing.T) {
	for _, format := range []string{"table", "csv", "json"} {
		golden(t, "testdata/rows."+format, string(written(t, format)))
	}
}

func TestJSONLinesKeepTheOrderOfColumnsAndAreJSON(t *testing.T) {
	lines := bytes.Split(bytes.TrimSpace(written(t, "json")), []byte("\n"))
	if len(lines) != 3 {
		t.Fatalf("%d lines", len(lines))
	}
	var row struct {
		ID      int64  `json:"id"`
		Who     string `json:"who"`
		Payload *struct{ Tags []string }
	}
	if err := json.Unmarshal(lines[1], &row); err != nil {
		t.Fatal(err)
	}
	if row.ID != 22 || row.Who != "say \"hi\",\nZoë\x1b[31m" || row.Payload != nil {
		t.Errorf("row: %+v", row)
	}
	if !bytes.HasPrefix(lines[0], []byte(`{"id":1,"who":"Ada <ada@x>","amount":`)) {
		t.Errorf("first line: %s", lines[0])
	}
}

func TestATerminalIsNotSteeredByValues(t *testing.T) {
	if bytes.ContainsRune(written(t, "table"), 0x1b) {
		t.Error("an escape code went through")
	}
}

func TestArrowFilesHoldTheSameRows(t *testing.T) {
	r, err := ipc.NewFileReader(bytes.NewReader(written(t, "arrow")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	got, err := r.RecordBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	want := sample(t, memory.DefaultAllocator)
	defer want.Release()
	if !array.RecordEqual(got, want) {
		t.Errorf("read %v", got)
	}
}

func TestParquetFilesHoldTheSameRows(t *testing.T) {
	r, err := file.NewParquetReader(bytes.NewReader(written(t, "parquet")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	rows, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := rows.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	if table.NumRows() != 3 || table.NumCols() != 5 {
		t.Fatalf("%d rows, %d columns", table.NumRows(), table.NumCols())
	}
	want := sample(t, memory.DefaultAllocator)
	defer want.Release()
	for i := range int(table.NumCols()) {
		if got := table.Column(i).Data().Chunk(0); !array.Equal(got, want.Column(i)) {
			t.Errorf("column %s: %v, want %v", table.Column(i).Name(), got, want.Column(i))
		}
	}
}

func TestALongTableKeepsFlowing(t *testing.T) {
	b := sample(t, memory.DefaultAllocator)
	defer b.Release()
	var out bytes.Buffer
	w, err := newRowWriter("table", b.Schema(), &out)
	if err != nil {
		t.Fatal(err)
	}
	for range tableHold { // three rows each
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(out.Bytes(), []byte("\n")); got != 3*tableHold+3 {
		t.Errorf("%d lines, want head, rule, %d rows and a count", got, 3*tableHold)
	}
}

func TestAnEmptyResultHasItsHead(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}}, nil)
	for format, want := range map[string]string{"table": " a\n--\n(0 rows)\n", "csv": "a\n", "json": ""} {
		var out bytes.Buffer
		w, err := newRowWriter(format, schema, &out)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v; want %q", format, out.String(), err, want)
		}
	}
}

func TestOutputFilesAppearWhenComplete(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "rows.csv")
	for _, complete := range []bool{false, true} {
		o, err := openOutput(nil, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is there before it is complete: %v", err)
		}
		if err := o.end(complete); err != nil {
			t.Fatal(err)
		}
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{false: 0, true: 1}[complete]; len(left) != want {
			t.Errorf("complete %t: %d files left", complete, len(left))
		}
	}
}

func TestParametersTakeTheTypesThatTheServerNames(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "1", Type: arrow.PrimitiveTypes.Int32},
		{Name: "2", Type: arrow.Null},
		{Name: "3", Type: arrow.Null},
		{Name: "4", Type: arrow.BinaryTypes.String},
		{Name: "5", Type: arrow.FixedWidthTypes.Date32},
	}, nil)
	row, err := parameterRow(mem, schema, []string{"7", "8", "Ada", "NULL", "2024-02-29"})
	if err != nil {
		t.Fatal(err)
	}
	defer row.Release()
	got := make([]string, row.NumCols())
	for i, c := range row.Columns() {
		got[i] = c.DataType().Name() + " " + c.ValueStr(0)
	}
	if want := "int32 7, int64 8, utf8 Ada, utf8 (null), date32 2024-02-29"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
	if _, err := parameterRow(mem, schema, []string{"x", "8", "Ada", "b", "2024-02-29"}); err == nil || !strings.Contains(err.Error(), `parameter 1: "x" is not of type int32`) {
		t.Errorf("a wrong value: %v", err)
	}
}

func TestWhatIsThrownAwayIsNoTerminal(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	if terminal(null) {
		t.Error("the null device passes for a terminal")
	}
}
