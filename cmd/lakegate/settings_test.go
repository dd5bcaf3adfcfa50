package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

// minimal is the least that a server can be told.
const minimal = `catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}
auth: {providers: [oidc], oidc: {issuer: "https://id.example.com", audience: lakegate}, read_only_groups: [analysts]}
`

// folder makes a folder with these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load reads yaml as lakegate.yaml of a folder with files.
func load(t *testing.T, yaml string, files map[string]string, environment ...string) (*loaded, error) {
	t.Helper()
	dir := folder(t, files)
	return parseSettings("lakegate.yaml", dir, []byte(yaml), environment)
}

func mistakesOf(t *testing.T, err error) []string {
	t.Helper()
	var s *settingsError
	if !errors.As(err, &s) {
		t.Fatalf("not a settings error: %v", err)
	}
	out := make([]string, len(s.mistakes))
	for i, m := range s.mistakes {
		out[i] = m.String()
	}
	return out
}

func TestTheDocumentedFileIsAccepted(t *testing.T) {
	dir := folder(t, map[string]string{"s3.secret": "s3cr3t\n", "pg.secret": "with blanks \r\n"})
	if _, err := devCertificate(dir); err != nil { // server.pem and server.key
		t.Fatal(err)
	}
	l, err := parseSettings("lakegate.yaml", dir, []byte(pageExample), nil)
	if err != nil {
		t.Fatal(err)
	}
	lake, storage, hits := l.Catalogs["boilstream"], l.Storage["lake"], l.Tables["weblogs"]["web.hits"]
	if lake.Metadata.Password != "with blanks " || lake.Metadata.Port != 5432 || lake.Type != catalog.DuckLake || lake.Data != "s3://lake1/boilstream/" {
		t.Errorf("boilstream: %+v", lake)
	}
	if storage.SecretAccessKey != "s3cr3t" || !storage.PathStyle || storage.AccessKeyID != "k" {
		t.Errorf("storage: %+v", storage)
	}
	if hits.Schema != "web" || hits.Name != "hits" || !hits.HivePartitioning {
		t.Errorf("web.hits: %+v", hits)
	}
	if got := l.Catalogs["scratch"].Path; got != filepath.Join(dir, "scratch.duckdb") {
		t.Errorf("a relative path was seen from elsewhere: %s", got)
	}
	if l.Engine.MemoryLimit.Bytes != 4e9 || l.Session.Idle != 30*time.Minute || l.Auth.Okta.AuthServerID != "default" {
		t.Errorf("values: %+v", l.settings)
	}
	if len(l.warnings) != 0 {
		t.Errorf("warnings: %q", l.warnings)
	}
}

func TestEachBadSettingIsNamed(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"misspelt key", minimal + "lisen: 127.0.0.1:1\n", "lakegate.yaml:3: lisen: unknown key; did you mean listen?"},
		{"misspelt nested key", minimal + "engine:\n  memory_limt: 4GB\n", "lakegate.yaml:4: engine.memory_limt: unknown key; did you mean engine.memory_limit?"},
		{"key in the wrong place", minimal + "memory_limit: 4GB\n", "lakegate.yaml:3: memory_limit: unknown key; did you mean engine.memory_limit?"},
		{"key like no other", minimal + "log: {colour: red}\n", "lakegate.yaml:3: log.colour: unknown key; known here: format, level"},
		{"size without unit", minimal + "engine: {memory_limit: 4}\n", `lakegate.yaml:3: engine.memory_limit: "4" is not right; want a positive number with its unit`},
		{"duration without unit", minimal + "grace: 30\n", `lakegate.yaml:3: grace: "30" is not right; want a positive duration`},
		{"negative duration", minimal + "grace: -1s\n", `lakegate.yaml:3: grace: "-1s" is not right`},
		{"number out of bounds", minimal + "engine: {threads: 5000}\n", `lakegate.yaml:3: engine.threads: "5000" is not right; want a whole number from 0 to 4096`},
		{"text for a number", minimal + "engine: {threads: many}\n", `lakegate.yaml:3: engine.threads: "many" is not right`},
		{"text for true", minimal + "lakes_required: yes\n", `lakegate.yaml:3: lakes_required: "yes" is not right; want true or false`},
		{"true for a text", minimal + "default_schema: true\n", "lakegate.yaml:3: default_schema: true or false; want a text"},
		{"list for a text", minimal + "state: [a, b]\n", "lakegate.yaml:3: state: a list; want a file or folder"},
		{"text for a list", "catalogs: {s: {type: duckdb, path: x}}\nauth: {providers: oidc}\n", "lakegate.yaml:2: auth.providers: a text; want a list of okta, auth0"},
		{"section for a value", minimal + "state: {a: b}\n", "lakegate.yaml:3: state: a section; want"},
		{"value for a section", minimal + "engine: fast\n", "lakegate.yaml:3: engine: a text; want a section"},
		{"nothing", minimal + "state:\n", "lakegate.yaml:3: state: no value; give one or remove the line"},
		{"duplicate key", minimal + "grace: 1s\ngrace: 2s\n", "lakegate.yaml:4: grace: given twice; first in line 3"},
		{"duplicate name but for case", "catalogs:\n  a: {type: duckdb, path: x}\n  A: {type: duckdb, path: y}\n", "lakegate.yaml:3: catalogs.A: given twice; first in line 2"},
		{"anchor", "catalogs: {s: &x {type: duckdb, path: x}}\n", "lakegate.yaml:1: catalogs.s: an anchor or alias"},
		{"second document", minimal + "---\ngrace: 1s\n", "a second document"},
		{"not YAML", "listen: [\n", "not understood as YAML"},
		{"address without port", minimal + "listen: localhost\n", `lakegate.yaml:3: listen: "localhost" is not right; want host:port`},
		{"plaintext for the world", minimal + "listen: 0.0.0.0:50051\n", "lakegate.yaml:3: listen: 0.0.0.0:50051 is not loopback, and there is no tls"},
		{"every address", minimal + "listen: :50051\n", "lakegate.yaml:3: listen: :50051 is not loopback"},
		{"certificate without key", minimal + "tls: {certificate: a.pem}\n", "lakegate.yaml:3: tls.key: is missing"},
		{"certificate not there", minimal + "tls: {certificate: a.pem, key: b.pem}\n", "lakegate.yaml:3: tls: open "},
		{"bad ticket key", minimal + "ticket_key: short\n", "lakegate.yaml:3: ticket_key: want one or several keys of 32 bytes"},
		{"secret file not there", minimal + "ticket_key_file: nope\n", "nope: no such file or directory"},
		{"no catalogs", "auth: {providers: [oidc], oidc: {issuer: \"https://a.b\", audience: c}}\n", "lakegate.yaml: catalogs: there is none"},
		{"catalog without type", "catalogs: {s: {path: x}}\n", "lakegate.yaml:1: catalogs.s.type: is missing"},
		{"unknown type", "catalogs: {s: {type: iceberg}}\n", `catalogs.s.type: "iceberg" is not right; want one of ducklake, duckdb, files`},
		{"key of another type", "catalogs: {s: {type: duckdb, path: x, data: y}}\n", "catalogs.s.data: does not belong to a catalog of type duckdb"},
		{"lake without data", "catalogs: {s: {type: ducklake, metadata: {type: duckdb, path: x}}}\n", "lakegate.yaml:1: catalogs.s.data: is missing"},
		{"metadata of another type", "catalogs: {s: {type: ducklake, data: d/, metadata: {type: duckdb, path: x, host: h}}}\n", "catalogs.s.metadata.host: does not belong to metadata of type duckdb"},
		{"metadata half told", "catalogs: {s: {type: ducklake, data: d/, metadata: {type: postgres, host: h}}}\n", "catalogs.s.metadata.database: is missing"},
		{"one file for two", "catalogs: {a: {type: duckdb, path: x}, b: {type: duckdb, path: x}}\n", "catalogs.b.path: is the file of catalogs.a.path too"},
		{"name of the engine's", "catalogs: {system: {type: duckdb, path: x}}\n", "catalogs.system: is a name of the engine's own"},
		{"name of the server's own", "catalogs: {LakeGate: {type: duckdb, path: x}}\n", "catalogs.LakeGate: is the name of the server's own catalog"},
		{"odd name", "catalogs: {\"a;b\": {type: duckdb, path: x}}\n", "a name holds letters, digits"},
		{"files without tables", "catalogs: {w: {type: files}}\n", "catalogs.w.tables: is missing"},
		{"table with three parts", "catalogs: {w: {type: files, tables: {a.b.c: {path: x}}}}\n", "catalogs.w.tables.a.b.c: a table's name is schema.table"},
		{"climbing data", "catalogs: {s: {type: ducklake, data: \"s3://a/../b/\", metadata: {type: duckdb, path: x}}}\n", `catalogs.s.data: "s3://a/../b/" is not right`},
		{"data that redirects", "catalogs: {s: {type: ducklake, data: \"s3://a/b?s3_endpoint=h\", metadata: {type: duckdb, path: x}}}\n", "catalogs.s.data:"},
		{"scope without slash", minimal + "storage: {l: {scope: \"s3://a\", credential_chain: true}}\n", `storage.l.scope: "s3://a" is not right; want s3://bucket/`},
		{"storage without key", minimal + "storage: {l: {scope: \"s3://a/\", access_key_id: k}}\n", "lakegate.yaml:3: storage.l.secret_access_key: is missing"},
		{"chain and key", minimal + "storage: {l: {scope: \"s3://a/\", credential_chain: true, access_key_id: k}}\n", "storage.l.access_key_id: does not go with credential_chain"},
		{"default catalog not there", minimal + "default_catalog: scrach\n", "lakegate.yaml:3: default_catalog: there is no catalog scrach; did you mean scratch?"},
		{"no provider", "catalogs: {s: {type: duckdb, path: x}}\n", "lakegate.yaml: auth.providers: no identity provider is configured"},
		{"provider twice", "auth: {providers: [oidc, OIDC]}\n", "lakegate.yaml:1: auth.providers: oidc is listed twice"},
		{"unknown provider", "auth: {providers: [otka]}\n", `auth.providers: there is no provider otka, and no auth.issuers.otka; did you mean okta?`},
		{"provider half told", "auth: {providers: [okta]}\n", "lakegate.yaml:1: auth.okta.org_domain: is missing; the provider okta needs it (also OKTA_ORG_DOMAIN)"},
		{"domain with scheme", "auth: {providers: [okta], okta: {org_domain: \"https://a.okta.com\", audience: x}}\n", `auth.okta.org_domain: "https://a.okta.com" is not right; want a bare host name`},
		{"org server without client", "auth: {providers: [okta], okta: {org_domain: a.okta.com, audience: x, allow_org_server: true}}\n", "auth.okta.client_id: is missing; with allow_org_server"},
		{"keys from two places", "auth: {providers: [oidc], oidc: {issuer: \"https://a.b\", audience: x, jwks_url: \"https://a.b/k\", jwks_file: k}}\n", "auth.oidc.jwks_file: does not go together with jwks_url"},
		{"issuer with user", "auth: {providers: [oidc], oidc: {issuer: \"https://u:p@a.b\", audience: x}}\n", "auth.oidc.issuer:"},
		{"too much skew", minimal + "auth.skew: 1m\n", "auth.skew: unknown key"},
		{"empty group", "auth: {read_only_groups: [\"\"]}\n", "auth.read_only_groups:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.yaml, nil)
			if err == nil {
				t.Fatal("accepted")
			}
			got := mistakesOf(t, err)
			if !slices.ContainsFunc(got, func(m string) bool { return strings.Contains(m, c.want) }) {
				t.Errorf("none of\n  %s\nsays %q", strings.Join(got, "\n  "), c.want)
			}
		})
	}
}

func TestAllMistakesAreSaidAtOnceInOrder(t *testing.T) {
	_, err := load(t, "grace: soon\nlisen: x\n"+minimal+"engine: {threads: x}\n", nil, "AUTH_PROVIDERS=", "LAKEGATE_LOG_LEVEL=loud")
	got := mistakesOf(t, err)
	want := []string{"lakegate.yaml:1: grace", "lakegate.yaml:2: lisen", "lakegate.yaml:5: engine.threads", "AUTH_PROVIDERS: auth.providers: is set and empty", `LAKEGATE_LOG_LEVEL: log.level: "loud"`}
	if len(got) != len(want) {
		t.Fatalf("%d mistakes, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("mistake %d is %q, want %q", i, got[i], want[i])
		}
	}
	if !strings.HasPrefix(err.Error(), "settings, 5 mistakes:\n") {
		t.Errorf("error: %v", err)
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	l, err := load(t, minimal+"grace: 1s\nengine: {threads: 2}\n", map[string]string{"pw": "from file"},
		"LAKEGATE_GRACE=9s", "OIDC_AUDIENCE=other", "WRITE_GROUPS=a, b ,c",
		"LAKEGATE_CATALOGS_SCRATCH_READ_ONLY=true",
		"LAKEGATE_CATALOGS_PG_TYPE=ducklake", "LAKEGATE_CATALOGS_PG_DATA=/data/", "LAKEGATE_CATALOGS_PG_METADATA_TYPE=duckdb", "LAKEGATE_CATALOGS_PG_METADATA_PATH=/m.ducklake",
		"LAKEGATE_SERVICE_HOST=10.0.0.1", "LAKEGATE_PORT_50051_TCP_ADDR=10.0.0.1", "LAKEGATE_TOKEN=t", "LAKEGATE_SOMETHING_ELSE=1", "PATH=/bin")
	if err != nil {
		t.Fatal(err)
	}
	if l.Grace != 9*time.Second || l.Engine.Threads != 2 || !slices.Equal(l.Auth.OIDC.Audience, []string{"other"}) || !slices.Equal(l.Auth.WriteGroups, []string{"a", "b", "c"}) {
		t.Errorf("values: %+v", l.settings)
	}
	if !l.Catalogs["scratch"].ReadOnly || l.Catalogs["pg"].Metadata.Path != "/m.ducklake" {
		t.Errorf("catalogs: %+v, %+v", l.Catalogs["scratch"], l.Catalogs["pg"])
	}
	if len(l.warnings) != 1 || !strings.HasPrefix(l.warnings[0], "LAKEGATE_SOMETHING_ELSE is no setting") {
		t.Errorf("warnings: %q", l.warnings)
	}
}

func TestMisspeltVariablesStopTheStart(t *testing.T) {
	for name, want := range map[string]string{
		"OKTA_AUDIANCE=x":               "OKTA_AUDIANCE: unknown; did you mean OKTA_AUDIENCE?",
		"AUTH_PROVIDER=okta":            "AUTH_PROVIDER: unknown; did you mean AUTH_PROVIDERS?",
		"LAKEGATE_ENGINE_MEMORY_LIMT=1": "LAKEGATE_ENGINE_MEMORY_LIMT: unknown; did you mean LAKEGATE_ENGINE_MEMORY_LIMIT?",
	} {
		_, err := load(t, minimal, nil, name)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if got := mistakesOf(t, err); !slices.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestOneKeyByTwoVariablesMustAgree(t *testing.T) {
	if _, err := load(t, minimal, nil, "OIDC_AUDIENCE=a", "LAKEGATE_AUTH_OIDC_AUDIENCE=a"); err != nil {
		t.Errorf("equal values: %v", err)
	}
	_, err := load(t, minimal, nil, "OIDC_AUDIENCE=a", "LAKEGATE_AUTH_OIDC_AUDIENCE=b")
	if err == nil || !strings.Contains(err.Error(), "given twice; also by auth.oidc.audience at LAKEGATE_AUTH_OIDC_AUDIENCE") {
		t.Errorf("different values: %v", err)
	}
}

// secrets is a file in which every secret holds the word hunter2.
const secrets = minimal + `storage: {l: {scope: "s3://a/", access_key_id: hunter2a, secret_access_key: hunter2b, session_token: hunter2c}}
`

func TestSecretsAreInNoPrintAndNoError(t *testing.T) {
	l, err := load(t, secrets, nil, "LAKEGATE_CATALOGS_PG_METADATA_PASSWORD=hunter2d",
		"LAKEGATE_CATALOGS_PG_TYPE=ducklake", "LAKEGATE_CATALOGS_PG_DATA=/d/", "LAKEGATE_CATALOGS_PG_METADATA_TYPE=postgres",
		"LAKEGATE_CATALOGS_PG_METADATA_HOST=h", "LAKEGATE_CATALOGS_PG_METADATA_DATABASE=d", "LAKEGATE_CATALOGS_PG_METADATA_USER=u")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := l.print(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hunter2") || strings.Count(b.String(), `"[redacted]"`) != 4 {
		t.Errorf("printed:\n%s", b.String())
	}
	for _, broken := range []string{
		secrets + "ticket_key: hunter2\n",
		secrets + "ticket_key: [hunter2, {hunter2: 1}]\n",
		secrets + "  x: hunter2\n bad\n",
		strings.Replace(secrets, "hunter2b", `[hunter2]`, 1),
		strings.Replace(secrets, "hunter2b", `{hunter2: x}`, 1),
	} {
		if _, err := load(t, broken, nil); err == nil {
			t.Errorf("accepted: %s", broken)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a secret in: %v", err)
		}
	}
}

func TestPrintedSettingsAreThoseInForce(t *testing.T) {
	dir := folder(t, map[string]string{"s3.secret": "x", "pg.secret": "y"})
	if _, err := devCertificate(dir); err != nil {
		t.Fatal(err)
	}
	l, err := parseSettings("lakegate.yaml", dir, []byte(pageExample), []string{"LAKEGATE_GRACE=90s", "ADMIN_GROUPS=platform"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := l.print(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/config_print.golden", strings.ReplaceAll(b.String(), dir, "DIR"))

	again, err := parseSettings("again.yaml", dir, []byte(strings.ReplaceAll(b.String(), `"[redacted]"`, "k")), nil)
	if err != nil {
		t.Fatalf("what was printed is not accepted: %v", err)
	}
	if again.Grace != 90*time.Second || again.Catalogs["boilstream"].Metadata.Password != "y" {
		t.Errorf("read again: %+v", again.settings)
	}
}

func TestSizesAreReadAsDuckDBDoes(t *testing.T) {
	for text, want := range map[string]int64{"1KB": 1000, "1KiB": 1024, "1.5GB": 1_500_000_000, "64MiB": 64 << 20, "4 GB": 4_000_000_000, "2TiB": 2 << 40} {
		if got, err := parseSize(text); err != nil || got.Bytes != want {
			t.Errorf("%s: %d, %v; want %d", text, got.Bytes, err, want)
		}
	}
	for _, text := range []string{"", "GB", "4", "-1GB", "4gb", "1e3GB", "0GB", "4GB;", "99999999TB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q was read as %d", text, got.Bytes)
		}
	}
}

func TestEveryKeyHasItsWords(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.path] || k.doc == "" || k.example == "" || k.kind.want == "" || k.kind.label == "" {
			t.Errorf("%s: twice, or without doc, example, type or what a bad value says", k.path)
		}
		seen[k.path] = true
		if k.def == "" || strings.Contains(k.path, "*") {
			continue
		}
		if err := k.kind.assign(k.field(newSettings(), nil), []string{k.def}, "."); err != nil {
			t.Errorf("%s: its own default is refused: %v", k.path, err)
		}
	}
}

// cloudSettings is each cloud provider with all that it needs, by its environment names.
var cloudSettings = map[string][]string{
	"okta":     {"OKTA_ORG_DOMAIN=company.okta.com", "OKTA_AUDIENCE=api://boilstream"},
	"auth0":    {"AUTH0_TENANT=company.auth0.com", "AUTH0_AUDIENCE=https://lake.company.com"},
	"cognito":  {"COGNITO_USER_POOL_ID=eu-west-1_AbCdEf123"},
	"azure-ad": {"AZURE_TENANT_ID=72f988bf-0000-4000-8000-2d7cd011db47", "AZURE_CLIENT_ID=6e74172b-0000-4000-8000-0c1b8b3f6f0f"},
	"gcp":      {"GCP_CLIENT_ID=1234-abcd.apps.googleusercontent.com"},
}

// BS-01, E07: names, aliases, blanks and case; what is unknown, empty or half told.
func TestProvidersHaveTheNamesOfBoilStream(t *testing.T) {
	const rest = "catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\nauth: {read_only_groups: [analysts]}\n"
	var all []string
	for _, given := range cloudSettings {
		all = append(all, given...)
	}
	with := func(providers string) []string { return append([]string{"AUTH_PROVIDERS=" + providers}, all...) }
	for value, want := range map[string][]string{
		"okta": {"okta"}, "auth0": {"auth0"}, "cognito": {"cognito"},
		"azure-ad": {"azure-ad"}, "azure": {"azure-ad"}, "entra-id": {"azure-ad"},
		"gcp": {"gcp"}, "google": {"gcp"}, "google-cloud": {"gcp"},
		"auth0,okta":                         {"auth0", "okta"}, // BS-20
		"\tOkta , AZURE ,\tGoogle-Cloud":     {"okta", "azure-ad", "gcp"},
		"okta,auth0,cognito,entra-id,google": {"okta", "auth0", "cognito", "azure-ad", "gcp"},
	} {
		l, err := load(t, rest, nil, with(value)...)
		if err != nil {
			t.Errorf("%q: %v", value, err)
		} else if !slices.Equal(l.Auth.Providers, want) {
			t.Errorf("%q: providers are %q, want %q", value, l.Auth.Providers, want)
		}
	}
	for value, want := range map[string]string{
		"":               "AUTH_PROVIDERS: auth.providers: is set and empty",
		"okta,,":         "AUTH_PROVIDERS: auth.providers:",
		"otka":           "auth.providers: there is no provider otka, and no auth.issuers.otka; did you mean okta?",
		"azure,entra-id": "auth.providers: azure-ad is listed twice",
		"okta;auth0":     "AUTH_PROVIDERS: auth.providers:",
	} {
		_, err := load(t, rest, nil, with(value)...)
		if err == nil {
			t.Errorf("%q is accepted", value)
		} else if got := mistakesOf(t, err); !slices.ContainsFunc(got, func(m string) bool { return strings.Contains(m, want) }) {
			t.Errorf("%q: none of %q says %q", value, got, want)
		}
	}
	for name, given := range cloudSettings {
		for i, missing := range given {
			variable, _, _ := strings.Cut(missing, "=")
			_, err := load(t, rest, nil, append(slices.Delete(slices.Clone(given), i, i+1), "AUTH_PROVIDERS="+name)...)
			if err == nil {
				t.Errorf("%s without %s is accepted", name, variable)
			} else if got := strings.Join(mistakesOf(t, err), "\n"); !strings.Contains(got, "auth."+name+".") || !strings.Contains(got, "(also "+variable+")") {
				t.Errorf("%s without %s: %s", name, variable, got)
			}
		}
	}
}

// The documented environment names reach the settings that they are for.
func TestCloudSettingsByTheirEnvironmentNames(t *testing.T) {
	l, err := load(t, "catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\nauth: {read_only_groups: [analysts]}\n", nil,
		"AUTH_PROVIDERS=okta,auth0,cognito,azure,google",
		"OKTA_ORG_DOMAIN=company.okta.com", "OKTA_AUDIENCE=api://boilstream", "OKTA_AUTH_SERVER_ID=aus1", "OKTA_CLIENT_ID=0oa1", "OKTA_ALLOW_ORG_SERVER=true",
		"AUTH0_TENANT=company.auth0.com", "AUTH0_AUDIENCE=a", "AUTH0_GROUPS_NAMESPACE=https://company.com/groups",
		"COGNITO_USER_POOL_ID=eu-west-1_AbCdEf123", "COGNITO_REGION=eu-west-1", "COGNITO_AUDIENCE=c1,c2", "COGNITO_RESOURCE_SERVER=lake",
		"AZURE_TENANT_ID=common", "AZURE_CLIENT_ID=6e74172b-0000-4000-8000-0c1b8b3f6f0f", "AZURE_ALLOW_MULTI_TENANT=true",
		"GCP_CLIENT_ID=g", "GCP_PROJECT_ID=p", "GCP_REQUIRE_WORKSPACE_DOMAIN=true")
	if err != nil {
		t.Fatal(err)
	}
	a := l.Auth
	for name, ok := range map[string]bool{
		"okta":    a.Okta.OrgDomain == "company.okta.com" && a.Okta.Audience == "api://boilstream" && a.Okta.AuthServerID == "aus1" && a.Okta.ClientID == "0oa1" && a.Okta.AllowOrgServer,
		"auth0":   a.Auth0.Tenant == "company.auth0.com" && a.Auth0.Audience == "a" && a.Auth0.GroupsNamespace == "https://company.com/groups",
		"cognito": a.Cognito.UserPoolID == "eu-west-1_AbCdEf123" && a.Cognito.Region == "eu-west-1" && slices.Equal(a.Cognito.ClientIDs, []string{"c1", "c2"}) && a.Cognito.ResourceServer == "lake",
		"entra":   a.Entra.TenantID == "common" && a.Entra.ClientID != "" && a.Entra.AllowMultiTenant,
		"google":  a.Google.ClientID == "g" && a.Google.ProjectID == "p" && a.Google.RequireWorkspaceDomain,
	} {
		if !ok {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
