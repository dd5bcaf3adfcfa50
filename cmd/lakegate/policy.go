package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

func newPolicy(p program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Look at the rules that say who may see and do what",
		Long: `Checks, explains and tests the rules of a policy file against the lakes of the
settings, as the server would apply them. It opens the lakes by itself: a lake
of type duckdb, or one whose metadata is a DuckDB file, can be open in one
process only, so stop the server first or use check --offline.`,
	}
	cmd.AddCommand(newPolicyCheck(p), newPolicyExplain(p), newPolicyTest(p))
	return cmd
}

// policyOptions are what the commands about policies share.
type policyOptions struct {
	config, file string
}

func (o *policyOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.config, "config", "", "settings `FILE` (also LAKEGATE_CONFIG)")
	cmd.Flags().StringVar(&o.file, "policy", "", "policy `FILE` instead of the one that the settings name")
}

// load reads the settings, which must name a policy file.
func (o *policyOptions) load(p program) (*loaded, error) {
	if o.config == "" {
		o.config = p.getenv("LAKEGATE_CONFIG")
	}
	l, err := loadSettings(o.config, p.environment)
	if err != nil {
		return nil, err
	}
	if o.file != "" {
		l.Policy.File = o.file
	}
	if l.Policy.File == "" {
		return nil, coded(exitUsage, errors.New("the settings name no policy.file; give one with --policy FILE"))
	}
	return l, nil
}

// bench is a stack without a server, on which policies are tried. The caller must
// close it.
func (o *policyOptions) bench(ctx context.Context, p program, l *loaded) (st *stack, pol *policy.Policy, err error) {
	log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	st = &stack{}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.close())
		}
	}()
	// A folder of its own: a server that runs uses the one of the settings.
	if l.Engine.Spill, err = os.MkdirTemp("", "lakegate-policy-"); err != nil {
		return st, nil, fmt.Errorf("make a folder for spilling: %w", err)
	}
	st.scratch = l.Engine.Spill
	if st.law, err = newLaw(l, st, log); err != nil {
		return st, nil, err
	}
	if pol, err = st.law.with(st.law.cfg); err != nil {
		return st, nil, l.at("policy.file").fault("policy.file", err)
	}
	if err = st.openData(ctx, l, pol, log); err != nil {
		return st, nil, err
	}
	if err = settleRules(ctx, st, pol, log); err != nil {
		return st, nil, l.at("policy.file").fault("policy.file", err)
	}
	return st, pol, nil
}

func newPolicyCheck(p program) *cobra.Command {
	var o policyOptions
	var offline bool
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Say what is wrong with the policy file",
		Long: `Reads the policy file as serve does and tries every mask and filter on the tables
that it is for. With --offline it looks at the file alone.

` + exitHelp,
		Example: `  lakegate policy check --config lakegate.yaml
  lakegate policy check --offline --policy policy.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if offline && o.file != "" {
				text, err := readSettingsFile(o.file)
				if err != nil {
					return coded(exitUsage, fmt.Errorf("%s: %w", o.file, err))
				}
				rules, err := policy.Parse(o.file, text)
				if err != nil {
					return coded(exitFailed, err)
				}
				return saidInOrder(p.stdout, rules, o.file)
			}
			l, err := o.load(p)
			if err != nil {
				return err
			}
			if offline {
				cfg, err := l.policyConfig(slog.New(slog.DiscardHandler))
				if err != nil {
					return coded(exitFailed, err)
				}
				return saidInOrder(p.stdout, cfg.Rules, l.Policy.File)
			}
			st, _, err := o.bench(cmd.Context(), p, l)
			if err != nil {
				return coded(exitFailed, err)
			}
			defer func() { err = errors.Join(err, st.close()) }()
			if err := st.warnOfIdle(cmd.Context(), p.stdout); err != nil {
				return err
			}
			return saidInOrder(p.stdout, st.law.cfg.Rules, l.Policy.File)
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&offline, "offline", false, "look at the file alone, not at the lakes")
	return cmd
}

// warnOfIdle names the rules that are for nothing that the lakes hold now.
func (st *stack) warnOfIdle(ctx context.Context, w io.Writer) error {
	contents, err := st.contents(ctx, catalog.Contents{})
	if err != nil {
		return err
	}
	var objects []policy.Object
	for _, c := range contents.Catalogs {
		for _, s := range c.Schemas {
			for _, t := range s.Tables {
				objects = append(objects, t.Object())
			}
		}
	}
	for _, idle := range st.law.cfg.Rules.Idle(objects) {
		if _, err := fmt.Fprintln(w, "note:", idle); err != nil {
			return err
		}
	}
	return nil
}

// saidInOrder says that the rules are in order.
func saidInOrder(w io.Writer, rules *policy.Rules, file string) error {
	text := file + ": in order"
	if rules.Empty() {
		text = file + ": it has no rules, so nobody has any rights to tables"
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// person is whom a policy is tried for.
type person struct {
	user   string
	groups []string
	scopes []string
	claims []string // name=value
}

func (w *person) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&w.user, "as", "", "`USER` for whom the policy is asked")
	f.StringSliceVar(&w.groups, "groups", nil, "the user's `GROUPS`, with commas between them")
	f.StringSliceVar(&w.scopes, "scopes", nil, "the `SCOPES` of the user's token")
	f.StringArrayVar(&w.claims, "claim", nil, "`NAME=VALUE` of the user's token; may be given several times")
	if err := cmd.MarkFlagRequired("as"); err != nil {
		cobra.CheckErr(err) // only for a flag that is not there
	}
}

// principal is w as the server would know them by a token.
func (w *person) principal() (auth.Principal, error) {
	p := auth.Principal{
		Provider: "policy", Method: auth.ByToken, Subject: w.user, User: w.user,
		Groups: w.groups, Scopes: w.scopes, Claims: map[string]any{},
	}
	for _, c := range w.claims {
		name, value, ok := strings.Cut(c, "=")
		if !ok {
			return p, coded(exitUsage, fmt.Errorf("--claim %q: want NAME=VALUE", c))
		}
		switch old := p.Claims[name].(type) {
		case nil:
			p.Claims[name] = value
		case []any:
			p.Claims[name] = append(old, value)
		default:
			p.Claims[name] = []any{old, value}
		}
	}
	return p, nil
}
