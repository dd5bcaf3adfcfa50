package main

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The exit codes, which scripts and containers rely on.
const (
	exitFailed      = 1   // it was tried, and did not work
	exitUsage       = 2   // the command line or the settings are wrong; nothing was tried
	exitUnreachable = 3   // no server there, or one that does not serve now
	exitRefused     = 4   // the credential was not accepted
	exitInterrupted = 130 // ended by a signal
)

const exitHelp = `Exit codes:
  0    done
  1    it was tried and failed
  2    the command line or the settings are wrong
  3    the server cannot be reached, or is not serving
  4    the credential was not accepted
  130  interrupted`

// codedError is an error that decides the exit code.
type codedError struct {
	code int
	error
}

func (e *codedError) Unwrap() error { return e.error }

func coded(code int, err error) error { return &codedError{code, err} }

// exitCode is the code that the process ends with for err.
func exitCode(err error, interrupted bool) int {
	var c *codedError
	var s *settingsError
	switch {
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &s):
		return exitUsage
	case interrupted && (errors.Is(err, context.Canceled) || status.Code(err) == codes.Canceled):
		return exitInterrupted
	}
	switch status.Code(err) {
	case codes.Unavailable:
		return exitUnreachable
	case codes.Unauthenticated, codes.PermissionDenied:
		return exitRefused
	}
	return exitFailed
}
