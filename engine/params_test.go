package engine

import (
	"errors"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestParametersOfManyRowsGiveOneStream(t *testing.T) {
	b := start(t)
	p := params(t, []arrow.Field{field("0", arrow.PrimitiveTypes.Int64), field("1", arrow.BinaryTypes.String)}, `[1, null, 3]`, `["a", "b", null]`)
	r := Request{SQL: "SELECT ?, ?", Params: p}
	d, err := b.Describe(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !arrow.TypeEqual(d.Schema.Field(0).Type, arrow.PrimitiveTypes.Int64) || !arrow.TypeEqual(d.Schema.Field(1).Type, arrow.BinaryTypes.String) {
		t.Errorf("schema after the bind: %s", d.Schema)
	}
	if got := b.text(t, r); got != "1|a\n(null)|b\n3|(null)" {
		t.Errorf("rows: %q", got)
	}
	unbound, err := b.Describe(t.Context(), Request{SQL: "SELECT ?, ?"})
	if err != nil || unbound.Schema.NumFields() != 2 || unbound.Parameters.NumFields() != 2 || unbound.Parameters.Field(0).Type.ID() != arrow.NULL {
		t.Errorf("before the bind: %+v, %v", unbound, err)
	}
}

func TestWrongNumberOfParametersIsAnError(t *testing.T) {
	b := start(t)
	p := params(t, []arrow.Field{field("0", arrow.PrimitiveTypes.Int64)}, `[1]`)
	for _, r := range []Request{{SQL: "SELECT ?, ?", Params: p}, {SQL: "SELECT ?"}, {SQL: "SELECT 1", Params: p}} {
		if _, err := b.Query(t.Context(), r); !errors.Is(err, ErrSQL) {
			t.Errorf("%s: %v", r.SQL, err)
		}
	}
}

func TestNamedParametersAreFoundByName(t *testing.T) {
	b := start(t)
	p := params(t, []arrow.Field{field("y", arrow.PrimitiveTypes.Int32), field("x", arrow.BinaryTypes.String)}, `[7]`, `["seven"]`)
	if got := b.text(t, Request{SQL: "SELECT $x || '!', $y + 1", Params: p}); got != "seven!|8" {
		t.Errorf("got %q", got)
	}
}

func TestParameterTypesAreDescribed(t *testing.T) {
	b := start(t)
	d, err := b.Describe(t.Context(), Request{SQL: "SELECT i FROM range(10) t(i) WHERE i = $k AND i::VARCHAR <> $s"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Parameters.Fields() {
		want := arrow.PrimitiveTypes.Int64
		if f.Name == "s" {
			want = arrow.BinaryTypes.String
		}
		if !arrow.TypeEqual(f.Type, want) {
			t.Errorf("parameter %s has type %s", f.Name, f.Type)
		}
	}
}

func TestParametersOfEveryTypeArrive(t *testing.T) {
	b := start(t)
	list := arrow.ListOf(arrow.PrimitiveTypes.Int32)
	record := arrow.StructOf(field("a", arrow.PrimitiveTypes.Int32), field("b", arrow.BinaryTypes.String))
	for _, c := range []struct {
		t    arrow.DataType
		json string
		want string // DuckDB's text of it
	}{
		{arrow.FixedWidthTypes.Boolean, `[true]`, "true"},
		{arrow.PrimitiveTypes.Int8, `[-1]`, "-1"},
		{arrow.PrimitiveTypes.Uint64, `[18446744073709551615]`, "18446744073709551615"},
		{arrow.PrimitiveTypes.Float64, `[2.5]`, "2.5"},
		{arrow.BinaryTypes.String, `["ä"]`, "ä"},
		{arrow.BinaryTypes.LargeString, `["l"]`, "l"},
		{arrow.BinaryTypes.StringView, `["v"]`, "v"},
		{arrow.BinaryTypes.Binary, `["AP8="]`, `\x00\xFF`},
		{arrow.FixedWidthTypes.Date32, `["2024-02-29"]`, "2024-02-29"},
		{arrow.FixedWidthTypes.Time64us, `["12:34:56.789"]`, "12:34:56.789"},
		{arrow.FixedWidthTypes.Time32s, `["12:34:56"]`, "12:34:56"},
		{&arrow.TimestampType{Unit: arrow.Microsecond}, `["2024-02-29 01:02:03.5"]`, "2024-02-29 01:02:03.5"},
		{&arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, `["2024-02-29T01:02:03Z"]`, "2024-02-29 01:02:03+00"},
		{&arrow.Decimal128Type{Precision: 10, Scale: 2}, `["-12345.67"]`, "-12345.67"},
		{&arrow.Decimal256Type{Precision: 40, Scale: 3}, `["7.125"]`, "7.125"},
		{list, `[[1, null, 3]]`, "[1, NULL, 3]"},
		{record, `[{"a": 1, "b": "x"}]`, "{'a': 1, 'b': x}"},
		{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32), `[[{"key": "k", "value": 5}]]`, "{k=5}"},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["d"]`, "d"},
		{arrow.Null, `[null]`, "(null)"},
		{arrow.FixedWidthTypes.MonthDayNanoInterval, `[{"months": 1, "days": 2, "nanoseconds": 3000000}]`, "1 month 2 days 00:00:00.003"},
	} {
		p := params(t, []arrow.Field{field("p", c.t)}, c.json)
		if got := b.text(t, Request{SQL: "SELECT ($1)::VARCHAR", Params: p}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.t, got, c.want)
		}
		p.Release()
	}
}

func TestRepeatedLookupSeesWhatOthersWroteAndDefined(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t AS SELECT 1 AS k, 'one' AS v")
	r := Request{View: b.view(t, policyRead), SQL: "SELECT v FROM lake.main.t WHERE k = $1", Params: params(t, []arrow.Field{field("1", arrow.PrimitiveTypes.Int32)}, `[1]`)}
	for range 3 {
		if got := b.text(t, r); got != "one" {
			t.Fatalf("got %q", got)
		}
	}
	b.update(t, 0, "UPDATE lake.main.t SET v = 'uno'")
	if got := b.text(t, r); got != "uno" {
		t.Errorf("after an update: %q", got)
	}
	b.update(t, 0, "DROP TABLE lake.main.t")
	b.update(t, 0, "CREATE TABLE lake.main.t AS SELECT 1 AS k, 'new' AS v, 5 AS w")
	if got := b.text(t, r); got != "new" {
		t.Errorf("after a new table of that name: %q", got)
	}
	b.update(t, 0, "DROP TABLE lake.main.t")
	b.update(t, 0, "CREATE TABLE lake.main.t AS SELECT 1 AS k, 99 AS v")
	reader, err := b.Query(t.Context(), r)
	if err == nil {
		reader.Release()
		if got := reader.Schema().Field(0).Type; got.ID() != arrow.STRING {
			t.Errorf("schema changed under the plan: %s", got)
		}
	}
	first := b.query(t, "SELECT now()::VARCHAR")
	if second := b.query(t, "SELECT now()::VARCHAR"); first == second {
		t.Errorf("now() stands still at %s", first)
	}
}

func TestTextOfTwoStatementsIsNotRun(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.t(i INTEGER)")
	if _, err := b.Update(t.Context(), Request{SQL: "INSERT INTO lake.main.t VALUES (1); INSERT INTO lake.main.t VALUES (2)"}); !errors.Is(err, ErrSQL) {
		t.Errorf("error: %v", err)
	}
	if got := b.query(t, "SELECT count(*) FROM lake.main.t"); got != "0" {
		t.Errorf("%s rows", got)
	}
}

func TestMalformedParametersAreRefused(t *testing.T) {
	b := start(t)
	offsets := memory.NewBufferBytes(arrow.Int32Traits.CastToBytes([]int32{0, 5, 2}))
	bad := array.NewStringData(array.NewData(arrow.BinaryTypes.String, 2, []*memory.Buffer{nil, offsets, memory.NewBufferBytes([]byte("hello"))}, nil, 0, 0))
	p := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{field("1", arrow.BinaryTypes.String)}, nil), []arrow.Array{bad}, 2)
	if _, err := b.Query(t.Context(), Request{SQL: "SELECT ?", Params: p}); !errors.Is(err, ErrSQL) {
		t.Errorf("error: %v", err)
	}
}

func TestPanicInACallIsAnErrorOfThatCall(t *testing.T) {
	b := start(t)
	l, err := b.lease(t.Context(), 0, false)
	if err != nil {
		t.Fatal(err)
	}
	err = l.conn.do(t.Context(), func() error {
		var none []int
		_ = none[len(b.pool.idle)]
		return nil
	})
	l.release()
	if !errors.Is(err, errInternal) {
		t.Errorf("error: %v", err)
	}
	if n := len(b.pool.idle); n != 0 {
		t.Errorf("the connection went back to the pool")
	}
}
