package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// refetchAfter is short, so that a flood causes fetches while it is measured.
const refetchAfter = time.Second

// gate is an authenticator with a token that it accepts.
type gate struct {
	*auth.Authenticator
	iss   *issuer.Issuer
	token string
}

// newGate has the provider sign with key. A negative rememberFor judges each
// token anew.
func newGate(t testing.TB, key issuer.Key, rememberFor time.Duration) gate {
	t.Helper()
	iss := issuer.Start(t)
	iss.SetKeys(key)
	a := startFor(t, iss, func(_ *auth.OIDC, cfg *auth.Config) {
		cfg.RememberFor = rememberFor
		cfg.Attempts.Peer = -1 // so that a flood costs all that it can
		cfg.RefetchAfter = refetchAfter
	})
	g := gate{a, iss, ordinaryToken(t, iss, "alice")}
	g.call(t, g.token)
	return g
}

// ordinaryToken is of the size that providers give.
func ordinaryToken(t testing.TB, iss *issuer.Issuer, sub string) string {
	t.Helper()
	return iss.Token(t, issuer.Claims{
		"sub": sub, "scp": []string{"read:data", "write:data"}, "groups": []string{"analysts", "engineers", "everyone"},
		"cid": "0oa1", "uid": "00u1", "ver": 1, "jti": "AT.x",
	})
}

func (g gate) call(t testing.TB, token string) {
	if _, err := present(t.Context(), g.Authenticator, token); err != nil {
		t.Fatalf("%v (%s)", err, auth.Reason(err))
	}
}

// A call with a remembered token allocates little, whatever the token holds.
func TestRememberedTokenAllocatesLittle(t *testing.T) {
	g := newGate(t, issuer.RSA(t, "rsa-1", 2048), time.Hour)
	shown := auth.Shown{Authorization: []string{"Bearer " + g.token}}
	const limit = 20
	if n := testing.AllocsPerRun(200, func() { _, _ = g.Authenticate(t.Context(), shown) }); n > limit {
		t.Errorf("%.0f allocations a call, want at most %d", n, limit)
	}
}

func benchmark(b *testing.B, key issuer.Key, rememberFor time.Duration) {
	b.Helper()
	call := newGate(b, key, rememberFor).caller(b)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

// caller calls with g's token.
func (g gate) caller(b *testing.B) func() {
	shown := auth.Shown{Authorization: []string{"Bearer " + g.token}}
	return func() {
		if _, err := g.Authenticate(b.Context(), shown); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWarm(b *testing.B)      { benchmark(b, issuer.RSA(b, "rsa-1", 2048), time.Hour) }
func BenchmarkColdRS256(b *testing.B) { benchmark(b, issuer.RSA(b, "rsa-1", 2048), -1) }
func BenchmarkColdES256(b *testing.B) { benchmark(b, issuer.EC(b, "ec", p256), -1) }

func BenchmarkColdRS256With4096Bits(b *testing.B) {
	benchmark(b, issuer.RSA(b, "rsa-4096", 4096), -1)
}

// compare takes turns, a batch of one and a batch of the other, so that what
// else the machine does falls on both. The medians count.
func compare(b *testing.B, batch int, one, other func()) {
	b.Helper()
	var times [2][]time.Duration
	for b.Loop() {
		for i, call := range []func(){one, other} {
			began := time.Now()
			for range batch {
				call()
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	b.ReportMetric(percentile(times[0], 0.5)/float64(batch), "call-ns")
	b.ReportMetric(percentile(times[1], 0.5)/float64(batch), "reference-ns")
}

// BenchmarkWarmAgainstSHA256 is a call with a remembered token, and one SHA-256
// of that token.
func BenchmarkWarmAgainstSHA256(b *testing.B) {
	g := newGate(b, issuer.RSA(b, "rsa-1", 2048), time.Hour)
	token, call := []byte(g.token), g.caller(b)
	b.ReportMetric(testing.AllocsPerRun(200, call), "call-allocs")
	compare(b, 1000, call, func() { _ = sha256.Sum256(token) })
}

// BenchmarkColdAgainstSignature is a call with a token that is not remembered,
// and its signature alone, by the library that is used.
func BenchmarkColdAgainstSignature(b *testing.B) {
	key := issuer.RSA(b, "rsa-1", 2048)
	g := newGate(b, key, -1)
	token, public := []byte(g.token), key.Public()
	compare(b, 100, g.caller(b), func() {
		if _, err := jws.VerifyCompactFast(public, token, jwa.RS256()); err != nil {
			b.Fatal(err)
		}
	})
}

const (
	principals = 1000
	callsEach  = 300
)

// everybody has all principals call at once and gives all the times that calls
// took; halfway through, one of them waits for beside.
func (g gate) everybody(b *testing.B, tokens []string, beside func()) []time.Duration {
	b.Helper()
	times := make([][]time.Duration, len(tokens))
	var started, calls sync.WaitGroup
	started.Add(len(tokens))
	for i, token := range tokens {
		times[i] = make([]time.Duration, 0, callsEach)
		shown := auth.Shown{Authorization: []string{"Bearer " + token}}
		calls.Go(func() {
			started.Done()
			started.Wait()
			for n := range callsEach {
				if i == 0 && n == callsEach/2 {
					beside()
				}
				began := time.Now()
				_, err := g.Authenticate(b.Context(), shown)
				times[i] = append(times[i], time.Since(began))
				if err != nil {
					b.Errorf("%v (%s)", err, auth.Reason(err))
					return
				}
				runtime.Gosched() // as a call that writes its answer does
			}
		})
	}
	calls.Wait()
	return slices.Concat(times...)
}

// percentile sorts list.
func percentile(list []time.Duration, p float64) float64 {
	slices.Sort(list)
	return float64(list[int(p*float64(len(list)-1))])
}

// BenchmarkThousandBesideRefresh has 1,000 principals call at once, alone and
// with the keys fetched meanwhile: the same keys, then one more, after which
// every remembered token is verified again.
func BenchmarkThousandBesideRefresh(b *testing.B) {
	g := newGate(b, issuer.RSA(b, "rsa-1", 2048), time.Hour)
	tokens := make([]string, principals)
	for i := range tokens {
		tokens[i] = ordinaryToken(b, g.iss, fmt.Sprint("user-", i))
		g.call(b, tokens[i])
	}
	refresh := func() {
		if err := g.Reload(b.Context()); err != nil {
			b.Error(err)
		}
	}
	keys := g.iss.Keys()
	var alone, refreshed, rotated []time.Duration
	for b.Loop() {
		alone = append(alone, g.everybody(b, tokens, func() {})...)
		refreshed = append(refreshed, g.everybody(b, tokens, refresh)...)
		keys = append(keys[:len(keys):len(keys)], issuer.RSA(b, fmt.Sprint("next-", len(keys)), 2048))
		rotated = append(rotated, g.everybody(b, tokens, func() {
			g.iss.SetKeys(keys...)
			refresh()
		})...)
	}
	b.ReportMetric(percentile(alone, 0.99), "alone-p99-ns")
	b.ReportMetric(percentile(refreshed, 0.99), "refresh-p99-ns")
	b.ReportMetric(percentile(rotated, 0.99), "rotation-p99-ns")
}

// BenchmarkWarmBesideFlood has one caller with a remembered token, alone and
// beside 10,000 tokens a second with key ids that nobody knows.
func BenchmarkWarmBesideFlood(b *testing.B) {
	g := newGate(b, issuer.RSA(b, "rsa-1", 2048), time.Hour)
	const rate = 10_000 // a second
	flood := make([]string, rate)
	for i := range flood {
		part := base64.RawURLEncoding.EncodeToString
		flood[i] = part(fmt.Appendf(nil, `{"alg":"RS256","kid":"unknown-%d"}`, i)) + "." +
			part(fmt.Appendf(nil, `{"iss":%q,"aud":%q,"sub":"x","exp":4000000000}`, g.iss.URL, issuer.Audience)) + "." + part(make([]byte, 256))
	}
	shown := auth.Shown{Authorization: []string{"Bearer " + g.token}}
	during := func(d time.Duration) (times []time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); {
			began := time.Now()
			_, err := g.Authenticate(b.Context(), shown)
			times = append(times, time.Since(began))
			if err != nil {
				b.Fatal(err)
			}
			if len(times)%64 == 0 {
				time.Sleep(50 * time.Microsecond) // callers wait for the network, too
			}
		}
		return times
	}
	var alone, beside []time.Duration
	var sent, intervals int
	var took time.Duration
	fetches := g.iss.KeyRequests()
	for b.Loop() {
		alone = append(alone, during(2*time.Second)...)
		ctx, stop := context.WithCancel(b.Context())
		ended := make(chan struct{})
		began := time.Now()
		go func() {
			defer close(ended)
			for n := 0; ctx.Err() == nil; n++ {
				if early := time.Duration(n)*time.Second/rate - time.Since(began); early > time.Millisecond {
					time.Sleep(early)
				}
				if _, err := present(ctx, g.Authenticator, flood[n%rate]); err == nil {
					b.Error("an unknown key id is accepted")
				}
				sent++
			}
		}()
		beside = append(beside, during(2*time.Second)...)
		stop()
		<-ended
		took += time.Since(began)
		intervals += 1 + int(time.Since(began)/refetchAfter)
	}
	b.ReportMetric(percentile(alone, 0.5), "alone-p50-ns")
	b.ReportMetric(percentile(alone, 0.99), "alone-p99-ns")
	b.ReportMetric(percentile(beside, 0.5), "flood-p50-ns")
	b.ReportMetric(percentile(beside, 0.99), "flood-p99-ns")
	b.ReportMetric(float64(sent)/took.Seconds(), "unknown/s")
	b.ReportMetric(float64(g.iss.KeyRequests()-fetches)/float64(intervals), "fetches")
}
