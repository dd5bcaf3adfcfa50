package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// formats are what query can write, the binary ones last.
var formats = []string{"table", "csv", "json", "parquet", "arrow"}

// rowWriter writes the rows of one result. Close ends the result, not what it
// was written to.
type rowWriter interface {
	Write(arrow.RecordBatch) error
	Close() error
}

// newRowWriter writes rows of schema to w.
func newRowWriter(format string, schema *arrow.Schema, w io.Writer) (rowWriter, error) {
	switch format {
	case "table":
		return &tableWriter{w: bufio.NewWriter(w), schema: schema}, nil
	case "csv":
		out := csv.NewWriter(w)
		return &csvWriter{out}, out.Write(columnNames(schema))
	case "json":
		return newJSONWriter(schema, w)
	case "parquet":
		return pqarrow.NewFileWriter(schema, keepOpen{w},
			parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)),
			pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	case "arrow":
		return ipc.NewFileWriter(w, ipc.WithSchema(schema))
	}
	return nil, coded(exitUsage, fmt.Errorf("format %q: want one of %s", format, strings.Join(formats, ", ")))
}

// keepOpen hides Close from a library that would call it.
type keepOpen struct{ io.Writer }

func columnNames(schema *arrow.Schema) []string {
	names := make([]string, schema.NumFields())
	for i, f := range schema.Fields() {
		names[i] = f.Name
	}
	return names
}

type csvWriter struct{ out *csv.Writer }

// Write gives nested values as JSON and NULL as nothing.
func (c *csvWriter) Write(b arrow.RecordBatch) error {
	row := make([]string, b.NumCols())
	for i := range int(b.NumRows()) {
		for j, col := range b.Columns() {
			row[j] = ""
			if !col.IsNull(i) {
				row[j] = valueText(col, i)
			}
		}
		if err := c.out.Write(row); err != nil {
			return err
		}
	}
	c.out.Flush()
	return c.out.Error()
}

func (c *csvWriter) Close() error {
	c.out.Flush()
	return c.out.Error()
}

// jsonWriter writes one object a line, its keys in the order of the columns.
type jsonWriter struct {
	w     *bufio.Writer
	names [][]byte
}

func newJSONWriter(schema *arrow.Schema, w io.Writer) (*jsonWriter, error) {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	for _, name := range columnNames(schema) {
		text, err := jsonText(name)
		if err != nil {
			return nil, err
		}
		j.names = append(j.names, append(text, ':'))
	}
	return j, nil
}

// jsonText is v as JSON, with <, > and & as they are.
func jsonText(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (j *jsonWriter) Write(b arrow.RecordBatch) error {
	for i := range int(b.NumRows()) {
		separator := byte('{')
		for n, col := range b.Columns() {
			text, err := jsonText(col.GetOneForMarshal(i))
			if err != nil {
				return fmt.Errorf("column %s as JSON: %w", j.names[n], err)
			}
			_ = j.w.WriteByte(separator) // a bufio.Writer keeps its error for Flush
			_, _ = j.w.Write(j.names[n])
			_, _ = j.w.Write(text)
			separator = ','
		}
		_, _ = j.w.WriteString("}\n")
	}
	return j.w.Flush()
}

func (j *jsonWriter) Close() error { return j.w.Flush() }

// tableWriter writes aligned columns. The first rows settle the widths; what is
// wider later shifts its line, so that results of any length can be written.
type tableWriter struct {
	w      *bufio.Writer
	schema *arrow.Schema
	widths []int
	held   [][]string // rows that wait for the widths
	rows   int64
}

const (
	tableHold  = 500 // rows that settle the widths
	tableWidth = 60  // letters of one cell
)

func (t *tableWriter) Write(b arrow.RecordBatch) error {
	for i := range int(b.NumRows()) {
		row := make([]string, b.NumCols())
		for j, col := range b.Columns() {
			row[j] = cell(col, i)
		}
		t.rows++
		if t.widths == nil {
			t.held = append(t.held, row)
			if len(t.held) == tableHold {
				t.begin()
			}
			continue
		}
		t.line(row, " ", " | ")
	}
	return t.w.Flush()
}

// valueText is one value, nested ones as JSON. Decimals keep their places.
func valueText(col arrow.Array, i int) string {
	if d, ok := col.(*array.Decimal128); ok {
		return d.Value(i).ToString(d.DataType().(*arrow.Decimal128Type).Scale)
	}
	return col.ValueStr(i)
}

// cell is one value on one line, cut where it is too long.
func cell(col arrow.Array, i int) string {
	if col.IsNull(i) {
		return "NULL"
	}
	s := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '·' // a value must not steer the terminal
		}
		return c
	}, valueText(col, i))
	if utf8.RuneCountInString(s) > tableWidth {
		s = string([]rune(s)[:tableWidth-1]) + "…"
	}
	return s
}

// begin settles the widths and writes the head and the rows that waited.
func (t *tableWriter) begin() {
	names := columnNames(t.schema)
	t.widths = make([]int, len(names))
	for _, row := range append(slices.Clone(t.held), names) {
		for j, s := range row {
			t.widths[j] = max(t.widths[j], utf8.RuneCountInString(s))
		}
	}
	t.line(names, " ", " | ")
	rule := make([]string, len(names))
	for j, width := range t.widths {
		rule[j] = strings.Repeat("-", width)
	}
	t.line(rule, "-", "-+-")
	for _, row := range t.held {
		t.line(row, " ", " | ")
	}
	t.held = nil
}

func (t *tableWriter) line(row []string, edge, between string) {
	var b strings.Builder
	b.WriteString(edge)
	for j, s := range row {
		if j > 0 {
			b.WriteString(between)
		}
		pad := strings.Repeat(" ", max(0, t.widths[j]-utf8.RuneCountInString(s)))
		if numeric(t.schema.Field(j).Type) {
			b.WriteString(pad + s)
		} else {
			b.WriteString(s + pad)
		}
	}
	_, _ = t.w.WriteString(strings.TrimRight(b.String(), " ") + "\n") // a bufio.Writer keeps its error for Flush
}

func numeric(t arrow.DataType) bool {
	return arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID())
}

func (t *tableWriter) Close() error {
	if t.widths == nil {
		t.begin()
	}
	rows := "rows"
	if t.rows == 1 {
		rows = "row"
	}
	_, _ = fmt.Fprintf(t.w, "(%d %s)\n", t.rows, rows)
	return t.w.Flush()
}
