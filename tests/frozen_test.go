package tests

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// freezer is a peer that can be made to hang.
type freezer interface {
	Freeze()
	Thaw()
}

// freeze makes a peer hang; the func, which may be called again, lets it go on.
func freeze(t *testing.T, peer freezer) (thaw func()) {
	t.Helper()
	peer.Freeze()
	thaw = sync.OnceFunc(peer.Thaw)
	t.Cleanup(thaw)
	return thaw
}

// busy is somebody who runs statements until one fails.
type busy struct {
	done    int   // statements that worked
	err     error // of the one that failed
	took    time.Duration
	working chan struct{} // closed after the first that worked
}

// run runs what statement gives, by number, until one fails. Each has a limit far
// above the one that the server must keep.
func (b *busy) run(t *testing.T, c *caller, statement func(n int) string) {
	for {
		ctx, cancel := context.WithTimeout(c.as(t.Context()), callLimit)
		began := time.Now()
		_, b.err = c.read(ctx, statement(b.done))
		b.took = time.Since(began)
		cancel()
		if b.err != nil {
			return
		}
		if b.done++; b.done == 1 {
			close(b.working)
		}
	}
}

func TestStatementsInProgressOverAFrozenPostgreSQLAreUnavailableAndAllIsWholeAfterwards(t *testing.T) {
	t.Parallel()
	l, s, c := twoLakes(t)
	c.do(t, "CREATE TABLE written (who INTEGER, n INTEGER)")
	const writers = 8
	statements := map[string]func(n int) string{
		"SELECT": func(int) string { return "SELECT count(*), max(name) FROM big" },
		"CREATE": func(n int) string { return fmt.Sprintf("CREATE TABLE made_%d AS FROM range(1000)", n) },
		"ALTER":  func(n int) string { return fmt.Sprintf("ALTER TABLE big ADD COLUMN c%d INTEGER", n) },
	}
	for w := range writers {
		statements[fmt.Sprintf("INSERT %d", w)] = func(n int) string { return fmt.Sprintf("INSERT INTO written VALUES (%d, %d)", w, n) }
	}
	all := map[string]*busy{}
	var working sync.WaitGroup
	for name, statement := range statements {
		b := &busy{working: make(chan struct{})}
		all[name] = b
		who := s.dial(t, token(t, l.peers.issuer, "wanda"))
		working.Go(func() { b.run(t, who, statement) })
	}
	for _, b := range all {
		<-b.working
	}
	thaw := freeze(t, l.peers.postgres)
	c.local(t)
	working.Wait()
	for name, b := range all {
		st := statusOf(t, b.err)
		wantStatus(t, st, codes.Unavailable, name)
		t.Logf("%s after %d: %s: %s", name, b.done, b.took.Round(time.Millisecond), st.Message())
		if b.took > bounded {
			t.Errorf("%s took %s", name, b.took)
		}
	}
	c.local(t)
	thaw()
	c.worksAgain(t, "SELECT count(*) FROM big", "30000")
	c.do(t, "INSERT INTO written VALUES (100, 0)")
	for w := range writers {
		// The one that failed may have happened after all, whole.
		b := all[fmt.Sprintf("INSERT %d", w)]
		got, err := strconv.Atoi(c.rows(t, fmt.Sprintf("SELECT count(DISTINCT n) FROM written WHERE who = %d", w))[0])
		if err != nil || got != b.done && (got != b.done+1 || !strings.Contains(b.err.Error(), "not known")) {
			t.Errorf("writer %d: %d rows, %v; %d were confirmed, and then %v", w, got, err, b.done, b.err)
		}
	}
	made := c.rows(t, "SELECT count(*) FROM (SHOW ALL TABLES) WHERE name LIKE 'made_%'")[0]
	for n := range all["CREATE"].done {
		c.want(t, fmt.Sprintf("SELECT count(*) FROM made_%d", n), "1000")
	}
	if got, _ := strconv.Atoi(made); got > all["CREATE"].done {
		c.want(t, fmt.Sprintf("SELECT count(*) FROM made_%d", all["CREATE"].done), "1000")
	}
}

func TestACommitOverAFrozenPostgreSQLSaysThatItsOutcomeIsNotKnown(t *testing.T) {
	t.Parallel()
	l, s, c := twoLakes(t)
	committing, reading := s.dial(t, token(t, l.peers.issuer, "wanda")), s.dial(t, token(t, l.peers.issuer, "wanda"))
	for id, who := range map[int]*caller{-1: committing, -2: reading} {
		who.do(t, "BEGIN")
		who.do(t, fmt.Sprintf("INSERT INTO big VALUES (%d, 'uncommitted')", id))
	}
	thaw := freeze(t, l.peers.postgres)
	var both sync.WaitGroup
	both.Go(func() {
		ctx, cancel := context.WithTimeout(committing.as(t.Context()), bounded)
		defer cancel()
		_, err := committing.ExecuteUpdate(ctx, "COMMIT")
		st := statusOf(t, err)
		wantStatus(t, st, codes.Unavailable, "COMMIT")
		if !strings.Contains(st.Message(), "the outcome of the commit is not known") {
			t.Errorf("COMMIT: %s", st.Message())
		}
	})
	both.Go(func() { reading.unavailable(t, "SELECT count(*), max(name) FROM big") })
	both.Wait()
	thaw()
	c.worksAgain(t, "SELECT count(*) FROM big WHERE id >= 0", "30000")
	reading.do(t, "ROLLBACK")
	reading.want(t, "SELECT count(*) FROM big WHERE id = -2", "0")
	committing.do(t, "INSERT INTO big VALUES (-3, 'after')")
	c.want(t, "SELECT count(*) FROM big WHERE id = -3", "1")
}

func TestAScanDuringWhichS3FreezesEndsInTime(t *testing.T) {
	t.Parallel()
	l, _, c := twoLakes(t)
	c.do(t, "CREATE TABLE long AS SELECT range AS id, md5(range::VARCHAR) || md5((range+1)::VARCHAR) AS name FROM range(3000000)")
	rows := c.open(t, "SELECT * FROM long")
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	first := rows.RecordBatch().NumRows()
	thaw := freeze(t, l.peers.s3)
	began := time.Now()
	n, err := rows.drain()
	if took := time.Since(began); took > bounded {
		t.Errorf("the stream ended after %s", took)
	}
	if err == nil && first+n != 3_000_000 {
		t.Errorf("the stream ended without an error after %d rows of 3,000,000", first+n)
	}
	if err != nil {
		wantStatus(t, statusOf(t, err), codes.Unavailable, "the stream")
	}
	c.local(t)
	thaw()
	c.worksAgain(t, "SELECT count(*), max(id) FROM long", "3000000|2999999")
}

func TestAnIngestDuringWhichAPeerFreezesFailsWhole(t *testing.T) {
	t.Parallel()
	for name, peer := range map[string]func(*peers) freezer{
		"S3":         func(p *peers) freezer { return p.s3 },
		"PostgreSQL": func(p *peers) freezer { return p.postgres },
	} {
		t.Run(name, func(t *testing.T) {
			l, _, c := twoLakes(t)
			c.do(t, "CREATE TABLE arriving (id BIGINT, name VARCHAR)")
			ctx, cancel := context.WithTimeout(c.as(t.Context()), 2*bounded)
			defer cancel()
			var thaw func()
			began := time.Now()
			_, err := c.ingest(ctx, "arriving", batches(60, 10_000, func(i int) error {
				if i == 30 {
					thaw = freeze(t, peer(l.peers))
				}
				return nil
			}))
			if err == nil {
				t.Fatal("an ingest succeeded without its peer")
			}
			wantStatus(t, statusOf(t, err), codes.Unavailable, "ingest")
			t.Logf("after %s: %v", time.Since(began).Round(time.Millisecond), err)
			c.local(t)
			thaw()
			// Where the commit was under way it may happen now, whole.
			c.worksAgain(t, "SELECT count(*) IN (0, 600000) FROM arriving", "true")
			before := c.rows(t, "SELECT count(*) FROM arriving")[0]
			if name == "S3" && before != "0" {
				t.Errorf("%s rows arrived", before)
			}
			if n, err := c.ingest(c.ctx(t), "arriving", batches(2, 1000, nil)); err != nil || n != 2000 {
				t.Fatalf("ingest after the thaw: %d, %v", n, err)
			}
		})
	}
}
