package keepconfig

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// merger puts one file over another: objects are merged, anything else that a
// later file holds takes the place of what an earlier one held.
type merger struct {
	into     *node
	warnings []string
}

func (m *merger) add(n *node) { m.merge(m.into, n, "") }

func (m *merger) merge(into, from *node, path string) {
	for _, name := range slices.Sorted(maps.Keys(from.members)) {
		next, at := from.members[name], below(path, name)
		old := into.members[name]
		if old != nil && old.members != nil && next.members != nil {
			m.merge(old, next, at)
			continue
		}
		if name == "active" && old != nil && old.value == false && next.value == true {
			m.warnings = append(m.warnings, fmt.Sprintf("%s: %s: switches a provider on that %s switched off", next.file, at, old.file))
		}
		into.members[name] = next
	}
}

func (n *node) flag(key string) bool {
	v := n.members[key]
	return v != nil && v.value == true
}

func (n *node) text(key string) string {
	v := n.members[key]
	if v == nil {
		return ""
	}
	s, _ := v.value.(string)
	return s
}

// readTop takes the settings that are nobody's own.
func (c *Config) readTop() error {
	c.DisableExpiryCheck = c.merged.flag("disableJwtExpiryCheck")
	c.DisableLogin = c.merged.flag("disableDominoLogin")
	c.MaxTokenLife = DefaultMaxTokenLife
	if c.DisableExpiryCheck {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s: disableJwtExpiryCheck: EXPIRED TOKENS ARE ACCEPTED; never run like this in production",
			c.merged.members["disableJwtExpiryCheck"].file))
	}
	var errs []error
	if n := c.merged.members["maxJwtDuration"]; n != nil {
		var err error
		c.MaxTokenLife, err = n.duration()
		errs = append(errs, err)
	}
	if n := c.merged.members["JwtDuration"]; n != nil {
		var err error
		c.TokenLife, err = n.duration()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// readBlocks takes the providers that are active.
func (c *Config) readBlocks() error {
	var errs []error
	places := map[string]string{} // names, folded, and where they are
	total := 0
	for _, kind := range []Kind{JWT, OIDC} {
		all := c.merged.members[string(kind)]
		if all == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all.members)) {
			total++
			at, fold := below(string(kind), name), strings.ToLower(name)
			if other, twice := places[fold]; twice {
				errs = append(errs, faultf(all.members[name].file, at, "has the name of %s; names must differ in more than case", other))
			}
			places[fold] = at
			n := all.members[name]
			if active := n.members["active"]; active != nil && active.value == false {
				continue
			}
			b := readBlock(kind, name, n)
			errs = append(errs, b.check())
			if b.AllowExpired {
				c.Warnings = append(c.Warnings, b.Errorf("allowExpired", "EXPIRED TOKENS ARE ACCEPTED; never run like this in production").Error())
			}
			c.Blocks = append(c.Blocks, b)
		}
	}
	if total > 0 && len(c.Blocks) == 0 {
		c.Warnings = append(c.Warnings, "no provider is active: nobody is let in by a token of this directory's providers")
	}
	return errors.Join(errs...)
}

// audience is who tokens are for if a block does not say otherwise.
const audience = "Domino"

func readBlock(kind Kind, name string, n *node) Block {
	b := Block{
		Kind: kind, Name: name,
		KeyFile: n.text("keyFile"), Key: n.text("key"), URL: n.text("providerUrl"),
		Algorithm: n.text("algorithm"), Issuer: n.text("iss"), KeyID: n.text("kid"), Audiences: n.members["aud"].list(),
		UserClaim: n.text("userIdentifier"), LDAPNames: n.flag("userIdentifierInLdapFormat"),
		Microsoft: n.flag("microsoft"), AllowExpired: n.flag("allowExpired"),
		origin: func(key string) string {
			if member := n.members[key]; member != nil {
				return member.file
			}
			return n.file
		},
	}
	if len(b.Audiences) == 0 {
		b.Audiences = []string{audience}
	}
	if id := n.text("clientId"); id != "" {
		b.Clients = append([]string{id}, n.members["additionalClientIds"].list()...)
	}
	for _, words := range n.members["scope"].list() {
		b.Scopes = append(b.Scopes, strings.Fields(words)...)
	}
	return b
}

// check names what a block lacks, or has too much of.
func (b Block) check() error {
	var errs []error
	fault := func(key, format string, args ...any) { errs = append(errs, b.Errorf(key, format, args...)) }
	if b.Kind == OIDC {
		if b.URL == "" {
			fault("providerUrl", "is required")
		}
		if len(b.Clients) == 0 {
			fault("clientId", "is required: tokens that were given to other clients are refused")
		}
		return errors.Join(errs...)
	}
	var given []string
	for _, place := range []struct{ key, value string }{{"keyFile", b.KeyFile}, {"key", b.Key}, {"providerUrl", b.URL}} {
		if place.value != "" {
			given = append(given, place.key)
		}
	}
	switch len(given) {
	case 0:
		fault("keyFile", "one of keyFile, key and providerUrl is required")
	case 1:
	default:
		last := slices.MaxFunc(given, func(one, other string) int { return strings.Compare(b.origin(one), b.origin(other)) })
		fault(last, "%s are given; only one may be", strings.Join(given, " and "))
	}
	if b.KeyFile != "" && !filepath.IsAbs(b.KeyFile) && !filepath.IsLocal(b.KeyFile) {
		fault("keyFile", "%q leads out of the directory; name it by its absolute path if that is meant", b.KeyFile)
	}
	return errors.Join(errs...)
}
