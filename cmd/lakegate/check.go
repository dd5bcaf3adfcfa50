package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func newCheck(p program) *cobra.Command {
	var t target
	var deep bool
	var timeout time.Duration
	var service, config string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Ask a server whether it is serving; made for container health checks",
		Long: `Asks grpc.health.v1 whether the server is serving: it does when its engine
answers and every lake can be reached. With --deep it also runs SELECT 1 under
the token, the whole way that a statement takes, and, for an administrator, lists
what identity depends on (signing keys, directories, group services) and says
which of it is degraded. That does not change the exit code: others are served.

With --config it finds the server of that settings file on this machine: the
port, whether it speaks TLS, and its certificate, which is accepted whoever
signed it. LAKEGATE_CONFIG does the same where no address is given.

` + exitHelp,
		Example: `  lakegate check
  lakegate check --config /etc/lakegate/lakegate.yaml
  lakegate check --address 10.0.0.7:50051 --ca ca.pem
  lakegate check --service lake/boilstream
  lakegate check --deep --token-file token`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if t.address == "" {
				t.address = p.getenv("LAKEGATE_ADDRESS")
			}
			if config == "" && t.address == "" && t.dev == "" {
				config = p.getenv("LAKEGATE_CONFIG")
			}
			if t.ca == "" {
				t.ca = p.getenv("LAKEGATE_CA")
			}
			if config != "" {
				if err := t.fromConfig(config, p.environment, cmd.Flags().Changed("tls")); err != nil {
					return err
				}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if err := t.completeWithLogin(ctx, p); err != nil {
				return err
			}
			if err := check(ctx, &t, service); err != nil {
				return err
			}
			said := "SERVING"
			if deep {
				took, err := deepCheck(ctx, &t)
				if err != nil {
					return err
				}
				said += fmt.Sprintf(", SELECT 1 in %s", took.Round(time.Microsecond))
				sources, err := identitySources(ctx, &t)
				if err != nil {
					return err
				}
				said += sources
			}
			_, err := fmt.Fprintln(p.stdout, said)
			return err
		},
	}
	t.flags(cmd)
	cmd.Flags().StringVar(&config, "config", "", "settings `FILE` of a server on this machine (also LAKEGATE_CONFIG)")
	cmd.MarkFlagsMutuallyExclusive("config", "dev")
	cmd.Flags().BoolVar(&deep, "deep", false, "also run SELECT 1; needs a token")
	cmd.Flags().StringVar(&service, "service", "", "ask for one `SERVICE`, such as lake/NAME for one lake")
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Second, "how long to wait for the answers")
	return cmd
}

// check asks the health service; an error carries the exit code.
func check(ctx context.Context, t *target, service string) error {
	transport, err := t.transport()
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient("passthrough:///"+t.address, transport)
	if err != nil {
		return coded(exitUsage, fmt.Errorf("address %s: %w", t.address, err))
	}
	defer conn.Close() //nolint:errcheck // nothing is pending
	if t.token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+t.token)
	}
	answer, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: service})
	switch status.Code(err) {
	case codes.OK:
	case codes.Unavailable, codes.DeadlineExceeded:
		return coded(exitUnreachable, fmt.Errorf("%s cannot be reached: %s%s", t.address, status.Convert(err).Message(), t.advice(ctx)))
	case codes.NotFound:
		return coded(exitUsage, fmt.Errorf("%s has no service %q", t.address, service))
	default:
		return fmt.Errorf("ask %s: %w", t.address, err)
	}
	if answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return coded(exitUnreachable, fmt.Errorf("%s says %s", t.address, answer.GetStatus()))
	}
	return nil
}

// deepCheck runs SELECT 1 and says how long it took.
func deepCheck(ctx context.Context, t *target) (time.Duration, error) {
	c, err := dial(t)
	if err != nil {
		return 0, err
	}
	defer c.close()
	began := time.Now()
	st, err := c.prepare(ctx, "SELECT 1", nil)
	if err != nil {
		return 0, fmt.Errorf("SELECT 1: %w", err)
	}
	defer st.close(ctx)
	var rows int64
	err = st.each(ctx, func(b batch) error { rows += b.NumRows(); return nil })
	switch {
	case err != nil:
		return 0, fmt.Errorf("SELECT 1: %w", err)
	case rows != 1:
		return 0, fmt.Errorf("SELECT 1 gave %d rows", rows)
	}
	return time.Since(began), nil
}

// maxHealth bounds the health page.
const maxHealth = 1 << 20

// identitySources are the lines of the health page about identity and the audit
// log, each after a line end; there are none for who is no administrator.
func identitySources(ctx context.Context, t *target) (string, error) {
	cfg, err := t.tlsConfig()
	if err != nil {
		return "", err
	}
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}}
	defer web.CloseIdleConnections()
	scheme := map[bool]string{true: "https://", false: "http://"}[cfg != nil]
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+t.address+"/flight/health", http.NoBody)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+t.token)
	answer, err := web.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask for the health page: %w", err)
	}
	page, err := io.ReadAll(io.LimitReader(answer.Body, maxHealth))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return "", fmt.Errorf("ask for the health page: %w", err)
	}
	var lines strings.Builder
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "identity ") || strings.HasPrefix(line, "audit: ") {
			lines.WriteString("\n" + strings.TrimRight(line, "\n"))
		}
	}
	return lines.String(), nil
}
