package auth_test

import (
	"crypto/rsa"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
)

func serveDev(t *testing.T, key *rsa.PrivateKey) *auth.DevIssuer {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dev, err := auth.NewDevIssuer("http://"+lis.Addr().String(), key)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: dev.Handler(), ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		_ = srv.Serve(lis)
		close(ended)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-ended
	})
	return dev
}

func TestDevKeyIsPrivateToItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dev.pem")
	if _, err := auth.DevKey(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, error %v; want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.DevKey(path); err == nil || !strings.Contains(err.Error(), "holds no private key") {
		t.Errorf("a broken file: %v", err)
	}
}

func TestDevIssuerIsForLoopback(t *testing.T) {
	key, err := auth.DevKey(filepath.Join(t.TempDir(), "dev.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.NewDevIssuer("http://id.example", key); err == nil {
		t.Error("a plain http issuer beyond loopback was made")
	}
}
