//go:build peers

// Package outside looks at a running server with tools that know nothing of it:
// scanners, and clients that are slow to fetch or to start.
package outside

import (
	"context"
	"encoding/xml"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// report is h2spec's in JUnit's shape.
type report struct {
	Suites []struct {
		Package string `xml:"package,attr"`
		Cases   []struct {
			Package string    `xml:"package,attr"`
			Name    string    `xml:"classname,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// h2spec gives the names of the cases that fail, and how many cases there were,
// of all sections or of those named.
func h2spec(t *testing.T, address string, sections ...string) (failed []string, cases int) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "h2spec.xml")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	// It ends with 1 when a case fails: the report says which.
	out, err := exec.CommandContext(ctx, filepath.Join(testpeer.Dir(t), "bin", "h2spec"),
		append([]string{"-h", host, "-p", port, "-o", "2", "-j", file}, sections...)...).CombinedOutput()
	text, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatalf("h2spec wrote no report: %v, %v\n%s", err, readErr, out)
	}
	var r report
	if err := xml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Suites {
		for _, c := range s.Cases {
			cases++
			if c.Failure != nil || c.Error != nil {
				failed = append(failed, c.Package+": "+c.Name)
			}
		}
	}
	return failed, cases
}

func TestPeerH2SpecFindsNothingThatPlainGRPCDoesNotHave(t *testing.T) {
	testpeer.Require(t, testpeer.H2Spec)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// The limit that our server has by default; without one h2spec skips a case.
	plain := grpc.NewServer(grpc.MaxConcurrentStreams(256))
	healthpb.RegisterHealthServer(plain, health.NewServer())
	served := make(chan error, 1)
	go func() { served <- plain.Serve(lis) }()
	t.Cleanup(func() {
		plain.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	ours := testpeer.Dev(t)

	var known, found []string
	var cases int
	t.Run("all sections", func(t *testing.T) {
		t.Run("plain", func(t *testing.T) {
			t.Parallel()
			known, cases = h2spec(t, lis.Addr().String())
		})
		t.Run("ours", func(t *testing.T) {
			t.Parallel()
			found, _ = h2spec(t, ours.Address)
		})
	})
	if cases < 100 {
		t.Fatalf("h2spec ran %d cases against plain grpc-go; want more than 100", cases)
	}
	for _, name := range found {
		if slices.Contains(known, name) {
			continue
		}
		// Some cases depend on who is quicker, so each gets a second run alone.
		section, _, _ := strings.Cut(name, ": ")
		again, _ := h2spec(t, ours.Address, section)
		if slices.Contains(again, name) {
			t.Errorf("fails here, and not with plain grpc-go: %s", name)
		}
	}
}

func TestPeerSSLScanSeesModernTLSOnly(t *testing.T) {
	testpeer.Require(t, testpeer.SSLScan)
	s := testpeer.Dev(t, "--tls")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "sslscan", "--no-colour", s.Address).CombinedOutput()
	if err != nil {
		t.Fatalf("sslscan: %v\n%s", err, out)
	}
	for protocol, want := range map[string]string{
		"SSLv2": "disabled", "SSLv3": "disabled", "TLSv1.0": "disabled", "TLSv1.1": "disabled",
		"TLSv1.2": "enabled", "TLSv1.3": "enabled",
	} {
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(protocol) + `\s+(\w+)\s*$`).FindStringSubmatch(string(out))
		if line == nil || line[1] != want {
			t.Errorf("%s: %q; want %s", protocol, line, want)
		}
	}
	for _, weak := range []string{"RC4", "3DES", "DES-CBC", "NULL", "EXPORT", "MD5"} {
		if regexp.MustCompile(`(?m)^(Preferred|Accepted).*` + weak).Match(out) {
			t.Errorf("a cipher suite with %s is accepted:\n%s", weak, out)
		}
	}
}

func TestPeerSQLLineListsAndReadsTables(t *testing.T) {
	java := testpeer.Java(t)
	s := testpeer.Dev(t)
	script := filepath.Join(t.TempDir(), "script.sql")
	if err := os.WriteFile(script, []byte("!tables\nSELECT count(*) AS rows_in_events FROM events;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := java.Command(ctx, "sqlline.SqlLine", "-n", "x", "-p", "x", "--outputformat=csv", "--run="+script,
		"-u", "jdbc:arrow-flight-sql://"+s.Address+"/?useEncryption=false&token="+s.Tokens["reader"]).CombinedOutput()
	if err != nil {
		t.Fatalf("sqlline: %v\n%s", err, out)
	}
	for _, want := range []string{"'events'", "'customers'", "'1000000'"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("sqlline did not print %s:\n%s", want, out)
		}
	}
}

// nodeProgram prints a count and the tables, as a client of another family sees them.
const nodeProgram = `
import { FlightSQLClient } from '@gizmodata/gizmosql-client';
const [host, port, token] = process.argv.slice(2);
const client = new FlightSQLClient({ host, port: Number(port), plaintext: true, token });
const counted = await client.execute('SELECT count(*) AS n FROM events');
console.log('count', String(counted.get(0).n));
const tables = await client.getTables();
console.log('tables', [...tables].map((row) => row.tableName).sort().join(','));
await client.close();
process.exit(0);
`

func TestPeerNodeClientCountsAndListsTables(t *testing.T) {
	dir := testpeer.NodeFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "read.mjs"), []byte(nodeProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	s := testpeer.Dev(t)
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "--no-warnings", "read.mjs", host, port, s.Tokens["reader"])
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	if want := "count 1000000\ntables customers,events,salaries\n"; string(out) != want {
		t.Errorf("node printed %q; want %q", out, want)
	}
}
