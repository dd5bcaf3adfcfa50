package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/definitions"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// law puts the settings' lists, the rules of the policy file and what was granted
// in SQL together to the policy in force, and holds what was defined in SQL.
type law struct {
	mu    sync.Mutex
	cfg   policy.Config // of the settings and the rules; in force
	store *definitions.Store
	st    *stack
	log   *slog.Logger
}

// newLaw reads the policy file and opens what was defined in SQL.
func newLaw(l *loaded, st *stack, log *slog.Logger) (*law, error) {
	store, err := definitions.Open(l.State, log, time.Now)
	if err != nil {
		return nil, l.at("state").fault("state", err)
	}
	cfg, err := l.policyConfig(log)
	return &law{cfg: cfg, store: store, st: st, log: log}, err
}

// policyConfig is the rules that the settings make, and those of the policy file.
func (l *loaded) policyConfig(log *slog.Logger) (policy.Config, error) {
	cfg := policy.Config{
		ReadOnlyGroups: l.Auth.ReadOnlyGroups, WriteGroups: l.Auth.WriteGroups, AdminGroups: l.Auth.AdminGroups,
		ReadScope: l.Auth.RequiredScopes.Read, WriteScope: l.Auth.RequiredScopes.Write, AdminScope: l.Auth.RequiredScopes.Admin,
	}
	if l.Policy.File == "" {
		return cfg, nil
	}
	text, err := readSettingsFile(l.Policy.File)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		log.Error("the policy file cannot be read: nobody has any rights to tables", "file", l.Policy.File, "error", err)
	case err != nil:
		return cfg, l.at("policy.file").fault("policy.file", fmt.Errorf("%s: %w", l.Policy.File, err))
	}
	if cfg.Rules, err = policy.Parse(l.Policy.File, text); err != nil {
		return cfg, l.at("policy.file").fault("policy.file", err)
	}
	if cfg.Rules.Empty() {
		log.Warn("the policy file has no rules: nobody has any rights to tables", "file", l.Policy.File)
	}
	for key, groups := range map[string][]string{"auth.read_only_groups": cfg.ReadOnlyGroups, "auth.write_groups": cfg.WriteGroups} {
		if len(groups) > 0 {
			log.Warn("a policy file decides about tables, and this key gives no rights beside it", "key", key)
		}
	}
	return cfg, nil
}

// with is the policy of cfg and of what is granted now.
func (w *law) with(cfg policy.Config) (*policy.Policy, error) {
	cfg.Grants = w.store.Get().Grants
	return policy.New(cfg)
}

// settleRules makes the rules of pol ready for use, and tries them on the tables there are.
func settleRules(ctx context.Context, st *stack, pol *policy.Policy, log *slog.Logger) error {
	contents, err := st.engine.Contents(ctx, 0, catalog.Contents{})
	if err != nil {
		return fmt.Errorf("read what the policy speaks of: %w", err)
	}
	warnings, err := guard.Settle(ctx, st.engine.Binder(), pol, contents)
	for _, warning := range warnings {
		log.Warn("a part of the policy was not tried", "because", warning)
	}
	return err
}

// tried is the policy of cfg, whose rules have been tried on the tables there are.
func (w *law) tried(ctx context.Context, cfg policy.Config) (*policy.Policy, error) {
	pol, err := w.with(cfg)
	if err != nil {
		return nil, err
	}
	return pol, settleRules(ctx, w.st, pol, w.log)
}

// take puts cfg, whose rules have been tried, in force.
func (w *law) take(cfg policy.Config) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	pol, err := w.with(cfg)
	if err != nil {
		return err
	}
	w.cfg = cfg
	w.enact(pol)
	return nil
}

// enact needs w.mu.
func (w *law) enact(pol *policy.Policy) {
	w.st.catalogs.Govern(pol)
	w.st.catalogs.Changed()
	w.st.flight.EndWithdrawn()
}

// Apply carries out an order about definitions; what it changes is in force afterwards.
func (w *law) Apply(ctx context.Context, who auth.Principal, o guard.Order) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.store.Apply(ctx, who, o); err != nil {
		return err
	}
	return w.reenact()
}

// Grants are those that are in force.
func (w *law) Grants() policy.Grants { return w.store.Get().Grants }

// Into is contents with the views that are defined.
func (w *law) Into(contents catalog.Contents) catalog.Contents { return w.store.Get().Into(contents) }

// reread takes over what another replica defined.
func (w *law) reread() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed, err := w.store.Reread()
	if err != nil || !changed {
		return err
	}
	return w.reenact()
}

// reenact needs w.mu. The rules were tried when they were put in force.
func (w *law) reenact() error {
	pol, err := w.with(w.cfg)
	if err == nil {
		w.enact(pol)
	}
	return err
}
