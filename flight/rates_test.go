package flight

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// untilRefused calls until that is refused, and gives the error: limits refill while
// a slow machine makes its calls.
func untilRefused(t testing.TB, call func() error) error {
	t.Helper()
	for range 200 {
		err := call()
		if code := codeOf(err); code != codes.OK && code != codes.InvalidArgument {
			return err
		}
	}
	t.Error("200 calls in a row were answered")
	return nil
}

// BS-26
func TestCallersWhoCallTooOftenAreToldWhichSettingSaysSo(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		limits     Limits
	}{
		{"one caller", "limits.max_requests", Limits{Requests: 1, Burst: 3, GlobalRequests: -1}},
		{"all callers", "limits.global_limit", Limits{Requests: -1, GlobalRequests: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := startServer(t, func(c *Config) { c.Limits = tt.limits })
			c := arrowflight.NewClientFromConn(srv.raw(t), nil)
			err := untilRefused(t, func() error {
				_, err := c.GetSchema(bearer(t, writer1), &arrowflight.FlightDescriptor{})
				return err
			})
			wantCode(t, err, codes.ResourceExhausted, tt.want)
			err = untilRefused(t, func() error {
				stream, err := c.Handshake(bearer(t, writer1))
				if err == nil {
					_, err = stream.Recv()
				}
				return ended(err)
			})
			wantCode(t, err, codes.ResourceExhausted, tt.want) // handshakes count too
			for range 200 {
				if code, _, _ := rawHTTP(t, srv.addr, "GET", healthPage, writer1); code == 429 {
					return
				}
			}
			t.Error("200 pages in a row were answered")
		})
	}
}

// BS-26
func TestEveryCallerHasARateOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRates(Limits{Requests: 10, Burst: 3, GlobalRequests: 5})
		a, b := owner{1}, owner{2}
		for i, want := range []error{nil, nil, nil, errRequests, errRequests} {
			if err := r.admitted(a); err != want { //nolint:errorlint // the very value
				t.Errorf("call %d: %v, want %v", i, err, want)
			}
		}
		for i, want := range []error{nil, nil, errGlobal} { // a's refused calls took nothing from b
			if err := r.admitted(b); err != want { //nolint:errorlint // the very value
				t.Errorf("another's call %d: %v, want %v", i, err, want)
			}
		}
		time.Sleep(time.Second)
		if err := r.admitted(a); err != nil {
			t.Errorf("a second later: %v", err)
		}
		none := newRates(Limits{Requests: -1, Burst: 1, GlobalRequests: -1, Strangers: -1})
		for range 1000 {
			if err := none.admitted(a); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// G12: whoever guesses is told by package auth.
func TestWhoGuessesIsResourceExhausted(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	for _, call := range everyCall(srv.raw(t)) {
		wantCode(t, call(bearer(t, "limited")), codes.ResourceExhausted, "failed attempts")
	}
	if code, header, _ := rawHTTP(t, srv.addr, "GET", healthPage, "limited"); code != 429 || header.Get("WWW-Authenticate") != "" {
		t.Errorf("the page: %d, %v", code, header)
	}
}

// BS-26, G11: 10,000 handshakes without a credential, and as many health checks.
func TestCallsWithoutACredentialAreBoundedByAddress(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.Strangers = 1 })
	conn := srv.raw(t)
	health, flights := healthpb.NewHealthClient(conn), arrowflight.NewClientFromConn(conn, nil)
	err := untilRefused(t, func() error {
		_, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{})
		return err
	})
	wantCode(t, err, codes.ResourceExhausted, "without a credential")
	answers := map[codes.Code]int{}
	for range 10_000 {
		stream, err := flights.Handshake(t.Context())
		if err == nil {
			if err = stream.CloseSend(); err == nil {
				_, err = stream.Recv()
			}
		}
		answers[codeOf(err)]++
	}
	if answers[codes.ResourceExhausted] < 5_000 || answers[codes.ResourceExhausted]+answers[codes.Unauthenticated] != 10_000 {
		t.Errorf("10,000 handshakes were answered with %v", answers)
	}
	w := srv.dial(t, writer1)
	wantLines(t, w.mustQuery("SELECT 1"), "1") // those with one are not counted there
}

func TestRatesOfManyCallersTakeBoundedMemory(t *testing.T) {
	l := limiters[int]{each: 1e-9, burst: 2}
	l.allow(-1)
	l.allow(-1)
	for i := range 3 * maxRated {
		l.allow(i)
	}
	if n := len(l.m); n > maxRated {
		t.Errorf("%d callers are remembered, more than %d", n, maxRated)
	}
}

func TestAnAdmittedCallCostsNoMemory(t *testing.T) {
	r := newRates(Limits{Requests: 1 << 30, Burst: 1 << 30, GlobalRequests: 1 << 30, Strangers: 1 << 30})
	who := owner{1}
	c := &call{conn: &connection{remote: &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 1}}}
	if n := testing.AllocsPerRun(1000, func() {
		if r.admitted(who) != nil || r.stranger(c) != nil {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func TestAnIPv6SubscriberIsOnePlace(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "2001:db8:1:2:ffff::": "2001:db8:1:2::", "2001:db8:1:3::1": "2001:db8:1:3::",
	} {
		if got := placeOf(&net.TCPAddr{IP: net.ParseIP(text)}); got != netip.MustParseAddr(want) {
			t.Errorf("%s is counted as %s, want %s", text, got, want)
		}
	}
}
