package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newConfig(p program) *cobra.Command {
	config := &cobra.Command{Use: "config", Short: "Look at the settings"}
	var file string
	show := &cobra.Command{
		Use:   "print --config FILE",
		Short: "Print the settings in force, secrets masked, each with where it comes from",
		Long: `Reads the settings as serve does (built-in defaults, then the file, then the
environment), checks them, and prints what is in force as YAML. Each line says
where its value comes from. Secrets are masked.

` + exitHelp,
		Example: `  lakegate config print --config lakegate.yaml
  LAKEGATE_ENGINE_MEMORY_LIMIT=8GB lakegate config print --config lakegate.yaml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if file == "" {
				file = p.getenv("LAKEGATE_CONFIG")
			}
			l, err := loadSettings(file, p.environment)
			if err != nil {
				return err
			}
			for _, w := range l.warnings {
				if _, err := fmt.Fprintln(p.stderr, "warning:", w); err != nil {
					return fmt.Errorf("write a warning: %w", err)
				}
			}
			if err := l.print(p.stdout); err != nil {
				return err
			}
			return l.printHCL(p.stdout)
		},
	}
	show.Flags().StringVar(&file, "config", "", "settings `FILE` (also LAKEGATE_CONFIG)")
	config.AddCommand(show)
	return config
}
