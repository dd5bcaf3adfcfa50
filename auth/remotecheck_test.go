package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// checked is an authenticator whose tokens by key are also judged by service,
// and what it logs.
func checked(t *testing.T, key issuer.Key, service *testpeer.REST, change func(cfg *auth.Config)) (*auth.Authenticator, *logged) {
	t.Helper()
	log := &logged{}
	cfg := auth.Config{
		Providers: []auth.Provider{remote(key.PEM(t), service.URL+"/check")},
		Dial:      service.Dial, Roots: service.Roots, Log: log.logger(), RememberFor: -1,
	}
	if change != nil {
		change(&cfg)
	}
	return start(t, cfg), log
}

// lasting outlives the hours of a bubble.
func lasting(t *testing.T, key issuer.Key) string {
	t.Helper()
	return signed(t, key, issuer.Claims{"exp": time.Now().Add(1000 * time.Hour).Unix()})
}

// OK-09, E05: the service's word against the key's.
func TestWhatTheRemoteCheckSaysIsFinal(t *testing.T) {
	key := rs256(t, "okera")
	const no, unclear, yes, unreachable = "no", "unclear", "yes", "unreachable"
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"200 and nothing":        {issuer.Status(200), yes},
		"204":                    {issuer.Status(204), yes},
		"200 and an object":      {issuer.Raw([]byte(`{"user":"alice"}`)), yes},
		"active":                 {issuer.Raw([]byte(`{"active":true}`)), yes},
		"valid":                  {issuer.Raw([]byte(`{"valid":true}`)), yes},
		"not active":             {issuer.Raw([]byte(`{"active":false}`)), no},
		"not valid":              {issuer.Raw([]byte(`{"valid":false}`)), no},
		"active and not valid":   {issuer.Raw([]byte(`{"active":true,"valid":false}`)), no},
		"active as a text":       {issuer.Raw([]byte(`{"active":"true"}`)), no},
		"active null":            {issuer.Raw([]byte(`{"active":null}`)), no},
		"400":                    {issuer.Status(400), no},
		"401":                    {issuer.Status(401), no},
		"403":                    {issuer.Status(403), no},
		"both ways at once":      {issuer.Raw([]byte(`{"active":false,"active":true}`)), unclear},
		"a list":                 {issuer.Raw([]byte(`[true]`)), unclear},
		"a page":                 {issuer.HTML(), unclear},
		"404":                    {issuer.Status(404), unclear},
		"429":                    {issuer.Status(429), unclear},
		"201":                    {issuer.Status(201), unclear},
		"redirect":               {issuer.Redirect(302, "/elsewhere"), unclear},
		"redirect for ever":      {issuer.Redirect(307, "/check"), unclear},
		"2 MB":                   {issuer.Huge(2 << 20), unclear},
		"64 MB compressed":       {issuer.GzipBomb(64 << 20), unclear},
		"500":                    {issuer.Status(500), unreachable},
		"503":                    {issuer.Status(503), unreachable},
		"hangs":                  {issuer.Hang(false), unreachable},
		"hangs after the status": {issuer.Hang(true), unreachable},
		"a byte a second":        {issuer.Slow([]byte(`{"active":false}`)), unreachable},
		"breaks off":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := testpeer.StartRESTInMemory(t)
				service.Answer(tt.answer)
				a, log := checked(t, key, service, nil)
				good := lasting(t, key)
				began := time.Now()
				degraded := true
				switch tt.want {
				case yes:
					admit(t, a, good)
					degraded = false
				case no:
					denied(t, a, good, "Token refused by the remote check")
					degraded = false
				case unclear:
					refuse(t, a, good, auth.ErrUnavailable, "remote check of provider jwt: ")
				case unreachable:
					admit(t, a, good) // the keys decide
					admit(t, a, good)
					if n := strings.Count(log.String(), "the remote check of tokens failed"); n != 1 {
						t.Errorf("it was logged %d times:\n%s", n, log)
					}
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
				if s := a.Status(); len(s) != 2 || s[1].Kind != "check" || s[1].Name != "jwt" || s[1].Where != service.URL+"/check" || (s[1].Degraded != "") != degraded {
					t.Errorf("status is %+v", s)
				}
				for _, r := range service.Asked() {
					if r.Line != "GET /check" || r.Header.Get("Authorization") != "Bearer "+good || r.Body != "" || r.Header.Get("Cookie") != "" {
						t.Errorf("request %+v", r)
					}
				}
				if strings.Contains(log.String(), "eyJ") {
					t.Errorf("the log holds the token:\n%s", log)
				}
				service.Answer(issuer.Status(200))
				admit(t, a, good)
				if s := a.Status()[1]; s.Degraded != "" {
					t.Errorf("status is %+v", s)
				}
			})
		})
	}
}

// OK-09: the key's word is needed too, and comes first: what it does not vouch
// for is no business of the service.
func TestRemoteCheckSeesOnlyTokensThatAreGoodOtherwise(t *testing.T) {
	key := rs256(t, "okera")
	iss := issuer.Start(t)
	service := testpeer.StartREST(t)
	service.Answer(issuer.Status(200))
	a, _ := checked(t, key, service, func(cfg *auth.Config) { cfg.Providers = append(cfg.Providers, oidc(iss)) })
	denied(t, a, signed(t, rs256(t, "foreign"), nil), "Invalid signature")
	denied(t, a, signed(t, key.For("RS512"), nil), "Algorithm not allowed")
	denied(t, a, signed(t, key, issuer.Claims{"exp": time.Now().Add(-time.Minute).Unix()}), "Token expired")
	admit(t, a, iss.Token(t, nil)) // another provider's
	if asked := service.Asked(); len(asked) != 0 {
		t.Errorf("the service saw %+v", asked)
	}
	admit(t, a, signed(t, key, nil))
	if asked := service.Asked(); len(asked) != 1 {
		t.Errorf("the service saw %+v", asked)
	}
}

func TestRemoteCheckThatIsDownLeavesItToTheKeys(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartREST(t)
	service.Stop()
	a, log := checked(t, key, service, nil)
	admit(t, a, signed(t, key, nil))
	denied(t, a, signed(t, rs256(t, "foreign"), nil), "Invalid signature")
	if s := a.Status()[1]; !strings.Contains(s.Degraded, "refused") || !strings.Contains(log.String(), "the remote check of tokens failed") {
		t.Errorf("status is %+v, the log\n%s", s, log)
	}
}

// Who cannot wait for the answer is not let in without it.
func TestRemoteCheckIsNotEscapedByGoingAway(t *testing.T) {
	key := rs256(t, "okera")
	synctest.Test(t, func(t *testing.T) {
		service := testpeer.StartRESTInMemory(t)
		service.Answer(issuer.Hang(false))
		a, _ := checked(t, key, service, func(cfg *auth.Config) { cfg.RememberFor = time.Hour })
		if err := a.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		revoked := lasting(t, key)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if p, err := present(ctx, a, revoked); !errors.Is(err, context.DeadlineExceeded) || p.User != "" {
			t.Errorf("principal %+v, error %v", p, err)
		}
		service.Answer(issuer.Status(401))
		denied(t, a, revoked, "Token refused by the remote check") // and nothing is remembered
	})
}

func TestRemoteCheckIsAskedOnceAMinuteForOneToken(t *testing.T) {
	key := rs256(t, "okera")
	synctest.Test(t, func(t *testing.T) {
		service := testpeer.StartRESTInMemory(t)
		service.Answer(issuer.Status(200))
		a, _ := checked(t, key, service, func(cfg *auth.Config) { cfg.RememberFor = time.Minute })
		good := lasting(t, key)
		for range 10 {
			admit(t, a, good)
		}
		if n := len(service.Asked()); n != 1 {
			t.Errorf("ten calls asked %d times", n)
		}
		service.Answer(issuer.Status(401))
		pass(time.Minute)
		denied(t, a, good, "Token refused by the remote check")
	})
}

func TestRemoteCheckOverTLSNeedsACertificateThatIsVouchedFor(t *testing.T) {
	key := rs256(t, "okera")
	service := testpeer.StartRESTTLS(t)
	service.Answer(issuer.Status(401))
	a, _ := checked(t, key, service, nil)
	denied(t, a, signed(t, key, nil), "Token refused by the remote check")
	service.Asked()
	other, _ := checked(t, key, service, func(cfg *auth.Config) { cfg.Roots = nil })
	admit(t, other, signed(t, key, nil)) // not reached, so the keys decide
	if asked := service.Asked(); len(asked) != 0 {
		t.Errorf("the token went to somebody unknown: %+v", asked)
	}
}
