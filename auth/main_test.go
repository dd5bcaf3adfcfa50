package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// logged keeps what was logged.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// oidc is the plain settings for iss.
func oidc(iss *issuer.Issuer) auth.OIDC {
	return auth.OIDC{Issuer: iss.URL, Audience: []string{issuer.Audience}}
}

// start makes an authenticator that ends with the test.
func start(t testing.TB, cfg auth.Config) *auth.Authenticator {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a, err := auth.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// startFor is start with one plain provider for iss, its settings as change makes them.
func startFor(t testing.TB, iss *issuer.Issuer, change func(o *auth.OIDC, cfg *auth.Config)) *auth.Authenticator {
	t.Helper()
	o, cfg := oidc(iss), auth.Config{Dial: iss.Dial(), Roots: iss.Roots()}
	if change != nil {
		change(&o, &cfg)
	}
	cfg.Providers = []auth.Provider{o}
	return start(t, cfg)
}

// present shows token as a bearer credential.
func present(ctx context.Context, a *auth.Authenticator, token string) (auth.Principal, error) {
	answer, err := a.Authenticate(ctx, auth.Shown{Authorization: []string{"Bearer " + token}})
	return answer.Principal, err
}

func admit(t testing.TB, a *auth.Authenticator, token string) auth.Principal {
	t.Helper()
	p, err := present(t.Context(), a, token)
	if err != nil {
		t.Fatalf("a good token: %v (%s)", err, auth.Reason(err))
	}
	return p
}

// refuse checks that token is refused with want, which is ErrUnauthenticated
// or ErrUnavailable, and that the log's reason begins with reason.
func refuse(t testing.TB, a *auth.Authenticator, token string, want error, reason string) {
	t.Helper()
	p, err := present(t.Context(), a, token)
	if !errors.Is(err, want) || !strings.HasPrefix(auth.Reason(err), reason) {
		t.Errorf("error is %v, reason %q; want %v, reason %q", err, auth.Reason(err), want, reason)
	}
	if p.Subject != "" || p.User != "" || p.Groups != nil || p.Claims != nil {
		t.Errorf("a refused token gives the principal %+v", p)
	}
}

func denied(t testing.TB, a *auth.Authenticator, token, reason string) {
	t.Helper()
	refuse(t, a, token, auth.ErrUnauthenticated, reason)
}
