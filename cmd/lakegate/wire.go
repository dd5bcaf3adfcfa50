package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/auth/seal"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/flight"
	"github.com/lakegate/lakegate/policy"
)

// stack is the rooms of one server, wired. Whoever opened it must close it.
type stack struct {
	law      *law
	audit    *audit.Log // nil for none
	auth     *auth.Authenticator
	engine   *engine.Engine
	catalogs *catalog.Catalogs
	flight   *flight.Server
	scratch  string // folder to remove at the end; empty for none
}

// open builds the rooms that l describes, lowest first. Its errors name the
// keys that are at fault.
func open(ctx context.Context, l *loaded, log *slog.Logger) (st *stack, err error) {
	st = &stack{}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.close())
			st = nil
		}
	}()
	if st.law, err = newLaw(l, st, log); err != nil {
		return st, err
	}
	rules, err := st.law.with(st.law.cfg)
	if err != nil {
		return st, fmt.Errorf("auth: %w", err)
	}
	keys, err := ticketKeys(l, log)
	if err != nil {
		return st, err
	}
	identity, err := l.authConfig(rules, keys, log)
	if err != nil {
		return st, err
	}
	if st.auth, err = auth.New(ctx, identity); err != nil {
		return st, l.located(err)
	}
	if st.audit, err = l.openAudit(log); err != nil {
		return st, err
	}
	if err := st.openData(ctx, l, rules, log); err != nil {
		return st, err
	}
	if err := settleRules(ctx, st, rules, log); err != nil {
		return st, l.at("policy.file").fault("policy.file", err)
	}
	front := flight.Config{
		Engine: st.engine, Catalogs: st.catalogs, Auth: st.auth, Audit: st.audit,
		TicketKeys: keys, RequireCookie: l.Session.RequireCookie, HealthNeedsToken: l.HealthNeedsToken,
		Definitions: st.law, CancelWithdrawn: l.Policy.Withdrawn == "cancel",
		Airport: flight.Airport{Off: !l.Airport.Enabled, NoAttachToken: !l.Airport.AttachToken},
		Version: versionText(), Limits: l.limits(), Grace: l.Grace, Log: log,
	}
	if l.TLS.Certificate != "" {
		files := flight.CertificateFiles{Certificate: l.TLS.Certificate, Key: l.TLS.Key, RequireClient: l.TLS.ClientAuth == "required"}
		if l.TLS.ClientAuth != "none" {
			files.ClientCA = l.TLS.ClientCA
		}
		certificates, err := flight.NewCertificates(files, log)
		if err != nil {
			return st, l.at("tls.certificate").fault("tls", err)
		}
		front.TLS = certificates.Config()
	}
	st.flight, err = flight.New(front)
	return st, err
}

// openData opens the engine and the catalogs.
func (st *stack) openData(ctx context.Context, l *loaded, rules *policy.Policy, log *slog.Logger) error {
	cfg, err := st.engineConfig(l, log)
	if err != nil {
		return err
	}
	if st.engine, err = engine.Open(ctx, cfg); err != nil {
		return l.engineFault(err)
	}
	home := l.DefaultCatalog
	if home == "" {
		home = cfg.Lakes[0].Name
	}
	st.catalogs, err = catalog.New(catalog.Config{
		Policy:  rules,
		Load:    st.contents,
		MaxAge:  l.MetadataMaxAge,
		Catalog: home,
		Schema:  l.DefaultSchema,
	})
	return err
}

// contents is what the lakes hold, and what was defined beside them.
func (st *stack) contents(ctx context.Context, old catalog.Contents) (catalog.Contents, error) {
	contents, err := st.engine.Contents(ctx, 0, old)
	if err != nil {
		return contents, err
	}
	return st.law.store.Get().Into(contents), nil
}

// close ends the rooms, highest first.
func (st *stack) close() error {
	var errs []error
	if st.engine != nil {
		errs = append(errs, st.engine.Close())
	}
	if st.auth != nil {
		st.auth.Close()
	}
	errs = append(errs, st.audit.Close())
	if st.scratch != "" {
		errs = append(errs, os.RemoveAll(st.scratch))
	}
	return errors.Join(errs...)
}

func (l *loaded) limits() flight.Limits {
	return flight.Limits{
		Connections:        l.Limits.MaxConnections,
		ConnectionsPerPeer: l.Limits.MaxConnectionsPerPeer,
		Streams:            uint32(l.Limits.MaxStreams), //nolint:gosec // the key's kind bounds it
		MessageBytes:       int(l.Limits.MaxMessage.Bytes),
		TicketLife:         l.TicketLife,
		Requests:           l.Limits.MaxRequests,
		Burst:              l.Limits.BurstLimit,
		GlobalRequests:     l.Limits.GlobalLimit,
		SessionsPerHour:    l.Limits.SessionsPerHour,
		SessionsPerUser:    l.Limits.ConcurrentSessions,
		SessionLife:        time.Duration(l.Limits.SessionHours) * time.Hour,
		SessionIdle:        l.Session.Idle,
		SessionGrace:       l.Session.Grace,
		MostRunning:        l.Limits.MostRunning,
		Running:            l.Limits.Running,
		Queued:             l.Limits.Queued,
		QueueWait:          l.Limits.QueueWait,
		StatementTime:      l.Limits.StatementTime,
		ResultRows:         int64(l.Limits.Rows),
		ResultBytes:        l.Limits.Bytes.Bytes,
		StatementBytes:     int(l.Limits.StatementBytes.Bytes),
		Nesting:            l.Limits.Nesting,
		TemporaryTables:    l.Limits.TemporaryTables,
	}
}

func (st *stack) engineConfig(l *loaded, log *slog.Logger) (engine.Config, error) {
	cfg := engine.Config{
		Extensions:  l.extensions(),
		MemoryLimit: l.Engine.MemoryLimit.Text, Threads: l.Engine.Threads,
		Spill: l.Engine.Spill, SpillLimit: l.Engine.SpillLimit.Text,
		RequireLakes: l.LakesRequired, Stuck: l.Engine.Stuck,
		HTTPTimeout: l.Engine.HTTPTimeout, HTTPRetries: l.Engine.HTTPRetries, Audit: l.Audit.Folder,
		Log: log,
	}
	switch {
	case cfg.Spill != "":
	case l.State != "":
		cfg.Spill = filepath.Join(l.State, "spill")
	default:
		folder, err := os.MkdirTemp("", "lakegate-spill-")
		if err != nil {
			return cfg, fmt.Errorf("engine.spill: %w", err)
		}
		st.scratch, cfg.Spill = folder, folder
	}
	for _, name := range sortedNames(l.Catalogs) {
		lake := *l.Catalogs[name]
		for _, table := range sortedNames(l.Tables[name]) {
			lake.FileTables = append(lake.FileTables, *l.Tables[name][table])
		}
		cfg.Lakes = append(cfg.Lakes, lake)
	}
	for _, name := range sortedNames(l.Storage) {
		cfg.Storage = append(cfg.Storage, *l.Storage[name])
	}
	return cfg, nil
}

// extensions is the folder of the settings, or the first that is there of those
// where it usually is.
func (l *loaded) extensions() string {
	if l.Extensions != "" {
		return l.Extensions
	}
	usual := []string{"extensions"}
	if program, err := os.Executable(); err == nil {
		usual = append(usual, filepath.Join(filepath.Dir(program), "extensions"), filepath.Join(filepath.Dir(program), "..", "extensions"))
	}
	usual = append(usual, "/usr/lib/lakegate/extensions")
	for _, folder := range usual {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
	}
	return usual[0]
}

// engineFault puts the key and its place before an error of the engine's start.
func (l *loaded) engineFault(err error) error {
	var lake *engine.LakeError
	switch {
	case errors.As(err, &lake):
		return l.lakes[lake.Lake].fault("catalogs."+lake.Lake, lake.Err)
	case errors.Is(err, engine.ErrExtension):
		return l.at("extensions").fault("extensions", err)
	}
	return fmt.Errorf("start the engine: %w", err)
}

// located makes mistakes with their places of joined errors that begin with a
// key's path, as those of auth.New do.
func (l *loaded) located(err error) error {
	var wrong mistakes
	for _, e := range flatten(err) {
		text := e.Error()
		path, _, _ := strings.Cut(text, " ")
		wrong.add(l.at(strings.TrimSuffix(path, ":")), "", "%s", text)
	}
	return wrong.err()
}

// flatten is the single errors of a joined one; what they wrap stays in them.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flatten(e)...)
	}
	return out
}

// ticketKeys are those of the settings; without any, the one kept in the state
// folder, which is made at the first start; without that folder, none.
func ticketKeys(l *loaded, log *slog.Logger) ([]seal.Key, error) {
	var keys []seal.Key
	for _, text := range l.TicketKeys {
		k, err := seal.ParseKey(string(text))
		if err != nil {
			return nil, l.at("ticket_key").fault("ticket_key", err)
		}
		keys = append(keys, k)
	}
	if len(keys) > 0 {
		return keys, nil
	}
	if l.State == "" {
		log.Warn("neither ticket_key nor state is set: tickets, prepared statements and cookies end with this process and are of no use to replicas")
		return nil, nil
	}
	k, err := keptTicketKey(filepath.Join(l.State, "ticket.key"))
	if err != nil {
		return nil, l.at("state").fault("state", fmt.Errorf("keep a ticket key: %w", err))
	}
	return []seal.Key{k}, nil
}

// keptTicketKey reads the key in file, or makes it there.
func keptTicketKey(file string) (seal.Key, error) {
	text, err := readSecret(file)
	if err == nil {
		return seal.ParseKey(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return seal.Key{}, fmt.Errorf("%s: %w", file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return seal.Key{}, err
	}
	k, err := seal.NewKey()
	if err != nil {
		return k, err
	}
	return k, writeWhole(file, []byte(k.Text()+"\n"), 0o600)
}

// writeWhole writes a file so that nobody ever sees half of it.
func writeWhole(name string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// newLog is the server's log.
func newLog(l *loaded, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Log.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if l.Log.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return slog.New(slog.NewJSONHandler(w, options)), nil
}
