package guard_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// ruled is what user sees of in by a file of rules.
func ruled(t *testing.T, c *connection, in catalog.Contents, text, user string) catalog.View {
	t.Helper()
	rules, err := policy.Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New(policy.Config{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guard.Settle(context.Background(), c, pol, in); err != nil {
		t.Fatal(err)
	}
	all, err := catalog.New(catalog.Config{
		Policy: pol, Catalog: "lake", Schema: "main",
		Load: func(context.Context, catalog.Contents) (catalog.Contents, error) { return in, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := all.For(context.Background(), auth.Principal{User: user})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFunctionsStatementsAndOptionsAreByRight(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	const rules = `
tables: [{privileges: [SELECT, INSERT]}]
functions: [{user: ann, function: 'lower|sum|range|count', privileges: [EXECUTE]}, {user: eve, privileges: [EXECUTE]}]
queries: [{user: ann, allow: [execute]}]
system_session_properties: [{user: ann, property: search_path, allow: true}]
`
	ann, eve := ruled(t, c, in, rules, "ann"), ruled(t, c, in, rules, "eve")
	for _, sql := range []string{
		"SELECT [1, 2], {'a': 1}.a, tags[1], made + INTERVAL 1 DAY, extract(year FROM made) FROM orders", "SELECT lower(name), id + 1, name LIKE 'A%' FROM customers", "SELECT count(*) FROM range(3)", "SELECT sum(id) OVER () FROM customers",
		"SET search_path = 's1'", "SELECT table_name FROM information_schema.tables", "SUMMARIZE customers", "USE lake.s1",
	} {
		if _, err := guard.Check(context.Background(), c, ann, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		if _, err := guard.Check(context.Background(), c, eve, sql); !errors.Is(err, guard.ErrDenied) || err.Error() != "run statements: permission denied" {
			t.Errorf("%s by somebody who may run nothing: %v", sql, err)
		}
	}
	for _, sql := range []string{
		"SELECT upper(name) FROM customers", "SELECT name.upper() FROM customers", "SELECT main.upper(name) FROM customers", "SELECT max(id) OVER () FROM customers",
		"SELECT * FROM generate_series(1, 3)", "INSERT INTO s1.t SELECT 1, upper('x')", "SELECT 1 ORDER BY upper('x')", "SET schema = 's1'", "RESET schema",
	} {
		if _, err := guard.Check(context.Background(), c, ann, sql); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%s: %v; want it denied", sql, err)
		}
	}
	words := func(sql string) string {
		_, err := guard.Check(context.Background(), c, ann, sql)
		if err == nil {
			return ""
		}
		return err.Error()
	}
	if a, b := words("SELECT upper('x')"), words("SELECT getenv('x')"); len(a) < 20 || a[len("the function upper"):] != b[len("the function getenv"):] {
		t.Errorf("another's function is refused with %q, nobody's with %q", a, b)
	}
}
