package flight

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/seal"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/limits"
	"github.com/lakegate/lakegate/policy"
)

// Config is what New needs. Durations and numbers that are 0 take the default
// that their comment names.
type Config struct {
	Engine   *engine.Engine    // required
	Catalogs *catalog.Catalogs // required
	Auth     Authenticator     // required

	Audit       *audit.Log  // nil keeps no records
	Definitions Definitions // nil refuses what it would keep
	// CancelWithdrawn ends running statements that a change of the policy no longer
	// allows, or allows otherwise; they go on without it.
	CancelWithdrawn bool

	// TicketKeys seal tickets, handles and cookies: the first seals, all open.
	// Replicas that share them serve each other's. None means a random key.
	TicketKeys []seal.Key
	// TLS needs certificates; nil means plaintext.
	TLS *tls.Config

	// RequireCookie refuses what is bound to a session from clients without
	// cookies; for proxies that carry several clients over one connection.
	RequireCookie bool
	// HealthNeedsToken makes grpc.health.v1 ask for a credential.
	HealthNeedsToken bool

	Airport Airport

	Version string // of this server, as clients see it
	Limits  Limits
	Grace   time.Duration // for calls in progress when Serve ends; 0 means 30 s

	Log *slog.Logger     // required
	Now func() time.Time // nil means time.Now
}

// Limits bound what callers can make the server hold.
type Limits struct {
	Connections        int           // at once; 0 means 10,000
	ConnectionsPerPeer int           // at once from one address; 0 means 1,000
	FirstBytes         time.Duration // for TLS and the first bytes of a connection; 0 means 10 s
	FirstCall          time.Duration // for the first admitted call of a connection; 0 means 60 s
	FirstMessage       time.Duration // for the first message of an upload or handshake; 0 means 30 s
	Streams            uint32        // calls at once on one connection; 0 means 256
	HeaderBytes        uint32        // of one call's metadata; 0 means 32 KiB
	MessageBytes       int           // of one message from a client; 0 means 64 MiB

	TicketLife         time.Duration // of tickets and prepared statements; 0 means 24 h
	SessionIdle        time.Duration // until an unused session ends; 0 means 30 min
	SessionGrace       time.Duration // past the principal's expiry; 0 means 5 min
	SessionLife        time.Duration // of a session, however often its holder comes back; 0 means 8 h
	SessionsPerUser    int           // open at once; 0 means 20
	SessionsPerHour    int           // begun by one principal; 0 means 1,000
	Requests           int           // a second, of one principal; 0 means 1,000, negative no limit
	Burst              int           // of one principal at once; 0 means 1,500
	GlobalRequests     int           // a second, of all principals; 0 means 5,000, negative no limit
	Strangers          int           // calls a second of one address that show no credential, of health; 0 means 100, negative no limit
	InlineParameters   int           // bytes of parameters kept inside a handle; 0 means 256 KiB
	ParameterBytes     int64         // of larger parameters, for all callers together; 0 means 256 MiB
	HealthEvery        time.Duration // between looks at the engine and the lakes; 0 means 5 s
	ServerPing         time.Duration // after so much silence of a client; 0 means 2 min
	ClientPingInterval time.Duration // clients may ping no more often; 0 means 10 s

	MostRunning     int // statements at once, of all callers; 0 means no bound
	TemporaryTables int // of one session; 0 means 100
	// Of each principal's statements, or of those of all whom the policy counts
	// together, as far as the policy does not say otherwise; 0 means no bound.
	Running        int           // at once
	Queued         int           // that wait for their turn
	QueueWait      time.Duration // how long one may wait
	StatementTime  time.Duration // how long one may run, from its turn to its last row
	ResultRows     int64         // that one may give out
	ResultBytes    int64         // the same in bytes, as they go over the wire
	StatementBytes int           // of one's text
	Nesting        int           // brackets within brackets in it
}

// Definitions keeps what is defined in SQL; a *definitions.Store is one. Its errors
// are guard.ErrDenied, catalog.ErrNotFound and others that clients may read.
type Definitions interface {
	Apply(ctx context.Context, who auth.Principal, o guard.Order) error
	Into(contents catalog.Contents) catalog.Contents // with the views that are defined
	Grants() policy.Grants
}

// Authenticator says who is calling; an *auth.Authenticator is one. Its errors
// are auth.ErrUnauthenticated, ErrForbidden, ErrUnavailable and ErrLimited.
type Authenticator interface {
	Authenticate(ctx context.Context, shown auth.Shown) (auth.Answer, error)
	Login(ctx context.Context, shown auth.Shown) (auth.Answer, error)
	Trusts(p auth.Principal) bool
	Challenges() []string
	Status() []auth.SourceStatus
}

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (l *Limits) defaults() {
	orDefault(&l.Connections, 10_000)
	orDefault(&l.ConnectionsPerPeer, 1_000)
	orDefault(&l.FirstBytes, 10*time.Second)
	orDefault(&l.FirstCall, time.Minute)
	orDefault(&l.FirstMessage, 30*time.Second)
	orDefault(&l.Streams, 256)
	orDefault(&l.HeaderBytes, 32<<10)
	orDefault(&l.MessageBytes, 64<<20)
	orDefault(&l.TicketLife, 24*time.Hour)
	orDefault(&l.SessionIdle, 30*time.Minute)
	orDefault(&l.SessionGrace, 5*time.Minute)
	orDefault(&l.SessionLife, 8*time.Hour)
	orDefault(&l.SessionsPerUser, 20)
	orDefault(&l.SessionsPerHour, 1_000)
	orDefault(&l.Requests, 1_000)
	orDefault(&l.Burst, 1_500)
	orDefault(&l.GlobalRequests, 5_000)
	orDefault(&l.Strangers, 100)
	orDefault(&l.InlineParameters, 256<<10)
	orDefault(&l.ParameterBytes, 256<<20)
	orDefault(&l.HealthEvery, 5*time.Second)
	orDefault(&l.ServerPing, 2*time.Minute)
	orDefault(&l.ClientPingInterval, 10*time.Second)
	orDefault(&l.TemporaryTables, 100)
}

// New gives a Server that is ready to Serve.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Engine == nil:
		return nil, errors.New("flight: engine is required")
	case cfg.Catalogs == nil:
		return nil, errors.New("flight: catalogs are required")
	case cfg.Auth == nil:
		return nil, errors.New("flight: an authenticator is required")
	case cfg.Log == nil:
		return nil, errors.New("flight: log is required")
	}
	cfg.Limits.defaults()
	orDefault(&cfg.Grace, 30*time.Second)
	orDefault(&cfg.Airport.Life, 10*time.Minute)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.TicketKeys) == 0 {
		k, err := seal.NewKey()
		if err != nil {
			return nil, err
		}
		cfg.TicketKeys = []seal.Key{k}
	}
	sealer, err := seal.New(cfg.TicketKeys...)
	if err != nil {
		return nil, fmt.Errorf("flight: ticket keys: %w", err)
	}
	s := &Server{cfg: cfg, seal: sealer, schemas: newSchemaCache(), running: newRunning(), rates: newRates(cfg.Limits)}
	if _, err := rand.Read(s.replica[:]); err != nil {
		return nil, fmt.Errorf("name this replica: %w", err)
	}
	s.airport.transactions = newAirportTransactions()
	s.queue = limits.New(cfg.Limits.MostRunning)
	s.sessions = newSessions(cfg.Limits, cfg.Now, cfg.Engine.CloseSession)
	s.params = newParameterStore(cfg.Limits.ParameterBytes, cfg.Limits.TicketLife, cfg.Now)
	if s.sqlInfo, err = newSQLInfo(cfg.Version, cfg.Limits.SessionIdle); err != nil {
		return nil, fmt.Errorf("flight: SqlInfo: %w", err)
	}
	return s, nil
}
