package directory_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth/directory"
)

// questions are all that can be asked about alice.
func questions(d *directory.Directory) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Authenticate": func(ctx context.Context) error { _, err := d.Authenticate(ctx, "alice", "alice-password"); return err },
		"Lookup":       func(ctx context.Context) error { _, err := d.Lookup(ctx, "alice"); return err },
		"Groups": func(ctx context.Context) error {
			groups, err := d.Groups(ctx, directory.Entry{DN: someone, Name: "alice"})
			if err != nil && groups != nil {
				return fmt.Errorf("%d groups with the error", len(groups))
			}
			return err
		},
	}
}

// unreachable checks that each question is ErrUnreachable, in bounded time and memory,
// and that its words hold no secret.
func unreachable(t *testing.T, cfg directory.Config, names ...string) {
	t.Helper()
	d := open(t, cfg)
	asks := questions(d)
	for _, name := range names {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		err := asks[name](t.Context())
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, directory.ErrUnreachable) || errors.Is(err, directory.ErrCredentials) || errors.Is(err, directory.ErrNoEntry) {
			t.Errorf("%s: error is %v, want ErrUnreachable", name, err)
			continue
		}
		if limit := cfg.Timeout + patience; took > limit {
			t.Errorf("%s: took %s", name, took)
		}
		// All that was ever allocated, by the server in this process too.
		if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
			t.Errorf("%s: took %d MiB", name, used>>20)
		}
		for _, secret := range []string{"password", "words of the server", "\n"} { // H17
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: error is %q", name, err)
			}
		}
	}
}

// H10: servers that hang. The time limit is short, since it is always waited for.
func TestHangingDirectoriesAreLeft(t *testing.T) {
	for name, f := range map[string]*faulty{
		"after accept": {accept: hang},
		"in the bind":  {bind: func(p *peer, _, _ string) { hang(p) }},
		"in a search":  {search: func(p *peer, _ searched) { hang(p) }},
		"in the middle of an answer": {search: func(p *peer, _ searched) {
			m := p.message(ldap.ApplicationSearchResultEntry, text(someone)).Bytes()
			_, _ = p.Write(m[:len(m)/2])
			hang(p)
		}},
		"after an entry": {search: func(p *peer, _ searched) {
			_ = p.entry(someone, "uid", "alice")
			hang(p)
		}},
		"pages without end": {search: func(p *peer, s searched) {
			if !strings.Contains(s.filter, "member") {
				hang(p)
				return
			}
			control := ldap.NewControlPaging(500)
			control.SetCookie([]byte("more"))
			p.doneWith(control)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := serve(t, f).settings()
			cfg.Timeout = 200 * time.Millisecond
			unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
			cfg.Security = directory.TLS // and so the handshake hangs
			if name == "after accept" {
				unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
				cfg.Security = directory.StartTLS
				unreachable(t, cfg, "Authenticate", "Lookup", "Groups")
			}
		})
	}
}

// H10: servers that answer wrongly.
func TestWrongAnswersAreNoAnswers(t *testing.T) {
	raw := func(bytes ...byte) *faulty {
		return &faulty{search: func(p *peer, _ searched) { _, _ = p.Write(bytes) }}
	}
	code := func(code int64) *faulty { return &faulty{search: func(p *peer, _ searched) { p.done(code) }} }
	for name, f := range map[string]*faulty{
		"closes at once":          {accept: func(*peer) {}},
		"closes after the bind":   {bind: func(p *peer, _, _ string) { p.bound(0); _ = p.Close() }},
		"closes in a search":      {search: func(p *peer, _ searched) { _ = p.Close() }},
		"closes after an entry":   {search: func(p *peer, _ searched) { _ = p.entry(someone, "uid", "alice"); _ = p.Close() }},
		"half an answer":          {search: func(p *peer, _ searched) { _, _ = p.Write([]byte{0x30, 0x20, 2, 1, 2}); _ = p.Close() }},
		"speaks HTTP":             {accept: func(p *peer) { _, _ = p.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }},
		"busy":                    code(ldap.LDAPResultBusy),
		"unavailable":             code(ldap.LDAPResultUnavailable),
		"time limit":              code(ldap.LDAPResultTimeLimitExceeded),
		"size limit":              code(ldap.LDAPResultSizeLimitExceeded),
		"not allowed":             code(ldap.LDAPResultInsufficientAccessRights),
		"a code that is none":     code(9999),
		"an announced 4 GiB":      raw(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1),
		"an announced 2^64 bytes": raw(0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"an indefinite length":    raw(0x30, 0x80, 2, 1, 2, 0, 0),
		"a long tag":              raw(0x3f, 0x81, 0x81, 0x01, 2, 1, 2),
		"an empty message":        raw(0x30, 0),
		"a message of blanks":     raw(0x30, 3, 0x20, 0x20, 0x20),
		"busy in the bind":        {bind: func(p *peer, _, _ string) { p.bound(ldap.LDAPResultBusy) }},
		"wants more protection":   {bind: func(p *peer, _, _ string) { p.bound(ldap.LDAPResultConfidentialityRequired) }},
		"deep": {search: func(p *peer, _ searched) {
			m := text(strings.Repeat("x", 3<<20)).Bytes()
			var heads []byte
			for i := range 900 {
				heads = binary.BigEndian.AppendUint32(append(heads, 0x30, 0x84), uint32(len(m)+6*(899-i)))
			}
			p.entryOf(append(heads, m...))
		}},
		"many elements":        {search: func(p *peer, _ searched) { p.entryOf(bytes.Repeat([]byte{4, 0}, 2_000_000)) }},
		"an entry without end": {search: func(p *peer, _ searched) { _ = p.entry(someone, "uid", strings.Repeat("x", 8<<20)) }},
		"other messages without end": {search: func(p *peer, _ searched) {
			p.id = 0
			m := p.message(ldap.ApplicationSearchResultEntry, text(strings.Repeat("x", 1<<20))).Bytes()
			for err := error(nil); err == nil; { // until the other side has had enough
				_, err = p.Write(m)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) { unreachable(t, serve(t, f).settings(), "Authenticate", "Lookup", "Groups") })
	}
}

// H10: more groups than anybody has are no answer, in bounded memory.
func TestGroupsWithoutEndAreNoAnswer(t *testing.T) {
	var sent atomic.Int64
	many := func(p *peer, s searched) {
		for i := range 200_000 {
			if p.entry(fmt.Sprintf("cn=g%d,dc=lake,dc=test", i), "cn", fmt.Sprint("g", i)) != nil {
				return
			}
			sent.Add(1)
		}
		p.done(0)
	}
	unreachable(t, serve(t, &faulty{search: many}).settings(), "Groups")
	if n := sent.Load(); n == 200_000 {
		t.Error("all of them were sent")
	}
	member := make([]string, 10_001)
	for i := range member {
		member[i] = fmt.Sprintf("cn=group-%d,ou=groups,dc=lake,dc=test", i)
	}
	for name, tt := range map[string]struct {
		attribute string
		values    []string
		ok        bool
	}{
		"as many as there may be":           {"memberOf", member[1:], true},
		"one more":                          {"memberOf", member, false},
		"a part, as Active Directory gives": {"memberOf;range=0-1499", member[:1500], false},
		"no distinguished name":             {"memberOf", []string{"engineers"}, false},
		"an empty name":                     {"memberOf", []string{"cn=,dc=lake,dc=test"}, false},
		"other spelling":                    {"MEMBEROF", member[:2], true},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := serve(t, &faulty{search: func(p *peer, _ searched) { _ = p.entry(someone, tt.attribute, tt.values...); p.done(0) }}).settings()
			cfg.GroupBase = ""
			if !tt.ok {
				unreachable(t, cfg, "Groups")
				return
			}
			if groups, err := open(t, cfg).Groups(t.Context(), directory.Entry{DN: someone}); err != nil || len(groups) != len(tt.values) {
				t.Errorf("%d groups, %v; want %d", len(groups), err, len(tt.values))
			}
		})
	}
}

// Directories such as Active Directory give no more than 1000 entries but in pages.
func TestPagesAreReadToTheEnd(t *testing.T) {
	const all = 2345
	d := open(t, serve(t, &faulty{search: func(p *peer, s searched) {
		first := 0
		if s.pages != nil && len(s.pages.Cookie) > 0 {
			first, _ = strconv.Atoi(string(s.pages.Cookie))
		}
		end := min(first+1000, all)
		if s.pages != nil {
			end = min(first+int(s.pages.PagingSize), end)
		}
		for i := range end - first {
			_ = p.entry(fmt.Sprintf("cn=g%d,dc=lake,dc=test", first+i), "cn", fmt.Sprint("g", first+i))
		}
		if s.pages == nil {
			p.done(ldap.LDAPResultSizeLimitExceeded)
			return
		}
		next := ldap.NewControlPaging(0)
		if end < all {
			next.SetCookie([]byte(strconv.Itoa(end)))
		}
		p.doneWith(next)
	}}).settings())
	if groups, err := d.Groups(t.Context(), directory.Entry{DN: someone}); err != nil || len(groups) != all {
		t.Errorf("%d groups, %v; want %d", len(groups), err, all)
	}
}

// H11: nobody follows a referral.
func TestReferralsAreNotFollowed(t *testing.T) {
	attacker := serve(t, &faulty{})
	address := "ldap://" + attacker.address + "/dc=lake,dc=test"
	referral := with(ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, ""), text(address))
	for name, f := range map[string]*faulty{
		"bind": {bind: func(p *peer, _, _ string) { p.result(ldap.ApplicationBindResponse, ldap.LDAPResultReferral, referral) }},
		"search": {search: func(p *peer, _ searched) {
			p.result(ldap.ApplicationSearchResultDone, ldap.LDAPResultReferral, referral)
		}},
	} {
		t.Run(name, func(t *testing.T) { unreachable(t, serve(t, f).settings(), "Authenticate", "Lookup", "Groups") })
	}
	t.Run("references beside entries", func(t *testing.T) {
		d := open(t, serve(t, &faulty{search: func(p *peer, s searched) {
			_ = p.send(p.message(ldap.ApplicationSearchResultReference, text(address)))
			if strings.Contains(s.filter, "member") {
				_ = p.entry("cn=engineers,dc=lake,dc=test", "cn", "engineers")
			} else {
				_ = p.entry(someone, "uid", "alice")
			}
			p.done(0)
		}}).settings())
		admits(t, d, "alice", "x", someone, "alice")
		wantGroups(t, d, "alice", "engineers")
	})
	if attacker.accepted != 0 {
		t.Errorf("%d connections to the attacker", attacker.accepted)
	}
}

// G13: a user who is nobody costs as many questions as a wrong password.
func TestUnknownUsersCostWhatWrongPasswordsCost(t *testing.T) {
	type cost struct{ accepted, binds, searches int }
	costOf := func(user string, change func(*directory.Config)) cost {
		f := serve(t, &faulty{
			bind: func(p *peer, name, _ string) {
				if strings.HasPrefix(name, "cn=reader,") {
					p.bound(0)
				} else {
					p.bound(ldap.LDAPResultInvalidCredentials)
				}
			},
			search: func(p *peer, s searched) {
				if strings.Contains(s.filter+s.base, "alice") {
					_ = p.entry(someone, "uid", "alice")
				}
				p.done(0)
			},
		})
		cfg := f.settings()
		change(&cfg)
		refuses(t, open(t, cfg), user, "wrong")
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, name := range f.binds {
			if name == "" {
				t.Error("an empty name was bound with")
			}
		}
		return cost{f.accepted, len(f.binds), f.searches}
	}
	for name, change := range map[string]func(*directory.Config){
		"search":              func(*directory.Config) {},
		"base DN":             func(c *directory.Config) { c.BaseDN = c.UserBase },
		"domain":              func(c *directory.Config) { c.Domain = "lake.test" },
		"base DN, no account": func(c *directory.Config) { c.BaseDN, c.BindDN, c.BindPassword = c.UserBase, "", "" },
		"templates, no account": func(c *directory.Config) {
			c.BindTemplates, c.BindDN, c.BindPassword = []string{"uid=%s,dc=lake,dc=test", "uid=%s,dc=other,dc=test"}, "", ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			if known, unknown := costOf("alice", change), costOf("nobody", change); known != unknown {
				t.Errorf("alice costs %+v, nobody %+v", known, unknown)
			}
		})
	}
}

// A server that says yes to everybody makes nobody of an unknown user.
func TestUnknownUsersStayUnknownWhateverBinds(t *testing.T) {
	d := open(t, serve(t, &faulty{search: func(p *peer, _ searched) { p.done(0) }}).settings())
	refuses(t, d, "nobody", "anything")
}

// OK-12: NAME@DOMAIN, as Active Directory takes it.
func TestDomainNames(t *testing.T) {
	passwords := map[string]string{
		"alice@corp.example.com": "alice-password", `CORP\alice`: "alice-password", someone: "alice-password",
		"trap@corp.example.com":    "mallory-password", // mallory's user principal name; trap's own entry is below
		"uid=trap,dc=lake,dc=test": "trap-password", "cn=reader,dc=lake,dc=test": "reader-password",
	}
	f := serve(t, &faulty{
		bind: func(p *peer, name, password string) {
			if want, ok := passwords[name]; ok && want == password {
				p.bound(0)
				return
			}
			p.bound(ldap.LDAPResultInvalidCredentials)
		},
		search: func(p *peer, s searched) {
			for _, name := range []string{"alice", "trap"} {
				if s.filter == "(sAMAccountName="+name+")" {
					_ = p.entry("uid="+name+",dc=lake,dc=test", "samaccountname", name)
				}
			}
			p.done(0)
		},
	})
	for name, change := range map[string]func(*directory.Config){
		"domain":              func(c *directory.Config) { c.Domain = "corp.example.com" },
		"short domain":        func(c *directory.Config) { c.Domain = "CORP" },
		"template":            func(c *directory.Config) { c.BindTemplates = []string{"%s@corp.example.com"} },
		"template, backslash": func(c *directory.Config) { c.BindTemplates = []string{`CORP\%s`} },
	} {
		for _, account := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, account %t", name, account), func(t *testing.T) {
				cfg := f.settings()
				cfg.UserFilter, cfg.NameAttribute = "(sAMAccountName=%s)", "sAMAccountName"
				if change(&cfg); !account {
					cfg.BindDN, cfg.BindPassword = "", ""
				}
				d := open(t, cfg)
				admits(t, d, "alice", "alice-password", someone, "alice")
				refuses(t, d, "alice", "mallory-password")
				// Who binds by a name that somebody else's entry has, too, is not that somebody.
				refuses(t, d, "trap", "mallory-password")
				for _, typed := range []string{"alice@corp.example.com", `CORP\alice`, "alice@evil", "alice,dc=lake", "alice*"} {
					refuses(t, d, typed, "alice-password")
				}
			})
		}
	}
}

// Idle connections that have died are replaced without anybody noticing.
func TestDeadConnectionsAreReplaced(t *testing.T) {
	var searches [3]atomic.Int32
	f := serve(t, &faulty{search: func(p *peer, _ searched) {
		if searches[p.n].Add(1) == 2 {
			_ = p.Close()
			return
		}
		_ = p.entry(someone, "uid", "alice")
		p.done(0)
	}})
	d := open(t, f.settings())
	for range 2 {
		if _, err := d.Lookup(t.Context(), "alice"); err != nil {
			t.Error(err)
		}
	}
	if f.accepted != 2 {
		t.Errorf("%d connections, want 2", f.accepted)
	}
}

// However many ask, there are not more than 32 connections.
func TestConnectionsAreBounded(t *testing.T) {
	asked := make(chan struct{})
	f := serve(t, &faulty{search: func(p *peer, _ searched) { asked <- struct{}{}; hang(p) }})
	d := open(t, f.settings())
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan error)
	for range 32 {
		go func() { _, err := d.Lookup(ctx, "alice"); answers <- err }()
		<-asked
	}
	brief, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	if _, err := d.Lookup(brief, "alice"); !errors.Is(err, directory.ErrUnreachable) || !strings.Contains(err.Error(), "32 connections are in use") {
		t.Errorf("the 33rd: error is %v", err)
	}
	f.mu.Lock()
	if f.accepted != 32 {
		t.Errorf("%d connections", f.accepted)
	}
	f.mu.Unlock()
	cancel()
	for range 32 {
		if err := <-answers; !errors.Is(err, directory.ErrUnreachable) {
			t.Errorf("error is %v", err)
		}
	}
}

// refusing is an address where nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it has no connections
	return l.Addr().String()
}

// H13: hosts are asked in order; one that is down, or hangs, does not matter.
func TestTheNextHostIsAskedWhenOneIsDown(t *testing.T) {
	for name, first := range map[string]string{
		"refuses": refusing(t),
		"hangs":   serve(t, &faulty{accept: hang}).address,
		"closes":  serve(t, &faulty{accept: func(*peer) {}}).address,
		"busy":    serve(t, &faulty{bind: func(p *peer, _, _ string) { p.bound(ldap.LDAPResultBusy) }}).address,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := serve(t, &faulty{})
			cfg := second.settings()
			cfg.Hosts, cfg.Timeout = []string{first, second.address}, 6*time.Second // of which the first may take half
			d := open(t, cfg)
			if _, err := d.Lookup(t.Context(), "alice"); err != nil {
				t.Fatal(err)
			}
			admits(t, d, "alice", "x", someone, "alice") // and not by the first, where nobody would answer
			if err := d.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
