//go:build peers

package auth_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// DO-03, DO-04, DT-01, DT-02, DT-03, DT-04, DT-06: a real Keycloak with
// Domino's realm, trusted in each of the ways that it offers.
func TestPeerDominoRealmIsTrustedInEachWay(t *testing.T) {
	kc := testpeer.Keycloak(t)
	save := func(name, address string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Timeout: time.Minute}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("get %s: status %d, error %v", address, response.StatusCode, err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certs := kc.Issuer + "/protocol/openid-connect/certs"
	bounded := map[string][]string{"organization": {"acme"}}
	plain := auth.OIDC{Issuer: kc.Issuer, Audience: []string{kc.Audience}, UserClaim: "preferred_username", RequiredClaims: bounded}
	byURL, byFile := plain, plain
	byURL.JWKSURL, byFile.JWKSFile = certs, save("certs.json", certs)
	keys := func(key string) auth.PublicKeys {
		return auth.PublicKeys{Keys: []string{key}, Algorithms: []string{"RS256"}, UserClaim: "preferred_username", RequiredClaims: bounded}
	}
	alice, bob := kc.Token(t, "lakegate-cli", "alice"), kc.Token(t, "lakegate-cli", "bob")
	ways := map[string]auth.Provider{
		"discovery":                plain,
		"DT-01 key set by URL":     byURL,
		"DT-02 key set in a file":  byFile,
		"DO-03 key of the page":    keys(kc.PublicKey(t)),
		"DO-03 the page in a file": keys(save("realm.json", kc.Issuer)),
	}
	running := map[string]*auth.Authenticator{}
	for way, provider := range ways {
		a := start(t, auth.Config{Providers: []auth.Provider{provider}, Skew: 10 * time.Second})
		running[way] = a
		p := admit(t, a, alice)
		if p.User != "alice" || p.Subject == "alice" || !slices.Equal(p.Groups, []string{"engineers"}) || time.Until(p.Expires) > 6*time.Minute {
			t.Errorf("%s: principal is %+v", way, p)
		}
		denied(t, a, bob, "Required claim organization")
	}
	kc.Stop()
	fresh := start(t, auth.Config{Providers: []auth.Provider{byFile}, Skew: 10 * time.Second})
	running["a new server by file"] = fresh
	for way, a := range running {
		if p := admit(t, a, alice); p.User != "alice" {
			t.Errorf("%s, with the realm gone: principal is %+v", way, p)
		}
	}
}
