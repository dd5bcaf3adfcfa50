package auth

import "errors"

// ErrUnauthenticated means that the credential is at fault. Every error that
// matches it carries, in Error(), one of a few constant texts that a client may
// read; the particular cause is for the log and found with [Reason].
var ErrUnauthenticated = errors.New("a valid credential is required")

// ErrForbidden means that the caller is known and may not enter: a required
// group is missing, or no rule lets them act as somebody else. Its text may be
// read by a client.
var ErrForbidden = errors.New("not allowed")

// ErrLimited means that too many credentials were refused lately. The caller
// may try again later.
var ErrLimited = errors.New("too many failed attempts; try again later")

// ErrUnavailable means that the credential could not be judged: keys, a
// directory or a service could not be asked, and nothing usable is remembered. The caller may try again.
var ErrUnavailable = errors.New("who you are cannot be established now; try again")

// The classes of refusal: all that a client learns.
const (
	classMissing     = "a credential is required: a bearer token, or what else this server takes"
	classMalformed   = "exactly one authorization value is required, of the form \"Bearer <token>\", \"Basic <base64>\" or \"Negotiate <base64>\""
	classRefused     = "the token is not accepted"
	classExpired     = "the token has expired"
	classPassword    = "the user name or password is not accepted"
	classTicket      = "the Kerberos ticket is not accepted"
	classCertificate = "the client certificate names no user"
)

// refusal is an ErrUnauthenticated with its cause.
type refusal struct {
	class  string // constant; what the client reads
	reason string // what the log says; holds no token content
	other  bool   // an errNotSigned
}

func (r *refusal) Error() string        { return r.class }
func (r *refusal) Unwrap() error        { return ErrUnauthenticated }
func (r *refusal) Is(target error) bool { return r.other && target == errNotSigned }

// refuse is the error of a token that is not accepted, for this reason.
func refuse(reason string) error { return &refusal{class: classRefused, reason: reason} }

// errNotSigned marks refusals of tokens that no key of the provider has signed,
// as far as one can tell: another provider's may have.
var errNotSigned = errors.New("not signed by this provider")

// notSigned is refuse for a token that another provider's key may fit.
func notSigned(reason string) error {
	return &refusal{class: classRefused, reason: reason, other: true}
}

// forbid is an ErrForbidden with the cause for the log.
func forbid(text, reason string) error { return &forbidden{text: text, reason: reason} }

// forbidden is an ErrForbidden with its cause.
type forbidden struct {
	text   string // constant; what the client reads
	reason string // what the log says
}

func (f *forbidden) Error() string { return f.text }
func (f *forbidden) Unwrap() error { return ErrForbidden }

// unavailable is an ErrUnavailable with its cause.
type unavailable struct {
	reason string // what the log says; may name the provider's hosts
}

func (u *unavailable) Error() string { return ErrUnavailable.Error() }
func (u *unavailable) Unwrap() error { return ErrUnavailable }

// Reason is the particular cause of an error of this package, for the log:
// "Invalid audience", "Invalid issuer", "Key not found" and so on. It holds
// nothing of the token that its holder could choose freely. It is empty for nil.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	var r *refusal
	if errors.As(err, &r) {
		return r.reason
	}
	var u *unavailable
	if errors.As(err, &u) {
		return u.reason
	}
	var f *forbidden
	if errors.As(err, &f) {
		return f.reason
	}
	var l *limited
	if errors.As(err, &l) {
		return l.reason
	}
	return err.Error()
}
