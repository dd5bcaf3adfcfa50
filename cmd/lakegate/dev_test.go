package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestDevelopmentServer(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	dir := filepath.Join(t.TempDir(), "my dev") // a blank, for what is printed
	// As if an earlier start had been killed in the middle.
	if err := os.MkdirAll(filepath.Join(dir, devLakeDir), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{devUnfinished, "metadata.ducklake"} {
		if err := os.WriteFile(filepath.Join(dir, devLakeDir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startDev(t, dir)

	t.Run("the sample tables are there and whole", func(t *testing.T) {
		for _, c := range []struct{ sql, want string }{
			{"SELECT count(*) AS n, count(DISTINCT id) AS ids, min(ts) AS first FROM events", "n,ids,first\n1000000,1000000,2024-01-01T00:00:00\n"},
			{"SELECT count(*) AS n FROM customers", "n\n10000\n"},
			{"SELECT count(*) AS n, min(salary) >= 40000 AS ok FROM lake.main.salaries", "n,ok\n500,true\n"},
			{"SELECT payload.device, len(payload.tags) AS tags, payload.properties['ab'] AS ab FROM events WHERE id = 7", "device,tags,ab\ndesktop,2,"},
		} {
			got := s.ask(t, "reader", "--format", "csv", c.sql)
			if got.code != 0 || !strings.HasPrefix(got.stdout, c.want) {
				t.Errorf("%s: code %d, %v\n%s", c.sql, got.code, got.err, got.stdout)
			}
		}
	})

	t.Run("each may do what their name says", func(t *testing.T) {
		for _, c := range []struct {
			who, sql string
			code     int
		}{
			{"reader", "CREATE TABLE mine (a INTEGER)", 1},
			{"writer", "CREATE TABLE mine (a INTEGER)", 0},
			{"writer", "INSERT INTO mine VALUES (1), (2)", 0},
			{"admin", "DROP TABLE mine", 0},
			{"reader", "SELECT * FROM mine", 1},
		} {
			if got := s.ask(t, c.who, c.sql); got.code != c.code {
				t.Errorf("%s: %s: code %d (%v), want %d", c.who, c.sql, got.code, got.err, c.code)
			}
		}
	})

	t.Run("dev.json says where and who", func(t *testing.T) {
		file := filepath.Join(dir, devFile)
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v; want 0600", info.Mode().Perm(), err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var said map[string]any
		if err := json.Unmarshal(text, &said); err != nil {
			t.Fatal(err)
		}
		tokens, _ := said["tokens"].(map[string]any)
		if len(said) != 4 || said["tls"] != false || !strings.HasPrefix(said["issuer"].(string), "http://127.0.0.1:") || len(tokens) != 3 {
			t.Errorf("dev.json: %s", text)
		}
		for _, who := range []string{"reader", "writer", "admin"} {
			got := command(t, nil, "query", "--address", said["address"].(string), "--token", tokens[who].(string), "SELECT 1")
			if got.code != 0 {
				t.Errorf("the token of %s: %v", who, got.err)
			}
		}
	})

	t.Run("a fresh token and a bad one", func(t *testing.T) {
		state, err := readDevState(dir)
		if err != nil {
			t.Fatal(err)
		}
		token := strings.TrimSpace(command(t, nil, "token", "writer", "--dir", dir).stdout)
		file := filepath.Join(folder(t, map[string]string{"token": token + "\n"}), "token")
		if got := command(t, []string{"LAKEGATE_ADDRESS=" + state.Address, "LAKEGATE_TOKEN_FILE=" + file}, "query", "SELECT 1"); got.code != 0 {
			t.Errorf("a fresh token: %v", got.err)
		}
		if got := command(t, []string{"LAKEGATE_ADDRESS=" + state.Address, "LAKEGATE_TOKEN=" + token + "x"}, "query", "SELECT 1"); got.code != exitRefused {
			t.Errorf("a bad token: code %d, %v", got.code, got.err)
		}
		if got := command(t, nil, "check", "--address", state.Address, "--deep", "--dev", "reader", "--dir", dir); got.code != 0 || !strings.HasPrefix(got.stdout, "SERVING, SELECT 1 in ") {
			t.Errorf("check --deep: %q, %v", got.stdout, got.err)
		}
	})

	t.Run("mistakes in SQL are said and end with 1", func(t *testing.T) {
		for sql, want := range map[string]string{
			"SELCT 1":               "InvalidArgument: ",
			"SELECT * FROM nowhere": "NotFound: ",
		} {
			if got := s.ask(t, "reader", sql); got.code != exitFailed || !strings.HasPrefix(got.err.Error(), want) {
				t.Errorf("%s: code %d, %v", sql, got.code, got.err)
			}
		}
		if got := s.ask(t, "reader", "--param", "1", "SELECT 1"); got.code != exitUsage {
			t.Errorf("a parameter too many: code %d, %v", got.code, got.err)
		}
	})

	t.Run("parameters are bound", func(t *testing.T) {
		got := s.ask(t, "reader", "--format", "csv", "--param", "41", "--param", "42", "SELECT id FROM events WHERE id > ? AND id <= ?")
		if got.code != 0 || got.stdout != "id\n42\n" {
			t.Errorf("code %d, %v: %q", got.code, got.err, got.stdout)
		}
	})

	t.Run("a result that fails leaves no file", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "rows.csv")
		got := s.ask(t, "reader", "--format", "csv", "--output", out, "SELECT CASE WHEN id = 900000 THEN error('x') ELSE id::VARCHAR END FROM events")
		if _, err := os.Stat(out); err == nil || got.code != exitFailed {
			t.Errorf("code %d, %v; stat: %v", got.code, got.err, err)
		}
	})

	t.Run("another on the same folder is told so", func(t *testing.T) {
		got := command(t, nil, "serve", "--dev", "--dir", dir, "--listen", "127.0.0.1:0")
		if got.code != exitFailed || !strings.Contains(got.err.Error(), errLocked.Error()) {
			t.Errorf("code %d, %v", got.code, got.err)
		}
	})

	t.Run("what is printed can be pasted, and holds no token", func(t *testing.T) {
		text, _ := s.stdout.state()
		loud, _ := s.stderr.state()
		if !strings.Contains(text, "token reader --dir '"+dir+"'") || strings.Contains(text+loud, "eyJ") || !strings.Contains(loud, "DEVELOPMENT SERVER") {
			t.Errorf("printed:\n%s\n%s", text, loud)
		}
	})

	t.Run("data and tokens outlive a restart, goroutines do not", func(t *testing.T) {
		if got := s.ask(t, "writer", "CREATE TABLE kept AS SELECT 1 AS a"); got.code != 0 {
			t.Fatal(got.err)
		}
		old, err := readDevState(dir)
		if err != nil {
			t.Fatal(err)
		}
		s.stop(t)
		settle(t, goroutines+2) // this subtest, and the test that waits for it
		s = startDev(t, dir, "--tls")
		now, err := readDevState(dir)
		if err != nil {
			t.Fatal(err)
		}
		if now.Issuer != old.Issuer || !now.TLS {
			t.Errorf("now %s, TLS %t; was %s", now.Issuer, now.TLS, old.Issuer)
		}
		got := command(t, nil, "query", "--address", now.Address, "--ca", now.CA, "--token", old.Tokens["reader"], "--format", "csv", "SELECT a FROM kept")
		if got.code != 0 || got.stdout != "a\n1\n" {
			t.Errorf("code %d, %v: %q", got.code, got.err, got.stdout)
		}
	})
}
