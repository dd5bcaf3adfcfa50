package audit

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// file is an *os.File.
type file interface {
	io.Writer
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// output is the file that is written now. One goroutine writes; others may sync
// and look.
type output struct {
	folder string
	rotate int64
	name   string // of this process, in its files' names
	create func(path string) (file, error)

	mu     sync.RWMutex // file is not closed or changed for another while it is read-locked
	file   file         // nil for none
	path   string
	broken atomic.Bool // nothing more goes into file

	hour   time.Time
	size   int64
	number int
}

func newOutput(folder string, rotate int64) (*output, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	var id [4]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return &output{folder: folder, rotate: rotate, name: hex.EncodeToString(id[:]), create: createFile}, nil
}

// createFile makes a new file, and its place on the disk.
func createFile(path string) (file, error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(lock(f), syncFolders(folder)); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return f, nil
}

// syncFolders brings the entries of a partition's three folders to the disk.
func syncFolders(folder string) error {
	for range 3 {
		d, err := os.Open(folder)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
		folder = filepath.Dir(folder)
	}
	return nil
}

// write writes all of c or, as far as that can be had, nothing.
func (o *output) write(c chunk) error {
	if o.file == nil || o.broken.Load() || !o.hour.Equal(c.hour) || o.size > 0 && o.size+int64(len(c.lines)) > o.rotate {
		if err := o.next(c.hour); err != nil {
			return err
		}
	}
	_, err := o.file.Write(c.lines)
	if err == nil {
		o.size += int64(len(c.lines))
		return nil
	}
	if cutOff := o.file.Truncate(o.size); cutOff != nil {
		o.broken.Store(true) // the torn line is the file's last
	}
	return err
}

// next begins another file, in the partition of hour.
func (o *output) next(hour time.Time) error {
	if err := o.close(); err != nil {
		return err
	}
	o.number++
	path := filepath.Join(o.folder, partition(hour), fmt.Sprintf("%s-%s-%06d.ndjson", hour.Format("20060102T15"), o.name, o.number))
	f, err := o.create(path)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.file, o.path, o.hour, o.size = f, path, hour, 0
	o.broken.Store(false)
	return nil
}

// close ends the file, once all that it holds is on the disk.
func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	broken := o.broken.Load()
	var err error
	if !broken {
		err = o.file.Sync()
	}
	err = errors.Join(err, o.file.Close())
	if o.size == 0 && !broken {
		_ = os.Remove(o.path) // nothing went into it
	}
	o.file = nil
	return err
}

// sync brings what is written to the disk.
func (o *output) sync() error {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.file == nil || o.broken.Load() {
		return nil
	}
	err := o.file.Sync()
	if err != nil {
		o.broken.Store(true)
	}
	return err
}

// look has another file begun if somebody took this one away: it would be
// written and never read.
func (o *output) look() {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.file == nil {
		return
	}
	if _, err := os.Lstat(o.path); errors.Is(err, fs.ErrNotExist) {
		o.broken.Store(true)
	}
}
