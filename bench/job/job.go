// Package job is what the benchmark's driver says to its workers and hears from
// them: a worker reads one Job, as a line of JSON, and answers with one Result.
package job

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Job says what one worker process does.
type Job struct {
	Op string // Read, ReadLoop, Loop, Pairs, Queries, Ingest, Exec or Idle

	Addr  string   // workers over the wire: the server
	Token string   // and the bearer token
	Data  string   // workers in process: the database file
	Setup []string // and what runs before the job
	Use   string   // and the catalog of unqualified names, other than the file

	SQL     string   // a ? stands for a key
	SQLs    []string // Queries, Exec
	Keys    int64    // over 0: each ? is a random number below it
	Bound   bool     // bind the key to a prepared statement instead of writing it into the text
	Update  bool     // the statement gives no rows
	Clients int      // Loop, Idle: connections
	Seconds float64  // Loop, ReadLoop
	Count   int      // Pairs: number of texts

	File  string // Ingest: Arrow IPC stream
	Table string // Ingest: name of the table to make
	Rows  int64  // Ingest: rows of a message; 0 leaves the file's
}

// The operations of a worker.
const (
	Read     = "read"     // one statement, all its rows
	ReadLoop = "readloop" // the same statement again and again
	Loop     = "loop"     // small statements on several connections
	Pairs    = "pairs"    // each text for the first time and then again
	Queries  = "queries"  // a list of statements, twice; the second pass counts
	Ingest   = "ingest"   // an Arrow stream into a new table
	Exec     = "exec"     // statements without rows
	Idle     = "idle"     // open connections until stdin ends
)

// Result is what a worker measured; each operation fills a part of it.
type Result struct {
	Error string `json:",omitempty"`

	Rows    int64   `json:",omitempty"`
	Bytes   int64   `json:",omitempty"`
	Batches int64   `json:",omitempty"`
	Seconds float64 `json:",omitempty"` // from the call to the last row
	First   float64 `json:",omitempty"` // seconds to the first batch

	Calls     int     `json:",omitempty"`
	Rate      float64 `json:",omitempty"` // calls a second
	P50       float64 `json:",omitempty"` // seconds, as are those below
	P99       float64 `json:",omitempty"`
	Max       float64 `json:",omitempty"`
	Errors    int     `json:",omitempty"`
	LastError string  `json:",omitempty"`

	FirstRun float64 `json:",omitempty"` // Pairs: median of the first executions
	Repeated float64 `json:",omitempty"` // Pairs: median of the later ones

	Ready int `json:",omitempty"` // Idle: open connections

	Allocs  float64 `json:",omitempty"` // of one call, in packages' own benchmarks
	Fetches float64 `json:",omitempty"` // of signing keys, in those of package auth
	Builds  float64 `json:",omitempty"` // of Views, in those of package catalog

	// Filled in by the driver.
	PeakMB      float64 `json:",omitempty"` // the server's, or the worker's where there is no server
	IdleKB      float64 `json:",omitempty"` // memory of one idle connection
	BulkRate    float64 `json:",omitempty"` // rows a second of those who read beside
	ServerCPU   float64 `json:",omitempty"`
	WorkerCPU   float64 `json:",omitempty"`
	OthersCores float64 `json:",omitempty"` // used by what is no part of the measurement
}

// Serve reads a job from in, does it and writes the result to out.
func Serve(in io.Reader, out io.Writer, do func(Job, *bufio.Reader) (Result, error)) error {
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	var j Job
	if err := json.Unmarshal(line, &j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	r, err := do(j, lines)
	if err != nil {
		r.Error = err.Error()
	}
	return json.NewEncoder(out).Encode(r)
}

// Text is the job's statement with every ? replaced by key.
func (j Job) Text(key int64) string {
	return strings.ReplaceAll(j.SQL, "?", strconv.FormatInt(key, 10))
}

// Key is a random key of the job; 0 where it has none.
func (j Job) Key() int64 {
	if j.Keys == 0 {
		return 0
	}
	return rand.Int64N(j.Keys)
}

// Run calls every step again and again, each in a goroutine of its own, for the
// job's seconds. Failed calls are counted and shown, never timed.
func (j Job) Run(steps []func() error) Result {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var r Result
	var all []float64
	start := time.Now()
	for _, step := range steps {
		wg.Go(func() {
			var mine []float64
			for time.Since(start).Seconds() < j.Seconds {
				began := time.Now()
				err := step()
				if err == nil {
					mine = append(mine, time.Since(began).Seconds())
					continue
				}
				mu.Lock()
				r.Errors++
				r.LastError = err.Error()
				mu.Unlock()
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	r.Seconds = time.Since(start).Seconds()
	r.Calls = len(all)
	r.Rate = float64(r.Calls) / r.Seconds
	slices.Sort(all)
	r.P50, r.P99, r.Max = quantile(all, .5), quantile(all, .99), quantile(all, 1)
	return r
}

// RunPairs executes Count texts that were never seen before, each once and then
// three times more.
func (j Job) RunPairs(query func(sql string) (Result, error)) (Result, error) {
	var first, again []float64
	base := rand.Int64N(max(1, j.Keys-int64(j.Count)))
	for i := range int64(j.Count) {
		sql := j.Text(base + i)
		for n := range 4 {
			began := time.Now()
			if err := OneRow(query(sql)); err != nil {
				return Result{}, fmt.Errorf("%s: %w", sql, err)
			}
			took := time.Since(began).Seconds()
			if n == 0 {
				first = append(first, took)
			} else {
				again = append(again, took)
			}
		}
	}
	return Result{Calls: j.Count, FirstRun: Median(first), Repeated: Median(again)}, nil
}

// RunQueries executes all statements twice and times the second pass.
func (j Job) RunQueries(query func(sql string) (Result, error)) (Result, error) {
	var start time.Time
	var rows int64
	for range 2 {
		start, rows = time.Now(), 0
		for i, sql := range j.SQLs {
			r, err := query(sql)
			if err != nil {
				return Result{}, fmt.Errorf("query %d: %w", i+1, err)
			}
			rows += r.Rows
		}
	}
	return Result{Calls: len(j.SQLs), Rows: rows, Seconds: time.Since(start).Seconds()}, nil
}

// OneRow turns a result of another number of rows into an error: a wrong answer
// is not to be timed.
func OneRow(r Result, err error) error {
	if err == nil && r.Rows != 1 {
		return fmt.Errorf("%d rows instead of one", r.Rows)
	}
	return err
}

// Median is the middle of values, 0 where there are none.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
