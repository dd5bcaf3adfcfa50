package main

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net"
	"sync"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/bench/duck"
)

// maxMessage lets batches of 65,536 wide rows in.
const maxMessage = 64 << 20

// server is the shortest way from DuckDB's stream to the wire: no sessions, no
// rights, no guard, no log. It bounds what any Go server over this engine can do.
type server struct {
	arrowflight.BaseFlightServer
	db *duck.DB

	mu   sync.Mutex
	idle []*duck.Conn
}

// serve answers on address until ctx ends.
func serve(ctx context.Context, db *duck.DB, address, token string) error {
	s := &server{db: db}
	defer s.close()
	check := func(ctx context.Context) error {
		md, _ := metadata.FromIncomingContext(ctx)
		for _, v := range md.Get("authorization") {
			if subtle.ConstantTimeCompare([]byte(v), []byte("Bearer "+token)) == 1 {
				return nil
			}
		}
		return status.Error(codes.Unauthenticated, "bad token")
	}
	g := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage),
		grpc.UnaryInterceptor(func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
			if err := check(ctx); err != nil {
				return nil, err
			}
			return h(ctx, r)
		}),
		grpc.StreamInterceptor(func(srv any, st grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) error {
			if err := check(st.Context()); err != nil {
				return err
			}
			return h(srv, st)
		}))
	arrowflight.RegisterFlightServiceServer(g, s)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, g.Stop)()
	if err := g.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve on %s: %w", address, err)
	}
	return nil
}

// conn takes a connection: a stream needs one of its own.
func (s *server) conn() (*duck.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return c, nil
	}
	return s.db.Connect()
}

func (s *server) release(c *duck.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
}

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.idle {
		c.Close()
	}
}
