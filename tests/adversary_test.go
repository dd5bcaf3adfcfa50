package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// victimEvery is after how many statements somebody else looks whether the
// server is well.
const victimEvery = 25

func TestWhatOneMayNotSeeDoesNotExistForAnyStatementOfTheAdversary(t *testing.T) {
	t.Parallel()
	w := theAdversaryWorld.of(t, startAdversaryWorld)
	paths, err := filepath.Glob(adversaryFile(t, "*.sql"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no statements: %v", err)
	}
	attempts := map[string][]*attempt{}
	ids := map[string]string{}
	n := 0
	for _, path := range paths {
		attempts[path] = readAttempts(t, path)
		for _, a := range attempts[path] {
			if ids[a.id] != "" {
				t.Fatalf("%s and %s have the same id %s", ids[a.id], a.place, a.id)
			}
			ids[a.id] = a.place
			n++
		}
	}
	if n < 400 {
		t.Errorf("%d statements; want 400 at least", n)
	}
	victim := w.dial(t, w.token(t, "reader"))
	askers := map[string]*asker{}
	for _, lane := range people {
		for _, who := range lane {
			askers[who] = w.asker(t, who)
		}
	}
	only := os.Getenv("ADVERSARY")
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			before := w.inventory(t)
			var lanes sync.WaitGroup
			for _, lane := range people {
				lanes.Go(func() {
					for _, who := range lane {
						for i, a := range attempts[path] {
							if (a.as != nil && !slices.Contains(a.as, who)) || only != "" && !strings.HasPrefix(a.id, only) {
								continue
							}
							askers[who].attempt(t, a)
							if i%victimEvery == victimEvery-1 {
								if rows, err := victim.read(victim.ctx(t), "SELECT count(*) FROM open.items"); err != nil || !slices.Equal(rows, []string{"4"}) {
									t.Errorf("after %s by %s somebody else gets %q, %v", a.id, who, rows, err)
								}
							}
						}
					}
				})
			}
			lanes.Wait()
			if after := w.inventory(t); !slices.Equal(before, after) {
				t.Errorf("something was changed:\n%s", strings.Join(difference(before, after), "\n"))
			}
			if left, err := os.ReadDir(w.files); err != nil || len(left) != 0 {
				t.Errorf("something was written: %v, %v", left, err)
			}
		})
	}
	asked, refused, permitted := 0, 0, 0
	for _, k := range askers {
		asked, refused, permitted = asked+k.asked, refused+k.refused, permitted+k.permitted
	}
	t.Logf("%d statements, sent %d times; of %d that plain DuckDB answers over the permitted data, %d were refused", n, asked, permitted, refused)
}

// attempt makes one attempt through all its doors.
func (k *asker) attempt(t *testing.T, a *attempt) {
	t.Helper()
	via := a.via
	if via == nil {
		via = doors
	}
	for _, door := range via {
		k.asked++
		if wrong := k.run(t, a, door); len(wrong) > 0 {
			t.Errorf("%s %s as %s through %s: %s\n\t%.300s\n\t%s", a.place, a.id, k.who, door, a.tries, a.sql, strings.Join(wrong, "\n\t"))
		}
	}
}

// inventory is everything that there is, as an administrator sees it, with a
// checksum of each table's rows.
func (w *adversaryWorld) inventory(t testing.TB) []string {
	t.Helper()
	out := w.admin.rows(t, `SELECT table_catalog, table_schema, table_name, column_name, data_type, column_default, is_nullable
		FROM information_schema.columns WHERE table_catalog <> 'lakegate' ORDER BY ALL`)
	out = append(out, w.admin.rows(t, "SELECT database_name, schema_name, table_name, comment FROM duckdb_tables() WHERE database_name <> 'lakegate' ORDER BY ALL")...)
	out = append(out, w.admin.rows(t, "SHOW GRANTS")...)
	for _, name := range w.admin.rows(t, `SELECT format('"{}"."{}"."{}"', table_catalog, table_schema, table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_catalog <> 'lakegate' ORDER BY 1`) {
		out = append(out, fmt.Sprint(name, w.admin.rows(t, "SELECT count(*), bit_xor(hash(t)) FROM "+name+" t")))
	}
	return out
}

// difference is the lines that only one of two lists has.
func difference(before, after []string) (out []string) {
	for _, line := range before {
		if !slices.Contains(after, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			out = append(out, "+ "+line)
		}
	}
	return out
}
