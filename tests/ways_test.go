package tests

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// secured are the settings of a server with TLS and one database file, before what
// they say of auth; its certificate is by the authority.
func secured(t testing.TB, folder string, by *testpeer.Authority) string {
	t.Helper()
	by.Pair(t, folder, "server", nil)
	by.File(t, folder, "ca.pem")
	return fmt.Sprintf(`extensions: %s
catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}
engine: {memory_limit: 1GB}
`, testpeer.Extensions(t))
}

// curl asks for the health page and gives the status and the page.
func (s *server) curl(t testing.TB, env []string, args ...string) (code, page string) {
	t.Helper()
	testpeer.Require(t, testpeer.Curl)
	body := filepath.Join(t.TempDir(), "page")
	cmd := exec.CommandContext(t.Context(), "curl", append([]string{
		"-s", "-o", body, "-w", "%{http_code}", "--max-time", "30", "--cacert", s.ca, "https://localhost:" + s.address[strings.LastIndex(s.address, ":")+1:] + "/flight/health",
	}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("curl: %v", err)
	}
	text, err := os.ReadFile(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), string(text)
}

// DO-06, OK-03, OK-10, OK-11, OK-13, OK-17, G17, H10
func TestADirectorysPasswordsAndGroups(t *testing.T) {
	t.Parallel()
	lakegate(t)
	ldap := testpeer.LDAP(t)
	folder := t.TempDir()
	ldap.Authority.File(t, folder, "ldap-ca.pem")
	write(t, filepath.Join(folder, "ldap.secret"), "reader-password\n")
	s := start(t, secured(t, folder, testpeer.NewAuthority(t, "Lakegate tests"))+fmt.Sprintf(`tls: {certificate: server.pem, key: server.key}
auth:
  ldap:
    hosts: ["127.0.0.1:%d"]
    ca: ldap-ca.pem
    bind_template: "uid=%%s,%s"
    bind_dn: %q
    bind_password_file: ldap.secret
    user_base: %q
    timeout: 2s
  groups: {cache_for: 500ms}
  remember_for: 500ms
  required_groups: [engineers, analysts]
  read_only_groups: [Analysts]
  write_groups: [Engineers]
  admin_groups: [platform]
`, ldap.TLSPort, testpeer.LDAPPeople, testpeer.LDAPReader, testpeer.LDAPPeople), in(folder), withCA(filepath.Join(folder, "ca.pem")),
		hiding("alice-password", "reader-password", "bob-password"))

	for user, want := range map[string]string{
		"alice:alice-password": "200", "ALICE:alice-password": "200", "adam:adam-password": "200", // an administrator needs no required group
		"alice:wrong": "401", "alice:": "401", "nobody:alice-password": "401", "*:alice-password": "401", "pat:pat-password": "401", "twin:twin-password": "401",
	} {
		if code, page := s.curl(t, nil, "-u", user); code != want {
			t.Errorf("%s gets %s (%s), want %s", strings.Split(user, ":")[0], code, page, want)
		}
	}

	// A handshake gives a token, with which the same connection goes on.
	login := func(user string) *caller {
		t.Helper()
		c := s.dial(t, "none-yet")
		ctx, err := c.Client.Client.AuthenticateBasicToken(t.Context(), user, user+"-password")
		if err != nil {
			t.Fatalf("log %s in: %v", user, err)
		}
		md, _ := metadata.FromOutgoingContext(ctx)
		c.token = strings.TrimPrefix(md.Get("authorization")[0], "Bearer ")
		s.secret(c.token)
		return c
	}
	alice, bob := login("alice"), login("bob")
	alice.do(t, "CREATE TABLE shared AS SELECT 42 AS x")
	bob.want(t, "SELECT x FROM shared", "42")
	bob.wantRefused(t, codes.PermissionDenied, "DROP TABLE shared")

	ldap.SetMember(t, "engineers", "alice", false)
	eventually(t, startLimit, "alice is out", func() bool {
		_, err := alice.read(alice.ctx(t), "SELECT x FROM shared")
		return status.Code(err) == codes.PermissionDenied
	})
	ldap.Remove(t, "bob")
	eventually(t, startLimit, "bob is out", func() bool {
		_, err := bob.read(bob.ctx(t), "SELECT x FROM shared")
		return status.Code(err) == codes.Unauthenticated
	})

	ldap.SetMember(t, "engineers", "alice", true)
	eventually(t, startLimit, "alice is in again", func() bool {
		_, err := alice.read(alice.ctx(t), "SELECT x FROM shared")
		return err == nil
	})
	ldap.Stop()
	eventually(t, startLimit, "the directory's absence is said", func() bool {
		_, err := alice.read(alice.ctx(t), "SELECT x FROM shared")
		return status.Code(err) == codes.Unavailable
	})
	ldap.Start(t)
	eventually(t, startLimit, "it works again by itself", func() bool {
		_, err := alice.read(alice.ctx(t), "SELECT x FROM shared")
		return err == nil
	})
}

// OK-19, BS-16
func TestAKerberosTicketLetsIn(t *testing.T) {
	t.Parallel()
	lakegate(t)
	kdc := testpeer.KDC(t)
	folder := t.TempDir()
	kdc.Keytab(t, "HTTP/localhost", filepath.Join(folder, "http.keytab"))
	write(t, filepath.Join(folder, "groups.txt"), "engineers: alice\nplatform: root-of-all\n")
	s := start(t, secured(t, folder, testpeer.NewAuthority(t, "Lakegate tests"))+`tls: {certificate: server.pem, key: server.key}
auth:
  kerberos: {keytab: http.keytab, principal: HTTP/localhost@LAKE.TEST}
  groups: {file: groups.txt}
  names: {administrators: {provider: kerberos, pattern: '(\w+)/admin', user: 'root-of-all'}}
  write_groups: [engineers]
  admin_groups: [platform]
`, in(folder), withCA(filepath.Join(folder, "ca.pem")), hiding("alice-password"))
	env := kdc.Login(t, "alice", "alice-password")
	if code, page := s.curl(t, env, "--negotiate", "-u", ":"); code != "200" || strings.Contains(page, "statements") {
		t.Errorf("alice gets %s: %s", code, page)
	}
	if code, page := s.curl(t, kdc.Login(t, "alice/admin", "admin-password"), "--negotiate", "-u", ":"); code != "200" || !strings.Contains(page, "statements running") {
		t.Errorf("alice/admin gets %s: %s", code, page)
	}
	if code, _ := s.curl(t, []string{"KRB5CCNAME=FILE:/nowhere"}, "--negotiate", "-u", ":"); code != "401" {
		t.Errorf("without a ticket: %s", code)
	}
	if !strings.Contains(s.log.String(), "Ticket") && strings.Contains(s.log.String(), "YII") {
		t.Error("a ticket is in the log")
	}
}

// G08, BS-16
func TestAClientCertificateLetsIn(t *testing.T) {
	t.Parallel()
	lakegate(t)
	folder := t.TempDir()
	ours, foreign := testpeer.NewAuthority(t, "Lakegate tests"), testpeer.NewAuthority(t, "somebody else")
	write(t, filepath.Join(folder, "groups.txt"), "engineers: alice\n")
	s := start(t, secured(t, folder, ours)+`tls: {certificate: server.pem, key: server.key, client_ca: ca.pem, client_auth: optional}
auth:
  certificates: {user: uri}
  names: {spiffe: {provider: certificate, pattern: 'spiffe://lake\.test/(\w+)', user: '$1'}}
  groups: {file: groups.txt}
  write_groups: [engineers]
`, in(folder), withCA(filepath.Join(folder, "ca.pem")))
	try := func(certificate *tls.Certificate) error {
		cfg := &tls.Config{RootCAs: ours.Pool(), MinVersion: tls.VersionTLS12, ServerName: "localhost"}
		if certificate != nil {
			// Handed over whatever authorities the server asks for.
			cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
		}
		c, err := flightsql.NewClient(s.address, nil, nil, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // nothing is in flight
		_, err = c.GetExecuteSchema(t.Context(), "CREATE TABLE mine AS SELECT 1 AS x")
		if err == nil {
			_, err = c.ExecuteUpdate(t.Context(), "CREATE OR REPLACE TABLE mine AS SELECT 1 AS x")
		}
		return err
	}
	pair := func(by *testpeer.Authority, name string, change func(*x509.Certificate)) *tls.Certificate {
		certificate, key := by.Pair(t, t.TempDir(), name, func(c *x509.Certificate) {
			testpeer.ForClient(c)
			if change != nil {
				change(c)
			}
		})
		loaded, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			t.Fatal(err)
		}
		return &loaded
	}
	if err := try(pair(ours, "alice", nil)); err != nil {
		t.Errorf("alice: %v", err)
	}
	for name, tt := range map[string]struct {
		certificate *tls.Certificate
		want        codes.Code
	}{
		"none":                      {nil, codes.Unauthenticated},
		"of somebody without group": {pair(ours, "bob", nil), codes.NotFound},
		"of another authority":      {pair(foreign, "alice", nil), codes.Unavailable},
		"for servers": {pair(ours, "alice", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), codes.Unavailable},
		"expired": {pair(ours, "alice", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}), codes.Unavailable},
		"without the part": {pair(ours, "alice", func(c *x509.Certificate) { c.URIs = nil }), codes.Unauthenticated},
	} {
		if err := try(tt.certificate); status.Code(err) != tt.want {
			t.Errorf("a certificate %s: %v, want %s", name, err, tt.want)
		}
	}
	if !strings.Contains(s.log.String(), `"principal":"alice"`) {
		t.Error("the log does not name alice")
	}
}
