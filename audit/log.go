package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// pendingMost bounds what waits to be written.
const pendingMost = 16 << 20

// noteMost is how much may wait for an urgent record to be written with.
const noteMost = 256 << 10

// retryEvery is how often a log that cannot be written is tried again.
const retryEvery = 250 * time.Millisecond

// Log writes records. Its methods are safe for concurrent use.
type Log struct {
	cfg Config
	out *output // the writer's

	wake    chan struct{} // holds one token while something is pending
	closing chan struct{}
	ended   chan struct{}

	mu      sync.Mutex
	pending []chunk
	spare   []byte // what the next chunk's lines go into; nil for none
	bytes   int
	group   *group
	closed  bool
	since   time.Time // when the write or sync began that goes on now; zero for none
	syncing time.Time
	failed  error // why the last write failed; nil if it did not
	lost    int64 // since the start
	unsaid  int64 // of those, what no record says yet
	loose   int64 // records written since the last sync
}

// chunk is lines that belong in one hour's partition.
type chunk struct {
	hour  time.Time
	lines []byte
}

// group is the callers that wait for one write.
type group struct {
	done    chan struct{}
	records int64
	err     error // to be read once done is closed
}

// Open opens the log in a new file, counting what the last run left torn. The
// folder's other files may be other processes'.
func Open(cfg Config) (*Log, error) {
	if cfg.Folder == "" || cfg.Log == nil {
		return nil, errors.New("audit: a folder and a log are required")
	}
	if cfg.Rotate == 0 {
		cfg.Rotate = 64 << 20
	}
	if cfg.Patience == 0 {
		cfg.Patience = 2 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	out, err := newOutput(cfg.Folder, cfg.Rotate)
	if err != nil {
		return nil, err
	}
	return open(cfg, out)
}

func open(cfg Config, out *output) (*Log, error) {
	left, err := repair(out.folder, cfg.Now().UTC())
	if err != nil {
		return nil, fmt.Errorf("audit: look at what the last run left: %w", err)
	}
	if left.runs > 0 {
		cfg.Log.Warn("the last run did not close its audit log", "runs", left.runs, "torn_bytes", left.torn)
	}
	l := &Log{cfg: cfg, out: out, wake: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{})}
	first := Record{Event: Opened, Lost: left.torn, Reason: left.text()}
	if _, err := l.add(&first, true); err != nil {
		return nil, err
	}
	if l.flush(); l.failed != nil {
		return nil, errors.Join(fmt.Errorf("audit: %w", l.failed), out.close())
	}
	if err := out.sync(); err != nil {
		return nil, errors.Join(fmt.Errorf("audit: %w", err), out.close())
	}
	go l.run()
	return l, nil
}

// KeepsText reports whether records hold the statements' texts, and whether
// their literals are to be replaced first.
func (l *Log) KeepsText() (keeps, redacted bool) {
	if l == nil {
		return false, false
	}
	return l.cfg.Text, l.cfg.Redact
}

// Write returns once r is written, as far as Config.EachSynced says; ErrUnwritable
// if that could not be done within the log's patience and the rule is to refuse.
// A record whose caller gave up may be written after all. A nil *Log takes
// everything and keeps nothing.
func (l *Log) Write(ctx context.Context, r Record) error {
	if l == nil {
		return nil
	}
	g, err := l.add(&r, true)
	if err == nil {
		err = l.wait(ctx, g)
	}
	if l.cfg.Lenient && errors.Is(err, ErrUnwritable) {
		return nil
	}
	return err
}

// Note has r written with the next record, within SyncEvery at the latest, and waits
// for nothing; what cannot be written is counted.
func (l *Log) Note(r Record) {
	if l != nil {
		_, _ = l.add(&r, false) // counted
	}
}

// Status is the log's health. A nil *Log is well.
func (l *Log) Status() Status {
	if l == nil {
		return Status{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return Status{Err: l.trouble(l.cfg.Now()), Lost: l.lost}
}

// Refuses reports whether statements are refused while Status has an Err.
func (l *Log) Refuses() bool { return l != nil && !l.cfg.Lenient }

// Close writes what is noted and closes the file. It waits no longer than the
// log's patience for a disk that hangs.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	again := l.closed
	l.closed = true
	l.mu.Unlock()
	if !again {
		close(l.closing)
	}
	timer := time.NewTimer(l.cfg.Patience)
	defer timer.Stop()
	select {
	case <-l.ended:
	case <-timer.C:
		return errors.New("audit: the disk does not answer; the last records may be lost")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return fmt.Errorf("audit: %w", l.failed)
	}
	return nil
}

// lines are where records are written as text before the lock is taken.
var lines = sync.Pool{New: func() any { return new([]byte) }}

// add puts r where the writer finds it, and wakes the writer if it is urgent.
func (l *Log) add(r *Record, urgent bool) (*group, error) {
	r.Time = l.cfg.Now().UTC()
	line, _ := lines.Get().(*[]byte)
	*line = appendLine((*line)[:0], r)
	defer lines.Put(line)

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.bytes+len(*line) > pendingMost || l.trouble(r.Time) != nil {
		l.lost++
		l.unsaid++
		return nil, ErrUnwritable
	}
	hour := r.Time.Truncate(time.Hour)
	if n := len(l.pending); n == 0 || !l.pending[n-1].hour.Equal(hour) {
		l.pending = append(l.pending, chunk{hour: hour, lines: l.spare})
		l.spare = nil
	}
	last := &l.pending[len(l.pending)-1]
	last.lines = append(last.lines, *line...)
	l.bytes += len(*line)
	if l.group == nil {
		l.group = &group{done: make(chan struct{})}
	}
	l.group.records++
	if urgent || l.bytes > noteMost {
		l.rouse()
	}
	return l.group, nil
}

// rouse wakes the writer.
func (l *Log) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// trouble is why nothing can be written at that time; it needs l.mu.
func (l *Log) trouble(now time.Time) error {
	if l.failed != nil {
		return l.failed
	}
	for _, since := range [...]time.Time{l.since, l.syncing} {
		if !since.IsZero() && now.Sub(since) > l.cfg.Patience {
			return errSlow
		}
	}
	return nil
}

var errSlow = errors.New("the disk does not answer")

func (l *Log) wait(ctx context.Context, g *group) error {
	timer := time.NewTimer(l.cfg.Patience)
	defer timer.Stop()
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ErrUnwritable
	}
}

// run writes until the log is closed.
func (l *Log) run() {
	defer close(l.ended)
	var keeping sync.WaitGroup
	keeping.Go(l.keep)
	retry := time.NewTicker(retryEvery)
	defer retry.Stop()
	for {
		select {
		case <-l.wake:
			l.flush()
		case <-retry.C:
			l.flush()
		case <-l.closing:
			keeping.Wait()
			l.finish()
			return
		}
	}
}

// finish writes what is pending and that it is the end.
func (l *Log) finish() {
	l.flush()
	end := Record{Event: Closed, Time: l.cfg.Now().UTC()}
	var err error
	if l.failed == nil {
		err = l.out.write(chunk{end.Time.Truncate(time.Hour), appendLine(nil, &end)})
	}
	if err == nil {
		err = l.out.sync()
	}
	if err = errors.Join(err, l.out.close()); err != nil {
		l.settle(nil, 0, err)
	}
}

// flush writes what is pending, after a record of what was lost before it.
func (l *Log) flush() {
	l.mu.Lock()
	chunks, g, said := l.pending, l.group, l.unsaid
	if len(chunks) == 0 && said == 0 {
		l.mu.Unlock()
		return
	}
	l.pending, l.group, l.bytes = nil, nil, 0
	now := l.cfg.Now().UTC()
	l.since = now
	l.mu.Unlock()

	var err error
	if said > 0 {
		line := appendLine(nil, &Record{Event: Resumed, Time: now, Lost: said})
		if err = l.out.write(chunk{now.Truncate(time.Hour), line}); err != nil {
			said = 0
		}
	}
	for _, c := range chunks {
		if err == nil {
			err = l.out.write(c)
		}
	}
	if err == nil && l.cfg.EachSynced {
		err = l.out.sync()
	}
	l.settle(g, said, err)
	l.reuse(chunks)
}

// spareMost is how large a buffer may be that is kept.
const spareMost = 1 << 20

// reuse keeps the buffer of one of chunks, which are written or given up: nearly
// every write is of one chunk, and the next ones need not grow theirs anew.
func (l *Log) reuse(chunks []chunk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range chunks {
		if cap(c.lines) <= spareMost {
			l.spare = c.lines[:0]
		}
	}
}

// settle tells those who wait in g what came of their write.
func (l *Log) settle(g *group, said int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = time.Time{}
	l.unsaid -= said
	was := l.failed
	l.failed = err
	if g != nil {
		if err != nil {
			g.err = ErrUnwritable
			l.lost += g.records
			l.unsaid += g.records
		} else if !l.cfg.EachSynced {
			l.loose += g.records
		}
		close(g.done)
	}
	switch {
	case err != nil && was == nil:
		l.cfg.Log.Error("the audit log cannot be written", "error", err, "statements_refused", !l.cfg.Lenient)
	case err == nil && was != nil:
		l.cfg.Log.Warn("the audit log can be written again", "records_lost", l.lost)
	}
}
