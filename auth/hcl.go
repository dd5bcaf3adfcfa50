package auth

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lakegate/lakegate/auth/keepconfig"
)

// HCL trusts the identity providers that a directory of JSON files names, as
// HCL Domino REST API keeps them in keepconfig.d. New and Update read the
// directory; key files are read again when they change.
type HCL struct {
	Directory string

	// Scopes say which places a token's scopes reach: scope to catalog or
	// catalog.schema, several with blanks or commas between them, "*" for all
	// places and "-" for none. A scope that is not here reaches nothing, but for
	// $DATA, which reaches all places.
	Scopes map[string]string

	GroupsClaim string // names the user's groups; a claim's name or a JSON pointer; empty means groups

	// ProbeNames looks for the user's name in several claims, as Domino does,
	// for providers without userIdentifier, and not in sub alone. It is safe
	// only where users can write none of probedNames.
	ProbeNames bool

	MaxLifetime time.Duration // instead of the directory's maxJwtDuration; zero: the directory's
	AllowHTTP   bool          // also accept http addresses beyond this machine
}

const hclName = "hcl"

// everything is the scope for all data; it reaches everywhere unless Scopes says otherwise.
const everything = "$DATA"

const nowhere = "-" // in Scopes: no place

// Read reads the directory and checks what can be checked without the rest of
// the settings.
func (h HCL) Read() (keepconfig.Config, error) {
	if h.Directory == "" {
		return keepconfig.Config{}, setting{hclName, "directory"}.errorf("is required")
	}
	c, err := keepconfig.Read(h.Directory)
	return c, inDirectory(err)
}

// Mark changes when a name or the content of one of the directory's JSON files
// does, or when they cannot be read. It is cheap enough to be looked at every
// second.
func (h HCL) Mark() string {
	mark, err := keepconfig.Fingerprint(h.Directory)
	if err != nil {
		return err.Error()
	}
	return mark
}

// inDirectory has each of the joined errors name the setting.
func inDirectory(err error) error {
	return eachOf(err, func(e error) error { return setting{hclName, "directory"}.errorf("%v", e) })
}

func (h HCL) trusts(f *fetcher) ([]*trust, error) {
	config, err := h.Read()
	errs := []error{err}
	reaches, err := h.reaches()
	errs = append(errs, err)
	if h.MaxLifetime < 0 {
		errs = append(errs, setting{hclName, "max_lifetime"}.errorf("%s is negative", h.MaxLifetime))
	} else if h.MaxLifetime > 0 {
		config.MaxTokenLife = h.MaxLifetime
	}
	var trusts []*trust
	for _, b := range config.Blocks {
		tr, err := h.trust(f, config, b, reaches)
		if err != nil {
			errs = append(errs, inDirectory(err))
			continue
		}
		trusts = append(trusts, tr)
	}
	errs = append(errs, inDirectory(choose(config.Blocks, trusts)))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(trusts) > 0 {
		trusts[0].warnings = append(trusts[0].warnings, config.Warnings...)
	}
	return trusts, nil
}

// trust translates one block.
func (h HCL) trust(f *fetcher, config keepconfig.Config, b keepconfig.Block, reaches map[string][]string) (*trust, error) {
	tr := &trust{
		provider:    hclName + "." + b.Name,
		issuer:      b.Issuer,
		audiences:   b.Audiences,
		userClaim:   orDefault(b.UserClaim, "sub"),
		groupsClaim: orDefault(h.GroupsClaim, "groups"),
		maxLife:     config.MaxTokenLife,
		noExpiry:    config.DisableExpiryCheck || b.AllowExpired,
	}
	var err error
	if tr.algorithms, err = algorithmsOf(b); err != nil {
		return nil, err
	}
	if err := h.placeKeys(f, b, tr); err != nil {
		return nil, err
	}
	if b.Kind == keepconfig.OIDC {
		tr.judgeAud = clientRule{audiences: b.Audiences, clients: b.Clients, appID: b.Microsoft}.judge
	}
	rules := hclRules{block: b, reaches: reaches, probe: h.ProbeNames && b.UserClaim == ""}
	tr.finish = func(t token, id *identity) error {
		if held := tr.keys.current.Load(); b.Issuer == "" && held != nil && held.issuer != "" && t.claims["iss"] != held.issuer {
			return refuse("Invalid issuer") // the keys were not there yet when it was admitted
		}
		return rules.finish(t, id)
	}
	return tr, nil
}

// algorithmsOf is the one algorithm of a block, which is RS256 where it names none.
func algorithmsOf(b keepconfig.Block) ([]string, error) {
	alg := b.Algorithm
	switch {
	case alg == "" && b.Kind == keepconfig.OIDC:
		return usualAlgs, nil
	case alg == "":
		alg = "RS256"
	case alg == "RSA256" || alg == "RSA384" || alg == "RSA512":
		alg = "RS" + strings.TrimPrefix(alg, "RSA")
	case strings.HasPrefix(alg, "HS"):
		return nil, b.Errorf("algorithm", "%q signs with a secret that whoever verifies could sign with too; use RS256 or another with a public key", alg)
	}
	if _, known := algorithms[alg]; !known {
		return nil, b.Errorf("algorithm", "%q is not one of %s", alg, strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))
	}
	return []string{alg}, nil
}

// choose says which provider judges which token: the one whose issuer is the
// token's iss. Among several of one issuer, each must have key ids or audiences
// of its own. Those that name no issuer are tried for what nobody else claims.
func choose(blocks []keepconfig.Block, trusts []*trust) error {
	if len(blocks) != len(trusts) {
		return nil // another mistake is told already
	}
	var errs []error
	anyIssuer := 0
	for i, b := range blocks {
		var siblings []keepconfig.Block
		for j, other := range blocks {
			if i == j || expectedIssuer(b) == "" || expectedIssuer(other) != expectedIssuer(b) {
				continue
			}
			siblings = append(siblings, other)
			if j < i && !apart(b, other) {
				errs = append(errs, b.Errorf("iss", "has the issuer of %s.%s; that is allowed only where both have a kid, or an aud, of their own", other.Kind, other.Name))
			}
		}
		tr := trusts[i]
		switch {
		case b.Issuer != "" && len(siblings) == 0: // by exact issuer alone
		case b.Issuer != "":
			tr.admits = func(issuer string, claims map[string]any) bool {
				return issuer == b.Issuer && meant(claims, b, siblings)
			}
		case b.URL != "":
			tr.issuer = b.URL // for the log; what iss must be, the keys' place says
			tr.admits = func(issuer string, claims map[string]any) bool {
				held := tr.keys.current.Load()
				return issuer != "" && (held == nil || held.issuer == "" || held.issuer == issuer) && meant(claims, b, siblings)
			}
		default:
			tr.issuer = "any"
			tr.admits = func(issuer string, _ map[string]any) bool { return issuer != "" }
			if anyIssuer++; anyIssuer == maxOpen+1 {
				errs = append(errs, b.Errorf("iss", "is required: a token is tried with no more than %d providers that name no issuer", maxOpen))
			}
		}
	}
	return errors.Join(errs...)
}

// expectedIssuer is what iss is as far as the settings tell, without a final
// slash; empty if they do not.
func expectedIssuer(b keepconfig.Block) string {
	if b.Issuer != "" {
		return strings.TrimSuffix(b.Issuer, "/")
	}
	return strings.TrimSuffix(baseOf(b.URL), "/")
}

// apart reports that no token can be meant for both of two blocks of one issuer.
func apart(a, b keepconfig.Block) bool {
	if a.KeyID != "" && b.KeyID != "" && a.KeyID != b.KeyID {
		return true
	}
	return !slices.ContainsFunc(a.Audiences, func(s string) bool { return slices.Contains(b.Audiences, s) })
}

// meant reports that a token's aud does not send it to a sibling of b, which
// has the same issuer.
func meant(claims map[string]any, b keepconfig.Block, siblings []keepconfig.Block) bool {
	return anyOf(claims["aud"], b.Audiences) ||
		!slices.ContainsFunc(siblings, func(s keepconfig.Block) bool { return anyOf(claims["aud"], s.Audiences) })
}

// clientRule is who an OIDC block's tokens may be meant for, and who may have
// asked for them.
type clientRule struct {
	audiences, clients []string
	appID              bool // version 1 of Microsoft's tokens names the client in appid
}

func (r clientRule) judge(claims map[string]any) error {
	if !anyOf(claims["aud"], r.audiences) {
		return refuse("Invalid audience")
	}
	names := clientClaims
	if r.appID {
		names = append(slices.Clone(names), "appid")
	}
	named, err := namesClient(claims, names, r.clients)
	if err != nil {
		return err
	}
	if !named {
		return refuse("Client not named")
	}
	return nil
}

// reaches reads Scopes.
func (h HCL) reaches() (map[string][]string, error) {
	all := map[string][]string{everything: {Everywhere}}
	var errs []error
	for _, scope := range slices.Sorted(maps.Keys(h.Scopes)) {
		if scope == "" || strings.ContainsAny(scope, " \t\r\n") {
			errs = append(errs, setting{hclName, "scopes"}.errorf("%q is not a scope: no blanks, not empty", scope))
			continue
		}
		all[scope] = nil
		places := strings.FieldsFunc(h.Scopes[scope], func(r rune) bool { return r == ' ' || r == ',' })
		switch {
		case len(places) == 0:
			errs = append(errs, setting{hclName, "scopes"}.errorf("%s: names no place; %q is none", scope, nowhere))
		case len(places) == 1 && places[0] == nowhere:
			continue
		}
		for _, place := range places {
			if err := checkPlace(place); err != nil {
				errs = append(errs, setting{hclName, "scopes"}.errorf("%s: %q: %v", scope, place, err))
			}
		}
		all[scope] = places
	}
	return all, errors.Join(errs...)
}

func checkPlace(place string) error {
	if place == Everywhere {
		return nil
	}
	parts := strings.Split(place, ".")
	if len(parts) > 2 || slices.Contains(parts, "") || strings.ContainsAny(place, "*\x00") || place == nowhere {
		return fmt.Errorf("not catalog, catalog.schema, %s or %s alone", Everywhere, nowhere)
	}
	return nil
}
