package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256.New
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
)

// Key is a signing key and the way it is published.
type Key struct {
	ID      string         // kid; empty: published and used without
	Alg     string         // what tokens are signed with
	Private any            // *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey or []byte
	Extra   map[string]any // members of the JWK to add; nil values remove one
}

var (
	rsaMu   sync.Mutex
	rsaKeys = map[string]*rsa.PrivateKey{} // making one takes long, and tests need only that they differ
)

// RSA is a key of that many bits for RS256. Equal ids and sizes give the same key.
func RSA(t testing.TB, id string, bits int) Key {
	t.Helper()
	rsaMu.Lock()
	defer rsaMu.Unlock()
	name := fmt.Sprint(id, "/", bits)
	if rsaKeys[name] == nil {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatalf("make an RSA key of %d bits: %v", bits, err)
		}
		rsaKeys[name] = key
	}
	return Key{ID: id, Alg: "RS256", Private: rsaKeys[name]}
}

// EC is a new key on curve for the algorithm that goes with it.
func EC(t testing.TB, id string, curve elliptic.Curve) Key {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	alg := map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[curve.Params().BitSize]
	return Key{ID: id, Alg: alg, Private: key}
}

// Ed25519 is a new key for EdDSA.
func Ed25519(t testing.TB, id string) Key {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: id, Alg: "EdDSA", Private: key}
}

// Oct is a shared secret for HS256.
func Oct(id string, secret []byte) Key { return Key{ID: id, Alg: "HS256", Private: secret} }

// With is k published with these members added or, where nil, removed.
func (k Key) With(members map[string]any) Key {
	k.Extra = maps.Clone(k.Extra)
	if k.Extra == nil {
		k.Extra = map[string]any{}
	}
	maps.Copy(k.Extra, members)
	return k
}

// JWK is the published form: the public part, but all of a shared secret.
func (k Key) JWK() map[string]any {
	m := map[string]any{"use": "sig", "alg": k.Alg}
	if k.ID != "" {
		m["kid"] = k.ID
	}
	switch key := k.Private.(type) {
	case *rsa.PrivateKey:
		m["kty"] = "RSA"
		m["n"] = b64(key.N.Bytes())
		m["e"] = b64(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PrivateKey:
		size := (key.Params().BitSize + 7) / 8
		point, _ := key.PublicKey.Bytes() // 0x04, X, Y; a key that Go made is on its curve
		m["kty"], m["crv"] = "EC", key.Params().Name
		m["x"], m["y"] = b64(point[1:1+size]), b64(point[1+size:])
	case ed25519.PrivateKey:
		m["kty"], m["crv"] = "OKP", "Ed25519"
		m["x"] = b64(key[32:])
	case []byte:
		m["kty"], m["k"] = "oct", b64(key)
	}
	for name, v := range k.Extra {
		if v == nil {
			delete(m, name)
		} else {
			m[name] = v
		}
	}
	return m
}

// Public is the public half.
func (k Key) Public() crypto.PublicKey {
	if s, ok := k.Private.(crypto.Signer); ok {
		return s.Public()
	}
	return nil
}

// JWKS is the key set document that holds keys.
func JWKS(keys ...Key) []byte {
	list := make([]map[string]any, 0, len(keys))
	for _, k := range keys {
		list = append(list, k.JWK())
	}
	return encode(map[string]any{"keys": list})
}

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// Signature signs input by alg, whether or not that is what k is for.
func (k Key) Signature(t testing.TB, alg string, input []byte) []byte {
	t.Helper()
	if key, ok := k.Private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(key, input)
	}
	hash := hashes[alg[2:]]
	if key, ok := k.Private.([]byte); ok {
		mac := hmac.New(hash.New, key)
		mac.Write(input)
		return mac.Sum(nil)
	}
	h := hash.New()
	h.Write(input)
	var sig []byte
	var err error
	switch key := k.Private.(type) {
	case *rsa.PrivateKey:
		if strings.HasPrefix(alg, "PS") {
			sig, err = rsa.SignPSS(rand.Reader, key, hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			sig, err = rsa.SignPKCS1v15(rand.Reader, key, hash, h.Sum(nil))
		}
	case *ecdsa.PrivateKey:
		r, s, signErr := ecdsa.Sign(rand.Reader, key, h.Sum(nil))
		if err = signErr; err == nil {
			size := (key.Params().BitSize + 7) / 8
			sig = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
	}
	if err != nil {
		t.Fatalf("sign by %s: %v", alg, err)
	}
	return sig
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func encode(v any) []byte {
	b, _ := json.Marshal(v) // tests give encodable values; others show as an empty answer
	return b
}
