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
	"strings"
	"sync/atomic"
	"testing"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/auth"
)

// authority vouches for client certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// issue makes the certificate of a client with that common name.
func (a authority) issue(t testing.TB, name string, change ...func(*x509.Certificate)) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, f := range change {
		f(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// certificateAuth knows the holders of certificates, and those of testAuth.
func certificateAuth(judged *atomic.Int32, last *atomic.Pointer[auth.Shown]) testAuth {
	a := testAuth{authenticate: func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
		judged.Add(1)
		last.Store(&shown)
		if len(shown.Authorization) > 0 || shown.Certificate == nil {
			return testAuth{}.Authenticate(ctx, shown)
		}
		name := shown.Certificate.Subject.CommonName
		return auth.Answer{Principal: auth.Principal{
			Provider: "certificate", Method: auth.ByCertificate, Subject: "CN=" + name, User: name,
			Scopes: []string{"read:data"}, Expires: shown.Certificate.NotAfter,
		}}, nil
	}}
	a.login = func(ctx context.Context, shown auth.Shown) (auth.Answer, error) {
		answer, err := a.authenticate(ctx, shown)
		answer.Token = ownToken
		return answer, err
	}
	return a
}

// certifiedServer takes the certificates of an authority.
type certifiedServer struct {
	*testServer
	certs  *Certificates
	ca     string // the file of authorities
	config *tls.Config
	judged atomic.Int32
	last   atomic.Pointer[auth.Shown]
}

func startCertified(t testing.TB, required bool, vouches authority) *certifiedServer {
	t.Helper()
	dir := t.TempDir()
	s := &certifiedServer{ca: filepath.Join(dir, "clients.pem")}
	s.vouch(t, vouches.pem)
	certificate, key := writePair(t, dir, 1)
	s.testServer = startServer(t, func(c *Config) {
		certs, err := NewCertificates(CertificateFiles{Certificate: certificate, Key: key, ClientCA: s.ca, RequireClient: required}, c.Log)
		if err != nil {
			t.Fatal(err)
		}
		s.certs, c.TLS, c.Auth = certs, certs.Config(), certificateAuth(&s.judged, &s.last)
	})
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	s.config = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost", MinVersion: tls.VersionTLS12}
	s.config.RootCAs.AppendCertsFromPEM(text)
	return s
}

// vouch writes the file of authorities, and has it looked at by the next connection.
func (s *certifiedServer) vouch(t testing.TB, text []byte) {
	t.Helper()
	if err := os.WriteFile(s.ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.certs != nil {
		s.certs.mu.Lock()
		defer s.certs.mu.Unlock()
		s.certs.looked = time.Time{}
	}
}

// with is a client's settings of TLS; a certificate is shown whatever authorities
// the server names.
func (s *certifiedServer) with(shown *tls.Certificate) *tls.Config {
	cfg := s.config.Clone()
	if shown != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown, nil }
	}
	return cfg
}

func (s *certifiedServer) flights(t testing.TB, cfg *tls.Config) arrowflight.FlightServiceClient {
	t.Helper()
	conn, err := grpc.NewClient(s.addr, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return arrowflight.NewClientFromConn(conn, nil)
}

// page is the code of the health page asked for on a connection of its own, 0 where
// there is no answer.
func (s *certifiedServer) page(t testing.TB, cfg *tls.Config) (code int, resumed bool) {
	t.Helper()
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg, DisableKeepAlives: true}, Timeout: 20 * time.Second}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.addr+healthPage, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := web.Do(req)
	if err != nil {
		return 0, false
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.TLS.DidResume
}

func TestAClientCertificateNamesItsUserAtEveryDoor(t *testing.T) {
	ca := newAuthority(t, "clients")
	s := startCertified(t, false, ca)
	alice := s.with(ca.issue(t, "alice"))
	none := s.with(nil)

	_, err := s.flights(t, alice).GetSchema(t.Context(), &arrowflight.FlightDescriptor{})
	wantCode(t, err, codes.InvalidArgument, "descriptor")
	if shown := s.last.Load(); shown.Peer != "127.0.0.1" || shown.Certificate == nil || len(shown.Authorization) != 0 {
		t.Errorf("what was shown: peer %q, certificate %v", shown.Peer, shown.Certificate)
	}
	if !strings.Contains(s.log.String(), "principal=alice provider=certificate credential=certificate") {
		t.Error("the log does not say how alice came")
	}
	stream, err := s.flights(t, alice).Handshake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); codeOf(err) != codes.OK {
		t.Error(err)
	}
	wantLines(t, stream.Trailer().Get("authorization"), "Bearer "+ownToken)
	for name, protos := range map[string][]string{"ALPN": {"http/1.1"}, "no ALPN": nil} {
		own := alice.Clone()
		own.NextProtos = protos
		conn, err := tls.Dial("tcp", s.addr, own)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /flight/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if answer, err := io.ReadAll(conn); !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
			t.Errorf("the page, %s: %q, %v", name, answer, err)
		}
		_ = conn.Close()
	}

	_, err = s.flights(t, none).GetSchema(t.Context(), &arrowflight.FlightDescriptor{})
	wantCode(t, err, codes.Unauthenticated, "")
	_, err = s.flights(t, none).GetSchema(bearer(t, writer1), &arrowflight.FlightDescriptor{})
	wantCode(t, err, codes.InvalidArgument, "descriptor")
	// A bad credential is not made good by the connection's certificate.
	if stream, err = s.flights(t, alice).Handshake(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&arrowflight.HandshakeRequest{Payload: must(proto.Marshal(&pb.BasicAuth{Username: "bob", Password: "x"}))}); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	wantCode(t, err, codes.Unauthenticated, "")
	_, err = s.flights(t, alice).GetSchema(bearer(t, "nonsense"), &arrowflight.FlightDescriptor{})
	wantCode(t, err, codes.Unauthenticated, "")
	if code, _ := s.page(t, none); code != 401 {
		t.Errorf("the page without a certificate: %d", code)
	}
}

// G08
func TestG08WrongClientCertificatesNeverReachTheGate(t *testing.T) {
	ca, other := newAuthority(t, "clients"), newAuthority(t, "clients") // of the same name
	wrong := map[string]*tls.Certificate{
		"of another authority": other.issue(t, "alice"),
		"expired":              ca.issue(t, "alice", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }),
		"not yet valid":        ca.issue(t, "alice", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }),
		"of a server":          ca.issue(t, "alice", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }),
		"signed by itself":     selfSigned(t, "alice"),
	}
	for mode, required := range map[string]bool{"optional": false, "required": true} {
		t.Run(mode, func(t *testing.T) {
			s := startCertified(t, required, ca)
			refused := func(name string, cfg *tls.Config) {
				t.Helper()
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					cfg := cfg.Clone()
					cfg.MaxVersion = version
					before := s.judged.Load()
					ctx := bearer(t, writer1) // which is good
					if _, err := s.flights(t, cfg).GetSchema(ctx, &arrowflight.FlightDescriptor{}); codeOf(err) != codes.Unavailable {
						t.Errorf("%s, %s: %v", name, tls.VersionName(version), err)
					}
					if code, _ := s.page(t, cfg); code != 0 {
						t.Errorf("%s, %s: the page answers %d", name, tls.VersionName(version), code)
					}
					if s.judged.Load() != before {
						t.Errorf("%s, %s: a call was judged", name, tls.VersionName(version))
					}
				}
			}
			for name, certificate := range wrong {
				refused(name, s.with(certificate))
			}
			if required {
				refused("none", s.with(nil))
			}
			if _, err := s.flights(t, s.with(ca.issue(t, "alice"))).GetSchema(t.Context(), &arrowflight.FlightDescriptor{}); codeOf(err) != codes.InvalidArgument {
				t.Errorf("the right one: %v", err)
			}
		})
	}
}

func selfSigned(t testing.TB, name string) *tls.Certificate {
	t.Helper()
	a := newAuthority(t, name)
	return &tls.Certificate{Certificate: [][]byte{a.cert.Raw}, PrivateKey: a.key}
}

// G08
func TestG08WeakCiphersAreRefused(t *testing.T) {
	srv, cfg := tlsServer(t)
	for _, suite := range append(tls.InsecureCipherSuites(), &tls.CipherSuite{ID: tls.TLS_RSA_WITH_AES_128_GCM_SHA256, Name: "no forward secrecy"}) {
		own := cfg.Clone()
		own.MaxVersion, own.CipherSuites = tls.VersionTLS12, []uint16{suite.ID}
		conn, err := (&tls.Dialer{Config: own}).DialContext(t.Context(), "tcp", srv.addr)
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s was accepted", suite.Name)
		}
	}
}

func TestAuthoritiesOfClientsAreReadAgainWhenTheyChangeAndKeptWhenTheyBreak(t *testing.T) {
	before, after := newAuthority(t, "before"), newAuthority(t, "after")
	s := startCertified(t, true, before)
	cfg := s.with(before.issue(t, "alice"))
	cfg.ClientSessionCache = tls.NewLRUClientSessionCache(10)
	fresh := s.with(after.issue(t, "bob"))
	if code, _ := s.page(t, cfg); code != 200 {
		t.Fatalf("the page answers %d", code)
	}
	if code, resumed := s.page(t, cfg); code != 200 || !resumed {
		t.Fatalf("a second connection, which goes on with the first's TLS session: %d, %v", code, resumed)
	}
	if code, _ := s.page(t, fresh); code != 0 {
		t.Fatal("an authority counts before it is in the file")
	}
	s.vouch(t, []byte("half a file"))
	if code, _ := s.page(t, s.with(before.issue(t, "alice"))); code != 200 {
		t.Errorf("with a broken file: %d", code)
	}
	if !strings.Contains(s.log.String(), "the old one stays") || !strings.Contains(s.log.String(), "holds no certificate in PEM") {
		t.Error("the log does not say that the file is broken")
	}
	s.vouch(t, after.pem)
	if code, _ := s.page(t, fresh); code != 200 {
		t.Errorf("after the change: %d", code)
	}
	if code, _ := s.page(t, cfg); code != 0 {
		t.Errorf("who was vouched for by the old authority goes on with their TLS session: %d", code)
	}
	_, err := s.flights(t, fresh).GetSchema(t.Context(), &arrowflight.FlightDescriptor{})
	wantCode(t, err, codes.InvalidArgument, "") // gRPC is still chosen by ALPN
	if _, err := NewCertificates(CertificateFiles{Certificate: s.certs.files.Certificate, Key: s.certs.files.Key, ClientCA: filepath.Join(t.TempDir(), "none")}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a start without its authorities")
	}
}
