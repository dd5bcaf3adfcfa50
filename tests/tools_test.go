package tests

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/internal/testpeer"
)

// tool runs a program and gives what it wrote and its exit code.
func tool(t *testing.T, name string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestGrpcurlListsDescribesAndCallsWithATokenAndOnlyHealthWithout(t *testing.T) {
	t.Parallel()
	grpcurl := testpeer.Grpcurl(t)
	p := prod(t)
	bearer := "authorization: Bearer " + p.reader
	for _, c := range []struct {
		name string
		args []string
		code bool // exit code 0
		want []string
	}{
		{"list with a token", []string{"-H", bearer, p.address, "list"}, true, []string{"arrow.flight.protocol.FlightService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"}},
		{"list without", []string{p.address, "list"}, false, []string{"Unauthenticated"}},
		{"list with a bad token", []string{"-H", "authorization: Bearer eyJhbGciOiJub25lIn0.e30.", p.address, "list"}, false, []string{"Unauthenticated"}},
		{"describe", []string{"-H", bearer, p.address, "describe", "arrow.flight.protocol.FlightService"}, true, []string{"rpc DoGet", "rpc PollFlightInfo"}},
		{"actions", []string{"-H", bearer, p.address, "arrow.flight.protocol.FlightService/ListActions"}, true, []string{"CreatePreparedStatement", "BeginTransaction", "SetSessionOptions", "CancelFlightInfo"}},
		{"health with a token", []string{"-H", bearer, p.address, "grpc.health.v1.Health/Check"}, true, []string{"SERVING"}},
		{"health of a lake", []string{"-H", bearer, "-d", `{"service":"lake/boilstream"}`, p.address, "grpc.health.v1.Health/Check"}, true, []string{"SERVING"}},
		{"health of what is not there", []string{"-H", bearer, "-d", `{"service":"nonesuch"}`, p.address, "grpc.health.v1.Health/Check"}, false, []string{"NotFound"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := tool(t, grpcurl, append([]string{"-cacert", p.ca, "-max-time", "60"}, c.args...)...)
			if (code == 0) != c.code {
				t.Errorf("exit code %d; it wrote %s", code, out)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in %s", want, out)
				}
			}
		})
	}
	t.Run("health without a token, by a file of its own", func(t *testing.T) {
		out, code := tool(t, testpeer.GrpcHealthProbe(t), "-addr", p.address, "-tls", "-tls-ca-cert", p.ca)
		if code != 0 || !strings.Contains(out, "SERVING") {
			t.Errorf("exit code %d; it wrote %s", code, out)
		}
	})
}

func TestCurlGetsHealthByHTTP11OnTheSamePortWithATokenOnly(t *testing.T) {
	t.Parallel()
	testpeer.Require(t, testpeer.Curl)
	p := prod(t)
	curl := func(args ...string) string {
		t.Helper()
		out, code := tool(t, "curl", append([]string{"-sS", "--max-time", "30", "--cacert", p.ca, "-o", os.DevNull, "-w", "%{http_code} %{http_version}"}, args...)...)
		if code != 0 {
			t.Fatalf("curl %q: exit code %d, %s", args, code, out)
		}
		return out
	}
	url := "https://" + p.address + "/flight/health"
	good := "Authorization: Bearer " + p.reader
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"good token", "200 1.1", []string{"--http1.1", "-H", good, url}},
		{"ALPN offers both", "200", []string{"-H", good, url}},
		{"no ALPN at all", "200 1.1", []string{"--no-alpn", "-H", good, url}},
		{"no token", "401 1.1", []string{"--http1.1", url}},
		{"bad token", "401 1.1", []string{"--http1.1", "-H", "Authorization: Bearer nonsense", url}},
		{"two tokens", "401 1.1", []string{"--http1.1", "-H", good, "-H", "authorization: Bearer nonsense", url}},
		{"HEAD", "200 1.1", []string{"--http1.1", "--head", "-H", good, url}},
		{"POST", "405 1.1", []string{"--http1.1", "-X", "POST", "-H", good, url}},
		{"another path", "404 1.1", []string{"--http1.1", "-H", good, "https://" + p.address + "/"}},
		{"two slashes", "404 1.1", []string{"--http1.1", "--path-as-is", "-H", good, "https://" + p.address + "//flight/health"}},
		{"dots", "404 1.1", []string{"--http1.1", "--path-as-is", "-H", good, url + "/.."}},
	} {
		if got := curl(c.args...); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	out, code := tool(t, "curl", "-sS", "--max-time", "30", "http://"+p.address+"/flight/health")
	if code == 0 {
		t.Errorf("plaintext to a TLS port gives %q", out)
	}
}

func TestOpenSSLSeesTLS12And13AndNothingOlder(t *testing.T) {
	t.Parallel()
	testpeer.Require(t, testpeer.OpenSSL)
	p := prod(t)
	for version, want := range map[string]bool{"-tls1_1": false, "-tls1_2": true, "-tls1_3": true} {
		ctx, cancel := context.WithTimeout(t.Context(), callLimit)
		cmd := exec.CommandContext(ctx, "openssl", "s_client", "-connect", p.address, "-CAfile", p.ca, "-verify_return_error", "-alpn", "h2", version)
		out, _ := cmd.CombinedOutput()
		cancel()
		if got := strings.Contains(string(out), "ALPN protocol: h2"); got != want {
			t.Errorf("%s with ALPN h2: %v, want %v\n%s", version, got, want, last(string(out), 1500))
		}
	}
}

func TestTheProgramsOwnClientReadsAndChecks(t *testing.T) {
	t.Parallel()
	p := prod(t)
	run := func(token string, args ...string) (string, int) {
		t.Helper()
		cmd := command(t, args...)
		cmd.Env = append(environment(), "LAKEGATE_TOKEN="+token)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := run(p.reader, "query", "--address", p.address, "--ca", p.ca, "--format", "csv", "SELECT day, count(*) AS n FROM weblogs.web.hits GROUP BY day ORDER BY day"); code != 0 || !strings.Contains(out, "2026-01-03,3000") {
		t.Errorf("query: exit code %d, %s", code, out)
	}
	out, code := run(p.reader, "query", "--address", p.address, "--ca", p.ca, "--format", "json", "SELECT 1 AS a, 'x' AS b")
	var row map[string]any
	if err := json.Unmarshal([]byte(strings.Trim(strings.TrimSpace(out), "[]")), &row); err != nil || code != 0 || row["b"] != "x" {
		t.Errorf("query as JSON: exit code %d, %s, %v", code, out, err)
	}
	if out, code := run("nonsense", "query", "--address", p.address, "--ca", p.ca, "SELECT 1"); code != 4 {
		t.Errorf("query with a bad token: exit code %d, want 4; %s", code, out)
	}
	if out, code := run(p.reader, "query", "--address", p.address, "--ca", p.ca, "SELEC 1"); code != 1 || !strings.Contains(out, "SELEC") {
		t.Errorf("query with a typo: exit code %d, want 1; %s", code, out)
	}
	if out, code := run("", "check", "--address", p.address, "--ca", p.ca); code != 0 {
		t.Errorf("check: exit code %d, %s", code, out)
	}
	if out, code := run("", "check", "--address", closedPort(t)); code != 3 {
		t.Errorf("check where nobody is: exit code %d, want 3; %s", code, out)
	}
	file := filepath.Join(t.TempDir(), "hits.parquet")
	if out, code := run(p.reader, "query", "--address", p.address, "--ca", p.ca, "--format", "parquet", "--output", file, "SELECT * FROM weblogs.web.hits"); code != 0 {
		t.Errorf("query to Parquet: exit code %d, %s", code, out)
	} else if info, err := os.Stat(file); err != nil || info.Size() < 1000 {
		t.Errorf("the Parquet file: %v, %v", info, err)
	}
}
