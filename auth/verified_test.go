package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// verifications counts how often a token was verified, by its log line.
func verifications(log *logged) int { return strings.Count(log.String(), `msg="credential accepted"`) }

func TestGoodTokensAreRememberedForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		var log logged
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log = log.logger() })
		good := token(t, iss, iss.Keys()[0])
		for range 10 {
			admit(t, a, good)
		}
		if n := verifications(&log); n != 1 {
			t.Errorf("ten calls verified the token %d times", n)
		}
		pass(time.Minute)
		admit(t, a, good)
		if n := verifications(&log); n != 2 {
			t.Errorf("after a minute it was verified %d times in all", n)
		}
	})
}

func TestAnAnswerSaysWhetherTheCredentialWasJudgedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		a := startFor(t, iss, func(*auth.OIDC, *auth.Config) {})
		shown := auth.Shown{Authorization: []string{"Bearer " + token(t, iss, iss.Keys()[0])}}
		for i, want := range []bool{false, true, true} {
			answer, err := a.Authenticate(t.Context(), shown)
			if err != nil || answer.Remembered != want {
				t.Errorf("call %d: remembered %t, %v", i, answer.Remembered, err)
			}
		}
	})
}

func TestRefusalsAreNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		now := time.Now()
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Now = func() time.Time { return now } })
		early := iss.Token(t, issuer.Claims{"nbf": now.Add(time.Minute).Unix()})
		denied(t, a, early, "Token not yet valid")
		now = now.Add(time.Minute)
		admit(t, a, early)
	})
}

func TestRememberingEndsWithTheKeysEvenIfTheProviderIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) {
			cfg.CacheFor, cfg.StaleFor, cfg.RememberFor = time.Minute, 2*time.Minute, time.Hour
		})
		good := token(t, iss, iss.Keys()[0])
		admit(t, a, good)
		iss.Fault(issuer.Status(http.StatusBadGateway))
		pass(2 * time.Minute)
		admit(t, a, good)
		pass(time.Second)
		refuse(t, a, good, auth.ErrUnavailable, "no signing keys")
	})
}

func TestMemoryOfTokensIsBoundedAndOff(t *testing.T) {
	iss := issuer.Start(t)
	for name, change := range map[string]func(cfg *auth.Config){
		"one a shard": func(cfg *auth.Config) { cfg.RememberMax = 1 },
		"off":         func(cfg *auth.Config) { cfg.RememberFor = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			var log logged
			a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) {
				cfg.Log = log.logger()
				change(cfg)
			})
			for range 2 {
				for i := range 64 {
					p := admit(t, a, iss.Token(t, issuer.Claims{"sub": fmt.Sprint("user-", i), "iat": 1, "exp": 4000000000}))
					if want := fmt.Sprint("user-", i); p.User != want {
						t.Errorf("user is %q, want %q", p.User, want)
					}
				}
			}
			if n := verifications(&log); n < 112 || name == "off" && n != 128 {
				t.Errorf("128 calls with 64 tokens verified %d times", n)
			}
		})
	}
}

// N02, N06: many callers, with keys coming and going under them.
func TestManyCallersDuringReloads(t *testing.T) {
	iss := issuer.Start(t)
	one, two := issuer.RSA(t, "rsa-1", 2048), issuer.RSA(t, "rsa-2", 2048)
	iss.SetKeys(one, two)
	a := startFor(t, iss, nil)
	tokens := make([]string, 20)
	for i := range tokens {
		tokens[i] = iss.TokenBy(t, one, nil, issuer.Claims{"sub": fmt.Sprint("user-", i)})
	}
	var calls sync.WaitGroup
	for c := range 8 {
		calls.Go(func() {
			for i := range 200 {
				n := (c + i) % len(tokens)
				p, err := present(t.Context(), a, tokens[n])
				if want := fmt.Sprint("user-", n); err != nil || p.User != want {
					t.Errorf("user %q, error %v; want %q", p.User, err, want)
				}
				_ = a.Status()
			}
		})
	}
	for i := range 20 {
		keys := []issuer.Key{one, two}
		if i%2 == 0 {
			keys = []issuer.Key{two, one}
		}
		iss.SetKeys(keys...)
		if err := a.Reload(t.Context()); err != nil {
			t.Error(err)
		}
	}
	calls.Wait()
}
