package auth_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// nobodysDirectory is a directory that does not answer.
func nobodysDirectory() *directory.Config {
	return &directory.Config{
		Hosts: []string{"127.0.0.1:1"}, Security: directory.Plain, UserBase: "dc=example,dc=com", BindDN: "cn=x,dc=example,dc=com", BindPassword: "x",
	}
}

// passwordsOf are settings under which the people of s come in by password.
func passwordsOf(s *testpeer.LDAPServer, log *logged) auth.Config {
	return auth.Config{
		Directory: &directory.Config{
			Hosts: []string{fmt.Sprint("127.0.0.1:", s.TLSPort)}, Roots: s.Authority.Pool(),
			UserBase: testpeer.LDAPPeople, GroupBase: testpeer.LDAPGroups, BindDN: testpeer.LDAPReader, BindPassword: "reader-password",
			Timeout: 30 * time.Second,
		},
		Passwords: true, Log: log.logger(), RememberFor: -1, Groups: auth.GroupRules{CacheFor: time.Nanosecond},
	}
}

// DO-06: user and password, in each call and in a handshake.
func TestPasswordsOfADirectory(t *testing.T) {
	s := testpeer.LDAP(t)
	var log logged
	a := start(t, passwordsOf(s, &log))
	alice := accepted(t, a, basicOf("alice", "alice-password"))
	if alice.User != "alice" || alice.Provider != "ldap" || alice.Method != auth.ByPassword || alice.Subject != "uid=alice,"+testpeer.LDAPPeople ||
		!slices.Equal(alice.Groups, []string{"engineers"}) || alice.Scopes != nil || alice.Claims != nil || alice.Expires.IsZero() {
		t.Errorf("principal is %+v", alice)
	}
	t.Run("H06 the directory's own name counts", func(t *testing.T) {
		for _, typed := range []string{"ALICE", "alice ", "aLiCe"} {
			if p := accepted(t, a, basicOf(typed, "alice-password")); p.User != "alice" || p.Key() != alice.Key() || !slices.Equal(p.Groups, alice.Groups) {
				t.Errorf("%q is %+v", typed, p)
			}
		}
	})
	t.Run("handshake", func(t *testing.T) {
		token := login(t, a, basicOf("ALICE", "alice-password"))
		if !strings.HasPrefix(token, "lgt1_") {
			t.Error("no token of ours")
		}
		if p := answerTo(t, a, token).Principal; p.Key() != alice.Key() || p.Method != auth.ByPassword || !slices.Equal(p.Groups, alice.Groups) {
			t.Errorf("principal is %+v", p)
		}
		if p := accepted(t, a, basicOf("alice", token)); p.Key() != alice.Key() {
			t.Errorf("in the place of the password it is %+v", p)
		}
		refusedAs(t, a, basicOf("bob", token), refusedText, "User name does not match the token")
	})
	t.Run("G13 unknown users and wrong passwords are told apart by nothing", func(t *testing.T) {
		for _, user := range []string{
			"alice", "nobody", "twin", "*", "a*", "alice)(objectClass=*", "*)(uid=*))(|(uid=*", "alice,ou=people", `"alice"`, "#616c696365", "uid=alice," + testpeer.LDAPPeople,
		} {
			_, err := a.Authenticate(t.Context(), basicOf(user, "wrong"))
			if !errors.Is(err, auth.ErrUnauthenticated) || err.Error() != passwordText || auth.Reason(err) != "Wrong user name or password" {
				t.Errorf("%q: error is %v, reason %q", user, err, auth.Reason(err))
			}
		}
		// Nor does the password of one of two help, or one that is somebody else's.
		refusedAs(t, a, basicOf("twin", "twin-password"), passwordText, "Wrong user name or password")
		refusedAs(t, a, basicOf("a*", "alice-password"), passwordText, "Wrong user name or password")
		refusedAs(t, a, basicOf("alice", "bob-password"), passwordText, "Wrong user name or password")
	})
	for _, secret := range []string{"alice-password", "bob-password", "reader-password", "lgt1_", "wrong\""} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// H01, H02: a server that lets empty names and passwords in as nobody.
func TestEmptyNamesAndPasswordsGetNowhere(t *testing.T) {
	s := testpeer.RelaxedLDAP(t)
	var log logged
	cfg := passwordsOf(s, &log)
	cfg.Directory.Hosts, cfg.Directory.Security = []string{fmt.Sprint("127.0.0.1:", s.Port)}, directory.Plain
	a := start(t, cfg)
	accepted(t, a, basicOf("alice", "alice-password"))
	refusedAs(t, a, basicOf("alice", ""), passwordText, "Empty password")
	refusedAs(t, a, basicOf("", "alice-password"), passwordText, "Empty user name")
	refusedAs(t, a, basicOf(" ", "x"), passwordText, "Empty user name")
	refusedAs(t, a, basicOf("", ""), passwordText, "Empty user name")
	refusedAs(t, a, basicOf("\u200b", "x"), passwordText, "Empty user name")
}

// eventually waits until a call has the answer that something outside brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// H15: a password that was remembered as right is not for long after it changed.
func TestChangedPasswordIsSeen(t *testing.T) {
	s := testpeer.LDAP(t)
	cfg := passwordsOf(s, new(logged))
	cfg.RememberFor = 200 * time.Millisecond
	brief := start(t, cfg)
	cfg.RememberFor, cfg.Groups.CacheFor = time.Hour, time.Hour
	long := start(t, cfg)
	for _, a := range []*auth.Authenticator{brief, long} {
		accepted(t, a, basicOf("alice", "alice-password"))
	}
	s.SetPassword(t, "alice", "another")
	eventually(t, "the old password is refused", func() bool {
		_, err := brief.Authenticate(t.Context(), basicOf("alice", "alice-password"))
		return errors.Is(err, auth.ErrUnauthenticated)
	})
	accepted(t, brief, basicOf("alice", "another"))
	accepted(t, long, basicOf("alice", "alice-password")) // else this test shows nothing
	if err := long.Update(cfg); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, long, basicOf("alice", "alice-password"), passwordText, "Wrong user name or password")
	accepted(t, long, basicOf("alice", "another"))
}

// G17: what the directory changes is seen behind tokens of ours.
func TestDirectoryChangesAreSeenBehindOwnTokens(t *testing.T) {
	s := testpeer.LDAP(t)
	cfg := passwordsOf(s, new(logged))
	a := start(t, cfg)
	tokens := map[string]string{}
	for _, user := range []string{"alice", "bob", "adam"} {
		tokens[user] = login(t, a, basicOf(strings.ToUpper(user), user+"-password"))
		answerTo(t, a, tokens[user])
	}
	s.SetMember(t, "analysts", "alice", true)
	if got := answerTo(t, a, tokens["alice"]).Principal.Groups; !slices.Contains(got, "analysts") {
		t.Errorf("groups are %q", got)
	}
	byFile := cfg
	byFile.Groups.Sources, byFile.Groups.File = []string{"file"}, filepath.Join(t.TempDir(), "groups")
	if err := os.WriteFile(byFile.Groups.File, []byte("analysts:alice,bob,adam\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := func(t *testing.T, user string) {
		t.Helper()
		for name, c := range map[string]auth.Config{"groups from the directory": cfg, "groups from elsewhere": byFile} {
			if err := a.Update(c); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Authenticate(t.Context(), bearerOf(tokens[user])); !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s: error is %v", name, err)
			}
			answerTo(t, a, tokens["alice"])
		}
	}
	s.Remove(t, "bob")
	t.Run("the user is gone", func(t *testing.T) { gone(t, "bob") })
	s.Change(t, func(c *ldap.Conn) error {
		return c.ModifyDN(ldap.NewModifyDNRequest("uid=adam,"+testpeer.LDAPPeople, "cn=Adam", false, ""))
	})
	t.Run("H16 the name is another's", func(t *testing.T) { gone(t, "adam") })
	s.Stop()
	_, err := a.Authenticate(t.Context(), bearerOf(tokens["alice"]))
	if !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("without the directory: error is %v, want ErrUnavailable", err)
	}
}

func from(peer string, shown auth.Shown) auth.Shown {
	shown.Peer = peer
	return shown
}

// G12, H14: floods of wrong passwords reach neither the directory nor whom they are about.
func TestPasswordFloods(t *testing.T) {
	s := testpeer.LDAP(t)
	cfg := passwordsOf(s, new(logged))
	cfg.Attempts = auth.AttemptLimits{UserEvery: 24 * time.Hour}
	a := start(t, cfg)
	home, right := "192.0.2.7", basicOf("alice", "alice-password")
	accepted(t, a, from(home, right))
	flood := func(user string, n int, peer func(i int) string) (refused, limited int) {
		for i := range n {
			switch _, err := a.Login(t.Context(), from(peer(i), basicOf(user, fmt.Sprint("wrong-", peer(i), i)))); {
			case errors.Is(err, auth.ErrLimited):
				limited++
			case errors.Is(err, auth.ErrUnauthenticated):
				refused++
			default:
				t.Errorf("error is %v", err)
			}
		}
		return refused, limited
	}
	if refused, limited := flood("alice", 20, func(int) string { return "10.0.0.1" }); refused != 5 || limited != 15 {
		t.Errorf("one address: %d refused, %d limited", refused, limited)
	}
	if refused, limited := flood("alice", 40, func(i int) string { return fmt.Sprint("10.0.1.", i) }); refused != 15 || limited != 25 {
		t.Errorf("many addresses: %d refused, %d limited", refused, limited)
	}
	if refused, limited := flood("nobody", 20, func(int) string { return "10.0.0.1" }); refused != 5 || limited != 15 {
		t.Errorf("a user who is nobody: %d refused, %d limited", refused, limited)
	}
	t.Run("alice is not locked out where she was let in", func(t *testing.T) {
		for range 10 {
			accepted(t, a, from(home, right))
		}
		if _, err := a.Authenticate(t.Context(), from("10.0.0.2", right)); !errors.Is(err, auth.ErrLimited) {
			t.Errorf("elsewhere: error is %v, want ErrLimited", err)
		}
	})
	t.Run("many calls at once with the right password", func(t *testing.T) {
		var calls sync.WaitGroup
		for range 40 {
			calls.Go(func() {
				if answer, err := a.Login(t.Context(), from("192.0.2.8", basicOf("bob", "bob-password"))); err != nil || answer.Principal.User != "bob" {
					t.Errorf("error is %v (%s)", err, auth.Reason(err))
				}
			})
		}
		calls.Wait()
	})
	refusedAs(t, a, from("192.0.2.9", basicOf("adam", "old")), passwordText, "Wrong user name or password")
	s.Stop()
	t.Run("without the directory, which is so not asked", func(t *testing.T) {
		for range 20 {
			refusedAs(t, a, from("192.0.2.9", basicOf("ADAM", "old")), passwordText, "Wrong user name or password")
		}
		if _, err := a.Authenticate(t.Context(), from("10.0.0.1", basicOf("alice", "guess"))); !errors.Is(err, auth.ErrLimited) {
			t.Errorf("error is %v, want ErrLimited", err)
		}
		for i := range 10 { // what cannot be judged is nobody's fault
			_, err := a.Authenticate(t.Context(), from("192.0.2.9", basicOf("adam", fmt.Sprint("guess-", i))))
			if !errors.Is(err, auth.ErrUnavailable) || !strings.HasPrefix(auth.Reason(err), "ldap: ") {
				t.Errorf("error is %v (%s), want ErrUnavailable", err, auth.Reason(err))
			}
		}
	})
}
