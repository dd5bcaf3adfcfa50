package flight

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func TestHealthNeedsNoTokenUnlessTheSettingsSaySo(t *testing.T) {
	srv := startServer(t)
	for _, service := range []string{"", "arrow.flight.protocol.FlightService", "lake/lake"} {
		got, err := healthpb.NewHealthClient(srv.raw(t)).Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
		if err != nil || got.Status != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, got, err)
		}
	}
	_, err := healthpb.NewHealthClient(srv.raw(t)).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "lake/other"})
	wantCode(t, err, codes.NotFound, "")
	_, err = healthpb.NewHealthClient(srv.raw(t)).List(t.Context(), &healthpb.HealthListRequest{})
	wantCode(t, err, codes.Unauthenticated, "") // it would name the lakes
	strict := healthpb.NewHealthClient(startServer(t, func(c *Config) { c.HealthNeedsToken = true }).raw(t))
	_, err = strict.Check(t.Context(), &healthpb.HealthCheckRequest{})
	wantCode(t, err, codes.Unauthenticated, "")
	if _, err = strict.Check(bearer(t, reader1), &healthpb.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
}

func TestHealthTurnsNotServingBeforeCallsInProgressEnd(t *testing.T) {
	srv := startServer(t)
	watch, err := healthpb.NewHealthClient(srv.raw(t)).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := watch.Recv()
	if err != nil || first.Status != healthpb.HealthCheckResponse_SERVING {
		t.Fatalf("%v, %v", first, err)
	}
	go srv.stop()
	next, err := watch.Recv()
	if err != nil || next.Status != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("%v, %v", next, err)
	}
	srv.stop()
}

func TestTheHealthPageAnswersOnTheSamePort(t *testing.T) {
	srv := startServer(t)
	for _, c := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/flight/health", "", 401},
		{"GET", "/flight/health", "nonsense", 401},
		{"GET", "/flight/health", writer1, 200},
		{"HEAD", "/flight/health", writer1, 200},
		{"HEAD", "/flight/health", "", 401},
		{"GET", "/flight/health", "unavailable", 503},
		{"GET", "/flight/health?token=" + writer1, "", 401},
		{"POST", "/flight/health", writer1, 405},
		{"GET", "//flight/health", writer1, 404},
		{"GET", "/flight/health/..", writer1, 404},
		{"GET", "/flight/health/", writer1, 404},
		{"GET", "/flight%2fhealth", writer1, 404},
		{"GET", "/", writer1, 404},
	} {
		code, header, body := rawHTTP(t, srv.addr, c.method, c.path, c.token)
		if code != c.want {
			t.Errorf("%s %s with %q: %d, want %d", c.method, c.path, c.token, code, c.want)
		}
		if (code == 401) != (header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s %s: %d with WWW-Authenticate %q", c.method, c.path, code, header.Get("WWW-Authenticate"))
		}
		if c.method == "HEAD" && body != "" {
			t.Errorf("HEAD has a body: %q", body)
		}
	}
	if strings.Contains(srv.log.String(), writer1) {
		t.Error("a token is in the log")
	}
}

func TestTheHealthPageTellsDetailsToAdministratorsAlone(t *testing.T) {
	srv := startServer(t)
	_, _, body := rawHTTP(t, srv.addr, "GET", "/flight/health", admin1)
	if body != "SERVING\nstatements running: 0\nconnections hanging in remote calls: 0\nlake lake: SERVING\nidentity keys test (https://id.test): DEGRADED: status 502; 2 keys, 0s old\n" {
		t.Errorf("an administrator reads %q", body)
	}
	for _, token := range []string{writer1, reader1} {
		if _, _, body := rawHTTP(t, srv.addr, "GET", "/flight/health", token); body != "SERVING\n" {
			t.Errorf("%s reads %q", token, body)
		}
	}
}

func rawHTTP(t testing.TB, addr, method, path, token string) (int, http.Header, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	auth := ""
	if token != "" {
		auth = "Authorization: Bearer " + token + "\r\n"
	}
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method, path, auth); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}
