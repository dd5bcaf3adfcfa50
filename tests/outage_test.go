package tests

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// newOwnPeers are peers that one test may stop.
func newOwnPeers(t *testing.T) *peers {
	t.Helper()
	lakegate(t)
	return newPeers(t)
}

// bounded is the longest that a caller may wait for the news that a peer is away.
const bounded = 30 * time.Second

// unavailable runs a statement that must fail as UNAVAILABLE within bounds.
func (c *caller) unavailable(t *testing.T, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(c.as(t.Context()), bounded)
	defer cancel()
	began := time.Now()
	rows, err := c.read(ctx, sql)
	if err == nil {
		t.Fatalf("%s gives %q while its lake is away", sql, rows)
	}
	st := statusOf(t, err)
	wantStatus(t, st, codes.Unavailable, sql)
	t.Logf("%s: %s after %s: %s", sql, st.Code(), time.Since(began).Round(time.Millisecond), st.Message())
}

// worksAgain waits until a statement gives rows.
func (c *caller) worksAgain(t *testing.T, sql string, want ...string) {
	t.Helper()
	var rows []string
	var err error
	deadline := time.Now().Add(bounded)
	for time.Now().Before(deadline) {
		if rows, err = c.read(c.ctx(t), sql); err == nil {
			break
		}
		if code := status.Code(err); code != codes.Unavailable && statusOf(t, err).Code() != codes.Unavailable {
			t.Fatalf("%s while the lake comes back: %v", sql, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil || !slices.Equal(rows, want) {
		t.Fatalf("%s gives %q, %v; want %q", sql, rows, err, want)
	}
}

// local checks that another lake is unharmed, and quick.
func (c *caller) local(t *testing.T) {
	t.Helper()
	began := time.Now()
	c.want(t, "SELECT x FROM scratch.main.local", "42")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a lake that is not concerned took %s", took)
	}
}

// twoLakes is a server over a lake with 30,000 rows in a table big, and a local one.
func twoLakes(t *testing.T) (lake, *server, *caller) {
	t.Helper()
	l := newLake(t, newOwnPeers(t))
	s := l.start(t, "")
	c := s.dial(t, token(t, l.peers.issuer, "wanda"))
	c.do(t, "CREATE TABLE scratch.main.local AS SELECT 42 AS x")
	c.do(t, "CREATE TABLE big AS SELECT range AS id, 'row ' || range AS name FROM range(30000)")
	c.want(t, "SELECT count(*) FROM big", "30000")
	return l, s, c
}

func TestWhileS3IsStoppedOnlyItsLakeIsUnavailableAndItWorksAgainByItself(t *testing.T) {
	t.Parallel()
	l, s, c := twoLakes(t)
	l.peers.s3.Stop()
	c.unavailable(t, "CREATE TABLE half AS SELECT range AS x, repeat('x', 100) AS y FROM range(100000)")
	c.unavailable(t, "SELECT sum(id), max(name) FROM big")
	c.local(t)
	eventually(t, bounded, "health says that the lake is down", func() bool {
		return s.serving(t, "lake/boilstream") == healthpb.HealthCheckResponse_NOT_SERVING
	})
	if got := s.serving(t, "lake/scratch"); got != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health of the other lake is %s", got)
	}
	l.peers.s3.Start(t)
	c.worksAgain(t, "SELECT count(*), sum(id), max(name) FROM big", "30000|449985000|row 9999")
	c.wantRefused(t, codes.NotFound, "SELECT * FROM half")
	c.do(t, "CREATE TABLE half AS SELECT 1 AS x")
	c.want(t, "SELECT x FROM half", "1")
	eventually(t, bounded, "health says that the lake is up", func() bool {
		return s.serving(t, "") == healthpb.HealthCheckResponse_SERVING
	})
}

func TestAnIngestDuringWhichS3StopsFailsWhole(t *testing.T) {
	t.Parallel()
	l, _, c := twoLakes(t)
	c.do(t, "CREATE TABLE arriving (id BIGINT, name VARCHAR)")
	ctx, cancel := context.WithTimeout(c.as(t.Context()), bounded)
	defer cancel()
	_, err := c.ingest(ctx, "arriving", batches(60, 10_000, func(i int) error {
		if i == 30 {
			l.peers.s3.Stop()
		}
		return nil
	}))
	if err == nil {
		t.Fatal("an ingest succeeded without S3")
	}
	wantStatus(t, statusOf(t, err), codes.Unavailable, "ingest")
	c.local(t)
	l.peers.s3.Start(t)
	c.worksAgain(t, "SELECT count(*) FROM arriving", "0")
	if n, err := c.ingest(c.ctx(t), "arriving", batches(2, 1000, nil)); err != nil || n != 2000 {
		t.Fatalf("ingest after S3 came back: %d, %v", n, err)
	}
	c.want(t, "SELECT count(*) FROM arriving", "2000")
}

func TestWhilePostgreSQLIsStoppedOnlyItsLakeIsUnavailableAndItWorksAgainByItself(t *testing.T) {
	t.Parallel()
	l, s, c := twoLakes(t)
	other := s.dial(t, token(t, l.peers.issuer, "wanda"))
	other.do(t, "BEGIN")
	other.do(t, "INSERT INTO big VALUES (-1, 'uncommitted')")
	l.peers.postgres.Stop()
	c.unavailable(t, "SELECT count(*) FROM big")
	c.unavailable(t, "INSERT INTO big VALUES (-2, 'lost')")
	c.local(t)
	if _, err := other.ExecuteUpdate(other.ctx(t), "COMMIT"); err == nil {
		t.Error("a commit succeeded without PostgreSQL")
	}
	eventually(t, bounded, "health says that the lake is down", func() bool {
		return s.serving(t, "lake/boilstream") == healthpb.HealthCheckResponse_NOT_SERVING
	})
	l.peers.postgres.Start(t)
	c.worksAgain(t, "SELECT count(*), min(id) FROM big", "30000|0")
	c.do(t, "INSERT INTO big VALUES (-3, 'after')")
	c.want(t, "SELECT count(*), min(id) FROM big", "30001|-3")
	c.local(t)
	other.want(t, "SELECT min(id) FROM big", "-3")
}

func TestAFrozenPostgreSQLHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	l, _, c := twoLakes(t)
	l.peers.postgres.Freeze()
	thawed := false
	defer func() {
		if !thawed {
			l.peers.postgres.Thaw()
		}
	}()
	c.local(t)
	ctx, cancel := context.WithTimeout(c.as(t.Context()), 3*time.Second)
	defer cancel()
	began := time.Now()
	_, err := c.read(ctx, "SELECT count(*) FROM big")
	if code := statusOf(t, err).Code(); code != codes.DeadlineExceeded && code != codes.Unavailable {
		t.Errorf("with PostgreSQL frozen: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the caller's deadline of 3 s took %s", took)
	}
	c.unavailable(t, "SELECT count(*) FROM big")
	c.local(t)
	l.peers.postgres.Thaw()
	thawed = true
	c.worksAgain(t, "SELECT count(*) FROM big", "30000")
	c.do(t, "INSERT INTO big VALUES (-3, 'after')")
	c.want(t, "SELECT count(*), min(id) FROM big", "30001|-3")
}

func TestAFrozenS3HoldsNobodyUp(t *testing.T) {
	t.Parallel()
	l, _, c := twoLakes(t)
	l.peers.s3.Freeze()
	thawed := false
	defer func() {
		if !thawed {
			l.peers.s3.Thaw()
		}
	}()
	c.unavailable(t, "SELECT sum(id), max(name) FROM big")
	c.local(t)
	l.peers.s3.Thaw()
	thawed = true
	c.worksAgain(t, "SELECT count(*), max(name) FROM big", "30000|row 9999")
}

func TestAStreamDuringWhichS3StopsEndsWithAnErrorAndNotShort(t *testing.T) {
	t.Parallel()
	l, _, c := twoLakes(t)
	c.do(t, "CREATE TABLE long AS SELECT range AS id, md5(range::VARCHAR) || md5((range+1)::VARCHAR) AS name FROM range(3000000)")
	rows := c.open(t, "SELECT * FROM long")
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	first := rows.RecordBatch().NumRows()
	l.peers.s3.Stop()
	n, err := rows.drain()
	// What was in flight may have been all of it; what must not be is a quiet, short end.
	if err == nil && first+n != 3_000_000 {
		t.Errorf("the stream ended without an error after %d rows of 3,000,000", first+n)
	}
	if err != nil {
		wantStatus(t, statusOf(t, err), codes.Unavailable, "the stream")
	}
	c.local(t)
	l.peers.s3.Start(t)
	c.worksAgain(t, "SELECT count(*), max(id) FROM long", "3000000|2999999")
}
