package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// program is what the commands share of the process.
type program struct {
	name           string // as a shell would call it
	environment    []string
	stdout, stderr io.Writer
}

// getenv is the last value of name in the environment; empty where there is none.
func (p program) getenv(name string) string {
	value := ""
	for _, pair := range p.environment {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// newRoot is the command with all below it. *started turns true when a
// command's own work begins: errors before that are wrong usage.
func newRoot(p program) (root *cobra.Command, started *bool) {
	started = new(bool)
	root = &cobra.Command{
		Use:   "lakegate",
		Short: "SQL over tables on S3, through Arrow Flight, under the caller's own identity",
		Long: `Lakegate puts an embedded DuckDB over tables whose bytes lie on S3 (or in a
folder) behind Arrow Flight SQL on one port, and lets each caller see what the
token of their own identity provider entitles them to.

` + exitHelp,
		Example: `  lakegate serve --dev                        try it: a lake, three people and their tokens
  lakegate query --dev reader "SHOW TABLES"   ask that server
  lakegate serve --config lakegate.yaml       the real thing
  lakegate check                              is it serving?`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmd.ValidateFlagGroups(); err != nil {
				return err
			}
			*started = true
			return nil
		},
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.AddCommand(newServe(p), newCheck(p), newQuery(p), newToken(p), newPolicy(p), newLogin(p), newLogout(p), newConfig(p), newVersion(p))
	return root, started
}
