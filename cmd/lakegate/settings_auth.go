package main

import (
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/auth/kerberos"
)

// authSettings is what the keys below auth say. Where a room's own settings fit
// them one to one, those are the fields.
type authSettings struct {
	Providers []string
	Okta      auth.Okta
	Auth0     auth.Auth0
	Cognito   auth.Cognito
	Entra     auth.Entra
	Google    auth.Google
	OIDC      issuerSettings
	Issuers   map[string]*issuerSettings // by name
	JWT       jwtSettings
	HCL       struct {
		auth.HCL
		Places []string // SCOPE=CATALOG
	}

	LDAP          directory.Config
	LDAPTemplates string // separated by semicolons
	LDAPPassword  auth.Secret
	LDAPCA        string
	LDAPPasswords bool

	Kerberos        kerberos.Config
	CertificateUser string

	GroupSources   []string
	Resolver       auth.Resolver
	GroupFile      string
	GroupCacheFor  time.Duration
	GroupCacheMax  int
	RequiredGroups []string
	Names          map[string]*nameSettings
	Impersonation  map[string]*impersonationSettings

	Tokens struct {
		Life, MaxLife time.Duration
		Disabled      bool
	}
	Attempts     auth.AttemptLimits
	Skew         time.Duration
	CacheFor     time.Duration
	StaleFor     time.Duration
	RefetchAfter time.Duration
	RememberFor  time.Duration
	RememberMax  int
	ProviderCA   string

	RequiredScopes struct{ Read, Write, Admin string }
	ReadOnlyGroups []string
	WriteGroups    []string
	AdminGroups    []string
}

// issuerSettings is an issuer of signed tokens.
type issuerSettings struct {
	auth.OIDC
	Required []string // CLAIM=VALUE
}

// jwtSettings is what Okera's keys for tokens say.
type jwtSettings struct {
	auth.PublicKeys
	Enabled  bool
	Required []string // CLAIM=VALUE
	CheckURL string
}

type nameSettings struct{ Provider, Pattern, User string }

type impersonationSettings struct {
	Users  string
	Groups []string
	As     string
	Deny   bool
}

// entry is the value of that name in m, made when it is not there yet.
func entry[T any](m map[string]*T, name string) *T {
	if m[name] == nil {
		m[name] = new(T)
	}
	return m[name]
}

func (s *settings) issuer(name string) *issuerSettings { return entry(s.Auth.Issuers, name) }

func (s *settings) name(name string) *nameSettings { return entry(s.Auth.Names, name) }

func (s *settings) impersonation(name string) *impersonationSettings {
	return entry(s.Auth.Impersonation, name)
}
