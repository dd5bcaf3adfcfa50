package auth_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func TestPrincipalHoldsWhatTheTokenSays(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, nil)
	exp := time.Now().Add(time.Hour).Unix()
	p := admit(t, a, iss.Token(t, issuer.Claims{
		"sub": "00u1", "exp": exp, "groups": []string{"Analysts", "", " ", "Eng"}, "scp": []string{"read:data"},
		"tenant": json.Number("9007199254740993"),
	}))
	if p.Provider != "oidc" || p.Subject != "00u1" || p.User != "00u1" || !p.Expires.Equal(time.Unix(exp, 0)) {
		t.Errorf("principal is %+v", p)
	}
	if want := []string{"Analysts", "Eng"}; !reflect.DeepEqual(p.Groups, want) {
		t.Errorf("groups are %q, want %q", p.Groups, want)
	}
	if want := []string{"read:data"}; !reflect.DeepEqual(p.Scopes, want) {
		t.Errorf("scopes are %q, want %q", p.Scopes, want)
	}
	if p.Claims["tenant"] != json.Number("9007199254740993") {
		t.Errorf("a large number became %v", p.Claims["tenant"])
	}
}

func TestGroupsAndScopesInEveryForm(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, nil)
	for name, tt := range map[string]struct {
		claims         issuer.Claims
		groups, scopes []string
	}{
		"lists":              {issuer.Claims{"groups": []string{"a", "b c"}, "scp": []string{"r", "w"}}, []string{"a", "b c"}, []string{"r", "w"}},
		"strings":            {issuer.Claims{"groups": "a b", "scope": " r  w "}, []string{"a b"}, []string{"r", "w"}},
		"scp string":         {issuer.Claims{"groups": nil, "scp": "r w"}, nil, []string{"r", "w"}},
		"scope list":         {issuer.Claims{"groups": issuer.Null, "scope": []string{"r"}}, nil, []string{"r"}},
		"D25 no substrings":  {issuer.Claims{"groups": nil, "scope": "read:database"}, nil, []string{"read:database"}},
		"D15 Groups, Scopes": {issuer.Claims{"groups": nil, "Groups": []string{"admins"}, "Scope": "admin:system"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := admit(t, a, iss.Token(t, tt.claims))
			if len(p.Groups)+len(tt.groups) > 0 && !reflect.DeepEqual(p.Groups, tt.groups) {
				t.Errorf("groups are %q, want %q", p.Groups, tt.groups)
			}
			if len(p.Scopes)+len(tt.scopes) > 0 && !reflect.DeepEqual(p.Scopes, tt.scopes) {
				t.Errorf("scopes are %q, want %q", p.Scopes, tt.scopes)
			}
		})
	}
}

func TestD17GroupNamesAreTheSameByOneRule(t *testing.T) {
	for _, same := range []string{"ADMIN", "Admin", "admin ", "\tadmin"} {
		if !auth.SameGroup("admin", same) {
			t.Errorf("%q is not admin", same)
		}
	}
	for _, other := range []string{"admın", "admİn", "admins", "ad min", "ａdmin", ""} {
		if auth.SameGroup("admin", other) {
			t.Errorf("%q is admin", other)
		}
	}
	if auth.SameGroup("office", "oﬃce") {
		t.Error("a ligature is its letters")
	}
}

// at makes an authenticator whose clock is set by the function it returns.
func at(t *testing.T, iss *issuer.Issuer, change func(o *auth.OIDC, cfg *auth.Config)) (*auth.Authenticator, func(time.Time)) {
	now := time.Now()
	a := startFor(t, iss, func(o *auth.OIDC, cfg *auth.Config) {
		cfg.Now = func() time.Time { return now }
		if change != nil {
			change(o, cfg)
		}
	})
	return a, func(to time.Time) { now = to }
}

func TestD01ExpiryCountsToTheSecond(t *testing.T) {
	iss := issuer.Start(t)
	for name, skew := range map[string]time.Duration{"no skew": 0, "half a minute": 30 * time.Second} {
		t.Run(name, func(t *testing.T) {
			a, setNow := at(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Skew = skew })
			exp := time.Unix(time.Now().Unix()+3600, 0)
			end := exp.Add(skew)
			fresh, warm := iss.Token(t, issuer.Claims{"exp": exp.Unix()}), iss.Token(t, issuer.Claims{"exp": exp.Unix(), "jti": "warm"})
			admit(t, a, warm)
			setNow(end.Add(-time.Second))
			admit(t, a, warm)
			admit(t, a, iss.Token(t, issuer.Claims{"exp": exp.Unix(), "jti": "last second"}))
			for _, past := range []time.Duration{0, time.Second, time.Hour} {
				setNow(end.Add(past))
				for _, token := range []string{fresh, warm} {
					_, err := present(t.Context(), a, token)
					if !errors.Is(err, auth.ErrUnauthenticated) || err.Error() != "the token has expired" || auth.Reason(err) != "Token expired" {
						t.Errorf("%s past the end: %v", past, err)
					}
				}
			}
		})
	}
}

func TestD04D05NotYetValidWithinTheSkew(t *testing.T) {
	iss := issuer.Start(t)
	a, setNow := at(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Skew = 30 * time.Second })
	now := time.Unix(time.Now().Unix(), 0)
	setNow(now)
	for _, claim := range []string{"nbf", "iat"} {
		admit(t, a, iss.Token(t, issuer.Claims{claim: now.Add(30 * time.Second).Unix()}))
		denied(t, a, iss.Token(t, issuer.Claims{claim: now.Add(31 * time.Second).Unix()}), "Token ")
	}
}

func TestD07LifeOfATokenIsLimited(t *testing.T) {
	iss := issuer.Start(t)
	a, setNow := at(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.MaxLifetime = time.Hour })
	now := time.Unix(time.Now().Unix(), 0)
	setNow(now)
	token := func(iat any, exp time.Time) string { return iss.Token(t, issuer.Claims{"iat": iat, "exp": exp.Unix()}) }
	admit(t, a, token(now.Unix(), now.Add(time.Hour)))
	denied(t, a, token(now.Unix(), now.Add(time.Hour+time.Second)), "Token lives too long")
	denied(t, a, token(now.Add(-time.Hour).Unix(), now.Add(time.Minute)), "Token lives too long")
	denied(t, a, token(nil, now.Add(time.Minute)), "Token lives too long")
	denied(t, a, token(now.Unix(), now.Add(-time.Minute)), "Token expired")
}

func TestD11OnlyListedClientsMayHaveAskedForTheToken(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.Clients = []string{"web", issuer.Audience} })
	two := []string{issuer.Audience, "api://other"}
	for _, claim := range []string{"azp", "client_id", "cid"} {
		admit(t, a, iss.Token(t, issuer.Claims{claim: "web", "aud": two}))
		denied(t, a, iss.Token(t, issuer.Claims{claim: "mobile"}), "Client not allowed")
		denied(t, a, iss.Token(t, issuer.Claims{claim: []string{"web"}}), "Client not allowed")
		denied(t, a, iss.Token(t, issuer.Claims{claim: "WEB"}), "Client not allowed")
	}
	denied(t, a, iss.Token(t, issuer.Claims{"azp": "web", "client_id": "mobile"}), "Client not allowed")
	denied(t, a, iss.Token(t, issuer.Claims{"aud": two}), "Client not named")
	admit(t, a, iss.Token(t, nil)) // its one audience is itself a listed client

	b := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.Clients = []string{"web"} })
	denied(t, b, iss.Token(t, nil), "Client not named")
}

func TestD13UserClaimHasNoFallback(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.UserClaim = "preferred_username" })
	p := admit(t, a, iss.Token(t, issuer.Claims{"preferred_username": "Alice A", "sub": "00u1"}))
	if p.User != "Alice A" || p.Subject != "00u1" {
		t.Errorf("user %q, subject %q", p.User, p.Subject)
	}
	for _, value := range []any{nil, "", " ", 7, []string{"alice"}, "alice\x00", "Preferred "} {
		denied(t, a, iss.Token(t, issuer.Claims{"preferred_username": value}), "Invalid user claim")
	}
	denied(t, a, iss.Token(t, issuer.Claims{"Preferred_Username": "alice"}), "Invalid user claim")
	denied(t, a, iss.Token(t, issuer.Claims{"preferred_username": "alice", "sub": nil}), "Invalid subject")
}

func TestClaimsCanBeNamedByPointer(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.GroupsClaim = "/realm_access/roles" })
	p := admit(t, a, iss.Token(t, issuer.Claims{"realm_access": map[string]any{"roles": []string{"r"}}}))
	if !reflect.DeepEqual(p.Groups, []string{"r"}) {
		t.Errorf("groups are %q", p.Groups)
	}
	if p = admit(t, a, iss.Token(t, issuer.Claims{"realm_access": "roles"})); len(p.Groups) != 0 {
		t.Errorf("groups are %q, want none", p.Groups)
	}
	denied(t, a, iss.Token(t, issuer.Claims{"realm_access": map[string]any{"roles": map[string]any{"r": 1}}}), "Groups not extracted")
}

func TestD19IDTokensByPermission(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.AllowIDTokens = true })
	for _, claims := range []issuer.Claims{{"nonce": "n"}, {"at_hash": "x"}, {"typ": "ID"}, {"token_use": "id"}} {
		admit(t, a, iss.Token(t, claims))
	}
	denied(t, a, iss.Token(t, issuer.Claims{"typ": "Refresh"}), "Token use not accepted")
}

func TestD20RequiredType(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.RequiredType = "application/at+JWT" })
	for _, typ := range []any{"at+jwt", "AT+JWT", "application/at+jwt"} {
		admit(t, a, iss.TokenBy(t, iss.Keys()[0], issuer.Header{"typ": typ}, nil))
	}
	for _, typ := range []any{"JWT", nil} {
		denied(t, a, iss.TokenBy(t, iss.Keys()[0], issuer.Header{"typ": typ}, nil), "Token type is not the required one")
	}
}

func TestD26BoundedClaim(t *testing.T) {
	iss := issuer.Start(t)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) {
		o.RequiredClaims = map[string][]string{"org": {"acme", "umbrella"}, "env": {"prod"}}
	})
	admit(t, a, iss.Token(t, issuer.Claims{"org": "acme", "env": "prod"}))
	admit(t, a, iss.Token(t, issuer.Claims{"org": []string{"x", "umbrella"}, "env": []string{"prod"}}))
	for _, org := range []any{nil, "", "ACME", "acme ", []string{}, []string{"x"}, 1, map[string]any{"acme": true}, []any{"acme", 1}} {
		denied(t, a, iss.Token(t, issuer.Claims{"org": org, "env": "prod"}), "Required claim org")
	}
	denied(t, a, iss.Token(t, issuer.Claims{"org": "acme"}), "Required claim env")
}

func TestB05OnlyListedAlgorithms(t *testing.T) {
	iss := issuer.Start(t)
	rsa := issuer.RSA(t, "rsa-1", 2048)
	ps, ed := issuer.RSA(t, "ps", 2048), issuer.Ed25519(t, "ed")
	ps.Alg = "PS256"
	iss.SetKeys(rsa, ps, ed)
	a := startFor(t, iss, func(o *auth.OIDC, _ *auth.Config) { o.Algorithms = []string{"PS256", "EdDSA"} })
	admit(t, a, iss.TokenBy(t, ps, nil, nil))
	admit(t, a, iss.TokenBy(t, ed, nil, nil))
	denied(t, a, iss.Token(t, nil), "Algorithm not allowed")
}
