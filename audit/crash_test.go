//go:build linux

package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// N04: a process that is killed while it writes loses nothing that Write has taken;
// no torn line is left, and the next start says that there was no orderly end.
func TestKilledWhileWriting(t *testing.T) {
	for range 3 {
		folder := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "AUDIT_TEST_CHILD="+folder)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var taken []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			taken = append(taken, lines.Text())
			if len(taken) == 2000 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil || len(taken) < 2000 {
			t.Fatalf("the child ended by itself after %d records: %s", len(taken), &complaints)
		}
		taken = taken[:len(taken)-1] // what it said last may be torn

		closeLog(t, openLog(t, folder))
		all := records(t, folder)
		written, opened := map[string]bool{}, 0
		for _, r := range all {
			written[r.ID] = true
			if r.Event == Opened && strings.Contains(r.Reason, "1 run(s) did not close") {
				opened++
			}
		}
		for _, id := range taken {
			if !written[id] {
				t.Errorf("%s was taken and is not there", id)
			}
		}
		if opened != 1 {
			t.Errorf("%d starts say that a run did not end in order", opened)
		}
	}
}

func TestATornLineIsCutOffAndCounted(t *testing.T) {
	folder := t.TempDir()
	closeLog(t, openLog(t, folder))
	name := filepath.Join(folder, files(t, folder)[0])
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Index(text, []byte("\n")) + 1
	const tail = `{"time":"2026-11-25T14:03:05Z","event":"sta`
	if err := os.WriteFile(name, append(text[:whole:whole], tail...), 0o600); err != nil {
		t.Fatal(err)
	}
	closeLog(t, openLog(t, folder))
	closeLog(t, openLog(t, folder)) // and not counted again
	var lost []int64
	for _, r := range records(t, folder) {
		if r.Lost > 0 {
			lost = append(lost, r.Lost)
		}
	}
	if fmt.Sprint(lost) != fmt.Sprint([]int64{int64(len(tail)), int64(len(tail))}) {
		t.Errorf("lost %v, want %d in the file's own end and in the next start", lost, len(tail))
	}
	cutOff, err := os.ReadFile(name + torn)
	if err != nil || string(cutOff) != tail {
		t.Errorf("%q, %v: want what was cut off", cutOff, err)
	}
}

func TestTheFileOfALivingProcessIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	first := openLog(t, folder)
	second := openLog(t, folder)
	write(t, first, Record{Event: Start, ID: "1"})
	write(t, second, Record{Event: Start, ID: "2"})
	closeLog(t, second)
	closeLog(t, first)
	for _, name := range files(t, folder) {
		wantEvents(t, recordsIn(t, filepath.Join(folder, name)), Opened, Start, Closed)
	}
}

// N03, for real: a file system that is full.
func TestAFileSystemThatIsFull(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("no file system can be mounted here: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	l := openLog(t, folder)
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		err = l.Write(t.Context(), Record{Event: Start, Statement: strings.Repeat("x", 1000)})
	}
	if !errors.Is(err, ErrUnwritable) || !errors.Is(l.Status().Err, syscall.ENOSPC) {
		t.Fatalf("%v, %+v", err, l.Status())
	}
	began := time.Now()
	if err := l.Write(t.Context(), Record{Event: Start}); !errors.Is(err, ErrUnwritable) {
		t.Errorf("got %v", err)
	}
	if waited := time.Since(began); waited > time.Second {
		t.Errorf("refused after %s", waited)
	}
	if err := syscall.Mount("none", folder, "tmpfs", syscall.MS_REMOUNT, "size=1m"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); l.Status().Err != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", l.Status())
		}
	}
	write(t, l, Record{Event: Start, ID: "again"})
	closeLog(t, l)
	all := records(t, folder)
	if last := all[len(all)-2]; last.ID != "again" {
		t.Errorf("%+v", last)
	}
}
