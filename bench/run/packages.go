package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/bench/job"
)

// goBench is one run of the benchmarks of a package that pattern names: so long,
// or so often, each.
type goBench struct{ pkg, pattern, length, quick string }

// The packages' own benchmarks: what they compare has no wire in it.
var (
	identityBenches = []goBench{
		{"auth", "^Benchmark(WarmAgainstSHA256|ColdAgainstSignature)$", "2s", "50ms"},
		{"auth", "^Benchmark(ThousandBesideRefresh|WarmBesideFlood)$", "3x", "1x"},
	}
	guardBenches = []goBench{
		{"catalog", "^Benchmark(Lookup|BuildView)$", "100x", "2x"},
		{"engine", "^BenchmarkWarmGuard$", "30x", "2x"},
		{"engine", "^BenchmarkColdGuard$/^(select|lookup|restricted|grouped|join_5|join_20)$", "50x", "2x"},
		{"engine", "^BenchmarkColdGuard$/^(list|values|columns)_1_MB$", "3x", "1x"},
		{"engine", "^BenchmarkGuardGrows$", "3x", "1x"},
	}
)

// inPackages runs packages' own benchmarks; the system makes no difference to them.
func inPackages(benches []goBench) func(ctx context.Context, t turn) error {
	return func(ctx context.Context, t turn) error {
		for _, g := range benches {
			length := g.length
			if t.quick {
				length = g.quick
			}
			var all map[string]job.Result
			measured, err := t.watch(ctx, nil, func() (r job.Result, err error) {
				all, r.WorkerCPU, err = t.goBenchmarks(ctx, g.pkg, g.pattern, length)
				return r, err
			})
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(all)) {
				r := all[name]
				r.OthersCores, r.WorkerCPU = measured.OthersCores, measured.WorkerCPU
				t.note(name, r)
			}
		}
		return nil
	}
}

// goBenchmarks runs those of a package that pattern names, and says what CPU
// time that took.
func (w *world) goBenchmarks(ctx context.Context, pkg, pattern, length string) (map[string]job.Result, float64, error) {
	cmd := exec.CommandContext(ctx, w.program(pkg+".test"), "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", length)
	out, err := cmd.Output()
	if err != nil {
		return nil, 0, fmt.Errorf("benchmarks of %s: %w: %s", pkg, err, out)
	}
	results, err := benchmarkResults(string(out))
	if err == nil && len(results) == 0 {
		err = fmt.Errorf("benchmarks of %s: there is none of the name %s", pkg, pattern)
	}
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
		name = strings.ReplaceAll(name, "_", " ")
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
			results[name] = job.Result{P50: seconds("call-ns"), Allocs: got["call-allocs"], Builds: got["builds"]}
			results[name+", reference"] = job.Result{P50: seconds("reference-ns")}
		}
	}
	return results, nil
}
