package testpeer

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

//go:embed oidc/*.mjs
var oidcScripts embed.FS

// OIDCServer is a running OpenID Connect provider that somebody else wrote.
// Its keys end with Stop: after Start it has others.
type OIDCServer struct {
	*process

	Issuer   string
	JWKSURL  string
	TokenURL string
	Audience string // of its access tokens
}

// MockOIDC starts oauth2-mock-server: RS256 access tokens whose claims, header and
// keys the test decides. Its key set has no "use".
func MockOIDC(t testing.TB) *OIDCServer {
	t.Helper()
	s := startOIDC(t, "mock.mjs")
	s.TokenURL, s.JWKSURL = s.Issuer+"/token", s.Issuer+"/jwks"
	return s
}

// OIDC starts oidc-provider, which is strict and certified: RS256 access tokens of
// type at+jwt, by client credentials. Its clients are reader, writer and admin,
// with the secrets reader-secret and so on; each has the scopes up to its own of
// read:data, write:data and admin:system, and a group: analysts, engineers, admins.
func OIDC(t testing.TB) *OIDCServer {
	t.Helper()
	s := startOIDC(t, "provider.mjs")
	s.TokenURL, s.JWKSURL = s.Issuer+"/token", s.Issuer+"/jwks"
	return s
}

func startOIDC(t testing.TB, script string) *OIDCServer {
	t.Helper()
	Require(t, Node)
	text, err := fs.ReadFile(oidcScripts, "oidc/"+script)
	if err != nil {
		t.Fatal(err)
	}
	dir := NodeFolder(t)
	if err := os.WriteFile(filepath.Join(dir, script), text, 0o600); err != nil {
		t.Fatal(err)
	}
	const audience = "api://lakegate"
	p, port := startOnFreePort(t, func(port int) *process {
		return &process{
			name:  script,
			argv:  []string{"node", "--no-warnings", script, strconv.Itoa(port), audience},
			dir:   dir,
			env:   []string{"NODE_ENV=test"},
			quit:  syscall.SIGKILL,
			ready: func() error { return get(fmt.Sprintf("http://127.0.0.1:%d/.well-known/openid-configuration", port)) },
		}
	})
	t.Cleanup(p.Stop)
	return &OIDCServer{Issuer: "http://127.0.0.1:" + strconv.Itoa(port), Audience: audience, process: p}
}

// NodeFolder is a new folder whose scripts find the packages that the tests use:
// Node looks for them beside a script and above it, and nowhere else.
func NodeFolder(t testing.TB) string {
	t.Helper()
	Require(t, Node)
	dir := t.TempDir()
	if err := os.Symlink(nodeModules(t), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func nodeModules(t testing.TB) string {
	t.Helper()
	return filepath.Join(Dir(t), "node", "node_modules")
}

// Token asks for an access token by client credentials, with the scopes given.
func (s *OIDCServer) Token(t testing.TB, client, secret string, scopes ...string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(client, secret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(send(t, request), &answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("the token endpoint gave no token: %v", err)
	}
	return answer.AccessToken
}

// SetClaims adds claims to the tokens that MockOIDC gives from now on, over its own.
func (s *OIDCServer) SetClaims(t testing.TB, claims map[string]any) {
	t.Helper()
	s.control(t, "/_claims", claims)
}

// SetHeader adds header fields to the tokens that MockOIDC gives from now on.
func (s *OIDCServer) SetHeader(t testing.TB, header map[string]any) {
	t.Helper()
	s.control(t, "/_header", header)
}

// Rotate makes MockOIDC sign with a new key; the old ones stay in the key set.
func (s *OIDCServer) Rotate(t testing.TB) {
	t.Helper()
	s.control(t, "/_rotate", nil)
}

func (s *OIDCServer) control(t testing.TB, path string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Issuer+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	send(t, request)
}

// send makes a request that must succeed, and gives the answer's body.
func send(t testing.TB, request *http.Request) []byte {
	t.Helper()
	response, err := probe.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s: %s", request.Method, request.URL, response.Status, body)
	}
	return body
}
