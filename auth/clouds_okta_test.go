package auth_test

import (
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const (
	oktaAudience = "api://boilstream"
	oktaClient   = "0oa1b2c3d4e5f6g7h8i9"
)

// The claims of Okta's tokens, as its reference lists them.
var (
	oktaAccess = issuer.Claims{
		"ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "aud": oktaAudience,
		"cid": oktaClient, "uid": "00uid4BxXw6I6TV4m0g3", "scp": []string{"openid", "read:data"}, "auth_time": 1760000000,
		"sub": "alice@company.com", "groups": []string{"Everyone", "DataAnalysts"},
	}
	oktaService = issuer.Claims{
		"ver": 1, "jti": "AT.UNWzJYEnoLqKlBKUVmuDXMhC5bVjJLZ", "aud": oktaAudience,
		"cid": "0oaservice1234567890", "scp": []string{"read:data", "write:data"}, "sub": "0oaservice1234567890",
	}
	oktaID = issuer.Claims{
		"ver": 1, "jti": "ID.5jGfJW5Yj2jyV7mDqpT3wCz", "aud": oktaClient, "sub": "00uid4BxXw6I6TV4m0g3",
		"name": "Alice Example", "email": "alice@company.com", "preferred_username": "alice@company.com", "email_verified": true,
		"amr": []string{"pwd", "mfa"}, "idp": "00o1n8sbwArJ7OQRw406", "auth_time": 1760000000, "nonce": "n-0S6_WzA2Mj",
		"at_hash": "preview_at_hash", "groups": []string{"DataAnalysts"},
	}
	oktaOrgID     = oktaID
	oktaOrgAccess = issuer.Claims{
		"ver": 1, "jti": "AT.org", "aud": "https://" + oktaDomain, "cid": oktaClient, "uid": "00uid4BxXw6I6TV4m0g3",
		"scp": []string{"openid", "okta.users.read"}, "sub": "alice@company.com",
	}
)

func TestOktaTokensAsOktaDocumentsThem(t *testing.T) {
	peers := startClouds(t)
	custom := auth.Okta{OrgDomain: oktaDomain, Audience: oktaAudience}
	org, ids, byUID, byMail, otherClaim, upper := custom, custom, custom, custom, custom, custom
	org.AllowOrgServer, org.ClientID = true, oktaClient
	ids.AllowIDTokens, ids.ClientID = true, oktaClient
	byUID.UserClaim = "uid"
	byMail.AllowIDTokens, byMail.ClientID, byMail.UserClaim = true, oktaClient, "email"
	otherClaim.GroupsClaim = "lakegate_groups"
	upper.OrgDomain = "Company.OKTA.com"
	groups, both := []string{"Everyone", "DataAnalysts"}, []string{"openid", "read:data"}
	peers.check(t, []cloudRow{
		{name: "BS-07 access token", provider: custom, from: peers.okta, claims: oktaAccess, user: "alice@company.com", groups: groups, scopes: both},
		{name: "BS-02 the domain's case", provider: upper, from: peers.okta, claims: oktaAccess, user: "alice@company.com", groups: groups, scopes: both},
		{name: "BS-09 client credentials", provider: custom, from: peers.okta, claims: oktaService, user: "0oaservice1234567890", service: true, scopes: []string{"read:data", "write:data"}},
		{name: "BS-09 no groups claim", provider: custom, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"groups": nil}, user: "alice@company.com", scopes: both},
		{name: "BS-10 scopes as one text", provider: custom, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"scp": nil, "scope": "openid read:data"}, user: "alice@company.com", groups: groups, scopes: both},
		{name: "users by uid", provider: byUID, from: peers.okta, claims: oktaAccess, user: "00uid4BxXw6I6TV4m0g3", groups: groups, scopes: both},
		{name: "users by uid, of a program", provider: byUID, from: peers.okta, claims: oktaService, refused: "Invalid user claim"},
		{
			name: "groups under another name", provider: otherClaim, from: peers.okta, claims: oktaAccess,
			changes: issuer.Claims{"lakegate_groups": []string{"Lake"}}, user: "alice@company.com", groups: []string{"Lake"}, scopes: both,
		},
		{name: "BS-18 groups that are no list", provider: custom, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"groups": issuer.Claims{"a": 1}}, refused: "Groups not extracted"},
		{name: "BS-03 audience in another case", provider: custom, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"aud": "API://boilstream"}, refused: "Invalid audience"},
		{name: "BS-03 no audience", provider: custom, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"aud": nil}, refused: "Invalid audience"},
		{name: "D19 ID token", provider: custom, from: peers.okta, claims: oktaID, refused: "ID token where an access token is wanted"},
		{name: "D19 ID token without its marks", provider: custom, from: peers.okta, claims: oktaID, changes: issuer.Claims{"nonce": nil, "at_hash": nil}, refused: "Invalid audience"},
		{name: "ID token, where they are taken", provider: ids, from: peers.okta, claims: oktaID, user: "00uid4BxXw6I6TV4m0g3", groups: []string{"DataAnalysts"}},
		{name: "BS-05 ID token of another client", provider: ids, from: peers.okta, claims: oktaID, changes: issuer.Claims{"aud": "0oaother"}, refused: "Invalid audience"},
		{name: "users by e-mail", provider: byMail, from: peers.okta, claims: oktaID, user: "alice@company.com", groups: []string{"DataAnalysts"}},
		{name: "users by e-mail that an administrator put into access tokens", provider: byMail, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"email": "alice@company.com"}, user: "alice@company.com", groups: groups, scopes: both},
		{name: "users by e-mail that nobody verified", provider: byMail, from: peers.okta, claims: oktaID, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "D22 org server's ID token, switched off", provider: custom, from: peers.oktaOrg, claims: oktaOrgID, refused: "Invalid issuer"},
		{name: "BS-08 org server's ID token", provider: org, from: peers.oktaOrg, claims: oktaOrgID, user: "00uid4BxXw6I6TV4m0g3", groups: []string{"DataAnalysts"}},
		{name: "BS-06 org server's ID token of another client", provider: org, from: peers.oktaOrg, claims: oktaOrgID, changes: issuer.Claims{"aud": "0oaother"}, refused: "Invalid audience"},
		{name: "BS-06 org server's access token", provider: org, from: peers.oktaOrg, claims: oktaOrgAccess, refused: "Invalid audience"},
		{name: "D22 custom server's key for the org server", provider: org, from: peers.okta, claims: oktaOrgID, changes: issuer.Claims{"iss": peers.oktaOrg.URL}, refused: "Invalid signature"},
		{name: "another custom server", provider: custom, from: peers.okta, claims: oktaAccess, changes: issuer.Claims{"iss": "https://" + oktaDomain + "/oauth2/aus1"}, refused: "Invalid issuer"},
	})
}
