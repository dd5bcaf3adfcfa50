package airport

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// Scan is what one DoGet gives of a table: plain data, kept in a ticket that the
// caller seals.
type Scan struct {
	Table   catalog.Name // in the lake's names
	Columns []string     // that the client asks for; the others are filled with NULL
	Where   string       // SQL condition over the columns; empty for all rows
	At      string       // VERSION => 3 or TIMESTAMP => ...; empty for now
	Version int64        // of the lake, that At pins; 0 for none
	Past    bool         // the client asked for At: the columns are those of then
}

// rowNumber is the column that holds a row's number, under the View as for the client.
const rowNumber = "rowid"

// TableAt names a table in SQL, as of at, which may be empty.
func TableAt(name catalog.Name, at string) string {
	sql := sqltext.Path(name.Catalog, name.Schema, name.Table)
	if at != "" {
		sql += " AT (" + at + ")"
	}
	return sql
}

// SQL is the query that gives the columns in their order; a constant where there are
// none.
func (s Scan) SQL() string {
	columns := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		columns[i] = sqltext.Identifier(c)
	}
	if len(columns) == 0 {
		columns = append(columns, `1 AS "1"`)
	}
	sql := "SELECT " + strings.Join(columns, ", ") + " FROM " + TableAt(s.Table, s.At)
	if s.Where != "" {
		sql += " WHERE " + s.Where
	}
	return sql
}

// scanForm is the number of the encoding: tickets of another one are not read.
const scanForm = 1

type scanWire struct {
	_msgpack struct{} `msgpack:",as_array"` //nolint:unused // the library reads the tag

	Form                   int
	Catalog, Schema, Table string
	Columns                []string
	Where, At              string
	Version                int64
	Past                   bool
}

// Encode and DecodeScan are each other's reverse.
func (s Scan) Encode() ([]byte, error) {
	b, err := msgpack.Marshal(scanWire{
		Form: scanForm, Catalog: s.Table.Catalog, Schema: s.Table.Schema, Table: s.Table.Table, Columns: s.Columns,
		Where: s.Where, At: s.At, Version: s.Version, Past: s.Past,
	})
	if err != nil {
		return nil, fmt.Errorf("encode a scan: %w", err)
	}
	return b, nil
}

// DecodeScan reads what Encode wrote; ErrMalformed for all else.
func DecodeScan(b []byte) (Scan, error) {
	var w scanWire
	if err := msgpack.Unmarshal(b, &w); err != nil {
		return Scan{}, fmt.Errorf("%w: scan: %w", ErrMalformed, err)
	}
	s := Scan{
		Table: catalog.Name{Catalog: w.Catalog, Schema: w.Schema, Table: w.Table}, Columns: w.Columns,
		Where: w.Where, At: w.At, Version: w.Version, Past: w.Past,
	}
	again, err := s.Encode()
	if err != nil {
		return Scan{}, err
	}
	if w.Form != scanForm || !bytes.Equal(again, b) {
		return Scan{}, fmt.Errorf("%w: scan", ErrMalformed)
	}
	return s, nil
}

// ScanOf is what p asks of t: its columns' names, and its conditions as far as they
// can be computed here with the client's meaning; the client applies all of them
// again. ErrMalformed: positions or conditions that cannot be read.
func ScanOf(t catalog.Table, p ScanParameters) (Scan, error) {
	s := Scan{Table: t.Name}
	wanted := make([]bool, len(t.Columns))
	for _, at := range p.Columns {
		switch {
		case at == RowIDColumn, at == NoColumn: // only how many rows there are
		case at < uint64(len(wanted)):
			wanted[at] = true
		default:
			return Scan{}, fmt.Errorf("%w: column %d of %d", ErrMalformed, at, len(wanted))
		}
	}
	for i, c := range t.Columns {
		if wanted[i] {
			s.Columns = append(s.Columns, c.Name)
		}
	}
	where, err := condition(t, p.Filters)
	if err != nil {
		return Scan{}, err
	}
	s.Where = where.sql
	s.At, s.Version, err = atSQL(p.At)
	s.Past = s.At != ""
	return s, err
}

// Forms of a timestamp's text: DATE, TIMESTAMP and TIMESTAMP WITH TIME ZONE as DuckDB
// prints them. One without a zone is UTC.
var momentForms = []string{
	"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07:00:00",
	"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00",
}

// atSQL is what stands in AT, with the version that it names.
func atSQL(a At) (sql string, version int64, err error) {
	switch {
	case a == At{}:
		return "", 0, nil
	case strings.EqualFold(a.Unit, "VERSION"):
		v, err := strconv.ParseInt(a.Value, 10, 64)
		if err != nil || v < 0 || strconv.FormatInt(v, 10) != a.Value {
			break
		}
		return "VERSION => " + a.Value, v, nil
	case strings.EqualFold(a.Unit, "TIMESTAMP"):
		at := slices.IndexFunc(momentForms, func(form string) bool { _, err := time.Parse(form, a.Value); return err == nil })
		if at < 0 {
			break
		}
		when, err := time.Parse(momentForms[at], a.Value)
		if when = when.UTC(); err != nil || !readable(when) {
			break
		}
		return "TIMESTAMP => TIMESTAMPTZ " + sqltext.Literal(when.Format("2006-01-02 15:04:05.999999")+"+00"), 0, nil
	}
	return "", 0, fmt.Errorf("%w: AT takes a VERSION or a TIMESTAMP", ErrMalformed)
}
