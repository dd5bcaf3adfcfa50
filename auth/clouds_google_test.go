package auth_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

const googleClient = "1234987819200-abcd.apps.googleusercontent.com"

// The claims of Google's ID tokens, as its pages about OpenID Connect and about
// service accounts list them.
var (
	googleUser = issuer.Claims{
		"azp": googleClient, "aud": googleClient, "sub": "10769150350006150715113082367", "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
		"hd": "company.com", "email": "alice@company.com", "email_verified": true, "nonce": "0394852-3190485-2490358",
		"name": "Alice Example", "picture": "https://lh3.googleusercontent.com/a", "given_name": "Alice", "family_name": "Example", "locale": "en",
	}
	googlePrivate = issuer.Claims{
		"azp": googleClient, "aud": googleClient, "sub": "110169484474386276334", "at_hash": "x",
		"email": "mallory@gmail.com", "email_verified": true,
	}
	googleService = issuer.Claims{
		"aud": googleClient, "azp": "112010400000000710080", "sub": "112010400000000710080",
		"email": "etl@my-project.iam.gserviceaccount.com", "email_verified": true,
	}
)

func TestGoogleTokensAsGoogleDocumentsThem(t *testing.T) {
	peers := startClouds(t)
	anybody := auth.Google{ClientID: googleClient, ProjectID: "my-project"}
	domain, anyDomain, byMail, service := anybody, anybody, anybody, anybody
	domain.WorkspaceDomain = "Company.com"
	anyDomain.RequireWorkspaceDomain = true
	byMail.UserClaim = "email"
	service.WorkspaceDomain, service.ServiceAccounts = "company.com", []string{"etl@my-project.iam.gserviceaccount.com"}
	const alice, mallory, etl = "10769150350006150715113082367", "110169484474386276334", "112010400000000710080"
	refused := "Workspace domain missing or not allowed"
	peers.check(t, []cloudRow{
		{name: "BS-24 user", provider: anybody, from: peers.google, claims: googleUser, user: alice},
		{name: "BS-24 the issuer's short form", provider: anybody, from: peers.googleShort, claims: googleUser, user: alice},
		{name: "BS-24 private account", provider: anybody, from: peers.google, claims: googlePrivate, user: mallory},
		{name: "user of the domain", provider: domain, from: peers.google, claims: googleUser, user: alice},
		{name: "user of any domain", provider: anyDomain, from: peers.google, claims: googleUser, user: alice},
		{name: "users by e-mail", provider: byMail, from: peers.google, claims: googleUser, user: "alice@company.com"},
		{name: "users by e-mail at Gmail", provider: byMail, from: peers.google, claims: googlePrivate, user: "mallory@gmail.com"},
		{name: "D24 private account, one domain", provider: domain, from: peers.google, claims: googlePrivate, refused: refused},
		{name: "D24 private account, any domain", provider: anyDomain, from: peers.google, claims: googlePrivate, refused: refused},
		{name: "D24 private account that bears the domain's address", provider: domain, from: peers.google, claims: googleUser, changes: issuer.Claims{"hd": nil}, refused: refused},
		{name: "D24 another domain", provider: domain, from: peers.google, claims: googleUser, changes: issuer.Claims{"hd": "evil.com"}, refused: refused},
		{name: "D24 a domain below", provider: domain, from: peers.google, claims: googleUser, changes: issuer.Claims{"hd": "x.company.com"}, refused: refused},
		{name: "D24 domains as a list", provider: domain, from: peers.google, claims: googleUser, changes: issuer.Claims{"hd": []string{"company.com"}}, refused: refused},
		{name: "D24 not verified", provider: domain, from: peers.google, claims: googleUser, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "D24 not verified, any domain", provider: anyDomain, from: peers.google, claims: googleUser, changes: issuer.Claims{"email_verified": nil}, refused: "E-mail address not verified"},
		{name: "D24 verified as a text", provider: domain, from: peers.google, claims: googleUser, changes: issuer.Claims{"email_verified": "true"}, refused: "E-mail address not verified"},
		{name: "users by e-mail, not verified", provider: byMail, from: peers.google, claims: googleUser, changes: issuer.Claims{"email_verified": false}, refused: "E-mail address not verified"},
		{name: "users by e-mail that Google does not give out", provider: byMail, from: peers.google, claims: googleUser, changes: issuer.Claims{"hd": nil}, refused: "E-mail address not verified"},
		{name: "service account of the list", provider: service, from: peers.google, claims: googleService, user: etl, service: true},
		{name: "service account, none listed", provider: anybody, from: peers.google, claims: googleService, refused: "Service account not allowed"},
		{name: "another service account", provider: service, from: peers.google, claims: googleService, changes: issuer.Claims{"email": "etl@evil.iam.gserviceaccount.com"}, refused: "Service account not allowed"},
		{name: "service account without its address", provider: anybody, from: peers.google, claims: googleService, changes: issuer.Claims{"email": nil, "email_verified": nil}, refused: "Service account not allowed"},
		{name: "service account by its address in azp alone", provider: anybody, from: peers.google, claims: googleService, changes: issuer.Claims{"email": nil, "email_verified": nil, "azp": "etl@evil.iam.gserviceaccount.com"}, refused: "Service account not allowed"},
		{name: "service account by its address in email alone", provider: anybody, from: peers.google, claims: googleService, changes: issuer.Claims{"azp": nil}, refused: "Service account not allowed"},
		{name: "service account of the list, its address in azp", provider: service, from: peers.google, claims: googleService, changes: issuer.Claims{"azp": "etl@my-project.iam.gserviceaccount.com"}, user: etl, service: true},
		{name: "service account, not verified", provider: service, from: peers.google, claims: googleService, changes: issuer.Claims{"email_verified": false}, refused: "Service account not allowed"},
		{name: "user with a listed service account's number", provider: service, from: peers.google, claims: googlePrivate, changes: issuer.Claims{"azp": etl, "sub": etl}, refused: "Service account not allowed"},
		{name: "another client", provider: anybody, from: peers.google, claims: googleUser, changes: issuer.Claims{"aud": "32555940559.apps.googleusercontent.com"}, refused: "Invalid audience"},
		{name: "another issuer", provider: anybody, from: peers.google, claims: googleUser, changes: issuer.Claims{"iss": "https://securetoken.google.com/my-project"}, refused: "Invalid issuer"},
	})
}

// Google's tokens list no groups: they come from elsewhere.
func TestGoogleGroupsComeFromAnotherSource(t *testing.T) {
	peers := startClouds(t)
	cfg := peers.config(auth.Google{ClientID: googleClient, WorkspaceDomain: "company.com", UserClaim: "email"})
	cfg.Groups.File = filepath.Join(t.TempDir(), "groups.txt")
	if err := os.WriteFile(cfg.Groups.File, []byte("analysts:alice@company.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := admit(t, start(t, cfg), mint(t, peers.google, googleUser, nil)); !slices.Equal(p.Groups, []string{"analysts"}) {
		t.Errorf("groups are %q", p.Groups)
	}
}
