package vectors

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/c2sp/wycheproof"
	"github.com/go-jose/go-jose/v4"
)

const (
	trustedIssuer   = "https://idp.example"
	trustedAudience = "lakegate"
)

// now is what both verifiers take for the time.
var now = time.Unix(1_800_000_000, 0)

// member is one name of a JSON object with the text of its value.
type member struct{ name, value string }

// draft is a token before it is signed. Names may occur twice.
type draft struct {
	header, claims []member
	key            string // the signer, of the keys of workshop
	alg            string // how it signs, whatever the header says
	spoil          func(text string) string
	note           []string // which mutations
}

// set gives name a value in list, in its place or at the end.
func set(list []member, name, value string) []member {
	for i := range list {
		if list[i].name == name {
			list[i].value = value
			return list
		}
	}
	return append(list, member{name, value})
}

func drop(list []member, name string) []member {
	return slices.DeleteFunc(list, func(m member) bool { return m.name == name })
}

// object writes list as JSON, as it stands.
func object(list []member) string {
	var parts []string
	for _, m := range list {
		parts = append(parts, `"`+m.name+`":`+m.value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// workshop has the keys, of which public is the published half.
type workshop struct {
	private map[string]any
	public  jose.JSONWebKeySet
}

// newWorkshop takes RSA keys from Wycheproof and makes the others of fixed
// bytes, so that a run can be repeated.
func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, "json_web_signature_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	borrowed := func(comment string) *rsa.PrivateKey {
		for _, g := range all.TestGroups {
			var key jose.JSONWebKey
			if g.Comment != comment || key.UnmarshalJSON(g.Private) != nil {
				continue
			}
			if private, ok := key.Key.(*rsa.PrivateKey); ok {
				return private
			}
		}
		t.Fatalf("there is no RSA key in a group %q", comment)
		return nil
	}
	ec := func(seed string) *ecdsa.PrivateKey {
		sum := sha256.Sum256([]byte(seed))
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	seed := sha256.Sum256([]byte("ed"))
	w := &workshop{private: map[string]any{
		"rsa": borrowed("rs256"), "open": borrowed("ps256"), "enc": borrowed("rsa_encryption"),
		"ec": ec("ec"), "ec2": ec("ec2"), "ed": ed25519.NewKeyFromSeed(seed[:]), "stranger": ec("stranger"),
	}}
	for _, k := range []jose.JSONWebKey{
		{KeyID: "rsa", Algorithm: "RS256", Use: "sig"},
		{KeyID: "open", Use: "sig"},
		{KeyID: "enc", Use: "enc"},
		{KeyID: "ec", Algorithm: "ES256", Use: "sig"},
		{KeyID: "ec2"},
		{KeyID: "ed", Algorithm: "EdDSA", Use: "sig"},
	} {
		signer, ok := w.private[k.KeyID].(crypto.Signer)
		if !ok {
			t.Fatalf("%s cannot sign", k.KeyID)
		}
		k.Key = signer.Public()
		w.public.Keys = append(w.public.Keys, k)
	}
	return w
}

// text signs d and spoils what comes out.
func (w *workshop) text(t *testing.T, d draft) string {
	t.Helper()
	part := base64.RawURLEncoding.EncodeToString
	input := part([]byte(object(d.header))) + "." + part([]byte(object(d.claims)))
	text := input + "." + part(w.sign(t, d, []byte(input)))
	if d.spoil != nil {
		text = d.spoil(text)
	}
	return text
}

func (w *workshop) sign(t *testing.T, d draft, input []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(input)
	var sig []byte
	var err error
	switch key := w.private[d.key].(type) {
	case *rsa.PrivateKey:
		switch d.alg {
		case "PS256":
			sig, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		case "HS256": // the public half as a shared secret
			mac := hmac.New(sha256.New, key.N.Bytes())
			mac.Write(input)
			sig = mac.Sum(nil)
		default:
			sig, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		}
	case *ecdsa.PrivateKey:
		var der []byte
		der, err = key.Sign(nil, digest[:], crypto.SHA256) // no randomness: RFC 6979
		var pair struct{ R, S *big.Int }
		if _, parseErr := asn1.Unmarshal(der, &pair); err == nil {
			err = parseErr
		}
		if err == nil {
			sig = append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
		}
	case ed25519.PrivateKey:
		sig = ed25519.Sign(key, input)
	}
	if err != nil {
		t.Fatalf("sign with %s: %v", d.key, err)
	}
	return sig
}

// signers are the keys that tokens begin with, and their algorithms.
var signers = []struct{ key, alg string }{
	{"rsa", "RS256"}, {"open", "RS256"}, {"open", "PS256"}, {"ec", "ES256"}, {"ec2", "ES256"}, {"ed", "EdDSA"},
}

// fresh is a token that both accept.
func fresh(r *mathrand.Rand) draft {
	s := signers[r.IntN(len(signers))]
	return draft{
		key: s.key, alg: s.alg,
		header: []member{{"alg", quoted(s.alg)}, {"kid", quoted(s.key)}, {"typ", `"JWT"`}},
		claims: []member{
			{"iss", quoted(trustedIssuer)},
			{"aud", quoted(trustedAudience)},
			{"sub", `"alice"`},
			{"iat", fmt.Sprint(now.Unix() - 60)},
			{"exp", fmt.Sprint(now.Unix() + 600)},
		},
	}
}

func quoted(s string) string { return `"` + s + `"` }

// The values that names are given, each a JSON text.
var (
	headerValues = map[string][]string{
		"alg": {`"RS256"`, `"RS384"`, `"PS256"`, `"ES256"`, `"ES384"`, `"EdDSA"`, `"HS256"`, `"none"`, `"None"`, `"rs256"`, `""`, `null`, `256`, `["RS256"]`},
		"kid": {
			`"rsa"`, `"open"`, `"enc"`, `"ec"`, `"ec2"`, `"ed"`, `"unknown"`, `""`, `"RSA"`, `"rsa "`, `null`, `7`, `["rsa"]`, `"../../dev/null"`,
		},
		"typ": {`"JWT"`, `"jwt"`, `"at+jwt"`, `"application/at+jwt"`, `"logout+jwt"`, `"dpop+jwt"`, `""`, `null`, `1`},
		"cty": {`"JWT"`, `"json"`, `""`}, "crit": {`["exp"]`, `["b64"]`, `[]`, `null`, `["alg"]`, `"exp"`}, "b64": {`false`, `true`, `null`},
		"zip": {`"DEF"`, `null`}, "enc": {`"A128GCM"`}, "x": {`1`, `"\u0041"`, `{"y":1,"y":2}`, `1e999`, `[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]`, "\"\xff\"", `"\ud800"`},
		"jku": {`"https://evil.example/keys"`}, "x5u": {`"https://evil.example/chain"`}, "x5t": {`"AAAA"`, `1`}, "x5c": {`["AAAA"]`, `[]`, `1`}, "nonce": {`"n"`, `1`},
		"jwk": {`{"kty":"oct","k":"AAAA"}`, `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, `{}`, `null`, `"x"`},
	}
	dates = func() []string {
		list := []string{`null`, `true`, `"1800000600"`, `"2030-01-01T00:00:00Z"`, `-1`, `0`, `1e300`, `1.8e9`, `1800000600000`, `[1800000600]`, `{}`, `1800000600.5`, `18000006000000000000`}
		for _, d := range []int64{-3600, -2, -1, 0, 1, 2, 3600} {
			list = append(list, fmt.Sprint(now.Unix()+d), fmt.Sprintf("%d.5", now.Unix()+d))
		}
		return list
	}()
	claimValues = map[string][]string{
		"exp": dates, "nbf": dates, "iat": dates,
		"iss": {`"https://idp.example/"`, `"HTTPS://idp.example"`, `"https://idp.example "`, `""`, `null`, `1`, `["https://idp.example"]`, `"https:\/\/idp.example"`},
		"aud": {
			`["lakegate"]`, `["other","lakegate"]`, `["other"]`, `"other"`, `""`, `[]`, `null`, `1`, `["lakegate",1]`, `["lakegate",null]`, `"Lakegate"`, `"lakegate "`, `{"0":"lakegate"}`, `["lakegate",["x"]]`,
		},
		"sub": {`"bob"`, `""`, `" "`, `null`, `7`, `["alice"]`, `"a\u0000b"`, `"\u202eecila"`, `"e\u0301"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud800"`, `"al\u0069ce"`, `"` + strings.Repeat("x", 2000) + `"`},
		"jti": {`"x"`, `1`, `null`}, "cnf": {`{"jkt":"x"}`, `null`}, "nonce": {`"n"`}, "at_hash": {`"h"`}, "token_use": {`"id"`, `"access"`, `1`},
		"groups": {`["a"]`, `"a"`, `[1]`, `{"a":1}`, `null`}, "scope": {`"read"`, `["read"]`, `1`}, "scp": {`"write"`},
		"x": {`{"y":1,"y":2}`, `1e999`, `[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]`, "\"\xff\"", `"\ud800"`, strings.Repeat("9", 100), `"` + strings.Repeat("x", 20<<10) + `"`},
	}
)

// mutate changes d in one way.
func mutate(r *mathrand.Rand, d draft) draft {
	note := func(format string, args ...any) { d.note = append(d.note, fmt.Sprintf(format, args...)) }
	list, values, where := &d.header, headerValues, "header"
	if r.IntN(5) < 3 {
		list, values, where = &d.claims, claimValues, "claim"
	}
	name := pick(r, slices.Sorted(keysOf(values)))
	value := pick(r, values[name])
	switch n := r.IntN(20); {
	case n < 9:
		*list = set(*list, name, value)
		note("%s %s=%.40s", where, name, value)
	case n < 11:
		*list = drop(*list, name)
		note("%s %s dropped", where, name)
	case n < 13:
		if r.IntN(2) == 0 {
			*list = append(*list, member{name, value})
		} else {
			*list = append([]member{{name, value}}, *list...)
		}
		note("%s %s once more=%.40s", where, name, value)
	case n < 14:
		name = strings.ToUpper(name)
		*list = append(*list, member{name, value})
		note("%s %s=%.40s", where, name, value)
	case n < 15: // signed by another key, or by the same in another way
		d.key = pick(r, []string{"rsa", "open", "enc", "ec", "ec2", "ed", "stranger"})
		d.alg = pick(r, []string{"RS256", "PS256", "HS256"})
		note("signed with %s, by %s where that is RSA", d.key, d.alg)
	case n < 16: // all of it: alg, key, kid, as an attacker who has read the code would
		d.key, d.alg = "enc", "RS256"
		d.header = set(set(d.header, "alg", `"RS256"`), "kid", `"enc"`)
		note("the key for encryption signs")
	default:
		d.spoil = spoil(r, note)
	}
	return d
}

// spoil changes a finished token.
func spoil(r *mathrand.Rand, note func(string, ...any)) func(string) string {
	at, bit, which := r.Float64(), byte(1)<<r.IntN(8), r.IntN(3)
	inPart := func(change func(b []byte) []byte) func(string) string {
		return func(s string) string {
			parts := strings.Split(s, ".")
			b, err := base64.RawURLEncoding.DecodeString(parts[which])
			if err == nil && len(b) > 0 {
				parts[which] = base64.RawURLEncoding.EncodeToString(change(b))
			}
			return strings.Join(parts, ".")
		}
	}
	type way struct {
		name   string
		change func(string) string
	}
	w := pick(r, []way{
		{"one bit of a part", inPart(func(b []byte) []byte { b[int(at*float64(len(b)))] ^= bit; return b })},
		{"a part cut short", inPart(func(b []byte) []byte { return b[:int(at*float64(len(b)))] })},
		{"a part made longer", inPart(func(b []byte) []byte { return append(b, bit) })},
		{"a part empty", inPart(func([]byte) []byte { return nil })},
		{"zeros for a part", inPart(func(b []byte) []byte { clear(b); return b })},
		{"one bit of the text", func(s string) string { b := []byte(s); b[int(at*float64(len(b)))] ^= bit; return string(b) }},
		{"cut short", func(s string) string { return s[:int(at*float64(len(s)))] }},
		{"padding at the end", func(s string) string { return s + strings.Repeat("=", 1+which) }},
		{"padding after the header", func(s string) string { return strings.Replace(s, ".", "=.", 1) }},
		{"blank before", func(s string) string { return " " + s }},
		{"line end after", func(s string) string { return s + "\n" }},
		{"line end inside", func(s string) string { i := int(at * float64(len(s))); return s[:i] + "\n" + s[i:] }},
		{"four parts", func(s string) string { return s + ".AAAA" }},
		{"five parts", func(s string) string { return s + ".AAAA.AAAA" }},
		{"alphabet of plain base64", func(s string) string { return strings.NewReplacer("-", "+", "_", "/").Replace(s) }},
		{"stray bits at the end", func(s string) string {
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			i := strings.IndexByte(alphabet, s[len(s)-1])
			return s[:len(s)-1] + string(alphabet[i^1])
		}},
		{"the form in JSON", func(s string) string {
			p := strings.Split(s, ".")
			return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, p[0], p[1], p[2])
		}},
	})
	note("%s (%d)", w.name, which)
	return w.change
}

func pick[E any](r *mathrand.Rand, list []E) E { return list[r.IntN(len(list))] }

func keysOf(m map[string][]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
