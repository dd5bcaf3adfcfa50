package directory_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// untouched is unreachable, and that no password left.
func untouched(t *testing.T, f *faulty, cfg directory.Config) {
	t.Helper()
	unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.binds) != 0 {
		t.Errorf("bound as %q", f.binds)
	}
}

// H12, OK-10: a certificate that is not right is not accepted, and no password is sent.
func TestCertificateIsChecked(t *testing.T) {
	by, folder := testpeer.NewAuthority(t, "authority"), t.TempDir()
	for name, change := range map[string]func(*x509.Certificate){
		"other name": func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"ldap.example.com"}, nil },
		"the name as common name alone": func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses, c.Subject.CommonName = nil, nil, "127.0.0.1"
		},
		"other address": func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} },
		"expired": func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		},
		"not yet": func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		},
		"of a client": testpeer.ForClient,
	} {
		certificate, key := by.Pair(t, folder, "server", change)
		pair := serverTLS(t, certificate, key)
		t.Run(name, func(t *testing.T) {
			f := serve(t, &faulty{tls: pair})
			cfg := f.settings()
			cfg.Security, cfg.Roots = directory.TLS, by.Pool()
			untouched(t, f, cfg)
			f = serve(t, &faulty{extend: func(p *peer) { p.result(ldap.ApplicationExtendedResponse, 0); p.Conn = tls.Server(p.Conn, pair) }})
			cfg.Hosts, cfg.Security = []string{f.address}, directory.StartTLS
			untouched(t, f, cfg)
		})
	}
	good, other := plainTLS(t)
	f := serve(t, &faulty{tls: good})
	cfg := f.settings()
	cfg.Security, cfg.Roots = "", other.Pool()
	admits(t, open(t, cfg), "alice", "x", someone, "alice") // else the above shows nothing
	f = serve(t, &faulty{tls: good})
	cfg.Hosts = []string{f.address}
	for name, roots := range map[string]*x509.CertPool{"another authority": by.Pool(), "the system's authorities": nil, "no authority": x509.NewCertPool()} {
		t.Run(name, func(t *testing.T) {
			cfg.Roots = roots
			untouched(t, f, cfg)
		})
	}
	t.Run("old TLS", func(t *testing.T) {
		old := good.Clone()
		old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		f := serve(t, &faulty{tls: old})
		cfg := cfg
		cfg.Hosts, cfg.Roots = []string{f.address}, other.Pool()
		untouched(t, f, cfg)
	})
}

// H12: a server that does not, or no longer, speak TLS is not asked.
func TestStrippedTLSIsNoAnswer(t *testing.T) {
	good, by := plainTLS(t)
	inject := func(p *peer, code int64) {
		_ = p.send(p.message(ldap.ApplicationBindResponse)) // in the clear, ahead of TLS
		p.bound(code)
	}
	for name, f := range map[string]*faulty{
		"not offered":           {extend: func(p *peer) { p.result(ldap.ApplicationExtendedResponse, ldap.LDAPResultProtocolError) }},
		"offered, and not kept": {extend: func(p *peer) { p.result(ldap.ApplicationExtendedResponse, 0) }},
		"another answer":        {extend: func(p *peer) { p.bound(0) }},
		"no answer":             {extend: func(p *peer) { _ = p.Close() }},
		"half an answer":        {extend: func(p *peer) { _, _ = p.Write([]byte{0x30, 0x0c, 2, 1}); _ = p.Close() }},
		"plain words ahead of TLS": {extend: func(p *peer) {
			p.result(ldap.ApplicationExtendedResponse, 0)
			inject(p, 0)
			p.Conn = tls.Server(p.Conn, good)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, f)
			cfg := f.settings()
			cfg.Security, cfg.Roots = directory.StartTLS, by.Pool()
			untouched(t, f, cfg)
			if err := open(t, cfg).Check(t.Context()); err == nil || name == "not offered" && !strings.HasSuffix(err.Error(), "ask for TLS: the directory answers 2, Protocol Error") {
				t.Errorf("error is %v", err)
			}
		})
	}
	f := serve(t, &faulty{extend: func(p *peer) { p.result(ldap.ApplicationExtendedResponse, 0); p.Conn = tls.Server(p.Conn, good) }})
	cfg := f.settings()
	cfg.Security, cfg.Roots = directory.StartTLS, by.Pool()
	admits(t, open(t, cfg), "alice", "x", someone, "alice")
}

// H12: the real thing, which takes no password in the clear.
func TestOpenLDAPWithoutTLS(t *testing.T) {
	s := testpeer.LDAP(t)
	cfg := settings(s)
	cfg.Hosts = []string{fmt.Sprint("127.0.0.1:", s.Port)}
	unreachable(t, cfg, "Authenticate", "Lookup", "Groups") // TLS, where it is not spoken
	cfg.Security = directory.Plain
	unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
	cfg.Security, cfg.Hosts = directory.StartTLS, []string{fmt.Sprint("127.0.0.1:", s.TLSPort)}
	cfg.Timeout = 500 * time.Millisecond // each waits for the other to speak
	unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
}

// H10, and what idle connections are after a restart.
func TestDirectoryThatWasAway(t *testing.T) {
	s := testpeer.LDAP(t)
	d := open(t, settings(s))
	wantGroups(t, d, "alice", "engineers")
	s.Stop()
	for what, ask := range questions(d) {
		if err := ask(t.Context()); !errors.Is(err, directory.ErrUnreachable) {
			t.Errorf("%s: error is %v, want ErrUnreachable", what, err)
		}
	}
	s.Start(t)
	wantGroups(t, d, "alice", "engineers")
	admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
	t.Run("frozen", func(t *testing.T) {
		cfg := settings(s)
		cfg.Timeout = 300 * time.Millisecond
		s.Freeze()
		defer s.Thaw()
		unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
		spare := serve(t, &faulty{})
		cfg.Hosts, cfg.Security, cfg.Timeout = []string{fmt.Sprint("127.0.0.1:", s.Port), spare.address}, directory.Plain, 6*time.Second
		if e, err := open(t, cfg).Lookup(t.Context(), "alice"); err != nil || e.DN != someone {
			t.Errorf("the second host: %+v, %v", e, err)
		}
	})
	wantGroups(t, d, "alice", "engineers")
}
