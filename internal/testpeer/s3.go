package testpeer

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// S3Server is a running S3 server with path-style addressing.
type S3Server struct {
	*process

	Endpoint  string // http://127.0.0.1:PORT
	Host      string // 127.0.0.1:PORT, as DuckDB's secrets want it
	AccessKey string
	SecretKey string
	Region    string

	root string
}

// S3 starts an S3 server that ends with the test.
func S3(t testing.TB) *S3Server {
	t.Helper()
	Require(t, VersityGW)
	s := newS3(t)
	t.Cleanup(s.close)
	return s
}

func newS3(t testing.TB) *S3Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "lakegate-s3-")
	if err != nil {
		t.Fatal(err)
	}
	s := &S3Server{
		AccessKey: "lakegate-test",
		SecretKey: "a-secret-of-the-test-server",
		Region:    "us-east-1",
		root:      filepath.Join(dir, "buckets"),
	}
	args := []string{"posix"}
	for _, folder := range []string{"buckets", "sidecar"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if syscall.Setxattr(s.root, "user.probe", []byte("1"), 0) != nil {
		args = append(args, "--sidecar", filepath.Join(dir, "sidecar"))
	}
	args = append(args, s.root)
	var port int
	s.process, port = startOnFreePort(t, func(port int) *process {
		return &process{
			name: "versitygw",
			argv: append([]string{
				tool(t, "versitygw"), "--access", s.AccessKey, "--secret", s.SecretKey, "--region", s.Region,
				"--port", "127.0.0.1:" + strconv.Itoa(port), "--health", healthPath, "--quiet",
			}, args...),
			dir:   dir,
			quit:  syscall.SIGKILL,
			ready: func() error { return get(fmt.Sprintf("http://127.0.0.1:%d%s", port, healthPath)) },
		}
	})
	s.Host = "127.0.0.1:" + strconv.Itoa(port)
	s.Endpoint = "http://" + s.Host
	return s
}

func (s *S3Server) close() {
	s.Stop()
	_ = os.RemoveAll(filepath.Dir(s.root))
}

// Bucket makes a bucket and gives the folder that its objects lie in: what is
// written there as a file is an object, and the other way round.
func (s *S3Server) Bucket(t testing.TB, name string) string {
	t.Helper()
	folder := s.Folder(name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatalf("make bucket %s: %v", name, err)
	}
	return folder
}

// Folder is where the objects of a bucket lie.
func (s *S3Server) Folder(bucket string) string { return filepath.Join(s.root, bucket) }

// healthPath is not the name of any test's bucket.
const healthPath = "/lakegate-testpeer-health"

var probe = http.Client{
	Timeout:   2 * time.Second,
	Transport: &http.Transport{DisableKeepAlives: true}, // leaves no goroutine behind
}

// get reports whether url answers 200.
func get(url string) error {
	response, err := probe.Get(url)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return nil
}
