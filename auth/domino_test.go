package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const certs = "/auth/realms/DominoRealm/protocol/openid-connect/certs"

// dominoRealm is a realm where Domino has it.
func dominoRealm(t *testing.T) *issuer.Issuer {
	t.Helper()
	return issuer.Start(t).Realm(t, "/auth/realms/DominoRealm", certs)
}

// dominoClaims are a Domino token's, for five minutes.
func dominoClaims(user string, over issuer.Claims) issuer.Claims {
	now := time.Now()
	claims := issuer.Claims{
		"sub": "fe08d535-" + user, "preferred_username": user, "name": "A. B.", "email": user + "@example.test", "typ": "Bearer", "azp": "domino-play",
		"aud": []string{"apps", "api://lakegate"}, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "groups": nil,
	}
	for name, v := range over {
		claims[name] = v
	}
	return claims
}

// trustedDomino are the three ways to trust iss.
func trustedDomino(t *testing.T, iss *issuer.Issuer) map[string]auth.Provider {
	t.Helper()
	file := filepath.Join(t.TempDir(), "certs.json")
	if err := os.WriteFile(file, issuer.JWKS(iss.Keys()...), 0o600); err != nil {
		t.Fatal(err)
	}
	bounded := map[string][]string{"organization": {"acme", "globex"}}
	byURL := auth.OIDC{Issuer: iss.URL, Audience: []string{issuer.Audience}, JWKSURL: iss.KeysURL, UserClaim: "preferred_username", RequiredClaims: bounded}
	byFile := byURL
	byFile.JWKSURL, byFile.JWKSFile = "", file
	return map[string]auth.Provider{
		"DT-01 key set by URL":  byURL,
		"DT-02 key set in file": byFile,
		"DT-03 realm's key": auth.PublicKeys{
			Keys: []string{iss.Keys()[0].Bare(t)}, Algorithms: []string{"RS256"}, UserClaim: "preferred_username", RequiredClaims: bounded,
		},
		"DT-03 realm's certificate": auth.PublicKeys{
			Keys: []string{iss.Keys()[0].Certificate(t, time.Now(), time.Now().Add(time.Hour))}, Algorithms: []string{"RSA256"},
			UserClaim: "preferred_username", RequiredClaims: bounded, Issuer: iss.URL, Audience: []string{issuer.Audience},
		},
	}
}

// DO-02, DO-03, DO-04, DT-01, DT-02, DT-03, DT-06, DT-08.
func TestDominoTokensAreTrustedInEachWay(t *testing.T) {
	iss := dominoRealm(t)
	for name, provider := range trustedDomino(t, iss) {
		t.Run(name, func(t *testing.T) {
			a := start(t, auth.Config{Providers: []auth.Provider{provider}})
			in := func(user string, over issuer.Claims) string {
				return iss.Token(t, dominoClaims(user, over))
			}
			acme := issuer.Claims{"organization": "acme"}
			if p := admit(t, a, in("alice", acme)); p.User != "alice" || p.Subject != "fe08d535-alice" || time.Until(p.Expires) > 5*time.Minute {
				t.Errorf("principal is %+v", p)
			}
			// DT-06, D26
			admit(t, a, in("alice", issuer.Claims{"organization": []string{"x", "globex"}}))
			for _, v := range []any{nil, "evil", "Acme", []string{}, 7, map[string]any{"acme": true}} {
				denied(t, a, in("alice", issuer.Claims{"organization": v}), "Required claim organization")
			}
			// DO-02: who one is stands in the token alone.
			denied(t, a, in("alice", issuer.Claims{"organization": "acme", "preferred_username": nil}), "Invalid user claim")
			for shown, want := range map[string]string{"alice": "", "bob": "User name does not match the token", "fe08d535-alice": "User name does not match the token"} {
				basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(shown+":"+in("alice", acme)))
				answer, err := a.Authenticate(t.Context(), auth.Shown{Authorization: []string{basic}})
				if auth.Reason(err) != want || want == "" && answer.Principal.User != "alice" || want != "" && answer.Principal.User != "" {
					t.Errorf("token of alice as %s: principal %+v, error %v (%s)", shown, answer.Principal, err, auth.Reason(err))
				}
			}
			// D19: what the realm signs for other purposes.
			denied(t, a, in("alice", issuer.Claims{"organization": "acme", "typ": "ID"}), "ID token where")
			denied(t, a, in("alice", issuer.Claims{"organization": "acme", "typ": "Refresh"}), "Token use not accepted")
			denied(t, a, in("alice", issuer.Claims{"organization": "acme", "exp": time.Now().Add(-time.Second).Unix()}), "Token expired")
		})
	}
}

// DT-02: nothing is asked of a realm whose keys are at hand.
func TestDominoWorksWithoutItsNetwork(t *testing.T) {
	for name, provider := range map[string]func(t *testing.T, iss *issuer.Issuer) auth.Provider{
		"key set": func(t *testing.T, iss *issuer.Issuer) auth.Provider {
			return trustedDomino(t, iss)["DT-02 key set in file"]
		},
		"key": func(t *testing.T, iss *issuer.Issuer) auth.Provider {
			return trustedDomino(t, iss)["DT-03 realm's key"]
		},
	} {
		t.Run(name, func(t *testing.T) {
			iss := dominoRealm(t)
			p := provider(t, iss)
			token := iss.Token(t, dominoClaims("alice", issuer.Claims{"organization": "acme"}))
			iss.Stop()
			admit(t, start(t, auth.Config{Providers: []auth.Provider{p}}), token)
			if iss.KeyRequests()+iss.DiscoveryRequests() != 0 {
				t.Error("the realm was asked")
			}
		})
	}
}

// DO-05: a claim of one's own, and a name derived from the address.
func TestDO05UserNameFromAnEMailAddress(t *testing.T) {
	key := rs256(t, "okera")
	p := okera(key.PEM(t))
	p.UserClaim = "email"
	a := start(t, auth.Config{Providers: []auth.Provider{p}, Names: []auth.NameRule{
		{Provider: "jwt", Pattern: regexp.MustCompile(`([a-z]+)@example\.test`), User: "$1"},
		{Provider: "oidc", Pattern: regexp.MustCompile(`.*`), User: "root"},
	}})
	if got := admit(t, a, signed(t, key, issuer.Claims{"email": "alice@example.test"})); got.User != "alice" || got.Subject != "alice" {
		t.Errorf("principal is %+v", got)
	}
	denied(t, a, signed(t, key, issuer.Claims{"email": nil}), "Invalid user claim")
	if got := admit(t, a, signed(t, key, issuer.Claims{"email": "alice@example.test.evil.test"})); got.User == "alice" {
		t.Errorf("principal is %+v", got)
	}
}

// DO-02, DT-04: the client reads its token file for each call, and each call is
// judged by the token that it shows.
func TestTokensOfFiveMinutesFollowOneAnother(t *testing.T) {
	key := rs256(t, "okera")
	synctest.Test(t, func(t *testing.T) {
		a := startKeys(t, okera(key.PEM(t)))
		last := signed(t, key, dominoClaims("alice", nil))
		pass(time.Minute)
		for range 5 {
			admit(t, a, last)
			pass(3 * time.Minute) // it is refreshed a minute before its end
			next := signed(t, key, dominoClaims("alice", nil))
			admit(t, a, last)
			pass(time.Minute)
			denied(t, a, last, "Token expired")
			last = next
		}
	})
}

// OK-18: a token that a browser brought is verified by the provider's key set.
func TestOK18TokenOfABrowserLoginIsVerified(t *testing.T) {
	idp := testpeer.MockOIDC(t)
	idp.SetClaims(t, map[string]any{"sub": "alice", "groups": []string{"analysts"}})
	const back = "http://127.0.0.1:9/callback"
	browser := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	do := func(method, address string, form url.Values) (http.Header, []byte) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := browser.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.Header, text
	}
	query := url.Values{"response_type": {"code"}, "client_id": {"web"}, "redirect_uri": {back}, "scope": {"openid"}, "state": {"s"}}
	header, _ := do(http.MethodGet, idp.Issuer+"/authorize?"+query.Encode(), nil)
	location, err := url.Parse(header.Get("Location"))
	if err != nil || location.Query().Get("code") == "" {
		t.Fatalf("the provider leads to %v, error %v", location, err)
	}
	_, text := do(http.MethodPost, idp.TokenURL, url.Values{
		"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")}, "client_id": {"web"}, "redirect_uri": {back},
	})
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	a := start(t, auth.Config{Providers: []auth.Provider{auth.OIDC{Issuer: idp.Issuer, Audience: []string{idp.Audience}, JWKSURL: idp.JWKSURL}}})
	if p := admit(t, a, answer.AccessToken); p.User != "alice" || len(p.Groups) != 1 {
		t.Errorf("principal is %+v", p)
	}
	denied(t, a, answer.AccessToken[:len(answer.AccessToken)-8]+"AAAAAAAA", "Invalid signature")
}
