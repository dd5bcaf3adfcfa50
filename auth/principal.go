package auth

import "time"

// Principal is one caller, as their credential vouches for them and as our
// groups and rules complete it. It is plain data; whoever holds one must not
// change its maps and slices.
type Principal struct {
	Provider string // who vouches, by its name in the settings: "okta", "ldap", "kerberos", "certificate"
	Method   Method // how the caller showed who they are
	Subject  string // what the provider calls them for good: a token's sub, a DN; never empty
	User     string // the name rules and logs speak of; never empty

	// Actor is the user who acts as User by a rule of impersonation; empty
	// where the caller acts as themselves.
	Actor string

	// Service marks a program that authenticated as itself (client
	// credentials): it has scopes, and no groups beyond its token's own.
	Service bool

	Groups []string // as their source spells them; compare with SameGroup
	// GroupsUnknown marks somebody who is in more groups than Groups, which nobody
	// can tell: their token has no room for them, and no other source knows them.
	// That they are not in some group must not be concluded.
	GroupsUnknown bool
	Scopes        []string // from scope and scp alike

	// Reach, if not nil, bounds where any right applies, to the named catalogs
	// and "catalog.schema" places, or, with Everywhere among them, does not bound
	// it; in either case scopes give nothing by themselves.
	Reach []string

	Claims  map[string]any // a token's verified claims, as encoding/json has them; numbers are json.Number; nil without a token
	Expires time.Time      // when the credential ends; never zero
}

// Everywhere is a place in [Principal.Reach] that is all places.
const Everywhere = "*"

// Method is a way to show who one is.
type Method string

// The methods.
const (
	ByToken       Method = "token"       // signed by an identity provider
	ByPassword    Method = "password"    // checked by a directory
	ByKerberos    Method = "kerberos"    // a service ticket in SPNEGO
	ByCertificate Method = "certificate" // of a TLS client
)

// Key tells principals apart: it is equal for two credentials of one person at
// one provider, and different for anybody else.
func (p Principal) Key() string {
	return p.Provider + "\x00" + p.Subject + "\x00" + p.User
}
