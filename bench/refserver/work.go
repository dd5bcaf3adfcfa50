package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/lakegate/lakegate/bench/duck"
	"github.com/lakegate/lakegate/bench/job"
)

// work does j in this process.
func work(j job.Job) (job.Result, error) {
	db, err := duck.Open(j.Data, j.Setup...)
	if err != nil {
		return job.Result{}, err
	}
	defer db.Close()
	if j.Op == job.Loop {
		return loop(db, j)
	}
	c, err := db.Connect()
	if err != nil {
		return job.Result{}, err
	}
	defer c.Close()
	if j.Use != "" {
		if err := c.Exec("USE " + j.Use); err != nil {
			return job.Result{}, err
		}
	}
	query := func(sql string) (job.Result, error) { return drain(c, sql) }
	switch j.Op {
	case job.Read:
		if err := job.OneRow(query("SELECT 1")); err != nil { // as over the wire, where it opens the connection
			return job.Result{}, err
		}
		return query(j.SQL)
	case job.Pairs:
		return j.RunPairs(query)
	case job.Queries:
		return j.RunQueries(query)
	case job.Ingest:
		return ingest(c, j)
	case job.Exec:
		for _, sql := range j.SQLs {
			if err := c.Exec(sql); err != nil {
				return job.Result{}, err
			}
		}
		return job.Result{Calls: len(j.SQLs)}, nil
	}
	return job.Result{}, fmt.Errorf("%q cannot be done in process", j.Op)
}

// drain reads all rows of sql, chunk by chunk.
func drain(c *duck.Conn, sql string, keys ...int64) (job.Result, error) {
	var r job.Result
	start := time.Now()
	s, err := c.Stream(sql, keys...)
	if err != nil {
		return r, err
	}
	defer s.Close()
	for {
		rec, err := s.Next()
		if err != nil {
			return r, err
		}
		if rec == nil {
			r.Seconds = time.Since(start).Seconds()
			return r, nil
		}
		if r.Batches == 0 {
			r.First = time.Since(start).Seconds()
		}
		r.Batches++
		r.Rows += rec.NumRows()
		r.Bytes += duck.Size(rec)
		rec.Release()
	}
}

// loop runs a small statement on several connections, without any gate.
func loop(db *duck.DB, j job.Job) (job.Result, error) {
	steps := make([]func() error, j.Clients)
	for i := range steps {
		c, err := db.Connect()
		if err != nil {
			return job.Result{}, err
		}
		defer c.Close()
		steps[i] = func() error {
			switch {
			case j.Update:
				return c.Exec(j.Text(j.Key()))
			case j.Bound && j.Keys > 0:
				return job.OneRow(drain(c, j.SQL, j.Key()))
			}
			return job.OneRow(drain(c, j.Text(j.Key())))
		}
		if err := steps[i](); err != nil {
			return job.Result{}, err
		}
	}
	return j.Run(steps), nil
}

func ingest(c *duck.Conn, j job.Job) (job.Result, error) {
	f, err := os.Open(j.File)
	if err != nil {
		return job.Result{}, err
	}
	defer func() { _ = f.Close() }() // only read
	rows, err := ipc.NewReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return job.Result{}, fmt.Errorf("read %s: %w", j.File, err)
	}
	defer rows.Release()
	start := time.Now()
	n, err := c.Ingest(j.Table, rows)
	return job.Result{Rows: n, Seconds: time.Since(start).Seconds()}, err
}
