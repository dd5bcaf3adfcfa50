package kerberos_test

import (
	"bytes"
	"encoding/asn1"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/adtype"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/internal/testpeer"
)

const service = "HTTP/localhost"

// logged is what a test's acceptor logs.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// forge makes tickets that no KDC would: it knows a service's key.
type forge struct {
	file string // the keytab
	keys *keytab.Keytab
}

// newForge has one AES key of version 2.
func newForge(t testing.TB) *forge {
	t.Helper()
	f := &forge{file: filepath.Join(t.TempDir(), "http.keytab"), keys: keytab.New()}
	f.add(t, 2, etypeID.AES256_CTS_HMAC_SHA1_96)
	f.write(t)
	return f
}

func (f *forge) add(t testing.TB, version uint8, etype int32) {
	t.Helper()
	if err := f.keys.AddEntry(service, testpeer.Realm, "forged", time.Unix(1, 0), version, etype); err != nil {
		t.Fatal(err)
	}
}

func (f *forge) write(t testing.TB) {
	t.Helper()
	text, err := f.keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *forge) acceptor(t testing.TB, realms ...string) *kerberos.Acceptor {
	t.Helper()
	a, err := kerberos.New(kerberos.Config{
		Keytab: f.file, Principal: service + "@" + testpeer.Realm, Realms: realms, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sealedPart is what only the service can read of a ticket (RFC 4120, section 5.3).
type sealedPart struct {
	Flags             asn1.BitString             `asn1:"explicit,tag:0"`
	Key               types.EncryptionKey        `asn1:"explicit,tag:1"`
	CRealm            string                     `asn1:"explicit,tag:2"`
	CName             types.PrincipalName        `asn1:"explicit,tag:3"`
	Transited         messages.TransitedEncoding `asn1:"explicit,tag:4"`
	AuthTime          time.Time                  `asn1:"generalized,explicit,tag:5"`
	StartTime         time.Time                  `asn1:"generalized,explicit,tag:6"`
	EndTime           time.Time                  `asn1:"generalized,explicit,tag:7"`
	CAddr             types.HostAddresses        `asn1:"explicit,optional,tag:9"`
	AuthorizationData types.AuthorizationData    `asn1:"explicit,optional,tag:10"`
}

func (p *sealedPart) set(flag int) { p.Flags.Bytes[flag/8] |= 0x80 >> (flag % 8) }

// ticket is alice's, for an hour, as change spoils it.
func (f *forge) ticket(t testing.TB, change func(p *sealedPart)) testpeer.ServiceTicket {
	t.Helper()
	return f.by(t, 2, etypeID.AES256_CTS_HMAC_SHA1_96, change)
}

// by is ticket by a certain key.
func (f *forge) by(t testing.TB, version int, etype int32, change func(p *sealedPart)) testpeer.ServiceTicket {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	part := sealedPart{
		Flags:  asn1.BitString{Bytes: make([]byte, 4), BitLength: 32},
		Key:    types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: bytes.Repeat([]byte{7}, 32)},
		CRealm: testpeer.Realm, CName: types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, "alice"),
		AuthTime: now, StartTime: now, EndTime: now.Add(time.Hour),
	}
	if change != nil {
		change(&part)
	}
	plain, err := asn1.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	plain = asn1tools.AddASNAppTag(plain, asnAppTag.EncTicketPart)
	name := types.NewPrincipalName(nametype.KRB_NT_SRV_INST, service)
	key, _, err := f.keys.GetEncryptionKey(name, testpeer.Realm, version, etype)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := crypto.GetEncryptedData(plain, key, keyusage.KDC_REP_TICKET, version)
	if err != nil {
		t.Fatal(err)
	}
	return testpeer.ServiceTicket{
		Ticket: messages.Ticket{TktVNO: 5, Realm: testpeer.Realm, SName: name, EncPart: sealed},
		Key:    part.Key, User: strings.Join(part.CName.NameString, "/"), Realm: part.CRealm,
	}
}

// What a ticket says, and what its holder says, is judged, whether or not any KDC or
// client would say it.
func TestEachPartOfATicketIsJudged(t *testing.T) {
	f := newForge(t)
	a := f.acceptor(t, testpeer.Realm, testpeer.OtherRealm)
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	named := func(parts ...string) func(*sealedPart) {
		return func(p *sealedPart) {
			p.CName = types.PrincipalName{NameType: nametype.KRB_NT_PRINCIPAL, NameString: parts}
		}
	}
	through := func(realms string, flag ...int) func(*sealedPart) {
		return func(p *sealedPart) {
			p.CRealm = testpeer.OtherRealm
			p.Transited = messages.TransitedEncoding{TRType: 1, Contents: []byte(realms)}
			for _, i := range flag {
				p.set(i)
			}
		}
	}
	for name, tt := range map[string]struct {
		ticket  func(p *sealedPart)
		says    func(a *types.Authenticator)
		request func(r *messages.APReq)
		want    string // empty: it is accepted
	}{
		"as it should be":                   {},
		"I02 expired six minutes ago":       {ticket: func(p *sealedPart) { p.EndTime = p.EndTime.Add(-minutes(66)) }, want: "it has expired"},
		"I02 expired four minutes ago":      {ticket: func(p *sealedPart) { p.EndTime = p.EndTime.Add(-minutes(64)) }},
		"I02 begins in six minutes":         {ticket: func(p *sealedPart) { p.StartTime = p.StartTime.Add(minutes(6)) }, want: "it is not yet valid"},
		"I02 begins in four minutes":        {ticket: func(p *sealedPart) { p.StartTime = p.StartTime.Add(minutes(4)) }},
		"I02 postdated and not validated":   {ticket: func(p *sealedPart) { p.set(flags.Invalid) }, want: "it is not yet valid"},
		"I02 no key version":                {request: func(r *messages.APReq) { r.Ticket.EncPart.KVNO = 0 }},
		"I02 another key version":           {request: func(r *messages.APReq) { r.Ticket.EncPart.KVNO = 3 }, want: "the keytab has no key of the ticket's version and type; it has version 2 type 18"},
		"I02 another key type":              {request: func(r *messages.APReq) { r.Ticket.EncPart.EType = etypeID.AES128_CTS_HMAC_SHA1_96 }, want: "the keytab has no key of"},
		"I02 another service":               {request: func(r *messages.APReq) { r.Ticket.SName.NameString[1] = "other" }, want: "it is for another service"},
		"I02 another realm's service":       {request: func(r *messages.APReq) { r.Ticket.Realm = testpeer.OtherRealm }, want: "it is for another service"},
		"I03 no service at all":             {request: func(r *messages.APReq) { r.Ticket.SName.NameString = nil }, want: "it is for another service"},
		"I03 a cipher of five bytes":        {request: func(r *messages.APReq) { r.Ticket.EncPart.Cipher = []byte("short") }, want: "malformed ticket"},
		"I03 an authenticator of five":      {request: func(r *messages.APReq) { r.EncryptedAuthenticator.Cipher = []byte("short") }, want: "malformed authenticator"},
		"I03 one byte of the ticket":        {request: func(r *messages.APReq) { r.Ticket.EncPart.Cipher[9]++ }, want: "no key of the keytab decrypts it"},
		"I03 one byte of the authenticator": {request: func(r *messages.APReq) { r.EncryptedAuthenticator.Cipher[9]++ }, want: "who shows it does not hold its key"},
		"I05 clock six minutes behind":      {says: func(a *types.Authenticator) { a.CTime = a.CTime.Add(-minutes(6)) }, want: "clock skew"},
		"I05 clock four minutes behind":     {says: func(a *types.Authenticator) { a.CTime = a.CTime.Add(-minutes(4)) }},
		"I05 clock six minutes ahead":       {says: func(a *types.Authenticator) { a.CTime = a.CTime.Add(minutes(6)) }, want: "clock skew"},
		"I05 clock four minutes ahead":      {says: func(a *types.Authenticator) { a.CTime = a.CTime.Add(minutes(4)) }},
		"I05 a million microseconds":        {says: func(a *types.Authenticator) { a.Cusec = 1_000_000 }, want: "malformed authenticator"},
		"I05 negative microseconds":         {says: func(a *types.Authenticator) { a.Cusec = -1 }, want: "malformed authenticator"},
		"I06 says to be of our realm":       {ticket: through(""), says: func(a *types.Authenticator) { a.CRealm = testpeer.Realm }, want: "who shows it says to be somebody else"},
		"I06 says to be another":            {says: func(a *types.Authenticator) { a.CName.NameString[0] = "bob" }, want: "who shows it says to be somebody else"},
		"I06 a name that holds a slash":     {ticket: named("alice/admin"), says: func(a *types.Authenticator) { a.CName.NameString = []string{"alice/admin"} }, want: "the user's name holds characters"},
		"I06 a name that holds a realm":     {ticket: named("alice@LAKE.TEST"), want: "the user's name holds characters"},
		"I06 a name of two lines":           {ticket: named("alice\nroot"), want: "the user's name holds characters"},
		"I06 an empty part":                 {ticket: named("alice", ""), want: "the user's name holds characters"},
		"I06 anonymous":                     {ticket: named("WELLKNOWN", "ANONYMOUS"), want: "it is nobody's"},
		"I06 a realm that is not listed":    {ticket: func(p *sealedPart) { p.CRealm = "lake.test" }, want: "users of this realm are not accepted"},
		"I06 straight from another realm":   {ticket: through("")},
		"I06 through one, checked":          {ticket: through("MIDDLE.TEST", flags.TransitedPolicyChecked)},
		"I06 through one, unchecked":        {ticket: through("MIDDLE.TEST"), want: "it came through other realms"},
		"I08 a weak session key": {
			ticket: func(p *sealedPart) {
				p.Key = types.EncryptionKey{KeyType: etypeID.RC4_HMAC, KeyValue: make([]byte, 16)}
			},
			want: "its session key is of a weak type",
		},
		"bound to an address": {
			ticket: func(p *sealedPart) { p.CAddr = types.HostAddresses{{AddrType: 2, Address: []byte{127, 0, 0, 1}}} },
			want:   "it is bound to the addresses",
		},
		"made for another use": {says: func(a *types.Authenticator) { a.Cksum.CksumType = 7 }, want: "it was not made for GSS-API"},
		"I07 a PAC of garbage": {ticket: func(p *sealedPart) { p.AuthorizationData = pac(t, []byte("groups: all of them")) }},
	} {
		t.Run(name, func(t *testing.T) {
			ticket := f.ticket(t, tt.ticket)
			ticket.Change, ticket.Request = tt.says, tt.request
			if tt.want != "" {
				refused(t, a, ticket.Token(t), tt.want)
				return
			}
			got, err := a.Accept(ticket.Token(t))
			if err != nil || got.Name != "alice" || got.Realm != ticket.Realm {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// pac is authorization data as Active Directory has it.
func pac(t testing.TB, content []byte) types.AuthorizationData {
	t.Helper()
	inner, err := asn1.Marshal(types.AuthorizationData{{ADType: adtype.ADWin2KPAC, ADData: content}})
	if err != nil {
		t.Fatal(err)
	}
	return types.AuthorizationData{{ADType: adtype.ADIfRelevant, ADData: inner}}
}
