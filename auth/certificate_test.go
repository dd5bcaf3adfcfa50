package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// certificate is a client certificate of alice, as change makes it. Who signed
// it is TLS's question, so it signs itself.
func certificate(t testing.TB, change func(c *x509.Certificate)) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// rdn is one part of a subject, as the type and a value.
func rdn(pairs ...any) pkix.RelativeDistinguishedNameSET {
	var set pkix.RelativeDistinguishedNameSET
	for i := 0; i < len(pairs); i += 2 {
		oid, _ := pairs[i].(asn1.ObjectIdentifier)
		set = append(set, pkix.AttributeTypeAndValue{Type: oid, Value: pairs[i+1]})
	}
	return set
}

// subject gives a certificate exactly this subject.
func subject(t testing.TB, parts ...pkix.RelativeDistinguishedNameSET) func(c *x509.Certificate) {
	t.Helper()
	der, err := asn1.Marshal(pkix.RDNSequence(parts))
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) { c.RawSubject = der }
}

var (
	oidCN    = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidO     = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidOU    = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidC     = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidDC    = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}
	oidUID   = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
	oidEmail = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
)

func uris(t testing.TB, texts ...string) func(c *x509.Certificate) {
	t.Helper()
	var list []*url.URL
	for _, text := range texts {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
	return func(c *x509.Certificate) { c.URIs = list }
}

func byCertificates(t testing.TB, part string, change func(cfg *auth.Config)) *auth.Authenticator {
	t.Helper()
	cfg := auth.Config{Certificates: &auth.Certificates{User: part}}
	if change != nil {
		change(&cfg)
	}
	return start(t, cfg)
}

func TestCertificatesNameTheirUserByOnePart(t *testing.T) {
	emails := func(list ...string) func(c *x509.Certificate) {
		return func(c *x509.Certificate) { c.EmailAddresses = list }
	}
	dns := func(list ...string) func(c *x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames = list }
	}
	usage := func(list ...x509.ExtKeyUsage) func(c *x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = list }
	}
	for name, tt := range map[string]struct {
		part    string
		change  func(c *x509.Certificate)
		user    string // or
		refused string // the log's reason
	}{
		"cn":                 {part: "cn", user: "alice"},
		"cn, no usage":       {part: "cn", change: usage(), user: "alice"},
		"cn, server's usage": {part: "cn", change: usage(x509.ExtKeyUsageServerAuth), refused: "Certificate is not for clients"},
		"no cn":              {part: "cn", change: subject(t, rdn(oidO, "Example")), refused: "Certificate has not exactly one cn"},
		"two cns":            {part: "cn", change: subject(t, rdn(oidCN, "alice"), rdn(oidCN, "root")), refused: "Certificate has not exactly one cn"},
		"cn with a NUL":      {part: "cn", change: subject(t, rdn(oidCN, "root\x00.example.com")), refused: "Certificate's cn"},
		"cn with bidi":       {part: "cn", change: subject(t, rdn(oidCN, "ecila\u202e")), refused: "Certificate's cn"},
		"cn with a blank":    {part: "cn", change: subject(t, rdn(oidCN, "alice ")), refused: "Certificate's cn"},
		"subject":            {part: "subject", change: subject(t, rdn(oidC, "DE"), rdn(oidO, "Example, Inc."), rdn(oidCN, "alice")), user: `CN=alice,O=Example\, Inc.,C=DE`},
		"subject in another order": {
			part: "subject", change: subject(t, rdn(oidCN, "alice"), rdn(oidO, "Example, Inc."), rdn(oidC, "DE")), user: `C=DE,O=Example\, Inc.,CN=alice`,
		},
		"subject with names of the directory": {
			part: "subject", change: subject(t, rdn(oidDC, "com"), rdn(oidDC, "example"), rdn(oidUID, "alice", oidOU, "it+ops")), user: `OU=it\+ops+UID=alice,DC=example,DC=com`,
		},
		"subject that imitates another": {
			part: "subject", change: subject(t, rdn(oidCN, "alice,O=Example")), user: `CN=alice\,O=Example`,
		},
		"subject with an attribute without a name": {
			part: "subject", change: subject(t, rdn(oidEmail, "a")), user: "1.2.840.113549.1.9.1=#130161",
		},
		"empty subject": {part: "subject", change: subject(t), refused: "Certificate's subject"},
		"email":         {part: "email", change: emails("alice@example.com"), user: "alice@example.com"},
		"no email":      {part: "email", refused: "Certificate has not exactly one email"},
		"two emails":    {part: "email", change: emails("a@example.com", "b@example.com"), refused: "Certificate has not exactly one email"},
		"dns":           {part: "dns", change: dns("batch.example.com"), user: "batch.example.com"},
		"two dns":       {part: "dns", change: dns("a.example.com", "b.example.com"), refused: "Certificate has not exactly one dns"},
		"uri":           {part: "uri", change: uris(t, "spiffe://example.com/ns/batch"), user: "spiffe://example.com/ns/batch"},
		"no uri":        {part: "uri", refused: "Certificate has not exactly one uri"},
		"two uris":      {part: "uri", change: uris(t, "spiffe://a/b", "spiffe://a/c"), refused: "Certificate has not exactly one uri"},
	} {
		t.Run(name, func(t *testing.T) {
			a := byCertificates(t, tt.part, nil)
			shown := auth.Shown{Certificate: certificate(t, tt.change)}
			if tt.refused != "" {
				refusedAs(t, a, shown, certificateText, tt.refused)
				return
			}
			p := accepted(t, a, shown)
			if p.User != tt.user || p.Provider != "certificate" || p.Method != auth.ByCertificate || p.Subject == "" || p.Claims != nil || p.Scopes != nil {
				t.Errorf("principal is %+v, want the user %s", p, tt.user)
			}
			if !p.Expires.After(shown.Certificate.NotAfter) || p.Expires.After(shown.Certificate.NotAfter.Add(time.Second)) {
				t.Errorf("ends at %s, its certificate at %s", p.Expires, shown.Certificate.NotAfter)
			}
		})
	}
}

func TestCertificateOfAnOldConnectionEnds(t *testing.T) {
	now := time.Now()
	a := byCertificates(t, "cn", func(cfg *auth.Config) { cfg.Now = func() time.Time { return now } })
	shown := auth.Shown{Certificate: certificate(t, nil)}
	accepted(t, a, shown)
	now = shown.Certificate.NotAfter
	accepted(t, a, shown)
	now = now.Add(time.Second)
	refusedAs(t, a, shown, certificateText, "Certificate expired")
	now = shown.Certificate.NotBefore.Add(-time.Second)
	refusedAs(t, a, shown, certificateText, "Certificate not yet valid")
}

func TestCertificatesCountOnlyWhereTheyAreAsked(t *testing.T) {
	iss := issuer.Start(t)
	cert := certificate(t, nil)
	t.Run("without the setting they name nobody", func(t *testing.T) {
		refusedAs(t, startFor(t, iss, nil), auth.Shown{Certificate: cert}, "a credential is required", "No credential")
	})
	t.Run("a header counts more", func(t *testing.T) {
		a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Certificates = &auth.Certificates{User: "cn"} })
		bob := "Bearer " + iss.Token(t, issuer.Claims{"sub": "bob"})
		if p := accepted(t, a, auth.Shown{Authorization: []string{bob}, Certificate: cert}); p.User != "bob" {
			t.Errorf("user is %s", p.User)
		}
		refusedAs(t, a, auth.Shown{Authorization: []string{"Bearer a.b.c"}, Certificate: cert}, "the token is not accepted", "Malformed token")
	})
	t.Run("an unknown part does not start", func(t *testing.T) {
		_, err := auth.New(t.Context(), auth.Config{Log: new(logged).logger(), Certificates: &auth.Certificates{User: "serial"}})
		if err == nil || !strings.Contains(err.Error(), "auth.certificates.user") {
			t.Errorf("error is %v", err)
		}
	})
}

const certificateText = "the client certificate names no user"

// accepted is the principal that shown gets.
func accepted(t testing.TB, a *auth.Authenticator, shown auth.Shown) auth.Principal {
	t.Helper()
	answer, err := a.Authenticate(t.Context(), shown)
	if err != nil {
		t.Fatalf("a good credential: %v (%s)", err, auth.Reason(err))
	}
	return answer.Principal
}

// refusedAs checks that shown is refused, with text for the client and a reason
// for the log that begin so.
func refusedAs(t testing.TB, a *auth.Authenticator, shown auth.Shown, text, reason string) {
	t.Helper()
	answer, err := a.Authenticate(t.Context(), shown)
	if !errors.Is(err, auth.ErrUnauthenticated) || !strings.HasPrefix(err.Error(), text) || !strings.HasPrefix(auth.Reason(err), reason) {
		t.Errorf("error is %v, reason %q; want %q, reason %q", err, auth.Reason(err), text, reason)
	}
	if answer.Principal.Subject != "" || answer.Principal.User != "" || answer.Token != "" || answer.Negotiate != "" {
		t.Error("a refused credential gets an answer")
	}
}
