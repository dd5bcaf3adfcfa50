package auth_test

import (
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// B12: a modulus as the flawed library makes it is a power of 65537 modulo
// each small prime. tests/vectors has real ones.
func TestB12KeyWithTheMarkOfROCAIsLeftOut(t *testing.T) {
	product := big.NewInt(1)
	for p := int64(3); p <= 167; p += 2 {
		if big.NewInt(p).ProbablyPrime(0) {
			product.Mul(product, big.NewInt(p))
		}
	}
	marked := new(big.Int).Exp(big.NewInt(65537), big.NewInt(12345), product)
	high := new(big.Int).Lsh(big.NewInt(1), 2047)
	marked.Add(marked, high.Sub(high, new(big.Int).Mod(high, product)).Add(high, product))
	if marked.Bit(0) == 0 {
		marked.Add(marked, product)
	}
	iss := issuer.Start(t)
	weak := issuer.RSA(t, "roca", 2048).With(map[string]any{"n": base64.RawURLEncoding.EncodeToString(marked.Bytes())})
	iss.SetKeys(iss.Keys()[0], weak)
	var log logged
	a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) { cfg.Log = log.logger() })
	admit(t, a, iss.Token(t, nil))
	if s := a.Status()[0]; s.Keys != 1 || !strings.Contains(log.String(), "ROCA, CVE-2017-15361") {
		t.Errorf("status %+v, log\n%s", s, &log)
	}
}
