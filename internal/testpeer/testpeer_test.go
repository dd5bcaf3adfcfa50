package testpeer

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// curl calls the S3 server as a client that knows nothing of this package.
func curl(t *testing.T, s *S3Server, secret, path string, args ...string) string {
	t.Helper()
	Require(t, Curl)
	out, err := exec.Command("curl", append([]string{
		"-sS", "-o", "-", "-w", "\n%{http_code}", "--max-time", "5",
		"-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", // curl before 8 leaves it out
		"--aws-sigv4", "aws:amz:" + s.Region + ":s3", "-u", s.AccessKey + ":" + secret, s.Endpoint + path,
	}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %s: %v\n%s", path, err, out)
	}
	return string(out)
}

func TestS3ObjectIsAFileAndAFileIsAnObject(t *testing.T) {
	s := S3(t)
	folder := s.Bucket(t, "lake")
	if got := curl(t, s, s.SecretKey, "/lake/in/put.txt", "-X", "PUT", "-d", "hello"); !strings.HasSuffix(got, "200") {
		t.Fatalf("PUT answered %s", got)
	}
	if got, err := os.ReadFile(filepath.Join(folder, "in", "put.txt")); err != nil || string(got) != "hello" {
		t.Errorf("the file holds %q, %v; want hello", got, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "file.txt"), []byte("from disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := curl(t, s, s.SecretKey, "/lake/file.txt"); got != "from disk\n200" {
		t.Errorf("GET answered %q", got)
	}
	if got := curl(t, s, "wrong", "/lake/file.txt"); !strings.HasSuffix(got, "\n403") {
		t.Errorf("a wrong key was answered %q; want 403", got)
	}
}

func TestStoppedS3ComesBackWithItsObjects(t *testing.T) {
	s := S3(t)
	s.Bucket(t, "lake")
	curl(t, s, s.SecretKey, "/lake/a", "-X", "PUT", "-d", "kept")
	s.Stop()
	if err := dial(portOf(t, s)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dialling a stopped server: %v; want connection refused", err)
	}
	s.Start(t)
	if got := curl(t, s, s.SecretKey, "/lake/a"); got != "kept\n200" {
		t.Errorf("after the restart GET answered %q", got)
	}
}

func portOf(t *testing.T, s *S3Server) int {
	t.Helper()
	var port int
	if err := json.Unmarshal([]byte(strings.TrimPrefix(s.Host, "127.0.0.1:")), &port); err != nil {
		t.Fatal(err)
	}
	return port
}

func TestFrozenS3HangsUntilItThaws(t *testing.T) {
	s := S3(t)
	answered := make(chan error, 1)
	s.Freeze()
	go func() { answered <- get(s.Endpoint + healthPath) }()
	select {
	case err := <-answered:
		t.Fatalf("a frozen server answered: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	s.Thaw()
	if err := <-answered; err != nil {
		t.Errorf("after the thaw: %v", err)
	}
}

func TestPostgresRoleOwnsItsDatabaseAndAsksForThePassword(t *testing.T) {
	s := Postgres(t)
	db := s.Database(t, "lake")
	query := func(password, sql string) (string, error) {
		cmd := exec.Command(filepath.Join(postgresBin(), "psql"), "-XAtqw", "-h", db.Host,
			"-p", s.Exec(t, "postgres", "SHOW port"), "-U", db.User, "-d", db.Database, "-c", sql)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	got, err := query(db.Password, "CREATE SCHEMA s; SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")
	if err != nil || got != "lake|f" {
		t.Errorf("the owner got %q, %v; want lake|f", got, err)
	}
	if got, err := query("wrong", "SELECT 1"); err == nil || !strings.Contains(got, "password authentication failed") {
		t.Errorf("a wrong password got %q, %v", got, err)
	}
}

func TestCrashedPostgresKeepsWhatWasCommitted(t *testing.T) {
	s := Postgres(t)
	s.Exec(t, "postgres", "CREATE TABLE t AS SELECT 42 AS x")
	s.Stop()
	if err := dial(s.Port); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dialling a stopped cluster: %v; want connection refused", err)
	}
	s.Start(t)
	if got := s.Exec(t, "postgres", "SELECT x FROM t"); got != "42" {
		t.Errorf("after the restart: %q; want 42", got)
	}
}

func TestFrozenPostgresHangsConnectionsItAlreadyHas(t *testing.T) {
	s := Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(postgresBin(), "psql"), "-XAtq", "-h", s.Host,
		"-p", s.Exec(t, "postgres", "SHOW port"), "-U", s.User)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.Password)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answers := make(chan string)
	go func() {
		defer close(answers)
		buffer := make([]byte, 64)
		for {
			n, err := out.Read(buffer)
			if err != nil {
				return
			}
			answers <- strings.TrimSpace(string(buffer[:n]))
		}
	}()
	ask := func(sql string) {
		if _, err := in.Write([]byte(sql + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	ask("SELECT 1;")
	if got := <-answers; got != "1" {
		t.Fatalf("before the freeze: %q", got)
	}
	s.Freeze()
	ask("SELECT 2;")
	select {
	case got := <-answers:
		t.Fatalf("a frozen cluster answered %q", got)
	case <-time.After(200 * time.Millisecond):
	}
	s.Thaw()
	if got := <-answers; got != "2" {
		t.Errorf("after the thaw: %q; want 2", got)
	}
	_ = in.Close()
	for range answers {
		t.Error("an answer that nobody asked for")
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// part decodes the header (0) or the claims (1) of a token.
func part(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestOIDCProviderGivesAccessTokensWithGroupAndScope(t *testing.T) {
	s := OIDC(t)
	token := s.Token(t, "writer", "writer-secret", "read:data", "write:data")
	if got := part(t, token, 0); got["typ"] != "at+jwt" || got["alg"] != "RS256" {
		t.Errorf("header %v", got)
	}
	claims := part(t, token, 1)
	if claims["iss"] != s.Issuer || claims["aud"] != s.Audience || claims["sub"] != "writer" || claims["scope"] != "read:data write:data" {
		t.Errorf("claims %v", claims)
	}
	if groups, _ := claims["groups"].([]any); len(groups) != 1 || groups[0] != "engineers" {
		t.Errorf("groups %v; want [engineers]", claims["groups"])
	}
	if err := get(s.JWKSURL); err != nil {
		t.Error(err)
	}
}

func TestRestartedOIDCProviderHasOtherKeys(t *testing.T) {
	s := MockOIDC(t)
	first := s.Token(t, "any", "any")
	s.Stop()
	if err := get(s.JWKSURL); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("asking a stopped provider: %v; want connection refused", err)
	}
	s.Start(t)
	if a, b := part(t, first, 0), part(t, s.Token(t, "any", "any"), 0); a["kid"] == b["kid"] {
		t.Errorf("the key %v is there again", a["kid"])
	}
}

func TestFrozenOIDCProviderHangsUntilItThaws(t *testing.T) {
	s := MockOIDC(t)
	answered := make(chan error, 1)
	s.Freeze()
	go func() { answered <- get(s.JWKSURL) }()
	select {
	case err := <-answered:
		t.Fatalf("a frozen provider answered: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	s.Thaw()
	if err := <-answered; err != nil {
		t.Errorf("after the thaw: %v", err)
	}
}

func TestMockOIDCTakesClaimsHeaderAndKeysFromTheTest(t *testing.T) {
	s := MockOIDC(t)
	first := s.Token(t, "any", "any")
	s.SetClaims(t, map[string]any{"sub": "eve", "aud": "other"})
	s.SetHeader(t, map[string]any{"typ": "odd"})
	s.Rotate(t)
	second := s.Token(t, "any", "any")
	if got := part(t, first, 1); got["iss"] != s.Issuer || got["aud"] != s.Audience {
		t.Errorf("first claims %v", got)
	}
	if got := part(t, second, 1); got["sub"] != "eve" || got["aud"] != "other" {
		t.Errorf("second claims %v", got)
	}
	if a, b := part(t, first, 0), part(t, second, 0); a["kid"] == b["kid"] || b["typ"] != "odd" {
		t.Errorf("headers %v and %v; want two keys and the odd type", a, b)
	}
	if err := get(s.JWKSURL); err != nil {
		t.Error(err)
	}
}

func TestClientsOfOtherLanguagesStart(t *testing.T) {
	driver := filepath.Join(t.TempDir(), "Driver.java")
	source := `class Driver { public static void main(String[] a) throws Exception {
		System.out.println(java.sql.DriverManager.getDriver("jdbc:arrow-flight-sql://h:1").getMajorVersion()); } }`
	if err := os.WriteFile(driver, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cmd  *exec.Cmd
		want string
	}{
		{exec.Command(Python(t), "-c", "import adbc_driver_flightsql as a, pyarrow; print(a.__version__)"), "1.13.0"},
		{Java(t).Command(t.Context(), driver), "18"},
		{exec.Command(Grpcurl(t), "-version"), "grpcurl"},
		{exec.Command(GrpcHealthProbe(t), "-version"), ""},
	} {
		out, err := c.cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v; it wrote %q, want %q in it", c.cmd, err, out, c.want)
		}
	}
}

func TestExtensionsAreOfTheEnginesVersion(t *testing.T) {
	for _, name := range []string{"httpfs", "ducklake", "postgres_scanner", "aws"} {
		file := filepath.Join(Extensions(t), ExtensionVersion, platform(), name+".duckdb_extension")
		if !isFile(file) {
			t.Errorf("%s is missing", file)
		}
	}
}

func TestMain(m *testing.M) { Main(m) }

func TestSharedPeersAreOneForAllTests(t *testing.T) {
	if first, second := SharedS3(t), SharedS3(t); first != second {
		t.Errorf("two S3 servers were started: %s and %s", first.Endpoint, second.Endpoint)
	}
	if first, second := SharedPostgres(t), SharedPostgres(t); first != second {
		t.Errorf("two clusters were started: at %d and %d", first.Port, second.Port)
	}
	if got := SharedPostgres(t).Exec(t, "postgres", "SELECT 1"); got != "1" {
		t.Errorf("the shared cluster answered %q", got)
	}
}
