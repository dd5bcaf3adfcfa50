package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite expected outputs")

// golden compares got with a file, or rewrites that file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test ./cmd/lakegate -update writes it", err)
	}
	if got != string(want) {
		t.Errorf("%s is out of date; go test ./cmd/lakegate -update rewrites it.\ngot:\n%s", file, got)
	}
}

func TestConfigurationPageSaysWhatTheCodeDoes(t *testing.T) {
	golden(t, "../../docs/configuration.md", configurationPage())
}

func TestTheSettingsThatAreShownElsewhereAreAccepted(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, found := strings.Cut(string(readme), "```yaml\n")
	shown, _, closed := strings.Cut(shown, "```")
	if !found || !closed {
		t.Fatal("README.md shows no settings")
	}
	deployed, err := os.ReadFile("../../deploy/lakegate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"README.md": shown, "deploy/lakegate.yaml": string(deployed)} {
		dir := folder(t, map[string]string{"s3.secret": "s\n", "pg.secret": "p\n", "ticket.key": strings.Repeat("ab", 32) + "\n"})
		if _, err := devCertificate(dir); err != nil {
			t.Fatal(err)
		}
		l, err := parseSettings(name, dir, []byte(strings.ReplaceAll(text, "/etc/lakegate/", "")), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(l.warnings) != 0 || l.TLS.Certificate == "" || len(l.Catalogs) != 1 {
			t.Errorf("%s: warnings %q, certificate %q, %d catalogs", name, l.warnings, l.TLS.Certificate, len(l.Catalogs))
		}
	}
}

var (
	yamlBlock  = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	assignment = regexp.MustCompile(`(?m)^(?:export )?([A-Z][A-Z0-9_]*)=(.*)$`)
)

// Each block of settings on a page about identity is accepted, beside what such a
// page need not repeat, and without a warning but those that it is about.
func TestTheSettingsOfTheIdentityPagesAreAccepted(t *testing.T) {
	pages, err := filepath.Glob("../../docs/identity/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	dir := folder(t, map[string]string{"ldap.secret": "s\n"})
	if _, err := devCertificate(dir); err != nil {
		t.Fatal(err)
	}
	const rest = "catalogs: {lake: {type: duckdb, path: lake.duckdb}}\n"
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		accept := func(what, settings string, environment []string) {
			l, err := parseSettings(filepath.Base(page), dir, []byte(settings), environment)
			if err != nil {
				t.Errorf("%s: %v\n%s", page, err, what)
				return
			}
			for _, w := range l.warnings {
				if strings.Contains(w, "is no setting") || strings.Contains(w, "not listed") {
					t.Errorf("%s: %s\n%s", page, w, what)
				}
			}
		}
		for _, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
			settings := block[1]
			if !strings.Contains(settings, "catalogs:") {
				settings += rest
			}
			accept(block[1], settings, nil)
		}
		for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			var environment []string
			for _, line := range assignment.FindAllStringSubmatch(block[1], -1) {
				environment = append(environment, line[1]+"="+strings.Trim(line[2], `"'`))
			}
			if len(environment) > 0 && !strings.Contains(block[1], "curl ") && !strings.Contains(block[1], "TOKEN=$(") {
				accept(block[1], rest, environment)
			}
		}
	}
}

const pageHead = `# Configuration

Generated from the table of keys in cmd/lakegate by ` + "`go test ./cmd/lakegate -update`" + `; a test keeps it true.

` + "`lakegate serve --config FILE`" + ` takes built-in defaults, then the YAML file, then the environment; the later wins. Everything is checked before
anything starts, and all mistakes are said at once, each with its file, line and key. A bad value never becomes a default. An unknown key stops the start
with the nearest one that is known. ` + "`lakegate config print --config FILE`" + ` shows what is in force and where each value comes from, secrets masked.

## Rules

- **Environment.** Every key is also ` + "`LAKEGATE_`" + ` and its path in capitals, dots and anything that is no letter or digit as underscores:
  ` + "`engine.memory_limit`" + ` is ` + "`LAKEGATE_ENGINE_MEMORY_LIMIT`" + `, ` + "`catalogs.lake.metadata.password`" + ` is ` + "`LAKEGATE_CATALOGS_LAKE_METADATA_PASSWORD`" + `. A name between the dots
  that is not in the file makes a new entry, in lower case; tables of a catalog of type files must be in the file. Lists are separated by commas. The keys below ` + "`auth`" + `
  have short names too. A variable of ours that is set and empty is a mistake; one that is nearly a known name is a mistake; another unknown one with our prefix is a warning in the log.
- **Secrets.** A key marked *secret* may be given as ` + "`KEY_file`" + ` (` + "`LAKEGATE_..._FILE`" + `): the path of a file whose content, without its trailing newline, is the value.
- **Paths.** Relative ones are seen from the settings file's folder, in the environment from the working folder.
- **Values.** Durations and sizes carry their unit: ` + "`30s`, `5m`, `1h`; `512MB`, `4GB` (powers of 1000), `64MiB` (powers of 1024)" + `. Numbers in place of texts are taken as they are spelled.
  Anchors, aliases and tags of YAML are refused.

## A whole file

` + "```yaml" + `
`

const pageExample = `listen: 0.0.0.0:50051
engine: {memory_limit: 4GB, threads: 0, spill: /var/lib/lakegate/spill, spill_limit: 20GB}
extensions: /usr/lib/lakegate/extensions
state: /var/lib/lakegate
tls: {certificate: server.pem, key: server.key}
storage:
  lake: {type: s3, scope: "s3://lake1/", endpoint: "http://127.0.0.1:7070", region: us-east-1, path_style: true, access_key_id: k, secret_access_key_file: s3.secret}
catalogs:
  boilstream: {type: ducklake, metadata: {type: postgres, host: 127.0.0.1, port: 5432, database: lake, user: lake, password_file: pg.secret, schema: boilstream}, data: "s3://lake1/boilstream/"}
  scratch:    {type: duckdb, path: scratch.duckdb}
  weblogs:    {type: files, tables: {web.hits: {path: "s3://lake1/hits/**/*.parquet", hive_partitioning: true}}}
auth:
  providers: [okta, oidc]
  okta: {org_domain: company.okta.com, audience: "api://boilstream", auth_server_id: default}
  oidc: {issuer: "https://id.example.com/realms/data", audience: lakegate, jwks_url: "https://id.example.com/realms/data/certs", user_claim: sub, groups_claim: groups}
  read_only_groups: [analysts]
`

func configurationPage() string {
	var b strings.Builder
	b.WriteString(pageHead + pageExample + "```\n\n## Keys\n")
	section := ""
	for _, k := range keys {
		if s := sectionOf(k.path); s != section {
			section = s
			fmt.Fprintf(&b, "\n### %s\n", section)
		}
		fmt.Fprintf(&b, "\n#### `%s`\n\n%s\n\n", strings.NewReplacer("catalogs.*.tables.*", "catalogs.NAME.tables.TABLE", "*", "NAME").Replace(k.path), k.doc)
		kindText := k.kind.label
		if k.secret && !strings.Contains(kindText, "secret") {
			kindText += ", secret"
		}
		fmt.Fprintf(&b, "- type: %s\n", kindText)
		switch {
		case k.def != "":
			fmt.Fprintf(&b, "- default: `%s`\n", k.def)
		default:
			b.WriteString("- default: none\n")
		}
		if len(k.env) > 0 {
			fmt.Fprintf(&b, "- also: `%s`\n", strings.Join(k.env, "`, `"))
		}
		fmt.Fprintf(&b, "- example: `%s: %s`\n", k.last(), k.example)
		fmt.Fprintf(&b, "- a bad value says: want %s\n", k.kind.want)
	}
	return b.String()
}

func sectionOf(path string) string {
	first, _, nested := strings.Cut(path, ".")
	if !nested {
		return "Server"
	}
	return "`" + first + "`"
}
