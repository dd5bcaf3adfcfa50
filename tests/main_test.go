package tests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// TestMain ends what all tests share. A copy of this program is also the client
// that tests kill: see victim_test.go.
func TestMain(m *testing.M) {
	if what := os.Getenv(victimVariable); what != "" {
		if err := victim(what); err != nil {
			fmt.Fprintln(os.Stderr, "victim:", err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	lasting.over.Store(true)
	for _, end := range slices.Backward(lasting.ends) {
		end()
	}
	if lasting.failed.Load() {
		code = 1
	}
	os.Exit(code)
}

// lasting is what ends with the package's tests and not with the one that was
// the first to need it.
var lasting struct {
	mu     sync.Mutex
	ends   []func()
	over   atomic.Bool // no test runs any more
	failed atomic.Bool // in one of ends
}

// forAll is a testing.TB whose cleanups and folders last as long as the package's tests.
type forAll struct{ testing.TB }

func (f forAll) Cleanup(end func()) {
	lasting.mu.Lock()
	defer lasting.mu.Unlock()
	lasting.ends = append(lasting.ends, end)
}

func (f forAll) Context() context.Context { return context.Background() }

func (f forAll) TempDir() string {
	dir, err := os.MkdirTemp("", "lakegate-tests-")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (f forAll) Helper() {
	if !lasting.over.Load() {
		f.TB.Helper()
	}
}

func (f forAll) Errorf(format string, args ...any) {
	if !lasting.over.Load() {
		f.TB.Helper()
		f.TB.Errorf(format, args...)
		return
	}
	fmt.Printf("--- FAIL: after the tests: "+format+"\n", args...)
	lasting.failed.Store(true)
}

// once is a thing that all tests share, made by the first that needs it. A test
// that is skipped on the way leaves it to be made by the next.
type once[T any] struct {
	mu    sync.Mutex
	made  bool
	value T
}

func (o *once[T]) of(t testing.TB, build func(t testing.TB) T) T {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.made {
		o.value = build(forAll{t})
		o.made = true
	}
	return o.value
}

var program once[string]

// lakegate is the path of the program under test: LAKEGATE_BIN, or one built now,
// with the race detector if the tests have it.
func lakegate(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("LAKEGATE_BIN"); path != "" {
		return path
	}
	return program.of(t, func(t testing.TB) string {
		path := filepath.Join(t.TempDir(), "lakegate")
		args := []string{"build", "-tags", "duckdb_arrow", "-o", path}
		if raceEnabled {
			args = append(args, "-race")
		}
		cmd := exec.Command("go", append(args, "./cmd/lakegate")...)
		cmd.Dir = testpeer.Root(t)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build the program: %v\n%s", err, out)
		}
		return path
	})
}
