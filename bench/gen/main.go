// Command gen makes the benchmark's data, once: a DuckDB file with TPC-H's tables
// and a key-value table, the texts of TPC-H's queries, and an Arrow stream to ingest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/lakegate/lakegate/bench/duck"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	out := flags.String("out", "bench/data", "folder to make")
	scale := flags.Float64("sf", 1, "TPC-H's scale factor")
	keys := flags.Int64("keys", 1_000_000, "rows of the key-value table")
	ingest := flags.Int64("ingest", 2_000_000, "rows of the stream to ingest")
	tpch := flags.String("tpch", "", "file of DuckDB's tpch extension; fetched where it is empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(*out, "complete")); err == nil {
		return nil
	}
	if err := os.RemoveAll(*out); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(*out, "queries"), 0o755); err != nil {
		return err
	}
	if *tpch == "" {
		file, err := fetchTPCH(ctx, *out)
		if err != nil {
			return fmt.Errorf("fetch the tpch extension: %w", err)
		}
		*tpch = file
	}
	if err := tables(filepath.Join(*out, "bench.duckdb"), *tpch, *scale, *keys, filepath.Join(*out, "queries")); err != nil {
		return err
	}
	if err := stream(filepath.Join(*out, "bench.duckdb"), filepath.Join(*out, "ingest.arrows"), *ingest); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*out, "complete"), nil, 0o644)
}

func tables(path, tpch string, scale float64, keys int64, queries string) error {
	fmt.Printf("gen: TPC-H at scale factor %g into %s\n", scale, path)
	db, err := duck.Open(path,
		"LOAD '"+tpch+"'",
		fmt.Sprintf("CALL dbgen(sf=%g)", scale),
		"CREATE TABLE kv (id BIGINT PRIMARY KEY, v VARCHAR)",
		fmt.Sprintf("INSERT INTO kv SELECT range, 'value-' || range FROM range(%d)", keys),
		"CHECKPOINT")
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := db.Connect()
	if err != nil {
		return err
	}
	defer c.Close()
	for i := 1; i <= 22; i++ {
		// A file of one text: DuckDB writes it as it is.
		file := filepath.Join(queries, fmt.Sprintf("q%02d.sql", i))
		err := c.Exec(fmt.Sprintf("COPY (SELECT query FROM tpch_queries() WHERE query_nr = %d) TO '%s' (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '')", i, file))
		if err != nil {
			return err
		}
	}
	return nil
}

// messageBytes makes messages of some 65,536 rows of lineitem, the size that
// clients built for throughput send.
const messageBytes = 13 << 20

// stream writes the first rows of lineitem to file as an Arrow stream.
func stream(path, file string, rows int64) (err error) {
	db, err := duck.Open(path)
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := db.Connect()
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := c.Stream(fmt.Sprintf("SELECT * FROM lineitem LIMIT %d", rows))
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := ipc.NewWriter(f, ipc.WithSchema(s.Schema()))
	for {
		rec, err := s.NextAtLeast(messageBytes)
		if err != nil {
			return err
		}
		if rec == nil {
			return w.Close()
		}
		err = w.Write(rec)
		rec.Release()
		if err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
	}
}
