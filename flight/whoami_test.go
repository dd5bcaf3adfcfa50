package flight

import "testing"

// Callers with equal rights share one View and what was found out about their
// statements; never each other's names.
func TestEveryCallerIsToldTheirOwnName(t *testing.T) {
	srv := startServer(t)
	ann, bob := srv.dial(t, writer1), srv.dial(t, writer2)
	ann.exec("CREATE TABLE whoami (name VARCHAR)")
	for range 2 {
		wantLines(t, ann.mustQuery("SELECT current_user"), "writer")
		wantLines(t, bob.mustQuery("SELECT current_user"), "writer-token-2")
	}
	bob.exec("INSERT INTO whoami VALUES (session_user)")
	ann.exec("INSERT INTO whoami VALUES (session_user)")
	wantLines(t, ann.mustQuery("SELECT name FROM whoami ORDER BY name"), "writer", "writer-token-2")
	wantLines(t, bob.mustQuery("SELECT count(*) FROM whoami WHERE name = user"), "1")
	if plan := bob.mustQuery("EXPLAIN SELECT name FROM whoami WHERE name = 'ann'"); len(plan) == 0 {
		t.Error("no plan")
	}
}
