package opinion

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// mostRows is how many rows of an answer are looked at.
const mostRows = 30_000

// answer is what one side says of a statement: rows, or an error.
type answer struct {
	err   error
	names []string
	types []string
	rows  [][]string
	over  bool // there are more rows than are looked at
}

// sameName drops from a name that is a subquery's text what means the same with
// and without it, and that DuckDB does not print of every statement.
var sameName = strings.NewReplacer(" CROSS JOIN ", " , ", " AS MATERIALIZED (", " AS (", " AS NOT MATERIALIZED (", " AS (")

// asWord is a lambda in the spelling that a name has where any of the statement's
// lambdas has it; Lakegate's names have it for all of them then.
var asWord = regexp.MustCompile(`\(lambda ([^:]+): `)

// plain is a column's name in one of the spellings that it may have.
func plain(name string) string {
	return asWord.ReplaceAllString(sameName.Replace(name), "($1 -> ")
}

// read takes all of rows.
func read(rows array.RecordReader) answer {
	var out answer
	for _, f := range rows.Schema().Fields() {
		out.names = append(out.names, plain(f.Name))
		out.types = append(out.types, typeName(f.Type))
	}
	for rows.Next() {
		batch := rows.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := make([]string, batch.NumCols())
			for j, col := range batch.Columns() {
				row[j] = strings.Clone(cell(col, i))
			}
			out.rows = append(out.rows, row)
		}
		if len(out.rows) > mostRows {
			out.over = true
			break
		}
	}
	if !out.over {
		out.err = rows.Err()
	}
	return out
}

// typeName is t, with what Lakegate sends as text as text.
func typeName(t arrow.DataType) string {
	switch t := t.(type) {
	case *arrow.DictionaryType:
		return "utf8"
	case arrow.ExtensionType:
		return typeName(t.StorageType())
	case *arrow.MapType:
		return "map<" + typeName(t.KeyType()) + "," + typeName(t.ItemType()) + ">"
	case *arrow.FixedSizeListType:
		return fmt.Sprintf("fixed<%s,%d>", typeName(t.Elem()), t.Len())
	case arrow.ListLikeType:
		return "list<" + typeName(t.Elem()) + ">"
	case *arrow.StructType:
		parts := make([]string, t.NumFields())
		for i, f := range t.Fields() {
			parts[i] = f.Name + ":" + typeName(f.Type)
		}
		return "struct<" + strings.Join(parts, ",") + ">"
	}
	return t.String()
}

// first is a with its first n columns alone.
func (a answer) first(n int) answer {
	if n >= len(a.names) {
		return a
	}
	a.names, a.types = a.names[:n], a.types[:n]
	rows := make([][]string, len(a.rows))
	for i, row := range a.rows {
		rows[i] = row[:n]
	}
	a.rows = rows
	return a
}

// by is a as c would have it: where there is no column of that name, user is who
// asks, and a DuckDB that knows nobody says that it is duckdb.
func (a answer) by(c *caller, sql string) answer {
	if !strings.Contains(strings.ToLower(sql), "user") {
		return a
	}
	for _, row := range a.rows {
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], `"duckdb"`, strconv.Quote(c.principal.User))
		}
	}
	return a
}

const null = "∅"

// cell is one value as text: numbers of floating point with a mark, so that they
// can be compared as such.
func cell(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return null
	}
	switch a := a.(type) {
	case *array.Dictionary:
		return cell(a.Dictionary(), a.GetValueIndex(i))
	case array.ExtensionArray:
		return cell(a.Storage(), i)
	case *array.Float64:
		return float(a.Value(i))
	case *array.Float32:
		return float(float64(a.Value(i)))
	case *array.Map:
		from, to := a.ValueOffsets(i)
		parts := make([]string, 0, to-from)
		for j := int(from); j < int(to); j++ {
			parts = append(parts, cell(a.Keys(), j)+"="+cell(a.Items(), j))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		parts := make([]string, 0, to-from)
		for j := int(from); j < int(to); j++ {
			parts = append(parts, cell(a.ListValues(), j))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *array.Struct:
		parts := make([]string, a.NumField())
		for j := range parts {
			parts[j] = cell(a.Field(j), i)
		}
		return "(" + strings.Join(parts, ",") + ")"
	case *array.String:
		return strconv.Quote(a.Value(i))
	}
	return a.ValueStr(i)
}

const floatMark = '≈'

func float(f float64) string {
	if f == 0 {
		f = 0 // no negative zero
	}
	return string(floatMark) + strconv.FormatFloat(f, 'g', 17, 64)
}

// differ says how got is not want; empty if they agree. Rows are compared as a multiset.
func differ(got, want answer) string {
	if !slices.Equal(got.names, want.names) {
		return fmt.Sprintf("columns are called %q, and by the reference %q", got.names, want.names)
	}
	if !slices.Equal(got.types, want.types) {
		return fmt.Sprintf("columns are of types %q, and by the reference %q", got.types, want.types)
	}
	if got.over || want.over {
		return ""
	}
	if len(got.rows) != len(want.rows) {
		return fmt.Sprintf("%d rows, and by the reference %d%s", len(got.rows), len(want.rows), extra(got.rows, want.rows))
	}
	a, b := sorted(got.rows), sorted(want.rows)
	for i := range a {
		if a[i].exact != b[i].exact && !sameRow(a[i].row, b[i].row) {
			return fmt.Sprintf("a row is other than the reference's%s", extra(got.rows, want.rows))
		}
	}
	return ""
}

type sortable struct {
	coarse, exact string
	row           []string
}

// sorted orders rows by what has no floating point in it first, so that those
// that are to be equal come to stand at the same place.
func sorted(rows [][]string) []sortable {
	out := make([]sortable, len(rows))
	for i, row := range rows {
		var coarse strings.Builder
		for _, c := range row {
			if !strings.ContainsRune(c, floatMark) {
				coarse.WriteString(c)
			}
			coarse.WriteByte(0)
		}
		out[i] = sortable{coarse.String(), strings.Join(row, "\x00"), row}
	}
	slices.SortFunc(out, func(a, b sortable) int {
		if c := strings.Compare(a.coarse, b.coarse); c != 0 {
			return c
		}
		for i := range a.row {
			x, y := a.row[i], b.row[i]
			fx, okx := floatOf(x)
			fy, oky := floatOf(y)
			switch {
			case okx && oky && fx != fy && !near(fx, fy):
				if fx < fy {
					return -1
				}
				return 1
			case okx && oky:
			case x != y:
				return strings.Compare(x, y)
			}
		}
		return 0
	})
	return out
}

func floatOf(s string) (float64, bool) {
	text, ok := strings.CutPrefix(s, string(floatMark))
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f)
}

func near(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-7*max(math.Abs(a), math.Abs(b), 1e-3)
}

func sameRow(a, b []string) bool {
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		x, y := strings.FieldsFunc(a[i], isBracket), strings.FieldsFunc(b[i], isBracket)
		if len(x) != len(y) {
			return false
		}
		for j := range x {
			if x[j] == y[j] {
				continue
			}
			fx, okx := floatOf(x[j])
			fy, oky := floatOf(y[j])
			if !okx || !oky || !near(fx, fy) {
				return false
			}
		}
	}
	return true
}

func isBracket(r rune) bool { return strings.ContainsRune("[](){},=", r) }

// extra shows some rows that one side has and the other has not.
func extra(got, want [][]string) string {
	count := map[string]int{}
	for _, r := range got {
		count[strings.Join(r, " | ")]++
	}
	for _, r := range want {
		count[strings.Join(r, " | ")]--
	}
	var ours, theirs []string
	for row, n := range count {
		if n > 0 {
			ours = append(ours, row)
		} else if n < 0 {
			theirs = append(theirs, row)
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	show := func(rows []string) string { return strings.Join(rows[:min(3, len(rows))], "\n      ") }
	return "\n    only Lakegate:\n      " + show(ours) + "\n    only the reference:\n      " + show(theirs)
}
