package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxCounted = 16384           // entries of one table
	sampled    = 8               // entries of a full table among which one is chosen to go
	allPeers   = 4               // how many times one address's share all addresses have for one user
	wrongFor   = 5 * time.Minute // how long a wrong password is known to be wrong
	provenFor  = time.Hour       // how long an address is believed to be the user's, after a right password
)

// attempts slows down who guesses:
//
//   - Refused credentials of every kind are counted by address.
//   - Passwords are counted by user and address, and by user over all addresses,
//     before the directory is asked, so that any number of calls at once ask it no
//     more often than the limits say. A right password is not counted.
//   - Whoever showed the right password from an address within provenFor is not
//     held up there by what others do elsewhere for the same user.
//   - A password that was found wrong is not tried again for wrongFor, so that a
//     program that repeats it locks nobody out of their directory.
//
// Names and passwords are kept as keyed hashes. All memory is bounded; a full table
// forgets who has done least, so that no flood of names or addresses sets anybody's
// count back.
type attempts struct {
	secret []byte

	mu     sync.Mutex
	limits AttemptLimits // with the defaults in place
	peers  counters      // by address
	pairs  counters      // by user and address
	users  counters      // by user
	proven memory        // users and addresses that a right password came from
	wrong  memory        // users and passwords
}

type digest [sha256.Size]byte

func newAttempts(limits AttemptLimits) (*attempts, error) {
	a := &attempts{
		secret: make([]byte, sha256.Size),
		peers:  counters{}, pairs: counters{}, users: counters{}, proven: memory{}, wrong: memory{},
	}
	if _, err := rand.Read(a.secret); err != nil {
		return nil, fmt.Errorf("make a key for failed attempts: %w", err)
	}
	a.limit(limits)
	return a, nil
}

// limit changes the limits; what was counted stays. That a password was wrong is
// forgotten: other settings may mean another directory.
func (a *attempts) limit(limits AttemptLimits) {
	limits.Peer, limits.PeerEvery = orElse(limits.Peer, 1000), orElse(limits.PeerEvery, 10*time.Millisecond)
	limits.User, limits.UserEvery = orElse(limits.User, 5), orElse(limits.UserEvery, 30*time.Second)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limits = limits
	clear(a.wrong)
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

func (l AttemptLimits) ofPeer() rule { return rule{l.Peer, l.PeerEvery} }
func (l AttemptLimits) ofPair() rule { return rule{l.User, l.UserEvery} }
func (l AttemptLimits) ofUser() rule { return rule{l.User * allPeers, l.UserEvery / allPeers} }

// mayTry is ErrLimited for an address that was refused too often. One that is
// not known is not limited.
func (a *attempts) mayTry(peer string) error {
	if peer == "" {
		return nil
	}
	key := a.key("peer", network(peer))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.peers.full(key, a.limits.ofPeer(), time.Now()) {
		return &limited{"Too many refused credentials from this address"}
	}
	return nil
}

// failed counts a refused credential.
func (a *attempts) failed(peer string) {
	if peer == "" {
		return
	}
	key := a.key("peer", network(peer))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.peers.add(key, 1, a.limits.ofPeer(), time.Now())
}

// attempt is one question to the directory, counted as a wrong password until
// it is known to be none.
type attempt struct {
	pair, user, password digest
	proven               bool
}

// begin is a refusal for a password that was wrong lately, and ErrLimited for
// who guesses. Otherwise the caller may ask the directory.
func (a *attempts) begin(user, peer, password string) (attempt, error) {
	account, place := accountOf(user), network(peer)
	t := attempt{pair: a.key("pair", account, place), user: a.key("user", account), password: a.key("password", account, password)}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if a.wrong.holds(t.password, now) {
		return t, &refusal{class: classPassword, reason: wrongPassword}
	}
	if a.pairs.full(t.pair, a.limits.ofPair(), now) {
		return t, &limited{"Too many wrong passwords for this user from this address"}
	}
	t.proven = a.proven.holds(t.pair, now)
	if !t.proven && a.users.full(t.user, a.limits.ofUser(), now) {
		return t, &limited{"Too many wrong passwords for this user"}
	}
	a.count(t, 1, now)
	return t, nil
}

// right takes t back and remembers that the user comes from there.
func (a *attempts) right(t attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	a.count(t, -1, now)
	a.proven.put(t.pair, now.Add(provenFor))
}

// wrongNow remembers the password as wrong.
func (a *attempts) wrongNow(t attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wrong.put(t.password, time.Now().Add(wrongFor))
}

// unanswered takes t back: the directory has not judged it.
func (a *attempts) unanswered(t attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count(t, -1, time.Now())
}

// count adds n to t's counters. The caller holds mu.
func (a *attempts) count(t attempt, n float64, now time.Time) {
	a.pairs.add(t.pair, n, a.limits.ofPair(), now)
	if !t.proven {
		a.users.add(t.user, n, a.limits.ofUser(), now)
	}
}

// key is a keyed hash of parts, none of which holds a NUL, and of what they are.
func (a *attempts) key(what string, parts ...string) digest {
	h := hmac.New(sha256.New, a.secret)
	_, _ = h.Write([]byte(what + "\x00" + strings.Join(parts, "\x00"))) // a hash never returns an error
	return digest(h.Sum(nil))
}

// accountOf is equal for names that a directory may take for one: LDAP compares
// names without case and with blanks and invisible characters reduced (RFC 4518),
// Active Directory also without accents. Names that share a count by mistake share
// no more than that.
func accountOf(user string) string {
	return groupKey(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.C, unicode.Z, unicode.M) {
			return -1
		}
		return r
	}, norm.NFKD.String(user)))
}

// network is the place that an address belongs to: of IPv6, its /64, all of
// which one subscriber has.
func network(peer string) string {
	addr, err := netip.ParseAddr(peer)
	if err != nil {
		return peer
	}
	if addr = addr.Unmap(); addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return peer
	}
	return prefix.String()
}

// rule lets burst attempts happen at once and gives one back every so often.
type rule struct {
	burst int
	every time.Duration
}

func (r rule) none() bool { return r.burst < 0 || r.every < 0 }

// counters count attempts that wear off.
type counters map[digest]counter

// counter is how many attempts counted at a time.
type counter struct {
	level float64
	at    time.Time // monotonic
}

func (c counter) levelAt(r rule, now time.Time) float64 {
	return max(0, c.level-float64(now.Sub(c.at))/float64(max(r.every, 1)))
}

// full reports that no attempt is left under key.
func (m counters) full(key digest, r rule, now time.Time) bool {
	c, there := m[key]
	return there && !r.none() && c.levelAt(r, now)+1 > float64(r.burst)
}

// add counts n attempts under key, up to the burst, or takes them back.
func (m counters) add(key digest, n float64, r rule, now time.Time) {
	if r.none() {
		return
	}
	c, there := m[key]
	level := min(c.levelAt(r, now)+n, float64(r.burst))
	if level <= 0 {
		delete(m, key)
		return
	}
	if !there && len(m) >= maxCounted {
		m.forgetOne(r, now)
	}
	m[key] = counter{level, now}
}

// forgetOne makes room: of a few entries, the one with the least attempts goes.
func (m counters) forgetOne(r rule, now time.Time) {
	var least digest
	lowest, seen := 0.0, 0
	for key, c := range m {
		if level := c.levelAt(r, now); seen == 0 || level < lowest {
			least, lowest = key, level
		}
		if seen++; seen == sampled {
			break
		}
	}
	delete(m, least)
}

// memory holds facts until their time is over.
type memory map[digest]time.Time

func (m memory) holds(key digest, now time.Time) bool {
	until, there := m[key]
	if there && !now.Before(until) {
		delete(m, key)
		return false
	}
	return there
}

// put remembers key; of a full memory, the one of a few that is over soonest goes.
func (m memory) put(key digest, until time.Time) {
	if _, there := m[key]; !there && len(m) >= maxCounted {
		var first digest
		var soonest time.Time
		seen := 0
		for k, u := range m {
			if seen == 0 || u.Before(soonest) {
				first, soonest = k, u
			}
			if seen++; seen == sampled {
				break
			}
		}
		delete(m, first)
	}
	m[key] = until
}

// limited is an ErrLimited with its cause.
type limited struct {
	reason string // what the log says
}

func (l *limited) Error() string { return ErrLimited.Error() }
func (l *limited) Unwrap() error { return ErrLimited }
