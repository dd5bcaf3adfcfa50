package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newToken(p program) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "token [reader|writer|admin]",
		Short: "Print a fresh token of the development server's issuer",
		Long: `Prints a token that is good for eight hours, signed with the key in the
development server's folder. The server need not be running, and if it is it
takes the token at once. Without a name the token is the reader's.

` + exitHelp,
		Example: `  export TOKEN=$(lakegate token writer)
  lakegate token admin --dir /tmp/try`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"reader", "writer", "admin"},
		RunE: func(_ *cobra.Command, args []string) error {
			who := "reader"
			if len(args) == 1 {
				who = args[0]
			}
			_, token, err := freshDevToken(dir, who)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.stdout, token)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", defaultDevDir, "the development server's `FOLDER`")
	return cmd
}
