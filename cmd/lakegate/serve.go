package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
)

func newServe(p program) *cobra.Command {
	var file string
	var dev bool
	var o devOptions
	cmd := &cobra.Command{
		Use:   "serve {--config FILE | --dev}",
		Short: "Run the server",
		Long: `Runs the server until SIGINT or SIGTERM. Then health says NOT_SERVING, calls in
progress may go on for the time that the setting "grace" gives, and what is
left is cancelled. A second signal ends the process at once.

What the settings say of identity and rights is read again on SIGHUP and when a
file changes, all of it or, where anything is wrong, nothing; certificates, key
files and group files are watched by themselves. Other settings take effect at a
restart.

With --config, the settings are built-in defaults, then the file, then the
environment: every key is also LAKEGATE_<KEY>, such as LAKEGATE_LISTEN or
LAKEGATE_ENGINE_MEMORY_LIMIT. docs/configuration.md lists them all.

With --dev, the server makes what it needs in one folder: an identity provider
of its own on this machine, a lake with sample tables, and tokens for a reader,
a writer and an administrator. It listens on loopback only.

` + exitHelp,
		Example: `  lakegate serve --dev
  lakegate serve --dev --dir /tmp/try --listen 127.0.0.1:6000 --tls
  lakegate serve --config /etc/lakegate/lakegate.yaml
  LAKEGATE_LISTEN=0.0.0.0:443 lakegate serve --config lakegate.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dev {
				if file != "" {
					return coded(exitUsage, errors.New("--dev makes its own settings; it does not go with --config"))
				}
				return serveDev(cmd.Context(), p, o)
			}
			for _, name := range []string{"dir", "listen", "tls", "extensions"} {
				if cmd.Flags().Changed(name) {
					return coded(exitUsage, fmt.Errorf("--%s goes with --dev; with --config it is a setting", name))
				}
			}
			if file == "" {
				file = p.getenv("LAKEGATE_CONFIG")
			}
			l, err := loadSettings(file, p.environment)
			if err != nil {
				return err
			}
			return serveSettings(cmd.Context(), p, l)
		},
	}
	f := cmd.Flags()
	f.StringVar(&file, "config", "", "settings `FILE` (also LAKEGATE_CONFIG)")
	f.BoolVar(&dev, "dev", false, "for development: make everything that is needed, on this machine only")
	f.StringVar(&o.dir, "dir", defaultDevDir, "with --dev: `FOLDER` that holds what is made")
	f.StringVar(&o.listen, "listen", defaultAddress, "with --dev: loopback `ADDRESS` to listen on")
	f.BoolVar(&o.tls, "tls", false, "with --dev: speak TLS, with a certificate made for it")
	f.StringVar(&o.extensions, "extensions", "", "with --dev: `FOLDER` with the engine's extensions (also LAKEGATE_EXTENSIONS)")
	return cmd
}

// serveSettings runs the server that l describes until ctx ends.
func serveSettings(ctx context.Context, p program, l *loaded) (err error) {
	log, err := newLog(l, p.stderr)
	if err != nil {
		return err
	}
	for _, w := range l.warnings {
		log.Warn(w)
	}
	lis, err := listen(ctx, l.Listen)
	if err != nil {
		return l.at("listen").fault("listen", err)
	}
	defer lis.Close() //nolint:errcheck // closed by Serve where it came so far
	st, err := open(ctx, l, log)
	if err != nil {
		return startError(ctx, err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	defer watchSettings(ctx, p, l, st, log)()
	return st.serve(ctx, lis, log)
}

// startError is nil where the start was ended on purpose.
func startError(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// heapFloor counts as alive for the garbage collector, and is never touched, so that
// no memory lies behind it. The data is DuckDB's and little else lives in Go: without
// this the collector would run once in a hundred small statements.
const heapFloor = 8 << 20

// serve answers on lis until ctx ends.
func (st *stack) serve(ctx context.Context, lis net.Listener, log *slog.Logger) error {
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)
	log.Info("listening", "address", lis.Addr().String(), "version", versionText())
	if err := st.flight.Serve(ctx, lis); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	log.Info("stopped")
	return nil
}

// hearHangups takes SIGHUP, which would end the process, and says in the log
// that it has no effect, until stop is called.
func hearHangups(log *slog.Logger) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	done, heard := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		for {
			select {
			case <-hangup:
				log.Warn("SIGHUP changes nothing here: the settings are made by --dev")
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(done)
		<-heard
	}
}

// listen opens the port, with an error that says what to do about one that is taken.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken: another server is running there; stop it or listen elsewhere", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return lis, nil
}
