package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// errSignal is why a context of untilSignal's ended.
var errSignal = errors.New("ended by a signal")

// untilSignal is ctx, ended by the first SIGINT or SIGTERM. The second one calls
// again, whenever it comes; one that comes after stop is the system's affair.
func untilSignal(ctx context.Context, again func(os.Signal)) (limited context.Context, stop func()) {
	limited, cancel := context.WithCancelCause(ctx)
	// Both signals may come before the first is looked at.
	heard, done, ended := make(chan os.Signal, 2), make(chan struct{}), make(chan struct{})
	signal.Notify(heard, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer close(ended)
		for first := true; ; first = false {
			select {
			case sig := <-heard:
				if !first {
					again(sig)
					return
				}
				cancel(errSignal)
			case <-done:
				return
			}
		}
	}()
	return limited, func() {
		signal.Stop(heard)
		close(done)
		<-ended
		cancel(context.Canceled)
	}
}

// die ends the process as sig does when nobody listens for it, so that whoever
// waits for the process sees why it ended.
func die(sig os.Signal) {
	signal.Reset(sig)
	if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(sig) != nil {
		os.Exit(exitInterrupted)
	}
	select {} // until the signal is delivered
}
