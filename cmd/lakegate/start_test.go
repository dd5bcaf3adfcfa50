package main

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// provider is an identity provider with its keys in a file, for settings.
type provider struct {
	*auth.DevIssuer
	jwks string // the file's content
	yaml string // the section auth
}

func newProvider(t *testing.T) provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := auth.NewDevIssuer("https://id.example.com", key)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	issuer.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/jwks", nil))
	return provider{
		issuer, answer.Body.String(),
		`auth: {providers: [oidc], oidc: {issuer: "https://id.example.com", audience: "` + auth.DevAudience + `", jwks_file: jwks.json}, write_groups: [writers]}` + "\n",
	}
}

// token is a writer's.
func (p provider) token(t *testing.T) string {
	t.Helper()
	token, err := p.Mint(map[string]any{"sub": "ada", "groups": []string{"Writers "}})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAServerRunsFromASettingsFile(t *testing.T) {
	id := newProvider(t)
	dir := folder(t, map[string]string{
		"jwks.json": id.jwks,
		"lakegate.yaml": id.yaml + `state: state
tls: {certificate: server.pem, key: server.key}
catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}
log: {format: text}
`,
	})
	if _, err := devCertificate(dir); err != nil {
		t.Fatal(err)
	}
	token := id.token(t)
	address := freePort(t)
	srv := startServer(t, []string{"serve", "--config", filepath.Join(dir, "lakegate.yaml")}, []string{"LAKEGATE_LISTEN=" + address})
	if err := srv.stderr.wait("msg=listening address="+address, srv.ended); err != nil {
		t.Fatalf("%v: %v", err, srv.err)
	}
	environment := []string{"LAKEGATE_ADDRESS=" + address, "LAKEGATE_CA=" + filepath.Join(dir, "server.pem"), "LAKEGATE_TOKEN=" + token}
	if got := command(t, environment, "query", "CREATE TABLE t AS SELECT 7 AS a"); got.code != 0 {
		t.Fatalf("create: %v", got.err)
	}
	if got := command(t, environment, "query", "--format", "json", "FROM t"); got.code != 0 || got.stdout != "{\"a\":7}\n" {
		t.Errorf("read: %v, %q", got.err, got.stdout)
	}
	if got := command(t, environment, "query", "--format", "json", "UPDATE t SET a = 8 RETURNING a"); got.code != 0 || got.stdout != "{\"a\":8}\n" {
		t.Errorf("change that returns: %v, %q", got.err, got.stdout)
	}
	if got := command(t, environment, "query", "DELETE FROM t"); got.code != 0 || !strings.Contains(got.stderr, "1 row changed\n") {
		t.Errorf("change: %v, %q", got.err, got.stderr)
	}
	if got := command(t, environment, "check", "--service", "lake/scratch"); got.code != 0 {
		t.Errorf("check: %v", got.err)
	}
	if got := command(t, environment[:1], "check"); got.code != exitUnreachable {
		t.Errorf("check without TLS: code %d, %v", got.code, got.err)
	}
	srv.stop(t)
	log, _ := srv.stderr.state()
	if strings.Contains(log, "eyJ") || !strings.Contains(log, "msg=stopped") {
		t.Errorf("log:\n%s", log)
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "ticket.key")); err != nil {
		t.Errorf("no ticket key was kept: %v", err)
	}
}

func TestAStartThatFailsNamesTheKeyAtFault(t *testing.T) {
	id := newProvider(t)
	extensions := testpeer.Extensions(t)
	nobody := freePort(t)
	host, port, _ := strings.Cut(nobody, ":")
	postgres := `catalogs:
  scratch: {type: duckdb, path: scratch.duckdb}
  far: {type: ducklake, data: data/, metadata: {type: postgres, host: ` + host + `, port: ` + port + `, database: d, user: u, password: hunter2}}
`
	for _, c := range []struct{ name, yaml, want string }{
		{"lake not reachable", postgres, "lakegate.yaml:4: catalogs.far: "},
		{"not a database", "catalogs: {broken: {type: duckdb, path: broken.duckdb}}\n", "lakegate.yaml:2: catalogs.broken: "},
		{"extension missing", "extensions: nowhere\n" + postgres, "lakegate.yaml:2: extensions: engine extension ducklake: no file "},
		{"provider's rule", "catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\n", "auth.oidc.issuer (OIDC_ISSUER): "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"jwks.json": id.jwks, "broken.duckdb": strings.Repeat("not a database ", 1000), "lakegate.yaml": id.yaml + c.yaml})
			environment := []string{"LAKEGATE_LISTEN=127.0.0.1:0"}
			if !strings.Contains(c.yaml, "extensions:") {
				environment = append(environment, "LAKEGATE_EXTENSIONS="+extensions)
			}
			if strings.Contains(c.want, "OIDC_ISSUER") {
				environment = append(environment, "OIDC_ISSUER=https://id.example.com//x")
			}
			got := command(t, environment, "serve", "--config", filepath.Join(dir, "lakegate.yaml"))
			if got.code == 0 || got.err == nil {
				t.Fatal("it started")
			}
			said := strings.ReplaceAll(got.err.Error(), dir+"/", "")
			if !strings.Contains(said, c.want) || strings.Contains(said+got.stderr, "hunter2") {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}

func TestALakeThatIsNotRequiredMayComeLater(t *testing.T) {
	id := newProvider(t)
	host, port, _ := strings.Cut(freePort(t), ":")
	dir := folder(t, map[string]string{"jwks.json": id.jwks, "lakegate.yaml": id.yaml + `lakes_required: false
default_catalog: scratch
log: {format: text}
catalogs:
  scratch: {type: duckdb, path: scratch.duckdb}
  far: {type: ducklake, data: data/, metadata: {type: postgres, host: ` + host + `, port: ` + port + `, database: d, user: u}}
`})
	address := freePort(t)
	srv := startServer(t, []string{"serve", "--config", filepath.Join(dir, "lakegate.yaml")}, []string{"LAKEGATE_LISTEN=" + address, "LAKEGATE_EXTENSIONS=" + testpeer.Extensions(t)})
	if err := srv.stderr.wait("msg=listening", srv.ended); err != nil {
		t.Fatalf("%v: %v", err, srv.err)
	}
	environment := []string{"LAKEGATE_ADDRESS=" + address, "LAKEGATE_TOKEN=" + id.token(t)}
	if got := command(t, environment, "check", "--service", "lake/far"); got.code != exitUnreachable || !strings.Contains(got.err.Error(), "NOT_SERVING") {
		t.Errorf("check of the lake: code %d, %v", got.code, got.err)
	}
	if got := command(t, environment, "check", "--service", "lake/scratch"); got.code != 0 {
		t.Errorf("check of the other: %v", got.err)
	}
	if got := command(t, environment, "query", "--format", "csv", "SELECT 1 AS a"); got.code != 0 || got.stdout != "a\n1\n" {
		t.Errorf("query: %v, %q", got.err, got.stdout)
	}
}

func TestADatabaseInUseIsSaidInWords(t *testing.T) {
	id := newProvider(t)
	dir := folder(t, map[string]string{"jwks.json": id.jwks, "lakegate.yaml": id.yaml + "log: {format: text}\ncatalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\n"})
	args := []string{"serve", "--config", filepath.Join(dir, "lakegate.yaml")}
	holder := startChild(t, []string{"LAKEGATE_LISTEN=127.0.0.1:0"}, args...)
	if err := holder.stderr.wait("msg=listening", holder.ended); err != nil {
		t.Fatal(err)
	}
	got := command(t, []string{"LAKEGATE_LISTEN=127.0.0.1:0"}, args...)
	if got.code != exitFailed || got.err == nil {
		t.Fatalf("code %d, %v", got.code, got.err)
	}
	said := got.err.Error()
	if !strings.Contains(said, "lakegate.yaml:3: catalogs.scratch: ") || !strings.Contains(said, "another process") {
		t.Errorf("said %q", said)
	}
}
