package policy

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the engine that masks are written for
)

func memory(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// masked is the mask of a value of that type, and the mask's type.
func masked(t *testing.T, db *sql.DB, m readyMask, value, kind string) (text sql.NullString, typ string) {
	t.Helper()
	const column = `a "b`
	expr := m.sql(column, kind)
	q := fmt.Sprintf(`SELECT CAST(m AS VARCHAR), typeof(m) FROM (SELECT (%s) AS m FROM (SELECT CAST(%s AS %s) AS "a ""b"))`, expr, value, kind)
	if err := db.QueryRowContext(t.Context(), q).Scan(&text, &typ); err != nil {
		t.Fatalf("%s of %s: %v\n%s", m, kind, err, q)
	}
	return text, typ
}

func TestReadyMasksGiveWhatTheyAreNamedFor(t *testing.T) {
	t.Parallel()
	db := memory(t)
	for _, tt := range []struct {
		mask              readyMask
		value, kind, want string // NULL for that
	}{
		{maskNull, "'x'", "VARCHAR", "NULL"},
		{maskHash, "'x'", "VARCHAR", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
		{maskHash, "''", "VARCHAR", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{maskHash, "'00000000-0000-0000-0000-000000000001'", "UUID", "7ac1b8d7-010b-b6cd-3a3e-84e7f90136b8"},
		{maskHash, "1.5", "DOUBLE", "NULL"},
		{maskHash, "1.5", "DECIMAL(18,3)", "NULL"},
		{maskLastFour, "'4111111111111111'", "VARCHAR", "************1111"},
		{maskLastFour, "'12345'", "VARCHAR", "*2345"},
		{maskLastFour, "'1234'", "VARCHAR", "****"},
		{maskLastFour, "'ab'", "VARCHAR", "**"},
		{maskLastFour, "''", "VARCHAR", ""},
		{maskLastFour, "'äöüßÄÖ'", "VARCHAR", "**üßÄÖ"},
		{maskLastFour, "-123456789", "BIGINT", "6789"},
		{maskLastFour, "'2020-01-01'", "DATE", "NULL"},
		{maskEmail, "'ann.lee@example.com'", "VARCHAR", "a***@example.com"},
		{maskEmail, "'\"a@b\"@example.com'", "VARCHAR", "\"***@example.com"},
		{maskEmail, "'no address'", "VARCHAR", "***"},
		{maskEmail, "''", "VARCHAR", "***"},
		{maskEmail, "1", "INTEGER", "NULL"},
		{maskYear, "'2021-07-14'", "DATE", "2021-01-01"},
		{maskYear, "'2021-07-14 10:11:12.5'", "TIMESTAMP", "2021-01-01 00:00:00"},
		{maskYear, "'2021-07-14 10:11:12'", "TIMESTAMP_S", "2021-01-01 00:00:00"},
		{maskYear, "'2021-07-14'", "VARCHAR", "NULL"},
	} {
		got, typ := masked(t, db, tt.mask, tt.value, tt.kind)
		if !got.Valid {
			got.String = "NULL"
		}
		if got.String != tt.want || typ != tt.kind {
			t.Errorf("%s of %s %s: %s of type %s, want %s", tt.mask, tt.kind, tt.value, got.String, typ, tt.want)
		}
	}
}

// Every ready mask can stand for a column of every type, keeps the type, and keeps
// NULL; where the type is not known, it is NULL.
func TestReadyMasksFitEveryType(t *testing.T) {
	t.Parallel()
	db := memory(t)
	types := []string{
		"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
		"FLOAT", "DOUBLE", "DECIMAL(18,3)", "DECIMAL(4,0)", "VARCHAR", "BLOB", "BIT", "UUID", "DATE", "TIME", "TIME WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP_S",
		"TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "INTERVAL", "VARCHAR[]", "INTEGER[3]", "STRUCT(a INTEGER)", "STRUCT(\"(\" VARCHAR, b DATE)",
		"MAP(VARCHAR, INTEGER)", "ENUM('a')", "ENUM('a', 'b')", "UNION(a INTEGER, b VARCHAR)", "JSON",
	}
	samples := map[string]string{ // the extremes, of types for which there is a mask
		"TINYINT": "-128", "SMALLINT": "-32768", "INTEGER": "-2147483648", "BIGINT": "-9223372036854775807", "HUGEINT": "-170141183460469231731687303715884105727",
		"UTINYINT": "255", "USMALLINT": "65535", "UINTEGER": "4294967295", "UBIGINT": "18446744073709551615", "UHUGEINT": "340282366920938463463374607431768211455",
		"VARCHAR": "'@'", "BLOB": "'a'", "UUID": "'00000000-0000-0000-0000-000000000001'",
		"DATE": "'infinity'", "TIMESTAMP": "'-infinity'", "TIMESTAMP WITH TIME ZONE": "'infinity'", "TIMESTAMP_MS": "'infinity'", "TIMESTAMP_NS": "'infinity'", "TIMESTAMP_S": "'infinity'",
	}
	for _, kind := range types {
		for _, name := range readyMasks {
			m := readyMask(name)
			if got, typ := masked(t, db, m, "NULL", kind); got.Valid || typ != kind {
				t.Errorf("%s of %s NULL: %v of type %s", m, kind, got, typ)
			}
			value, ok := samples[kind]
			if !ok {
				continue
			}
			got, typ := masked(t, db, m, value, kind)
			if typ != kind {
				t.Errorf("%s of %s has type %s", m, kind, typ)
			}
			if again, _ := masked(t, db, m, value, kind); got != again {
				t.Errorf("%s of %s: %v, then %v", m, kind, got, again)
			}
			if got.Valid && got.String == strings.Trim(value, "'") && value != "'@'" && !strings.Contains(value, "infinity") {
				t.Errorf("%s of %s: the value itself", m, kind)
			}
		}
	}
	for _, name := range readyMasks {
		if text := readyMask(name).sql("a", ""); text != `CASE WHEN FALSE THEN "a" END` {
			t.Errorf("%s of an unknown type: %s", name, text)
		}
	}
}
