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

// Provider is the settings of one identity provider, such as an [Okta] or an [OIDC].
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
	noExpiry       bool          // an exp in the past is accepted
	warnings       []string      // about the provider's settings, for the log

	// admits chooses the tokens of a provider whose issuer is not one exact
	// text. Several may admit one token; the one whose key made its signature
	// judges it. Nil: iss must be issuer.
	admits func(issuer string, claims map[string]any) bool
	// covers reports whether issuer, a whole one that another trust has, is among
	// those that admits takes; nil: none is.
	covers func(issuer string) bool
	// signs reports whether a key of the set may sign t; nil: all may.
	signs func(key verifyKey, t token) bool
	// judgeAud takes the place of the comparison with audiences; nil: none.
	judgeAud func(claims map[string]any) error
	// finish is the provider's own rule, after the signature and the common
	// rules: it may refuse, and may change what is known of the user. Nil: none.
	finish func(t token, id *identity) error
	// remote is asked about each token that is good otherwise; nil: nobody.
	remote *remoteChecker

	source string // names where load reads from: equal for equal places
	load   loader
	file   bool // load reads a file: cheap, and to be polled
	keys   *keyCache
}

// setting names a settings key, and its environment variable, in an error.
type setting struct{ provider, key string }

func (s setting) errorf(format string, args ...any) error {
	if s.provider == "" {
		return fmt.Errorf("auth.%s (AUTH_%s): %s", s.key, strings.ToUpper(s.key), fmt.Sprintf(format, args...))
	}
	prefix := s.provider
	if prefix == entraName {
		prefix = "azure"
	}
	env := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(prefix + "_" + s.key))
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

// checkRequiredClaims refuses claims without a value that would do.
func checkRequiredClaims(key setting, claims map[string][]string) error {
	var errs []error
	for _, claim := range slices.Sorted(maps.Keys(claims)) {
		if claim == "" || len(claims[claim]) == 0 {
			errs = append(errs, key.errorf("%q needs at least one allowed value", claim))
		}
	}
	return errors.Join(errs...)
}

// under makes the joined errors of a package below, each of which begins with a
// setting's name, speak of settings below "auth.".
func under(err error) error {
	return eachOf(err, func(e error) error { return fmt.Errorf("auth.%w", e) })
}

// eachOf is err as say tells it or, if several are joined in it, each of them.
func eachOf(err error, say func(error) error) error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return say(err)
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, eachOf(e, say))
	}
	return errors.Join(errs...)
}
