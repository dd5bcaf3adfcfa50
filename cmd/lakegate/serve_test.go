package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// asMain makes a process of the test's own program be lakegate.
const asMain = "LAKEGATE_TEST_AS_MAIN=1"

func TestMain(m *testing.M) {
	if (program{environment: os.Environ()}).getenv("LAKEGATE_TEST_AS_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// watched is a buffer in which one can wait for words.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed and replaced at each write
}

func newWatched() *watched { return &watched{more: make(chan struct{})} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.more)
	w.more = make(chan struct{})
	return w.text.Write(p)
}

func (w *watched) state() (string, chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String(), w.more
}

// wait returns when words have been written; stop ends the wait with an error.
func (w *watched) wait(words string, stop <-chan struct{}) error {
	deadline := time.After(patience)
	for {
		text, more := w.state()
		if strings.Contains(text, words) {
			return nil
		}
		select {
		case <-more:
		case <-stop:
			return errors.New("it ended")
		case <-deadline:
			return errors.New("it did not come in time")
		}
	}
}

// server is a server in this process.
type server struct {
	dir            string
	stdout, stderr *watched
	cancel         context.CancelFunc
	ended          chan struct{}
	err            error
}

// devReady ends what a development server prints when it answers.
const devReady = "Ctrl-C stops the server."

// startDev starts a development server in dir and waits until it answers.
func startDev(t *testing.T, dir string, more ...string) *server {
	t.Helper()
	args := append([]string{"serve", "--dev", "--dir", dir, "--listen", "127.0.0.1:0", "--extensions", testpeer.Extensions(t)}, more...)
	s := startServer(t, args, nil)
	s.dir = dir
	if err := s.stdout.wait(devReady, s.ended); err != nil {
		text, _ := s.stderr.state()
		t.Fatalf("%v: %v\n%s", err, s.err, text)
	}
	return s
}

func startServer(t *testing.T, args, environment []string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{stdout: newWatched(), stderr: newWatched(), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.err = run(ctx, args, environment, s.stdout, s.stderr)
	}()
	t.Cleanup(func() { s.stop(t) })
	return s
}

// stop ends the server as the first signal does.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.cancel()
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Error("the server did not end")
		return
	}
	if s.err != nil {
		t.Errorf("the server ended with: %v", s.err)
	}
}

// ask runs query as one of the development server's people.
func (s *server) ask(t *testing.T, who string, args ...string) ran {
	t.Helper()
	return command(t, nil, append([]string{"query", "--dev", who, "--dir", s.dir}, args...)...)
}

// child is lakegate in a process of its own.
type child struct {
	*exec.Cmd
	stdout, stderr *watched
	ended          chan struct{}
	err            error
}

func startChild(t *testing.T, environment []string, args ...string) *child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(program, args...), stdout: newWatched(), stderr: newWatched(), ended: make(chan struct{})}
	c.Env = append(append(os.Environ(), asMain), environment...)
	c.Stdout, c.Stderr = c.stdout, c.stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.Wait()
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		<-c.ended
	})
	return c
}

func (c *child) wait(t *testing.T) {
	t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		text, _ := c.stderr.state()
		t.Fatalf("the process did not end; it said: %s", text)
	}
}

func (c *child) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func startDevChild(t *testing.T, dir string, environment ...string) *child {
	t.Helper()
	c := startChild(t, environment, "serve", "--dev", "--dir", dir, "--listen", "127.0.0.1:0", "--extensions", testpeer.Extensions(t))
	if err := c.stdout.wait(devReady, c.ended); err != nil {
		text, _ := c.stderr.state()
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// devClient is a client of the development server in dir.
func devClient(t *testing.T, dir, who string) *client {
	t.Helper()
	to := target{dev: who, dir: dir}
	if err := to.complete(program{}); err != nil {
		t.Fatal(err)
	}
	c, err := dial(&to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// TestSignals runs a server in a process of its own, once for each signal, over
// one lake.
func TestSignals(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dev")

	t.Run("the first lets calls in progress finish", func(t *testing.T) {
		srv := startDevChild(t, dir)
		st, err := devClient(t, dir, "reader").prepare(t.Context(), "SELECT * FROM events", nil)
		if err != nil {
			t.Fatal(err)
		}
		var rows int64
		err = st.each(t.Context(), func(b batch) error {
			if rows == 0 {
				srv.signal(t, syscall.SIGTERM)
			}
			rows += b.NumRows()
			return nil
		})
		if err != nil || rows != 1_000_000 {
			t.Errorf("%d rows, %v", rows, err)
		}
		srv.wait(t)
		if srv.err != nil {
			t.Errorf("the server ended with %v", srv.err)
		}
	})

	t.Run("the second ends at once", func(t *testing.T) {
		srv := startDevChild(t, dir)
		st, err := devClient(t, dir, "reader").prepare(t.Context(), "SELECT * FROM range(1000000000000)", nil)
		if err != nil {
			t.Fatal(err)
		}
		again := time.NewTicker(100 * time.Millisecond)
		defer again.Stop()
		err = st.each(t.Context(), func(batch) error {
			select {
			case <-again.C:
				_ = srv.Process.Signal(syscall.SIGTERM) // it may have ended
			default:
			}
			return nil
		})
		if err == nil {
			t.Error("an endless result ended well")
		}
		srv.wait(t)
		var exit *exec.ExitError
		if !errors.As(srv.err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
			t.Errorf("the server ended with %v, want the signal", srv.err)
		}
	})

	t.Run("SIGHUP changes nothing", func(t *testing.T) {
		srv := startDevChild(t, dir)
		srv.signal(t, syscall.SIGHUP)
		if err := srv.stderr.wait("SIGHUP changes nothing here", srv.ended); err != nil {
			t.Fatal(err)
		}
		if got := command(t, nil, "check", "--deep", "--dev", "reader", "--dir", dir); got.code != 0 {
			t.Errorf("after SIGHUP: %v", got.err)
		}
	})

	t.Run("Ctrl-C ends a client's statement on the server", func(t *testing.T) {
		srv := startDevChild(t, dir, "LAKEGATE_LOG_LEVEL=info")
		asking := startChild(t, nil, "query", "--dev", "reader", "--dir", dir, "--format", "csv", "SELECT * FROM range(1000000000000)")
		if err := asking.stdout.wait("\n1000\n", asking.ended); err != nil {
			t.Fatal(err)
		}
		asking.signal(t, syscall.SIGINT)
		asking.wait(t)
		if code := asking.ProcessState.ExitCode(); code != exitInterrupted {
			text, _ := asking.stderr.state()
			t.Errorf("code %d, want %d: %s", code, exitInterrupted, text)
		}
		// The end of the connection may be seen before that of the call.
		if err := srv.stderr.wait("FlightService/DoGet code=", srv.ended); err != nil {
			text, _ := srv.stderr.state()
			t.Errorf("the server logged no end of the call, which has none of its own: %v\n%s", err, text)
		}
	})
}

// settle waits until there are at most n goroutines.
func settle(t *testing.T, n int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > n {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, want %d\n%s", runtime.NumGoroutine(), n, stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(10 * time.Millisecond) // between two looks, not in place of one
	}
}
