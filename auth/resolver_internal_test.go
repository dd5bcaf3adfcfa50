package auth

import (
	"log/slog"
	"testing"

	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// J01, J02: what is on the wire for names that no token can hold, too.
func TestJ01UserNameIsOneEncodedSegment(t *testing.T) {
	service := testpeer.StartREST(t)
	service.Answer(issuer.Raw([]byte(`{"groups":["a"]}`)))
	f := newFetcher(Config{Log: slog.New(slog.DiscardHandler)})
	defer f.close()
	names := map[string]string{
		"alice":            "alice",
		"../admin":         "..%2Fadmin",
		"..":               "", // not asked for at all
		".":                "",
		"":                 "",
		"...":              "...",
		"a/b":              "a%2Fb",
		`a\b`:              "a%5Cb",
		"a?x=y":            "a%3Fx%3Dy",
		"a&x=y":            "a%26x%3Dy",
		"a#":               "a%23",
		"%2e%2e":           "%252e%252e",
		"%00":              "%2500",
		"{0}":              "%7B0%7D",
		"a;b":              "a%3Bb",
		"a b+c":            "a%20b%2Bc",
		"a\r\nX-Admin: 1":  "a%0D%0AX-Admin%3A%201",
		"a\x00":            "a%00",
		"a HTTP/1.1":       "a%20HTTP%2F1.1",
		"zoë@EXAMPLE.ORG":  "zo%C3%AB%40EXAMPLE.ORG",
		"' OR '1'='1":      "%27%20OR%20%271%27%3D%271",
		"http://evil.test": "http%3A%2F%2Fevil.test",
	}
	for form, r := range map[string]struct {
		resolver      Resolver
		before, after string
	}{
		"URL":                    {Resolver{URL: service.URL + "/users"}, "/users/", ""},
		"URL with a final slash": {Resolver{URL: service.URL + "/users/"}, "/users/", ""},
		"URL without a path":     {Resolver{URL: service.URL}, "/", ""},
		"format":                 {Resolver{Format: service.URL + "/users/{0}/groups"}, "/users/", "/groups"},
		"format over URL":        {Resolver{URL: service.URL + "/users", Format: service.URL + "/g/{0}"}, "/g/", ""},
		"J02 only the first":     {Resolver{Format: service.URL + "/a%2Fb/{0}/{0}?u={0}"}, "/a%2Fb/", "/%7B0%7D?u=%7B0%7D"},
		"format with a query":    {Resolver{Format: service.URL + "/groups?kind=all&user={0}&x=1"}, "/groups?kind=all&user=", "&x=1"},
	} {
		t.Run(form, func(t *testing.T) {
			if err := r.resolver.check(); err != nil {
				t.Fatal(err)
			}
			for user, encoded := range names {
				got, err := r.resolver.groups(t.Context(), f, user)
				asked := service.Asked()
				if encoded == "" {
					if err == nil || len(asked) != 0 {
						t.Errorf("user %q: error %v, requests %v; want an error and none", user, err, asked)
					}
					continue
				}
				if want := "GET " + r.before + encoded + r.after; err != nil || len(got) != 1 || len(asked) != 1 || asked[0].Line != want {
					t.Errorf("user %q: groups %v, error %v, requests %v; want %q", user, got, err, asked, want)
				}
				if len(asked) == 1 && (asked[0].Header.Get("Accept") != "application/json" || asked[0].Header.Get("X-Admin") != "" || asked[0].Header.Get("Authorization") != "") {
					t.Errorf("user %q: header %v", user, asked[0].Header)
				}
			}
		})
	}
}
