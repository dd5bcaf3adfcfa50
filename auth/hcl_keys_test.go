package auth_test

import (
	"crypto/elliptic"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const wellKnown = "/.well-known/openid-configuration"

// C4, HC-08, HC-10: what providerUrl names is told by what is found there.
func TestHCLProviderURLMayBeABaseADocumentOrKeys(t *testing.T) {
	iss := issuer.Start(t)
	stranger := domino(issuer.Claims{"iss": "https://elsewhere.example"})
	for name, tt := range map[string]struct {
		block     object
		anyIssuer bool
	}{
		"base":                             {object{"providerUrl": iss.URL}, false},
		"base with a final slash":          {object{"providerUrl": iss.URL + "/"}, false},
		"HC-08 document":                   {object{"providerURL": iss.URL + wellKnown}, false},
		"base and issuer":                  {object{"providerUrl": iss.URL, "iss": iss.URL}, false},
		"keys":                             {object{"providerUrl": iss.KeysURL}, true},
		"keys and issuer":                  {object{"providerUrl": iss.KeysURL, "iss": iss.URL}, false},
		"HC-09 keys, issuer, id":           {object{"providerUrl": iss.KeysURL, "iss": iss.URL, "kid": "rsa-1"}, false},
		"base and id":                      {object{"providerUrl": iss.URL, "kid": "rsa-1"}, false},
		"keys whose path is a document's":  {object{"providerUrl": iss.Realm(t, "/realms/x", "/odd"+wellKnown).KeysURL}, true},
		"base whose path is one for keys":  {object{"providerUrl": iss.Realm(t, "/protocol/certs", "/certs-of-it").URL}, false},
		"a base that answers with a page":  {object{"providerUrl": pageAt(t, iss, "/realms/page", issuer.HTML())}, false},
		"a base that answers with an info": {object{"providerUrl": pageAt(t, iss, "/realms/info", issuer.Raw([]byte(`{"realm": "info", "public_key": "MII"}`)))}, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeep(t)
			k.write("a.json", jwt("x", tt.block))
			a := k.start(iss, nil)
			claims, key := domino(nil), iss.Keys()[0]
			place, _ := tt.block["providerUrl"].(string)
			if realm := strings.TrimPrefix(place, iss.URL); strings.HasPrefix(realm, "/realms/") || strings.HasPrefix(realm, "/protocol/") {
				claims["iss"], key = place, issuer.RSA(t, "realm"+realm, 2048)
				key.ID = "rsa-1"
			}
			if strings.Contains(place, "/odd") {
				key = issuer.RSA(t, "realm/realms/x", 2048)
				key.ID = "rsa-1"
			}
			admit(t, a, iss.TokenBy(t, key, nil, claims))
			if tt.anyIssuer {
				admit(t, a, iss.TokenBy(t, key, nil, stranger))
				denied(t, a, iss.TokenBy(t, key, nil, domino(issuer.Claims{"iss": nil})), "Invalid issuer")
				denied(t, a, iss.TokenBy(t, key, nil, domino(issuer.Claims{"iss": ""})), "Invalid issuer")
				return
			}
			denied(t, a, iss.TokenBy(t, key, nil, stranger), "Invalid issuer")
			claims["iss"] = fmt.Sprint(claims["iss"], "/") // D08
			denied(t, a, iss.TokenBy(t, key, nil, claims), "Invalid issuer")
		})
	}
}

// pageAt is a realm whose own address answers by h.
func pageAt(t *testing.T, iss *issuer.Issuer, path string, h http.HandlerFunc) string {
	t.Helper()
	// The keys of a second issuer are served at the first one's own address.
	realm := iss.Realm(t, path, path+"-keys")
	iss.Realm(t, path+"-page", path).Fault(h)
	return realm.URL
}

// An issuer whose name ends in a slash has its document where one without has
// it; tokens must have the name that the document has. D08
func TestHCLIssuerIsTheOneOfTheDocument(t *testing.T) {
	iss := issuer.Start(t)
	address := iss.URL
	iss.URL += "/"
	k := newKeep(t)
	k.write("a.json", jwt("x", object{"providerUrl": address}))
	a := k.start(iss, nil)
	admit(t, a, iss.Token(t, domino(nil)))
	denied(t, a, iss.Token(t, domino(issuer.Claims{"iss": address})), "Invalid issuer")
}

// F11, HC-08
func TestHCLDiscoveryThatIsNotTheProvidersOwn(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(doc map[string]any)
		iss    string
		want   string
	}{
		"other issuer":         {func(d map[string]any) { d["issuer"] = "https://evil.example" }, "", `the document is of another issuer, "https://evil.example"; if that is right, give it as iss`},
		"neither of two":       {func(d map[string]any) { d["issuer"] = "https://evil.example" }, "https://good.example", "the document is of another issuer"},
		"no issuer":            {func(d map[string]any) { delete(d, "issuer") }, "", "the document is of another issuer"},
		"keys on another host": {func(d map[string]any) { d["jwks_uri"] = "http://localhost:4321/keys" }, "", "is not on the same host; if it is right, give it as providerUrl, and iss"},
		"keys in a file":       {func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" }, "", "is not on the same host"},
		"no place for keys":    {func(d map[string]any) { delete(d, "jwks_uri") }, "", "no jwks_uri in the answer"},
		"both at once":         {func(d map[string]any) { d["keys"] = []any{} }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss := issuer.StartInMemory(t)
				iss.Discovery(tt.change)
				block := object{"providerUrl": iss.URL}
				if tt.iss != "" {
					block["iss"] = tt.iss
				}
				if tt.want == "" {
					block["providerUrl"], tt.want = iss.URL+wellKnown, "both a discovery document and a key set"
				}
				k := newKeep(t)
				k.write("a.json", jwt("x", block))
				a := k.start(iss, nil)
				claims := domino(issuer.Claims{"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()})
				if tt.iss != "" {
					claims["iss"] = tt.iss
				}
				_, err := present(t.Context(), a, iss.Token(t, claims))
				if !strings.Contains(auth.Reason(err), tt.want) || err.Error() != auth.ErrUnavailable.Error() {
					t.Errorf("error %v, reason %q; want unavailable, %q", err, auth.Reason(err), tt.want)
				}
				if n := iss.KeyRequests(); n != 0 {
					t.Errorf("keys were fetched %d times", n)
				}
			})
		})
	}
	t.Run("HC-09 another issuer that the settings name", func(t *testing.T) {
		iss := issuer.Start(t)
		k := newKeep(t)
		// The document is its own place's, and the tokens' issuer is the settings' word: version 1 tokens of Entra ID.
		k.write("a.json", object{"jwt": object{
			"v1": object{"providerUrl": iss.URL + wellKnown, "iss": "https://sts.example/1/", "aud": "api://x"},
		}})
		a := k.start(iss, nil)
		admit(t, a, iss.Token(t, domino(issuer.Claims{"iss": "https://sts.example/1/", "aud": "api://x"})))
		denied(t, a, iss.Token(t, domino(issuer.Claims{"aud": "api://x"})), "Invalid issuer")
	})
}

// HC-09
func TestHCLKeyIDOfAKeySet(t *testing.T) {
	iss := issuer.Start(t)
	one, two := issuer.RSA(t, "one", 2048), issuer.RSA(t, "two", 2048)
	iss.SetKeys(one.With(issuer.Claims{"alg": nil}), two) // B06: as Entra ID publishes them
	k := newKeep(t)
	k.write("a.json", jwt("x", object{"providerUrl": iss.URL, "kid": "one"}))
	a := k.start(iss, nil)
	admit(t, a, iss.TokenBy(t, one, nil, domino(nil)))
	denied(t, a, iss.TokenBy(t, two, nil, domino(nil)), "Key not found")
	denied(t, a, iss.TokenBy(t, one, issuer.Header{"kid": nil}, domino(nil)), "Key id missing")
	k.write("a.json", jwt("x", object{"providerUrl": iss.URL, "kid": "three"}))
	if err := a.Update(k.config(iss, nil)); err != nil {
		t.Fatal(err)
	}
	refuse(t, a, iss.TokenBy(t, one, nil, domino(nil)), auth.ErrUnavailable, "no signing keys of provider hcl.x: get ")
}

// HC-05
func TestHCLOneAlgorithmForEachProvider(t *testing.T) {
	iss := issuer.Start(t)
	ec := issuer.EC(t, "ec", elliptic.P256())
	iss.SetKeys(iss.Keys()[0], ec)
	k := newKeep(t)
	k.write("a.json", object{"jwt": object{"r": object{"providerUrl": iss.URL, "aud": "r"}, "e": object{"providerUrl": iss.URL, "aud": "e", "alg": "ES256"}}})
	a := k.start(iss, nil)
	rsa := iss.Keys()[0]
	admit(t, a, iss.TokenBy(t, rsa, nil, domino(issuer.Claims{"aud": "r"})))
	admit(t, a, iss.TokenBy(t, ec, nil, domino(issuer.Claims{"aud": "e"})))
	denied(t, a, iss.TokenBy(t, ec, nil, domino(issuer.Claims{"aud": "r"})), "Algorithm not allowed")
	denied(t, a, iss.TokenBy(t, rsa, nil, domino(issuer.Claims{"aud": "e"})), "Algorithm not allowed")
}

// HC-10, E02: several providers of one issuer differ in audience or key id.
func TestHCLSeveralProvidersOfOneIssuer(t *testing.T) {
	iss := issuer.Start(t)
	one, two := issuer.RSA(t, "one", 2048), issuer.RSA(t, "two", 2048)
	k := newKeep(t)
	k.write("one.pem", publicPEM(t, one))
	k.write("two.pem", publicPEM(t, two))
	k.write("a.json", object{"jwt": object{
		"a1": object{"keyFile": "one.pem", "iss": "A", "aud": "1"}, "a2": object{"keyFile": "one.pem", "iss": "A", "aud": []string{"2", "3"}},
		"b1": object{"keyFile": "one.pem", "iss": "B", "kid": "one"}, "b2": object{"keyFile": "two.pem", "iss": "B", "kid": "two"},
	}})
	a := k.start(iss, nil)
	by := func(key issuer.Key, name string, aud any) string {
		return iss.TokenBy(t, key, nil, domino(issuer.Claims{"iss": name, "aud": aud}))
	}
	for token, want := range map[string]string{
		by(one, "A", "1"): "hcl.a1", by(one, "A", "3"): "hcl.a2", by(one, "B", "Domino"): "hcl.b1", by(two, "B", "Domino"): "hcl.b2",
	} {
		if p := admit(t, a, token); p.Provider != want {
			t.Errorf("provider is %s, want %s", p.Provider, want)
		}
	}
	denied(t, a, by(one, "A", "4"), "Invalid audience")
	denied(t, a, by(two, "A", "1"), "Invalid signature")
	denied(t, a, by(one, "C", "1"), "Invalid issuer")
	swapped := two
	swapped.ID = "one"
	denied(t, a, by(swapped, "B", "Domino"), "")

	for name, pair := range map[string][2]object{
		"same audience":          {{"key": "k", "iss": "A"}, {"key": "k", "iss": "A"}},
		"audience in common":     {{"iss": "A", "aud": []string{"1", "2"}}, {"iss": "A", "aud": []string{"2", "3"}}},
		"one without id":         {{"iss": "A", "kid": "one"}, {"iss": "A"}},
		"by base and by name":    {{"iss": iss.URL}, {"providerUrl": iss.URL}},
		"by base and final /":    {{"providerUrl": iss.URL + "/"}, {"providerUrl": iss.URL}},
		"by base and by its doc": {{"providerUrl": iss.URL + wellKnown}, {"providerUrl": iss.URL}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, block := range pair {
				if delete(block, "key"); block["providerUrl"] == nil {
					block["keyFile"] = "one.pem"
				}
			}
			k.write("a.json", object{"jwt": object{"x": pair[0], "y": pair[1]}})
			misconfigured(t, k.config(nil, nil), "a.json: jwt.y.iss: has the issuer of jwt.x; that is allowed only where both have a kid, or an aud, of their own")
		})
	}
	t.Run("as another provider of the settings", func(t *testing.T) {
		k.write("a.json", jwt("x", object{"providerUrl": iss.URL}))
		cfg := k.config(nil, nil)
		cfg.Providers = append(cfg.Providers, oidc(iss))
		misconfigured(t, cfg, `"oidc" and "hcl.x" have the same issuer `+iss.URL)
	})
}

// BS-20, C10: a provider without issuer is not tried for what another one claims.
func TestHCLProviderWithIssuerGoesFirst(t *testing.T) {
	iss := issuer.Start(t)
	key := issuer.RSA(t, "loose", 2048)
	key.ID = "rsa-1"
	k := newKeep(t)
	k.write("loose.pem", publicPEM(t, key))
	k.write("a.json", object{"jwt": object{"loose": object{"keyFile": "loose.pem"}, "named": object{"providerUrl": iss.URL, "iss": iss.URL}}})
	a := k.start(iss, nil)
	admit(t, a, iss.Token(t, domino(nil)))
	denied(t, a, iss.TokenBy(t, key, nil, domino(nil)), "Invalid signature")
	if p := admit(t, a, iss.TokenBy(t, key, nil, domino(issuer.Claims{"iss": "whoever"}))); p.Provider != "hcl.loose" {
		t.Errorf("provider is %s", p.Provider)
	}
}

// E04
func TestHCLFiftyProvidersAndAThousandBadTokens(t *testing.T) {
	iss := issuer.Start(t)
	key := iss.Keys()[0]
	k := newKeep(t)
	k.write("good.pem", publicPEM(t, key))
	k.write("bad.pem", publicPEM(t, issuer.RSA(t, "bad", 2048)))
	blocks := object{}
	for n := range 50 {
		block := object{"keyFile": "bad.pem"}
		if n == 15 {
			block["keyFile"] = "good.pem"
		}
		if n > 15 {
			block["iss"] = fmt.Sprint("https://", n, ".example")
		}
		blocks[fmt.Sprintf("p%02d", n)] = block
	}
	k.write("a.json", object{"jwt": blocks})
	a := k.start(iss, nil)
	if p := admit(t, a, iss.Token(t, domino(nil))); p.Provider != "hcl.p15" {
		t.Errorf("provider is %s", p.Provider)
	}
	stranger := issuer.RSA(t, "stranger", 2048)
	bad := strings.Split(iss.TokenBy(t, stranger, nil, domino(nil)), ".")
	for n := range 1000 {
		bad[1] = strings.Split(issuer.Sign(t, issuer.Oct("", []byte("x")), nil, fmt.Appendf(nil, `{"iss":"x","n":%d}`, n)), ".")[1]
		denied(t, a, strings.Join(bad, "."), "Invalid signature")
	}
	t.Run("one more without issuer", func(t *testing.T) {
		delete(blocks["p16"].(object), "iss")
		k.write("a.json", object{"jwt": blocks})
		misconfigured(t, k.config(nil, nil), "a.json: jwt.p16.iss: is required: a token is tried with no more than 16 providers that name no issuer")
	})
}

// E04: of providers whose documents name their issuers, a token meets one.
func TestHCLProvidersThatLearnTheirIssuerAreNotTriedForOthers(t *testing.T) {
	iss := issuer.Start(t)
	blocks := object{}
	var last *issuer.Issuer
	for n := range 20 {
		last = iss.Realm(t, fmt.Sprint("/realms/", n), fmt.Sprint("/keys/", n)) // its key is named as all others are
		last.SetKeys(issuer.EC(t, "same", elliptic.P256()))
		blocks[fmt.Sprintf("p%02d", n)] = object{"providerUrl": last.URL, "alg": "ES256"}
	}
	k := newKeep(t)
	k.write("a.json", object{"jwt": blocks})
	a := k.start(iss, nil)
	for name := range blocks {
		if err := waitForKeys(t, a, "hcl."+name); err != nil {
			t.Fatal(err)
		}
	}
	if p := admit(t, a, last.Token(t, domino(nil))); p.Provider != "hcl.p19" {
		t.Errorf("provider is %s", p.Provider)
	}
	denied(t, a, last.Token(t, domino(issuer.Claims{"iss": iss.URL})), "Invalid issuer")
}

// F03, E04: with providers that are asked in turn, one that hangs holds up
// nobody whose key is known elsewhere.
func TestHCLProviderThatHangsHoldsUpNoOther(t *testing.T) {
	iss, slow := issuer.Start(t), issuer.Start(t)
	slow.Fault(issuer.Hang(false))
	k := newKeep(t)
	k.write("a.json", object{"jwt": object{"a-slow": object{"providerUrl": slow.KeysURL}, "b": object{"providerUrl": iss.KeysURL}}})
	a := k.start(iss, nil)
	if err := waitForKeys(t, a, "hcl.b"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for n := range 20 {
		admit(t, a, iss.Token(t, domino(issuer.Claims{"jti": fmt.Sprint(n)})))
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
}

// waitForKeys waits until name's keys are loaded.
func waitForKeys(t *testing.T, a *auth.Authenticator, name string) error {
	t.Helper()
	for {
		for _, s := range a.Status() {
			if s.Name == name && s.Keys > 0 {
				return nil
			}
		}
		select {
		case <-t.Context().Done():
			return t.Context().Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// F01: while the provider's kind is not known, nobody is told that their issuer is wrong.
func TestHCLProviderThatIsDownAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		iss.DiscoveryFault(issuer.Status(503))
		k := newKeep(t)
		k.write("a.json", jwt("x", object{"providerUrl": iss.URL}))
		a := k.start(iss, nil)
		claims := domino(issuer.Claims{"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()})
		good := iss.Token(t, claims)
		refuse(t, a, good, auth.ErrUnavailable, "no signing keys of provider hcl.x")
		claims["iss"] = "https://elsewhere.example"
		wrong := iss.Token(t, claims)
		refuse(t, a, wrong, auth.ErrUnavailable, "no signing keys of provider hcl.x")
		iss.DiscoveryFault(nil)
		pass(time.Minute)
		admit(t, a, good)
		denied(t, a, wrong, "Invalid issuer")
		if s := a.Status()[0]; s.Name != "hcl.x" || s.Where != iss.URL || s.Keys != 1 || s.Degraded != "" {
			t.Errorf("status is %+v", s)
		}
	})
}

// The judge of a token that was admitted while the keys were still on their way.
func TestHCLTokenThatArrivesBeforeTheKeys(t *testing.T) {
	iss := issuer.Start(t)
	release := make(chan struct{})
	body := issuer.JWKS(iss.Keys()...)
	iss.Fault(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write(body)
	})
	k := newKeep(t)
	k.write("a.json", jwt("x", object{"providerUrl": iss.URL}))
	a := k.start(iss, nil)
	wrong := iss.Token(t, domino(issuer.Claims{"iss": "https://elsewhere.example"}))
	answers := make(chan error, 1)
	go func() {
		_, err := present(t.Context(), a, wrong)
		answers <- err
	}()
	select {
	case err := <-answers:
		t.Fatalf("it was judged without keys: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := <-answers; auth.Reason(err) != "Invalid issuer" {
		t.Errorf("error is %v, reason %q", err, auth.Reason(err))
	}
}

// HC-08: "only use trusted connections".
func TestHCLPlainHTTPBeyondThisMachineMustBeAskedFor(t *testing.T) {
	k := newKeep(t)
	k.write("a.json", jwt("x", object{"providerUrl": "http://id.internal.example/realms/a"}))
	misconfigured(t, k.config(nil, nil), "a.json: jwt.x.providerUrl: \"http://id.internal.example/realms/a\": http is for this machine alone")
	iss := issuer.StartTLS(t, "id.example", "/keys")
	k.start(iss, func(h *auth.HCL) { h.AllowHTTP = true })
}
