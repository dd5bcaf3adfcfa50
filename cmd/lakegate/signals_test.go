package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func TestTheSecondSignalCountsHoweverSoonItComes(t *testing.T) {
	heard := make(chan os.Signal, 1)
	ctx, stop := untilSignal(t.Context(), func(sig os.Signal) { heard <- sig })
	defer stop()
	// Two signals, as two of the same kind that come together are one to the system.
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
	}
	<-heard
	if ctx.Err() == nil {
		t.Error("the first signal did not end the context")
	}
}

func TestTheFirstSignalEndsTheContextAlone(t *testing.T) {
	ctx, stop := untilSignal(t.Context(), func(sig os.Signal) { t.Errorf("%s was taken for the second signal", sig) })
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	stop()
}

func TestAServerEndsByASecondSignalThatFollowsAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dev")
	srv := startDevChild(t, dir)
	st, err := devClient(t, dir, "reader").prepare(t.Context(), "SELECT * FROM range(1000000000000)", nil)
	if err != nil {
		t.Fatal(err)
	}
	sent := false
	err = st.each(t.Context(), func(batch) error {
		if !sent {
			srv.signal(t, syscall.SIGINT)
			srv.signal(t, syscall.SIGTERM)
			sent = true
		}
		return nil
	})
	if err == nil {
		t.Error("an endless result ended well")
	}
	srv.wait(t)
	var exit *exec.ExitError
	if !errors.As(srv.err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("the server ended with %v, want a signal", srv.err)
	}
}
