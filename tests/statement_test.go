package tests

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestASyntaxErrorIsInvalidArgumentWithItsPosition(t *testing.T) {
	t.Parallel()
	p := prod(t)
	reader := p.dial(t, p.reader)
	reader.wantRefused(t, codes.InvalidArgument, "SELEC 1", `syntax error at or near "SELEC"`, "position 1")
	reader.wantRefused(t, codes.InvalidArgument, "SELECT 1,\n  FROM WHERE", `"WHERE"`, "position 18")
	reader.want(t, "SELECT 1", "1")
}

func TestMissingAndHiddenTablesAreTheSameNotFound(t *testing.T) {
	t.Parallel()
	p := shared(t)
	l := newLake(t, p)
	s := l.start(t, "")
	s.dial(t, token(t, p.issuer, "wanda")).do(t, "CREATE TABLE salaries AS SELECT 1 AS x")
	nobody := s.dial(t, token(t, p.issuer, "eve"))
	text := func(table string) string {
		st := nobody.refused(t, "SELECT * FROM "+table)
		wantStatus(t, st, codes.NotFound, table)
		return strings.ReplaceAll(st.Message(), table, "TABLE")
	}
	if hidden, missing := text("salaries"), text("nonesuch"); hidden != missing {
		t.Errorf("a hidden table is told from a missing one: %q, %q", hidden, missing)
	}
	if hidden, missing := text("boilstream.main.salaries"), text("boilstream.main.nonesuch"); hidden != missing {
		t.Errorf("a hidden table is told from a missing one: %q, %q", hidden, missing)
	}
	if rows, err := nobody.read(nobody.ctx(t), "SHOW ALL TABLES"); err != nil || len(rows) != 0 {
		t.Errorf("who has no right sees tables %q, %v", rows, err)
	}
	nobody.want(t, "SELECT 1", "1")
	reader := s.dial(t, token(t, p.issuer, "rita"))
	reader.wantRefused(t, codes.NotFound, "SELECT * FROM nonesuch", "nonesuch")
	reader.want(t, "SELECT x FROM salaries", "1")
}

func TestMistakesOfTypesAndNamesAreInvalidArgument(t *testing.T) {
	t.Parallel()
	p := prod(t)
	reader := p.dial(t, p.reader)
	for _, sql := range []string{
		"SELECT lower(1, 2, 3)",
		"SELECT sum('x'::VARCHAR)",
		"SELECT nosuch FROM weblogs.web.hits",
		"SELECT CAST('x' AS INTEGER)",
		"SELECT id FROM weblogs.web.hits GROUP BY name",
	} {
		reader.wantRefused(t, codes.InvalidArgument, sql)
	}
	reader.want(t, "SELECT 1", "1")
}

func TestAnErrorInRowThreeMillionComesAfterTheRowsBeforeIt(t *testing.T) {
	t.Parallel()
	p := prod(t)
	reader := p.dial(t, p.reader)
	for name, value := range map[string]string{
		"a cast that fails":  "CAST(CASE WHEN range = 3000000 THEN 'x' ELSE '1' END AS INTEGER)",
		"a number too large": "(CASE WHEN range = 3000000 THEN 9223372036854775807 ELSE 1 END) + range",
		"error()":            "CASE WHEN range = 3000000 THEN error('row three million') ELSE 1 END",
	} {
		t.Run(name, func(t *testing.T) {
			rows := reader.open(t, "SELECT range AS id, "+value+" AS v FROM range(4000000)")
			var n int64
			for rows.Next() {
				ids := rows.RecordBatch().Column(0).(*array.Int64)
				if first, last := ids.Value(0), ids.Value(ids.Len()-1); first != n || last != n+int64(ids.Len())-1 {
					t.Fatalf("rows %d to %d follow row %d", first, last, n-1)
				}
				n += int64(ids.Len())
			}
			_, err := rows.drain()
			if err == nil {
				t.Fatalf("%d rows and no error", n)
			}
			wantStatus(t, statusOf(t, err), codes.InvalidArgument, name)
			// The engine works ahead of the stream by its buffer, and drops what is
			// in there when a later row fails.
			if n < 1_000_000 || n > 3_000_000 {
				t.Errorf("%d rows came before the error, want most of the 3,000,000 before it", n)
			}
		})
	}
	reader.want(t, "SELECT 1", "1")
}

func TestDivisionByZeroIsWhatDuckDBSaysItIs(t *testing.T) {
	t.Parallel()
	p := prod(t)
	reader := p.dial(t, p.reader)
	reader.want(t, "SELECT 1 // 0 IS NULL, 1 / 0 > 1e300", "true|true")
}

func TestTheThreeKindsOfLakesAnswerInOneStatement(t *testing.T) {
	t.Parallel()
	p := prod(t)
	writer, reader := p.dial(t, p.writer), p.dial(t, p.reader)
	writer.do(t, "CREATE TABLE boilstream.main.days AS SELECT DATE '2026-01-02' AS day, 'Friday' AS name")
	writer.do(t, "CREATE TABLE scratch.main.limits AS SELECT 1500 AS most")
	reader.want(t, `SELECT d.name, count(*), max(h.id) FROM weblogs.web.hits h JOIN boilstream.main.days d ON h.day = d.day
		WHERE h.id < (SELECT most FROM scratch.main.limits) GROUP BY d.name`, "Friday|1500|1499")
	reader.want(t, "SELECT day, count(*) FROM weblogs.web.hits GROUP BY day ORDER BY day", "2026-01-01|1000", "2026-01-02|2000", "2026-01-03|3000")
	reader.wantRefused(t, codes.PermissionDenied, "INSERT INTO boilstream.main.days VALUES (DATE '2026-01-03', 'Saturday')")
	writer.wantRefused(t, codes.PermissionDenied, "INSERT INTO weblogs.web.hits VALUES (1, 'x', DATE '2026-01-01')", "catalog weblogs is read-only")
	if st := reader.refused(t, "INSERT INTO nonesuch VALUES (1)"); st.Code() != codes.NotFound {
		t.Errorf("a write to a missing table: %v", st)
	}
}

func TestATransactionOverTwoLakesIsRefusedAndNothingOfItStays(t *testing.T) {
	t.Parallel()
	p := prod(t)
	c := p.dial(t, p.writer)
	c.do(t, "CREATE TABLE boilstream.main.left1 (x INTEGER)")
	c.do(t, "CREATE TABLE scratch.main.right1 (x INTEGER)")
	c.do(t, "BEGIN")
	c.do(t, "INSERT INTO boilstream.main.left1 VALUES (1)")
	_, err := c.ExecuteUpdate(c.ctx(t), "INSERT INTO scratch.main.right1 VALUES (1)")
	if status.Code(err) != codes.Unimplemented || !strings.Contains(err.Error(), "one lake") {
		t.Errorf("the write to the second lake: %v", err)
	}
	c.do(t, "ROLLBACK")
	c.want(t, "SELECT count(*) FROM boilstream.main.left1", "0")
	c.want(t, "SELECT count(*) FROM scratch.main.right1", "0")
}

func TestWhatTheLakeCannotDoSaysSo(t *testing.T) {
	t.Parallel()
	p := prod(t)
	c := p.dial(t, p.writer)
	c.do(t, "CREATE TABLE boilstream.main.plain (id INTEGER, name VARCHAR)")
	for _, sql := range []string{
		"CREATE TABLE boilstream.main.k (id INTEGER PRIMARY KEY)",
		"CREATE TABLE boilstream.main.k (id INTEGER UNIQUE)",
		"CREATE TABLE boilstream.main.k (id INTEGER CHECK (id > 0))",
		"INSERT INTO boilstream.main.plain VALUES (1, 'x') RETURNING id",
		"INSERT INTO boilstream.main.plain VALUES (1, 'x') ON CONFLICT (id) DO NOTHING",
	} {
		st := c.refused(t, sql)
		if st.Code() != codes.Unimplemented && st.Code() != codes.InvalidArgument {
			t.Errorf("%s: %s: %s", sql, st.Code(), st.Message())
		}
	}
	c.want(t, "SELECT count(*) FROM boilstream.main.plain", "0")
}

func TestOnesOwnChangesAreSeenAtOnceHoweverManyThereWereBefore(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	s := l.start(t, "metadata_max_age: 1h\n")
	c := s.dial(t, token(t, l.peers.issuer, "wanda"))
	for i := range 12 { // past the first version of two digits
		name := fmt.Sprintf("t%d", i)
		c.do(t, "CREATE TABLE "+name+" AS SELECT "+strconv.Itoa(i)+" AS x")
		c.want(t, "SELECT x FROM "+name, strconv.Itoa(i))
	}
	c.do(t, "DROP TABLE t3")
	c.wantRefused(t, codes.NotFound, "SELECT x FROM t3")
	if got := len(c.rows(t, "SHOW TABLES")); got != 11 {
		t.Errorf("%d tables are listed, want 11", got)
	}
}

func TestADefinitionCountsNoRows(t *testing.T) {
	t.Parallel()
	p := prod(t)
	c := p.dial(t, p.writer)
	// A count of -1 makes JDBC's driver take it for a query, and run it again.
	for _, sql := range []string{"CREATE TABLE uncounted (x INTEGER)", "ALTER TABLE uncounted ADD COLUMN y INTEGER", "BEGIN", "ROLLBACK", "DROP TABLE uncounted"} {
		if n := c.do(t, sql); n != 0 {
			t.Errorf("%s counts %d rows", sql, n)
		}
	}
}
