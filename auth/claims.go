package auth

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxName = 1024    // bytes of a subject or user name
	maxDate = 1 << 32 // seconds; later is no date but milliseconds, or a mistake

	// pastExpiry is how long a token counts that has expired and is accepted all the same.
	pastExpiry = time.Hour
)

// judgeClaims turns the verified claims of t into an identity by tr's rules.
func (tr *trust) judgeClaims(t token, now time.Time, skew time.Duration) (identity, error) {
	expires, err := tr.judgeTimes(t.claims, now, skew)
	if err != nil {
		return identity{}, err
	}
	if err := tr.judgeUse(t); err != nil {
		return identity{}, err
	}
	if err := tr.judgeAudience(t.claims); err != nil {
		return identity{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(tr.requiredClaims)) {
		if !anyOf(t.claims[name], tr.requiredClaims[name]) {
			return identity{}, refuse("Required claim " + name + " missing or not allowed")
		}
	}
	id := identity{provider: tr.provider, method: ByToken, claims: t.claims, expires: expires}
	if id.subject, err = cleanName(t.claims["sub"]); err != nil {
		return identity{}, refuse("Invalid subject: " + err.Error())
	}
	if id.login, err = cleanName(claimAt(t.claims, tr.userClaim)); err != nil {
		return identity{}, refuse("Invalid user claim: " + err.Error())
	}
	listed := claimAt(t.claims, tr.groupsClaim)
	id.groupsKnown = listed != nil
	if id.groups, err = groups(listed); err != nil {
		return identity{}, err
	}
	if id.scopes, err = scopes(t.claims); err != nil {
		return identity{}, err
	}
	id.service = ofService(t.claims)
	if tr.finish != nil {
		if err := tr.finish(t, &id); err != nil {
			return identity{}, err
		}
	}
	return id, nil
}

// ofService reports whether a token was given to a program for itself: its
// subject is the client that asked for it, or, with Keycloak, its service account.
func ofService(claims map[string]any) bool {
	sub, _ := claims["sub"].(string)
	for _, name := range clientClaims {
		if client, ok := claims[name].(string); ok && client != "" && (client == sub || claims["preferred_username"] == "service-account-"+client) {
			return true
		}
	}
	return false
}

// judgeTimes checks exp, nbf, iat and the token's life, and gives its end.
func (tr *trust) judgeTimes(claims map[string]any, now time.Time, skew time.Duration) (time.Time, error) {
	expires, there, ok := date(claims, "exp")
	if !there || !ok {
		return time.Time{}, refuse("No expiry, or not a date")
	}
	ended := !now.Before(expires.Add(skew))
	if ended && !tr.noExpiry {
		return time.Time{}, &refusal{class: classExpired, reason: "Token expired"}
	}
	notBefore, there, ok := date(claims, "nbf")
	if !ok || there && now.Add(skew).Before(notBefore) {
		return time.Time{}, refuse("Token not yet valid")
	}
	issued, issuedThere, ok := date(claims, "iat")
	if !ok || issuedThere && now.Add(skew).Before(issued) {
		return time.Time{}, refuse("Token issued in the future")
	}
	if issuedThere && issued.After(expires) {
		return time.Time{}, refuse("Token issued after its expiry")
	}
	if tr.maxLife > 0 && (!issuedThere || expires.Sub(issued) > tr.maxLife || expires.Sub(now) > tr.maxLife) {
		return time.Time{}, refuse("Token lives too long")
	}
	if ended {
		return now.Add(pastExpiry), nil
	}
	return expires, nil
}

// date reads a NumericDate (RFC 7519, section 2), which must be a plain
// decimal without sign or exponent. A claim that is absent is ok.
func date(claims map[string]any, name string) (at time.Time, there, ok bool) {
	v, there := claims[name]
	if !there {
		return time.Time{}, false, true
	}
	number, isNumber := v.(json.Number)
	if !isNumber || strings.ContainsAny(number.String(), "-+eE") {
		return time.Time{}, true, false
	}
	whole, fraction, _ := strings.Cut(number.String(), ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds >= maxDate {
		return time.Time{}, true, false
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	return time.Unix(seconds, nanos), true, err == nil
}

// accessUses are the values by which typ, token_use and token_type claims say
// that a token is for calling an API; idUses, that it tells a client who
// logged in. Any other value (refresh, logout, DPoP and so on) is refused.
var (
	accessUses = []string{"bearer", "access", "access_token", "at+jwt", "jwt"}
	idUses     = []string{"id", "id_token"}
)

// judgeUse keeps out what the provider signs for other purposes than calling
// us: ID tokens, refresh and logout tokens, tokens bound to a proof we do not ask for.
func (tr *trust) judgeUse(t token) error {
	switch {
	case tr.requiredType != "" && t.typ != tr.requiredType:
		return refuse("Token type is not the required one")
	case t.typ != "" && t.typ != "jwt" && t.typ != "at+jwt":
		return refuse("Token type not accepted")
	}
	if _, bound := t.claims["cnf"]; bound {
		return refuse("Token is bound to a proof of possession")
	}
	access, id := t.typ == "at+jwt", false
	for _, name := range []string{"typ", "token_use", "token_type"} {
		v, there := t.claims[name]
		if !there {
			continue
		}
		use, _ := v.(string)
		switch use = strings.ToLower(use); {
		case slices.Contains(accessUses, use):
			access = true
		case slices.Contains(idUses, use):
			id = true
		default:
			return refuse("Token use not accepted")
		}
	}
	for _, mark := range []string{"at_hash", "c_hash", "s_hash"} {
		if _, there := t.claims[mark]; there {
			id = true
		}
	}
	// Some providers copy the nonce into access tokens, which then say what they are.
	if _, there := t.claims["nonce"]; there && !access {
		id = true
	}
	if id && !tr.idTokens {
		return refuse("ID token where an access token is wanted")
	}
	return nil
}

// clientClaims are the claims that name the client that asked for a token.
var clientClaims = []string{"azp", "client_id", "cid"}

// namesClient reports whether any of the claims called names is there; each that
// is must be one of clients.
func namesClient(claims map[string]any, names, clients []string) (named bool, err error) {
	for _, name := range names {
		v, there := claims[name]
		if !there {
			continue
		}
		if client, _ := v.(string); !slices.Contains(clients, client) {
			return false, refuse("Client not allowed")
		}
		named = true
	}
	return named, nil
}

// judgeAudience checks who the token is meant for, and, where clients are
// listed, who asked for it.
func (tr *trust) judgeAudience(claims map[string]any) error {
	if tr.judgeAud != nil {
		return tr.judgeAud(claims)
	}
	aud, ok := texts(claims["aud"])
	if !ok || !slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(tr.audiences, a) }) {
		return refuse("Invalid audience")
	}
	if len(tr.clients) == 0 {
		return nil
	}
	named, err := namesClient(claims, clientClaims, tr.clients)
	if err != nil {
		return err
	}
	if !named && (len(aud) > 1 || !slices.Contains(tr.clients, aud[0])) {
		return refuse("Client not named")
	}
	return nil
}

var (
	errNoName      = errors.New("missing, empty or not a string")
	errUncleanName = errors.New("too long, or holds characters that a name may not")
)

// cleanName takes a string that can name a person: not empty, no blanks around
// it, nothing invisible or that changes the direction of text, one spelling of
// each character (Unicode NFC). Two names that look alike cannot both be clean.
func cleanName(v any) (string, error) {
	name, ok := v.(string)
	switch {
	case !ok || name == "":
		return "", errNoName
	case len(name) > maxName, name != strings.TrimSpace(name), !norm.NFC.IsNormalString(name):
		return "", errUncleanName
	}
	for _, r := range name {
		if r != ' ' && unicode.In(r, unicode.C, unicode.Z) {
			return "", errUncleanName
		}
	}
	return name, nil
}

// groups reads a list of names, or one name as a string. Empty names are
// dropped and an absent claim means no groups. Any other shape refuses the
// token: rules that deny to a group must not be lost with it.
func groups(v any) ([]string, error) {
	if v == nil {
		return nil, nil
	}
	list, ok := texts(v)
	if !ok {
		return nil, refuse("Groups not extracted")
	}
	return slices.DeleteFunc(list, func(g string) bool { return strings.TrimSpace(g) == "" }), nil
}

// scopes reads scope and scp, each a list or words in one string. A token that
// has both with different contents is refused.
func scopes(claims map[string]any) ([]string, error) {
	read := func(name string) ([]string, bool, error) {
		v, there := claims[name]
		if !there {
			return nil, false, nil
		}
		if words, ok := v.(string); ok {
			return strings.Fields(words), true, nil
		}
		list, ok := texts(v)
		if !ok {
			return nil, true, refuse("Scopes not extracted")
		}
		return list, true, nil
	}
	scope, hasScope, err := read("scope")
	if err != nil {
		return nil, err
	}
	scp, hasScp, err := read("scp")
	if err != nil {
		return nil, err
	}
	switch {
	case !hasScp:
		return scope, nil
	case !hasScope:
		return scp, nil
	}
	one, other := slices.Clone(scope), slices.Clone(scp)
	slices.Sort(one)
	slices.Sort(other)
	if !slices.Equal(slices.Compact(one), slices.Compact(other)) {
		return nil, refuse("Scopes contradict each other")
	}
	return scope, nil
}

// texts is v as a list of strings; a string is a list of itself.
func texts(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		list := make([]string, 0, len(v))
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			list = append(list, s)
		}
		return list, true
	}
	return nil, false
}

// anyOf reports whether a string claim, or one element of a list of strings,
// is one of allowed.
func anyOf(v any, allowed []string) bool {
	list, ok := texts(v)
	return ok && slices.ContainsFunc(list, func(s string) bool { return slices.Contains(allowed, s) })
}

// readsEmail reports whether claimAt reads the claim email for a user claim's
// setting, which may spell it as a pointer.
func readsEmail(setting string) bool { return setting == "email" || setting == "/email" }

// claimAt is the claim of that name or, where the name begins with a slash,
// the value at that JSON pointer (RFC 6901): "/realm_access/roles". Nil if absent.
func claimAt(claims map[string]any, name string) any {
	path, isPointer := strings.CutPrefix(name, "/")
	if !isPointer {
		return claims[name]
	}
	var v any = claims
	for part := range strings.SplitSeq(path, "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return v
}
