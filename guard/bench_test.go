package guard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/guard"
)

func BenchmarkCheck(b *testing.B) {
	c, reader, writer := setup(b)
	for _, q := range []struct {
		name, sql string
	}{
		{"one", "SELECT 1"},
		{"lookup", "SELECT id, name, email FROM customers WHERE id = 2"},
		{"bound lookup", "SELECT id, name, email FROM customers WHERE id = ?"},
		{"join", "SELECT c.name, count(*), sum(o.amount) FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.name ORDER BY 1"},
		{"insert", "INSERT INTO s1.t VALUES (?, ?)"},
	} {
		v := reader
		if q.name == "insert" {
			v = writer
		}
		b.Run(q.name, func(b *testing.B) {
			c.calls = 0
			for b.Loop() {
				if _, err := guard.Check(context.Background(), c, v, q.sql); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c.calls)/float64(b.N), "calls/op")
		})
	}
}

// BenchmarkCheckGrows shows that time grows as the text does: ns/byte is the same
// for a long text and one eight times as long.
func BenchmarkCheckGrows(b *testing.B) {
	c, _, writer := setup(b)
	join := func(tables int) string {
		return chained("SELECT count(*) FROM orders o0", tables-1, func(i int) string {
			return fmt.Sprintf(" JOIN lake.main.orders o%d ON o%d.id = o%d.id AND o%d.amount > o%d.amount", i+1, i, i+1, i, i+1)
		}, "")
	}
	for _, q := range []struct {
		name string
		text func(bytes int) string
	}{
		{"list", func(n int) string {
			return "SELECT id FROM orders WHERE id IN (1" + strings.Repeat(", 12345678", n/10) + ")"
		}},
		{"values", func(n int) string {
			return "INSERT INTO s1.t VALUES (1, 'x')" + strings.Repeat(", (12345, 'some text')", n/23)
		}},
		{"columns", func(n int) string { return "SELECT 1" + strings.Repeat(", lower(c.name)", n/15) + " FROM customers c" }},
		{"conditions", func(n int) string {
			return "SELECT id FROM orders WHERE id = 0" + strings.Repeat(" OR main.orders.customer = 77", n/29)
		}},
		{"string", func(n int) string { return "SELECT id FROM orders WHERE tags[1] = '" + strings.Repeat("x", n) + "'" }},
	} {
		for _, size := range []int{1 << 14, 1 << 17, 1<<20 - 1<<10} {
			sql := q.text(size)
			b.Run(fmt.Sprintf("%s/%d", q.name, size), func(b *testing.B) {
				for b.Loop() {
					if _, err := guard.Check(context.Background(), c, writer, sql); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(sql)), "ns/byte")
			})
		}
	}
	for _, tables := range []int{5, 10, 20} {
		sql := join(tables)
		b.Run(fmt.Sprintf("join/%d", tables), func(b *testing.B) {
			for b.Loop() {
				if _, err := guard.Check(context.Background(), c, writer, sql); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(tables), "ns/table")
		})
	}
}
