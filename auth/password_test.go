package auth_test

import (
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const (
	malformedText = "exactly one authorization value is required"
	passwordText  = "the user name or password is not accepted"
)

// byPasswords takes passwords and iss's tokens. Its directory is an address that
// nobody answers at: what is refused as a credential was refused before it was asked.
func byPasswords(t testing.TB, iss *issuer.Issuer, change func(cfg *auth.Config)) *auth.Authenticator {
	t.Helper()
	cfg := auth.Config{
		Providers: []auth.Provider{oidc(iss)}, Dial: iss.Dial(), Roots: iss.Roots(), Certificates: &auth.Certificates{User: "cn"},
		Directory: nobodysDirectory(), Passwords: true, Groups: auth.GroupRules{Sources: []string{"claim"}},
	}
	if change != nil {
		change(&cfg)
	}
	return start(t, cfg)
}

// A16: what is no Basic credential (RFC 7617) goes nowhere.
func TestMalformedBasicCredentials(t *testing.T) {
	a := byPasswords(t, issuer.Start(t), nil)
	encode := base64.StdEncoding.EncodeToString
	for name, tt := range map[string]struct{ value, text, reason string }{
		"no value":         {"Basic", malformedText, "Malformed credential"},
		"blank value":      {"Basic ", malformedText, "Malformed credential"},
		"two blanks":       {"Basic  " + encode([]byte("alice:x")), malformedText, "Malformed credential"},
		"plain text":       {"Basic alice:secret", malformedText, "Malformed Basic credential: not base64"},
		"no padding":       {"Basic " + strings.TrimRight(encode([]byte("alice")), "="), malformedText, "Malformed Basic credential: no colon"}, // as ADBC sends it: read like the padded form
		"loose last bits":  {"Basic YWxpY2U6eDl=", malformedText, "Malformed Basic credential: not base64"},
		"base64url":        {"Basic " + base64.URLEncoding.EncodeToString([]byte("alice:\u00ff\u00fe\u00fb???>>>")), malformedText, "Malformed Basic credential: not base64"},
		"no colon":         {"Basic " + encode([]byte("alice")), malformedText, "Malformed Basic credential: no colon"},
		"Latin-1":          {"Basic " + encode([]byte("alic\xe9:secret")), malformedText, "Malformed Basic credential: not UTF-8"},
		"NUL in the name":  {"Basic " + encode([]byte("alice\x00:secret")), malformedText, "Malformed Basic credential: a control character"},
		"NUL in the word":  {"Basic " + encode([]byte("alice:secret\x00x")), malformedText, "Malformed Basic credential: a control character"},
		"line end":         {"Basic " + encode([]byte("alice:secret\n")), malformedText, "Malformed Basic credential: a control character"},
		"long name":        {"Basic " + encode([]byte(strings.Repeat("a", 1025)+":secret")), passwordText, "User name too long"},
		"huge (G11)":       {"Basic " + strings.Repeat("YWxp", 1<<18), refusedText, "Malformed token: too long"},
		"H02 no name":      {"Basic " + encode([]byte(":secret")), passwordText, "Empty user name"},
		"H02 blank name":   {"basic " + encode([]byte("  :secret")), passwordText, "Empty user name"},
		"H02 unseen name":  {"Basic " + encode([]byte("\u200b\u2060:secret")), passwordText, "Empty user name"},
		"H01 no password":  {"Basic " + encode([]byte("alice:")), passwordText, "Empty password"},
		"H01 nothing":      {"BASIC " + encode([]byte(":")), passwordText, "Empty user name"},
		"H02 with a token": {"Basic " + encode([]byte(":eyJhbGciOiJub25lIn0.e30.AA")), passwordText, "Empty user name"},
	} {
		t.Run(name, func(t *testing.T) {
			shown := auth.Shown{Authorization: []string{tt.value}}
			refusedAs(t, a, shown, tt.text, tt.reason)
			if answer, err := a.Login(t.Context(), shown); !errors.Is(err, auth.ErrUnauthenticated) || answer.Token != "" {
				t.Errorf("a handshake: error is %v", err)
			}
		})
	}
}

func TestPasswordsAreRefusedWhereTheyAreOff(t *testing.T) {
	a := startFor(t, issuer.Start(t), nil)
	refusedAs(t, a, basicOf("alice", "secret"), passwordText, "Passwords are not accepted here")
}

// E06, DO-02: the user beside a token is the token's own.
func TestUserBesideATokenIsItsOwn(t *testing.T) {
	iss := issuer.Start(t)
	a := byPasswords(t, iss, func(cfg *auth.Config) {
		o := oidc(iss)
		o.UserClaim = "preferred_username"
		cfg.Providers = []auth.Provider{o}
		cfg.Names = []auth.NameRule{{Pattern: regexp.MustCompile(`(.+)@example\.com`), User: "$1"}}
		cfg.RememberFor = -1
	})
	provided := iss.Token(t, issuer.Claims{"sub": "id-1", "preferred_username": "bob@example.com", "groups": []string{"analysts"}})
	ours := login(t, a, auth.Shown{Certificate: certificate(t, nil)})
	for name, tt := range map[string]struct {
		user, token string
		good        bool
	}{
		"the provider's name":  {"bob@example.com", provided, true},
		"our name":             {"bob", provided, true},
		"the placeholder":      {"token", provided, true},
		"another user":         {"alice", provided, false},
		"another case":         {"Bob", provided, false},
		"a blank too many":     {"bob ", provided, false},
		"the subject":          {"id-1", provided, false},
		"placeholder in caps":  {"TOKEN", provided, false},
		"ours, its own":        {"alice", ours, true},
		"ours, placeholder":    {"token", ours, true},
		"ours, another user":   {"bob", ours, false},
		"ours, another's case": {"ALICE", ours, false},
	} {
		t.Run(name, func(t *testing.T) {
			shown := basicOf(tt.user, tt.token)
			if !tt.good {
				refusedAs(t, a, shown, refusedText, "User name does not match the token")
				return
			}
			if got := login(t, a, shown); got != tt.token {
				t.Error("a handshake gives another token back than the one that was shown")
			}
			got, want := accepted(t, a, shown), admit(t, a, tt.token)
			if got.Key() != want.Key() || got.Method != want.Method || !slices.Equal(got.Groups, want.Groups) || !got.Expires.Equal(want.Expires) {
				t.Errorf("principal is %+v, the token's own %+v", got, want)
			}
		})
	}
	t.Run("without the padding, as arrow-go's clients send it", func(t *testing.T) {
		trimmed := 0
		for n := range 3 {
			shown := basicOf("token", iss.Token(t, issuer.Claims{"preferred_username": "bob", "jti": strings.Repeat("x", n)}))
			padded := shown.Authorization[0]
			shown.Authorization[0] = strings.TrimRight(padded, "=")
			trimmed += len(padded) - len(shown.Authorization[0])
			if p := accepted(t, a, shown); p.User != "bob" {
				t.Errorf("user is %q", p.User)
			}
		}
		if trimmed == 0 {
			t.Error("none of the credentials had padding")
		}
	})
	t.Run("a bad token is not tried as a password", func(t *testing.T) {
		refusedAs(t, a, basicOf("bob", iss.Token(t, issuer.Claims{"aud": "another"})), refusedText, "Invalid audience")
		refusedAs(t, a, basicOf("token", ours+"A"), refusedText, "")
	})
}

// G11: handshakes with bad credentials are held up like calls.
func TestHandshakeFloodIsLimited(t *testing.T) {
	a := byPasswords(t, issuer.Start(t), func(cfg *auth.Config) {
		cfg.Attempts = auth.AttemptLimits{Peer: 100, PeerEvery: 1 << 40}
	})
	good := login(t, a, auth.Shown{Certificate: certificate(t, nil)})
	var refused, limited int
	for i := range 10_000 {
		shown := basicOf("alice", "")
		if i%2 == 0 {
			shown = bearerOf("a.b.c")
		}
		shown.Peer = "10.0.0.1"
		switch _, err := a.Login(t.Context(), shown); {
		case errors.Is(err, auth.ErrLimited):
			limited++
		case errors.Is(err, auth.ErrUnauthenticated):
			refused++
		}
	}
	if refused != 100 || limited != 9900 {
		t.Errorf("%d refused, %d limited; want 100 and 9900", refused, limited)
	}
	shown := bearerOf(good)
	shown.Peer = "10.0.0.1"
	if p := accepted(t, a, shown); p.User != "alice" {
		t.Errorf("user is %q", p.User)
	}
}

// FuzzBasic: no Basic credential lets anybody in here, or gets anything but one
// of the constant texts. Passwords are off, so that nobody is asked.
func FuzzBasic(f *testing.F) {
	a := startFor(f, issuer.Start(f), func(_ *auth.OIDC, cfg *auth.Config) { cfg.Attempts.Peer = -1 })
	for _, seed := range []string{"alice:secret", ":", "a", "alice:eyJ.e30.AA", "token:lgt1_AA", "\u200b:x", "a\x00:b", "\xff:a"} {
		f.Add(base64.StdEncoding.EncodeToString([]byte(seed)))
	}
	f.Add("YWxpY2U6eDl=")
	f.Fuzz(func(t *testing.T, credential string) {
		answer, err := a.Authenticate(t.Context(), auth.Shown{Authorization: []string{"Basic " + credential}})
		if !errors.Is(err, auth.ErrUnauthenticated) || !slices.Contains(classes, err.Error()) || answer.Principal.User != "" {
			t.Errorf("error is %v", err)
		}
	})
}
