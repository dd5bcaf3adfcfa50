package auth_test

import (
	"errors"
	"net"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

// withDirectory are settings for tokens of key, whose holders' groups s knows
// where the token does not.
func withDirectory(t *testing.T, key issuer.Key, s *testpeer.LDAPServer) auth.Config {
	t.Helper()
	cfg := passwordsOf(s, new(logged))
	cfg.Providers = []auth.Provider{okera(key.PEM(t))}
	return cfg
}

// OK-13, D14: the holder of a token is looked for in the directory by our name
// for them, whatever characters it has.
func TestGroupsOfTokensComeFromTheDirectory(t *testing.T) {
	key, s := rs256(t, "okera"), testpeer.LDAP(t)
	cfg := withDirectory(t, key, s)
	cfg.Groups.File = groupFileOf(t, "file:alice,carol,twin", "odd:*", "odd:alice*")
	cfg.Names = []auth.NameRule{{Pattern: re(`(.+)@lake\.test`), User: "$1"}, {Provider: "ldap", Pattern: re(`adam`), User: "ADAM!"}}
	a := start(t, cfg)
	for name, tt := range map[string]struct {
		user string
		want []string
	}{
		"directory":                     {"alice", []string{"engineers"}},
		"by the mapped name":            {"bob@lake.test", []string{"analysts"}},
		"a DN and a group to escape":    {"pat", []string{"Sales, EMEA (all) *"}},
		"not there: the next source":    {"carol", []string{"file"}},
		"there twice: not known":        {"twin", []string{"file"}},
		"nobody knows them":             {"dora", nil},
		"D14 star":                      {"*", []string{"odd"}}, // the file's user of that very name
		"D14 prefix":                    {"alice*", []string{"odd"}},
		"D14 filter":                    {"alice)(objectClass=*", nil},
		"D14 filter, closed":            {"*)(uid=*))(|(uid=*", nil},
		"D14 DN":                        {"alice,ou=people,dc=lake,dc=test", nil},
		"D14 hexadecimal":               {`\61lice`, nil},
		"D14 SQL":                       {"a' OR '1'='1", nil},
		"D14 path":                      {"../alice", nil},
		"longer than a directory takes": {strings.Repeat("x", 1000), nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := admit(t, a, signed(t, key, nameless(tt.user)))
			if len(p.Groups)+len(tt.want) > 0 && !reflect.DeepEqual(p.Groups, tt.want) {
				t.Errorf("groups of %q are %q, want %q", p.User, p.Groups, tt.want)
			}
		})
	}
	t.Run("the holder of a password keeps their entry's, whatever name we give them", func(t *testing.T) {
		if p := accepted(t, a, basicOf("adam", "adam-password")); p.User != "ADAM!" || !reflect.DeepEqual(p.Groups, []string{"platform"}) {
			t.Errorf("principal is %+v", p)
		}
	})
	t.Run("a source before the directory that knows them", func(t *testing.T) {
		cfg := cfg
		cfg.Groups.Sources = []string{"claim", "file", "ldap"}
		a := start(t, cfg)
		if p := admit(t, a, signed(t, key, nameless("alice"))); !reflect.DeepEqual(p.Groups, []string{"file"}) {
			t.Errorf("groups are %q", p.Groups)
		}
		if p := admit(t, a, signed(t, key, nameless("bob"))); !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
			t.Errorf("groups are %q", p.Groups)
		}
	})
	t.Run("without an account that searches the directory is no source", func(t *testing.T) {
		cfg := cfg
		d := *cfg.Directory
		d.BindDN, d.BindPassword, d.BaseDN = "", "", testpeer.LDAPPeople
		cfg.Directory = &d
		if p := admit(t, start(t, cfg), signed(t, key, nameless("alice"))); !reflect.DeepEqual(p.Groups, []string{"file"}) {
			t.Errorf("groups are %q", p.Groups)
		}
		cfg.Groups.Sources = []string{"claim", "ldap"}
		misconfigured(t, cfg, "auth.groups.sources (GROUP_SOURCES): ldap needs auth.ldap.hosts, and auth.ldap.bind_dn")
	})
}

// G17: a group that somebody is taken out of, and somebody taken out of the
// directory, behind tokens that are remembered for much longer.
func TestG17DirectoryIsAskedAgain(t *testing.T) {
	key, s := rs256(t, "okera"), testpeer.LDAP(t)
	cfg := withDirectory(t, key, s)
	cfg.RememberFor = time.Hour // and CacheFor next to nothing
	a := start(t, cfg)
	token := signed(t, key, nameless("alice"))
	groups := func(want ...string) {
		t.Helper()
		if p := admit(t, a, token); len(p.Groups)+len(want) > 0 && !reflect.DeepEqual(p.Groups, want) {
			t.Errorf("groups are %q, want %q", p.Groups, want)
		}
	}
	groups("engineers")
	s.SetMember(t, "analysts", "alice", true)
	groups("analysts", "engineers")
	s.SetMember(t, "analysts", "alice", false)
	groups("engineers")
	password := basicOf("bob", "bob-password")
	accepted(t, a, password)
	s.Remove(t, "alice")
	groups() // her token is good, and she has no groups left
	s.Remove(t, "bob")
	refusedAs(t, a, password, passwordText, "")
}

// H16: who has been renamed is who they are called now, by the attribute of the
// settings; the old name is its new bearer's.
func TestH16RenamedUsers(t *testing.T) {
	key, s := rs256(t, "okera"), testpeer.LDAP(t)
	a := start(t, withDirectory(t, key, s))
	pat := signed(t, key, nameless("pat"))
	if p := admit(t, a, pat); !inGroup(p, "Sales, EMEA (all) *") {
		t.Errorf("groups are %q", p.Groups)
	}
	rename := func(dn, to string) {
		s.Change(t, func(c *ldap.Conn) error {
			m := ldap.NewModifyRequest(dn+","+testpeer.LDAPPeople, nil)
			m.Replace("uid", []string{to})
			return c.Modify(m)
		})
	}
	rename(`cn=O'Hara\, Pat (x*)`, "patricia")
	if p := admit(t, a, pat); p.Groups != nil {
		t.Errorf("the old name has the groups %q", p.Groups)
	}
	rename("cn=first", "pat")
	if p := admit(t, a, pat); inGroup(p, "Sales, EMEA (all) *") {
		t.Errorf("the old name's new bearer has the groups %q", p.Groups)
	}
	if p := admit(t, a, signed(t, key, nameless("patricia"))); !inGroup(p, "Sales, EMEA (all) *") {
		t.Errorf("groups are %q", p.Groups)
	}
	if p := accepted(t, a, basicOf("patricia", "pat-password")); p.User != "patricia" || !inGroup(p, "Sales, EMEA (all) *") {
		t.Errorf("principal is %+v", p)
	}
	refusedAs(t, a, basicOf("pat", "pat-password"), passwordText, "")
}

// L11: a directory takes names loosely; rules for impersonation do not, and so
// no other spelling leads round them.
func TestL11OtherSpellingsHaveNoGroups(t *testing.T) {
	key, s := rs256(t, "okera"), testpeer.LDAP(t)
	cfg := withDirectory(t, key, s)
	cfg.Impersonation = []auth.ImpersonationRule{{Users: re("etl"), As: re("bob"), Deny: true}, {Users: re("etl"), As: re(".*")}}
	cfg.Administrator = func(p auth.Principal) bool { return inGroup(p, "platform") }
	a := start(t, cfg)
	shown := bearerOf(signed(t, key, issuer.Claims{"sub": "etl", "groups": []string{"platform"}}))
	shown.As = "alice"
	if p := accepted(t, a, shown); p.User != "alice" || p.Actor != "etl" || !reflect.DeepEqual(p.Groups, []string{"engineers"}) {
		t.Errorf("principal is %+v", p)
	}
	for _, other := range []string{"ALICE", "BOB", "Adam", "carol"} {
		shown.As = other
		if p := accepted(t, a, shown); p.User != other || p.Groups != nil {
			t.Errorf("principal is %+v", p)
		}
	}
	shown.As = "bob"
	forbidden(t, a, shown, mayNotAct, "a rule denies it")
	shown.As = "adam"
	forbidden(t, a, shown, mayNotAct, "they are an administrator")
}

// H10, D27: a directory that is down, or frozen, is no directory without groups.
func TestH10DirectoryThatCannotBeAsked(t *testing.T) {
	key, s := rs256(t, "okera"), testpeer.LDAP(t)
	for name, tt := range map[string]struct{ fail, mend func() }{
		"down":   {s.Stop, func() { s.Start(t) }},
		"frozen": {s.Freeze, s.Thaw},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := withDirectory(t, key, s)
			cfg.Directory.Timeout = time.Second
			cfg.Groups.File = groupFileOf(t, "engineers:alice")
			cfg.Groups.Required = []string{"engineers"}
			cfg.Administrator = func(auth.Principal) bool { return true }
			a := start(t, cfg)
			token := signed(t, key, nameless("alice"))
			eventually(t, "alice is let in", func() bool {
				_, err := present(t.Context(), a, token)
				return err == nil
			})
			tt.fail()
			eventually(t, "the directory's failure is seen", func() bool { // a frozen process runs a moment longer
				p, err := present(t.Context(), a, token)
				if err == nil && !reflect.DeepEqual(p.Groups, []string{"engineers"}) {
					t.Fatalf("groups are %q", p.Groups)
				}
				return err != nil
			})
			for range 3 {
				refuse(t, a, token, auth.ErrUnavailable, "ldap: ")
			}
			if s := a.Status(); s[len(s)-1].Kind != "ldap" || !strings.HasPrefix(s[len(s)-1].Degraded, "ldap: ") {
				t.Errorf("status is %+v", s)
			}
			if p := admit(t, a, signed(t, key, nil)); !reflect.DeepEqual(p.Groups, []string{"analysts"}) {
				t.Errorf("who needs no directory is %+v", p)
			}
			tt.mend()
			eventually(t, "alice is let in again", func() bool {
				p, err := present(t.Context(), a, token)
				if err != nil && !errors.Is(err, auth.ErrUnavailable) {
					t.Fatal(err)
				}
				return err == nil && reflect.DeepEqual(p.Groups, []string{"engineers"})
			})
			if s := a.Status(); s[len(s)-1].Degraded != "" {
				t.Errorf("status is %+v", s)
			}
		})
	}
}

// The directory is looked at from the start, before a user finds out, every half
// a minute, for as long as it is in the settings.
func TestDirectoryIsProbed(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var dialled atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := lis.Accept()
			if err != nil {
				return
			}
			dialled.Add(1)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = lis.Close()
		<-ended
	})
	synctest.Test(t, func(t *testing.T) {
		var log logged
		cfg := auth.Config{
			Providers: []auth.Provider{okera(rs256(t, "okera").PEM(t))}, Log: log.logger(),
			Directory: &directory.Config{
				Hosts: []string{lis.Addr().String()}, Security: directory.Plain, UserBase: "dc=x", BindDN: "cn=x", BindPassword: "x",
			},
		}
		a := start(t, cfg)
		pass(time.Second)
		first := dialled.Load()
		if s := a.Status(); first == 0 || s[len(s)-1].Name != "ldap" || s[len(s)-1].Where != lis.Addr().String() || s[len(s)-1].Degraded == "" {
			t.Errorf("after %d connections status is %+v", first, s)
		}
		pass(29 * time.Second)
		second := dialled.Load()
		if second == first {
			t.Error("after half a minute nobody asked again")
		}
		if n := strings.Count(log.String(), "directory cannot be asked"); n != 1 {
			t.Errorf("one failure was logged %d times:\n%s", n, &log)
		}
		cfg.Directory = nil
		if err := a.Update(cfg); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if n := dialled.Load(); n != second {
			t.Errorf("a directory that is gone from the settings was asked %d times", n-second)
		}
		if s := a.Status(); s[len(s)-1].Kind == "ldap" {
			t.Errorf("status is %+v", s)
		}
	})
}

// H10: a directory that answers, and not this, tells no "no groups" either.
func TestH10GroupsThatCannotBeSearched(t *testing.T) {
	key, s := rs256(t, "okera"), testpeer.LDAP(t)
	cfg := withDirectory(t, key, s)
	cfg.Directory.GroupBase = "ou=nonesuch," + testpeer.LDAPBase
	cfg.Groups.File = groupFileOf(t, "engineers:alice")
	a := start(t, cfg)
	refuse(t, a, signed(t, key, nameless("alice")), auth.ErrUnavailable, "ldap: ")
	if _, err := a.Authenticate(t.Context(), basicOf("alice", "alice-password")); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("with a password: %v", err)
	}
}
