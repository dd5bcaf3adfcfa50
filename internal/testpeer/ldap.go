package testpeer

import (
	"crypto/tls"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

//go:embed ldap/base.ldif
var ldapPeople []byte

//go:embed ldap/groups.ldif
var ldapGroups string

// The names in the directory, below LDAPBase.
const (
	LDAPBase   = "dc=lake,dc=test"
	LDAPPeople = "ou=people," + LDAPBase
	LDAPGroups = "ou=groups," + LDAPBase
	LDAPReader = "cn=reader," + LDAPBase // may read all; its password is reader-password
)

// LDAPServer is a running OpenLDAP. Its people are alice (in engineers), bob
// (analysts), adam (platform), pat, whose DN is full of what must be escaped, and
// two entries with the uid twin; each has the password NAME-password, and so has
// dana, whose account is locked. Wrong passwords are counted, and lock nobody. The groups
// everybody, round and round-again are groups of groups, the last two in a circle.
type LDAPServer struct {
	*process

	Port      int        // of ldap, with StartTLS
	TLSPort   int        // of ldaps
	Authority *Authority // of its certificate, which is for 127.0.0.1 and localhost
}

// LDAP starts a server that refuses passwords in the clear, and anonymous ones.
func LDAP(t testing.TB) *LDAPServer { return startLDAP(t, false) }

// RelaxedLDAP starts a server that lets empty names and empty passwords in, as
// nobody, and takes passwords in the clear.
func RelaxedLDAP(t testing.TB) *LDAPServer { return startLDAP(t, true) }

func startLDAP(t testing.TB, relaxed bool) *LDAPServer {
	t.Helper()
	Require(t, OpenLDAP)
	folder := t.TempDir()
	s := &LDAPServer{Authority: NewAuthority(t, "LDAP authority"), TLSPort: freePort(t)}
	certificate, key := s.Authority.Pair(t, folder, "server", nil)
	config := slapdConfig(folder, s.Authority.File(t, folder, "ca.pem"), certificate, key, relaxed)
	people := filepath.Join(folder, "people.ldif")
	for path, text := range map[string][]byte{filepath.Join(folder, "slapd.conf"): []byte(config), people: ldapPeople} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	add := exec.Command(daemon("slapadd"), "-q", "-f", filepath.Join(folder, "slapd.conf"), "-l", people)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	s.process, s.Port = startOnFreePort(t, func(port int) *process {
		return &process{
			name: "slapd",
			argv: []string{
				daemon("slapd"), "-d", "0", "-f", filepath.Join(folder, "slapd.conf"),
				"-h", fmt.Sprintf("ldap://127.0.0.1:%d ldaps://127.0.0.1:%d", port, s.TLSPort),
			},
			dir: folder, quit: syscall.SIGTERM,
			ready: func() error { return dial(s.TLSPort) },
		}
	})
	t.Cleanup(s.Stop)
	// memberOf is kept up to date by what comes through the server alone.
	s.Change(t, func(c *ldap.Conn) error {
		for _, group := range strings.Split(strings.TrimSpace(ldapGroups), "\n\n") {
			if err := c.Add(entryOf(group)); err != nil {
				return err
			}
		}
		return c.Modify(memberChange("cn=round,"+LDAPGroups, "cn=round-again,"+LDAPGroups, true))
	})
	return s
}

// slapdConfig is a server with one database in folder.
func slapdConfig(folder, ca, certificate, key string, relaxed bool) string {
	manners := "disallow bind_anon\nrequire authc\nsecurity simple_bind=128\n"
	if relaxed {
		manners = "allow bind_anon_cred bind_anon_dn\n"
	}
	return `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload refint
moduleload ppolicy
` + manners + `TLSCACertificateFile ` + ca + `
TLSCertificateFile ` + certificate + `
TLSCertificateKeyFile ` + key + `
database mdb
directory ` + filepath.Join(folder, "db") + `
suffix ` + LDAPBase + `
rootdn cn=root,` + LDAPBase + `
rootpw root-password
index objectClass,uid,member,memberOf eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=` + LDAPReader + ` read by self read by * none
overlay memberof
memberof-refint true
overlay ppolicy
ppolicy_default cn=passwords,` + LDAPBase + `
`
}

// entryOf is an entry of an LDIF text without line folding.
func entryOf(text string) *ldap.AddRequest {
	var request *ldap.AddRequest
	attributes := map[string][]string{}
	var order []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		if name == "dn" {
			request = ldap.NewAddRequest(value, nil)
			continue
		}
		if attributes[name] == nil {
			order = append(order, name)
		}
		attributes[name] = append(attributes[name], value)
	}
	for _, name := range order {
		request.Attribute(name, attributes[name])
	}
	return request
}

// Change runs change as the directory's administrator.
func (s *LDAPServer) Change(t testing.TB, change func(c *ldap.Conn) error) {
	t.Helper()
	c, err := ldap.DialURL(fmt.Sprintf("ldaps://127.0.0.1:%d", s.TLSPort),
		ldap.DialWithTLSConfig(&tls.Config{RootCAs: s.Authority.Pool(), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // what it was for is done
	if err := c.Bind("cn=root,"+LDAPBase, "root-password"); err != nil {
		t.Fatal(err)
	}
	if err := change(c); err != nil {
		t.Fatal(err)
	}
}

// SetPassword gives the user with that uid another password.
func (s *LDAPServer) SetPassword(t testing.TB, user, password string) {
	t.Helper()
	s.Change(t, func(c *ldap.Conn) error {
		m := ldap.NewModifyRequest("uid="+user+","+LDAPPeople, nil)
		m.Replace("userPassword", []string{password})
		return c.Modify(m)
	})
}

// SetMember puts the user with that uid into a group, or takes them out.
func (s *LDAPServer) SetMember(t testing.TB, group, user string, in bool) {
	t.Helper()
	s.Change(t, func(c *ldap.Conn) error {
		return c.Modify(memberChange("cn="+group+","+LDAPGroups, "uid="+user+","+LDAPPeople, in))
	})
}

// Remove deletes the user with that uid.
func (s *LDAPServer) Remove(t testing.TB, user string) {
	t.Helper()
	s.Change(t, func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest("uid="+user+","+LDAPPeople, nil)) })
}

func memberChange(group, member string, in bool) *ldap.ModifyRequest {
	m := ldap.NewModifyRequest(group, nil)
	if in {
		m.Add("member", []string{member})
	} else {
		m.Delete("member", []string{member})
	}
	return m
}

// daemon is the path of a program that may lie outside the path of
// users; empty if it is not there.
func daemon(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if path := "/usr/sbin/" + name; isFile(path) {
		return path
	}
	return ""
}
