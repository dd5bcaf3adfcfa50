package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv("AUDIT_TEST_CHILD"); folder != "" {
		os.Exit(child(folder))
	}
	goleak.VerifyTestMain(m)
}

// child writes records, as fast as it can, from many goroutines, and says on its
// output which of them Write has taken, until it is killed.
func child(folder string) int {
	l, err := Open(Config{Folder: folder, Rotate: 16 << 10, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var said sync.Mutex
	for w := range 16 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d.%d", w, n)
				if err := l.Write(context.Background(), Record{Event: Start, ID: id, Statement: strings.Repeat("x", n%500)}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				said.Lock()
				fmt.Println(id)
				said.Unlock()
			}
		}()
	}
	select {}
}

func openLog(t testing.TB, folder string, change ...func(*Config)) *Log {
	t.Helper()
	cfg := Config{Folder: folder, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// files are the log's files below folder, by their places in it, in order.
func files(t testing.TB, folder string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, _ := filepath.Rel(folder, path)
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// records are all that lie below folder; a line that is none fails the test.
func records(t testing.TB, folder string) []Record {
	t.Helper()
	var all []Record
	for _, name := range files(t, folder) {
		if strings.HasSuffix(name, extension) {
			all = append(all, recordsIn(t, filepath.Join(folder, name))...)
		}
	}
	return all
}

func recordsIn(t testing.TB, path string) []Record {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		t.Errorf("%s ends in a torn line", path)
	}
	var all []Record
	for line := range bytes.Lines(text) {
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			t.Errorf("%s: %q: %v", path, line, err)
		}
		all = append(all, r)
	}
	return all
}

func events(list []Record) []Event {
	var all []Event
	for _, r := range list {
		all = append(all, r.Event)
	}
	return all
}

func wantEvents(t testing.TB, list []Record, want ...Event) {
	t.Helper()
	if got := events(list); !slices.Equal(got, want) {
		t.Errorf("records %q, want %q", got, want)
	}
}

func write(t testing.TB, l *Log, r Record) {
	t.Helper()
	if err := l.Write(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func TestARecordIsOneLineWhateverIsInIt(t *testing.T) {
	folder := t.TempDir()
	l := openLog(t, folder)
	in := Record{
		Event: Start, ID: "1", User: "o\"brien\n", Groups: []string{"a,b", "\u2028"}, Statement: "SELECT '<\r\n>' -- \x00\xff\n", Reads: []string{"lake.main.t"},
		Rows: 3, Duration: 1234567 * time.Nanosecond,
	}
	write(t, l, in)
	closeLog(t, l)
	got := records(t, folder)
	wantEvents(t, got, Opened, Start, Closed)
	if r := got[1]; r.User != in.User || r.Groups[0] != "a,b" || r.Statement != "SELECT '<\r\n>' -- \x00\ufffd\n" || r.DurationMS != 1.235 || r.Time.IsZero() || r.Time.Location() != time.UTC {
		t.Errorf("%+v", r)
	}
	text, _ := os.ReadFile(filepath.Join(folder, files(t, folder)[0]))
	if bytes.Count(text, []byte("\n")) != 3 || bytes.Contains(text, []byte(`"lost"`)) {
		t.Errorf("%s", text)
	}
	info, _ := os.Stat(filepath.Join(folder, files(t, folder)[0]))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
}

// The lines are written by hand: they are what encoding/json makes of a record.
func TestALineIsWhatJSONSays(t *testing.T) {
	full := Record{Time: time.Date(2026, 11, 25, 14, 3, 5, 120, time.UTC)}
	v := reflect.ValueOf(&full).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case Event, string:
			f.SetString("é\"<&>\\\n" + v.Type().Field(i).Name)
		case []string:
			f.Set(reflect.ValueOf([]string{"a", "", "\xff\u2028"}))
		case int64:
			f.SetInt(int64(1000 + i))
		}
	}
	full.Duration = 12345678 * time.Nanosecond
	for _, r := range []Record{full, {Time: full.Time}, {Time: full.Time, Event: End, Groups: []string{}, Duration: time.Hour}} {
		got := appendLine(nil, &r)
		want, err := json.Marshal(r)
		if err != nil || string(got) != string(want)+"\n" {
			t.Errorf("%v: got\n%swant\n%s", err, got, want)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	folder := t.TempDir()
	l := openLog(t, folder)
	write(t, l, Record{Event: Start, Statement: strings.Repeat("é", statementMost), Reason: strings.Repeat("x", 1<<20)})
	closeLog(t, l)
	r := records(t, folder)[1]
	if len(r.Statement) > statementMost+len(cutMark) || !strings.HasSuffix(r.Statement, "éé"+cutMark) || len(r.Reason) > reasonMost+len(cutMark) {
		t.Errorf("%d and %d bytes, ending in %q", len(r.Statement), len(r.Reason), r.Statement[len(r.Statement)-20:])
	}
	if got := cut("aé", 2); got != "a"+cutMark {
		t.Errorf("cut through a character: %q", got)
	}
}

func TestEveryRecordOfManyWritersIsThere(t *testing.T) {
	for _, each := range []bool{false, true} {
		folder := t.TempDir()
		l := openLog(t, folder, func(c *Config) { c.EachSynced, c.Rotate = each, 4<<10 })
		var writers sync.WaitGroup
		for w := range 20 {
			writers.Go(func() {
				for n := range 20 {
					id := fmt.Sprintf("%d.%d", w, n)
					if err := l.Write(t.Context(), Record{Event: Start, ID: id}); err != nil {
						t.Error(err)
					}
					l.Note(Record{Event: End, ID: id})
				}
			})
		}
		writers.Wait()
		closeLog(t, l)
		seen := map[Event]map[string]bool{Start: {}, End: {}}
		for _, r := range records(t, folder) {
			if m := seen[r.Event]; m != nil {
				m[r.ID] = true
			}
		}
		if len(seen[Start]) != 400 || len(seen[End]) != 400 {
			t.Errorf("%d starts, %d ends", len(seen[Start]), len(seen[End]))
		}
		if n := len(files(t, folder)); n < 8 {
			t.Errorf("%d files of 4 KiB", n)
		}
	}
}

// What Write has taken is the operating system's: it is there although nobody closed
// the log, and before the one who wrote goes on.
func TestARecordIsWrittenWhenWriteReturns(t *testing.T) {
	folder := t.TempDir()
	l := openLog(t, folder)
	defer closeLog(t, l)
	l.Note(Record{Event: End, ID: "before"})
	write(t, l, Record{Event: Start, ID: "1"})
	wantEvents(t, records(t, folder), Opened, End, Start)
}

func TestRecordsLieInThePartitionOfTheirHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		l := openLog(t, folder)
		write(t, l, Record{Event: Start, ID: "1"})
		time.Sleep(13 * time.Hour)
		write(t, l, Record{Event: Start, ID: "2"})
		time.Sleep(12 * time.Hour)
		l.Note(Record{Event: Start, ID: "3"})
		closeLog(t, l)
		var folders []string
		for _, name := range files(t, folder) {
			folders = append(folders, filepath.Dir(name))
		}
		want := []string{"date=2000-01-01/hour=00", "date=2000-01-01/hour=13", "date=2000-01-02/hour=01"}
		if !slices.Equal(folders, want) {
			t.Errorf("%q, want %q", folders, want)
		}
		wantEvents(t, records(t, folder), Opened, Start, Start, Start, Closed)
	})
}

func TestOldPartitionsAreDeletedAndTheCurrentOneNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		strange := []string{"date=1999-12-31/hour=23/notes.txt", "date=1999-12-31/other/a.ndjson", "date=yesterday/hour=01/a.ndjson", "a.ndjson"}
		for _, name := range append(strange, "date=1999-12-31/hour=22/old.ndjson", "date=1999-12-31/hour=22/old.ndjson.torn", "date=1999-12-30/hour=23/older.ndjson") {
			path := filepath.Join(folder, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(`{"event":"closed"}`+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := openLog(t, folder, func(c *Config) { c.Retention = 2 * time.Hour })
		time.Sleep(time.Second)
		if got := files(t, folder); !slices.Contains(got, "date=1999-12-31/hour=22/old.ndjson") || slices.Contains(got, "date=1999-12-30/hour=23/older.ndjson") {
			t.Errorf("an hour that ended two hours ago and not more: %q", got)
		}
		time.Sleep(10 * time.Hour)
		write(t, l, Record{Event: Start, ID: "late"})
		closeLog(t, l)
		got := files(t, folder)
		for _, name := range strange {
			if !slices.Contains(got, name) {
				t.Errorf("%s is not the log's, and gone", name)
			}
		}
		if len(got) != len(strange)+1 {
			t.Errorf("%q are left", got)
		}
		if _, err := os.Stat(filepath.Join(folder, "date=1999-12-30")); err == nil {
			t.Error("an empty day is left")
		}
	})
}

func TestAFileThatIsTakenAwayIsBegunAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "audit")
		l := openLog(t, folder)
		write(t, l, Record{Event: Start, ID: "1"})
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * lookEvery)
		write(t, l, Record{Event: Start, ID: "2"})
		closeLog(t, l)
		wantEvents(t, records(t, folder), Start, Closed)
	})
}

func TestWhatCannotBeAFolderStopsTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", path, path + "/below", "/dev/null"} {
		if _, err := Open(Config{Folder: folder, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q was taken for a folder", folder)
		}
	}
}

func TestWithoutALogNothingIsKept(t *testing.T) {
	var l *Log
	l.Note(Record{})
	if err := l.Write(t.Context(), Record{}); err != nil || l.Close() != nil || l.Status() != (Status{}) || l.Refuses() {
		t.Error("a log that is not there has something to say")
	}
}

func BenchmarkWrite(b *testing.B) {
	for name, each := range map[string]bool{"interval": false, "statement": true} {
		b.Run(name, func(b *testing.B) {
			l := openLog(b, b.TempDir(), func(c *Config) { c.EachSynced = each })
			defer closeLog(b, l)
			r := Record{
				Event: Start, ID: "0123456789abcdef0123456789abcdef", Peer: "127.0.0.1:50000", Protocol: "flight", Method: "/arrow.flight.protocol.FlightService/DoGet",
				Provider: "okta", Subject: "00u1a2b3c4", User: "alice@example.com", Groups: []string{"analysts", "everyone"}, Decision: "allow",
				Fingerprint: "8f2c61d94be07a35", Statement: "SELECT 1",
			}
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := l.Write(b.Context(), r); err != nil {
						b.Error(err)
					}
					l.Note(r)
				}
			})
		})
	}
}
