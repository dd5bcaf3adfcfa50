package testpeer

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// REST is a service that answers GET with JSON, such as one that knows users'
// groups or checks tokens, and remembers what it was asked. It misbehaves on demand.
type REST struct {
	URL   string                                                            // without a final slash
	Dial  func(ctx context.Context, network, addr string) (net.Conn, error) // reaches it wherever it is said to be; nil if it listens there
	Roots *x509.CertPool                                                    // vouch for its certificate; nil without one

	stop func()

	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []RESTRequest
}

// RESTRequest is one request as it arrived.
type RESTRequest struct {
	Line   string // method and target, as on the wire
	Header http.Header
	Body   string
}

// StartREST serves on loopback, until the test ends. It answers 404 at first.
func StartREST(t testing.TB) *REST {
	t.Helper()
	s := &REST{}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.URL, s.stop = srv.URL, srv.Close
	return s
}

// StartRESTTLS is StartREST with TLS, at https://example.com, which Dial leads to.
func StartRESTTLS(t testing.TB) *REST {
	t.Helper()
	s := &REST{}
	srv := httptest.NewUnstartedServer(s)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that trust nobody are part of the tests
	srv.StartTLS()
	t.Cleanup(srv.Close)
	address := srv.Listener.Addr().String()
	s.URL, s.stop = "https://example.com", srv.Close // a name of httptest's certificate
	s.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(srv.Certificate())
	return s
}

// StartRESTInMemory serves over pipes that Dial makes, so that the service can
// live in a testing/synctest bubble.
func StartRESTInMemory(t testing.TB) *REST {
	t.Helper()
	s := &REST{URL: "http://127.0.0.1:4322"}
	lis := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		_ = srv.Serve(lis)
		close(ended)
	}()
	s.Dial = lis.dial
	s.stop = sync.OnceFunc(func() {
		_ = srv.Close()
		<-ended
	})
	t.Cleanup(s.stop)
	return s
}

// Answer has h answer from now on.
func (s *REST) Answer(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// Asked are the requests since the last time, oldest first.
func (s *REST) Asked() []RESTRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// Stop ends the service: nobody answers any more.
func (s *REST) Stop() { s.stop() }

// ServeHTTP notes the request and answers as Answer has it.
func (s *REST) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)) // a test that sends a broken body sees it cut off
	s.mu.Lock()
	s.asked = append(s.asked, RESTRequest{Line: r.Method + " " + r.RequestURI, Header: r.Header.Clone(), Body: string(body)})
	answer := s.answer
	s.mu.Unlock()
	if answer == nil {
		answer = http.NotFound
	}
	answer(w, r)
}

// pipes accepts connections that never leave the process.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4322} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
