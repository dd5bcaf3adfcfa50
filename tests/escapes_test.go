package tests

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// escapes are the rows M01 to M22 of the attacks by SQL, as they come over the
// wire. P: permission denied, whoever asks. N: there is no such thing for the
// caller. I: not a statement that is accepted. R: over a limit, or its time.
// %s is a file in a folder that must stay empty.
var escapes = map[string][]struct {
	code codes.Code
	sql  string
}{
	"M01": {
		{codes.PermissionDenied, "SELECT * FROM enable_logging(storage='file', storage_path='%s')"},
		{codes.PermissionDenied, "CALL enable_logging(storage='file', storage_path='%s')"},
		{codes.PermissionDenied, "SELECT * FROM system.main.enable_logging()"},
	},
	"M02": {
		{codes.PermissionDenied, "CALL enable_logging('QueryLog')"},
		{codes.NotFound, "FROM duckdb_logs"},
		{codes.PermissionDenied, "FROM duckdb_logs()"},
		{codes.PermissionDenied, "FROM duckdb_logs_parsed('QueryLog')"},
	},
	"M03": {
		{codes.PermissionDenied, "ATTACH ':memory:' AS x"},
		{codes.NotFound, "CREATE TABLE x.t (a INTEGER)"},
		{codes.PermissionDenied, "DETACH boilstream"},
		{codes.PermissionDenied, "DETACH scratch"},
	},
	"M04": {
		{codes.PermissionDenied, "SELECT * FROM read_csv('/etc/passwd')"},
		{codes.PermissionDenied, "SELECT * FROM read_text('/etc/passwd')"},
		{codes.PermissionDenied, "SELECT * FROM read_blob('/etc/passwd')"},
		{codes.PermissionDenied, "SELECT * FROM glob('/*')"},
		{codes.PermissionDenied, "SELECT * FROM sniff_csv('/etc/passwd')"},
		{codes.PermissionDenied, "SELECT * FROM parquet_metadata('s3://lake1/x')"},
		{codes.PermissionDenied, "SELECT * FROM read_parquet('s3://lake1/**')"},
		{codes.PermissionDenied, "SELECT * FROM read_duckdb('/etc/passwd')"},
	},
	"M05": {
		{codes.PermissionDenied, "FROM '/etc/passwd.csv'"},
		{codes.PermissionDenied, "DESCRIBE '/etc/passwd.csv'"},
		{codes.PermissionDenied, "SUMMARIZE '/etc/passwd.csv'"},
	},
	"M06": {
		{codes.PermissionDenied, "CREATE VIEW v AS SELECT * FROM read_csv('/etc/passwd')"},
		{codes.PermissionDenied, "CREATE MACRO m() AS TABLE SELECT * FROM read_csv('/etc/passwd')"},
		{codes.PermissionDenied, "WITH c AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM c"},
		{codes.PermissionDenied, "SELECT * FROM query('SELECT 1')"},
		{codes.PermissionDenied, "SELECT * FROM query_table(['days'])"},
		{codes.PermissionDenied, "SELECT * FROM json_execute_serialized_sql('{}')"},
		{codes.PermissionDenied, "PREPARE p AS SELECT * FROM read_csv('/etc/passwd')"},
		{codes.PermissionDenied, "EXECUTE p"},
		{codes.PermissionDenied, "EXPLAIN ANALYZE SELECT * FROM read_csv('/etc/passwd')"},
	},
	"M07": {
		{codes.PermissionDenied, "COPY (SELECT 1) TO '%s'"},
		{codes.PermissionDenied, "COPY (SELECT 1) TO '/dev/stdout'"},
		{codes.PermissionDenied, "EXPORT DATABASE '%s'"},
		{codes.PermissionDenied, "IMPORT DATABASE '%s'"},
	},
	"M08": {
		{codes.PermissionDenied, "ATTACH '%s'"},
		{codes.PermissionDenied, "ATTACH 'ducklake:postgres:dbname=lake' AS x"},
		{codes.NotFound, "USE nowhere"},
	},
	"M09": {
		{codes.PermissionDenied, "INSTALL httpfs"},
		{codes.PermissionDenied, "LOAD httpfs"},
		{codes.PermissionDenied, "LOAD '/tmp/x.so'"},
		{codes.PermissionDenied, "INSTALL x FROM 'http://127.0.0.1:1/'"},
		{codes.PermissionDenied, "FROM 'http://127.0.0.1:1/x.parquet'"},
		{codes.PermissionDenied, "FROM 's3://lake1/x.parquet'"},
	},
	"M10": {
		{codes.PermissionDenied, "SET lock_configuration = false"},
		{codes.PermissionDenied, "SET threads = 1"},
		{codes.PermissionDenied, "SET memory_limit = '1MB'"},
		{codes.PermissionDenied, "RESET temp_directory"},
		{codes.PermissionDenied, "SET home_directory = '/'"},
		{codes.PermissionDenied, "PRAGMA extension_directory='/'"},
		{codes.PermissionDenied, "SET log_query_path = '%s'"},
		{codes.PermissionDenied, "SET profiling_output = '%s'"},
		{codes.PermissionDenied, "SET allow_unredacted_secrets = true"},
		{codes.PermissionDenied, "SET GLOBAL enable_external_access = true"},
	},
	"M11": {
		{codes.PermissionDenied, "SET VARIABLE x = 1"},
		{codes.PermissionDenied, "SET GLOBAL search_path = 'scratch.main'"},
		{codes.NotFound, "SET schema = 'nowhere'"},
	},
	"M12": {
		{codes.PermissionDenied, "PRAGMA enable_profiling"},
		{codes.PermissionDenied, "PRAGMA profiling_output='%s'"},
	},
	"M13": {
		{codes.PermissionDenied, "CREATE SECRET s (TYPE s3)"},
		{codes.PermissionDenied, "CREATE PERSISTENT SECRET s (TYPE s3)"},
		{codes.PermissionDenied, "DROP SECRET s"},
		{codes.PermissionDenied, "FROM duckdb_secrets()"},
		{codes.PermissionDenied, "FROM which_secret('s3://lake1/x', 's3')"},
	},
	"M14": {
		{codes.PermissionDenied, "SELECT getenv('HOME')"},
	},
	"M15": {
		{codes.PermissionDenied, "PRAGMA database_list"},
		{codes.PermissionDenied, "SELECT current_setting('temp_directory')"},
		{codes.PermissionDenied, "FROM duckdb_settings()"},
		{codes.NotFound, "FROM pg_settings"},
		{codes.PermissionDenied, "FROM duckdb_temporary_files()"},
		{codes.PermissionDenied, "FROM pragma_user_agent()"},
		{codes.PermissionDenied, "PRAGMA platform"},
		{codes.PermissionDenied, "FROM duckdb_connection_count()"},
	},
	"M16": {
		{codes.PermissionDenied, "CHECKPOINT"},
		{codes.PermissionDenied, "FORCE CHECKPOINT"},
		{codes.PermissionDenied, "VACUUM"},
		{codes.PermissionDenied, "PRAGMA force_checkpoint"},
	},
	"M18": {
		{codes.PermissionDenied, "CREATE MACRO m(a) AS a"},
		{codes.PermissionDenied, "CREATE FUNCTION lower(a) AS a"},
		{codes.PermissionDenied, "CREATE TYPE y AS ENUM ('a')"},
		{codes.NotFound, "DROP TABLE nonesuch"},
		{codes.NotFound, "COMMENT ON TABLE nonesuch IS 'x'"},
	},
	"M19": {
		{codes.InvalidArgument, "SELECT 1; SELECT 2"},
		{codes.InvalidArgument, "SELECT 1; DROP TABLE days"},
		{codes.InvalidArgument, ""},
	},
	"M22": {
		{codes.PermissionDenied, "CALL pragma_version()"},
		{codes.PermissionDenied, "PRAGMA show_tables"},
		{codes.PermissionDenied, "UPDATE EXTENSIONS"},
		{codes.PermissionDenied, "GRANT ALL ON days TO x"},
	},
}

func TestSQLThatLeadsOutsideIsRefusedToReaderAndWriterAndTheServerLives(t *testing.T) {
	t.Parallel()
	p := prod(t)
	empty := t.TempDir()
	for who, token := range map[string]string{"reader": p.reader, "writer": p.writer} {
		c := p.dial(t, token)
		for row, statements := range escapes {
			t.Run(row+"/"+who, func(t *testing.T) {
				for _, e := range statements {
					sql := e.sql
					if strings.Contains(sql, "%s") {
						sql = fmt.Sprintf(sql, filepath.Join(empty, "file"))
					}
					c.wantRefused(t, e.code, sql)
					if _, err := c.ExecuteUpdate(c.ctx(t), sql); status.Code(err) != e.code {
						t.Errorf("%s as an update: %v, want %s", sql, err, e.code)
					}
					if prepared, err := c.Prepare(c.ctx(t), sql); err == nil {
						t.Errorf("%s was prepared", sql)
						_ = prepared.Close(c.ctx(t))
					}
					c.want(t, "SELECT 1", "1")
				}
			})
		}
	}
	if entries, err := os.ReadDir(empty); err != nil || len(entries) != 0 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

func TestAReaderMayNotWriteInAnyWay(t *testing.T) {
	t.Parallel()
	p := prod(t)
	p.dial(t, p.writer).do(t, "CREATE TABLE scratch.main.guarded AS SELECT 1 AS x")
	c := p.dial(t, p.reader)
	for _, sql := range []string{
		"INSERT INTO scratch.main.guarded VALUES (2)",
		"UPDATE scratch.main.guarded SET x = 2",
		"DELETE FROM scratch.main.guarded",
		"TRUNCATE scratch.main.guarded",
		"MERGE INTO scratch.main.guarded g USING (SELECT 1 AS x) n ON g.x = n.x WHEN MATCHED THEN DELETE",
		"DROP TABLE scratch.main.guarded",
		"ALTER TABLE scratch.main.guarded ADD COLUMN y INTEGER",
		"COMMENT ON TABLE scratch.main.guarded IS 'x'",
		"CREATE TABLE scratch.main.fresh (x INTEGER)",
		"CREATE TABLE scratch.main.fresh AS SELECT 1 AS x",
		"CREATE SCHEMA scratch.mine",
		"WITH c AS (SELECT 1 AS x) INSERT INTO scratch.main.guarded SELECT x FROM c",
		"EXPLAIN ANALYZE INSERT INTO scratch.main.guarded VALUES (2)",
	} {
		c.wantRefused(t, codes.PermissionDenied, sql)
		if _, err := c.ExecuteUpdate(c.ctx(t), sql); status.Code(err) != codes.PermissionDenied {
			t.Errorf("%s as an update: %v", sql, err)
		}
	}
	if _, err := c.ingest(c.ctx(t), "nonesuch", batches(1, 10, nil)); status.Code(err) != codes.NotFound {
		t.Errorf("ingest to a missing table: %v", err)
	}
	p.dial(t, p.writer).do(t, "CREATE TABLE boilstream.main.guarded2 (id BIGINT, name VARCHAR)")
	if _, err := c.ingest(c.ctx(t), "guarded2", batches(1, 10, nil)); status.Code(err) != codes.PermissionDenied {
		t.Errorf("ingest: %v", err)
	}
	c.want(t, "SELECT x FROM scratch.main.guarded", "1")
}

// greedy statements are row M21. What they may get is an error of a limit, or be
// ended by their caller's deadline; what they may not do is end the server.
func TestStatementsThatWantTooMuchEndAndOthersGoOn(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, strings.Replace(simple(t, iss), "memory_limit: 1GB", "memory_limit: 300MB, spill_limit: 100MB", 1))
	reader := token(t, iss, "rita")
	other := s.dial(t, reader)
	for name, greedy := range map[string]struct {
		sql   string
		codes string
	}{
		"cross range":  {"SELECT count(*) FROM range(100000000000) a, range(100000) b WHERE a.range + b.range < 0", "DeadlineExceeded"},
		"long text":    {"SELECT length(repeat('x', 10000000000))", "ResourceExhausted InvalidArgument DeadlineExceeded"},
		"endless CTE":  {"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r", "DeadlineExceeded ResourceExhausted"},
		"huge sort":    {"SELECT * FROM (SELECT md5(range::VARCHAR) AS m, repeat(md5(range::VARCHAR), 10) AS n FROM range(20000000)) ORDER BY m DESC", "ResourceExhausted DeadlineExceeded"},
		"parentheses":  {"SELECT " + strings.Repeat("(", 20000) + "1" + strings.Repeat(")", 20000), "InvalidArgument ResourceExhausted"},
		"million in":   {"SELECT 1 WHERE 5 IN (" + strings.Repeat("1,", 1_000_000) + "1)", "OK InvalidArgument ResourceExhausted DeadlineExceeded"},
		"deep regexp":  {"SELECT regexp_matches(repeat('a', 30000), '(a*)*(a*)*(a*)*b')", "OK InvalidArgument DeadlineExceeded"},
		"deep nesting": {"SELECT " + strings.Repeat("[", 2000) + "1" + strings.Repeat("]", 2000), "OK InvalidArgument ResourceExhausted DeadlineExceeded PermissionDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t, reader)
			ctx, cancel := context.WithTimeout(c.as(t.Context()), 5*time.Second)
			defer cancel()
			began := time.Now()
			err := c.each(ctx, greedy.sql, func(arrow.RecordBatch) error { return nil })
			code := codes.OK
			if err != nil {
				code = statusOf(t, err).Code()
			}
			if !strings.Contains(greedy.codes, code.String()) {
				t.Errorf("%s: %.300v, want one of %s", code, err, greedy.codes)
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %s with a deadline of 5 s", took)
			}
			other.want(t, "SELECT 1", "1")
		})
	}
	s.idles(t, 20*time.Second)
	other.want(t, "SELECT 1", "1")
}
