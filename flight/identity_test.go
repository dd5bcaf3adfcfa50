package flight

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-adbc/go/adbc"
	adbcflight "github.com/apache/arrow-adbc/go/adbc/driver/flightsql"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/auth"
)

const (
	alice     = "Basic YWxpY2U6YWxpY2UtcHc=" // alice:alice-pw
	ownToken  = "lgt1_alice"
	nextToken = "lgt1_alice_next"
)

// passwordAuth knows alice's password, and the tokens that it gives for it, of
// which the first is half spent.
func passwordAuth(seen *atomic.Int32) testAuth {
	who := auth.Principal{Provider: "ldap", Method: auth.ByPassword, Subject: "uid=alice", User: "alice", Scopes: []string{"write:data"}}
	judge := func(_ context.Context, shown auth.Shown) (auth.Answer, error) {
		seen.Add(1)
		p := who
		p.Expires = time.Now().Add(time.Hour)
		if shown.As != "" {
			if shown.As != "bob" {
				return auth.Answer{}, auth.ErrForbidden
			}
			p.User, p.Actor = "bob", "alice"
		}
		if len(shown.Authorization) != 1 {
			return auth.Answer{}, auth.ErrUnauthenticated
		}
		switch shown.Authorization[0] {
		case alice, strings.TrimSuffix(alice, "="), "Bearer " + nextToken:
			return auth.Answer{Principal: p}, nil
		case "Bearer " + ownToken:
			return auth.Answer{Principal: p, Token: nextToken}, nil
		case "Bearer limited":
			return auth.Answer{}, auth.ErrLimited
		}
		return auth.Answer{}, auth.ErrUnauthenticated
	}
	return testAuth{
		authenticate: judge,
		login: func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
			answer, err := judge(ctx, shown)
			if err == nil && answer.Token == "" {
				answer.Token = ownToken
			}
			return answer, err
		},
	}
}

// DO-06
func TestAHandshakeGivesItsTokenInHeaderAndTrailer(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	stream, err := arrowflight.NewClientFromConn(srv.raw(t), nil).Handshake(metadata.AppendToOutgoingContext(t.Context(), "authorization", alice))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	header, err := stream.Header()
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = stream.Recv()
	}
	for name, md := range map[string]metadata.MD{"header": header, "trailer": stream.Trailer()} {
		if got := md.Get("authorization"); len(got) != 1 || got[0] != "Bearer "+ownToken {
			t.Errorf("%s: %q", name, got)
		}
	}
	if seen.Load() != 1 {
		t.Errorf("the credential was judged %d times; a Kerberos ticket is good once", seen.Load())
	}
}

func TestTheOldestClientsSendTheirPasswordInAMessage(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	conn := srv.raw(t)
	payload, err := proto.Marshal(&pb.BasicAuth{Username: "alice", Password: "alice-pw"})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := arrowflight.NewClientFromConn(conn, nil).Handshake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&arrowflight.HandshakeRequest{Payload: payload}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if string(answer.Payload) != ownToken {
		t.Errorf("the answer is %q", answer.Payload)
	}
	// They send the token in a header of their own.
	list, err := arrowflight.NewClientFromConn(conn, nil).ListActions(metadata.AppendToOutgoingContext(t.Context(), tokenHeader, string(answer.Payload)), &arrowflight.Empty{})
	if err == nil {
		_, err = list.Recv()
	}
	if err != nil {
		t.Error(err)
	}
}

// G11
func TestBadHandshakesEnd(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) {
		c.Auth = passwordAuth(&seen)
		c.Limits.FirstMessage = 200 * time.Millisecond
	})
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	for name, tt := range map[string]struct {
		payload []byte
		want    codes.Code
	}{
		"silent":           {nil, codes.InvalidArgument},
		"not a BasicAuth":  {[]byte("nonsense"), codes.Unauthenticated},
		"empty":            {[]byte{}, codes.Unauthenticated},
		"huge":             {make([]byte, maxHandshake+1), codes.InvalidArgument},
		"a wrong password": {must(proto.Marshal(&pb.BasicAuth{Username: "alice", Password: "x"})), codes.Unauthenticated},
	} {
		stream, err := c.Handshake(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tt.payload != nil {
			if err := stream.Send(&arrowflight.HandshakeRequest{Payload: tt.payload}); err != nil {
				t.Fatal(err)
			}
		}
		_, err = stream.Recv()
		t.Run(name, func(t *testing.T) { wantCode(t, err, tt.want, "") })
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		return nil
	}
	return b
}

func TestADBCLogsInWithAPasswordAndTakesRenewedTokens(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	db, err := adbcflight.NewDriver(nil).NewDatabase(map[string]string{
		adbc.OptionKeyURI: "grpc+tcp://" + srv.addr, adbc.OptionKeyUsername: "alice", adbc.OptionKeyPassword: "alice-pw",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	q := quirks{}
	for range 3 {
		if err := q.exec(conn, "CREATE OR REPLACE TABLE logged_in (i INTEGER)"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARenewedTokenGoesBackWithTheAnswer(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	for token, want := range map[string]string{ownToken: "Bearer " + nextToken, nextToken: ""} {
		var header metadata.MD
		_, err := c.GetSchema(bearer(t, token), &arrowflight.FlightDescriptor{}, grpc.Header(&header))
		wantCode(t, err, codes.InvalidArgument, "") // there is no such descriptor
		if got := strings.Join(header.Get("authorization"), "|"); got != want {
			t.Errorf("%s is answered with %q, want %q", token, got, want)
		}
	}
}

// threeWays is a testAuth that names three ways in.
type threeWays struct{ testAuth }

func (threeWays) Challenges() []string {
	return []string{`Bearer realm="x"`, "Negotiate", `Basic realm="x", charset="UTF-8"`}
}

func TestWhoIsTurnedAwayLearnsWhatIsTaken(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Auth = threeWays{} })
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	var unary metadata.MD
	_, err := c.GetFlightInfo(t.Context(), &arrowflight.FlightDescriptor{}, grpc.Trailer(&unary))
	wantCode(t, err, codes.Unauthenticated, "")
	stream, err := c.ListActions(bearer(t, "nonsense"), &arrowflight.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	wantCode(t, err, codes.Unauthenticated, "")
	_, header, _ := rawHTTP(t, srv.addr, "GET", healthPage, "nonsense")
	for _, got := range [][]string{unary.Get("www-authenticate"), stream.Trailer().Get("www-authenticate"), header.Values("WWW-Authenticate")} {
		wantLines(t, got, threeWays{}.Challenges()...)
	}
}

// L11, on the wire
func TestActingAsSomebodyElseKeepsBothNames(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	call := func(as ...string) error {
		ctx := metadata.NewOutgoingContext(t.Context(), metadata.MD{"authorization": {alice}, asHeader: as})
		_, err := c.GetSchema(ctx, &arrowflight.FlightDescriptor{})
		return err
	}
	wantCode(t, call("bob"), codes.InvalidArgument, "descriptor")
	if !strings.Contains(srv.log.String(), "principal=bob provider=ldap actor=alice") {
		t.Error("the log has not both names")
	}
	wantCode(t, call("carol"), codes.PermissionDenied, "")
	wantCode(t, call(""), codes.InvalidArgument, asHeader)
	wantCode(t, call("bob", "bob"), codes.InvalidArgument, asHeader)
}

// E03
func TestWhoIsNoLongerTrustedLosesSessionsAndStreamsAtOnce(t *testing.T) {
	var distrusted atomic.Bool
	srv := startServer(t, func(c *Config) {
		c.Auth = testAuth{trusts: func(p auth.Principal) bool { return !distrusted.Load() || p.User != "writer" }}
	})
	w, r := srv.dial(t, writer1), srv.dial(t, reader1)
	w.exec("CREATE TEMP TABLE mine (i INTEGER)")
	endless := "SELECT i, repeat('x', 1000) FROM range(100000000) t(i)"
	results := map[string]*arrowflight.Reader{}
	for name, c := range map[string]*client{"writer": w, "reader": r} {
		info, err := c.Execute(c.ctx, endless)
		if err != nil {
			t.Fatal(err)
		}
		reader, err := c.DoGet(c.ctx, info.Endpoint[0].Ticket)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Release()
		if !reader.Next() {
			t.Fatal(reader.Err())
		}
		results[name] = reader
	}
	distrusted.Store(true)
	srv.EndUntrusted()
	for results["writer"].Next() {
	}
	wantCode(t, results["writer"].Err(), codes.Unauthenticated, "no longer accepted")
	if !results["reader"].Next() {
		t.Errorf("another's stream ended too: %v", results["reader"].Err())
	}
	srv.sessions.mu.Lock()
	defer srv.sessions.mu.Unlock()
	for _, s := range srv.sessions.all {
		if s.who.User == "writer" {
			t.Error("a session is left")
		}
	}
}

// BS-25
func TestSessionsAreBoundedInNumberRateAndAge(t *testing.T) {
	now := time.Now()
	limits := Limits{SessionIdle: 100 * time.Hour, SessionGrace: time.Minute, SessionsPerUser: 3, SessionsPerHour: 4, SessionLife: time.Hour}
	ss := newSessions(limits, func() time.Time { return now }, nil)
	who := auth.Principal{Provider: "p", Subject: "s", User: "u", Expires: now.Add(100 * time.Hour)}
	var last *session
	begin := func() error {
		c := &call{}
		c.is(who)
		name, err := newID()
		if err != nil {
			t.Fatal(err)
		}
		s, err := ss.make(c, name, true, options{})
		if err == nil {
			last = s
		}
		c.release()
		return err
	}
	for range 3 {
		if err := begin(); err != nil {
			t.Fatal(err)
		}
	}
	if err := begin(); !errors.Is(err, errSessions) {
		t.Errorf("a fourth at once: %v", err)
	}
	ss.end(last)
	if err := begin(); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	ss.end(last)
	if err := begin(); !errors.Is(err, errSessionRate) {
		t.Errorf("a fifth in an hour: %v", err)
	}
	now = now.Add(time.Hour + time.Second)
	ss.endIdle()
	if len(ss.all) != 0 {
		t.Errorf("%d sessions are older than they may be", len(ss.all))
	}
	ss.endAll()
}

// G18
func TestNoCredentialIsEverLogged(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	for _, value := range []string{alice, "Bearer " + ownToken, "Negotiate YIIsecret", "Basic bad"} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", value)
		_, _ = c.GetSchema(ctx, &arrowflight.FlightDescriptor{})
		if stream, err := c.Handshake(ctx); err == nil {
			_, _ = stream.Recv()
		}
	}
	password, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(alice, "Basic "))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{ownToken, nextToken, "YIIsecret", strings.TrimPrefix(alice, "Basic "), string(password), "alice-pw"} {
		if strings.Contains(srv.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
