// Command run is the benchmark: it starts the systems fresh for every measurement,
// in turns, and compares their medians with the bars that the project set itself.
// Numbers of different runs are not comparable; ratios within one run are.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	workloads, under, binary, extensions, out, doc, bin string
	repeat                                              int
	quick                                               bool
	patience                                            time.Duration
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	var names []string
	for _, w := range workloads {
		names = append(names, w.name)
	}
	flags.StringVar(&o.workloads, "workloads", strings.Join(names, ","), "what to measure")
	flags.IntVar(&o.repeat, "repeat", 3, "repetitions, in turns between the systems")
	flags.BoolVar(&o.quick, "quick", false, "small data and short loops: shows that all works, measures nothing")
	flags.StringVar(&o.under, "under", lakegate, "the system under test: lakegate, or bare to try the benchmark itself")
	flags.StringVar(&o.binary, "lakegate", "bin/lakegate", "Lakegate's binary")
	flags.StringVar(&o.extensions, "extensions", "extensions", "folder with DuckDB's extensions")
	flags.StringVar(&o.out, "out", "bench/results.json", "file for every single measurement")
	flags.StringVar(&o.doc, "doc", "", "Markdown file whose table is to have the rows that were measured, such as docs/performance.md")
	flags.StringVar(&o.bin, "bin", "", "folder with gen, load and refserver; the one of this program by default")
	flags.DurationVar(&o.patience, "patience", 20*time.Second, "how long a measurement waits for the machine to be quiet")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.bin == "" {
		self, err := os.Executable()
		if err != nil {
			return o, err
		}
		o.bin = filepath.Dir(self)
	}
	if o.under != lakegate && o.under != bare {
		return o, fmt.Errorf("-under %s: neither %s nor %s", o.under, lakegate, bare)
	}
	return o, nil
}

func run(ctx context.Context, args []string, getenv func(string) string) error {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	chosen, err := choose(o.workloads)
	if err != nil {
		return err
	}
	w, err := newWorld(o, getenv("LAKEGATE_PEERS"))
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.makeData(ctx); err != nil {
		return err
	}
	b := &bench{world: w, under: o.under}
	for _, wl := range chosen {
		for rep := range o.repeat {
			if err := b.repetition(ctx, wl, rep); err != nil {
				return err
			}
			if err := b.save(o.out); err != nil {
				return err
			}
		}
	}
	rows := b.rows()
	fmt.Println()
	fmt.Print(text(rows))
	if o.doc != "" {
		return replaceTable(o.doc, func(old string) string { return markdown(rows, bars(o.under), old) })
	}
	return nil
}

// choose gives the workloads of a list of names.
func choose(names string) ([]workload, error) {
	var chosen []workload
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, w := range workloads {
			if w.name == name {
				chosen, found = append(chosen, w), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no workload %q", name)
		}
	}
	return chosen, nil
}

// makeData runs gen, which does nothing where the data is there.
func (w *world) makeData(ctx context.Context) error {
	args := []string{"-out", w.data}
	if w.quick {
		args = append(args, "-sf", "0.01", "-keys", fmt.Sprint(w.keys), "-ingest", "20000")
	}
	cmd := exec.CommandContext(ctx, w.program("gen"), args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make the data: %w", err)
	}
	return nil
}

// save writes every measurement so far.
func (b *bench) save(path string) error {
	data, err := json.MarshalIndent(b.records, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
