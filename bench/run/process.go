package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lakegate/lakegate/bench/job"
)

// process is a server that this driver started and that it alone stops.
type process struct {
	cmd   *exec.Cmd
	log   string
	quit  syscall.Signal // what asks it to end
	ended chan struct{}  // closed when the process has ended
}

// start runs a server whose output goes to a file named for it.
func (w *world) start(name string, cmd *exec.Cmd) (*process, error) {
	return w.startAs(name, cmd, nil)
}

// startAs does the same as another user; nil means as oneself.
func (w *world) startAs(name string, cmd *exec.Cmd, as *syscall.Credential) (*process, error) {
	p := &process{cmd: cmd, quit: syscall.SIGTERM, log: filepath.Join(w.work, name+".log"), ended: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: as} // nothing outlives the driver
	started := make(chan error)
	go func() {
		defer close(p.ended)
		runtime.LockOSThread() // the kernel watches the thread that started the process
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended stands in its log
		}
	}()
	if err := errors.Join(<-started, log.Close()); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// stop asks the process to end, insists after ten seconds, and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(p.quit) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// listening waits until something answers on address.
func (p *process) listening(ctx context.Context, address string) error {
	var d net.Dialer
	for range 600 {
		select {
		case <-p.ended:
			return p.death()
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if c, err := d.DialContext(ctx, "tcp", address); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("nothing answers on %s after a minute: see %s", address, p.log)
}

// death says with which words a process ended.
func (p *process) death() error {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("the server ended: %s (all of it in %s)", lines[len(lines)-1], p.log)
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// memoryMB reads a line such as VmHWM of a process's status.
func (p *process) memoryMB(key string) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

const ticks = 100 // USER_HZ, the unit of /proc on every Linux of ours

// cpu is the processor seconds that the process has used.
func (p *process) cpu() float64 { return cpuOf(p.cmd.Process.Pid) }

func cpuOf(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / ticks
}

// machineCPU is the processor seconds that all of the machine has used.
func machineCPU() float64 {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	var sum float64
	for i, f := range strings.Fields(line)[1:9] {
		if i == 3 || i == 4 { // idle, waiting for disks
			continue
		}
		n, _ := strconv.ParseFloat(f, 64)
		sum += n
	}
	return sum / ticks
}

// worker is a running job.
type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	err *strings.Builder
}

// begin starts a worker and hands it its job.
func begin(ctx context.Context, program string, j job.Job) (*worker, error) {
	w := &worker{cmd: exec.CommandContext(ctx, program), err: &strings.Builder{}}
	w.cmd.Stderr = w.err
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewReader(out)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return w, json.NewEncoder(w.in).Encode(j)
}

// line reads one result.
func (w *worker) line() (job.Result, error) {
	var r job.Result
	b, err := w.out.ReadBytes('\n')
	if err != nil {
		return r, fmt.Errorf("the worker said nothing: %w: %s", err, w.err.String())
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("the worker said %q: %w", b, err)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

// end closes the worker's input, reads its last result and waits for it.
func (w *worker) end() (job.Result, error) {
	closed := w.in.Close()
	r, err := w.line()
	if waited := w.cmd.Wait(); err == nil {
		err = errors.Join(closed, waited)
	}
	s := w.cmd.ProcessState
	r.WorkerCPU = (s.UserTime() + s.SystemTime()).Seconds()
	if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
		r.PeakMB = float64(usage.Maxrss) / 1024
	}
	return r, err
}
