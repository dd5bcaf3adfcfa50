package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// spillFolder is one instance's own folder for temporary files: DuckDB's names
// for them collide between instances, and a killed process leaves them behind.
type spillFolder struct {
	path string
	lock *os.File // held as long as the folder is in use
}

const spillPrefix = "spill_"

// newSpillFolder makes a folder in parent, and removes those there that nobody
// uses any more.
func newSpillFolder(parent string) (*spillFolder, error) {
	if parent == "" {
		return nil, errors.New("engine: a folder for temporary files is required")
	}
	parent, err := filepath.Abs(parent)
	if err != nil {
		return nil, fmt.Errorf("engine: folder for temporary files: %w", err)
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, fmt.Errorf("engine: folder for temporary files: %w", err)
	}
	removeStale(parent)
	s := &spillFolder{path: filepath.Join(parent, randomName(spillPrefix))}
	// The lock lies beside the folder, so that no folder is ever seen without one.
	if s.lock, err = lockFile(s.path + ".lock"); err != nil {
		return nil, fmt.Errorf("engine: folder for temporary files: %w", err)
	}
	if err := os.Mkdir(s.path, 0o700); err != nil {
		s.remove()
		return nil, fmt.Errorf("engine: folder for temporary files: %w", err)
	}
	return s, nil
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// removeStale removes what processes that were killed left behind.
func removeStale(parent string) {
	locks, err := filepath.Glob(filepath.Join(parent, spillPrefix+"*.lock"))
	if err != nil {
		return // a parent that cannot be a pattern is only not cleaned
	}
	for _, path := range locks {
		f, err := lockFile(path)
		if err != nil {
			continue // in use
		}
		(&spillFolder{path: path[:len(path)-len(".lock")], lock: f}).remove()
	}
}

// remove deletes the folder and gives up the lock. What cannot be deleted now is
// deleted by the next start.
func (s *spillFolder) remove() {
	if os.RemoveAll(s.path) == nil {
		_ = os.Remove(s.lock.Name())
	}
	_ = s.lock.Close()
}
