package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckFindsTheServerOfASettingsFile(t *testing.T) {
	id := newProvider(t)
	address := freePort(t)
	_, port, _ := strings.Cut(address, ":")
	dir := folder(t, map[string]string{
		"jwks.json": id.jwks,
		"lakegate.yaml": id.yaml + `listen: 0.0.0.0:` + port + `
ticket_key_file: ticket.key
tls: {certificate: server.pem, key: server.key}
catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}
log: {format: text}
`,
		"ticket.key": strings.Repeat("ab", 32) + "\n",
	})
	if _, err := devCertificate(dir); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if _, err := devCertificate(other); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lakegate.yaml")
	srv := startServer(t, []string{"serve", "--config", file}, nil)
	if err := srv.stderr.wait("msg=listening", srv.ended); err != nil {
		t.Fatalf("%v: %v", err, srv.err)
	}
	if err := os.Remove(filepath.Join(dir, "ticket.key")); err != nil { // a check needs no secret
		t.Fatal(err)
	}
	nowhere := freePort(t)
	for _, c := range []struct {
		name        string
		environment []string
		args        []string
		code        int
		said        string
	}{
		{"by the option", nil, []string{"--config", file}, 0, "SERVING\n"},
		{"by the environment", []string{"LAKEGATE_CONFIG=" + file}, nil, 0, "SERVING\n"},
		{"as the server's own environment has it", []string{"LAKEGATE_CONFIG=" + file, "LAKEGATE_LISTEN=" + nowhere}, nil, exitUnreachable, nowhere + " cannot be reached"},
		{"one lake, under a token", []string{"LAKEGATE_TOKEN=" + id.token(t)}, []string{"--config", file, "--service", "lake/scratch", "--deep"}, 0, "SERVING, SELECT 1 in "},
		{"an address goes before", nil, []string{"--config", file, "--address", nowhere}, exitUnreachable, nowhere + " cannot be reached"},
		{"an address of the environment goes before", []string{"LAKEGATE_CONFIG=" + file, "LAKEGATE_ADDRESS=" + nowhere}, nil, exitUnreachable, nowhere + " cannot be reached"},
		{"an authority goes before", nil, []string{"--config", file, "--ca", filepath.Join(dir, "server.pem")}, 0, "SERVING\n"},
		{"another authority goes before", nil, []string{"--config", file, "--ca", filepath.Join(other, "server.pem")}, exitUnreachable, "certificate signed by unknown authority"},
		{"plaintext goes before", nil, []string{"--config", file, "--tls=false"}, exitUnreachable, "; it speaks TLS: give --ca"},
		{"another certificate", []string{"LAKEGATE_TLS_CERTIFICATE=" + filepath.Join(other, "server.pem")}, []string{"--config", file}, exitUnreachable, "another certificate than the one in its settings"},
		{"no certificate in the file", []string{"LAKEGATE_TLS_CERTIFICATE=" + filepath.Join(dir, "jwks.json")}, []string{"--config", file}, exitUsage, "LAKEGATE_TLS_CERTIFICATE: tls.certificate: " + filepath.Join(dir, "jwks.json") + " holds no PEM certificate"},
		{"a port that only the server knows", []string{"LAKEGATE_LISTEN=127.0.0.1:0"}, []string{"--config", file}, exitUsage, "LAKEGATE_LISTEN: listen: port 0"},
		{"a file that is not there", nil, []string{"--config", file + ".missing"}, exitUsage, "lakegate.yaml.missing: no such file"},
		{"not beside --dev", nil, []string{"--config", file, "--dev", "reader"}, exitUsage, "[config dev]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := command(t, c.environment, append([]string{"check"}, c.args...)...)
			said := got.stdout
			if got.err != nil {
				said += got.err.Error()
			}
			if got.code != c.code || !strings.Contains(said, c.said) {
				t.Errorf("code %d, said %q; want %d, %q", got.code, said, c.code, c.said)
			}
		})
	}
}

func TestAServerIsReachedFromItsOwnMachine(t *testing.T) {
	for listen, want := range map[string]string{
		"0.0.0.0:50051":   "127.0.0.1:50051",
		":50051":          "127.0.0.1:50051",
		"[::]:50051":      "[::1]:50051",
		"10.1.2.3:443":    "10.1.2.3:443",
		"localhost:50051": "localhost:50051",
	} {
		if got, err := ownAddress(listen); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", listen, got, err, want)
		}
	}
}
