package issuer

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// number is a JSON number written as it is.
func number(s string) json.RawMessage { return json.RawMessage(s) }

// claim adds a token with these claims.
func (a *attacks) claim(row, name string, accepted bool, claims func() Claims) {
	a.header(row, name, accepted, func(t testing.TB) []string { return []string{"Bearer " + a.iss.Token(t, claims())} })
}

func (a *attacks) badClaim(row, name, claim string, value any) {
	a.claim(row, name, false, func() Claims { return Claims{claim: value} })
}

// claims are the rows of table 4.D about dates, issuer and audience.
func (a *attacks) claims() {
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	a.claim("D01", "expired an hour ago", false, func() Claims { return Claims{"exp": at(-time.Hour), "iat": at(-2 * time.Hour)} })
	a.badClaim("D02", "no exp", "exp", nil)
	in := func(form string) any { return number(fmt.Sprintf(form, at(time.Hour))) }
	for name, value := range map[string]any{
		"string": fmt.Sprint(at(time.Hour)), "RFC 3339": time.Now().Add(time.Hour).Format(time.RFC3339),
		"negative": number("-1"), "1e300": number("1e300"), "with exponent": in("%de0"), "null": Null, "bool": true, "array": []int64{at(time.Hour)},
		"milliseconds": number(fmt.Sprint(time.Now().Add(time.Hour).UnixMilli())), "year 5138": number("99999999999"),
		"beyond 64 bits": number("18446744073709551617"), "zero": 0,
	} {
		a.badClaim("D03", "exp "+name, "exp", value)
	}
	a.claim("D03", "exp plain decimal", true, func() Claims { return Claims{"exp": in("%d.5")} })
	a.claim("D03", "exp decimal of many digits", true, func() Claims { return Claims{"exp": in("%d.000000000000001")} })
	a.claim("D04", "nbf in the future", false, func() Claims { return Claims{"nbf": at(10 * time.Minute)} })
	a.badClaim("D04", "nbf a string", "nbf", "0")
	a.claim("D04", "nbf zero", true, func() Claims { return Claims{"nbf": 0} })
	a.claim("D05", "iat in the future", false, func() Claims { return Claims{"iat": at(10 * time.Minute)} })
	a.badClaim("D05", "iat a string", "iat", "0")
	a.claim("D05", "iat after exp", false, func() Claims { return Claims{"iat": at(20 * time.Second), "exp": at(10 * time.Second)} })
	a.claim("D05", "no iat", true, func() Claims { return Claims{"iat": nil} })
	u := a.iss.URL
	scheme, rest, _ := strings.Cut(u, "://")
	for name, iss := range map[string]any{
		"with a final slash": u + "/", "in upper case": strings.ToUpper(u), "with a trailing blank": u + " ", "with a leading blank": " " + u,
		"with user info": scheme + "://idp@" + rest, "as prefix": u + ".evil.example", "with fragment": u + "#x", "with NUL": u + "\x00",
		"look-alike": strings.Replace(u, "1", "１", 1), "of another host": "https://evil.example", "empty": "",
	} {
		a.badClaim("D08", "iss "+name, "iss", iss)
	}
	for name, iss := range map[string]any{"missing": nil, "array": []string{u}, "null": Null, "object": map[string]any{"iss": u}, "number": 1} {
		a.badClaim("D09", "iss "+name, "iss", iss)
	}
	for name, aud := range map[string]any{
		"wrong": "api://other", "missing": nil, "empty list": []string{}, "number": 1, "null": Null, "upper case": strings.ToUpper(Audience),
		"prefix": Audience[:len(Audience)-1], "longer": Audience + "x", "empty": "", "object": map[string]any{Audience: true},
		"list with a number": []any{1, Audience}, "two in one string": Audience + " api://other",
	} {
		a.badClaim("D10", "aud "+name, "aud", aud)
	}
	a.claim("D10", "aud second in a list", true, func() Claims { return Claims{"aud": []string{"api://other", Audience}} })
	a.badClaim("D21", "aud of another API", "aud", "https://graph.example")
}

// names are the rows of table 4.D about who the caller is.
func (a *attacks) names() {
	for name, sub := range map[string]any{
		"missing": nil, "empty": "", "blank": " ", "null": Null, "number": 7, "bool": true, "array": []string{"alice"}, "object": map[string]any{},
		"2 KiB": strings.Repeat("a", 2<<10), "NUL": "alice\x00", "line end": "alice\nbob", "bidi override": "alice\u202e", "bidi mark": "\u200falice",
		"zero width": "ali\u200bce", "decomposed": "zoe\u0308", "trailing blank": "alice ", "leading blank": " alice", "no-break blank": "alice\u00a0b",
		"tab": "alice\tb", "soft hyphen": "ali\u00adce", "line separator": "alice\u2028",
	} {
		a.badClaim("D12", "sub "+name, "sub", sub)
	}
	a.claim("D12", "sub composed", true, func() Claims { return Claims{"sub": "zoë"} })
	for name, sub := range map[string]string{
		"SQL": "a' OR '1'='1", "path": "../../etc/passwd", "LDAP": "*)(uid=*", "template": "${jndi:ldap://x}", "percent": "%s%n", "DN": "CN=Alice/O=Org",
	} {
		a.claim("D14", "sub as plain text "+name, true, func() Claims { return Claims{"sub": sub} })
	}
	a.claim("D15", "SUB in place of sub", false, func() Claims { return Claims{"sub": nil, "SUB": "alice"} })
	a.claim("D15", "Aud in place of aud", false, func() Claims { return Claims{"aud": nil, "Aud": Audience} })
	a.claim("D15", "EXP in place of exp", false, func() Claims { return Claims{"exp": nil, "EXP": time.Now().Add(time.Hour).Unix()} })
	for name, groups := range map[string]any{
		"number": 1, "object": map[string]any{"admins": true}, "list with a number": []any{"a", 1}, "nested list": []any{[]string{"admins"}}, "bool": true,
	} {
		a.badClaim("D17", "groups "+name, "groups", groups)
	}
	for name, groups := range map[string]any{"missing": nil, "null": Null, "one string": "analysts", "empty names": []string{"", " "}} {
		a.claim("D17", "groups "+name, true, func() Claims { return Claims{"groups": groups} })
	}
}

// uses are the rows of table 4.D about what a token is for.
func (a *attacks) uses() {
	for name, claims := range map[string]Claims{
		"nonce": {"nonce": "n"}, "at_hash": {"at_hash": "x"}, "c_hash": {"c_hash": "x"}, "token_use id": {"token_use": "id"}, "typ ID": {"typ": "ID"},
		"typ ID with nonce": {"typ": "ID", "nonce": "n"},
	} {
		a.claim("D19", "ID token by "+name, false, func() Claims { return maps.Clone(claims) })
	}
	a.claim("D19", "nonce in a token that says it is for access", true, func() Claims { return Claims{"typ": "Bearer", "nonce": "n"} })
	a.claim("D19", "token_use access", true, func() Claims { return Claims{"token_use": "access"} })
	for _, typ := range []string{
		"logout+jwt", "dpop+jwt", "secevent+jwt", "application/secevent+jwt", "refresh+jwt", "id_token", "JOSE+JSON",
		"oauth-authz-req+jwt", "at+jwt; x=1", "at jwt", "",
	} {
		a.refused("D20", "typ "+typ, func(t testing.TB) string { return a.iss.TokenBy(t, a.keys.rsa, Header{"typ": typ}, nil) })
	}
	a.refused("D20", "typ a number", func(t testing.TB) string { return a.iss.TokenBy(t, a.keys.rsa, Header{"typ": 1}, nil) })
	for _, typ := range []any{"jwt", "at+jwt", "AT+JWT", "application/at+jwt", nil} {
		a.accepted("D20", fmt.Sprint("typ ", typ), func(t testing.TB) string { return a.iss.TokenBy(t, a.keys.rsa, Header{"typ": typ}, nil) })
	}
	for name, claims := range map[string]Claims{
		"typ Refresh": {"typ": "Refresh"}, "typ Offline": {"typ": "Offline"}, "typ Logout": {"typ": "Logout"}, "token_type refresh": {"token_type": "refresh"},
		"typ a number": {"typ": 1}, "token_use a list": {"token_use": []string{"access"}},
	} {
		a.claim("D20", "claim "+name, false, func() Claims { return maps.Clone(claims) })
	}
	a.claim("D25", "scope and another scp", false, func() Claims { return Claims{"scope": "read:data", "scp": []string{"admin:system"}} })
	a.claim("D25", "scope and an empty scp", false, func() Claims { return Claims{"scope": "read:data", "scp": []string{}} })
	a.badClaim("D25", "scope a number", "scope", 1)
	a.badClaim("D25", "scp an object", "scp", map[string]any{"read:data": true})
	for name, claims := range map[string]Claims{
		"scope a string": {"scope": "read:data write:data"}, "scope a list": {"scope": []string{"read:data"}},
		"scp a list": {"scp": []string{"read:data"}}, "scp a string": {"scp": "read:data write:data"},
		"both alike": {"scope": "write:data read:data", "scp": []string{"read:data", "write:data"}},
	} {
		a.claim("D25", name, true, func() Claims { return maps.Clone(claims) })
	}
	jti := Claims{"jti": "one"}
	a.claim("D28", "jti", true, func() Claims { return maps.Clone(jti) })
	a.claim("D28", "the same jti again", true, func() Claims { return maps.Clone(jti) })
	a.badClaim("D29", "bound by DPoP", "cnf", map[string]any{"jkt": "x"})
	a.badClaim("D29", "bound by mutual TLS", "cnf", map[string]any{"x5t#S256": "x"})
	a.badClaim("D29", "cnf null", "cnf", Null)
}
