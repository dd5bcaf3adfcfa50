package auth

import (
	"encoding/hex"
	"errors"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lakegate/lakegate/auth/keepconfig"
)

// hclRules are what a block's tokens must be beside signed, current and meant
// for us, and what is made of them.
type hclRules struct {
	block   keepconfig.Block
	reaches map[string][]string
	probe   bool
}

func (r hclRules) finish(t token, id *identity) error {
	if r.block.KeyID != "" && t.kid != r.block.KeyID {
		return refuse("Key id missing where one is required")
	}
	if err := r.scopes(t.claims, id); err != nil {
		return err
	}
	name, strict := any(id.login), r.block.Kind == keepconfig.JWT && r.block.UserClaim == ""
	if r.probe {
		name, strict = probeName(t.claims), false
	}
	login, err := cleanName(name)
	if err == nil {
		login, err = userName(login, r.block.LDAPNames, strict)
	}
	if err != nil {
		return refuse("Invalid user claim: " + err.Error())
	}
	id.login = login
	return nil
}

// scopes reads scope, and scopes as older servers call it, and sets how far they reach.
func (r hclRules) scopes(claims map[string]any, id *identity) error {
	_, hasScope := claims["scope"]
	_, hasScp := claims["scp"]
	older, hasOlder := claims["scopes"]
	if hasOlder {
		both := map[string]any{"scope": older}
		if hasScope || hasScp {
			both["scp"] = strings.Join(id.scopes, " ")
		}
		var err error
		if id.scopes, err = scopes(both); err != nil {
			return err
		}
	}
	if !hasScope && !hasScp && !hasOlder && r.block.Kind == keepconfig.JWT {
		return refuse("Required claim scope missing or not allowed")
	}
	for _, required := range r.block.Scopes {
		if !slices.Contains(id.scopes, required) {
			return refuse("Required scope missing")
		}
	}
	id.reach = []string{} // a scope limits: none reaches nothing
	for _, scope := range id.scopes {
		id.reach = append(id.reach, r.reaches[scope]...)
	}
	return nil
}

// probedNames are the claims that Domino looks for a user's name in, in this
// order. Providers that nest what has dots in its name are met by the second.
var probedNames = []string{
	"keep.user.attr.dominoDn", "/keep/user/attr/dominoDn", "CN", "upn", "preferred_username", "email", "sub",
}

// probeName is the first of probedNames that is there, whatever it holds.
func probeName(claims map[string]any) any {
	for _, name := range probedNames {
		if v := claimAt(claims, name); v != nil {
			return v
		}
	}
	return nil
}

var (
	errNotDN      = errors.New("not a distinguished name such as CN=Name/O=Org")
	errNotLDAPDN  = errors.New("not a distinguished name such as cn=Name,o=Org")
	errAmbiguous  = errors.New("a distinguished name with a character that its slash form cannot hold")
	errSeveralRDN = errors.New("a distinguished name with several values in one part")
)

// userName brings a name to the one form that rules and logs use: Domino's
// canonical CN=Doctor Notes/OU=Sales/O=ProjectKeep, with the types in upper case
// and the values as they are. Names that are no DN stay what they are, unless
// strict; the two kinds cannot meet, as only a DN begins with CN=.
func userName(name string, ldap, strict bool) (string, error) {
	switch {
	case ldap:
		return fromLDAP(name)
	case strict || len(name) > 2 && strings.EqualFold(name[:3], "CN="):
		return canonical(strings.Split(name, "/"))
	}
	return name, nil
}

// canonical joins type=value parts, the first of which must be a CN.
func canonical(parts []string) (string, error) {
	for i, part := range parts {
		kind, value, ok := strings.Cut(part, "=")
		kind = strings.ToUpper(kind)
		if !ok || value == "" || value != strings.TrimSpace(value) || !isAttributeType(kind) || i == 0 && kind != "CN" {
			return "", errNotDN
		}
		parts[i] = kind + "=" + value
	}
	return strings.Join(parts, "/"), nil
}

func isAttributeType(s string) bool {
	for i, r := range s {
		letter := r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return s != ""
}

// fromLDAP reads the comma form (RFC 4514) and gives the canonical one. What
// has no such form is refused, so that two names never become one.
func fromLDAP(name string) (string, error) {
	var parts []string
	for part := range splitDN(name) {
		kind, raw, ok := strings.Cut(part, "=")
		if !ok {
			return "", errNotLDAPDN
		}
		value, err := unescape(strings.Trim(raw, " "))
		if err != nil {
			return "", err
		}
		parts = append(parts, strings.TrimSpace(kind)+"="+value)
	}
	joined, err := canonical(parts)
	switch {
	case err != nil:
		return "", errNotLDAPDN
	case !utf8.ValidString(joined): // escapes can make anything
		return "", errUncleanName
	}
	return cleanName(joined)
}

// splitDN gives what is between commas that are not escaped.
func splitDN(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0
		for i := 0; i < len(name); i++ {
			switch name[i] {
			case '\\':
				i++
			case ',':
				if !yield(name[from:i]) {
					return
				}
				from = i + 1
			}
		}
		yield(name[from:])
	}
}

// unescape takes the escapes out of one value.
func unescape(s string) (string, error) {
	var value strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			return "", errSeveralRDN
		case c == '/':
			return "", errAmbiguous
		case c == '"', c == ';', c == '<', c == '>', c == 0, c == '#' && i == 0:
			return "", errNotLDAPDN
		case c == '\\':
			decoded, width := escaped(s[i+1:])
			switch {
			case width == 0:
				return "", errNotLDAPDN
			case decoded == '/', decoded == ' ':
				return "", errAmbiguous
			}
			c = decoded
			i += width
		}
		value.WriteByte(c)
	}
	return value.String(), nil
}

// escaped is the character that a backslash before s stands for, and how many
// bytes of s say so; none if they say nothing.
func escaped(s string) (decoded byte, width int) {
	if s != "" && strings.IndexByte(` "#+,;<=>\`, s[0]) >= 0 {
		return s[0], 1
	}
	if len(s) >= 2 {
		if b, err := hex.DecodeString(s[:2]); err == nil {
			return b[0], 2
		}
	}
	return 0, 0
}
