package vectors

import (
	"encoding/json"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/lakegate/lakegate/auth"
)

var allowed = []string{"RS256", "PS256", "ES256", "EdDSA"}

// theirs is what go-jose says: the claims that matter here, or why not.
func theirs(text string, keys jose.JSONWebKeySet) (jwt.Claims, error) {
	var claims jwt.Claims
	var algs []jose.SignatureAlgorithm
	for _, a := range allowed {
		algs = append(algs, jose.SignatureAlgorithm(a))
	}
	parsed, err := jwt.ParseSigned(text, algs)
	if err != nil {
		return claims, err
	}
	if err := parsed.Claims(keys, &claims); err != nil {
		return claims, err
	}
	return claims, claims.ValidateWithLeeway(jwt.Expected{Issuer: trustedIssuer, AnyAudience: jwt.Audience{trustedAudience}, Time: now}, 0)
}

// tokens is how many are tried.
const tokens = 12000

// Of thousands of tokens, good and spoilt, go-jose says the same as we do, or
// differs in a way that classes names. No class is a leftover.
func TestAgreesWithAnotherVerifier(t *testing.T) {
	w := newWorkshop(t)
	a := verifier(t, w)
	r := mathrand.New(mathrand.NewPCG(1, 2))
	both := map[string]int{}
	seen := map[string]int{}
	for range tokens {
		d := fresh(r)
		for range r.IntN(3) {
			d = mutate(r, d)
		}
		text := w.text(t, d)
		answer, err := a.Authenticate(t.Context(), auth.Shown{Authorization: []string{"Bearer " + text}})
		claims, theirErr := theirs(text, w.public)
		switch {
		case err == nil && theirErr == nil:
			both["accept"]++
			if claims.Subject != answer.Principal.Subject {
				t.Errorf("%q here, %q there: %q", answer.Principal.Subject, claims.Subject, d.note)
			}
		case err != nil && theirErr != nil:
			both["refuse"]++
		default:
			c := classOf(text, auth.Reason(err), theirErr)
			if c == nil {
				t.Errorf("not a known disagreement: we say %q, go-jose says %v, of %q", auth.Reason(err), theirErr, d.note)
				continue
			}
			seen[c.name]++
		}
	}
	t.Logf("%d tokens: both accept %d, both refuse %d", tokens, both["accept"], both["refuse"])
	if both["accept"] < tokens/10 || both["refuse"] < tokens/10 {
		t.Error("the tokens are all alike")
	}
	for _, c := range classes {
		t.Logf("%5d  %s", seen[c.name], c.name)
		if seen[c.name] == 0 {
			t.Errorf("nothing falls into the class %q", c.name)
		}
	}
}

// verifier is ours, with w's keys.
func verifier(t *testing.T, w *workshop) *auth.Authenticator {
	t.Helper()
	data, err := json.Marshal(w.public)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := auth.New(t.Context(), auth.Config{
		Providers: []auth.Provider{auth.OIDC{Issuer: trustedIssuer, Audience: []string{trustedAudience}, JWKSFile: path, Algorithms: allowed}},
		Log:       slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, RememberFor: -1,
		Attempts: auth.AttemptLimits{Peer: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}
