//go:build vectors

package auth

import (
	"context"
	"log/slog"
	"maps"
	"slices"
)

// VerifyVector is the payload of token if a key of the set jwks made its
// signature, by any algorithm that can be allowed. Published test vectors have
// payloads that are no claims, which is why they cannot pass [Authenticator.Authenticate];
// everything before the claims is judged here by the same code. It is built for
// tests/vectors alone, by the tag, so that no program can skip the claims.
func VerifyVector(ctx context.Context, jwks, token []byte) (payload []byte, err error) {
	t, err := parseJWS(string(token))
	if err != nil {
		return nil, err
	}
	set, err := parseKeySet(jwks)
	if err != nil {
		return nil, err
	}
	keys := newKeyCache("vectors", "", nil, keyTimes{}, slog.New(slog.DiscardHandler))
	keys.pending = nil // nothing will be loaded
	keys.take(set, keys.started)
	keys.times.stale = 1 << 62
	keys.times.refetch = 1 << 62
	keys.tried = keys.started
	tr := &trust{algorithms: slices.Collect(maps.Keys(algorithms)), keys: keys}
	if _, err := tr.verify(ctx, t); err != nil {
		return nil, err
	}
	return t.payload, nil
}
