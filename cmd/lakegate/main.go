// Command lakegate serves SQL over Arrow Flight, and is a small client for it.
// This package answers how the server is put together: it reads the settings,
// wires the rooms, starts and stops. What the rooms do is theirs.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

func main() {
	ctx, stop := untilSignal(context.Background(), die)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	interrupted := ctx.Err() != nil
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lakegate:", err)
		os.Exit(exitCode(err, interrupted))
	}
}

// run is the whole program. When ctx ends it stops what it is doing: a server
// gracefully and without an error, a client with one.
func run(ctx context.Context, args, environment []string, stdout, stderr io.Writer) error {
	root, started := newRoot(program{name: os.Args[0], environment: environment, stdout: stdout, stderr: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !*started {
		return coded(exitUsage, err)
	}
	return err
}
