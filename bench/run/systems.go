package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/lakegate/lakegate/bench/job"
)

// The systems that are compared.
const (
	lakegate  = "lakegate"
	bare      = "bare"
	inProcess = "in process"
)

// catalogs is what a server serves besides the data, which is always there as
// the catalog bench.
type catalogs struct {
	scratch string // DuckDB file, served as scratch; empty: none
	lake    *lake  // served as lake; nil: none

	restricted bool // every table has a filter and a mask
	audited    bool // calls go on record
}

// lake is a DuckLake with its metadata in PostgreSQL.
type lake struct {
	pg       *postgres
	database string
	data     string // folder or S3 prefix
	s3       *s3    // nil: a folder
}

const lakeSchema = "lake"

// setup is the SQL that attaches c in a process of one's own.
func (c catalogs) setup(w *world) []string {
	var sqls []string
	if c.scratch != "" {
		sqls = append(sqls, "ATTACH '"+c.scratch+"' AS scratch")
	}
	if c.restricted {
		sqls = append(sqls, byHand()...)
	}
	if c.lake == nil {
		return sqls
	}
	dir := filepath.Join(w.extensions, "v1.5.5", runtime.GOOS+"_"+runtime.GOARCH)
	for _, name := range []string{"httpfs", "postgres_scanner", "ducklake"} {
		sqls = append(sqls, "LOAD '"+filepath.Join(dir, name+".duckdb_extension")+"'")
	}
	if g := c.lake.s3; g != nil {
		sqls = append(sqls, fmt.Sprintf("CREATE SECRET (TYPE s3, KEY_ID '%s', SECRET '%s', ENDPOINT '%s', USE_SSL false, URL_STYLE 'path', REGION 'us-east-1')",
			s3Key, s3Secret, g.address))
	}
	return append(sqls, fmt.Sprintf("ATTACH 'ducklake:postgres:host=%s port=%s user=%s dbname=%s' AS lake (DATA_PATH '%s', METADATA_SCHEMA '%s')",
		c.lake.pg.host, c.lake.pg.port, postgresUser, c.lake.database, c.lake.data, lakeSchema))
}

// server is a running system.
type server struct {
	*process
	address, token string
}

func (s *server) cpu() float64 {
	if s == nil {
		return 0
	}
	return s.process.cpu()
}

// serve starts system fresh over the data and c. The caller must stop it.
func (w *world) serve(ctx context.Context, system string, c catalogs) (*server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{address: address}
	var cmd *exec.Cmd
	switch system {
	case bare:
		s.token = "any-token-will-do"
		args := []string{"-listen", address, "-token", s.token, "-data", w.database()}
		for _, sql := range c.setup(w) {
			args = append(args, "-setup", sql)
		}
		cmd = exec.CommandContext(ctx, w.program("refserver"), args...)
	case lakegate:
		if s.token, err = w.issuer.token(); err != nil {
			return nil, err
		}
		file, err := w.writeSettings(address, c)
		if err != nil {
			return nil, err
		}
		cmd = exec.CommandContext(ctx, w.binary, "serve", "--config", file)
		cmd.Env = []string{"HOME=" + w.work} // the file alone decides, no variable of whoever runs this
	default:
		return nil, fmt.Errorf("%s is no server", system)
	}
	if s.process, err = w.start(system, cmd); err != nil {
		return nil, err
	}
	if err := errors.Join(s.listening(ctx, address), w.answers(ctx, s)); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s: %w", system, err)
	}
	return s, nil
}

// answers waits until the server runs statements.
func (w *world) answers(ctx context.Context, s *server) error {
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if _, err = w.do(ctx, s, job.Job{Op: job.Read, SQL: "SELECT 1"}); err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return s.death()
		default:
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("SELECT 1 before the measurement: %w", err)
}

// freshScratch is a new DuckDB file with an empty table of lineitem's columns.
func (w *world) freshScratch(ctx context.Context) (catalogs, error) {
	c := catalogs{scratch: filepath.Join(w.work, "scratch.duckdb")}
	for _, file := range []string{c.scratch, c.scratch + ".wal"} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
	}
	return c, w.exec(ctx, c, "CREATE TABLE scratch.main.ins AS FROM bench.main.lineitem LIMIT 0")
}

// freshLake is a new lake over a folder with the same table.
func (w *world) freshLake(ctx context.Context) (catalogs, error) {
	l, err := w.emptyLake(ctx)
	if err != nil {
		return catalogs{}, err
	}
	l.data = filepath.Join(w.work, l.database) + "/"
	if err := os.MkdirAll(l.data, 0o755); err != nil {
		return catalogs{}, err
	}
	c := catalogs{lake: l}
	return c, w.exec(ctx, c, "CREATE TABLE lake.main.ins AS FROM bench.main.lineitem LIMIT 0")
}

// storedLake is the lake on S3 that holds lineitem and kv; made once.
func (w *world) storedLake(ctx context.Context) (catalogs, error) {
	if w.stored != nil {
		return catalogs{lake: w.stored}, nil
	}
	l, err := w.emptyLake(ctx)
	if err != nil {
		return catalogs{}, err
	}
	if w.s3, err = w.startS3(ctx); err != nil {
		return catalogs{}, err
	}
	l.s3, l.data = w.s3, "s3://"+bucket+"/lake/"
	c := catalogs{lake: l}
	err = w.exec(ctx, c,
		"CREATE TABLE lake.main.lineitem AS FROM bench.main.lineitem",
		"CREATE TABLE lake.main.kv AS FROM bench.main.kv ORDER BY id")
	if err != nil {
		return catalogs{}, err
	}
	w.stored = l
	return c, nil
}

func (w *world) emptyLake(ctx context.Context) (*lake, error) {
	if w.pg == nil {
		var err error
		if w.pg, err = w.startPostgres(ctx); err != nil {
			return nil, err
		}
	}
	name, err := w.pg.database(ctx)
	return &lake{pg: w.pg, database: name}, err
}
