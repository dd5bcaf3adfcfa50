// Command load is the benchmark's client: it runs one job, read from standard
// input, against a Flight SQL server, with arrow-go's own client.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/lakegate/lakegate/bench/job"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := job.Serve(os.Stdin, os.Stdout, func(j job.Job, in *bufio.Reader) (job.Result, error) { return work(ctx, j, in) })
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// work does j over the wire.
func work(ctx context.Context, j job.Job, in *bufio.Reader) (job.Result, error) {
	switch j.Op {
	case job.Loop:
		return loop(ctx, j)
	case job.Idle:
		return idle(ctx, j, in)
	}
	c, err := dial(j)
	if err != nil {
		return job.Result{}, err
	}
	defer c.close()
	query := func(sql string) (job.Result, error) { return c.query(ctx, sql) }
	switch j.Op {
	case job.Read:
		if err := job.OneRow(query("SELECT 1")); err != nil { // opens the connection and shows the token
			return job.Result{}, err
		}
		return query(j.SQL)
	case job.ReadLoop:
		var rows int64
		start := time.Now()
		for time.Since(start).Seconds() < j.Seconds {
			r, err := query(j.SQL)
			if err != nil {
				return job.Result{}, err
			}
			rows += r.Rows
		}
		return job.Result{Rows: rows, Seconds: time.Since(start).Seconds()}, nil
	case job.Pairs:
		return j.RunPairs(query)
	case job.Queries:
		return j.RunQueries(query)
	case job.Ingest:
		return ingest(ctx, c, j)
	case job.Exec:
		for _, sql := range j.SQLs {
			if _, err := c.sql.ExecuteUpdate(c.as(ctx), sql); err != nil {
				return job.Result{}, fmt.Errorf("%s: %w", sql, err)
			}
		}
		return job.Result{Calls: len(j.SQLs)}, nil
	}
	return job.Result{}, fmt.Errorf("unknown operation %q", j.Op)
}

// loop runs one small statement on several connections.
func loop(ctx context.Context, j job.Job) (job.Result, error) {
	steps := make([]func() error, j.Clients)
	for i := range steps {
		c, err := dial(j)
		if err != nil {
			return job.Result{}, err
		}
		defer c.close()
		steps[i], err = c.step(ctx, j)
		if err != nil {
			return job.Result{}, err
		}
		if err := steps[i](); err != nil { // warms up, and fails early
			return job.Result{}, err
		}
	}
	return j.Run(steps), nil
}

// step is one call of a loop.
func (c *client) step(ctx context.Context, j job.Job) (func() error, error) {
	switch {
	case j.Update:
		return func() error {
			_, err := c.sql.ExecuteUpdate(c.as(ctx), j.Text(j.Key()))
			return err
		}, nil
	case !j.Bound:
		return func() error { return job.OneRow(c.query(ctx, j.Text(j.Key()))) }, nil
	}
	p, err := c.sql.Prepare(c.as(ctx), j.SQL)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	return func() error {
		start := time.Now()
		if j.Keys > 0 {
			row := keyRow(j.Key())
			p.SetParameters(row) // keeps what it needs of row
			row.Release()
		}
		info, err := p.Execute(c.as(ctx))
		if err != nil {
			return err
		}
		return job.OneRow(c.drain(ctx, info, start))
	}, nil
}

// ingest sends a file's rows, in messages of j.Rows rows, into a table of a
// three-part name.
func ingest(ctx context.Context, c *client, j job.Job) (job.Result, error) {
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
	var source array.RecordReader = rows
	if j.Rows > 0 {
		source = array.ReaderFromIter(rows.Schema(), sliced(rows, j.Rows))
		defer source.Release()
	}
	name, err := split(j.Table)
	if err != nil {
		return job.Result{}, err
	}
	start := time.Now()
	n, err := c.sql.ExecuteIngest(c.as(ctx), source, &flightsql.ExecuteIngestOpts{
		TableDefinitionOptions: &flightsql.TableDefinitionOptions{
			IfNotExist: flightsql.TableDefinitionOptionsTableNotExistOptionCreate,
			IfExists:   flightsql.TableDefinitionOptionsTableExistsOptionFail,
		},
		Catalog: &name[0], Schema: &name[1], Table: name[2],
	})
	return job.Result{Rows: n, Seconds: time.Since(start).Seconds()}, err
}

// sliced cuts batches into pieces of at most n rows.
func sliced(rows array.RecordReader, n int64) func(yield func(arrow.RecordBatch, error) bool) {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for rows.Next() {
			rec := rows.RecordBatch()
			for at := int64(0); at < rec.NumRows(); at += n {
				if !yield(rec.NewSlice(at, min(at+n, rec.NumRows())), nil) {
					return
				}
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// idle opens connections, runs one statement on each, says so, and keeps them
// until in ends.
func idle(ctx context.Context, j job.Job, in *bufio.Reader) (job.Result, error) {
	for i := range j.Clients {
		c, err := dial(j)
		if err != nil {
			return job.Result{}, err
		}
		defer c.close()
		if _, err := c.query(ctx, j.SQL); err != nil {
			return job.Result{}, fmt.Errorf("connection %d: %w", i+1, err)
		}
	}
	fmt.Printf("{\"Ready\":%d}\n", j.Clients)
	if _, err := in.ReadString('\n'); err == nil {
		return job.Result{}, errors.New("a second line came instead of the end")
	}
	return job.Result{Ready: j.Clients}, nil
}
