package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/guard"
)

func TestWhatFailsWhileBindingIsWhatItWouldBeAtTheRun(t *testing.T) {
	inst := &instance{}
	for _, c := range []struct {
		bind guard.BindError
		want error // nil: it stays a BindError
	}{
		{guard.BindError{Type: "binder", Message: `Referenced column "x" not found in FROM clause!`, Position: 7}, nil},
		{guard.BindError{Type: "conversion", Message: "Could not convert string 'http://x' to INT32"}, nil},
		{guard.BindError{Type: "io", Message: `Failed to query most recent snapshot for DuckLake: Unable to connect to Postgres at "host=db1"`}, ErrUnavailable},
		{guard.BindError{Type: "invalid input", Message: `Unable to connect to Postgres at "host=db1"`}, ErrUnavailable},
		{guard.BindError{Type: "http", Message: "HTTP GET error on 'http://db1/x.parquet' (HTTP 500)"}, ErrUnavailable},
		{guard.BindError{Type: "out of memory", Message: "could not allocate block"}, ErrResources},
		{guard.BindError{Type: "not implemented", Message: "ON CONFLICT is not supported in DuckLake"}, ErrUnsupported},
	} {
		err := inst.translate(t.Context(), &c.bind)
		var bind *guard.BindError
		if errors.As(err, &bind) != (c.want == nil) || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s %q: %v, want %v", c.bind.Type, c.bind.Message, err, c.want)
		}
		if c.want != nil && strings.Contains(err.Error(), "db1") {
			t.Errorf("the caller reads %q", err)
		}
	}
}
