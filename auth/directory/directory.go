// Package directory checks passwords and finds groups in an LDAP directory
// (RFC 4511). It remembers no answer; who guesses is slowed down by its caller.
package directory

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
)

// Errors of a Directory. What wraps them is for the log: it holds nothing that the
// user typed, and nothing that the directory says in words of its own.
var (
	// ErrCredentials: no such user, or not their password; the two look alike.
	ErrCredentials = errors.New("the user name or password is not accepted")
	// ErrNoEntry: the directory has no entry of that user, or several.
	ErrNoEntry = errors.New("no such user in the directory")
	// ErrUnreachable: the directory could not be asked, did not answer in time, or
	// did not give the whole answer.
	ErrUnreachable = errors.New("the directory cannot be reached")
)

// Security is how the connection is protected.
type Security string

// The ways to protect a connection.
const (
	TLS      Security = "tls"      // from the first byte; the default
	StartTLS Security = "starttls" // a directory that does not offer it is not asked
	Plain    Security = "none"     // for tests: passwords cross the network in the clear
)

// Config is how to reach a directory and to read it. Printing it hides the password.
type Config struct {
	Hosts    []string       // required; host or host:port, asked in this order
	Port     int            // of hosts without one; zero means 636 with TLS, else 389
	Security Security       // empty means TLS
	Roots    *x509.CertPool // who vouches for its certificate; nil means the system

	// How the name that a user types becomes what is bound with, at most one of the
	// three. BindTemplates hold one %s each, in a distinguished name, or as %s@DOMAIN
	// or DOMAIN\%s, which Active Directory takes; the last may be empty. BaseDN comes
	// after "uid=NAME,". Domain gives NAME@DOMAIN, or DOMAIN\NAME if it has no dot.
	// With none of them, UserBase is searched and the entry found is bound with.
	BindTemplates []string
	BaseDN        string
	Domain        string

	// BindDN and BindPassword are the account that searches. With it, the user's
	// entry is always looked for first, and only that entry is bound with. Both
	// empty: names are bound with one after the other until one is accepted, and its
	// user then reads their own entry; Lookup and Groups are ErrUnreachable. Nothing
	// is ever asked anonymously.
	BindDN       string
	BindPassword string

	UserBase      string // where users are searched; distinguished names need no search
	UserFilter    string // one %s; empty means (uid=%s). Distinguished names need none, but must match one that is given
	NameAttribute string // the directory's own name of a user; empty means uid

	GroupBase   string // where groups are searched; empty: MemberOf of the user's entry is read
	GroupFilter string // one %s for the user's DN; empty means (member=%s)
	GroupName   string // the attribute that names a group; empty means cn
	Nested      int    // how deep groups of groups are followed; zero means direct ones only

	Timeout time.Duration // of one whole lookup; zero means 5 s
}

// Entry is a user as the directory has them.
type Entry struct {
	DN   string
	Name string // the directory's own spelling, whatever the user typed
}

// Directory asks one directory service. It is safe for concurrent use. Referrals
// (RFC 4511, section 4.1.10) are never followed.
type Directory struct {
	cfg      Config // checked, with the defaults
	names    []template
	servers  []*server
	accounts accounts
	slots    chan struct{} // as many as there are connections
}

// New checks cfg whole; each error in the joined one begins with the setting's
// name after "ldap.". It does not connect.
func New(cfg Config) (*Directory, error) {
	names, servers, err := cfg.check()
	if err != nil {
		return nil, err
	}
	return &Directory{cfg: cfg, names: names, servers: servers, slots: make(chan struct{}, maxConnections)}, nil
}

// errLate is why a lookup ends at its own time limit.
var errLate = errors.New("no answer in time")

func (d *Directory) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d.cfg.Timeout, errLate)
}

// maxName is the longest name of a user, in bytes.
const maxName = 256

// usable reports whether a name can be somebody's. An empty one is not: directories
// let in as nobody who binds with an empty name or password (RFC 4513, section 5.1).
func usable(user string) bool {
	return strings.TrimSpace(user) != "" && len(user) <= maxName && utf8.ValidString(user) &&
		!strings.ContainsFunc(user, unicode.IsControl)
}

// Authenticate checks a password by binding with it. Errors: ErrCredentials,
// ErrUnreachable. A wrong password costs an account one failed bind, however many
// templates there are.
func (d *Directory) Authenticate(ctx context.Context, user, password string) (Entry, error) {
	if !usable(user) || password == "" {
		return Entry{}, fmt.Errorf("%w: empty or impossible", ErrCredentials)
	}
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	if d.cfg.BindDN != "" {
		return d.findAndBind(ctx, user, password)
	}
	return d.bindAndRead(ctx, user, password)
}

// findAndBind binds with the one entry that is the user's. Where there is none it
// binds all the same, so that the two take as many questions.
func (d *Directory) findAndBind(ctx context.Context, user, password string) (Entry, error) {
	entry, missing := d.lookup(ctx, user)
	if errors.Is(missing, ErrNoEntry) {
		entry.DN = d.nobody()
	} else if missing != nil {
		return Entry{}, missing
	}
	c, err := d.connect(ctx, nil)
	if err != nil {
		return Entry{}, err
	}
	defer c.close()
	switch bound := c.bind(ctx, entry.DN, password); {
	case errors.Is(bound, ErrUnreachable):
		return Entry{}, bound
	case missing != nil:
		return Entry{}, fmt.Errorf("%w: %s", ErrCredentials, missing.Error()) // and no ErrNoEntry
	case bound != nil:
		return Entry{}, bound
	}
	return entry, nil
}

// nobody is a distinguished name that no entry has.
func (d *Directory) nobody() string {
	for _, t := range d.names {
		if t.dn {
			return t.with(rand.Text())
		}
	}
	return "uid=" + rand.Text() + "," + d.cfg.UserBase
}

// bindAndRead tries the names that user may have. Each is another entry's, or the
// only one (see New), so that a wrong password counts once for each entry.
func (d *Directory) bindAndRead(ctx context.Context, user, password string) (Entry, error) {
	c, err := d.connect(ctx, nil)
	if err != nil {
		return Entry{}, err
	}
	defer c.close()
	for _, t := range d.names {
		if !t.takes(user) {
			continue
		}
		err := c.bind(ctx, t.with(user), password)
		if errors.Is(err, ErrCredentials) {
			continue
		}
		if err != nil {
			return Entry{}, err
		}
		return d.own(ctx, c, t, user, password)
	}
	return Entry{}, fmt.Errorf("%w: no name could be bound with", ErrCredentials)
}

// own reads the entry of the user who is bound to c.
func (d *Directory) own(ctx context.Context, c *conn, t template, user, password string) (Entry, error) {
	entry, err := d.find(ctx, c, []template{t}, user)
	switch {
	case errors.Is(err, ErrNoEntry) && t.dn && d.cfg.UserFilter == defaultUserFilter:
		return Entry{}, fmt.Errorf("%w: the user may not read their own entry, or it lacks %s; ldap.bind_dn can name an account that may",
			ErrUnreachable, d.cfg.NameAttribute)
	case errors.Is(err, ErrNoEntry):
		return Entry{}, fmt.Errorf("%w: %s", ErrCredentials, err.Error())
	case err != nil:
		return Entry{}, err
	case !t.dn:
		// NAME@DOMAIN can be one account and the entry found by NAME another's. The
		// password is that entry's, too, or it is not who has bound.
		if err := c.bind(ctx, entry.DN, password); err != nil {
			return Entry{}, err
		}
	}
	return entry, nil
}

// Lookup finds a user. Errors: ErrNoEntry, ErrUnreachable.
func (d *Directory) Lookup(ctx context.Context, user string) (Entry, error) {
	if !usable(user) {
		return Entry{}, fmt.Errorf("%w: empty or impossible", ErrNoEntry)
	}
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	return d.lookup(ctx, user)
}

func (d *Directory) lookup(ctx context.Context, user string) (entry Entry, err error) {
	err = d.asAccount(ctx, func(c *conn) error {
		entry, err = d.find(ctx, c, d.names, user)
		return err
	})
	return entry, err
}

// find is the one entry that user can be by the templates, or by a search where
// they leave it open.
func (d *Directory) find(ctx context.Context, c *conn, names []template, user string) (Entry, error) {
	search := len(names) == 0
	found := map[string]*ldap.Entry{}
	note := func(entries []*ldap.Entry) {
		for _, e := range entries {
			found[e.DN] = e
		}
	}
	for _, t := range names {
		if !t.dn {
			search = search || t.takes(user)
			continue
		}
		filter := "(objectClass=*)"
		if d.cfg.UserFilter != defaultUserFilter {
			filter = filled(d.cfg.UserFilter, user)
		}
		entries, err := c.read(ctx, "read the user's entry", t.with(user), filter, d.cfg.NameAttribute)
		if err != nil {
			return Entry{}, err
		}
		note(entries)
	}
	if search {
		entries, err := c.search(ctx, "search for the user", d.cfg.UserBase, filled(d.cfg.UserFilter, user), d.cfg.NameAttribute, 2)
		if err != nil && !errors.Is(err, errTooMany) {
			return Entry{}, err
		}
		note(entries)
	}
	if len(found) > 1 {
		return Entry{}, fmt.Errorf("%w: several entries match", ErrNoEntry)
	}
	for _, e := range found {
		name, ok := nameOf(e, d.cfg.NameAttribute)
		if !ok {
			return Entry{}, fmt.Errorf("%w: the entry has no single %s", ErrNoEntry, d.cfg.NameAttribute)
		}
		return Entry{DN: e.DN, Name: name}, nil
	}
	return Entry{}, fmt.Errorf("%w: no entry matches", ErrNoEntry)
}

// Check connects and binds as the searching account, if there is one. The only
// error is ErrUnreachable.
func (d *Directory) Check(ctx context.Context) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	if d.cfg.BindDN == "" {
		c, err := d.connect(ctx, nil)
		if err == nil {
			c.close()
		}
		return err
	}
	c, err := d.connect(ctx, d.bindAccount)
	if err == nil {
		d.accounts.put(c)
	}
	return err
}

// Close lets idle connections go, and those in use once they are idle.
func (d *Directory) Close() { d.accounts.close() }
