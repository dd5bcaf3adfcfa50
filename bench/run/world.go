package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lakegate/lakegate/bench/job"
)

// world is what all measurements share: programs, folders, peers, sizes.
type world struct {
	bin, binary      string // folder of our programs; Lakegate
	work, data       string
	extensions       string
	peers            []string
	patience         time.Duration
	issuer           *issuer
	pg               *postgres // nil until one is needed, as is s3
	s3               *s3
	stored           *lake // the lake on S3 with the data in it; nil until needed
	folders          []string
	quick            bool
	seconds          float64 // of a loop
	keys             int64
	factor, idle     int
	lakeWriteSeconds float64
}

func newWorld(o options, peers string) (*world, error) {
	if peers == "" {
		peers = ".peers"
	}
	w := &world{
		bin: o.bin, binary: o.binary, data: "bench/data", work: "bench/work", extensions: o.extensions,
		peers: []string{filepath.Join(peers, "bin"), peers}, patience: o.patience, quick: o.quick,
		seconds: 3, keys: 1_000_000, factor: 10, idle: 800, lakeWriteSeconds: 10,
	}
	if o.quick {
		w.data, w.seconds, w.keys, w.factor, w.idle, w.lakeWriteSeconds = "bench/quick", 0.5, 1000, 3, 100, 2
	}
	for _, path := range []*string{&w.bin, &w.binary, &w.data, &w.work, &w.extensions} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return nil, err
		}
		*path = abs
	}
	if err := errors.Join(os.RemoveAll(w.work), os.MkdirAll(w.work, 0o755)); err != nil {
		return nil, err
	}
	var err error
	w.issuer, err = newIssuer(filepath.Join(w.work, "jwks.json"))
	return w, err
}

// close stops the peers and removes what they left.
func (w *world) close() {
	if w.pg != nil {
		w.pg.stop()
	}
	if w.s3 != nil {
		w.s3.stop()
	}
	for _, dir := range w.folders {
		_ = os.RemoveAll(dir) // temporary
	}
}

func (w *world) program(name string) string { return filepath.Join(w.bin, name) }
func (w *world) database() string           { return filepath.Join(w.data, "bench.duckdb") }

// quiet is the cores that others may use before a measurement is distrusted.
const quiet = 0.3

// pause is the time between two looks at something that takes its time.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}

// waitQuiet waits until others use less than quiet cores, as long as patience allows.
func (w *world) waitQuiet(ctx context.Context) error {
	for end := time.Now().Add(w.patience); time.Now().Before(end); {
		before, start := machineCPU(), time.Now()
		for range 5 {
			if err := pause(ctx); err != nil {
				return err
			}
		}
		if (machineCPU()-before)/time.Since(start).Seconds() < quiet {
			return nil
		}
	}
	return nil
}

// measure runs j as one worker against s, or in the worker's own process where s
// is nil, and adds what the processes used.
func (w *world) measure(ctx context.Context, s *server, j job.Job) (job.Result, error) {
	return w.watch(ctx, s, func() (job.Result, error) { return w.do(ctx, s, j) })
}

// watch waits for a quiet machine, runs do, whose result says what its workers
// used, and adds what the server used and what others did meanwhile.
func (w *world) watch(ctx context.Context, s *server, do func() (job.Result, error)) (job.Result, error) {
	if err := w.waitQuiet(ctx); err != nil {
		return job.Result{}, err
	}
	mine := func() float64 {
		sum := s.cpu()
		if w.pg != nil {
			sum += w.pg.cpuOfAll()
		}
		if w.s3 != nil {
			sum += w.s3.cpu()
		}
		return sum
	}
	machine, all, server, start := machineCPU(), mine(), s.cpu(), time.Now()
	r, err := do()
	if err != nil {
		return r, err
	}
	wall := time.Since(start).Seconds()
	r.ServerCPU = s.cpu() - server
	r.OthersCores = max(0, (machineCPU()-machine-(mine()-all)-r.WorkerCPU)/wall)
	if s != nil {
		r.PeakMB = s.memoryMB("VmHWM")
	}
	return r, nil
}

// do runs j to its end.
func (w *world) do(ctx context.Context, s *server, j job.Job) (job.Result, error) {
	program := w.program("refserver")
	if s != nil {
		program = w.program("load")
		j.Addr, j.Token = s.address, s.token
	}
	worker, err := begin(ctx, program, j)
	if err != nil {
		return job.Result{}, err
	}
	return worker.end()
}

// inProcess is j over the data and c, in the worker's own process.
func (w *world) inProcess(c catalogs, j job.Job) job.Job {
	j.Data, j.Setup = w.database(), c.setup(w)
	return j
}

// exec runs statements in a process of their own, before a measurement.
func (w *world) exec(ctx context.Context, c catalogs, sqls ...string) error {
	if _, err := w.do(ctx, nil, w.inProcess(c, job.Job{Op: job.Exec, SQLs: sqls})); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	return nil
}
