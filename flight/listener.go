package flight

import (
	"bytes"
	"context"
	"crypto/tls"
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

	admitted atomic.Bool // a call on it has passed the gate
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

func (c *connection) Read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(p)
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
		m.tls = cfg.Clone()
		// A client that offers http/1.1 wants it: gRPC clients offer h2 alone.
		m.tls.NextProtos = []string{"http/1.1", "h2"}
		m.tls.MinVersion = max(m.tls.MinVersion, tls.VersionTLS12)
	}
	m.grpc = &subListener{mux: m, conns: make(chan net.Conn)}
	m.http = &subListener{mux: m, conns: make(chan net.Conn)}
	return m
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
		c := &connection{Conn: raw, remote: raw.RemoteAddr(), mux: m}
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
	switch t.ConnectionState().NegotiatedProtocol {
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
	var from netip.Addr
	if a, ok := c.remote.(*net.TCPAddr); ok {
		from, _ = netip.AddrFromSlice(a.IP)
		from = from.Unmap()
	}
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
