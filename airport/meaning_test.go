package airport

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the engine on both ends

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

var update = flag.Bool("update", false, "rewrite testdata/pushed.txt")

// meaningClient is the table of testdata/here.sql as the client sees it.
const meaningClient = `CREATE TABLE client AS SELECT * REPLACE (CAST(e AS VARCHAR) AS e, CAST(bt AS VARCHAR) AS bt, CAST(bn AS VARCHAR) AS bn,
		CAST(tt AS VARCHAR) AS tt, decode(encode(c)) AS c) FROM here`

// meaningRows are values of edges, by column; missing ones repeat.
var meaningRows = map[string][]string{
	"i1":  {"0", "1", "-1", "127", "-128", "7"},
	"i2":  {"0", "1", "-1", "32767", "-32768", "7"},
	"i4":  {"0", "1", "-1", "2147483647", "-2147483648", "7"},
	"i8":  {"0", "1", "-1", "9223372036854775807", "-9223372036854775808", "7"},
	"i16": {"0", "1", "-1", "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728", "18446744073709551616"},
	"u1":  {"0", "1", "255", "7"}, "u2": {"0", "1", "65535", "7"}, "u4": {"0", "1", "4294967295", "7"},
	"u8": {"0", "1", "18446744073709551615", "7"}, "u16": {"0", "1", "340282366920938463463374607431768211455", "7"},
	"b":   {"true", "false"},
	"f":   {"0", "'-0'", "'nan'", "'inf'", "'-inf'", "0.1", "1e-45", "3.4028235e38", "1.5"},
	"d":   {"0", "'-0'", "'nan'", "'inf'", "'-inf'", "0.1", "5e-324", "1.7976931348623157e308", "1.5"},
	"n1":  {"0", "999.9", "-999.9", "0.1", "1.5"},
	"n":   {"0", "999999999999999.999", "-999999999999999.999", "0.001", "1.5"},
	"nn":  {"0", "9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999", "0.0000000001", "1.5"},
	"s":   {"''", "'abc'", "'ABC'", "'a%b_c'", "'it''s \"q\"'", "'ü€😀'", "'Straße'", "'a' || chr(0) || 'b'", "'abcd'", "' x '", "'42'", "'{}'", "chr(10) || '\\'"},
	"c":   {"'abc'", "'ABC'", "''", "'Abd'", "'zz'"},
	"q":   {"'x'", "'y'"},
	"bl":  {"''", "'\\x00'", "'\\xFF\\xFE'", "'abc'", "'a''\"\\x5C'"},
	"id":  {"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'550e8400-e29b-41d4-a716-446655440000'", "'80000000-0000-0000-0000-000000000000'"},
	"da":  {"'2024-01-01'", "'1970-01-01'", "'infinity'", "'-infinity'", "'5877642-06-25 (BC)'", "'5881580-07-10'", "'0001-01-01'", "'2024-02-29'"},
	"ti":  {"'00:00:00'", "'23:59:59.999999'", "'24:00:00'", "'10:00:00'"},
	"tn":  {"'00:00:00'", "'23:59:59.999999999'", "'10:00:00.123456789'"},
	"ts":  {"'2024-01-01'", "'infinity'", "'-infinity'", "'290309-12-22 (BC)'", "'294247-01-10 04:00:54.775806'", "'1969-12-31 23:59:59.999999'", "'2024-06-15 13:14:15.123456'"},
	"tss": {"'2024-01-01'", "'infinity'", "'1969-12-31 23:59:59'"},
	"tsm": {"'2024-01-01'", "'infinity'", "'1969-12-31 23:59:59.999'"},
	"tsn": {"'2024-01-01'", "'infinity'", "'1969-12-31 23:59:59.999999999'", "'2262-04-11 23:47:16.854775806'"},
	"tz":  {"'2024-01-01 00:00:00+00'", "'infinity'", "'-infinity'", "'1969-12-31 23:59:59.999999+00'", "'2024-06-15 13:14:15+02'"},
	"iv":  {"'0 days'", "'1 month'", "'30 days'", "'-1 day'", "'2147483647 months 2147483647 days'", "'720 hours'"},
	"e":   {"'low'", "'High'", "'mid'"}, "bt": {"'101'", "'0'", "'0101'"}, "bn": {"'0'", "'-1'", "'123456789012345678901234567890'"},
	"tt": {"'10:00:00+00'", "'10:00:00+02'", "'23:59:59.999999-15:59'"}, "j": {"'{}'", "'[1, 2]'", "'null'", "'\"x\"'"},
	"l": {"[]", "[1]", "[NULL, 2]"}, "st": {"{'a': 1, 'b': 'x'}", "{'a': NULL, 'b': NULL}"}, "ar": {"[1, 2]", "[NULL, 0]"}, "m": {"MAP {'a': 1}", "MAP {}"},
}

// meaningClauses are the conditions of clients. comparisons of each column with each
// of its values come on top.
var meaningClauses = []string{
	"s LIKE 'a%'", "s LIKE '%c'", "s LIKE '%b%'", "s LIKE 'a%c'", "s LIKE 'a!%%' ESCAPE '!'", "s NOT LIKE 'a%'", "s ILIKE 'AB%'", "s NOT ILIKE '%B_'", "s NOT LIKE '%a_'",
	"s LIKE 'ü%'", "s LIKE '%😀'", "s LIKE s", "prefix(s, 'ab')", "suffix(s, 'bc')", "contains(s, '''')", "starts_with(s, 'a')", "ends_with(s, 'c')", "s ^@ 'ab'",
	"lower(s) = 'abc'", "upper(s) = 'ABC'", "lower(s) = lower(c)", "upper(s) LIKE 'STRA%'", "length(s) = 3", "length(s) > i4", "strlen(s) = 7", "trim(s) = 'x'", "s || 'd' = 'abcd'", "s || c = 'abcabc'",
	"substr(s, 2, 2) = 'bc'", "substring(s, -2) = 'bc'", "substr(s, i8, 1) = 'a'", "c = 'abc'", "c <> 'abc'", "c < 'b'", "c > 'B'", "c IN ('ABC', 'zz')", "c LIKE 'A%'", "prefix(c, 'a')", "c = s", "lower(c) = 'abc'", "c BETWEEN 'A' AND 'B'",
	"e > 'a'", "e = 'HIGH'", "e IN ('low', 'nope')", "e LIKE 'h%'", "e = s", "e < c", "upper(e) = 'HIGH'", "bt = '101'", "bt LIKE '01%'", "bn = '-1'", "bn > '0'", "tt = '10:00:00+00'", "tt LIKE '%+02'", "length(bt) = 4",
	"j = '{}'", "CAST(j AS VARCHAR) LIKE '[%'", "j IS NULL",
	"s = 'ü€😀'", "s = 'it''s \"q\"'", "s = chr(10) || '\\'", "s > ''", "s = ''", `"q ""'x" = 'x'`, `"q ""'x" IS NOT NULL`, "s = 'a' || chr(0) || 'b'",
	"b", "NOT b", "b IS NULL", "b = false", "b AND i4 > 0", "b OR i4 > 0", "NOT (b AND i4 > 0)", "b IS DISTINCT FROM true", "b IS NOT DISTINCT FROM NULL", "b IS TRUE", "b IS NOT TRUE",
	"i4 = 1 OR i4 = 7 OR i4 IS NULL", "i4 IN (1, 7)", "i4 IN (1, 7, NULL)", "i4 NOT IN (1, 7)", "i4 NOT IN (1, NULL)", "s IN ('abc', '', 'it''s \"q\"')", "s NOT IN ('abc', 'x')", "id IN ('00000000-0000-0000-0000-000000000000', '550e8400-e29b-41d4-a716-446655440000')",
	"i4 BETWEEN 0 AND 7", "i4 NOT BETWEEN 0 AND 7", "d BETWEEN 0 AND 1.5", "n BETWEEN 0 AND 1.5", "da BETWEEN '2000-01-01' AND '2024-12-31'", "i4 BETWEEN i2 AND i8", "s BETWEEN 'a' AND 'b'", "i4 BETWEEN NULL AND 7",
	"i1 = i2", "i2 < i4", "i4 = i8", "i8 <= i16", "u1 = u2", "u4 < u8", "u8 = u16", "u1 = i2", "u4 = i8", "u8 > i16", "i4 = n", "i4 < nn", "n1 = n", "n < nn", "f = d", "i4 = d", "i8 = d", "n = d", "i4 = f", "u8 < d", "i4 > 1.5", "i4 = 1.0", "i8 > 1e3", "n > 0.0005",
	"coalesce(i4, 0) = 0", "coalesce(s, c, '') = 'abc'", "coalesce(b, true)", "ifnull(i8, 5) = 5", "nullif(i4, 1) IS NULL", "nullif(s, 'abc') = 'ABC'",
	"CASE WHEN i4 = 1 THEN b ELSE false END", "CASE WHEN i4 > 0 THEN 'p' WHEN i4 < 0 THEN 'n' ELSE 'z' END = 'p'", "CASE i4 WHEN 1 THEN s ELSE c END = 'abc'", "CASE WHEN s = '' THEN 1 ELSE i4 END > 0", "if(b, i4, 0) = 0",
	"i4 % 10 = 7", "i8 % 2 = 1", "u8 % 3 = 0", "i4 % 0 = 1", "i4 % i4 = 0", "i8 % -1 = 0", "d + 1 = 2.5", "d * 2 > 1", "d - d = 0", "f + f > 1", "f * d > 1", "abs(d) = 1.5", "abs(i4) = 1", "-d > 0", "floor(d) = 1", "ceil(f) = 2", "i4 + i8 > 0", "isnan(d)", "NOT isnan(f)", "isinf(d)", "isfinite(f)", "d = 'nan'::DOUBLE", "f > 'inf'::FLOAT", "d < 'nan'::DOUBLE",
	"year(da) = 2024", "month(da) = 2", "day(da) = 29", "quarter(da) = 1", "dayofweek(da) = 1", "isodow(da) = 1", "year(ts) = 2024", "month(ts) >= 6", "hour(ts) = 13", "minute(ts) = 14", "second(ts) = 15", "dayofyear(da) = 60", "week(ts) = 1", "date_trunc('month', ts) = TIMESTAMP '2024-06-01'", "date_part('year', ts) = 2024", "extract(month FROM da) = 1", "epoch(ts) > 0",
	"CAST(ts AS DATE) = DATE '2024-06-15'", "ts::DATE > da", "da >= TIMESTAMP '2024-01-01 10:00:00'", "da = ts", "da <= TIMESTAMP '2024-01-01 10:00:00'", "da < TIMESTAMP '2024-01-01'", "da < TIMESTAMP '2024-01-01 10:00:00'", "da > TIMESTAMP '2024-01-01'", "da > TIMESTAMP '1969-12-31 23:59:59'", "da = TIMESTAMP '2024-01-01'", "da = TIMESTAMP '2024-01-01 10:00:00'", "da <> TIMESTAMP '1970-01-01'", "da >= TIMESTAMP '1970-01-01'", "da BETWEEN TIMESTAMP '1970-01-01' AND TIMESTAMP '2024-01-01 23:59:59'", "da < TIMESTAMP 'infinity'", "ts > DATE '2024-01-01'", "ts = tss", "tss < tsn", "ts BETWEEN '2024-01-01' AND '2024-12-31'", "tz > TIMESTAMPTZ '2024-01-01 00:00:00+00'", "tz = ts", "tz::DATE = DATE '2024-01-01'", "year(tz) = 2024", "da + 1 = DATE '2024-01-02'", "ts + INTERVAL 1 DAY > TIMESTAMP '2024-01-01'", "da > now()::DATE", "ti < '12:00'", "tn = '10:00:00.123456789'",
	"iv = INTERVAL 30 DAY", "iv > INTERVAL 1 DAY", "iv IS NULL", "iv = INTERVAL '-1 day'",
	"CAST(i4 AS VARCHAR) = '7'", "CAST(i4 AS VARCHAR) LIKE '-%'", "CAST(d AS VARCHAR) = '1.5'", "CAST(b AS VARCHAR) = 'true'", "CAST(id AS VARCHAR) LIKE '%0000'", "CAST(da AS VARCHAR) LIKE '2024-%'", "CAST(n AS VARCHAR) = '1.500'", "TRY_CAST(s AS INTEGER) = 42", "TRY_CAST(s AS DOUBLE) > 1", "TRY_CAST(s AS DATE) IS NULL", "TRY_CAST(i8 AS INTEGER) = 7", "TRY_CAST(s AS JSON) IS NOT NULL", "CAST(i8 AS DOUBLE) = 7", "CAST(i4 AS HUGEINT) = 7", "CAST(s AS VARCHAR) = 'abc'", "CAST(k AS SMALLINT) = 3",
	"l IS NULL", "l IS NOT NULL", "st IS NULL", "ar IS NULL", "m IS NOT NULL", "e IS NULL", "bt IS NOT NULL", "l = [1]", "l[1] = 1", "st.a = 1", "st = {'a': 1, 'b': 'x'}", "len(l) = 2", "list_contains(l, 2)", "ar = [1, 2]::INTEGER[2]",
	"i4 IS DISTINCT FROM 7", "i4 IS NOT DISTINCT FROM NULL", "s IS DISTINCT FROM c", "d IS NOT DISTINCT FROM 'nan'::DOUBLE", "(i4 IS NULL) = b", "(i4 > 0) = (i8 > 0)", "(i4 > 0) IS DISTINCT FROM b",
	"i4 > 0 AND s LIKE 'a%' AND regexp_matches(s, 'b+')", "regexp_matches(s, '^a.c$')", "regexp_matches(s, 'bc')", "s SIMILAR TO 'a.*'", "hash(i4) = 1", "md5(s) = 'x'", "i4 = 1 OR hash(i4) = 5", "NOT (i4 = 1 AND hash(i4) = 5)", "rowid = 3", "rowid = 3 AND i4 = 1", "s = current_setting('TimeZone')", "random() >= 0", "s = printf('%s', s)",
	"(i4 = 1 AND s = 'abc') OR (i8 = 7 AND d > 1) OR (n = 1.5 AND da IS NULL)", "NOT (i4 = 1 OR NOT (s = 'abc' OR b))", "i4 = 1 AND (s = 'abc' OR (c = 'x' AND (d > 1 OR f < 2)))",
}

func meaningColumns(t *testing.T, db *sql.DB) catalog.Table {
	t.Helper()
	table := catalog.Table{Name: catalog.Name{Catalog: "memory", Schema: "main", Table: "here"}}
	rows, err := db.QueryContext(t.Context(), "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'here' ORDER BY column_index")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c catalog.Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			t.Fatal(err)
		}
		table.Columns = append(table.Columns, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return table
}

func execAll(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// meaningful makes both tables, in one database.
func meaningful(t *testing.T) (*sql.DB, catalog.Table) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	create, err := os.ReadFile("testdata/here.sql")
	if err != nil {
		t.Fatal(err)
	}
	execAll(t, db, string(create))
	table := meaningColumns(t, db)
	for k := range 40 {
		cells := []string{fmt.Sprint(k)}
		for i, c := range table.Columns[1:] {
			values := meaningRows[strings.Split(c.Name, " ")[0]]
			switch at := (k + i*(k/13)) % (len(values) + 1); {
			case at == len(values):
				cells = append(cells, "NULL")
			default:
				cells = append(cells, "CAST("+values[at]+" AS "+c.Type+")")
			}
		}
		execAll(t, db, "INSERT INTO here VALUES ("+strings.Join(cells, ", ")+")")
	}
	execAll(t, db, meaningClient, "CREATE TABLE calm AS SELECT * FROM client WHERE da IS NULL OR da BETWEEN '0001-01-01' AND '9999-12-31'")
	return db, table
}

// envelope is what the client sends for a condition, made of DuckDB's own plan for it.
func envelope(ctx context.Context, db *sql.DB, clause string, optimize bool) (string, error) {
	var text string
	q := fmt.Sprintf("SELECT CAST(json_serialize_plan(%s, optimize := %t) AS VARCHAR)", sqltext.Literal("SELECT * FROM client WHERE "+clause), optimize)
	if err := db.QueryRowContext(ctx, q).Scan(&text); err != nil {
		return "", err
	}
	plain, _ := plainJSON(text) // JSON has no NaN
	if plain == nil {
		return "", fmt.Errorf("%s: a plan too deep", clause)
	}
	var answer struct {
		Error   bool   `json:"error"`
		Message string `json:"error_message"`
		Plans   []any  `json:"plans"`
	}
	d := json.NewDecoder(strings.NewReader(string(plain)))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil || answer.Error || len(answer.Plans) != 1 {
		return "", fmt.Errorf("%s: %w %s", clause, err, answer.Message)
	}
	filter := findOperator(answer.Plans[0], "LOGICAL_FILTER")
	if filter == nil {
		return "", fmt.Errorf("%s: no filter in %s", clause, text)
	}
	get := findOperator(filter, "LOGICAL_GET")
	names := []string{}
	for _, c := range get["column_indexes"].([]any) {
		at, err := c.(map[string]any)["index"].(json.Number).Int64()
		all := get["names"].([]any)
		if err != nil || at >= int64(len(all)) {
			names = append(names, rowNumber)
			continue
		}
		names = append(names, all[at].(string))
	}
	filters := []any{}
	for _, e := range filter["expressions"].([]any) {
		filters = append(filters, splitAnds(columnRefs(e))...)
	}
	b, err := json.Marshal(map[string]any{"filters": filters, "column_binding_names_by_index": names})
	bare := strings.NewReplacer(`"value":"NaN"`, `"value":NaN`, `"value":"Infinity"`, `"value":Infinity`, `"value":"-Infinity"`, `"value":-Infinity`)
	return bare.Replace(string(b)), err
}

func findOperator(v any, kind string) map[string]any {
	op := v.(map[string]any)
	if op["type"] == kind {
		return op
	}
	for _, c := range op["children"].([]any) {
		if found := findOperator(c, kind); found != nil {
			return found
		}
	}
	return nil
}

// columnRefs puts the references of a client's filters in the place of those of a
// finished plan.
func columnRefs(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = columnRefs(v[i])
		}
	case map[string]any:
		if v["expression_class"] == "BOUND_REF" {
			v["expression_class"], v["type"] = "BOUND_COLUMN_REF", "BOUND_COLUMN_REF"
			v["binding"], v["depth"] = map[string]any{"table_index": 0, "column_index": v["index"]}, 0
			delete(v, "index")
		}
		for k := range v {
			v[k] = columnRefs(v[k])
		}
	}
	return v
}

func splitAnds(v any) []any {
	if e := v.(map[string]any); e["type"] == "CONJUNCTION_AND" {
		var out []any
		for _, c := range e["children"].([]any) {
			out = append(out, splitAnds(c)...)
		}
		return out
	}
	return []any{v}
}

func keys(ctx context.Context, db *sql.DB, query string) (map[int]bool, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int]bool{}
	for rows.Next() {
		var k int
		if err := rows.Scan(&k); err != nil {
			return nil, err
		}
		out[k] = true
	}
	return out, rows.Err()
}

// clientRows are the rows that the client keeps, among all; or among the calm ones,
// where it fails for one of the others; or among none.
func clientRows(ctx context.Context, db *sql.DB, clause string) (among, kept map[int]bool, err error) {
	for _, table := range []string{"client", "calm"} {
		if kept, err = keys(ctx, db, "SELECT k FROM "+table+" WHERE "+clause); err == nil {
			among, err = keys(ctx, db, "SELECT k FROM "+table)
			return among, kept, err
		}
	}
	return nil, nil, ctx.Err()
}

// allClauses are meaningClauses and each column beside each of its values.
func allClauses(table catalog.Table) []string {
	out := append([]string{}, meaningClauses...)
	for _, c := range table.Columns[1:] {
		name, typ := sqltext.Identifier(c.Name), c.Type
		if strings.ContainsAny(typ, "[") || strings.HasPrefix(typ, "STRUCT") || strings.HasPrefix(typ, "MAP") {
			continue
		}
		switch name { // what the client sees as text, it compares as text
		case `"e"`, `"bt"`, `"bn"`, `"tt"`:
			typ = "VARCHAR"
		}
		for i, v := range meaningRows[strings.Split(c.Name, " ")[0]] {
			sign := []string{"=", "<>", "<", ">=", ">", "<="}[i%6]
			out = append(out, name+" = CAST("+v+" AS "+typ+")")
			if i%6 > 0 {
				out = append(out, name+" "+sign+" CAST("+v+" AS "+typ+")")
			}
		}
	}
	return out
}

// pushedWhole is how many of the clauses, each as it is and optimised, leave nothing
// to the client.
const pushedWhole = 786

func TestPushedConditionsMeanWhatTheClientMeans(t *testing.T) {
	t.Parallel()
	db, table := meaningful(t)
	clauses := allClauses(table)
	type pushedClause struct {
		clause string
		scan   Scan
		left   int
	}
	var all []pushedClause
	// As the client's optimiser is when it pushes filters down.
	execAll(t, db, "SET disabled_optimizers = 'filter_pushdown,statistics_propagation'")
	for _, optimize := range []bool{true, false} {
		for _, clause := range clauses {
			text, err := envelope(t.Context(), db, clause, optimize)
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			scan, err := ScanOf(table, ScanParameters{Filters: text, Columns: []uint64{0}})
			if err != nil {
				t.Errorf("%s: %v", clause, err)
				continue
			}
			p, err := condition(table, text)
			if err != nil || p.sql != scan.Where {
				t.Errorf("%s: %v, and another condition", clause, err)
			}
			all = append(all, pushedClause{clause, scan, p.left})
		}
	}
	execAll(t, db, "RESET disabled_optimizers")
	var listing strings.Builder
	whole := 0
	for i, p := range all {
		among, want, err := clientRows(t.Context(), db, p.clause)
		if err != nil {
			t.Fatal(err)
		}
		got, err := keys(t.Context(), db, p.scan.SQL())
		if err != nil {
			t.Errorf("%s\n\t%s: %v", p.clause, p.scan.SQL(), err)
			continue
		}
		for k := range among {
			switch {
			case want[k] && !got[k]:
				t.Errorf("%s\n\t%s: row %d is lost", p.clause, p.scan.Where, k)
			case !want[k] && got[k] && p.left == 0:
				t.Errorf("%s\n\t%s: row %d, which the client does not keep", p.clause, p.scan.Where, k)
			}
		}
		mark := "whole"
		if p.left > 0 {
			mark = "part"
		} else {
			whole++
		}
		if i < len(clauses) {
			fmt.Fprintf(&listing, "%s\t%q\t%q\n", mark, p.clause, p.scan.Where)
		}
	}
	// Those that the client's optimiser has worked on are listed; this is with the others.
	if whole != pushedWhole {
		t.Errorf("%d of %d clauses are pushed whole, not %d", whole, len(all), pushedWhole)
	}
	const file = "testdata/pushed.txt"
	if *update {
		if err := os.WriteFile(file, []byte(listing.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(golden) != listing.String() {
		t.Errorf("what is pushed is not what %s says; -update rewrites it", file)
	}
}

func TestPushedComparisonsReachTheScan(t *testing.T) {
	t.Parallel()
	db, table := meaningful(t)
	for _, filter := range []string{
		compareOf("COMPARE_EQUAL", refOf(0, "INTEGER"), constOf("INTEGER", "7")),
		compareOf("COMPARE_GREATERTHAN", refOf(1, "VARCHAR"), constOf("VARCHAR", `"abc"`)),
		compareOf("COMPARE_LESSTHAN", refOf(2, "DECIMAL"), constOf("DECIMAL", "7")),
		compareOf("COMPARE_EQUAL", refOf(3, "UUID"), constOf("UUID", `{"upper":1,"lower":2}`)),
		compareOf("COMPARE_EQUAL", castOf(refOf(4, "DATE"), "TIMESTAMP", false), constOf("TIMESTAMP", "86400000000")),
		callOf("prefix", "main", "BOOLEAN", refOf(1, "VARCHAR"), constOf("VARCHAR", `"abc"`)),
	} {
		filter = strings.ReplaceAll(filter, typeOf("DECIMAL"), decimalType(18, 3))
		s, err := ScanOf(table, ScanParameters{Columns: []uint64{0}, Filters: `{"filters":[` + filter + `],"column_binding_names_by_index":["i4","s","n","id","da"]}`})
		if err != nil || s.Where == "" {
			t.Errorf("%s: %+v, %v", filter, s, err)
			continue
		}
		var kind, plan string
		if err := db.QueryRowContext(t.Context(), "EXPLAIN "+s.SQL()).Scan(&kind, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, "Filters:") || strings.Contains(plan, " FILTER ") {
			t.Errorf("%s is not part of the scan:\n%s", s.Where, plan)
		}
	}
}
