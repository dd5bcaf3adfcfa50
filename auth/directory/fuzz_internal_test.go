package directory

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// N05, H05: whatever a name is, it is one value of the distinguished name.
func FuzzTemplate(f *testing.F) {
	for _, user := range []string{
		"alice", "alice ", " alice", "alice,ou=people", "x+cn=y", `"alice"`, "#616c", `a\`, `\2c`, "a\x00b", "a=b;c", "é", "\xff", "  ", `\ `,
	} {
		f.Add("uid=%s,ou=people,dc=example,dc=com", user)
		f.Add("cn=Dr. %s (x)+o=y,dc=example", user)
		f.Add("%s@corp.example.com", user)
		f.Add(`CORP\%s`, user)
	}
	f.Fuzz(func(t *testing.T, text, user string) {
		made, err := parseTemplate(text)
		if err != nil || !usable(user) || !made.takes(user) {
			return
		}
		got := made.with(user)
		if !made.dn {
			if strings.Count(got, "@")+strings.Count(got, `\`) != 1 {
				t.Errorf("%q in %q is %q", user, text, got)
			}
			return
		}
		want, err := ldap.ParseDN(made.with("MARK"))
		if err != nil {
			t.Fatal(err)
		}
		dn, err := ldap.ParseDN(got)
		if err != nil {
			t.Fatalf("%q in %q is %q: %v", user, text, got, err)
		}
		for i, rdn := range want.RDNs {
			for j, a := range rdn.Attributes {
				a.Value = strings.Replace(a.Value, "MARK", user, 1)
				if len(dn.RDNs) != len(want.RDNs) || len(dn.RDNs[i].Attributes) != len(rdn.Attributes) || *dn.RDNs[i].Attributes[j] != *a {
					t.Fatalf("%q in %q is %q", user, text, got)
				}
			}
		}
	})
}

// N05, H04, H08: whatever a value is, it is one value of the filter.
func FuzzFilter(f *testing.F) {
	for _, value := range []string{
		"alice", "*", "a*", "alice)(objectClass=*", "*)(uid=*))(|(uid=*", `\2a`, `a\`, "a\x00b", "é", "\xff", `cn=a\, (b)*,dc=x`, "", "%s",
	} {
		f.Add("(uid=%s)", value)
		f.Add("(&(objectClass=user)(|(mail=%s@example.com)(x=*)))", value)
		f.Add("(member:1.2.840.113556.1.4.1941:=%s)", value)
	}
	f.Fuzz(func(t *testing.T, filter, value string) {
		if checkFilter(filter) != nil || strings.Contains(filter, "MARK") || value == "" {
			return
		}
		want, err := ldap.CompileFilter(filled(filter, "MARK"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ldap.CompileFilter(filled(filter, value))
		if err != nil {
			t.Fatalf("%q in %q: %v", value, filter, err)
		}
		// The two are the same packet but for that value, and the lengths around it.
		var compare func(a, b packet)
		compare = func(a, b packet) {
			if a.tag != b.tag || len(a.children) != len(b.children) {
				t.Fatalf("%q in %q is another filter", value, filter)
			}
			if len(a.children) == 0 && !bytes.Equal(bytes.Replace(a.content, []byte("MARK"), []byte(value), 1), b.content) {
				t.Fatalf("%q in %q is the value %q", value, filter, b.content)
			}
			for i := range a.children {
				compare(a.children[i], b.children[i])
			}
		}
		compare(parse(t, want.Bytes()), parse(t, got.Bytes()))
	})
}

// packet is an element of BER, read by our own code.
type packet struct {
	tag      byte
	content  []byte
	children []packet
}

func parse(t *testing.T, text []byte) packet {
	t.Helper()
	head, length, err := element(text)
	if err != nil || head+length != len(text) {
		t.Fatalf("% x is no element", text)
	}
	p := packet{tag: text[0], content: text[head:]}
	for rest := p.content; text[0]&0x20 != 0 && len(rest) > 0; {
		head, length, err := element(rest)
		if err != nil {
			t.Fatal(err)
		}
		p.children = append(p.children, parse(t, rest[:head+length]))
		rest = rest[head+length:]
	}
	return p
}

// N05: whatever a server sends, reading it ends, and what is handed on is no larger
// than it.
func FuzzMessages(f *testing.F) {
	f.Add([]byte{0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0})
	f.Add([]byte{0x30, 0x84, 0, 0, 0, 5, 2, 1, 1, 0x42, 0})
	f.Add([]byte{0x30, 0x80, 2, 1, 1, 0, 0})
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Add(bytes.Repeat([]byte{0x30, 0x7f}, 200))
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m := newMessages(nil)
		r := bytes.NewReader(text)
		for {
			before := r.Len()
			message, err := m.next(r)
			if err != nil {
				return
			}
			if len(message) != before-r.Len() {
				t.Fatalf("%d bytes of %d", len(message), before-r.Len())
			}
		}
	})
}

// firstValue takes back what escaping puts in.
func FuzzFirstValue(f *testing.F) {
	for _, name := range []string{"engineers", "a, b", " x ", "#1", `\`, "é", "a=b", "(a)*"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !usable(name) {
			return
		}
		if got, ok := firstValue("cn=" + ldap.EscapeDN(name) + ",dc=example"); !ok || got != name {
			t.Errorf("%q is %q", name, got)
		}
	})
}
