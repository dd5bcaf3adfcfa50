package flight

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/policy"
)

// call is one RPC: who makes it, over which connection, in which session, and
// what the log line will say. One goroutine uses it.
type call struct {
	method  string
	began   time.Time
	peer    net.Addr
	conn    *connection // nil where the transport is not ours
	header  func(metadata.MD) error
	trailer func(metadata.MD)
	cancel  context.CancelCauseFunc // ends what runs in it; nil until it is let in

	who   auth.Principal
	owner owner

	cookie  *handle // the session cookie it came with; nil for none
	offered bool    // a cookie goes out with the answer
	held    []func()

	statement string // fingerprint
	sql       string // empty where it is not known; for the audit log alone
	command   string
	rows      int64
	bytes     int64
	execution *execution     // that runs; nil for none
	limits    *policy.Limits // of the caller; nil until they are asked for
}

func (s *Server) newCall(method string) *call {
	return &call{method: method, began: s.cfg.Now()}
}

// comesFrom says over which connection c comes.
func (c *call) comesFrom(remote net.Addr) {
	c.peer = remote
	if a, ok := remote.(connectionAddr); ok {
		c.conn = a.conn
	}
}

// is says who makes the call.
func (c *call) is(who auth.Principal) {
	c.who, c.owner = who, ownerOf(who)
	c.conn.know()
}

// hold keeps something until the call ends.
func (c *call) hold(release func()) { c.held = append(c.held, release) }

func (c *call) release() {
	for i := len(c.held) - 1; i >= 0; i-- {
		c.held[i]()
	}
	c.held = nil
}

// finish turns err into what the client gets and writes the call's one log line.
func (s *Server) finish(ctx context.Context, c *call, err error) error {
	errorID, answer := toStatus(ctx, err)
	code := status.Code(answer)
	if code == codes.Unauthenticated {
		c.trailer(metadata.MD{"www-authenticate": s.cfg.Auth.Challenges()})
	}
	s.write(ctx, c, code, errorID, err)
	s.auditDenied(ctx, c, code, errorID, err)
	return answer
}

// write writes c's log line.
func (s *Server) write(ctx context.Context, c *call, code codes.Code, errorID string, err error) {
	level := slog.LevelInfo
	switch {
	case code == codes.Internal || code == codes.Unknown:
		level = slog.LevelError
	case (public[c.method] || c.method == healthPage) && err == nil:
		level = slog.LevelDebug
	}
	if !s.cfg.Log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs, slog.String("method", c.method), slog.String("code", code.String()),
		slog.Duration("duration", s.cfg.Now().Sub(c.began)))
	if c.peer != nil {
		attrs = append(attrs, slog.String("peer", c.peer.String()))
	}
	if c.who.User != "" {
		attrs = append(attrs, slog.String("principal", c.who.User), slog.String("provider", c.who.Provider))
	}
	if c.who.Actor != "" {
		attrs = append(attrs, slog.String("actor", c.who.Actor))
	}
	if c.who.Method != "" {
		attrs = append(attrs, slog.String("credential", string(c.who.Method)))
	}
	if c.command != "" {
		attrs = append(attrs, slog.String("command", c.command))
	}
	if c.statement != "" {
		attrs = append(attrs, slog.String("statement", c.statement))
	}
	if c.rows != 0 || c.bytes != 0 {
		attrs = append(attrs, slog.Int64("rows", c.rows), slog.Int64("bytes", c.bytes))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", auth.Reason(err)))
	}
	if errorID != "" {
		attrs = append(attrs, slog.String("error_id", errorID))
	}
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	s.cfg.Log.LogAttrs(ctx, level, "call", attrs...)
}
