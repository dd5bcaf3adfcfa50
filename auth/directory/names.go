package directory

import (
	"errors"
	"regexp"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// template makes what is bound with from the name that a user types.
type template struct {
	before, after string
	dn            bool // a distinguished name; else NAME@DOMAIN or DOMAIN\NAME
}

// with is the name to bind with. The user's part is one attribute's value in it,
// or one name, whatever it contains.
func (t template) with(user string) string {
	if t.dn {
		user = ldap.EscapeDN(user)
	}
	return t.before + user + t.after
}

// takes reports whether the template can name user.
func (t template) takes(user string) bool { return t.dn || plainName(user) }

// key is the same for templates that make the same names.
func (t template) key() string {
	text := t.before + "%s" + t.after
	if dn, err := ldap.ParseDN(text); err == nil && t.dn {
		text = dn.String()
	}
	return strings.ToLower(text)
}

// plainName reports whether Active Directory allows text as an account's name, and
// no character in it could be taken for a domain's (MS-SAMR, section 3.1.1.6).
func plainName(text string) bool {
	return strings.TrimSpace(text) == text && text != "" && !strings.ContainsAny(text, "\"/\\[]:;|=,+*?<>@")
}

// parseTemplate reads a template with one %s, which must stand in a value of a
// distinguished name, or beside @DOMAIN or DOMAIN\.
func parseTemplate(text string) (template, error) {
	if strings.Count(text, "%s") != 1 {
		return template{}, errors.New("a template needs exactly one %s, in the place of the user's name")
	}
	before, after, _ := strings.Cut(text, "%s")
	if strings.Contains(before+after, "%") {
		return template{}, errors.New("another % than that of %s")
	}
	t := template{before: before, after: after}
	rest, at := strings.CutPrefix(after, "@")
	short, slash := strings.CutSuffix(before, `\`)
	switch {
	case before == "" && at && domain.MatchString(rest), after == "" && slash && domain.MatchString(short):
		return t, nil
	case !isDN(before + "x" + after):
		return template{}, errors.New(`neither a distinguished name with a value that is %s, nor %s@DOMAIN, nor DOMAIN\%s`)
	}
	t.dn = true
	const a, b = "a1", "b2"
	if !holds(t.with(a), a) || !holds(t.with(b), b) {
		return template{}, errors.New("%s must be, or be part of, the value of an attribute")
	}
	return t, nil
}

// holds reports whether one value in a distinguished name contains mark.
func holds(text, mark string) bool {
	dn, err := ldap.ParseDN(text)
	if err != nil {
		return false
	}
	n := 0
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if strings.Contains(a.Value, mark) {
				n++
			}
		}
	}
	return n == 1
}

// compared is what may stand before the = of a filter with a name in it: an attribute,
// or one with a matching rule (RFC 4515, section 3).
var compared = regexp.MustCompile(`^[A-Za-z0-9.-]+((:dn)?(:[A-Za-z0-9.-]+)?:)?$`)

// checkFilter checks a filter with one %s.
func checkFilter(filter string) error {
	if strings.Count(filter, "%s") != 1 {
		return errors.New("a filter needs exactly one %s")
	}
	before, after, _ := strings.Cut(filter, "%s")
	name, value, ok := cutLast(before[strings.LastIndex(before, "(")+1:], "=")
	rest, _, _ := strings.Cut(after, ")")
	if !ok || !compared.MatchString(name) || strings.Contains(value+rest, "*") {
		return errors.New("%s must be, or be part of, a value that is compared with =, without *")
	}
	if _, err := ldap.CompileFilter(filled(filter, "x")); err != nil {
		return errors.New("not a filter such as (uid=%s) (RFC 4515)")
	}
	return nil
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}

// filled is filter with value, escaped (RFC 4515, section 3), in the place of %s.
func filled(filter, value string) string {
	return strings.Replace(filter, "%s", ldap.EscapeFilter(value), 1)
}

// nameOf is the one name that an entry has in an attribute: its only value, or that
// of several which its distinguished name begins with.
func nameOf(e *ldap.Entry, attribute string) (string, bool) {
	values := e.GetEqualFoldAttributeValues(attribute)
	switch len(values) {
	case 0:
		return "", false
	case 1:
		return values[0], strings.TrimSpace(values[0]) != ""
	}
	dn, err := ldap.ParseDN(e.DN)
	if err != nil || len(dn.RDNs) == 0 {
		return "", false
	}
	for _, a := range dn.RDNs[0].Attributes {
		if strings.EqualFold(a.Type, attribute) {
			return a.Value, strings.TrimSpace(a.Value) != ""
		}
	}
	return "", false
}

// firstValue is the value that a distinguished name begins with.
func firstValue(text string) (string, bool) {
	dn, err := ldap.ParseDN(text)
	if err != nil || len(dn.RDNs) == 0 {
		return "", false
	}
	value := dn.RDNs[0].Attributes[0].Value
	return value, strings.TrimSpace(value) != ""
}
