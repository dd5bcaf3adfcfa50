package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

func TestFailedDuckDBIsStartedAgain(t *testing.T) {
	path := t.TempDir() + "/lake.duckdb"
	e, err := Open(t.Context(), Config{Lakes: []catalog.Lake{{Name: "lake", Type: catalog.DuckDB, Path: path}}, Spill: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	old := e.now.Load()
	id, err := e.OpenSession(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := old.translate(t.Context(), &rawError{text: "FATAL Error: database has been invalidated because of a previous fatal error"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for e.now.Load() == old || e.now.Load() == nil {
		if ctx.Err() != nil {
			t.Fatal("no new DuckDB")
		}
	}
	if s := e.Status(ctx); s.Err != nil || s.Lakes["lake"] != nil {
		t.Errorf("status: %+v", s)
	}
	if err := e.Begin(ctx, id); !errors.Is(err, ErrNoSession) {
		t.Errorf("session of the old one: %v", err)
	}
	if next, err := e.OpenSession(ctx); err != nil || next == id {
		t.Errorf("session %d again, %v", next, err)
	}
}
