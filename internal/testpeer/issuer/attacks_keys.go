package issuer

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// algorithms are the rows of table 4.B.
func (a *attacks) algorithms() {
	k := a.keys
	for _, alg := range []string{"none", "None", "NoNe", "NONE"} {
		for name, header := range map[string]Header{"with kid": {"alg": alg}, "without kid": {"alg": alg, "kid": nil}} {
			a.refused("B01", "alg "+alg+" "+name+" and no signature", func(testing.TB) string {
				h := merge(Header{"kid": "rsa-1"}, header)
				return b64(encode(h)) + "." + b64(a.payload(nil)) + "."
			})
			a.refused("B01", "alg "+alg+" "+name+" and some signature", func(testing.TB) string {
				h := merge(Header{"kid": "rsa-1"}, header)
				return b64(encode(h)) + "." + b64(a.payload(nil)) + ".AAAA"
			})
		}
	}
	public, _ := k.rsa.Public().(*rsa.PublicKey)
	der, _ := x509.MarshalPKIXPublicKey(public) // an RSA key always encodes
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(public)})
	for name, secret := range map[string][]byte{
		"PEM": text, "PEM without final line end": []byte(strings.TrimSuffix(string(text), "\n")), "PKCS1 PEM": pkcs1,
		"DER": der, "JWK text": encode(k.rsa.JWK()), "JWKS text": JWKS(a.iss.Keys()...), "modulus": public.N.Bytes(), "nothing": {},
	} {
		a.refused("B02", "HS256 by the public key as "+name, func(t testing.TB) string {
			return a.iss.TokenBy(t, Oct("rsa-1", secret), nil, nil)
		})
	}
	a.refused("B03", "no alg", func(t testing.TB) string { return a.rawHeader(t, `{"kid":"rsa-1"}`) })
	a.refused("B03", "alg null", func(t testing.TB) string { return a.rawHeader(t, `{"alg":null,"kid":"rsa-1"}`) })
	a.refused("B03", "alg a number", func(t testing.TB) string { return a.rawHeader(t, `{"alg":256,"kid":"rsa-1"}`) })
	a.refused("B04", "RS384 over an RS256 signature", func(t testing.TB) string {
		return a.rawHeader(t, `{"alg":"RS384","kid":"rsa-1"}`)
	})
	a.refused("B04", "RS384 by a key for RS256", func(t testing.TB) string {
		key := k.rsa
		key.Alg = "RS384"
		return a.iss.TokenBy(t, key, nil, nil)
	})
	a.refused("B04", "alg in lower case", func(t testing.TB) string { return a.rawHeader(t, `{"alg":"rs256","kid":"rsa-1"}`) })
	for alg, key := range map[string]Key{"PS256": k.ps, "EdDSA": k.ed} {
		key.Alg = alg
		a.refused("B05", alg+" that is not listed", func(t testing.TB) string { return a.iss.TokenBy(t, key, nil, nil) })
	}
	a.refused("B05", "RS256 header with an EC key", func(t testing.TB) string {
		return SignRaw(t, k.ec, []byte(`{"alg":"RS256","kid":"ec"}`), a.payload(nil))
	})
	a.refused("B05", "ES256 header with an RSA key", func(t testing.TB) string {
		return SignRaw(t, k.rsa, []byte(`{"alg":"ES256","kid":"rsa-1"}`), a.payload(nil))
	})
	a.refused("B05", "ES256K", func(t testing.TB) string {
		return SignRaw(t, k.ec, []byte(`{"alg":"ES256K","kid":"ec"}`), a.payload(nil))
	})
	by := func(key Key) func(t testing.TB) string {
		return func(t testing.TB) string { return a.iss.TokenBy(t, key, nil, nil) }
	}
	a.accepted("B06", "key without alg", by(k.noAlg))
	a.accepted("B06", "ES256", by(k.ec))
	a.refused("B07", "key for encryption", by(k.enc))
	a.refused("B08", "key without verify among key_ops", by(k.ops))
	a.refused("B09", "shared secret in the key set", by(k.oct))
	a.refused("B10", "short shared secret in the key set", by(k.octShort))
	a.refused("B11", "RSA of 1024 bits", by(k.weak))
	a.refused("B11", "exponent 1", func(t testing.TB) string { return a.exponentOne(t) })
	a.refused("B11", "even exponent", by(k.even))
	a.curves()
	a.bits()
}

// exponentOne forges a signature for a key whose exponent is 1: it is the padded digest.
func (a *attacks) exponentOne(t testing.TB) string {
	t.Helper()
	input := b64([]byte(`{"alg":"RS256","kid":"one"}`)) + "." + b64(a.payload(nil))
	digest := sha256.Sum256([]byte(input))
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	em := make([]byte, 256)
	em[1] = 1
	for i := 2; i < len(em); i++ {
		em[i] = 0xff
	}
	tail := slices.Concat(prefix, digest[:])
	em[len(em)-len(tail)-1] = 0
	copy(em[len(em)-len(tail):], tail)
	return input + "." + b64(em)
}

// curves are rows B13 to B15.
func (a *attacks) curves() {
	ec := a.keys.ec
	private, _ := ec.Private.(*ecdsa.PrivateKey)
	order := private.Params().N
	input := func() string { return b64([]byte(`{"alg":"ES256","kid":"ec"}`)) + "." + b64(a.payload(nil)) }
	with := func(change func(r, s *big.Int) []byte) func(t testing.TB) string {
		return func(t testing.TB) string {
			in := input()
			sig := ec.Signature(t, "ES256", []byte(in))
			return in + "." + b64(change(new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])))
		}
	}
	raw := func(r, s *big.Int) []byte {
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	zero := new(big.Int)
	a.refused("B13", "all zero", with(func(_, _ *big.Int) []byte { return make([]byte, 64) }))
	a.refused("B13", "r zero", with(func(_, s *big.Int) []byte { return raw(zero, s) }))
	a.refused("B13", "s zero", with(func(r, _ *big.Int) []byte { return raw(r, zero) }))
	a.refused("B13", "r and s the order", with(func(_, _ *big.Int) []byte { return raw(order, order) }))
	a.refused("B13", "all ones", with(func(_, _ *big.Int) []byte {
		return []byte(strings.Repeat("\xff", 64))
	}))
	a.accepted("B14", "second form of a signature", with(func(r, s *big.Int) []byte { return raw(r, new(big.Int).Sub(order, s)) }))
	a.refused("B15", "DER form", with(func(r, s *big.Int) []byte {
		der, _ := asn1.Marshal(struct{ R, S *big.Int }{r, s}) // two integers always encode
		return der
	}))
	a.refused("B15", "one byte short", with(func(r, s *big.Int) []byte { return raw(r, s)[:63] }))
	a.refused("B15", "one byte long", with(func(r, s *big.Int) []byte { return append(raw(r, s), 0) }))
	a.refused("B15", "zeros before both halves", with(func(r, s *big.Int) []byte {
		return append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
	}))
	a.refused("B15", "P-384 under ES256", func(t testing.TB) string {
		in := b64([]byte(`{"alg":"ES256","kid":"ec384"}`)) + "." + b64(a.payload(nil))
		return in + "." + b64(a.keys.ec384.Signature(t, "ES256", []byte(in)))
	})
	a.accepted("B15", "P-384 under ES384", func(t testing.TB) string { return a.iss.TokenBy(t, a.keys.ec384, nil, nil) })
}

// bits are row B18.
func (a *attacks) bits() {
	flip := func(part int) func(t testing.TB) string {
		return func(t testing.TB) string {
			parts := strings.Split(a.good(t), ".")
			raw, err := base64.RawURLEncoding.DecodeString(parts[part])
			if err != nil {
				t.Fatal(err)
			}
			raw[len(raw)/2] ^= 1
			parts[part] = b64(raw)
			return strings.Join(parts, ".")
		}
	}
	a.refused("B18", "header changed by a bit", flip(0))
	a.refused("B18", "payload changed by a bit", flip(1))
	a.refused("B18", "signature changed by a bit", flip(2))
	a.refused("B18", "truncated token", func(t testing.TB) string {
		tok := a.good(t)
		return tok[:len(tok)-8]
	})
	signed := func(change func(sig []byte) []byte) func(t testing.TB) string {
		return func(t testing.TB) string {
			input := b64([]byte(`{"alg":"RS256","kid":"rsa-1"}`)) + "." + b64(a.payload(nil))
			return input + "." + b64(change(a.keys.rsa.Signature(t, "RS256", []byte(input))))
		}
	}
	a.accepted("B18", "signature as it is", signed(func(sig []byte) []byte { return sig }))
	a.refused("B18", "signature one byte short", signed(func(sig []byte) []byte { return sig[:len(sig)-1] }))
	a.refused("B18", "signature one byte long", signed(func(sig []byte) []byte { return append(sig, 0) }))
	a.refused("B18", "signature with a zero before", signed(func(sig []byte) []byte { return append([]byte{0}, sig...) }))
	a.refused("B18", "signature of zeros", signed(func(sig []byte) []byte { return make([]byte, len(sig)) }))
	a.refused("B18", "header of another token", func(t testing.TB) string {
		_, rest, _ := strings.Cut(a.good(t), ".")
		return b64([]byte(`{"alg":"RS256","kid":"rsa-1","x":1}`)) + "." + rest
	})
	a.refused("B18", "signature of another token", func(t testing.TB) string {
		one, other := strings.Split(a.good(t), "."), strings.Split(a.iss.Token(t, Claims{"sub": "admin"}), ".")
		return other[0] + "." + other[1] + "." + one[2]
	})
	a.refused("B18", "key that is not published, kid of one that is", func(t testing.TB) string {
		return a.iss.TokenBy(t, a.keys.foreign, Header{"kid": "rsa-1"}, nil)
	})
}

// keyChoice are the rows of table 4.C.
func (a *attacks) keyChoice() {
	foreign := a.keys.foreign
	by := func(key Key, header Header) func(t testing.TB) string {
		return func(t testing.TB) string { return a.iss.TokenBy(t, key, header, nil) }
	}
	a.refused("C01", "jwk of the attacker", by(foreign, Header{"jwk": foreign.JWK(), "kid": nil}))
	a.refused("C01", "jwk of the attacker, kid of the issuer", by(foreign, Header{"jwk": foreign.JWK(), "kid": "rsa-1"}))
	for _, field := range []string{"jku", "x5u"} {
		a.refused("C02", field+" to a listener", func(t testing.TB) string {
			return a.iss.TokenBy(t, foreign, Header{field: trap(t) + "/keys"}, nil)
		})
		a.accepted("C02", field+" beside a good signature", func(t testing.TB) string { // ignored, never followed
			return a.iss.TokenBy(t, a.keys.rsa, Header{field: trap(t) + "/keys"}, nil)
		})
	}
	a.refused("C03", "x5c of the attacker", func(t testing.TB) string {
		key, _ := foreign.Private.(*rsa.PrivateKey)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "rsa-1"}, NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte("a good key"))
		return a.iss.TokenBy(t, foreign, Header{
			"kid": "rsa-1", "x5c": []string{base64.StdEncoding.EncodeToString(der)}, "x5t#S256": b64(sum[:]),
		}, nil)
	})
	for name, kid := range map[string]string{
		"path": "../../dev/null", "device": "/dev/null", "file URL": "file:///etc/passwd", "NUL": "rsa-1\x00", "long": strings.Repeat("k", 8<<10),
		"SQL": "x' UNION SELECT 'key", "shell": "$(id)", "log injection": "x\r\nlevel=INFO msg=\"token validated\" user=admin", "empty": "",
	} {
		a.refused("C04", "kid "+name, by(foreign, Header{"kid": kid}))
	}
	a.refused("C04", "kid URL", func(t testing.TB) string {
		return a.iss.TokenBy(t, foreign, Header{"kid": trap(t)}, nil)
	})
	a.refused("C04", "kid over 16 KiB", by(foreign, Header{"kid": strings.Repeat("k", 64<<10)}))
	a.refused("C04", "kid a number", by(a.keys.rsa, Header{"kid": 1}))
	a.accepted("C06", "no kid, key among the first that fit", by(a.keys.rsa, Header{"kid": nil}))
	a.refused("C06", "no kid, key not published", by(foreign, Header{"kid": nil}))
	a.accepted("C07", "first of two keys with one kid", by(a.keys.dup1, nil))
	a.accepted("C07", "second of two keys with one kid", by(a.keys.dup2, nil))
	a.refused("C07", "third key under that kid", by(foreign, Header{"kid": "dup"}))
	for name, header := range map[string]Header{
		"unknown name": {"crit": []string{"x"}, "x": 1}, "empty": {"crit": []string{}}, "alg": {"crit": []string{"alg"}},
		"absent name": {"crit": []string{"x"}}, "null": {"crit": Null},
	} {
		a.refused("C08", "crit "+name, by(a.keys.rsa, header))
	}
	a.refused("C09", "b64 false", by(a.keys.rsa, Header{"b64": false}))
	a.refused("C09", "b64 false with crit", by(a.keys.rsa, Header{"b64": false, "crit": []string{"b64"}}))
	a.refused("C09", "b64 false with crit and a bare payload", func(t testing.TB) string {
		input := b64([]byte(`{"alg":"RS256","kid":"rsa-1","b64":false,"crit":["b64"]}`)) + "." + string(a.payload(nil))
		return input + "." + b64(a.keys.rsa.Signature(t, "RS256", []byte(input)))
	})
}
