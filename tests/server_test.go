package tests

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
)

// startLimit is how long a server may take to answer, on a slow machine that does
// other things too.
const startLimit = 60 * time.Second

// output is what a process writes, readable while it writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// server is one running lakegate.
type server struct {
	address string
	folder  string // of its settings file
	ca      string // PEM file; empty where it speaks plaintext
	log     *output

	cmd     *exec.Cmd
	ended   chan struct{}
	exit    error // once ended is closed
	killed  bool  // on purpose
	mu      sync.Mutex
	secrets []string
}

// option changes how a server is started.
type option func(*server, *startOptions)

type startOptions struct {
	health healthpb.HealthCheckResponse_ServingStatus
	folder string
	token  string // for health, where that needs one
}

// whatever its health: the server is ready when it answers at all.
func whatever(_ *server, o *startOptions) { o.health = healthpb.HealthCheckResponse_UNKNOWN }

// withCA is for a server that speaks TLS.
func withCA(file string) option { return func(s *server, _ *startOptions) { s.ca = file } }

// in gives the folder of the settings file, and of what it names by relative path.
func in(folder string) option { return func(_ *server, o *startOptions) { o.folder = folder } }

// hiding are texts that its log must not hold.
func hiding(secrets ...string) option {
	return func(s *server, _ *startOptions) { s.secrets = append(s.secrets, secrets...) }
}

// start runs the program with settings, to which it adds where to listen, and
// returns when health answers SERVING. At the test's end the server must stop by
// itself within bounds, without a data race and without a secret in its log.
func start(t testing.TB, settings string, options ...option) *server {
	t.Helper()
	s, err := tryStart(t, settings, options...)
	if err != nil {
		t.Fatalf("%v; it wrote:\n%s", err, s.log)
	}
	t.Cleanup(func() { s.finish(t) })
	return s
}

// tryStart is start for servers that may not come up; the caller ends what does.
func tryStart(t testing.TB, settings string, options ...option) (*server, error) {
	t.Helper()
	s := &server{log: &output{}, ended: make(chan struct{})}
	o := startOptions{health: healthpb.HealthCheckResponse_SERVING}
	for _, change := range options {
		change(s, &o)
	}
	if o.folder == "" {
		o.folder = t.TempDir()
	}
	s.address, s.folder = freeAddress(t), o.folder
	file := filepath.Join(s.folder, "lakegate.yaml")
	if !strings.Contains(settings, "\nlisten:") {
		settings += "\nlisten: " + s.address + "\n"
	}
	write(t, file, settings)
	s.cmd = exec.Command(lakegate(t), "serve", "--config", file)
	s.cmd.Dir = s.folder
	s.cmd.Env = environment()
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return s, err
	}
	go func() {
		s.exit = s.cmd.Wait()
		close(s.ended)
	}()
	return s, s.awaitReady(t, o)
}

var errEnded = errors.New("the server ended before it was ready")

func (s *server) awaitReady(t testing.TB, o startOptions) error {
	t.Helper()
	conn := s.conn(t)
	defer conn.Close() //nolint:errcheck // nothing is in flight
	health := healthpb.NewHealthClient(conn)
	deadline := time.Now().Add(startLimit)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		if o.token != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+o.token)
		}
		answer, err := health.Check(ctx, &healthpb.HealthCheckRequest{})
		cancel()
		if err == nil && (answer.Status == o.health || o.health == healthpb.HealthCheckResponse_UNKNOWN) {
			return nil
		}
		select {
		case <-s.ended:
			return errEnded
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.kill()
			return fmt.Errorf("not ready after %s: %v, %w", startLimit, answer, err)
		}
	}
}

// stop ends the server as an operator does and gives its exit code.
func (s *server) stop(t testing.TB) int {
	t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(45 * time.Second):
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // for the stacks
		<-s.ended
		t.Errorf("the server did not stop on SIGTERM; it wrote:\n%s", last(s.log.String(), 20000))
	}
	return s.cmd.ProcessState.ExitCode()
}

// kill ends it at once, as a crash would.
func (s *server) kill() {
	s.killed = true
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// finish ends the server and looks at what it left.
func (s *server) finish(t testing.TB) {
	t.Helper()
	select {
	case <-s.ended:
		if !s.killed {
			t.Errorf("the server had ended before: %v; it wrote:\n%s", s.exit, last(s.log.String(), 20000))
		}
	default:
		if code := s.stop(t); code != 0 {
			t.Errorf("exit code %d, want 0; it wrote:\n%s", code, last(s.log.String(), 8000))
		}
	}
	s.checkLog(t)
}

func (s *server) checkLog(t testing.TB) {
	t.Helper()
	log := s.log.String()
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:"} {
		if at := strings.Index(log, bad); at >= 0 {
			t.Errorf("the server wrote %q:\n%s", bad, log[at:min(at+6000, len(log))])
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.secrets {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log holds a secret: ...%s", log[max(0, at-300):at])
		}
	}
	if at := strings.Index(log, "eyJ"); at >= 0 { // how every token begins
		t.Errorf("the log holds a part of a token: ...%s", log[max(0, at-300):min(at+40, len(log))])
	}
}

// secret is one more text that the log must not hold.
func (s *server) secret(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = append(s.secrets, text)
}

func (s *server) credentials(t testing.TB) credentials.TransportCredentials {
	t.Helper()
	if s.ca == "" {
		return insecure.NewCredentials()
	}
	return credentials.NewTLS(&tls.Config{RootCAs: roots(t, s.ca), MinVersion: tls.VersionTLS12})
}

func roots(t testing.TB, file string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", file)
	}
	return pool
}

// conn is a bare connection; the caller closes it.
func (s *server) conn(t testing.TB) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.address, grpc.WithTransportCredentials(s.credentials(t)))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// serving is what health says of service; empty for the whole server.
func (s *server) serving(t testing.TB, service string) healthpb.HealthCheckResponse_ServingStatus {
	t.Helper()
	conn := s.conn(t)
	defer conn.Close() //nolint:errcheck // nothing is in flight
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: service})
	if err != nil {
		t.Fatalf("health of %q: %v", service, err)
	}
	return answer.Status
}

// eventually waits until ok, which it asks again and again, or fails.
func eventually(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// freeAddress is a port of loopback that outgoing connections do not take.
func freeAddress(t testing.TB) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for ports.next < 19900 {
		ports.next++
		address := fmt.Sprintf("127.0.0.1:%d", ports.next)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = l.Close()
		return address
	}
	t.Fatal("no free port on 127.0.0.1")
	return ""
}

// ports gives each server of these tests a port of its own; the peers take theirs
// from another range.
var ports = struct {
	sync.Mutex
	next int
}{next: 14000 + os.Getpid()%4000}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// last is the end of a long text.
func last(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return "..." + text[len(text)-n:]
}

// environment is the tests' own without what a server would take for settings.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "LAKEGATE_") })
}
