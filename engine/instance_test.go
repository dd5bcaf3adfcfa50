package engine

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
)

// extensionFolder is where the tests' extensions are; without one a test that
// needs it is skipped on a laptop and fails in CI.
func extensionFolder(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("LAKEGATE_TEST_EXTENSIONS")
	if folder == "" {
		folder = filepath.Join("..", "extensions")
	}
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no extensions: run `make extensions`")
		}
		t.Skip("no extensions: run `make extensions`")
	}
	return folder
}

// config is a Config over lakes, with everything else set for a test.
func config(t testing.TB, lakes ...catalog.Lake) Config {
	t.Helper()
	return Config{
		Lakes: lakes, Extensions: extensionFolder(t), Spill: filepath.Join(t.TempDir(), "spill"),
		RequireLakes: true, Log: slog.New(slog.DiscardHandler),
	}
}

func openTest(t testing.TB, cfg Config) *instance {
	t.Helper()
	inst, err := openInstance(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(inst.close)
	return inst
}

func connectTest(t testing.TB, inst *instance) *conn {
	t.Helper()
	c, err := inst.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func run(t testing.TB, c *conn, sql string, args ...string) {
	t.Helper()
	if err := c.exec(t.Context(), strings.NewReplacer(args...).Replace(sql)); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func localLake(t testing.TB, name string) catalog.Lake {
	t.Helper()
	dir := t.TempDir()
	return catalog.Lake{
		Name: name, Type: catalog.DuckLake, Data: filepath.Join(dir, "data"),
		Metadata: catalog.Metadata{Type: "duckdb", Path: filepath.Join(dir, "meta.duckdb")},
	}
}

func fileLake(t testing.TB, name string) catalog.Lake {
	t.Helper()
	return catalog.Lake{Name: name, Type: catalog.DuckDB, Path: filepath.Join(t.TempDir(), "lake.duckdb")}
}

func TestLockedInstanceRefusesWhatLeadsOutside(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.csv"), []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lake := localLake(t, "lake")
	if err := os.MkdirAll(lake.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret.csv"), filepath.Join(lake.Data, "link.csv")); err != nil {
		t.Fatal(err)
	}
	inst := openTest(t, config(t, lake, fileLake(t, "file")))
	c := connectTest(t, inst)
	denied, locked := "file system operations are disabled", "the configuration has been locked"
	for sql, want := range map[string]string{
		"FROM read_csv('$OUT/secret.csv')":                             denied,
		"FROM read_json('$OUT/secret.csv')":                            denied,
		"FROM read_text('$OUT/secret.csv')":                            denied,
		"FROM read_blob('$OUT/secret.csv')":                            denied,
		"FROM read_parquet('$OUT/secret.parquet')":                     denied,
		"FROM sniff_csv('$OUT/secret.csv')":                            denied,
		"FROM read_text('$DATA/link.csv')":                             denied,
		"FROM read_text('$DATA/../../x')":                              denied,
		"FROM read_text('/proc/self/environ')":                         denied,
		"FROM read_text('/dev/stdin')":                                 denied,
		"FROM read_csv('http://127.0.0.1:1/x.csv')":                    denied,
		"FROM read_csv('s3://bucket/x.csv')":                           denied,
		"COPY (SELECT 1) TO '$OUT/x.csv'":                              denied,
		"EXPORT DATABASE '$OUT/x'":                                     denied,
		"ATTACH '$OUT/x.duckdb' AS x":                                  denied,
		"ATTACH 'ducklake:$OUT/x.duckdb' AS x (DATA_PATH '$OUT/')":     denied,
		"INSTALL spatial":                                              denied,
		"LOAD '$OUT/x.duckdb_extension'":                               "Permission Error",
		"SET enable_external_access = true":                            locked,
		"SET GLOBAL allowed_directories = ['/']":                       "",
		"SET allowed_configs = ['threads']":                            "",
		"SET temp_directory = '$OUT'":                                  "",
		"SET lock_configuration = false":                               locked,
		"SET threads = 1":                                              locked,
		"SET memory_limit = '1TB'":                                     locked,
		"SET GLOBAL s3_endpoint = 'evil'":                              "",
		"RESET memory_limit":                                           locked,
		"SET allow_unredacted_secrets = true":                          "",
		"CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')": "",
		"SELECT getenv('HOME')":                                        "does not exist",
		"FROM sqlite_scan('$OUT/x', 'x')":                              "sqlite",
		"FROM postgres_scan('host=127.0.0.1 port=1', 'public', 't')":   "postgres",
		"ATTACH 'host=127.0.0.1 port=1' AS x (TYPE postgres)":          "Permission Error",
		"CALL load_aws_credentials()":                                  "aws",
	} {
		err := c.exec(t.Context(), strings.NewReplacer("$OUT", outside, "$DATA", lake.Data).Replace(sql))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %q", sql, err, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(outside, "*"))
	if err != nil || !slices.Equal(left, []string{filepath.Join(outside, "secret.csv")}) {
		t.Errorf("files outside: %v, %v", left, err)
	}
	run(t, c, "SET TimeZone = 'Europe/Zurich'")
	run(t, c, "SET streaming_buffer_size = '1MB'")
}

func TestMissingExtensionSaysWhatAndWhere(t *testing.T) {
	cfg := config(t, localLake(t, "lake"))
	cfg.Extensions = t.TempDir()
	_, err := openInstance(t.Context(), cfg)
	if !errors.Is(err, ErrExtension) {
		t.Fatalf("error %v, want ErrExtension", err)
	}
	for _, want := range []string{"ducklake", "duckdb-extension-ducklake", "1.5.5", "make extensions", cfg.Extensions} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestForeignExtensionIsRefused(t *testing.T) {
	cfg := config(t, localLake(t, "lake"))
	found, err := filepath.Glob(filepath.Join(cfg.Extensions, "v1.5.5", "*", "ducklake.duckdb_extension"))
	if err != nil || len(found) == 0 {
		t.Fatalf("extensions: %v, %v", found, err)
	}
	folder := t.TempDir()
	for _, file := range found {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/2] ^= 1
		to := filepath.Join(folder, "v1.5.5", filepath.Base(filepath.Dir(file)))
		if err := os.MkdirAll(to, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Extensions = folder
	if _, err := openInstance(t.Context(), cfg); !errors.Is(err, ErrExtension) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v, want ErrExtension that says it is damaged", err)
	}
}

func TestOnlyNeededExtensionsAreLoaded(t *testing.T) {
	s3 := catalog.Lake{Type: catalog.DuckLake, Data: "s3://b/", Metadata: catalog.Metadata{Type: "postgres"}}
	for _, test := range []struct {
		cfg  Config
		want []string
	}{
		{Config{Lakes: []catalog.Lake{{Type: catalog.DuckDB}}}, nil},
		{Config{Lakes: []catalog.Lake{{Type: catalog.DuckDB}}, Storage: []catalog.Storage{{Chain: true}}}, nil},
		{Config{Lakes: []catalog.Lake{localLake(t, "l")}}, []string{"ducklake"}},
		{Config{Lakes: []catalog.Lake{s3}}, []string{"httpfs", "ducklake", "postgres_scanner"}},
		{Config{Lakes: []catalog.Lake{s3}, Storage: []catalog.Storage{{Chain: true}}}, []string{"httpfs", "aws", "ducklake", "postgres_scanner"}},
		{Config{Lakes: []catalog.Lake{{Type: catalog.Files, FileTables: []catalog.FileTable{{Path: "s3://b/*"}}}}}, []string{"httpfs"}},
	} {
		if got := needed(test.cfg); !slices.Equal(got, test.want) {
			t.Errorf("needed: %v, want %v", got, test.want)
		}
	}
}

func TestSpillFoldersOfTheDeadAreRemoved(t *testing.T) {
	parent := t.TempDir()
	dead := filepath.Join(parent, "spill_dead")
	if err := os.Mkdir(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dead+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	alive, err := newSpillFolder(parent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dead process's folder: %v, want it gone", err)
	}
	other, err := newSpillFolder(parent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(alive.path); err != nil {
		t.Errorf("a living instance's folder: %v, want it there", err)
	}
	alive.remove()
	other.remove()
	if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
