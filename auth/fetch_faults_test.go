package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// authority makes certificates for providers.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{key: ecKey(t)}
	a.cert = a.sign(t, nil, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a.key).Leaf
	return a
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign certifies key as template says, by parent or, where that is nil, by itself.
func (a *authority) sign(t *testing.T, parent, template *x509.Certificate, key *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// server is a certificate for a server, as change makes it.
func (a *authority) server(t *testing.T, name string, change func(c *x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{DNSNames: []string{name}, KeyUsage: x509.KeyUsageDigitalSignature}
	if change != nil {
		change(template)
	}
	return a.sign(t, a.cert, template, ecKey(t))
}

func (a *authority) pool() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	return roots
}

// tlsProvider publishes key at https://id.example, whatever its certificate
// says, and counts what it is asked.
func tlsProvider(t *testing.T, cert tls.Certificate, key issuer.Key) (requests *atomic.Int64, dial func(context.Context, string, string) (net.Conn, error)) {
	t.Helper()
	requests = new(atomic.Int64)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write(issuer.JWKS(key))
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10}
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return requests, func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}
}

const tlsIssuer = "https://id.example"

func tlsConfig(dial func(context.Context, string, string) (net.Conn, error), roots *x509.CertPool) auth.Config {
	return auth.Config{
		Providers: []auth.Provider{auth.OIDC{Issuer: tlsIssuer, Audience: []string{issuer.Audience}, JWKSURL: tlsIssuer + "/keys"}},
		Dial:      dial, Roots: roots, Log: slog.New(slog.DiscardHandler),
	}
}

func exampleToken(t *testing.T, key issuer.Key) string {
	t.Helper()
	return issuer.Sign(t, key, nil, fmt.Appendf(nil, `{"iss":%q,"aud":%q,"sub":"alice","exp":%d}`, tlsIssuer, issuer.Audience, time.Now().Add(time.Hour).Unix()))
}

func TestF12ProviderWithoutAGoodCertificateIsNotAsked(t *testing.T) {
	key := issuer.RSA(t, "rsa-1", 2048)
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	self := &authority{key: ecKey(t)}
	for name, tt := range map[string]struct {
		cert tls.Certificate
		want string // in the reason for the log; empty: it is accepted
	}{
		"good": {ours.server(t, "id.example", nil), ""},
		"expired": {ours.server(t, "id.example", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), "certificate has expired or is not yet valid"},
		"not yet valid": {ours.server(t, "id.example", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
		}), "certificate has expired or is not yet valid"},
		"of another name":      {ours.server(t, "evil.example", nil), "certificate is valid for evil.example, not id.example"},
		"for clients alone":    {ours.server(t, "id.example", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), "incompatible key usage"},
		"of another authority": {theirs.server(t, "id.example", nil), "certificate signed by unknown authority"},
		"self-signed": {self.sign(t, nil, &x509.Certificate{
			Subject: pkix.Name{CommonName: "ours"}, DNSNames: []string{"id.example"}, KeyUsage: x509.KeyUsageDigitalSignature,
		}, self.key), "certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			requests, dial := tlsProvider(t, tt.cert, key)
			a := start(t, tlsConfig(dial, ours.pool()))
			token := exampleToken(t, key)
			if tt.want == "" {
				admit(t, a, token)
				return
			}
			_, err := present(t.Context(), a, token)
			if err == nil || err.Error() != auth.ErrUnavailable.Error() || !strings.Contains(auth.Reason(err), tt.want) {
				t.Errorf("error %v, reason %q; want unavailable, %q", err, auth.Reason(err), tt.want)
			}
			if s := a.Status()[0]; s.Keys != 0 || !strings.Contains(s.Degraded, tt.want) {
				t.Errorf("status is %+v", s)
			}
			if n := requests.Load(); n != 0 {
				t.Errorf("the provider saw %d requests", n)
			}
		})
	}
}

// F12: whoever has vouched for a provider and is taken out of the settings
// vouches for it no longer, nor for keys that were fetched by that word.
func TestF12WithdrawnAuthorityEndsTheProvidersKeys(t *testing.T) {
	key := issuer.RSA(t, "rsa-1", 2048)
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	requests, dial := tlsProvider(t, ours.server(t, "id.example", nil), key)
	a := start(t, tlsConfig(dial, ours.pool()))
	token := exampleToken(t, key)
	admit(t, a, token)
	before := requests.Load()
	if err := a.Update(tlsConfig(dial, theirs.pool())); err != nil {
		t.Fatal(err)
	}
	refuse(t, a, token, auth.ErrUnavailable, "no signing keys of provider oidc")
	if n := requests.Load() - before; n != 0 {
		t.Errorf("the provider saw %d more requests", n)
	}
	if err := a.Update(tlsConfig(dial, ours.pool())); err != nil {
		t.Fatal(err)
	}
	admit(t, a, token)
}

// F12: TLS older than 1.2 is not spoken.
func TestF12OldTLSIsRefused(t *testing.T) {
	key, ours := issuer.RSA(t, "rsa-1", 2048), newAuthority(t, "ours")
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.TLS = &tls.Config{
		Certificates: []tls.Certificate{ours.server(t, "id.example", nil)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
	}
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	a := start(t, tlsConfig(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}, ours.pool()))
	_, err := present(t.Context(), a, exampleToken(t, key))
	if err == nil || err.Error() != auth.ErrUnavailable.Error() || !strings.Contains(auth.Reason(err), "protocol version") {
		t.Errorf("error %v, reason %q", err, auth.Reason(err))
	}
}

// F13: an address in IPv6 is one like any other, in brackets.
func TestF13AddressesInIPv6(t *testing.T) {
	for address, want := range map[string]string{
		"http://[::1]:1234":           "",
		"https://[2001:db8::1]/realm": "",
		"http://[2001:db8::1]":        "http is for this machine alone",
		"http://[::ffff:127.0.0.1]":   "", // loopback in another spelling
		"https://::1/":                "not an absolute https URL",
		"https://[::1":                "not an absolute https URL",
		"https://u@[::1]":             "may not hold a user name",
	} {
		cfg := auth.Config{Providers: []auth.Provider{auth.OIDC{Issuer: address, Audience: []string{"x"}}}}
		if want != "" {
			misconfigured(t, cfg, want)
			continue
		}
		cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
		start(t, cfg)
	}
}
