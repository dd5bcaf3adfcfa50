package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// ran is what a command said and ended with.
type ran struct {
	code           int
	stdout, stderr string
	err            error
}

// command runs the program in this process.
func command(t *testing.T, environment []string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience) // a server that starts where it should not
	defer cancel()
	var stdout, stderr bytes.Buffer
	err := run(ctx, args, environment, &stdout, &stderr)
	code := 0
	if err != nil {
		code = exitCode(err, false)
	}
	return ran{code, stdout.String(), stderr.String(), err}
}

// healthServer answers grpc.health.v1 alone, with a status or an error.
func healthServer(t *testing.T, serving healthpb.HealthCheckResponse_ServingStatus, refuse error) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if refuse != nil {
			return nil, refuse
		}
		return next(ctx, req)
	}))
	h := health.NewServer()
	h.SetServingStatus("", serving)
	healthpb.RegisterHealthServer(srv, h)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return lis.Addr().String()
}

// freePort is an address at which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lis.Close() }()
	return lis.Addr().String()
}

func TestExitCodesAreThoseWrittenDown(t *testing.T) {
	bad := filepath.Join(folder(t, map[string]string{"bad.yaml": "lisen: x\n"}), "bad.yaml")
	good := filepath.Join(folder(t, map[string]string{"good.yaml": minimal}), "good.yaml")
	nowhere := freePort(t)
	serving := healthServer(t, healthpb.HealthCheckResponse_SERVING, nil)
	down := healthServer(t, healthpb.HealthCheckResponse_NOT_SERVING, nil)
	strict := healthServer(t, healthpb.HealthCheckResponse_SERVING, status.Error(codes.Unauthenticated, "a valid bearer token is required"))
	for _, c := range []struct {
		want int
		args []string
	}{
		{0, []string{"version"}},
		{0, []string{"--help"}},
		{0, []string{"completion", "bash"}},
		{0, []string{"config", "print", "--config", good}},
		{0, []string{"check", "--address", serving}},
		{0, []string{"check", "--address", "grpc://" + serving}},
		{2, []string{"sevre"}},
		{2, []string{"serve", "--no-such-flag"}},
		{2, []string{"serve", "--config", bad}},
		{2, []string{"serve", "--config", bad + ".missing"}},
		{2, []string{"serve"}},
		{2, []string{"serve", "--dev", "--config", good}},
		{2, []string{"serve", "--config", good, "--listen", "127.0.0.1:0"}},
		{2, []string{"serve", "--dev", "--listen", "0.0.0.0:0", "--dir", t.TempDir()}},
		{2, []string{"config", "print", "--config", bad}},
		{2, []string{"query", "--address", serving, "SELECT 1"}},
		{2, []string{"query"}},
		{2, []string{"query", "--format", "xml", "SELECT 1"}},
		{2, []string{"query", "--address", "nonsense", "--token", "t", "SELECT 1"}},
		{2, []string{"query", "--address", "db.example.com:50051", "--token", "t", "SELECT 1"}},
		{2, []string{"query", "--dev", "reader", "--dir", t.TempDir(), "SELECT 1"}},
		{2, []string{"query", "--token", "t", "--token-file", "t", "SELECT 1"}},
		{2, []string{"token", "root"}},
		{2, []string{"check", "--address", serving, "--ca", "/nowhere.pem"}},
		{2, []string{"check", "--address", serving, "--service", "lake/none"}},
		{3, []string{"check", "--address", nowhere}},
		{3, []string{"check", "--address", down}},
		{3, []string{"query", "--address", nowhere, "--token", "t", "SELECT 1"}},
		{4, []string{"check", "--address", strict}},
	} {
		got := command(t, nil, c.args...)
		if got.code != c.want {
			t.Errorf("%v: code %d (%v), want %d", c.args, got.code, got.err, c.want)
		}
	}
}

func TestTLSToAServerWithoutItIsSaidInWords(t *testing.T) {
	address := healthServer(t, healthpb.HealthCheckResponse_SERVING, nil)
	for _, args := range [][]string{{"check"}, {"query", "--token", "t", "SELECT 1"}} {
		got := command(t, nil, append(args, "--address", address, "--tls")...)
		if got.code != exitUnreachable || !strings.HasSuffix(got.err.Error(), "; it does not speak TLS: leave out --tls and --ca") {
			t.Errorf("%v: code %d, %v", args, got.code, got.err)
		}
	}
}

func TestEachErrorHasItsCode(t *testing.T) {
	for _, c := range []struct {
		err         error
		interrupted bool
		want        int
	}{
		{errors.New("x"), false, 1},
		{&settingsError{}, false, 2},
		{fmt.Errorf("wrapped: %w", coded(3, errors.New("x"))), false, 3},
		{status.Error(codes.Unavailable, "x"), false, 3},
		{status.Error(codes.Unauthenticated, "x"), false, 4},
		{status.Error(codes.InvalidArgument, "x"), false, 1},
		{status.Error(codes.Canceled, "x"), true, 130},
		{context.Canceled, true, 130},
		{context.Canceled, false, 1},
	} {
		if got := exitCode(c.err, c.interrupted); got != c.want {
			t.Errorf("%v, interrupted %t: %d, want %d", c.err, c.interrupted, got, c.want)
		}
	}
}

func TestOneRowIsNotCalledRows(t *testing.T) {
	for n, want := range map[int64]string{0: "0 rows changed", 1: "1 row changed", 2: "2 rows changed"} {
		if got := changed(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestEveryCommandHasExamplesInItsHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"serve"}, {"check"}, {"query"}, {"token"}, {"config", "print"}} {
		got := command(t, nil, append(args, "--help")...)
		if got.code != 0 || !strings.Contains(got.stdout, "Examples:\n  ") || !strings.Contains(got.stdout, "Exit codes:") {
			t.Errorf("%v --help: code %d\n%s", args, got.code, got.stdout)
		}
	}
}

func TestATakenPortIsSaidInWords(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lis.Close() }()
	good := filepath.Join(folder(t, map[string]string{"l.yaml": minimal}), "l.yaml")
	got := command(t, []string{"LAKEGATE_LISTEN=" + lis.Addr().String()}, "serve", "--config", good)
	if got.code != 1 || !strings.Contains(got.err.Error(), "LAKEGATE_LISTEN: listen: "+lis.Addr().String()+" is taken") {
		t.Errorf("code %d: %v", got.code, got.err)
	}
}

func TestTicketKeysAreKeptAndShared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "ticket.key")
	first, err := keptTicketKey(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := keptTicketKey(file)
	if err != nil || again.Text() != first.Text() {
		t.Errorf("another key at the next start, %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestATokenIsGoodForNothingBeforeAServerHasRun(t *testing.T) {
	got := command(t, nil, "token", "reader", "--dir", t.TempDir())
	if got.code == 0 || !strings.Contains(got.err.Error(), "no development server has been started") {
		t.Errorf("code %d: %v", got.code, got.err)
	}
}
