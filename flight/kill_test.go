package flight

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// forever is a query that does not end by itself.
const forever = "SELECT count(*) FROM range(1000000000000000)"

// begins runs sql in the background, and gives its end; it returns when the
// server knows the statement.
func (s *testServer) begins(c *client, sql string) <-chan error {
	c.t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := c.query(sql)
		ended <- err
	}()
	eventually(c.t, "the statement is known", func() bool { return s.knows(sql) != nil })
	return ended
}

// knows is the execution of sql; nil if there is none.
func (s *testServer) knows(sql string) *execution {
	for _, x := range s.executions.list() {
		if x.sql == sql {
			return x
		}
	}
	return nil
}

func (s *testServer) runs(sql string) bool {
	x := s.knows(sql)
	return x != nil && x.running.Load()
}

// L12: kill or see another's query.
func TestOnlyOwnersAndAdministratorsSeeAndEndStatements(t *testing.T) {
	srv := startServer(t)
	owner, other, admin := srv.dial(t, reader1), srv.dial(t, writer2), srv.dial(t, admin1)
	of := func(c *client) []string {
		t.Helper()
		return c.mustQuery("SELECT id, user_name, state, kind, statement FROM lakegate.system.statements WHERE statement NOT LIKE '%lakegate%'")
	}
	for _, killer := range []*client{owner, admin} {
		ended := srv.begins(owner, forever)
		eventually(t, "it runs", func() bool { return srv.runs(forever) })
		id := srv.knows(forever).id
		want := id + "|reader|running|query|" + forever
		wantLines(t, of(owner), want)
		wantLines(t, of(admin), want)
		wantLines(t, of(other))
		// What another may not end is as what is not there.
		_, theirs := other.query("CALL lakegate.kill_statement('" + id + "')")
		wantCode(t, theirs, codes.NotFound, id)
		none := strings.Repeat("0", len(id))
		_, missing := other.query("CALL lakegate.kill_statement('" + none + "')")
		wantCode(t, missing, codes.NotFound, none)
		if strings.ReplaceAll(theirs.Error(), id, none) != missing.Error() {
			t.Errorf("another's: %v; none: %v", theirs, missing)
		}
		if !srv.runs(forever) {
			t.Fatal("it runs no more")
		}
		killer.mustQuery("CALL lakegate.kill_statement('" + id + "')")
		wantCode(t, <-ended, codes.Canceled, "ended by its owner or an administrator")
	}
	wantLines(t, owner.mustQuery("SELECT 1"), "1")
}

func TestAnEndedSessionRollsBackAndSaysSoOnce(t *testing.T) {
	srv := startServer(t)
	c, other, admin := srv.dial(t, writer1), srv.dial(t, writer2), srv.dial(t, admin1)
	c.exec("CREATE TABLE t (i INTEGER)")
	c.exec("BEGIN")
	c.exec("INSERT INTO t VALUES (1)")
	c.exec("CREATE TEMP TABLE mine (i INTEGER)")
	wantLines(t, c.mustQuery("SELECT count(*) FROM mine"), "0")
	const sessions = "SELECT id FROM lakegate.system.sessions WHERE in_transaction AND temporary_tables = 1 AND user_name = 'writer'"
	ids := admin.mustQuery(sessions)
	if len(ids) != 1 {
		t.Fatalf("sessions: %v", ids)
	}
	wantLines(t, c.mustQuery(sessions), ids...)
	wantLines(t, other.mustQuery(sessions))
	_, theirs := other.query("CALL lakegate.kill_session('" + ids[0] + "')")
	wantCode(t, theirs, codes.NotFound, ids[0])
	_, missing := other.query("CALL lakegate.kill_session('" + strings.Repeat("a", 32) + "')")
	wantCode(t, missing, codes.NotFound, "aaaa")
	ended := srv.begins(c, forever)
	eventually(t, "it runs", func() bool { return srv.runs(forever) })
	admin.mustQuery("CALL lakegate.kill_session('" + ids[0] + "')")
	wantCode(t, <-ended, codes.Canceled, "the session was ended")
	_, err := c.query("SELECT count(*) FROM t")
	wantCode(t, err, codes.FailedPrecondition, "somebody ended it")
	wantLines(t, c.mustQuery("SELECT count(*) FROM t"), "0")
	_, err = c.query("SELECT * FROM mine")
	wantCode(t, err, codes.NotFound, "mine")
}

func TestOneEndsOnesOwnSessionFromWithin(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	c.exec("CREATE TABLE t (i INTEGER)")
	c.exec("BEGIN")
	c.exec("INSERT INTO t VALUES (1)")
	id := c.mustQuery("SELECT id FROM lakegate.system.sessions")
	c.mustQuery("CALL lakegate.kill_session('" + id[0] + "')")
	wantLines(t, srv.dial(t, writer1).mustQuery("SELECT count(*) FROM t"), "0")
}

func TestAStatementThatWaitsCanBeEnded(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.MostRunning = 1 })
	c := srv.dial(t, reader1)
	first := srv.begins(c, forever)
	eventually(t, "it runs", func() bool { return srv.runs(forever) })
	const waits = "SELECT count(*) FROM range(10)"
	second := srv.begins(srv.dial(t, reader1), waits)
	if srv.runs(waits) {
		t.Fatal("it does not wait")
	}
	// What ends statements waits for none.
	c.mustQuery("CALL lakegate.kill_statement('" + srv.knows(waits).id + "')")
	wantCode(t, <-second, codes.Canceled, "ended by its owner")
	c.mustQuery("CALL lakegate.kill_statement('" + srv.knows(forever).id + "')")
	wantCode(t, <-first, codes.Canceled, "ended by its owner")
	wantLines(t, c.mustQuery(waits), "10")
	eventually(t, "nothing is left", func() bool { return srv.queue.Running() == 0 && len(srv.executions.list()) == 0 })
}
