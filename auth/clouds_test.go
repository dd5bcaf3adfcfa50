package auth_test

import (
	"crypto"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const (
	auth0Domain  = "company.eu.auth0.com"
	cognitoPool  = "eu-west-1_AbCdEf123"
	entraTenant  = "72f988bf-0000-4000-8000-2d7cd011db47"
	otherTenant  = "aaaabbbb-0000-4000-8000-ccccddddeeee"
	privateUsers = "9188040d-6c67-4c5b-b112-36a304b66dad" // the tenant of private Microsoft accounts
)

// cloudPeers stand for the five providers: one server under all their names, and a
// key for each, all of them called "rsa-1".
type cloudPeers struct {
	okta, oktaOrg, auth0, cognito, entraV1, entraV2, google, googleShort *issuer.Issuer
}

func startClouds(t *testing.T) cloudPeers {
	t.Helper()
	org := issuer.StartTLS(t, oktaDomain, "/oauth2/v1/keys", auth0Domain,
		"cognito-idp.eu-west-1.amazonaws.com", "login.microsoftonline.com", "www.googleapis.com")
	stand := func(path, keysPath, url string) *issuer.Issuer {
		iss := org.Realm(t, path, keysPath)
		iss.URL = url
		return iss
	}
	peers := cloudPeers{
		oktaOrg: org,
		okta:    org.Realm(t, "/oauth2/default", "/oauth2/default/v1/keys"),
		auth0:   stand("/auth0", "/.well-known/jwks.json", "https://"+auth0Domain+"/"),
		cognito: stand("/cognito", "/"+cognitoPool+"/.well-known/jwks.json", "https://cognito-idp.eu-west-1.amazonaws.com/"+cognitoPool),
		entraV2: stand("/entra", "/"+entraTenant+"/discovery/v2.0/keys", "https://login.microsoftonline.com/"+entraTenant+"/v2.0"),
		entraV1: stand("/entra1", "/common/discovery/v2.0/keys", "https://sts.windows.net/"+entraTenant+"/"),
		google:  stand("/google", "/oauth2/v3/certs", "https://accounts.google.com"),
	}
	// Entra's keys have no alg, and say whose they are.
	key := peers.entraV2.Keys()[0].With(issuer.Claims{"alg": nil, "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"})
	peers.entraV2.SetKeys(key)
	peers.entraV1.SetKeys(key)
	peers.googleShort = stand("/google1", "/google1/certs", "accounts.google.com")
	peers.googleShort.SetKeys(peers.google.Keys()...)
	return peers
}

// config reaches the peers, for these providers.
func (p cloudPeers) config(providers ...auth.Provider) auth.Config {
	return auth.Config{Providers: providers, Dial: p.oktaOrg.Dial(), Roots: p.oktaOrg.Roots()}
}

// mint signs a whole set of claims, with changes, as iss does. Nothing is added but
// iss and the dates.
func mint(t *testing.T, iss *issuer.Issuer, claims, changes issuer.Claims) string {
	t.Helper()
	return mintBy(t, iss.Keys()[0], iss, claims, changes)
}

func mintBy(t *testing.T, key issuer.Key, iss *issuer.Issuer, claims, changes issuer.Claims) string {
	t.Helper()
	now := time.Now().Unix()
	all := issuer.Claims{"iss": iss.URL, "iat": now, "exp": now + 3600}
	maps.Copy(all, claims)
	maps.Copy(all, changes)
	header := issuer.Header{}
	if typ, there := all["header typ"]; there {
		header["typ"] = typ
	}
	maps.DeleteFunc(all, func(name string, v any) bool { return v == nil || name == "header typ" })
	payload, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return issuer.Sign(t, key, header, payload)
}

// cloudRow is one token, and what comes of it: a principal or a refusal.
type cloudRow struct {
	name     string
	provider auth.Provider
	from     *issuer.Issuer
	claims   issuer.Claims
	changes  issuer.Claims

	refused string // the log's reason; empty: admitted, as
	user    string
	service bool
	groups  []string
	scopes  []string
}

func (p cloudPeers) check(t *testing.T, rows []cloudRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			a := start(t, p.config(r.provider))
			token := mint(t, r.from, r.claims, r.changes)
			if r.refused != "" {
				denied(t, a, token, r.refused)
				return
			}
			got := admit(t, a, token)
			if got.User != r.user || got.Service != r.service || !slices.Equal(got.Groups, r.groups) || !slices.Equal(got.Scopes, r.scopes) {
				t.Errorf("user %q, service %v, groups %q, scopes %q; want %q, %v, %q, %q",
					got.User, got.Service, got.Groups, got.Scopes, r.user, r.service, r.groups, r.scopes)
			}
		})
	}
}

// cloudProviders are all of them at once, as plainly as each can be set.
func cloudProviders() []auth.Provider {
	return []auth.Provider{
		auth.Okta{OrgDomain: oktaDomain, Audience: oktaAudience, AllowOrgServer: true, ClientID: oktaClient},
		auth.Auth0{Tenant: auth0Domain, Audience: auth0Audience},
		auth.Cognito{UserPoolID: cognitoPool, ClientIDs: []string{cognitoClient}},
		auth.Entra{TenantID: entraTenant, ClientID: entraClient},
		auth.Google{ClientID: googleClient},
	}
}

// BS-20, C10: the provider is the one of the token's iss; no other's key and no
// other's audience serves.
func TestEachCloudTokenIsJudgedByItsOwnIssuerAlone(t *testing.T) {
	peers := startClouds(t)
	a := start(t, peers.config(cloudProviders()...))
	tokens := []struct {
		provider string
		iss      *issuer.Issuer
		claims   issuer.Claims
	}{
		{"okta", peers.okta, oktaAccess},
		{"okta", peers.oktaOrg, oktaOrgID},
		{"auth0", peers.auth0, auth0Access},
		{"cognito", peers.cognito, cognitoAccess},
		{"azure-ad", peers.entraV1, entraV1Access},
		{"azure-ad", peers.entraV2, entraV2Access},
		{"gcp", peers.google, googleUser},
		{"gcp", peers.googleShort, googleUser},
	}
	for _, own := range tokens {
		if p := admit(t, a, mint(t, own.iss, own.claims, nil)); p.Provider != own.provider {
			t.Errorf("%s: provider is %q, want %q", own.iss.URL, p.Provider, own.provider)
		}
	}
	for _, own := range tokens {
		for _, other := range tokens {
			if own.iss == other.iss {
				continue
			}
			if !other.iss.Keys()[0].Public().(interface{ Equal(x crypto.PublicKey) bool }).Equal(own.iss.Keys()[0].Public()) {
				denied(t, a, mintBy(t, other.iss.Keys()[0], own.iss, own.claims, nil), "Invalid signature") // C10
			}
			if own.provider != other.provider { // what is one's is refused under the other's issuer, even with the right key
				denied(t, a, mint(t, other.iss, own.claims, nil), "")
			}
		}
		for _, near := range []string{own.iss.URL + "/", strings.TrimSuffix(own.iss.URL, "/") + "//", strings.ToUpper(own.iss.URL), own.iss.URL + "\n"} {
			denied(t, a, mint(t, own.iss, own.claims, issuer.Claims{"iss": near}), "Invalid issuer")
		}
	}
}

// E02: one issuer by two ways.
func TestACloudIssuerIsNotTrustedTwice(t *testing.T) {
	for want, providers := range map[string][2]auth.Provider{
		`"azure-ad" and "oidc" have the same issuer https://sts.windows.net/` + entraTenant + "/": {
			auth.Entra{TenantID: entraTenant, ClientID: entraClient}, auth.OIDC{Issuer: "https://sts.windows.net/" + entraTenant + "/", Audience: []string{"other"}},
		},
		`"gcp" is named twice`: {auth.Google{ClientID: "a"}, auth.Google{ClientID: "b"}},
		// One of many tenants, in either version.
		`"oidc" and "azure-ad" have the same issuer https://login.microsoftonline.com/` + entraTenant + "/v2.0": {
			auth.Entra{TenantID: "common", AllowMultiTenant: true, ClientID: entraClient},
			auth.OIDC{Issuer: "https://login.microsoftonline.com/" + entraTenant + "/v2.0", Audience: []string{"other"}},
		},
		`"oidc" and "azure-ad" have the same issuer https://sts.windows.net/` + otherTenant + "/": {
			auth.OIDC{Issuer: "https://sts.windows.net/" + otherTenant + "/", Audience: []string{"other"}},
			auth.Entra{TenantID: "organizations", AllowMultiTenant: true, Tenants: []string{otherTenant}, ClientID: entraClient},
		},
		`"auth0" and "oidc" have the same issuer https://company.eu.auth0.com/`: {
			auth.Auth0{Tenant: auth0Domain, Audience: "a"}, auth.OIDC{Issuer: "https://company.eu.auth0.com/", Audience: []string{"b"}},
		},
	} {
		misconfigured(t, auth.Config{Providers: providers[:]}, want)
	}
	// A tenant that is not of the list is nobody's yet.
	peers := startClouds(t)
	start(t, peers.config(auth.Entra{TenantID: "common", AllowMultiTenant: true, Tenants: []string{otherTenant}, ClientID: entraClient},
		auth.OIDC{Issuer: "https://sts.windows.net/" + entraTenant + "/", Audience: []string{"other"}}))
}

// D29: none of the providers' tokens is a bearer token if it is bound to a proof.
func TestD29CloudTokenThatIsBoundToAProof(t *testing.T) {
	peers := startClouds(t)
	a := start(t, peers.config(cloudProviders()...))
	for _, cnf := range []issuer.Claims{{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}} {
		for _, own := range []struct {
			iss    *issuer.Issuer
			claims issuer.Claims
		}{{peers.okta, oktaAccess}, {peers.auth0, auth0Access}, {peers.cognito, cognitoAccess}, {peers.entraV2, entraV2Access}, {peers.google, googleUser}} {
			denied(t, a, mint(t, own.iss, own.claims, issuer.Claims{"cnf": cnf}), "Token is bound to a proof of possession")
		}
	}
}

// D20: what the providers sign for other purposes.
func TestD20CloudTokenOfAnotherType(t *testing.T) {
	peers := startClouds(t)
	a := start(t, peers.config(cloudProviders()...))
	for _, typ := range []string{"logout+jwt", "dpop+jwt", "secevent+jwt"} {
		denied(t, a, mint(t, peers.okta, oktaAccess, issuer.Claims{"header typ": typ}), "Token type not accepted")
		denied(t, a, mint(t, peers.auth0, auth0Access, issuer.Claims{"header typ": typ}), "Token type not accepted")
	}
	denied(t, a, mint(t, peers.cognito, cognitoAccess, issuer.Claims{"token_use": "refresh"}), "Token use not accepted")
	denied(t, a, mint(t, peers.auth0, auth0Access, issuer.Claims{"header typ": nil, "token_type": "refresh_token"}), "Token use not accepted")
}

// BS-01 to BS-06, BS-21 to BS-24: what is missing or wrong stops the start by its name.
func TestEachWrongCloudSettingIsNamed(t *testing.T) {
	entra := func(e auth.Entra) auth.Provider {
		e.ClientID = entraClient
		return e
	}
	many := func(e auth.Entra) auth.Provider {
		e.TenantID, e.AllowMultiTenant = "common", true
		return entra(e)
	}
	for name, tt := range map[string]struct {
		provider auth.Provider
		want     string
	}{
		"okta preview console": {auth.Okta{OrgDomain: "company-admin.oktapreview.com", Audience: "x"}, "leave out -admin"},

		"auth0 no tenant":          {auth.Auth0{Audience: "x"}, "auth.auth0.tenant (AUTH0_TENANT): is required"},
		"auth0 tenant with scheme": {auth.Auth0{Tenant: "https://" + auth0Domain, Audience: "x"}, "auth.auth0.tenant (AUTH0_TENANT): \"https://company.eu.auth0.com\" is not a host name"},
		"auth0 tenant with slash":  {auth.Auth0{Tenant: auth0Domain + "/", Audience: "x"}, "auth.auth0.tenant (AUTH0_TENANT)"},
		"auth0 no audience":        {auth.Auth0{Tenant: auth0Domain}, "auth.auth0.audience (AUTH0_AUDIENCE): is required"},
		"auth0 id without client":  {auth.Auth0{Tenant: auth0Domain, Audience: "x", AllowIDTokens: true}, "auth.auth0.client_id (AUTH0_CLIENT_ID): is required with allow_id_tokens"},

		"cognito no pool":            {auth.Cognito{}, "auth.cognito.user_pool_id (COGNITO_USER_POOL_ID): is required"},
		"cognito pool with path":     {auth.Cognito{UserPoolID: "eu-west-1_a/b"}, "auth.cognito.user_pool_id (COGNITO_USER_POOL_ID)"},
		"cognito pool without place": {auth.Cognito{UserPoolID: "AbCdEf123"}, "auth.cognito.user_pool_id (COGNITO_USER_POOL_ID)"},
		"cognito other region":       {auth.Cognito{UserPoolID: cognitoPool, Region: "us-east-1"}, "auth.cognito.region (COGNITO_REGION): \"us-east-1\" is not that of user_pool_id, eu-west-1"},
		"cognito id without client":  {auth.Cognito{UserPoolID: cognitoPool, AllowIDTokens: true}, "auth.cognito.audience (COGNITO_AUDIENCE): is required with allow_id_tokens"},
		"cognito empty client":       {auth.Cognito{UserPoolID: cognitoPool, ClientIDs: []string{""}}, "auth.cognito.audience (COGNITO_AUDIENCE): holds an empty name"},

		"entra no tenant":                {entra(auth.Entra{}), "auth.azure-ad.tenant_id (AZURE_TENANT_ID): is required"},
		"entra tenant by domain":         {entra(auth.Entra{TenantID: "company.onmicrosoft.com"}), "auth.azure-ad.tenant_id (AZURE_TENANT_ID): \"company.onmicrosoft.com\" is not a GUID"},
		"D23 entra literal tenantid":     {entra(auth.Entra{TenantID: "{tenantid}"}), "auth.azure-ad.tenant_id (AZURE_TENANT_ID)"},
		"D23 common without the switch":  {entra(auth.Entra{TenantID: "common"}), "auth.azure-ad.tenant_id (AZURE_TENANT_ID): \"common\" accepts everybody"},
		"D23 organizations without it":   {entra(auth.Entra{TenantID: "Organizations"}), "auth.azure-ad.tenant_id (AZURE_TENANT_ID)"},
		"D23 the switch with one tenant": {entra(auth.Entra{TenantID: entraTenant, AllowMultiTenant: true}), "auth.azure-ad.allow_multi_tenant (AZURE_ALLOW_MULTI_TENANT)"},
		"entra no client":                {auth.Entra{TenantID: entraTenant}, "auth.azure-ad.client_id (AZURE_CLIENT_ID): is required"},
		"entra tenants without switch":   {entra(auth.Entra{TenantID: entraTenant, Tenants: []string{otherTenant}}), "auth.azure-ad.tenants (AZURE_TENANTS): goes with allow_multi_tenant"},
		"entra tenants by domain":        {many(auth.Entra{Tenants: []string{"company.com"}}), "auth.azure-ad.tenants (AZURE_TENANTS): \"company.com\" is not a GUID"},
		"entra user by email":            {entra(auth.Entra{TenantID: entraTenant, UserClaim: "email"}), "auth.azure-ad.user_claim (AZURE_USER_CLAIM): email"},
		"entra user by a pointer":        {entra(auth.Entra{TenantID: entraTenant, UserClaim: "/email"}), "auth.azure-ad.user_claim (AZURE_USER_CLAIM): email"},
		"entra foreign users by name":    {many(auth.Entra{UserClaim: "preferred_username"}), "auth.azure-ad.user_claim (AZURE_USER_CLAIM): \"preferred_username\""},
		"entra roles of every tenant":    {many(auth.Entra{Roles: true}), "auth.azure-ad.roles (AZURE_ROLES)"},
		"google no client":               {auth.Google{}, "auth.gcp.client_id (GCP_CLIENT_ID): is required"},
		"google domain with scheme":      {auth.Google{ClientID: "x", WorkspaceDomain: "https://example.com"}, "auth.gcp.workspace_domain (GCP_WORKSPACE_DOMAIN)"},
		"google user by their own word":  {auth.Google{ClientID: "x", UserClaim: "name"}, "auth.gcp.user_claim (GCP_USER_CLAIM): \"name\" is what people call themselves"},
		"google user by a pointer":       {auth.Google{ClientID: "x", UserClaim: "/email"}, "auth.gcp.user_claim (GCP_USER_CLAIM)"},
		"google empty service account":   {auth.Google{ClientID: "x", ServiceAccounts: []string{""}}, "auth.gcp.service_accounts (GCP_SERVICE_ACCOUNTS): holds an empty name"},
	} {
		t.Run(name, func(t *testing.T) { misconfigured(t, auth.Config{Providers: []auth.Provider{tt.provider}}, tt.want) })
	}
}
