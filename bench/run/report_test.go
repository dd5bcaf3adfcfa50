package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/bench/job"
)

func narrowRead(system string, rep int, rows int64, seconds, others float64) record {
	return record{"narrow", "narrow", system, rep, job.Result{Rows: rows, Seconds: seconds, OthersCores: others}}
}

// only gives the one line of a report.
func only(t *testing.T, records ...record) line {
	t.Helper()
	lines := (&bench{under: lakegate, records: records}).rows()
	if len(lines) != 1 {
		t.Fatalf("%d lines, want one", len(lines))
	}
	return lines[0]
}

func TestVerdictComparesMediansOfQuietRepetitions(t *testing.T) {
	l := only(t,
		narrowRead(bare, 0, 100, 1, 0), narrowRead(bare, 1, 100, 1, 0), narrowRead(bare, 2, 100, 50, 1.5),
		narrowRead(lakegate, 0, 100, 1, 0), narrowRead(lakegate, 1, 100, 1, 0), narrowRead(lakegate, 2, 100, 99, 1.5))
	if l.result != 1 || l.n != 2 || l.disturbed || l.verdict(l.result) != "bar" {
		t.Errorf("got %+v, %s", l, l.verdict(l.result))
	}
}

func TestVerdictSaysSoWhenTheMachineWasNeverQuiet(t *testing.T) {
	l := only(t, narrowRead(bare, 0, 100, 2, 1), narrowRead(lakegate, 0, 100, 1, 1))
	if got := l.cells()[6]; got != "aim (disturbed)" {
		t.Errorf("verdict %q", got)
	}
}

func TestFastWrongAnswerIsAnError(t *testing.T) {
	l := only(t, narrowRead(bare, 0, 100, 1, 0), narrowRead(lakegate, 0, 50, 0.1, 0))
	if got := l.cells()[6]; got != "ERROR: 50 rows here, 100 there" {
		t.Errorf("verdict %q", got)
	}
}

func TestOneFailedRepetitionIsNotAveragedAway(t *testing.T) {
	l := only(t, narrowRead(bare, 0, 100, 1, 0), narrowRead(lakegate, 0, 100, 0.1, 0),
		record{"narrow", "", lakegate, 1, job.Result{Error: "connection refused"}})
	if l.problem != "connection refused" {
		t.Errorf("problem %q", l.problem)
	}
}

func TestBarsHoldTheirDirection(t *testing.T) {
	atMost := bar{atMost: true, limit: 4, aim: 2}
	atLeast := bar{limit: 0.85}
	for got, want := range map[string]string{
		atMost.verdict(5): "MISSED", atMost.verdict(3): "bar", atMost.verdict(2): "aim",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if atLeast.verdict(0.8) != "MISSED" || atLeast.verdict(2) != "bar" {
		t.Errorf("%q and %q", atLeast.verdict(0.8), atLeast.verdict(2))
	}
}

func TestTableTakesWhatWasMeasuredAndKeepsTheOtherRows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "performance.md")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const wide = "| wide read / bare | 4 | 3 | 1.33 | ≥ 0.95 | ≥ 1.15 | aim |\n"
	write("before\n" + tableBegins + "\n| what | is | old | and | of | seven | cells |\n" +
		"| narrow read / bare | 1 | 2 | 3 | 4 | 5 | 6 |\n" + wide + tableEnds + "\nafter\n")
	lines := []line{only(t, narrowRead(bare, 0, 100, 1, 0), narrowRead(lakegate, 0, 100, 0.5, 0))}
	table := func(old string) string { return markdown(lines, bars(lakegate), old) }
	if err := replaceTable(file, table); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n" + tableBegins + "\n" +
		"| what | measured | reference | result | bar | aim | verdict |\n| --- | --- | --- | --- | --- | --- | --- |\n" + wide +
		"| narrow read / bare | 200 rows/s | 100 rows/s | 2.00 | ≥ 0.95 | ≥ 1.30 | aim |\n" + tableEnds + "\nafter\n"
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	write("no markers")
	if err := replaceTable(file, table); !errors.Is(err, errNoMarkers) {
		t.Errorf("without markers: %v", err)
	}
}

func TestBenchmarksOfGoAreRead(t *testing.T) {
	got, err := benchmarkResults("cpu: some\nBenchmarkWarmAgainstSHA256-2   1485   9520 ns/op   1.000 call-allocs   952.5 call-ns   400.0 reference-ns\n" +
		"BenchmarkWarmBesideFlood-2  3  4002157261 ns/op  750 alone-p50-ns  1900 alone-p99-ns  1 fetches  760 flood-p50-ns  1400 flood-p99-ns  9999 unknown/s\nPASS\n")
	if err != nil {
		t.Fatal(err)
	}
	if r, ref := got["WarmAgainstSHA256"], got["WarmAgainstSHA256, reference"]; r.P50 != 952.5e-9 || r.Allocs != 1 || ref.P50 != 400e-9 {
		t.Errorf("one caller: %+v, %+v", r, ref)
	}
	if r := got["one beside a flood"]; r.P50 != 760e-9 || r.P99 != 1400e-9 || r.Rate != 9999 || r.Fetches != 1 {
		t.Errorf("flood: %+v", r)
	}
	if _, err := benchmarkResults("BenchmarkX-2 1 many ns/op 2 B/op"); err == nil {
		t.Error("a number that is none is read")
	}
}

func TestUnknownWorkloadIsRefusedByName(t *testing.T) {
	if _, err := choose("wide,wibe"); err == nil || !strings.Contains(err.Error(), `"wibe"`) {
		t.Errorf("got %v", err)
	}
}
