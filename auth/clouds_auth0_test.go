package auth_test

import (
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const (
	auth0Audience = "https://lake.company.com"
	auth0Client   = "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja"
	auth0Groups   = "https://company.com/groups"
)

// The claims of Auth0's tokens, as its pages about profiles of access tokens and
// about ID tokens list them.
var (
	auth0Access = issuer.Claims{
		"sub": "auth0|6553da60a54af58e29493993", "aud": []string{auth0Audience, "https://" + auth0Domain + "/userinfo"},
		"azp": auth0Client, "scope": "openid profile read:data", "permissions": []string{"read:data"}, auth0Groups: []string{"analysts"},
	}
	auth0Access9068 = issuer.Claims{
		"header typ": "at+jwt", "sub": "auth0|6553da60a54af58e29493993", "aud": []string{auth0Audience, "https://" + auth0Domain + "/userinfo"},
		"client_id": auth0Client, "jti": "73WakrfVbNJBaAmhQtEeDv", "scope": "openid profile read:data", auth0Groups: []string{"analysts"},
	}
	auth0Service = issuer.Claims{
		"sub": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients", "aud": auth0Audience, "azp": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx",
		"scope": "read:data write:data", "gty": "client-credentials", "permissions": []string{"read:data", "write:data"},
	}
	auth0Service9068 = issuer.Claims{
		"header typ": "at+jwt", "sub": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients", "aud": auth0Audience,
		"client_id": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx", "jti": "3XUQOCNSVfFfbVbUwzKqzL", "scope": "read:data write:data",
	}
	auth0ID = issuer.Claims{
		"sub": "auth0|6553da60a54af58e29493993", "aud": auth0Client, "sid": "WV4ZqTGOWC", "nonce": "n-0S6_WzA2Mj",
		"given_name": "Alice", "family_name": "Example", "nickname": "alice", "name": "Alice Example", "picture": "https://s.gravatar.com/avatar/1",
		"updated_at": "2026-01-01T00:00:00.000Z", "email": "alice@company.com", "email_verified": true, auth0Groups: []string{"analysts"},
	}
)

func TestAuth0TokensAsAuth0DocumentsThem(t *testing.T) {
	peers := startClouds(t)
	plain := auth.Auth0{Tenant: auth0Domain, Audience: auth0Audience, GroupsNamespace: auth0Groups}
	noNamespace, ids, byMail, byPointer, permissions := plain, plain, plain, plain, plain
	noNamespace.GroupsNamespace = ""
	ids.AllowIDTokens, ids.ClientID = true, auth0Client
	byMail.AllowIDTokens, byMail.ClientID, byMail.UserClaim = true, auth0Client, "email"
	byPointer.AllowIDTokens, byPointer.ClientID, byPointer.UserClaim = true, auth0Client, "/email"
	permissions.GroupsNamespace = "permissions"
	const alice = "auth0|6553da60a54af58e29493993"
	analysts, openid, writer := []string{"analysts"}, []string{"openid", "profile", "read:data"}, []string{"read:data", "write:data"}
	const service = "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients"
	peers.check(t, []cloudRow{
		{name: "BS-23 access token", provider: plain, from: peers.auth0, claims: auth0Access, user: alice, groups: analysts, scopes: openid},
		{name: "BS-23 access token of RFC 9068", provider: plain, from: peers.auth0, claims: auth0Access9068, user: alice, groups: analysts, scopes: openid},
		{name: "BS-09 client credentials", provider: plain, from: peers.auth0, claims: auth0Service, user: service, service: true, scopes: writer},
		{name: "BS-09 client credentials of RFC 9068", provider: plain, from: peers.auth0, claims: auth0Service9068, user: service, service: true, scopes: writer},
		{name: "client credentials by gty alone", provider: plain, from: peers.auth0, claims: auth0Service, changes: issuer.Claims{"azp": nil}, user: service, service: true, scopes: writer},
		{name: "groups without the namespace's setting", provider: noNamespace, from: peers.auth0, claims: auth0Access, user: alice, scopes: openid},
		{name: "permissions as groups", provider: permissions, from: peers.auth0, claims: auth0Access, user: alice, groups: []string{"read:data"}, scopes: openid},
		{name: "BS-23 issuer without its slash", provider: plain, from: peers.auth0, claims: auth0Access, changes: issuer.Claims{"iss": "https://" + auth0Domain}, refused: "Invalid issuer"},
		{name: "token for userinfo alone", provider: plain, from: peers.auth0, claims: auth0Access, changes: issuer.Claims{"aud": "https://" + auth0Domain + "/userinfo"}, refused: "Invalid audience"},
		{name: "the Management API's token", provider: plain, from: peers.auth0, claims: auth0Access, changes: issuer.Claims{"aud": "https://" + auth0Domain + "/api/v2/"}, refused: "Invalid audience"},
		{name: "audience with a slash more", provider: plain, from: peers.auth0, claims: auth0Access, changes: issuer.Claims{"aud": []string{auth0Audience + "/"}}, refused: "Invalid audience"},
		{name: "D19 ID token", provider: plain, from: peers.auth0, claims: auth0ID, refused: "ID token where an access token is wanted"},
		{name: "D19 ID token without its marks", provider: plain, from: peers.auth0, claims: auth0ID, changes: issuer.Claims{"nonce": nil}, refused: "Invalid audience"},
		{name: "ID token, where they are taken", provider: ids, from: peers.auth0, claims: auth0ID, user: alice, groups: analysts},
		{name: "ID token of another client", provider: ids, from: peers.auth0, claims: auth0ID, changes: issuer.Claims{"aud": "other"}, refused: "Invalid audience"},
		{name: "users by e-mail", provider: byMail, from: peers.auth0, claims: auth0ID, user: "alice@company.com", groups: analysts},
		{name: "users by e-mail that nobody verified", provider: byMail, from: peers.auth0, claims: auth0ID, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "users by a pointer to the e-mail", provider: byPointer, from: peers.auth0, claims: auth0ID, user: "alice@company.com", groups: analysts},
		{name: "users by a pointer to the e-mail that nobody verified", provider: byPointer, from: peers.auth0, claims: auth0ID, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "groups that are no list", provider: plain, from: peers.auth0, claims: auth0Access, changes: issuer.Claims{auth0Groups: 7}, refused: "Groups not extracted"},
	})
}
