package flight

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/policy"
)

// audited is a server that keeps records in folder.
type audited struct {
	*testServer
	folder string
	log    *audit.Log
}

// rememberAll takes every credential for one that was judged before.
type rememberAll struct{ testAuth }

func (a rememberAll) Authenticate(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
	answer, err := a.testAuth.Authenticate(ctx, shown)
	answer.Remembered = true
	return answer, err
}

func startAudited(t *testing.T, change ...func(*audit.Config)) audited {
	t.Helper()
	folder := t.TempDir()
	cfg := audit.Config{Folder: folder, Text: true, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	log, err := audit.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() }) // a test may have closed it
	eng, err := engine.Open(t.Context(), engine.Config{
		Lakes: []catalog.Lake{{Name: "lake", Type: catalog.DuckDB}}, Spill: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		RequireLakes: true, Threads: 2, Audit: folder,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	})
	rules, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cats, err := catalog.New(catalog.Config{
		Policy: rules, Catalog: "lake", Schema: "main",
		Load: func(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
			return eng.Contents(ctx, 0, old)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := serveOver(t, eng, cats, func(c *Config) { c.Audit, c.Auth = log, rememberAll{} })
	return audited{s, folder, log}
}

// records are all of one kind, of the empty kind all but those about the log itself.
// What was noted is written first.
func (a audited) records(t *testing.T, event audit.Event) []audit.Record {
	t.Helper()
	if err := a.log.Write(t.Context(), audit.Record{Event: "mark"}); err != nil {
		t.Fatal(err)
	}
	var all []audit.Record
	for line := range bytes.Lines(a.bytes(t)) {
		var r audit.Record
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.Event == event || event == "" && r.Event != "mark" && r.Event != audit.Opened {
			all = append(all, r)
		}
	}
	return all
}

func (a audited) bytes(t *testing.T) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(a.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (a audited) one(t *testing.T, event audit.Event) audit.Record {
	t.Helper()
	all := a.records(t, event)
	if len(all) != 1 {
		t.Fatalf("%d records of kind %s: %+v", len(all), event, all)
	}
	return all[0]
}

// BS-27: a record before the statement runs and one after, of reads as of writes.
func TestEachStatementIsOnRecordBeforeAndAfter(t *testing.T) {
	s := startAudited(t)
	w := s.dial(t, writer1)
	w.exec("CREATE TABLE t (a INTEGER, b VARCHAR)")
	w.exec("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
	r := s.dial(t, reader1)
	wantLines(t, r.mustQuery("SELECT a FROM t WHERE b = 'x'"), "1")

	starts, ends := s.records(t, audit.Start), s.records(t, audit.End)
	if len(starts) != 3 || len(ends) != 3 {
		t.Fatalf("%d starts, %d ends", len(starts), len(ends))
	}
	for i := range starts {
		if starts[i].ID == "" || starts[i].ID != ends[i].ID || starts[i].Code != "" || ends[i].Code != "OK" || ends[i].Time.Before(starts[i].Time) {
			t.Errorf("%+v\n%+v", starts[i], ends[i])
		}
	}
	insert, read := ends[1], ends[2]
	if insert.Target != "lake.main.t" || insert.Rows != 2 || insert.User != "writer" || insert.Statement != "INSERT INTO t VALUES (1, 'x'), (2, 'y')" {
		t.Errorf("%+v", insert)
	}
	if !slices.Equal(read.Reads, []string{"lake.main.t"}) || read.Rows != 1 || read.Bytes == 0 || read.DurationMS <= 0 || read.Decision != "allow" ||
		read.User != "reader" || read.Provider != "test" || read.Subject != reader1 || !strings.HasPrefix(read.Peer, "127.0.0.1:") ||
		read.Protocol != "flight" || !strings.HasSuffix(read.Method, "/DoGet") || read.Fingerprint == "" {
		t.Errorf("%+v", read)
	}
}

func TestAFailedStatementHasItsCode(t *testing.T) {
	s := startAudited(t)
	c := s.dial(t, reader1)
	if _, err := c.query("SELECT CAST(if(range = 3, 'zero-9', '1') AS INTEGER) FROM range(10)"); err == nil {
		t.Fatal("no error")
	}
	for _, r := range s.records(t, "") {
		if strings.Contains(r.Reason, "zero-9") {
			t.Errorf("a value is in the reason: %+v", r)
		}
	}
	all := s.records(t, "")
	if n := len(s.records(t, audit.Denied)); n != 0 {
		t.Errorf("%d denials of a statement that ran", n)
	}
	if last := all[len(all)-1]; last.Code != "INVALID_ARGUMENT" || last.Reason == "" {
		t.Errorf("%+v", last)
	}
}

// BS-27: one record for each denied call, whatever it was denied for.
func TestEachDeniedCallIsOnRecordOnce(t *testing.T) {
	s := startAudited(t)
	s.dial(t, writer1).exec("CREATE TABLE secret_plans (a INTEGER)")
	before := len(s.records(t, audit.Denied))
	for name, tc := range map[string]struct {
		call   func() error
		code   string
		reason string
		user   string
	}{
		"no such table": {func() error { return errorOf(s.dial(t, reader1).query("SELECT * FROM nonesuch")) }, "NOT_FOUND", "nonesuch", "reader"},
		"no right": {func() error {
			_, err := s.dial(t, reader1).ExecuteUpdate(s.dial(t, reader1).ctx, "DROP TABLE secret_plans")
			return err
		}, "PERMISSION_DENIED", "", "reader"},
		"refused": {func() error { return errorOf(s.dial(t, reader1).query("SELECT * FROM read_csv('/etc/passwd')")) }, "PERMISSION_DENIED", "read_csv", "reader"},
		"several": {func() error { return errorOf(s.dial(t, reader1).query("SELECT 1; SELECT 2")) }, "INVALID_ARGUMENT", "several statements", "reader"},
		"prepared": {func() error {
			_, err := s.dial(t, reader1).Prepare(s.dial(t, reader1).ctx, "COPY secret_plans TO 'x'")
			return err
		}, "PERMISSION_DENIED", "", "reader"},
		"no credential": {func() error { return errorOf(s.dial(t, "nobody's token").query("SELECT 1")) }, "UNAUTHENTICATED", "", ""},
		"no provider":   {func() error { return errorOf(s.dial(t, "unavailable").query("SELECT 1")) }, "UNAVAILABLE", "", ""},
		"handshake": {func() error {
			stream, err := arrowflight.NewClientFromConn(s.raw(t), nil).Handshake(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer wrong"))
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		}, "UNAUTHENTICATED", "", ""},
	} {
		if tc.call() == nil {
			t.Errorf("%s: no error", name)
		}
		all := s.records(t, audit.Denied)
		if len(all) != before+1 {
			t.Fatalf("%s: %d records, want one: %+v", name, len(all)-before, all[before:])
		}
		before++
		r := all[before-1]
		if r.Code != tc.code || r.Decision != "deny" || r.User != tc.user || !strings.Contains(r.Reason, tc.reason) || r.Reason == "" {
			t.Errorf("%s: %+v", name, r)
		}
		if strings.Contains(r.Statement, "/etc/passwd") || strings.Contains(r.Reason, "/etc/passwd") {
			t.Errorf("%s: a value of a refused statement is kept: %+v", name, r)
		}
	}
	if n := len(s.records(t, audit.Start)); n != 1 {
		t.Errorf("%d statements were begun, want the one that made the table", n)
	}
}

func errorOf(_ []string, err error) error { return err }

// N03: what cannot be put on record does not run, and says so; it runs again by
// itself.
func TestNothingRunsThatCannotBePutOnRecord(t *testing.T) {
	s := startAudited(t)
	w := s.dial(t, writer1)
	w.exec("CREATE TABLE t (a INTEGER)")
	if err := s.log.Close(); err != nil { // a closed log takes nothing, as one on a full disk does
		t.Fatal(err)
	}
	_, err := w.ExecuteUpdate(w.ctx, "INSERT INTO t VALUES (1)")
	wantCode(t, err, codes.Unavailable, "audit log")
	_, err = w.query("SELECT 1")
	wantCode(t, err, codes.Unavailable, "audit log")
	info, err := w.GetTables(w.ctx, &flightsql.GetTablesOpts{})
	if err == nil {
		_, err = w.read(info)
	}
	wantCode(t, err, codes.Unavailable, "audit log")
	rows, err := s.cfg.Engine.Query(t.Context(), engine.Request{View: viewOf(t, s), SQL: "SELECT count(*) FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	if rows.Next(); rows.RecordBatch().Column(0).ValueStr(0) != "0" {
		t.Error("it ran all the same")
	}
}

func viewOf(t *testing.T, s audited) catalog.View {
	t.Helper()
	v, err := s.cfg.Catalogs.For(t.Context(), auth.Principal{Subject: "s", User: "u", Scopes: []string{policy.ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestALenientLogStopsNobody(t *testing.T) {
	s := startAudited(t, func(c *audit.Config) { c.Lenient = true })
	if err := s.log.Close(); err != nil {
		t.Fatal(err)
	}
	wantLines(t, s.dial(t, reader1).mustQuery("SELECT 1"), "1")
	if n := s.log.Status().Lost; n < 2 {
		t.Errorf("%d records counted", n)
	}
}

func TestLoginsAreOnRecordUntilTheyAreRemembered(t *testing.T) {
	s := startAudited(t)
	remembered := false
	s.cfg.Auth = testAuth{authenticate: func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
		who, err := testAuthenticate(ctx, shown.Authorization)
		return auth.Answer{Principal: who, Remembered: remembered}, err
	}}
	c := s.dial(t, admin1)
	if _, err := c.GetCatalogs(c.ctx); err != nil {
		t.Fatal(err)
	}
	if r := s.one(t, audit.Login); r.User != "admin" || r.Provider != "test" || r.Peer == "" || r.Decision != "allow" {
		t.Errorf("%+v", r)
	}
	remembered = true
	if _, err := c.GetCatalogs(c.ctx); err != nil {
		t.Fatal(err)
	}
	s.one(t, audit.Login)
	stream, err := arrowflight.NewClientFromConn(s.raw(t), nil).Handshake(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+admin1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if n := len(s.records(t, audit.Login)); n != 2 {
		t.Errorf("%d logins after a handshake", n)
	}
}

func TestMetadataIsReadOnRecord(t *testing.T) {
	s := startAudited(t)
	c := s.dial(t, reader1)
	info, err := c.GetTables(c.ctx, &flightsql.GetTablesOpts{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.read(info); err != nil {
		t.Fatal(err)
	}
	if r := s.one(t, audit.End); r.Command != "CommandGetTables" || r.ID != "" || r.Code != "OK" || r.User != "reader" {
		t.Errorf("%+v", r)
	}
}

func TestTextsAreKeptAsTheSettingsSay(t *testing.T) {
	const sql = "SELECT 'hunter2' AS x, 4711 /* pssst */ FROM (VALUES ($1)) v(y)"
	for _, tc := range []struct {
		text, redact bool
		want         string
	}{
		{true, false, sql}, {true, true, "SELECT ? AS x, ? FROM (VALUES ($1)) v(y)"}, {false, false, ""}, {false, true, ""},
	} {
		s := startAudited(t, func(c *audit.Config) { c.Text, c.Redact = tc.text, tc.redact })
		c := s.dial(t, reader1)
		p, err := c.Prepare(c.ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		p.SetParameters(stringParams(t, "the parameter's value"))
		info, err := p.Execute(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.read(info); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(c.ctx); err != nil {
			t.Fatal(err)
		}
		if r := s.one(t, audit.Start); r.Statement != tc.want || r.Fingerprint == "" {
			t.Errorf("%+v: %+v", tc, r)
		}
		text := s.bytes(t)
		for _, secret := range []string{"the parameter's value", "Bearer"} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%+v: %q is on record", tc, secret)
			}
		}
		if (!tc.text || tc.redact) && (bytes.Contains(text, []byte("hunter2")) || bytes.Contains(text, []byte("4711")) || bytes.Contains(text, []byte("pssst"))) {
			t.Errorf("%+v: a literal is on record", tc)
		}
	}
}

func stringParams(t *testing.T, value string) arrow.RecordBatch {
	t.Helper()
	b := newTable(arrow.NewSchema([]arrow.Field{{Name: "1", Type: arrow.BinaryTypes.String, Nullable: true}}, nil))
	defer b.release()
	b.row(value)
	return b.batch()
}

// An administrator reads the log as a table: also the record of their own
// statement, since that was written before it ran.
func TestAdministratorsReadTheLogAsATable(t *testing.T) {
	s := startAudited(t)
	s.dial(t, writer1).exec("CREATE TABLE t (a INTEGER)")
	wantLines(t, s.dial(t, reader1).mustQuery("SELECT count(*) FROM t"), "0")
	a := s.dial(t, admin1)
	const own = "SELECT event, id IS NOT NULL FROM lakegate.audit.events WHERE statement LIKE '%FROM lakegate%' AND date = current_date OR reads = ['lake.main.t'] ORDER BY time"
	wantLines(t, a.mustQuery(own), "start|true", "end|true", "start|true")
	wantLines(t, a.mustQuery("SELECT user, code, reads[1], rows FROM lakegate.audit.events WHERE event = 'end' AND list_contains(reads, 'lake.main.t')"), "reader|OK|lake.main.t|1")
	wantLines(t, a.mustQuery("SELECT count(*) FROM (DESCRIBE lakegate.audit.events)"), "30")
	if got := a.mustQuery("SELECT e.user FROM lakegate.audit.events e JOIN lakegate.audit.events f USING (id) WHERE e.event = 'start' AND f.event = 'end' GROUP BY ALL ORDER BY ALL"); !slices.Equal(got, []string{"admin", "reader", "writer"}) {
		t.Errorf("%q", got)
	}
	// A torn line of another process does not hide the rest.
	var one string
	_ = filepath.WalkDir(s.folder, func(path string, d fs.DirEntry, _ error) error {
		if !d.IsDir() {
			one = path
		}
		return nil
	})
	if err := os.WriteFile(filepath.Join(filepath.Dir(one), "other.ndjson"), []byte(`{"time":"2026-11-25T14:03:05Z","event":"login","user":"elsewhere"}`+"\n"+`{"time":"2026-`), 0o600); err != nil {
		t.Fatal(err)
	}
	wantLines(t, a.mustQuery("SELECT user FROM lakegate.audit.events WHERE event = 'login'"), "elsewhere")

	for _, sql := range []string{
		"SELECT * FROM lakegate.audit.events", "FROM lakegate.audit.nonesuch", "DESCRIBE lakegate.audit.events",
	} {
		for _, token := range []string{reader1, writer1} {
			_, err := s.dial(t, token).query(sql)
			wantCode(t, err, codes.NotFound, "not found")
		}
	}
	for _, sql := range []string{"DELETE FROM lakegate.audit.events", "DROP VIEW lakegate.audit.events", "INSERT INTO lakegate.audit.events (event) VALUES ('x')", "CREATE TABLE lakegate.audit.x (a INTEGER)"} {
		if _, err := a.ExecuteUpdate(a.ctx, sql); err == nil {
			t.Errorf("%s was done", sql)
		}
	}
	for _, sql := range []string{"SELECT * FROM lakegate.audit.events LIMIT 1", "EXPLAIN SELECT * FROM lakegate.audit.events"} {
		lines := strings.Join(a.mustQuery(sql), "\n")
		if strings.Contains(lines, s.folder) || strings.Contains(lines, "e_") && strings.Contains(lines, "_f.") {
			t.Errorf("%s shows a physical name: %s", sql, lines)
		}
	}
}

func TestTheHealthPageSpeaksOfTheLog(t *testing.T) {
	s := startAudited(t)
	page := func() (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+healthPage, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+admin1)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close() //nolint:errcheck // only read
		var b bytes.Buffer
		_, _ = b.ReadFrom(answer.Body)
		http.DefaultClient.CloseIdleConnections()
		return answer.StatusCode, b.String()
	}
	if code, text := page(); code != http.StatusOK || !strings.Contains(text, "\naudit: ok") {
		t.Errorf("%d %s", code, text)
	}
}

// The questions of docs/audit.md are answered.
func TestTheQuestionsOfTheAuditPageAreAnswered(t *testing.T) {
	page, err := os.ReadFile("../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	s := startAudited(t)
	a := s.dial(t, admin1)
	questions := strings.Split(string(page), "```sql\n")[1:]
	if len(questions) < 6 {
		t.Fatalf("%d questions", len(questions))
	}
	for _, q := range questions {
		sql, _, _ := strings.Cut(q, "```")
		if _, err := a.query(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// A statement that is ended in the middle has its start, and an end that says so.
func TestAStatementThatIsEndedIsOnRecord(t *testing.T) {
	s := startAudited(t)
	c := s.dial(t, reader1)
	info, err := c.Execute(c.ctx, "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(c.ctx)
	ended := make(chan error, 1)
	go func() {
		r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
		if err == nil {
			for r.Next() {
			}
			err = r.Err()
			r.Release()
		}
		ended <- err
	}()
	for len(s.records(t, audit.Start)) == 0 {
		runtime.Gosched()
	}
	if n := len(s.records(t, audit.End)); n != 0 {
		t.Errorf("%d ends while it runs", n)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("it came to an end by itself")
	}
	for len(s.records(t, audit.End)) == 0 {
		runtime.Gosched()
	}
	start, end := s.one(t, audit.Start), s.one(t, audit.End)
	if start.ID != end.ID || end.Code != "CANCELLED" {
		t.Errorf("%+v\n%+v", start, end)
	}
	if n := len(s.records(t, audit.Denied)); n != 0 {
		t.Errorf("%d denials of who went away", n)
	}
}
