package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// pat's groups, and those, below them, that the groups are in.
const patGroup = "Sales, EMEA (all) *"

// H08, H09: groups by search and by memberOf, direct ones and as deep as configured.
func TestGroupsAsDeepAsConfigured(t *testing.T) {
	s := testpeer.LDAP(t)
	for way, base := range map[string]string{"search": testpeer.LDAPGroups, "memberOf": ""} {
		t.Run(way, func(t *testing.T) {
			for nested, want := range map[int][]string{
				0:  {patGroup},
				1:  {patGroup, "everybody"},
				2:  {patGroup, "everybody", "round"},
				3:  {patGroup, "everybody", "round", "round-again"},
				20: {patGroup, "everybody", "round", "round-again"}, // and the circle ends
			} {
				cfg := settings(s)
				cfg.GroupBase, cfg.Nested = base, nested
				d := open(t, cfg)
				wantGroups(t, d, "pat", want...)
				wantGroups(t, d, "dana")
			}
		})
	}
	t.Run("the rule of Active Directory finds nothing here", func(t *testing.T) {
		cfg := settings(s)
		cfg.GroupFilter = "(member:1.2.840.113556.1.4.1941:=%s)"
		wantGroups(t, open(t, cfg), "pat")
	})
	t.Run("changes count at once", func(t *testing.T) {
		d := open(t, settings(s))
		wantGroups(t, d, "bob", "analysts")
		s.SetMember(t, "engineers", "bob", true)
		wantGroups(t, d, "bob", "analysts", "engineers")
		s.SetMember(t, "engineers", "bob", false)
		wantGroups(t, d, "bob", "analysts")
	})
}

// H08: the distinguished name of a group is a value in the filter, whatever is in it.
func TestGroupsWithCharactersOfFiltersAreFollowed(t *testing.T) {
	s := testpeer.LDAP(t)
	names := []string{"(", ")", "*", "a, b", `a\b`, "x)(cn=*", "#1", `"q"`, "a+b", "é", " "}
	member := dnOf("dana")
	for i, name := range names {
		if name == " " {
			name = "last"
		}
		dn := "cn=" + ldap.EscapeDN(name) + "," + testpeer.LDAPGroups
		s.Change(t, func(c *ldap.Conn) error {
			r := ldap.NewAddRequest(dn, nil)
			r.Attribute("objectClass", []string{"groupOfNames"})
			r.Attribute("cn", []string{name})
			r.Attribute("member", []string{member})
			return c.Add(r)
		})
		names[i], member = name, dn
	}
	for way, base := range map[string]string{"search": testpeer.LDAPGroups, "memberOf": ""} {
		t.Run(way, func(t *testing.T) {
			cfg := settings(s)
			cfg.GroupBase, cfg.Nested = base, len(names)
			got := groupsOf(t, open(t, cfg), "dana")
			if len(got) != len(names) {
				t.Errorf("groups are %q, want %q in another order", got, names)
			}
			for _, name := range names {
				if !strings.Contains(strings.Join(got, "\n"), name) {
					t.Errorf("%q is not in %q", name, got)
				}
			}
		})
	}
}

// H10: more than one answer may hold is no answer, and never a part of it.
func TestDirectoryThatGivesPartsIsUnreachable(t *testing.T) {
	s := testpeer.LDAP(t)
	// slapd itself gives at most 500 entries to who is not its administrator.
	s.Change(t, func(c *ldap.Conn) error {
		for i := range 600 {
			r := ldap.NewAddRequest(fmt.Sprintf("cn=many-%d,%s", i, testpeer.LDAPGroups), nil)
			r.Attribute("objectClass", []string{"groupOfNames"})
			r.Attribute("member", []string{dnOf("dana")})
			if err := c.Add(r); err != nil {
				return err
			}
		}
		return nil
	})
	d := open(t, settings(s))
	e, err := d.Lookup(t.Context(), "dana")
	if err != nil {
		t.Fatal(err)
	}
	if groups, err := d.Groups(t.Context(), e); !errors.Is(err, directory.ErrUnreachable) || groups != nil {
		t.Errorf("%d groups, %v; want ErrUnreachable", len(groups), err)
	}
	cfg := settings(s)
	cfg.BindDN, cfg.BindPassword = "cn=root,"+testpeer.LDAPBase, "root-password" // who gets all, in pages
	if got := groupsOf(t, open(t, cfg), "dana"); len(got) != 600 {
		t.Errorf("%d groups, want 600", len(got))
	}
	cfg.GroupBase = ""
	if got := groupsOf(t, open(t, cfg), "dana"); len(got) != 600 {
		t.Errorf("memberOf: %d groups, want 600", len(got))
	}
	cfg = settings(s)
	cfg.GroupBase = "ou=nowhere," + testpeer.LDAPBase
	if groups, err := open(t, cfg).Groups(t.Context(), e); !errors.Is(err, directory.ErrUnreachable) {
		t.Errorf("a base that is not there: %q, %v; want ErrUnreachable", groups, err)
	}
	cfg = settings(s)
	cfg.GroupName = "description"
	if groups, err := open(t, cfg).Groups(t.Context(), directory.Entry{DN: dnOf("alice")}); !errors.Is(err, directory.ErrUnreachable) {
		t.Errorf("groups without a name: %q, %v; want ErrUnreachable", groups, err)
	}
}
