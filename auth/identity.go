package auth

import "time"

// identity is who a credential says its holder is, before names are mapped,
// groups looked up and rules applied.
type identity struct {
	provider string
	method   Method
	subject  string
	login    string // the user's name as the provider gives it
	service  bool

	groups      []string
	groupsKnown bool // the credential says what the groups are, were it that there are none
	// groupsElsewhere marks a credential that has groups and does not say which:
	// there are too many. It ends when a source says.
	groupsElsewhere bool
	scopes          []string
	reach           []string

	claims  map[string]any
	expires time.Time

	// Of a token: the set of keys that verified it, and whose they are. While
	// they are not those in use, nobody believes what is remembered of it.
	keys *heldKeys
	of   *keyCache

	// until is when what is known of the groups must be asked for again; zero:
	// with the credential.
	until time.Time
	// acted marks whom somebody acts as: nothing is known of them but the name.
	acted bool

	// dn is the directory's entry of a password's holder.
	dn string
	// typed is the name that a password's holder was found by there.
	typed string
}

// shorten moves until forward to at, unless at is zero.
func (id *identity) shorten(at time.Time) {
	if !at.IsZero() && (id.until.IsZero() || at.Before(id.until)) {
		id.until = at
	}
}
