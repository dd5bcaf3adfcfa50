package auth

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Cognito trusts one Amazon Cognito user pool. Its access tokens have no aud but a
// client_id, and every token says by token_use what it is.
type Cognito struct {
	UserPoolID string // such as eu-west-1_AbCdEf123
	Region     string // empty: the part of UserPoolID before the underscore

	// ClientIDs are the app clients whose tokens are accepted. Empty means every
	// client of the pool. An access token that is bound to a resource has an aud,
	// which must be listed too.
	ClientIDs []string

	// ResourceServer is the one whose scopes count by their own names: Cognito
	// writes them SERVER/SCOPE. Empty: scopes stay as they are.
	ResourceServer string

	AllowIDTokens bool // also accept ID tokens, whose aud is one of ClientIDs

	// UserClaim is empty for sub. username is what the user is called in the pool;
	// email, which users change, counts only where it is verified.
	UserClaim string
}

const cognitoName = "cognito"

var (
	userPoolID = regexp.MustCompile(`^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$`)
	awsRegion  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
)

func (c Cognito) trusts(f *fetcher) ([]*trust, error) {
	var errs []error
	fault := func(key, format string, args ...any) {
		errs = append(errs, setting{cognitoName, key}.errorf(format, args...))
	}
	region := c.Region
	switch parts := userPoolID.FindStringSubmatch(c.UserPoolID); {
	case c.UserPoolID == "":
		fault("user_pool_id", "is required, such as eu-west-1_AbCdEf123")
	case parts == nil:
		fault("user_pool_id", "%q is not a user pool's id, such as eu-west-1_AbCdEf123", c.UserPoolID)
	case region == "":
		region = parts[1]
	case region != parts[1]:
		fault("region", "%q is not that of user_pool_id, %s", region, parts[1])
	}
	if region != "" && !awsRegion.MatchString(region) {
		fault("region", "%q is not a region, such as eu-west-1", region)
	}
	if c.AllowIDTokens && len(c.ClientIDs) == 0 {
		fault("audience", "is required with allow_id_tokens: the app client's id")
	}
	if slices.Contains(c.ClientIDs, "") {
		fault("audience", "holds an empty name")
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	issuer := "https://cognito-idp." + region + "." + domain + "/" + c.UserPoolID
	tr := &trust{
		provider: cognitoName, issuer: issuer, algorithms: []string{"RS256"}, idTokens: c.AllowIDTokens,
		userClaim: orDefault(c.UserClaim, "sub"), groupsClaim: "cognito:groups",
		source: issuer + "/.well-known/jwks.json", judgeAud: c.judgeAud,
		finish: func(t token, id *identity) error {
			// Tokens of a client for itself have no user name.
			_, named := t.claims["username"]
			id.service = id.service || t.claims["token_use"] == "access" && !named
			for i, scope := range id.scopes {
				if c.ResourceServer != "" {
					id.scopes[i] = strings.TrimPrefix(scope, c.ResourceServer+"/")
				}
			}
			if readsEmail(c.UserClaim) && t.claims["email_verified"] != true {
				return refuse("E-mail address not verified")
			}
			return nil
		},
	}
	tr.load = f.keysAt(tr.source)
	return []*trust{tr}, nil
}

// judgeAud checks the client that a token is for: in client_id of access tokens,
// in aud of ID tokens. An access token has an aud only if its client asked for one
// resource (RFC 8707); it is then for nobody else.
func (c Cognito) judgeAud(claims map[string]any) error {
	name := "client_id"
	switch claims["token_use"] {
	case "access":
	case "id":
		name = "aud"
	default:
		return refuse("Token use not accepted")
	}
	client, ok := claims[name].(string)
	if !ok || client == "" {
		return refuse("Invalid audience")
	}
	if len(c.ClientIDs) > 0 && !slices.Contains(c.ClientIDs, client) {
		return refuse("Invalid audience")
	}
	if aud, bound := claims["aud"]; bound && !anyOf(aud, c.ClientIDs) {
		return refuse("Invalid audience")
	}
	return nil
}
