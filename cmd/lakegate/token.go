package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newToken(p program) *cobra.Command {
	var dir, name string
	cmd := &cobra.Command{
		Use:   "token [reader|writer|admin] | --login NAME",
		Short: "Print a fresh token: of the development server's issuer, or of a login",
		Long: `Prints a token that is good for eight hours, signed with the key in the
development server's folder. The server need not be running, and if it is it
takes the token at once. Without a name the token is the reader's.

With --login it prints the token of a login, renewed if need be.

` + exitHelp,
		Example: `  export TOKEN=$(lakegate token writer)
  lakegate token admin --dir /tmp/try
  export TOKEN=$(lakegate token --login default)`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"reader", "writer", "admin"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if name != "" {
				if len(args) > 0 {
					return coded(exitUsage, errors.New("--login takes no other name"))
				}
				store, err := loginStore(p)
				if err != nil {
					return err
				}
				kept, err := store.Fresh(cmd.Context(), name)
				if err != nil {
					return fmt.Errorf("login %s: %w", name, err)
				}
				_, err = fmt.Fprintln(p.stdout, kept.Token)
				return err
			}
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
	cmd.Flags().StringVar(&name, "login", "", "the login's `NAME`")
	return cmd
}
