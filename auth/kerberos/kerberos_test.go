package kerberos_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
	"go.uber.org/goleak"

	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/internal/testpeer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// realm is a KDC, a keytab of HTTP/localhost, and what acceptors log.
type realm struct {
	*testpeer.KDCServer
	keytab string
	log    *logged
}

func start(t testing.TB) *realm {
	t.Helper()
	r := &realm{KDCServer: testpeer.KDC(t), keytab: filepath.Join(t.TempDir(), "http.keytab"), log: new(logged)}
	r.Keytab(t, service, r.keytab)
	return r
}

func (r *realm) acceptor(t testing.TB, realms ...string) *kerberos.Acceptor {
	t.Helper()
	a, err := kerberos.New(kerberos.Config{
		Keytab: r.keytab, Principal: service + "@" + testpeer.Realm, Realms: realms, Log: slog.New(slog.NewTextHandler(r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func accepted(t testing.TB, a *kerberos.Acceptor, token []byte) kerberos.Ticket {
	t.Helper()
	got, err := a.Accept(token)
	if err != nil {
		t.Fatalf("a good ticket: %v", err)
	}
	return got
}

func refused(t testing.TB, a *kerberos.Acceptor, token []byte, why string) {
	t.Helper()
	got, err := a.Accept(token)
	if !errors.Is(err, kerberos.ErrTicket) || !strings.HasPrefix(err.Error(), why) {
		t.Errorf("error %v; want it refused with %q", err, why)
	}
	if got.Name != "" || got.Realm != "" || got.Reply != nil {
		t.Errorf("a refused ticket gives %+v", got)
	}
}

// OK-19, I01, I06
func TestATicketSaysWhoItsHolderIsAndIsGoodOnce(t *testing.T) {
	r := start(t)
	a := r.acceptor(t)
	alice := r.Ticket(t, "alice", service)
	token := alice.Token(t)
	got := accepted(t, a, token)
	if left := time.Until(got.Expires); got.Name != "alice" || got.Realm != testpeer.Realm || left > time.Hour || left < 30*time.Minute {
		t.Errorf("%+v", got)
	}
	refused(t, a, token, "it was shown before")
	refused(t, a, append(token, 0), "it was shown before") // the same in another shape
	accepted(t, a, alice.Token(t))                         // the ticket again, which its holder shows anew
	if got := accepted(t, a, r.Ticket(t, "alice/admin", service).Token(t)); got.Name != "alice/admin" {
		t.Errorf("alice/admin is %+v", got)
	}

	t.Run("once among many at once", func(t *testing.T) {
		token, good := r.Ticket(t, "bob", service).Token(t), atomic.Int32{}
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() {
				if _, err := a.Accept(token); err == nil {
					good.Add(1)
				}
			})
		}
		calls.Wait()
		if good.Load() != 1 {
			t.Errorf("accepted %d times", good.Load())
		}
	})
	t.Run("once among acceptors that share", func(t *testing.T) {
		var used kerberos.Used
		first, second := r.acceptor(t), r.acceptor(t)
		first.Share(&used)
		second.Share(&used)
		token := r.Ticket(t, "bob", service).Token(t)
		accepted(t, first, token)
		refused(t, second, token, "it was shown before")
	})
}

// I02, I06
func TestTicketsOfAndForOthersAreRefused(t *testing.T) {
	r := start(t)
	r.Keytab(t, "HTTP/other", r.keytab)
	home, both := r.acceptor(t), r.acceptor(t, testpeer.Realm, testpeer.OtherRealm)
	// The keytab has that service's key; it is not the one that is configured.
	refused(t, home, r.Ticket(t, "bob", "HTTP/other").Token(t), "it is for another service")
	// Of the service of the same name in another realm.
	refused(t, home, r.Ticket(t, "alice@"+testpeer.OtherRealm, service+"@"+testpeer.OtherRealm).Token(t), "it is for another service")
	// Over the trust between the realms.
	refused(t, home, r.Ticket(t, "carol@"+testpeer.OtherRealm, service).Token(t), "users of this realm are not accepted")
	if got := accepted(t, both, r.Ticket(t, "carol@"+testpeer.OtherRealm, service).Token(t)); got.Name != "carol" || got.Realm != testpeer.OtherRealm {
		t.Errorf("carol is %+v", got)
	}
	refused(t, r.acceptor(t, testpeer.OtherRealm), r.Ticket(t, "alice", service).Token(t), "users of this realm are not accepted")
}

// I02, I05: the KDC's own tickets, at other times.
func TestTicketsHaveTheirTime(t *testing.T) {
	r := start(t)
	alice := r.Ticket(t, "alice", service)
	began := time.Now()
	shown := alice.Token(t)
	synctest.Test(t, func(t *testing.T) {
		a := r.acceptor(t)
		at := func(d time.Duration) { time.Sleep(time.Until(began.Add(d).Round(0))) } // on a clock that jumps there
		at(-6 * time.Minute)
		refused(t, a, alice.Token(t), "it is not yet valid")
		at(-4 * time.Minute)
		accepted(t, a, alice.Token(t))
		at(6 * time.Minute)
		refused(t, a, shown, "clock skew")
		accepted(t, a, alice.Token(t))
		at(64 * time.Minute)
		accepted(t, a, alice.Token(t))
		at(66 * time.Minute)
		refused(t, a, alice.Token(t), "it has expired")
	})
}

// I02: a key that is not the service's any more, or not yet.
func TestTheKeytabIsReadAgainWhenItChanges(t *testing.T) {
	r := start(t)
	a := r.acceptor(t)
	old := r.Ticket(t, "alice", service)
	accepted(t, a, old.Token(t))

	r.Rotate(t, service)
	fresh := r.Ticket(t, "alice", service)
	refused(t, a, fresh.Token(t), "the keytab has no key of the ticket's version and type; it has version 1 type 18")
	r.Keytab(t, service, r.keytab)
	accepted(t, a, fresh.Token(t))
	accepted(t, a, old.Token(t)) // ktadd adds

	good, err := os.ReadFile(r.keytab)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(r.keytab+".new", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(r.keytab+".new", r.keytab); err != nil {
			t.Fatal(err)
		}
	}
	for broken, spoil := range map[string]func(){
		"half":    func() { replace(good[:len(good)/2]) },
		"empty":   func() { replace(nil) },
		"another": func() { replace([]byte("\x05\x02")) },
		"gone":    func() { _ = os.Remove(r.keytab) },
	} {
		replace(good)
		accepted(t, a, fresh.Token(t))
		before := strings.Count(r.log.String(), "the old keys stay")
		spoil()
		accepted(t, a, fresh.Token(t))
		accepted(t, a, fresh.Token(t))
		if n := strings.Count(r.log.String(), "the old keys stay"); n != before+1 {
			t.Errorf("%s: logged %d times, not once", broken, n-before)
		}
	}
	if strings.Contains(r.log.String(), `\x00`) {
		t.Errorf("the log quotes a keytab: %s", r.log)
	}
	replace(good)
	accepted(t, a, fresh.Token(t))

	elsewhere := filepath.Join(t.TempDir(), "new.keytab")
	r.Rotate(t, service)
	r.Keytab(t, service, elsewhere)
	newest, err := os.ReadFile(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	replace(newest)
	refused(t, a, fresh.Token(t), "the keytab has no key of the ticket's version and type; it has version 3")
}

// I08
func TestWeakKeysAreNotUsed(t *testing.T) {
	r := start(t)
	// A session key of AES, so that the ticket is weak and nothing else.
	r.Admin(t, testpeer.Realm, "setstr", service, "session_enctypes", "aes256-cts")
	r.Rotate(t, service, "arcfour-hmac:normal")
	r.Keytab(t, service, r.keytab)
	a := r.acceptor(t)
	if !strings.Contains(r.log.String(), "keys of weak types") {
		t.Errorf("nothing is said of the RC4 key: %s", r.log)
	}
	refused(t, a, r.Ticket(t, "alice", service).Token(t), "it is encrypted by a weak or unknown algorithm")

	weak := filepath.Join(t.TempDir(), "weak.keytab")
	r.Keytab(t, service, weak)
	_, err := kerberos.New(kerberos.Config{Keytab: weak, Principal: service + "@" + testpeer.Realm, Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.HasPrefix(err.Error(), "kerberos.keytab: ") || !strings.Contains(err.Error(), "only keys of weak or unknown types") {
		t.Errorf("a keytab of RC4 alone: %v", err)
	}
}

func TestSettingsAtFaultAreNamed(t *testing.T) {
	f := newForge(t)
	write := func(name string, text []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	good := kerberos.Config{Keytab: f.file, Principal: service + "@" + testpeer.Realm}
	for name, tt := range map[string]struct {
		change func(c *kerberos.Config)
		want   []string
	}{
		"nothing at all":      {func(c *kerberos.Config) { *c = kerberos.Config{} }, []string{"kerberos.principal: "}},
		"no keytab":           {func(c *kerberos.Config) { c.Keytab = "" }, []string{"kerberos.keytab: is required"}},
		"no such file":        {func(c *kerberos.Config) { c.Keytab += "x" }, []string{"kerberos.keytab: open ", "no such file"}},
		"a folder":            {func(c *kerberos.Config) { c.Keytab = t.TempDir() }, []string{"kerberos.keytab: ", "not a regular file"}},
		"half a keytab":       {func(c *kerberos.Config) { c.Keytab = write("half", text[:len(text)/2]) }, []string{"kerberos.keytab: ", "not a keytab"}},
		"text":                {func(c *kerberos.Config) { c.Keytab = write("text", []byte("-----BEGIN")) }, []string{"kerberos.keytab: ", "not a keytab"}},
		"too large":           {func(c *kerberos.Config) { c.Keytab = write("large", make([]byte, 1<<20+1)) }, []string{"kerberos.keytab: ", "larger than"}},
		"another service":     {func(c *kerberos.Config) { c.Principal = "HTTP/lake@LAKE.TEST" }, []string{"kerberos.keytab: ", "has no key for HTTP/lake@LAKE.TEST"}},
		"another realm":       {func(c *kerberos.Config) { c.Principal = service + "@lake.test" }, []string{"kerberos.keytab: ", "has no key for HTTP/localhost@lake.test"}},
		"no realm":            {func(c *kerberos.Config) { c.Principal = service }, []string{"kerberos.principal: "}},
		"no host":             {func(c *kerberos.Config) { c.Principal = "HTTP@LAKE.TEST" }, []string{"kerberos.principal: "}},
		"two realms":          {func(c *kerberos.Config) { c.Principal += "@X" }, []string{"kerberos.principal: "}},
		"a realm with a user": {func(c *kerberos.Config) { c.Realms = []string{"A@B", " "} }, []string{`kerberos.realms: "A@B"`, `kerberos.realms: " "`}},
		"six minutes":         {func(c *kerberos.Config) { c.Skew = 6 * time.Minute }, []string{"kerberos.skew: "}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			tt.change(&cfg)
			cfg.Log = slog.New(slog.DiscardHandler)
			_, err := kerberos.New(cfg)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v; want %q", err, want)
				}
			}
		})
	}
	if _, err := kerberos.New(good); err == nil || !strings.Contains(err.Error(), "kerberos.log: ") {
		t.Errorf("without a log: %v", err)
	}
}

func TestAKeytabThatAllCanReadIsWarnedOf(t *testing.T) {
	r, f := &realm{log: new(logged)}, newForge(t)
	r.keytab = f.file
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		if err := os.Chmod(r.keytab, mode); err != nil {
			t.Fatal(err)
		}
		before := r.log.String()
		r.acceptor(t)
		if got := strings.Contains(strings.TrimPrefix(r.log.String(), before), "open to every user"); got != warned {
			t.Errorf("mode %o: warned %v", mode, got)
		}
	}
}

// The reply says that all is done, and to who asked for it that the service could
// read the ticket (RFC 4120, section 3.2.4).
func TestTheReplyProvesTheService(t *testing.T) {
	f := newForge(t)
	a := f.acceptor(t)
	ticket := f.ticket(t, nil)
	var said types.Authenticator
	ticket.Change = func(a *types.Authenticator) { said = *a }
	for _, mechanism := range []gssapi.OIDName{gssapi.OIDKRB5, gssapi.OIDMSLegacyKRB5} {
		for _, mutual := range []bool{false, true} {
			ticket.Mutual = mutual
			got := accepted(t, a, ticket.Token(t, mechanism))
			var outer spnego.NegTokenResp
			if err := outer.Unmarshal(got.Reply); err != nil {
				t.Fatal(err)
			}
			if outer.State() != spnego.NegStateAcceptCompleted || !outer.SupportedMech.Equal(mechanism.OID()) {
				t.Errorf("reply is %+v", outer)
			}
			if !mutual {
				if outer.ResponseToken != nil {
					t.Error("a proof that nobody asked for")
				}
				continue
			}
			var inner spnego.KRB5Token
			if err := inner.Unmarshal(outer.ResponseToken); err != nil || !inner.IsAPRep() {
				t.Fatalf("no AP-REP: %v", err)
			}
			plain, err := crypto.DecryptEncPart(inner.APRep.EncPart, ticket.Key, keyusage.AP_REP_ENCPART)
			if err != nil {
				t.Fatal(err)
			}
			var part messages.EncAPRepPart
			if err := part.Unmarshal(plain); err != nil || !part.CTime.Equal(said.CTime.Truncate(time.Second)) || part.Cusec != said.Cusec {
				t.Errorf("AP-REP says %+v to %+v: %v", part, said, err)
			}
		}
	}
}
