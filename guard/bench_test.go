package guard_test

import (
	"context"
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
