package guard_test

import (
	"context"
	"testing"

	"github.com/lakegate/lakegate/guard"
)

// learned is the template that two statements teach.
func learned(t *testing.T, a, b string) (guard.Template, bool) {
	t.Helper()
	c, _, writer := setup(t)
	patternA, okA := guard.PatternOf(a)
	patternB, okB := guard.PatternOf(b)
	if !okA || !okB || patternA.Key != patternB.Key {
		return guard.Template{}, false
	}
	va, errA := guard.Check(context.Background(), c, writer, a)
	vb, errB := guard.Check(context.Background(), c, writer, b)
	if errA != nil || errB != nil {
		t.Fatalf("%s: %v; %s: %v", a, errA, b, errB)
	}
	return guard.Learn(patternA, va.SQL, patternB, vb.SQL)
}

func TestATemplateGivesWhatTheGuardGives(t *testing.T) {
	c, _, writer := setup(t)
	for _, s := range [][3]string{
		{"SELECT name FROM customers WHERE id = 1", "SELECT name FROM customers WHERE id = 2", "SELECT name FROM customers WHERE id = 3"},
		{"SELECT * FROM orders WHERE amount > 1.5 AND tags[1] = 'a' LIMIT 10", "SELECT * FROM orders WHERE amount > 2.5 AND tags[1] = 'b' LIMIT 10", "SELECT * FROM orders WHERE amount > 9.9 AND tags[1] = 'it''s; --' LIMIT 10"},
		{"SELECT name FROM customers WHERE name LIKE 'A%' OR id IN (1, 2)", "SELECT name FROM customers WHERE name LIKE 'B%' OR id IN (3, 4)", "SELECT name FROM customers WHERE name LIKE '\\' OR id IN (5, 6)"},
		{"INSERT INTO s1.t VALUES (11, 'x')", "INSERT INTO s1.t VALUES (12, 'y')", "INSERT INTO s1.t VALUES (13, ''')--')"},
		{"UPDATE s1.t SET b = 'x' WHERE a = 1", "UPDATE s1.t SET b = 'y' WHERE a = 2", "UPDATE s1.t SET b = '\"' WHERE a = 3"},
		{"SELECT name FROM customers WHERE id = -1", "SELECT name FROM customers WHERE id = -2", "SELECT name FROM customers WHERE id = -77"},
		{"SELECT count(*) AS n FROM orders WHERE made > TIMESTAMP '2024-01-01' + INTERVAL '1' DAY", "SELECT count(*) AS n FROM orders WHERE made > TIMESTAMP '2024-01-02' + INTERVAL '2' DAY", "SELECT count(*) AS n FROM orders WHERE made > TIMESTAMP '2023-05-06' + INTERVAL '3' DAY"},
	} {
		template, ok := learned(t, s[0], s[1])
		if !ok {
			t.Errorf("%s: nothing was learned", s[0])
			continue
		}
		p, _ := guard.PatternOf(s[2])
		want, err := guard.Check(context.Background(), c, writer, s[2])
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := template.Fill(p); !ok || got != want.SQL {
			t.Errorf("%s\nfilled  %s\nchecked %s", s[2], got, want.SQL)
		}
	}
}

func TestNoTemplateWhereAValueIsMoreThanAValue(t *testing.T) {
	for _, s := range [][2]string{
		{"SELECT id AS 'x' FROM customers", "SELECT id AS 'y' FROM customers"},                             // it is a column's name
		{"SELECT name FROM customers WHERE id = 1", "SELECT name FROM customers WHERE id = 3000000000"},    // of another type
		{"SELECT name FROM customers WHERE id IN (1, 1)", "SELECT name FROM customers WHERE id IN (2, 2)"}, // which is which?
		{"SELECT name FROM customers WHERE id = 1e3", "SELECT name FROM customers WHERE id = 2e3"},
		{"SELECT name FROM customers WHERE name = E'a'", "SELECT name FROM customers WHERE name = E'b'"},
		{"SELECT name FROM customers WHERE name = 'a' 'b'", "SELECT name FROM customers WHERE name = 'c'\n'd'"},
	} {
		c, _, writer := setup(t)
		a, okA := guard.PatternOf(s[0])
		b, okB := guard.PatternOf(s[1])
		if !okA || !okB || a.Key != b.Key {
			continue // no pattern, or not one
		}
		va, errA := guard.Check(context.Background(), c, writer, s[0])
		vb, errB := guard.Check(context.Background(), c, writer, s[1])
		if errA != nil || errB != nil {
			continue // nothing to learn from
		}
		if _, ok := guard.Learn(a, va.SQL, b, vb.SQL); ok {
			t.Errorf("a template was made of %s and %s", s[0], s[1])
		}
	}
}

func TestALiteralThatNeverVariedIsFixed(t *testing.T) {
	template, ok := learned(t, "SELECT name FROM customers WHERE id = 1 LIMIT 10", "SELECT name FROM customers WHERE id = 2 LIMIT 10")
	if !ok {
		t.Fatal("nothing was learned")
	}
	other, _ := guard.PatternOf("SELECT name FROM customers WHERE id = 1 LIMIT 11")
	if sql, ok := template.Fill(other); ok {
		t.Errorf("filled to %s", sql)
	}
}
