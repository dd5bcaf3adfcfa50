package directory_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// faulty is an LDAP server with the faults that no real one shows. What is not set
// works: anybody may bind, and each search finds one entry, called alice.
type faulty struct {
	tls     *tls.Config
	accept  func(p *peer)                        // takes the connection over
	bind    func(p *peer, name, password string) // answers a bind
	search  func(p *peer, s searched)
	extend  func(p *peer) // StartTLS
	address string

	mu       sync.Mutex
	accepted int
	binds    []string
	searches int
}

// searched is what a search is for.
type searched struct {
	base, filter string
	pages        *ldap.ControlPaging // nil if it does not ask for pages
}

// peer is one connection to it, and the message that is being answered.
type peer struct {
	net.Conn
	n  int   // of the connection
	id int64 // of the message
}

// the entry that searches find.
const someone = "uid=alice,dc=lake,dc=test"

// message is one that answers the peer's: an operation of that tag.
func (p *peer) message(tag ber.Tag, parts ...*ber.Packet) *ber.Packet {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, p.id, ""))
	m.AppendChild(with(ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, ""), parts...))
	return m
}

func with(parent *ber.Packet, parts ...*ber.Packet) *ber.Packet {
	for _, part := range parts {
		parent.AppendChild(part)
	}
	return parent
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func (p *peer) send(m *ber.Packet) error {
	_, err := p.Write(m.Bytes())
	return err
}

// result ends an operation. The words are such as must not be repeated.
func (p *peer) result(tag ber.Tag, code int64, more ...*ber.Packet) {
	parts := []*ber.Packet{ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""), text(""), text("words of the server")}
	_ = p.send(p.message(tag, append(parts, more...)...))
}

func (p *peer) bound(code int64) { p.result(ldap.ApplicationBindResponse, code) }
func (p *peer) done(code int64)  { p.result(ldap.ApplicationSearchResultDone, code) }

// doneWith ends a search well, with a control.
func (p *peer) doneWith(control ldap.Control) {
	m := p.message(ldap.ApplicationSearchResultDone, ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, 0, ""), text(""), text(""))
	m.AppendChild(with(ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, ""), control.Encode()))
	_ = p.send(m)
}

// entryOf sends an entry of these bytes.
func (p *peer) entryOf(content []byte) {
	head := func(tag byte, length int) []byte {
		return binary.BigEndian.AppendUint32([]byte{tag, 0x84}, uint32(length))
	}
	id := []byte{2, 1, byte(p.id)}
	m := append(head(0x30, len(id)+6+len(content)), id...)
	_, _ = p.Write(append(append(m, head(0x64, len(content))...), content...))
}

// entry sends one, with one attribute.
func (p *peer) entry(dn, attribute string, values ...string) error {
	set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	for _, v := range values {
		set.AppendChild(text(v))
	}
	return p.send(p.message(ldap.ApplicationSearchResultEntry, text(dn), with(ber.NewSequence(""), with(ber.NewSequence(""), text(attribute), set))))
}

// serve starts f, which ends with the test.
func serve(t *testing.T, f *faulty) *faulty {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = listener.Addr().String()
	var running sync.WaitGroup
	var open []net.Conn
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			open = append(open, c)
			f.accepted++
			p := &peer{Conn: c, n: f.accepted}
			f.mu.Unlock()
			running.Go(func() {
				defer c.Close() //nolint:errcheck // the other side may have been quicker
				f.talk(p)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		f.mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		f.mu.Unlock()
		running.Wait()
	})
	return f
}

func (f *faulty) talk(p *peer) {
	if f.accept != nil {
		f.accept(p)
		return
	}
	if f.tls != nil {
		p.Conn = tls.Server(p.Conn, f.tls)
	}
	for {
		m, err := ber.ReadPacket(p)
		if err != nil || len(m.Children) < 2 {
			return
		}
		p.id, _ = m.Children[0].Value.(int64)
		operation := m.Children[1]
		switch operation.Tag {
		case ldap.ApplicationBindRequest:
			f.bindAsked(p, operation)
		case ldap.ApplicationSearchRequest:
			f.searchAsked(p, m)
		case ldap.ApplicationExtendedRequest:
			f.extend(p)
		default:
			return // an unbind
		}
	}
}

func (f *faulty) bindAsked(p *peer, operation *ber.Packet) {
	name, password := operation.Children[1].Value.(string), operation.Children[2].Data.String()
	f.mu.Lock()
	f.binds = append(f.binds, name)
	f.mu.Unlock()
	if f.bind == nil {
		p.bound(0)
		return
	}
	f.bind(p, name, password)
}

func (f *faulty) searchAsked(p *peer, m *ber.Packet) {
	operation := m.Children[1]
	f.mu.Lock()
	f.searches++
	f.mu.Unlock()
	if f.search == nil {
		_ = p.entry(someone, "uid", "alice")
		p.done(0)
		return
	}
	filter, _ := ldap.DecompileFilter(operation.Children[6])
	s := searched{base: operation.Children[0].Value.(string), filter: filter}
	if len(m.Children) > 2 {
		control, _ := ldap.DecodeControl(m.Children[2].Children[0])
		s.pages, _ = control.(*ldap.ControlPaging)
	}
	f.search(p, s)
}

// settings are those under which f is asked.
func (f *faulty) settings() directory.Config {
	return directory.Config{
		Hosts: []string{f.address}, Security: directory.Plain, Timeout: patience,
		BindDN: "cn=reader,dc=lake,dc=test", BindPassword: "reader-password", UserBase: "dc=lake,dc=test", GroupBase: "dc=lake,dc=test",
	}
}

// hang answers nothing until the other side, or the test, ends.
func hang(p *peer) { _, _ = io.Copy(io.Discard, p) }

// serverTLS is a certificate of by for a server on loopback.
func serverTLS(t *testing.T, certificate, key string) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
}

// plainTLS is serverTLS of a new authority with nothing wrong with it.
func plainTLS(t *testing.T) (*tls.Config, *testpeer.Authority) {
	t.Helper()
	by, folder := testpeer.NewAuthority(t, "authority"), t.TempDir()
	certificate, key := by.Pair(t, folder, filepath.Base(folder), nil)
	return serverTLS(t, certificate, key), by
}
