package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// FuzzDecodeObject: what is accepted is what encoding/json reads from it, and
// has each name once.
func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"b":[true,null,{"c":"d"}]}`, `{"a":1,"a":2}`, `{"a":{"b":1,"\u0062":2}}`, `{"a":"\ud800"}`, "\xef\xbb\xbf{}", `{} x`, `[]`,
		`{"a":1e300}`, `{"a":00}`, `{"a":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}`, "{\"\xff\":1}", `{"a":"�"}`, `{"A":1,"a":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeObject(data)
		if err != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want map[string]any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read as %v, by encoding/json as %v", got, want)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		for name := range got {
			quoted, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			twice := "{" + string(quoted) + ":null," + string(again[1:])
			if _, err := decodeObject([]byte(twice)); !errors.Is(err, errDuplicate) {
				t.Fatalf("%s: error is %v, want errDuplicate", twice, err)
			}
		}
	})
}

// FuzzParseToken: what is accepted has one spelling, and carries none of the
// fields that would change how it is verified.
func FuzzParseToken(f *testing.F) {
	part := base64.RawURLEncoding.EncodeToString
	for _, header := range []string{
		`{"alg":"RS256"}`, `{"alg":"RS256","kid":"k","typ":"at+jwt"}`, `{"alg":"RS256","crit":["x"]}`, `{"alg":"none"}`, `{"alg":1}`, `{"typ":"a/b;c=d","alg":"x"}`,
	} {
		f.Add(part([]byte(header)) + "." + part([]byte(`{"sub":"a"}`)) + ".AA")
	}
	f.Add("..")
	f.Add("a.b.c.d.e")
	f.Fuzz(func(t *testing.T, s string) {
		tok, err := parseToken(s)
		if err != nil {
			return
		}
		if tok.alg == "" && !bytes.Contains(tok.raw, []byte(".")) || len(s) > maxToken {
			t.Fatalf("accepted %q", s)
		}
		parts := bytes.Split(tok.raw, []byte("."))
		header, err := base64.RawURLEncoding.DecodeString(string(parts[0]))
		if err != nil || len(parts) != 3 {
			t.Fatalf("accepted %q", s)
		}
		if part(header) != string(parts[0]) || part(tok.payload) != string(parts[1]) || part(tok.signature) != string(parts[2]) {
			t.Fatalf("%q has a second spelling", s)
		}
		fields, err := decodeObject(header)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Collect(maps.Keys(fields)) {
			if slices.Contains([]string{"crit", "b64", "cty", "enc", "zip"}, name) {
				t.Fatalf("accepted with %s: %s", name, header)
			}
		}
	})
}

// FuzzParseKeySet: no panic, and nothing but strong public keys comes out.
func FuzzParseKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"RSA","n":"AQ","e":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := parseKeySet(data)
		if err != nil {
			return
		}
		if len(set.keys) == 0 || len(set.keys) > maxKeys {
			t.Fatalf("%d keys", len(set.keys))
		}
		for _, key := range set.keys {
			if kind, size, err := judge(key.public); err != nil || kind != key.kind || size != key.signatureSize {
				t.Fatalf("key %+v: %v", key, err)
			}
			if key.alg != "" && algorithms[key.alg].kind != key.kind {
				t.Fatalf("key of %s for %s", key.kind, key.alg)
			}
		}
	})
}
