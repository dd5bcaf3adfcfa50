package tests

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// refusedStart runs the program with settings that it must not start with, and
// gives its exit code and what it wrote.
func refusedStart(t *testing.T, settings string, options ...option) (int, string) {
	t.Helper()
	s, err := tryStart(t, settings, options...)
	if err == nil {
		s.kill()
		t.Fatalf("the server started; it wrote:\n%s", s.log)
	}
	<-s.ended
	s.checkLog(t)
	return s.cmd.ProcessState.ExitCode(), s.log.String()
}

// closedPort is an address where nobody listens.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody came
	return l.Addr().String()
}

func TestAStartWithWrongSettingsStopsAndNamesKeyFileAndLine(t *testing.T) {
	t.Parallel()
	p := shared(t)
	good := simple(t, p.issuer)
	for _, c := range []struct {
		name, settings string
		code           int
		want           []string
	}{
		{"misspelt key", good + "lisen: 127.0.0.1:1\n", 2, []string{"lakegate.yaml:12", "lisen", "listen"}},
		{"misspelt nested key", strings.Replace(good, "memory_limit", "memory_limt", 1), 2, []string{"lakegate.yaml:3", "engine.memory_limt", "engine.memory_limit"}},
		{"wrong type", good + "grace: soon\n", 2, []string{"lakegate.yaml:12", "grace", "soon"}},
		{"two mistakes at once", good + "grace: soon\nlisen: 1\n", 2, []string{"lakegate.yaml:12", "lakegate.yaml:13", "grace", "lisen"}},
		{"no provider", "catalogs: {scratch: {type: duckdb, path: scratch.duckdb}}\n", 2, []string{"lakegate.yaml", "auth.providers"}},
		{"plaintext for the world", good + "listen: 0.0.0.0:0\n", 2, []string{"lakegate.yaml:12", "listen", "tls"}},
		{"secret file that is not there", good + "ticket_key_file: nowhere\n", 2, []string{"lakegate.yaml:12", "ticket_key", "nowhere"}},
		{"two lakes in one file", strings.Replace(good, "scratch.duckdb}}", "scratch.duckdb}, other: {type: duckdb, path: scratch.duckdb}}", 1), 2, []string{"lakegate.yaml:2", "catalogs."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, wrote := refusedStart(t, c.settings)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(wrote, want) {
					t.Errorf("%q is not in what it wrote:\n%s", want, wrote)
				}
			}
		})
	}
}

func TestAStartWithoutItsExtensionsStopsAndSaysWhereTheyAreHad(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	folder, empty := t.TempDir(), t.TempDir()
	lines := strings.SplitAfterN(l.settings(t, folder), "\n", 2)
	code, wrote := refusedStart(t, "extensions: "+empty+"\n"+lines[1], in(folder))
	if code == 0 {
		t.Error("exit code 0")
	}
	for _, want := range []string{"lakegate.yaml:1", "extensions", "httpfs", "1.5.5", "make extensions"} {
		if !strings.Contains(wrote, want) {
			t.Errorf("%q is not in what it wrote:\n%s", want, wrote)
		}
	}
}

func TestAStartWithALakeThatDoesNotWorkStopsAndNamesIt(t *testing.T) {
	t.Parallel()
	p := shared(t)
	for _, c := range []struct {
		name   string
		change func(t *testing.T, l lake, folder, settings string) string
		want   []string
	}{
		{"PostgreSQL is not there", func(t *testing.T, l lake, _, settings string) string {
			_, port, _ := net.SplitHostPort(closedPort(t))
			return strings.Replace(settings, fmt.Sprintf("port: %d", l.db.Port), "port: "+port, 1)
		}, nil},
		{"PostgreSQL refuses the password", func(t *testing.T, _ lake, folder, settings string) string {
			write(t, filepath.Join(folder, "pg.secret"), "the wrong one\n")
			return settings
		}, nil},
		{"S3 is not there", func(t *testing.T, l lake, _, settings string) string {
			return strings.Replace(settings, l.peers.s3.Host, closedPort(t), 1)
		}, nil},
		{"S3 refuses the key", func(t *testing.T, _ lake, folder, settings string) string {
			write(t, filepath.Join(folder, "s3.secret"), "not-the-secret-of-this-server\n")
			return settings
		}, nil},
		{"the bucket is not there", func(t *testing.T, l lake, _, settings string) string {
			return strings.ReplaceAll(settings, "s3://"+l.bucket+"/", "s3://nosuchbucket/")
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLake(t, p)
			folder := t.TempDir()
			settings := c.change(t, l, folder, l.settings(t, folder))
			code, wrote := refusedStart(t, settings, in(folder), hiding(p.s3.SecretKey, l.db.Password, "the wrong one", "not-the-secret-of-this-server"))
			if code == 0 {
				t.Error("exit code 0")
			}
			for _, want := range append(c.want, "lakegate.yaml:7", "catalogs.boilstream") {
				if !strings.Contains(wrote, want) {
					t.Errorf("%q is not in what it wrote:\n%s", want, wrote)
				}
			}
		})
	}
}

func TestWithLakesNotRequiredAServerServesTheOthersAndTheLakeOnceItIsThere(t *testing.T) {
	t.Parallel()
	p := newOwnPeers(t)
	l := newLake(t, p)
	p.postgres.Stop()
	s := l.start(t, "lakes_required: false\nmetadata_max_age: 200ms\n", whatever)
	writer := s.dial(t, token(t, p.issuer, "wanda"))
	eventually(t, startLimit, "health says that the lake is down", func() bool {
		return s.serving(t, "lake/boilstream") == healthpb.HealthCheckResponse_NOT_SERVING
	})
	if got := s.serving(t, ""); got != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health of all is %s with a lake down", got)
	}
	if got := s.serving(t, "lake/scratch"); got != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health of the other lake is %s", got)
	}
	writer.do(t, "CREATE TABLE scratch.main.t AS SELECT 42 AS x")
	writer.want(t, "SELECT x FROM scratch.main.t", "42")

	p.postgres.Start(t)
	eventually(t, startLimit, "the lake is served", func() bool {
		return s.serving(t, "lake/boilstream") == healthpb.HealthCheckResponse_SERVING
	})
	eventually(t, startLimit, "the lake takes a table", func() bool {
		_, err := writer.ExecuteUpdate(writer.ctx(t), "CREATE TABLE IF NOT EXISTS boilstream.main.t AS SELECT 43 AS x")
		return err == nil
	})
	writer.want(t, "SELECT x FROM boilstream.main.t", "43")
	writer.want(t, "SELECT x FROM scratch.main.t", "42")
	if got := s.serving(t, ""); got != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health of all is %s with every lake up", got)
	}
}

func TestConfigPrintMasksSecretsAndShowsWhatTheEnvironmentChanged(t *testing.T) {
	t.Parallel()
	l := newLake(t, shared(t))
	folder := t.TempDir()
	write(t, filepath.Join(folder, "lakegate.yaml"), l.settings(t, folder))
	cmd := command(t, "config", "print", "--config", filepath.Join(folder, "lakegate.yaml"))
	cmd.Env = append(environment(), "LAKEGATE_GRACE=7s", "READ_ONLY_GROUPS=guests")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"grace: 7s", "guests", "scope: \"s3://" + l.bucket + "/\""} {
		if !strings.Contains(strings.ReplaceAll(string(out), "'", "\""), want) && !strings.Contains(string(out), strings.ReplaceAll(want, `"`, "")) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	for _, secret := range []string{l.peers.s3.SecretKey, l.db.Password} {
		if strings.Contains(string(out), secret) {
			t.Errorf("a secret is in what config print wrote")
		}
	}
}
