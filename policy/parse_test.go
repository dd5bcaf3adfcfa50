package policy

import (
	"strings"
	"testing"
)

func TestAMistakeIsNamedWithItsPlaceAndWhatWouldBeRight(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown section", "tabels: []", `p.yaml:1: tabels: unknown key; did you mean tables?`},
		{"unknown key", "tables:\n- privileges: [SELECT]\n  shema: x", `p.yaml:3: tables[0].shema: unknown key; did you mean schema?`},
		{"unlike any key", "tables:\n- privileges: [SELECT]\n  qqqqqqqqqq: x", `p.yaml:3: tables[0].qqqqqqqqqq: unknown key; right would be one of catalog, columns, filter, group, privileges, role, schema, table, tags, user`},
		{"key twice", "tables:\n- user: a\n  user: b\n  privileges: []", `p.yaml:3: tables[0].user: given twice; first in line 2`},
		{"section twice", "tables: []\ntables: []", `p.yaml:2: tables: given twice; first in line 1`},
		{"key twice in JSON", "{\"tables\": [],\n \"tables\": []}", `p.yaml:2: tables: given twice; first in line 1`},
		{"not a list", "tables: {user: a}", `p.yaml:1: tables: keys with values; right would be a list`},
		{"not a mapping", "- a", `p.yaml:1: a list; right would be keys with values: catalog_session_properties, catalogs, functions, impersonation, limits, queries, roles, schemas, system_session_properties, tables, tags`},
		{"a text for a rule", "tables: [x]", `p.yaml:1: tables[0]: a text; right would be keys with values: catalog, `},
		{"section without value", "tables:", `p.yaml:1: tables: no value; right would be one, or no such key`},
		{"key without value", "tables: [{user: null, privileges: []}]", `p.yaml:1: tables[0].user: no value; right would be one, or no such key`},
		{"nothing in a list", "tables: [null]", `p.yaml:1: tables[0]: nothing; right would be an entry`},
		{"unknown privilege", "tables:\n- user: a\n  privileges: [SELECT, INSRT]", `p.yaml:3: tables[0].privileges[1]: unknown: "INSRT"; did you mean INSERT?`},
		{"privileges missing", "tables: [{user: a}]", `p.yaml:1: tables[0]: privileges is missing`},
		{"privileges as a text", "tables: [{privileges: SELECT}]", `p.yaml:1: tables[0].privileges: a text; right would be a list`},
		{"K08 look-ahead", "tables: [{user: '(?!a).*', privileges: []}]", `p.yaml:1: tables[0].user: "(?!a).*" is no pattern: invalid or unsupported Perl syntax: "(?!"; right would be a regular expression of RE2 (no look-around, no back-references)`},
		{"K08 back-reference", `tables: [{user: '(a)\1', privileges: []}]`, `is no pattern: invalid escape sequence: "\\1"; right would be`},
		{"K08 unclosed", "catalogs: [{catalog: '(a', allow: all}]", `p.yaml:1: catalogs[0].catalog: "(a" is no pattern: missing closing )`},
		{"K08 two halves", "tables: [{user: 'a)|(b', privileges: []}]", `"a)|(b" is no pattern: unexpected )`},
		{"empty pattern", "tables: [{user: '', privileges: []}]", `p.yaml:1: tables[0].user: an empty pattern, which matches nothing; right would be`},
		{"a huge pattern", "tables: [{user: '" + strings.Repeat("a", 5000) + "', privileges: []}]", "a pattern of more than 4096 bytes"},
		{"a list for a pattern", "tables: [{user: [a], privileges: []}]", `p.yaml:1: tables[0].user: a list; right would be a regular expression`},
		{"filter environment", "tables: [{privileges: [], filter: x, filter_environment: {user: a}}]", `tables[0].filter_environment: expressions have no subqueries here`},
		{"mask environment", "tables: [{privileges: [], columns: [{name: a, mask: x, mask_environment: {user: a}}]}]", `columns[0].mask_environment: expressions have no subqueries here`},
		{"blank filter", "tables: [{privileges: [], filter: ' '}]", `p.yaml:1: tables[0].filter: blank; right would be an SQL expression`},
		{"column without name", "tables: [{privileges: [], columns: [{allow: false}]}]", `tables[0].columns[0]: right would be one of name and tags`},
		{"column twice", "tables: [{privileges: [], columns: [{name: a}, {name: A}]}]", `tables[0].columns[1]: the column a has an entry already`},
		{"denied and masked", "tables: [{privileges: [], columns: [{name: a, allow: false, mask: x}]}]", `right would be one of mask and allow: false`},
		{"unknown ready mask", "tables: [{privileges: [], columns: [{name: a, mask: {ready: hsh}}]}]", `columns[0].mask.ready: unknown: "hsh"; did you mean hash?`},
		{"mask without ready", "tables: [{privileges: [], columns: [{name: a, mask: {}}]}]", `columns[0].mask: ready is missing`},
		{"no tags", "tables: [{privileges: [], tags: []}]", `tables[0].tags: an empty list; right would be the names of tags`},
		{"allow of a catalog", "catalogs: [{allow: readonly}]", `catalogs[0].allow: unknown: "readonly"; did you mean read-only?`},
		{"owner as a text", "schemas: [{owner: 'true'}]", `schemas[0].owner: a text; right would be true or false`},
		{"functions of catalogs", "functions: [{catalog: a, privileges: [EXECUTE]}]", `functions[0].catalog: functions are DuckDB's own and belong to no catalog`},
		{"execute of others", "queries: [{queryOwner: a, allow: [execute]}]", `queries[0].allow: execute, of statements that somebody owns already`},
		{"size without unit", "limits: [{memory: 5}]", `limits[0].memory: "5"; right would be a size above 0 with its unit, such as 64MB or 2GiB`},
		{"a size that is too large", "limits: [{memory: 99999999999TB}]", `limits[0].memory: "99999999999TB"; right would be`},
		{"a time without unit", "limits: [{queue_wait: 5}]", `limits[0].queue_wait: "5"; right would be a time above 0 with its unit`},
		{"no bound by 0", "limits: [{running: 0}]", `limits[0].running: 0; right would be a number above 0, or no such key`},
		{"half a number", "limits: [{running: 1.5}]", `limits[0].running: "1.5"; right would be a whole number`},
		{"impersonation without whom", "impersonation: [{original_user: a}]", `impersonation[0]: new_user is missing`},
		{"impersonation by parts", "impersonation: [{original_user: '(.*)', new_user: '$1_x'}]", `impersonation[0].new_user: "$1_x" speaks of parts of the original user's name`},
		{"impersonation by both", "impersonation: [{original_user: a, original_group: b, new_user: c}]", `right would be one of original_user, original_group and original_role`},
		{"impersonation by pattern of groups", "impersonation: [{original_group: 'a.*', new_user: c}]", `impersonation[0].original_group: "a.*"; right would be a group's name, or several with | between them`},
		{"impersonation by an empty role", "impersonation: [{original_role: r, new_user: c}]", `impersonation[0].original_role: nobody is in it`},
		{"role twice", "roles: [{name: r}, {name: R}]", `roles[1]: the role "R" is there already`},
		{"sections of others", "procedures: []", `procedures: there are no procedures here`},
		{"alias", "tables: &a []\nschemas: *a", `an anchor or alias, which rules do not have; right would be a list`},
		{"two documents", "tables: []\n---\ntables: []", `a second document; the rules are one`},
		{"no YAML", "tables: [", `p.yaml:1: not understood as YAML or JSON: sequence end token ']' not found`},
		{"UTF-16", "\xff\xfet\x00", `p.yaml:1: the text is UTF-16; right would be UTF-8`},
		{"not UTF-8", "tables: []\n# \xe4", `p.yaml:2: a character that no text has`},
		{"too deep", strings.Repeat("[", 501), `p.yaml:1: lists and sections lie more than 500 deep`},
		{"too deep by dashes", strings.Repeat("- ", 501), `p.yaml:1: lists and sections lie more than 500 deep`},
	} {
		rules, err := Parse("p.yaml", []byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v\nwant %s", tt.name, err, tt.want)
		}
		if rules != nil {
			t.Errorf("%s: there are rules beside the error", tt.name)
		}
	}
}

func TestAllMistakesAreSaidAtOnceInTheOrderOfTheirLines(t *testing.T) {
	_, err := Parse("p.yaml", []byte("tables:\n- privileges: [NO]\n- user: '('\n  privileges: []\nschemas: [{owner: 1}]\nnothing: 1\n"))
	if err == nil {
		t.Fatal("no error")
	}
	var at []string
	for _, line := range strings.Split(err.Error(), "\n") {
		at = append(at, strings.Join(strings.Split(line, ":")[:2], ":"))
	}
	if got := strings.Join(at, " "); got != "p.yaml:2 p.yaml:3 p.yaml:5 p.yaml:6" {
		t.Errorf("places %s of\n%v", got, err)
	}
}

// K07
func TestFilesWithoutRulesDenyEverythingAndTell(t *testing.T) {
	for _, text := range []string{"", " \n", "# none\n", "null", "~", "{}", "---\n", "tables: []", "limits: [{rows: 5}]", "\xef\xbb\xbf", "\xef\xbb\xbf{}"} {
		rules, err := Parse("p.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if !rules.Empty() {
			t.Errorf("%q: not Empty", text)
		}
		pol, err := New(Config{Rules: rules, ReadOnlyGroups: []string{"g"}, WriteGroups: []string{"g"}})
		if err != nil {
			t.Fatal(err)
		}
		p := person("ann", "g")
		p.Scopes = []string{ScopeRead, ScopeWrite}
		r := pol.Rights(p)
		if d := r.Table(table("lake", "main", "t")); d.Privileges != 0 || !r.None() || r.At("lake", "main") != 0 || r.Reaches("lake") {
			t.Errorf("%q: %+v, rights %+v", text, d, r)
		}
	}
}

func TestJSONAndYAMLAreReadAlike(t *testing.T) {
	const inJSON = "{\n\t\"tables\": [\n\t\t{\"user\": \"a\\/\\u00e9\\ud83d\\ude00\", \"privileges\": [\"SELECT\"], \"filter\": \"x = 'a\\\\b'\"}\n\t]\n}"
	const inYAML = "tables:\r\n  - user: a/é😀\r\n    privileges: [SELECT]\r\n    filter: |\r\n      x = 'a\\b'\r\n"
	for _, text := range []string{inJSON, inYAML, "\xef\xbb\xbf" + inJSON, "\xef\xbb\xbf" + inYAML} {
		rules := parsed(t, text)
		r := rules.tables[0]
		if !r.who.user.matches("a/é😀") || r.privileges != Select || r.filter.Text != `x = 'a\b'` {
			t.Errorf("%q: %+v, %q", text, r, r.filter.Text)
		}
	}
}

func TestNumbersAreTakenAsTheyAreSpelled(t *testing.T) {
	rules := parsed(t, "tables: [{user: 007, table: 1e3, privileges: [select]}]")
	if r := rules.tables[0]; !r.who.user.matches("007") || r.where.table.text != "1e3" || r.privileges != Select {
		t.Errorf("%+v", r)
	}
}

func TestRulesAreLabelledWithTheirLine(t *testing.T) {
	rules := parsed(t, "tables:\n- privileges: []\n\n- # here\n  user: a\n  privileges: []\n- {privileges: [],\n  filter: x}\n")
	var got []string
	for _, r := range rules.tables {
		got = append(got, r.label)
	}
	if s := strings.Join(got, ", "); s != "tables[0] (policy.yaml:2), tables[1] (policy.yaml:5), tables[2] (policy.yaml:7)" {
		t.Error(s)
	}
	if place := rules.tables[2].filter.Place; place != "policy.yaml:8: tables[2].filter" {
		t.Error(place)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"64MB": 64e6, "64MiB": 64 << 20, "1B": 1, "2 GB": 2e9, "3kB": 3000, "3kiB": 3072, "1TiB": 1 << 40} {
		if got, ok := sizeOf(text); !ok || got != want {
			t.Errorf("%s: %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "5", "MB", "0MB", "-1MB", "1.5MB", "1iB", "1XB", "1mb", "9999999999999999999B"} {
		if got, ok := sizeOf(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}
