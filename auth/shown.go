package auth

import (
	"crypto/x509"
	"strings"
)

// Shown is what a call shows of its caller.
type Shown struct {
	// Authorization holds all values of the authorization header; there may be
	// one at most.
	Authorization []string

	// Certificate is the client certificate of the connection, verified against
	// the authorities of the settings; nil for none. It counts only where no
	// authorization is shown.
	Certificate *x509.Certificate

	// As is whom the caller wants to act as (header x-lakegate-user); empty for themselves.
	As string

	// Peer is the address that the call comes from, without its port. Failed
	// attempts are counted by it; those of an empty one are not.
	Peer string
}

// Answer is what a good credential gets.
type Answer struct {
	Principal Principal

	// Token is a bearer token of ours to be used from now on, to be sent in the
	// authorization header of the answer as "Bearer <token>"; empty: what was
	// shown goes on to be good.
	Token string

	// Negotiate is the last word of a Kerberos exchange, in base64, for the
	// answer's www-authenticate header; empty for none.
	Negotiate string

	// Remembered: the credential was judged before, or is a token of ours, which
	// was given for one that was.
	Remembered bool
}

// scheme is the kind of a credential.
type scheme byte

const (
	none      scheme = iota
	bearer           // a token: a provider's, or one of ours
	basic            // user:password in base64 (RFC 7617)
	negotiate        // SPNEGO in base64 (RFC 4559)
)

// credential takes the one authorization value apart. The scheme may be in any
// case; exactly one blank follows it.
func (s Shown) credential() (scheme, string, error) {
	switch len(s.Authorization) {
	case 0:
		return none, "", nil
	case 1:
	default:
		return none, "", &refusal{class: classMalformed, reason: "Several authorization values"}
	}
	name, credential, _ := strings.Cut(s.Authorization[0], " ")
	var kind scheme
	switch strings.ToLower(name) {
	case "bearer":
		kind = bearer
	case "basic":
		kind = basic
	case "negotiate":
		kind = negotiate
	case "":
		return none, "", &refusal{class: classMissing, reason: "No credential"}
	default:
		return none, "", &refusal{class: classMalformed, reason: "Authorization scheme not supported"}
	}
	if credential == "" || holdsAny(credential, " ,\t\r\n") {
		return none, "", &refusal{class: classMalformed, reason: "Malformed credential"}
	}
	return kind, credential, nil
}

// holdsAny is strings.ContainsAny for a long s, several times as fast.
func holdsAny(s, bytes string) bool {
	for i := range len(bytes) {
		if strings.IndexByte(s, bytes[i]) >= 0 {
			return true
		}
	}
	return false
}
