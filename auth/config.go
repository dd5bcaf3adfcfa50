package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"regexp"
	"time"

	"github.com/lakegate/lakegate/auth/directory"
	"github.com/lakegate/lakegate/auth/kerberos"
	"github.com/lakegate/lakegate/auth/seal"
)

// MaxSkew is the largest leeway that [Config.Skew] may give.
const MaxSkew = 5 * time.Minute

// Config is what an [Authenticator] is made from. At least one way in is
// required: a provider, a directory, Kerberos or certificates.
type Config struct {
	Providers []Provider // whose tokens are accepted

	// Directory checks passwords, and is the group source "ldap"; nil for none.
	Directory *directory.Config
	// Passwords lets callers in by user name and password of the Directory.
	Passwords bool

	Kerberos     *kerberos.Config // nil: Negotiate is refused
	Certificates *Certificates    // nil: client certificates name nobody

	Groups        GroupRules
	Names         []NameRule           // user name mapping; the first that matches counts
	Impersonation []ImpersonationRule  // the first that matches counts; none: nobody may
	Administrator func(Principal) bool // who is exempt from required groups, and nobody's target of impersonation; nil: nobody

	// TokenKeys seal the tokens that Login gives out: the first seals, all
	// open. Replicas that share them accept each other's. None: one is made for
	// this process.
	TokenKeys []seal.Key
	// TokenLife is how long such a token is good if it is not used, TokenMaxLife
	// how long at most since its holder showed their credential. Zero means 1
	// hour and 8 hours.
	TokenLife    time.Duration
	TokenMaxLife time.Duration
	// NoLogin turns own tokens off: Login gives none, and those that are out are refused.
	NoLogin bool

	Attempts AttemptLimits

	Log *slog.Logger // required

	// Skew is the leeway for clocks that differ, on both sides of every date
	// in a token. Zero means none.
	Skew time.Duration

	// How long keys are used before they are asked for again, and how long at
	// most if they cannot be had. Zero means 1 hour and 24 hours.
	CacheFor time.Duration
	StaleFor time.Duration

	// RefetchAfter is the least time between two loads that tokens with
	// unknown key ids cause, RetryAfter the first pause after a failed load
	// (it doubles up to RefetchAfter), FilePoll how often a jwks_file is
	// looked at. Zero means 1 minute, 5 seconds and 1 second.
	RefetchAfter time.Duration
	RetryAfter   time.Duration
	FilePoll     time.Duration

	// RememberFor is how long a credential that was found good is not judged
	// again, RememberMax how many are remembered. Zero means 60 seconds and
	// 4096; a negative RememberFor remembers none.
	RememberFor time.Duration
	RememberMax int

	Now   func() time.Time // what tokens' dates are compared with; nil means time.Now
	Roots *x509.CertPool   // who vouches for providers' certificates; nil means the system

	// Dial is how providers are reached; nil means net.Dialer's DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// GroupRules say where groups come from. A source that knows the user ends the
// search, even with no groups; a source that cannot be asked ends it as
// ErrUnavailable.
type GroupRules struct {
	// Sources in order, of "claim", "ldap", "rest" and "file". Empty means
	// claim, then those of ldap, rest and file that are configured.
	Sources  []string
	Resolver *Resolver // "rest"
	File     string    // "file": lines of the form group:user,user; read again when it changes

	// Required: who is in none of these gets ErrForbidden, administrators
	// excepted. Empty requires none.
	Required []string

	// CacheFor is how long answers of ldap and rest are used; zero means 60
	// seconds. CacheMax is for how many users; zero means 4096.
	CacheFor time.Duration
	CacheMax int
}

// NameRule turns a provider's name for a user into ours. Pattern must match the
// whole name; User is its replacement, with $1 and ${name} for what the groups
// of the pattern matched. An empty User refuses who matches.
type NameRule struct {
	Provider string // only names of this provider; empty: of any
	Pattern  *regexp.Regexp
	User     string
}

// ImpersonationRule lets some users act as others. Each pattern must match the
// whole name; a nil pattern matches nobody in As, and does not ask in Users.
type ImpersonationRule struct {
	Users  *regexp.Regexp // who may, by user name
	Groups []string       // or by one of these groups
	As     *regexp.Regexp // as whom
	Deny   bool           // a match refuses instead
}

// Certificates says how a client certificate names its user.
type Certificates struct {
	// User is the part that holds the name: "cn", "subject" (RFC 4514), "email",
	// "dns" or "uri" (subject alternative names, of which there must be one).
	User string
}

// AttemptLimits slow down who guesses. Credentials that are remembered as good
// pass, whatever others do. Zero means the default, a negative number no limit.
type AttemptLimits struct {
	// Peer is how many refused credentials one address may show at once, and
	// PeerEvery how often it gets one back; what has merely expired does not
	// count. Defaults 1000 and 10 ms.
	Peer      int
	PeerEvery time.Duration
	// User is how many wrong passwords for one user name one address may show
	// at once, UserEvery how often it gets one back. Defaults 5 and 30 s. All
	// addresses together may show four times as many.
	User      int
	UserEvery time.Duration
}

func (c *Config) check() error {
	var errs []error
	if c.Log == nil {
		errs = append(errs, errors.New("auth: a log is required"))
	}
	if len(c.Providers) == 0 && !c.Passwords && c.Kerberos == nil && c.Certificates == nil {
		errs = append(errs, setting{"", "providers"}.errorf("at least one identity provider is required"))
	}
	if c.Skew < 0 || c.Skew > MaxSkew {
		errs = append(errs, setting{"", "skew"}.errorf("%s is not between 0 and %s", c.Skew, MaxSkew))
	}
	for _, d := range []struct {
		key       string
		value     *time.Duration
		otherwise time.Duration
	}{
		{"cache_for", &c.CacheFor, time.Hour},
		{"stale_for", &c.StaleFor, 24 * time.Hour},
		{"refetch_after", &c.RefetchAfter, time.Minute},
		{"retry_after", &c.RetryAfter, 5 * time.Second},
		{"file_poll", &c.FilePoll, time.Second},
		{"tokens.life", &c.TokenLife, time.Hour},
		{"tokens.max_life", &c.TokenMaxLife, 8 * time.Hour},
		{"groups.cache_for", &c.Groups.CacheFor, time.Minute},
	} {
		switch {
		case *d.value == 0:
			*d.value = d.otherwise
		case *d.value < 0:
			errs = append(errs, setting{"", d.key}.errorf("%s is negative", *d.value))
		}
	}
	if c.StaleFor < c.CacheFor {
		errs = append(errs, setting{"", "stale_for"}.errorf("%s is shorter than cache_for, %s", c.StaleFor, c.CacheFor))
	}
	if c.TokenMaxLife < c.TokenLife {
		errs = append(errs, setting{"", "tokens.max_life"}.errorf("%s is shorter than tokens.life, %s", c.TokenMaxLife, c.TokenLife))
	}
	if c.RememberFor == 0 {
		c.RememberFor = time.Minute
	}
	if c.RememberMax == 0 {
		c.RememberMax = 4096
	}
	if c.Groups.CacheMax == 0 {
		c.Groups.CacheMax = 4096
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return errors.Join(errs...)
}
