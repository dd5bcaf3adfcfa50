package auth

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/auth/seal"
)

// state is everything that one set of settings makes. It does not change once
// it is in force; Update puts another in its place.
type state struct {
	a     *Authenticator
	cfg   Config
	fetch *fetcher

	trusts   []*trust // as configured
	byIssuer map[string]*trust
	open     []*trust // those that choose their tokens by other rules than one exact issuer

	own       *seal.Sealer // of the tokens that Login gives out
	directory *directory.Directory
	kerberos  *kerberos.Acceptor

	sources    []groupSource
	groupCache *groupCache
	groupFile  *groupFile
	outcomes   outcomes
	questions  questions

	names         []nameRule
	impersonation []impersonationRule

	stop context.CancelFunc // ends what begin started
}

// newState checks cfg whole. It reads files, and asks nobody.
func newState(cfg Config) (*state, error) {
	errs := []error{cfg.check()}
	st := &state{cfg: cfg, fetch: newFetcher(cfg), byIssuer: make(map[string]*trust)}
	names := make(map[string]bool)
	for _, p := range cfg.Providers {
		if p == nil {
			errs = append(errs, setting{"", "providers"}.errorf("a provider is nil"))
			continue
		}
		trusts, err := p.trusts(st.fetch)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for name := range namesOf(trusts) {
			if names[name] {
				errs = append(errs, setting{"", "providers"}.errorf("%q is named twice", name))
			}
			names[name] = true
		}
		for _, tr := range trusts {
			if tr.admits != nil {
				st.open, st.trusts = append(st.open, tr), append(st.trusts, tr)
				continue
			}
			if other, there := st.byIssuer[tr.issuer]; there {
				errs = append(errs, setting{"", "providers"}.errorf("%q and %q have the same issuer %s",
					other.provider, tr.provider, tr.issuer))
				continue
			}
			st.byIssuer[tr.issuer], st.trusts = tr, append(st.trusts, tr)
		}
	}
	for _, tr := range st.open {
		if other, there := st.byIssuer[tr.issuer]; there {
			errs = append(errs, setting{"", "providers"}.errorf("%q and %q have the same issuer %s", other.provider, tr.provider, tr.issuer))
		}
		for _, other := range st.trusts {
			if other.admits == nil && tr.covers != nil && tr.covers(other.issuer) {
				errs = append(errs, setting{"", "providers"}.errorf("%q and %q have the same issuer %s", other.provider, tr.provider, other.issuer))
			}
		}
	}
	errs = append(errs, st.setUpMethods(), st.setUpGroups(), st.setUpRules())
	if err := errors.Join(errs...); err != nil {
		st.fetch.close()
		return nil, err
	}
	return st, nil
}

func namesOf(trusts []*trust) map[string]bool {
	names := make(map[string]bool)
	for _, tr := range trusts {
		names[tr.provider] = true
	}
	return names
}

// setUpMethods makes what checks passwords, tickets and certificates.
func (st *state) setUpMethods() error {
	var errs []error
	if st.cfg.Directory != nil {
		d, err := directory.New(*st.cfg.Directory)
		st.directory = d
		errs = append(errs, under(err))
	}
	if st.cfg.Passwords && st.cfg.Directory == nil {
		errs = append(errs, setting{"", "ldap.hosts"}.errorf("is required: passwords are checked by a directory"))
	}
	if st.cfg.Kerberos != nil {
		k, err := kerberos.New(*st.cfg.Kerberos)
		st.kerberos = k
		errs = append(errs, under(err))
	}
	if c := st.cfg.Certificates; c != nil && !slices.Contains(certificateParts, c.User) {
		errs = append(errs, setting{"", "certificates.user"}.errorf("%q is not one of %q", c.User, certificateParts))
	}
	return errors.Join(errs...)
}

// cacheLike is the key cache of st that loads from the same place as tr by the
// same rules; nil if there is none.
func (st *state) cacheLike(tr *trust, next *state) *keyCache {
	if st == nil || !st.cfg.Roots.Equal(next.cfg.Roots) {
		return nil
	}
	for _, old := range st.trusts {
		if old.provider == tr.provider && old.issuer == tr.issuer && old.source == tr.source && st.times(old) == next.times(tr) {
			return old.keys
		}
	}
	return nil
}

func (st *state) times(tr *trust) keyTimes {
	if tr.file {
		return keyTimes{fresh: st.cfg.FilePoll, stale: st.cfg.StaleFor, refetch: st.cfg.FilePoll, retry: st.cfg.FilePoll}
	}
	return keyTimes{fresh: st.cfg.CacheFor, stale: st.cfg.StaleFor, refetch: st.cfg.RefetchAfter, retry: st.cfg.RetryAfter}
}

// begin starts what runs beside the calls, until ctx ends.
func (st *state) begin(ctx context.Context, runs *sync.WaitGroup) {
	ctx, st.stop = context.WithCancel(ctx)
	st.warnOfRules()
	if st.directory != nil {
		runs.Go(func() { st.probe(ctx) })
	}
}

// end lets go what is not needed once st is no longer in force.
func (st *state) end() {
	st.stop()
	st.fetch.close()
	if st.directory != nil {
		st.directory.Close()
	}
}

// vouched reports whether p's voucher is among the settings.
func (st *state) vouched(p Principal) bool {
	switch p.Method {
	case ByPassword:
		return st.cfg.Passwords
	case ByKerberos:
		return st.kerberos != nil
	case ByCertificate:
		return st.cfg.Certificates != nil
	default:
		return slices.ContainsFunc(st.trusts, func(tr *trust) bool { return tr.provider == p.Provider })
	}
}
