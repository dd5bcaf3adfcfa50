package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

func newPolicyExplain(p program) *cobra.Command {
	var o policyOptions
	var w person
	cmd := &cobra.Command{
		Use:   "explain --config FILE --as USER [--groups A,B] SQL",
		Short: "Say what the policy makes of a statement, and by which rules",
		Long: `Says whether somebody may run a statement and, for each table in it, which rule
decides, what they may do with it, which columns they see how, and which rows.
It runs nothing.

` + exitHelp,
		Example: `  lakegate policy explain --config lakegate.yaml --as ann --groups analysts "SELECT * FROM lake.main.orders"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			who, err := w.principal()
			if err != nil {
				return err
			}
			l, err := o.load(p)
			if err != nil {
				return err
			}
			st, pol, err := o.bench(cmd.Context(), p, l)
			if err != nil {
				return coded(exitFailed, err)
			}
			defer func() { err = errors.Join(err, st.close()) }()
			text, err := explained(cmd.Context(), st, pol, who, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(p.stdout, text)
			return err
		},
	}
	o.flags(cmd)
	w.flags(cmd)
	return cmd
}

// explained is what the policy makes of sql for who.
func explained(ctx context.Context, st *stack, pol *policy.Policy, who auth.Principal, sql string) (string, error) {
	view, err := st.catalogs.For(ctx, who)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	d, err := st.engine.Describe(ctx, engine.Request{View: view.As(who.User), SQL: sql})
	if err != nil {
		fmt.Fprintf(&b, "refused: %v\n", err)
		err := explainNamed(ctx, &b, st, pol, who, sql)
		return b.String(), err
	}
	fmt.Fprintf(&b, "allowed for %s\n", who.User)
	names := d.Verdict.Reads
	if d.Verdict.Target.Table != "" && d.Verdict.Kind != guard.Query {
		names = append([]catalog.Name{d.Verdict.Target}, names...)
	}
	for _, name := range names {
		t, err := view.Table(name.Catalog, name.Schema, name.Table)
		if err != nil {
			fmt.Fprintf(&b, "\n%s\n  not there yet\n", logicalName(name))
			continue
		}
		explainTable(&b, t)
		explainRules(&b, pol.Explain(who, t.Object()))
	}
	return b.String(), nil
}

// explainNamed says of each table whose name is in a refused statement what
// decided about it, whether or not it exists for who.
func explainNamed(ctx context.Context, b *strings.Builder, st *stack, pol *policy.Policy, who auth.Principal, sql string) error {
	contents, err := st.contents(ctx, catalog.Contents{})
	if err != nil {
		return err
	}
	text := strings.ToLower(sql)
	for _, c := range contents.Catalogs {
		for _, s := range c.Schemas {
			for _, t := range s.Tables {
				if c.Type == catalog.System || !strings.Contains(text, strings.ToLower(t.Name.Table)) {
					continue
				}
				e := pol.Explain(who, t.Object())
				fmt.Fprintf(b, "\n%s\n  rule:       %s\n  privileges: %s\n", logicalName(t.Name), orNone(e.Decision.Rule), privileges(e.Decision.Privileges))
				explainRules(b, e)
			}
		}
	}
	return nil
}

// explainRules says which rules did not decide, and why.
func explainRules(b *strings.Builder, e policy.Explanation) {
	for _, step := range e.Tried {
		if step.Why != "" {
			fmt.Fprintf(b, "  passed by:  %s: %s\n", step.Rule, step.Why)
		}
	}
}

func explainTable(b *strings.Builder, t catalog.Table) {
	fmt.Fprintf(b, "\n%s\n  rule:       %s\n  privileges: %s\n", logicalName(t.Name), orNone(t.Rule), privileges(t.Privileges))
	if t.Filter != "" {
		fmt.Fprintf(b, "  rows:       %s\n", t.Filter)
	} else {
		fmt.Fprintln(b, "  rows:       all")
	}
	for _, c := range t.Columns {
		if c.Mask != "" {
			fmt.Fprintf(b, "  column %s: %s\n", c.Name, c.Mask)
		} else {
			fmt.Fprintf(b, "  column %s\n", c.Name)
		}
	}
	for _, name := range t.Hidden {
		fmt.Fprintf(b, "  column %s: absent\n", name)
	}
}

func logicalName(n catalog.Name) string { return n.Catalog + "." + n.Schema + "." + n.Table }

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// privileges names those in p.
func privileges(p policy.Privileges) string {
	var names []string
	for i, name := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER"} {
		if p.Has(policy.Select << i) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
