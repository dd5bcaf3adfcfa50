package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// queryOptions is what query is told.
type queryOptions struct {
	target target
	format string
	output string
	params []string
	quiet  bool
}

func newQuery(p program) *cobra.Command {
	var o queryOptions
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Run one statement on a server and write its rows",
		Long: `Runs one statement over Arrow Flight SQL and writes its rows as a table, CSV,
JSON (one object a line), Parquet or an Arrow IPC file. "-" as SQL reads it from
standard input. Ctrl-C ends the statement on the server too. With --output the
file appears when all rows are in it, and not before.

` + exitHelp,
		Example: `  lakegate query --dev reader "SELECT kind, count(*) FROM events GROUP BY kind"
  lakegate query --address db:50051 --ca ca.pem --token-file token --format parquet --output hits.parquet "FROM web.hits"
  lakegate query --dev writer --param 42 --param Ada "INSERT INTO people VALUES (?, ?)"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formats, o.format) {
				return coded(exitUsage, fmt.Errorf("--format %q: want one of %s", o.format, strings.Join(formats, ", ")))
			}
			if o.output == "" && slices.Contains(formats[3:], o.format) && terminal(p.stdout) {
				return coded(exitUsage, fmt.Errorf("%s is not for terminals; give --output FILE or redirect it", o.format))
			}
			sql, err := sqlText(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			if err := o.target.completeWithLogin(cmd.Context(), p); err != nil {
				return err
			}
			return runQuery(cmd.Context(), p, &o, sql)
		},
	}
	o.target.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "table", "how rows are written: "+strings.Join(formats, ", "))
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE`")
	f.StringArrayVar(&o.params, "param", nil, "`VALUE` of the next ? or $n in the statement; NULL means none")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress on the terminal")
	if err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		cobra.CheckErr(err) // only for a flag that is not there
	}
	return cmd
}

// maxStatement is how long a statement may be that is read from standard input.
const maxStatement = 16 << 20

func sqlText(arg string, stdin io.Reader) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	text, err := io.ReadAll(io.LimitReader(stdin, maxStatement+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the statement: %w", err)
	case len(text) > maxStatement:
		return "", coded(exitUsage, fmt.Errorf("the statement is longer than %d bytes", maxStatement))
	}
	return string(text), nil
}

// terminal reports whether w is a person's screen.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device too
	return err != nil || !os.SameFile(info, null)
}

// changed says how many rows a statement changed.
func changed(n int64) string {
	if n == 1 {
		return "1 row changed"
	}
	return fmt.Sprintf("%d rows changed", n)
}

func runQuery(ctx context.Context, p program, o *queryOptions, sql string) (err error) {
	c, err := dial(&o.target)
	if err != nil {
		return err
	}
	defer c.close()
	st, err := c.prepare(ctx, sql, o.params)
	if err != nil {
		return said(ctx, &o.target, err)
	}
	defer st.close(ctx)
	if !st.rows() {
		n, err := st.update(ctx)
		if err != nil {
			return said(ctx, &o.target, err)
		}
		if n >= 0 {
			_, err = fmt.Fprintln(p.stderr, changed(n))
		} else {
			_, err = fmt.Fprintln(p.stderr, "done")
		}
		return err
	}
	out, err := openOutput(p.stdout, o.output)
	if err != nil {
		return err
	}
	defer func() {
		if end := out.end(err == nil); err == nil {
			err = end
		}
	}()
	rows, err := newRowWriter(o.format, st.schema(), out)
	if err != nil {
		return err
	}
	progress := newProgress(p.stderr, !o.quiet && terminal(p.stderr) && (o.output != "" || !terminal(p.stdout)))
	err = st.each(ctx, func(b batch) error {
		progress.add(b.NumRows(), bytesOf(b))
		if err := rows.Write(b); err != nil {
			return fmt.Errorf("write the rows: %w", err)
		}
		return nil
	})
	progress.end(err == nil)
	if err != nil {
		return said(ctx, &o.target, err)
	}
	if err := rows.Close(); err != nil {
		return fmt.Errorf("write the end of the rows: %w", err)
	}
	return nil
}

// said puts a server's error into words for a person; the exit code stays.
func said(ctx context.Context, t *target, err error) error {
	var c *codedError
	st, ok := status.FromError(err)
	if errors.As(err, &c) || !ok {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return coded(exitInterrupted, errors.New("interrupted; the statement was ended on the server"))
	case st.Code() == codes.Unavailable:
		return coded(exitUnreachable, fmt.Errorf("%s: %s%s", t.address, st.Message(), t.advice(ctx)))
	case st.Code() == codes.Unauthenticated:
		return coded(exitRefused, errors.New(st.Message()))
	}
	return coded(exitFailed, fmt.Errorf("%s: %s", st.Code(), st.Message()))
}

// output is standard output, or a file that gets its name when it is complete.
type output struct {
	io.Writer
	file *os.File
	name string
}

func openOutput(stdout io.Writer, name string) (*output, error) {
	if name == "" {
		return &output{Writer: stdout}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, fmt.Errorf("open the output: %w", err)
	}
	return &output{Writer: f, file: f, name: name}, nil
}

// end keeps a complete file under its name and removes any other.
func (o *output) end(complete bool) error {
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	if err == nil && complete {
		if err = os.Chmod(o.file.Name(), 0o644); err == nil {
			err = os.Rename(o.file.Name(), o.name)
		}
	}
	if err != nil || !complete {
		_ = os.Remove(o.file.Name()) // what is wrong is being said already
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", o.name, err)
	}
	return nil
}

// bytesOf is how much memory the rows of b take.
func bytesOf(b batch) int64 {
	var n uint64
	for _, c := range b.Columns() {
		n += c.Data().SizeInBytes()
	}
	return int64(n)
}

// progress tells a person how far a result is, at most a few times a second.
type progress struct {
	w           io.Writer
	shown       bool
	began, last time.Time
	rows, bytes int64
}

func newProgress(w io.Writer, shown bool) *progress {
	return &progress{w: w, shown: shown, began: time.Now()}
}

func (p *progress) add(rows, bytes int64) {
	p.rows += rows
	p.bytes += bytes
	if now := time.Now(); p.shown && now.Sub(p.last) > 200*time.Millisecond {
		p.last = now
		p.line("\r")
	}
}

func (p *progress) line(start string) {
	took := time.Since(p.began).Seconds()
	_, _ = fmt.Fprintf(p.w, "%s\033[K%d rows, %.1f MB, %.1f s, %.1f MB/s", start, p.rows, float64(p.bytes)/1e6, took, float64(p.bytes)/1e6/max(took, 1e-3)) // a screen that is gone harms nothing
}

func (p *progress) end(complete bool) {
	if !p.shown {
		return
	}
	p.line("\r")
	if !complete {
		_, _ = io.WriteString(p.w, " (not complete)")
	}
	_, _ = io.WriteString(p.w, "\n")
}
