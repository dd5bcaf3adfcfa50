package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

var (
	errNoBrowserFlow = errors.New("the provider has no authorization endpoint")
	errNoDeviceFlow  = errors.New("the provider has no device authorization endpoint; log in with a browser")
)

// Browser logs in by the authorization code flow with PKCE, the answer coming
// back to a port of this machine (RFC 8252, section 7.3; RFC 7636). open is
// given the address to be opened; port 0 takes any, others must be registered with the
// provider as http://127.0.0.1:PORT/callback.
func (c *Client) Browser(ctx context.Context, port int, open func(address string)) (Tokens, error) {
	e, err := c.discover(ctx)
	if err != nil {
		return Tokens{}, err
	}
	if e.Authorization == "" {
		return Tokens{}, errNoBrowserFlow
	}
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return Tokens{}, fmt.Errorf("listen for the provider's answer: %w", err)
	}
	cfg := c.oauth(e)
	cfg.RedirectURL = "http://" + lis.Addr().String() + "/callback"
	state, verifier := rand.Text(), oauth2.GenerateVerifier()

	answers := make(chan callback, 1)
	web := &http.Server{Handler: receive(state, answers), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = web.Serve(lis) // until Shutdown
	}()
	defer func() {
		_ = web.Shutdown(context.WithoutCancel(ctx)) // the page that says "done" may still be on its way
		<-served
	}()

	open(cfg.AuthCodeURL(state, c.options(oauth2.S256ChallengeOption(verifier))...))
	select {
	case <-ctx.Done():
		return Tokens{}, ctx.Err()
	case answer := <-answers:
		if answer.err != nil {
			return Tokens{}, answer.err
		}
		ctx = context.WithValue(ctx, oauth2.HTTPClient, c.HTTP)
		t, err := cfg.Exchange(ctx, answer.code, oauth2.VerifierOption(verifier))
		if err != nil {
			return Tokens{}, clear(err)
		}
		return c.tokens(t)
	}
}

// callback is what the browser brought back.
type callback struct {
	code string
	err  error
}

// receive takes the one answer that knows our state; others are turned away and
// change nothing.
func receive(state string, answers chan<- callback) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Connection", "close")
		q := r.URL.Query()
		if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintln(w, "This is not the answer to the login that is going on.")
			return
		}
		answer := callback{code: q.Get("code")}
		if answer.code == "" {
			answer.err = fmt.Errorf("the provider refused: %.100q %.300q", q.Get("error"), q.Get("error_description"))
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintln(w, "The login failed; the terminal says why. You can close this page.")
		} else {
			_, _ = fmt.Fprintln(w, "Logged in. You can close this page and go back to the terminal.")
		}
		select {
		case answers <- answer:
		default: // there was one already
		}
	})
	return mux
}

// Device logs in by the device flow (RFC 8628), for machines without a browser.
// show is given the code, and the address where a person enters it.
func (c *Client) Device(ctx context.Context, show func(code, address string)) (Tokens, error) {
	e, err := c.discover(ctx)
	if err != nil {
		return Tokens{}, err
	}
	if e.Device == "" {
		return Tokens{}, errNoDeviceFlow
	}
	cfg := c.oauth(e)
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.HTTP)
	asked, err := cfg.DeviceAuth(ctx, c.options()...)
	if err != nil {
		return Tokens{}, clear(err)
	}
	address := asked.VerificationURIComplete
	if address == "" {
		address = asked.VerificationURI
	}
	show(asked.UserCode, address)
	t, err := cfg.DeviceAccessToken(ctx, asked)
	if err != nil {
		return Tokens{}, clear(err)
	}
	return c.tokens(t)
}
