package kerberos

import (
	"encoding/asn1"

	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
)

// apRequest takes the AP-REQ out of a first SPNEGO token, and gives the mechanism
// that the token names for it. That must be the client's first choice: the ticket it
// sends along is for that one, and any other choice would need a second round with a
// MIC over the list (RFC 4178, sections 4.2.1 and 5).
func apRequest(token []byte) (*messages.APReq, gssapi.OIDName, error) {
	if len(token) == 0 {
		return nil, "", refused("the token is empty")
	}
	if len(token) > MaxToken {
		return nil, "", refused("the token is too long")
	}
	var outer spnego.SPNEGOToken
	if err := outer.Unmarshal(token); err != nil || !outer.Init {
		return nil, "", refused("not a first token of SPNEGO")
	}
	mechanism, err := firstMechanism(outer.NegTokenInit)
	if err != nil {
		return nil, "", err
	}
	var inner spnego.KRB5Token
	if err := inner.Unmarshal(outer.NegTokenInit.MechTokenBytes); err != nil || !inner.IsAPReq() {
		return nil, "", refused("the SPNEGO token holds no ticket")
	}
	return &inner.APReq, mechanism, nil
}

// firstMechanism is Kerberos by its own name or by Windows' old misspelling of it.
func firstMechanism(init spnego.NegTokenInit) (gssapi.OIDName, error) {
	for _, name := range []gssapi.OIDName{gssapi.OIDKRB5, gssapi.OIDMSLegacyKRB5} {
		if len(init.MechTypes) > 0 && init.MechTypes[0].Equal(name.OID()) {
			return name, nil
		}
	}
	return "", refused("the client's first mechanism is not Kerberos (NTLM, for instance)")
}

// finalToken says that the exchange is complete and, if the client asked for it,
// proves that the service could read the ticket.
func finalToken(mechanism gssapi.OIDName, req *messages.APReq) ([]byte, error) {
	answer := spnego.NegTokenResp{NegState: 0, SupportedMech: mechanism.OID()} // 0 is accept-completed
	if req.APOptions.At(flags.APOptionMutualRequired) != 0 {
		var err error
		if answer.ResponseToken, err = apReply(req); err != nil {
			return nil, err
		}
	}
	return answer.Marshal()
}

// apReply is the AP-REP (RFC 4120, section 3.2.4) in the frame of RFC 4121, section
// 4.1: the time that the client said, under the key that it holds.
func apReply(req *messages.APReq) ([]byte, error) {
	said := req.Authenticator
	part, err := asn1.Marshal(messages.EncAPRepPart{
		CTime: said.CTime.UTC(), Cusec: said.Cusec,
		SequenceNumber: 1, // nothing follows that would be numbered
	})
	if err != nil {
		return nil, err
	}
	part = asn1tools.AddASNAppTag(part, asnAppTag.EncAPRepPart)
	sealed, err := crypto.GetEncryptedData(part, req.Ticket.DecryptedEncPart.Key, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, err
	}
	reply, err := asn1.Marshal(messages.APRep{PVNO: iana.PVNO, MsgType: msgtype.KRB_AP_REP, EncPart: sealed})
	if err != nil {
		return nil, err
	}
	frame, err := asn1.Marshal(asn1.ObjectIdentifier(gssapi.OIDKRB5.OID()))
	if err != nil {
		return nil, err
	}
	frame = append(frame, 0x02, 0x00) // TOK_ID of an AP-REP
	frame = append(frame, asn1tools.AddASNAppTag(reply, asnAppTag.APREP)...)
	return asn1tools.AddASNAppTag(frame, 0), nil
}
