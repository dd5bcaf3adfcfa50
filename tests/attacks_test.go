package tests

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// entry is one way into the server; it gives the code of what happened to a call
// that is wrong in nothing but, perhaps, its credential.
type entry func(ctx context.Context) error

// entries are all ways in by gRPC, each with a call that a good credential takes
// past the gate: there it fails for another reason, or succeeds.
func entries(conn *grpc.ClientConn) map[string]entry {
	c := arrowflight.NewClientFromConn(conn, nil)
	recv := func(s interface{ RecvMsg(any) error }, err error) error {
		if err == nil {
			err = s.RecvMsg(new(arrowflight.Result))
		}
		if err == io.EOF { //nolint:errorlint // gRPC's own
			return nil
		}
		return err
	}
	return map[string]entry{
		"unary GetFlightInfo": func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: []byte("nonsense")})
			return err
		},
		"server stream DoGet": func(ctx context.Context) error {
			s, err := c.DoGet(ctx, &arrowflight.Ticket{Ticket: []byte("nonsense")})
			return recv(s, err)
		},
		"DoPut": func(ctx context.Context) error {
			s, err := c.DoPut(ctx)
			if err == nil {
				_ = s.CloseSend()
			}
			return recv(s, err)
		},
		"DoExchange": func(ctx context.Context) error {
			s, err := c.DoExchange(ctx)
			if err == nil {
				_ = s.CloseSend()
			}
			return recv(s, err)
		},
		"Handshake": func(ctx context.Context) error {
			s, err := c.Handshake(ctx)
			if err == nil {
				_ = s.CloseSend()
			}
			return recv(s, err)
		},
		"health": func(ctx context.Context) error {
			_, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
			return err
		},
		"reflection": func(ctx context.Context) error {
			s, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
			if err == nil {
				_ = s.CloseSend()
			}
			return recv(s, err)
		},
	}
}

// classes are all texts that a refused credential may get.
var classes = []string{
	"a credential is required: a bearer token, or what else this server takes",
	`exactly one authorization value is required, of the form "Bearer <token>", "Basic <base64>" or "Negotiate <base64>"`,
	"the token is not accepted",
	"the token has expired",
	"the user name or password is not accepted",
	"the Kerberos ticket is not accepted",
}

func TestEveryBadCredentialIsRefusedAtEveryEntryBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	lakegate(t)
	iss := issuer.Start(t)
	attacks := issuer.Attacks(t, iss) // before the server reads the keys
	s := start(t, simple(t, iss)+"health_needs_token: true\n", func(_ *server, o *startOptions) {
		o.token = iss.Token(t, nil)
	})
	conn := s.conn(t)
	defer conn.Close() //nolint:errcheck // nothing is in flight
	ways := entries(conn)
	client := &http.Client{Timeout: 30 * time.Second}
	for _, attack := range attacks {
		values := attack.Authorization(t)
		if !issuer.Sendable(values) {
			continue // no HTTP client sends this header; package auth has the row
		}
		t.Run(attack.Title(), func(t *testing.T) {
			for _, v := range values {
				if _, token, ok := strings.Cut(v, " "); ok && len(token) > 40 {
					s.secret(token)
				}
			}
			if len(strings.Join(values, "")) > headerLimit {
				wantTooLong(t, s, ways, values)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			out := metadata.NewOutgoingContext(ctx, metadata.MD{"authorization": values})
			for name, call := range ways {
				err := call(out)
				code := status.Code(err)
				if attack.Accepted != (code != codes.Unauthenticated) || code == codes.Internal || code == codes.Unknown {
					t.Errorf("%s: %v; accepted should be %v", name, err, attack.Accepted)
				}
				if code == codes.Unauthenticated {
					wantClass(t, name, status.Convert(err).Message())
				}
			}
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/flight/health", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header["Authorization"] = values
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			want := http.StatusUnauthorized
			if attack.Accepted {
				want = http.StatusOK
			}
			if response.StatusCode != want {
				t.Errorf("HTTP: %s, want %d", response.Status, want)
			}
			if want == http.StatusUnauthorized {
				wantClass(t, "HTTP", strings.TrimSpace(string(body)))
				if response.Header.Get("WWW-Authenticate") == "" {
					t.Error("HTTP: no WWW-Authenticate")
				}
			}
		})
	}
	for _, line := range strings.Split(s.log.String(), "\n") {
		if strings.Contains(line, `"statement"`) {
			t.Errorf("something ran: %s", line)
		}
		if len(line) > 4000 {
			t.Errorf("a log line of %d bytes: %.300s", len(line), line)
		}
	}
	s.dial(t, iss.Token(t, nil)).want(t, "SELECT 1", "1")
}

// headerLimit is what the transport takes of headers: more never reaches the gate.
const headerLimit = 24 << 10

// wantTooLong checks that the transport refuses values at every entry.
func wantTooLong(t *testing.T, s *server, ways map[string]entry, values []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for name, call := range ways {
		err := call(metadata.NewOutgoingContext(ctx, metadata.MD{"authorization": values}))
		if status.Code(err) != codes.Internal || !strings.Contains(err.Error(), "header list size") {
			t.Errorf("%s: %v, want it refused for its length", name, err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/flight/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header["Authorization"] = values
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge && response.StatusCode != http.StatusUnauthorized {
		t.Errorf("HTTP: %s", response.Status)
	}
}

func wantClass(t *testing.T, name, text string) {
	t.Helper()
	for _, class := range classes {
		if text == class {
			return
		}
	}
	t.Errorf("%s: the text is %q, none of the classes", name, text)
}

func TestATokenInAnyOtherPlaceIsNotSeenAndNotLogged(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	good := token(t, iss, "wanda")
	s.secret(good)
	conn := s.conn(t)
	defer conn.Close() //nolint:errcheck // nothing is in flight
	for _, pair := range [][2]string{
		{"cookie", "authorization=Bearer " + good},
		{"token", good},
		{"x-authorization", "Bearer " + good},
		{"proxy-authorization", "Bearer " + good},
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), pair[0], pair[1])
		_, err := arrowflight.NewClientFromConn(conn, nil).GetFlightInfo(ctx, &arrowflight.FlightDescriptor{Cmd: []byte(good)})
		if status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %v", pair[0], err)
		}
	}
	response, err := http.Get("http://" + s.address + "/flight/health?access_token=" + good)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end or not
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("in the query string: %s", response.Status)
	}
}

func TestRightsFollowGroupsAndScopes(t *testing.T) {
	t.Parallel()
	p := shared(t)
	s := start(t, simple(t, p.issuer))
	s.dial(t, token(t, p.issuer, "wanda")).do(t, "CREATE TABLE scratch.main.t AS SELECT 1 AS x")
	for _, c := range []struct {
		claims      issuer.Claims
		read, write codes.Code
	}{
		{issuer.Claims{"groups": []string{"ANALYSTS"}}, codes.OK, codes.PermissionDenied},
		{issuer.Claims{"groups": []string{"Engineers"}}, codes.OK, codes.OK},
		{issuer.Claims{"groups": []string{"platform"}}, codes.OK, codes.OK},
		{issuer.Claims{"groups": []string{}, "scope": "read:data"}, codes.OK, codes.PermissionDenied},
		{issuer.Claims{"groups": []string{}, "scp": []string{"write:data"}}, codes.OK, codes.OK},
		{issuer.Claims{"groups": []string{}, "scope": "admin:system"}, codes.OK, codes.OK},
		{issuer.Claims{"groups": []string{"analysts"}, "scope": "write:data"}, codes.OK, codes.OK},
		{issuer.Claims{"groups": []string{}, "scope": "read:database"}, codes.NotFound, codes.NotFound},
		{issuer.Claims{"groups": []string{"analyst"}}, codes.NotFound, codes.NotFound},
		{issuer.Claims{"groups": nil}, codes.NotFound, codes.NotFound},
	} {
		who := s.dial(t, p.issuer.Token(t, c.claims))
		if _, err := who.read(who.ctx(t), "SELECT x FROM scratch.main.t WHERE x = 1"); status.Code(err) != c.read {
			t.Errorf("%v reads: %v, want %s", c.claims, err, c.read)
		}
		if _, err := who.ExecuteUpdate(who.ctx(t), "INSERT INTO scratch.main.t VALUES (2)"); status.Code(err) != c.write {
			t.Errorf("%v writes: %v, want %s", c.claims, err, c.write)
		}
	}
}
