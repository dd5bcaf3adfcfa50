package testpeer

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

// ServiceTicket is a ticket and what its holder needs to show it. A test may change
// the fields first.
type ServiceTicket struct {
	Ticket messages.Ticket
	Key    types.EncryptionKey // of the session
	User   string
	Realm  string

	// Change spoils the authenticator, and Request what holds it, before they go
	// into a token; nil: neither.
	Change  func(a *types.Authenticator)
	Request func(r *messages.APReq)
	// Mutual asks the service to prove itself.
	Mutual bool
}

// Ticket asks the KDC for a ticket of a user for a service. Both are of Realm, unless
// they name another, as carol@OTHER.TEST does.
func (k *KDCServer) Ticket(t testing.TB, user, service string) ServiceTicket {
	t.Helper()
	cfg, err := config.Load(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	name, realm, _ := strings.Cut(user, "@")
	if realm == "" {
		realm = Realm
	}
	service, of, elsewhere := strings.Cut(service, "@")
	if elsewhere {
		_, host, _ := strings.Cut(service, "/")
		cfg.DomainRealm[host] = of
	}
	c := client.NewWithPassword(name, realm, KDCPassword(user), cfg, client.DisablePAFXFAST(true))
	defer c.Destroy()
	if err := c.Login(); err != nil {
		t.Fatalf("login of %s: %v", user, err)
	}
	ticket, key, err := c.GetServiceTicket(service)
	if err != nil {
		t.Fatalf("ticket of %s for %s: %v", user, service, err)
	}
	return ServiceTicket{Ticket: ticket, Key: key, User: name, Realm: realm}
}

// gss is the GSS-API token of one use of the ticket, now.
func (s ServiceTicket) gss(t testing.TB) []byte {
	t.Helper()
	wanted, options := []int{gssapi.ContextFlagInteg}, []int(nil)
	if s.Mutual {
		wanted, options = append(wanted, gssapi.ContextFlagMutual), []int{flags.APOptionMutualRequired}
	}
	c := client.NewWithPassword(s.User, s.Realm, "", config.New())
	token, err := spnego.NewKRB5TokenAPREQ(c, s.Ticket, s.Key, wanted, options)
	if err != nil {
		t.Fatal(err)
	}
	if s.Change != nil {
		if err := token.APReq.DecryptAuthenticator(s.Key); err != nil {
			t.Fatal(err)
		}
		said := token.APReq.Authenticator
		s.Change(&said)
		changed, err := messages.NewAPReq(s.Ticket, s.Key, said)
		if err != nil {
			t.Fatal(err)
		}
		changed.APOptions = token.APReq.APOptions
		token.APReq = changed
	}
	if s.Request != nil {
		s.Request(&token.APReq)
	}
	text, err := token.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Token is the SPNEGO token of one use of the ticket, now. Mechanisms are those that
// the client says to know, in its order; none: Kerberos.
func (s ServiceTicket) Token(t testing.TB, mechanisms ...gssapi.OIDName) []byte {
	t.Helper()
	if len(mechanisms) == 0 {
		mechanisms = []gssapi.OIDName{gssapi.OIDKRB5}
	}
	first := spnego.NegTokenInit{MechTokenBytes: s.gss(t)}
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

// Header is the authorization value of one use of the ticket, now.
func (s ServiceTicket) Header(t testing.TB) string {
	t.Helper()
	return "Negotiate " + base64.StdEncoding.EncodeToString(s.Token(t))
}
