package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/lakegate/lakegate/login"
)

// loginName is the login that commands use which name none.
const loginName = "default"

// loginStore is where this user's logins lie.
func loginStore(p program) (login.Store, error) {
	folder := p.getenv("LAKEGATE_LOGINS")
	if folder == "" {
		base := p.getenv("XDG_CONFIG_HOME")
		if base == "" {
			var err error
			if base, err = os.UserConfigDir(); err != nil {
				return login.Store{}, fmt.Errorf("find the folder for logins: %w; LAKEGATE_LOGINS names one", err)
			}
		}
		folder = filepath.Join(base, "lakegate", "logins")
	}
	return login.Store{Folder: folder, HTTP: &http.Client{Timeout: 30 * time.Second}}, nil
}

// loginOptions is what login is told.
type loginOptions struct {
	target     target
	name       string
	client     login.Client
	secretFile string
	offline    bool
	device     bool
	noBrowser  bool
	port       int
	wait       time.Duration
}

func newLogin(p program) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login --issuer URL --client-id ID",
		Short: "Log in at your identity provider, and keep the token for other commands",
		Long: `Logs in at an OpenID provider with a browser on this machine (authorization code
with PKCE, answered to a port of 127.0.0.1) or, where there is no browser, with a
code to be entered on another device. The token is kept in your own configuration
folder, readable by you alone, and renewed when it is used: query and check take
it by themselves for the server that it is for, and "lakegate token --login"
prints a fresh one for other programs.

` + exitHelp,
		Example: `  lakegate login --issuer https://id.example.com/realms/data --client-id lakegate-cli --address lake:50051 --tls
  lakegate login --issuer https://company.okta.com/oauth2/default --client-id 0oa1 --scope openid,read:data --offline
  lakegate login --device --issuer https://id.example.com/realms/data --client-id lakegate-cli
  lakegate query "SHOW TABLES"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := loginStore(p)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), p, store)
		},
	}
	o.target.serverFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.client.Issuer, "issuer", "", "the identity provider's `URL`, exactly as its tokens have it")
	f.StringVar(&o.client.ID, "client-id", "", "the application's `ID` there")
	f.StringVar(&o.secretFile, "client-secret-file", "", "`FILE` with the application's secret, for the few providers that give one to programs on people's machines")
	f.StringSliceVar(&o.client.Scopes, "scope", []string{"openid"}, "`SCOPES` to ask for, separated by commas")
	f.StringVar(&o.client.Audience, "audience", "", "`AUDIENCE` to ask for, where the provider wants that (Auth0)")
	f.BoolVar(&o.client.IDToken, "id-token", false, "use the ID token, for providers whose access tokens cannot be verified (Google)")
	f.BoolVar(&o.offline, "offline", false, "also ask for the scope offline_access, without which many providers give nothing to renew with")
	f.BoolVar(&o.device, "device", false, "show a code to be entered on another device")
	f.BoolVar(&o.noBrowser, "no-browser", false, "print the address instead of opening a browser")
	f.IntVar(&o.port, "port", 0, "`PORT` of 127.0.0.1 for the answer, where the provider wants it registered; 0 takes any")
	f.StringVar(&o.name, "name", loginName, "`NAME` to keep the login by")
	f.DurationVar(&o.wait, "timeout", 5*time.Minute, "how long to wait for the login")
	for _, name := range []string{"issuer", "client-id"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name)) // only for a flag that is not there
	}
	return cmd
}

func (o *loginOptions) run(ctx context.Context, p program, store login.Store) error {
	if err := o.target.complete(p); err != nil {
		return err
	}
	if o.secretFile != "" {
		text, err := readSecret(o.secretFile)
		if err != nil {
			return coded(exitUsage, fmt.Errorf("client secret file %s: %w", o.secretFile, err))
		}
		o.client.Secret = trimNewline(text)
	}
	if o.offline {
		o.client.Scopes = append(o.client.Scopes, "offline_access")
	}
	o.client.HTTP = store.HTTP
	ctx, cancel := context.WithTimeout(ctx, o.wait)
	defer cancel()
	tokens, err := o.ask(ctx, p)
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	ca := o.target.ca
	if ca != "" {
		if ca, err = filepath.Abs(ca); err != nil {
			return fmt.Errorf("find %s: %w", o.target.ca, err)
		}
	}
	err = store.Save(o.name, login.Kept{
		Issuer: o.client.Issuer, ClientID: o.client.ID, Secret: o.client.Secret, Scopes: o.client.Scopes, Audience: o.client.Audience, IDToken: o.client.IDToken,
		Address: o.target.address, CA: ca, TLS: o.target.tls,
		Token: tokens.Use, Refresh: tokens.Refresh, Expires: tokens.Expires,
	})
	if err != nil {
		return err
	}
	if tokens.Refresh == "" {
		if _, err := fmt.Fprintln(p.stderr, "The provider gave nothing to renew the token with; --offline asks for it."); err != nil {
			return err
		}
	}
	return printLoginLines(p.stdout, p.name, o.name, o.target)
}

// ask logs in by the way that this machine has.
func (o *loginOptions) ask(ctx context.Context, p program) (login.Tokens, error) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(p.stderr, format, args...) } // a person reads it, or nobody
	if o.device {
		return o.client.Device(ctx, func(code, address string) {
			say("Open %s on any device and enter the code %s\n", address, code)
		})
	}
	return o.client.Browser(ctx, o.port, func(address string) {
		if !o.noBrowser && openBrowser(ctx, p, address) == nil {
			say("Your browser shows the login; if it does not, open %s\n", address)
			return
		}
		say("Open this address in a browser on this machine (or use --device):\n%s\n", address)
	})
}

var errNoBrowser = errors.New("no browser")

// openBrowser has the system show address.
func openBrowser(ctx context.Context, p program, address string) error {
	name, args := "xdg-open", []string{address}
	switch {
	case p.getenv("BROWSER") != "":
		name = p.getenv("BROWSER")
	case runtime.GOOS == "darwin":
		name = "open"
	case runtime.GOOS == "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	case p.getenv("DISPLAY") == "" && p.getenv("WAYLAND_DISPLAY") == "":
		return errNoBrowser
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open a browser: %w", err)
	}
	return cmd.Process.Release()
}

func newLogout(p program) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Forget a login, and tell the identity provider",
		Long:  "Removes the login's file and revokes its refresh token, where the provider can.\n\n" + exitHelp,
		Example: `  lakegate logout
  lakegate logout --name staging`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := loginStore(p)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
			defer cancel()
			if err := store.Forget(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", loginName, "the login's `NAME`")
	return cmd
}

// fromLogin takes a fresh token of a login, and what it knows of its server. A
// login that was not asked for by name is used only for its own server.
func (t *target) fromLogin(ctx context.Context, p program) error {
	asked := t.login != ""
	name := t.login
	if !asked {
		name = loginName
	}
	store, err := loginStore(p)
	if err != nil {
		if asked {
			return err
		}
		return nil
	}
	kept, err := store.Load(name)
	if !asked && (err != nil || t.address != "" && t.address != kept.Address) {
		return nil //nolint:nilerr // no login that could serve is as none
	}
	if err == nil {
		kept, err = store.Fresh(ctx, name)
	}
	if err != nil {
		return coded(exitUsage, fmt.Errorf("login %s: %w", name, err))
	}
	if t.address == "" {
		t.address = kept.Address
	}
	if t.address == kept.Address {
		t.tls = t.tls || kept.TLS
		if t.ca == "" {
			t.ca = kept.CA
		}
	}
	t.token = kept.Token
	return nil
}
