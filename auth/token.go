package auth

import (
	"encoding/base64"
	"mime"
	"strings"
)

// maxToken is the size in bytes of the largest token that is looked at.
const maxToken = 16 << 10

// token is a compact JWS (RFC 7515, section 7.1) taken apart, nothing of it
// verified.
type token struct {
	raw       []byte
	alg       string
	kid       string
	hasKid    bool
	typ       string // without "application/", in lower case; empty if absent
	payload   []byte
	claims    map[string]any
	signature []byte
}

// parseToken reads the one form of token that is accepted. What is refused
// here is refused before any library has seen it.
func parseToken(s string) (token, error) {
	t, err := parseJWS(s)
	if err != nil {
		return token{}, err
	}
	if t.claims, err = decodeObject(t.payload); err != nil {
		return malformed("claims: " + err.Error())
	}
	return t, nil
}

func malformed(reason string) (token, error) {
	return token{}, refuse("Malformed token: " + reason)
}

// parseJWS is parseToken for a payload of any kind: claims stays empty.
func parseJWS(s string) (token, error) {
	if len(s) > maxToken {
		return malformed("too long")
	}
	parts := strings.SplitN(s, ".", 4)
	if len(parts) != 3 {
		return malformed("not three parts")
	}
	header, ok1 := decodePart(parts[0])
	payload, ok2 := decodePart(parts[1])
	signature, ok3 := decodePart(parts[2])
	if !ok1 || !ok2 || !ok3 {
		return malformed("a part is empty or not base64url")
	}
	t := token{raw: []byte(s), payload: payload, signature: signature}
	fields, err := decodeObject(header)
	if err != nil {
		return malformed("header: " + err.Error())
	}
	if reason := t.readHeader(fields); reason != "" {
		return malformed("header: " + reason)
	}
	return t, nil
}

// readHeader takes the header's fields, or says what is wrong with one.
// Fields that would choose a key (jwk, jku, x5u, x5c, x5t) are never read.
func (t *token) readHeader(fields map[string]any) string {
	for _, name := range []string{"crit", "b64", "cty", "enc", "zip"} {
		if _, there := fields[name]; there {
			return name + " is not supported"
		}
	}
	var ok bool
	if t.alg, ok = fields["alg"].(string); !ok {
		return "alg is not a string"
	}
	if kid, there := fields["kid"]; there {
		if t.kid, t.hasKid = kid.(string); !t.hasKid {
			return "kid is not a string"
		}
	}
	if typ, there := fields["typ"]; there {
		text, ok := typ.(string)
		if !ok {
			return "typ is not a string"
		}
		if t.typ = mediaType(text); t.typ == "" {
			return "typ is not a media type"
		}
	}
	return ""
}

// mediaType is a typ value as RFC 7515, section 4.1.9, has it compared: case
// does not count, and "application/" may be left out. Empty if it is none.
func mediaType(typ string) string {
	parsed, params, err := mime.ParseMediaType(typ)
	if err != nil || len(params) > 0 {
		return ""
	}
	return strings.TrimPrefix(parsed, "application/")
}

var partEncoding = base64.RawURLEncoding.Strict()

// decodePart reads one part. The alphabet is checked first, since Go's decoder
// skips line ends; Strict has one text for each value.
func decodePart(s string) ([]byte, bool) {
	if s == "" {
		return nil, false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return nil, false
		}
	}
	b, err := partEncoding.DecodeString(s)
	return b, err == nil
}
