package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// keyFile is a new file that holds text.
func keyFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rs256 is a key that no issuer publishes. Equal names give the same key.
func rs256(t testing.TB, name string) issuer.Key {
	t.Helper()
	return issuer.RSA(t, name, 2048).For("RS256")
}

// signed is a token of key as a script makes it: no iss, no aud, no kid.
func signed(t testing.TB, key issuer.Key, claims issuer.Claims) string {
	t.Helper()
	all := issuer.Claims{"sub": "alice", "groups": []string{"analysts"}, "exp": time.Now().Add(time.Hour).Unix()}
	for name, v := range claims {
		if all[name] = v; v == nil {
			delete(all, name)
		}
	}
	payload, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return issuer.Sign(t, key, nil, payload)
}

// okera are settings for one key and RS256.
func okera(keys ...string) auth.PublicKeys {
	p := auth.PublicKeys{Keys: keys}
	for range keys {
		p.Algorithms = append(p.Algorithms, "RS256")
	}
	return p
}

func startKeys(t testing.TB, p auth.PublicKeys) *auth.Authenticator {
	t.Helper()
	return start(t, auth.Config{Providers: []auth.Provider{p}})
}

// startFault is what New says about settings that it refuses.
func startFault(t *testing.T, providers ...auth.Provider) string {
	t.Helper()
	var log logged
	a, err := auth.New(t.Context(), auth.Config{Providers: providers, Log: log.logger()})
	if err == nil {
		a.Close()
		t.Fatal("the settings were taken")
	}
	return err.Error()
}

// OK-05, DO-03, DT-03.
func TestEachFormOfAPublicKeyIsTaken(t *testing.T) {
	key := rs256(t, "okera")
	now := time.Now()
	certificate := key.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour))
	block, _ := pem.Decode([]byte(certificate))
	page, err := json.Marshal(map[string]any{
		"realm": "DominoRealm", "public_key": key.Bare(t), "token-service": "https://domino.example/auth/realms/DominoRealm/protocol/openid-connect",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, entry := range map[string]string{
		"path":                      keyFile(t, key.PEM(t)),
		"path of a link":            link(t, keyFile(t, key.PEM(t))),
		"file URL":                  "file://" + keyFile(t, key.PEM(t)),
		"file URL with a host":      "file://localhost" + keyFile(t, key.PEM(t)),
		"PEM in the settings":       key.PEM(t),
		"PEM with spelled-out ends": strings.ReplaceAll(key.PEM(t), "\n", `\n`),
		"blanks around it":          "\n " + key.PEM(t) + " ",
		"PKCS #1":                   key.PKCS1(t),
		"certificate":               certificate,
		"path of a certificate":     keyFile(t, certificate),
		"words before the PEM":      keyFile(t, "subject=CN = token signing\n\n"+certificate),
		"bare base64":               key.Bare(t),
		"bare base64 in a file":     keyFile(t, key.Bare(t)+"\n"),
		"bare certificate":          base64.StdEncoding.EncodeToString(block.Bytes),
		"a realm's page in a file":  keyFile(t, string(page)),
	} {
		t.Run(name, func(t *testing.T) {
			a := startKeys(t, okera(entry))
			p := admit(t, a, signed(t, key, nil))
			if p.Provider != "jwt" || p.Method != auth.ByToken || p.Subject != "alice" || p.User != "alice" || !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
				t.Errorf("principal is %+v", p)
			}
			denied(t, a, signed(t, rs256(t, "foreign"), nil), "Invalid signature")
		})
	}
}

func link(t *testing.T, to string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// OK-06, DO-04, C5.
func TestEachKeyIsBoundToItsOneAlgorithm(t *testing.T) {
	first, second := rs256(t, "okera"), rs256(t, "other")
	t.Run("both spellings", func(t *testing.T) {
		for spelled, alg := range map[string]string{"RS256": "RS256", "RSA256": "RS256", "RSA384": "RS384", "RSA512": "RS512", "PS256": "PS256"} {
			a := startKeys(t, auth.PublicKeys{Keys: []string{first.PEM(t)}, Algorithms: []string{spelled}})
			admit(t, a, signed(t, first.For(alg), nil))
			other := "RS256"
			if alg == other {
				other = "RS512"
			}
			denied(t, a, signed(t, first.For(other), nil), "Algorithm not allowed")
		}
	})
	t.Run("RSA512 by default", func(t *testing.T) {
		a := startKeys(t, auth.PublicKeys{Keys: []string{first.PEM(t), second.PEM(t)}})
		admit(t, a, signed(t, first.For("RS512"), nil))
		admit(t, a, signed(t, second.For("RS512"), nil))
		denied(t, a, signed(t, first, nil), "Algorithm not allowed")
	})
	t.Run("paired in order", func(t *testing.T) {
		a := startKeys(t, auth.PublicKeys{Keys: []string{first.PEM(t), second.PEM(t)}, Algorithms: []string{"RSA256", "RSA512"}})
		admit(t, a, signed(t, first, nil))
		admit(t, a, signed(t, second.For("RS512"), nil))
		denied(t, a, signed(t, second, nil), "Invalid signature")
		denied(t, a, signed(t, first.For("RS512"), nil), "Invalid signature")
		denied(t, a, signed(t, first.For("PS256"), nil), "Algorithm not allowed")
	})
	t.Run("several keys for one algorithm", func(t *testing.T) {
		a := startKeys(t, okera(first.PEM(t), second.PEM(t)))
		admit(t, a, signed(t, first, nil))
		admit(t, a, signed(t, second, nil))
	})
	t.Run("one key for two algorithms", func(t *testing.T) {
		a := startKeys(t, auth.PublicKeys{Keys: []string{first.PEM(t), first.PEM(t)}, Algorithms: []string{"RS256", "RS512"}})
		admit(t, a, signed(t, first, nil))
		admit(t, a, signed(t, first.For("RS512"), nil))
	})
	t.Run("a key id in the token does not matter", func(t *testing.T) {
		named := first
		named.ID = "../../etc/passwd"
		admit(t, startKeys(t, okera(first.PEM(t))), signed(t, named, nil))
	})
	t.Run("elliptic curves", func(t *testing.T) {
		key := issuer.EC(t, "", p256)
		a := startKeys(t, auth.PublicKeys{Keys: []string{key.Bare(t)}, Algorithms: []string{"ES256"}})
		admit(t, a, signed(t, key, nil))
	})
	t.Run("B02 HMAC by the public key", func(t *testing.T) {
		a := startKeys(t, okera(first.PEM(t)))
		for _, secret := range []string{first.PEM(t), strings.TrimSpace(first.PEM(t)), first.Bare(t), string(first.DER(t))} {
			denied(t, a, signed(t, issuer.Oct("", []byte(secret)), nil), "Algorithm not allowed")
		}
	})
}

// OK-07, OK-08, DO-05, D12, D13.
func TestClaimsOfTokensByPublicKey(t *testing.T) {
	key := rs256(t, "okera")
	now := time.Now()
	a := startKeys(t, okera(key.PEM(t)))
	for name, tt := range map[string]struct {
		claims issuer.Claims
		want   string
	}{
		"no exp":                  {issuer.Claims{"exp": nil}, "No expiry"},
		"expired":                 {issuer.Claims{"exp": now.Add(-time.Second).Unix()}, "Token expired"},
		"not yet":                 {issuer.Claims{"nbf": now.Add(time.Hour).Unix()}, "Token not yet valid"},
		"no sub":                  {issuer.Claims{"sub": nil}, "Invalid subject"},
		"empty sub":               {issuer.Claims{"sub": ""}, "Invalid subject"},
		"groups of a wrong shape": {issuer.Claims{"groups": 7}, "Groups not extracted"},
		"an ID token":             {issuer.Claims{"nonce": "n"}, "ID token where"},
	} {
		t.Run(name, func(t *testing.T) { denied(t, a, signed(t, key, tt.claims), tt.want) })
	}
	t.Run("no groups", func(t *testing.T) {
		if p := admit(t, a, signed(t, key, issuer.Claims{"groups": nil})); len(p.Groups) != 0 {
			t.Errorf("principal is %+v", p)
		}
	})
	t.Run("DO-05 user claim", func(t *testing.T) {
		p := okera(key.PEM(t))
		p.UserClaim = "preferred_username"
		a := startKeys(t, p)
		got := admit(t, a, signed(t, key, issuer.Claims{"sub": "fe08d535", "preferred_username": "bob"}))
		if got.Subject != "fe08d535" || got.User != "bob" {
			t.Errorf("principal is %+v", got)
		}
		for _, v := range []any{nil, "", " ", 7, []string{"bob"}, issuer.Null} {
			denied(t, a, signed(t, key, issuer.Claims{"preferred_username": v}), "Invalid user claim")
		}
	})
	t.Run("OK-21 no name is the system's", func(t *testing.T) {
		p := admit(t, a, signed(t, key, issuer.Claims{"sub": "okera", "groups": []string{"root"}}))
		if want := (auth.Principal{
			Provider: "jwt", Method: auth.ByToken, Subject: "okera", User: "okera", Groups: []string{"root"},
			Claims: p.Claims, Expires: p.Expires,
		}); !reflect.DeepEqual(p, want) {
			t.Errorf("principal is %+v, want %+v", p, want)
		}
		denied(t, a, signed(t, rs256(t, "foreign"), issuer.Claims{"sub": "okera"}), "Invalid signature")
	})
	t.Run("bounded claims and life", func(t *testing.T) {
		p := okera(key.PEM(t))
		p.RequiredClaims, p.MaxLifetime = map[string][]string{"org": {"acme", "globex"}}, time.Hour
		a := startKeys(t, p)
		fresh := issuer.Claims{"org": []string{"x", "globex"}, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
		admit(t, a, signed(t, key, fresh))
		fresh["org"] = "evil"
		denied(t, a, signed(t, key, fresh), "Required claim org")
		denied(t, a, signed(t, key, issuer.Claims{"org": "acme", "iat": now.Unix(), "exp": now.Add(2 * time.Hour).Unix()}), "Token lives too long")
	})
}

// OK-04: keys that are not among the settings verify nothing.
func TestOK04WithoutTheProviderNoKeyVerifies(t *testing.T) {
	iss := issuer.Start(t)
	denied(t, startFor(t, iss, nil), signed(t, rs256(t, "okera"), nil), "Invalid issuer")
}

func TestPublicKeysLeaveTheTokensOfNamedIssuersAlone(t *testing.T) {
	iss := issuer.Start(t)
	key := rs256(t, "okera")
	open := okera(key.PEM(t))
	a := start(t, auth.Config{Providers: []auth.Provider{open, oidc(iss)}})
	if p := admit(t, a, iss.Token(t, nil)); p.Provider != "oidc" {
		t.Errorf("principal is %+v", p)
	}
	if p := admit(t, a, signed(t, key, issuer.Claims{"iss": "https://unknown.example"})); p.Provider != "jwt" {
		t.Errorf("principal is %+v", p)
	}
	denied(t, a, signed(t, key, issuer.Claims{"iss": iss.URL}), "Invalid signature") // C10
	t.Run("an issuer of their own", func(t *testing.T) {
		p := okera(key.PEM(t))
		p.Issuer, p.Audience = "domino", []string{"lakegate"}
		a := startKeys(t, p)
		admit(t, a, signed(t, key, issuer.Claims{"iss": "domino", "aud": []string{"x", "lakegate"}}))
		denied(t, a, signed(t, key, issuer.Claims{"iss": "Domino", "aud": "lakegate"}), "Invalid issuer")
		denied(t, a, signed(t, key, issuer.Claims{"aud": "lakegate"}), "Invalid issuer")
		denied(t, a, signed(t, key, issuer.Claims{"iss": "domino"}), "Invalid audience")
		denied(t, a, signed(t, key, issuer.Claims{"iss": "domino", "aud": "Lakegate"}), "Invalid audience")
	})
}

func TestMissingAudienceIsWarnedOf(t *testing.T) {
	key := rs256(t, "okera")
	for _, audience := range [][]string{nil, {"lakegate"}} {
		var log logged
		p := okera(key.PEM(t))
		p.Audience = audience
		start(t, auth.Config{Providers: []auth.Provider{p}, Log: log.logger()})
		if warned := strings.Contains(log.String(), "level=WARN msg=\"no audience is set"); warned != (audience == nil) {
			t.Errorf("with audience %q the log is\n%s", audience, &log)
		}
	}
}

func TestF16BrokenKeyFileKeepsTheOldKeys(t *testing.T) {
	key, next := rs256(t, "okera"), rs256(t, "other")
	private := next.PrivatePEM(t)
	elsewhere := keyFile(t, next.PEM(t))
	write := func(text string) func(path string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	for name, spoil := range map[string]func(path string) error{
		"half a file":   write(next.PEM(t)[:200]),
		"empty":         write(""),
		"a private key": write(private),
		"both halves":   write(next.PEM(t) + private),
		"two keys":      write(next.PEM(t) + key.PEM(t)),
		"a weak key":    write(issuer.RSA(t, "weak", 1024).PEM(t)),
		"gone":          os.Remove,
		"a link": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink(elsewhere, path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, second := keyFile(t, key.PEM(t)), keyFile(t, rs256(t, "third").PEM(t))
			synctest.Test(t, func(t *testing.T) {
				var log logged
				a := start(t, auth.Config{Providers: []auth.Provider{okera(path, second)}, Log: log.logger(), FilePoll: 10 * time.Second})
				life := issuer.Claims{"exp": time.Now().Add(1000 * time.Hour).Unix()}
				admit(t, a, signed(t, key, life))
				if err := spoil(path); err != nil {
					t.Fatal(err)
				}
				pass(time.Minute)
				admit(t, a, signed(t, key, life))
				denied(t, a, signed(t, next, life), "Invalid signature")
				if s := a.Status()[0]; s.Keys != 2 || s.Degraded == "" || !strings.Contains(s.Where, path) {
					t.Errorf("status is %+v", s)
				}
				if n := strings.Count(log.String(), "signing keys cannot be had"); n != 1 {
					t.Errorf("a minute of the same error was logged %d times:\n%s", n, &log)
				}
				if strings.Contains(log.String(), strings.Split(private, "\n")[3]) {
					t.Error("the log holds a part of the key")
				}
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := write(next.PEM(t))(path); err != nil {
					t.Fatal(err)
				}
				pass(time.Minute)
				admit(t, a, signed(t, next, life))
				denied(t, a, signed(t, key, life), "Invalid signature")
				if s := a.Status()[0]; s.Degraded != "" || strings.Count(log.String(), "can be had again") != 1 {
					t.Errorf("status is %+v, the log\n%s", s, &log)
				}
			})
		})
	}
}

// E04: however many providers declare no issuer, one token costs a bounded
// number of checks.
func TestE04ATokenIsTriedWithABoundedNumberOfProviders(t *testing.T) {
	const providers, tried = 50, 16
	stranger := rs256(t, "foreign")
	cfg := auth.Config{Attempts: auth.AttemptLimits{Peer: -1}}
	var keys []issuer.Key
	for i := range providers {
		key := issuer.EC(t, "", p256)
		keys = append(keys, key)
		cfg.Providers = append(cfg.Providers, auth.PublicKeys{
			Name: "p" + strings.Repeat("x", i), Keys: []string{key.PEM(t)}, Algorithms: []string{"ES256"},
		})
	}
	a := start(t, cfg)
	if err := a.Reload(t.Context()); err != nil { // all keys are there: none comes first for that
		t.Fatal(err)
	}
	admit(t, a, signed(t, keys[0], nil))
	admit(t, a, signed(t, keys[tried-1], nil))
	denied(t, a, signed(t, keys[tried], nil), "Invalid signature")
	denied(t, a, signed(t, keys[providers-1], nil), "Invalid signature")
	denied(t, a, signed(t, stranger, nil), "Algorithm not allowed")
	for range 200 {
		denied(t, a, signed(t, keys[providers-1], nil), "Invalid signature")
	}
	admit(t, a, signed(t, keys[1], nil))
}
