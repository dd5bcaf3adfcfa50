package testpeer

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// DevServer is "lakegate serve --dev" as a process of its own.
type DevServer struct {
	Binary  string            `json:"-"`
	Dir     string            `json:"-"`
	Address string            `json:"address"`
	TLS     bool              `json:"tls"`
	CA      string            `json:"ca"` // PEM file, with TLS
	Issuer  string            `json:"issuer"`
	Tokens  map[string]string `json:"tokens"` // of reader, writer and admin

	p *process
}

// Dev starts a development server that ends with the test. args are further ones
// for "serve --dev", such as --tls. Its program is LAKEGATE_BINARY, or is built.
func Dev(t testing.TB, args ...string) *DevServer {
	t.Helper()
	s := &DevServer{Binary: binary(t), Dir: filepath.Join(t.TempDir(), "dev")}
	extensions := Extensions(t)
	s.p, _ = startOnFreePort(t, func(port int) *process {
		return &process{
			name: "lakegate",
			argv: append([]string{
				s.Binary, "serve", "--dev", "--dir", s.Dir, "--extensions", extensions,
				"--listen", "127.0.0.1:" + strconv.Itoa(port),
			}, args...),
			dir:   t.TempDir(),
			quit:  syscall.SIGTERM,
			ready: s.check,
		}
	})
	t.Cleanup(s.p.Stop)
	return s
}

// check reads dev.json, which the server writes once its lake is there, and asks
// it for its health.
func (s *DevServer) check() error {
	text, err := os.ReadFile(filepath.Join(s.Dir, "dev.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, s); err != nil {
		return err
	}
	args := []string{"check", "--address", s.Address}
	if s.TLS {
		args = append(args, "--ca", s.CA)
	}
	if out, err := exec.Command(s.Binary, args...).CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
}

// Output is the end of what the server wrote to its two outputs.
func (s *DevServer) Output() string { return s.p.output.String() }

func binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("LAKEGATE_BINARY"); path != "" {
		return absolute(t, path)
	}
	path := filepath.Join(t.TempDir(), "lakegate")
	cmd := exec.Command("go", "build", "-tags", "duckdb_arrow", "-o", path, "./cmd/lakegate")
	cmd.Dir = Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build lakegate: %v\n%s", err, out)
	}
	return path
}
