package tests

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// checks runs a client program of another language, whose every check writes one
// line, "ok NAME" or "FAIL NAME: why", and makes a subtest of each. want is how
// many there must be: a program that ends early has failed.
func checks(t *testing.T, want int, cmd *exec.Cmd) {
	t.Helper()
	problem := &output{}
	cmd.Stderr = problem
	out, err := cmd.Output()
	seen := 0
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for lines.Scan() {
		verdict, rest, _ := strings.Cut(lines.Text(), " ")
		name, why, _ := strings.Cut(rest, ": ")
		switch verdict {
		case "ok", "FAIL":
			seen++
			t.Run(name, func(t *testing.T) {
				if verdict == "FAIL" {
					t.Error(strings.ReplaceAll(why, `\n`, "\n"))
				}
			})
		}
	}
	if err != nil || seen != want {
		t.Errorf("%d checks ran, want %d; %v\n%s\n%s", seen, want, err, last(string(out), 3000), last(problem.String(), 6000))
	}
}

func TestPythonADBCDoesItsWholeWork(t *testing.T) {
	t.Parallel()
	python := testpeer.Python(t)
	p := prod(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "testdata/adbc_checks.py")
	cmd.Env = append(os.Environ(), "LAKEGATE_URI=grpc+tls://"+p.address, "LAKEGATE_CA="+p.ca,
		"LAKEGATE_WRITER="+p.writer, "LAKEGATE_READER="+p.reader)
	checks(t, 22, cmd)
}
