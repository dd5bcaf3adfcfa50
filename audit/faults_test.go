package audit

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// disk is where files are written that fail or hang when they are told to.
type disk struct {
	hang  atomic.Pointer[chan struct{}] // closed to go on; nil does not hang
	write atomic.Pointer[error]
	wrote atomic.Int64 // times
	sync  atomic.Pointer[error]
}

type diskFile struct {
	file
	disk *disk
}

func fault(p *atomic.Pointer[error]) error {
	if err := p.Load(); err != nil {
		return *err
	}
	return nil
}

func (f diskFile) Write(b []byte) (int, error) {
	f.disk.wrote.Add(1)
	if c := f.disk.hang.Load(); c != nil {
		<-*c
	}
	if err := fault(&f.disk.write); err != nil {
		n, _ := f.file.Write(b[:len(b)/2]) // a full disk takes what it can
		return n, err
	}
	return f.file.Write(b)
}

func (f diskFile) Sync() error {
	if err := fault(&f.disk.sync); err != nil {
		return err
	}
	return f.file.Sync()
}

func openOn(t *testing.T, d *disk, cfg Config) (*Log, string) {
	t.Helper()
	out, err := newOutput(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	out.create = func(path string) (file, error) {
		f, err := createFile(path)
		return diskFile{f, d}, err
	}
	cfg.Log, cfg.Patience, cfg.Now = slog.New(slog.DiscardHandler), 2*time.Second, time.Now
	l, err := open(cfg, out)
	if err != nil {
		t.Fatal(err)
	}
	return l, out.folder
}

// N03: while the disk is full statements are refused at once, and run again, by
// itself, once it is not; half a line is never left, and what was lost is said.
func TestAFullDiskRefusesAndComesBackByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, folder := openOn(t, d, Config{})
		write(t, l, Record{Event: Start, ID: "1"})
		full := error(syscall.ENOSPC)
		d.write.Store(&full)
		for range 3 {
			if err := l.Write(t.Context(), Record{Event: Start, ID: "2"}); !errors.Is(err, ErrUnwritable) {
				t.Errorf("got %v", err)
			}
		}
		l.Note(Record{Event: End, ID: "1"})
		if st := l.Status(); !errors.Is(st.Err, syscall.ENOSPC) || st.Lost != 4 {
			t.Errorf("%+v", st)
		}
		d.write.Store(nil)
		time.Sleep(2 * retryEvery)
		if st := l.Status(); st.Err != nil {
			t.Error("it did not come back: ", st.Err)
		}
		write(t, l, Record{Event: Start, ID: "3"})
		closeLog(t, l)
		got := records(t, folder)
		wantEvents(t, got, Opened, Start, Resumed, Start, Closed)
		if got[2].Lost != 4 || got[3].ID != "3" {
			t.Errorf("%+v", got)
		}
		if n := len(files(t, folder)); n != 1 {
			t.Errorf("%d files", n)
		}
	})
}

// The ends of statements wait for the start of another, all go in one write, and the
// next ones into the memory that these were in.
func TestEndsGoWithTheNextStartInOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, folder := openOn(t, d, Config{})
		var kept *byte
		for range 3 {
			before := d.wrote.Load()
			for range 10 {
				l.Note(Record{Event: End, ID: "1"})
			}
			write(t, l, Record{Event: Start, ID: "2"})
			if n := d.wrote.Load() - before; n != 1 {
				t.Errorf("%d writes, want 1", n)
			}
			synctest.Wait() // until the writer has put the memory aside
			if cap(l.spare) == 0 {
				t.Fatal("the memory was not kept")
			}
			now := &l.spare[:1][0]
			if kept != nil && now != kept {
				t.Error("the memory was not used again")
			}
			kept = now
		}
		closeLog(t, l)
		if n := len(records(t, folder)); n != 3*11+2 {
			t.Errorf("%d records", n)
		}
	})
}

func TestALenientLogCountsWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, folder := openOn(t, d, Config{Lenient: true})
		full := error(syscall.ENOSPC)
		d.write.Store(&full)
		for range 5 {
			write(t, l, Record{Event: Start})
		}
		d.write.Store(nil)
		time.Sleep(2 * retryEvery)
		closeLog(t, l)
		got := records(t, folder)
		wantEvents(t, got, Opened, Resumed, Closed)
		if got[1].Lost != 5 {
			t.Errorf("%d lost, want 5", got[1].Lost)
		}
	})
}

// N03: a disk that hangs holds a statement up for as long as the log's patience, the
// next ones not at all, and Close not for ever.
func TestADiskThatHangsHoldsNobodyUpForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, folder := openOn(t, d, Config{})
		gate := make(chan struct{})
		d.hang.Store(&gate)
		began := time.Now()
		var waiting sync.WaitGroup
		for range 10 {
			waiting.Go(func() {
				if err := l.Write(context.Background(), Record{Event: Start, ID: "slow"}); !errors.Is(err, ErrUnwritable) {
					t.Errorf("got %v", err)
				}
			})
		}
		waiting.Wait()
		if waited := time.Since(began); waited != 2*time.Second {
			t.Errorf("waited %s", waited)
		}
		time.Sleep(time.Millisecond)
		began = time.Now()
		if err := l.Write(t.Context(), Record{Event: Start, ID: "next"}); !errors.Is(err, ErrUnwritable) || time.Since(began) != 0 {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if !errors.Is(l.Status().Err, errSlow) {
			t.Errorf("%+v", l.Status())
		}
		d.hang.Store(nil)
		close(gate)
		time.Sleep(2 * retryEvery)
		write(t, l, Record{Event: Start, ID: "again"})
		gate = make(chan struct{})
		d.hang.Store(&gate)
		l.Note(Record{Event: End, ID: "again"})
		if err := l.Close(); err == nil {
			t.Error("closed a log that is being written")
		}
		close(gate)
		d.hang.Store(nil)
		synctest.Wait()
		closeLog(t, l)
		if got := records(t, folder); got[len(got)-1].Event != Closed {
			t.Errorf("%+v", got)
		}
	})
}

func TestACallerWhoGoesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, _ := openOn(t, d, Config{})
		gate := make(chan struct{})
		d.hang.Store(&gate)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Write(ctx, Record{Event: Start}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(gate)
		d.hang.Store(nil)
		closeLog(t, l)
	})
}

// What a failed sync was for may be gone, whatever a later one says: another file
// is begun, and the records count as lost.
func TestAFailedSyncBeginsAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, folder := openOn(t, d, Config{})
		write(t, l, Record{Event: Start, ID: "1"})
		broken := error(syscall.EIO)
		d.sync.Store(&broken)
		time.Sleep(SyncEvery + time.Millisecond)
		if err := l.Write(t.Context(), Record{Event: Start, ID: "2"}); !errors.Is(err, ErrUnwritable) {
			t.Errorf("got %v", err)
		}
		d.sync.Store(nil)
		time.Sleep(2 * retryEvery)
		write(t, l, Record{Event: Start, ID: "3"})
		closeLog(t, l)
		if n := len(files(t, folder)); n != 2 {
			t.Errorf("%d files", n)
		}
		got := records(t, folder)
		wantEvents(t, got, Opened, Start, Resumed, Start, Closed)
		if got[2].Lost < 2 {
			t.Errorf("%d lost", got[2].Lost)
		}
	})
}

func TestARecordThatMustBeOnTheDiskIsRefusedWithoutSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		l, _ := openOn(t, d, Config{EachSynced: true})
		broken := error(syscall.EIO)
		d.sync.Store(&broken)
		if err := l.Write(t.Context(), Record{Event: Start}); !errors.Is(err, ErrUnwritable) {
			t.Errorf("got %v", err)
		}
		d.sync.Store(nil)
		time.Sleep(2 * retryEvery)
		closeLog(t, l)
	})
}

// A partition that cannot be made is as bad as a full disk, and as passing.
func TestAPartitionThatCannotBeMadeRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		l := openLog(t, folder)
		day := filepath.Join(folder, "date=2000-01-02")
		if err := os.WriteFile(day, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if err := l.Write(t.Context(), Record{Event: Start}); !errors.Is(err, ErrUnwritable) {
			t.Errorf("got %v", err)
		}
		if err := os.Remove(day); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * retryEvery)
		write(t, l, Record{Event: Start})
		closeLog(t, l)
	})
}
