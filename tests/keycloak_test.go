//go:build peers

package tests

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// keycloakSettings are those of docs/identity/keycloak.md, over one database file.
func keycloakSettings(t testing.TB, k *testpeer.KeycloakServer, more string) string {
	t.Helper()
	return fmt.Sprintf(`extensions: %s
catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}
engine: {memory_limit: 1GB}
tls: {certificate: server.pem, key: server.key}
auth:
  providers: [oidc%s
  oidc: {issuer: %q, audience: "api://lakegate", user_claim: preferred_username}
  refetch_after: 1s
  read_only_groups: [analysts]
  write_groups: [engineers]
`, testpeer.Extensions(t), more, k.Issuer)
}

// TestPeerKeycloak starts Keycloak once for all that is tried against it.
func TestPeerKeycloak(t *testing.T) {
	testpeer.Require(t, testpeer.OpenSSL)
	k := testpeer.Keycloak(t)
	folder := t.TempDir()
	certify(t, folder)
	ca := filepath.Join(folder, "ca.pem")
	start := func(t *testing.T, settings string) *server {
		return start(t, settings, in(folder), withCA(ca), hiding("pipeline-secret", "alice-password"))
	}
	whole := keycloakSettings(t, k, "]")
	s := start(t, whole)

	t.Run("people have their names and groups", func(t *testing.T) { // DT-01, DT-05
		alice, bob := s.dial(t, k.Token(t, "lakegate-cli", "alice")), s.dial(t, k.Token(t, "lakegate-cli", "bob"))
		alice.do(t, "CREATE OR REPLACE TABLE shared AS SELECT 42 AS x")
		bob.want(t, "SELECT x FROM shared", "42")
		bob.wantRefused(t, codes.PermissionDenied, "DROP TABLE shared")
		if !strings.Contains(s.log.String(), `"principal":"alice"`) {
			t.Error("the log does not name alice")
		}
	})

	t.Run("a program has scopes and no groups", func(t *testing.T) { // BS-09
		s.dial(t, k.ServiceToken(t, "read:data")).want(t, "SELECT x FROM shared", "42")
		s.dial(t, k.ServiceToken(t)).wantRefused(t, codes.NotFound, "SELECT x FROM shared")
	})

	t.Run("tokens for others, ID tokens and refresh tokens are refused", func(t *testing.T) { // D19, D20, D21
		s.dial(t, k.Token(t, "other-api", "alice")).wantRefused(t, codes.Unauthenticated, "SELECT 1")
		grant := k.Grant(t, url.Values{
			"grant_type": {"password"}, "client_id": {"lakegate-cli"}, "username": {"alice"}, "password": {"alice-password"}, "scope": {"openid"},
		})
		for _, name := range []string{"id_token", "refresh_token"} {
			token, _ := grant[name].(string)
			s.dial(t, token).wantRefused(t, codes.Unauthenticated, "SELECT 1")
		}
	})

	t.Run("a user beside the token must be its own", func(t *testing.T) { // DO-02, E06
		token := k.Token(t, "lakegate-cli", "alice")
		s.secret(token)
		for user, want := range map[string]string{"alice": "200", "token": "200", "bob": "401"} {
			out, err := exec.CommandContext(t.Context(), "curl", "-s", "-o", os.DevNull, "-w", "%{http_code}", "--cacert", ca, "-u", user+":"+token,
				"https://"+s.address+"/flight/health").CombinedOutput()
			if err != nil || string(out) != want {
				t.Errorf("%s: %s, %v; want %s", user, out, err, want)
			}
		}
	})

	t.Run("a client that reads its token from a file never notices", func(t *testing.T) { // DO-01, DT-04
		first, second := k.Token(t, "lakegate-cli", "alice"), k.Token(t, "lakegate-cli", "alice", "read:data")
		c := s.dial(t, first)
		c.do(t, "CREATE TEMP TABLE mine AS SELECT 7 AS x")
		s.secret(second)
		c.token = second // each call shows what the file holds then
		c.want(t, "SELECT x FROM mine", "7")
	})

	t.Run("a person logs in and queries", func(t *testing.T) {
		browser := filepath.Join(folder, "browser.sh")
		asked := filepath.Join(folder, "asked")
		write(t, browser, "#!/bin/sh\nprintf %s \"$1\" >"+asked+".part && mv "+asked+".part "+asked+"\n")
		if err := os.Chmod(browser, 0o700); err != nil {
			t.Fatal(err)
		}
		env := append(environment(), "BROWSER="+browser, "XDG_CONFIG_HOME="+filepath.Join(folder, "config"))
		ask := func(args ...string) *exec.Cmd {
			cmd := command(t, args...)
			cmd.Env = env
			return cmd
		}
		login := ask("login", "--issuer", k.Issuer, "--client-id", "lakegate-cli", "--scope", "openid,read:data", "--address", s.address, "--ca", ca)
		said := &output{}
		login.Stdout, login.Stderr = said, said
		if err := login.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, startLimit, "a browser is opened", func() bool { _, err := os.Stat(asked); return err == nil })
		address, err := os.ReadFile(asked)
		if err != nil {
			t.Fatal(err)
		}
		testpeer.Person(t, string(address), "alice", "alice-password", "")
		if err := login.Wait(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		out, err := ask("query", "--format", "csv", "SELECT x FROM shared").CombinedOutput()
		if err != nil || string(out) != "x\n42\n" {
			t.Errorf("query by the login: %q, %v", out, err)
		}
		out, err = ask("token", "--login", "default").Output()
		token := strings.TrimSpace(string(out))
		if err != nil || strings.Count(token, ".") != 2 || strings.Contains(said.String(), token) {
			t.Errorf("the login's token: %v", err)
		}
		s.secret(token)
		if out, err := ask("logout").CombinedOutput(); err != nil {
			t.Errorf("logout: %s, %v", out, err)
		}
		if out, err := ask("query", "SELECT 1").CombinedOutput(); err == nil {
			t.Errorf("a query after logout: %s", out)
		}
	})

	t.Run("Python ADBC fetches tokens itself", func(t *testing.T) {
		python := testpeer.Python(t)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, python, "testdata/adbc_oauth.py")
		cmd.Env = append(os.Environ(), "LAKEGATE_URI=grpc+tls://"+s.address, "LAKEGATE_CA="+ca, "TOKEN_URI="+k.TokenURL,
			"CLIENT_ID=pipeline", "CLIENT_SECRET=pipeline-secret", "SUBJECT_TOKEN="+k.Token(t, "lakegate-cli", "alice"))
		checks(t, 2, cmd)
	})

	t.Run("JDBC takes a token, alone or in the place of the password", func(t *testing.T) {
		java := testpeer.Java(t)
		token := k.Token(t, "lakegate-cli", "alice")
		s.secret(token)
		at := "jdbc:arrow-flight-sql://" + s.address + "/?useEncryption=true&useSystemTrustStore=false&tlsRootCerts=" + url.QueryEscape(ca)
		for name, given := range map[string][2]string{
			"token":    {at + "&token=" + token, "x"},
			"password": {at, token},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			cmd := java.Command(ctx, "sqlline.SqlLine", "--color=false", "--outputformat=csv",
				"-d", "org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver", "-n", "alice", "-p", given[1], "-u", given[0])
			cmd.Stdin = strings.NewReader("SELECT x FROM scratch.main.shared;\n!quit\n")
			out, err := cmd.CombinedOutput()
			cancel()
			if err != nil || !strings.Contains(string(out), "'42'") {
				t.Errorf("%s: %v\n%s", name, err, last(string(out), 3000))
			}
		}
	})

	t.Run("keys rotate", func(t *testing.T) { // F08, F09
		old := k.Token(t, "lakegate-cli", "alice")
		k.AddKey(t)
		s.dial(t, k.Token(t, "lakegate-cli", "alice")).want(t, "SELECT x FROM shared", "42")
		s.dial(t, old).want(t, "SELECT x FROM shared", "42")
		k.DropFirstKey(t)
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil { // an emergency: now, not within the hour
			t.Fatal(err)
		}
		withdrawn := s.dial(t, old)
		eventually(t, startLimit, "the withdrawn key ends", func() bool {
			_, err := withdrawn.read(withdrawn.ctx(t), "SELECT 1")
			return status.Code(err) == codes.Unauthenticated
		})
	})

	t.Run("Okera's keys with the key of the realm's page", func(t *testing.T) { // DO-03, DO-04, DO-05, OK-05, OK-08
		okera := fmt.Sprintf(`extensions: %s
catalogs: {scratch: {type: duckdb, path: other.duckdb}}
engine: {memory_limit: 1GB}
tls: {certificate: server.pem, key: server.key}
auth:
  jwt: {enabled: true, public_key: %q, algorithm: RS256, user_claim: preferred_username, required_claims: ["organization=acme"]}
  write_groups: [engineers]
`, testpeer.Extensions(t), k.PublicKey(t))
		o := start(t, okera)
		o.dial(t, k.Token(t, "lakegate-cli", "alice")).want(t, "SELECT 1", "1")
		o.dial(t, k.Token(t, "lakegate-cli", "bob")).wantRefused(t, codes.Unauthenticated, "SELECT 1") // another organization
	})
}
