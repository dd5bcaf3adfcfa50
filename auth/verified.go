package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
	"time"
)

const verifiedShards = 16

// verifiedTokens remembers credentials that were found good, each under a keyed hash,
// so that a copy of the memory holds none. An entry is believed only while the settings
// and the key set that it was verified with are still those in use. Only good answers are kept: who
// holds a second form of a good signature gets a second entry, never another answer.
type verifiedTokens struct {
	hashes sync.Pool // of *keyedHash
	shards [verifiedShards]verifiedShard
	max    int // entries of one shard
}

type verifiedShard struct {
	mu      sync.RWMutex
	entries map[tokenKey]*verifiedToken
}

type tokenKey [sha256.Size]byte

type verifiedToken struct {
	principal Principal
	id        identity
	state     *state // the settings it was judged by
}

type keyedHash struct {
	hash.Hash
	text []byte
	sum  [sha256.Size]byte
}

func newVerifiedTokens(limit int) (*verifiedTokens, error) {
	secret := make([]byte, sha256.Size)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a key for remembered tokens: %w", err)
	}
	v := &verifiedTokens{max: max(1, limit/verifiedShards)}
	v.hashes.New = func() any { return &keyedHash{Hash: hmac.New(sha256.New, secret)} }
	for i := range v.shards {
		v.shards[i].entries = make(map[tokenKey]*verifiedToken)
	}
	return v, nil
}

func (v *verifiedTokens) key(kind scheme, as, credential string) tokenKey {
	h, _ := v.hashes.Get().(*keyedHash)
	h.Reset()
	h.text = append(h.text[:0], byte(kind))
	h.text = append(h.text, as...)
	h.text = append(h.text, 0)
	h.text = append(h.text, credential...)
	_, _ = h.Write(h.text) // a hash never returns an error
	clear(h.text)
	key := tokenKey(h.Sum(h.sum[:0]))
	v.hashes.Put(h)
	return key
}

// get is what is remembered under key, if now is still within the credential's
// life and nothing has ended the memory; otherwise nil.
func (v *verifiedTokens) get(key tokenKey, st *state, now time.Time, skew time.Duration) *verifiedToken {
	shard := &v.shards[key[0]%verifiedShards]
	shard.mu.RLock()
	e := shard.entries[key]
	shard.mu.RUnlock()
	if e == nil || e.state != st || !e.holds() || !now.Before(e.principal.Expires.Add(skew)) {
		return nil
	}
	return e
}

func (e *verifiedToken) holds() bool {
	return time.Now().Before(e.id.until) && e.state == e.state.a.state.Load() && (e.id.of == nil || e.id.of.usable() == e.id.keys)
}

// put remembers e. A full shard first loses what no longer holds, then
// whatever the map gives first.
func (v *verifiedTokens) put(key tokenKey, e verifiedToken) {
	shard := &v.shards[key[0]%verifiedShards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if len(shard.entries) >= v.max {
		for k, old := range shard.entries {
			if !old.holds() {
				delete(shard.entries, k)
			}
		}
	}
	for k := range shard.entries {
		if len(shard.entries) < v.max {
			break
		}
		delete(shard.entries, k)
	}
	shard.entries[key] = &e
}
