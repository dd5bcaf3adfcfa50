package auth_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/seal"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// door is an authenticator that lets alice's certificate in, with a clock.
type door struct {
	*auth.Authenticator
	cfg  auth.Config
	now  time.Time
	cert auth.Shown
}

// startDoor begins at a whole second, as tokens count no less.
func startDoor(t testing.TB, change func(cfg *auth.Config)) *door {
	t.Helper()
	d := &door{now: time.Now().Truncate(time.Second), cert: auth.Shown{Certificate: certificate(t, nil)}}
	d.cfg = auth.Config{
		Log: new(logged).logger(), Certificates: &auth.Certificates{User: "cn"}, Now: func() time.Time { return d.now },
		RememberFor: -1, // by the machine's clock, which does not move with d.now
	}
	if change != nil {
		change(&d.cfg)
	}
	d.Authenticator = start(t, d.cfg)
	return d
}

// login is the token that shown gets at a handshake.
func login(t testing.TB, a *auth.Authenticator, shown auth.Shown) string {
	t.Helper()
	answer, err := a.Login(t.Context(), shown)
	if err != nil {
		t.Fatalf("login: %v (%s)", err, auth.Reason(err))
	}
	return answer.Token
}

func bearerOf(token string) auth.Shown { return auth.Shown{Authorization: []string{"Bearer " + token}} }

func basicOf(user, password string) auth.Shown {
	return auth.Shown{Authorization: []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}}
}

// answerTo is what a token gets that must be good.
func answerTo(t testing.TB, a *auth.Authenticator, token string) auth.Answer {
	t.Helper()
	answer, err := a.Authenticate(t.Context(), bearerOf(token))
	if err != nil {
		t.Fatalf("a token of ours: %v (%s)", err, auth.Reason(err))
	}
	return answer
}

const (
	refusedText = "the token is not accepted"
	expiredText = "the token has expired"
)

func TestOwnTokenStandsForWhoShowedTheirCredential(t *testing.T) {
	d := startDoor(t, nil)
	token := login(t, d.Authenticator, d.cert)
	if !strings.HasPrefix(token, "lgt1_") || len(token) > 8<<10 || strings.Contains(token, "alice") {
		t.Errorf("token of ours is %d bytes: %.10s", len(token), token)
	}
	want := accepted(t, d.Authenticator, d.cert)
	got := answerTo(t, d.Authenticator, token)
	want.Expires = d.now.Add(time.Hour)
	if !got.Principal.Expires.Equal(want.Expires) {
		t.Errorf("ends at %s, want %s", got.Principal.Expires, want.Expires)
	}
	got.Principal.Expires = want.Expires
	if !reflect.DeepEqual(got.Principal, want) || got.Token != "" {
		t.Errorf("the token's principal is %+v, the certificate's %+v", got.Principal, want)
	}
	if again := login(t, d.Authenticator, bearerOf(token)); again != token {
		t.Error("a handshake with a token of ours that is not half spent gives another")
	}
	if login(t, d.Authenticator, d.cert) == token {
		t.Error("two tokens are alike")
	}
}

// HC-12: the life of a token is a setting, and its use prolongs it up to another.
func TestOwnTokenIsRenewedUntilItsHolderMustShowWhoTheyAre(t *testing.T) {
	d := startDoor(t, func(cfg *auth.Config) { cfg.TokenLife, cfg.TokenMaxLife = 10*time.Minute, 25*time.Minute })
	begin := d.now
	token := login(t, d.Authenticator, d.cert)
	d.now = begin.Add(5 * time.Minute)
	if answerTo(t, d.Authenticator, token).Token != "" {
		t.Error("renewed when only half of it was spent")
	}
	d.now = begin.Add(5*time.Minute + time.Second)
	second := answerTo(t, d.Authenticator, token).Token
	if second == "" || second == token {
		t.Fatal("not renewed when more than half of it was spent")
	}
	if login(t, d.Authenticator, bearerOf(token)) == token {
		t.Error("a handshake gives a token back that is half spent")
	}
	if got := login(t, d.Authenticator, basicOf("alice", token)); got == token || !strings.HasPrefix(got, "lgt1_") {
		t.Error("a handshake gives a token back that is half spent, shown as a password")
	}
	d.now = begin.Add(10 * time.Minute)
	refusedAs(t, d.Authenticator, bearerOf(token), expiredText, "Token expired")
	d.now = begin.Add(15 * time.Minute)
	third := answerTo(t, d.Authenticator, second).Token
	d.now = begin.Add(24 * time.Minute)
	answer := answerTo(t, d.Authenticator, third)
	if end := begin.Add(25 * time.Minute); !answer.Principal.Expires.Equal(end) {
		t.Errorf("the last token ends at %s, want %s", answer.Principal.Expires, end)
	}
	if answer.Token != "" {
		t.Error("renewed beyond its longest life")
	}
	if again := login(t, d.Authenticator, bearerOf(third)); again != third {
		t.Error("a handshake gives more life than the longest")
	}
	if again := login(t, d.Authenticator, basicOf("token", third)); again != third {
		t.Error("a handshake gives more life than the longest to a token shown as a password")
	}
	d.now = begin.Add(25 * time.Minute)
	refusedAs(t, d.Authenticator, bearerOf(third), expiredText, "Token expired")
	answerTo(t, d.Authenticator, login(t, d.Authenticator, d.cert)) // showing it again begins anew
}

func TestOwnTokenEndsWithTheCertificate(t *testing.T) {
	d := startDoor(t, nil)
	d.cert.Certificate.NotAfter = d.now.Add(40 * time.Minute)
	token := login(t, d.Authenticator, d.cert)
	d.now = d.now.Add(39 * time.Minute)
	if answerTo(t, d.Authenticator, token).Token != "" {
		t.Error("renewed beyond the certificate's end")
	}
	d.now = d.now.Add(time.Minute + time.Second)
	refusedAs(t, d.Authenticator, bearerOf(token), expiredText, "Token expired")
}

func TestShorterSettingsCountForTokensThatAreOut(t *testing.T) {
	d := startDoor(t, nil)
	token := login(t, d.Authenticator, d.cert)
	d.now = d.now.Add(10 * time.Minute)
	answerTo(t, d.Authenticator, token)
	shorter := d.cfg
	shorter.TokenLife, shorter.TokenMaxLife = 10*time.Minute, 10*time.Minute
	if err := d.Update(shorter); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, d.Authenticator, bearerOf(token), expiredText, "Token expired")
}

// HC-19: own tokens can be switched off, those that are out included.
func TestOwnTokensCanBeSwitchedOff(t *testing.T) {
	iss := issuer.Start(t)
	d := startDoor(t, func(cfg *auth.Config) {
		cfg.Providers, cfg.Dial, cfg.Roots = []auth.Provider{oidc(iss)}, iss.Dial(), iss.Roots()
	})
	out := login(t, d.Authenticator, d.cert)
	off := d.cfg
	off.NoLogin = true
	if err := d.Update(off); err != nil {
		t.Fatal(err)
	}
	if answer, err := d.Login(t.Context(), d.cert); err != nil || answer.Token != "" || answer.Principal.User != "alice" {
		t.Errorf("login gives %q, user %q, error %v", answer.Token, answer.Principal.User, err)
	}
	refusedAs(t, d.Authenticator, bearerOf(out), refusedText, "Tokens of ours are switched off")
	provided := iss.Token(t, nil)
	if login(t, d.Authenticator, bearerOf(provided)) != provided {
		t.Error("a provider's token is not given back")
	}
}

func TestOwnTokenEndsWithItsWayIn(t *testing.T) {
	iss := issuer.Start(t)
	d := startDoor(t, func(cfg *auth.Config) {
		cfg.Providers, cfg.Dial, cfg.Roots = []auth.Provider{oidc(iss)}, iss.Dial(), iss.Roots()
	})
	token := login(t, d.Authenticator, d.cert)
	without := d.cfg
	without.Certificates = nil
	if err := d.Update(without); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, d.Authenticator, bearerOf(token), refusedText, "Whoever vouched for the token's holder")
}

func keys(t testing.TB, n int) []seal.Key {
	t.Helper()
	list := make([]seal.Key, n)
	for i := range list {
		var err error
		if list[i], err = seal.NewKey(); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// G16: tokens of another deployment, and what somebody made of ours.
func TestOwnTokensOfReplicasAndStrangers(t *testing.T) {
	shared := keys(t, 3)
	with := func(list ...seal.Key) *auth.Authenticator {
		return startDoor(t, func(cfg *auth.Config) { cfg.TokenKeys = list }).Authenticator
	}
	d := startDoor(t, func(cfg *auth.Config) { cfg.TokenKeys = shared[:1] })
	token := login(t, d.Authenticator, d.cert)
	answerTo(t, with(shared[0]), token)
	answerTo(t, with(shared[1], shared[0]), token) // keys are being changed
	for name, other := range map[string]*auth.Authenticator{
		"another key":            with(shared[1], shared[2]),
		"a process of no keys":   startDoor(t, nil).Authenticator,
		"another one of no keys": startDoor(t, nil).Authenticator,
	} {
		t.Run(name, func(t *testing.T) {
			refusedAs(t, other, bearerOf(token), refusedText, "Token not sealed by this deployment")
		})
	}
	t.Run("not as our kind", func(t *testing.T) {
		// A ticket or cookie of this deployment is sealed under the same keys.
		s, err := seal.New(shared[0])
		if err != nil {
			t.Fatal(err)
		}
		plain := []byte(`{"p":"certificate","m":"certificate","s":"CN=root","l":"root","a":1,"i":1,"e":99999999999}`)
		for _, kind := range []byte("qptc") {
			sealed, err := s.Seal(kind, plain)
			if err != nil {
				t.Fatal(err)
			}
			refusedAs(t, d.Authenticator, bearerOf("lgt1_"+base64.RawURLEncoding.EncodeToString(sealed)), refusedText, "Token not sealed")
		}
	})
	t.Run("each bit flipped, each length cut", func(t *testing.T) {
		raw, err := base64.RawURLEncoding.DecodeString(token[len("lgt1_"):])
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			for bit := range 8 {
				raw[i] ^= 1 << bit
				refusedAs(t, d.Authenticator, bearerOf("lgt1_"+base64.RawURLEncoding.EncodeToString(raw)), refusedText, "Token not sealed")
				raw[i] ^= 1 << bit
			}
			refusedAs(t, d.Authenticator, bearerOf("lgt1_"+base64.RawURLEncoding.EncodeToString(raw[:i])), refusedText, "")
		}
	})
	for name, text := range map[string]string{
		"nothing":         "lgt1_",
		"other alphabet":  "lgt1_" + strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte{0xfb, 0xff, 0xfe}), "=", ""),
		"padded":          token + "=",
		"longer":          token + "AAAA",
		"doubled":         token + token,
		"huge":            "lgt1_" + strings.Repeat("A", 8<<10),
		"with a dot":      token + ".",
		"prefix in caps":  "LGT1_" + token[5:],
		"without prefix":  token[5:],
		"another version": "lgt2_" + token[5:],
	} {
		t.Run(name, func(t *testing.T) { refusedAs(t, d.Authenticator, bearerOf(text), refusedText, "") })
	}
	answerTo(t, d.Authenticator, token)
}

func TestNoProvidersTokenIsTakenForOurs(t *testing.T) {
	iss := issuer.Start(t)
	d := startDoor(t, func(cfg *auth.Config) {
		cfg.Providers, cfg.Dial, cfg.Roots = []auth.Provider{oidc(iss)}, iss.Dial(), iss.Roots()
	})
	provided := iss.Token(t, nil)
	refusedAs(t, d.Authenticator, bearerOf("lgt1_"+provided), refusedText, "Malformed token: not base64url")
	refusedAs(t, d.Authenticator, bearerOf(provided[:strings.LastIndexByte(provided, '.')]), refusedText, "Malformed token: not three parts")
	ours := login(t, d.Authenticator, d.cert)
	refusedAs(t, d.Authenticator, bearerOf(ours+"."+ours+"."+ours), refusedText, "Malformed token")
	if got := answerTo(t, d.Authenticator, provided).Principal.Method; got != auth.ByToken {
		t.Errorf("method is %s", got)
	}
}

// G17: groups are looked up anew for a token of ours.
func TestGroupChangeIsSeenBehindOwnTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "groups")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("analysts:alice\nadmins:alice\n")
		a := start(t, auth.Config{
			Certificates: &auth.Certificates{User: "cn"}, Groups: auth.GroupRules{File: file, Required: []string{"analysts"}},
		})
		token := login(t, a, auth.Shown{Certificate: certificate(t, nil)})
		if got := answerTo(t, a, token).Principal.Groups; len(got) != 2 {
			t.Errorf("groups are %q", got)
		}
		write("analysts:alice\n")
		pass(time.Minute)
		if got := answerTo(t, a, token).Principal.Groups; !reflect.DeepEqual(got, []string{"analysts"}) {
			t.Errorf("after the change groups are %q", got)
		}
		write("analysts:bob\n")
		pass(time.Minute)
		if _, err := a.Authenticate(t.Context(), bearerOf(token)); !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("error is %v, want ErrForbidden", err)
		}
	})
}

func TestOwnTokenIsItsHoldersWhoeverTheyActAs(t *testing.T) {
	d := startDoor(t, func(cfg *auth.Config) {
		cfg.Impersonation = []auth.ImpersonationRule{{Users: regexp.MustCompile("alice"), As: regexp.MustCompile("bob")}}
	})
	asBob := d.cert
	asBob.As = "bob"
	token := login(t, d.Authenticator, asBob)
	if p := answerTo(t, d.Authenticator, token).Principal; p.User != "alice" || p.Actor != "" {
		t.Errorf("user %q, actor %q", p.User, p.Actor)
	}
	shown := bearerOf(token)
	shown.As = "bob"
	if p := accepted(t, d.Authenticator, shown); p.User != "bob" || p.Actor != "alice" {
		t.Errorf("user %q, actor %q", p.User, p.Actor)
	}
	shown.As = "carol"
	if _, err := d.Authenticate(t.Context(), shown); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("error is %v, want ErrForbidden", err)
	}
	asCarol := d.cert
	asCarol.As = "carol"
	if answer, err := d.Login(t.Context(), asCarol); !errors.Is(err, auth.ErrForbidden) || answer.Token != "" {
		t.Errorf("login gives %q, error %v; want ErrForbidden", answer.Token, err)
	}
}

// N05: nothing that is not what was given out is a token of ours.
func FuzzOwnToken(f *testing.F) {
	d := startDoor(f, func(cfg *auth.Config) { cfg.Attempts.Peer = -1 })
	stranger := startDoor(f, nil)
	token := login(f, d.Authenticator, d.cert)
	f.Add(token)
	f.Add(login(f, stranger.Authenticator, stranger.cert))
	f.Add(token[:len(token)-1])
	f.Add("lgt1_")
	f.Add("lgt1_AQAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		answer, err := d.Authenticate(t.Context(), bearerOf(text))
		if text == token {
			if err != nil || answer.Principal.User != "alice" {
				t.Errorf("user %q, error %v", answer.Principal.User, err)
			}
			return
		}
		if !errors.Is(err, auth.ErrUnauthenticated) || !slices.Contains(classes, err.Error()) || answer.Principal.User != "" {
			t.Errorf("user %q, error %v", answer.Principal.User, err)
		}
	})
}

// N02: a thousand calls at once with tokens that are dear to verify, and none of
// them a second time.
func TestAThousandTokensAtOnce(t *testing.T) {
	iss := issuer.Start(t)
	key := issuer.RSA(t, "rsa-4096", 4096)
	iss.SetKeys(key)
	var log logged
	a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log, cfg.RememberFor = log.logger(), time.Hour })
	tokens := make([]string, 250)
	for i := range tokens {
		tokens[i] = iss.TokenBy(t, key, nil, issuer.Claims{"jti": i, "exp": 4000000000})
	}
	var calls sync.WaitGroup
	gate := make(chan struct{})
	for i := range 1000 {
		calls.Go(func() {
			<-gate
			if p, err := present(t.Context(), a, tokens[i%len(tokens)]); err != nil || p.User != "alice" {
				t.Errorf("user %q, error %v", p.User, err)
			}
		})
	}
	close(gate)
	calls.Wait()
	first := verifications(&log)
	for _, token := range tokens {
		admit(t, a, token)
	}
	if n := verifications(&log); first < len(tokens) || n != first {
		t.Errorf("%d tokens were verified %d times, and then %d times more", len(tokens), first, n-first)
	}
	if n := iss.KeyRequests(); n > 2 {
		t.Errorf("keys were asked for %d times", n)
	}
}
