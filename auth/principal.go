package auth

import "time"

// Principal is one caller, as their identity provider vouches for them. It is
// plain data; whoever holds one must not change its maps and slices.
type Principal struct {
	Provider string         // the provider's name in the settings, such as "okta"
	Subject  string         // the token's sub claim; never empty
	User     string         // the name rules and logs speak of; never empty
	Groups   []string       // as the provider spells them; compare with SameGroup
	Scopes   []string       // from scope and scp alike
	Claims   map[string]any // the verified claims, as encoding/json has them; numbers are json.Number
	Expires  time.Time      // when the credential ends; never zero
}

// Key tells principals apart: it is equal for two credentials of one person at
// one provider, and different for anybody else.
func (p Principal) Key() string {
	return p.Provider + "\x00" + p.Subject + "\x00" + p.User
}
