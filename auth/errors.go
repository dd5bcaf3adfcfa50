package auth

import "errors"

// ErrUnauthenticated means that the credential is at fault. Every error that
// matches it carries, in Error(), one of a few constant texts that a client may
// read; the particular cause is for the log and found with [Reason].
var ErrUnauthenticated = errors.New("a valid bearer token is required")

// ErrUnavailable means that the credential could not be judged, because keys
// could not be had and none are remembered. The caller may try again.
var ErrUnavailable = errors.New("the identity provider cannot be reached; try again")

// The classes of refusal: all that a client learns.
const (
	classMissing   = "a bearer token is required"
	classMalformed = "exactly one authorization value of the form \"Bearer <token>\" is required"
	classRefused   = "the token is not accepted"
	classExpired   = "the token has expired"
)

// refusal is an ErrUnauthenticated with its cause.
type refusal struct {
	class  string // constant; what the client reads
	reason string // what the log says; holds no token content
}

func (r *refusal) Error() string { return r.class }
func (r *refusal) Unwrap() error { return ErrUnauthenticated }

// refuse is the error of a token that is not accepted, for this reason.
func refuse(reason string) error { return &refusal{class: classRefused, reason: reason} }

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
	return err.Error()
}
