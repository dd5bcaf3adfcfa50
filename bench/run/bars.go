package main

import (
	"fmt"

	"github.com/lakegate/lakegate/bench/job"
)

// metric is one number of a result.
type metric struct {
	name string
	of   func(job.Result) float64
}

var (
	rowsRate = metric{"rows/s", func(r job.Result) float64 { return float64(r.Rows) / r.Seconds }}
	first    = metric{"s", func(r job.Result) float64 { return r.First }}
	seconds  = metric{"s", func(r job.Result) float64 { return r.Seconds }}
	peak     = metric{"MB", func(r job.Result) float64 { return r.PeakMB }}
	rate     = metric{"calls/s", func(r job.Result) float64 { return r.Rate }}
	p50      = metric{"s", func(r job.Result) float64 { return r.P50 }}
	p99      = metric{"s", func(r job.Result) float64 { return r.P99 }}
	worst    = metric{"x median", func(r job.Result) float64 { return r.Max / r.P50 }}
	firstRun = metric{"s", func(r job.Result) float64 { return r.FirstRun }}
	repeated = metric{"s", func(r job.Result) float64 { return r.Repeated }}
	p50ns    = metric{"ns", func(r job.Result) float64 { return r.P50 * 1e9 }}
	p99ns    = metric{"ns", func(r job.Result) float64 { return r.P99 * 1e9 }}
	allocs   = metric{"allocations", func(r job.Result) float64 { return r.Allocs }}
	fetches  = metric{"fetches", func(r job.Result) float64 { return r.Fetches }}
	builds   = metric{"Views", func(r job.Result) float64 { return r.Builds }}
	idleKB   = metric{"KB", func(r job.Result) float64 { return r.IdleKB }}
)

// value names a median: of a metric, in a case of the workload, on a system.
type value struct {
	name   string // of the case
	system string
	metric metric
}

// bar is one promise: that what was measured, or its ratio to a reference, is at
// least (or at most) so much.
type bar struct {
	workload, what string
	of             value
	against        *value // nil: the bar is absolute
	atMost         bool
	limit, aim     float64 // no aim is 0
}

// bars are the promises about the system under test.
func bars(under string) []bar {
	own := func(name string, m metric) value { return value{name, under, m} }
	than := func(name, system string, m metric) *value { return &value{name, system, m} }
	all := []bar{
		{"wide", "wide read / bare", own("wide", rowsRate), than("wide", bare, rowsRate), false, 0.95, 1.15},
		{"wide", "wide read / in process", own("wide", rowsRate), than("wide", inProcess, rowsRate), false, 0.65, 0},
		{"wide", "first batch / in process", own("wide", first), than("wide", inProcess, first), true, 2.5, 1.5},
		{"wide", "peak memory, 6 M wide rows", own("wide", peak), nil, true, 450, 350},
		{"long", "peak memory, 60 M rows / 6 M", own("many", peak), than("once", under, peak), true, 1.2, 1.05},
		{"narrow", "narrow read / bare", own("narrow", rowsRate), than("narrow", bare, rowsRate), false, 0.95, 1.3},
	}
	for _, c := range smallCases() {
		name := c.String()
		all = append(all,
			bar{"small", name + ": rate / bare", own(name, rate), than(name, bare, rate), false, 0.85, 1},
			bar{"small", name + ": p99 / bare", own(name, p99), than(name, bare, p99), true, 1.3, 0},
			bar{"small", name + ": slowest call", own(name, worst), nil, true, 30, 0})
	}
	all = append(all, bar{"uncached", "first execution / repeated", own("pairs", firstRun), than("pairs", under, repeated), true, 4, 2})
	for _, n := range insertClients {
		name := fmt.Sprint(n)
		what := fmt.Sprintf("one-row INSERT, file, clients: %d / in process", n)
		all = append(all, bar{"insert", what, own(name, rate), than(name, inProcess, rate), false, 0.7, 0.9})
	}
	against := func(name, what string, limit float64) bar {
		return bar{"guard", what, own(name, p50ns), than(name+", reference", under, p50ns), true, limit, 0}
	}
	for _, name := range []string{"select", "lookup", "restricted", "grouped", "join 5", "join 20", "list 1 MB", "values 1 MB", "columns 1 MB"} {
		all = append(all, against("ColdGuard/"+name, "guard, first time, "+name+" / DuckDB's own prepare", 3))
	}
	for _, name := range []string{"list", "values", "columns"} {
		all = append(all, against("GuardGrows/"+name, "guard, a byte of 1 MB / of 64 KB: "+name, 2))
	}
	return append(all,
		against("GuardGrows/join", "guard, a byte of a join of 20 tables / of 5", 2),
		against("WarmGuard", "guard, seen before / SELECT 1 whole, without a wire", 0.03),
		against("Lookup", "a table looked for among 10,000 / among 10", 2),
		bar{"guard", "100 callers of equal rights, 10,000 tables: Views built", own("BuildView", builds), nil, true, 1, 0},
		bar{
			"lakeinsert", fmt.Sprintf("one-row INSERT, DuckLake, clients: %d / without a gate", lakeWriters),
			own("rows", rate), than("rows", inProcess, rate), false, 3, 20,
		},
		bar{"ingest", "ingest, 16,384 rows a message / in process", own("small messages", rowsRate), than("small messages", inProcess, rowsRate), false, 0.5, 0.65},
		bar{"ingest", "ingest, 13 MB a message / in process", own("large messages", rowsRate), than("large messages", inProcess, rowsRate), false, 0.5, 0.65},
		bar{"tpch", "TPC-H, 22 queries / in process", own("22", seconds), than("22", inProcess, seconds), true, 1.05, 1.02},
		bar{"mixed", "SELECT 1 beside two bulk reads: p99 / bare", own("SELECT 1", p99), than("SELECT 1", bare, p99), true, 1.4, 1},
		bar{"idle", "idle authenticated connection", own("connections", idleKB), nil, true, 28, 20},
		bar{"identity", "remembered token / one SHA-256 of it", own("WarmAgainstSHA256", p50ns), than("WarmAgainstSHA256, reference", under, p50ns), true, 4, 0},
		bar{"identity", "remembered token: allocations", own("WarmAgainstSHA256", allocs), nil, true, 20, 0},
		bar{"identity", "token verified, RS256 / signature alone", own("ColdAgainstSignature", p50ns), than("ColdAgainstSignature, reference", under, p50ns), true, 1.3, 0},
		bar{"identity", "1,000 callers beside a refresh of keys: p99 / alone", own("1,000 beside a refresh", p99ns), than("1,000 alone", under, p99ns), true, 2, 0},
		bar{"identity", "1,000 callers beside a rotation of keys: p99 / alone", own("1,000 beside a rotation", p99ns), than("1,000 alone", under, p99ns), true, 2, 0},
		bar{"identity", "beside 10,000 unknown keys a second: median / alone", own("one beside a flood", p50ns), than("one alone", under, p50ns), true, 2, 0},
		bar{"identity", "beside 10,000 unknown keys a second: p99 / alone", own("one beside a flood", p99ns), than("one alone", under, p99ns), true, 2, 0},
		bar{"identity", "10,000 unknown keys a second: fetches an interval", own("one beside a flood", fetches), nil, true, 1, 0},
		bar{"rights", "TPC-H with a filter and a mask on every table / by hand", own("22", seconds), than("22", inProcess, seconds), true, 1.25, 1.1},
		bar{"audit", "SELECT 1, 16 clients: audited / not", own("with", rate), than("without", under, rate), false, 0.95, 0.98},
		bar{"lake", "warm wide read, DuckLake on S3 / file", own("lake wide", rowsRate), than("bench wide", under, rowsRate), false, 0.7, 0.9},
		bar{"lake", "repeated lookup, DuckLake on S3 / file", own("lake lookup", p50), than("bench lookup", under, p50), true, 8, 4},
	)
}

// verdict says how x stands to the bar and to the aim, 0 being no aim.
func (b bar) verdict(x float64) string {
	reached := func(limit float64) bool {
		if b.atMost {
			return x <= limit
		}
		return x >= limit
	}
	switch {
	case !reached(b.limit):
		return "MISSED"
	case b.aim != 0 && reached(b.aim):
		return "aim"
	}
	return "bar"
}
