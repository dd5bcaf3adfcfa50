package tests

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// notServing returns when health says that the server takes no new work.
func (s *server) notServing(t *testing.T) {
	t.Helper()
	conn := s.conn(t)
	defer conn.Close() //nolint:errcheck // nothing is in flight
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	watch, err := healthpb.NewHealthClient(conn).Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if first, err := watch.Recv(); err != nil || first.Status != healthpb.HealthCheckResponse_SERVING {
		t.Fatalf("health before: %v, %v", first, err)
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if next, err := watch.Recv(); err != nil || next.Status != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Fatalf("health after SIGTERM: %v, %v", next, err)
	}
}

func TestAStreamInProgressEndsWholeAfterSIGTERM(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	rows := s.dial(t, token(t, iss, "rita")).open(t, "SELECT range AS id, 'row ' || range AS name FROM range(3000000)")
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	first := rows.RecordBatch().NumRows()
	s.notServing(t)
	n, err := rows.drain()
	if err != nil || first+n != 3_000_000 {
		t.Errorf("%d rows, %v; want all 3,000,000", first+n, err)
	}
	<-s.ended
	s.killed = true // it ended as it should
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestAStreamThatOutlivesTheGraceIsCancelled(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss)+"grace: 1s\n")
	rows := s.dial(t, token(t, iss, "rita")).open(t, endless)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	began := time.Now()
	s.notServing(t)
	if _, err := rows.drain(); err == nil {
		t.Error("a stream without end ended without an error")
	}
	<-s.ended
	s.killed = true // it ended as it should
	if code, took := s.cmd.ProcessState.ExitCode(), time.Since(began); code != 0 || took > 15*time.Second {
		t.Errorf("exit code %d after %s with a grace of 1 s", code, took)
	}
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	t.Parallel()
	iss := shared(t).issuer
	s := start(t, simple(t, iss))
	rows := s.dial(t, token(t, iss, "rita")).open(t, endless)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	s.notServing(t)
	began := time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	<-s.ended
	s.killed = true // it ended as it should
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the second signal took %s", took)
	}
}

func TestTheDevelopmentServerServesItsThreePeopleFromTheFirstStart(t *testing.T) {
	t.Parallel()
	bin := lakegate(t)
	dir, address, log := t.TempDir(), freeAddress(t), &output{}
	cmd := exec.Command(bin, "serve", "--dev", "--dir", dir, "--listen", address, "--extensions", testpeer.Extensions(t))
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(), log, log
	s := &server{address: address, log: log, cmd: cmd, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.exit = cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		if code := s.stop(t); code != 0 {
			t.Errorf("exit code %d; it wrote:\n%s", code, last(log.String(), 4000))
		}
	})
	if err := s.awaitReady(t, startOptions{health: healthpb.HealthCheckResponse_SERVING}); err != nil {
		t.Fatalf("%v; it wrote:\n%s", err, log)
	}
	file := filepath.Join(dir, "dev.json")
	var dev struct {
		Address string
		TLS     bool
		Issuer  string
		Tokens  map[string]string
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &dev); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || dev.Address != address || dev.TLS || dev.Issuer == "" {
		t.Errorf("dev.json: %+v, %v, %v", dev, info.Mode(), err)
	}
	reader, writer := s.dial(t, dev.Tokens["reader"]), s.dial(t, dev.Tokens["writer"])
	reader.want(t, "SELECT count(*), count(DISTINCT kind) FROM events", "1000000|4")
	reader.want(t, "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM salaries)", "10000|500")
	if _, err := reader.ExecuteUpdate(reader.ctx(t), "CREATE TABLE mine AS SELECT 1 AS x"); err == nil {
		t.Error("the reader writes")
	}
	writer.do(t, "CREATE TABLE mine AS SELECT 1 AS x")
	reader.want(t, "SELECT x FROM mine", "1")
	s.dial(t, dev.Tokens["admin"]).do(t, "DROP TABLE mine")
	fresh, err := command(t, "token", "reader", "--dir", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	s.dial(t, strings.TrimSpace(string(fresh))).want(t, "SELECT 1", "1")
}
