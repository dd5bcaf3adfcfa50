package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/seal"
	"github.com/lakegate/lakegate/policy"
)

// authConfig is what package auth is told. Its errors name the keys at fault.
func (l *loaded) authConfig(rules *policy.Policy, keys []seal.Key, log *slog.Logger) (auth.Config, error) {
	s := l.Auth
	cfg := auth.Config{
		Passwords: l.passwords(),
		Groups: auth.GroupRules{
			Sources: s.GroupSources, File: s.GroupFile, Required: s.RequiredGroups,
			CacheFor: s.GroupCacheFor, CacheMax: s.GroupCacheMax,
		},
		Administrator: func(p auth.Principal) bool { return rules.Rights(p).Admin },
		TokenKeys:     keys,
		TokenLife:     s.Tokens.Life, TokenMaxLife: s.Tokens.MaxLife, NoLogin: s.Tokens.Disabled,
		Attempts: s.Attempts,
		Skew:     s.Skew, CacheFor: s.CacheFor, StaleFor: s.StaleFor, RefetchAfter: s.RefetchAfter,
		RememberFor: s.RememberFor, RememberMax: s.RememberMax,
		Log: log,
	}
	var errs []error
	roots := func(key, file string) *x509.CertPool {
		pool, err := authorities(file)
		if err != nil {
			errs = append(errs, l.at(key).fault(key, err))
		}
		return pool
	}
	cfg.Roots = roots("auth.provider_ca", s.ProviderCA)
	if l.has("auth.ldap.hosts") {
		d := s.LDAP
		d.Roots, d.BindPassword = roots("auth.ldap.ca", s.LDAPCA), string(s.LDAPPassword)
		if s.LDAPTemplates != "" {
			d.BindTemplates = strings.Split(s.LDAPTemplates, ";")
		}
		cfg.Directory = &d
	}
	if l.has("auth.kerberos.keytab") {
		k := s.Kerberos
		k.Log = log
		cfg.Kerberos = &k
	}
	if s.CertificateUser != "" {
		cfg.Certificates = &auth.Certificates{User: s.CertificateUser}
	}
	if s.Resolver.URL != "" || s.Resolver.Format != "" {
		cfg.Groups.Resolver = &s.Resolver
	}
	for _, name := range sortedNames(s.Names) {
		r := s.Names[name]
		cfg.Names = append(cfg.Names, auth.NameRule{Provider: r.Provider, Pattern: pattern(r.Pattern), User: r.User})
	}
	for _, r := range rules.Impersonation() {
		cfg.Impersonation = append(cfg.Impersonation, auth.ImpersonationRule{Users: r.Users, Groups: r.Groups, As: r.As, Deny: r.Deny})
	}
	for _, name := range sortedNames(s.Impersonation) {
		r := s.Impersonation[name]
		cfg.Impersonation = append(cfg.Impersonation, auth.ImpersonationRule{Users: pattern(r.Users), Groups: r.Groups, As: pattern(r.As), Deny: r.Deny})
	}
	for _, name := range s.Providers {
		cfg.Providers = append(cfg.Providers, s.provider(name))
		if name == "hcl" {
			errs = append(errs, l.takeHCL(&cfg))
		}
	}
	return cfg, errors.Join(errs...)
}

// takeHCL takes from the directory of identity providers what it says of tokens
// of our own, where the settings do not say it themselves. Errors in the
// directory are those of auth.New.
func (l *loaded) takeHCL(cfg *auth.Config) error {
	directory, err := l.Auth.HCL.Read()
	if err != nil {
		return nil //nolint:nilerr // auth.New says it, with the others
	}
	if directory.IgnoresExpiry() && !l.has("tls.certificate") && !loopback(l.Listen) {
		return l.at("auth.hcl.directory").fault("auth.hcl.directory", errors.New("disableJwtExpiryCheck and allowExpired are refused without tls: a token that was read once would be good for ever"))
	}
	if directory.TokenLife > 0 && !l.has("auth.tokens.life") {
		cfg.TokenLife = directory.TokenLife
		cfg.TokenMaxLife = max(cfg.TokenMaxLife, directory.TokenLife)
	}
	cfg.NoLogin = cfg.NoLogin || directory.DisableLogin
	return nil
}

// pattern is a text that has passed its kind's check; nil for none.
func pattern(text string) *regexp.Regexp {
	if text == "" {
		return nil
	}
	return regexp.MustCompile(text)
}

// authorities reads a PEM file of certificates; nil, which means the system's,
// where there is none.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no PEM certificate", file)
	}
	return pool, nil
}

// provider is the one of that name, which is known.
func (s *authSettings) provider(name string) auth.Provider {
	switch name {
	case "okta":
		return s.Okta
	case "auth0":
		return s.Auth0
	case "cognito":
		return s.Cognito
	case "azure-ad":
		return s.Entra
	case "gcp":
		return s.Google
	case "jwt":
		return s.JWT.provider()
	case "hcl":
		h := s.HCL.HCL
		h.Scopes = pairs(s.HCL.Places)
		return h
	case "oidc":
		return s.OIDC.provider("oidc")
	default:
		return s.Issuers[name].provider(name)
	}
}

func (i *issuerSettings) provider(name string) auth.OIDC {
	o := i.OIDC
	o.Name, o.RequiredClaims = name, alternatives(i.Required)
	return o
}

func (j *jwtSettings) provider() auth.PublicKeys {
	p := j.PublicKeys
	p.RequiredClaims = alternatives(j.Required)
	if j.CheckURL != "" {
		p.Remote = &auth.RemoteCheck{URL: j.CheckURL}
	}
	return p
}

// pairs reads texts of the form NAME=VALUE.
func pairs(texts []string) map[string]string {
	m := make(map[string]string, len(texts))
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		m[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return m
}

// alternatives reads texts of the form NAME=VALUE; a name may come several times.
func alternatives(texts []string) map[string][]string {
	m := make(map[string][]string, len(texts))
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		m[name] = append(m[name], strings.TrimSpace(value))
	}
	return m
}
