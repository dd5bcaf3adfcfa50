package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ordersPolicy = `tags:
  - {table: orders, column: card, tags: [pii]}
tables:
  - group: writers
    privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]
  - group: analysts
    table: orders
    privileges: [SELECT]
    filter: region = principal.claim('region')
    columns:
      - {tags: [pii], mask: "'****' || right(card, 4)"}
      - {name: cost, allow: false}
`

// governed is a folder with settings, a policy file, and a lake in which two
// tables are.
func governed(t *testing.T, policyText string) (dir string, id provider) {
	t.Helper()
	id = newProvider(t)
	settings := id.yaml + `state: state
catalogs: {lake: {type: duckdb, path: lake.duckdb}}
log: {format: text}
`
	dir = folder(t, map[string]string{
		"jwks.json": id.jwks, "policy.yaml": policyText, "open.yaml": settings,
		"lakegate.yaml": settings + "policy: {file: policy.yaml}\n",
	})
	srv, ask := serving(t, dir, "open.yaml", id)
	for _, sql := range []string{
		"CREATE TABLE orders AS SELECT * FROM (VALUES (1, 'eu', '4111-1111', 5.0), (2, 'eu', '4111-2222', 6.0), (3, 'us', '4111-3333', 7.0)) v(id, region, card, cost)",
		"CREATE TABLE secret AS SELECT 1 AS a",
	} {
		if got := ask("writers", "", sql); got.code != 0 {
			t.Fatal(got.err)
		}
	}
	srv.stop(t)
	return dir, id
}

// serving starts a server over a settings file of dir; ask runs a statement as a
// member of group whose token has a claim region.
func serving(t *testing.T, dir, file string, id provider) (srv *server, ask func(group, region, sql string) ran) {
	t.Helper()
	address := freePort(t)
	srv = startServer(t, []string{"serve", "--config", filepath.Join(dir, file)}, []string{"LAKEGATE_LISTEN=" + address})
	if err := srv.stderr.wait("msg=listening address="+address, srv.ended); err != nil {
		t.Fatalf("%v: %v", err, srv.err)
	}
	return srv, func(group, region, sql string) ran {
		token, err := id.Mint(map[string]any{"sub": group + "-" + region, "groups": []string{group}, "region": region})
		if err != nil {
			t.Fatal(err)
		}
		return command(t, []string{"LAKEGATE_ADDRESS=" + address, "LAKEGATE_TOKEN=" + token}, "query", "--format", "csv", sql)
	}
}

func TestAPolicyFileDecidesAndChangesWhileTheServerRuns(t *testing.T) {
	dir, id := governed(t, ordersPolicy)
	srv, ask := serving(t, dir, "lakegate.yaml", id)
	defer srv.stop(t)
	gives := func(group, region, sql, want string) {
		t.Helper()
		if got := ask(group, region, sql); got.code != 0 || got.stdout != want {
			t.Errorf("%s of %s: %s: %v, %q", group, region, sql, got.err, got.stdout)
		}
	}
	isDenied := func(group, sql string) {
		t.Helper()
		if got := ask(group, "eu", sql); got.code == 0 {
			t.Errorf("%s: %s: %q", group, sql, got.stdout)
		}
	}
	gives("analysts", "eu", "FROM orders ORDER BY id", "id,region,card\n1,eu,****1111\n2,eu,****2222\n")
	gives("analysts", "us", "FROM orders", "id,region,card\n3,us,****3333\n")
	gives("analysts", "o'neil", "SELECT count(*) AS n FROM orders", "n\n0\n")
	gives("analysts", "eu", "SHOW TABLES", "name\norders\n")
	gives("writers", "", "SELECT count(*) AS n FROM secret", "n\n1\n")
	isDenied("analysts", "FROM secret")
	isDenied("analysts", "SELECT cost FROM orders")
	isDenied("strangers", "FROM orders")

	// Another policy is in force once it is written; the sessions stay.
	write := func(text, log string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := srv.stderr.wait(log, srv.ended); err != nil {
			t.Fatal(err)
		}
	}
	write("tables: [{group: analysts, table: secret, privileges: [SELECT]}]\n", "settings of identity and rights are in force")
	gives("analysts", "eu", "SHOW TABLES", "name\nsecret\n")
	isDenied("writers", "FROM secret")

	// One that is wrong is not, and what is wrong is said with its place.
	write("tables:\n  - {group: analysts, table: orders, privileges: [SELECT], filter: no_such_column = 1}\n", "policy.yaml:2: ")
	gives("analysts", "eu", "SHOW TABLES", "name\nsecret\n")

	// An empty one denies all.
	write("\n", "the policy file has no rules")
	if err := srv.stderr.wait("the policy file has no rules", srv.ended); err != nil {
		t.Fatal(err)
	}
}

func TestAPolicyWithAMistakeStopsTheStart(t *testing.T) {
	dir, _ := governed(t, "tables:\n  - {table: orders, privileges: [SELECT], filter: cost + 1}\n")
	got := command(t, []string{"LAKEGATE_LISTEN=127.0.0.1:0"}, "serve", "--config", filepath.Join(dir, "lakegate.yaml"))
	if got.code == 0 || !strings.Contains(got.err.Error(), "policy.yaml:2") {
		t.Errorf("%d, %v", got.code, got.err)
	}
}

// K07
func TestAPolicyFileWithoutRulesDeniesAll(t *testing.T) {
	dir, id := governed(t, ordersPolicy)
	for name, make := range map[string]func(file string) error{
		"empty":   func(file string) error { return os.WriteFile(file, nil, 0o600) },
		"braces":  func(file string) error { return os.WriteFile(file, []byte("{}\n"), 0o600) },
		"missing": os.Remove,
	} {
		if err := make(filepath.Join(dir, "policy.yaml")); err != nil {
			t.Fatal(err)
		}
		srv, ask := serving(t, dir, "lakegate.yaml", id)
		for _, group := range []string{"writers", "analysts"} {
			if got := ask(group, "eu", "FROM orders"); got.code == 0 {
				t.Errorf("%s: %s: %q", name, group, got.stdout)
			}
		}
		srv.stop(t)
		if log, _ := srv.stderr.state(); !strings.Contains(log, "nobody has any rights to tables") {
			t.Errorf("%s: the log does not say so:\n%s", name, log)
		}
	}
}

func TestPolicyCommands(t *testing.T) {
	dir, _ := governed(t, ordersPolicy)
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := []string{"--config", in("lakegate.yaml")}
	run := func(args ...string) ran {
		t.Helper()
		return command(t, nil, append(append([]string{"policy"}, args...), config...)...)
	}

	if got := run("check"); got.code != 0 || !strings.Contains(got.stdout, "in order") {
		t.Errorf("check: %v, %q", got.err, got.stdout)
	}
	write("misspelt.yaml", "tables:\n  - {table: ordres, privileges: [SELECT]}\n")
	if got := run("check", "--policy", in("misspelt.yaml")); got.code != 0 || !strings.Contains(got.stdout, "there is no table that it is for") {
		t.Errorf("check of a misspelt name: %v, %q", got.err, got.stdout)
	}
	write("wrong.yaml", "tables:\n  - table: orders\n    privileges: [SELCT]\n")
	if got := command(t, nil, "policy", "check", "--offline", "--policy", in("wrong.yaml")); got.code != exitFailed || !strings.Contains(got.err.Error(), "wrong.yaml:3") {
		t.Errorf("check --offline: %d, %v", got.code, got.err)
	}
	write("unbound.yaml", "tables:\n  - table: orders\n    privileges: [SELECT]\n    columns: [{name: card, mask: no_such(card)}]\n")
	if got := run("check", "--policy", in("unbound.yaml")); got.code != exitFailed || !strings.Contains(got.err.Error(), "unbound.yaml:4") {
		t.Errorf("check of an expression that does not work: %d, %v", got.code, got.err)
	}

	got := run("explain", "--as", "ann", "--groups", "analysts", "--claim", "region=eu", "SELECT card FROM orders")
	for _, want := range []string{"allowed for ann", "lake.main.orders", "policy.yaml:", "privileges: SELECT\n", "'eu'", "column card: ", "column cost: absent"} {
		if got.code != 0 || !strings.Contains(got.stdout, want) {
			t.Errorf("explain lacks %q: %v\n%s", want, got.err, got.stdout)
		}
	}
	if got := run("explain", "--as", "ann", "--groups", "analysts", "SELECT cost FROM orders"); !strings.HasPrefix(got.stdout, "refused: ") || !strings.Contains(got.stdout, "passed by:  tables[0] (") {
		t.Errorf("explain of what is denied: %v, %q", got.err, got.stdout)
	}

	write("cases.yaml", `- {name: europeans see Europe, as: ann, groups: [analysts], claims: {region: eu}, sql: FROM orders, expect: allow, columns: [id, region, card], rows: 2}
- {name: no secret, as: ann, groups: [analysts], sql: FROM secret, expect: deny}
`)
	if got := run("test", in("cases.yaml")); got.code != 0 || got.stdout != "ok   europeans see Europe\nok   no secret\n" {
		t.Errorf("test: %v, %q", got.err, got.stdout)
	}
	write("cases.yaml", `- {as: ann, groups: [analysts], claims: {region: us}, sql: FROM orders, expect: allow, rows: 2}
- {as: ann, groups: [analysts], sql: FROM orders, expect: deny}
`)
	if got := run("test", in("cases.yaml")); got.code != exitFailed || !strings.Contains(got.stdout, "it gives 1 rows") || !strings.Contains(got.stdout, "it is allowed") {
		t.Errorf("test of wrong cases: %d, %q", got.code, got.stdout)
	}
	write("cases.yaml", "- {as: ann, sql: FROM orders, expect: yes}\n")
	if got := run("test", in("cases.yaml")); got.code != exitUsage {
		t.Errorf("test of a malformed file: %d, %v", got.code, got.err)
	}
}
