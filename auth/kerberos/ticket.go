package kerberos

import (
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// gssFields is the size of the fields that begin the checksum of an authenticator
// (RFC 4121, section 4.1.1).
const gssFields = 24

// strong reports whether an encryption type is accepted: AES (RFC 3962, RFC 8009).
// DES, triple DES and RC4 are not (RFC 6649, RFC 8429).
func strong(etype int32) bool {
	switch etype {
	case etypeID.AES128_CTS_HMAC_SHA1_96, etypeID.AES256_CTS_HMAC_SHA1_96,
		etypeID.AES128_CTS_HMAC_SHA256_128, etypeID.AES256_CTS_HMAC_SHA384_192:
		return true
	}
	return false
}

// decipherable reports whether cipher is long enough for the library, which panics
// where there is no room for a random block and a checksum.
func decipherable(cipher []byte, etype int32) bool {
	e, err := crypto.GetEtype(etype)
	return err == nil && len(cipher) >= e.GetConfounderByteSize()+e.GetHMACBitLength()/8
}

// judgeTicket judges what the KDC says in the part of a ticket that only the service
// can read.
func judgeTicket(part messages.EncTicketPart, now time.Time, skew time.Duration) error {
	begins := part.StartTime
	if begins.IsZero() {
		begins = part.AuthTime // RFC 4120, section 5.3
	}
	switch {
	case !strong(part.Key.KeyType):
		return refused("its session key is of a weak type")
	case part.Flags.At(flags.Invalid) != 0, begins.Sub(now) > skew:
		return refused("it is not yet valid")
	case now.Sub(part.EndTime) > skew:
		return refused("it has expired")
	case len(part.CAddr) > 0:
		return refused("it is bound to the addresses of a machine")
	}
	return nil
}

// judgeAuthenticator judges what the client says, which only who holds the session
// key can: that it is they, now, for GSS-API. It gives the time when they said so.
func judgeAuthenticator(req *messages.APReq, now time.Time, skew time.Duration) (time.Time, error) {
	part := req.Ticket.DecryptedEncPart
	if !decipherable(req.EncryptedAuthenticator.Cipher, part.Key.KeyType) {
		return time.Time{}, refused("malformed authenticator")
	}
	if err := req.DecryptAuthenticator(part.Key); err != nil {
		return time.Time{}, refused("who shows it does not hold its key")
	}
	said := req.Authenticator
	shown := said.CTime.Add(time.Duration(said.Cusec) * time.Microsecond)
	switch {
	case said.Cusec < 0 || said.Cusec > 999_999:
		return time.Time{}, refused("malformed authenticator")
	case !said.CName.Equal(part.CName) || said.CRealm != part.CRealm:
		return time.Time{}, refused("who shows it says to be somebody else")
	case now.Sub(shown) > skew, shown.Sub(now) > skew:
		return time.Time{}, refused("clock skew: the client's clock and ours differ too much")
	case said.Cksum.CksumType != chksumtype.GSSAPI || len(said.Cksum.Checksum) < gssFields:
		return time.Time{}, refused("it was not made for GSS-API")
	}
	return shown, nil
}

// transitChecked reports whether the way from the user's realm to ours was checked by
// our KDC, or leads through no third one (RFC 4120, sections 2.7 and 3.3.3.2).
func transitChecked(part messages.EncTicketPart) bool {
	return len(part.Transited.Contents) == 0 || part.Flags.At(flags.TransitedPolicyChecked) != 0
}

// nameOf is a user's name as it is written. Names that need escapes for that are
// refused: without them, one that holds a slash would look like another of two parts.
// Well-known names are not those of people (RFC 6111, section 3), and one of them is
// anybody's (RFC 8062).
func nameOf(p types.PrincipalName) (string, error) {
	switch {
	case len(p.NameString) == 0 || !allPlain(p.NameString):
		return "", refused("the user's name holds characters that names here may not")
	case p.NameString[0] == "WELLKNOWN":
		return "", refused("it is nobody's: the name is a well-known one, such as that of anonymous users")
	}
	return strings.Join(p.NameString, "/"), nil
}
