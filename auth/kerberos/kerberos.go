// Package kerberos accepts Kerberos service tickets in SPNEGO (RFC 4120, RFC 4121,
// RFC 4178, RFC 4559). It says who comes, and nothing of their groups: a ticket's
// PAC is not read.
//
// The library decodes and decrypts. Its own acceptor is not used: it believes the
// realm that the client says of itself, takes an error message for a success, lets
// two calls at once show one ticket, forgets what was shown while it can be shown
// again, and remembers without bound.
package kerberos

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/types"
)

// ErrTicket means that a ticket is not accepted. The text of what matches it is for
// the log; it holds nothing that the caller could choose freely.
var ErrTicket = errors.New("the Kerberos ticket is not accepted")

// refused is an ErrTicket with its cause.
type refused string

func (r refused) Error() string        { return string(r) }
func (r refused) Is(target error) bool { return target == ErrTicket }

// MaxToken is the size in bytes of the largest token that is looked at. Tickets of
// Active Directory with many groups are below it.
const MaxToken = 64 << 10

// MaxSkew is the largest leeway for clocks, and the default (RFC 4120, section 8.2).
const MaxSkew = 5 * time.Minute

// Config is the service that tickets are for.
type Config struct {
	Keytab    string        // file with the service's keys; read again when it changes
	Principal string        // such as HTTP/lake.example.com@EXAMPLE.COM
	Realms    []string      // all whose users are accepted; empty: the principal's realm
	Skew      time.Duration // leeway for clocks; zero means MaxSkew
	Log       *slog.Logger  // required
}

// Ticket is what an accepted ticket says.
type Ticket struct {
	Name    string // alice, or alice/admin
	Realm   string
	Expires time.Time // by at most the skew in the past
	Reply   []byte    // SPNEGO's last token, for the client
}

// Acceptor judges tickets. It is safe for concurrent use.
type Acceptor struct {
	skew    time.Duration
	service types.PrincipalName
	realm   string
	realms  []string
	keys    *keytabFile
	used    *Used
}

// New reads the keytab and checks cfg whole; each error in the joined one begins
// with the setting's name after "kerberos.".
func New(cfg Config) (*Acceptor, error) {
	var errs []error
	fault := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("kerberos."+key+": "+format, args...))
	}
	if cfg.Log == nil {
		fault("log", "is required")
	}
	if cfg.Skew == 0 {
		cfg.Skew = MaxSkew
	}
	if cfg.Skew < 0 || cfg.Skew > MaxSkew {
		fault("skew", "%s is not between 0 and %s", cfg.Skew, MaxSkew)
	}
	for _, realm := range cfg.Realms {
		if !plain(realm) {
			fault("realms", "%q is not a realm", realm)
		}
	}
	a := &Acceptor{skew: cfg.Skew, realms: slices.Clone(cfg.Realms), used: new(Used)}
	name, realm, _ := strings.Cut(cfg.Principal, "@")
	parts := strings.Split(name, "/")
	switch {
	case len(parts) < 2 || !plain(realm) || !allPlain(parts):
		fault("principal", "%q is not of the form HTTP/host@REALM", cfg.Principal)
	case cfg.Keytab == "":
		fault("keytab", "is required")
	case cfg.Log != nil:
		a.service, a.realm = types.PrincipalName{NameString: parts}, realm
		var err error
		if a.keys, err = openKeytab(cfg.Keytab, parts, realm, cfg.Log); err != nil {
			fault("keytab", "%w", err)
		}
	}
	if len(a.realms) == 0 {
		a.realms = []string{realm}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return a, nil
}

// Share makes a judge by used, as all others do that share it: what one of them has
// accepted, none accepts again. It must come before the first Accept.
func (a *Acceptor) Share(used *Used) { a.used = used }

// Accept judges one SPNEGO token. Each is good once in this process: another replica
// does not know of it. The only error is ErrTicket.
func (a *Acceptor) Accept(token []byte) (t Ticket, err error) {
	// What is known to make the library panic is looked for beforehand (decipherable,
	// and a ticket for a service without a name). This is for what is not known.
	defer func() {
		if recover() != nil {
			t, err = Ticket{}, refused("malformed: the library cannot read it")
		}
	}()
	req, mechanism, err := apRequest(token)
	if err != nil {
		return Ticket{}, err
	}
	if !req.Ticket.SName.Equal(a.service) || req.Ticket.Realm != a.realm {
		return Ticket{}, refused("it is for another service")
	}
	if err := a.keys.decrypt(&req.Ticket); err != nil {
		return Ticket{}, err
	}
	part := req.Ticket.DecryptedEncPart
	now := time.Now()
	if err := judgeTicket(part, now, a.skew); err != nil {
		return Ticket{}, err
	}
	shown, err := judgeAuthenticator(req, now, a.skew)
	if err != nil {
		return Ticket{}, err
	}
	if !slices.Contains(a.realms, part.CRealm) {
		return Ticket{}, refused("users of this realm are not accepted: it is not in kerberos.realms")
	}
	if part.CRealm != a.realm && !transitChecked(part) {
		return Ticket{}, refused("it came through other realms, and nobody has checked which")
	}
	name, err := nameOf(part.CName)
	if err != nil {
		return Ticket{}, err
	}
	reply, err := finalToken(mechanism, req)
	if err != nil {
		return Ticket{}, refused("it cannot be answered")
	}
	// Last, so that only what is good otherwise takes room.
	if err := a.used.once(req.EncryptedAuthenticator.Cipher, name+"@"+part.CRealm, shown.Add(a.skew)); err != nil {
		return Ticket{}, err
	}
	return Ticket{Name: name, Realm: part.CRealm, Expires: part.EndTime, Reply: reply}, nil
}

// plain reports whether s can be a realm or a part of a name as it stands, without
// the characters that separate them or that a log cannot show.
func plain(s string) bool {
	return s != "" && !strings.ContainsAny(s, `/@\`) && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

func allPlain(parts []string) bool {
	return !slices.ContainsFunc(parts, func(s string) bool { return !plain(s) })
}
