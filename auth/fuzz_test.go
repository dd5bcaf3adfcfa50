package auth_test

import (
	"crypto/elliptic"
	"errors"
	"slices"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

var p256 = elliptic.P256()

// FuzzAuthenticate: whatever comes in, it is refused with one of the constant
// texts. No input can be accepted, as the key is made anew each time.
func FuzzAuthenticate(f *testing.F) {
	iss := issuer.Start(f)
	iss.SetKeys(issuer.EC(f, "ec", p256), issuer.RSA(f, "rsa-1", 2048))
	a := startFor(f, iss, nil)
	admit(f, a, iss.Token(f, nil))
	f.Add("Bearer a.b.c")
	f.Add("Bearer eyJhbGciOiJub25lIn0.e30.AA")
	f.Fuzz(func(t *testing.T, value string) {
		_, err := a.Authenticate(t.Context(), auth.Shown{Authorization: []string{value}})
		if !errors.Is(err, auth.ErrUnauthenticated) || !slices.Contains(classes, err.Error()) {
			t.Errorf("error is %v", err)
		}
	})
}
