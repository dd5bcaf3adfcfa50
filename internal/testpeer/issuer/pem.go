package issuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// For is k used for another algorithm, and published without an id.
func (k Key) For(alg string) Key {
	k.Alg, k.ID = alg, ""
	return k
}

// DER is the public half as a SubjectPublicKeyInfo.
func (k Key) DER(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Bare is DER in base64 without a frame, as Keycloak shows a realm's key.
func (k Key) Bare(t testing.TB) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(k.DER(t))
}

// PEM is the public half as "PUBLIC KEY".
func (k Key) PEM(t testing.TB) string {
	t.Helper()
	return frame("PUBLIC KEY", k.DER(t))
}

// PKCS1 is the public half of an RSA key as "RSA PUBLIC KEY".
func (k Key) PKCS1(t testing.TB) string {
	t.Helper()
	public, ok := k.Public().(*rsa.PublicKey)
	if !ok {
		t.Fatal("not an RSA key")
	}
	return frame("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public))
}

// PrivateDER is both halves, in PKCS #8.
func (k Key) PrivateDER(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// PrivatePEM is both halves as "PRIVATE KEY".
func (k Key) PrivatePEM(t testing.TB) string {
	t.Helper()
	return frame("PRIVATE KEY", k.PrivateDER(t))
}

// Certificate is a certificate of the public half, signed by the private one.
func (k Key) Certificate(t testing.TB, from, until time.Time) string {
	t.Helper()
	signer, ok := k.Private.(crypto.Signer)
	if !ok {
		t.Fatal("not a key that signs certificates")
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "token signing"}, NotBefore: from, NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return frame("CERTIFICATE", der)
}

func frame(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
