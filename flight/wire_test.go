package flight

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/auth"
)

func bearer(t testing.TB, token string) context.Context {
	t.Helper()
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

// everyCall makes one call of each method that needs a token.
func everyCall(conn *grpc.ClientConn) map[string]func(context.Context) error {
	c := arrowflight.NewClientFromConn(conn, nil)
	recv := func(s grpc.ClientStream, err error) error {
		if err != nil {
			return err
		}
		if err := s.CloseSend(); err != nil {
			return err
		}
		return s.RecvMsg(&arrowflight.Result{})
	}
	return map[string]func(context.Context) error{
		"GetFlightInfo": func(ctx context.Context) error {
			_, err := c.GetFlightInfo(ctx, &arrowflight.FlightDescriptor{})
			return err
		},
		"GetSchema": func(ctx context.Context) error {
			_, err := c.GetSchema(ctx, &arrowflight.FlightDescriptor{})
			return err
		},
		"PollFlightInfo": func(ctx context.Context) error {
			_, err := c.PollFlightInfo(ctx, &arrowflight.FlightDescriptor{})
			return err
		},
		"DoGet":      func(ctx context.Context) error { s, err := c.DoGet(ctx, &arrowflight.Ticket{}); return recv(s, err) },
		"DoPut":      func(ctx context.Context) error { s, err := c.DoPut(ctx); return recv(s, err) },
		"DoExchange": func(ctx context.Context) error { s, err := c.DoExchange(ctx); return recv(s, err) },
		"DoAction":   func(ctx context.Context) error { s, err := c.DoAction(ctx, &arrowflight.Action{}); return recv(s, err) },
		"ListActions": func(ctx context.Context) error {
			s, err := c.ListActions(ctx, &arrowflight.Empty{})
			return recv(s, err)
		},
		"ListFlights": func(ctx context.Context) error {
			s, err := c.ListFlights(ctx, &arrowflight.Criteria{})
			return recv(s, err)
		},
		"Handshake": func(ctx context.Context) error { s, err := c.Handshake(ctx); return recv(s, err) },
		"reflection": func(ctx context.Context) error {
			s, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
			return recv(s, err)
		},
	}
}

func TestEveryCallWithoutExactlyOneGoodTokenIsUnauthenticated(t *testing.T) {
	conn := startServer(t).raw(t)
	for name, ctx := range map[string]context.Context{
		"none":         t.Context(),
		"bad":          bearer(t, "nonsense"),
		"good and bad": metadata.AppendToOutgoingContext(bearer(t, writer1), "authorization", "Bearer nonsense"),
		"bad and good": metadata.AppendToOutgoingContext(bearer(t, "nonsense"), "authorization", "Bearer "+writer1),
		"two good":     metadata.AppendToOutgoingContext(bearer(t, writer1), "authorization", "Bearer "+writer1),
		"two in one":   metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+writer1+", Bearer "+writer1),
		"Basic":        metadata.AppendToOutgoingContext(t.Context(), "authorization", "Basic d3JpdGVyOnB3"),
		"in a cookie":  metadata.AppendToOutgoingContext(t.Context(), "cookie", "authorization=Bearer "+writer1),
	} {
		for method, call := range everyCall(conn) {
			wantCode(t, named(call(ctx), name, method), codes.Unauthenticated, "credential")
		}
	}
}

func named(err error, name, method string) error {
	if status.Code(err) != codes.Unauthenticated {
		return status.Errorf(status.Code(err), "%s, %s: %v", name, method, err)
	}
	return err
}

func TestAnIdentityProviderThatIsAwayIsUnavailable(t *testing.T) {
	srv := startServer(t)
	for _, call := range everyCall(srv.raw(t)) {
		wantCode(t, call(bearer(t, "unavailable")), codes.Unavailable, "established now")
	}
}

func TestHandshakeGivesTheTokenBackInHeaderAndTrailerAndNoCookie(t *testing.T) {
	for _, requireCookie := range []bool{false, true} {
		srv := startServer(t, func(c *Config) { c.RequireCookie = requireCookie })
		stream, err := arrowflight.NewClientFromConn(srv.raw(t), nil).Handshake(bearer(t, writer1))
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		header, err := stream.Header()
		if err != nil {
			t.Fatal(err)
		}
		for name, md := range map[string]metadata.MD{"header": header, "trailer": stream.Trailer()} {
			wantLines(t, md.Get("authorization"), "Bearer "+writer1)
			if len(md.Get("set-cookie")) != 0 {
				t.Errorf("%s: a cookie: %v", name, md)
			}
		}
	}
}

func TestAnEndlessHandshakeIsAnsweredAtOnce(t *testing.T) {
	stream, err := arrowflight.NewClientFromConn(startServer(t).raw(t), nil).Handshake(bearer(t, writer1))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if stream.Send(&arrowflight.HandshakeRequest{Payload: make([]byte, 1<<16)}) != nil {
			break
		}
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestGarbageIsClosedInBoundedTimeAndOthersAreUnharmed(t *testing.T) {
	srv := startServer(t, func(c *Config) {
		c.Limits.FirstBytes, c.Limits.FirstCall, c.Limits.ConnectionsPerPeer = 300*time.Millisecond, 300*time.Millisecond, 200
	})
	honest := srv.raw(t)
	check := func() {
		t.Helper()
		if _, err := healthpb.NewHealthClient(honest).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	check()
	garbage := [][]byte{
		nil, []byte("P"), []byte("PRI * HTTP/2.0\r\n"), []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), bytes.Repeat([]byte{0}, 5000),
		{0x16, 3, 1, 2, 0, 1, 0},
		[]byte("GET /flight/health HTTP/1.1\r\nX: "), append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), bytes.Repeat([]byte{0xff}, 4000)...),
	}
	var conns []net.Conn
	for i := range 150 {
		conn, err := net.Dial("tcp", srv.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := conn.Write(garbage[i%len(garbage)]); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	check()
	for i, conn := range conns {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			t.Fatalf("connection %d (%q) is still open", i, garbage[i%len(garbage)][:min(20, len(garbage[i%len(garbage)]))])
		}
	}
	check()
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestConnectionsOverTheCapsAreClosedAtOnce(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.ConnectionsPerPeer = 3 })
	open := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", srv.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	for range 3 {
		open()
	}
	over := open()
	if err := over.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := over.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the fourth connection: %v", err)
	}
}

func TestLargeMetadataIsRefused(t *testing.T) {
	srv := startServer(t)
	ctx := metadata.AppendToOutgoingContext(bearer(t, writer1), "x-large", strings.Repeat("x", 64<<10))
	_, err := arrowflight.NewClientFromConn(srv.raw(t), nil).GetFlightInfo(ctx, &arrowflight.FlightDescriptor{})
	if c := status.Code(err); c != codes.Internal && c != codes.ResourceExhausted && c != codes.Unavailable || err == nil {
		t.Errorf("64 KiB of metadata: %v", err)
	}
}

func TestUnknownHeadersAreIgnored(t *testing.T) {
	srv := startServer(t)
	ctx := metadata.AppendToOutgoingContext(bearer(t, writer1), "database", "x", "connecttimeout", "3")
	stream, err := arrowflight.NewClientFromConn(srv.raw(t), nil).ListActions(ctx, &arrowflight.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for {
		a, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, a.Type)
	}
	for _, want := range []string{
		"CreatePreparedStatement", "ClosePreparedStatement", "CreatePreparedSubstraitPlan", "BeginTransaction", "EndTransaction",
		"BeginSavepoint", "EndSavepoint", "CancelQuery", "CancelFlightInfo", "RenewFlightEndpoint", "SetSessionOptions", "GetSessionOptions", "CloseSession",
	} {
		if !strings.Contains(fmt.Sprint(names), want) {
			t.Errorf("%s is not listed", want)
		}
	}
}

func TestADoPutWithoutDescriptorIsRefusedAndTheProcessLives(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.FirstMessage = 200 * time.Millisecond })
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	for name, m := range map[string]*arrowflight.FlightData{
		"no descriptor": {},
		"a path":        {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorPATH, Path: []string{"x"}}},
		"no command":    {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD}},
		"garbage":       {FlightDescriptor: &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorCMD, Cmd: []byte("SELECT 1")}},
		"nothing":       nil,
	} {
		stream, err := c.DoPut(bearer(t, writer1))
		if err != nil {
			t.Fatal(err)
		}
		if m != nil {
			if err := stream.Send(m); err != nil {
				t.Fatal(err)
			}
		}
		_, err = stream.Recv()
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	stream, err := c.DoPut(bearer(t, writer1))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	wantCode(t, err, codes.InvalidArgument, "ended before its first message")
}

func TestWhatIsNotSpokenSaysSo(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	for name, call := range map[string]func() error{
		"Substrait": func() error {
			_, err := c.ExecuteSubstrait(c.ctx, flightsql.SubstraitPlan{Plan: []byte("x")})
			return err
		},
		"renewal": func() error {
			_, err := c.RenewFlightEndpoint(c.ctx, &arrowflight.RenewFlightEndpointRequest{})
			return err
		},
	} {
		if err := call(); status.Code(err) != codes.Unimplemented {
			t.Errorf("%s: %v", name, err)
		}
	}
	unknown, err := packed(&pb.ActionBeginSavepointRequest{Name: "s"})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.Client.Client.DoAction(c.ctx, &arrowflight.Action{Type: "BeginSavepoint", Body: unknown})
	if err == nil {
		_, err = stream.Recv()
	}
	wantCode(t, err, codes.Unimplemented, "savepoints")
	stream, err = c.Client.Client.DoAction(c.ctx, &arrowflight.Action{Type: "Nonsense"})
	if err == nil {
		_, err = stream.Recv()
	}
	wantCode(t, err, codes.InvalidArgument, "ListActions")
}

func TestAPanicIsInternalWithAnIdThatTheLogRepeats(t *testing.T) {
	srv := startServer(t, func(c *Config) {
		c.Auth = testAuth{authenticate: func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
			if fmt.Sprint(shown.Authorization) == "[Bearer panic]" {
				panic("a bug of ours")
			}
			return testAuth{}.Authenticate(ctx, shown)
		}}
	})
	for _, call := range everyCall(srv.raw(t)) {
		err := call(bearer(t, "panic"))
		wantCode(t, err, codes.Internal, "internal error ")
		id := strings.TrimPrefix(status.Convert(err).Message(), "internal error ")
		if len(id) != 12 || !strings.Contains(srv.log.String(), id) {
			t.Errorf("id %q is not in the log", id)
		}
		if strings.Contains(err.Error(), "bug of ours") {
			t.Errorf("the client reads: %v", err)
		}
	}
	if !strings.Contains(srv.log.String(), "a bug of ours") || !strings.Contains(srv.log.String(), "goroutine") {
		t.Error("the panic and its stack are not in the log")
	}
}

func TestTLSOnAPlaintextPortFailsFast(t *testing.T) {
	srv := startServer(t)
	conn, err := grpc.NewClient(srv.addr, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
	wantCode(t, err, codes.Unavailable, "")
}

// G11: a unary call is read before it is judged.
func TestStrangersCannotMakeTheServerHoldManyLargeMessages(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.MessageBytes = 1 << 20 })
	large := &arrowflight.FlightDescriptor{Cmd: make([]byte, 1000<<10)}
	flood := func(token string) map[codes.Code]int {
		c := arrowflight.NewClientFromConn(srv.raw(t), nil)
		got := make(chan codes.Code)
		for range 40 {
			go func() {
				_, err := c.GetSchema(bearer(t, token), large)
				got <- codeOf(err)
			}()
		}
		seen := map[codes.Code]int{}
		for range 40 {
			seen[<-got]++
		}
		return seen
	}
	if seen := flood("nonsense"); seen[codes.Unavailable] == 0 || seen[codes.Unavailable]+seen[codes.Unauthenticated] != 40 {
		t.Errorf("strangers get %v; want a connection that is closed", seen)
	}
	w := srv.dial(t, writer1)
	wantLines(t, w.mustQuery("SELECT 1"), "1")
	c := arrowflight.NewClientFromConn(srv.raw(t), nil)
	for range 10 {
		_, err := c.GetSchema(bearer(t, writer1), large)
		wantCode(t, err, codes.InvalidArgument, "")
	}
}
