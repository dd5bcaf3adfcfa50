package flight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

func TestABoundOnBracketsIsNeverBelowTheirDepth(t *testing.T) {
	for sql, depth := range map[string]int{
		"SELECT 1":                                 0,
		"SELECT ((1))":                             2,
		"SELECT [{'a': (1)}]":                      3,
		"SELECT CASE WHEN x THEN cAsE 1 END END":   2,
		"SELECT ')' || (1) -- (((":                 1,
		"SELECT \"a(\", casement FROM t WHERE (x)": 1,
		"case":                    1,
		"SELECT 'unterminated ((": 0,
	} {
		if got := guard.Depth(sql); got != depth {
			t.Errorf("%s: depth %d, want %d", sql, got, depth)
		}
		if got := deepest(sql); got < depth {
			t.Errorf("%s: at most %d, but it is %d deep", sql, got, depth)
		}
	}
	if n := testing.AllocsPerRun(10, func() { deepest("SELECT (v) FROM t WHERE id IN (1, 2)") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// endless has more rows than anybody reads.
const endless = "SELECT range AS i, repeat('x', 1000) AS text FROM range(1000000000)"

// holds runs a query whose rows are not read, so that it keeps its place and
// costs nothing, until release is called.
func (s *testServer) holds(c *client) (release func()) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.ctx)
	info, err := c.Execute(ctx, endless)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if status.Code(err) == codes.ResourceExhausted { // its time was over before its first row
		return cancel
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return func() {
		cancel()
		for r.Next() {
		}
		r.Release()
	}
}

func TestOneWhoSendsAThousandStatementsDelaysNobodyElses(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.MostRunning = 1 })
	ann, bob := srv.dial(t, writer1), srv.dial(t, writer2)
	ann.exec("CREATE TABLE done (who VARCHAR, place BIGINT)")
	release := srv.holds(ann)
	const many, lines = 1000, 5
	var sent sync.WaitGroup
	insert := func(c *client, who string) {
		sent.Go(func() {
			if _, err := c.ExecuteUpdate(c.ctx, "INSERT INTO done SELECT '"+who+"', count(*) FROM done"); err != nil {
				t.Errorf("%s: %v", who, err)
			}
		})
	}
	waiting := func(n int) {
		t.Helper()
		eventually(t, fmt.Sprintf("%d wait", n), func() bool { return len(srv.executions.list()) == n+1 })
	}
	for range lines {
		c := srv.dial(t, writer1)
		for range many / lines {
			insert(c, "ann")
		}
	}
	waiting(many)
	insert(bob, "bob")
	waiting(many + 1)
	release()
	sent.Wait()
	// Ann's first, whose turn had come before Bob sent his; then his.
	wantLines(t, bob.mustQuery("SELECT place FROM done WHERE who = 'bob'"), "1")
	wantLines(t, bob.mustQuery("SELECT count(*) FROM done"), fmt.Sprint(many+1))
}

func TestATransactionsStatementsWaitWithoutHoldingOthersUp(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.Running = 1 })
	c, other := srv.dial(t, writer1), srv.dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER)")
	c.exec("BEGIN")
	c.exec("INSERT INTO t VALUES (1)")
	// The open transaction has no place: what else its owner sends runs.
	other.exec("INSERT INTO t VALUES (2)")
	wantLines(t, other.mustQuery("SELECT i FROM t"), "2")
	release := srv.holds(other)
	// The end of a transaction waits for no place, though all are taken.
	c.exec("COMMIT")
	release()
	wantLines(t, other.mustQuery("SELECT i FROM t ORDER BY i"), "1", "2")
}

func TestEachLimitSaysWhichItIsAndWhose(t *testing.T) {
	over := func(change func(*Limits)) func(*Config) {
		return func(c *Config) { change(&c.Limits) }
	}
	for name, test := range map[string]struct {
		limit func(*Config)
		sql   string
		want  string
	}{
		"time":    {over(func(l *Limits) { l.StatementTime = 50 * time.Millisecond }), forever, "ran for too long (the limit statement_time of reader is 50ms)"},
		"rows":    {over(func(l *Limits) { l.ResultRows = 5000 }), endless, "more rows (the limit rows of reader is 5000)"},
		"bytes":   {over(func(l *Limits) { l.ResultBytes = 10 << 20 }), endless, "larger (the limit bytes of reader is 10485760)"},
		"text":    {over(func(l *Limits) { l.StatementBytes = 50 }), "SELECT " + strings.Repeat("1 + ", 50) + "1", "too long (the limit statement_bytes of reader is 50)"},
		"nesting": {over(func(l *Limits) { l.Nesting = 3 }), "SELECT ((((1))))", "brackets within brackets (the limit nesting of reader is 3)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := startServer(t, test.limit)
			c := srv.dial(t, reader1)
			_, err := c.query(test.sql)
			wantCode(t, err, codes.ResourceExhausted, test.want)
			_, err = c.Prepare(c.ctx, test.sql)
			if early := name == "text" || name == "nesting"; early {
				wantCode(t, err, codes.ResourceExhausted, test.want)
			} else if err != nil {
				t.Errorf("prepared: %v", err)
			}
			wantLines(t, c.mustQuery("SELECT (((1)))"), "1")
		})
	}
}

func TestNothingBeyondALimitGoesOut(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.ResultRows = 5000 })
	c := srv.dial(t, reader1)
	lines, err := c.query(endless)
	wantCode(t, err, codes.ResourceExhausted, "rows of reader")
	if len(lines) == 0 || len(lines) > 5000 {
		t.Errorf("%d rows came", len(lines))
	}
	if got := c.mustQuery("SELECT range FROM range(5000)"); len(got) != 5000 {
		t.Errorf("%d rows came of 5000", len(got))
	}
}

func TestAChangeThatReturnsMoreThanItMayIsUndone(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.ResultRows = 3 })
	c := srv.dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER)")
	_, err := c.query("INSERT INTO t SELECT range FROM range(4) RETURNING i")
	wantCode(t, err, codes.ResourceExhausted, "the limit rows of writer is 3")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
	wantLines(t, c.mustQuery("INSERT INTO t SELECT range FROM range(3) RETURNING i"), "0", "1", "2")
}

func TestWaitingHasItsOwnLimits(t *testing.T) {
	srv := startServer(t, func(c *Config) {
		c.Limits.Running, c.Limits.Queued = 1, 1
	})
	c := srv.dial(t, reader1)
	release := srv.holds(c)
	const waits = "SELECT count(*) FROM range(7)"
	second := srv.begins(srv.dial(t, reader1), waits)
	_, err := c.query("SELECT 3")
	wantCode(t, err, codes.ResourceExhausted, "too many statements wait already (the limit queued of reader is 1)")
	// What bounds one principal bounds no other.
	wantLines(t, srv.dial(t, writer1).mustQuery("SELECT 4"), "4")
	release()
	if err := <-second; err != nil {
		t.Error(err)
	}

	short := startServer(t, func(c *Config) {
		c.Limits.Running, c.Limits.QueueWait = 1, 20*time.Millisecond
	})
	c = short.dial(t, reader1)
	release = short.holds(c)
	_, err = c.query("SELECT 3")
	wantCode(t, err, codes.ResourceExhausted, "no turn came in time (the limit queue_wait of reader is 20ms)")
	release()
}

func TestAnEndedStatementsPlaceIsFreeThoughItsClientReadsNothing(t *testing.T) {
	for name, change := range map[string]func(*Limits){"killed": func(*Limits) {}, "too long": func(l *Limits) { l.StatementTime = time.Second }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := startServer(t, func(c *Config) { change(&c.Limits); c.Limits.MostRunning = 1 })
			c, admin := srv.dial(t, reader1), srv.dial(t, admin1)
			release := srv.holds(c)
			if name == "killed" {
				x := srv.knows(endless)
				eventually(t, "it waits for its client", func() bool { return x.bytes.Load() > 3<<20 }) // more than a window
				admin.mustQuery("CALL lakegate.kill_statement('" + x.id + "')")
			}
			wantLines(t, admin.mustQuery("SELECT 5"), "5")
			release()
		})
	}
}

func TestTemporaryTablesHaveAQuotaForEachSession(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.TemporaryTables = 2 })
	c, other := srv.dial(t, writer1), srv.dial(t, writer1)
	c.exec("CREATE TEMP TABLE a (i INTEGER)")
	c.exec("CREATE TEMP TABLE b AS SELECT 1 AS i")
	const want = "too many temporary tables; drop some (the limit temporary_tables of a session of writer is 2)"
	for _, sql := range []string{"CREATE TEMP TABLE c (i INTEGER)", "CREATE TABLE temp.c AS SELECT 1 AS i", "CREATE TEMPORARY TABLE IF NOT EXISTS c (i INTEGER)"} {
		_, err := c.ExecuteUpdate(c.ctx, sql)
		wantCode(t, err, codes.ResourceExhausted, want)
	}
	rec := ints(1, 2)
	defer rec.Release()
	temporary := func(o *flightsql.ExecuteIngestOpts) { o.Temporary = true }
	_, err := c.ingest("c", ifNoneCreate, ifSomeFail, rec, temporary)
	wantCode(t, err, codes.ResourceExhausted, want)
	// What is there may be written to and replaced.
	c.exec("CREATE OR REPLACE TEMP TABLE a (i INTEGER)")
	c.exec("INSERT INTO a VALUES (5)")
	if _, err := c.ingest("b", ifNoneCreate, ifSomeRepl, rec, temporary); err != nil {
		t.Error(err)
	}
	c.exec("DROP TABLE a")
	if _, err := c.ingest("c", ifNoneCreate, ifSomeFail, rec, temporary); err != nil {
		t.Error(err)
	}
	other.exec("CREATE TEMP TABLE a (i INTEGER)")
	wantLines(t, c.mustQuery("SELECT temporary_tables FROM lakegate.system.sessions ORDER BY 1"), "1", "2")
}

// grouped authenticates everybody as a member of the group g.
func grouped(c *Config) {
	c.Auth = testAuth{authenticate: func(_ context.Context, shown auth.Shown) (auth.Answer, error) {
		_, name, _ := strings.Cut(slices.Concat(shown.Authorization, []string{""})[0], " ")
		return auth.Answer{Principal: auth.Principal{
			Provider: "test", Subject: name, User: strings.TrimSuffix(name, "-token-1"), Groups: []string{"g"}, Expires: time.Now().Add(time.Hour),
		}}, nil
	}}
}

func rules(t testing.TB, cfg policy.Config) *policy.Policy {
	t.Helper()
	p, err := policy.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWithdrawnRightsEndStatementsWhereTheSettingsSaySo(t *testing.T) {
	for _, cancels := range []bool{true, false} {
		t.Run(fmt.Sprint(cancels), func(t *testing.T) {
			t.Parallel()
			srv := startServer(t, grouped, func(c *Config) { c.CancelWithdrawn = cancels })
			srv.cfg.Catalogs.Govern(rules(t, policy.Config{WriteGroups: []string{"g"}}))
			c, idle := srv.dial(t, writer1), srv.dial(t, writer2)
			c.exec("CREATE TABLE t AS SELECT range AS i FROM range(1000)")
			idle.exec("BEGIN")
			const reads = "SELECT count(*) FROM t, range(1000000000000)"
			ended := srv.begins(c, reads)
			computes := srv.begins(srv.dial(t, reader1), forever)
			eventually(t, "both run", func() bool { return srv.runs(reads) && srv.runs(forever) })
			// As before, and more.
			srv.cfg.Catalogs.Govern(rules(t, policy.Config{WriteGroups: []string{"g", "h"}}))
			srv.EndWithdrawn()
			srv.cfg.Catalogs.Govern(rules(t, policy.Config{ReadOnlyGroups: []string{"g"}}))
			srv.EndWithdrawn()
			if !srv.runs(reads) {
				t.Fatal("a right that it does not need was withdrawn, and it ended")
			}
			srv.cfg.Catalogs.Govern(rules(t, policy.Config{ReadOnlyGroups: []string{"h"}}))
			srv.EndWithdrawn()
			if cancels {
				wantCode(t, <-ended, codes.PermissionDenied, "your rights changed")
			} else {
				if !srv.runs(reads) {
					t.Fatal("it ended")
				}
				srv.knows(reads).cancel(errKilled)
				wantCode(t, <-ended, codes.Canceled, "ended by")
			}
			if !srv.runs(forever) {
				t.Error("what reads no table ended too")
			}
			srv.knows(forever).cancel(errKilled)
			wantCode(t, <-computes, codes.Canceled, "ended by")
			if n := srv.sessionCount(); n != 1 {
				t.Errorf("%d sessions are left", n)
			}
		})
	}
}

func TestWhatWaitsIsJudgedByTheRulesOfItsTurn(t *testing.T) {
	srv := startServer(t, grouped, func(c *Config) { c.Limits.MostRunning = 1 })
	srv.cfg.Catalogs.Govern(rules(t, policy.Config{WriteGroups: []string{"g"}}))
	c := srv.dial(t, writer1)
	c.exec("CREATE TABLE t AS SELECT 1 AS i")
	release := srv.holds(c)
	const reads = "SELECT i FROM t"
	ended := srv.begins(srv.dial(t, writer2), reads)
	srv.cfg.Catalogs.Govern(rules(t, policy.Config{WriteGroups: []string{"h"}}))
	release()
	wantCode(t, <-ended, codes.PermissionDenied, "your rights changed")
}

func TestAChangedFilterOrMaskIsAWithdrawnRight(t *testing.T) {
	before := policy.Decision{Privileges: policy.Select, Filter: "a > 1", Columns: []policy.ColumnDecision{{}, {Mask: "1"}, {Denied: true}}}
	changed := func(change func(*policy.Decision)) policy.Decision {
		d := before
		d.Columns = slices.Clone(before.Columns)
		change(&d)
		return d
	}
	for name, test := range map[string]struct {
		now  policy.Decision
		read []string
		want bool
	}{
		"nothing":            {changed(func(*policy.Decision) {}), nil, false},
		"privilege":          {changed(func(d *policy.Decision) { d.Privileges = policy.Insert }), nil, true},
		"filter changed":     {changed(func(d *policy.Decision) { d.Filter = "a > 2" }), nil, true},
		"filter gone":        {changed(func(d *policy.Decision) { d.Filter = "" }), nil, false},
		"mask changed":       {changed(func(d *policy.Decision) { d.Columns[1].Mask = "2" }), nil, true},
		"mask gone":          {changed(func(d *policy.Decision) { d.Columns[1].Mask = "" }), nil, false},
		"mask new":           {changed(func(d *policy.Decision) { d.Columns[0].Mask = "2" }), nil, true},
		"mask new elsewhere": {changed(func(d *policy.Decision) { d.Columns[0].Mask = "2" }), []string{"b"}, false},
		"column denied":      {changed(func(d *policy.Decision) { d.Columns[0].Denied = true }), nil, true},
		"column given":       {changed(func(d *policy.Decision) { d.Columns[2].Denied = false }), nil, false},
	} {
		if got := worse(before, test.now, policy.Select, []string{"a", "b", "c"}, test.read); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheEndOfTrustEndsWhatWaits(t *testing.T) {
	trusted := make(chan struct{})
	srv := startServer(t, func(c *Config) {
		c.Limits.MostRunning = 1
		c.Auth = testAuth{trusts: func(p auth.Principal) bool {
			select {
			case <-trusted:
				return p.Subject != reader1
			default:
				return true
			}
		}}
	})
	release := srv.holds(srv.dial(t, writer1))
	const waits = "SELECT count(*) FROM range(7)"
	ended := srv.begins(srv.dial(t, reader1), waits)
	close(trusted)
	srv.EndUntrusted()
	wantCode(t, <-ended, codes.Unauthenticated, "no longer accepted")
	release()
	eventually(t, "nothing is left", func() bool { return srv.queue.Running() == 0 && len(srv.executions.list()) == 0 })
}

func TestThePolicysLimitsGoBeforeTheSettingsAndMayBeShared(t *testing.T) {
	srv := startServer(t, grouped, func(c *Config) { c.Limits.Running, c.Limits.Queued, c.Limits.Nesting = 50, 50, 2 })
	file, err := policy.Parse("policy.yaml", []byte("tables:\n- privileges: [SELECT]\nlimits:\n- group: g\n  shared: true\n  running: 1\n  queued: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	srv.cfg.Catalogs.Govern(rules(t, policy.Config{Rules: file}))
	ann, bob := srv.dial(t, writer1), srv.dial(t, writer2)
	release := srv.holds(ann)
	const waits = "SELECT count(*) FROM range(7)"
	second := srv.begins(bob, waits)
	_, err = ann.query("SELECT 3")
	wantCode(t, err, codes.ResourceExhausted, "(the limit queued of group g is 1)")
	// What the policy does not name is the settings'.
	_, err = ann.query("SELECT (((3)))")
	wantCode(t, err, codes.ResourceExhausted, "(the limit nesting of group g is 2)")
	release()
	if err := <-second; err != nil {
		t.Error(err)
	}
	wantLines(t, bob.mustQuery("SELECT name, limit_name, value FROM lakegate.system.limits WHERE unit = 'statements' ORDER BY limit_name"),
		"group g|queued|1", "group g|running|1")
}
