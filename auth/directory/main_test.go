package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"go.uber.org/goleak"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is longer than a machine under load takes for anything here.
const patience = 30 * time.Second

// settings are those that find the people and groups of s.
func settings(s *testpeer.LDAPServer) directory.Config {
	return directory.Config{
		Hosts: []string{fmt.Sprint("127.0.0.1:", s.TLSPort)}, Roots: s.Authority.Pool(),
		BindDN: testpeer.LDAPReader, BindPassword: "reader-password",
		UserBase: testpeer.LDAPPeople, GroupBase: testpeer.LDAPGroups, Timeout: patience,
	}
}

// asUsers are settings of s without an account that searches.
func asUsers(s *testpeer.LDAPServer, templates ...string) directory.Config {
	cfg := settings(s)
	cfg.BindDN, cfg.BindPassword, cfg.UserBase, cfg.BindTemplates = "", "", "", templates
	return cfg
}

func open(t testing.TB, cfg directory.Config) *directory.Directory {
	t.Helper()
	d, err := directory.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// admits checks that user and password are those of the entry dn, called name.
func admits(t *testing.T, d *directory.Directory, user, password, dn, name string) {
	t.Helper()
	e, err := d.Authenticate(t.Context(), user, password)
	if err != nil || e.DN != dn || e.Name != name {
		t.Errorf("%q is %+v, %v; want %s, called %s", user, e, err, dn, name)
	}
}

// refuses checks that user and password are nobody's.
func refuses(t *testing.T, d *directory.Directory, user, password string) {
	t.Helper()
	e, err := d.Authenticate(t.Context(), user, password)
	if !errors.Is(err, directory.ErrCredentials) || errors.Is(err, directory.ErrNoEntry) || e != (directory.Entry{}) {
		t.Errorf("%q with %q is %+v, %v; want ErrCredentials", user, password, e, err)
	}
}

// groupsOf are the groups of the user of that name.
func groupsOf(t *testing.T, d *directory.Directory, user string) []string {
	t.Helper()
	e, err := d.Lookup(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := d.Groups(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

func wantGroups(t *testing.T, d *directory.Directory, user string, want ...string) {
	t.Helper()
	if got := groupsOf(t, d, user); !slices.Equal(got, want) {
		t.Errorf("groups of %s are %q, want %q", user, got, want)
	}
}

func dnOf(user string) string { return "uid=" + user + "," + testpeer.LDAPPeople }

// addPerson adds a user below parent, in which the uid is theirs.
func addPerson(t *testing.T, s *testpeer.LDAPServer, uid, parent, password string) {
	t.Helper()
	s.Change(t, func(c *ldap.Conn) error {
		r := ldap.NewAddRequest("uid="+ldap.EscapeDN(uid)+","+parent, nil)
		r.Attribute("objectClass", []string{"inetOrgPerson"})
		r.Attribute("uid", []string{uid})
		r.Attribute("cn", []string{"someone"})
		r.Attribute("sn", []string{"someone"})
		r.Attribute("userPassword", []string{password})
		return c.Add(r)
	})
}

// addUnit adds ou=name, and gives its distinguished name.
func addUnit(t *testing.T, s *testpeer.LDAPServer, name string) string {
	t.Helper()
	dn := "ou=" + name + "," + testpeer.LDAPBase
	s.Change(t, func(c *ldap.Conn) error {
		r := ldap.NewAddRequest(dn, nil)
		r.Attribute("objectClass", []string{"organizationalUnit"})
		r.Attribute("ou", []string{name})
		return c.Add(r)
	})
	return dn
}

// failures is how many wrong passwords the directory has counted for an entry.
func failures(t *testing.T, s *testpeer.LDAPServer, dn string) int {
	t.Helper()
	n := 0
	s.Change(t, func(c *ldap.Conn) error {
		answer, err := c.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"pwdFailureTime"}, nil))
		if err != nil {
			return err
		}
		n = len(answer.Entries[0].GetAttributeValues("pwdFailureTime"))
		return nil
	})
	return n
}
