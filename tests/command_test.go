package tests

import (
	"context"
	"os/exec"
	"testing"
)

// command is a run of the program that ends with the test.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, lakegate(t), args...)
}
