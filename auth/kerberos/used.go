package kerberos

import (
	"crypto/sha256"
	"sync"
	"time"
)

// How many tickets are remembered in one period, of all users and of one. Beyond it
// they are refused, so that none can be shown twice: more than 400 a second for ten
// minutes, or 27 of one user. Two periods take some 20 MB.
const (
	maxUsed      = 1 << 18
	maxUsedOfOne = maxUsed / 16
)

// Used remembers which tickets were shown (RFC 4120, section 3.2.3), until they are
// too old to be accepted again. The zero value is ready for use, by several
// acceptors at once.
type Used struct {
	mu         sync.Mutex
	now, older period
	// forgotten is when the last of those ended that are remembered no more. What
	// ends no later may be one of them: the clock was set back.
	forgotten time.Time
}

// period is what was shown within some time.
type period struct {
	began time.Time
	seen  map[usedKey]struct{}
	users map[string]int
	last  time.Time // when the last of them ends
}

type usedKey [16]byte

// once refuses what it has been asked about before. The cipher is that of an
// authenticator that is acceptable until then; none has two.
func (u *Used) once(cipher []byte, user string, until time.Time) error {
	sum := sha256.Sum256(cipher)
	key := usedKey(sum[:])
	u.mu.Lock()
	defer u.mu.Unlock()
	u.turn()
	_, now := u.now.seen[key]
	_, before := u.older.seen[key]
	switch {
	case now || before || !until.After(u.forgotten):
		return refused("it was shown before")
	case len(u.now.seen) >= maxUsed || u.now.users[user] >= maxUsedOfOne:
		return refused("too many tickets were shown lately; a handshake gives a token that is good for many calls")
	}
	u.now.seen[key] = struct{}{}
	u.now.users[user]++
	if until.After(u.now.last) {
		u.now.last = until
	}
	return nil
}

// turn begins a new period when the last one is as long as an authenticator can be
// good: from a clock that is early to one that is late. The caller holds mu.
func (u *Used) turn() {
	if u.now.seen != nil && time.Since(u.now.began) < 2*MaxSkew {
		return
	}
	if u.older.last.After(u.forgotten) {
		u.forgotten = u.older.last
	}
	u.older = u.now
	u.now = period{began: time.Now(), seen: make(map[usedKey]struct{}), users: make(map[string]int)}
}
