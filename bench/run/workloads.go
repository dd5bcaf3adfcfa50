package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lakegate/lakegate/bench/job"
)

// record is one measurement.
type record struct {
	Workload, Case, System string
	Rep                    int
	job.Result
}

// bench collects the measurements of one run.
type bench struct {
	*world
	under   string // the system under test
	records []record
}

// workload is one kind of work, done by one system at a time.
type workload struct {
	name    string
	systems []string // beside the system under test, before it
	run     func(ctx context.Context, t turn) error
}

// turn is one repetition of one workload on one system.
type turn struct {
	*bench
	workload, system string
	rep              int
}

// The statements. All systems know the data by the same three-part names.
const (
	wide   = "SELECT * FROM bench.main.lineitem"
	narrow = "SELECT l_orderkey, l_extendedprice FROM bench.main.lineitem"
	lookup = "SELECT v FROM bench.main.kv WHERE id = ?"
	row    = "(1, 155190, 7706, 1, 17.00, 21168.23, 0.04, 0.02, 'N', 'O', DATE '1996-03-13', DATE '1996-02-12', " +
		"DATE '1996-03-22', 'DELIVER IN PERSON', 'TRUCK', 'egular courts above the')"
)

var workloads = []workload{
	{"wide", []string{inProcess, bare}, reads("wide", wide)},
	{"narrow", []string{bare}, reads("narrow", narrow)},
	{"long", nil, long},
	{"small", []string{bare}, small},
	{"uncached", nil, uncached},
	{"insert", []string{inProcess}, insert},
	{"lakeinsert", []string{inProcess}, lakeInsert},
	{"ingest", []string{inProcess}, ingest},
	{"tpch", []string{inProcess}, tpch},
	{"mixed", []string{bare}, mixed},
	{"idle", nil, idle},
	{"identity", nil, inPackages(identityBenches)},
	{"guard", nil, inPackages(guardBenches)},
	{"rights", []string{inProcess}, restrictedTPCH},
	{"audit", nil, audited},
	{"lake", nil, onS3},
}

// repetition gives every system its turn. What one system cannot do is noted and
// does not stop the others.
func (b *bench) repetition(ctx context.Context, w workload, rep int) error {
	systems := w.systems
	if len(systems) == 0 || systems[len(systems)-1] != b.under {
		systems = append(systems[:len(systems):len(systems)], b.under)
	}
	for _, s := range systems {
		t := turn{bench: b, workload: w.name, system: s, rep: rep}
		if err := w.run(ctx, t); err != nil {
			t.note("", job.Result{Error: err.Error()})
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// note keeps a result and tells whoever watches.
func (t turn) note(name string, r job.Result) {
	t.records = append(t.records, record{t.workload, name, t.system, t.rep, r})
	fmt.Fprintf(os.Stderr, "# %s %s, %s, %d: %s\n", t.workload, name, t.system, t.rep+1, brief(r))
}

// on starts the turn's system for the length of what it does with it. In process
// there is no server: it gets nil.
func (t turn) on(ctx context.Context, c catalogs, do func(s *server) error) error {
	if t.system == inProcess {
		return do(nil)
	}
	s, err := t.serve(ctx, t.system, c)
	if err != nil {
		return err
	}
	defer s.stop()
	return do(s)
}

// take measures one job and keeps the result under name.
func (t turn) take(ctx context.Context, s *server, c catalogs, name string, j job.Job) error {
	if s == nil {
		j = t.inProcess(c, j)
	}
	r, err := t.measure(ctx, s, j)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	t.note(name, r)
	return nil
}

// reads is one big read on a fresh server.
func reads(name, sql string) func(ctx context.Context, t turn) error {
	return func(ctx context.Context, t turn) error {
		return t.on(ctx, catalogs{}, func(s *server) error {
			return t.take(ctx, s, catalogs{}, name, job.Job{Op: job.Read, SQL: sql})
		})
	}
}

// long is the wide read and then many times the rows: is memory flat?
func long(ctx context.Context, t turn) error {
	if err := reads("once", wide)(ctx, t); err != nil {
		return err
	}
	return reads("many", fmt.Sprintf("SELECT a.* FROM bench.main.lineitem a, range(%d)", t.factor))(ctx, t)
}

// small statements, from few clients and many.
func small(ctx context.Context, t turn) error {
	return t.on(ctx, catalogs{}, func(s *server) error {
		for _, c := range smallCases() {
			j := job.Job{Op: job.Loop, SQL: "SELECT 1", Bound: c.bound, Clients: c.clients, Seconds: t.seconds}
			if c.lookup {
				j.SQL, j.Keys = lookup, t.keys
			}
			if err := t.take(ctx, s, catalogs{}, c.String(), j); err != nil {
				return err
			}
		}
		return nil
	})
}

// smallCase is one kind of small statement and a number of clients.
type smallCase struct {
	lookup, bound bool
	clients       int
}

func (c smallCase) String() string {
	name, how := "SELECT 1", "text"
	if c.lookup {
		name = "lookup"
	}
	if c.bound {
		how = "prepared"
	}
	return fmt.Sprintf("%s, %s, %d", name, how, c.clients)
}

func smallCases() []smallCase {
	var cases []smallCase
	for _, clients := range []int{1, 4, 16} {
		for _, lookup := range []bool{false, true} {
			for _, bound := range []bool{false, true} {
				cases = append(cases, smallCase{lookup, bound, clients})
			}
		}
	}
	return cases
}

// uncached compares the first execution of a text with the next ones.
func uncached(ctx context.Context, t turn) error {
	return t.on(ctx, catalogs{}, func(s *server) error {
		j := job.Job{Op: job.Pairs, SQL: "SELECT v AS v? FROM bench.main.kv WHERE id = ?", Keys: t.keys, Count: 300}
		return t.take(ctx, s, catalogs{}, "pairs", j)
	})
}

var insertClients = []int{1, 8}

// insert is one row a statement into a DuckDB file.
func insert(ctx context.Context, t turn) error {
	for _, n := range insertClients {
		c, err := t.freshScratch(ctx)
		if err != nil {
			return err
		}
		err = t.on(ctx, c, func(s *server) error {
			return t.take(ctx, s, c, fmt.Sprint(n),
				job.Job{Op: job.Loop, Update: true, SQL: "INSERT INTO scratch.main.ins VALUES " + row, Clients: n, Seconds: t.seconds})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const lakeWriters = 16

// lakeInsert is the same into a DuckLake. In process nothing orders the writers.
func lakeInsert(ctx context.Context, t turn) error {
	c, err := t.freshLake(ctx)
	if err != nil {
		return err
	}
	return t.on(ctx, c, func(s *server) error {
		return t.take(ctx, s, c, "rows",
			job.Job{Op: job.Loop, Update: true, SQL: "INSERT INTO lake.main.ins VALUES " + row, Clients: lakeWriters, Seconds: t.lakeWriteSeconds})
	})
}

// ingest makes a table of an Arrow stream, in messages of 16,384 rows and as the
// file has them, some 13 MB each.
func ingest(ctx context.Context, t turn) error {
	messages := []struct {
		name string
		rows int64 // of one; 0 leaves the file's
	}{{"small messages", 16384}, {"large messages", 0}}
	for _, m := range messages {
		c, err := t.freshScratch(ctx)
		if err != nil {
			return err
		}
		err = t.on(ctx, c, func(s *server) error {
			return t.take(ctx, s, c, m.name,
				job.Job{Op: job.Ingest, File: filepath.Join(t.data, "ingest.arrows"), Table: "scratch.main.ingested", Rows: m.rows})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tpch is the 22 queries, timed when everything is warm.
func tpch(ctx context.Context, t turn) error {
	sqls, err := t.tpchQueries()
	if err != nil {
		return err
	}
	return t.on(ctx, catalogs{}, func(s *server) error {
		return t.take(ctx, s, catalogs{}, "22", job.Job{Op: job.Queries, SQLs: sqls})
	})
}

// mixed is SELECT 1 from one client while two others read all they can.
func mixed(ctx context.Context, t turn) error {
	return t.on(ctx, catalogs{}, func(s *server) error {
		r, err := t.watch(ctx, s, func() (job.Result, error) { return t.besideReaders(ctx, s) })
		if err != nil {
			return err
		}
		t.note("SELECT 1", r)
		return nil
	})
}

func (t turn) besideReaders(ctx context.Context, s *server) (job.Result, error) {
	length := 2 * t.seconds
	bulk := job.Job{Op: job.ReadLoop, SQL: wide, Seconds: length + 2, Addr: s.address, Token: s.token}
	var readers []*worker
	for range 2 {
		r, err := begin(ctx, t.program("load"), bulk)
		if err != nil {
			return job.Result{}, err
		}
		readers = append(readers, r)
	}
	for range 5 { // a second, for the readers to be at full speed
		if err := pause(ctx); err != nil {
			return job.Result{}, err
		}
	}
	r, err := t.do(ctx, s, job.Job{Op: job.Loop, SQL: "SELECT 1", Clients: 1, Seconds: length})
	for _, reader := range readers {
		b, readErr := reader.end()
		err = errors.Join(err, readErr)
		r.BulkRate += float64(b.Rows) / b.Seconds
		r.WorkerCPU += b.WorkerCPU
	}
	return r, err
}

// idle weighs open connections that have run one statement.
func idle(ctx context.Context, t turn) error {
	return t.on(ctx, catalogs{}, func(s *server) error {
		if _, err := t.do(ctx, s, job.Job{Op: job.Loop, SQL: "SELECT 1", Clients: 4, Seconds: 1}); err != nil {
			return err
		}
		before := s.memoryMB("VmRSS")
		holder, err := begin(ctx, t.program("load"), job.Job{Op: job.Idle, SQL: "SELECT 1", Clients: t.idle, Addr: s.address, Token: s.token})
		if err != nil {
			return err
		}
		ready, err := holder.line()
		if err == nil {
			for range 5 { // a second, for what runs after the last answer
				err = errors.Join(err, pause(ctx))
			}
			ready.IdleKB = (s.memoryMB("VmRSS") - before) * 1024 / float64(t.idle)
		}
		if _, ended := holder.end(); err == nil {
			err = ended
		}
		if err != nil {
			return err
		}
		t.note("connections", ready)
		return nil
	})
}

// onS3 compares a warm DuckLake on S3 with the file, on two fresh servers.
func onS3(ctx context.Context, t turn) error {
	stored, err := t.storedLake(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"bench", "lake"} {
		c := catalogs{}
		if name == "lake" {
			c = stored
		}
		err := t.on(ctx, c, func(s *server) error {
			read := job.Job{Op: job.Read, SQL: "SELECT * FROM " + name + ".main.lineitem"}
			if _, err := t.do(ctx, s, read); err != nil { // warms the cache
				return err
			}
			if err := t.take(ctx, s, c, name+" wide", read); err != nil {
				return err
			}
			again := job.Job{Op: job.Loop, SQL: "SELECT v FROM " + name + ".main.kv WHERE id = 77", Clients: 1, Seconds: t.seconds}
			return t.take(ctx, s, c, name+" lookup", again)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
