package auth_test

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// resolved are settings for tokens of key whose groups service knows, if the
// token does not.
func resolved(t *testing.T, key issuer.Key, service *testpeer.REST) auth.Config {
	t.Helper()
	return auth.Config{
		Providers: []auth.Provider{okera(key.PEM(t))}, Dial: service.Dial, Roots: service.Roots, RememberFor: -1,
		Groups: auth.GroupRules{Resolver: &auth.Resolver{URL: service.URL + "/users"}},
	}
}

// nameless is the claims of a token without groups, for user.
func nameless(user string) issuer.Claims { return issuer.Claims{"sub": user, "groups": nil} }

func groupsAnswer(body string) http.HandlerFunc { return issuer.Raw([]byte(body)) }

// OK-15, OK-16, J01 as far as a token can hold such names.
func TestGroupsComeFromARESTService(t *testing.T) {
	key := rs256(t, "okera")
	for form, tt := range map[string]struct{ url, format, before, after string }{
		"OK-15 URL":                        {"/users", "", "/users/", ""},
		"OK-16 format":                     {"", "/by-name/{0}/groups?v={0}", "/by-name/", "/groups?v=%7B0%7D"},
		"OK-16 format in place of the URL": {"/users", "/g/{0}", "/g/", ""},
	} {
		t.Run(form, func(t *testing.T) {
			service := testpeer.StartREST(t)
			service.Answer(groupsAnswer(`{"user":"x","groups":["analysts"," Emea ",""]}`))
			cfg := resolved(t, key, service)
			r := &auth.Resolver{}
			if tt.url != "" {
				r.URL = service.URL + tt.url
			}
			if tt.format != "" {
				r.Format = service.URL + tt.format
			}
			cfg.Groups.Resolver = r
			a := start(t, cfg)
			for user, encoded := range map[string]string{
				"alice": "alice", "../admin": "..%2Fadmin", "a/b": "a%2Fb", "a?x=y": "a%3Fx%3Dy", "a#": "a%23", "%2e%2e": "%252e%252e", "{0}": "%7B0%7D",
			} {
				p := admit(t, a, signed(t, key, nameless(user)))
				if p.User != user || !reflect.DeepEqual(p.Groups, []string{"analysts", "Emea"}) {
					t.Errorf("principal is %+v", p)
				}
				if asked, want := service.Asked(), "GET "+tt.before+encoded+tt.after; len(asked) != 1 || asked[0].Line != want || asked[0].Header.Get("Accept") != "application/json" || asked[0].Header.Get("Authorization") != "" {
					t.Errorf("the service saw %+v, want %q", asked, want)
				}
			}
			for _, user := range []string{".", ".."} {
				refuse(t, a, signed(t, key, nameless(user)), auth.ErrUnavailable, "group resolver: the user's name cannot be part of an address")
			}
			denied(t, a, signed(t, key, nameless("a\r\nb")), "Invalid subject")
			if asked := service.Asked(); len(asked) != 0 {
				t.Errorf("the service saw %+v", asked)
			}
		})
	}
}

// J03: what is no answer is neither "no groups" nor "in no group that is denied".
func TestJ03ResolverThatGivesNoAnswer(t *testing.T) {
	key := rs256(t, "okera")
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"404":                    {issuer.Status(404), "status 404"},
		"500":                    {issuer.Status(500), "status 500"},
		"401":                    {issuer.Status(401), "status 401"},
		"204":                    {issuer.Status(204), "status 204"},
		"redirect":               {issuer.Redirect(302, "/users/root"), "status 302"},
		"redirect elsewhere":     {issuer.Redirect(307, "http://127.0.0.1:1/users/root"), "status 307"},
		"HTML":                   {issuer.HTML(), "not one JSON object"},
		"nothing":                {issuer.Status(200), "not one JSON object"},
		"a list":                 {groupsAnswer(`["a"]`), "not one JSON object"},
		"half an answer":         {groupsAnswer(`{"groups":["a"`), "not one JSON object"},
		"groups a text":          {groupsAnswer(`{"groups":"a"}`), "not a list of strings"},
		"groups of numbers":      {groupsAnswer(`{"groups":[1]}`), "not a list of strings"},
		"groups of lists":        {groupsAnswer(`{"groups":[["a"]]}`), "not a list of strings"},
		"groups null":            {groupsAnswer(`{"groups":null}`), "not a list of strings"},
		"a null among groups":    {groupsAnswer(`{"groups":["a",null]}`), "not a list of strings"},
		"no key":                 {groupsAnswer(`{}`), "has no groups"},
		"key by other case":      {groupsAnswer(`{"Groups":["a"]}`), "has no groups"},
		"key twice":              {groupsAnswer(`{"groups":["a"],"groups":["admins"]}`), "a name occurs twice"},
		"no UTF-8":               {groupsAnswer("{\"groups\":[\"\xff\"]}"), "not one JSON object"},
		"100 MB":                 {issuer.Huge(100 << 20), "is larger than"},
		"100 MB compressed":      {issuer.GzipBomb(100 << 20), "is larger than"},
		"never":                  {issuer.Hang(false), "no answer in time"},
		"a status and then none": {issuer.Hang(true), "no answer in time"},
		"a byte a second":        {issuer.Slow([]byte(`{"groups":["admins"]}`)), "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := testpeer.StartRESTInMemory(t)
				service.Answer(tt.answer)
				a := start(t, resolved(t, key, service))
				refuse(t, a, signed(t, key, nameless("alice")), auth.ErrUnavailable, "group resolver: ")
				_, err := present(t.Context(), a, signed(t, key, nameless("alice")))
				if reason := auth.Reason(err); !strings.Contains(reason, tt.want) || strings.Contains(reason, "alice") {
					t.Errorf("reason is %q, want %q and no name", reason, tt.want)
				}
				service.Answer(groupsAnswer(`{"groups":["analysts"]}`))
				pass(time.Minute) // failures may be remembered
				if p := admit(t, a, signed(t, key, nameless("alice"))); !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
					t.Errorf("principal is %+v", p)
				}
			})
		})
	}
}

// J03: of an answer without end no more is read than an answer may be long.
func TestJ03ALongAnswerIsNotReadToItsEnd(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	sent := make(chan int64, 1)
	service.Answer(func(w http.ResponseWriter, _ *http.Request) {
		n, _ := io.CopyN(w, rand.Reader, 1<<30) // it fails once nobody reads
		sent <- n
	})
	a := start(t, resolved(t, key, service))
	refuse(t, a, signed(t, key, nameless("alice")), auth.ErrUnavailable, "group resolver: the answer is larger than")
	if n := <-sent; n > 64<<20 { // what the network holds included
		t.Errorf("%d bytes were taken", n)
	}
}

func TestJ03ResolverThatIsDown(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	service.Stop()
	cfg := resolved(t, key, service)
	cfg.Groups.Required = []string{"analysts"}
	a := start(t, cfg)
	refuse(t, a, signed(t, key, nameless("alice")), auth.ErrUnavailable, "group resolver: dial tcp")
}

// J03: 404 by setting.
func TestJ03NotFoundCanMeanNoGroups(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	cfg := resolved(t, key, service)
	cfg.Groups.Resolver.NotFoundIsNone = true
	a := start(t, cfg)
	service.Answer(issuer.Status(404))
	if p := admit(t, a, signed(t, key, nameless("alice"))); len(p.Groups) != 0 {
		t.Errorf("principal is %+v", p)
	}
	service.Answer(issuer.Status(410))
	refuse(t, a, signed(t, key, nameless("bob")), auth.ErrUnavailable, "group resolver: status 410")
	cfg.Groups.Required = []string{"analysts"}
	service.Answer(issuer.Status(404))
	a = start(t, cfg)
	if _, err := present(t.Context(), a, signed(t, key, nameless("alice"))); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("error is %v, want ErrForbidden", err)
	}
}

// J04: rights follow what the service says, so it must be who it claims to be.
func TestJ04ResolverMustBeVouchedFor(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartRESTTLS(t)
	service.Answer(groupsAnswer(`{"groups":["admins"]}`))
	cfg := resolved(t, key, service)
	if p := admit(t, start(t, cfg), signed(t, key, nameless("alice"))); !reflect.DeepEqual(p.Groups, []string{"admins"}) {
		t.Errorf("principal is %+v", p)
	}
	service.Asked()
	cfg.Roots = nil
	refuse(t, start(t, cfg), signed(t, key, nameless("alice")), auth.ErrUnavailable, "group resolver: tls: failed to verify certificate")
	if asked := service.Asked(); len(asked) != 0 {
		t.Errorf("somebody unknown was asked: %+v", asked)
	}
}

// J05, OK-13: a present claim ends the search, an absent one goes on.
func TestJ05GroupsOfTheTokenEndTheSearch(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	service.Answer(groupsAnswer(`{"groups":["admins"]}`))
	a := start(t, resolved(t, key, service))
	for name, tt := range map[string]struct {
		claim any
		want  []string
		asked int
	}{
		"none":   {[]string{}, nil, 0},
		"some":   {[]string{"analysts"}, []string{"analysts"}, 0},
		"absent": {nil, []string{"admins"}, 1},
	} {
		p := admit(t, a, signed(t, key, issuer.Claims{"sub": name, "groups": tt.claim}))
		if asked := service.Asked(); len(asked) != tt.asked || len(p.Groups) != len(tt.want) || len(tt.want) > 0 && !reflect.DeepEqual(p.Groups, tt.want) {
			t.Errorf("%s: groups %q after %d requests; want %q after %d", name, p.Groups, len(asked), tt.want, tt.asked)
		}
	}
}

// J01, J02, J04, OK-16.
func TestMistakesInResolverSettingsStopTheStart(t *testing.T) {
	const url, format = "auth.groups.resolver_url (GROUP_RESOLVER_URL): ", "auth.groups.resolver_url_format (GROUP_RESOLVER_URL_FORMAT): "
	for name, tt := range map[string]struct {
		r    auth.Resolver
		want string
	}{
		"neither":              {auth.Resolver{}, url},
		"http":                 {auth.Resolver{URL: "http://groups.example/users"}, url},
		"query":                {auth.Resolver{URL: "https://groups.example/users?v=1"}, url},
		"password":             {auth.Resolver{URL: "https://u:p@groups.example/users"}, url},
		"dots":                 {auth.Resolver{URL: "https://groups.example/../users"}, url},
		"no URL":               {auth.Resolver{URL: "groups.example/users"}, url},
		"no place":             {auth.Resolver{Format: "https://groups.example/users"}, format + `"https://groups.example/users": has no {0}`},
		"another place":        {auth.Resolver{Format: "https://groups.example/users/{1}"}, format},
		"format over http":     {auth.Resolver{Format: "http://groups.example/users/{0}"}, format},
		"user in the host":     {auth.Resolver{Format: "https://{0}.example/users"}, format},
		"user in the port":     {auth.Resolver{Format: "https://groups.example:{0}/users"}, format},
		"user in the userinfo": {auth.Resolver{Format: "https://{0}@groups.example/users"}, format},
		"user in the fragment": {auth.Resolver{Format: "https://groups.example/users#{0}"}, format},
		"user for the scheme":  {auth.Resolver{Format: "{0}://groups.example/users"}, format},
		"blank":                {auth.Resolver{Format: "https://groups.example/a b/{0}"}, format},
		"braces":               {auth.Resolver{Format: "https://groups.example/{1}/{0}"}, format + `"https://groups.example/{1}/{0}": holds characters that must be percent-encoded`},
		"a good URL does not excuse a bad format": {auth.Resolver{URL: "https://groups.example/users", Format: "https://groups.example/"}, format},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := auth.New(t.Context(), auth.Config{
				Providers: []auth.Provider{okera(rs256(t, "okera").PEM(t))}, Groups: auth.GroupRules{Resolver: &tt.r}, Log: (&logged{}).logger(),
			})
			if err == nil {
				a.Close()
				t.Fatal("the settings were taken")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %q, want %q", err, tt.want)
			}
		})
	}
}
