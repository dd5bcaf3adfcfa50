package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// E03: a provider that is gone vouches for nobody from then on: not for tokens
// that are remembered, nor for sessions that began with them.
func TestE03ProviderThatIsGoneIsRefusedAtOnce(t *testing.T) {
	one, two := issuer.Start(t), issuer.Start(t)
	first, second := oidc(one), oidc(two)
	first.Name, second.Name = "one", "two"
	cfg := auth.Config{
		Providers: []auth.Provider{first, second}, Certificates: &auth.Certificates{User: "cn"},
		RememberFor: time.Hour, Log: new(logged).logger(),
	}
	a := start(t, cfg)
	byOne, byTwo := one.Token(t, nil), two.Token(t, nil)
	cert := auth.Shown{Certificate: certificate(t, nil)}
	own := login(t, a, cert)
	p1, p2, byCert := admit(t, a, byOne), admit(t, a, byTwo), answerTo(t, a, own).Principal
	for _, p := range []auth.Principal{p1, p2, byCert} {
		if !a.Trusts(p) {
			t.Errorf("%s is not trusted", p.Provider)
		}
	}
	loads := two.KeyRequests()
	cfg.Providers, cfg.Certificates = []auth.Provider{second}, nil
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	denied(t, a, byOne, "Invalid issuer")
	denied(t, a, one.Token(t, issuer.Claims{"sub": "bob"}), "Invalid issuer")
	denied(t, a, own, "Whoever vouched")
	denied(t, a, "lgt1_x", "")
	refusedAs(t, a, cert, "", "No credential")
	admit(t, a, byTwo)
	if a.Trusts(p1) || a.Trusts(byCert) || !a.Trusts(p2) {
		t.Errorf("trusted: one %t, certificates %t, two %t", a.Trusts(p1), a.Trusts(byCert), a.Trusts(p2))
	}
	if n := two.KeyRequests(); n != loads {
		t.Errorf("the keys of who stays were loaded again: %d, then %d requests", loads, n)
	}
	cfg.Providers = []auth.Provider{first, second}
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	admit(t, a, byOne)
	if !a.Trusts(p1) {
		t.Error("who came back is not trusted")
	}
}

// K05: settings with a mistake change nothing.
func TestK05MistakesLeaveTheOldSettings(t *testing.T) {
	iss := issuer.Start(t)
	file := groupFileOf(t, "analysts:alice")
	cfg := auth.Config{
		Providers: []auth.Provider{oidc(iss)}, Groups: auth.GroupRules{Sources: []string{"file"}, File: file, Required: []string{"analysts"}},
		Log: new(logged).logger(),
	}
	a := start(t, cfg)
	token := iss.Token(t, nil)
	before := admit(t, a, token)
	for name, spoil := range map[string]func(c *auth.Config){
		"no provider":      func(c *auth.Config) { c.Providers = nil },
		"a bad provider":   func(c *auth.Config) { c.Providers = append(c.Providers, auth.Okta{}) },
		"a bad rule":       func(c *auth.Config) { c.Names = []auth.NameRule{{Pattern: re("x"), User: "$1"}} },
		"a bad source":     func(c *auth.Config) { c.Groups.Sources = []string{"rest"} },
		"a bad group file": func(c *auth.Config) { c.Groups.File = groupFileOf(t, "analysts:alice", "x") },
		"no group file":    func(c *auth.Config) { c.Groups.File = filepath.Join(t.TempDir(), "nonesuch") },
	} {
		bad := cfg
		bad.Groups.Required = []string{"nobody"}
		spoil(&bad)
		if err := a.Update(bad); err == nil {
			t.Errorf("%s: it was taken", name)
		}
		if p := admit(t, a, token); p.Key() != before.Key() || !inGroup(p, "analysts") {
			t.Errorf("%s: principal is %+v", name, p)
		}
	}
	cfg.Groups.Required = []string{"nobody"}
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	forbidden(t, a, bearerOf(token), notInGroup, "in none of")
}

// K05, N06: a hundred reloads while calls are served. Each call is judged by
// one set of settings whole, and who is in both is never refused.
func TestK05HundredReloadsWhileServing(t *testing.T) {
	iss := issuer.Start(t)
	service := testpeer.StartREST(t)
	service.Answer(groupsAnswer(`{"groups":["rest"]}`))
	set := func(i int) auth.Config {
		// User and group belong together: those of another set would show.
		o := oidc(iss)
		o.Name = fmt.Sprint("p", i)
		cfg := auth.Config{
			Providers: []auth.Provider{o}, Log: new(logged).logger(),
			Names: []auth.NameRule{{Pattern: re("(.*)"), User: fmt.Sprint("$1-", i)}},
		}
		if i == 0 {
			cfg.Groups.File = groupFileOf(t, "g0:alice-0,bob-0,dora")
		} else {
			cfg.Groups.Resolver = &auth.Resolver{URL: service.URL}
		}
		cfg.Impersonation = []auth.ImpersonationRule{{Users: re(fmt.Sprint(".*-", i)), As: re("dora")}}
		return cfg
	}
	sets := []auth.Config{set(0), set(1)}
	a := start(t, sets[0])
	tokens := []string{iss.Token(t, nameless("alice")), iss.Token(t, nameless("bob"))}
	stop := make(chan struct{})
	var calls sync.WaitGroup
	var served [2]atomic.Int64
	for c := range 6 {
		calls.Go(func() {
			for n := c; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				shown := bearerOf(tokens[n%2])
				if c == 0 {
					shown.As = "dora"
				}
				answer, err := a.Authenticate(t.Context(), shown)
				if err != nil {
					t.Errorf("%v (%s)", err, auth.Reason(err))
					return
				}
				p := answer.Principal
				i, name, group := strings.TrimPrefix(p.Provider, "p"), p.User, "g0"
				if c == 0 {
					name = p.Actor
				}
				if i == "1" {
					group = "rest"
				}
				if !strings.HasSuffix(name, "-"+i) || !reflect.DeepEqual(p.Groups, []string{group}) {
					t.Errorf("a mixed state: %+v", p)
					return
				}
				served[i[0]-'0'].Add(1)
				_, _ = a.Status(), a.Challenges()
			}
		})
	}
	for n := range 100 {
		if err := a.Update(sets[(n+1)%2]); err != nil {
			t.Error(err)
		}
		if err := a.Update(auth.Config{Log: sets[0].Log}); err == nil {
			t.Error("settings without a provider were taken")
		}
		if n%10 == 0 {
			if err := a.Reload(t.Context()); err != nil {
				t.Error(err)
			}
		}
		// Go on when somebody was served under these settings.
		now := &served[(n+1)%2]
		for before := now.Load(); now.Load() == before && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	close(stop)
	calls.Wait()
}

// A call that began under old settings ends by them, though they are let go
// while it waits for an answer.
func TestUpdateBreaksOffNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := rs256(t, "okera")
		service := testpeer.StartRESTInMemory(t)
		release := make(chan struct{})
		service.Answer(func(w http.ResponseWriter, _ *http.Request) {
			<-release
			_, _ = w.Write([]byte(`{"groups":["analysts"]}`))
		})
		cfg := resolved(t, key, service)
		cfg.Log = new(logged).logger()
		a := start(t, cfg)
		type result struct {
			p   auth.Principal
			err error
		}
		got := make(chan result, 1)
		token := signed(t, key, nameless("alice"))
		go func() {
			p, err := present(t.Context(), a, token)
			got <- result{p, err}
		}()
		synctest.Wait()
		next := auth.Config{Providers: []auth.Provider{okera(rs256(t, "other").PEM(t))}, Log: cfg.Log}
		if err := a.Update(next); err != nil {
			t.Fatal(err)
		}
		close(release)
		if r := <-got; r.err != nil || !inGroup(r.p, "analysts") {
			t.Errorf("%+v, %v", r.p, r.err)
		}
		// And nothing of it is remembered.
		if _, err := present(t.Context(), a, token); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A call that waits for keys whose loading an Update ends is judged by what
// came in their place.
func TestUpdateEndsNoCallThatWaitsForKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := issuer.StartInMemory(t)
		iss.Fault(issuer.Hang(false))
		o := oidc(iss)
		cfg := auth.Config{Providers: []auth.Provider{o}, Dial: iss.Dial(), Log: new(logged).logger()}
		a := start(t, cfg)
		got := make(chan error, 1)
		go func() {
			p, err := present(t.Context(), a, iss.Token(t, nil))
			if err == nil && p.Provider != "next" {
				err = errors.New("judged by " + p.Provider)
			}
			got <- err
		}()
		synctest.Wait()
		iss.Fault(nil)
		o.Name = "next"
		cfg.Providers = []auth.Provider{o}
		if err := a.Update(cfg); err != nil {
			t.Fatal(err)
		}
		if err := <-got; err != nil {
			t.Errorf("%v (%s)", err, auth.Reason(err))
		}
	})
}
