package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/lakegate/lakegate/bench/job"
)

// line is one line of the report.
type line struct {
	bar
	value     float64 // measured
	reference float64
	result    float64 // what is compared with the bar
	problem   string  // why there is no result
	n         int     // repetitions that count
	disturbed bool    // others used the machine in every repetition
}

// rows compares all medians with the bars of the workloads that were run.
func (b *bench) rows() []line {
	ran := map[string]bool{}
	for _, r := range b.records {
		ran[r.Workload] = true
	}
	var lines []line
	for _, bar := range bars(b.under) {
		if ran[bar.workload] {
			lines = append(lines, b.compare(bar))
		}
	}
	return lines
}

func (b *bench) compare(bar bar) line {
	l := line{bar: bar}
	mine := b.find(bar.workload, bar.of)
	l.value, l.n, l.disturbed = mine.median, mine.n, mine.disturbed
	l.result, l.problem = l.value, mine.problem
	if bar.against == nil || l.problem != "" {
		return l
	}
	theirs := b.find(bar.workload, *bar.against)
	l.reference, l.problem = theirs.median, theirs.problem
	l.disturbed = l.disturbed || theirs.disturbed
	l.result = l.value / l.reference
	// Loops count no rows: theirs are checked as they come.
	if l.problem == "" && bar.of.name == bar.against.name && mine.rows != theirs.rows {
		l.problem = fmt.Sprintf("%d rows here, %d there", mine.rows, theirs.rows)
	}
	return l
}

// found is a median and what it rests on.
type found struct {
	median    float64
	n         int
	rows      int64
	disturbed bool
	problem   string
}

// find takes the median over the quiet repetitions, or over all where none was
// quiet. One error in any repetition is a problem: it is not averaged away.
func (b *bench) find(workload string, v value) found {
	var all, quietly []float64
	f := found{problem: "not measured"}
	for _, r := range b.records {
		if r.Workload != workload || r.System != v.system {
			continue
		}
		if r.Error != "" {
			return found{problem: r.Error}
		}
		if r.Case != v.name {
			continue
		}
		if r.Errors > 0 && r.System != inProcess { // writers without a gate may fail; that is their point
			return found{problem: fmt.Sprintf("%d calls failed: %s", r.Errors, r.LastError)}
		}
		x := v.metric.of(r.Result)
		all, f.rows, f.problem = append(all, x), r.Rows, ""
		if r.OthersCores < quiet {
			quietly = append(quietly, x)
		}
	}
	f.disturbed = len(quietly) == 0
	if !f.disturbed {
		all = quietly
	}
	f.median, f.n = job.Median(all), len(all)
	return f
}

var heads = []string{"what", "measured", "reference", "result", "bar", "aim", "verdict"}

// cells are the words of a line, in the order of heads.
func (l line) cells() []string {
	sign := "≥ "
	if l.atMost {
		sign = "≤ "
	}
	aim := "–"
	if l.aim != 0 {
		aim = sign + short(l.aim)
	}
	reference := "–"
	if l.against != nil {
		reference = short(l.reference) + " " + l.against.metric.name
	}
	if l.problem != "" {
		return []string{l.what, "–", "–", "–", sign + short(l.limit), aim, "ERROR: " + firstLine(l.problem)}
	}
	verdict := l.verdict(l.result)
	if l.disturbed {
		verdict += " (disturbed)"
	}
	return []string{l.what, short(l.value) + " " + l.of.metric.name, reference, short(l.result), sign + short(l.limit), aim, verdict}
}

// short is x with three digits that matter.
func short(x float64) string {
	switch {
	case x >= 1e6:
		return fmt.Sprintf("%.2f M", x/1e6)
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 1:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s[:min(len(s), 160)]
}

// text is the report for a terminal.
func text(lines []line) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	write := func(cells []string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) } // into memory, as is Flush
	write(heads)
	for _, l := range lines {
		write(l.cells())
	}
	_ = w.Flush()
	return b.String()
}

// markdown is the report as a table of all of bars, in their order: a line where
// there is one, else the row that old has of that name, if any.
func markdown(lines []line, bars []bar, old string) string {
	measured := map[string]line{}
	for _, l := range lines {
		measured[l.what] = l
	}
	kept := map[string]string{}
	for row := range strings.Lines(old) {
		if cells := strings.Split(row, " | "); len(cells) == len(heads) {
			kept[strings.TrimPrefix(cells[0], "| ")] = row
		}
	}
	var b strings.Builder
	write := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	write(heads)
	b.WriteString("|" + strings.Repeat(" --- |", len(heads)) + "\n")
	for _, bar := range bars {
		l, ok := measured[bar.what]
		if !ok {
			b.WriteString(kept[strings.ReplaceAll(bar.what, "|", `\|`)])
			continue
		}
		cells := l.cells()
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		write(cells)
	}
	return b.String()
}

// Between these two lines of a document stands the table.
const (
	tableBegins = "<!-- bench: table begins -->"
	tableEnds   = "<!-- bench: table ends -->"
)

var errNoMarkers = errors.New("the lines " + tableBegins + " and " + tableEnds + " are not both there")

// replaceTable puts what table makes of what is between the markers of the file
// in its place.
func replaceTable(file string, table func(old string) string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(data), tableBegins)
	old, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s: %w", file, errNoMarkers)
	}
	return os.WriteFile(file, []byte(before+tableBegins+"\n"+table(old)+tableEnds+after), 0o644)
}

// brief is a result in one line.
func brief(r job.Result) string {
	if r.Error != "" {
		return "error: " + firstLine(r.Error)
	}
	var parts []string
	add := func(format string, values ...any) { parts = append(parts, fmt.Sprintf(format, values...)) }
	if r.Rows > 0 {
		add("%d rows in %.3f s, %s rows/s", r.Rows, r.Seconds, short(rowsRate.of(r)))
	}
	if r.First > 0 {
		add("first after %.1f ms", r.First*1e3)
	}
	if r.Rate > 0 {
		add("%s calls/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms", short(r.Rate), r.P50*1e3, r.P99*1e3, r.Max*1e3)
	}
	if r.Rate == 0 && r.P50+r.P99 > 0 {
		add("p50 %.0f ns, p99 %.0f ns", r.P50*1e9, r.P99*1e9)
	}
	if r.Errors > 0 {
		add("%d failed: %s", r.Errors, firstLine(r.LastError))
	}
	if r.FirstRun > 0 {
		add("first %.2f ms, again %.2f ms", r.FirstRun*1e3, r.Repeated*1e3)
	}
	if r.BulkRate > 0 {
		add("beside %s rows/s", short(r.BulkRate))
	}
	if r.IdleKB > 0 {
		add("%.1f KB a connection", r.IdleKB)
	}
	if r.Rows == 0 && r.Rate == 0 && r.Seconds > 0 {
		add("%.3f s", r.Seconds)
	}
	if r.PeakMB > 0 {
		add("peak %.0f MB", r.PeakMB)
	}
	if r.ServerCPU+r.WorkerCPU > 0 {
		add("cpu %.2f + %.2f s, others %.2f cores", r.ServerCPU, r.WorkerCPU, r.OthersCores)
	}
	return strings.Join(parts, ", ")
}
