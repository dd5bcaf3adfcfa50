package tests

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// victimVariable makes a copy of this program the client that a test kills.
const victimVariable = "LAKEGATE_TESTS_VICTIM"

// victim is that client's life: it does the first half of something, says so on
// standard output, and waits for its end.
func victim(what string) error {
	ctx := context.Background()
	sql, err := flightsql.NewClient(os.Getenv("VICTIM_ADDRESS"), nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	c := &caller{Client: sql, token: os.Getenv("VICTIM_TOKEN")}
	statement := os.Getenv("VICTIM_SQL")
	ready := func() error {
		fmt.Println("ready")
		_, err := io.Copy(io.Discard, os.Stdin) // until killed
		return errors.Join(err, errors.New("nobody killed this client"))
	}
	switch what {
	case "stream":
		info, err := c.Execute(c.as(ctx), statement)
		if err != nil {
			return err
		}
		reader, err := c.DoGet(c.as(ctx), info.Endpoint[0].Ticket)
		if err != nil {
			return err
		}
		if !reader.Next() {
			return fmt.Errorf("no rows: %w", reader.Err())
		}
		return ready()
	case "ingest": // VICTIM_SQL is the table
		rows := batches(100, 10_000, func(i int) error {
			if i == 50 {
				return ready()
			}
			return nil
		})
		_, err := c.ingest(c.as(ctx), statement, rows)
		return err
	case "transaction":
		for _, sql := range append([]string{"BEGIN"}, strings.Split(statement, ";")...) {
			if _, err := c.ExecuteUpdate(c.as(ctx), sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return ready()
	case "statement": // VICTIM_SQL gives no first row for long
		go fmt.Println("ready")
		_, err := c.read(c.as(ctx), statement)
		return err
	}
	return fmt.Errorf("unknown victim %q", what)
}

// startVictim runs such a client up to where it waits; kill ends it as a crash does.
func (s *server) startVictim(t testing.TB, what, token, sql string) (kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), victimVariable+"="+what, "VICTIM_ADDRESS="+s.address, "VICTIM_TOKEN="+token, "VICTIM_SQL="+sql)
	problem := &output{}
	cmd.Stderr = problem
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		kill()
		t.Fatalf("the client is not ready: %q, %v, %s", line, err, problem)
	}
	t.Cleanup(kill)
	return kill
}
