package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// maxConnections is how many connections there are at the same time, idle ones aside.
const maxConnections = 32

// avoidFor is how long a server that did not answer is asked after the others.
const avoidFor = 30 * time.Second

// server is one of the directory's hosts.
type server struct {
	name    string // what its certificate must be for
	address string

	mu     sync.Mutex
	failed time.Time
}

func (s *server) fail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = time.Now()
}

func (s *server) avoided() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.failed.IsZero() && time.Since(s.failed) < avoidFor
}

// inOrder are the servers as configured, those that failed lately after the others.
func (d *Directory) inOrder() []*server {
	var list, late []*server
	for _, s := range d.servers {
		if s.avoided() {
			late = append(late, s)
		} else {
			list = append(list, s)
		}
	}
	return append(list, late...)
}

// conn is one connection. It is for one goroutine at a time.
type conn struct {
	ldap   *ldap.Conn
	raw    net.Conn
	in     *messages
	server *server
	slots  chan struct{} // one of which it gives back
	born   time.Time
	reused bool
}

// connect opens a connection to the first server that answers, and has login, unless
// that is nil, bind it. A server that hangs leaves time for the others.
func (d *Directory) connect(ctx context.Context, login func(context.Context, *conn) error) (*conn, error) {
	select {
	case d.slots <- struct{}{}:
	default:
		select {
		case d.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %d connections are in use: %w", ErrUnreachable, maxConnections, context.Cause(ctx))
		}
	}
	servers := d.inOrder()
	var failures []string
	for i, s := range servers {
		c, err := d.open(ctx, s, len(servers)-i, login)
		if err == nil {
			c.slots = d.slots
			return c, nil
		}
		if ctx.Err() == nil || errors.Is(context.Cause(ctx), errLate) {
			s.fail()
		}
		failures = append(failures, s.address+": "+err.Error())
		if ctx.Err() != nil || errors.Is(err, errAccount) {
			break
		}
	}
	<-d.slots
	return nil, fmt.Errorf("%w: %s", ErrUnreachable, strings.Join(failures, "; "))
}

// open connects to one server, in one of so many equal shares of what time is left.
func (d *Directory) open(ctx context.Context, s *server, shares int, login func(context.Context, *conn) error) (*conn, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, time.Until(end)/time.Duration(shares), errLate)
		defer cancel()
	}
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, ended(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	c, err := d.speak(ctx, raw, s)
	if !stop() || err != nil {
		_ = raw.Close()
		return nil, ended(ctx, err)
	}
	if login == nil {
		return c, nil
	}
	if err := login(ctx, c); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// ended is why ctx has ended, if it has, and else err.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// speak makes raw a connection that is protected as configured. Its end is that of raw.
func (d *Directory) speak(ctx context.Context, raw net.Conn, s *server) (*conn, error) {
	c := &conn{raw: raw, server: s, born: time.Now()}
	secured := raw
	if d.cfg.Security != Plain {
		if d.cfg.Security == StartTLS {
			if err := startTLS(raw); err != nil {
				return nil, err
			}
		}
		client := tls.Client(raw, &tls.Config{ServerName: s.name, RootCAs: d.cfg.Roots, MinVersion: tls.VersionTLS12})
		if err := client.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		secured = client
	}
	c.in = newMessages(secured)
	c.ldap = ldap.NewConn(c.in, d.cfg.Security != Plain)
	c.ldap.Start()
	return c, nil
}

// startTLS asks for TLS (RFC 4511, section 4.14). What the server has sent after its
// answer is then taken for TLS, so that nobody's plain words count as the server's.
func startTLS(raw net.Conn) error {
	request := ber.NewSequence("")
	request.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	operation := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	operation.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, "1.3.6.1.4.1.1466.20037", ""))
	request.AppendChild(operation)
	if _, err := raw.Write(request.Bytes()); err != nil {
		return fmt.Errorf("ask for TLS: %w", err)
	}
	text, err := newMessages(raw).next(raw)
	if err != nil {
		return fmt.Errorf("ask for TLS: %w", err)
	}
	answer, err := ber.DecodePacketErr(text)
	if err != nil || len(answer.Children) < 2 || answer.Children[1].Tag != ldap.ApplicationExtendedResponse {
		return errors.New("ask for TLS: not an answer to that")
	}
	if err := ldap.GetLDAPError(answer); err != nil {
		return fmt.Errorf("ask for TLS: %s", said(err))
	}
	return nil
}

// close may be called more than once.
func (c *conn) close() {
	_ = c.raw.Close() // first, so that nothing waits for the server
	_ = c.ldap.Close()
	if c.slots != nil {
		<-c.slots
		c.slots = nil
	}
}

// during runs ask, one request of that name, and breaks the connection when ctx ends
// meanwhile. The error is that of ask, or an ErrUnreachable.
func (c *conn) during(ctx context.Context, name string, ask func() error) error {
	c.in.allow()
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	err := ask()
	if stop() {
		return err
	}
	if errors.Is(context.Cause(ctx), errLate) {
		c.server.fail()
	}
	return fmt.Errorf("%w: %s: %w", ErrUnreachable, name, context.Cause(ctx))
}

// failed is an ErrUnreachable for a request that was not answered as it must be.
func (c *conn) failed(name string, err error) error {
	if c.ldap.IsClosing() {
		c.server.fail()
	}
	return fmt.Errorf("%w: %s: %s", ErrUnreachable, name, said(err))
}

// said is what an error of the library means, without the server's own words, which
// can repeat a user's.
func said(err error) string {
	var answer *ldap.Error
	if !errors.As(err, &answer) {
		return err.Error() // of the connection
	}
	switch {
	case answer.ResultCode < ldap.ErrorNetwork:
		return fmt.Sprintf("the directory answers %d, %s", answer.ResultCode, ldap.LDAPResultCodeMap[answer.ResultCode])
	case answer.ResultCode == ldap.ErrorNetwork && answer.Packet == nil:
		return answer.Err.Error()
	}
	return "an answer that cannot be understood"
}

// bind logs in. ErrCredentials is a refusal of this name and password.
func (c *conn) bind(ctx context.Context, name, password string) error {
	if name == "" || password == "" {
		return fmt.Errorf("%w: empty", ErrCredentials)
	}
	return c.during(ctx, "bind", func() error {
		err := c.ldap.Bind(name, password)
		switch {
		case err == nil:
			return nil
		case ldap.IsErrorAnyOf(err,
			ldap.LDAPResultInvalidCredentials, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax,
			// How directories refuse accounts that are locked, expired or have no password.
			ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultUnwillingToPerform,
			ldap.LDAPResultConstraintViolation, ldap.LDAPResultInsufficientAccessRights):
			return fmt.Errorf("%w: bind: %s", ErrCredentials, said(err))
		}
		return c.failed("bind", err)
	})
}
