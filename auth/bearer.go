package auth

import (
	"context"
	"errors"
	"slices"
)

// maxOpen is how many providers without an issuer of their own one token is
// tried with.
const maxOpen = 16

// token judges a provider's token.
func (st *state) token(ctx context.Context, text string) (identity, error) {
	t, err := parseToken(text)
	if err != nil {
		return identity{}, err
	}
	issuer, _ := t.claims["iss"].(string)
	if tr := st.byIssuer[issuer]; tr != nil {
		return st.by(ctx, tr, t)
	}
	return st.tryOpen(ctx, issuer, t)
}

// tryOpen is for providers that declare no issuer: the one whose key verifies
// the token judges it. None of them is asked for a token that it does not admit.
func (st *state) tryOpen(ctx context.Context, issuer string, t token) (identity, error) {
	var admitting []*trust
	for _, tr := range st.open {
		if tr.admits(issuer, t.claims) {
			admitting = append(admitting, tr)
		}
	}
	// Those that know the token's key id come first: one that has to be asked
	// again, and may hang, holds up no other's tokens.
	slices.SortStableFunc(admitting, func(a, b *trust) int { return a.askedFor(t) - b.askedFor(t) })
	var unreachable error
	refused := refuse("Invalid issuer")
	for _, tr := range admitting[:min(len(admitting), maxOpen)] {
		id, err := st.by(ctx, tr, t)
		switch {
		case err == nil, ctx.Err() != nil:
			return id, err
		case errors.Is(err, ErrUnavailable):
			unreachable = err
		case !errors.Is(err, errNotSigned):
			return identity{}, err // its key, its rules
		default:
			refused = err
		}
	}
	if unreachable != nil {
		return identity{}, unreachable
	}
	return identity{}, refused
}

// askedFor is 1 if the provider has to be asked for the key of t, and otherwise 0.
func (tr *trust) askedFor(t token) int {
	if held := tr.keys.usable(); held != nil {
		if _, known := held.candidates(t); known {
			return 0
		}
	}
	return 1
}

// by judges t by one provider's keys and rules, and by whom it asks about its
// tokens. That comes last, so that nobody sees a token that is another's, and a
// forged one costs no request.
func (st *state) by(ctx context.Context, tr *trust, t token) (identity, error) {
	held, err := tr.verify(ctx, t)
	if err != nil {
		return identity{}, err
	}
	id, err := tr.judgeClaims(t, st.cfg.Now(), st.cfg.Skew)
	if err == nil && tr.remote != nil {
		err = tr.remote.judge(ctx, string(t.raw), st.cfg.Log)
	}
	id.keys, id.of = held, tr.keys
	return id, err
}

// verify checks t's signature and says which set of keys it was checked with.
func (tr *trust) verify(ctx context.Context, t token) (*heldKeys, error) {
	if !slices.Contains(tr.algorithms, t.alg) {
		return nil, notSigned("Algorithm not allowed")
	}
	keys, held, err := tr.keys.find(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if (tr.signs == nil || tr.signs(key, t)) && key.verifies(t) {
			return held, nil
		}
	}
	return nil, notSigned("Invalid signature")
}
