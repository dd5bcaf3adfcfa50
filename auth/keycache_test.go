package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// These tests live in bubbles, where an hour passes as soon as all wait for it.

// pass lets time go by and then everything that it sets off.
func pass(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

// token is a token with a life that outlasts these tests.
func token(t *testing.T, iss *issuer.Issuer, key issuer.Key) string {
	t.Helper()
	return iss.TokenBy(t, key, nil, issuer.Claims{"exp": time.Now().Add(1000 * time.Hour).Unix()})
}

func TestF01ProviderDownAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		iss.Fault(issuer.Status(http.StatusBadGateway))
		a := startFor(t, iss, nil)
		good := token(t, iss, iss.Keys()[0])
		refuse(t, a, good, auth.ErrUnavailable, "no signing keys of provider oidc: get \"http://127.0.0.1:4321/keys\": status 502")
		if s := a.Status()[0]; s.Keys != 0 || !strings.Contains(s.Degraded, "status 502") {
			t.Errorf("status is %+v", s)
		}
		before := iss.KeyRequests()
		for range 100 {
			refuse(t, a, good, auth.ErrUnavailable, "")
		}
		if n := iss.KeyRequests() - before; n != 0 {
			t.Errorf("a hundred calls asked the provider %d times", n)
		}
		iss.Fault(nil)
		pass(5 * time.Second)
		admit(t, a, good)
		if s := a.Status()[0]; s.Keys != 1 || s.Degraded != "" {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestF02LastGoodKeysAreKeptForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		var log logged
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log = log.logger() })
		good := token(t, iss, iss.Keys()[0])
		admit(t, a, good)
		iss.Fault(issuer.Status(http.StatusServiceUnavailable))
		pass(23*time.Hour + 59*time.Minute)
		admit(t, a, good)
		if s := a.Status()[0]; s.Keys != 1 || s.Age < 23*time.Hour || !strings.Contains(s.Degraded, "status 503") {
			t.Errorf("status is %+v", s)
		}
		pass(2 * time.Minute)
		refuse(t, a, good, auth.ErrUnavailable, "no signing keys of provider oidc")
		if n := strings.Count(log.String(), "signing keys cannot be had"); n != 1 {
			t.Errorf("one outage was logged %d times", n)
		}
		iss.Fault(nil)
		pass(time.Minute)
		admit(t, a, good)
		if !strings.Contains(log.String(), "signing keys can be had again") {
			t.Error("the recovery was not logged")
		}
	})
}

func TestF03SlowProviderIsBounded(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"no answer": issuer.Hang(false), "headers and no more": issuer.Hang(true), "a byte a second": issuer.Slow(make([]byte, 1000)),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss := issuer.StartInMemory(t)
				iss.Fault(fault)
				a := startFor(t, iss, nil)
				began := time.Now()
				var calls sync.WaitGroup
				for range 20 {
					calls.Go(func() { refuse(t, a, token(t, iss, iss.Keys()[0]), auth.ErrUnavailable, "") })
				}
				calls.Wait()
				if d := time.Since(began); d > 10*time.Second {
					t.Errorf("the answer took %s", d)
				}
				if n := iss.KeyRequests(); n != 1 {
					t.Errorf("%d fetches at once", n)
				}
			})
		})
	}
	t.Run("never accepts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			iss := issuer.StartInMemory(t)
			a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) {
				cfg.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
			})
			began := time.Now()
			refuse(t, a, token(t, iss, iss.Keys()[0]), auth.ErrUnavailable, "")
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("the answer took %s", d)
			}
		})
	})
	t.Run("a call does not wait longer than its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			iss := issuer.StartInMemory(t)
			iss.Fault(issuer.Hang(false))
			a := startFor(t, iss, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			_, err := present(ctx, a, token(t, iss, iss.Keys()[0]))
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("error %v after %s", err, time.Since(began))
			}
		})
	})
}

// badAnswers never replace good keys.
func badAnswers(t *testing.T) map[string]http.HandlerFunc {
	t.Helper()
	rsa := issuer.RSA(t, "rsa-1", 2048)
	other := rsa.With(map[string]any{"n": issuer.RSA(t, "other", 2048).JWK()["n"]})
	return map[string]http.HandlerFunc{
		"F04 1 GB":                  issuer.Huge(1 << 30),
		"F04 gzip bomb":             issuer.GzipBomb(1 << 26),
		"F04 100000 keys":           issuer.Raw(issuer.JWKS(issuer.ManyKeys(other, 100_000)...)),
		"F04 5 MB key":              issuer.Raw(issuer.JWKS(other.With(map[string]any{"x": strings.Repeat("x", 5<<20)}))),
		"F04 deep JSON":             issuer.Raw([]byte(`{"keys":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}")),
		"F04 deep JSON in a key":    issuer.Raw([]byte(`{"keys":[{"kty":"RSA","x":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "}]}")),
		"F05 to http":               issuer.Redirect(301, "http://10.0.0.1/keys"),
		"F05 to a private address":  issuer.Redirect(302, "http://192.168.0.1:4321/keys"),
		"F05 to https elsewhere":    issuer.Redirect(307, "https://127.0.0.1:4321/keys"),
		"F05 to a file":             issuer.Redirect(302, "file:///etc/passwd"),
		"F05 to another port":       issuer.Redirect(302, "http://127.0.0.1:4322/keys"),
		"F05 loop":                  issuer.Redirect(302, "/keys"),
		"F05 no place":              issuer.Redirect(302, ""),
		"F06 HTML":                  issuer.HTML(),
		"F06 empty keys":            issuer.Raw([]byte(`{"keys":[]}`)),
		"F06 null keys":             issuer.Raw([]byte(`{"keys":null}`)),
		"F06 no keys":               issuer.Raw([]byte(`{}`)),
		"F06 keys an object":        issuer.Raw([]byte(`{"keys":{}}`)),
		"F06 nothing":               issuer.Raw(nil),
		"F06 only unknown kty":      issuer.Raw([]byte(`{"keys":[{"kty":"AKP","kid":"rsa-1"}]}`)),
		"F06 only a shared secret":  issuer.Raw(issuer.JWKS(issuer.Oct("rsa-1", make([]byte, 32)))),
		"F06 only a private key":    issuer.Raw(issuer.JWKS(other.With(map[string]any{"d": "AQAB"}))),
		"F06 only a key to encrypt": issuer.Raw(issuer.JWKS(other.With(map[string]any{"use": "enc"}))),
		"F06 half a set":            issuer.Raw(issuer.JWKS(rsa)[:100]),
		"F06 status 201":            issuer.Status(http.StatusCreated),
		"F06 status 404":            issuer.Status(http.StatusNotFound),
	}
}

func TestBadAnswersNeverReplaceGoodKeys(t *testing.T) {
	for name, fault := range badAnswers(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss := issuer.StartInMemory(t)
				var mu sync.Mutex
				var dialled []string
				a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) {
					cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
						mu.Lock()
						defer mu.Unlock()
						dialled = append(dialled, address)
						return iss.Dial()(ctx, network, address)
					}
				})
				good := token(t, iss, iss.Keys()[0])
				admit(t, a, good)
				iss.Fault(fault)
				pass(time.Hour)
				if s := a.Status()[0]; s.Degraded == "" || s.Keys != 1 {
					t.Errorf("status is %+v", s)
				} else if tooLarge := slices.Contains([]string{"F04 1 GB", "F04 gzip bomb", "F04 100000 keys", "F04 5 MB key"}, name); tooLarge != strings.Contains(s.Degraded, "larger than 1048576 bytes") {
					t.Errorf("degraded because %s", s.Degraded)
				}
				admit(t, a, good)
				iss.SetKeys(iss.Keys()...)
				pass(time.Minute)
				if s := a.Status()[0]; s.Degraded != "" {
					t.Errorf("still degraded when the fault has ended: %s", s.Degraded)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, address := range dialled {
					if address != "127.0.0.1:4321" {
						t.Errorf("a redirect led to %s", address)
					}
				}
			})
		})
	}
}

func TestF05RedirectWithinTheHostIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		keys := issuer.JWKS(iss.Keys()...)
		iss.Fault(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "" {
				http.Redirect(w, r, "/keys?moved", http.StatusFound)
				return
			}
			_, _ = w.Write(keys)
		})
		admit(t, startFor(t, iss, nil), token(t, iss, iss.Keys()[0]))
	})
}

func TestF06GoodKeysAmongBrokenOnesAreUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		rsa := iss.Keys()[0]
		set := string(issuer.JWKS(rsa))
		iss.Fault(issuer.Raw([]byte(strings.Replace(set, `{"keys":[`, `{"keys":[{"kty":"AKP"},7,null,{"kty":"RSA","n":"!"},{"kty":"EC","kty":"EC"},`, 1))))
		a := startFor(t, iss, nil)
		admit(t, a, token(t, iss, rsa))
		if s := a.Status()[0]; s.Keys != 1 || s.Degraded != "" {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestBS15AHundredKeysAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		many := issuer.ManyKeys(iss.Keys()[0], 101)
		iss.SetKeys(many...)
		a := startFor(t, iss, nil)
		admit(t, a, token(t, iss, many[99]))
		denied(t, a, token(t, iss, many[100]), "Key not found")
		if s := a.Status()[0]; s.Keys != 100 {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestC06TokenWithoutKeyIDIsTriedAgainstFourKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		signer := iss.Keys()[0]
		others := issuer.ManyKeys(issuer.RSA(t, "other", 2048), 4)
		bare := issuer.Key{Alg: signer.Alg, Private: signer.Private}
		iss.SetKeys(others[0], others[1], others[2], signer)
		a := startFor(t, iss, nil)
		admit(t, a, token(t, iss, bare))
		iss.SetKeys(others[0], others[1], others[2], others[3], signer)
		if err := a.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		denied(t, a, token(t, iss, bare), "Invalid signature")
		admit(t, a, token(t, iss, signer))
	})
}

// stranger is a token with an id that no key has. Its signature is never looked at.
func stranger(t *testing.T, iss *issuer.Issuer, i int) string {
	t.Helper()
	header := fmt.Sprintf(`{"alg":"RS256","kid":"unknown-%d"}`, i)
	return issuer.SignRaw(t, issuer.Oct("", []byte("x")), []byte(header), []byte(fmt.Sprintf(`{"iss":%q,"exp":4000000000}`, iss.URL)))
}

func TestF07FloodOfUnknownKeyIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		a := startFor(t, iss, nil)
		good := token(t, iss, iss.Keys()[0])
		admit(t, a, good)
		pass(2 * time.Minute)
		for i := range 10_000 {
			denied(t, a, stranger(t, iss, i), "Key not found")
		}
		admit(t, a, good)
		if n := iss.KeyRequests(); n != 2 {
			t.Errorf("the keys were asked for %d times, want once at first and once for the flood", n)
		}
		pass(time.Minute)
		for i := range 100 {
			denied(t, a, stranger(t, iss, i), "Key not found")
		}
		if n := iss.KeyRequests(); n != 3 {
			t.Errorf("the keys were asked for %d times, want one more a minute later", n)
		}
	})
	t.Run("while the provider hangs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			iss := issuer.StartInMemory(t)
			a := startFor(t, iss, nil)
			good := token(t, iss, iss.Keys()[0])
			admit(t, a, good)
			pass(2 * time.Minute)
			iss.Fault(issuer.Hang(false))
			var calls sync.WaitGroup
			var answered atomic.Int32
			for i := range 1000 {
				calls.Go(func() {
					if _, err := present(t.Context(), a, stranger(t, iss, i)); err == nil {
						t.Error("an unknown key id was accepted")
					}
					answered.Add(1)
				})
			}
			synctest.Wait()
			if n := answered.Load(); n != 1000-64 {
				t.Errorf("%d of 1000 were answered at once, want all but the 64 that may wait", n)
			}
			began := time.Now()
			admit(t, a, token(t, iss, iss.Keys()[0]))
			admit(t, a, good)
			if d := time.Since(began); d != 0 {
				t.Errorf("a known key id waited %s", d)
			}
			calls.Wait()
			if n := iss.KeyRequests(); n != 2 {
				t.Errorf("the keys were asked for %d times", n)
			}
			// Now the last load has failed: a new key may exist, and nobody can tell.
			refuse(t, a, stranger(t, iss, 1), auth.ErrUnavailable, "no signing keys")
		})
	})
}

func TestC04KeyIDIsOneBoundedEscapedLogLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		var log logged
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log = log.logger() })
		key := iss.Keys()[0]
		admit(t, a, token(t, iss, key))
		pass(2 * time.Minute)
		key.ID = "x\r\nlevel=INFO msg=\"token validated\" user=admin \x1b[31m" + strings.Repeat("k", 8<<10)
		before := len(log.String())
		denied(t, a, token(t, iss, key), "Key not found")
		var lines []string
		for line := range strings.Lines(log.String()[before:]) {
			if len(line) > 400 || !strings.HasPrefix(line, "time=") || strings.ContainsAny(line, "\r\x1b") {
				t.Errorf("log line %q", line)
			}
			if strings.Contains(line, `kid="x\r\nlevel=INFO`) {
				lines = append(lines, line)
			}
		}
		if len(lines) != 1 {
			t.Errorf("the key id is in %d lines, want 1:\n%s", len(lines), log.String()[before:])
		}
	})
}

func TestF08Rotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		old, next := iss.Keys()[0], issuer.RSA(t, "rsa-2", 2048)
		a := startFor(t, iss, nil)
		before := token(t, iss, old)
		admit(t, a, before)
		pass(2 * time.Minute)
		iss.SetKeys(next)
		admit(t, a, before) // known, so nobody is asked
		admit(t, a, token(t, iss, next))
		if n := iss.KeyRequests(); n != 2 {
			t.Errorf("the keys were asked for %d times, want one more for the new id", n)
		}
		denied(t, a, before, "Key not found") // though it was remembered as good
	})
}

func TestF09WithdrawnKeyEndsWithinAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		old, next := iss.Keys()[0], issuer.RSA(t, "rsa-2", 2048)
		a := startFor(t, iss, nil)
		before := token(t, iss, old)
		admit(t, a, before)
		iss.SetKeys(next)
		pass(59 * time.Minute)
		admit(t, a, before)
		pass(time.Minute)
		denied(t, a, before, "Key not found")
	})
}

func TestF09ReloadEndsAKeyNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		a := startFor(t, iss, nil)
		before := token(t, iss, iss.Keys()[0])
		admit(t, a, before)
		iss.SetKeys(issuer.RSA(t, "rsa-2", 2048))
		if err := a.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		denied(t, a, before, "Key not found")
		iss.Fault(issuer.Status(http.StatusBadGateway))
		if err := a.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "load keys of oidc: get") {
			t.Errorf("a reload that cannot load: %v", err)
		}
		admit(t, a, token(t, iss, issuer.RSA(t, "rsa-2", 2048)))
	})
}

func TestF14WallClockMovesDoNotAgeKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		var moved time.Duration
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) {
			cfg.Now = func() time.Time { return time.Now().Add(moved) }
		})
		good := iss.Token(t, issuer.Claims{"iat": nil, "exp": time.Now().Add(2 * time.Hour).Unix()})
		for _, moved = range []time.Duration{0, time.Hour, -time.Hour, time.Hour} {
			admit(t, a, good)
		}
		moved = 2 * time.Hour
		denied(t, a, good, "Token expired")
		if n := iss.KeyRequests(); n != 1 {
			t.Errorf("the keys were asked for %d times", n)
		}
		pass(time.Hour)
		if n := iss.KeyRequests(); n != 2 {
			t.Errorf("after an hour the keys were asked for %d times", n)
		}
	})
}

func TestF15AThousandFirstCallsAreOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		release := make(chan struct{})
		keys := issuer.JWKS(iss.Keys()...)
		iss.Fault(func(w http.ResponseWriter, _ *http.Request) {
			<-release
			_, _ = w.Write(keys)
		})
		a := startFor(t, iss, nil)
		good := token(t, iss, iss.Keys()[0])
		var calls sync.WaitGroup
		for range 1000 {
			calls.Go(func() {
				if _, err := present(t.Context(), a, good); err != nil {
					t.Errorf("a first call: %v", err)
				}
			})
		}
		synctest.Wait()
		close(release)
		calls.Wait()
		if n := iss.KeyRequests(); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
}

func TestClosedAuthenticatorDoesNotHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		iss.Fault(issuer.Hang(false))
		a := startFor(t, iss, nil)
		var calls sync.WaitGroup
		calls.Go(func() { refuse(t, a, token(t, iss, iss.Keys()[0]), auth.ErrUnavailable, "") })
		synctest.Wait()
		began := time.Now()
		a.Close()
		calls.Wait()
		pass(time.Minute)
		refuse(t, a, token(t, iss, iss.Keys()[0]), auth.ErrUnavailable, "")
		if d := time.Since(began); d != time.Minute {
			t.Errorf("it took %s", d-time.Minute)
		}
	})
}
