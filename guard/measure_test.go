package guard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/guard"
)

// chained is head, n times what each gives, and tail.
func chained(head string, n int, each func(i int) string, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		b.WriteString(each(i))
	}
	return b.String() + tail
}

// What DuckDB would bind in minutes, or never, does not reach its binder.
func TestM21StatementsThatWouldNeverBeBoundAreRefused(t *testing.T) {
	c, reader, writer := setup(t)
	r := strings.Repeat
	for name, sql := range map[string]string{
		"brackets":           "SELECT " + r("(", 10_000) + "1" + r(")", 10_000),
		"arrays":             "SELECT " + r("[", 10_000) + "1" + r("]", 10_000),
		"structs":            "SELECT " + r("{'a': ", 10_000) + "1" + r("}", 10_000),
		"cases":              "SELECT " + r("CASE WHEN true THEN ", 10_000) + "1" + r(" END", 10_000),
		"subqueries":         "SELECT " + r("(SELECT ", 10_000) + "1" + r(")", 10_000),
		"tables":             r("SELECT * FROM (", 10_000) + "SELECT 1" + r(")", 10_000),
		"expressions":        r("WITH a AS (", 10_000) + "SELECT 1" + r(") SELECT 1", 10_000),
		"types":              "SELECT NULL::" + r("STRUCT(a ", 10_000) + "INTEGER" + r(")", 10_000),
		"exists":             "SELECT " + r("EXISTS (SELECT ", 10_000) + "1" + r(")", 10_000),
		"calls":              "SELECT " + r("lower(", 400) + "'a'" + r(")", 400),
		"methods":            "SELECT ('a')" + r(".lower()", 900),
		"sums":               "SELECT 1" + r(" + 1", 900),
		"powers":             "SELECT 2" + r(" ** 2", 400),
		"concatenations":     "SELECT 'a'" + r(" || 'a'", 900),
		"sums, many":         "SELECT 1" + r(", 1"+r(" + 1", 150), 100),
		"array in array":     "SELECT " + r("[", 450) + "1" + r("]", 450),
		"struct in struct":   "SELECT " + r("{'a': ", 450) + "1" + r("}", 450),
		"lambdas":            chained("SELECT ", 30, func(i int) string { return fmt.Sprintf("list_transform([1], lambda x%d: ", i) }, "1"+r(")", 30)),
		"aliases":            chained("SELECT 1 AS a0", 30, func(i int) string { return fmt.Sprintf(", a%d + a%d AS a%d", i, i, i+1) }, ""),
		"aliases, by three":  chained("SELECT 1 AS a0", 20, func(i int) string { return fmt.Sprintf(", [a%d, a%d, a%d] AS a%d", i, i, i, i+1) }, ""),
		"summaries":          r("SELECT * FROM (SUMMARIZE ", 20) + "SELECT 1 AS x" + r(")", 20),
		"pivots":             "PIVOT orders ON " + strings.Join(make([]string, 70), "customer IN (1, 2), ") + "customer IN (1, 2) USING count(*)",
		"in a default":       "CREATE TABLE n (a VARCHAR DEFAULT " + r("lower(", 400) + "'a'" + r(")", 400) + ")",
		"in an update":       "UPDATE s1.t SET b = " + r("lower(", 400) + "'a'" + r(")", 400),
		"in an insert":       "INSERT INTO s1.t SELECT 1, " + r("lower(", 400) + "'a'" + r(")", 400),
		"in what is EXPLAIN": "EXPLAIN SELECT " + r("lower(", 400) + "'a'" + r(")", 400),
		"length":             "SELECT '" + r("x", 1<<20) + "'",
	} {
		_, err := guard.Check(context.Background(), c, writer, sql)
		if class(err) != malformed {
			t.Errorf("%s: class %d of %.200v; want a refusal", name, class(err), err)
		}
	}
	for name, sql := range map[string]string{
		"a long sum":       "SELECT 1" + r(" + 1", 150),
		"a long list":      "SELECT 1 IN (1" + r(", 1", 20_000) + ")",
		"conditions":       "SELECT count(*) FROM orders WHERE id = 1" + r(" OR id = 2", 5_000),
		"unions":           "SELECT 1" + r(" UNION ALL SELECT 1", 2_000),
		"brackets":         "SELECT " + r("(", 400) + "1" + r(")", 400),
		"reused aliases":   chained("SELECT id AS a0", 40, func(i int) string { return fmt.Sprintf(", a%d + 1 AS a%d", i, i+1) }, " FROM orders"),
		"lambdas in three": "SELECT list_transform([[[1]]], lambda x: list_transform(x, lambda y: list_transform(y, lambda z: z + 1)))",
		"a column's name":  "SELECT lower(name) AS name, upper(name) AS email, name || email FROM customers",
	} {
		if _, err := guard.Check(context.Background(), c, reader, sql); err != nil {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
