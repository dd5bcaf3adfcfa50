// Command refserver is what Lakegate is measured against. As a worker it runs a
// job in its own process, DuckDB without any wire; with -listen it is "bare": the
// same stream on the barest Flight server, with one token check and nothing else.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/lakegate/lakegate/bench/duck"
	"github.com/lakegate/lakegate/bench/job"
)

type list []string

func (l *list) String() string     { return fmt.Sprint(*l) }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "refserver:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("refserver", flag.ContinueOnError)
	listen := flags.String("listen", "", "address to serve on; empty: read one job from standard input")
	token := flags.String("token", "", "the bearer token to ask for")
	data := flags.String("data", "", "database file to serve")
	var setup list
	flags.Var(&setup, "setup", "SQL to run first; may be repeated")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *listen == "" {
		return job.Serve(os.Stdin, os.Stdout, func(j job.Job, _ *bufio.Reader) (job.Result, error) { return work(j) })
	}
	db, err := duck.Open(*data, setup...)
	if err != nil {
		return err
	}
	defer db.Close()
	return serve(ctx, db, *listen, *token)
}
