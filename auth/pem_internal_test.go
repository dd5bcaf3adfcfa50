package auth

import (
	"bytes"
	"testing"
	"time"

	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// FuzzPublicKeyFor: whatever a key file holds, it is a key that may be used or
// an error, and no private key is ever taken.
func FuzzPublicKeyFor(f *testing.F) {
	key := issuer.RSA(f, "fuzz", 2048)
	for _, seed := range []string{
		key.PEM(f), key.PKCS1(f), key.Bare(f), key.PrivatePEM(f), key.PEM(f) + key.PrivatePEM(f), key.PEM(f)[:100], `{"public_key":"` + key.Bare(f) + `"}`,
		key.Certificate(f, time.Unix(0, 0), time.Unix(1, 0)), issuer.RSA(f, "fuzz", 1024).PEM(f), "-----BEGIN ", "MIIB", "{}", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		key, note, err := publicKeyFor("RS256", data)
		switch {
		case err != nil && (key.public != nil || note != ""):
			t.Fatalf("an error and a key: %v", err)
		case err == nil && (key.kind != "RSA" || key.alg != "RS256" || key.signatureSize < 256):
			t.Fatalf("taken as %+v", key)
		case err == nil && bytes.Contains(data, []byte("PRIVATE KEY-----")):
			t.Fatal("taken beside a private key")
		}
	})
}
