package flight

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
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

const handshakeMethod = "/arrow.flight.protocol.FlightService/Handshake"

type callKey struct{}

// callOf is the call that the gate let in.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// admit is the only way in.
func (s *Server) admit(ctx context.Context, c *call) (context.Context, error) {
	if p, ok := peer.FromContext(ctx); ok {
		c.peer = p.Addr
		if a, ok := p.Addr.(connectionAddr); ok {
			c.conn = a.conn
		}
	}
	if !public[c.method] || s.cfg.HealthNeedsToken {
		who, err := s.cfg.Authenticate(ctx, metadata.ValueFromIncomingContext(ctx, "authorization"))
		if err != nil {
			return ctx, err
		}
		c.who, c.owner = who, ownerOf(who)
		if err := s.readCookie(ctx, c); err != nil {
			return ctx, err
		}
	}
	if c.conn != nil && !c.conn.admitted.Load() {
		c.conn.admitted.Store(true)
	}
	return context.WithValue(ctx, callKey{}, c), nil
}

func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	c := s.newCall(info.FullMethod)
	c.header = func(md metadata.MD) error { return grpc.SetHeader(ctx, md) }
	var answer any
	err := s.guarded(c, func() (err error) {
		if ctx, err = s.admit(ctx, c); err == nil {
			answer, err = handler(ctx, req)
		}
		return err
	})
	return answer, s.finish(ctx, c, err)
}

func (s *Server) stream(srv any, raw grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	c := s.newCall(info.FullMethod)
	c.header = raw.SetHeader
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
	if c.who.Expires.IsZero() { // nobody had to show one
		return run(ctx)
	}
	left := c.who.Expires.Add(s.cfg.Limits.SessionGrace).Sub(s.cfg.Now())
	limited, cancel := context.WithTimeoutCause(ctx, left, errOutlived)
	defer cancel()
	err := run(limited)
	if err != nil && errors.Is(context.Cause(limited), errOutlived) {
		return errOutlived
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

// Handshake gives the credential of the call's header back as the token, in
// header and trailer: some clients read the one, some the other.
func (s *service) Handshake(stream arrowflight.FlightService_HandshakeServer) error {
	values := metadata.ValueFromIncomingContext(stream.Context(), "authorization")
	if len(values) != 1 {
		return auth.ErrUnauthenticated
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return auth.ErrUnauthenticated
	}
	md := metadata.Pairs("authorization", "Bearer "+token)
	if err := stream.SetHeader(md); err != nil {
		return fmt.Errorf("answer the handshake: %w", err)
	}
	stream.SetTrailer(md)
	return nil
}
