package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// records is all that the audit log below dir holds.
func records(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "date=*", "hour=*", "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// BS-27: the settings of the audit log work, and what a reload does is on record.
func TestTheServerKeepsRecords(t *testing.T) {
	id := newProvider(t)
	settings := id.yaml + "audit: {folder: audit, text: false, sync: statement, rotate: 1MiB, retention: 24h}\ncatalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\nlog: {format: text}\n"
	dir := folder(t, map[string]string{"jwks.json": id.jwks, "lakegate.yaml": settings})
	file := filepath.Join(dir, "lakegate.yaml")
	token := id.token(t)
	address := freePort(t)
	srv := startServer(t, []string{"serve", "--config", file}, []string{"LAKEGATE_LISTEN=" + address})
	if err := srv.stderr.wait("msg=listening address="+address, srv.ended); err != nil {
		t.Fatalf("%v: %v", err, srv.err)
	}
	if got := command(t, nil, "query", "--address", address, "--token", token, "SELECT 4711"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(settings, "[writers]", "[others]", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.stderr.wait("rights are in force", srv.ended); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(settings+"nonesuch: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.stderr.wait("the old ones stay", srv.ended); err != nil {
		t.Fatal(err)
	}
	srv.stop(t)
	text := records(t, filepath.Join(dir, "audit"))
	for _, want := range []string{
		`"event":"opened"`, `"event":"login"`, `"event":"start"`, `"event":"end"`, `"user":"ada"`,
		`"command":"reload","decision":"allow","reason":"a file changed"`, `"command":"reload","decision":"deny"`, `"event":"closed"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, secret := range []string{token, "4711", "SELECT"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is on record:\n%s", secret, text)
		}
	}
}

func TestAFolderThatCannotHoldRecordsStopsTheStart(t *testing.T) {
	id := newProvider(t)
	dir := folder(t, map[string]string{
		"jwks.json": id.jwks, "file": "", "lakegate.yaml": id.yaml + "audit: {folder: file, unwritable: count}\ncatalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\n",
	})
	got := command(t, []string{"LAKEGATE_LISTEN=127.0.0.1:0"}, "serve", "--config", filepath.Join(dir, "lakegate.yaml"))
	if got.code == 0 || got.err == nil || !strings.Contains(got.err.Error(), "lakegate.yaml:2: audit.folder: ") {
		t.Errorf("%d, %v", got.code, got.err)
	}
}
