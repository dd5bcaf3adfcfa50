// Package keepconfig answers what a directory of JSON files, as HCL Domino REST
// API keeps in keepconfig.d, says about identity providers: which there are, and
// by which keys, issuers and audiences they are known. The files are merged, and
// checked whole; what a provider's keys are and how its tokens are judged is left
// to package auth.
package keepconfig

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// DefaultMaxTokenLife is how long a token may live if no file says otherwise.
const DefaultMaxTokenLife = 24 * time.Hour

// Config is what the files of a directory say together. It holds no secret.
type Config struct {
	DisableExpiryCheck bool          // disableJwtExpiryCheck: expired tokens are accepted
	MaxTokenLife       time.Duration // maxJwtDuration: the longest life of a token
	TokenLife          time.Duration // JwtDuration: the life of tokens of our own; zero: no file says
	DisableLogin       bool          // disableDominoLogin: no tokens of our own are given out

	// Blocks are the providers that are active: those of "jwt" by name, then
	// those of "oidc".
	Blocks []Block

	Files       []string // that were read, in the order in which they count
	Fingerprint string   // as Fingerprint gives it
	Warnings    []string // what is allowed and dangerous, or easily overlooked; for the log

	merged *node
}

// Kind is the place of a provider in the files: its rules depend on it.
type Kind string

// The kinds.
const (
	JWT  Kind = "jwt"
	OIDC Kind = "oidc"
)

// Block is one active provider.
type Block struct {
	Kind Kind
	Name string // unique over both kinds

	// Where the keys are: exactly one of the three is given, and for OIDC it is
	// the URL.
	KeyFile string // for ReadKey
	Key     string
	URL     string // providerUrl

	Algorithm string // as written; empty: none is given
	Issuer    string // iss; empty: none is given
	KeyID     string // kid; empty: any
	Audiences []string

	UserClaim string // userIdentifier: a claim's name or a JSON pointer; empty: none is given
	LDAPNames bool   // userIdentifierInLdapFormat

	// Of OIDC alone.
	Scopes       []string // that every token must have
	Clients      []string // clientId and additionalClientIds
	Microsoft    bool
	AllowExpired bool

	origin func(key string) string
}

// Errorf is an error about one key of the block, naming its file.
func (b Block) Errorf(key, format string, args ...any) error {
	file := ""
	if b.origin != nil {
		file = b.origin(key)
	}
	return faultf(file, string(b.Kind)+"."+b.Name+"."+key, format, args...)
}

// IgnoresExpiry reports whether expired tokens of any provider are accepted.
func (c Config) IgnoresExpiry() bool {
	return c.DisableExpiryCheck || slices.ContainsFunc(c.Blocks, func(b Block) bool { return b.AllowExpired })
}

// Read reads and merges the files of directory. The error names every file and
// key at fault. Key files are looked for, and not read.
func Read(directory string) (Config, error) {
	files, err := list(directory)
	if err != nil {
		return Config{}, err
	}
	c, err := merge(files)
	if err != nil {
		return Config{}, err
	}
	var errs []error
	for _, b := range c.Blocks {
		if b.KeyFile != "" {
			if _, err := ReadKey(directory, b.KeyFile); err != nil {
				errs = append(errs, b.Errorf("keyFile", "%v", err))
			}
		}
	}
	if info, err := os.Stat(directory); err == nil && info.Mode().Perm()&worldWritable != 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("directory %s may be written to by everyone on this machine: who does, decides who anyone is", directory))
	}
	if err := errors.Join(errs...); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Fingerprint is equal for equal names and contents of the files that Read
// would read. It is cheap enough to be asked for every second. Key files are
// no part of it.
func Fingerprint(directory string) (string, error) {
	files, err := list(directory)
	if err != nil {
		return "", err
	}
	return fingerprint(files), nil
}

func fingerprint(files []file) string {
	h := sha256.New()
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		_, _ = fmt.Fprintf(h, "%s\x00%x\x00", f.name, sum) // a hash never returns an error
	}
	return hex.EncodeToString(h.Sum(nil))
}

// merge is Read for files that have been read.
func merge(files []file) (Config, error) {
	var (
		errs []error
		m    = merger{into: &node{members: map[string]*node{}}}
		c    = Config{Fingerprint: fingerprint(files)}
	)
	for _, f := range files {
		c.Files = append(c.Files, f.name)
		n, err := parse(f.name, f.data)
		if err == nil {
			err = check(n)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		m.add(n)
	}
	if err := errors.Join(errs...); err != nil {
		return Config{}, err
	}
	c.merged, c.Warnings = m.into, m.warnings
	if err := c.readTop(); err != nil {
		return Config{}, err
	}
	if err := c.readBlocks(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// faultf is an error about a key of a file.
func faultf(file, key, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }) {
		key = strconv.Quote(key)
	}
	if key != "" {
		text = key + ": " + text
	}
	if file != "" {
		text = file + ": " + text
	}
	return errors.New(text)
}
