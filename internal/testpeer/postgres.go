package testpeer

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// PostgresServer is a running PostgreSQL cluster that asks for passwords.
type PostgresServer struct {
	*process

	Host     string
	Port     int
	User     string // a superuser
	Password string

	dir string
}

// PostgresDatabase is one database and the role that owns it.
type PostgresDatabase struct {
	Host     string
	Port     int
	Database string
	User     string
	Password string
}

// Postgres starts a cluster that ends with the test.
func Postgres(t testing.TB) *PostgresServer {
	t.Helper()
	Require(t, PostgreSQL)
	s := newPostgres(t)
	t.Cleanup(s.close)
	return s
}

func newPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "lakegate-pg-")
	if err != nil {
		t.Fatal(err)
	}
	s := &PostgresServer{Host: "127.0.0.1", User: "postgres", Password: "postgres-test", dir: dir}
	uid, gid := s.account(t)
	bin, data := postgresBin(), filepath.Join(dir, "data")
	s.initdb(t, bin, data, uid, gid)
	s.process, s.Port = startOnFreePort(t, func(port int) *process {
		return &process{
			name: "PostgreSQL",
			argv: []string{
				filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", "",
				"-c", "fsync=off", "-c", "max_connections=200", "-c", "log_min_messages=fatal",
			},
			dir: dir, env: []string{"LC_ALL=C"}, uid: uid, gid: gid,
			quit:  syscall.SIGQUIT, // immediate: as after a crash, but no process is left
			ready: func() error { return s.answers(bin, port) },
		}
	})
	return s
}

// account hands the cluster's folder to the user that the server runs as: it
// refuses to be root.
func (s *PostgresServer) account(t testing.TB) (uid, gid int) {
	t.Helper()
	if os.Getuid() != 0 {
		return 0, 0
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("find a user for PostgreSQL: %v", err)
	}
	uid, _ = strconv.Atoi(account.Uid)
	gid, _ = strconv.Atoi(account.Gid)
	if err := os.Chown(s.dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return uid, gid
}

func (s *PostgresServer) initdb(t testing.TB, bin, data string, uid, gid int) {
	t.Helper()
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(s.Password), 0o644); err != nil { // the folder is 0700
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", s.User, "-A", "scram-sha-256",
		"--pwfile", password, "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir = s.dir
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
}

func (s *PostgresServer) answers(bin string, port int) error {
	if err := dial(port); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", s.Host, "-p", strconv.Itoa(port))
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pg_isready: %w", err)
	}
	return nil
}

func (s *PostgresServer) close() {
	s.Stop()
	_ = os.RemoveAll(s.dir)
}

// Database makes a database owned by a new role of the same name, which is no
// superuser. The name must be a plain lower-case identifier.
func (s *PostgresServer) Database(t testing.TB, name string) PostgresDatabase {
	t.Helper()
	db := PostgresDatabase{Host: s.Host, Port: s.Port, Database: name, User: name, Password: name + "-password"}
	s.Exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", name, db.Password))
	s.Exec(t, "postgres", fmt.Sprintf("CREATE DATABASE %s OWNER %s", name, name))
	return db
}

// Exec runs SQL as the superuser and gives the rows, one a line, columns
// separated by "|".
func (s *PostgresServer) Exec(t testing.TB, database, sql string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(postgresBin(), "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
		"-h", s.Host, "-p", strconv.Itoa(s.Port), "-U", s.User, "-d", database, "-c", sql)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.Password)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", sql, err, problem.String())
	}
	return strings.TrimRight(string(out), "\n")
}

// postgresBin is the folder of the newest server's programs, empty where there is none.
func postgresBin() string {
	servers, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	slices.SortFunc(servers, func(a, b string) int { return version(b) - version(a) })
	if len(servers) > 0 {
		return filepath.Dir(servers[0])
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}
