package main

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/bench/job"
)

// The benchmarks of package auth, and the cases that their results become.
const (
	oneCaller = "^Benchmark(WarmAgainstSHA256|ColdAgainstSignature)$"
	crowds    = "^Benchmark(ThousandBesideRefresh|WarmBesideFlood)$"
)

// identity runs package auth's own benchmarks: what they compare has no wire in it.
func identity(ctx context.Context, t turn) error {
	once, times := "2s", "3x"
	if t.quick {
		once, times = "50ms", "1x"
	}
	for _, run := range [][2]string{{oneCaller, once}, {crowds, times}} {
		var all map[string]job.Result
		measured, err := t.watch(ctx, nil, func() (r job.Result, err error) {
			all, r.WorkerCPU, err = t.goBenchmarks(ctx, run[0], run[1])
			return r, err
		})
		if err != nil {
			return err
		}
		for name, r := range all {
			r.OthersCores, r.WorkerCPU = measured.OthersCores, measured.WorkerCPU
			t.note(name, r)
		}
	}
	return nil
}

// goBenchmarks runs those of package auth that pattern names, and says what CPU
// time that took.
func (w *world) goBenchmarks(ctx context.Context, pattern, length string) (map[string]job.Result, float64, error) {
	cmd := exec.CommandContext(ctx, w.program("auth.test"), "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", length)
	out, err := cmd.Output()
	if err != nil {
		return nil, 0, fmt.Errorf("benchmarks of auth: %w: %s", err, out)
	}
	results, err := benchmarkResults(string(out))
	return results, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), err
}

// benchmarkResults reads what go test writes.
func benchmarkResults(out string) (map[string]job.Result, error) {
	results := map[string]job.Result{}
	lines := bufio.NewScanner(strings.NewReader(out))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(fields[0], "Benchmark"), "-")
		got := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 { // value, unit, value, unit, ...
			x, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("the benchmark wrote %q: %w", lines.Text(), err)
			}
			got[fields[i+1]] = x
		}
		seconds := func(unit string) float64 { return got[unit] / 1e9 }
		switch name {
		case "ThousandBesideRefresh":
			results["1,000 alone"] = job.Result{P99: seconds("alone-p99-ns")}
			results["1,000 beside a refresh"] = job.Result{P99: seconds("refresh-p99-ns")}
			results["1,000 beside a rotation"] = job.Result{P99: seconds("rotation-p99-ns")}
		case "WarmBesideFlood":
			results["one alone"] = job.Result{P50: seconds("alone-p50-ns"), P99: seconds("alone-p99-ns")}
			results["one beside a flood"] = job.Result{P50: seconds("flood-p50-ns"), P99: seconds("flood-p99-ns"), Rate: got["unknown/s"], Fetches: got["fetches"]}
		default:
			results[name] = job.Result{P50: seconds("call-ns"), Allocs: got["call-allocs"]}
			results[name+", reference"] = job.Result{P50: seconds("reference-ns")}
		}
	}
	return results, nil
}
