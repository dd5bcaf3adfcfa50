package testpeer

import (
	"os"
	"sync"
	"testing"
)

// shared are peers that all tests of one package use; Main ends them.
var shared struct {
	mu       sync.Mutex
	main     bool
	s3       *S3Server
	postgres *PostgresServer
}

// Main runs a package's tests and then ends the shared peers. A package that uses
// SharedS3 or SharedPostgres calls it from TestMain:
//
//	func TestMain(m *testing.M) { testpeer.Main(m) }
func Main(m *testing.M) {
	shared.mu.Lock()
	shared.main = true
	shared.mu.Unlock()
	code := m.Run()
	shared.mu.Lock() // and never unlocked: the process ends
	if shared.s3 != nil {
		shared.s3.close()
	}
	if shared.postgres != nil {
		shared.postgres.close()
	}
	os.Exit(code)
}

// SharedS3 is one S3 server for all tests of the package: each makes buckets of
// its own, and none stops it.
func SharedS3(t testing.TB) *S3Server {
	t.Helper()
	Require(t, VersityGW)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	needMain(t)
	if shared.s3 == nil {
		shared.s3 = newS3(t)
	}
	return shared.s3
}

// SharedPostgres is one cluster for all tests of the package: each makes
// databases of its own, and none stops it.
func SharedPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	Require(t, PostgreSQL)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	needMain(t)
	if shared.postgres == nil {
		shared.postgres = newPostgres(t)
	}
	return shared.postgres
}

func needMain(t testing.TB) {
	t.Helper()
	if !shared.main {
		t.Fatal("shared peers need a TestMain that calls testpeer.Main")
	}
}
