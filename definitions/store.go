package definitions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// The files in the state folder.
const (
	setFile = "definitions.json"
	lockOf  = "definitions.lock"
)

// lockWait is how long Apply waits for another replica's change.
const lockWait = 10 * time.Second

// Store keeps a Set. All methods are safe for concurrent use.
type Store struct {
	folder string // empty: nothing is kept
	log    *slog.Logger
	now    func() time.Time

	turn chan struct{} // held by whoever reads or writes the file
	kept atomic.Pointer[kept]
}

// kept is what was read, or written, last.
type kept struct {
	set  Set
	info fs.FileInfo // nil while there is no file
}

// Open reads the set in folder; an empty folder name keeps none and refuses
// changes. A file that cannot be read, or not to its end, is an error: nobody's
// rights are guessed.
func Open(folder string, log *slog.Logger, now func() time.Time) (*Store, error) {
	s := &Store{folder: folder, log: log, now: now, turn: make(chan struct{}, 1)}
	s.kept.Store(&kept{})
	if folder == "" {
		return s, nil
	}
	read, err := s.read()
	if err != nil {
		return nil, err
	}
	s.kept.Store(read)
	return s, nil
}

// Get is the set as it is now.
func (s *Store) Get() Set { return s.kept.Load().set }

// Grants are the set's.
func (s *Store) Grants() policy.Grants { return s.Get().Grants }

// Into is the set's Into.
func (s *Store) Into(contents catalog.Contents) catalog.Contents { return s.Get().Into(contents) }

// read reads the file; one that is not there holds nothing.
func (s *Store) read() (*kept, error) {
	name := filepath.Join(s.folder, setFile)
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &kept{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, fileMost+1))
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	if len(text) > fileMost {
		return nil, fmt.Errorf("definitions: %s: it is longer than %d bytes", name, fileMost)
	}
	set, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("definitions: %s: %w", name, err)
	}
	return &kept{set, info}, nil
}

// newest is the set of the file, which may be another replica's.
func (s *Store) newest() (k *kept, changed bool, err error) {
	old := s.kept.Load()
	info, err := os.Stat(filepath.Join(s.folder, setFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && old.info == nil:
		return old, false, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, fmt.Errorf("definitions: %s is gone from the state folder; what it held stays in force until the next start", setFile)
	case err != nil:
		return nil, false, fmt.Errorf("definitions: %w", err)
	case old.info != nil && os.SameFile(info, old.info) && info.ModTime().Equal(old.info.ModTime()) && info.Size() == old.info.Size():
		return old, false, nil
	}
	k, err = s.read()
	return k, err == nil, err
}

// take gives the caller the file's turn in this process, which the func hands back.
func (s *Store) take(ctx context.Context) (func(), error) {
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Reread looks whether another replica changed the file, and reports so. On an
// error what was known stays in force.
func (s *Store) Reread() (changed bool, err error) {
	if s.folder == "" {
		return false, nil
	}
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	k, changed, err := s.newest()
	if err != nil || !changed {
		return false, err
	}
	s.kept.Store(k)
	return true, nil
}

// Apply carries out an order of who's, durably, after which Get has it. Other
// replicas' changes come first or after, never in between. Its errors are
// Refusals, ErrNoFolder, guard.ErrExists, guard.ErrTooMany, catalog.ErrNotFound,
// ctx's, and those of the file system.
func (s *Store) Apply(ctx context.Context, who auth.Principal, o guard.Order) error {
	if s.folder == "" {
		return ErrNoFolder
	}
	back, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer back()
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	old, changed, err := s.newest()
	if err != nil {
		return err
	}
	if changed {
		s.kept.Store(old)
	}
	set, err := old.set.after(o, who, s.now())
	if err != nil {
		return err
	}
	text, err := encode(set)
	if err != nil {
		return err
	}
	info, err := s.write(text)
	if err != nil {
		return fmt.Errorf("keep the definitions: %w", err)
	}
	s.kept.Store(&kept{set, info})
	s.log.InfoContext(ctx, "definition changed", "action", string(o.Action), "principal", who.User)
	return nil
}

// lock keeps other processes from changing the file until unlock.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	f, err := os.OpenFile(filepath.Join(s.folder, lockOf), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := lockFile(f)
		if err == nil {
			return func() { _ = f.Close() }, nil // closing it unlocks it
		}
		if !errors.Is(err, errLocked) {
			return nil, errors.Join(fmt.Errorf("definitions: lock: %w", err), f.Close())
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for another replica's change: %w", ctx.Err()), f.Close())
		}
	}
}

var errLocked = errors.New("another process holds the lock")

// write puts text in the file's place so that nobody ever sees half of it, and a
// loss of power leaves the old one or the new one.
// The lock must be held.
func (s *Store) write(text []byte) (fs.FileInfo, error) {
	left, err := filepath.Glob(filepath.Join(s.folder, setFile+".*")) // by a process that ended in between
	if err != nil {
		return nil, err
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	f, err := os.CreateTemp(s.folder, setFile+".*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it has another name by then
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	name := filepath.Join(s.folder, setFile)
	if err := os.Rename(f.Name(), name); err != nil {
		return nil, err
	}
	if err := syncFolder(s.folder); err != nil {
		return nil, err
	}
	return os.Stat(name)
}
