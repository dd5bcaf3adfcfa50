package flight

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The errors of callers who call too often. They name the setting.
var (
	errRequests  = errors.New("too many calls (limits.max_requests, limits.burst_limit); slow down")
	errGlobal    = errors.New("the server gets too many calls (limits.global_limit); try again later")
	errStrangers = errors.New("too many calls without a credential from this address; slow down")
)

// maxRated is how many callers' rates are kept at once.
const maxRated = 16384

// rates bound how often callers call: each principal, all together, and each
// address where no credential is shown. What is refused as a credential is counted
// by package auth.
type rates struct {
	all       *rate.Limiter // nil: no bound
	callers   limiters[owner]
	strangers limiters[netip.Addr]
}

func newRates(l Limits) *rates {
	r := &rates{
		callers:   limiters[owner]{each: rate.Limit(l.Requests), burst: l.Burst},
		strangers: limiters[netip.Addr]{each: rate.Limit(l.Strangers), burst: l.Strangers},
	}
	if l.GlobalRequests > 0 {
		r.all = rate.NewLimiter(rate.Limit(l.GlobalRequests), l.GlobalRequests)
	}
	return r
}

// admitted counts a call of a principal.
func (r *rates) admitted(who owner) error {
	if !r.callers.allow(who) {
		return errRequests
	}
	if r.all != nil && !r.all.Allow() {
		return errGlobal
	}
	return nil
}

// stranger counts a call that shows no credential.
func (r *rates) stranger(c *call) error {
	if c.conn != nil && !r.strangers.allow(placeOf(c.conn.remote)) {
		return errStrangers
	}
	return nil
}

// placeOf is the address that a caller is counted by: of IPv6 its /64, all of which
// one subscriber has.
func placeOf(a net.Addr) netip.Addr {
	addr := addressOf(a)
	if !addr.Is6() {
		return addr
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}

// limiters are the limiters of many callers. A full table forgets, of a few, the one
// that has called least; it begins anew when it calls again.
type limiters[K comparable] struct {
	each  rate.Limit // a second; not above 0 for no bound
	burst int

	mu sync.Mutex
	m  map[K]*rate.Limiter
}

func (l *limiters[K]) allow(key K) bool {
	return l.each <= 0 || l.of(key).Allow()
}

func (l *limiters[K]) of(key K) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.m[key]; one != nil {
		return one
	}
	if l.m == nil {
		l.m = map[K]*rate.Limiter{}
	}
	if len(l.m) >= maxRated {
		l.forgetOne()
	}
	one := rate.NewLimiter(l.each, max(1, l.burst))
	l.m[key] = one
	return one
}

// forgetOne needs l.mu. A look at all of them at every new caller would let
// strangers with many addresses hold up everybody.
func (l *limiters[K]) forgetOne() {
	now := time.Now()
	var idlest K
	most, looked := -1.0, 0
	for key, one := range l.m {
		if left := one.TokensAt(now); left > most {
			idlest, most = key, left
		}
		if looked++; looked == 8 {
			break
		}
	}
	delete(l.m, idlest)
}
