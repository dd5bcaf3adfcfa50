package flight

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// DO-06: user and password, as arrow-go's clients send them, without padding.
func TestTheGoClientLogsInByPassword(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	c, err := arrowflight.NewClientWithMiddleware(srv.addr, nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	ctx, err := c.AuthenticateBasicToken(t.Context(), "alice", "alice-pw")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSchema(ctx, &arrowflight.FlightDescriptor{})
	wantCode(t, err, codes.InvalidArgument, "descriptor")
	_, err = c.AuthenticateBasicToken(t.Context(), "alice", "wrong")
	wantCode(t, err, codes.Unauthenticated, "")
}

// DO-06, with the clients that people have.
func TestPythonAndJavaClientsLogInByPassword(t *testing.T) {
	var seen atomic.Int32
	srv := startServer(t, func(c *Config) { c.Auth = passwordAuth(&seen) })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, peer := range []struct {
		name    string
		command func(*testing.T) *exec.Cmd
		checks  int
	}{
		{"Python", func(t *testing.T) *exec.Cmd {
			return exec.CommandContext(ctx, testpeer.Python(t), "testdata/logins.py")
		}, 8},
		{"Java", func(t *testing.T) *exec.Cmd { return testpeer.Java(t).Command(ctx, "testdata/Logins.java") }, 3},
	} {
		t.Run(peer.name, func(t *testing.T) {
			cmd := peer.command(t)
			cmd.Env = append(os.Environ(), "LAKEGATE_ADDRESS="+srv.addr)
			var problem strings.Builder
			cmd.Stderr = &problem
			out, err := cmd.Output()
			good := 0
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, "ok ") {
					good++
				} else {
					t.Error(strings.TrimSpace(line))
				}
			}
			if good != peer.checks || err != nil {
				t.Errorf("%d of %d checks went well; %v\n%s", good, peer.checks, err, problem.String())
			}
		})
	}
}

// Acting as somebody else works at the page as it does in calls; so do challenges.
func TestThePageTakesWhatCallsTake(t *testing.T) {
	var seen atomic.Int32
	a := passwordAuth(&seen)
	inner := a.authenticate
	var last atomic.Pointer[auth.Shown]
	a.authenticate = func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
		last.Store(&shown)
		answer, err := inner(ctx, shown)
		answer.Negotiate = "b3Zlcg=="
		return answer, err
	}
	srv := startServer(t, func(c *Config) { c.Auth = a })
	for _, tt := range []struct {
		name          string
		authorization string
		as            []string
		want          int
	}{
		{"a password", alice, nil, 200},
		{"as bob", alice, []string{"bob"}, 200},
		{"as carol", alice, []string{"carol"}, 403},
		{"as nobody", alice, []string{""}, 400},
		{"as two", alice, []string{"bob", "bob"}, 400},
		{"a wrong password", "Basic eDp5", nil, 401},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+srv.addr+healthPage, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Authorization"], req.Header["X-Lakegate-User"] = []string{tt.authorization}, tt.as
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		want := map[int]string{200: "Negotiate b3Zlcg==", 401: `Bearer realm="test"`}[tt.want]
		if got := res.Header.Get("WWW-Authenticate"); res.StatusCode != tt.want || got != want {
			t.Errorf("%s: %s with %q, want %d with %q", tt.name, res.Status, got, tt.want, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if last.Load().Peer != "127.0.0.1" {
		t.Errorf("the peer is %q", last.Load().Peer)
	}
	if log := srv.log.String(); !strings.Contains(log, "method=/flight/health code=PermissionDenied") || !strings.Contains(log, "principal=bob provider=ldap actor=alice credential=password") {
		t.Error("the page's refusals and callers are not in the log")
	}
}

// A Kerberos exchange ends with a word of the server's.
func TestANegotiationsLastWordGoesBack(t *testing.T) {
	judged := 0
	answer := auth.Answer{Negotiate: "b3Zlcg==", Principal: auth.Principal{
		Provider: "kerberos", Method: auth.ByKerberos, Subject: "alice@EX.ORG", User: "alice", Expires: time.Now().Add(time.Hour),
	}}
	judge := func(_ context.Context, shown auth.Shown) (auth.Answer, error) {
		if judged++; judged > 2 || len(shown.Authorization) != 1 || shown.Authorization[0] != "Negotiate YII=" {
			return auth.Answer{}, auth.ErrUnauthenticated
		}
		return answer, nil
	}
	srv := startServer(t, func(c *Config) {
		c.Auth = testAuth{authenticate: judge, login: func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
			a, err := judge(ctx, shown)
			a.Token = ownToken
			return a, err
		}}
	})
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Negotiate YII=")
	var header metadata.MD
	_, err := c.GetSchema(ctx, &arrowflight.FlightDescriptor{}, grpc.Header(&header))
	wantCode(t, err, codes.InvalidArgument, "")
	wantLines(t, header.Get("www-authenticate"), "Negotiate b3Zlcg==")
	stream, err := c.Handshake(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); codeOf(err) != codes.OK { // judged once, or this would be its second use
		t.Fatal(err)
	}
	if header, err = stream.Header(); err != nil {
		t.Fatal(err)
	}
	for name, md := range map[string]metadata.MD{"header": header, "trailer": stream.Trailer()} {
		wantLines(t, append(md.Get("authorization"), md.Get("www-authenticate")...), "Bearer "+ownToken, "Negotiate b3Zlcg==")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
