package flight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/audit"
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
	audit   *audit.Log
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
	all = all && (p.audit.Status().Err == nil || !p.audit.Refuses())
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
		code, text := s.askedForHealth(p, w.Header(), r)
		w.WriteHeader(code)
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, text+"\n") // the client may be gone
		}
	})
}

// healthPage is the path of the one page, and its method in the log.
const healthPage = "/flight/health"

func (s *Server) askedForHealth(p *probe, header http.Header, r *http.Request) (int, string) {
	if r.URL.EscapedPath() != healthPage {
		return http.StatusNotFound, "not found; Flight SQL speaks gRPC, and HTTP/1.1 has /flight/health alone"
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		return http.StatusMethodNotAllowed, "GET or HEAD"
	}
	c := s.newCall(healthPage)
	c.comesFrom(remoteOf(r.Context()))
	var answer auth.Answer
	err := s.guarded(c, func() error {
		shown, err := c.shown(r.Header.Values("Authorization"), r.Header.Values(asHeader))
		if err == nil {
			answer, err = s.identify(r.Context(), c, shown)
		}
		return err
	})
	errorID, refused := toStatus(r.Context(), err)
	code := status.Code(refused)
	s.write(r.Context(), c, code, errorID, err)
	s.auditDenied(r.Context(), c, code, errorID, err)
	if err != nil {
		if code == codes.Unauthenticated {
			for _, challenge := range s.cfg.Auth.Challenges() {
				header.Add("WWW-Authenticate", challenge)
			}
		}
		return httpCode(code), status.Convert(refused).Message()
	}
	for name, values := range answered(answer) {
		header[http.CanonicalHeaderKey(name)] = values
	}
	return s.healthNow(p, answer.Principal)
}

// httpCode is what HTTP has for a refusal.
func httpCode(c codes.Code) int {
	switch c {
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.InvalidArgument:
		return http.StatusBadRequest
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// healthNow is what who hears of the server's health.
func (s *Server) healthNow(p *probe, who auth.Principal) (int, string) {
	code, text := http.StatusOK, "SERVING"
	if p.stopped.Load() || !p.serving.Load() {
		code, text = http.StatusServiceUnavailable, "NOT_SERVING"
	}
	if s.cfg.Catalogs.Rights(who).Admin {
		text += p.details() + auditDetails(s.cfg.Audit) + identityDetails(s.cfg.Auth.Status())
	}
	return code, text
}

// identityDetails are the state of what identity depends on. None of it makes the
// server NOT_SERVING: who is remembered, or comes by another way, is served.
func identityDetails(sources []auth.SourceStatus) string {
	var b strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&b, "\nidentity %s %s", s.Kind, s.Name)
		if s.Where != "" {
			fmt.Fprintf(&b, " (%s)", s.Where)
		}
		if s.Degraded == "" {
			b.WriteString(": ok")
		} else {
			b.WriteString(": DEGRADED: " + s.Degraded)
		}
		if s.Kind == "keys" {
			fmt.Fprintf(&b, "; %d keys, %s old", s.Keys, s.Age.Round(time.Second))
		}
	}
	return b.String()
}

// auditDetails is the state of the audit log; nothing where there is none.
func auditDetails(log *audit.Log) string {
	if log == nil {
		return ""
	}
	st := log.Status()
	text := "\naudit: ok"
	if st.Err != nil {
		text = "\naudit: CANNOT BE WRITTEN: " + bareError(st.Err).Error()
		if log.Refuses() {
			text += "; statements are refused"
		}
	}
	if st.Lost > 0 {
		text += fmt.Sprintf("; %d records lost since the start", st.Lost)
	}
	return text
}

// bareError is a file's error without its path.
func bareError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
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
