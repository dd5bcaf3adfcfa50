package auth_test

import (
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func benchmark(b *testing.B, key issuer.Key, rememberFor int) {
	iss := issuer.Start(b)
	iss.SetKeys(key)
	a := startFor(b, iss, func(_ *auth.OIDC, cfg *auth.Config) {
		if rememberFor < 0 {
			cfg.RememberFor = -1
		}
	})
	token := iss.Token(b, issuer.Claims{
		"scp": []string{"read:data", "write:data"}, "groups": []string{"analysts", "engineers", "everyone"}, "cid": "0oa1", "uid": "00u1", "ver": 1, "jti": "AT.x",
	})
	values := []string{"Bearer " + token}
	if _, err := a.Authenticate(b.Context(), values); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := a.Authenticate(b.Context(), values); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkRemembered(b *testing.B)  { benchmark(b, issuer.RSA(b, "rsa-1", 2048), 0) }
func BenchmarkVerifyRS256(b *testing.B) { benchmark(b, issuer.RSA(b, "rsa-1", 2048), -1) }
func BenchmarkVerifyRS256With4096Bits(b *testing.B) {
	benchmark(b, issuer.RSA(b, "rsa-4096", 4096), -1)
}
func BenchmarkVerifyES256(b *testing.B) { benchmark(b, issuer.EC(b, "ec", p256), -1) }
