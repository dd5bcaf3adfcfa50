package flight

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// preface is what every HTTP/2 connection, and so every gRPC client, sends first.
const preface = "PRI * HTTP/2.0\r\n"

// connection is one accepted transport connection. It is its own remote
// address, so that a call finds its connection through peer.FromContext.
type connection struct {
	net.Conn
	remote net.Addr
	first  []byte // read already, to decide on the protocol
	mux    *mux

	certificate atomic.Pointer[x509.Certificate] // of the client, verified; nil for none

	admitted atomic.Bool // a call on it has passed the gate
	known    atomic.Bool // and it was known who made it
	shown    atomic.Bool // its certificate was looked at, for a call
	born     time.Time
	strange  int64 // bytes read before that
	closing  sync.Once
	closed   error
}

// connectionAddr is a remote address that knows its connection.
type connectionAddr struct {
	net.Addr
	conn *connection
}

// RemoteAddr is a connectionAddr.
func (c *connection) RemoteAddr() net.Addr { return connectionAddr{c.remote, c} }

type connectionKey struct{}

// withConnection is ctx that knows the connection of that remote address.
func withConnection(ctx context.Context, remote net.Addr) context.Context {
	return context.WithValue(ctx, connectionKey{}, remote)
}

// remoteOf is the remote address that withConnection was given.
func remoteOf(ctx context.Context) net.Addr {
	a, _ := ctx.Value(connectionKey{}).(net.Addr)
	return a
}

// admit notes that a call has passed the gate. A nil connection is that of a
// transport that is not ours.
func (c *connection) admit() {
	if c != nil && !c.admitted.Load() {
		c.admitted.Store(true)
	}
}

// shows reports whether the connection's certificate is looked at for the first time.
func (c *connection) shows() bool { return c == nil || !c.shown.Swap(true) }

// host is the address of the peer without its port; empty where it has none.
func (c *connection) host() string {
	if c == nil {
		return ""
	}
	if a := addressOf(c.remote); a.IsValid() {
		return a.String()
	}
	return ""
}

// addressOf is a network address without its port; invalid where it has none.
func addressOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	addr, _ := netip.AddrFromSlice(tcp.IP)
	return addr.Unmap()
}

// Read is the connection's. A unary call is read whole before anybody can be asked
// who makes it: a connection on which nobody is known yet may send one message of
// the largest size, and beyond it at the pace of health checks.
func (c *connection) Read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if c.known.Load() {
		return n, err
	}
	c.strange += int64(n)
	over := c.strange - int64(c.mux.limits.MessageBytes) - strangerSlack
	if over > 0 && float64(over) > time.Since(c.born).Seconds()*strangerPace {
		return n, errStrangerBytes
	}
	return n, err
}

const (
	strangerSlack = 1 << 20
	strangerPace  = 16 << 10 // bytes a second
)

var errStrangerBytes = errors.New("too many bytes from a connection on which nobody is known")

// know notes that it is known who makes calls on c.
func (c *connection) know() {
	if c != nil && !c.known.Load() {
		c.known.Store(true)
	}
}

func (c *connection) Close() error {
	c.closing.Do(func() {
		c.closed = c.Conn.Close()
		c.mux.forget(c)
	})
	return c.closed
}

// mux takes the connections of one port and hands them to gRPC or HTTP/1.1: on
// TLS as ALPN decides, else by their first bytes. It holds the caps.
type mux struct {
	lis        net.Listener
	tls        *tls.Config // nil for plaintext
	limits     Limits
	ended      func(*connection) // a connection is gone
	grpc, http *subListener
	done       chan struct{} // closed when connections are taken no more
	stop       sync.Once
	sorting    sync.WaitGroup

	mu    sync.Mutex
	conns map[*connection]netip.Addr
	peers map[netip.Addr]int
}

func newMux(lis net.Listener, cfg *tls.Config, limits Limits, ended func(*connection)) *mux {
	m := &mux{
		lis: lis, limits: limits, ended: ended, done: make(chan struct{}),
		conns: map[*connection]netip.Addr{}, peers: map[netip.Addr]int{},
	}
	if cfg != nil {
		m.tls = ours(cfg)
		if choose := cfg.GetConfigForClient; choose != nil {
			m.tls.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				chosen, err := choose(hello)
				if chosen != nil {
					chosen = ours(chosen)
				}
				return chosen, err
			}
		}
	}
	m.grpc = &subListener{mux: m, conns: make(chan net.Conn)}
	m.http = &subListener{mux: m, conns: make(chan net.Conn)}
	return m
}

// ours is cfg with what the mux needs. A client that offers http/1.1 wants it: gRPC
// clients offer h2 alone.
func ours(cfg *tls.Config) *tls.Config {
	cfg = cfg.Clone()
	cfg.NextProtos = []string{"http/1.1", "h2"}
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	return cfg
}

// run accepts until the listener is closed; ctx is for handshakes.
func (m *mux) run(ctx context.Context) error {
	defer m.stopAccepting()
	for pause := time.Duration(0); ; {
		raw, err := m.lis.Accept()
		if err != nil {
			var temporary net.Error
			if errors.Is(err, net.ErrClosed) || !errors.As(err, &temporary) {
				return err
			}
			// Out of descriptors, most likely: others will close theirs.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
				continue
			case <-m.done:
				return net.ErrClosed
			}
		}
		pause = 0
		c := &connection{Conn: raw, remote: raw.RemoteAddr(), mux: m, born: time.Now()}
		if !m.remember(c) {
			_ = raw.Close()
			continue
		}
		m.sorting.Go(func() { m.sort(ctx, c) })
	}
}

// sort finds out what c speaks and hands it on, within the time for first bytes.
func (m *mux) sort(ctx context.Context, c *connection) {
	if err := c.SetDeadline(time.Now().Add(m.limits.FirstBytes)); err != nil {
		_ = c.Close()
		return
	}
	to, conn, err := m.choose(ctx, c)
	if err == nil {
		err = c.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = c.Close()
		return
	}
	if to == m.grpc {
		time.AfterFunc(m.limits.FirstCall, func() {
			if !c.admitted.Load() {
				_ = c.Close()
			}
		})
	}
	select {
	case to.conns <- conn:
	case <-m.done:
		_ = c.Close()
	}
}

func (m *mux) choose(ctx context.Context, c *connection) (*subListener, net.Conn, error) {
	if m.tls == nil {
		to, first, err := m.sniff(c)
		c.first = first
		return to, c, err
	}
	t := tls.Server(c, m.tls)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, nil, err
	}
	state := t.ConnectionState()
	if len(state.VerifiedChains) > 0 {
		c.certificate.Store(state.PeerCertificates[0])
	}
	switch state.NegotiatedProtocol {
	case "h2":
		return m.grpc, t, nil
	case "http/1.1":
		return m.http, t, nil
	}
	to, first, err := m.sniff(t)
	return to, &replayed{Conn: t, first: first}, err
}

// replayed gives first again before what follows.
type replayed struct {
	net.Conn
	first []byte
}

func (r *replayed) Read(p []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(p, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// sniff reads until it is plain whether HTTP/2 is spoken.
func (m *mux) sniff(c net.Conn) (*subListener, []byte, error) {
	buf := make([]byte, 0, len(preface))
	for len(buf) < len(preface) {
		n, err := c.Read(buf[len(buf):len(preface)])
		buf = buf[:len(buf)+n]
		if !bytes.HasPrefix([]byte(preface), buf) {
			return m.http, buf, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return m.grpc, buf, nil
}

// remember counts c against the caps; false means that there is no room.
func (m *mux) remember(c *connection) bool {
	from := addressOf(c.remote)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.conns) >= m.limits.Connections || m.peers[from] >= m.limits.ConnectionsPerPeer {
		return false
	}
	m.conns[c] = from
	m.peers[from]++
	return true
}

func (m *mux) forget(c *connection) {
	m.mu.Lock()
	if from, ok := m.conns[c]; ok {
		delete(m.conns, c)
		if m.peers[from]--; m.peers[from] == 0 {
			delete(m.peers, from)
		}
	}
	m.mu.Unlock()
	m.ended(c)
}

// stopAccepting takes no more connections; those there are live on.
func (m *mux) stopAccepting() {
	m.stop.Do(func() {
		close(m.done)
		_ = m.lis.Close()
	})
}

// close ends every connection that is left and waits for those being sorted.
func (m *mux) close() {
	m.stopAccepting()
	m.mu.Lock()
	left := make([]*connection, 0, len(m.conns))
	for c := range m.conns {
		left = append(left, c)
	}
	m.mu.Unlock()
	for _, c := range left {
		_ = c.Close()
	}
	m.sorting.Wait()
}

// subListener is the part of the port that one protocol's server listens on.
type subListener struct {
	mux   *mux
	conns chan net.Conn
}

func (l *subListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.mux.done:
		return nil, net.ErrClosed
	}
}

func (l *subListener) Close() error {
	l.mux.stopAccepting()
	return nil
}

func (l *subListener) Addr() net.Addr { return l.mux.lis.Addr() }
