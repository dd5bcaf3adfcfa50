package auth_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func TestEveryBadSettingIsNamed(t *testing.T) {
	okta := func(change func(o *auth.Okta)) auth.Provider {
		o := auth.Okta{OrgDomain: oktaDomain, Audience: "api://x"}
		change(&o)
		return o
	}
	oidc := func(change func(o *auth.OIDC)) auth.Provider {
		o := auth.OIDC{Issuer: "https://id.example", Audience: []string{"api://x"}}
		change(&o)
		return o
	}
	issuerIs := func(s string) auth.Provider { return oidc(func(o *auth.OIDC) { o.Issuer = s }) }
	keysAt := func(s string) auth.Provider { return oidc(func(o *auth.OIDC) { o.JWKSURL = s }) }
	domain := func(s string) auth.Provider { return okta(func(o *auth.Okta) { o.OrgDomain = s }) }
	for name, tt := range map[string]struct {
		provider auth.Provider
		want     string
	}{
		"okta no domain":           {domain(""), "auth.okta.org_domain (OKTA_ORG_DOMAIN): is required"},
		"okta domain with scheme":  {domain("https://company.okta.com"), "auth.okta.org_domain (OKTA_ORG_DOMAIN): \"https://company.okta.com\" is not a host name"},
		"okta domain with path":    {domain("company.okta.com/oauth2"), "auth.okta.org_domain (OKTA_ORG_DOMAIN)"},
		"okta domain with user":    {domain("u@company.okta.com"), "auth.okta.org_domain (OKTA_ORG_DOMAIN)"},
		"okta domain with port":    {domain("company.okta.com:443"), "auth.okta.org_domain (OKTA_ORG_DOMAIN)"},
		"okta domain of the admin": {domain("company-admin.okta.com"), "leave out -admin"},
		"okta no audience":         {okta(func(o *auth.Okta) { o.Audience = "" }), "auth.okta.audience (OKTA_AUDIENCE): is required"},
		"okta server id with path": {okta(func(o *auth.Okta) { o.AuthServerID = "a/b" }), "auth.okta.auth_server_id (OKTA_AUTH_SERVER_ID)"},
		"okta org without client":  {okta(func(o *auth.Okta) { o.AllowOrgServer = true }), "auth.okta.client_id (OKTA_CLIENT_ID): is required with allow_org_server"},
		"okta id without client":   {okta(func(o *auth.Okta) { o.AllowIDTokens = true }), "auth.okta.client_id (OKTA_CLIENT_ID): is required with allow_id_tokens"},

		"oidc no issuer":            {issuerIs(""), "auth.oidc.issuer (OIDC_ISSUER): is required"},
		"F13 issuer with user":      {issuerIs("https://u:p@id.example"), "may not hold a user name"},
		"F13 issuer with fragment":  {issuerIs("https://id.example#x"), "may not hold a fragment"},
		"F13 issuer with query":     {issuerIs("https://id.example?x=1"), "may not hold a query"},
		"F13 issuer with dots":      {issuerIs("https://id.example/a/../b"), "has a path segment of dots"},
		"F13 issuer ends in //":     {issuerIs("https://id.example//"), "has an empty path segment"},
		"F13 issuer with a blank":   {issuerIs("https://id.example/ "), "holds a character other than printable ASCII"},
		"issuer by plain http":      {issuerIs("http://id.example"), "http is for this machine alone"},
		"issuer of another scheme":  {issuerIs("file:///etc/passwd"), "not an absolute https URL"},
		"issuer without scheme":     {issuerIs("id.example"), "not an absolute https URL"},
		"oidc no audience":          {oidc(func(o *auth.OIDC) { o.Audience = nil }), "auth.oidc.audience (OIDC_AUDIENCE): is required"},
		"oidc empty audience":       {oidc(func(o *auth.OIDC) { o.Audience = []string{"x", ""} }), "auth.oidc.audience (OIDC_AUDIENCE): is required"},
		"keys by plain http":        {keysAt("http://id.example/keys"), "auth.oidc.jwks_url (OIDC_JWKS_URL): \"http://id.example/keys\": http is for this machine alone"},
		"keys by file URL":          {keysAt("file:///keys"), "auth.oidc.jwks_url (OIDC_JWKS_URL)"},
		"keys twice":                {oidc(func(o *auth.OIDC) { o.JWKSURL, o.JWKSFile = "https://id.example/k", "k.json" }), "not both"},
		"unknown algorithm":         {oidc(func(o *auth.OIDC) { o.Algorithms = []string{"RS256", "none"} }), "auth.oidc.algorithms (OIDC_ALGORITHMS): \"none\""},
		"symmetric algorithm":       {oidc(func(o *auth.OIDC) { o.Algorithms = []string{"HS256"} }), "auth.oidc.algorithms (OIDC_ALGORITHMS): \"HS256\""},
		"type that is none":         {oidc(func(o *auth.OIDC) { o.RequiredType = "dpop+jwt" }), "auth.oidc.required_type"},
		"required claim of nothing": {oidc(func(o *auth.OIDC) { o.RequiredClaims = map[string][]string{"org": nil} }), "auth.oidc.required_claims"},
		"negative life":             {oidc(func(o *auth.OIDC) { o.MaxLifetime = -1 }), "auth.oidc.max_lifetime"},
		"another name in the key": {
			oidc(func(o *auth.OIDC) { o.Name, o.Audience = "domino-realm", nil }),
			"auth.domino-realm.audience (DOMINO_REALM_AUDIENCE)",
		},
		"name that is none": {oidc(func(o *auth.OIDC) { o.Name = "A b" }), "auth.providers (AUTH_PROVIDERS): \"A b\" is not"},
		"nil":               {nil, "auth.providers (AUTH_PROVIDERS): a provider is nil"},
	} {
		t.Run(name, func(t *testing.T) { misconfigured(t, auth.Config{Providers: []auth.Provider{tt.provider}}, tt.want) })
	}
}

func misconfigured(t *testing.T, cfg auth.Config, want ...string) {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a, err := auth.New(t.Context(), cfg)
	if err == nil {
		a.Close()
		t.Fatalf("it starts; want an error with %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error is %q; want %q in it", err, w)
		}
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	misconfigured(t, auth.Config{Skew: -time.Second, Providers: []auth.Provider{auth.Okta{}, auth.OIDC{}}},
		"auth.skew (AUTH_SKEW)", "auth.okta.org_domain", "auth.okta.audience", "auth.oidc.issuer", "auth.oidc.audience")
}

func TestConfigThatLetsNobodyDecideIsRefused(t *testing.T) {
	one := []auth.Provider{auth.OIDC{Issuer: "https://id.example", Audience: []string{"x"}}}
	misconfigured(t, auth.Config{}, "auth.providers (AUTH_PROVIDERS): at least one identity provider is required")
	for name, skew := range map[string]time.Duration{"D06 negative": -1, "D06 over five minutes": 5*time.Minute + 1} {
		t.Run(name, func(t *testing.T) { misconfigured(t, auth.Config{Providers: one, Skew: skew}, "auth.skew (AUTH_SKEW)") })
	}
	misconfigured(t, auth.Config{Providers: one, CacheFor: -1}, "auth.cache_for (AUTH_CACHE_FOR)")
	misconfigured(t, auth.Config{Providers: one, CacheFor: time.Hour, StaleFor: time.Minute}, "auth.stale_for (AUTH_STALE_FOR)")
	if _, err := auth.New(t.Context(), auth.Config{Providers: one}); err == nil || !strings.Contains(err.Error(), "a log is required") {
		t.Errorf("without a log: %v", err)
	}
}

func TestE02TwoProvidersWithOneIssuer(t *testing.T) {
	one := auth.OIDC{Name: "one", Issuer: "https://id.example", Audience: []string{"x"}}
	two := one
	two.Name, two.Audience = "two", []string{"y"}
	misconfigured(t, auth.Config{Providers: []auth.Provider{one, two}}, `auth.providers (AUTH_PROVIDERS): "one" and "two" have the same issuer https://id.example`)
	two.Name, two.Issuer = "one", "https://other.example"
	misconfigured(t, auth.Config{Providers: []auth.Provider{one, two}}, `"one" is named twice`)
}

func TestBS20ProviderIsChosenByIssuer(t *testing.T) {
	one, two := issuer.Start(t), issuer.Start(t)
	key := issuer.RSA(t, "second", 2048)
	key.ID = "rsa-1"
	two.SetKeys(key)
	a, b := oidc(one), oidc(two)
	a.Name, b.Name, b.Audience = "one", "two", []string{"api://two"}
	both := start(t, auth.Config{Providers: []auth.Provider{a, b}})
	if p := admit(t, both, one.Token(t, nil)); p.Provider != "one" {
		t.Errorf("provider is %q", p.Provider)
	}
	if p := admit(t, both, two.Token(t, issuer.Claims{"aud": "api://two"})); p.Provider != "two" {
		t.Errorf("provider is %q", p.Provider)
	}
	denied(t, both, two.Token(t, nil), "Invalid audience") // the other one's audience
	t.Run("C10 key of one with the issuer of the other", func(t *testing.T) {
		denied(t, both, one.Token(t, issuer.Claims{"iss": two.URL, "aud": "api://two"}), "Invalid signature")
		denied(t, both, two.Token(t, issuer.Claims{"iss": one.URL}), "Invalid signature")
	})
	t.Run("E01 unknown issuer, no network call", func(t *testing.T) {
		stranger := issuer.Start(t)
		before := one.KeyRequests() + two.KeyRequests()
		denied(t, both, stranger.Token(t, nil), "Invalid issuer")
		if n := stranger.KeyRequests() + stranger.DiscoveryRequests(); n != 0 {
			t.Errorf("the stranger was asked %d times", n)
		}
		if n := one.KeyRequests() + two.KeyRequests() - before; n != 0 {
			t.Errorf("the providers were asked %d times", n)
		}
	})
	t.Run("F03 one that hangs does not hold up the other", func(t *testing.T) {
		slow := issuer.Start(t)
		slow.DiscoveryFault(issuer.Hang(false))
		c := oidc(slow)
		c.Name = "slow"
		mixed := start(t, auth.Config{Providers: []auth.Provider{c, a}})
		admit(t, mixed, one.Token(t, nil))
		if s := mixed.Status(); s[0].Keys != 0 || s[0].Degraded == "" || s[1].Keys != 1 || s[1].Degraded != "" {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestBS19LogLines(t *testing.T) {
	iss := issuer.Start(t)
	var log logged
	a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log = log.logger() })
	token := iss.Token(t, nil)
	admit(t, a, token)
	for _, want := range []string{
		`level=INFO msg="identity provider added" provider=oidc issuer=` + iss.URL,
		`level=DEBUG msg="signing keys fetched" provider=oidc`,
		`level=DEBUG msg="credential accepted" method=token provider=oidc user=alice`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
	for _, part := range strings.Split(token, ".") {
		if strings.Contains(log.String(), part) {
			t.Error("the log holds a part of the token")
		}
	}
}

func TestDevIssuerPassesTheSamePath(t *testing.T) {
	path := t.TempDir() + "/dev.pem"
	key, err := auth.DevKey(path)
	if err != nil {
		t.Fatal(err)
	}
	dev := serveDev(t, key)
	a := start(t, auth.Config{Providers: []auth.Provider{dev.Provider()}})
	token, err := dev.Mint(map[string]any{"sub": "reader", "groups": []string{"readers"}})
	if err != nil {
		t.Fatal(err)
	}
	if p := admit(t, a, token); p.User != "reader" || p.Provider != "dev" || len(p.Groups) != 1 {
		t.Errorf("principal is %+v", p)
	}
	short, err := dev.Mint(map[string]any{"sub": "reader", "exp": time.Now().Add(-time.Minute).Unix(), "iat": nil})
	if err != nil {
		t.Fatal(err)
	}
	denied(t, a, short, "")

	again, err := auth.DevKey(path)
	if err != nil || !again.Equal(key) {
		t.Errorf("the key read again differs, or %v", err)
	}
}
