package auth

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
)

// certificateParts are the parts of a certificate that can name a user.
var certificateParts = []string{"cn", "subject", "email", "dns", "uri"}

// certificate names the holder of a client certificate that TLS has verified. Its
// dates are looked at again: connections can be older than they.
func (st *state) certificate(cert *x509.Certificate) (identity, error) {
	refused := func(reason string) (identity, error) {
		return identity{}, &refusal{class: classCertificate, reason: reason}
	}
	now := st.cfg.Now()
	switch {
	case now.Add(st.cfg.Skew).Before(cert.NotBefore):
		return refused("Certificate not yet valid")
	case now.After(cert.NotAfter.Add(st.cfg.Skew)):
		return refused("Certificate expired")
	case len(cert.ExtKeyUsage) > 0 && !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageAny):
		return refused("Certificate is not for clients")
	}
	subject, commonNames, err := subjectOf(cert.RawSubject)
	if err != nil {
		return refused("Certificate's subject: " + err.Error())
	}
	part := st.cfg.Certificates.User
	var names []string
	switch part {
	case "cn":
		names = commonNames
	case "subject":
		names = []string{subject}
	case "email":
		names, subject = cert.EmailAddresses, ""
	case "dns":
		names, subject = cert.DNSNames, ""
	case "uri":
		subject = ""
		for _, u := range cert.URIs {
			names = append(names, u.String())
		}
	}
	if len(names) != 1 {
		return refused("Certificate has not exactly one " + part)
	}
	name, err := cleanName(names[0])
	if err != nil {
		return refused("Certificate's " + part + ": " + err.Error())
	}
	// What identifies its holder for good is their subject, or, where that does
	// not count, the alternative name.
	if subject, err = cleanName(orDefault(subject, name)); err != nil {
		return refused("Certificate's subject: " + err.Error())
	}
	return identity{
		provider: "certificate", method: ByCertificate, subject: subject, login: name,
		expires: cert.NotAfter.Add(time.Second), // the last second counts (RFC 5280, section 4.1.2.5)
	}, nil
}

// shortNames are the attribute types that RFC 4514, section 3, writes by name.
var shortNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// attribute is a type and value of a distinguished name (RFC 5280, appendix A.1).
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// attributeSET is one part of such a name; encoding/asn1 knows a SET by the
// type's name.
type attributeSET []attribute

var errSubject = errors.New("not a distinguished name that is understood")

// subjectOf writes a distinguished name as RFC 4514 has it, and gives its common
// names. Two names are written alike only if they are: unlike pkix.Name, it keeps
// the order and what it does not know.
func subjectOf(der []byte) (text string, commonNames []string, err error) {
	var parts []attributeSET
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 {
		return "", nil, errSubject
	}
	var b strings.Builder
	for i, set := range slices.Backward(parts) {
		if i < len(parts)-1 {
			b.WriteByte(',')
		}
		for j, a := range set {
			if j > 0 {
				b.WriteByte('+')
			}
			short := shortNames[a.Type.String()]
			if short == "" {
				b.WriteString(a.Type.String() + "=#" + hex.EncodeToString(a.Value.FullBytes))
				continue
			}
			var value string
			if rest, err := asn1.Unmarshal(a.Value.FullBytes, &value); err != nil || len(rest) > 0 {
				return "", nil, errSubject
			}
			b.WriteString(short + "=" + escapedValue(value))
			if short == "CN" {
				commonNames = append(commonNames, value)
			}
		}
	}
	return b.String(), commonNames, nil
}

// escapedValue is a value as RFC 4514, section 2.4, writes it.
func escapedValue(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case strings.IndexByte(`"+,;<>\`, c) >= 0, c == '#' && i == 0, c == ' ' && (i == 0 || i == len(value)-1):
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == 0:
			b.WriteString(`\00`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
