package job

import (
	"bufio"
	"errors"
	"strings"
	"testing"
)

func TestMedianIsTheMiddle(t *testing.T) {
	for want, values := range map[float64][]float64{0: nil, 2: {3, 1, 2}, 2.5: {4, 1, 3, 2}} {
		if got := Median(values); got != want {
			t.Errorf("Median(%v) = %v, want %v", values, got, want)
		}
	}
}

func TestFailedCallsAreCountedAndNotTimed(t *testing.T) {
	r := Job{Seconds: 0.02}.Run([]func() error{func() error { return errors.New("no") }})
	if r.Calls != 0 || r.Errors == 0 || r.LastError != "no" {
		t.Errorf("got %+v", r)
	}
}

func TestServeAnswersWithTheErrorOfTheJob(t *testing.T) {
	var out strings.Builder
	err := Serve(strings.NewReader(`{"Op":"read","SQL":"SELECT ?"}`+"\n"), &out, func(j Job, _ *bufio.Reader) (Result, error) {
		return Result{Rows: 3}, errors.New("after three rows of " + j.Text(7))
	})
	if err != nil || out.String() != `{"Error":"after three rows of SELECT 7","Rows":3}`+"\n" {
		t.Errorf("%v: %s", err, out.String())
	}
}
