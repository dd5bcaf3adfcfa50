package flight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/policy"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// testServer is a server on a loopback port over a lake in memory.
type testServer struct {
	*Server
	addr string
	log  *logBuffer
	stop func()
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// The tokens that testAuthenticate knows; each is also its holder's name.
const (
	writer1 = "writer-token-1"
	reader1 = "reader-token-1"
	writer2 = "writer-token-2"
	admin1  = "admin-token-1"
)

// testAuth takes the place of package auth, which has tests of its own.
type testAuth struct {
	authenticate func(ctx context.Context, shown auth.Shown) (auth.Answer, error)
	login        func(ctx context.Context, shown auth.Shown) (auth.Answer, error)
	trusts       func(auth.Principal) bool
}

func (a testAuth) Authenticate(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
	if a.authenticate != nil {
		return a.authenticate(ctx, shown)
	}
	who, err := testAuthenticate(ctx, shown.Authorization)
	return auth.Answer{Principal: who}, err
}

func (a testAuth) Login(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
	if a.login != nil {
		return a.login(ctx, shown)
	}
	answer, err := a.Authenticate(ctx, shown)
	if err == nil {
		_, answer.Token, _ = strings.Cut(shown.Authorization[0], " ")
	}
	return answer, err
}

func (a testAuth) Trusts(p auth.Principal) bool { return a.trusts == nil || a.trusts(p) }
func (testAuth) Challenges() []string           { return []string{`Bearer realm="test"`} }
func (testAuth) Status() []auth.SourceStatus {
	return []auth.SourceStatus{{Kind: "keys", Name: "test", Where: "https://id.test", Keys: 2, Degraded: "status 502"}}
}

func testAuthenticate(_ context.Context, authorization []string) (auth.Principal, error) {
	if len(authorization) != 1 {
		return auth.Principal{}, auth.ErrUnauthenticated
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	scopes := map[string]string{writer1: policy.ScopeWrite, writer2: policy.ScopeWrite, reader1: policy.ScopeRead, admin1: policy.ScopeAdmin}
	switch {
	case token == "unavailable":
		return auth.Principal{}, auth.ErrUnavailable
	case !strings.EqualFold(scheme, "Bearer") || scopes[token] == "":
		return auth.Principal{}, auth.ErrUnauthenticated
	}
	return auth.Principal{
		Provider: "test", Subject: token, User: strings.TrimSuffix(token, "-token-1"),
		Scopes: []string{scopes[token]}, Expires: time.Now().Add(time.Hour),
	}, nil
}

// testEngine is an engine over one lake in memory, and the catalogs over it.
func testEngine(t testing.TB) (*engine.Engine, *catalog.Catalogs) {
	t.Helper()
	return engineOver(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB})
}

// engineOver is an engine over lake, and the catalogs over it.
func engineOver(t testing.TB, lake catalog.Lake) (*engine.Engine, *catalog.Catalogs) {
	t.Helper()
	eng, err := engine.Open(t.Context(), engine.Config{
		Lakes: []catalog.Lake{lake}, Extensions: "../extensions", Spill: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		RequireLakes: true, Threads: 2,
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
	return eng, cats
}

func startServer(t testing.TB, change ...func(*Config)) *testServer {
	t.Helper()
	eng, cats := testEngine(t)
	return serveOver(t, eng, cats, change...)
}

func serveOver(t testing.TB, eng *engine.Engine, cats *catalog.Catalogs, change ...func(*Config)) *testServer {
	t.Helper()
	log := &logBuffer{}
	cfg := Config{
		Engine: eng, Catalogs: cats, Auth: testAuth{}, Grace: 5 * time.Second, Version: "1.2.3",
		Limits: Limits{Requests: -1, GlobalRequests: -1, SessionsPerUser: 1000},
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	srv, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, lis) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return &testServer{Server: srv, addr: lis.Addr().String(), log: log, stop: stop}
}

// client is a Flight SQL client of one token on a connection of its own.
type client struct {
	*flightsql.Client
	t   testing.TB
	ctx context.Context //nolint:containedctx // carries the token
}

func (s *testServer) dial(t testing.TB, token string, middleware ...arrowflight.ClientMiddleware) *client {
	t.Helper()
	c, err := flightsql.NewClient(s.addr, nil, middleware, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &client{Client: c, t: t, ctx: metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)}
}

// raw is a bare gRPC connection.
func (s *testServer) raw(t testing.TB) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// read fetches all of info's results and checks that their schema is info's.
func (c *client) read(info *arrowflight.FlightInfo) ([]string, error) {
	c.t.Helper()
	promised, err := arrowflight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
	if err != nil {
		c.t.Fatalf("FlightInfo's schema: %v", err)
	}
	var lines []string
	for _, e := range info.Endpoint {
		r, err := c.DoGet(c.ctx, e.Ticket)
		if err != nil {
			return nil, err
		}
		if !promised.Equal(r.Schema()) {
			c.t.Errorf("FlightInfo promised %v, DoGet gave %v", promised, r.Schema())
		}
		for r.Next() {
			lines = append(lines, recordLines(r.RecordBatch())...)
		}
		err = r.Err()
		r.Release()
		if err != nil && !errors.Is(err, io.EOF) {
			return lines, err
		}
	}
	return lines, nil
}

func recordLines(rec arrow.RecordBatch) []string {
	var lines []string
	for i := range int(rec.NumRows()) {
		var cells []string
		for _, col := range rec.Columns() {
			cells = append(cells, col.ValueStr(i))
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return lines
}

// query runs sql by the query path and gives the rows as text.
func (c *client) query(sql string) ([]string, error) {
	c.t.Helper()
	info, err := c.Execute(c.ctx, sql)
	if err != nil {
		return nil, err
	}
	return c.read(info)
}

func (c *client) mustQuery(sql string) []string {
	c.t.Helper()
	lines, err := c.query(sql)
	if err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return lines
}

// exec runs sql by the update path.
func (c *client) exec(sql string) int64 {
	c.t.Helper()
	n, err := c.ExecuteUpdate(c.ctx, sql)
	if err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func wantLines(t testing.TB, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func wantCode(t testing.TB, err error, want codes.Code, text string) {
	t.Helper()
	if status.Code(err) != want || !strings.Contains(status.Convert(err).Message(), text) {
		t.Errorf("got %v, want %v with %q", err, want, text)
	}
}

// codeOf is the code of a call's error; of the end of a stream, OK.
func codeOf(err error) codes.Code { return status.Code(ended(err)) }

// ended is err, or nil where it is the end of a stream.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
