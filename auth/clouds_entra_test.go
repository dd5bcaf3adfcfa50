package auth_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const (
	entraClient = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
	entraAlice  = "690222be-ff1a-4d56-abd1-7e4f7d38e474"
	entraGroup  = "0bc04c7c-5f2f-4b7c-9d44-7e4f7d38e474"
)

// The claims of Entra ID's tokens, as Microsoft's references list them.
var (
	entraV1Access = issuer.Claims{
		"aud": "api://" + entraClient, "nbf": 1760000000, "acr": "1", "aio": "AXQAi/8IAAAA", "amr": []string{"pwd", "mfa"},
		"appid": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "appidacr": "0", "family_name": "Example", "given_name": "Alice",
		"ipaddr": "203.0.113.7", "name": "Alice Example", "oid": entraAlice, "rh": "I", "scp": "read:data user_impersonation",
		"sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": entraTenant, "unique_name": "alice@company.com", "upn": "alice@company.com",
		"uti": "FVsGxYXI30-TuikuuUoFAA", "ver": "1.0", "groups": []string{entraGroup},
	}
	entraV2Access = issuer.Claims{
		"aud": entraClient, "nbf": 1760000000, "aio": "AXQAi/8TAAAA", "azp": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "azpacr": "0",
		"name": "Alice Example", "oid": entraAlice, "preferred_username": "alice@company.com", "rh": "I", "scp": "read:data",
		"sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": entraTenant, "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
		"groups": []string{entraGroup},
	}
	entraApp = issuer.Claims{
		"aud": entraClient, "nbf": 1760000000, "aio": "k2JgYAAA", "azp": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "azpacr": "1", "idtyp": "app",
		"oid": "11112222-0000-4000-8000-333344445555", "rh": "0.A", "roles": []string{"Lake.Read"}, "sub": "11112222-0000-4000-8000-333344445555",
		"tid": entraTenant, "uti": "abc", "ver": "2.0",
	}
	entraID = issuer.Claims{
		"aud": entraClient, "nbf": 1760000000, "aio": "ATQAy/8TAAAA", "name": "Alice Example", "nonce": "12345", "oid": entraAlice,
		"preferred_username": "alice@company.com", "rh": "I", "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "tid": entraTenant,
		"uti": "xyz", "ver": "2.0", "groups": []string{entraGroup}, "roles": []string{"Lake.Read"},
	}
	entraOverage = issuer.Claims{
		"groups": nil, "_claim_names": issuer.Claims{"groups": "src1"},
		"_claim_sources": issuer.Claims{"src1": issuer.Claims{"endpoint": "https://graph.windows.net/" + entraTenant + "/users/" + entraAlice + "/getMemberObjects"}},
	}
)

func TestEntraTokensAsMicrosoftDocumentsThem(t *testing.T) {
	peers := startClouds(t)
	one := auth.Entra{TenantID: entraTenant, ClientID: entraClient}
	uri, ids, roles, byName, upper := one, one, one, one, one
	uri.ApplicationIDURI = "https://lake.company.com"
	ids.AllowIDTokens = true
	roles.Roles = true
	byName.UserClaim = "preferred_username"
	upper.TenantID = strings.ToUpper(entraTenant)
	groups, read := []string{entraGroup}, []string{"read:data"}
	const app = "11112222-0000-4000-8000-333344445555"
	peers.check(t, []cloudRow{
		{name: "BS-22 version 1.0", provider: one, from: peers.entraV1, claims: entraV1Access, user: entraAlice, groups: groups, scopes: []string{"read:data", "user_impersonation"}},
		{name: "BS-22 version 1.0 for the client's id", provider: one, from: peers.entraV1, claims: entraV1Access, changes: issuer.Claims{"aud": entraClient, "scp": "read:data"}, user: entraAlice, groups: groups, scopes: read},
		{name: "BS-22 version 1.0 for a URI", provider: uri, from: peers.entraV1, claims: entraV1Access, changes: issuer.Claims{"aud": "https://lake.company.com", "scp": "read:data"}, user: entraAlice, groups: groups, scopes: read},
		{name: "BS-22 version 2.0", provider: one, from: peers.entraV2, claims: entraV2Access, user: entraAlice, groups: groups, scopes: read},
		{name: "the tenant's case", provider: upper, from: peers.entraV2, claims: entraV2Access, user: entraAlice, groups: groups, scopes: read},
		{name: "users by name", provider: byName, from: peers.entraV2, claims: entraV2Access, user: "alice@company.com", groups: groups, scopes: read},
		{name: "application alone", provider: one, from: peers.entraV2, claims: entraApp, user: app, service: true},
		{name: "application alone, without idtyp", provider: one, from: peers.entraV2, claims: entraApp, changes: issuer.Claims{"idtyp": nil}, user: app, service: true},
		{name: "application by idtyp, with scopes", provider: one, from: peers.entraV2, claims: entraApp, changes: issuer.Claims{"scp": "read:data"}, user: app, service: true, scopes: read},
		{name: "application's roles", provider: roles, from: peers.entraV2, claims: entraApp, user: app, service: true, groups: []string{"Lake.Read"}},
		{name: "roles and groups", provider: roles, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"roles": []string{"Lake.Write"}}, user: entraAlice, groups: []string{entraGroup, "Lake.Write"}, scopes: read},
		{name: "roles, where they do not count", provider: one, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"roles": []string{"Lake.Write"}}, user: entraAlice, groups: groups, scopes: read},
		{name: "roles that are no list", provider: roles, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"roles": 1}, refused: "Groups not extracted"},
		{name: "D18 overage", provider: one, from: peers.entraV2, claims: entraV2Access, changes: entraOverage, user: entraAlice, scopes: read},
		{name: "D18 overage in a browser's flow", provider: one, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"groups": nil, "hasgroups": true}, user: entraAlice, scopes: read},
		{name: "D18 overage and roles", provider: roles, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"groups": nil, "hasgroups": true, "roles": []string{"Lake.Write"}}, user: entraAlice, scopes: read},
		{name: "another audience", provider: one, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"aud": "00000003-0000-0000-c000-000000000000"}, refused: "Invalid audience"},
		{name: "the default URI where another is set", provider: uri, from: peers.entraV1, claims: entraV1Access, refused: "Invalid audience"},
		{name: "D19 ID token", provider: one, from: peers.entraV2, claims: entraID, refused: "ID token where an access token is wanted"},
		{name: "D19 ID token without nonce", provider: one, from: peers.entraV2, claims: entraID, changes: issuer.Claims{"nonce": nil}, refused: "ID token where an access token is wanted"},
		{name: "D19 ID token with azp", provider: one, from: peers.entraV2, claims: entraID, changes: issuer.Claims{"azp": entraClient}, refused: "ID token where an access token is wanted"},
		{name: "ID token, where they are taken", provider: ids, from: peers.entraV2, claims: entraID, user: entraAlice, groups: groups},
		{name: "D23 tid of another tenant", provider: one, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"tid": otherTenant}, refused: "Invalid tenant"},
		{name: "D23 no tid", provider: one, from: peers.entraV2, claims: entraV2Access, changes: issuer.Claims{"tid": nil}, refused: "Invalid tenant"},
		{name: "D23 another tenant", provider: one, from: peers.entraV2, claims: entraV2Access, changes: tenantClaims(otherTenant), refused: "Invalid issuer"},
		{name: "D23 literal tenantid", provider: one, from: peers.entraV2, claims: entraV2Access, changes: tenantClaims("{tenantid}"), refused: "Invalid issuer"},
	})
}

// tenantClaims are those by which a version 2.0 token is another tenant's.
func tenantClaims(tid string) issuer.Claims {
	return issuer.Claims{"iss": "https://login.microsoftonline.com/" + tid + "/v2.0", "tid": tid}
}

func TestEntraTokensOfManyTenants(t *testing.T) {
	peers := startClouds(t)
	key := peers.entraV1.Keys()[0]
	private := issuer.RSA(t, "private accounts", 2048).With(issuer.Claims{"alg": nil, "issuer": "https://login.microsoftonline.com/" + privateUsers + "/v2.0"})
	peers.entraV1.SetKeys(key, private)
	common := peers.entraV1
	organizations := common.Realm(t, "/entra2", "/organizations/discovery/v2.0/keys")
	organizations.SetKeys(key, private)

	all := auth.Entra{TenantID: "common", ClientID: entraClient, AllowMultiTenant: true}
	some, work, roles := all, all, all
	some.Tenants = []string{strings.ToUpper(otherTenant)}
	work.TenantID = "organizations"
	roles.Tenants, roles.Roles = []string{otherTenant}, true
	groups, read := []string{entraGroup}, []string{"read:data"}
	with := func(tid string, more issuer.Claims) issuer.Claims {
		c := tenantClaims(tid)
		for name, v := range more {
			c[name] = v
		}
		return c
	}
	peers.check(t, []cloudRow{
		{name: "any tenant", provider: all, from: common, claims: entraV2Access, changes: tenantClaims(otherTenant), user: entraAlice, groups: groups, scopes: read},
		{name: "any tenant, version 1.0", provider: all, from: common, claims: entraV1Access, changes: issuer.Claims{"scp": "read:data"}, user: entraAlice, groups: groups, scopes: read},
		{name: "tenant of the list", provider: some, from: common, claims: entraV2Access, changes: tenantClaims(otherTenant), user: entraAlice, groups: groups, scopes: read},
		{name: "organization", provider: work, from: organizations, claims: entraV2Access, changes: tenantClaims(otherTenant), user: entraAlice, groups: groups, scopes: read},
		{name: "roles of a tenant of the list", provider: roles, from: common, claims: entraV2Access, changes: with(otherTenant, issuer.Claims{"roles": []string{"Lake.Read"}}), user: entraAlice, groups: []string{entraGroup, "Lake.Read"}, scopes: read},
		{name: "D23 tenant not of the list", provider: some, from: common, claims: entraV2Access, changes: tenantClaims(entraTenant), refused: "Invalid issuer"},
		{name: "D23 tid of another tenant than iss", provider: all, from: common, claims: entraV2Access, changes: with(otherTenant, issuer.Claims{"tid": entraTenant}), refused: "Invalid issuer"},
		{name: "D23 tid of the list, iss of another", provider: some, from: common, claims: entraV2Access, changes: with(entraTenant, issuer.Claims{"tid": otherTenant}), refused: "Invalid issuer"},
		{name: "D23 literal tenantid", provider: all, from: common, claims: entraV2Access, changes: tenantClaims("{tenantid}"), refused: "Invalid issuer"},
		{name: "D23 no tid", provider: all, from: common, claims: entraV2Access, changes: with(otherTenant, issuer.Claims{"tid": nil}), refused: "Invalid issuer"},
		{name: "D23 issuer with a query", provider: all, from: common, claims: entraV2Access, changes: issuer.Claims{"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0?x"}, refused: "Invalid issuer"},
		{name: "private account where organizations are wanted", provider: work, from: organizations, claims: entraV2Access, changes: tenantClaims(privateUsers), refused: "Invalid issuer"},
		{name: "groups by names that other tenants choose", provider: all, from: common, claims: entraV2Access, changes: with(otherTenant, issuer.Claims{"groups": []string{"lake-admins"}}), refused: "Groups not extracted"},
	})
	t.Run("C10 key of private accounts for an organization", func(t *testing.T) {
		a := start(t, peers.config(all))
		admit(t, a, mintBy(t, private, common, entraV2Access, tenantClaims(privateUsers)))
		denied(t, a, mintBy(t, private, common, entraV2Access, tenantClaims(otherTenant)), "Invalid signature")
	})
}

// D18: too many groups do not hide the one that a rule denies something to.
func TestD18EntraGroupsThatAreElsewhereLetNobodyActAsOthers(t *testing.T) {
	peers := startClouds(t)
	cfg := peers.config(auth.Entra{TenantID: entraTenant, ClientID: entraClient})
	cfg.Impersonation = []auth.ImpersonationRule{
		{Groups: []string{entraGroup}, As: regexp.MustCompile(`.*`), Deny: true},
		{Users: regexp.MustCompile(`.*`), As: regexp.MustCompile(`bob`)},
	}
	asBob := func(a *auth.Authenticator, changes issuer.Claims) (auth.Principal, error) {
		token := mint(t, peers.entraV2, entraV2Access, changes)
		answer, err := a.Authenticate(t.Context(), auth.Shown{Authorization: []string{"Bearer " + token}, As: "bob"})
		return answer.Principal, err
	}
	a := start(t, cfg)
	if p, err := asBob(a, issuer.Claims{"groups": []string{otherTenant}}); err != nil || p.User != "bob" || p.Actor != entraAlice {
		t.Errorf("of another group: %q by %q, %v", p.User, p.Actor, err)
	}
	for want, changes := range map[string]issuer.Claims{"a rule denies it": nil, "their own groups are not known": entraOverage} {
		if p, err := asBob(a, changes); !errors.Is(err, auth.ErrForbidden) || !strings.HasSuffix(auth.Reason(err), want) || p.User != "" {
			t.Errorf("user %q, error %v, reason %q; want %q", p.User, err, auth.Reason(err), want)
		}
	}
	cfg.Groups.File = filepath.Join(t.TempDir(), "groups.txt")
	for group, want := range map[string]string{entraGroup: "a rule denies it", "analysts": ""} {
		if err := os.WriteFile(cfg.Groups.File, []byte(group+":"+entraAlice+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := asBob(start(t, cfg), entraOverage); !strings.HasSuffix(auth.Reason(err), want) || (err == nil) != (want == "") {
			t.Errorf("a file says %s: error %v, reason %q; want %q", group, err, auth.Reason(err), want)
		}
	}
}

// D18: who has too many groups for a token has those that another source knows, and
// otherwise none, which the log says.
func TestD18EntraGroupsThatAreElsewhere(t *testing.T) {
	peers := startClouds(t)
	var log logged
	cfg := peers.config(auth.Entra{TenantID: entraTenant, ClientID: entraClient})
	cfg.Log = log.logger()
	token := mint(t, peers.entraV2, entraV2Access, entraOverage)
	const said = "Groups not extracted: the user is in more than a token can hold"
	if p := admit(t, start(t, cfg), token); len(p.Groups) != 0 || !p.GroupsUnknown {
		t.Errorf("groups are %q, unknown: %v", p.Groups, p.GroupsUnknown)
	}
	if !strings.Contains(log.String(), said) {
		t.Errorf("the log has no %q:\n%s", said, &log)
	}
	cfg.Groups.File = filepath.Join(t.TempDir(), "groups.txt")
	if err := os.WriteFile(cfg.Groups.File, []byte("analysts:"+entraAlice+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := admit(t, start(t, cfg), token); !slices.Equal(p.Groups, []string{"analysts"}) || p.GroupsUnknown {
		t.Errorf("groups are %q, unknown: %v", p.Groups, p.GroupsUnknown)
	}
	if p := admit(t, start(t, cfg), mint(t, peers.entraV2, entraV2Access, issuer.Claims{"groups": []string{}})); len(p.Groups) != 0 || p.GroupsUnknown {
		t.Errorf("an empty list is no word: groups are %q", p.Groups)
	}
}
