package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// MaxSkew is the largest leeway that [Config.Skew] may give.
const MaxSkew = 5 * time.Minute

// Config is what an [Authenticator] is made from.
type Config struct {
	Providers []Provider   // required
	Log       *slog.Logger // required

	// Skew is the leeway for clocks that differ, on both sides of every date
	// in a token. Zero means none.
	Skew time.Duration

	// How long keys are used before they are asked for again, and how long at
	// most if they cannot be had. Zero means 1 hour and 24 hours.
	CacheFor time.Duration
	StaleFor time.Duration

	// RefetchAfter is the least time between two loads that tokens with
	// unknown key ids cause, RetryAfter the first pause after a failed load
	// (it doubles up to RefetchAfter), FilePoll how often a jwks_file is
	// looked at. Zero means 1 minute, 5 seconds and 1 second.
	RefetchAfter time.Duration
	RetryAfter   time.Duration
	FilePoll     time.Duration

	// RememberFor is how long a token that was found good is not verified
	// again, RememberMax how many are remembered. Zero means 60 seconds and
	// 4096; a negative RememberFor remembers none.
	RememberFor time.Duration
	RememberMax int

	Now   func() time.Time // what tokens' dates are compared with; nil means time.Now
	Roots *x509.CertPool   // who vouches for providers' certificates; nil means the system

	// Dial is how providers are reached; nil means net.Dialer's DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (c *Config) check() error {
	var errs []error
	if c.Log == nil {
		errs = append(errs, errors.New("auth: a log is required"))
	}
	if len(c.Providers) == 0 {
		errs = append(errs, setting{"", "providers"}.errorf("at least one identity provider is required"))
	}
	if c.Skew < 0 || c.Skew > MaxSkew {
		errs = append(errs, setting{"", "skew"}.errorf("%s is not between 0 and %s", c.Skew, MaxSkew))
	}
	for _, d := range []struct {
		key       string
		value     *time.Duration
		otherwise time.Duration
	}{
		{"cache_for", &c.CacheFor, time.Hour},
		{"stale_for", &c.StaleFor, 24 * time.Hour},
		{"refetch_after", &c.RefetchAfter, time.Minute},
		{"retry_after", &c.RetryAfter, 5 * time.Second},
		{"file_poll", &c.FilePoll, time.Second},
	} {
		switch {
		case *d.value == 0:
			*d.value = d.otherwise
		case *d.value < 0:
			errs = append(errs, setting{"", d.key}.errorf("%s is negative", *d.value))
		}
	}
	if c.StaleFor < c.CacheFor {
		errs = append(errs, setting{"", "stale_for"}.errorf("%s is shorter than cache_for, %s", c.StaleFor, c.CacheFor))
	}
	if c.RememberFor == 0 {
		c.RememberFor = time.Minute
	}
	if c.RememberMax == 0 {
		c.RememberMax = 4096
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return errors.Join(errs...)
}

// Authenticator turns credentials into principals. It is safe for concurrent
// use; whoever made it must Close it.
type Authenticator struct {
	cfg      Config
	fetch    *fetcher
	trusts   map[string]*trust // by issuer
	order    []*trust          // as configured
	verified *verifiedTokens

	stop context.CancelFunc
	runs sync.WaitGroup
}

// New checks cfg whole, naming every setting at fault in the error, and begins
// to load the providers' keys. It does not wait for them: a provider that cannot
// be reached now is degraded in Status, and its tokens are ErrUnavailable. Keys
// are renewed until Close, or until ctx ends.
func New(ctx context.Context, cfg Config) (*Authenticator, error) {
	errs := []error{cfg.check()}
	a := &Authenticator{fetch: newFetcher(cfg), trusts: make(map[string]*trust)}
	names := make(map[string]bool)
	for _, p := range cfg.Providers {
		if p == nil {
			errs = append(errs, setting{"", "providers"}.errorf("a provider is nil"))
			continue
		}
		trusts, err := p.trusts(a.fetch)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if names[trusts[0].provider] {
			errs = append(errs, setting{"", "providers"}.errorf("%q is named twice", trusts[0].provider))
		}
		names[trusts[0].provider] = true
		for _, tr := range trusts {
			if other, there := a.trusts[tr.issuer]; there {
				errs = append(errs, setting{"", "providers"}.errorf("%q and %q have the same issuer %s",
					other.provider, tr.provider, tr.issuer))
				continue
			}
			a.trusts[tr.issuer] = tr
			a.order = append(a.order, tr)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}

	var err error
	if a.verified, err = newVerifiedTokens(cfg.RememberMax); err != nil {
		return nil, err
	}
	a.cfg = cfg
	ctx, a.stop = context.WithCancel(ctx)
	for _, tr := range a.order {
		times := keyTimes{fresh: cfg.CacheFor, stale: cfg.StaleFor, refetch: cfg.RefetchAfter, retry: cfg.RetryAfter}
		if tr.file {
			times.fresh, times.refetch, times.retry = cfg.FilePoll, cfg.FilePoll, cfg.FilePoll
		}
		tr.keys = newKeyCache(tr.provider, tr.issuer, tr.load, times, cfg.Log)
		a.runs.Go(func() { tr.keys.run(ctx) })
		cfg.Log.Info("identity provider added", "provider", tr.provider, "issuer", tr.issuer, "audience", tr.audiences)
	}
	return a, nil
}

// Close ends all loading and waits for it. Afterwards the keys that are held
// go on to be used, and are not renewed.
func (a *Authenticator) Close() {
	a.stop()
	a.runs.Wait()
	a.fetch.close()
}

// Authenticate judges all values of a call's authorization header: there must
// be exactly one, of the form "Bearer <token>" with the scheme in any case and
// exactly one blank. The error is ErrUnauthenticated, ErrUnavailable, or ctx's.
func (a *Authenticator) Authenticate(ctx context.Context, authorization []string) (Principal, error) {
	switch len(authorization) {
	case 0:
		return Principal{}, &refusal{class: classMissing, reason: "No credential"}
	case 1:
	default:
		return Principal{}, &refusal{class: classMalformed, reason: "Several authorization values"}
	}
	scheme, credential, _ := strings.Cut(authorization[0], " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		if credential == "" || holdsAny(credential, " ,\t\r\n") {
			return Principal{}, &refusal{class: classMalformed, reason: "Malformed bearer credential"}
		}
		return a.Token(ctx, credential)
	case "":
		return Principal{}, &refusal{class: classMissing, reason: "No credential"}
	default:
		return Principal{}, &refusal{class: classMalformed, reason: "Authorization scheme not supported"}
	}
}

// holdsAny is strings.ContainsAny for a long s, several times as fast.
func holdsAny(s, bytes string) bool {
	for i := range len(bytes) {
		if strings.IndexByte(s, bytes[i]) >= 0 {
			return true
		}
	}
	return false
}

// Token judges a bearer token by itself. Errors are as of Authenticate.
func (a *Authenticator) Token(ctx context.Context, token string) (Principal, error) {
	if len(token) > maxToken {
		return Principal{}, refuse("Malformed token: too long")
	}
	key := a.verified.key(token)
	if p, ok := a.verified.get(key, a.cfg.Now(), a.cfg.Skew); ok {
		return p, nil
	}
	t, err := parseToken(token)
	if err != nil {
		return Principal{}, err
	}
	issuer, ok := t.claims["iss"].(string)
	tr := a.trusts[issuer]
	if !ok || tr == nil {
		return Principal{}, refuse("Invalid issuer")
	}
	held, err := tr.verify(ctx, t)
	if err != nil {
		return Principal{}, err
	}
	p, err := tr.judgeClaims(t, a.cfg.Now(), a.cfg.Skew)
	if err != nil {
		return Principal{}, err
	}
	if a.cfg.RememberFor > 0 {
		a.verified.put(key, verifiedToken{principal: p, keys: held, of: tr.keys, until: time.Now().Add(a.cfg.RememberFor)})
	}
	a.cfg.Log.DebugContext(ctx, "token validated", "provider", p.Provider, "user", p.User, "groups", len(p.Groups), "scopes", p.Scopes)
	return p, nil
}

// verify checks t's signature and says which set of keys it was checked with.
func (tr *trust) verify(ctx context.Context, t token) (*heldKeys, error) {
	if !slices.Contains(tr.algorithms, t.alg) {
		return nil, refuse("Algorithm not allowed")
	}
	keys, held, err := tr.keys.find(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.verifies(t) {
			return held, nil
		}
	}
	return nil, refuse("Invalid signature")
}

// Reload has every provider's keys loaded anew, now, and waits for it: a key
// that a provider has withdrawn is no longer accepted when it returns nil. The
// error names the providers whose keys could not be had; theirs stay in use.
func (a *Authenticator) Reload(ctx context.Context) error {
	loads := make([]<-chan struct{}, len(a.order))
	for i, tr := range a.order {
		loads[i] = tr.keys.forced()
	}
	var errs []error
	for i, tr := range a.order {
		err := tr.keys.wait(ctx, loads[i])
		if err == nil {
			err = tr.keys.lastError()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("load keys of %s: %w", tr.provider, err))
		}
	}
	return errors.Join(errs...)
}

// ProviderStatus is how one issuer's keys are.
type ProviderStatus struct {
	Name     string
	Issuer   string
	Keys     int           // that verify tokens now; zero: its tokens cannot be judged
	KeysAge  time.Duration // since they were last known to be right
	Degraded string        // why the last load failed; empty if it did not
}

// Status is every issuer, in the order of the settings.
func (a *Authenticator) Status() []ProviderStatus {
	list := make([]ProviderStatus, 0, len(a.order))
	for _, tr := range a.order {
		s := ProviderStatus{Name: tr.provider, Issuer: tr.issuer}
		if held := tr.keys.usable(); held != nil {
			s.Keys, s.KeysAge = len(held.keys), tr.keys.age(held)
		}
		if err := tr.keys.lastError(); err != nil {
			s.Degraded = err.Error()
		} else if s.Keys == 0 {
			s.Degraded = "signing keys have not been loaded yet"
		}
		list = append(list, s)
	}
	return list
}
