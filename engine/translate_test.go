package engine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
)

// TestErrorsOfStatements runs each statement on a real instance.
func TestErrorsOfStatements(t *testing.T) {
	inst := openTest(t, config(t, localLake(t, "lake"), fileLake(t, "file")))
	c := connectTest(t, inst)
	lake, file := inst.lakes[0].physical, inst.lakes[1].physical
	for _, sql := range []string{
		"CREATE TABLE $F.main.p (id INTEGER PRIMARY KEY, b INTEGER UNIQUE, c VARCHAR CHECK (length(c) < 5))",
		"INSERT INTO $F.main.p VALUES (1, 1, 'x')",
		"CREATE SCHEMA $F.x", "CREATE TABLE $F.x.t (i INTEGER)",
		"CREATE TABLE $L.main.t (i INTEGER)", "CREATE TABLE $L.main.spans (i INTERVAL)",
	} {
		run(t, c, sql, "$L", lake, "$F", file)
	}
	for _, test := range []struct {
		sql  string
		is   error
		want string
	}{
		{"SELEC 1", ErrSQL, "syntax error"},
		{"SELECT 1 +", ErrSQL, "syntax error at end of input"},
		{"SELECT nosuch FROM $F.main.p", ErrSQL, `"nosuch" not found`},
		{"SELECT nofn(1)", ErrSQL, "nofn does not exist"},
		{"SELECT id + DATE '2020-01-01' + 'x' FROM $F.main.p", ErrSQL, "function"},
		{"SELECT 'a'::INTEGER", ErrSQL, "Could not convert string 'a'"},
		{"SELECT 'https://host/a'::INTEGER", ErrSQL, "https://host/a"},
		{"SELECT DATE '2020-13-45'", ErrSQL, "out of range"},
		{"SELECT 9223372036854775807 + 1", ErrSQL, "Overflow"},
		{"SELECT error('boom')", ErrSQL, "boom"},
		{"INSERT INTO $F.main.p(id) VALUES (1)", ErrSQL, "primary key"},
		{"INSERT INTO $F.main.p(id, c) VALUES (2, 'too long')", ErrSQL, "CHECK"},
		{"INSERT INTO $F.main.p(id) VALUES (NULL)", ErrSQL, "NOT NULL"},
		{"INSERT INTO $F.main.p VALUES (1, 2, 3, 4)", ErrSQL, "4 values were supplied"},
		{"DROP SCHEMA $F.x", ErrSQL, "depend"},
		{"INSERT INTO $L.main.spans SELECT INTERVAL (-1) DAY FROM range(100)", ErrUnsupported, "negative intervals"},
		{"SELECT * FROM $F.main.nosuch", catalog.ErrNotFound, "nosuch does not exist"},
		{"SELECT * FROM $L.main.nosuch", catalog.ErrNotFound, "nosuch does not exist"},
		{"SELECT * FROM $L.nosuch.t", catalog.ErrNotFound, `schema "nosuch" does not exist`},
		{"CREATE TABLE $F.main.p (i INTEGER)", ErrExists, `"p" already exists`},
		{"CREATE TABLE $L.main.t (i INTEGER)", ErrExists, `"t" already exists`},
		{"CREATE SCHEMA $F.x", ErrExists, `"x" already exists`},
		{"COMMIT", ErrTransaction, "no transaction"},
		{"ROLLBACK", ErrTransaction, "no transaction"},
		{"CREATE TABLE $L.main.e (i INTEGER PRIMARY KEY)", ErrUnsupported, wordsKeys},
		{"CREATE TABLE $L.main.e (i INTEGER CHECK (i > 3))", ErrUnsupported, wordsCheck},
		{"CREATE TABLE $L.main.e (i INTEGER, j INTEGER GENERATED ALWAYS AS (i + 1))", ErrUnsupported, wordsGenerated},
		{"CREATE TABLE $L.main.e (i ENUM('a'))", ErrUnsupported, wordsType + " ENUM('a'); cast it"},
		{"CREATE TABLE $L.main.e (i UNION(a INTEGER, b VARCHAR))", ErrUnsupported, wordsType + " UNION("},
		{"CREATE TABLE $L.main.e (i INTEGER[3])", ErrUnsupported, wordsType + " INTEGER[3]; cast it"},
		{"CREATE TABLE $L.main.e AS SELECT '101'::BIT AS b", ErrUnsupported, wordsType + " BIT; cast it"},
		{"CREATE SEQUENCE $L.main.s", ErrUnsupported, wordsSequence},
		{"CREATE TYPE $L.main.y AS ENUM ('a')", ErrUnsupported, ""},
		{"INSERT INTO $L.main.t VALUES (1) RETURNING i", ErrUnsupported, wordsReturning},
		{"INSERT INTO $L.main.t VALUES (1) ON CONFLICT DO NOTHING", ErrUnsupported, wordsOnConflict},
		{"ALTER TABLE $L.main.t ALTER i TYPE TINYINT", ErrUnsupported, wordsWiden},
		{"FROM read_text('/etc/passwd')", ErrUnsupported, wordsNoFiles},
		{"SELECT * FROM $L.main.t AT (VERSION => 99999)", ErrSQL, "No snapshot"},
	} {
		sql := strings.NewReplacer("$L", lake, "$F", file).Replace(test.sql)
		err := inst.translate(t.Context(), c.exec(t.Context(), sql))
		if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q with %q", test.sql, err, test.is, test.want)
		}
		wantNoName(t, err)
	}

	t.Run("transactions", func(t *testing.T) {
		run(t, c, "BEGIN")
		if err := translate(c.exec(t.Context(), "BEGIN")); !errors.Is(err, ErrTransaction) {
			t.Errorf("a second BEGIN: %v", err)
		}
		run(t, c, "ROLLBACK")
		run(t, c, "BEGIN")
		run(t, c, "INSERT INTO $L.main.t VALUES (1)", "$L", lake)
		err := translate(c.exec(t.Context(), "INSERT INTO "+file+".x.t VALUES (1)"))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), wordsWriteOne) {
			t.Errorf("writes to two lakes: %v", err)
		}
		run(t, c, "ROLLBACK")
		run(t, c, "BEGIN")
		_ = c.exec(t.Context(), "INSERT INTO "+file+".main.p(id) VALUES (1)")
		err = translate(c.exec(t.Context(), "SELECT 1"))
		if !errors.Is(err, ErrTransaction) || !strings.Contains(err.Error(), wordsAborted) {
			t.Errorf("a statement after a failed one: %v", err)
		}
		run(t, c, "ROLLBACK")
	})
	t.Run("conflicts", func(t *testing.T) {
		for _, table := range []string{lake + ".main.t", file + ".x.t"} {
			run(t, c, "INSERT INTO "+table+" SELECT range FROM range(100)")
			other := connectTest(t, inst)
			run(t, c, "BEGIN")
			run(t, other, "BEGIN")
			run(t, c, "UPDATE "+table+" SET i = i + 1")
			err := other.exec(t.Context(), "UPDATE "+table+" SET i = i + 2")
			run(t, c, "COMMIT")
			if err == nil {
				err = other.exec(t.Context(), "COMMIT")
			}
			if err = translate(err); !errors.Is(err, ErrConflict) {
				t.Errorf("two updates at once: %v, want ErrConflict", err)
			}
			wantNoName(t, err)
			_ = other.exec(t.Context(), "ROLLBACK")
		}
	})
	t.Run("resources", func(t *testing.T) {
		cfg := config(t, fileLake(t, "file"))
		cfg.MemoryLimit, cfg.SpillLimit, cfg.Threads = "50MB", "1MB", 1
		c := connectTest(t, openTest(t, cfg))
		err := translate(c.exec(t.Context(), "SELECT max(x) FROM (SELECT string_agg(repeat('x', 1000)) AS x FROM range(1000000) GROUP BY range % 3)"))
		if !errors.Is(err, ErrResources) {
			t.Errorf("too much memory: %v, want ErrResources", err)
		}
		err = translate(c.exec(t.Context(), "CREATE TEMP TABLE big AS SELECT range AS i, random() AS r FROM range(5000000) ORDER BY r"))
		if !errors.Is(err, ErrResources) {
			t.Errorf("too much spill: %v, want ErrResources", err)
		}
	})
}

func wantNoName(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, hidden := range []string{"c_", "m_", "Did you mean", "ducklake_", "/tmp", "127.0.0.1"} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("%q tells of %q", err, hidden)
		}
	}
}

// TestErrorsOfPeers takes DuckDB's texts as they were met with real peers.
func TestErrorsOfPeers(t *testing.T) {
	const name = "c_0123456789abcdef01234567"
	for text, want := range map[string]error{
		"HTTP Error: HTTP GET error reading 's3://lake1/a/b.parquet' in region 'us-east-1' (HTTP 404 Not Found)":                                                              ErrUnavailable,
		"HTTP Error: HTTP GET error on 'http://127.0.0.1:7070/lake1/a' (HTTP 403 Forbidden) SignatureDoesNotMatch":                                                            ErrUnavailable,
		"IO Error: Could not connect to server error for HTTP HEAD to 'http://127.0.0.1:7070/lake1/a'":                                                                        ErrUnavailable,
		"IO Error: Timeout was reached error for HTTP GET to 'http://127.0.0.1:7070/lake1/a'":                                                                                 ErrUnavailable,
		"HTTP Error: Request returned HTTP 503 for HTTP PUT to 'http://127.0.0.1:7070/lake1/a'":                                                                               ErrUnavailable,
		"IO Error: Failed to query most recent snapshot for DuckLake: Unable to connect to Postgres at \"\": connection":                                                      ErrUnavailable,
		"TransactionContext Error: Failed to commit: Failed to execute query \"ROLLBACK\": server closed the connection":                                                      ErrUnavailable,
		"TransactionContext Error: Failed to commit: Failed to commit DuckLake transaction.\nTransaction conflict - attempting to insert into table with index \"3\"":         ErrConflict,
		"TransactionContext Error: Failed to commit: Failed to commit DuckLake transaction.\nExceeded the maximum retry count of 10: INSERT INTO ducklake_x VALUES (planted)": ErrConflict,
		"Catalog Error: Table with name ducklake_inlined_delete_2 does not exist!":                                                                                            ErrConflict,
		"Conversion Error: In Parquet reader of file \"s3://lake1/a.parquet\": failed to cast column":                                                                         ErrSQL,
		"Invalid Input Error: No magic bytes found at end of file '/data/x.parquet'":                                                                                          ErrSQL,
		"Binder Error: something about " + name + ".main.t":                                                                                                                   ErrSQL,
		"INTERNAL Error: Attempted to access index 3 within vector of size 3\nStack Trace: /usr/lib/x":                                                                        errInternal,
		"FATAL Error: Failed: database has been invalidated because of a previous fatal error":                                                                                errFatal,
		"INTERRUPT Error: Interrupted!": context.Canceled,
		"Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result": ErrSQL,
		"Out of Memory Error: could not allocate block of size 256.0 KiB (1.0 GiB/1.0 GiB used)":    ErrResources,
		"nothing that is known": ErrSQL,
	} {
		got := translate(&rawError{text: text})
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		for _, hidden := range []string{name, "s3://", "http://", "127.0.0.1", "Postgres", "ducklake_", "planted", "/data", "/usr", "magic"} {
			if strings.Contains(got.Error(), hidden) {
				t.Errorf("%q tells of %q", got, hidden)
			}
		}
	}
}

func TestConcealedCauseIsInTheLogUnderItsID(t *testing.T) {
	var log bytes.Buffer
	inst := &instance{cfg: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	err := inst.translate(t.Context(), &rawError{kind: duckdb.ErrorTypeHTTP, text: "HTTP Error: s3://lake1/x"})
	_, id, found := strings.Cut(err.Error(), "(error ")
	id = strings.TrimSuffix(id, ")")
	if !found || len(id) != 8 || !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "s3://lake1/x") {
		t.Errorf("error %q, log %q; want one id in both", err, log.String())
	}
}

func TestErrorsThatAreNotDuckDBsStayWhatTheyAre(t *testing.T) {
	if err := translate(context.DeadlineExceeded); !errors.Is(err, context.DeadlineExceeded) || err.Error() != context.DeadlineExceeded.Error() {
		t.Errorf("a deadline became %v", err)
	}
	if err := translate(nil); err != nil {
		t.Errorf("nil became %v", err)
	}
}
