// Package testpeer starts the real peers that tests talk to: an S3 server, a
// PostgreSQL cluster, OpenID Connect providers by other authors, and the clients
// of other languages. Only tests import it. It needs Linux.
//
// Every peer ends with the test that started it, and with the test process when
// that is killed. A peer that is not installed skips the test and says what to
// install; where CI=true it fails it.
package testpeer

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Peer names something outside this module that a test needs.
type Peer string

// The peers that Require knows.
const (
	VersityGW   Peer = "versitygw"
	PostgreSQL  Peer = "PostgreSQL"
	Node        Peer = "node with oidc-provider and oauth2-mock-server"
	PythonADBC  Peer = "Python with adbc-driver-flightsql"
	JDBC        Peer = "java with the Flight SQL JDBC driver"
	GRPCurl     Peer = "grpcurl"
	HealthProbe Peer = "grpc-health-probe"
	H2Spec      Peer = "h2spec"
	SSLScan     Peer = "sslscan"
	Extension   Peer = "DuckDB's extensions"
	Curl        Peer = "curl"
	Keycloaks   Peer = "Keycloak"
	OpenLDAP    Peer = "OpenLDAP"
	MITKerberos Peer = "MIT Kerberos"
	OpenSSL     Peer = "openssl"
)

// howTo says how a peer is installed.
var howTo = map[Peer]string{
	PostgreSQL:  `on Debian "apt-get install postgresql"`,
	OpenLDAP:    `on Debian "apt-get install slapd"`,
	MITKerberos: `on Debian "apt-get install krb5-kdc krb5-admin-server krb5-user"`,
	Keycloaks:   `run "scripts/test-setup.sh slow"`,
	H2Spec:      `run "scripts/test-setup.sh slow"`,
	SSLScan:     `on Debian "apt-get install sslscan"`,
	Extension:   `run "make extensions"`,
	Curl:        `on Debian "apt-get install curl"`,
	OpenSSL:     `on Debian "apt-get install openssl"`,
}

// Require skips the test when a peer is not installed, or fails it where CI=true.
func Require(t testing.TB, peers ...Peer) {
	t.Helper()
	for _, p := range peers {
		if installed(t, p) {
			continue
		}
		how, ok := howTo[p]
		if !ok {
			how = `run "scripts/test-setup.sh", as "make test" does`
		}
		Missing(t, string(p), how)
	}
}

// Missing ends the test because what is not there, saying how to get it: a skip
// on a laptop, a failure where CI=true.
func Missing(t testing.TB, what, how string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %s", what, how)
	}
	t.Skipf("%s is not installed: %s", what, how)
}

func installed(t testing.TB, p Peer) bool {
	t.Helper()
	switch p {
	case VersityGW, GRPCurl, HealthProbe, H2Spec:
		return isFile(tool(t, string(p)))
	case PostgreSQL:
		return postgresBin() != ""
	case Node:
		return onPath("node") && isFile(filepath.Join(nodeModules(t), "oidc-provider", "package.json")) &&
			isFile(filepath.Join(nodeModules(t), "oauth2-mock-server", "package.json"))
	case PythonADBC:
		return isFile(filepath.Join(Dir(t), "py", "bin", "python"))
	case JDBC:
		return onPath("java") && isFile(jdbcDriver(t))
	case OpenLDAP:
		return daemon("slapd") != ""
	case MITKerberos:
		return daemon("krb5kdc") != "" && daemon("kadmin.local") != "" && onPath("kinit")
	case Keycloaks:
		return onPath("java") && isFile(filepath.Join(keycloakHome(t), "bin", "kc-exec.sh"))
	case Extension:
		return isFile(filepath.Join(extensions(t), ExtensionVersion, platform(), "httpfs.duckdb_extension"))
	default:
		return onPath(string(p))
	}
}

// Dir is the folder that scripts/test-setup.sh installs peers into: LAKEGATE_PEERS,
// or .peers in the module's root.
func Dir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("LAKEGATE_PEERS"); dir != "" {
		return absolute(t, dir)
	}
	return filepath.Join(Root(t), ".peers")
}

// Root is the folder that holds this module's go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !isFile(filepath.Join(dir, "go.mod")) {
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the working folder")
		}
		dir = up
	}
	return dir
}

// absolute takes a relative path from the environment as relative to the
// module's root, since each package's tests run in a folder of their own.
func absolute(t testing.TB, path string) string {
	t.Helper()
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(Root(t), path)
}

func tool(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(Dir(t), "bin", name)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func onPath(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}
