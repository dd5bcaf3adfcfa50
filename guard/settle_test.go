package guard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// settle makes rules over in ready.
func settle(t testing.TB, c *connection, in catalog.Contents, text string) (*policy.Policy, []string, error) {
	t.Helper()
	rules, err := policy.Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	pol, err := policy.New(policy.Config{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	warnings, err := guard.Settle(context.Background(), c, pol, in)
	return pol, warnings, err
}

// yaml is text as a YAML string.
func yaml(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\x00", `\0`).Replace(text) + `"`
}

// seen are the rows that p gets of sql by pol.
func seen(t testing.TB, c *connection, in catalog.Contents, pol *policy.Policy, p auth.Principal, sql string) string {
	t.Helper()
	all, err := catalog.New(catalog.Config{
		Policy: pol, Catalog: "lake", Schema: "main",
		Load: func(context.Context, catalog.Contents) (catalog.Contents, error) { return in, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := all.For(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := guard.Check(context.Background(), c, v, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	_, rows, err := c.texts(verdict.SQL)
	if err != nil {
		t.Fatalf("%s: %v", verdict.SQL, err)
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = strings.Join(r, "|")
	}
	return strings.Join(lines, "\n")
}

func TestRulesThatCannotWorkStopTheLoadAndSayWhere(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	for filter, want := range map[string]string{
		"nosuch = 1":                          `Referenced column "nosuch" not found`,
		"id":                                  "the filter gives INTEGER; want BOOLEAN",
		"NULL":                                "want BOOLEAN",
		"id = (SELECT 1)":                     "a subquery is not accepted",
		"id IN (SELECT id FROM ph_a1.main.t)": "a subquery is not accepted",
		"EXISTS (SELECT 1)":                   "a subquery is not accepted",
		"id = $1":                             "a parameter is not accepted",
		"id = ?":                              "a parameter is not accepted",
		"COLUMNS('id') = 1":                   "COLUMNS are not accepted",
		"count(*) > 1":                        "not accepted in a rule",
		"max(id) = 1":                         "an aggregate or a window function",
		"row_number() OVER () = 1":            "an aggregate or a window function",
		"#1 = 1":                              "not accepted in a rule",
		"getenv('HOME') = 'x'":                "the function getenv is not accepted",
		"read_text('/etc/passwd') = 'x'":      "the function read_text is not accepted",
		"nosuch(id)":                          "the function nosuch is not accepted",
		"ph_a1.main.lower(email) = 'x'":       "only DuckDB's own functions",
		"session_user = email":                "principal.user is the caller",
		"user() = email":                      "not accepted in a rule",
		"current_schema() = email":            "not accepted",
		"principal.nosuch = email":            "principal.nosuch is nothing",
		"principal = email":                   "is nothing",
		"principal.claim(email) = 'x'":        "takes a name in quotes",
		"principal.claim('a', 'b') = 'x'":     "take one name",
		"principal.nosuch('a') = 'x'":         "principal.nosuch is nothing",
		"principal.user.x = 'x'":              "is nothing",
		"CAST(email AS nosuch) = 'x'":         "the type nosuch is not accepted",
		"id = 1, true":                        "want",
		"1) , (2":                             "one expression",
		"true) FROM range(3) --":              "syntax error",
		"true) FROM (SELECT 1":                "one expression",
		"true) WHERE (true":                   "one expression",
		"true) ORDER BY (1":                   "one expression",
		"true) LIMIT (1":                      "one expression",
		"true) UNION SELECT (true":            "one expression",
		"true; SELECT 1":                      "syntax error",
		"true); SELECT (1":                    "one statement",
		"true;":                               "syntax error",
		"id = 'x' || region":                  "Conversion",
		"":                                    "",
		"list_sum(list_transform([id], x -> y)) > 1": `"y" not found`,
	} {
		if want == "" {
			continue
		}
		_, _, err := settle(t, c, in, "tables:\n  - table: masked\n    privileges: [SELECT]\n    filter: "+yaml(filter)+"\n")
		if filter == "id = 'x' || region" {
			continue // whether it converts is known when it runs
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", filter, err, want)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, "policy.yaml:4:") || strings.Contains(text, "ph_") {
			t.Errorf("%s: %v", filter, err)
		}
	}
	for mask, want := range map[string]string{
		"id": "the mask gives INTEGER, and the column email is VARCHAR", "[email]": "the mask gives LIST", "email = 'x'": "the mask gives BOOLEAN",
		"max(email)": "an aggregate", "nosuch": `for lake.main.masked Referenced column "nosuch"`,
	} {
		_, _, err := settle(t, c, in, "tables:\n  - table: masked\n    privileges: [SELECT]\n    columns:\n      - {name: email, mask: "+yaml(mask)+"}\n")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "policy.yaml:5:") || strings.Contains(err.Error(), "ph_") {
			t.Errorf("%s: %v; want %q", mask, err, want)
		}
	}
	// Every mistake is named, not the first alone.
	_, _, err := settle(t, c, in, "tables:\n  - {table: masked, filter: x = 1, privileges: [SELECT]}\n  - {table: orders, filter: y = 1, privileges: [SELECT]}\n")
	if err == nil || strings.Count(err.Error(), "policy.yaml:") != 2 {
		t.Errorf("two mistakes: %v", err)
	}
}

func TestPhysicalNamesAreNotInTheErrorsOfRules(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	for _, filter := range []string{"ph_a1.nosuch = 1", "masked.id.x = 1", "id.x = 1", "main.masked.nosuch = 1", "emial = 'x'"} {
		if _, _, err := settle(t, c, in, "tables: [{table: masked, privileges: [SELECT], filter: "+yaml(filter)+"}]"); err == nil || strings.Contains(strings.ReplaceAll(err.Error(), "ph_a1.nosuch", ""), "ph_a1") {
			t.Errorf("%s: %v", filter, err)
		}
	}
}

// Whatever a value holds, it is a value.
func TestAValueOfTheCallerStandsWhereverAnExpressionCan(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	people := []auth.Principal{
		{User: "ann@x.org", Groups: []string{"eu", "x"}, Claims: map[string]any{"region": "eu", "regions": []any{"eu", "us"}}},
		{User: "o'neil", Groups: []string{"it's"}, Claims: map[string]any{"region": "' OR true --", "regions": []any{"' OR true --", "]"}}},
		{User: `"`, Groups: []string{`\`}, Claims: map[string]any{"region": "eu\x00", "regions": "us"}},
		{User: "principal.user", Groups: []string{"'); DROP TABLE masked --"}},
	}
	for filter, want := range map[string][4]string{
		"email = principal.user":                                               {"1", "", "", ""},
		"email = current_user":                                                 {"1", "", "", ""},
		`PRINCIPAL.USER = "email"`:                                             {"1", "", "", ""},
		"region IN ('xx', principal.claim('region'))":                          {"1 3", "", "", ""},
		"list_contains(principal.groups, region)":                              {"1 3", "", "", ""},
		"list_contains(principal.claims('regions'), region)":                   {"1 2 3", "", "2", ""},
		"principal.user[1] = email[1] AND principal.groups[1:1] = [region]":    {"1", "", "", ""},
		"principal.claims('regions')[2] = region AND id IN (1, 2)":             {"2", "", "", ""},
		"principal.in_group('IT''S') OR region = principal.groups[1]":          {"1 3", "1 2 3", "", ""},
		"{'u': principal.user, 'n': 1}.u = email":                              {"1", "", "", ""},
		"{'u': principal.user}['u'] = email":                                   {"1", "", "", ""},
		"list_filter([email], lambda e: e = principal.user) = [email]":         {"1", "", "", ""},
		"list_filter([email], e -> e = principal.user) = [email]":              {"1", "", "", ""},
		"email LIKE principal.user || '%' ESCAPE '$'":                          {"1", "", "", ""},
		"CASE principal.user WHEN email THEN true ELSE false END":              {"1", "", "", ""},
		"email BETWEEN principal.user AND principal.user":                      {"1", "", "", ""},
		"MAP {'k': principal.user}['k'] = email":                               {"1", "", "", ""},
		"principal.user.lower() = email.lower()":                               {"1", "", "", ""},
		"coalesce(principal.claim('nosuch'), email) = email":                   {"1 2 3", "1 2 3", "1 2 3", "1 2 3"},
		"principal.claim('region') = 'eu' -- the rest is anybody's":            {"1 2 3", "", "", ""},
		"length(principal.user) = 6 /* o'neil */":                              {"", "1 2 3", "", ""},
		"principal.user = 'o''neil'":                                           {"", "1 2 3", "", ""},
		"principal.user = '\"'":                                                {"", "", "1 2 3", ""},
		"principal.user = 'principal.user'":                                    {"", "", "", "1 2 3"},
		"principal.groups = ['''); DROP TABLE masked --']":                     {"", "", "", "1 2 3"},
		"principal.claim('region') IS NULL AND len(principal.claims('x')) = 0": {"", "", "1 2 3", "1 2 3"},
		"(NULL)[1] IS NULL AND email = principal.user":                         {"1", "", "", ""},
		"masked.email = principal.user":                                        {"1", "", "", ""},
	} {
		pol, warnings, err := settle(t, c, in, "tables: [{table: masked, privileges: [SELECT], filter: "+yaml(filter)+"}]")
		if err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", filter, warnings, err)
			continue
		}
		for i, p := range people {
			got := strings.ReplaceAll(seen(t, c, in, pol, p, "SELECT id FROM masked ORDER BY id"), "\n", " ")
			if got != want[i] {
				t.Errorf("%s for %q: %q; want %q", filter, p.User, got, want[i])
			}
		}
	}
}

// Nothing that is in a lake stands before DuckDB's own functions.
func TestNothingShadowsTheFunctionsOfARule(t *testing.T) {
	c := fixture(t)
	c.exec(t, "CREATE MACRO ph_a1.main.lower(x) AS 'shadow'", "CREATE MACRO main.lower(x) AS 'shadow'", "CREATE MACRO ph_a1.main.claim(x) AS 'eu'", "CREATE SCHEMA principal",
		"CREATE MACRO principal.claim(x) AS 'eu'")
	in := contents(t, c, lakes)
	pol, _, err := settle(t, c, in, "tables: [{table: masked, privileges: [SELECT], filter: \"region = principal.claim('region')\", columns: [{name: email, mask: \"lower(email) || lower('X')\"}]}]")
	if err != nil {
		t.Fatal(err)
	}
	p := auth.Principal{User: "u", Claims: map[string]any{"region": "us"}}
	if got := seen(t, c, in, pol, p, "SELECT id, email FROM masked"); got != "2|bob@x.orgx" {
		t.Errorf("%q", got)
	}
}

// The types that a column may have, with a value of each.
var everyType = map[string]string{
	"BOOLEAN": "true", "TINYINT": "-128", "SMALLINT": "-32768", "INTEGER": "-2147483648", "BIGINT": "-9223372036854775808", "HUGEINT": "-170141183460469231731687303715884105728",
	"UTINYINT": "255", "USMALLINT": "65535", "UINTEGER": "4294967295", "UBIGINT": "18446744073709551615", "UHUGEINT": "340282366920938463463374607431768211455",
	"FLOAT": "1.5", "DOUBLE": "'nan'", "DECIMAL(18,3)": "1.5", "DECIMAL(38,0)": "99999999999999999999999999999999999999", "VARCHAR": "'ann@x.org'", "BLOB": "'abc'", "BIT": "'101'",
	"UUID": "'4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'", "DATE": "'infinity'", "TIME": "'12:00:00'", "TIMESTAMP": "'2024-05-06 07:08:09'", "TIMESTAMP_S": "'2024-05-06 07:08:09'",
	"TIMESTAMP_MS": "'2024-05-06 07:08:09'", "TIMESTAMP_NS": "'2024-05-06 07:08:09'", "TIMESTAMP WITH TIME ZONE": "'2024-05-06 07:08:09+00'", "TIME WITH TIME ZONE": "'12:00:00+00'",
	"INTERVAL": "INTERVAL 1 DAY", "VARCHAR[]": "['a']", "INTEGER[2]": "[1, 2]", "STRUCT(a INTEGER)": "{'a': 1}", "STRUCT(a INTEGER, b VARCHAR)": "{'a': 1, 'b': 'x'}", "MAP(VARCHAR, INTEGER)": "MAP {'a': 1}",
	"ENUM('a', 'b')": "'a'", "UNION(num INTEGER, str VARCHAR)": "1", "JSON": `'{"a": 1}'`, "BIGNUM": "123456789012345678901234567890",
}

func TestReadyMasksKeepEveryTypeAndShowNoValue(t *testing.T) {
	c := fixture(t)
	i := 0
	var types, columns, values []string
	for kind, value := range everyType {
		i++
		types = append(types, kind)
		columns = append(columns, fmt.Sprintf("\"c %d\" %s", i, kind))
		values = append(values, "CAST("+value+" AS "+kind+")")
	}
	c.exec(t, "CREATE TABLE ph_a1.main.every("+strings.Join(columns, ", ")+")", "INSERT INTO ph_a1.main.every SELECT "+strings.Join(values, ", "), "INSERT INTO ph_a1.main.every SELECT "+strings.Repeat("NULL, ", i-1)+"NULL")
	in := contents(t, c, lakes)
	for _, mask := range []string{"null", "hash", "last_four", "email", "year"} {
		rule := "tables:\n  - table: every\n    privileges: [SELECT]\n    columns:\n"
		for j := range i {
			rule += fmt.Sprintf("      - {name: 'c %d', mask: {ready: '%s'}}\n", j+1, mask)
		}
		pol, _, err := settle(t, c, in, rule)
		if err != nil {
			t.Fatalf("%s: %v", mask, err)
		}
		of := func(f string) string {
			var calls []string
			for j := range i {
				calls = append(calls, fmt.Sprintf(f, fmt.Sprintf("\"c %d\"", j+1)))
			}
			return "SELECT " + strings.Join(calls, ", ") + " FROM "
		}
		me := auth.Principal{User: "u"}
		for what, f := range map[string]string{"type": "typeof(%s)", "value": "coalesce(CAST(%s AS VARCHAR), 'NULL')"} {
			_, bare, err := c.texts(of(f) + "ph_a1.main.every")
			if err != nil {
				t.Fatal(err)
			}
			rows := strings.Split(seen(t, c, in, pol, me, of(f)+"every"), "\n")
			given, nulls := strings.Split(rows[0], "|"), strings.Split(rows[1], "|")
			for j, kind := range types {
				switch same := given[j] == bare[0][j]; {
				case what == "type" && !same:
					t.Errorf("%s of %s gives %s", mask, kind, given[j])
				case what == "value" && same:
					t.Errorf("%s of %s shows %s", mask, kind, given[j])
				case what == "value" && nulls[j] != "NULL":
					t.Errorf("%s of NULL of type %s is %s", mask, kind, nulls[j])
				}
			}
		}
	}
}

// counted is how many questions to DuckDB one Settle takes over so many tables.
func counted(t *testing.T, c *connection, tables int) int {
	t.Helper()
	in := contents(t, c, lakes)
	schema := &in.Catalogs[0].Schemas[0]
	for _, one := range schema.Tables {
		if one.Name.Table == "masked" {
			for i := range tables {
				one.Name.Table = fmt.Sprint("masked_", i)
				schema.Tables = append(schema.Tables, one)
			}
			break
		}
	}
	before := c.calls
	if _, _, err := settle(t, c, in, "tables: [{table: 'masked.*', privileges: [SELECT], filter: region = principal.user, columns: [{name: email, mask: lower(email)}]}]"); err != nil {
		t.Fatal(err)
	}
	return c.calls - before
}

func TestTablesOfOneShapeAreTriedOnce(t *testing.T) {
	c := fixture(t)
	if few, many := counted(t, c, 1), counted(t, c, 10_000); few != many {
		t.Errorf("%d questions for 2 tables, and %d for 10,001", few, many)
	}
}

func TestTablesOfALakeThatIsDownAreNotTried(t *testing.T) {
	c := fixture(t)
	in := contents(t, c, lakes)
	in.Catalogs[0].Down = true
	before := c.calls
	_, warnings, err := settle(t, c, in, "tables: [{table: masked, privileges: [SELECT], filter: nosuch = 1}]")
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "catalog lake is down") || c.calls-before != 2 {
		t.Errorf("%q, %v, %d questions", warnings, err, c.calls-before)
	}
	if _, _, err := settle(t, c, in, "tables: [{table: masked, privileges: [SELECT], filter: nosuch(1)}]"); err == nil {
		t.Error("what needs no table is accepted")
	}
}
