package auth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// HC-03
func TestHCLExpiryCheckThatIsSwitchedOff(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.json", jwt("x", object{"providerUrl": iss.URL}))
	var log logged
	cfg := k.config(iss, nil)
	cfg.Log = log.logger()
	a := start(t, cfg)
	now := time.Now()
	expired := func(more issuer.Claims) string {
		claims := domino(issuer.Claims{"iat": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-time.Hour).Unix()})
		for name, v := range more {
			claims[name] = v
		}
		return iss.Token(t, claims)
	}
	denied(t, a, expired(nil), "Token expired")
	if strings.Contains(log.String(), "EXPIRED") {
		t.Errorf("it is warned of for nothing:\n%s", &log)
	}
	k.write("b.json", object{"disableJwtExpiryCheck": true})
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "level=WARN msg=\"b.json: disableJwtExpiryCheck: EXPIRED TOKENS ARE ACCEPTED") {
		t.Errorf("the log has no warning:\n%s", &log)
	}
	for range 2 { // judged, and remembered
		if p := admit(t, a, expired(nil)); !p.Expires.After(now) {
			t.Errorf("it expires at %s, and now is %s", p.Expires, now)
		}
	}
	denied(t, a, expired(issuer.Claims{"exp": nil}), "No expiry")
	denied(t, a, expired(issuer.Claims{"iat": now.Add(-48 * time.Hour).Unix()}), "Token lives too long")
	denied(t, a, expired(issuer.Claims{"nbf": now.Add(time.Hour).Unix()}), "Token not yet valid")
	h := auth.HCL{Directory: k.dir}
	if c, err := h.Read(); err != nil || !c.IgnoresExpiry() || !c.DisableExpiryCheck {
		t.Errorf("read: %v, %v", c, err)
	}
	k.write("c.json", object{"disableJwtExpiryCheck": false})
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	denied(t, a, expired(nil), "Token expired") // nor is it remembered any longer
}

func TestHCLDirectoryThatChanges(t *testing.T) {
	iss, other := issuer.Start(t), issuer.Start(t)
	key := issuer.RSA(t, "second", 2048)
	k := newKeep(t)
	k.write("10.json", jwt("a", object{"providerUrl": iss.URL}))
	k.write("20.json", jwt("b", object{"keyFile": "b.pem", "iss": "b"}))
	k.write("b.pem", publicPEM(t, key))
	var log logged
	cfg := k.config(nil, nil)
	cfg.Log, cfg.FilePoll = log.logger(), time.Millisecond
	a := start(t, cfg)
	ofA := iss.Token(t, domino(nil))
	ofB := other.TokenBy(t, key, nil, domino(issuer.Claims{"iss": "b"}))
	p := admit(t, a, ofA)
	admit(t, a, ofB)
	h := auth.HCL{Directory: k.dir}
	before := h.Mark()
	if c, err := h.Read(); err != nil || c.Fingerprint != before {
		t.Errorf("read: %q, %v; the mark is %q", c.Fingerprint, err, before)
	}

	t.Run("K05 a broken file", func(t *testing.T) {
		k.write("30.json", []byte(`{"jwt": {"a": {"active": false}}, }`))
		if h.Mark() == before {
			t.Error("the mark stays")
		}
		if err := a.Update(cfg); err == nil || !strings.Contains(err.Error(), "30.json: line 1") {
			t.Fatalf("error is %v", err)
		}
		admit(t, a, ofA)
		admit(t, a, iss.Token(t, domino(issuer.Claims{"jti": "new"})))
		admit(t, a, ofB)
		if !a.Trusts(p) {
			t.Error("the old settings are not in force any longer")
		}
	})
	t.Run("E03 HC-04 a provider that is switched off", func(t *testing.T) {
		k.write("30.json", jwt("a", object{"active": false}))
		if err := a.Update(cfg); err != nil {
			t.Fatal(err)
		}
		denied(t, a, ofA, "Invalid issuer") // at once, and although it was remembered
		admit(t, a, ofB)
		if a.Trusts(p) {
			t.Error("its principal is still vouched for")
		}
	})
	t.Run("HC-02 and on again by a later file", func(t *testing.T) {
		k.write("40.json", jwt("a", object{"active": true}))
		if err := a.Update(cfg); err != nil {
			t.Fatal(err)
		}
		admit(t, a, ofA)
		if !strings.Contains(log.String(), "40.json: jwt.a.active: switches a provider on that 30.json switched off") {
			t.Errorf("the log says nothing of it:\n%s", &log)
		}
	})
	t.Run("E03 all of them", func(t *testing.T) {
		k.write("50.json", object{"jwt": object{"a": object{"active": false}, "b": object{"active": false}}})
		if err := a.Update(cfg); err != nil {
			t.Fatal(err)
		}
		denied(t, a, ofA, "Invalid issuer")
		denied(t, a, ofB, "Invalid issuer")
	})
	t.Run("HC-06 a key file that changes needs no reload", func(t *testing.T) {
		k.write("50.json", object{})
		if err := a.Update(cfg); err != nil {
			t.Fatal(err)
		}
		admit(t, a, ofB)
		k.write("b.pem", publicPEM(t, issuer.RSA(t, "third", 2048)))
		if err := a.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		denied(t, a, ofB, "Invalid signature")
		k.write("b.pem", []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
		if err := a.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "load keys of hcl.b") {
			t.Fatalf("error is %v", err)
		}
		admit(t, a, other.TokenBy(t, issuer.RSA(t, "third", 2048), nil, domino(issuer.Claims{"iss": "b"})))
	})
}

// K05: a hundred changes while callers come; none of them sees half of one.
func TestHCLHundredReloadsWhileServing(t *testing.T) {
	iss := issuer.Start(t)
	k := newKeep(t)
	k.write("a.pem", publicPEM(t, iss.Keys()[0]))
	round := func(n int) object {
		name := fmt.Sprintf("n%d", n%2)
		return object{"jwt": object{"x": object{"keyFile": "a.pem", "iss": iss.URL, "aud": name, "userIdentifier": name}}}
	}
	k.write("a.json", round(0))
	cfg := k.config(nil, nil)
	cfg.RememberFor = -1
	a := start(t, cfg)
	token := iss.Token(t, domino(issuer.Claims{"aud": []string{"n0", "n1"}, "n0": "even", "n1": "odd"}))
	odd := iss.Token(t, domino(issuer.Claims{"aud": "n1", "n0": "even", "n1": "odd"}))
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if p, err := present(t.Context(), a, token); err != nil || p.User != "even" && p.User != "odd" {
					t.Errorf("%q, %v (%s)", p.User, err, auth.Reason(err))
				}
				if p, err := present(t.Context(), a, odd); err == nil && p.User != "odd" || err != nil && auth.Reason(err) != "Invalid audience" {
					t.Errorf("the rules of one state, the name of another: %q, %v (%s)", p.User, err, auth.Reason(err))
				}
			}
		})
	}
	for n := range 100 {
		k.write("a.json", round(n))
		if n%10 == 9 {
			k.write("a.json", []byte("{"))
		}
		if err := a.Update(cfg); (err != nil) != (n%10 == 9) {
			t.Errorf("round %d: %v", n, err)
		}
	}
	close(stop)
	callers.Wait()
}

// HC-20
func TestHCLPrint(t *testing.T) {
	k := newKeep(t)
	k.write("a.json", object{"JwtDuration": 60, "disableDominoLogin": true, "oidc": object{"x": object{"providerUrl": "https://id.example", "clientId": "c", "clientSecret": "hush"}}})
	c, err := auth.HCL{Directory: k.dir}.Read()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c)
	for _, text := range []string{c.String(), fmt.Sprintf("%+v %#v", c, c), log.String()} {
		if strings.Contains(text, "hush") || !strings.Contains(text, "[redacted]") {
			t.Errorf("it prints %s", text)
		}
	}
	if c.TokenLife != time.Hour || !c.DisableLogin { // HC-12, HC-19
		t.Errorf("config is %s", c)
	}
	here := auth.HCL{Directory: k.dir}
	if gone := (auth.HCL{Directory: k.dir + "/none"}).Mark(); gone == "" || gone == here.Mark() {
		t.Errorf("the mark of a directory that is not there is %q", gone)
	}
}
