package auth_test

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/internal/testpeer"
)

const webService = "HTTP/localhost"

const ticketRefused = "the Kerberos ticket is not accepted"

// kerberized is settings for tickets of kdc.
func kerberized(t *testing.T, kdc *testpeer.KDCServer, realms ...string) auth.Config {
	t.Helper()
	keytab := filepath.Join(t.TempDir(), "http.keytab")
	kdc.Keytab(t, webService, keytab)
	return auth.Config{Kerberos: &kerberos.Config{
		Keytab: keytab, Principal: webService + "@" + testpeer.Realm, Realms: realms, Log: slog.New(slog.DiscardHandler),
	}}
}

func negotiates(t testing.TB, a *auth.Authenticator, values ...string) (auth.Answer, error) {
	t.Helper()
	return a.Authenticate(t.Context(), auth.Shown{Authorization: values})
}

func admitTicket(t testing.TB, a *auth.Authenticator, value string) auth.Principal {
	t.Helper()
	answer, err := negotiates(t, a, value)
	if err != nil {
		t.Fatalf("a good ticket: %v (%s)", err, auth.Reason(err))
	}
	if answer.Negotiate == "" || answer.Token != "" {
		t.Errorf("answer to a ticket is %+v", answer)
	}
	return answer.Principal
}

// refuseTicket checks what the client reads and what the log says.
func refuseTicket(t testing.TB, a *auth.Authenticator, value, class, reason string) {
	t.Helper()
	answer, err := negotiates(t, a, value)
	if !errors.Is(err, auth.ErrUnauthenticated) || err.Error() != class || !strings.HasPrefix(auth.Reason(err), reason) {
		t.Errorf("error is %v, reason %q; want %q, reason %q", err, auth.Reason(err), class, reason)
	}
	if answer.Principal.Subject != "" || answer.Principal.User != "" || answer.Negotiate != "" {
		t.Errorf("a refused ticket gives %+v", answer)
	}
}

// OK-19, I01, I02, I06, I07
func TestATicketNamesItsHolderAndNobodyElse(t *testing.T) {
	kdc := testpeer.KDC(t)
	cfg := kerberized(t, kdc)
	var log logged
	cfg.Log = log.logger()
	a := start(t, cfg)
	first := kdc.Ticket(t, "alice", webService).Header(t)
	alice := admitTicket(t, a, first)
	// MIT's KDC puts a PAC into each ticket. Nobody reads it.
	if alice.Provider != "kerberos" || alice.Method != auth.ByKerberos || alice.User != "alice" || alice.Subject != "alice@LAKE.TEST" ||
		alice.Groups != nil || alice.Scopes != nil || alice.Claims != nil || alice.Service || alice.Expires.IsZero() {
		t.Errorf("principal is %+v", alice)
	}
	refuseTicket(t, a, first, ticketRefused, "Ticket not accepted: it was shown before")
	admin := admitTicket(t, a, kdc.Ticket(t, "alice/admin", webService).Header(t))
	if admin.User != "alice/admin" || admin.Subject != "alice/admin@LAKE.TEST" || admin.Key() == alice.Key() {
		t.Errorf("alice/admin is %+v", admin)
	}
	strangers := kdc.Ticket(t, "alice@"+testpeer.OtherRealm, webService)
	refuseTicket(t, a, strangers.Header(t), ticketRefused, "Ticket not accepted: users of this realm are not accepted")
	refuseTicket(t, a, kdc.Ticket(t, "alice", "HTTP/other").Header(t), ticketRefused, "Ticket not accepted: it is for another service")

	both := start(t, auth.Config{Kerberos: kerberized(t, kdc, testpeer.Realm, testpeer.OtherRealm).Kerberos})
	if p := admitTicket(t, both, strangers.Header(t)); p.User != "alice" || p.Subject != "alice@OTHER.TEST" || p.Key() == alice.Key() {
		t.Errorf("alice of the other realm is %+v", p)
	}
	if text := log.String(); strings.Contains(text, "YII") || strings.Contains(text, strings.TrimPrefix(first, "Negotiate ")) {
		t.Errorf("a ticket is in the log: %s", text)
	}
}

// I06
func TestNamesOfTicketsAreMapped(t *testing.T) {
	kdc := testpeer.KDC(t)
	cfg := kerberized(t, kdc)
	cfg.Names = []auth.NameRule{
		{Provider: "kerberos", Pattern: regexp.MustCompile(`(\w+)/admin`), User: "$1"},
		{Provider: "kerberos", Pattern: regexp.MustCompile(`bob`)},
	}
	a := start(t, cfg)
	if p := admitTicket(t, a, kdc.Ticket(t, "alice/admin", webService).Header(t)); p.User != "alice" || p.Subject != "alice/admin@LAKE.TEST" {
		t.Errorf("principal is %+v", p)
	}
	refuseTicket(t, a, kdc.Ticket(t, "bob", webService).Header(t), "the token is not accepted", "User name refused by a rule for names")
}

// I07: who has no groups but those of a PAC is in none.
func TestGroupsOfTicketsComeFromAFile(t *testing.T) {
	kdc := testpeer.KDC(t)
	cfg := kerberized(t, kdc)
	cfg.Groups = auth.GroupRules{File: filepath.Join(t.TempDir(), "groups"), Required: []string{"engineers"}}
	if err := os.WriteFile(cfg.Groups.File, []byte("engineers:alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := start(t, cfg)
	if p := admitTicket(t, a, kdc.Ticket(t, "alice", webService).Header(t)); len(p.Groups) != 1 || p.Groups[0] != "engineers" {
		t.Errorf("principal is %+v", p)
	}
	if _, err := negotiates(t, a, kdc.Ticket(t, "alice/admin", webService).Header(t)); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("alice/admin: %v", err)
	}
}

// OK-19: a handshake gives a token of ours for the ticket, for as long as that at most.
func TestATicketGetsATokenOfOurs(t *testing.T) {
	kdc := testpeer.KDC(t)
	cfg := kerberized(t, kdc)
	a := start(t, cfg)
	ticket := kdc.Ticket(t, "alice/admin", webService)
	in, err := a.Login(t.Context(), auth.Shown{Authorization: []string{ticket.Header(t)}})
	if err != nil {
		t.Fatalf("%v (%s)", err, auth.Reason(err))
	}
	if !strings.HasPrefix(in.Token, "lgt1_") || in.Negotiate == "" {
		t.Errorf("answer is %+v", in)
	}
	again := admit(t, a, in.Token)
	if again.Key() != in.Principal.Key() || again.Method != auth.ByKerberos || again.Expires.After(in.Principal.Expires) {
		t.Errorf("%+v became %+v", in.Principal, again)
	}
	key := rs256(t, "k")
	if err := a.Update(auth.Config{Providers: []auth.Provider{okera(key.PEM(t))}, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	denied(t, a, in.Token, "Whoever vouched for the token's holder is no longer in the settings")
	refuseTicket(t, a, ticket.Header(t), ticketRefused, "Kerberos is not configured")
}

// I01: also under other settings.
func TestATicketShownBeforeAnUpdateIsRefusedAfterIt(t *testing.T) {
	kdc := testpeer.KDC(t)
	cfg := kerberized(t, kdc)
	cfg.Log = slog.New(slog.DiscardHandler)
	a := start(t, cfg)
	header := kdc.Ticket(t, "alice", webService).Header(t)
	admitTicket(t, a, header)
	if err := a.Update(cfg); err != nil {
		t.Fatal(err)
	}
	refuseTicket(t, a, header, ticketRefused, "Ticket not accepted: it was shown before")
}

// G02, I04, and other shapes of the header.
func TestShapesOfNegotiate(t *testing.T) {
	kdc := testpeer.KDC(t)
	a := start(t, kerberized(t, kdc))
	alice := kdc.Ticket(t, "alice", webService)
	fresh := func() string { return strings.TrimPrefix(alice.Header(t), "Negotiate ") }
	const malformed = `exactly one authorization value is required, of the form "Bearer <token>", "Basic <base64>" or "Negotiate <base64>"`
	ntlm := base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x01\x00\x00\x00\x97\x82\x08\xe2"))
	for name, tt := range map[string]struct{ value, class, reason string }{
		"no token":            {"Negotiate", malformed, "Malformed credential"},
		"a blank":             {"Negotiate ", malformed, "Malformed credential"},
		"two blanks":          {"Negotiate  " + fresh(), malformed, "Malformed credential"},
		"a blank after it":    {"Negotiate " + fresh() + " ", malformed, "Malformed credential"},
		"a tab":               {"Negotiate\t" + fresh(), malformed, "Authorization scheme not supported"},
		"two in one value":    {"Negotiate " + fresh() + ",Negotiate " + fresh(), malformed, "Malformed credential"},
		"a line end within":   {"Negotiate " + fresh()[:76] + "\r\n" + fresh()[76:], malformed, "Malformed credential"},
		"Kerberos":            {"Kerberos " + fresh(), malformed, "Authorization scheme not supported"},
		"NTLM":                {"NTLM " + ntlm, malformed, "Authorization scheme not supported"},
		"NTLM in it":          {"Negotiate " + ntlm, ticketRefused, "Ticket not accepted: not a first token of SPNEGO"},
		"an empty token":      {"Negotiate =", ticketRefused, "Malformed Negotiate credential: not base64"},
		"base64url":           {"Negotiate " + strings.NewReplacer("+", "-", "/", "_", "A", "_").Replace(fresh()), ticketRefused, "Malformed Negotiate credential: not base64"},
		"without its padding": {"Negotiate " + strings.TrimRight(fresh(), "=") + "A", ticketRefused, ""},
		"as a bearer token":   {"Bearer " + fresh(), "the token is not accepted", "Malformed token"},
		"a megabyte":          {"Negotiate " + strings.Repeat("A", 1<<20), ticketRefused, "Malformed Negotiate credential: too long"},
	} {
		t.Run(name, func(t *testing.T) { refuseTicket(t, a, tt.value, tt.class, tt.reason) })
	}
	for _, word := range []string{"negotiate", "NEGOTIATE"} {
		admitTicket(t, a, word+" "+fresh())
	}
	good := "Negotiate " + fresh()
	for _, values := range [][]string{{good, "Bearer x"}, {"Bearer x", good}, {good, good}} {
		if _, err := negotiates(t, a, values...); !errors.Is(err, auth.ErrUnauthenticated) || auth.Reason(err) != "Several authorization values" {
			t.Errorf("two values: %v (%s)", err, auth.Reason(err))
		}
	}
	admitTicket(t, a, good) // it was not looked at
}

// OK-19: curl, and a program that has MIT's library check the server's proof.
func TestClientsOfOthersNegotiate(t *testing.T) {
	testpeer.Require(t, testpeer.Curl, "python3")
	kdc := testpeer.KDC(t)
	a := start(t, kerberized(t, kdc))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := a.Authenticate(r.Context(), auth.Shown{Authorization: r.Header.Values("Authorization")})
		if err != nil {
			for _, c := range a.Challenges() {
				w.Header().Add("WWW-Authenticate", c)
			}
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		w.Header().Set("WWW-Authenticate", "Negotiate "+answer.Negotiate)
		_, _ = w.Write([]byte("hello " + answer.Principal.User))
	}))
	defer server.Close()
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	curl := []string{"curl", "--silent", "--show-error", "--max-time", "60", "--noproxy", "*", "--negotiate", "--user", ":", url}
	run := func(argv, env []string) string {
		cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", argv[0], err, out)
		}
		return strings.TrimSpace(string(out))
	}
	env := kdc.Login(t, "alice/admin", testpeer.KDCPassword("alice/admin"))
	if got := run(curl, env); got != "hello alice/admin" {
		t.Errorf("curl got %q", got)
	}
	if got := run([]string{"python3", filepath.Join("testdata", "gss_client.py"), url}, env); got != "hello alice/admin" {
		t.Errorf("MIT's library got %q", got)
	}
	none := []string{"KRB5CCNAME=FILE:" + filepath.Join(t.TempDir(), "none"), "KRB5_CONFIG=" + kdc.Config}
	if got := run(curl, none); got != "a credential is required: a bearer token, or what else this server takes" {
		t.Errorf("curl without a ticket got %q", got)
	}
}

// Each fault of auth.kerberos stops the start under its own name.
func TestKerberosSettingsAtFaultAreNamed(t *testing.T) {
	_, err := auth.New(t.Context(), auth.Config{
		Log:      slog.New(slog.DiscardHandler),
		Kerberos: &kerberos.Config{Keytab: filepath.Join(t.TempDir(), "none"), Principal: "HTTP/x@Y", Realms: []string{""}, Log: slog.New(slog.DiscardHandler)},
	})
	for _, want := range []string{"auth.kerberos.keytab: ", "auth.kerberos.realms: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}
