package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/lakegate/lakegate/auth/directory"
)

// tokenUser is the user name that goes with any token in the place of a password.
const tokenUser = "token"

// wrongPassword is the one reason for a name that nobody has, a password that is
// not theirs, and one that was neither a moment ago.
const wrongPassword = "Wrong user name or password"

// password judges a Basic credential. A token in the place of the password, as
// some programs have no other field for it, is judged as a token; the second
// result is then a fresh one, if it is ours and half spent.
func (st *state) password(ctx context.Context, credential, peer string) (identity, string, error) {
	user, password, err := basicParts(credential)
	if err != nil {
		return identity{}, "", err
	}
	if tokenShaped(password) {
		return st.tokenOf(ctx, user, password)
	}
	id, err := st.byDirectory(ctx, user, peer, password)
	return id, "", err
}

// basicParts are the user and the password of a Basic credential (RFC 7617,
// section 2: UTF-8 in base64, parted by the first colon, without control
// characters). Neither is empty: directories let an empty one of the two in as
// nobody (RFC 4513, section 5.1.2).
func basicParts(credential string) (user, password string, err error) {
	malformed := func(reason string) (string, string, error) {
		return "", "", &refusal{class: classMalformed, reason: "Malformed Basic credential: " + reason}
	}
	encoding := base64.StdEncoding
	if !strings.HasSuffix(credential, "=") {
		encoding = base64.RawStdEncoding // as arrow-go's clients, and so ADBC, send it
	}
	raw, err := encoding.Strict().DecodeString(credential)
	if err != nil {
		return malformed("not base64")
	}
	text := string(raw)
	user, password, colon := strings.Cut(text, ":")
	switch {
	case !utf8.ValidString(text):
		return malformed("not UTF-8")
	case !colon:
		return malformed("no colon")
	case strings.ContainsFunc(text, unicode.IsControl):
		return malformed("a control character")
	case accountOf(user) == "":
		return "", "", &refusal{class: classPassword, reason: "Empty user name"}
	case password == "":
		return "", "", &refusal{class: classPassword, reason: "Empty password"}
	case len(user) > maxName:
		return "", "", &refusal{class: classPassword, reason: "User name too long"}
	}
	return user, password, nil
}

// tokenShaped reports whether a password is to be judged as a token: one of ours,
// or three parts in base64url of which the first begins as a JSON object does.
func tokenShaped(password string) bool {
	if isOwnToken(password) {
		return true
	}
	if !strings.HasPrefix(password, "eyJ") || strings.Count(password, ".") != 2 {
		return false
	}
	for part := range strings.SplitSeq(password, ".") {
		if _, ok := decodePart(part); !ok {
			return false
		}
	}
	return true
}

// shownToken is the token that a good credential is or holds; empty if it is none.
func shownToken(kind scheme, credential string) string {
	switch kind {
	case bearer:
		return credential
	case basic:
		if _, password, err := basicParts(credential); err == nil && tokenShaped(password) {
			return password
		}
	}
	return ""
}

// tokenOf judges a token in the place of a password. The user beside it must be
// the token's own, by the provider's name for them or by ours, or tokenUser.
func (st *state) tokenOf(ctx context.Context, user, text string) (id identity, fresh string, err error) {
	id, fresh, err = st.anyToken(ctx, text)
	if err != nil || user == tokenUser || user == id.login {
		return id, fresh, err
	}
	if mapped, err := st.mapped(id.provider, id.login); err != nil || user != mapped {
		return identity{}, "", refuse("User name does not match the token")
	}
	return id, fresh, nil
}

// byDirectory has the directory judge a password, once for all calls from one
// address that show the same one at the same time.
func (st *state) byDirectory(ctx context.Context, user, peer, password string) (identity, error) {
	if !st.cfg.Passwords {
		return identity{}, &refusal{class: classPassword, reason: "Passwords are not accepted here"}
	}
	key := st.a.attempts.key("question", user, peer, password)
	for {
		q, first := st.questions.join(key)
		if first {
			func() {
				defer st.questions.answered(key, q)
				q.id, q.err = st.ask(ctx, user, peer, password)
			}()
			return q.id, q.err
		}
		select {
		case <-q.done:
			// What ended with the call that asked says nothing to the others.
			if !errors.Is(q.err, context.Canceled) && !errors.Is(q.err, context.DeadlineExceeded) {
				return q.id, q.err
			}
		case <-ctx.Done():
			return identity{}, ctx.Err()
		}
	}
}

// ask asks the directory about a password, if the limits allow it.
func (st *state) ask(ctx context.Context, user, peer, password string) (identity, error) {
	attempt, err := st.a.attempts.begin(user, peer, password)
	if err != nil {
		return identity{}, err
	}
	entry, err := st.directory.Authenticate(ctx, user, password)
	switch {
	case errors.Is(err, directory.ErrCredentials):
		st.a.attempts.wrongNow(attempt)
		return identity{}, &refusal{class: classPassword, reason: wrongPassword}
	case err != nil && ctx.Err() != nil:
		return identity{}, ctx.Err() // it stays counted: the directory may have judged it
	case err != nil:
		st.a.attempts.unanswered(attempt)
		err = unreachable(ctx, err)
		st.outcomes.note("ldap", err)
		return identity{}, err
	}
	st.a.attempts.right(attempt)
	name, err := cleanName(entry.Name)
	if err != nil {
		return identity{}, &refusal{class: classPassword, reason: "The directory's name for the user: " + err.Error()}
	}
	if entry.DN == "" || len(entry.DN) > maxName || strings.ContainsFunc(entry.DN, unicode.IsControl) {
		return identity{}, &refusal{class: classPassword, reason: "The directory's entry of the user has no name that can be used"}
	}
	return identity{
		provider: "ldap", method: ByPassword, subject: entry.DN, login: name, dn: entry.DN, typed: user,
		expires: st.cfg.Now().Add(st.cfg.TokenLife),
	}, nil
}

// questions are those that the directory is being asked, each once.
type questions struct {
	mu      sync.Mutex
	pending map[digest]*question
}

// question has its answer once done is closed.
type question struct {
	done chan struct{}
	id   identity
	err  error
}

// join gives the question under key. The first who joins asks it, and says when
// it is answered.
func (q *questions) join(key digest) (asked *question, first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if asked := q.pending[key]; asked != nil {
		return asked, false
	}
	if q.pending == nil {
		q.pending = map[digest]*question{}
	}
	asked = &question{done: make(chan struct{}), err: ErrUnavailable}
	q.pending[key] = asked
	return asked, true
}

func (q *questions) answered(key digest, asked *question) {
	q.mu.Lock()
	delete(q.pending, key)
	q.mu.Unlock()
	close(asked.done)
}
