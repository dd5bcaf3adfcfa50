package vectors

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// fields are the header and the claims of a token as a lenient reader has them.
type fields struct{ header, claims map[string]any }

// class is one thing that the two verifiers disagree on. It is recognised by
// what the one that refuses says.
type class struct {
	name   string
	ours   string            // our reason begins so; empty: we accept
	theirs string            // go-jose's error holds this; empty: it accepts
	when   func(fields) bool // further condition; nil: none
	right  string            // who is, by the section
	by     string            // the section that decides
}

// Who is right.
const (
	we     = "Lakegate"
	they   = "go-jose"
	either = "both"
)

func claimIs(name string, values ...any) func(fields) bool {
	return func(f fields) bool { return slices.Contains(values, f.claims[name]) }
}

func claimAbsent(name string) func(fields) bool {
	return func(f fields) bool { _, there := f.claims[name]; return !there }
}

func kidIs(kid string) func(fields) bool {
	return func(f fields) bool { return f.header["kid"] == kid }
}

// fraction reports that the date of that name has one.
func fraction(name string) func(fields) bool {
	return func(f fields) bool {
		n, ok := f.claims[name].(json.Number)
		return ok && strings.Contains(n.String(), ".") && !strings.ContainsAny(n.String(), "eE")
	}
}

// odd reports that the date of that name is negative or written with an exponent.
func odd(name string) func(fields) bool {
	return func(f fields) bool {
		n, ok := f.claims[name].(json.Number)
		return ok && strings.ContainsAny(n.String(), "-eE")
	}
}

// classes are all that is known. docs/decisions holds this table too.
var classes = []class{
	// We refuse, go-jose accepts.
	{"line end or blank around or inside the token", "Malformed credential", "", nil, we, "RFC 7515, section 2: base64url without line breaks or white space; RFC 6750, section 2.1"},
	{"character outside the alphabet, or bits that no byte uses", "Malformed token: a part is empty or not base64url", "", nil, we, "RFC 4648, sections 3.3 and 3.5"},
	{"token over 16 KiB", "Malformed token: too long", "", nil, either, "RFC 8259, section 9: a reader may limit sizes"},
	{"JSON nested over 16 deep, in the header", "Malformed token: header: JSON is nested too deep", "", nil, either, "RFC 8259, section 9"},
	{"JSON nested over 16 deep, in the claims", "Malformed token: claims: JSON is nested too deep", "", nil, either, "RFC 8259, section 9"},
	{"number of more than 64 characters", "Malformed token: claims: a JSON number is too long", "", nil, either, "RFC 8259, section 9"},
	{"one name twice in an object inside the claims", "Malformed token: claims: a name occurs twice", "", nil, we, "RFC 8259, section 4; RFC 7519, section 4"},
	{"header that is no UTF-8, or half a character", "Malformed token: header: not one JSON object in UTF-8", "", nil, we, "RFC 8259, sections 8.1 and 8.2; RFC 7515, section 5.2"},
	{"claims that are no UTF-8, or half a character", "Malformed token: claims: not one JSON object in UTF-8", "", nil, we, "RFC 8259, sections 8.1 and 8.2; RFC 7519, section 7.2"},
	{"crit is no list of names", "Malformed token: header: crit is not supported", "", nil, we, "RFC 7515, section 4.1.11"},
	{"b64 without crit", "Malformed token: header: b64 is not supported", "", nil, we, "RFC 7797, section 6: crit must name it"},
	{"cty over ordinary claims", "Malformed token: header: cty is not supported", "", nil, we, "RFC 7519, section 5.2: only nested tokens have it, and those are not taken"},
	{"enc in a signed token", "Malformed token: header: enc is not supported", "", nil, we, "RFC 7516, section 9: enc makes it an encrypted one"},
	{"zip in a signed token", "Malformed token: header: zip is not supported", "", nil, they, "RFC 7515, section 4: a name that is not understood is ignored"},
	{"typ is not a string", "Malformed token: header: typ is not a string", "", nil, we, "RFC 7515, section 4.1.9"},
	{"typ is empty", "Malformed token: header: typ is not a media type", "", nil, we, "RFC 7515, section 4.1.9"},
	{"typ of a token for another purpose", "Token type not accepted", "", nil, we, "RFC 8725, section 3.11"},
	{"key that is for encryption", "Key not found", "", kidIs("enc"), we, "RFC 7517, section 4.2"},
	{"no expiry", "No expiry, or not a date", "", claimAbsent("exp"), we, "RFC 9068, section 2.2; RFC 7519, section 4.1.4, alone would leave it out"},
	{"exp is null", "No expiry, or not a date", "", claimIs("exp", nil), we, "RFC 7519, section 2: a date is a number"},
	{"exp is written with an exponent", "No expiry, or not a date", "", odd("exp"), they, "RFC 7519, section 2, takes any JSON number"},
	{"exp after the year 2106, such as milliseconds", "No expiry, or not a date", "", claimIs("exp", json.Number("1800000600000")), they, "RFC 7519, section 2, knows no latest date; we take it for a mistake"},
	{"exp is now", "Token expired", "", claimIs("exp", json.Number("1800000000")), we, "RFC 7519, section 4.1.4: on or after"},
	{"nbf is a part of a second away", "Token not yet valid", "", fraction("nbf"), we, "RFC 7519, section 2: fractions count"},
	{"nbf is null", "Token not yet valid", "", claimIs("nbf", nil), we, "RFC 7519, section 2: a date is a number"},
	{"nbf is negative or written with an exponent", "Token not yet valid", "", odd("nbf"), they, "RFC 7519, section 2, takes any JSON number"},
	{"iat is a part of a second away", "Token issued in the future", "", fraction("iat"), we, "RFC 7519, section 2: fractions count"},
	{"iat is null", "Token issued in the future", "", claimIs("iat", nil), we, "RFC 7519, section 2: a date is a number"},
	{"iat is negative or written with an exponent", "Token issued in the future", "", odd("iat"), they, "RFC 7519, section 2, takes any JSON number"},
	{"no subject", "Invalid subject: missing", "", nil, we, "RFC 9068, section 2.2"},
	{"subject that can be mistaken for another", "Invalid subject: too long", "", nil, we, "RFC 8264, sections 4.2 and 7; RFC 7519, section 4.1.2, compares bytes"},
	{"groups that are no names", "Groups not extracted", "", nil, we, "RFC 9068, section 2.2.3.1; RFC 7643, section 4.1.2"},
	{"scope that is no text", "Scopes not extracted", "", nil, we, "RFC 8693, section 4.2"},
	{"scope and scp that differ", "Scopes contradict each other", "", nil, we, "RFC 8693, section 4.2, knows scope alone"},
	{"ID token", "ID token where an access token is wanted", "", nil, we, "RFC 8725, section 3.12; OpenID Connect Core, section 2"},
	{"token whose use is not access", "Token use not accepted", "", nil, we, "RFC 8725, section 3.12"},
	{"token bound to a proof", "Token is bound to a proof of possession", "", nil, we, "RFC 7800, section 3; RFC 9449, section 7.2"},

	// We accept, go-jose refuses.
	{"token without kid", "", "JWK with matching kid not found", nil, we, "RFC 7515, section 4.1.4: kid is optional"},
	{"broken jwk in the header, which we never read", "", "failed to unmarshal JWK", nil, we, "RFC 7515, section 4; RFC 8725, section 3.10"},
	{"broken x5c in the header, which we never read", "", "failed to unmarshal x5c", nil, we, "RFC 7515, section 4; RFC 8725, section 3.10"},
	{"nonce in the header that is not a string", "", "failed to unmarshal nonce", nil, we, "RFC 7515, section 4: a name that is not understood is ignored"},
	{"number beyond a float, in a name that nobody reads", "", "cannot unmarshal number 1e999", nil, we, "RFC 8259, section 6; RFC 7515, section 4"},
	{"jti that is not a string, which we never read", "", "cannot unmarshal number into Go value of type string", claimIs("jti", json.Number("1")), they, "RFC 7519, section 4.1.7"},
}

// classOf is the class of a disagreement.
func classOf(text, ours string, theirs error) *class {
	f := read(text)
	for i, c := range classes {
		switch {
		case c.when != nil && !c.when(f):
		case ours != "" && theirs == nil && c.ours != "" && strings.HasPrefix(ours, c.ours),
			ours == "" && theirs != nil && c.theirs != "" && strings.Contains(theirs.Error(), c.theirs):
			return &classes[i]
		}
	}
	return nil
}

// read takes what can be had of a token, the last where a name occurs twice.
func read(text string) (f fields) {
	parts := strings.Split(strings.Join(strings.Fields(text), ""), ".")
	for i, into := range []*map[string]any{&f.header, &f.claims} {
		if i >= len(parts) {
			break
		}
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			continue
		}
		dec := json.NewDecoder(strings.NewReader(string(b)))
		dec.UseNumber()
		_ = dec.Decode(into) // what cannot be read meets no condition
	}
	return f
}

const page = "../../docs/decisions/0007-where-verifiers-disagree.md"

// rows is the table as the page has it.
func rows() string {
	var b strings.Builder
	b.WriteString("| what | refused by | right | decided by |\n|---|---|---|---|\n")
	for _, c := range classes {
		by := we
		if c.ours == "" {
			by = they
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.name, by, c.right, c.by)
	}
	return b.String()
}

func TestPageHasTheTable(t *testing.T) {
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), rows()) {
		t.Errorf("%s does not hold this table:\n%s", page, rows())
	}
}
