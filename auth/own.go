package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lakegate/lakegate/auth/directory"
)

const (
	ownPrefix  = "lgt1_"
	ownKind    = 'h' // of the sealer; no other thing that is sealed under these keys has it
	maxOwnSize = 8 << 10
)

// ownToken is what a token of ours says, sealed. It stands for a password, a
// ticket or a certificate: a provider's token goes on to be its own. It carries no
// groups: they are looked up anew, so that who leaves a group loses its rights
// within the time for which answers are used. Nor does it say whom its holder acts
// as; that is asked for with each call.
type ownToken struct {
	Provider string `json:"p"`
	Method   Method `json:"m"`
	Subject  string `json:"s"` // of a password: the entry's DN
	Login    string `json:"l"`
	Typed    string `json:"t,omitempty"`

	// Unix seconds.
	Shown   int64 `json:"a"` // when its holder showed their credential
	Issued  int64 `json:"i"`
	Expires int64 `json:"e"`
	Ends    int64 `json:"z,omitempty"` // when the ticket or certificate ends, and with it all renewal
}

// isOwnToken tells a token of ours from a provider's by its shape alone: no JWS
// has the prefix in front of its first dot.
func isOwnToken(text string) bool { return strings.HasPrefix(text, ownPrefix) }

// issue makes a token of ours for who has just shown a password, a ticket or a
// certificate.
func (st *state) issue(id identity) (string, error) {
	now := st.cfg.Now()
	t := ownToken{Provider: id.provider, Method: id.method, Subject: id.subject, Login: id.login, Shown: now.Unix()}
	if id.method == ByPassword {
		t.Typed = id.typed
	} else {
		t.Ends = id.expires.Unix()
	}
	return st.sealOwn(t, now)
}

// sealOwn makes a token that says t and begins now.
func (st *state) sealOwn(t ownToken, now time.Time) (string, error) {
	t.Issued, t.Expires = now.Unix(), min(now.Add(st.cfg.TokenLife).Unix(), st.last(t))
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	sealed, err := st.own.Seal(ownKind, plain)
	if err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	text := ownPrefix + base64.RawURLEncoding.EncodeToString(sealed)
	if len(text) > maxOwnSize {
		return "", refuse("Names too long for a token of ours")
	}
	return text, nil
}

// last is when t ends for good, however often it is renewed.
func (st *state) last(t ownToken) int64 {
	last := t.Shown + int64(st.cfg.TokenMaxLife/time.Second)
	if t.Ends != 0 {
		last = min(last, t.Ends)
	}
	return last
}

// ownToken judges a token that Login gave out. The second result is a fresh one
// if this one is more than half spent and can be renewed. Settings that have
// become shorter count for tokens that are out already.
func (st *state) ownToken(ctx context.Context, text string) (identity, string, error) {
	if st.cfg.NoLogin {
		return identity{}, "", refuse("Tokens of ours are switched off")
	}
	t, err := st.openOwn(text)
	if err != nil {
		return identity{}, "", err
	}
	now := st.cfg.Now()
	ends := min(t.Expires, t.Issued+int64(st.cfg.TokenLife/time.Second), st.last(t))
	expires := time.Unix(ends, 0)
	if !now.Before(expires.Add(st.cfg.Skew)) {
		return identity{}, "", &refusal{class: classExpired, reason: "Token expired"}
	}
	if !st.vouched(Principal{Method: t.Method, Provider: t.Provider}) {
		return identity{}, "", refuse("Whoever vouched for the token's holder is no longer in the settings")
	}
	id := identity{provider: t.Provider, method: t.Method, subject: t.Subject, login: t.Login, typed: t.Typed, expires: expires}
	if t.Method == ByPassword {
		id.dn = t.Subject
		if err := st.stillThere(ctx, &id); err != nil {
			return identity{}, "", err
		}
	}
	if 2*expires.Sub(now) >= st.cfg.TokenLife || st.last(t) <= ends {
		return id, "", nil
	}
	fresh, err := st.sealOwn(t, now)
	return id, fresh, err
}

// stillThere refuses who has left the directory since they showed their password,
// and whose name is another's by now. Without an account that searches, nobody
// can tell.
func (st *state) stillThere(ctx context.Context, id *identity) error {
	if st.cfg.Directory.BindDN == "" {
		return nil
	}
	lookup := func(ctx context.Context) (found, error) {
		entry, err := st.directory.Lookup(ctx, id.typed)
		switch {
		case errors.Is(err, directory.ErrNoEntry):
			return found{}, nil
		case err != nil:
			return found{}, unreachable(ctx, err)
		}
		return found{groups: []string{entry.DN}, known: true}, nil
	}
	entry, until, err := st.groupCache.get(ctx, &st.a.lookups, groupQuestion{source: "entry", user: id.typed}, lookup)
	if err != nil {
		return err
	}
	id.shorten(until)
	if !entry.known || !strings.EqualFold(entry.groups[0], id.dn) {
		return refuse("The token's holder is no longer in the directory")
	}
	return nil
}

// openOwn reads what a token of ours says.
func (st *state) openOwn(text string) (ownToken, error) {
	var t ownToken
	if len(text) > maxOwnSize {
		return t, refuse("Malformed token: too long")
	}
	sealed, ok := decodePart(strings.TrimPrefix(text, ownPrefix))
	if !ok {
		return t, refuse("Malformed token: not base64url")
	}
	plain, err := st.own.Open(ownKind, sealed)
	if err != nil {
		return t, refuse("Token not sealed by this deployment")
	}
	if err := json.Unmarshal(plain, &t); err != nil {
		return t, refuse("Token of another version")
	}
	return t, nil
}
