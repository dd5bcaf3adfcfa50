package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
)

func newPolicyTest(p program) *cobra.Command {
	var o policyOptions
	cmd := &cobra.Command{
		Use:   "test --config FILE CASES",
		Short: "Run the cases of a file that say who must be allowed and denied what",
		Long: `Runs the cases that are kept with a policy: for each, whether a statement is
allowed for somebody and, for a query, which columns and how many rows it gives.
Statements that change something are judged and not run.

` + exitHelp,
		Example: `  lakegate policy test --config lakegate.yaml policy_cases.yaml`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			cases, err := readCases(args[0])
			if err != nil {
				return coded(exitUsage, err)
			}
			l, err := o.load(p)
			if err != nil {
				return err
			}
			st, _, err := o.bench(cmd.Context(), p, l)
			if err != nil {
				return coded(exitFailed, err)
			}
			defer func() { err = errors.Join(err, st.close()) }()
			failed := 0
			for i, c := range cases {
				name := c.Name
				if name == "" {
					name = fmt.Sprintf("case %d", i+1)
				}
				verdict := "ok  "
				why := c.try(cmd.Context(), st)
				if why != nil {
					failed++
					verdict = "FAIL"
				}
				if _, err := fmt.Fprintf(p.stdout, "%s %s\n", verdict, name); err != nil {
					return err
				}
				if why != nil {
					if _, err := fmt.Fprintf(p.stdout, "     %v\n", why); err != nil {
						return err
					}
				}
			}
			if failed > 0 {
				return coded(exitFailed, fmt.Errorf("%d of %d cases failed", failed, len(cases)))
			}
			return nil
		},
	}
	o.flags(cmd)
	return cmd
}

// policyCase is one case of a file for policy test.
type policyCase struct {
	Name    string         `yaml:"name"`
	As      string         `yaml:"as"`
	Groups  []string       `yaml:"groups"`
	Scopes  []string       `yaml:"scopes"`
	Claims  map[string]any `yaml:"claims"`
	SQL     string         `yaml:"sql"`
	Expect  string         `yaml:"expect"`  // allow or deny
	Columns []string       `yaml:"columns"` // of the result, where it is allowed
	Rows    *int64         `yaml:"rows"`    // of the result of a query
}

func readCases(file string) ([]policyCase, error) {
	text, err := readSettingsFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var cases []policyCase
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&cases); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i, c := range cases {
		switch {
		case c.As == "", c.SQL == "":
			return nil, fmt.Errorf("%s: case %d: as and sql are required", file, i+1)
		case c.Expect != "allow" && c.Expect != "deny":
			return nil, fmt.Errorf("%s: case %d: expect is %q; want allow or deny", file, i+1, c.Expect)
		case c.Expect == "deny" && (c.Columns != nil || c.Rows != nil):
			return nil, fmt.Errorf("%s: case %d: columns and rows go with expect: allow", file, i+1)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s: it has no cases", file)
	}
	return cases, nil
}

// try says what is otherwise than c expects; nil for nothing.
func (c *policyCase) try(ctx context.Context, st *stack) error {
	who := auth.Principal{
		Provider: "policy", Method: auth.ByToken, Subject: c.As, User: c.As, Groups: c.Groups, Scopes: c.Scopes, Claims: map[string]any{},
	}
	// As a token's claims are: JSON.
	text, err := json.Marshal(c.Claims)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&who.Claims); err != nil {
		return err
	}
	view, err := st.catalogs.For(ctx, who)
	if err != nil {
		return err
	}
	r := engine.Request{View: view.As(who.User), SQL: c.SQL}
	d, err := st.engine.Describe(ctx, r)
	switch {
	case err != nil && errors.Is(err, engine.ErrUnavailable):
		return err
	case err != nil && c.Expect == "deny":
		return nil
	case err != nil:
		return fmt.Errorf("it is denied: %w", err)
	case c.Expect == "deny":
		return errors.New("it is allowed")
	}
	if c.Columns != nil {
		var names []string
		if d.Schema != nil {
			for _, f := range d.Schema.Fields() {
				names = append(names, f.Name)
			}
		}
		if !slices.Equal(names, c.Columns) {
			return fmt.Errorf("it gives the columns %q", names)
		}
	}
	if c.Rows == nil {
		return nil
	}
	if d.Kind != guard.Query {
		return errors.New("rows are counted of queries only")
	}
	result, err := st.engine.Update(ctx, r) // counts the rows of a query
	if err != nil {
		return err
	}
	if result.Rows != *c.Rows {
		return fmt.Errorf("it gives %d rows", result.Rows)
	}
	return nil
}
