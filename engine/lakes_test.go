package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// remoteLake is a DuckLake in PostgreSQL and S3, and what it lies in.
type remoteLake struct {
	s3  *testpeer.S3Server
	pg  *testpeer.PostgresServer
	cfg Config
}

func newRemoteLake(t testing.TB) remoteLake {
	t.Helper()
	s3, pg := testpeer.S3(t), testpeer.Postgres(t)
	s3.Bucket(t, "lake1")
	db := pg.Database(t, "lake")
	cfg := config(t, catalog.Lake{
		Name: "boilstream", Type: catalog.DuckLake, Data: "s3://lake1/boilstream/",
		Metadata: catalog.Metadata{
			Type: "postgres", Host: db.Host, Port: db.Port, Database: db.Database, User: db.User,
			Password: auth.Secret(db.Password), Schema: "boilstream",
		},
	})
	cfg.Storage = []catalog.Storage{{
		Name: "lake", Scope: "s3://lake1/", Endpoint: s3.Endpoint, Region: s3.Region, PathStyle: true,
		AccessKeyID: auth.Secret(s3.AccessKey), SecretAccessKey: auth.Secret(s3.SecretKey),
	}}
	cfg.HTTPTimeout = time.Second
	return remoteLake{s3: s3, pg: pg, cfg: cfg}
}

func TestLakeOnPostgresAndS3(t *testing.T) {
	r := newRemoteLake(t)
	inst := openTest(t, r.cfg)
	c := connectTest(t, inst)
	at := inst.lakes[0].physical
	run(t, c, "CREATE TABLE $L.main.events AS SELECT range AS i, 'x' || range AS s FROM range(1000)", "$L", at)
	rows, err := c.rows(t.Context(), "SELECT sum(i)::VARCHAR, max(s) FROM "+at+".main.events")
	if err != nil || *rows[0][0] != "499500" || *rows[0][1] != "x999" {
		t.Fatalf("rows %v, %v", rows, err)
	}
	if files, _ := filepath.Glob(filepath.Join(r.s3.Folder("lake1"), "boilstream", "main", "events", "*.parquet")); len(files) != 1 {
		t.Errorf("files on S3: %v, want one", files)
	}
	if tables := r.pg.Exec(t, "lake", "SELECT count(*) FROM boilstream.ducklake_table"); tables != "1" {
		t.Errorf("tables in the metadata: %s, want 1", tables)
	}
	if health := inst.health(t.Context()); health["boilstream"] != nil {
		t.Errorf("health: %v", health)
	}

	t.Run("secrets and addresses are in no setting", func(t *testing.T) {
		for _, sql := range []string{
			"SELECT secret_string FROM duckdb_secrets()",
			"SELECT value FROM duckdb_settings()",
			"SELECT path FROM duckdb_databases()",
		} {
			rows, err := c.rows(t.Context(), sql)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, secret := range []string{r.s3.SecretKey, string(r.cfg.Lakes[0].Metadata.Password)} {
					if row[0] != nil && strings.Contains(*row[0], secret) {
						t.Errorf("%s shows a secret: %s", sql, *row[0])
					}
				}
			}
		}
	})
	t.Run("signed requests cannot be sent elsewhere", func(t *testing.T) {
		for _, sql := range []string{
			"FROM read_blob('s3://lake1/boilstream/x?s3_endpoint=127.0.0.1:1')",
			"FROM read_blob('s3://lake1/boilstream/*')",
			"FROM read_blob('s3://lake1/other/x')",
		} {
			err := c.exec(t.Context(), sql)
			if err == nil || strings.Contains(err.Error(), "127.0.0.1:1") && strings.Contains(err.Error(), "connect") {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

func TestStartSaysWhatIsWrongWithALake(t *testing.T) {
	r := newRemoteLake(t)
	lake := func(change func(*Config)) Config {
		cfg := r.cfg
		cfg.RequireLakes = false // a mistake stops the start even so
		cfg.Lakes = append([]catalog.Lake(nil), cfg.Lakes...)
		cfg.Storage = append([]catalog.Storage(nil), cfg.Storage...)
		change(&cfg)
		return cfg
	}
	openTest(t, r.cfg) // makes the metadata
	for name, test := range map[string]struct {
		cfg  Config
		want string
	}{
		"unknown key":      {lake(func(c *Config) { c.Storage[0].AccessKeyID = "nobody" }), "does not know the access key"},
		"wrong secret":     {lake(func(c *Config) { c.Storage[0].SecretAccessKey = "wrong" }), "refused the secret access key"},
		"missing bucket":   {lake(func(c *Config) { c.Storage[0].Scope = "s3://"; c.Lakes[0].Data = "s3://nosuch/x/" }), "no such bucket"},
		"wrong region":     {lake(func(c *Config) { c.Storage[0].Region = "eu-west-7" }), "region"},
		"no storage":       {lake(func(c *Config) { c.Lakes[0].Data = "s3://other/x/" }), "no storage has a scope"},
		"wrong password":   {lake(func(c *Config) { c.Lakes[0].Metadata.Password = "wrong" }), "refused the password"},
		"missing database": {lake(func(c *Config) { c.Lakes[0].Metadata.Database = "nosuch" }), "no such database"},
		"other data path":  {lake(func(c *Config) { c.Lakes[0].Data = "s3://lake1/elsewhere/" }), "another data path"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openInstance(t.Context(), test.cfg)
			var at *LakeError
			if !errors.As(err, &at) || at.Lake != "boilstream" || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one about boilstream with %q", err, test.want)
			}
			for _, secret := range []string{r.s3.SecretKey, string(r.cfg.Lakes[0].Metadata.Password), r.s3.Host} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q tells of %q", err, secret)
				}
			}
		})
	}
}

func TestUnreachableLakeStopsTheStartOrIsServedAsDown(t *testing.T) {
	r := newRemoteLake(t)
	r.cfg.Lakes = append(r.cfg.Lakes, fileLake(t, "scratch"))
	for name, peer := range map[string]struct {
		stop, start func()
	}{
		"PostgreSQL": {r.pg.Stop, func() { r.pg.Start(t) }},
		"S3":         {r.s3.Stop, func() { r.s3.Start(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			peer.stop()
			if _, err := openInstance(t.Context(), r.cfg); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "boilstream") {
				t.Errorf("all lakes required: %v, want ErrUnavailable about boilstream", err)
			}
			cfg := r.cfg
			cfg.RequireLakes = false
			inst := openTest(t, cfg)
			health := inst.health(t.Context())
			if !errors.Is(health["boilstream"], ErrUnavailable) || health["scratch"] != nil {
				t.Errorf("health: %v, want boilstream down alone", health)
			}
			contents, err := inst.contents(t.Context(), catalog.Contents{})
			if err != nil || !contents.Catalogs[0].Down || contents.Catalogs[1].Down {
				t.Errorf("contents: %+v, %v; want the first down alone", contents.Catalogs, err)
			}
			c := connectTest(t, inst)
			run(t, c, "CREATE TABLE $L.main.t"+name[:1]+" (i INTEGER)", "$L", inst.lakes[1].physical)
			if inst.revivable(t.Context()) {
				t.Error("revivable while the peer is down")
			}
			peer.start()
			if !inst.revivable(t.Context()) {
				t.Error("not revivable when the peer is back")
			}
			c.close()
			inst.close()
		})
	}
}

func TestLakeThatGoesAndComesBack(t *testing.T) {
	r := newRemoteLake(t)
	r.cfg.Lakes = append(r.cfg.Lakes, fileLake(t, "scratch"))
	inst := openTest(t, r.cfg)
	c := connectTest(t, inst)
	at, scratch := inst.lakes[0].physical, inst.lakes[1].physical
	run(t, c, "CREATE TABLE $L.main.events AS SELECT range AS i FROM range(1000)", "$L", at)
	before, err := inst.contents(t.Context(), catalog.Contents{})
	if err != nil || before.Catalogs[0].Down || len(before.Catalogs[0].Schemas[0].Tables) != 1 {
		t.Fatalf("before: %+v, %v", before, err)
	}

	r.pg.Stop()
	err = inst.translate(t.Context(), c.exec(t.Context(), "FROM "+at+".main.events"))
	if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "Postgres") {
		t.Errorf("a query: %v, want ErrUnavailable in our words", err)
	}
	run(t, c, "CREATE TABLE $L.main.local (i INTEGER PRIMARY KEY, s VARCHAR DEFAULT 'x')", "$L", scratch)
	c.changes = append(c.changes, changed{place: place{scratch, "main", "local"}})
	inst.publish(c)
	during, err := inst.contents(t.Context(), before)
	if err != nil || !during.Catalogs[0].Down || during.Stamp == before.Stamp {
		t.Fatalf("during: %+v, %v; want the lake down", during, err)
	}
	if tables := during.Catalogs[0].Schemas[0].Tables; len(tables) != 1 || tables[0].Name.Table != "events" {
		t.Errorf("tables of the lake that is down: %+v, want the old ones", tables)
	}
	if tables := during.Catalogs[1].Schemas[0].Tables; during.Catalogs[1].Down || len(tables) != 1 || tables[0].PrimaryKey[0] != "i" {
		t.Errorf("tables of the other lake: %+v, want the new one", tables)
	}
	if err := waitHealth(t, inst, "boilstream", false); !errors.Is(err, ErrUnavailable) {
		t.Errorf("health: %v, want ErrUnavailable", err)
	}

	r.pg.Start(t)
	after, err := inst.contents(t.Context(), during)
	if err != nil || after.Catalogs[0].Down {
		t.Errorf("after: %+v, %v; want the lake back", after.Catalogs[0], err)
	}
	if err := waitHealth(t, inst, "boilstream", true); err != nil {
		t.Errorf("health after: %v", err)
	}
}

// waitHealth asks until the lake's health is as wanted, which takes as long as
// an answer is kept.
func waitHealth(t *testing.T, inst *instance, lake string, well bool) error {
	t.Helper()
	for end := time.Now().Add(5 * healthAge); ; {
		err := inst.health(t.Context())[lake]
		if (err == nil) == well || time.Now().After(end) {
			return err
		}
	}
}

func TestFrozenPeersHoldNobodyUp(t *testing.T) {
	r := newRemoteLake(t)
	r.cfg.Lakes = append(r.cfg.Lakes, fileLake(t, "scratch"))
	inst := openTest(t, r.cfg)
	if _, err := inst.contents(t.Context(), catalog.Contents{}); err != nil {
		t.Fatal(err)
	}
	r.pg.Freeze()
	defer r.pg.Thaw()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	contents, err := inst.contents(ctx, catalog.Contents{})
	if err != nil || !contents.Catalogs[0].Down || contents.Catalogs[1].Down {
		t.Errorf("contents: %+v, %v; want the frozen lake down alone", contents.Catalogs, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := inst.health(ctx)["boilstream"]; !errors.Is(err, ErrUnavailable) {
		t.Errorf("health: %v, want ErrUnavailable", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s, want what the contexts allow", took)
	}
}

func TestCloudCredentialsLeaveTheEnvironment(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "environment-key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "environment-secret")
	r := newRemoteLake(t)
	inst := openTest(t, r.cfg)
	if value, ok := os.LookupEnv("AWS_SECRET_ACCESS_KEY"); ok {
		t.Errorf("the environment still has %q", value)
	}
	wantNoSecret(t, connectTest(t, inst))
}

func wantNoSecret(t *testing.T, c *conn) {
	t.Helper()
	rows, err := c.rows(t.Context(), "SELECT name FROM duckdb_settings() WHERE value LIKE '%environment-%'")
	if err != nil || len(rows) != 0 {
		t.Errorf("settings with credentials: %v, %v", rows, err)
	}
}

func TestChainTakesCredentialsFromTheEnvironment(t *testing.T) {
	r := newRemoteLake(t)
	t.Setenv("AWS_ACCESS_KEY_ID", r.s3.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", r.s3.SecretKey)
	r.cfg.Storage[0].Chain, r.cfg.Storage[0].AccessKeyID, r.cfg.Storage[0].SecretAccessKey = true, "", ""
	inst := openTest(t, r.cfg)
	c := connectTest(t, inst)
	run(t, c, "CREATE TABLE $L.main.t AS SELECT range AS i FROM range(1000)", "$L", inst.lakes[0].physical)
	if value, ok := os.LookupEnv("AWS_SECRET_ACCESS_KEY"); ok {
		t.Errorf("the environment still has %q", value)
	}
	loadErr := c.exec(t.Context(), "CALL load_aws_credentials()")
	rows, err := c.rows(t.Context(), "SELECT name FROM duckdb_settings() WHERE value LIKE $1", "%"+r.s3.SecretKey+"%")
	if err != nil || len(rows) != 0 {
		t.Errorf("settings with credentials after load_aws_credentials (%v): %v, %v", loadErr, rows, err)
	}
	next, err := inst.successor(t.Context())
	if err != nil {
		t.Fatalf("a successor, from the same environment: %v", err)
	}
	next.close()
}

func TestFilesOnS3AreThereOnceS3Is(t *testing.T) {
	r := newRemoteLake(t)
	hits := filepath.Join(r.s3.Folder("lake1"), "hits")
	if err := os.MkdirAll(hits, 0o700); err != nil {
		t.Fatal(err)
	}
	writeParquet(t, filepath.Join(hits, "0.parquet"), "SELECT range AS i FROM range(10)", "")
	r.cfg.Lakes = []catalog.Lake{{Name: "weblogs", Type: catalog.Files, FileTables: []catalog.FileTable{
		{Schema: "web", Name: "hits", Path: "s3://lake1/hits/**/*.parquet", HivePartitioning: true},
	}}}
	r.cfg.RequireLakes = false
	r.s3.Stop()
	inst := openTest(t, r.cfg)
	if down := read(t, inst, catalog.Contents{}); !down.Catalogs[0].Down {
		t.Errorf("while S3 is down: %+v", down)
	}
	r.s3.Start(t)
	table, ok := tableOf(read(t, inst, catalog.Contents{}), "weblogs", "web", "hits")
	if !ok {
		t.Fatal("the table is not there when S3 is back")
	}
	rows, err := connectTest(t, inst).rows(t.Context(), "SELECT sum(i)::VARCHAR FROM "+qualified(table.Physical))
	if err != nil || *rows[0][0] != "45" {
		t.Errorf("rows: %v, %v", rows, err)
	}
}

func TestAFileThatIsNoDatabaseIsLeftAlone(t *testing.T) {
	for name, content := range map[string]string{"short": "[1, 2, 3]\n", "long": strings.Repeat("not a database ", 2000)} {
		for _, kind := range []catalog.Type{catalog.DuckDB, catalog.DuckLake} {
			path := filepath.Join(t.TempDir(), "notes.txt")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			lake := catalog.Lake{Name: "l", Type: kind, Path: path, Metadata: catalog.Metadata{Type: "duckdb", Path: path}, Data: t.TempDir()}
			_, err := openInstance(context.Background(), config(t, lake))
			if err == nil || !strings.Contains(err.Error(), "not a DuckDB database") {
				t.Errorf("%s file as %s: %v", name, kind, err)
			}
			if after, _ := os.ReadFile(path); string(after) != content {
				t.Errorf("%s file as %s was written to", name, kind)
			}
		}
	}
}

// A prepared statement over a lake is kept for the next time: that is right only
// if DuckDB looks at the lake's newest snapshot each time it runs.
func TestAKeptStatementSeesWhatAnotherReplicaWrote(t *testing.T) {
	r := newRemoteLake(t)
	here, there := openTest(t, r.cfg), openTest(t, r.cfg)
	reader, writer := connectTest(t, here), connectTest(t, there)
	run(t, writer, "CREATE TABLE $L.main.events AS SELECT range AS i, 'x' || range AS s FROM range(1000)", "$L", there.lakes[0].physical)
	const ask = "SELECT count(*)::VARCHAR || ' ' || sum(i)::VARCHAR || ' ' || max(s) FROM $L.main.events WHERE i >= 0"
	seen := func() string {
		t.Helper()
		st, err := reader.statement(strings.ReplaceAll(ask, "$L", here.lakes[0].physical))
		if err != nil {
			t.Fatal(err)
		}
		defer reader.done(st, true)
		var res duckdb.Result
		defer duckdb.DestroyResult(&res)
		if duckdb.ExecutePrepared(st.st, &res) == duckdb.StateError {
			t.Fatal(duckdb.ResultError(&res))
		}
		rows, err := texts(&res)
		if err != nil {
			t.Fatal(err)
		}
		return *rows[0][0]
	}
	if got := seen(); got != "1000 499500 x999" {
		t.Fatalf("at first: %s", got)
	}
	for _, s := range []struct{ sql, want string }{
		{"INSERT INTO $L.main.events VALUES (5000, 'y')", "1001 504500 y"},
		{"INSERT INTO $L.main.events SELECT range, 'z' FROM range(1000, 2000)", "2001 2004000 z"},
		{"DELETE FROM $L.main.events WHERE s = 'z'", "1001 504500 y"},
		{"UPDATE $L.main.events SET s = 'zz' WHERE i = 7", "1001 504500 zz"},
		{"ALTER TABLE $L.main.events ADD COLUMN more INTEGER", "1001 504500 zz"},
		{"TRUNCATE $L.main.events", ""},
		{"INSERT INTO $L.main.events VALUES (1, 'a', 1)", "1 1 a"},
		{"DROP TABLE $L.main.events", ""},
		{"CREATE TABLE $L.main.events AS SELECT 3 AS i, 'new' AS s", "1 3 new"},
	} {
		run(t, writer, s.sql, "$L", there.lakes[0].physical)
		if s.want == "" {
			continue
		}
		if got := seen(); got != s.want {
			t.Errorf("after %s: %s, want %s", s.sql, got, s.want)
		}
	}
}
