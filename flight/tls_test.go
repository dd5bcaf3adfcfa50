package flight

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// writePair writes a self-signed certificate of that serial number and its key.
func writePair(t testing.TB, dir string, serial int64) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

func tlsServer(t testing.TB) (srv *testServer, client *tls.Config) {
	t.Helper()
	certificate, key := writePair(t, t.TempDir(), 1)
	certs, err := NewCertificates(CertificateFiles{Certificate: certificate, Key: key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	pool.AppendCertsFromPEM(text)
	srv = startServer(t, func(c *Config) { c.TLS = certs.Config() })
	return srv, &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

func TestOnTLSALPNChoosesTheProtocol(t *testing.T) {
	srv, cfg := tlsServer(t)
	conn, err := grpc.NewClient(srv.addr, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Errorf("gRPC: %v", err)
	}
	for name, protos := range map[string][]string{"as curl": {"h2", "http/1.1"}, "http/1.1": {"http/1.1"}, "no ALPN": nil} {
		own := cfg.Clone()
		own.NextProtos = protos
		raw, err := tls.Dial("tcp", srv.addr, own)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(raw, "GET /flight/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "+reader1+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(raw)
		if err != nil || len(answer) < 15 || string(answer[:15]) != "HTTP/1.1 200 OK" {
			t.Errorf("%s: %q, %v", name, answer, err)
		}
		_ = raw.Close()
	}
	// Go's own client offers both, as browsers and curl do.
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: true}}
	defer web.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+srv.addr+"/flight/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || res.ProtoMajor != 1 {
		t.Errorf("%s over %s", res.Status, res.Proto)
	}
}

func TestTLSBefore12IsRefused(t *testing.T) {
	srv, cfg := tlsServer(t)
	cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 //nolint:gosec // that is the attack
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", srv.addr)
	if err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
}

func TestCertificatesAreReadAgainWhenTheyChangeAndKeptWhenTheyBreak(t *testing.T) {
	dir := t.TempDir()
	certificate, key := writePair(t, dir, 1)
	log := &logBuffer{}
	certs, err := NewCertificates(CertificateFiles{Certificate: certificate, Key: key}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	serial := func() int64 {
		t.Helper()
		now = now.Add(2 * certificatesEvery)
		c := certs.current(now)
		parsed, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return parsed.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Errorf("serial %d, want 1", n)
	}
	writePair(t, dir, 1_000_000)
	if n := serial(); n != 1_000_000 {
		t.Errorf("after the change: serial %d", n)
	}
	if err := os.WriteFile(certificate, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 1_000_000 {
		t.Errorf("after the break: serial %d", n)
	}
	if _, err := NewCertificates(CertificateFiles{Certificate: certificate, Key: key}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a broken pair was taken at the start")
	}
}
