package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	dateFormat = "date=2006-01-02"
	hourFormat = "hour=15"
	extension  = ".ndjson"
	torn       = ".torn" // what is cut off a file goes into one of its name and this
)

// repairMost is how many of the newest partitions are looked at for torn files.
const repairMost = 48

// partition is the folder of an hour's records.
func partition(hour time.Time) string {
	return filepath.Join(hour.Format(dateFormat), hour.Format(hourFormat))
}

// partitions are the hours that folder has a partition of, in order.
func partitions(folder string) ([]time.Time, error) {
	days, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []time.Time
	for _, day := range days {
		if _, err := time.Parse(dateFormat, day.Name()); err != nil || !day.IsDir() {
			continue // not ours
		}
		hours, err := os.ReadDir(filepath.Join(folder, day.Name()))
		if err != nil {
			return nil, err
		}
		for _, hour := range hours {
			if at, err := time.Parse(dateFormat+hourFormat, day.Name()+hour.Name()); err == nil && hour.IsDir() {
				all = append(all, at)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all, nil
}

// prune deletes the partitions that ended before now by keep and more. What else
// lies in them stays.
func prune(folder string, now time.Time, keep time.Duration) error {
	all, err := partitions(folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, hour := range all {
		if hour.Add(time.Hour + keep).After(now) {
			break
		}
		place := filepath.Join(folder, partition(hour))
		entries, err := os.ReadDir(place)
		errs = append(errs, err)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), extension) || strings.HasSuffix(e.Name(), extension+torn) {
				errs = append(errs, os.Remove(filepath.Join(place, e.Name())))
			}
		}
		_ = os.Remove(place)               // unless something else lies there
		_ = os.Remove(filepath.Dir(place)) // unless it has other hours
	}
	return errors.Join(errs...)
}

// remains is what runs that ended without closing their logs left.
type remains struct {
	runs int
	torn int64 // bytes of lines that are not whole
}

func (r remains) text() string {
	if r.runs == 0 {
		return ""
	}
	return fmt.Sprintf("%d run(s) did not close their log: what they were running has no end record, and records of their last moments may be missing", r.runs)
}

// repair ends the newest files of runs that did not do it themselves: torn last
// lines are cut off, and a record says so. What a living process writes stays.
func repair(folder string, now time.Time) (remains, error) {
	var left remains
	all, err := partitions(folder)
	if err != nil {
		return left, err
	}
	last := map[string]string{} // by process, its last file; empty while it lives
	for _, hour := range all[max(0, len(all)-repairMost):] {
		place := filepath.Join(folder, partition(hour))
		entries, err := os.ReadDir(place)
		if err != nil {
			return left, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && strings.HasSuffix(e.Name(), extension) {
				last[process(e.Name())] = filepath.Join(place, e.Name())
			}
		}
	}
	for _, path := range last {
		cut, ended, err := endFile(path, now)
		if err != nil {
			return left, fmt.Errorf("%s: %w", path, err)
		}
		left.torn += cut
		if ended {
			left.runs++
		}
	}
	return left, nil
}

// process is the part of a file's name that all files of its process have.
func process(name string) string {
	parts := strings.Split(strings.TrimSuffix(name, extension), "-")
	return parts[min(1, len(parts)-1)]
}

// errAlive: the process that writes the file is there.
var errAlive = errors.New("the file is being written")

// endFile ends a file whose process did not: what follows its last whole line goes
// into a file beside it, and a record of that is added.
func endFile(path string, now time.Time) (cut int64, ended bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lock(f); err != nil {
		if errors.Is(err, errAlive) {
			err = nil
		}
		return 0, false, err
	}
	at, line, err := lastLine(f)
	if err != nil {
		return 0, false, err
	}
	if n := len(line); n > 0 && line[n-1] != '\n' {
		if err := appendTo(path+torn, line); err != nil {
			return 0, false, err
		}
		if err := f.Truncate(at); err != nil {
			return 0, false, err
		}
		cut = int64(n)
	} else if bytes.Contains(line, []byte(`"event":"`+string(Closed)+`"`)) {
		return 0, false, nil
	}
	_, err = f.Write(appendLine(nil, &Record{Time: now, Event: Closed, Lost: cut, Reason: "ended by the next start, since the run did not"}))
	return cut, true, errors.Join(err, f.Sync())
}

func appendTo(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// lastLine is what follows the last line end but one of f, or, where the last
// line is torn, the last line end; and where it begins.
func lastLine(f *os.File) (at int64, line []byte, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, nil, err
	}
	at = size
	for at > 0 {
		step := min(at, 64<<10)
		at -= step
		part := make([]byte, step, int(step)+len(line))
		if _, err := f.ReadAt(part, at); err != nil {
			return 0, nil, err
		}
		line = append(part, line...)
		if n := bytes.LastIndexByte(line[:len(line)-1], '\n'); n >= 0 {
			return at + int64(n) + 1, line[n+1:], nil
		}
	}
	return 0, line, nil
}
