package keepconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lakegate/lakegate/internal/spelling"
)

// want is what a key's value must be.
type want int

const (
	boolean  want = iota
	text          // a string, not empty
	texts         // a string or a list of strings
	anyTexts      // texts, or an empty list
	duration      // minutes, or a string with a unit
	ignored       // an object that means nothing here
)

var topKeys = map[string]want{
	"disableJwtExpiryCheck": boolean, "maxJwtDuration": duration, "JwtDuration": duration, "disableDominoLogin": boolean,
}

// kinds are the objects whose members are blocks, and what a block may hold.
var kinds = map[Kind]map[string]want{
	JWT: {
		"active": boolean, "algorithm": text, "keyFile": text, "key": text, "providerUrl": text, "iss": text, "kid": text, "aud": texts,
		"userIdentifier": text, "userIdentifierInLdapFormat": boolean, "adminui": ignored,
	},
	OIDC: {
		"active": boolean, "algorithm": text, "providerUrl": text, "iss": text, "aud": texts,
		"clientId": text, "clientSecret": text, "additionalClientIds": anyTexts, "scope": anyTexts, "microsoft": boolean, "allowExpired": boolean,
		"userIdentifier": text, "userIdentifierInLdapFormat": boolean, "adminui": ignored,
	},
}

// aliases are other spellings of keys of a block.
var aliases = map[string]string{"alg": "algorithm", "providerURL": "providerUrl"}

const idpcat = "oidc-idpcat"

const maxBlockName = 64

// check names every key of one file that is unknown or has a wrong type, and
// brings aliases to their common spelling.
func check(n *node) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(n.members)) {
		member := n.members[key]
		if keys, ok := kinds[Kind(key)]; ok {
			errs = append(errs, checkBlocks(member, key, keys))
			continue
		}
		w, known := topKeys[key]
		switch {
		case key == idpcat:
			errs = append(errs, faultf(n.file, key, "this server has no IdP catalog of Domino (idpcat.nsf) to ask; "+
				"write the provider as \"oidc\" with providerUrl and clientId instead"))
		case !known:
			errs = append(errs, faultf(n.file, key, "unknown key%s", suggestion(key, append(slices.Collect(maps.Keys(topKeys)), string(JWT), string(OIDC)))))
		default:
			errs = append(errs, member.is(w, key))
		}
	}
	return errors.Join(errs...)
}

func checkBlocks(n *node, path string, keys map[string]want) error {
	if n.members == nil {
		return faultf(n.file, path, "is %s; it must be an object with one member for each provider", n.describe())
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		block, at := n.members[name], below(path, name)
		if !isBlockName(name) {
			errs = append(errs, faultf(n.file, path, "%q is not a provider's name: printable, at most %d bytes, no blanks around it", name, maxBlockName))
			continue
		}
		if block.members == nil {
			errs = append(errs, faultf(n.file, at, "is %s; it must be an object", block.describe()))
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(block.members)) {
			common, isAlias := aliases[key]
			if isAlias {
				if _, twice := block.members[common]; twice {
					errs = append(errs, faultf(n.file, below(at, key), "is another name of %s, which is given too", common))
					continue
				}
				block.members[common] = block.members[key]
				delete(block.members, key)
				key = common
			}
			w, known := keys[key]
			if !known {
				errs = append(errs, faultf(n.file, below(at, key), "unknown key%s", suggestion(key, slices.Collect(maps.Keys(keys)))))
				continue
			}
			errs = append(errs, block.members[key].is(w, below(at, key)))
		}
	}
	return errors.Join(errs...)
}

func isBlockName(name string) bool {
	return name != "" && len(name) <= maxBlockName && name == strings.TrimSpace(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// is says why n is not what is wanted; nil if it is.
func (n *node) is(w want, path string) error {
	if n.members == nil && n.value == nil {
		return faultf(n.file, path, "is null; nothing can be taken away, a provider is switched off with \"active\": false")
	}
	var ok bool
	var wanted string
	switch w {
	case boolean:
		_, ok = n.value.(bool)
		wanted = "true or false"
	case text:
		s, isText := n.value.(string)
		ok = isText && strings.TrimSpace(s) != ""
		wanted = "a string, not empty"
	case texts, anyTexts:
		list := n.list()
		ok = list != nil && (w == anyTexts || len(list) > 0) && !slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" })
		wanted = "a string or a list of strings, none of them empty"
	case duration:
		_, err := n.duration()
		if err != nil {
			return faultf(n.file, path, "%v", err)
		}
		return nil
	case ignored:
		ok = n.members != nil
		wanted = "an object"
	}
	if !ok || n.members != nil && w != ignored {
		return faultf(n.file, path, "is %s; it must be %s", n.describe(), wanted)
	}
	return nil
}

// describe names the type of n. The value may be a secret.
func (n *node) describe() string {
	if n.members != nil {
		return "an object"
	}
	switch v := n.value.(type) {
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case []*node:
		return "a list"
	case string:
		if strings.TrimSpace(v) == "" {
			return "an empty string"
		}
		return "a string"
	}
	return "null"
}

// list is a string, or a list of strings; nil for anything else.
func (n *node) list() []string {
	if n == nil {
		return nil
	}
	switch v := n.value.(type) {
	case string:
		return []string{v}
	case []*node:
		all := make([]string, 0, len(v))
		for _, e := range v {
			s, ok := e.value.(string)
			if !ok || e.members != nil {
				return nil
			}
			all = append(all, s)
		}
		return all
	}
	return nil
}

const (
	maxMinutes = 24 * 60 // a bare number above this was meant as seconds
	needsUnit  = "must be a positive number of minutes, or a string with a unit such as \"360m\" or \"24h\""
)

// duration reads a life: a bare number counts minutes.
func (n *node) duration() (time.Duration, error) {
	switch v := n.value.(type) {
	case json.Number:
		minutes, err := v.Int64()
		switch {
		case err != nil || minutes <= 0:
			return 0, errors.New(needsUnit)
		case minutes > maxMinutes:
			return 0, fmt.Errorf("%d would be more than a day of minutes; if it means seconds, write \"%ds\", if minutes, \"%dm\"", minutes, minutes, minutes)
		}
		return time.Duration(minutes) * time.Minute, nil
	case string:
		if d, err := time.ParseDuration(v); err == nil && d > 0 {
			return d, nil
		}
	}
	return 0, errors.New(needsUnit)
}

// suggestion is "; did you mean ...?" for a key that is not known.
func suggestion(key string, known []string) string {
	best, least := "", maxBlockName
	slices.Sort(known)
	for _, k := range known {
		if d := spelling.Distance(strings.ToLower(key), strings.ToLower(k)); d < least && 3*d <= len(k)+1 {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}
