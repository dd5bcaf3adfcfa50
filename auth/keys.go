package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

const (
	maxKeys       = 100  // of one set; the rest is not looked at
	maxTried      = 4    // keys that one token is tried against
	minModulus    = 2048 // bits of an RSA key
	maxModulus    = 8192 // larger ones cost milliseconds a token
	maxExponent   = 1<<31 - 1
	maxKeyIDBytes = 512
)

// algorithms are the signatures that can be allowed, by what they are made with.
var algorithms = map[string]struct {
	alg  jwa.SignatureAlgorithm
	kind string
}{
	"RS256": {jwa.RS256(), "RSA"}, "RS384": {jwa.RS384(), "RSA"}, "RS512": {jwa.RS512(), "RSA"},
	"PS256": {jwa.PS256(), "RSA"}, "PS384": {jwa.PS384(), "RSA"}, "PS512": {jwa.PS512(), "RSA"},
	"ES256": {jwa.ES256(), "P-256"}, "ES384": {jwa.ES384(), "P-384"}, "ES512": {jwa.ES512(), "P-521"},
	"EdDSA": {jwa.EdDSA(), "Ed25519"},
}

// verifyKey is one public key that may verify signatures.
type verifyKey struct {
	id            string
	anyID         bool   // verifies whatever kid a token names: the key came without an id
	alg           string // the only algorithm it may be used with; empty: any that fits kind
	kind          string // RSA, P-256, P-384, P-521, Ed25519
	signatureSize int
	public        crypto.PublicKey
	issuer        string // whose tokens it signs, where the set says so, as Microsoft's does; empty: the set's
}

// keySet is what a provider publishes, reduced to what may verify. Immutable.
type keySet struct {
	keys    []verifyKey
	skipped []string // why keys were left out, for the log
	notes   []string // what the log is to say of keys that are used
	private bool     // one of those had private parts
	issuer  string   // of the discovery document that led here, where that was not known before; empty: none did
	digest  [sha256.Size]byte
}

var errNoKeys = errors.New("the key set holds no key that may be used")

// parseKeySet reads a JWK set (RFC 7517). A key that is broken, private,
// symmetric, weak, or not meant for verifying is left out and the others stay;
// a set of which nothing stays is an error, so that it never replaces a good one.
func parseKeySet(data []byte) (*keySet, error) {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, errors.New("the answer is not a JSON key set")
	}
	set := &keySet{digest: sha256.Sum256(data)}
	for i, raw := range doc.Keys {
		if i == maxKeys {
			set.skipped = append(set.skipped, fmt.Sprintf("%d keys beyond the first %d", len(doc.Keys)-maxKeys, maxKeys))
			break
		}
		key, err := parseKey(raw)
		if err != nil {
			set.private = set.private || errors.Is(err, errPrivateKey)
			set.skipped = append(set.skipped, fmt.Sprintf("key %d: %v", i, err))
			continue
		}
		set.keys = append(set.keys, key)
	}
	if len(set.keys) == 0 {
		if len(set.skipped) > 0 {
			return nil, fmt.Errorf("%w (%s)", errNoKeys, set.skipped[0])
		}
		return nil, errNoKeys
	}
	return set, nil
}

var errPrivateKey = errors.New("holds private parts")

// parseKey reads one JWK and decides whether it may verify tokens.
func parseKey(raw []byte) (verifyKey, error) {
	fields, err := decodeObject(raw)
	if err != nil {
		return verifyKey{}, err
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		if _, there := fields[private]; there {
			return verifyKey{}, errPrivateKey
		}
	}
	key := verifyKey{}
	if id, there := fields["kid"]; there {
		var ok bool
		if key.id, ok = id.(string); !ok || len(key.id) > maxKeyIDBytes {
			return verifyKey{}, errors.New("kid is not a short string")
		}
	}
	if issuer, there := fields["issuer"]; there {
		var ok bool
		if key.issuer, ok = issuer.(string); !ok {
			return verifyKey{}, errors.New("issuer is not a string")
		}
	}
	if use, there := fields["use"]; there && use != "sig" {
		return verifyKey{}, errors.New("use is not sig")
	}
	if ops, there := fields["key_ops"]; there {
		if list, ok := ops.([]any); !ok || !slices.Contains(list, any("verify")) {
			return verifyKey{}, errors.New("key_ops has no verify")
		}
	}
	parsed, err := jwk.ParseKey(raw)
	if err != nil {
		return verifyKey{}, fmt.Errorf("not a key that is understood: %.200w", err)
	}
	var public any
	if err := jwk.Export(parsed, &public); err != nil {
		return verifyKey{}, fmt.Errorf("not a key that is understood: %.200w", err)
	}
	if key.kind, key.signatureSize, err = judge(public); err != nil {
		return verifyKey{}, err
	}
	key.public = public
	if alg, there := fields["alg"]; there {
		key.alg, _ = alg.(string)
		if algorithms[key.alg].kind != key.kind {
			return verifyKey{}, errors.New("alg does not fit the key")
		}
	}
	return key, nil
}

// judge says what a public key can verify, or why it may not.
func judge(public crypto.PublicKey) (kind string, signatureSize int, err error) {
	switch public := public.(type) {
	case *rsa.PublicKey:
		bits := public.N.BitLen()
		switch {
		case bits < minModulus || bits > maxModulus:
			return "", 0, fmt.Errorf("RSA key of %d bits, not %d to %d", bits, minModulus, maxModulus)
		case public.N.Bit(0) == 0:
			return "", 0, errors.New("RSA modulus is even")
		case public.E < 3 || public.E%2 == 0 || public.E > maxExponent:
			return "", 0, errors.New("RSA exponent is not odd, or out of range")
		case guessable(public.N):
			return "", 0, errors.New("RSA key whose primes can be guessed (ROCA, CVE-2017-15361)")
		}
		return "RSA", public.Size(), nil
	case *ecdsa.PublicKey:
		if _, err := public.ECDH(); err != nil { // also refuses a point off the curve
			return "", 0, errors.New("not a point of a curve that is supported")
		}
		return public.Params().Name, 2 * ((public.Params().BitSize + 7) / 8), nil
	case ed25519.PublicKey:
		if len(public) != ed25519.PublicKeySize {
			return "", 0, errors.New("Ed25519 key of a wrong size")
		}
		return "Ed25519", ed25519.SignatureSize, nil
	}
	return "", 0, errors.New("not a kind of key that verifies tokens")
}

// candidates are the keys that t may have been signed with: those of its kid,
// or all if it names none, that fit its algorithm. Two keys under one kid are
// both candidates, in the order published; no token is tried against more than
// maxTried.
func (s *keySet) candidates(t token) (fitting []verifyKey, known bool) {
	for _, key := range s.keys {
		if t.hasKid && !key.anyID && key.id != t.kid {
			continue
		}
		known = true
		if key.kind != algorithms[t.alg].kind || key.alg != "" && key.alg != t.alg {
			continue
		}
		if fitting = append(fitting, key); len(fitting) == maxTried {
			break
		}
	}
	return fitting, known
}

// verifies reports whether k made t's signature.
func (k verifyKey) verifies(t token) bool {
	if len(t.signature) != k.signatureSize {
		return false
	}
	payload, err := jws.VerifyCompactFast(k.public, t.raw, algorithms[t.alg].alg)
	return err == nil && string(payload) == string(t.payload)
}
