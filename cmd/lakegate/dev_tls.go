package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The certificate of a development server, which is its own authority.
const (
	devCertFile = "server.pem"
	devCertKey  = "server.key"
)

// devCertificate is the file of the folder's certificate, which is made where
// there is none that is good for another month.
func devCertificate(dir string) (string, error) {
	cert, key := filepath.Join(dir, devCertFile), filepath.Join(dir, devCertKey)
	if pair, err := tls.LoadX509KeyPair(cert, key); err == nil && pair.Leaf != nil && time.Until(pair.Leaf.NotAfter) > 30*24*time.Hour {
		return cert, nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return "", err
	}
	about := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "lakegate development"},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		return "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", err
	}
	if err := writeWhole(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return "", fmt.Errorf("keep its key: %w", err)
	}
	if err := writeWhole(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), os.FileMode(0o644)); err != nil {
		return "", fmt.Errorf("keep it: %w", err)
	}
	return cert, nil
}
