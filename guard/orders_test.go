package guard_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// said is what an order does, in one line.
func said(o guard.Order) string {
	var parts []string
	for _, g := range o.Grants {
		parts = append(parts, fmt.Sprintf("%b%v on %s.%s.%s to %s %s", g.Privileges, g.Columns, g.Catalog, g.Schema, g.Table, g.To.Kind, g.To.Name))
	}
	if o.Role != "" {
		parts = append(parts, o.Role)
	}
	for _, m := range o.Members {
		parts = append(parts, string(m.Kind)+" "+m.Name)
	}
	if o.ID != "" {
		parts = append(parts, o.ID)
	}
	if o.Exists {
		parts = append(parts, "exists")
	}
	return string(o.Action) + ": " + strings.Join(parts, "; ")
}

func TestAdministratorsOrdersSayWhatToDo(t *testing.T) {
	c := fixture(t)
	admin := view(t, contents(t, c, lakes), "admins").At("lake", "s1")
	for sql, want := range map[string]string{
		"GRANT SELECT ON t TO USER ann":                                         "GRANT: 1[] on lake.s1.t to user ann",
		"grant select, Insert on table LAKE.Main.Customers to user Ann, bob":    "GRANT: 11[] on lake.main.customers to user Ann; 11[] on lake.main.customers to user bob",
		"GRANT SELECT (ID, name), UPDATE ON lake.main.customers TO GROUP 'a b'": "GRANT: 1[id name] on lake.main.customers to group a b; 100[] on lake.main.customers to group a b",
		`GRANT ALL PRIVILEGES ON s2.t TO USER "ann@example.com", GROUP 'x', y;`: "GRANT: 1101111[] on lake.s2.t to user ann@example.com; 1101111[] on lake.s2.t to group x; 1101111[] on lake.s2.t to group y",
		"GRANT ALL ON SCHEMA s2 TO ROLE r":                                      "GRANT: 1111111[] on lake.s2. to role r",
		"GRANT CREATE, DROP ON SCHEMA Scratch.main TO ROLE r":                   "GRANT: 110000[] on Scratch.main. to role r",
		"GRANT SELECT ON CATALOG weblogs TO GROUP readers":                      "GRANT: 1[] on weblogs.. to group readers",
		"GRANT SELECT ON Lake.main.hidden TO USER ann":                          "GRANT: 1[] on lake.main.hidden to user ann",
		"GRANT SELECT ON elsewhere.s.nosuch TO USER ann":                        "GRANT: 1[] on elsewhere.s.nosuch to user ann",
		`GRANT SELECT ON "we""ird"."Sel era" TO USER role`:                      `GRANT: 1[] on lake.we"ird.Sel era to user role`,
		"REVOKE SELECT ON t FROM USER ann":                                      "REVOKE: 1[] on lake.s1.t to user ann",
		"REVOKE ALL ON SCHEMA s1 FROM ROLE 'r'":                                 "REVOKE: 1111111[] on lake.s1. to role r",
		"CREATE ROLE analysts":                                                  "CREATE ROLE: analysts",
		`CREATE ROLE IF NOT EXISTS "Two words"`:                                 "CREATE ROLE: Two words; exists",
		"DROP ROLE IF EXISTS analysts":                                          "DROP ROLE: analysts; exists",
		"GRANT ROLE analysts TO USER ann, GROUP 'eu', ROLE chiefs":              "GRANT ROLE: analysts; user ann; group eu; role chiefs",
		"GRANT analysts TO USER ann":                                            "GRANT ROLE: analysts; user ann",
		"GRANT role TO USER ann":                                                "GRANT ROLE: role; user ann",
		`GRANT "select" TO USER ann`:                                            "GRANT ROLE: select; user ann",
		"REVOKE analysts FROM GROUP eu":                                         "REVOKE ROLE: analysts; group eu",
		"CALL lakegate.kill_statement('0a')":                                    "kill_statement: 0a",
		"call LAKEGATE.kill_session ( 'x' ) ;":                                  "kill_session: x",
		"GRANT SELECT ON t /* TO USER eve */ TO -- USER mallory\n USER ann":     "GRANT: 1[] on lake.s1.t to user ann",
		"GRANT SELECT ON t TO USER 'it''s', USER 'it''s'":                       "GRANT: 1[] on lake.s1.t to user it's",
	} {
		v, err := guard.Check(context.Background(), c, admin, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if v.Kind != guard.Ordered || v.SQL != "" || said(*v.Order) != want {
			t.Errorf("%s: %s, want %s", sql, said(*v.Order), want)
		}
	}
}

func TestOrdersThatCannotBeMeantAreRefused(t *testing.T) {
	c := fixture(t)
	admin := view(t, contents(t, c, lakes), "admins")
	for sql, want := range map[string]string{
		"GRANT SELECT ON customers TO ann":                          "say which kind",
		"GRANT SELECT ON customers TO PUBLIC":                       "say which kind",
		"GRANT SELECT ON customers":                                 "TO is expected",
		"GRANT SELECT ON customers TO USER":                         "say which kind",
		"GRANT SELECT ON customers TO USER ann bob":                 "a comma and one more name",
		"GRANT SELECT ON customers TO USER ann,":                    "",
		"GRANT SELECT ON customers TO USER ann WITH GRANT OPTION":   "no grant options",
		"REVOKE GRANT OPTION FOR SELECT ON customers FROM USER ann": "no grant options",
		"GRANT SELECT ON customers TO USER ''":                      "a name is empty",
		"GRANT SELECT ON customers TO USER 12":                      "",
		"GRANT READ ON customers TO USER ann":                       "are privileges",
		"GRANT SELECT INSERT ON customers TO USER ann":              "are privileges",
		"GRANT ON customers TO USER ann":                            "are privileges",
		"GRANT SELECT TO USER ann":                                  "ON is expected",
		"GRANT ALL TO USER ann":                                     "ON is expected",
		"GRANT a, b TO USER ann":                                    "or one role",
		"GRANT INSERT (id) ON customers TO USER ann":                "for SELECT alone",
		"GRANT SELECT (nosuch) ON customers TO USER ann":            "has no column nosuch",
		"GRANT SELECT () ON customers TO USER ann":                  "SELECT (column, ...)",
		"GRANT SELECT (id) ON SCHEMA main TO USER ann":              "for a table alone",
		"GRANT CREATE ON customers TO USER ann":                     "on schemas and catalogs",
		"GRANT SELECT ON SCHEMA a.b.c TO USER ann":                  "is no name of a schema",
		"GRANT SELECT ON CATALOG lake.main TO USER ann":             "is no name of a catalog",
		"GRANT SELECT ON temp.main.mine TO USER ann":                "can be granted",
		"GRANT SELECT ON mine TO USER ann":                          "can be granted",
		"GRANT SELECT ON lakegate.system.grants TO USER ann":        "can be granted",
		"GRANT SELECT ON TABLE customers, orders TO USER ann":       "takes one table",
		"REVOKE SELECT ON customers TO USER ann":                    "FROM is expected",
		"CREATE OR REPLACE ROLE r":                                  "CREATE ROLE",
		"CREATE ROLE":                                               "a role's name is expected",
		"CREATE ROLE a b":                                           "takes one name",
		`CREATE ROLE " "`:                                           "a name is empty",
		"DROP ROLE a CASCADE":                                       "takes one name",
		"CALL lakegate.kill_statement()":                            "kill_statement('id')",
		"CALL lakegate.kill_statement('a', 'b')":                    "kill_statement('id')",
		"CALL lakegate.kill_statement(?)":                           "kill_statement('id')",
		"CALL lakegate.kill_statement('a' || 'b')":                  "kill_statement('id')",
		"CALL lakegate.kill_everything('a')":                        "CALL is accepted for",
		"CALL kill_statement('a')":                                  "CALL is accepted for",
		`CALL "lakegate".kill_statement('a')`:                       "CALL is accepted for",
		"SHOW GRANTS ON":                                            "",
		"SHOW GRANTS ON customers FOR ann":                          "say which kind",
		"SHOW GRANTS FOR USER ann, bob":                             "takes one name",
		"SHOW GRANTS customers":                                     "SHOW GRANTS [ON name]",
		"GRANT SELECT ON customers TO USER ann; DROP TABLE orders":  "one by one",
	} {
		_, err := guard.Check(context.Background(), c, admin, sql)
		var refusal *guard.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Text, want) {
			t.Errorf("%s: %v, want a refusal with %q", sql, err, want)
		}
	}
	for _, sql := range []string{
		"GRANT SELECT ON nosuch TO USER ann", "GRANT SELECT ON main.nosuch TO USER ann", "GRANT SELECT ON SCHEMA nosuch TO USER ann",
	} {
		if _, err := guard.Check(context.Background(), c, admin, sql); class(err) != missing {
			t.Errorf("%s: %v, want not found", sql, err)
		}
	}
}

func TestOnlyAdministratorsGrant(t *testing.T) {
	c, reader, writer := setup(t)
	for _, sql := range []string{
		"GRANT SELECT ON customers TO USER u", "GRANT SELECT ON hidden TO USER u", "GRANT nonsense", "REVOKE ALL ON nosuch FROM USER u",
		"CREATE ROLE r", "DROP ROLE IF EXISTS r", "GRANT ROLE r TO USER u", "REVOKE r FROM USER u", "SHOW GRANTS", "SHOW GRANTS ON nosuch", "SHOW ROLES",
	} {
		for name, v := range map[string]catalog.View{"reader": reader, "writer": writer} {
			if _, err := guard.Check(context.Background(), c, v, sql); class(err) != noRight {
				t.Errorf("%s: %s: %v, want no right", name, sql, err)
			}
		}
	}
}

func TestThePolicyPagesStatementsAreUnderstood(t *testing.T) {
	c := fixture(t)
	admin := view(t, contents(t, c, lakes), "admins")
	page, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Grants in SQL\n")
	_, block, _ := strings.Cut(section, "```sql\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("the page has no statements")
	}
	for sql := range strings.Lines(block) {
		_, err := guard.Check(context.Background(), c, admin, sql)
		if strings.HasPrefix(sql, "SHOW") && class(err) == missing {
			continue // the rows are the server's to give
		}
		if err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
