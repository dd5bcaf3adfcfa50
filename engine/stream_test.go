package engine

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// wide is 16 columns, about 150 bytes a row.
const wide = `SELECT i AS a, i*2 AS b, i%7 AS c, (i/3)::INTEGER AS d, i::DOUBLE AS e, (i%1000)::DECIMAL(15,2) AS f,
 (i%100)::DECIMAL(15,2) AS g, 'a' || (i%3) AS h, 'b' || (i%2) AS k, DATE '1992-01-01' + (i%2000)::INTEGER AS l, DATE '1993-01-01' + (i%200)::INTEGER AS m,
 DATE '1994-01-01' + (i%20)::INTEGER AS n, 'DELIVER IN PERSON' || (i%4) AS o, 'TRUCK' || (i%7) AS p, 'some comment of a line item ' || i AS q, (i%10)::DECIMAL(15,2) AS r`

func TestStreamGivesAllRowsInBatchesOfBoundedSize(t *testing.T) {
	b := start(t)
	reader, err := b.Query(t.Context(), Request{SQL: wide + " FROM range(5000000) t(i)"})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var rows, sum int64
	for n := 0; reader.Next(); n++ {
		batch := reader.RecordBatch()
		var size uint64
		for _, c := range batch.Columns() {
			size += c.Data().SizeInBytes()
		}
		if size > mostBytes+mostBytes/8 {
			t.Errorf("batch %d has %d bytes", n, size)
		}
		if batch.Schema() != reader.Schema() {
			t.Fatal("the batch's schema is another value")
		}
		for _, v := range batch.Column(0).(interface{ Int64Values() []int64 }).Int64Values() {
			sum += v
		}
		rows += batch.NumRows()
	}
	if peak := b.mem.peak.Load(); peak > 400 {
		t.Errorf("%d buffers at once", peak)
	}
	if reader.Err() != nil || rows != 5_000_000 || sum != 4_999_999*2_500_000 {
		t.Errorf("rows %d, sum %d, error %v", rows, sum, reader.Err())
	}
}

func TestErrorInMidStreamComesAfterTheRowsBeforeIt(t *testing.T) {
	b := start(t)
	b.update(t, 0, "CREATE TABLE lake.main.n AS SELECT i, CASE WHEN i = 2999999 THEN 'x' ELSE '1' END AS s FROM range(4000000) t(i)")
	reader, err := b.Query(t.Context(), Request{SQL: "SELECT i, s::INTEGER FROM lake.main.n"})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var rows int64
	for reader.Next() {
		rows += reader.RecordBatch().NumRows()
	}
	if !errors.Is(reader.Err(), ErrSQL) || rows < 1_000_000 || rows >= 3_000_000 {
		t.Errorf("after %d rows: %v; want ErrSQL", rows, reader.Err())
	}
	if got := b.query(t, "SELECT 42"); got != "42" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestCancelInMidStreamEndsDuckDBsWork(t *testing.T) {
	b := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	reader, err := b.Query(ctx, Request{SQL: wide + " FROM range(100000000) t(i)"})
	if err != nil {
		t.Fatal(err)
	}
	reader.Next()
	began := time.Now()
	cancel()
	for reader.Next() {
	}
	if !errors.Is(reader.Err(), context.Canceled) {
		t.Errorf("error: %v", reader.Err())
	}
	reader.Release()
	if took := time.Since(began); took > 2*time.Second || b.running.Load() != 0 {
		t.Errorf("took %s, %d still run", took, b.running.Load())
	}
}

func TestCancelEndsACrossJoinThatGivesNoRow(t *testing.T) {
	b := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := b.Query(ctx, Request{SQL: "SELECT count(*) FROM range(10000000) a(i), range(10000000) b(j) WHERE i + j = -1"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %s", took)
	}
	if b.pool.reaper.stuck() != 0 {
		t.Error("the connection went to the reaper")
	}
}

func TestCallThatCannotBeInterruptedIsLeftToTheReaper(t *testing.T) {
	b := start(t)
	b.pool.reaper.limit = 1
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := b.Query(ctx, Request{SQL: "SELECT length(repeat('a', 800000000 + i::INTEGER)) FROM range(1) t(i)"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error: %v", err)
	}
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
	if b.pool.reaper.stuck() != 1 {
		t.Fatal("the call ended too early to show anything; make it longer")
	}
	if _, err := b.Query(t.Context(), Request{SQL: "SELECT 1"}); !errors.Is(err, ErrResources) {
		t.Errorf("at the limit: %v", err)
	}
}

func TestAbortedStreamsLeaveNothingBehind(t *testing.T) {
	b := start(t)
	b.query(t, "SELECT 1")
	before := runtime.NumGoroutine()
	for i := range 1000 {
		ctx, cancel := context.WithCancel(t.Context())
		reader, err := b.Query(ctx, Request{SQL: "SELECT i, i::VARCHAR || 'long enough to be outside' FROM range(30000) t(i)"})
		if err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			reader.Next()
		case 1:
			cancel()
		}
		reader.Release()
		cancel()
	}
	if n := b.mem.open.Load(); n != 0 {
		t.Errorf("%d buffers left", n)
	}
	if n := b.running.Load(); n != 0 {
		t.Errorf("%d statements left", n)
	}
	if n := len(b.pool.idle); n > 2 {
		t.Errorf("%d connections idle", n)
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

func TestRowsLargerThanABatchGoOneByOne(t *testing.T) {
	b := start(t)
	reader, err := b.Query(t.Context(), Request{SQL: "SELECT repeat('x', 3000000) FROM range(5)"})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	n := 0
	for ; reader.Next(); n++ {
		if reader.RecordBatch().NumRows() != 1 {
			t.Errorf("%d rows in a batch", reader.RecordBatch().NumRows())
		}
	}
	if n != 5 {
		t.Errorf("%d batches", n)
	}
}

func TestEveryTypeArrivesAsDuckDBWouldConvertIt(t *testing.T) {
	b := start(t)
	values := []string{
		"true", "1::TINYINT", "-2::SMALLINT", "3::INTEGER", "-4::BIGINT", "5::UTINYINT", "6::USMALLINT", "7::UINTEGER", "8::UBIGINT",
		"-9::HUGEINT", "1.5::FLOAT", "-2.25::DOUBLE", "-1.23::DECIMAL(4,2)", "12345.67::DECIMAL(9,2)", "-123456789.01::DECIMAL(18,2)", "123456789012345678901.5::DECIMAL(38,3)",
		"'short'", "'longer than twelve bytes, ä'", "'\\x00\\xFF'::BLOB", "DATE '1969-12-31'", "TIME '12:34:56.789'", "TIMESTAMP '1969-01-02 03:04:05.678901'",
		"'2024-01-02 03:04:05'::TIMESTAMP_S", "'2024-01-02 03:04:05.678'::TIMESTAMP_MS", "'2024-01-02 03:04:05.678901234'::TIMESTAMP_NS", "'2024-01-02 03:04:05+01'::TIMESTAMPTZ",
		"INTERVAL '1 month 2 days 3 seconds'", "'0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6'::UUID", "'{\"a\": 1}'::JSON", "[1, NULL, 3]", "{'a': 1, 'b': 'x'}", "MAP {'k': 2}", "[{'a': [1,2]}]",
	}
	for _, v := range values {
		sql := "SELECT CASE WHEN i % 3 = 1 THEN NULL ELSE x END AS v FROM range(5000) t(i), (SELECT " + v + " AS x)"
		got := b.query(t, sql+" WHERE i % 7 <> 2")
		want := byDuckDB(t, b, sql+" WHERE i % 7 <> 2")
		if got != want {
			t.Errorf("%s: got %.200q, want %.200q", v, got, want)
		}
	}
}

func TestTypesThatClientsCannotReadGoAsText(t *testing.T) {
	b := start(t)
	for sql, want := range map[string]string{
		"SELECT 'b'::ENUM('a','b') AS x":                       "b",
		"SELECT ['b'::ENUM('a','b')] AS x":                     `["b"]`,
		"SELECT {'e': 'a'::ENUM('a','b'), 'n': 1} AS x":        `{"e":"a","n":1}`,
		"SELECT '0101'::BIT AS x":                              "0101",
		"SELECT '12:00:00+02'::TIMETZ AS x":                    "12:00:00+02",
		"SELECT 12345678901234567890123::BIGNUM AS x":          "12345678901234567890123",
		"SELECT {'a': 1}::VARIANT AS x":                        `{"a":1}`,
		"SELECT NULL AS x":                                     "(null)",
		"SELECT sum(i) AS x FROM range(10) t(i)":               "45",
		"SELECT 'b'::ENUM('a','b') AS x, 1 AS x, 2 AS \"A b\"": "b|1|2",
	} {
		d, err := b.Describe(t.Context(), Request{SQL: sql})
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if name := d.Schema.Field(0).Name; name != "x" || !d.Schema.Field(0).Nullable || strings.Contains(d.Schema.String(), "dictionary") {
			t.Errorf("%s: schema %s", sql, d.Schema)
		}
		if got := b.query(t, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	d, err := b.Describe(t.Context(), Request{SQL: "SELECT sum(i) AS x FROM range(10) t(i)"})
	if err != nil || !arrow.TypeEqual(d.Schema.Field(0).Type, &arrow.Decimal128Type{Precision: 38, Scale: 0}) {
		t.Errorf("sum: %v, %v", d.Schema, err)
	}
}
