package auth

import (
	"slices"
	"strings"
)

// Google trusts Google's ID tokens for one client: those of people, and, if asked, of
// service accounts. Google's access tokens cannot be verified by others.
type Google struct {
	ClientID  string // the aud of the tokens
	ProjectID string // for the operator's records; Google's tokens do not hold it

	// WorkspaceDomain is the domain whose accounts are accepted (the claim hd).
	// RequireWorkspaceDomain accepts accounts of any Workspace domain and no
	// private ones, if WorkspaceDomain is empty.
	WorkspaceDomain        string
	RequireWorkspaceDomain bool

	// ServiceAccounts are the e-mail addresses of service accounts that are
	// accepted; they have no domain. Every service account of the world can have
	// Google sign a token for any audience.
	ServiceAccounts []string

	// UserClaim is sub, for which it may be empty, or email. That counts only where Google has verified it
	// and is the one who gives it out: Gmail's, and those of Workspace domains.
	UserClaim string
}

const googleName = "gcp"

func (g Google) trusts(f *fetcher) ([]*trust, error) {
	if g.ClientID == "" {
		return nil, setting{googleName, "client_id"}.errorf("is required, such as 1234-abcd.apps.googleusercontent.com")
	}
	if g.WorkspaceDomain != "" && !hostName.MatchString(strings.ToLower(g.WorkspaceDomain)) {
		return nil, setting{googleName, "workspace_domain"}.errorf("%q is not a domain", g.WorkspaceDomain)
	}
	if g.UserClaim != "" && g.UserClaim != "sub" && g.UserClaim != "email" {
		return nil, setting{googleName, "user_claim"}.errorf("%q is what people call themselves; use sub or email", g.UserClaim)
	}
	if slices.Contains(g.ServiceAccounts, "") {
		return nil, setting{googleName, "service_accounts"}.errorf("holds an empty name")
	}
	base := trust{
		provider: googleName, audiences: []string{g.ClientID}, algorithms: []string{"RS256"}, idTokens: true,
		userClaim: orDefault(g.UserClaim, "sub"), groupsClaim: "groups",
		source: "https://www.googleapis.com/oauth2/v3/certs", finish: g.finish,
	}
	base.load = f.keysAt(base.source)
	// Google documents both forms of its issuer.
	long, short := base, base
	long.issuer, short.issuer = "https://accounts.google.com", "accounts.google.com"
	return []*trust{&long, &short}, nil
}

func (g Google) finish(t token, id *identity) error {
	email, _ := t.claims["email"].(string)
	verified := t.claims["email_verified"] == true
	// A service account need not have its address put into the token; then azp, its
	// own number as sub is, or its address, is what tells it from a person.
	azp, _ := t.claims["azp"].(string)
	const accounts = ".gserviceaccount.com"
	if id.service || strings.HasSuffix(email, accounts) || strings.HasSuffix(azp, accounts) {
		if !verified || !slices.Contains(g.ServiceAccounts, email) {
			return refuse("Service account not allowed")
		}
		id.service = true
		return nil
	}
	domain, _ := t.claims["hd"].(string)
	switch {
	case g.UserClaim == "email" && (!verified || domain == "" && !strings.HasSuffix(email, "@gmail.com")):
		return refuse("E-mail address not verified")
	case g.WorkspaceDomain != "" && !strings.EqualFold(domain, g.WorkspaceDomain), g.RequireWorkspaceDomain && domain == "":
		return refuse("Workspace domain missing or not allowed")
	case (g.WorkspaceDomain != "" || g.RequireWorkspaceDomain) && !verified:
		return refuse("E-mail address not verified")
	}
	return nil
}
