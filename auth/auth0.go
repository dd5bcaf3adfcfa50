package auth

import (
	"errors"
	"strings"
)

// Auth0 trusts one Auth0 tenant. Its issuer ends in a slash.
type Auth0 struct {
	Tenant   string // its domain, such as company.eu.auth0.com
	Audience string // the API's identifier; compared exactly

	// GroupsNamespace is the URL-named claim that lists the groups, such as
	// https://company.example/groups: Auth0 drops claims without a namespace.
	// Empty means groups.
	GroupsNamespace string

	// ClientID is the audience of ID tokens, which AllowIDTokens also accepts.
	ClientID      string
	AllowIDTokens bool

	UserClaim string // empty means sub; email counts only where it is verified
}

const auth0Name = "auth0"

func (a Auth0) trusts(f *fetcher) ([]*trust, error) {
	var errs []error
	fault := func(key, format string, args ...any) {
		errs = append(errs, setting{auth0Name, key}.errorf(format, args...))
	}
	domain := strings.ToLower(a.Tenant)
	switch {
	case domain == "":
		fault("tenant", "is required, such as company.eu.auth0.com")
	case !hostName.MatchString(domain):
		fault("tenant", "%q is not a host name; give it without scheme, port or path", a.Tenant)
	}
	if a.Audience == "" {
		fault("audience", "is required: the identifier of the API")
	}
	if a.AllowIDTokens && a.ClientID == "" {
		fault("client_id", "is required with allow_id_tokens")
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	issuer := "https://" + domain + "/"
	tr := &trust{
		provider: auth0Name, issuer: issuer, audiences: []string{a.Audience}, algorithms: []string{"RS256"},
		userClaim: orDefault(a.UserClaim, "sub"), groupsClaim: orDefault(a.GroupsNamespace, "groups"),
		source: issuer + ".well-known/jwks.json",
		finish: func(t token, id *identity) error {
			// Of client credentials Auth0's own profile says so in gty. In both of its
			// profiles their sub is CLIENT@clients, and the client is in azp or,
			// after RFC 9068, in client_id.
			program := t.claims["gty"] == "client-credentials"
			for _, name := range []string{"azp", "client_id"} {
				client, ok := t.claims[name].(string)
				program = program || ok && t.claims["sub"] == client+"@clients"
			}
			id.service = id.service || program
			if readsEmail(a.UserClaim) && t.claims["email_verified"] != true {
				return refuse("E-mail address not verified")
			}
			return nil
		},
	}
	tr.load = f.keysAt(tr.source)
	if a.AllowIDTokens {
		tr.idTokens = true
		tr.audiences = append(tr.audiences, a.ClientID)
	}
	return []*trust{tr}, nil
}
