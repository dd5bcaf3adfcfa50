package login_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/login"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), // idle connections of clients
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

// subject is the sub of a token, whose signature does not matter here.
func subject(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts, not those of a signed token", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Sub string `json:"sub"`
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Sub
}

// client is lakegate-cli of an oidc-provider, which is strict about PKCE.
func client(issuer string) *login.Client {
	return &login.Client{Issuer: issuer, ID: "lakegate-cli", Scopes: []string{"openid", "read:data"}, HTTP: &http.Client{Timeout: 30 * time.Second}}
}

func TestAPersonLogsInWithABrowser(t *testing.T) {
	op := testpeer.OIDC(t)
	tokens, err := client(op.Issuer).Browser(t.Context(), 0, func(address string) {
		go testpeer.Person(t, address, "reader", "anything", "")
	})
	if err != nil {
		t.Fatal(err)
	}
	if subject(t, tokens.Use) != "reader" || tokens.Refresh == "" || time.Until(tokens.Expires) < time.Minute {
		t.Errorf("subject %q, refresh token %t, expires %s", subject(t, tokens.Use), tokens.Refresh != "", tokens.Expires)
	}
}

func TestAPersonLogsInOnAnotherDevice(t *testing.T) {
	op := testpeer.OIDC(t)
	tokens, err := client(op.Issuer).Device(t.Context(), func(code, address string) {
		if code == "" || !strings.HasPrefix(address, op.Issuer) {
			t.Errorf("code %q at %q", code, address)
		}
		go testpeer.Person(t, address, "writer", "anything", code)
	})
	if err != nil {
		t.Fatal(err)
	}
	if subject(t, tokens.Use) != "writer" {
		t.Errorf("subject %q", subject(t, tokens.Use))
	}
}

func TestAnAnswerThatDoesNotKnowTheStateChangesNothing(t *testing.T) {
	op := testpeer.OIDC(t)
	_, err := client(op.Issuer).Browser(t.Context(), 0, func(address string) {
		go func() {
			u := callbackOf(t, address)
			for _, query := range []string{"", "?code=stolen", "?code=stolen&state=guess"} {
				response, err := http.Get(u + query)
				if err != nil {
					t.Error(err)
					return
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusBadRequest {
					t.Errorf("%q: status %d", query, response.StatusCode)
				}
			}
			testpeer.Person(t, address, "reader", "anything", "")
		}()
	})
	if err != nil {
		t.Error(err)
	}
}

// callbackOf is where the provider will send the browser.
func callbackOf(t *testing.T, address string) string {
	request, err := http.NewRequest(http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Error(err)
		return ""
	}
	return request.URL.Query().Get("redirect_uri")
}

// kept logs reader in and keeps it in a store.
func kept(t *testing.T, op *testpeer.OIDCServer) login.Store {
	t.Helper()
	c := client(op.Issuer)
	tokens, err := c.Browser(t.Context(), 0, func(address string) { go testpeer.Person(t, address, "reader", "anything", "") })
	if err != nil {
		t.Fatal(err)
	}
	store := login.Store{Folder: filepath.Join(t.TempDir(), "logins"), HTTP: c.HTTP}
	if err := store.Save("default", login.Kept{
		Issuer: op.Issuer, ClientID: c.ID, Scopes: c.Scopes, Address: "127.0.0.1:50051", Token: tokens.Use, Refresh: tokens.Refresh, Expires: tokens.Expires,
	}); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestALoginIsItsOwnersAlone(t *testing.T) {
	store := kept(t, testpeer.OIDC(t))
	file := filepath.Join(store.Folder, "default.json")
	for path, want := range map[string]os.FileMode{store.Folder: 0o700, file: 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
	}
	k, err := store.Load("default")
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(printed, k.Token) || strings.Contains(printed, k.Refresh) {
		t.Errorf("a print shows a token: %s", printed)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load("default"); err == nil || !strings.Contains(err.Error(), "may be read by others") {
		t.Errorf("a file that others may read: %v", err)
	}
	if _, err := store.Load("../default"); err == nil || errors.Is(err, login.ErrNoLogin) {
		t.Errorf("a name that leaves the folder: %v", err)
	}
}

// The provider accepts each refresh token once, and revokes all for a second use.
func TestManyWhoRenewAtOnceRenewOnce(t *testing.T) {
	store := kept(t, testpeer.OIDC(t))
	k, err := store.Load("default")
	if err != nil {
		t.Fatal(err)
	}
	old := k.Token
	k.Expires = time.Now()
	if err := store.Save("default", k); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	tokens := make([]string, 8)
	for i := range tokens {
		all.Go(func() {
			fresh, err := store.Fresh(t.Context(), "default")
			if err != nil {
				t.Error(err)
			}
			tokens[i] = fresh.Token
		})
	}
	all.Wait()
	for _, token := range tokens {
		if token != tokens[0] || token == old || subject(t, token) != "reader" {
			t.Fatal("the processes got different tokens, or the old one")
		}
	}
}

func TestForgettingRevokes(t *testing.T) {
	store := kept(t, testpeer.OIDC(t))
	k, err := store.Load("default")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Forget(t.Context(), "default"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load("default"); !errors.Is(err, login.ErrNoLogin) {
		t.Errorf("after forgetting: %v", err)
	}
	k.Expires = time.Now()
	if err := store.Save("default", k); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Fresh(t.Context(), "default"); err == nil || !strings.Contains(err.Error(), "invalid_grant") || strings.Contains(err.Error(), k.Refresh) {
		t.Errorf("a revoked refresh token: %v", err)
	}
}

func TestWrongIssuersAreNamed(t *testing.T) {
	op := testpeer.OIDC(t)
	for _, tt := range []struct{ issuer, want string }{
		{op.Issuer + "/", "use exactly that"},
		{op.Issuer + "/nowhere", "status 404"},
		{"http://id.example.com", "not an https URL"},
		{"https://user:pw@id.example.com", "not an https URL"},
	} {
		_, err := client(tt.issuer).Device(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.issuer, err, tt.want)
		}
	}
}
