package main

import (
	"slices"
	"strings"

	"github.com/lakegate/lakegate/auth"
)

// providers are all kinds of identity providers, and the keys that each must be
// given. The keys of a named issuer are those of oidc.
var providers = []struct {
	name  string
	needs []string
}{
	{"okta", []string{"org_domain", "audience"}},
	{"auth0", []string{"tenant", "audience"}},
	{"cognito", []string{"user_pool_id"}},
	{"azure-ad", []string{"tenant_id", "client_id"}},
	{"gcp", []string{"client_id"}},
	{"oidc", []string{"issuer", "audience"}},
	{"jwt", []string{"public_key"}},
	{"hcl", []string{"directory"}},
}

// providerNames is the list of them for messages.
var providerNames = func() string {
	names := make([]string, len(providers))
	for i, p := range providers {
		names[i] = p.name
	}
	return strings.Join(names, ", ")
}()

// needsOf are the keys that the provider of that name must be given, and where;
// nil for a name that is unknown.
func (l *loaded) needsOf(name string) (section string, needs []string) {
	for _, p := range providers {
		if p.name == name {
			return "auth." + name, p.needs
		}
	}
	if _, described := l.Auth.Issuers[name]; described {
		return "auth.issuers." + name, []string{"issuer", "audience"}
	}
	return "", nil
}

func (l *loaded) checkAuth(wrong *mistakes) {
	if l.Auth.JWT.Enabled && !slices.Contains(l.Auth.Providers, "jwt") {
		l.Auth.Providers = append(l.Auth.Providers, "jwt")
	}
	at := l.at("auth.providers")
	if len(l.Auth.Providers) == 0 && !l.passwords() && !l.has("auth.kerberos.keytab") && !l.has("auth.certificates.user") {
		wrong.add(at, "auth.providers", "no identity provider is configured, so nobody could be let in; name one (%s) here or in AUTH_PROVIDERS, or describe auth.ldap, auth.kerberos or auth.certificates, or try the server with `lakegate serve --dev`", providerNames)
	}
	l.checkProviders(at, wrong)
	l.checkTogether(wrong)
	l.checkOthers(wrong)
	if l.Auth.Skew > auth.MaxSkew {
		wrong.add(l.at("auth.skew"), "auth.skew", "%s is more than %s", l.Auth.Skew, auth.MaxSkew)
	}
	if wrong.err() == nil && len(l.Auth.ReadOnlyGroups)+len(l.Auth.WriteGroups)+len(l.Auth.AdminGroups) == 0 {
		l.warnings = append(l.warnings, "no auth.read_only_groups, write_groups or admin_groups: only tokens with a scope of ours (read:data, write:data, admin:system) see anything")
	}
}

// passwords reports whether users may come in with a directory's password.
func (l *loaded) passwords() bool { return l.has("auth.ldap.hosts") && l.Auth.LDAPPasswords }

// checkProviders looks at those that are listed, and for those that are not.
func (l *loaded) checkProviders(at place, wrong *mistakes) {
	known := strings.Split(providerNames, ", ")
	known = append(known, sortedNames(l.Auth.Issuers)...)
	seen := map[string]bool{}
	for _, p := range l.Auth.Providers {
		if seen[p] {
			wrong.add(at, "auth.providers", "%s is listed twice", p)
			continue
		}
		seen[p] = true
		section, needs := l.needsOf(p)
		if section == "" {
			hint := "; known are " + strings.Join(known, ", ")
			if near := nearest(p, known); near != "" {
				hint = "; did you mean " + near + "?"
			}
			wrong.add(at, "auth.providers", "there is no provider %s, and no auth.issuers.%s%s", p, p, hint)
		}
		for _, k := range needs {
			if path := section + "." + k; !l.has(path) {
				wrong.add(at, path, "is missing; the provider %s needs it (also %s)", p, shortEnv(path))
			}
		}
	}
	for _, name := range known {
		section, _ := l.needsOf(name)
		if !seen[name] && slices.ContainsFunc(l.paths(), func(k string) bool { return strings.HasPrefix(k, section+".") }) {
			l.warnings = append(l.warnings, section+" is described, but not listed in auth.providers, so its tokens are refused")
		}
	}
}

// checkTogether looks at keys of providers that ask for others, or exclude them.
// The rooms do too, but know no place.
func (l *loaded) checkTogether(wrong *mistakes) {
	for path, missing := range map[string]string{
		"auth.okta.allow_org_server": "auth.okta.client_id", "auth.okta.allow_id_tokens": "auth.okta.client_id",
		"auth.auth0.allow_id_tokens": "auth.auth0.client_id", "auth.cognito.allow_id_tokens": "auth.cognito.audience",
	} {
		if g, given := l.origin[path]; given && slices.Equal(l.texts(path), []string{"true"}) && !l.has(missing) {
			wrong.add(g.place, missing, "is missing; with %s tokens must be of this application (also %s)", g.key.last(), shortEnv(missing))
		}
	}
	sections := []string{"auth.oidc"}
	for _, name := range sortedNames(l.Auth.Issuers) {
		sections = append(sections, "auth.issuers."+name)
	}
	for _, section := range sections {
		if l.has(section+".jwks_url") && l.has(section+".jwks_file") {
			wrong.add(l.at(section+".jwks_file"), section+".jwks_file", "does not go together with jwks_url; the keys come from one place")
		}
	}
}

// checkOthers looks at what else can say who somebody is, as far as the rooms
// cannot, since they do not know what was given.
func (l *loaded) checkOthers(wrong *mistakes) {
	if l.has("auth.kerberos.principal") != l.has("auth.kerberos.keytab") {
		missing, there := "auth.kerberos.keytab", "auth.kerberos.principal"
		if l.has(missing) {
			missing, there = there, missing
		}
		wrong.add(l.at(there), missing, "is missing; a keytab and its principal go together")
	}
	if l.has("auth.certificates.user") && !l.has("tls.client_ca") {
		wrong.add(l.at("auth.certificates.user"), "tls.client_ca", "is missing; it says whose client certificates are accepted")
	}
	if !l.has("auth.ldap.hosts") && slices.ContainsFunc(l.paths(), func(k string) bool { return strings.HasPrefix(k, "auth.ldap.") }) {
		wrong.add(l.at("auth.ldap.hosts"), "auth.ldap.hosts", "is missing; without it nothing else of auth.ldap has an effect")
	}
	if l.ldapInsecure() {
		l.warnings = append(l.warnings, "INSECURE: auth.ldap.security is none; passwords cross the network to the directory in the clear")
	}
	for _, name := range sortedNames(l.Auth.Names) {
		l.require(wrong, "auth.names."+name+".pattern")
	}
	for _, name := range sortedNames(l.Auth.Impersonation) {
		path, rule := "auth.impersonation."+name, l.Auth.Impersonation[name]
		l.require(wrong, path+".as")
		if rule.Users == "" && len(rule.Groups) == 0 {
			wrong.add(l.at(path+".as"), path+".users", "is missing; a rule says by users or groups who may act as others")
		}
	}
}

// ldapInsecure reports whether passwords would cross the network in the clear.
func (l *loaded) ldapInsecure() bool {
	return l.has("auth.ldap.hosts") && l.Auth.LDAP.Security == "none"
}

// shortEnv is the environment's name of a key, the short one where it has one.
func shortEnv(path string) string {
	for _, k := range keys {
		if k.path == path && len(k.env) > 0 {
			return k.env[0]
		}
	}
	return envName(path)
}
