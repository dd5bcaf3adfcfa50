package auth

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Entra trusts one tenant of Microsoft Entra ID (Azure Active Directory), or, if
// asked, many: tokens of version 1.0 and of 2.0.
type Entra struct {
	TenantID string // a GUID; common or organizations with AllowMultiTenant
	ClientID string // the application's id: aud of version 2.0, and of ID tokens

	// ApplicationIDURI is the aud of version 1.0 tokens. Empty means
	// api://CLIENT_ID.
	ApplicationIDURI string

	// AllowMultiTenant accepts tokens of every tenant, or of Tenants if that is
	// not empty. Each must be signed for its own tenant.
	AllowMultiTenant bool
	Tenants          []string // GUIDs

	AllowIDTokens bool // also accept ID tokens

	// Roles also counts the claim roles, the application's own, as groups. The
	// administrators of each tenant give them to its users: with
	// AllowMultiTenant it asks for Tenants.
	Roles bool

	// UserClaim is empty for oid, the one that no user and no administrator of a
	// tenant can change. preferred_username and upn can be given to somebody else,
	// and are therefore not to be had with AllowMultiTenant; email is never.
	UserClaim string
}

const entraName = "azure-ad"

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

const (
	organizations   = "organizations"
	privateAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad" // the tenant of everybody's own Microsoft account
)

// manyTenants are the places that stand for several tenants.
var manyTenants = []string{"common", organizations}

func (e Entra) trusts(f *fetcher) ([]*trust, error) {
	if err := errors.Join(e.check()...); err != nil {
		return nil, err
	}
	tenant := strings.ToLower(e.TenantID)
	base := trust{
		provider: entraName, algorithms: []string{"RS256"}, idTokens: e.AllowIDTokens,
		audiences: []string{e.ClientID, orDefault(e.ApplicationIDURI, "api://"+e.ClientID)},
		userClaim: orDefault(e.UserClaim, "oid"), groupsClaim: "groups",
		source: "https://login.microsoftonline.com/" + tenant + "/discovery/v2.0/keys",
		signs:  e.signs, finish: e.finish,
	}
	base.load = f.keysAt(base.source)
	if guid.MatchString(tenant) {
		v1, v2 := base, base
		v1.issuer, v2.issuer = entraIssuers(tenant)
		return []*trust{&v1, &v2}, nil
	}
	base.admits = func(issuer string, claims map[string]any) bool {
		tid, _ := claims["tid"].(string)
		if tenant == organizations && tid == privateAccounts {
			return false
		}
		if !guid.MatchString(tid) || len(e.Tenants) > 0 && !slices.ContainsFunc(e.Tenants, func(t string) bool { return strings.EqualFold(t, tid) }) {
			return false
		}
		v1, v2 := entraIssuers(tid)
		return issuer == v1 || issuer == v2
	}
	base.covers = func(issuer string) bool {
		// The tenant is the first segment of the path in both versions.
		parts := strings.Split(issuer, "/")
		return len(parts) > 3 && base.admits(issuer, map[string]any{"tid": parts[3]})
	}
	return []*trust{&base}, nil
}

func entraIssuers(tenant string) (v1, v2 string) {
	return "https://sts.windows.net/" + tenant + "/", "https://login.microsoftonline.com/" + tenant + "/v2.0"
}

func (e Entra) check() (errs []error) {
	fault := func(key, format string, args ...any) {
		errs = append(errs, setting{entraName, key}.errorf(format, args...))
	}
	tenant := strings.ToLower(e.TenantID)
	many := slices.Contains(manyTenants, tenant)
	switch {
	case tenant == "":
		fault("tenant_id", "is required: the tenant's GUID")
	case many && !e.AllowMultiTenant:
		fault("tenant_id", "%q accepts everybody with a Microsoft account; give your tenant's GUID, or set allow_multi_tenant", e.TenantID)
	case !many && e.AllowMultiTenant:
		fault("allow_multi_tenant", "goes with tenant_id common or organizations")
	case !many && !guid.MatchString(tenant):
		fault("tenant_id", "%q is not a GUID", e.TenantID)
	}
	switch {
	case readsEmail(e.UserClaim):
		// Any administrator of any tenant can write any address there.
		fault("user_claim", "email is not a claim that Entra vouches for; use oid")
	case e.AllowMultiTenant && e.UserClaim != "" && e.UserClaim != "oid" && e.UserClaim != "sub":
		fault("user_claim", "%q is what each tenant says it is; with allow_multi_tenant use oid", e.UserClaim)
	}
	if e.AllowMultiTenant && e.Roles && len(e.Tenants) == 0 {
		fault("roles", "is given out by the administrators of every tenant; with allow_multi_tenant list the tenants that you trust to do so in tenants")
	}
	if e.ClientID == "" {
		fault("client_id", "is required: the application's id")
	}
	for _, t := range e.Tenants {
		if !guid.MatchString(strings.ToLower(t)) {
			fault("tenants", "%q is not a GUID", t)
		}
	}
	if len(e.Tenants) > 0 && !e.AllowMultiTenant {
		fault("tenants", "goes with allow_multi_tenant")
	}
	return errs
}

// signs keeps each key to the tenants that Microsoft publishes it for: its key of
// private accounts is no organisation's.
func (Entra) signs(key verifyKey, t token) bool {
	tid, _ := t.claims["tid"].(string)
	v1, v2 := entraIssuers(tid)
	whose := strings.ReplaceAll(key.issuer, "{tenantid}", tid)
	return whose == "" || whose == v1 || whose == v2
}

// finish checks that a token is of the tenant that its issuer names, and that it is
// an access token: those of version 2.0 have the same aud as ID tokens.
func (e Entra) finish(t token, id *identity) error {
	tid, _ := t.claims["tid"].(string)
	v1, v2 := entraIssuers(tid)
	if issuer := t.claims["iss"]; issuer != v1 && issuer != v2 {
		return refuse("Invalid tenant")
	}
	// The application that asked: appid of version 1.0, azp of 2.0. ID tokens have neither.
	_, appid := t.claims["appid"]
	_, azp := t.claims["azp"]
	access := appid || azp
	if !access && !e.AllowIDTokens {
		return refuse("ID token where an access token is wanted")
	}
	// idtyp is optional; a token for a person always has scp.
	_, delegated := t.claims["scp"]
	id.service = id.service || t.claims["idtyp"] == "app" || access && !delegated
	return e.finishGroups(t, id)
}

// finishGroups takes care of groups that are too many for a token: it then holds a
// hint instead of the list, which must not be read as "in no group".
func (e Entra) finishGroups(t token, id *identity) error {
	// Other tenants choose the names of their own groups, but not the ids.
	if e.AllowMultiTenant && slices.ContainsFunc(id.groups, func(g string) bool { return !guid.MatchString(strings.ToLower(g)) }) {
		return refuse("Groups not extracted")
	}
	elsewhere, _ := t.claims["_claim_names"].(map[string]any)
	_, moved := elsewhere["groups"]
	if _, has := t.claims["hasgroups"]; moved || has {
		id.groups, id.groupsKnown, id.groupsElsewhere = nil, false, true
	}
	if e.Roles {
		roles, err := groups(t.claims["roles"])
		if err != nil {
			return err
		}
		id.groups = append(id.groups, roles...)
		id.groupsKnown = id.groupsKnown || len(roles) > 0 && !id.groupsElsewhere
	}
	return nil
}
