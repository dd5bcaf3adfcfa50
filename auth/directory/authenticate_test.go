package directory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// OK-11, OK-12: each way to name a user, with and without an account that searches.
func TestEachWayToNameAUserFindsTheEntry(t *testing.T) {
	s := testpeer.LDAP(t)
	byBase := asUsers(s)
	byBase.BindTemplates, byBase.BaseDN = nil, testpeer.LDAPPeople
	byBaseAndAccount := settings(s)
	byBaseAndAccount.BaseDN = testpeer.LDAPPeople
	templates := []string{"cn=%s," + testpeer.LDAPBase, "uid=%s," + testpeer.LDAPPeople, ""} // H13: a semicolon at the end
	byTemplateAndAccount := settings(s)
	byTemplateAndAccount.BindTemplates = templates
	startTLS := settings(s)
	startTLS.Security, startTLS.Hosts, startTLS.Port = directory.StartTLS, []string{"127.0.0.1"}, s.Port
	byName := settings(s)
	byName.Hosts = []string{fmt.Sprint("localhost:", s.TLSPort)}
	for name, cfg := range map[string]directory.Config{
		"search":                       settings(s),
		"search, StartTLS":             startTLS,
		"search, the host by name":     byName,
		"base DN":                      byBase,
		"base DN and an account":       byBaseAndAccount,
		"two templates":                asUsers(s, templates...),
		"two templates and an account": byTemplateAndAccount,
		"a template of two attributes": asUsers(s, "uid=%s+cn=Alice,"+testpeer.LDAPPeople, "uid=%s,"+testpeer.LDAPPeople),
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, cfg)
			if err := d.Check(t.Context()); err != nil {
				t.Error(err)
			}
			for _, typed := range []string{"alice", "ALICE", "aLice", "alice "} { // H06
				admits(t, d, typed, "alice-password", dnOf("alice"), "alice")
			}
			for _, wrong := range []string{"", " ", "bob-password", "alice-password ", "Alice-password"} {
				refuses(t, d, "alice", wrong)
			}
			refuses(t, d, "nobody", "alice-password")
			refuses(t, d, "dana", "dana-password") // locked
		})
	}
}

// H01, H02: no bind takes place, though this server would say yes.
func TestEmptyNamesAndPasswordsAreNotAskedAbout(t *testing.T) {
	s := testpeer.RelaxedLDAP(t)
	address := fmt.Sprint("127.0.0.1:", s.Port)
	c, err := ldap.DialURL("ldap://" + address)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Bind("", "anything"), c.UnauthenticatedBind(dnOf("alice"))); err != nil {
		t.Fatalf("the server is not relaxed: %v", err)
	}
	_ = c.Close()
	search, bind := settings(s), asUsers(s, "uid=%s,"+testpeer.LDAPPeople)
	for name, cfg := range map[string]directory.Config{"search": search, "bind": bind} {
		t.Run(name, func(t *testing.T) {
			cfg.Security, cfg.Hosts = directory.Plain, []string{address}
			d := open(t, cfg)
			admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
			for _, pair := range [][2]string{
				{"alice", ""}, {"", "alice-password"}, {"", ""}, {" ", "x"}, {"\u00a0", "x"}, {"\x00", "x"}, {"alice\x00", "alice-password"}, {"al\xffice", "x"},
			} {
				refuses(t, d, pair[0], pair[1])
			}
			if _, err := d.Lookup(t.Context(), " "); !errors.Is(err, directory.ErrNoEntry) {
				t.Errorf("a blank is %v; want ErrNoEntry", err)
			}
		})
	}
}

// H04, H05: nothing in a name is part of a filter or of a distinguished name.
func TestNamesAreNoFiltersAndNoDistinguishedNames(t *testing.T) {
	s := testpeer.LDAP(t)
	odd := []string{`,`, `a+b`, `#0`, `a\`, `"q"`, `<x>`, `a=b`, `a;b`, ` lead`, `*`, `(a)`, `a/b`, `é`, `\2a`}
	for _, name := range odd {
		addPerson(t, s, name, testpeer.LDAPPeople, "odd")
	}
	for way, cfg := range map[string]directory.Config{
		"search": settings(s), "bind": asUsers(s, "uid=%s,"+testpeer.LDAPPeople),
	} {
		t.Run(way, func(t *testing.T) {
			d := open(t, cfg)
			for _, name := range odd {
				if e, err := d.Authenticate(t.Context(), name, "odd"); err != nil || e.Name != name {
					t.Errorf("%q is %+v, %v", name, e, err)
				}
			}
			for _, name := range []string{
				"a*", "al*", "alice)(objectClass=*", "*)(uid=*))(|(uid=*", "alice)(|(uid=*", "alice,ou=people", "alice," + testpeer.LDAPPeople,
				"x+uid=alice", "alice+cn=Alice", `"alice"`, "#616c696365", `\61lice`, `alice\`, "alice;ou=people", "alice\n", "uid=alice",
				dnOf("alice"), "alice\u200b", "аlice",
			} {
				refuses(t, d, name, "alice-password")
			}
		})
	}
	d := open(t, settings(s))
	for _, name := range []string{"a*", "*)(uid=*", "alice)(objectClass=*", "nobody"} {
		if e, err := d.Lookup(t.Context(), name); !errors.Is(err, directory.ErrNoEntry) {
			t.Errorf("%q is %+v, %v; want ErrNoEntry", name, e, err)
		}
	}
}

// H07: whose name two entries have is nobody.
func TestTwoEntriesOfOneNameAreNobody(t *testing.T) {
	s := testpeer.LDAP(t)
	d := open(t, settings(s))
	refuses(t, d, "twin", "twin-password")
	if _, err := d.Lookup(t.Context(), "twin"); !errors.Is(err, directory.ErrNoEntry) {
		t.Errorf("error is %v, want ErrNoEntry", err)
	}
	outside := addUnit(t, s, "outside")
	addPerson(t, s, "bob", outside, "other-password")
	cfg := settings(s)
	cfg.BindTemplates = []string{"uid=%s," + testpeer.LDAPPeople, "uid=%s," + outside}
	d = open(t, cfg)
	refuses(t, d, "bob", "bob-password")
	refuses(t, d, "bob", "other-password")
	admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
	// An entry with two values of the name has the one that its own name begins with.
	s.Change(t, func(c *ldap.Conn) error {
		m := ldap.NewModifyRequest(dnOf("adam"), nil)
		m.Add("uid", []string{"adam.smith"})
		return c.Modify(m)
	})
	d = open(t, settings(s))
	admits(t, d, "adam.smith", "adam-password", dnOf("adam"), "adam")
	byCN := settings(s)
	byCN.NameAttribute = "mail" // which adam has not
	refuses(t, open(t, byCN), "adam", "adam-password")
}

// H13: templates are tried in order, and a wrong password counts once for an account.
func TestWrongPasswordsCountOnce(t *testing.T) {
	s := testpeer.LDAP(t)
	outside := addUnit(t, s, "outside")
	addPerson(t, s, "carol", outside, "carol-password")
	templates := []string{"uid=%s," + testpeer.LDAPPeople, "uid=%s," + outside}
	searched := settings(s)
	searched.BindTemplates = templates
	for name, cfg := range map[string]directory.Config{
		"bind": asUsers(s, templates...), "template and account": searched, "search": settings(s),
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, cfg)
			before := failures(t, s, dnOf("alice"))
			refuses(t, d, "alice", "wrong")
			if n := failures(t, s, dnOf("alice")) - before; n != 1 {
				t.Errorf("the directory counts %d failures", n)
			}
			if cfg.BindTemplates != nil {
				admits(t, d, "carol", "carol-password", "uid=carol,"+outside, "carol")
				if n := failures(t, s, "uid=carol,"+outside); n != 0 {
					t.Errorf("the right password counts %d failures", n)
				}
			}
		})
	}
}

// A filter that is given also restricts who is named by a template.
func TestFilterRestrictsTemplates(t *testing.T) {
	s := testpeer.LDAP(t)
	for name, account := range map[string]bool{"bind": false, "template and account": true} {
		t.Run(name, func(t *testing.T) {
			cfg := asUsers(s, "uid=%s,"+testpeer.LDAPPeople)
			if account {
				cfg.BindDN, cfg.BindPassword = testpeer.LDAPReader, "reader-password"
			}
			cfg.UserFilter = "(&(uid=%s)(mail=*))"
			d := open(t, cfg)
			admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
			refuses(t, d, "bob", "bob-password")
		})
	}
}

// H16: the name is that of the configured attribute, as it is now.
func TestRenamedUsersAreWhoTheyAreNow(t *testing.T) {
	s := testpeer.LDAP(t)
	d := open(t, settings(s))
	before, err := d.Lookup(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	rename := func(from, to string) {
		s.Change(t, func(c *ldap.Conn) error { return c.ModifyDN(ldap.NewModifyDNRequest(dnOf(from), "uid="+to, true, "")) })
	}
	rename("alice", "alison")
	rename("bob", "alice")
	admits(t, d, "alison", "alice-password", dnOf("alison"), "alison")
	admits(t, d, "alice", "bob-password", dnOf("alice"), "alice")
	refuses(t, d, "alice", "alice-password")
	wantGroups(t, d, "alice", "analysts")
	s.Remove(t, "alison")
	if _, err := d.Lookup(t.Context(), "alison"); !errors.Is(err, directory.ErrNoEntry) {
		t.Errorf("error is %v, want ErrNoEntry", err)
	}
	s.Remove(t, "alice")
	cfg := settings(s)
	cfg.GroupBase = ""
	if got, err := open(t, cfg).Groups(t.Context(), before); !errors.Is(err, directory.ErrUnreachable) {
		t.Errorf("groups of who is gone are %q, %v; want ErrUnreachable", got, err)
	}
}

// A changed password counts at once: the directory is asked each time.
func TestPasswordsAreNotRemembered(t *testing.T) {
	s := testpeer.LDAP(t)
	d := open(t, settings(s))
	admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
	s.SetPassword(t, "alice", "another")
	refuses(t, d, "alice", "alice-password")
	admits(t, d, "alice", "another", dnOf("alice"), "alice")
}

// Without an account nobody is searched for, least of all anonymously.
func TestWithoutAnAccountOnlyUsersThemselvesAreRead(t *testing.T) {
	s := testpeer.RelaxedLDAP(t) // which answers anonymous questions
	d := open(t, asUsers(s, "uid=%s,"+testpeer.LDAPPeople))
	e, err := d.Authenticate(t.Context(), "alice", "alice-password")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lookup(t.Context(), "alice"); !errors.Is(err, directory.ErrUnreachable) {
		t.Errorf("error is %v, want ErrUnreachable", err)
	}
	if groups, err := d.Groups(t.Context(), e); !errors.Is(err, directory.ErrUnreachable) || groups != nil {
		t.Errorf("groups are %q, %v; want ErrUnreachable", groups, err)
	}
}

// An account that is refused is a fault of the settings, not of who asks.
func TestRefusedAccountIsUnreachable(t *testing.T) {
	s := testpeer.LDAP(t)
	cfg := settings(s)
	cfg.BindPassword = "no-such-secret"
	cfg.Hosts = append(cfg.Hosts, fmt.Sprint("localhost:", s.TLSPort))
	d := open(t, cfg)
	before := failures(t, s, testpeer.LDAPReader)
	_, wrong := d.Authenticate(t.Context(), "alice", "alice-password")
	_, lookup := d.Lookup(t.Context(), "alice")
	_, groups := d.Groups(t.Context(), directory.Entry{DN: dnOf("alice")})
	for what, err := range map[string]error{"Authenticate": wrong, "Lookup": lookup, "Groups": groups, "Check": d.Check(t.Context())} {
		if !errors.Is(err, directory.ErrUnreachable) || errors.Is(err, directory.ErrCredentials) {
			t.Errorf("%s: error is %v, want ErrUnreachable", what, err)
		}
	}
	if n := failures(t, s, testpeer.LDAPReader) - before; n != 4 {
		t.Errorf("4 questions cost %d failed binds", n)
	}
	cfg = settings(s)
	cfg.UserBase = "ou=nowhere," + testpeer.LDAPBase
	if _, err := open(t, cfg).Lookup(t.Context(), "alice"); !errors.Is(err, directory.ErrUnreachable) {
		t.Errorf("a base that is not there: error is %v, want ErrUnreachable", err)
	}
}

func TestCallersThatGoAwayAreNotWaitedFor(t *testing.T) {
	s := testpeer.LDAP(t)
	d := open(t, settings(s))
	admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
	s.Freeze()
	for what, ask := range map[string]func(context.Context) error{
		"Authenticate": func(ctx context.Context) error { _, err := d.Authenticate(ctx, "alice", "x"); return err },
		"Lookup":       func(ctx context.Context) error { _, err := d.Lookup(ctx, "alice"); return err },
		"Check":        d.Check,
	} {
		t.Run(what, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			answer := make(chan error, 1)
			go func() { answer <- ask(ctx) }()
			cancel()
			if err := <-answer; !errors.Is(err, directory.ErrUnreachable) {
				t.Errorf("error is %v, want ErrUnreachable", err)
			}
		})
	}
	s.Thaw()
	admits(t, d, "alice", "alice-password", dnOf("alice"), "alice")
}
