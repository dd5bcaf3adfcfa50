package main

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lakegate/lakegate/auth"
)

// defaultDevDir is where a development server keeps what it makes.
const defaultDevDir = "dev"

// devOptions is what serve --dev is told.
type devOptions struct {
	dir, listen string
	tls         bool
	extensions  string // empty: of the environment, or where they usually are
}

// errLocked means that another development server uses the folder.
var errLocked = errors.New("another development server is using this folder; stop it, or take another with --dir")

// The files in a development server's folder.
const (
	devFile     = "dev.json"
	devLock     = "lock"
	devKeyFile  = "issuer.pem"
	devLakeDir  = "lake"
	devLakeName = "lake"
)

// devState is dev.json: how to reach the development server. Others read it.
type devState struct {
	Address string            `json:"address"`
	TLS     bool              `json:"tls"`
	CA      string            `json:"ca,omitempty"` // with TLS: PEM file of the authority
	Issuer  string            `json:"issuer"`
	Tokens  map[string]string `json:"tokens"` // by reader, writer, admin
}

// devPeople are the tokens there are, and the group of each one's holder.
var devPeople = map[string]string{"reader": "readers", "writer": "writers", "admin": "admins"}

// devTokenLife is how long a development token is good for.
const devTokenLife = 8 * time.Hour

// serveDev runs the development server until ctx ends.
func serveDev(ctx context.Context, p program, o devOptions) (err error) {
	if !loopback(o.listen) {
		return coded(exitUsage, fmt.Errorf("--listen %s: a development server hands out keys to all its data, so it listens on loopback only, such as %s", o.listen, defaultAddress))
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("make the development folder: %w", err)
	}
	lock, err := lockFolder(filepath.Join(o.dir, devLock))
	if err != nil {
		return fmt.Errorf("%s: %w", o.dir, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	lis, err := listen(ctx, o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer lis.Close() //nolint:errcheck // closed by Serve where it came so far
	issuer, err := startDevIssuer(ctx, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, issuer.close()) }()
	state := devState{Address: lis.Addr().String(), TLS: o.tls, Issuer: issuer.url, Tokens: map[string]string{}}
	if o.tls {
		if state.CA, err = devCertificate(o.dir); err != nil {
			return fmt.Errorf("make a certificate: %w", err)
		}
	}
	l, err := devSettings(p, o, state)
	if err != nil {
		return err
	}
	log, err := newLog(l, p.stderr)
	if err != nil {
		return err
	}
	defer hearHangups(log)()
	if _, err := fmt.Fprint(p.stderr, devBanner); err != nil {
		return fmt.Errorf("write the banner: %w", err)
	}
	unfinished, err := prepareDevLake(o.dir)
	if err != nil {
		return fmt.Errorf("make the development lake: %w", err)
	}
	st, err := open(ctx, l, log)
	if err != nil {
		return startError(ctx, err)
	}
	defer func() { err = errors.Join(err, st.close()) }()
	if unfinished {
		if err := fillDevLake(ctx, st, p.stderr); err != nil {
			return startError(ctx, fmt.Errorf("fill the development lake: %w", err))
		}
		if err := finishDevLake(o.dir); err != nil {
			return fmt.Errorf("make the development lake: %w", err)
		}
	}
	for who := range devPeople {
		if state.Tokens[who], err = issuer.token(who); err != nil {
			return err
		}
	}
	if err := state.write(o.dir); err != nil {
		return err
	}
	if err := printDevLines(p.stdout, p.name, o.dir, filepath.Join(o.dir, devFile), state); err != nil {
		return fmt.Errorf("write what to paste: %w", err)
	}
	return st.serve(ctx, lis, log)
}

// devBanner is loud on purpose.
const devBanner = `
  ************************************************************************
  *  DEVELOPMENT SERVER. Whoever can read its folder can do everything.  *
  *  Loopback only. Never put data in it that must not be lost or seen.  *
  ************************************************************************

`

// devSettings are the settings of a development server. The environment may
// change how it runs, not whom it trusts.
func devSettings(p program, o devOptions, state devState) (*loaded, error) {
	dir := o.dir
	lines := []string{
		"listen: " + strconv.Quote(state.Address),
		"state: " + strconv.Quote(dir),
		"log: {level: warn, format: text}",
		"audit: {folder: " + strconv.Quote(filepath.Join(dir, "audit")) + "}",
		"default_catalog: " + devLakeName,
		"catalogs:",
		"  " + devLakeName + ": {type: ducklake, data: " + strconv.Quote(filepath.Join(dir, devLakeDir, "data")+"/") +
			", metadata: {type: duckdb, path: " + strconv.Quote(filepath.Join(dir, devLakeDir, "metadata.ducklake")) + "}}",
		"auth:",
		"  providers: [oidc]",
		"  oidc: {issuer: " + strconv.Quote(state.Issuer) + ", audience: " + strconv.Quote(auth.DevAudience) + "}",
		"  read_only_groups: [readers]",
		"  write_groups: [writers]",
		"  admin_groups: [admins]",
	}
	if state.TLS {
		lines = append(lines, "tls: {certificate: "+strconv.Quote(filepath.Join(dir, devCertFile))+", key: "+strconv.Quote(filepath.Join(dir, devCertKey))+"}")
	}
	if o.extensions != "" {
		folder, err := filepath.Abs(o.extensions)
		if err != nil {
			return nil, fmt.Errorf("find the folder of extensions: %w", err)
		}
		lines = append(lines, "extensions: "+strconv.Quote(folder))
	}
	var environment []string
	for _, pair := range p.environment {
		if slices.ContainsFunc([]string{"ENGINE_", "EXTENSIONS=", "LOG_", "LIMITS_", "SESSION_", "GRACE="}, func(s string) bool {
			return strings.HasPrefix(pair, envPrefix+s)
		}) {
			environment = append(environment, pair)
		}
	}
	return parseSettings("", dir, []byte(strings.Join(lines, "\n")+"\n"), environment)
}

// devIssuer is the development server's identity provider, being served.
type devIssuer struct {
	*auth.DevIssuer
	url   string
	web   *http.Server
	ended chan error
}

// startDevIssuer serves an issuer on loopback, under the address that it had
// last time if that is free, so that tokens outlive a restart.
func startDevIssuer(ctx context.Context, dir string) (*devIssuer, error) {
	key, err := auth.DevKey(filepath.Join(dir, devKeyFile))
	if err != nil {
		return nil, err
	}
	lis, err := listenIssuer(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("listen for the development issuer: %w", err)
	}
	d := &devIssuer{url: "http://" + lis.Addr().String(), ended: make(chan error, 1)}
	if d.DevIssuer, err = auth.NewDevIssuer(d.url, key); err != nil {
		return nil, errors.Join(err, lis.Close())
	}
	d.web = &http.Server{Handler: d.Handler(), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 8 << 10}
	go func() { d.ended <- d.web.Serve(lis) }()
	return d, nil
}

func listenIssuer(ctx context.Context, dir string) (net.Listener, error) {
	var lc net.ListenConfig
	if old, err := readDevState(dir); err == nil {
		if u, err := url.Parse(old.Issuer); err == nil && loopback(u.Host) {
			if lis, err := lc.Listen(ctx, "tcp", u.Host); err == nil {
				return lis, nil
			}
		}
	}
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

func (d *devIssuer) close() error {
	err := d.web.Close()
	if ended := <-d.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// token is a fresh one for reader, writer or admin.
func (d *devIssuer) token(who string) (string, error) { return mintDevToken(d.DevIssuer, who) }

func mintDevToken(issuer *auth.DevIssuer, who string) (string, error) {
	group, ok := devPeople[who]
	if !ok {
		return "", coded(exitUsage, fmt.Errorf("there is no %q; there are reader, writer and admin", who))
	}
	return issuer.Mint(map[string]any{"sub": who, "groups": []string{group}, "exp": time.Now().Add(devTokenLife).Unix()})
}

// freshDevToken mints a token from the key in dir, whether or not the server runs.
func freshDevToken(dir, who string) (devState, string, error) {
	state, err := readDevState(dir)
	if err != nil {
		return state, "", err
	}
	var key *rsa.PrivateKey
	if _, err := os.Stat(filepath.Join(dir, devKeyFile)); err != nil { // or it would be made
		return state, "", fmt.Errorf("development key: %w", err)
	}
	if key, err = auth.DevKey(filepath.Join(dir, devKeyFile)); err != nil {
		return state, "", err
	}
	issuer, err := auth.NewDevIssuer(state.Issuer, key)
	if err != nil {
		return state, "", err
	}
	token, err := mintDevToken(issuer, who)
	return state, token, err
}

// readDevState reads dev.json of a folder.
func readDevState(dir string) (devState, error) {
	var s devState
	text, err := os.ReadFile(filepath.Join(dir, devFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("no development server has been started in %s; `lakegate serve --dev` starts one, --dir names another folder", dir)
	}
	if err != nil {
		return s, fmt.Errorf("read the development server's address: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", filepath.Join(dir, devFile), err)
	}
	return s, nil
}

// write puts dev.json into dir, for its owner alone.
func (s devState) write(dir string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", devFile, err)
	}
	if err := writeWhole(filepath.Join(dir, devFile), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", devFile, err)
	}
	return nil
}

// fromDev aims at the development server of t.dir, with a fresh token.
func (t *target) fromDev() error {
	state, token, err := freshDevToken(t.dir, t.dev)
	if err != nil {
		return coded(exitUsage, err)
	}
	if t.address == "" {
		t.address = state.Address
	}
	t.tls = t.tls || state.TLS
	if t.ca == "" && state.TLS {
		t.ca = state.CA
	}
	t.token = token
	return nil
}
