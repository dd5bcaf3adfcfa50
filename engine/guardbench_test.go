package engine

import (
	"fmt"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/bench/turns"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// Everybody's rules for one of the tables; the others are free.
const benchRules = `tables:
  - table: people
    privileges: [SELECT]
    filter: region <> principal.claim('region')
    columns:
      - {name: card, mask: "'***' || right(card, 2)"}
      - {name: salary, allow: false}
  - privileges: [SELECT, INSERT]
`

// judged is an engine with the guard before it, and a caller.
type judged struct {
	*core
	b        *testing.B
	catalogs *catalog.Catalogs
	caller   auth.Principal
}

func judging(b *testing.B) *judged {
	b.Helper()
	g := govern(b, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, benchRules,
		"CREATE TABLE people (id INTEGER, region VARCHAR, card VARCHAR, salary INTEGER, level INTEGER)",
		"CREATE TABLE orders (id INTEGER, customer INTEGER, amount DOUBLE, made TIMESTAMP, tags VARCHAR[])",
		"CREATE TABLE customers (id INTEGER, name VARCHAR, email VARCHAR, balance DECIMAL(10,2))",
		"CREATE TABLE t (a INTEGER, b VARCHAR)")
	return &judged{g.now.Load(), b, g.catalogs, auth.Principal{Subject: "s", User: "u", Claims: map[string]any{"region": "eu"}}}
}

func (j *judged) request(sql string) Request {
	view, err := j.catalogs.For(j.b.Context(), j.caller)
	if err != nil {
		j.b.Fatal(err)
	}
	return Request{View: view.As(j.caller.User), SQL: sql}
}

// check is the guard's whole answer to a statement that it never saw.
func (j *judged) check(r Request) guard.Verdict {
	l, err := j.lease(j.b.Context(), 0, false)
	if err != nil {
		j.b.Fatal(err)
	}
	defer l.release()
	v, err := j.judge(l, r)
	if err != nil {
		j.b.Fatalf("%.200s: %v", r.SQL, err)
	}
	return v
}

// short are statements that the guard is measured with, by name.
var short = map[string]string{
	"select":     "SELECT 1",
	"lookup":     "SELECT id, name, email FROM customers WHERE id = 2",
	"restricted": "SELECT id, region, card FROM people WHERE level > 2",
	"grouped": "SELECT c.name, count(*), sum(o.amount) FROM customers c JOIN orders o ON o.customer = c.id " +
		"WHERE o.made > TIMESTAMP '2024-01-01' GROUP BY c.name ORDER BY 1",
}

// joined is a join of so many tables.
func joined(tables int) string {
	var b strings.Builder
	b.WriteString("SELECT count(*) FROM orders o0")
	for i := 1; i < tables; i++ {
		fmt.Fprintf(&b, " JOIN lake.main.orders o%d ON o%d.id = o%d.id AND o%d.amount > o%d.amount", i, i-1, i, i-1, i)
	}
	return b.String()
}

// long are texts of about so many bytes, by what makes them long.
var long = map[string]func(bytes int) string{
	"list": func(n int) string {
		return "SELECT id FROM orders WHERE id IN (1" + strings.Repeat(", 12345678", n/10) + ")"
	},
	"values": func(n int) string {
		return "INSERT INTO t VALUES (1, 'x')" + strings.Repeat(", (12345, 'some text')", n/22)
	},
	"columns": func(n int) string { return "SELECT 1" + strings.Repeat(", lower(c.name)", n/15) + " FROM customers c" },
	"conditions": func(n int) string {
		return "SELECT id FROM orders WHERE id = 0" + strings.Repeat(" OR main.orders.customer = 77", n/29)
	},
	"string": func(n int) string { return "SELECT id FROM orders WHERE tags[1] = '" + strings.Repeat("x", n) + "'" },
}

const (
	shortText = 1 << 16
	longText  = textMost - 1<<10
)

// BenchmarkWarmGuard is what a statement that was seen before costs until it is
// known what may run: the caller's View and the verdict, twice, as a client asks
// for its schema and then for its rows. Against it, all that the server does for
// these two calls but the wire.
func BenchmarkWarmGuard(b *testing.B) {
	j := judging(b)
	const sql = "SELECT 1"
	whole := func() {
		if _, err := j.Describe(b.Context(), j.request(sql)); err != nil {
			b.Fatal(err)
		}
		drainAll(b, j.core, j.request(sql))
	}
	whole()
	turns.Compare(b, turns.Side{Batch: 200, Call: func() {
		for range 2 {
			if _, ok := j.known(j.request(sql)); !ok {
				b.Fatal("the statement is not known")
			}
		}
	}}, turns.Side{Batch: 200, Call: whole})
}

// BenchmarkColdGuard is the guard's answer to a statement that it never saw,
// against DuckDB's own preparing of what it answers.
func BenchmarkColdGuard(b *testing.B) {
	all := map[string]string{"join 5": joined(5), "join 20": joined(20)}
	for name, sql := range short {
		all[name] = sql
	}
	for name, text := range long {
		all[name+" 64 KB"] = text(shortText)
		all[name+" 1 MB"] = text(longText)
	}
	j := judging(b)
	c, err := j.pool.get()
	if err != nil {
		b.Fatal(err)
	}
	defer j.pool.put(b.Context(), c)
	for name, sql := range all {
		b.Run(name, func(b *testing.B) {
			r, batch := j.request(sql), max(1, 10_000/len(sql))
			rewritten := j.check(r).SQL
			turns.Compare(b, turns.Side{Batch: batch, Call: func() { j.check(r) }}, turns.Side{Batch: batch, Call: func() {
				var st duckdb.PreparedStatement
				if duckdb.Prepare(c.raw, rewritten, &st) == duckdb.StateError {
					b.Fatal(duckdb.PrepareError(st))
				}
				duckdb.DestroyPrepare(&st)
			}})
		})
	}
}

// BenchmarkGuardGrows is the guard's time for a long statement, by its size,
// against that for a shorter one.
func BenchmarkGuardGrows(b *testing.B) {
	j := judging(b)
	b.Run("join", func(b *testing.B) {
		side := func(tables int) turns.Side {
			r := j.request(joined(tables))
			return turns.Side{Batch: 100 / tables, Units: float64(len(r.SQL)), Call: func() { j.check(r) }}
		}
		turns.Compare(b, side(20), side(5))
	})
	for name, text := range long {
		b.Run(name, func(b *testing.B) {
			side := func(bytes int) turns.Side {
				r := j.request(text(bytes))
				return turns.Side{Units: float64(len(r.SQL)), Call: func() { j.check(r) }}
			}
			turns.Compare(b, side(longText), side(shortText))
		})
	}
}
