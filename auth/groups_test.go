package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
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

// OK-13, J05: sources are asked in order until one knows the user.
func TestGroupSourcesAreAskedInOrder(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	service.Answer(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/users/alice":
			_, _ = w.Write([]byte(`{"groups":["rest"]}`))
		case "/users/empty":
			_, _ = w.Write([]byte(`{"groups":[]}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	file := groupFileOf(t, "file: alice, empty, bob", "more:bob")
	for name, tt := range map[string]struct {
		sources []string
		user    string
		claim   any // nil: absent
		want    []string
		asked   int // requests to the service
	}{
		"default: claim":                   {nil, "alice", []string{"claim"}, []string{"claim"}, 0},
		"default: an empty claim ends":     {nil, "alice", []string{}, nil, 0},
		"default: rest":                    {nil, "alice", nil, []string{"rest"}, 1},
		"default: an empty answer ends":    {nil, "empty", nil, nil, 1},
		"default: file at last":            {nil, "bob", nil, []string{"file", "more"}, 1},
		"default: nobody knows them":       {nil, "carol", nil, nil, 1},
		"default: file compares exactly":   {nil, "Bob", nil, nil, 1},
		"file first":                       {[]string{"file", "rest", "claim"}, "alice", []string{"claim"}, []string{"file"}, 0},
		"rest before claim":                {[]string{"rest", "claim"}, "alice", []string{"claim"}, []string{"rest"}, 1},
		"claim after those who know not":   {[]string{"rest", "claim"}, "bob", []string{"claim"}, []string{"claim"}, 1},
		"only claim":                       {[]string{"claim"}, "alice", nil, nil, 0},
		"no claim":                         {[]string{"file"}, "carol", []string{"claim"}, nil, 0},
		"D17 groups once, without blanks":  {nil, "alice", []string{" a", "A ", "b", "a", "\u00a0B"}, []string{"a", "b"}, 0},
		"D17 what looks alike is not same": {nil, "alice", []string{"office", "oﬀice", "ı", "i", "I"}, []string{"office", "oﬀice", "ı", "i"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := resolved(t, key, service)
			cfg.Groups.Sources, cfg.Groups.File, cfg.Groups.Resolver.NotFoundIsNone = tt.sources, file, true
			p := admit(t, start(t, cfg), signed(t, key, issuer.Claims{"sub": tt.user, "groups": tt.claim}))
			if asked := service.Asked(); len(asked) != tt.asked || len(p.Groups)+len(tt.want) > 0 && !reflect.DeepEqual(p.Groups, tt.want) {
				t.Errorf("groups %q after %d requests; want %q after %d", p.Groups, len(asked), tt.want, tt.asked)
			}
		})
	}
}

// BS-09: a program has the groups of its token and nobody else's, though a user
// may have its name elsewhere. BS-12: groups give no scopes, and scopes no groups.
func TestProgramsHaveNoGroupsBeyondTheirToken(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	service.Answer(groupsAnswer(`{"groups":["platform"]}`))
	cfg := resolved(t, key, service)
	cfg.Groups.File = groupFileOf(t, "platform:0oa1")
	a := start(t, cfg)
	program := issuer.Claims{"sub": "0oa1", "cid": "0oa1", "groups": nil, "scp": []string{"read:data"}}
	p := admit(t, a, signed(t, key, program))
	if !p.Service || p.Groups != nil || !reflect.DeepEqual(p.Scopes, []string{"read:data"}) {
		t.Errorf("principal is %+v", p)
	}
	program["groups"] = []string{"jobs"}
	if p := admit(t, a, signed(t, key, program)); !p.Service || !reflect.DeepEqual(p.Groups, []string{"jobs"}) {
		t.Errorf("principal is %+v", p)
	}
	if asked := service.Asked(); len(asked) != 0 {
		t.Errorf("the service was asked: %+v", asked)
	}
	if p := admit(t, a, signed(t, key, nameless("0oa1"))); p.Service || p.Scopes != nil || !inGroup(p, "platform") {
		t.Errorf("a person's principal is %+v", p)
	}
}

// DO-01, OK-01: each call is judged by the token that it shows, and by the groups
// of now.
func TestEachCallIsJudgedByItsOwnToken(t *testing.T) {
	key := rs256(t, "okera")
	a := startKeys(t, okera(key.PEM(t)))
	alice := signed(t, key, issuer.Claims{"sub": "alice", "groups": []string{"analysts"}})
	fresh := signed(t, key, issuer.Claims{"sub": "alice", "groups": []string{"writers"}, "jti": "2"})
	bob := signed(t, key, issuer.Claims{"sub": "bob", "groups": []string{}})
	for range 3 {
		for token, want := range map[string]string{alice: "alice analysts", fresh: "alice writers", bob: "bob "} {
			if p := admit(t, a, token); p.User+" "+strings.Join(p.Groups, ",") != want {
				t.Errorf("principal is %+v, want %s", p, want)
			}
		}
		denied(t, a, signed(t, issuer.RSA(t, "stranger", 2048), nil), "")
	}
}

// G17, OK-01: who leaves a group loses it within CacheFor, though the token is
// remembered for longer; while the answer is good nobody is asked again.
func TestG17GroupsAreForgottenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := rs256(t, "okera")
		service := testpeer.StartRESTInMemory(t)
		cfg := resolved(t, key, service)
		cfg.RememberFor, cfg.Groups.CacheFor = time.Hour, 20*time.Second
		a := start(t, cfg)
		one, two := signed(t, key, nameless("alice")), signed(t, key, issuer.Claims{"groups": nil, "jti": "2"})
		service.Answer(groupsAnswer(`{"groups":["analysts","admins"]}`))
		admit(t, a, one)
		service.Answer(groupsAnswer(`{"groups":["analysts"]}`))
		pass(19 * time.Second)
		for _, token := range []string{one, two} {
			if p := admit(t, a, token); !inGroup(p, "admins") {
				t.Errorf("principal is %+v", p)
			}
		}
		if n := len(service.Asked()); n != 1 {
			t.Errorf("within 20 s the service was asked %d times", n)
		}
		pass(time.Second)
		for _, token := range []string{one, two} {
			if p := admit(t, a, token); !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
				t.Errorf("principal is %+v", p)
			}
		}
		if n := len(service.Asked()); n != 1 {
			t.Errorf("afterwards the service was asked %d times", n)
		}
		// An answer that can no longer be had again is no answer, not "no groups".
		service.Answer(issuer.Status(503))
		pass(20 * time.Second)
		for _, token := range []string{one, two} {
			refuse(t, a, token, auth.ErrUnavailable, "group resolver: status 503")
		}
	})
}

// G17: the same for whom somebody acts as, and for required groups.
func TestG17WhatHangsOnGroupsIsForgottenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := rs256(t, "okera")
		service := testpeer.StartRESTInMemory(t)
		groups := map[string]string{"/users/etl": "lake", "/users/etl2": "lake", "/users/alice": "lake"}
		service.Answer(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"groups":[%q]}`, groups[r.URL.Path])
		})
		cfg := resolved(t, key, service)
		cfg.RememberFor, cfg.Groups.Required = time.Hour, []string{"lake"}
		cfg.Impersonation = []auth.ImpersonationRule{{Users: re("etl2?"), As: re("alice")}}
		a := start(t, cfg)
		first, shown := bearerOf(signed(t, key, nameless("etl2"))), bearerOf(signed(t, key, nameless("etl")))
		first.As, shown.As = "alice", "alice"
		accepted(t, a, first)
		pass(30 * time.Second)
		accepted(t, a, shown) // alice's groups are half a minute old by now, etl's are not
		groups["/users/alice"] = "none"
		pass(30 * time.Second)
		forbidden(t, a, shown, mayNotAct, "they are in none of the required groups")
		groups["/users/alice"], groups["/users/etl"] = "lake", "none"
		pass(time.Minute)
		forbidden(t, a, shown, notInGroup, `user "etl"`)
	})
}

// G17: a group file is read again when it changes; a broken one leaves what was.
func TestG17GroupFileIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := rs256(t, "okera")
		var log logged
		path := groupFileOf(t, "# who may do what", "", "admins:alice,bob", " #admins:carol", "c#:alice", "none:")
		a := start(t, auth.Config{
			Providers: []auth.Provider{okera(key.PEM(t))}, Log: log.logger(), RememberFor: time.Hour,
			Groups: auth.GroupRules{File: path, CacheFor: 5 * time.Second},
		})
		token := signed(t, key, nameless("alice"))
		is := func(want ...string) {
			t.Helper()
			if p := admit(t, a, token); len(p.Groups)+len(want) > 0 && !reflect.DeepEqual(p.Groups, want) {
				t.Errorf("groups are %q, want %q", p.Groups, want)
			}
		}
		is("admins", "c#")
		if p := admit(t, a, signed(t, key, nameless("carol"))); p.Groups != nil {
			t.Errorf("a comment gives %q", p.Groups)
		}
		writeGroups(t, path, "admins:bob", "readers:alice")
		pass(5 * time.Second)
		is("readers")
		spoil := func(text string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				pass(5 * time.Second)
				is("readers")
			}
		}
		spoil("admins:alice\nwriters alice\n")
		spoil("admins:alice\xff\n")
		spoil("admins:alice,bo\u200bb\n")
		spoil(":alice\n")
		spoil("admins:alice\n" + strings.Repeat("#", 16<<20))
		for _, want := range []string{":2: want a line", ":1: not UTF-8", ":1: a user's name is", ":1: want a line", "larger than"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q", want)
			}
		}
		if n := strings.Count(log.String(), "the old groups stay"); n != 5 {
			t.Errorf("five mistakes, each met three times, were logged %d times:\n%s", n, &log)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		is("readers")
		writeGroups(t, path, "admins:bob", "readers:alice") // as before
		for range 3 {
			pass(5 * time.Second)
			is("readers")
		}
		if n := strings.Count(log.String(), "group file read again"); n != 2 {
			t.Errorf("the file could be read again %d times:\n%s", n, &log)
		}
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(filepath.Dir(path), "groups.txt.old"), path); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		is("readers")
		if !strings.Contains(log.String(), "not a regular file") {
			t.Error("a file that became a link is followed")
		}
	})
}

// H10, J04: what a source cannot tell is never "no groups", takes bounded time,
// and does not have the source hammered.
func TestH10SourceThatCannotBeAsked(t *testing.T) {
	many, err := json.Marshal(map[string]any{"groups": strings.Split(strings.Repeat("g,", 10_001)+"g", ",")})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"down":               {nil, "group resolver: "},
		"hangs":              {issuer.Hang(false), "group resolver: no answer in time"},
		"half an answer":     {issuer.Hang(true), "group resolver: no answer in time"},
		"closes":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "group resolver: EOF"},
		"10,002 groups":      {groupsAnswer(string(many)), "more than 10000 groups for one user"},
		"1,000,000 groups":   {issuer.Huge(8 << 20), "group resolver: the answer is larger"},
		"a wrong answer":     {groupsAnswer(`{"groups":null}`), "group resolver: the answer has no groups"},
		"a server's mistake": {issuer.Status(500), "group resolver: status 500"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				key := rs256(t, "okera")
				service := testpeer.StartRESTInMemory(t)
				cfg := resolved(t, key, service)
				cfg.Groups.File = groupFileOf(t, "admins:alice")
				cfg.Groups.Required = []string{"admins"}
				cfg.Administrator = func(auth.Principal) bool { return true }
				a := start(t, cfg)
				if tt.answer == nil {
					service.Stop()
				}
				service.Answer(tt.answer)
				began := time.Now()
				refuse(t, a, signed(t, key, nameless("alice")), auth.ErrUnavailable, tt.want)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %s", took)
				}
				status := a.Status()
				if s := status[len(status)-1]; s.Kind != "rest" || s.Name != "rest" || s.Where != service.URL+"/users" || !strings.HasPrefix(s.Degraded, tt.want) {
					t.Errorf("status is %+v", s)
				}
				service.Asked()
				for i := range 20 { // other tokens of the same user
					refuse(t, a, signed(t, key, issuer.Claims{"groups": nil, "jti": fmt.Sprint(i)}), auth.ErrUnavailable, tt.want)
				}
				if n := len(service.Asked()); n != 0 {
					t.Errorf("within a second of the failure it was asked %d times", n)
				}
				if tt.answer == nil {
					return
				}
				service.Answer(groupsAnswer(`{"groups":["analysts"]}`))
				pass(time.Second)
				if p := admit(t, a, signed(t, key, nameless("alice"))); !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
					t.Errorf("principal is %+v", p)
				}
				if s := a.Status(); s[len(s)-1].Degraded != "" {
					t.Errorf("status is %+v", s)
				}
			})
		})
	}
}

// One question serves all who wait for its answer, and outlives who asked it first.
func TestManyCallsAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := rs256(t, "okera")
		service := testpeer.StartRESTInMemory(t)
		release := make(chan struct{})
		service.Answer(func(w http.ResponseWriter, _ *http.Request) {
			<-release
			_, _ = w.Write([]byte(`{"groups":["analysts"]}`))
		})
		a := start(t, resolved(t, key, service))
		token := signed(t, key, nameless("alice"))
		impatient, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := present(impatient, a, token)
			left <- err
		}()
		synctest.Wait()
		var calls sync.WaitGroup
		var admitted atomic.Int64
		for range 1000 {
			calls.Go(func() {
				p, err := present(t.Context(), a, token)
				if err == nil && inGroup(p, "analysts") {
					admitted.Add(1)
				}
			})
		}
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away gets %v", err)
		}
		close(release)
		calls.Wait()
		if n := admitted.Load(); n != 1000 {
			t.Errorf("%d of 1000 calls were admitted", n)
		}
		if n := len(service.Asked()); n != 1 {
			t.Errorf("1001 calls asked %d times", n)
		}
	})
}

// Close ends questions that are on their way, and starts no more.
func TestCloseEndsQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := rs256(t, "okera")
		service := testpeer.StartRESTInMemory(t)
		service.Answer(issuer.Hang(false))
		a := start(t, resolved(t, key, service))
		ended := make(chan error, 1)
		go func() {
			_, err := present(t.Context(), a, signed(t, key, nameless("alice")))
			ended <- err
		}()
		synctest.Wait()
		began := time.Now()
		a.Close()
		if err := <-ended; !errors.Is(err, auth.ErrUnavailable) || auth.Reason(err) != "rest: no answer in time" || time.Since(began) > 0 {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
		refuse(t, a, signed(t, key, nameless("bob")), auth.ErrUnavailable, "the server is stopping")
	})
}
