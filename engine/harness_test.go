package engine

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// counting is an allocator that knows what was not freed.
type counting struct {
	memory.Allocator
	open, peak atomic.Int64
}

func (c *counting) Allocate(n int) []byte {
	if now := c.open.Add(1); now > c.peak.Load() {
		c.peak.Store(now)
	}
	return c.Allocator.Allocate(n)
}

func (c *counting) Free(b []byte) {
	c.open.Add(-1)
	c.Allocator.Free(b)
}

const policyRead, policyWrite = policy.ScopeRead, policy.ScopeWrite

type bench struct {
	*core
	mem      *counting
	catalogs *catalog.Catalogs
}

// trust lets every statement pass: the guard has tests of its own. The lake
// "lake" is written by its logical name.
func trust(e **core) func(context.Context, guard.Binder, catalog.View, string) (guard.Verdict, error) {
	return func(_ context.Context, _ guard.Binder, _ catalog.View, sql string) (guard.Verdict, error) {
		physical := (*e).inst.lakes[0].physical
		v := guard.Verdict{SQL: strings.ReplaceAll(sql, "lake.", sqltext.Identifier(physical)+".")}
		word, _, _ := strings.Cut(strings.TrimSpace(strings.ToUpper(sql)), " ")
		v.Temp = strings.Contains(sql, "temp.")
		if _, items, ok := strings.Cut(sql, " RETURNING "); ok {
			v.Returns, v.Shape = true, "DELETE FROM "+sqltext.Identifier(physical)+".main.t RETURNING "+items
		}
		switch word {
		case "INSERT":
			v.Kind, v.Needs = guard.Change, policy.Insert
		case "UPDATE", "DELETE":
			v.Kind, v.Needs = guard.Change, policy.Update
		case "CREATE", "DROP", "ALTER":
			v.Kind, v.Needs = guard.Define, policy.Create
			v.Target = catalog.Name{Catalog: "lake", Schema: "main", Table: "t"}
		case "BEGIN":
			v.Kind = guard.Begin
		case "COMMIT":
			v.Kind = guard.Commit
		case "ROLLBACK":
			v.Kind = guard.Rollback
		}
		if v.Kind != guard.Query && strings.Contains(sql, "lake.") {
			v.Lake = physical
		}
		return v, nil
	}
}

func start(t testing.TB) *bench {
	t.Helper()
	return startWith(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB})
}

func startWith(t testing.TB, lake catalog.Lake) *bench {
	t.Helper()
	cfg := Config{Lakes: []catalog.Lake{lake}, Spill: t.TempDir(), Log: slog.New(slog.DiscardHandler), RequireLakes: true}
	if lake.Type == catalog.DuckLake {
		cfg.Extensions = extensionFolder(t)
	}
	inst, err := openInstance(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var e *core
	e = newCore(t.Context(), cfg, inst, trust(&e))
	b := &bench{core: e, mem: &counting{Allocator: e.mem}}
	e.mem = b.mem
	pol, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	b.catalogs, err = catalog.New(catalog.Config{
		Policy: pol, Catalog: "lake", Schema: "main", MaxAge: time.Nanosecond,
		Load: func(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
			return e.Contents(ctx, 0, old)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if n := b.mem.open.Load(); n != 0 {
			t.Errorf("%d Arrow buffers were not freed", n)
		}
		if n := e.running.Load(); n != 0 {
			t.Errorf("%d statements still run", n)
		}
	})
	return b
}

func (b *bench) view(t testing.TB, scope string) catalog.View {
	t.Helper()
	v, err := b.catalogs.For(t.Context(), auth.Principal{Subject: "s", User: "u", Scopes: []string{scope}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (b *bench) update(t testing.TB, id SessionID, sql string) int64 {
	t.Helper()
	r, err := b.Update(t.Context(), Request{Session: id, SQL: sql})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return r.Rows
}

// text is a query's rows as lines, columns divided by a bar.
func (b *bench) text(t testing.TB, r Request) string {
	t.Helper()
	reader, err := b.Query(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %v", r.SQL, err)
	}
	defer reader.Release()
	var lines []string
	for reader.Next() {
		batch := reader.RecordBatch()
		for row := range int(batch.NumRows()) {
			var cells []string
			for _, c := range batch.Columns() {
				cells = append(cells, c.ValueStr(row))
			}
			lines = append(lines, strings.Clone(strings.Join(cells, "|"))) // the cells lie in the batch
		}
	}
	if reader.Err() != nil {
		t.Fatalf("%s: %v", r.SQL, reader.Err())
	}
	return strings.Join(lines, "\n")
}

func (b *bench) query(t testing.TB, sql string) string {
	t.Helper()
	return b.text(t, Request{SQL: sql})
}

// params makes a batch of one column for each JSON array.
func params(t testing.TB, fields []arrow.Field, columns ...string) arrow.RecordBatch {
	t.Helper()
	arrays := make([]arrow.Array, len(columns))
	rows := 0
	for i, text := range columns {
		a, _, err := array.FromJSON(memory.DefaultAllocator, fields[i].Type, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		arrays[i], rows = a, a.Len()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(rows))
}

func field(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}
