package flight

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/lakegate/lakegate/auth"
)

// public needs no token, unless the settings ask for one. List is not among
// them: it would name the lakes to strangers.
var public = map[string]bool{
	healthpb.Health_Check_FullMethodName: true,
	healthpb.Health_Watch_FullMethodName: true,
}

type callKey struct{}

// callOf is the call that the gate let in.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// admit is the only way in. A handshake judges its credential itself.
func (s *Server) admit(ctx context.Context, c *call) (context.Context, error) {
	if p, ok := peer.FromContext(ctx); ok {
		c.comesFrom(p.Addr)
	}
	switch {
	case c.method == handshakeMethod:
		return context.WithValue(ctx, callKey{}, c), nil
	case public[c.method] && !s.cfg.HealthNeedsToken:
		if err := s.rates.stranger(c); err != nil {
			return ctx, err
		}
	default:
		if err := s.identifyCall(ctx, c); err != nil {
			return ctx, err
		}
	}
	c.conn.admit()
	return context.WithValue(ctx, callKey{}, c), nil
}

// identify finds out who makes the call, and whether they may make one more.
func (s *Server) identify(ctx context.Context, c *call, shown auth.Shown) (auth.Answer, error) {
	answer, err := s.cfg.Auth.Authenticate(ctx, shown)
	if err != nil {
		return answer, err
	}
	c.is(answer.Principal)
	if err := s.rates.admitted(c.owner); err != nil {
		return answer, err
	}
	if answer.Remembered || answer.Principal.Method == auth.ByCertificate && !c.conn.shows() {
		return answer, nil
	}
	return answer, s.auditLogin(ctx, c)
}

// identifyCall is identify for an RPC.
func (s *Server) identifyCall(ctx context.Context, c *call) error {
	shown, err := shownBy(ctx, c)
	if err != nil {
		return err
	}
	if len(shown.Authorization) == 0 && shown.Certificate == nil && shown.As == "" {
		if who, ok := s.byTransaction(ctx, c); ok {
			c.is(who)
			return s.rates.admitted(c.owner)
		}
	}
	answer, err := s.identify(ctx, c, shown)
	if err != nil {
		return err
	}
	if answer.Token != "" || answer.Negotiate != "" {
		if err := c.header(answered(answer)); err != nil {
			return fmt.Errorf("send what the credential is answered with: %w", err)
		}
	}
	return s.readCookie(ctx, c)
}

// answered is what goes back with a credential's answer.
func answered(answer auth.Answer) metadata.MD {
	md := metadata.MD{}
	if answer.Token != "" {
		md.Append("authorization", "Bearer "+answer.Token)
	}
	if answer.Negotiate != "" {
		md.Append("www-authenticate", "Negotiate "+answer.Negotiate)
	}
	return md
}

// asHeader names whom the caller wants to act as.
const asHeader = "x-lakegate-user"

// tokenHeader is where Arrow's oldest clients put the token that a handshake gave.
const tokenHeader = "auth-token-bin"

// shownBy is what an RPC shows of its caller.
func shownBy(ctx context.Context, c *call) (auth.Shown, error) {
	authorization := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(authorization) == 0 {
		for _, token := range metadata.ValueFromIncomingContext(ctx, tokenHeader) {
			authorization = append(authorization, "Bearer "+token)
		}
	}
	return c.shown(authorization, metadata.ValueFromIncomingContext(ctx, asHeader))
}

// shown is what c shows of its caller, with these values of the two headers.
func (c *call) shown(authorization, as []string) (auth.Shown, error) {
	shown := auth.Shown{Authorization: authorization, Peer: c.conn.host()}
	if c.conn != nil {
		shown.Certificate = c.conn.certificate.Load()
	}
	if len(as) > 1 || len(as) == 1 && as[0] == "" {
		return shown, errAs
	}
	if len(as) == 1 {
		shown.As = as[0]
	}
	return shown, nil
}

func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	c := s.newCall(info.FullMethod)
	c.header = func(md metadata.MD) error { return grpc.SetHeader(ctx, md) }
	c.trailer = func(md metadata.MD) { _ = grpc.SetTrailer(ctx, md) } // fails only outside a call
	var answer any
	err := s.guarded(c, func() (err error) {
		if ctx, err = s.admit(ctx, c); err == nil {
			err = s.whileTrusted(ctx, c, func(ctx context.Context) error {
				answer, err = handler(ctx, req)
				return err
			})
		}
		return err
	})
	return answer, s.finish(ctx, c, err)
}

func (s *Server) stream(srv any, raw grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	c := s.newCall(info.FullMethod)
	c.header, c.trailer = raw.SetHeader, raw.SetTrailer
	ctx := raw.Context()
	err := s.guarded(c, func() (err error) {
		if ctx, err = s.admit(ctx, c); err == nil {
			err = s.outlived(ctx, c, func(ctx context.Context) error {
				return handler(srv, &callStream{ServerStream: raw, ctx: ctx})
			})
		}
		return err
	})
	return s.finish(ctx, c, err)
}

// outlived runs a stream, which may outlive the credential that it began with by
// the grace of sessions and no longer.
func (s *Server) outlived(ctx context.Context, c *call, run func(context.Context) error) error {
	return s.whileTrusted(ctx, c, func(ctx context.Context) error {
		if c.who.Expires.IsZero() { // nobody had to show one
			return run(ctx)
		}
		left := c.who.Expires.Add(s.cfg.Limits.SessionGrace).Sub(s.cfg.Now())
		if left <= 0 {
			return errOutlived
		}
		defer time.AfterFunc(left, func() { c.cancel(errOutlived) }).Stop()
		return run(ctx)
	})
}

// whileTrusted runs a call, and ends it where its caller is trusted no more. All
// who end calls end the one context that it has, since every call pays for each.
func (s *Server) whileTrusted(ctx context.Context, c *call, run func(context.Context) error) error {
	ctx, c.cancel = context.WithCancelCause(ctx)
	defer c.cancel(nil)
	if c.who.Expires.IsZero() { // nobody had to show who they are
		return run(ctx)
	}
	defer s.served.enter(c, c.cancel)()
	if !s.cfg.Auth.Trusts(c.who) { // any more, since they were let in
		return errDistrusted
	}
	err := run(ctx)
	if cause := context.Cause(ctx); err != nil && (errors.Is(cause, errDistrusted) || errors.Is(cause, errOutlived)) {
		return cause
	}
	return err
}

// callStream is a stream whose context holds the call.
type callStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // that is what a grpc.ServerStream is
}

func (c *callStream) Context() context.Context { return c.ctx }

// panicked is a panic that the gate caught.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// guarded runs f; a panic in it becomes an error, and what c holds is let go.
func (s *Server) guarded(c *call, f func() error) (err error) {
	if !public[c.method] {
		s.calls.begin()
		defer s.calls.end()
	}
	defer c.release()
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{value: v, stack: debug.Stack()}
		}
	}()
	return f()
}
