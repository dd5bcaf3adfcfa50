package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/auth/keepconfig"
)

const wellKnown = "/.well-known/openid-configuration"

// placeKeys sets where tr's keys come from. A key that the settings hold must
// be one that its algorithm can use.
func (h HCL) placeKeys(f *fetcher, b keepconfig.Block, tr *trust) error {
	if b.URL != "" {
		if _, err := checkURL(b.URL, h.AllowHTTP); err != nil {
			return b.Errorf("providerUrl", "%q: %v", b.URL, err)
		}
		tr.source = fmt.Sprintf("provider %s iss %q kid %q", b.URL, b.Issuer, b.KeyID)
		tr.load = f.keysBehind(b.URL, b.Issuer, b.KeyID)
		return nil
	}
	place := heldKey{kid: b.KeyID, alg: tr.algorithms[0], inline: b.Key, directory: h.Directory, file: b.KeyFile}
	key := "key"
	if b.KeyFile != "" {
		key, tr.file = "keyFile", true
		tr.source = fmt.Sprintf("file %q in %q kid %q %s", b.KeyFile, h.Directory, b.KeyID, place.alg)
	} else {
		tr.source = fmt.Sprintf("key %x kid %q %s", sha256.Sum256([]byte(b.Key)), b.KeyID, place.alg)
	}
	last, note, err := place.load()
	if err != nil {
		return b.Errorf(key, "%v", err)
	}
	if note != "" {
		tr.warnings = append(tr.warnings, b.Errorf(key, "%s", note).Error())
	}
	tr.load = func(context.Context) (*keySet, error) { // loads follow one another, so last needs no lock
		set, _, err := place.load()
		if err == nil && set.digest != last.digest {
			last = set
		}
		if err != nil {
			return nil, err
		}
		return last, nil
	}
	return nil
}

// heldKey is one public key in a file, or in the settings themselves.
type heldKey struct {
	kid, alg, inline, directory, file string
}

// load reads the key, and gives what the log should know of it.
func (k heldKey) load() (set *keySet, note string, err error) {
	data := []byte(k.inline)
	if k.file != "" {
		if data, err = keepconfig.ReadKey(k.directory, k.file); err != nil {
			return nil, "", fmt.Errorf("read key file %q: %w", k.file, err)
		}
	}
	key, note, err := publicKeyFor(k.alg, data)
	if err != nil {
		return nil, "", err
	}
	key.id, key.anyID = k.kid, k.kid == ""
	return &keySet{keys: []verifyKey{key}, digest: sha256.Sum256(data)}, note, nil
}

// baseOf is address without what leads from an issuer to its discovery document.
func baseOf(address string) string { return strings.TrimSuffix(address, wellKnown) }

// keysBehind loads from address, which may be an issuer's base, its discovery
// document or its keys: the answer tells which, by its jwks_uri or its keys. What
// is neither is taken for a base. The document must be of the issuer that the
// address names, or of iss; keys are looked for on its own host alone. With a
// kid, only keys of that id are taken.
func (f *fetcher) keysBehind(address, iss, kid string) loader {
	return func(ctx context.Context) (*keySet, error) {
		body, doc, err := f.object(ctx, address)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, err
		case err == nil && has(doc, "keys") && has(doc, "jwks_uri"):
			return nil, fmt.Errorf("get %q: both a discovery document and a key set", address)
		case err == nil && has(doc, "keys"):
			return keysOfID(body, address, "", kid)
		case err == nil && has(doc, "jwks_uri"):
			return f.keysBy(ctx, doc, address, iss, kid)
		case err == nil:
			err = fmt.Errorf("get %q: neither jwks_uri nor keys in the answer", address)
		}
		extended, plain := extend(address)
		if !plain {
			return nil, err
		}
		_, doc, errExtended := f.object(ctx, extended)
		if errExtended == nil && !has(doc, "jwks_uri") {
			errExtended = fmt.Errorf("get %q: no jwks_uri in the answer", extended)
		}
		if errExtended != nil {
			return nil, errors.Join(err, errExtended)
		}
		return f.keysBy(ctx, doc, address, iss, kid)
	}
}

func has(doc map[string]any, name string) bool {
	_, there := doc[name]
	return there
}

// extend is the place of the discovery document below address; false if
// address is such a place already.
func extend(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || strings.HasSuffix(u.Path, wellKnown) {
		return "", false
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + wellKnown
	return u.String(), true
}

// object is the JSON object at address, and its bytes.
func (f *fetcher) object(ctx context.Context, address string) ([]byte, map[string]any, error) {
	body, err := f.get(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	doc, err := decodeObject(body)
	if err != nil {
		return nil, nil, fmt.Errorf("get %q: %w", address, err)
	}
	return body, doc, nil
}

// keysBy loads from where a discovery document says. Two issuers that differ in
// a final slash have it in the same place (OpenID Connect Discovery, section 4),
// so that it may be of either.
func (f *fetcher) keysBy(ctx context.Context, doc map[string]any, address, iss, kid string) (*keySet, error) {
	issuer, _ := doc["issuer"].(string)
	own := issuer != "" && strings.TrimSuffix(issuer, "/") == strings.TrimSuffix(baseOf(address), "/")
	if !own && (iss == "" || issuer != iss) {
		return nil, fmt.Errorf("get %q: the document is of another issuer, %.200q; if that is right, give it as iss", address, issuer)
	}
	place, _ := doc["jwks_uri"].(string)
	if !sameHost(address, place) {
		return nil, fmt.Errorf("get %q: jwks_uri %.200q is not on the same host; if it is right, give it as providerUrl, and iss", address, place)
	}
	body, err := f.get(ctx, place)
	if err != nil {
		return nil, err
	}
	return keysOfID(body, place, issuer, kid)
}

// keysOfID is the key set in body, or the part of it that has this id, learned
// from the discovery document of issuer, if it was one.
func keysOfID(body []byte, place, issuer, kid string) (*keySet, error) {
	set, err := parseKeySet(body)
	if err != nil {
		return nil, fmt.Errorf("get %q: %w", place, err)
	}
	if kid != "" {
		set.keys = slices.DeleteFunc(set.keys, func(k verifyKey) bool { return k.id != kid })
		if len(set.keys) == 0 {
			return nil, fmt.Errorf("get %q: %w: none has the id that kid names", place, errNoKeys)
		}
	}
	set.issuer = issuer
	set.digest = sha256.Sum256(append(set.digest[:], issuer...))
	return set, nil
}
