package auth

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// OIDC trusts any provider that signs JWTs: Keycloak, Domino, Dex and the like.
type OIDC struct {
	Name     string   // in settings, logs and Principal.Provider; empty means oidc
	Issuer   string   // compared byte for byte with the token's iss
	Audience []string // the token must be meant for at least one of these

	// Where the keys are: at JWKSURL, or in JWKSFile (read again when it
	// changes), or, if neither is given, where the issuer's discovery document
	// says.
	JWKSURL  string
	JWKSFile string

	// UserClaim names the user, GroupsClaim their groups: a claim's name, or a
	// JSON pointer such as /realm_access/roles. Empty means sub and groups.
	UserClaim   string
	GroupsClaim string

	// Algorithms that tokens may be signed with. Empty means RS256, RS384,
	// RS512, ES256, ES384, ES512.
	Algorithms []string

	// Clients that tokens may have been given to (azp, client_id or cid).
	// Empty means any.
	Clients []string

	// RequiredClaims lets in only tokens with one of the given values in each
	// claim; a claim may be a string or a list of strings.
	RequiredClaims map[string][]string

	RequiredType  string        // of the header's typ, such as at+jwt; empty: none
	MaxLifetime   time.Duration // longest life of a token; zero: any
	AllowIDTokens bool          // also accept ID tokens
	AllowHTTP     bool          // also accept http addresses beyond this machine
}

var (
	providerName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	usualAlgs    = []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}
)

func (o OIDC) trusts(f *fetcher) ([]*trust, error) {
	name := orDefault(o.Name, "oidc")
	if !providerName.MatchString(name) {
		return nil, setting{"", "providers"}.errorf("%q is not a provider's name", o.Name)
	}
	tr := &trust{
		provider:       name,
		issuer:         o.Issuer,
		audiences:      slices.Clone(o.Audience),
		clients:        slices.Clone(o.Clients),
		algorithms:     usualAlgs,
		idTokens:       o.AllowIDTokens,
		userClaim:      orDefault(o.UserClaim, "sub"),
		groupsClaim:    orDefault(o.GroupsClaim, "groups"),
		requiredClaims: maps.Clone(o.RequiredClaims),
		maxLife:        o.MaxLifetime,
		file:           o.JWKSFile != "",
	}
	if len(o.Algorithms) > 0 {
		tr.algorithms = slices.Clone(o.Algorithms)
	}
	if err := errors.Join(o.check(name)...); err != nil {
		return nil, err
	}
	tr.requiredType = mediaType(o.RequiredType)
	switch {
	case o.JWKSFile != "":
		tr.load, tr.source = keysIn(o.JWKSFile), "file "+o.JWKSFile
	case o.JWKSURL != "":
		tr.load, tr.source = f.keysAt(o.JWKSURL), o.JWKSURL
	default:
		tr.load, tr.source = f.keysOf(o.Issuer), "discovery"
	}
	return []*trust{tr}, nil
}

// check names every setting at fault.
func (o OIDC) check(name string) (errs []error) {
	fault := func(key, format string, args ...any) {
		errs = append(errs, setting{name, key}.errorf(format, args...))
	}
	// Where the keys come from elsewhere, the issuer is a name and never asked.
	if o.Issuer == "" {
		fault("issuer", "is required")
	} else if u, err := checkURL(o.Issuer, o.AllowHTTP || o.JWKSURL+o.JWKSFile != ""); err != nil {
		fault("issuer", "%q: %v", o.Issuer, err)
	} else if u.RawQuery != "" || strings.HasSuffix(o.Issuer, "?") {
		fault("issuer", "%q: may not hold a query", o.Issuer)
	}
	if len(o.Audience) == 0 || slices.Contains(o.Audience, "") {
		fault("audience", "is required: the value of aud that means this server")
	}
	if o.JWKSURL != "" && o.JWKSFile != "" {
		fault("jwks_file", "give jwks_url or jwks_file, not both")
	}
	if o.JWKSURL != "" {
		if _, err := checkURL(o.JWKSURL, o.AllowHTTP); err != nil {
			fault("jwks_url", "%q: %v", o.JWKSURL, err)
		}
	}
	if err := checkAlgorithms(setting{name, "algorithms"}, o.Algorithms); err != nil {
		errs = append(errs, err)
	}
	if slices.Contains(o.Clients, "") {
		fault("clients", "holds an empty name")
	}
	errs = append(errs, checkRequiredClaims(setting{name, "required_claims"}, o.RequiredClaims))
	if t := mediaType(o.RequiredType); o.RequiredType != "" && t != "jwt" && t != "at+jwt" {
		fault("required_type", "%q is not JWT or at+jwt", o.RequiredType)
	}
	if o.MaxLifetime < 0 {
		fault("max_lifetime", "%s is negative", o.MaxLifetime)
	}
	return errs
}
