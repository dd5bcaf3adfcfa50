package auth

import (
	"errors"
	"regexp"
	"strings"
)

// Okta trusts one Okta organisation: a custom authorization server and, if
// asked, the organisation's own server.
type Okta struct {
	OrgDomain    string // such as company.okta.com
	Audience     string // of the custom server's access tokens; compared exactly
	AuthServerID string // empty means "default"

	// ClientID is the audience of ID tokens. Required by AllowOrgServer and
	// AllowIDTokens, and without effect otherwise.
	ClientID string

	// AllowOrgServer also accepts the organisation's own server. Its access
	// tokens are opaque to everyone but Okta, so only its ID tokens for
	// ClientID are accepted.
	AllowOrgServer bool

	// AllowIDTokens also accepts the custom server's ID tokens for ClientID.
	AllowIDTokens bool

	UserClaim   string // empty means sub; email that Okta calls unverified does not count
	GroupsClaim string // empty means groups
}

const oktaName = "okta"

var (
	hostName     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
	authServerID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

func (o Okta) trusts(f *fetcher) ([]*trust, error) {
	var errs []error
	fault := func(key, format string, args ...any) {
		errs = append(errs, setting{oktaName, key}.errorf(format, args...))
	}
	domain := strings.ToLower(o.OrgDomain)
	name, rest, _ := strings.Cut(domain, ".")
	switch {
	case domain == "":
		fault("org_domain", "is required, such as company.okta.com")
	case !hostName.MatchString(domain):
		fault("org_domain", "%q is not a host name; give it without scheme, port or path", o.OrgDomain)
	case strings.HasSuffix(name, "-admin") && strings.HasPrefix(rest, "okta"): // okta.com, oktapreview.com, okta-emea.com
		fault("org_domain", "%q is the administration console; leave out -admin", o.OrgDomain)
	}
	if o.Audience == "" {
		fault("audience", "is required, such as api://lakegate")
	}
	id := o.AuthServerID
	if id == "" {
		id = "default"
	}
	if !authServerID.MatchString(id) {
		fault("auth_server_id", "%q is not an authorization server's id", o.AuthServerID)
	}
	if o.ClientID == "" && o.AllowOrgServer {
		fault("client_id", "is required with allow_org_server: only ID tokens of that server can be verified")
	}
	if o.ClientID == "" && o.AllowIDTokens {
		fault("client_id", "is required with allow_id_tokens")
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}

	base := trust{
		provider:    oktaName,
		algorithms:  []string{"RS256"},
		userClaim:   orDefault(o.UserClaim, "sub"),
		groupsClaim: orDefault(o.GroupsClaim, "groups"),
		finish: func(t token, _ *identity) error {
			// Access tokens need not have email_verified beside email, which an
			// administrator put there; ID tokens do.
			if readsEmail(o.UserClaim) && t.claims["email_verified"] == false {
				return refuse("E-mail address not verified")
			}
			return nil
		},
	}
	custom := base
	custom.issuer = "https://" + domain + "/oauth2/" + id
	custom.source = custom.issuer + "/v1/keys"
	custom.load = f.keysAt(custom.source)
	custom.audiences = []string{o.Audience}
	if o.AllowIDTokens {
		custom.idTokens = true
		custom.audiences = append(custom.audiences, o.ClientID)
	}
	if !o.AllowOrgServer {
		return []*trust{&custom}, nil
	}
	org := base
	org.issuer = "https://" + domain
	org.source = org.issuer + "/oauth2/v1/keys"
	org.load = f.keysAt(org.source)
	org.audiences = []string{o.ClientID}
	org.idTokens = true
	return []*trust{&custom, &org}, nil
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
