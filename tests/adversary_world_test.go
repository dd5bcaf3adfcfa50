package tests

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"

	"github.com/lakegate/lakegate/bench/duck"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// adversaryWorld is a server over lakes in which much is hidden from everybody
// but administrators, and for each caller a plain DuckDB over tables that hold
// only what that caller may see.
type adversaryWorld struct {
	*server
	issuer    *issuer.Issuer
	admin     *caller
	files     string // a folder that must stay empty
	physical  *regexp.Regexp
	statement sync.RWMutex // held to write by attempts that change what is there
}

var theAdversaryWorld once[*adversaryWorld]

// adversaryFile is a file of the suite.
func adversaryFile(t testing.TB, parts ...string) string {
	t.Helper()
	return filepath.Join(append([]string{testpeer.Root(t), "testdata", "adversary"}, parts...)...)
}

func script(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(adversaryFile(t, "world", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// groupsOf are the callers' groups; nobody has one that no rule names.
var groupsOf = map[string]string{
	"reader": "readers", "filtered": "filtered", "masked": "masked", "writer": "writers", "nobody": "strangers", "admin": "platform",
}

func startAdversaryWorld(t testing.TB) *adversaryWorld {
	t.Helper()
	folder, extensions := t.TempDir(), testpeer.Extensions(t)
	db, err := duck.Open("", "SET extension_directory = "+literal(extensions), "LOAD ducklake",
		"ATTACH "+literal(filepath.Join(folder, "lake.duckdb"))+" AS lake", "USE lake", script(t, "lake.sql"),
		"ATTACH "+literal(filepath.Join(folder, "blackbox.duckdb"))+" AS zq_void", "USE zq_void", script(t, "zq_void.sql"),
		"ATTACH "+literal("ducklake:"+filepath.Join(folder, "lakemeta.ducklake"))+" AS duck (DATA_PATH "+literal(filepath.Join(folder, "lakedata")+"/")+")",
		"USE duck", script(t, "duck.sql"), "USE memory", "DETACH duck", "DETACH lake", "DETACH zq_void")
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	write(t, filepath.Join(folder, "policy.yaml"), script(t, "policy.yaml"))
	iss := issuer.Start(t)
	settings := fmt.Sprintf(`extensions: %s
default_catalog: lake
catalogs:
  lake: {type: duckdb, path: lake.duckdb}
  zq_void: {type: duckdb, path: blackbox.duckdb}
  duck: {type: ducklake, metadata: {type: duckdb, path: lakemeta.ducklake}, data: lakedata/}
engine: {memory_limit: 2GB}
policy: {file: policy.yaml}
state: state
audit: {folder: audit}
%s%s`, extensions, strings.Replace(unlimited, "}", ", max_sessions_per_hour: 1000000, max_concurrent_sessions: 100000}", 1), authSettings(iss.URL))
	s := start(t, settings, in(folder))
	_, port, _ := net.SplitHostPort(s.address)
	w := &adversaryWorld{server: s, issuer: iss, files: filepath.Join(folder, "none"), physical: regexp.MustCompile(
		`(?i)__ducklake|\b(?:c|m|s|p|probe)_[0-9a-f]{12,}|` + regexp.QuoteMeta(folder) + `|\.duckdb\b|\.parquet\b|lakemeta|lakedata|blackbox|127\.0\.0\.1|:` + port + `\b`)}
	if err := os.Mkdir(w.files, 0o755); err != nil {
		t.Fatal(err)
	}
	w.admin = w.dial(t, w.token(t, "admin"))
	return w
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// token is who's.
func (w *adversaryWorld) token(t testing.TB, who string) string {
	t.Helper()
	return w.issuer.Token(t, issuer.Claims{"sub": who, "groups": []string{groupsOf[who]}, "region": "EU"})
}

// honest is a plain DuckDB over tables that hold only what who may see.
type honest struct {
	db   *duck.DB
	conn *duck.Conn
}

func newHonest(t testing.TB, who string) *honest {
	t.Helper()
	db, err := duck.Open("", "SET TimeZone = 'UTC'", "SET threads = 1", "ATTACH ':memory:' AS lake", "ATTACH ':memory:' AS duck",
		"USE duck", script(t, "duck.sql"), "USE lake", script(t, "lake.sql"), script(t, "hide.sql"), script(t, who+".sql"), "SET enable_external_access = false")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Connect()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec("USE lake"); err != nil {
		t.Fatal(err)
	}
	return &honest{db, conn}
}

func (h *honest) close() {
	h.conn.Close()
	h.db.Close()
}

// run gives a statement's answer.
func (h *honest) run(sql string) answer {
	rows, err := h.conn.Stream(sql)
	if err != nil {
		return answer{err: err}
	}
	defer rows.Close()
	out := answer{}
	out.describe(rows.Schema())
	for {
		batch, err := rows.Next()
		if err != nil || batch == nil {
			out.err = err
			return out
		}
		for _, row := range texts(batch) {
			out.rows = append(out.rows, strings.Clone(row)) // it may lie in DuckDB's memory
		}
		batch.Release()
	}
}

// wiretap looks at every byte that a server sends on a connection, whatever
// message it belongs to, and whether a client reads it or not.
type wiretap struct {
	mu    sync.Mutex
	tail  []byte
	found []string
}

type tapped struct {
	net.Conn
	tap *wiretap
}

func (c tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.tap.look(p[:n])
	return n, err
}

func (t *wiretap) look(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := append(t.tail, p...) //nolint:gocritic // tail is a copy of its own
	for _, c := range canaryBytes {
		if at := strings.Index(string(all), c); at >= 0 {
			t.found = append(t.found, fmt.Sprintf("%q", all[max(0, at-20):min(len(all), at+40)]))
			all = nil
			break
		}
	}
	t.tail = slices.Clone(all[max(0, len(all)-32):])
}

// taken is what was found since the last call.
func (t *wiretap) taken() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.found
	t.found = nil
	return found
}

// tap opens a connection for token's holder, and a wiretap on it.
func (w *adversaryWorld) tap(t testing.TB, token string) (*caller, *wiretap) {
	t.Helper()
	w.secret(token)
	tap := &wiretap{}
	sql, err := flightsql.NewClient(w.address, nil, nil, grpc.WithTransportCredentials(w.credentials(t)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			return tapped{conn, tap}, err
		}))
	if err != nil {
		t.Fatal(err)
	}
	return &caller{Client: sql, token: token}, tap
}
