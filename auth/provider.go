package auth

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Provider is the settings of one identity provider: an [Okta] or an [OIDC].
type Provider interface {
	// trusts translates the settings into the issuers that they admit, or
	// names every setting at fault.
	trusts(f *fetcher) ([]*trust, error)
}

// trust is one issuer whose tokens are accepted, and by which rules. Each has
// keys of its own. It does not change after New.
type trust struct {
	provider       string
	issuer         string // compared byte for byte with iss
	audiences      []string
	clients        []string // who may have asked for the token; empty: anyone
	algorithms     []string
	idTokens       bool
	requiredType   string // of the header's typ; empty: none
	userClaim      string
	groupsClaim    string
	requiredClaims map[string][]string
	maxLife        time.Duration // zero: as long as the provider likes

	load loader
	file bool // load reads a file: cheap, and to be polled
	keys *keyCache
}

// setting names a settings key, and its environment variable, in an error.
type setting struct{ provider, key string }

func (s setting) errorf(format string, args ...any) error {
	if s.provider == "" {
		return fmt.Errorf("auth.%s (AUTH_%s): %s", s.key, strings.ToUpper(s.key), fmt.Sprintf(format, args...))
	}
	env := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(s.provider + "_" + s.key))
	return fmt.Errorf("auth.%s.%s (%s): %s", s.provider, s.key, env, fmt.Sprintf(format, args...))
}

var errURL = errors.New("not an absolute https URL")

// checkURL accepts an https address, or an http one that stays on this machine
// or is allowed by name, without the parts that hide where it leads.
func checkURL(raw string, allowHTTP bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return nil, errURL
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errURL
	case u.Scheme == "http" && !allowHTTP && !loopback(u.Hostname()):
		return nil, errors.New("http is for this machine alone; use https, or allow_http if the network is yours")
	case u.User != nil:
		return nil, errors.New("may not hold a user name")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return nil, errors.New("may not hold a fragment")
	case strings.Contains(u.Path, "//"):
		return nil, errors.New("has an empty path segment")
	case slices.Contains(strings.Split(u.Path, "/"), ".."), slices.Contains(strings.Split(u.Path, "/"), "."):
		return nil, errors.New("has a path segment of dots")
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return nil, errors.New("holds a character other than printable ASCII")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkAlgorithms refuses what is unknown or symmetric.
func checkAlgorithms(key setting, list []string) error {
	for _, alg := range list {
		if _, ok := algorithms[alg]; !ok {
			return key.errorf("%q is not one of %s", alg, strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))
		}
	}
	return nil
}
