package issuer

import (
	"cmp"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Attack is one credential and the answer it must get from a server that
// trusts the issuer by URL and Audience and has every other rule at its default.
type Attack struct {
	Row  string // of the list of negative tests, such as A01
	Name string
	// Authorization is every value of the header. It may start listeners that
	// fail t if the server connects to them.
	Authorization func(t testing.TB) []string
	Accepted      bool // false: UNAUTHENTICATED
}

// Title names the attack as a subtest.
func (a Attack) Title() string { return a.Row + "_" + strings.ReplaceAll(a.Name, " ", "_") }

// Sendable reports whether values can go over HTTP/2 at all: a Go client
// refuses to send others.
func Sendable(values []string) bool {
	for _, v := range values {
		if v != strings.TrimSpace(v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			return false
		}
	}
	return true
}

// attacks collects the table.
type attacks struct {
	iss   *Issuer
	keys  attackKeys
	table []Attack
}

// attackKeys are what the issuer publishes while it is attacked.
type attackKeys struct {
	rsa, noAlg, enc, ops, oct, weak, one, even, dup1, dup2, ec, ec384, ed, ps Key
	foreign, octShort                                                         Key // foreign is not published
}

// Attacks is the whole table for iss. It has iss publish, after its own keys,
// the keys that the attacks are about, most of which must never verify anything.
func Attacks(t testing.TB, iss *Issuer) []Attack {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	k := attackKeys{
		rsa:      iss.Keys()[0],
		noAlg:    RSA(t, "no-alg", 2048).With(map[string]any{"alg": nil}),
		enc:      RSA(t, "enc", 2048).With(map[string]any{"use": "enc"}),
		ops:      RSA(t, "ops", 2048).With(map[string]any{"use": nil, "key_ops": []string{"encrypt", "wrapKey"}}),
		oct:      Oct("oct", secret),
		octShort: Oct("oct-short", secret[:8]),
		weak:     RSA(t, "weak", 1024),
		one:      RSA(t, "one", 2048).With(map[string]any{"e": "AQ"}),
		even:     RSA(t, "even", 2048).With(map[string]any{"e": "Ag"}),
		dup1:     RSA(t, "dup-1", 2048),
		dup2:     RSA(t, "dup-2", 2048),
		ec:       EC(t, "ec", elliptic.P256()),
		ec384:    EC(t, "ec384", elliptic.P384()).With(map[string]any{"alg": nil}),
		ed:       Ed25519(t, "ed"),
		ps:       RSA(t, "ps", 2048).With(map[string]any{"alg": nil}),
		foreign:  RSA(t, "foreign", 2048),
	}
	k.dup1.ID, k.dup2.ID = "dup", "dup"
	iss.SetKeys(k.rsa, k.noAlg, k.enc, k.ops, k.oct, k.octShort, k.weak, k.one, k.even, k.dup1, k.dup2, k.ec, k.ec384, k.ed, k.ps)
	a := &attacks{iss: iss, keys: k}
	a.shapes()
	a.headers()
	a.algorithms()
	a.keyChoice()
	a.claims()
	a.names()
	a.uses()
	slices.SortStableFunc(a.table, func(x, y Attack) int {
		return cmp.Or(strings.Compare(x.Row, y.Row), strings.Compare(x.Name, y.Name))
	})
	return a.table
}

// header adds a row that is about the whole header.
func (a *attacks) header(row, name string, accepted bool, values func(t testing.TB) []string) {
	a.table = append(a.table, Attack{Row: row, Name: name, Accepted: accepted, Authorization: values})
}

// refused and accepted add a row that is about one token.
func (a *attacks) refused(row, name string, token func(t testing.TB) string) {
	a.header(row, name, false, func(t testing.TB) []string { return []string{"Bearer " + token(t)} })
}

func (a *attacks) accepted(row, name string, token func(t testing.TB) string) {
	a.header(row, name, true, func(t testing.TB) []string { return []string{"Bearer " + token(t)} })
}

// good is a token that is accepted.
func (a *attacks) good(t testing.TB) string { return a.iss.Token(t, nil) }

// payload is a good token's claims.
func (a *attacks) payload(claims Claims) []byte { return encode(a.iss.Claims(claims)) }

// rawPayload signs bytes that are no ordinary claims.
func (a *attacks) rawPayload(t testing.TB, payload string) string {
	return Sign(t, a.keys.rsa, nil, []byte(payload))
}

// rawHeader signs ordinary claims under a header of any bytes.
func (a *attacks) rawHeader(t testing.TB, header string) string {
	return SignRaw(t, a.keys.rsa, []byte(header), a.payload(nil))
}

// shapes are the rows of table 4.A that are about the token.
func (a *attacks) shapes() {
	parts := func(t testing.TB) (header, payload, signature string) {
		p := strings.Split(a.good(t), ".")
		return p[0], p[1], p[2]
	}
	outer := func(fields map[string]any) string {
		for name, v := range a.iss.Claims(Claims{"sub": "admin"}) {
			fields[name] = v
		}
		return string(encode(fields))
	}
	a.refused("A01", "flattened JSON with another subject outside", func(t testing.TB) string {
		h, p, s := parts(t)
		return outer(map[string]any{"protected": h, "payload": p, "signature": s})
	})
	a.refused("A02", "general JSON", func(t testing.TB) string {
		h, p, s := parts(t)
		return outer(map[string]any{"payload": p, "signatures": []any{map[string]any{"protected": h, "signature": s}}})
	})
	a.refused("A03", "general JSON with one bad signature", func(t testing.TB) string {
		h, p, s := parts(t)
		return outer(map[string]any{"payload": p, "signatures": []any{
			map[string]any{"protected": h, "signature": b64(make([]byte, 256))},
			map[string]any{"protected": h, "signature": s},
		}})
	})
	a.refused("A04", "claims without signature", func(testing.TB) string { return string(a.payload(nil)) })
	a.refused("A05", "JWE", func(testing.TB) string {
		return b64([]byte(`{"alg":"RSA-OAEP","enc":"A128GCM"}`)) + ".AAAA.AAAA.AAAA.AAAA"
	})
	a.refused("A05", "JWE with two thousand million rounds", func(testing.TB) string {
		return b64([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}`)) + ".AAAA.AAAA.AAAA.AAAA"
	})
	for name, form := range map[string]func(h, p, s string) string{
		"one part": func(h, _, _ string) string { return h }, "two parts": func(h, p, _ string) string { return h + "." + p },
		"four parts":      func(h, p, s string) string { return h + "." + p + "." + s + "." + s },
		"empty header":    func(_, p, s string) string { return "." + p + "." + s },
		"empty payload":   func(h, _, s string) string { return h + ".." + s },
		"empty signature": func(h, p, _ string) string { return h + "." + p + "." },
		"only dots":       func(_, _, _ string) string { return ".." },
		"four dots":       func(_, _, _ string) string { return "...." },
	} {
		a.refused("A06", name, func(t testing.TB) string { return form(parts(t)) })
	}
	padded := func(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4) }
	pad := func(b []byte) []byte { // so that its base64 needs padding
		for len(b)%3 == 0 {
			b = append(b, ' ')
		}
		return b
	}
	a.refused("A07", "padding inside", func(t testing.TB) string {
		input := padded(b64(pad([]byte(`{"alg":"RS256","kid":"rsa-1"}`)))) + "." + padded(b64(pad(a.payload(nil))))
		return input + "." + b64(a.keys.rsa.Signature(t, "RS256", []byte(input)))
	})
	a.refused("A07", "padding at the end", func(t testing.TB) string { return padded(a.good(t)) + "=" })
	a.refused("A07", "standard alphabet", func(t testing.TB) string {
		sub := a.payload(Claims{"sub": "a", "x": "~~~???>>>"})
		input := b64([]byte(`{"alg":"RS256","kid":"rsa-1"}`)) + "." + base64.RawStdEncoding.EncodeToString(sub)
		return input + "." + base64.RawStdEncoding.EncodeToString(a.keys.rsa.Signature(t, "RS256", []byte(input)))
	})
	a.refused("A07", "stray bits in the last character", func(t testing.TB) string {
		h, p, s := parts(t) // 256 bytes leave four bits of the last character unused
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		last := strings.IndexByte(alphabet, s[len(s)-1])
		return h + "." + p + "." + s[:len(s)-1] + string(alphabet[last^1])
	})
	for name, form := range map[string][2]string{
		"leading blank": {" ", ""}, "trailing blank": {"", " "}, "leading line end": {"\n", ""},
		"trailing line end": {"", "\n"}, "trailing CRLF": {"", "\r\n"}, "trailing NUL": {"", "\x00"},
	} {
		a.refused("A10", name, func(t testing.TB) string { return form[0] + a.good(t) + form[1] })
	}
	a.refused("A10", "line end inside a part", func(t testing.TB) string {
		h, p, s := parts(t)
		return h + "." + p + "." + s[:20] + "\n" + s[20:]
	})
	a.texts()
	a.refused("A14", "nested token", func(t testing.TB) string {
		return Sign(t, a.keys.rsa, Header{"cty": "JWT"}, []byte(a.good(t)))
	})
	a.refused("A14", "cty over ordinary claims", func(t testing.TB) string {
		return a.iss.TokenBy(t, a.keys.rsa, Header{"cty": "JWT"}, nil)
	})
	a.refused("A15", "over 16 KiB", func(t testing.TB) string {
		return a.iss.Token(t, Claims{"x": strings.Repeat("x", 13<<10)})
	})
	a.accepted("A15", "just under 16 KiB", func(t testing.TB) string {
		return a.iss.Token(t, Claims{"x": strings.Repeat("x", 11<<10)})
	})
}

// texts are rows A11 to A13: JSON that readers disagree about.
func (a *attacks) texts() {
	const header = `{"alg":"RS256","kid":"rsa-1"}`
	body := string(a.payload(nil))
	open, inner := "{", body[1:len(body)-1]
	for name, json := range map[string]string{
		"invalid UTF-8":             open + "\"x\":\"\xff\"," + inner + "}",
		"half a surrogate pair":     open + `"x":"\ud800",` + inner + "}",
		"byte order mark":           "\xef\xbb\xbf" + body,
		"garbage after the object":  body + "x",
		"second object":             body + body,
		"array":                     "[" + body + "]",
		"string":                    `"alice"`,
		"null":                      "null",
		"nested 3000 deep":          open + `"x":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "," + inner + "}",
		"number of 10000 digits":    `{"x":` + strings.Repeat("9", 10000) + "," + inner + "}",
		"comment":                   open + "/**/" + inner + "}",
		"trailing comma":            open + inner + ",}",
		"single quotes":             open + `'x':1,` + inner + "}",
		"NaN":                       open + `"x":NaN,` + inner + "}",
		"unescaped control in name": open + "\"x\n\":1," + inner + "}",
	} {
		a.refused("A11", "claims "+name, func(t testing.TB) string { return a.rawPayload(t, json) })
	}
	for name, json := range map[string]string{
		"invalid UTF-8":            "{\"x\":\"\xff\"," + header[1:],
		"byte order mark":          "\xef\xbb\xbf" + header,
		"garbage after the object": header + "x",
		"array":                    "[" + header + "]",
		"nested 3000 deep":         `{"x":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "," + header[1:],
	} {
		a.refused("A11", "header "+name, func(t testing.TB) string { return a.rawHeader(t, json) })
	}
	for name, json := range map[string]string{
		"alg": `{"alg":"none","alg":"RS256","kid":"rsa-1"}`, "kid": `{"alg":"RS256","kid":"x","kid":"rsa-1"}`,
		"escaped alg": `{"\u0061lg":"none","alg":"RS256","kid":"rsa-1"}`,
	} {
		a.refused("A12", "duplicate "+name, func(t testing.TB) string { return a.rawHeader(t, json) })
	}
	for name, member := range map[string]string{
		"sub": `"sub":"admin"`, "aud": `"aud":"other"`, "groups": `"groups":["admins"]`, "exp": `"exp":1`,
		"iss": `"iss":"https://other.example"`, "escaped sub": `"s\u0075b":"admin"`,
		"nested": `"x":{"y":1,"y":2}`,
	} {
		a.refused("A13", "duplicate "+name, func(t testing.TB) string { return a.rawPayload(t, "{"+member+","+inner+"}") })
	}
}

// headers are rows A16 and G02: the header around the token.
func (a *attacks) headers() {
	for name, form := range map[string]func(token string) []string{
		"no value":             func(string) []string { return nil },
		"empty value":          func(string) []string { return []string{""} },
		"no token":             func(string) []string { return []string{"Bearer"} },
		"a blank and no token": func(string) []string { return []string{"Bearer "} },
		"two blanks":           func(tok string) []string { return []string{"Bearer  " + tok} },
		"tab":                  func(tok string) []string { return []string{"Bearer\t" + tok} },
		"blank before":         func(tok string) []string { return []string{" Bearer " + tok} },
		"no scheme":            func(tok string) []string { return []string{tok} },
		"another scheme":       func(tok string) []string { return []string{"Token " + tok} },
		"scheme with colon":    func(tok string) []string { return []string{"Bearer: " + tok} },
		"Basic garbage":        func(string) []string { return []string{"Basic !!!!"} },
		"Basic with another's": func(tok string) []string {
			return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("bob:"+tok))}
		},
		"Negotiate with the token": func(tok string) []string { return []string{"Negotiate " + tok} },
		"token and a parameter":    func(tok string) []string { return []string{"Bearer " + tok + " x=1"} },
		"quoted token":             func(tok string) []string { return []string{`Bearer "` + tok + `"`} },
	} {
		a.header("A16", name, false, func(t testing.TB) []string { return form(a.good(t)) })
	}
	for _, scheme := range []string{"bearer", "BEARER", "bEaReR"} {
		a.header("A16", "scheme "+scheme, true, func(t testing.TB) []string { return []string{scheme + " " + a.good(t)} })
	}
	bad := func(t testing.TB) string { return a.iss.TokenBy(t, a.keys.foreign, nil, nil) }
	for name, form := range map[string]func(good, bad string) []string{
		"good and bad value":       func(g, b string) []string { return []string{"Bearer " + g, "Bearer " + b} },
		"bad and good value":       func(g, b string) []string { return []string{"Bearer " + b, "Bearer " + g} },
		"the same value twice":     func(g, _ string) []string { return []string{"Bearer " + g, "Bearer " + g} },
		"good and empty value":     func(g, _ string) []string { return []string{"Bearer " + g, ""} },
		"two in one value":         func(g, b string) []string { return []string{"Bearer " + g + ", Bearer " + b} },
		"two in one without blank": func(g, b string) []string { return []string{"Bearer " + g + ",Bearer " + b} },
		"two tokens in one scheme": func(g, b string) []string { return []string{"Bearer " + g + "," + b} },
	} {
		a.header("G02", name, false, func(t testing.TB) []string { return form(a.good(t), bad(t)) })
	}
}

// trap is an HTTP listener that fails t if anybody connects.
func trap(t testing.TB) string {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateNew {
			t.Errorf("the server connected to an address from a token's header, from %s", c.RemoteAddr())
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}
