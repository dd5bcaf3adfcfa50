package engine

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// The table has the fields that records have, in their order.
func TestTheAuditTableHasTheRecordsFields(t *testing.T) {
	var want, got []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[audit.Record]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
			want = append(want, name)
		}
	}
	for _, c := range auditFields {
		got = append(got, c.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A name that needs quotes is only a name; one that is a pattern is refused.
func TestTheAuditTableReadsItsFolderAndNoOther(t *testing.T) {
	above := t.TempDir()
	for _, name := range []string{"a'b", "ab"} {
		place := filepath.Join(above, name, "date=2026-11-25", "hour=14")
		if err := os.MkdirAll(place, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(place, "x.ndjson"), []byte(`{"event":"`+strings.ReplaceAll(name, `"`, "")+`"}`+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inst, err := openInstance(t.Context(), Config{Spill: t.TempDir(), Log: slog.New(slog.DiscardHandler), Audit: filepath.Join(above, "a'b")})
	if err != nil {
		t.Fatal(err)
	}
	defer inst.close()
	c, err := inst.connect()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	rows, err := c.rows(t.Context(), "SELECT event, date, hour FROM "+inst.audit.files+".audit.events")
	if err != nil {
		t.Fatal(err)
	}
	if got := plain(rows); len(got) != 1 || got[0][0] != "a'b" {
		t.Errorf("%v", rows)
	}
	if err := c.exec(t.Context(), "FROM read_ndjson("+sqltext.Literal(above+"/ab/*/*/*.ndjson")+")"); err == nil {
		t.Error("another folder can be read")
	}
}

func TestAnAuditFolderWithoutRecordsStopsTheStart(t *testing.T) {
	for _, folder := range []string{t.TempDir(), "/tmp/[a-z]*"} {
		if inst, err := openInstance(t.Context(), Config{Spill: t.TempDir(), Log: slog.New(slog.DiscardHandler), Audit: folder}); err == nil {
			inst.close()
			t.Errorf("it started with %s", folder)
		}
	}
}
