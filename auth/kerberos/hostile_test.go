package kerberos_test

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/internal/testpeer"
)

// wrapped is a first SPNEGO token around any inner one.
func wrapped(t testing.TB, inner []byte, mechanisms ...gssapi.OIDName) []byte {
	t.Helper()
	first := spnego.NegTokenInit{MechTokenBytes: inner}
	for _, m := range mechanisms {
		first.MechTypes = append(first.MechTypes, m.OID())
	}
	token := spnego.SPNEGOToken{Init: true, NegTokenInit: first}
	text, err := token.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// I04, and other first tokens that are none of Kerberos.
func TestOtherMechanismsAreRefused(t *testing.T) {
	f := newForge(t)
	a := f.acceptor(t)
	ntlm := append([]byte("NTLMSSP\x00\x01\x00\x00\x00"), make([]byte, 28)...)
	good := f.ticket(t, nil).Token(t)
	var outer spnego.SPNEGOToken
	if err := outer.Unmarshal(good); err != nil {
		t.Fatal(err)
	}
	inner := outer.NegTokenInit.MechTokenBytes
	said := messages.NewKRBError(types.PrincipalName{NameString: []string{"HTTP", "localhost"}}, testpeer.Realm, 0, "fine")
	krbError, err := said.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	frame, err := asn1.Marshal(asn1.ObjectIdentifier(gssapi.OIDKRB5.OID()))
	if err != nil {
		t.Fatal(err)
	}
	krbError = asn1tools.AddASNAppTag(append(append(frame, 3, 0), krbError...), 0) // RFC 4121, section 4.1
	second := spnego.NegTokenResp{SupportedMech: gssapi.OIDKRB5.OID(), ResponseToken: inner}
	resp, err := second.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		token []byte
		want  string
	}{
		"nothing":                    {nil, "the token is empty"},
		"NTLM by itself":             {ntlm, "not a first token of SPNEGO"},
		"NTLM under Kerberos' name":  {wrapped(t, ntlm, gssapi.OIDKRB5), "the SPNEGO token holds no ticket"},
		"another mechanism":          {wrapped(t, inner, gssapi.OIDGSSIAKerb), "the client's first mechanism is not Kerberos"},
		"Kerberos as second choice":  {wrapped(t, inner, gssapi.OIDGSSIAKerb, gssapi.OIDKRB5), "the client's first mechanism is not Kerberos"},
		"no mechanism":               {wrapped(t, inner), "the client's first mechanism is not Kerberos"},
		"no ticket":                  {wrapped(t, nil, gssapi.OIDKRB5), "the SPNEGO token holds no ticket"},
		"a KRB-ERROR":                {wrapped(t, krbError, gssapi.OIDKRB5), "the SPNEGO token holds no ticket"},
		"Kerberos outside of SPNEGO": {inner, "not a first token of SPNEGO"},
		"a second token":             {resp, "not a first token of SPNEGO"},
		"larger than any":            {append(good, make([]byte, kerberos.MaxToken)...), "the token is too long"},
		"a length that is not there": {[]byte{0x60, 0x84, 0x7f, 0xff, 0xff, 0xff}, "not a first token of SPNEGO"},
		"lengths within lengths":     {bytes.Repeat([]byte{0x60, 0x82, 0xff, 0xff}, 1000), "not a first token of SPNEGO"},
		"NTLM in SPNEGO":             {ntlmOffer, "the client's first mechanism is not Kerberos"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, a, tt.token, tt.want) })
	}
	accepted(t, a, good) // none of these has used it up
}

// ntlmOffer is a NegTokenInit for 1.3.6.1.4.1.311.2.2.10 with an NTLM message.
var ntlmOffer = append([]byte{
	0x60, 0x40, 0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02, 0xa0, 0x36, 0x30, 0x34, 0xa0, 0x0e, 0x30, 0x0c, 0x06, 0x0a,
	0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a, 0xa2, 0x22, 0x04, 0x20,
}, append([]byte("NTLMSSP\x00\x01\x00\x00\x00\x97\x82\x08\xe2"), make([]byte, 16)...)...)

// I03: a ticket that was changed on its way is refused, or, where the change meant
// nothing, still good for its holder alone and once. Nothing panics.
func TestI03DamagedTokensAreRefused(t *testing.T) {
	r := start(t)
	a := r.acceptor(t)
	token := r.Ticket(t, "alice", service).Token(t)
	whole := 0
	for i := range token {
		for bit := range 8 {
			damaged := bytes.Clone(token)
			damaged[i] ^= 1 << bit
			got, err := a.Accept(damaged)
			switch {
			case err == nil:
				whole++
				if got.Name != "alice" {
					t.Errorf("bit %d of byte %d makes alice %+v", bit, i, got)
				}
			case !errors.Is(err, kerberos.ErrTicket):
				t.Errorf("bit %d of byte %d: %v", bit, i, err)
			case err.Error() == "malformed: the library cannot read it":
				t.Errorf("bit %d of byte %d: the library panicked", bit, i)
			}
		}
		if _, err := a.Accept(token[:i]); !errors.Is(err, kerberos.ErrTicket) {
			t.Errorf("the first %d bytes: %v", i, err)
		}
	}
	if whole > 1 {
		t.Errorf("one use was accepted %d times", whole)
	}
}

// FuzzAccept: nothing that the key's holder did not seal is accepted, and no input
// makes the library panic.
func FuzzAccept(f *testing.F) {
	forged := newForge(f)
	a := forged.acceptor(f)
	good := forged.ticket(f, nil).Token(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(ntlmOffer)
	f.Fuzz(func(t *testing.T, token []byte) {
		got, err := a.Accept(token)
		switch {
		case err == nil && got.Name != "alice":
			t.Errorf("accepted %+v", got)
		case err != nil && !errors.Is(err, kerberos.ErrTicket), err != nil && err.Error() == "malformed: the library cannot read it":
			t.Errorf("%v", err)
		}
	})
}

// FuzzAuthenticator: the same for what a user seals who has a ticket.
func FuzzAuthenticator(f *testing.F) {
	forged := newForge(f)
	a := forged.acceptor(f)
	ticket := forged.ticket(f, nil)
	var plain []byte
	ticket.Request = func(r *messages.APReq) {
		text, err := crypto.DecryptEncPart(r.EncryptedAuthenticator, ticket.Key, keyusage.AP_REQ_AUTHENTICATOR)
		if err != nil {
			f.Fatal(err)
		}
		plain = text
	}
	ticket.Token(f)
	f.Add(plain)
	f.Add(plain[:len(plain)/2])
	f.Fuzz(func(t *testing.T, plain []byte) {
		ticket := ticket
		ticket.Request = func(r *messages.APReq) {
			sealed, err := crypto.GetEncryptedData(plain, ticket.Key, keyusage.AP_REQ_AUTHENTICATOR, 0)
			if err != nil {
				t.Fatal(err)
			}
			r.EncryptedAuthenticator = sealed
		}
		got, err := a.Accept(ticket.Token(t))
		switch {
		case err == nil && got.Name != "alice":
			t.Errorf("accepted %+v", got)
		case err != nil && !errors.Is(err, kerberos.ErrTicket), err != nil && err.Error() == "malformed: the library cannot read it":
			t.Errorf("%v", err)
		}
	})
}

// FuzzKeytab: a file either has the service's key or is an error that quotes none of it.
func FuzzKeytab(f *testing.F) {
	forged := newForge(f)
	text, err := os.ReadFile(forged.file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte("\x05\x02\xff\xff\xff\xf0\x7f\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := kerberos.New(kerberos.Config{Keytab: file, Principal: service + "@" + testpeer.Realm, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			return
		}
		says := strings.TrimPrefix(err.Error(), "kerberos.keytab: "+file+": ")
		if !slices.ContainsFunc([]string{"not a keytab", "has no key for " + service, "has only keys of"}, func(p string) bool { return strings.HasPrefix(says, p) }) {
			t.Errorf("%v", err)
		}
	})
}
