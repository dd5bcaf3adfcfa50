package testpeer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startLimit bounds how long a peer may take until it answers; machines that
// run several test processes are slow.
const startLimit = 60 * time.Second

var errExited = errors.New("the process ended before it answered")

// process is a peer that can be stopped, started again with the same command,
// and frozen. Its methods are for one goroutine at a time.
type process struct {
	name   string
	argv   []string
	dir    string
	env    []string // added to the test's own
	uid    int      // 0: the test's own
	gid    int
	quit   syscall.Signal // what Stop sends
	ready  func() error   // nil once the peer answers
	output *tail

	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has been waited for
}

// start returns once the peer answers.
func (p *process) start() error {
	p.cmd = exec.Command(p.argv[0], p.argv[1:]...)
	p.cmd.Dir = p.dir
	p.cmd.Env = append(os.Environ(), p.env...)
	if p.output == nil {
		p.output = &tail{}
	}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	// A child that outlives its pipe's reader must not keep Wait waiting.
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if p.uid != 0 {
		p.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(p.uid), Gid: uint32(p.gid)}
	}
	p.ended = make(chan struct{})
	started := make(chan error)
	go func() {
		// The kernel sends the parent-death signal when the thread that forked
		// ends, so this thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	if err := p.awaitReady(); err != nil {
		p.Stop()
		return fmt.Errorf("start %s: %w; it wrote:\n%s", p.name, err, p.output)
	}
	return nil
}

func (p *process) awaitReady() error {
	deadline := time.NewTimer(startLimit)
	defer deadline.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := p.ready()
		select {
		case <-p.ended:
			return errExited
		default:
		}
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return errExited
		case <-deadline.C:
			return fmt.Errorf("no answer after %s: %w", startLimit, err)
		case <-again.C:
		}
	}
}

// Stop ends the peer in the middle of whatever it does, and returns when it is
// gone. What it keeps in files stays. Stopping twice does nothing.
func (p *process) Stop() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	select {
	case <-p.ended:
		return
	default:
	}
	p.signal(syscall.SIGCONT)
	_ = p.cmd.Process.Signal(p.quit)
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		p.signal(syscall.SIGKILL)
		<-p.ended
	}
}

// Start starts a stopped peer again on the same port.
func (p *process) Start(t testing.TB) {
	t.Helper()
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
}

// Freeze makes every call hang until Thaw: connections are accepted, nothing answers.
// It returns when the process has stopped, which takes the kernel a moment.
func (p *process) Freeze() {
	p.signal(syscall.SIGSTOP)
	for end := time.Now().Add(5 * time.Second); !stopped(p.cmd.Process.Pid) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// stopped reports whether every thread of a process has stopped.
func stopped(pid int) bool {
	states, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, state := range states {
		text, err := os.ReadFile(state)
		if err != nil {
			continue // a thread that has ended
		}
		_, after, _ := strings.Cut(string(text), ") ") // behind the name, which may hold anything
		if !strings.HasPrefix(after, "T") {
			return false
		}
	}
	return true
}

// Thaw lets a frozen peer go on.
func (p *process) Thaw() { p.signal(syscall.SIGCONT) }

// signal sends sig to the process and to its children. The parent comes first,
// so that it starts no more of them meanwhile.
func (p *process) signal(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
	for _, child := range childrenOf(p.cmd.Process.Pid) {
		_ = syscall.Kill(child, sig)
	}
}

// childrenOf reads /proc: PostgreSQL gives each of its processes a session of its
// own, so a process group does not reach them.
func childrenOf(pid int) []int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var children []int
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

// tail keeps the end of what a process writes.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (b *tail) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	if over := len(b.text) - 16<<10; over > 0 {
		b.text = append(b.text[:0], b.text[over:]...)
	}
	return len(p), nil
}

func (b *tail) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// freePort finds a TCP port of loopback below the range that the kernel gives to
// outgoing connections, so that it stays free while a peer is stopped.
func freePort(t testing.TB) int {
	t.Helper()
	var listen net.ListenConfig
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := listen.Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		_ = l.Close()
		return port
	}
	t.Fatal("no free port on 127.0.0.1")
	return 0
}

// startOnFreePort starts what build describes, again on another port when
// somebody else was quicker to take the first.
func startOnFreePort(t testing.TB, build func(port int) *process) (*process, int) {
	t.Helper()
	var err error
	for range 3 {
		port := freePort(t)
		p := build(port)
		if err = p.start(); err == nil {
			return p, port
		}
		if !errors.Is(err, errExited) {
			break
		}
	}
	t.Fatal(err)
	return nil, 0
}

func dial(port int) error {
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return c.Close()
}
