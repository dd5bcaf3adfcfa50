package flight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/engine"
)

// lakeService is the health service of one lake, by its logical name.
const lakeService = "lake/"

// flightServices answer as the whole server does.
var flightServices = []string{"", "arrow.flight.protocol.FlightService"}

// probe looks at the engine and the lakes and tells grpc.health.v1 and
// /flight/health what it saw.
type probe struct {
	engine  *engine.Engine
	log     *slog.Logger
	grpc    *health.Server
	serving atomic.Bool
	stopped atomic.Bool // the server is going down, whatever the engine says
	down    map[string]bool
	stuck   int
	seen    atomic.Pointer[engine.Status] // the last, for administrators
}

func (p *probe) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.look(ctx)
		}
	}
}

// statusWait is how long the engine and the lakes have to answer.
const statusWait = 10 * time.Second

func (p *probe) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, statusWait)
	defer cancel()
	st := p.engine.Status(ctx)
	all := st.Err == nil
	down := map[string]bool{}
	for name, err := range st.Lakes {
		if st.Err != nil {
			err = st.Err
		}
		p.grpc.SetServingStatus(lakeService+name, servingStatus(err == nil))
		down[name] = err != nil
		if down[name] != p.down[name] {
			p.log.Warn("lake changed its state", "lake", name, "reachable", err == nil, "error", err)
		}
		all = all && err == nil
	}
	p.down = down
	if st.Stuck != p.stuck {
		p.log.Warn("connections that hang in remote calls", "count", st.Stuck, "before", p.stuck)
		p.stuck = st.Stuck
	}
	p.seen.Store(&st)
	for _, name := range flightServices {
		p.grpc.SetServingStatus(name, servingStatus(all))
	}
	p.serving.Store(all)
}

func servingStatus(ok bool) healthpb.HealthCheckResponse_ServingStatus {
	if ok {
		return healthpb.HealthCheckResponse_SERVING
	}
	return healthpb.HealthCheckResponse_NOT_SERVING
}

// healthHandler is all that HTTP/1.1 gets: GET /flight/health with a credential.
func (s *Server) healthHandler(p *probe) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		code, text := s.healthAnswer(p, w.Header(), r)
		w.WriteHeader(code)
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, text+"\n") // the client may be gone
		}
	})
}

func (s *Server) healthAnswer(p *probe, header http.Header, r *http.Request) (int, string) {
	if r.URL.EscapedPath() != "/flight/health" {
		return http.StatusNotFound, "not found; Flight SQL speaks gRPC, and HTTP/1.1 has /flight/health alone"
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		return http.StatusMethodNotAllowed, "GET or HEAD"
	}
	who, err := s.cfg.Authenticate(r.Context(), r.Header.Values("Authorization"))
	if err != nil {
		if errors.Is(err, auth.ErrUnauthenticated) {
			header.Set("WWW-Authenticate", `Bearer realm="lakegate"`)
			return http.StatusUnauthorized, err.Error()
		}
		return http.StatusServiceUnavailable, auth.ErrUnavailable.Error()
	}
	code, text := http.StatusOK, "SERVING"
	if p.stopped.Load() || !p.serving.Load() {
		code, text = http.StatusServiceUnavailable, "NOT_SERVING"
	}
	if s.cfg.Catalogs.Rights(who).Admin {
		text += p.details()
	}
	return code, text
}

// details are for administrators: what runs, what hangs, and each lake's state.
func (p *probe) details() string {
	st := p.seen.Load()
	var b strings.Builder
	fmt.Fprintf(&b, "\nstatements running: %d\nconnections hanging in remote calls: %d\n", st.Running, st.Stuck)
	for _, name := range slices.Sorted(maps.Keys(st.Lakes)) {
		fmt.Fprintf(&b, "lake %s: %s\n", name, servingStatus(st.Err == nil && st.Lakes[name] == nil))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// discardLog swallows net/http's complaints about what strangers send.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
