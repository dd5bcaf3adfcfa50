package auth

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	errNoPublicKey = errors.New("holds no public key: neither PEM, nor a certificate, nor a key in base64")
	errSeveralKeys = errors.New("holds several keys; give each its own entry")
)

// publicKeyFor reads the one public key in data, which may be used with alg and
// with nothing else, whatever key id a token names. Data is PEM (a public key
// or a certificate), the same in bare base64, or a Keycloak realm's page. The
// note, if any, is for the log: a certificate's dates, which are not enforced.
func publicKeyFor(alg string, data []byte) (key verifyKey, note string, err error) {
	public, certificate, err := readPublicKey(data)
	if err != nil {
		return verifyKey{}, "", err
	}
	key = verifyKey{anyID: true, alg: alg, public: public}
	if key.kind, key.signatureSize, err = judge(public); err != nil {
		return verifyKey{}, "", err
	}
	if want := algorithms[alg].kind; key.kind != want {
		return verifyKey{}, "", fmt.Errorf("%s key, and %s is for %s keys", key.kind, alg, want)
	}
	if certificate != nil {
		const day = "2006-01-02"
		note = "certificate valid from " + certificate.NotBefore.UTC().Format(day) + " to " + certificate.NotAfter.UTC().Format(day)
		if time.Now().After(certificate.NotAfter) {
			note += "; it has expired and its key is used all the same"
		}
	}
	return key, note, nil
}

func readPublicKey(data []byte) (crypto.PublicKey, *x509.Certificate, error) {
	text := bytes.TrimSpace(data)
	if bytes.Contains(text, []byte("-----BEGIN")) {
		return readPEM(text)
	}
	if bytes.HasPrefix(text, []byte("{")) {
		page, err := decodeObject(text)
		if err != nil {
			return nil, nil, err
		}
		if _, there := page["d"]; there {
			return nil, nil, errPrivateKey
		}
		key, _ := page["public_key"].(string)
		text = []byte(key)
	}
	der, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(der) == 0 {
		return nil, nil, errNoPublicKey
	}
	return readDER(der)
}

// readPEM takes the only block of text. A private key among several condemns
// the whole, before anything else is said about it.
func readPEM(text []byte) (public crypto.PublicKey, certificate *x509.Certificate, err error) {
	blocks := 0
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return nil, nil, errPrivateKey
		}
		blocks++
		text = rest
		if blocks > 1 {
			continue
		}
		switch block.Type {
		case "PUBLIC KEY", "CERTIFICATE":
			public, certificate, err = readDER(block.Bytes)
		case "RSA PUBLIC KEY":
			public, err = x509.ParsePKCS1PublicKey(block.Bytes)
		default:
			err = errNoPublicKey
		}
		if errors.Is(err, errPrivateKey) {
			return nil, nil, err
		}
	}
	switch {
	case bytes.Contains(text, []byte("PRIVATE KEY-----")):
		return nil, nil, errPrivateKey
	case bytes.Contains(text, []byte("-----BEGIN")):
		return nil, nil, errors.New("holds a PEM block that is broken or cut off")
	case blocks > 1:
		return nil, nil, errSeveralKeys
	}
	return public, certificate, err
}

// readDER reads a SubjectPublicKeyInfo (RFC 5280, section 4.1) or a certificate.
func readDER(der []byte) (crypto.PublicKey, *x509.Certificate, error) {
	public, err := x509.ParsePKIXPublicKey(der)
	if err == nil {
		return public, nil, nil
	}
	if certificate, err := x509.ParseCertificate(der); err == nil {
		return certificate.PublicKey, certificate, nil
	}
	if isPrivate(der) {
		return nil, nil, errPrivateKey
	}
	return nil, nil, errNoPublicKey
}

func isPrivate(der []byte) bool {
	_, pkcs8 := x509.ParsePKCS8PrivateKey(der)
	_, pkcs1 := x509.ParsePKCS1PrivateKey(der)
	_, sec1 := x509.ParseECPrivateKey(der)
	return pkcs8 == nil || pkcs1 == nil || sec1 == nil
}
