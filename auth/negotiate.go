package auth

import (
	"encoding/base64"

	"github.com/lakegate/lakegate/auth/kerberos"
)

// ticket judges a SPNEGO token in base64 (RFC 4559), and gives the answer to it.
func (st *state) ticket(credential string) (identity, string, error) {
	refused := func(reason string) (identity, string, error) {
		return identity{}, "", &refusal{class: classTicket, reason: reason}
	}
	if st.kerberos == nil {
		return refused("Kerberos is not configured")
	}
	if len(credential) > base64.StdEncoding.EncodedLen(kerberos.MaxToken) {
		return refused("Malformed Negotiate credential: too long")
	}
	token, err := base64.StdEncoding.Strict().DecodeString(credential)
	if err != nil {
		return refused("Malformed Negotiate credential: not base64")
	}
	ticket, err := st.kerberos.Accept(token)
	if err != nil {
		return refused("Ticket not accepted: " + oneLine(err.Error()))
	}
	// Of alice/admin nothing makes alice but a rule for names that says so.
	name, err := cleanName(ticket.Name)
	if err != nil {
		return refused("The ticket's name: " + err.Error())
	}
	return identity{
		provider: "kerberos", method: ByKerberos, subject: name + "@" + ticket.Realm, login: name, expires: ticket.Expires,
	}, base64.StdEncoding.EncodeToString(ticket.Reply), nil
}
