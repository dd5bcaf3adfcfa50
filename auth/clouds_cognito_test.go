package auth_test

import (
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const cognitoClient = "3n4b5c6d7e8f9g0h1i2j3k4l5m"

// The claims of a user pool's tokens, as Amazon's guide lists them.
var (
	cognitoAccess = issuer.Claims{
		"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "device_key": "eu-west-1_1111", "cognito:groups": []string{"analysts", "testers"},
		"version": 2, "client_id": cognitoClient, "origin_jti": "1111", "event_id": "2222", "token_use": "access",
		"scope": "openid lake/read:data", "auth_time": 1760000000, "jti": "3333", "username": "alice",
	}
	cognitoID = issuer.Claims{
		"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": []string{"analysts", "testers"}, "email_verified": true,
		"cognito:preferred_role": "arn:aws:iam::111122223333:role/r", "cognito:username": "alice", "cognito:roles": []string{"arn:aws:iam::111122223333:role/r"},
		"aud": cognitoClient, "origin_jti": "1111", "event_id": "2222", "token_use": "id", "auth_time": 1760000000, "jti": "4444",
		"nonce": "n-0S6_WzA2Mj", "at_hash": "x", "email": "alice@company.com", "given_name": "Alice",
	}
	cognitoService = issuer.Claims{
		"sub": "7serviceclient", "token_use": "access", "scope": "lake/read:data", "auth_time": 1760000000,
		"version": 2, "jti": "5555", "client_id": "7serviceclient",
	}
)

func TestCognitoTokensAsAmazonDocumentsThem(t *testing.T) {
	peers := startClouds(t)
	open := auth.Cognito{UserPoolID: cognitoPool}
	one := auth.Cognito{UserPoolID: cognitoPool, Region: "eu-west-1", ClientIDs: []string{cognitoClient}}
	ids, byName, byMail, byPointer, bound, server := one, one, one, one, one, open
	server.ResourceServer = "lake"
	ids.AllowIDTokens = true
	byName.UserClaim = "username"
	byMail.AllowIDTokens, byMail.UserClaim = true, "email"
	byPointer.AllowIDTokens, byPointer.UserClaim = true, "/email"
	bound.ClientIDs = []string{cognitoClient, "https://lake.company.com"}
	const alice = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	groups, scopes := []string{"analysts", "testers"}, []string{"openid", "lake/read:data"}
	peers.check(t, []cloudRow{
		{name: "BS-21 access token without aud", provider: one, from: peers.cognito, claims: cognitoAccess, user: alice, groups: groups, scopes: scopes},
		{name: "BS-21 any client of the pool", provider: open, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"client_id": "other"}, user: alice, groups: groups, scopes: scopes},
		{name: "users by name", provider: byName, from: peers.cognito, claims: cognitoAccess, user: "alice", groups: groups, scopes: scopes},
		{name: "no group", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"cognito:groups": nil}, user: alice, scopes: scopes},
		{name: "client credentials", provider: open, from: peers.cognito, claims: cognitoService, user: "7serviceclient", service: true, scopes: []string{"lake/read:data"}},
		{name: "client credentials with another sub", provider: open, from: peers.cognito, claims: cognitoService, changes: issuer.Claims{"sub": "7other"}, user: "7other", service: true, scopes: []string{"lake/read:data"}},
		{name: "scopes of our resource server", provider: server, from: peers.cognito, claims: cognitoService, changes: issuer.Claims{"scope": "lake/read:data lakes/write:data a/lake/admin:system"}, user: "7serviceclient", service: true, scopes: []string{"read:data", "lakes/write:data", "a/lake/admin:system"}},
		{name: "D11 another client", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"client_id": "other"}, refused: "Invalid audience"},
		{name: "D11 no client", provider: open, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"client_id": nil}, refused: "Invalid audience"},
		{name: "D11 empty client", provider: open, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"client_id": ""}, refused: "Invalid audience"},
		{name: "D11 clients as a list", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"client_id": []string{cognitoClient}}, refused: "Invalid audience"},
		{name: "D11 our client in aud, another in client_id", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"client_id": "other", "aud": cognitoClient}, refused: "Invalid audience"},
		{name: "bound to another resource", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"aud": "https://other.company.com"}, refused: "Invalid audience"},
		{name: "bound to a resource, any client", provider: open, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"aud": "https://other.company.com"}, refused: "Invalid audience"},
		{name: "bound to this one", provider: bound, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"aud": "https://lake.company.com"}, user: alice, groups: groups, scopes: scopes},
		{name: "D19 ID token", provider: one, from: peers.cognito, claims: cognitoID, refused: "ID token where an access token is wanted"},
		{name: "D19 ID token, any client", provider: open, from: peers.cognito, claims: cognitoID, changes: issuer.Claims{"nonce": nil, "at_hash": nil}, refused: "ID token where an access token is wanted"},
		{name: "ID token, where they are taken", provider: ids, from: peers.cognito, claims: cognitoID, user: alice, groups: groups},
		{name: "ID token of another client", provider: ids, from: peers.cognito, claims: cognitoID, changes: issuer.Claims{"aud": "other"}, refused: "Invalid audience"},
		{name: "ID token with our client in client_id alone", provider: ids, from: peers.cognito, claims: cognitoID, changes: issuer.Claims{"aud": "other", "client_id": cognitoClient}, refused: "Invalid audience"},
		{name: "users by e-mail", provider: byMail, from: peers.cognito, claims: cognitoID, user: "alice@company.com", groups: groups},
		{name: "users by e-mail that nobody verified", provider: byMail, from: peers.cognito, claims: cognitoID, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "users by a pointer to the e-mail that nobody verified", provider: byPointer, from: peers.cognito, claims: cognitoID, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "BS-21 no token_use", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"token_use": nil}, refused: "Token use not accepted"},
		{name: "BS-21 another token_use", provider: ids, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"token_use": "bearer"}, refused: "Token use not accepted"},
		{name: "another pool", provider: one, from: peers.cognito, claims: cognitoAccess, changes: issuer.Claims{"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other"}, refused: "Invalid issuer"},
	})
}

// The pool's id says where it is.
func TestCognitoIssuerOfEachRegion(t *testing.T) {
	for pool, want := range map[string]string{
		"us-east-1_a":     "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
		"us-gov-west-1_a": "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a",
		"cn-north-1_a":    "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a",
	} {
		peers := startClouds(t)
		a := start(t, peers.config(auth.Cognito{UserPoolID: pool}))
		if got := a.Status()[0].Where; got != want {
			t.Errorf("%s: issuer is %s, want %s", pool, got, want)
		}
	}
}
