package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/auth/seal"
)

// Authenticator turns credentials into principals. It is safe for concurrent
// use; whoever made it must Close it.
type Authenticator struct {
	verified *verifiedTokens
	attempts *attempts
	ownKey   seal.Key // seals own tokens where the settings have no key

	ctx      context.Context //nolint:containedctx // the life of the loading that Update starts
	stop     context.CancelFunc
	runs     sync.WaitGroup
	lookups  lookups       // of groups
	tickets  kerberos.Used // under these settings and all before
	updating sync.Mutex
	state    atomic.Pointer[state]
}

// New checks cfg whole, naming every setting at fault in the error, and begins
// to load the providers' keys. It does not wait for them: a provider that cannot
// be reached now is degraded in Status, and its tokens are ErrUnavailable. Keys
// are renewed until Close, or until ctx ends.
func New(ctx context.Context, cfg Config) (*Authenticator, error) {
	st, err := newState(cfg)
	if err != nil {
		return nil, err
	}
	a := &Authenticator{}
	if a.attempts, err = newAttempts(st.cfg.Attempts); err != nil {
		return nil, err
	}
	if a.verified, err = newVerifiedTokens(st.cfg.RememberMax); err != nil {
		return nil, err
	}
	if a.ownKey, err = seal.NewKey(); err != nil {
		return nil, err
	}
	a.ctx, a.stop = context.WithCancel(ctx)
	a.lookups.ctx = a.ctx
	return a, a.take(st)
}

// Update goes over to other settings, all of them or, with an error that names
// those at fault, none. Keys of providers whose place did not change stay in
// use. What was remembered of credentials is judged anew by the new rules.
func (a *Authenticator) Update(cfg Config) error {
	st, err := newState(cfg)
	if err != nil {
		return err
	}
	return a.take(st)
}

// take makes st the state in force.
func (a *Authenticator) take(st *state) error {
	a.updating.Lock()
	defer a.updating.Unlock()
	keys := st.cfg.TokenKeys
	if len(keys) == 0 {
		keys = []seal.Key{a.ownKey}
	}
	var err error
	if st.own, err = seal.New(keys...); err != nil {
		return err
	}
	st.a = a
	old := a.state.Load()
	kept := map[*keyCache]bool{}
	for _, tr := range st.trusts {
		for _, warning := range tr.warnings {
			st.cfg.Log.Warn(warning, "provider", tr.provider)
		}
		if tr.keys = old.cacheLike(tr, st); tr.keys != nil {
			kept[tr.keys] = true
			continue
		}
		ctx, cancel := context.WithCancel(a.ctx)
		tr.keys = newKeyCache(tr.provider, tr.issuer, tr.load, st.times(tr), st.cfg.Log)
		tr.keys.cancel = cancel
		a.runs.Go(func() { tr.keys.run(ctx) })
		st.cfg.Log.Info("identity provider added", "provider", tr.provider, "issuer", tr.issuer, "audience", tr.audiences)
	}
	if st.kerberos != nil {
		st.kerberos.Share(&a.tickets)
	}
	a.attempts.limit(st.cfg.Attempts)
	st.begin(a.ctx, &a.runs)
	a.state.Store(st)
	if old == nil {
		return nil
	}
	old.end()
	for _, tr := range old.trusts {
		if !kept[tr.keys] {
			tr.keys.cancel()
		}
	}
	return nil
}

// Close ends all loading and waits for it. Afterwards the keys that are held
// go on to be used, and are not renewed.
func (a *Authenticator) Close() {
	a.stop()
	a.lookups.stop()
	a.runs.Wait()
	a.state.Load().end()
}

// Authenticate judges what one call shows. The error is ErrUnauthenticated,
// ErrForbidden, ErrUnavailable, ErrLimited, or ctx's. The answer has a Token
// only where a token of ours was shown that is half spent.
func (a *Authenticator) Authenticate(ctx context.Context, shown Shown) (Answer, error) {
	return a.judged(func(st *state) (Answer, error) {
		answer, _, err := st.authenticate(ctx, shown)
		return answer, err
	})
}

// Login is Authenticate for a handshake: the answer has a Token, which for a
// provider's token is that token itself, and for anything else one of ours.
func (a *Authenticator) Login(ctx context.Context, shown Shown) (Answer, error) {
	return a.judged(func(st *state) (Answer, error) { return st.login(ctx, shown) })
}

// judged is what judge says under the settings in force. An Update ends the
// loading of keys that it has no use for; a call that waited for them is judged
// again, by what came in their place.
func (a *Authenticator) judged(judge func(*state) (Answer, error)) (Answer, error) {
	for {
		st := a.state.Load()
		answer, err := judge(st)
		if !errors.Is(err, ErrUnavailable) || a.state.Load() == st {
			return answer, err
		}
	}
}

// Trusts reports whether whoever vouched for p is still in the settings.
func (a *Authenticator) Trusts(p Principal) bool { return a.state.Load().vouched(p) }

// Challenges are the values for www-authenticate that say which credentials are taken.
func (a *Authenticator) Challenges() []string {
	cfg := a.state.Load().cfg
	list := []string{`Bearer realm="lakegate"`}
	if cfg.Kerberos != nil {
		list = append(list, "Negotiate")
	}
	if cfg.Passwords {
		list = append(list, `Basic realm="lakegate", charset="UTF-8"`)
	}
	return list
}

// authenticate is Authenticate under these settings. It also gives the identity
// behind the principal, for a token of ours.
func (st *state) authenticate(ctx context.Context, shown Shown) (Answer, identity, error) {
	kind, credential, err := shown.credential()
	if err != nil {
		return Answer{}, identity{}, err
	}
	if kind == none {
		return st.withoutHeader(ctx, shown)
	}
	if len(credential) > maxToken && kind != negotiate {
		return Answer{}, identity{}, refuse("Malformed token: too long")
	}
	key := st.a.verified.key(kind, shown.As, credential)
	if e := st.a.verified.get(key, st, st.cfg.Now(), st.cfg.Skew); e != nil {
		return Answer{Principal: e.principal, Remembered: true}, e.id, nil
	}
	// Tokens of ours cannot be guessed, and those that are half spent are not remembered.
	if kind != bearer || !isOwnToken(credential) {
		if err := st.a.attempts.mayTry(shown.Peer); err != nil {
			return Answer{}, identity{}, err
		}
	}
	answer, id, err := st.judge(ctx, kind, credential, shown)
	answer.Remembered = kind == bearer && isOwnToken(credential)
	if err != nil {
		if errors.Is(err, ErrUnauthenticated) && err.Error() != classExpired {
			st.a.attempts.failed(shown.Peer)
		}
		return Answer{}, identity{}, err
	}
	if st.cfg.RememberFor > 0 && kind != negotiate && answer.Token == "" {
		id.shorten(time.Now().Add(st.cfg.RememberFor))
		st.a.verified.put(key, verifiedToken{principal: answer.Principal, id: id, state: st})
	}
	p := answer.Principal
	st.cfg.Log.DebugContext(ctx, "credential accepted", "method", string(p.Method), "provider", p.Provider, "user", p.User, "groups", len(p.Groups), "scopes", p.Scopes)
	return answer, id, nil
}

// judge identifies the holder of a credential that nothing is remembered of,
// and completes the principal.
func (st *state) judge(ctx context.Context, kind scheme, credential string, shown Shown) (answer Answer, id identity, err error) {
	switch kind {
	case basic:
		id, answer.Token, err = st.password(ctx, credential, shown.Peer)
	case negotiate:
		id, answer.Negotiate, err = st.ticket(credential)
	default:
		id, answer.Token, err = st.anyToken(ctx, credential)
	}
	if err == nil {
		answer.Principal, err = st.principal(ctx, &id, shown.As)
	}
	return answer, id, err
}

// anyToken judges a token, ours or a provider's. The second result is a fresh one
// of ours if this is one that is half spent.
func (st *state) anyToken(ctx context.Context, text string) (identity, string, error) {
	if isOwnToken(text) {
		return st.ownToken(ctx, text)
	}
	id, err := st.token(ctx, text)
	return id, "", err
}

// withoutHeader judges a call that shows no authorization: by the certificate
// of its connection, if that names anybody.
func (st *state) withoutHeader(ctx context.Context, shown Shown) (Answer, identity, error) {
	if shown.Certificate == nil || st.cfg.Certificates == nil {
		return Answer{}, identity{}, &refusal{class: classMissing, reason: "No credential"}
	}
	id, err := st.certificate(shown.Certificate)
	if err != nil {
		return Answer{}, identity{}, err
	}
	p, err := st.principal(ctx, &id, shown.As)
	return Answer{Principal: p}, id, err
}

// login is Login under these settings. A token stands for who showed the
// credential: whom they act as, they say with each call.
func (st *state) login(ctx context.Context, shown Shown) (Answer, error) {
	answer, id, err := st.authenticate(ctx, shown)
	if err != nil || answer.Token != "" {
		return answer, err
	}
	kind, credential, _ := shown.credential()
	answer.Token = shownToken(kind, credential)
	if answer.Token == "" && !st.cfg.NoLogin {
		answer.Token, err = st.issue(id)
	}
	return answer, err
}

// Reload has every provider's keys loaded anew, now, and waits for it: a key
// that a provider has withdrawn is no longer accepted when it returns nil. The
// error names the providers whose keys could not be had; theirs stay in use.
func (a *Authenticator) Reload(ctx context.Context) error {
	trusts := a.state.Load().trusts
	loads := make([]<-chan struct{}, len(trusts))
	for i, tr := range trusts {
		loads[i] = tr.keys.forced()
	}
	var errs []error
	for i, tr := range trusts {
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

// SourceStatus is how one thing is that identity depends on.
type SourceStatus struct {
	Kind     string        // "keys" of one issuer, "check" of tokens by a service, "ldap" or "rest"
	Name     string        // the provider's, or as Kind
	Where    string        // the issuer, where the keys are of one without, or an address; holds no secret
	Keys     int           // of kind "keys": those that verify tokens now; zero: its tokens cannot be judged
	Age      time.Duration // of kind "keys": since they were last known to be right
	Degraded string        // why the last request failed; empty if it did not
}

// Status is every source: issuers in the order of the settings, then the others.
func (a *Authenticator) Status() []SourceStatus {
	st := a.state.Load()
	list := make([]SourceStatus, 0, len(st.trusts)+2)
	for _, tr := range st.trusts {
		s := SourceStatus{Kind: "keys", Name: tr.provider, Where: orDefault(tr.issuer, tr.source)}
		if held := tr.keys.usable(); held != nil {
			s.Keys, s.Age = len(held.keys), tr.keys.age(held)
		}
		if err := tr.keys.lastError(); err != nil {
			s.Degraded = err.Error()
		} else if s.Keys == 0 {
			s.Degraded = "signing keys have not been loaded yet"
		}
		list = append(list, s)
		if tr.remote != nil {
			list = append(list, tr.remote.status())
		}
	}
	return append(list, st.sourceStatus()...)
}

// oneLine keeps what comes from elsewhere from breaking a line of the log.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
