package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/lakegate/lakegate/auth"
)

// defaultAddress is where a server listens that was told nothing else.
const defaultAddress = "127.0.0.1:50051"

// target is the server that a client command speaks to.
type target struct {
	address        string
	tls            bool
	ca             string
	serverName     string
	allowPlaintext bool
	token          string
	tokenFile      string
	dev            string // whose development token; empty for none
	dir            string // of the development server
	login          string // whose token to take; empty for none, or the default one where it fits

	own *x509.Certificate // the only one to accept, instead of an authority's; nil for none
}

// flags gives cmd the options that say which server, and by which token.
func (t *target) flags(cmd *cobra.Command) {
	t.serverFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&t.allowPlaintext, "allow-plaintext", false, "INSECURE: send the token to another machine without TLS")
	f.StringVar(&t.token, "token", "", "bearer `TOKEN`; others on this machine may see it, so rather use --token-file or LAKEGATE_TOKEN")
	f.StringVar(&t.tokenFile, "token-file", "", "`FILE` with the bearer token (also LAKEGATE_TOKEN_FILE)")
	f.StringVar(&t.login, "login", "", "take the token of the login of that `NAME`; without any token the default one is taken, for its own server")
	f.StringVar(&t.dev, "dev", "", "speak to the development server as `WHO`: reader, writer or admin")
	f.StringVar(&t.dir, "dir", defaultDevDir, "with --dev: the development server's `FOLDER`")
	cmd.MarkFlagsMutuallyExclusive("token", "token-file", "dev", "login")
}

// serverFlags gives cmd the options that say which server.
func (t *target) serverFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.address, "address", "", "server, `HOST:PORT` (also LAKEGATE_ADDRESS; default "+defaultAddress+")")
	f.BoolVar(&t.tls, "tls", false, "speak TLS")
	f.StringVar(&t.ca, "ca", "", "PEM `FILE` with the authority of the server's certificate; implies --tls (also LAKEGATE_CA)")
	f.StringVar(&t.serverName, "tls-server-name", "", "`NAME` that the server's certificate must hold, when not the address's")
}

// completeWithLogin is complete for commands that take the token of a login
// where nobody gave one.
func (t *target) completeWithLogin(ctx context.Context, p program) error {
	if t.address == "" {
		t.address = p.getenv("LAKEGATE_ADDRESS")
	}
	given := t.dev != "" || t.token != "" || t.tokenFile != "" || p.getenv("LAKEGATE_TOKEN") != "" || p.getenv("LAKEGATE_TOKEN_FILE") != ""
	if t.login != "" || !given {
		if err := t.fromLogin(ctx, p); err != nil {
			return err
		}
	}
	return t.complete(p)
}

// complete fills what the command line left out.
func (t *target) complete(p program) error {
	if t.dev != "" {
		return t.fromDev()
	}
	if t.address == "" {
		t.address = p.getenv("LAKEGATE_ADDRESS")
	}
	if t.address == "" {
		t.address = defaultAddress
	}
	if t.ca == "" {
		t.ca = p.getenv("LAKEGATE_CA")
	}
	if t.token == "" && t.tokenFile == "" {
		t.token, t.tokenFile = p.getenv("LAKEGATE_TOKEN"), p.getenv("LAKEGATE_TOKEN_FILE")
	}
	if t.token == "" && t.tokenFile != "" {
		text, err := readSecret(t.tokenFile)
		if err != nil {
			return coded(exitUsage, fmt.Errorf("token file %s: %w", t.tokenFile, err))
		}
		t.token = strings.TrimSpace(text)
	}
	if host, ok := strings.CutPrefix(t.address, "grpc+tls://"); ok {
		t.address, t.tls = host, true
	}
	t.address = strings.TrimPrefix(strings.TrimPrefix(t.address, "grpc+tcp://"), "grpc://")
	t.tls = t.tls || t.ca != ""
	if err := checkAddress(t.address); err != nil {
		return coded(exitUsage, fmt.Errorf("address %q: want %s", t.address, addressKind.want))
	}
	if t.token != "" && !t.tls && !loopback(t.address) && !t.allowPlaintext {
		return coded(exitUsage, errors.New("the token would cross the network in the clear; use --tls or --ca, or say --allow-plaintext"))
	}
	return nil
}

// transport is how the connection is secured.
func (t *target) transport() (grpc.DialOption, error) {
	cfg, err := t.tlsConfig()
	if err != nil {
		return nil, err
	}
	if cfg == nil {
		return grpc.WithTransportCredentials(insecure.NewCredentials()), nil
	}
	return grpc.WithTransportCredentials(credentials.NewTLS(cfg)), nil
}

// tlsConfig is how TLS is spoken; nil for plaintext.
func (t *target) tlsConfig() (*tls.Config, error) {
	switch {
	case !t.tls:
		return nil, nil
	case t.own != nil:
		return ownTLS(t.own), nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.serverName}
	if t.ca != "" {
		roots, err := authorities(t.ca)
		if err != nil {
			return nil, coded(exitUsage, fmt.Errorf("read the authority's certificate: %w", err))
		}
		cfg.RootCAs = roots
	}
	return cfg, nil
}

// advice says whether somebody is there who speaks TLS where t does not, or the
// reverse, which the transport's own words do not; empty where neither is so.
func (t *target) advice(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}} //nolint:gosec // nothing is sent
	conn, err := dialer.DialContext(ctx, "tcp", t.address)
	var notTLS tls.RecordHeaderError
	switch {
	case err == nil:
		_ = conn.Close() // nothing was sent
		if !t.tls {
			return "; it speaks TLS: give --ca, or --tls where this machine trusts its certificate"
		}
	case t.tls && errors.As(err, &notTLS):
		return "; it does not speak TLS: leave out --tls and --ca"
	}
	return ""
}

// secret is the token, in a type that no print shows.
func (t *target) secret() auth.Secret { return auth.Secret(t.token) }
