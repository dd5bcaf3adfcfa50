package flight

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/lakegate/lakegate/auth/seal"
	"github.com/lakegate/lakegate/limits"
)

// Server is the wire. Make it with New, run it once with Serve.
type Server struct {
	cfg      Config
	replica  [8]byte // tells this process from its replicas, in what is bound to one
	seal     *seal.Sealer
	sessions *sessions
	params   *parameterStore
	schemas  *schemaCache
	running  *running

	executions executions
	queue      *limits.Queue
	rates      *rates
	served     served
	calls      inProgress // those that a stop waits for: all but Watch, which never ends by itself
	sqlInfo    *sqlInfo
	airport    airportState
}

// Serve answers on lis until ctx ends; then health turns NOT_SERVING, calls in
// progress get the grace of the settings, and what is left is cancelled. It
// closes lis. A nil error means that ctx ended it.
func (s *Server) Serve(ctx context.Context, lis net.Listener) error {
	probe := &probe{engine: s.cfg.Engine, audit: s.cfg.Audit, log: s.cfg.Log, grpc: health.NewServer()}
	probe.look(ctx)

	calls := s.grpcServer(probe)
	web := &http.Server{
		Handler:           s.healthHandler(probe),
		ReadHeaderTimeout: s.cfg.Limits.FirstBytes, ReadTimeout: s.cfg.Limits.FirstBytes,
		WriteTimeout: s.cfg.Limits.FirstBytes, IdleTimeout: s.cfg.Limits.FirstBytes,
		MaxHeaderBytes: int(s.cfg.Limits.HeaderBytes),
		ConnContext:    func(ctx context.Context, c net.Conn) context.Context { return withConnection(ctx, c.RemoteAddr()) },
		ErrorLog:       discardLog(),
	}
	mux := newMux(lis, s.cfg.TLS, s.cfg.Limits, s.connectionEnded)

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var helpers sync.WaitGroup
	helpers.Go(func() { probe.run(background, s.cfg.Limits.HealthEvery) })
	helpers.Go(func() { s.sessions.reap(background) })
	helpers.Go(func() { s.params.reap(background) })
	defer func() {
		stop()
		helpers.Wait()
		s.sessions.endAll()
	}()

	ended := make(chan error, 3)
	go func() { ended <- mux.run(background) }()
	go func() { ended <- calls.Serve(mux.grpc) }()
	go func() { ended <- web.Serve(mux.http) }()

	var err error
	left := 3
	select {
	case err = <-ended:
		left--
	case <-ctx.Done():
		probe.grpc.Shutdown()
		probe.stopped.Store(true)
	}
	mux.stopAccepting()
	graceful := make(chan struct{})
	go func() {
		defer close(graceful)
		calls.GracefulStop()
	}()
	s.calls.drain(graceful, s.cfg.Grace)
	calls.Stop()
	<-graceful
	_ = web.Close() // its only error is that of closing listeners
	mux.close()
	for range left {
		if e := <-ended; err == nil {
			err = e
		}
	}
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) || errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

// connectionEnded forgets what lived by that connection.
func (s *Server) connectionEnded(conn *connection) {
	s.sessions.connectionEnded(conn)
	s.airport.transactions.connectionEnded(conn)
}

// EndUntrusted ends the sessions and the calls of all callers whose voucher is no
// longer in the settings of identity.
func (s *Server) EndUntrusted() {
	s.served.end(s.cfg.Auth.Trusts)
	s.sessions.endUntrusted(s.cfg.Auth.Trusts)
}

// streamWorkers is how many goroutines wait for calls with stacks that have grown
// already; more calls at once get a goroutine each.
const streamWorkers = 32

func (s *Server) grpcServer(p *probe) *grpc.Server {
	l := s.cfg.Limits
	srv := grpc.NewServer(
		grpc.ForceServerCodecV2(newCodec()),
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(s.stream),
		grpc.MaxRecvMsgSize(l.MessageBytes),
		grpc.MaxSendMsgSize(1<<30),
		grpc.MaxHeaderListSize(l.HeaderBytes),
		grpc.MaxConcurrentStreams(l.Streams),
		grpc.ConnectionTimeout(l.FirstBytes),
		grpc.WriteBufferSize(64<<10),
		grpc.WaitForHandlers(true),
		grpc.NumStreamWorkers(streamWorkers),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: l.ClientPingInterval, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: l.ServerPing, Timeout: 20 * time.Second}),
	)
	arrowflight.RegisterFlightServiceServer(srv, &service{Server: s})
	healthpb.RegisterHealthServer(srv, p.grpc)
	reflection.Register(srv)
	return srv
}
