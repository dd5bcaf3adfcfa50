// Package issuer is an OpenID Connect provider for tests, with keys of every
// kind, tokens with any content, and the faults that no real provider shows on
// demand. It signs with Go's own cryptography, so what it makes does not depend
// on the library that it tests.
package issuer

import (
	"context"
	"crypto/x509"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Audience is who tokens are for if their claims do not say otherwise.
const Audience = "api://lakegate"

// Issuer is one issuer on a server of its own or, made by Realm, on another's.
type Issuer struct {
	// URL is the issuer's name, as in iss.
	URL string
	// KeysURL is where its keys are.
	KeysURL string

	host      *host
	discovery atomic.Int64
	fetched   atomic.Int64

	mu     sync.Mutex
	keys   []Key
	serve  http.HandlerFunc     // instead of the keys; nil: the keys
	doc    func(map[string]any) // changes the discovery document; may be nil
	docRaw http.HandlerFunc     // instead of the discovery document
}

type host struct {
	base  string
	mux   *http.ServeMux
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	roots *x509.CertPool
	close func()
}

// Start serves an issuer over plain HTTP on loopback, until the test ends. It
// has one RSA key, "rsa-1".
func Start(t testing.TB) *Issuer {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return newIssuer(t, &host{base: srv.URL, mux: mux, close: srv.Close}, srv.URL, "/keys")
}

// StartTLS serves an issuer at https://name, any name, with its keys at
// keysPath: whoever dials with Dial and trusts Roots meets it there, and the same
// server under the names in also.
func StartTLS(t testing.TB, name, keysPath string, also ...string) *Issuer {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewUnstartedServer(mux)
	roots := certify(t, srv, name, also...)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	address := srv.Listener.Addr().String()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return newIssuer(t, &host{base: "https://" + name, mux: mux, dial: dial, roots: roots, close: srv.Close}, "https://"+name, keysPath)
}

// StartInMemory serves an issuer over pipes, to be reached with Dial, so that
// it can live in a testing/synctest bubble.
func StartInMemory(t testing.TB) *Issuer {
	t.Helper()
	mux := http.NewServeMux()
	lis := newPipeListener()
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		_ = srv.Serve(lis)
		close(ended)
	}()
	stop := sync.OnceFunc(func() {
		_ = srv.Close()
		<-ended
	})
	t.Cleanup(stop)
	const base = "http://127.0.0.1:4321"
	return newIssuer(t, &host{base: base, mux: mux, dial: lis.dial, close: stop}, base, "/keys")
}

func newIssuer(t testing.TB, h *host, url, keysPath string) *Issuer {
	iss := &Issuer{URL: url, KeysURL: h.base + keysPath, host: h}
	iss.keys = []Key{RSA(t, "rsa-1", 2048)}
	path := strings.TrimPrefix(url, h.base)
	h.mux.HandleFunc(path+"/.well-known/openid-configuration", iss.serveDiscovery)
	h.mux.HandleFunc(keysPath, iss.serveKeys)
	return iss
}

// Realm is another issuer on the same server: its name is the server's URL
// and path, its keys are at keysPath. Its key is another one, also named "rsa-1".
func (i *Issuer) Realm(t testing.TB, path, keysPath string) *Issuer {
	t.Helper()
	realm := newIssuer(t, i.host, i.host.base+path, keysPath)
	key := RSA(t, "realm"+path, 2048)
	key.ID = "rsa-1"
	realm.SetKeys(key)
	return realm
}

// Dial reaches the issuer wherever it is said to be; nil if it listens there.
func (i *Issuer) Dial() func(ctx context.Context, network, address string) (net.Conn, error) {
	return i.host.dial
}

// Roots vouch for the certificate of an issuer made by StartTLS.
func (i *Issuer) Roots() *x509.CertPool { return i.host.roots }

// Stop ends the server: nobody answers any more.
func (i *Issuer) Stop() { i.host.close() }

// SetKeys publishes keys instead of what was published. Tokens are signed with the first.
func (i *Issuer) SetKeys(keys ...Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys, i.serve = keys, nil
}

// Keys are those that are published.
func (i *Issuer) Keys() []Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys
}

// Fault has h answer for the keys; nil ends the fault.
func (i *Issuer) Fault(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.serve = h
}

// Discovery has change alter the discovery document before it is sent.
func (i *Issuer) Discovery(change func(doc map[string]any)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.doc = change
}

// DiscoveryFault has h answer for the discovery document.
func (i *Issuer) DiscoveryFault(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.docRaw = h
}

// KeyRequests is how often the keys were asked for.
func (i *Issuer) KeyRequests() int { return int(i.fetched.Load()) }

// DiscoveryRequests is how often the discovery document was asked for.
func (i *Issuer) DiscoveryRequests() int { return int(i.discovery.Load()) }

func (i *Issuer) serveKeys(w http.ResponseWriter, r *http.Request) {
	i.fetched.Add(1)
	i.mu.Lock()
	keys, serve := i.keys, i.serve
	i.mu.Unlock()
	if serve != nil {
		serve(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(JWKS(keys...))
}

func (i *Issuer) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	i.discovery.Add(1)
	i.mu.Lock()
	change, raw := i.doc, i.docRaw
	i.mu.Unlock()
	if raw != nil {
		raw(w, r)
		return
	}
	doc := map[string]any{"issuer": i.URL, "jwks_uri": i.KeysURL, "response_types_supported": []string{"code"}}
	if change != nil {
		change(doc)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encode(doc))
}

// Claims are a token's. A nil value takes away a claim that would be there
// by default; JSON null is written as Null.
type Claims map[string]any

// Header is a token's header. A nil value takes away a field.
type Header map[string]any

// Null is JSON's null.
var Null = jsonNull{}

type jsonNull struct{}

// MarshalJSON writes null.
func (jsonNull) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Claims are those of an ordinary token for "alice", with claims on top.
func (i *Issuer) Claims(claims Claims) Claims {
	now := time.Now()
	return merge(Claims{
		"iss": i.URL, "aud": Audience, "sub": "alice", "groups": []string{"analysts"},
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, claims)
}

// Token is an ordinary token, with claims on top, signed with the first key.
func (i *Issuer) Token(t testing.TB, claims Claims) string {
	t.Helper()
	return i.TokenBy(t, i.Keys()[0], nil, claims)
}

// TokenBy is Token with another key and with fields on top of its header.
func (i *Issuer) TokenBy(t testing.TB, key Key, header Header, claims Claims) string {
	t.Helper()
	return Sign(t, key, header, encode(i.Claims(claims)))
}

// Sign makes a compact token of payload. The header's alg, if there is one,
// chooses how key signs.
func Sign(t testing.TB, key Key, header Header, payload []byte) string {
	t.Helper()
	h := Header{"alg": key.Alg, "typ": "JWT"}
	if key.ID != "" {
		h["kid"] = key.ID
	}
	return SignRaw(t, key, encode(merge(h, header)), payload)
}

// SignRaw makes a compact token of these bytes, signed by key's own algorithm.
func SignRaw(t testing.TB, key Key, header, payload []byte) string {
	t.Helper()
	input := b64(header) + "." + b64(payload)
	return input + "." + b64(key.Signature(t, key.Alg, []byte(input)))
}

func merge[M ~map[string]any](base, over M) M {
	maps.Copy(base, over)
	for name, v := range base {
		if v == nil {
			delete(base, name)
		}
	}
	return base
}
