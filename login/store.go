package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// Kept is a login as it lies in its file.
type Kept struct {
	Issuer   string    `json:"issuer"`
	ClientID string    `json:"client_id"`
	Secret   string    `json:"client_secret,omitempty"`
	Scopes   []string  `json:"scopes"`
	Audience string    `json:"audience,omitempty"`
	IDToken  bool      `json:"id_token,omitempty"`
	Address  string    `json:"address"` // of the server it is for
	CA       string    `json:"ca,omitempty"`
	TLS      bool      `json:"tls,omitempty"`
	Token    string    `json:"token"`
	Refresh  string    `json:"refresh_token,omitempty"`
	Expires  time.Time `json:"expires"`
}

// String hides the tokens, as does every other print.
func (k Kept) String() string { return fmt.Sprintf("login of %s for %s", k.Issuer, k.Address) }

// GoString is what %#v prints.
func (k Kept) GoString() string { return k.String() }

func (k Kept) client(web *http.Client) *Client {
	return &Client{Issuer: k.Issuer, ID: k.ClientID, Secret: k.Secret, Scopes: k.Scopes, Audience: k.Audience, IDToken: k.IDToken, HTTP: web}
}

// Store is a folder of logins, each in a file that its owner alone may read.
type Store struct {
	Folder string
	HTTP   *http.Client // required
}

// Errors of a Store.
var (
	ErrNoLogin  = errors.New("not logged in")
	ErrLoggedIn = errors.New("the login has ended; log in again")
	errName     = errors.New("a login's name holds letters, digits, - and _ only")
)

var nameRule = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s Store) file(name string) (string, error) {
	if !nameRule.MatchString(name) {
		return "", errName
	}
	return filepath.Join(s.Folder, name+".json"), nil
}

// Save keeps k under name, in place of what was there.
func (s Store) Save(name string, k Kept) error {
	file, err := s.file(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("keep the login: %w", err)
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the login: %w", err)
	}
	f, err := os.CreateTemp(s.Folder, "."+name+".*") // for its owner alone
	if err != nil {
		return fmt.Errorf("keep the login: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("keep the login: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// Load reads the login of that name. A file that others may read is refused:
// what is in it may have been seen.
func (s Store) Load(name string) (Kept, error) {
	var k Kept
	file, err := s.file(name)
	if err != nil {
		return k, err
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return k, ErrNoLogin
	}
	if err != nil {
		return k, fmt.Errorf("read the login: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return k, fmt.Errorf("%s may be read by others; log in again, and see to its mode (0600)", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return k, fmt.Errorf("read the login: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return k, fmt.Errorf("%s is damaged; log in again", file)
	}
	return k, nil
}

// renewBefore is how much of a token's life must be left for it to be used.
const renewBefore = 30 * time.Second

// Fresh is the login of that name with a token that is good for a while yet,
// renewed if need be. Processes that renew at the same time wait for one
// another, since many providers accept a refresh token once.
func (s Store) Fresh(ctx context.Context, name string) (Kept, error) {
	k, err := s.Load(name)
	if err != nil || k.good() {
		return k, err
	}
	unlock, err := s.lock(ctx, name)
	if err != nil {
		return k, err
	}
	defer unlock()
	if k, err = s.Load(name); err != nil || k.good() {
		return k, err
	}
	if k.Refresh == "" {
		return k, ErrLoggedIn
	}
	t, err := k.client(s.HTTP).renew(ctx, k.Refresh)
	if err != nil {
		return k, fmt.Errorf("renew the token: %w; `lakegate login` starts anew", err)
	}
	k.Token, k.Expires = t.Use, t.Expires
	if t.Refresh != "" {
		k.Refresh = t.Refresh
	}
	return k, s.Save(name, k)
}

func (k Kept) good() bool { return k.Expires.IsZero() || time.Until(k.Expires) > renewBefore }

// Forget removes the login of that name, and tells the provider. The file is
// gone even where the provider could not be told.
func (s Store) Forget(ctx context.Context, name string) error {
	k, err := s.Load(name)
	if errors.Is(err, ErrNoLogin) || errors.Is(err, errName) {
		return err
	}
	file, _ := s.file(name)
	if gone := os.Remove(file); gone != nil {
		return fmt.Errorf("remove the login: %w", gone)
	}
	if err == nil && k.Refresh != "" {
		if err := k.client(s.HTTP).revoke(ctx, k.Refresh); err != nil {
			return fmt.Errorf("the login is gone from this machine, but the provider was not told: %w", err)
		}
	}
	return nil
}
