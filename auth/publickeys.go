package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// PublicKeys trusts whoever holds the private halves of some public keys that
// are named in the settings, as Okera's JWT keys do.
type PublicKeys struct {
	Name string // in settings, logs and Principal.Provider; empty means jwt

	// Keys are public keys, each a path, a file:// URL, or the key itself: in
	// PEM, as a certificate in PEM, or in the bare base64 of a Keycloak realm's
	// page. A file holds one key in one of these forms, or that page as it is.
	// It is read again when it changes; what is at fault then leaves the keys as
	// they were.
	Keys []string

	// Algorithms has one entry for each of Keys, which is used with that
	// algorithm alone. RSA256, RSA384 and RSA512 mean RS256, RS384 and RS512.
	// Empty means RS512 for each.
	Algorithms []string

	// Issuer, if not empty, must be the token's iss. Without it tokens of every
	// issuer are judged that no other provider is named for, and of none.
	Issuer string
	// Audience, if not empty, must hold one of the token's aud. Without it a
	// token may be meant for anybody.
	Audience []string

	UserClaim   string // names the user; empty means sub
	GroupsClaim string // empty means groups

	// RequiredClaims lets in only tokens with one of the given values in each
	// claim; a claim may be a string or a list of strings.
	RequiredClaims map[string][]string

	MaxLifetime time.Duration // longest life of a token; zero: any

	// Remote is asked about each token that a key has verified; nil: nobody.
	Remote *RemoteCheck
}

func (p PublicKeys) trusts(f *fetcher) ([]*trust, error) {
	name := orDefault(p.Name, "jwt")
	if !providerName.MatchString(name) {
		return nil, setting{"", "providers"}.errorf("%q is not a provider's name", p.Name)
	}
	sources, errs := p.sources(name)
	errs = append(errs, p.check(name)...)
	if p.Remote != nil {
		errs = append(errs, p.Remote.check(name))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	tr := &trust{
		provider:       name,
		issuer:         p.Issuer,
		audiences:      slices.Clone(p.Audience),
		userClaim:      orDefault(p.UserClaim, "sub"),
		groupsClaim:    orDefault(p.GroupsClaim, "groups"),
		requiredClaims: maps.Clone(p.RequiredClaims),
		maxLife:        p.MaxLifetime,
		source:         sources.String(),
		load:           sources.loader(),
		file:           slices.ContainsFunc(sources, func(s keySource) bool { return s.path != "" }),
	}
	for _, s := range sources {
		tr.algorithms = append(tr.algorithms, s.alg)
	}
	if p.Issuer == "" {
		tr.admits = func(string, map[string]any) bool { return true }
	}
	if len(p.Audience) == 0 {
		tr.judgeAud = func(map[string]any) error { return nil }
		tr.warnings = append(tr.warnings, "no audience is set: tokens that these keys sign for other services are accepted too")
	}
	if p.Remote != nil {
		tr.remote = &remoteChecker{provider: name, url: p.Remote.URL, fetch: f}
	}
	return []*trust{tr}, nil
}

// check names the settings at fault, other than the keys.
func (p PublicKeys) check(name string) (errs []error) {
	fault := func(key, format string, args ...any) {
		errs = append(errs, setting{name, key}.errorf(format, args...))
	}
	if p.Issuer != strings.TrimSpace(p.Issuer) {
		fault("issuer", "%q has blanks around it", p.Issuer)
	}
	if slices.Contains(p.Audience, "") {
		fault("audience", "holds an empty name")
	}
	errs = append(errs, checkRequiredClaims(setting{name, "required_claims"}, p.RequiredClaims))
	if p.MaxLifetime < 0 {
		fault("max_lifetime", "%s is negative", p.MaxLifetime)
	}
	return errs
}

// okeraAlgorithms are Okera's spellings.
var okeraAlgorithms = map[string]string{"RSA256": "RS256", "RSA384": "RS384", "RSA512": "RS512"}

// sources pairs keys with their algorithms and reads each once.
func (p PublicKeys) sources(name string) (keySources, []error) {
	var errs []error
	keys, algorithm := setting{name, "public_key"}, setting{name, "algorithm"}
	if len(p.Keys) == 0 {
		return nil, append(errs, keys.errorf("is required"))
	}
	if len(p.Algorithms) > 0 && len(p.Algorithms) != len(p.Keys) {
		return nil, append(errs, algorithm.errorf("%d algorithms for %d keys; give one for each", len(p.Algorithms), len(p.Keys)))
	}
	sources := make(keySources, 0, len(p.Keys))
	uses := make(map[string]int)
	for i, entry := range p.Keys {
		alg := "RS512"
		if len(p.Algorithms) > 0 {
			alg = strings.TrimSpace(p.Algorithms[i])
			alg = orDefault(okeraAlgorithms[alg], alg)
		}
		if err := checkAlgorithms(algorithm, []string{alg}); err != nil {
			errs = append(errs, err)
			continue
		}
		s, err := newKeySource(alg, strings.TrimSpace(entry))
		if err == nil {
			_, _, err = s.key(nil)
		}
		if err != nil {
			errs = append(errs, keys.errorf("entry %d: %v", i+1, err))
			continue
		}
		if uses[alg]++; uses[alg] == maxTried+1 {
			errs = append(errs, keys.errorf("more than %d keys for %s; a token is tried against no more", maxTried, alg))
		}
		sources = append(sources, s)
	}
	return sources, errs
}

// keySource is one entry of the keys and the algorithm that it is for.
type keySource struct {
	alg    string
	path   string                 // empty: the key is in the settings
	read   func() ([]byte, error) // what is there now
	inline [sha256.Size]byte      // tells keys in the settings apart
}

// newKeySource decides where an entry leads. Nothing of a key given inline gets
// into an error: it may be a private one, by mistake.
func newKeySource(alg, entry string) (keySource, error) {
	if entry == "" {
		return keySource{}, errors.New("is empty")
	}
	if isInline(entry) {
		// A variable of the environment often has its line ends spelled out.
		data := []byte(strings.ReplaceAll(entry, `\n`, "\n"))
		return keySource{alg: alg, inline: sha256.Sum256(data), read: func() ([]byte, error) { return data, nil }}, nil
	}
	path := entry
	if strings.Contains(entry, "://") {
		u, err := url.Parse(entry)
		if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" || u.RawQuery != "" || u.Fragment != "" {
			return keySource{}, errors.New("is neither a path nor of the form file:///path; keys are not fetched from elsewhere, for that use the provider oidc")
		}
		path = u.Path
	}
	if len(path) > 4096 || strings.ContainsAny(path, "\r\n\x00") {
		return keySource{}, errors.New("is neither a path nor a key")
	}
	return keySource{alg: alg, path: path, read: regularFile(path)}, nil
}

// isInline tells a key from a path. A key's DER encoding begins with 0x30, which
// base64 spells M.
func isInline(entry string) bool {
	if strings.Contains(entry, "-----BEGIN") {
		return true
	}
	if len(entry) < 40 || entry[0] != 'M' {
		return false
	}
	_, err := os.Lstat(entry)
	return err != nil && !strings.ContainsFunc(entry, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("+/=\r\n ", r)
	})
}

// key is what the source holds now, and adds its bytes to sum, if there is one.
func (s keySource) key(sum io.Writer) (verifyKey, string, error) {
	data, err := s.read()
	switch {
	case errors.Is(err, fs.ErrNotExist) && sum == nil:
		return verifyKey{}, "", errors.New("is neither a key nor the path of a file")
	case err != nil:
		return verifyKey{}, "", err
	}
	key, note, err := publicKeyFor(s.alg, data)
	if err != nil && s.path != "" {
		err = fmt.Errorf("read %q: %w", s.path, err)
	}
	if err == nil && sum != nil {
		_, err = fmt.Fprintf(sum, "%d %s", len(data), data)
	}
	if note != "" {
		note = s.String() + ": " + note
	}
	return key, note, err
}

func (s keySource) String() string {
	if s.path == "" {
		return fmt.Sprintf("%s key %x of the settings", s.alg, s.inline[:8])
	}
	return s.alg + " file " + s.path
}

// keySources are loaded together: all of them, or none.
type keySources []keySource

func (list keySources) String() string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.String()
	}
	return strings.Join(texts, ", ")
}

func (list keySources) loader() loader {
	var last *keySet // loads follow one another, so this needs no lock
	return func(context.Context) (*keySet, error) {
		set, hash := &keySet{}, sha256.New()
		for _, s := range list {
			key, note, err := s.key(hash)
			if err != nil {
				return nil, err
			}
			set.keys = append(set.keys, key)
			if note != "" {
				set.notes = append(set.notes, note)
			}
		}
		set.digest = [sha256.Size]byte(hash.Sum(nil))
		if last == nil || last.digest != set.digest {
			last = set
		}
		return last, nil
	}
}
