package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// filesEvery is how often the settings file and the folder of identity
// providers are looked at.
const filesEvery = 2 * time.Second

// keysWithin bounds how long a reload by signal waits for providers' keys.
const keysWithin = 15 * time.Second

// reloader reads the settings again and puts in force what they say of identity
// and rights: all of it or, where anything is wrong, nothing.
type reloader struct {
	p     program
	l     *loaded // in force
	st    *stack
	log   *slog.Logger
	marks string // of the files, when they were last read
}

// watchSettings reloads on SIGHUP and when a file changes, until stop is called.
func watchSettings(ctx context.Context, p program, l *loaded, st *stack, log *slog.Logger) (stop func()) {
	r := &reloader{p: p, l: l, st: st, log: log, marks: l.marks()}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(filesEvery)
		defer tick.Stop()
		for {
			select {
			case <-hangup:
				r.reload(ctx, "SIGHUP")
				r.fetchKeys(ctx)
			case <-tick.C:
				if r.l.marks() != r.marks {
					r.reload(ctx, "a file changed")
				}
				if err := r.st.law.reread(); err != nil {
					r.log.Error("what another replica defined cannot be read; what is known stays", "error", err)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		cancel()
		<-done
	}
}

// reload says in the log what came of it.
func (r *reloader) reload(ctx context.Context, why string) {
	r.marks = r.l.marks()
	next, err := loadSettings(r.l.file, r.p.environment)
	if err == nil {
		err = r.take(ctx, next)
	}
	if err != nil {
		r.log.Error("settings cannot be put in force; the old ones stay", "because", why, "error", err)
		r.st.flight.AuditReload(why, err)
		return
	}
	for _, w := range next.warnings {
		r.log.Warn(w)
	}
	later := r.l.differences(next)
	r.l = next
	r.marks = next.marks()
	r.log.Info("settings of identity and rights are in force", "because", why)
	r.st.flight.AuditReload(why, nil)
	if len(later) > 0 {
		r.log.Warn("other settings changed too; they take effect at a restart", "keys", later)
	}
}

// take puts next in force.
func (r *reloader) take(ctx context.Context, next *loaded) error {
	laws, err := next.policyConfig(r.log)
	if err != nil {
		return err
	}
	rules, err := r.st.law.tried(ctx, laws)
	if err != nil {
		return next.at("policy.file").fault("policy.file", err)
	}
	keys, err := ticketKeys(next, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	cfg, err := next.authConfig(rules, keys, r.log)
	if err != nil {
		return err
	}
	if err := r.st.auth.Update(cfg); err != nil {
		return next.located(err)
	}
	if err := r.st.law.take(laws); err != nil {
		return err
	}
	r.st.flight.EndUntrusted()
	return nil
}

// fetchKeys has all signing keys asked for again: a key that was withdrawn ends now.
func (r *reloader) fetchKeys(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, keysWithin)
	defer cancel()
	if err := r.st.auth.Reload(ctx); err != nil && !errors.Is(err, context.Canceled) {
		r.log.Warn("signing keys could not be had again; the old ones stay", "error", err)
	}
}

// marks changes when a file changes that only a reload reads.
func (l *loaded) marks() string {
	var b strings.Builder
	mark := func(path string) {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	if l.file != "" {
		mark(l.file)
	}
	for _, path := range l.paths() {
		if g := l.origin[path]; g.file {
			for _, name := range g.values {
				mark(resolveIf(g.folder, name))
			}
		}
	}
	for _, name := range []string{l.Auth.ProviderCA, l.Auth.LDAPCA, l.Policy.File} {
		if name != "" {
			mark(name)
		}
	}
	if slices.Contains(l.Auth.Providers, "hcl") {
		b.WriteString(l.Auth.HCL.Mark())
	}
	return b.String()
}

// differences are the keys, other than those of identity and rights, that next
// says something else about.
func (l *loaded) differences(next *loaded) []string {
	var changed []string
	seen := map[string]bool{}
	for _, path := range append(l.paths(), next.paths()...) {
		if seen[path] || strings.HasPrefix(path, "auth.") || path == "policy.file" {
			continue
		}
		seen[path] = true
		if !slices.Equal(l.texts(path), next.texts(path)) || !slices.Equal(l.origin[path].values, next.origin[path].values) {
			changed = append(changed, path)
		}
	}
	slices.Sort(changed)
	return changed
}

// texts is what is in force for a key that somebody gave; nil where nobody did.
func (l *loaded) texts(path string) []string {
	g, ok := l.origin[path]
	if !ok {
		return nil
	}
	return texts(g.key.field(l.settings, g.names))
}
