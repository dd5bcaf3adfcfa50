package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// listenerKeys are the settings that say how a server is reached from its own
// machine. A check reads no others: a secret that is gone by now is no reason
// to call a server that runs unhealthy.
var listenerKeys = []string{"listen", "tls.certificate"}

// fromConfig aims t at the server of a settings file, on this machine. What the
// command line or the environment said about address and TLS goes before.
func (t *target) fromConfig(file string, environment []string, tlsSaid bool) error {
	l, err := loadListener(file, environment)
	if err != nil {
		return err
	}
	if t.address == "" {
		if t.address, err = ownAddress(l.Listen); err != nil {
			return coded(exitUsage, l.at("listen").fault("listen", err))
		}
	}
	if tlsSaid || t.ca != "" || l.TLS.Certificate == "" {
		return nil
	}
	t.tls = true
	if t.own, err = firstCertificate(l.TLS.Certificate); err != nil {
		return coded(exitUsage, l.at("tls.certificate").fault("tls.certificate", err))
	}
	return nil
}

// loadListener is loadSettings for listenerKeys alone.
func loadListener(file string, environment []string) (*loaded, error) {
	text, err := readSettingsFile(file)
	if err != nil {
		return nil, &settingsError{[]mistake{{place{file: file}, "", err.Error()}}}
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("find the folder of %s: %w", file, err)
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working folder: %w", err)
	}
	fromFile, wrong := readYAML(file, folder, text)
	env := readEnviron(environment, fromFile, here)
	wrong = append(wrong, env.wrong...)
	other := func(g given) bool { return !slices.Contains(listenerKeys, g.path()) }
	l := &loaded{settings: newSettings(), file: file, origin: map[string]given{}, lakes: map[string]place{}}
	l.take(slices.DeleteFunc(fromFile, other), &wrong)
	l.take(slices.DeleteFunc(env.found, other), &wrong)
	l.fill(&wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return l, nil
}

// ownAddress is where a server that listens at address is reached from its own machine.
func ownAddress(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if port == "0" {
		return "", errors.New("port 0 is another one at each start; give --address")
	}
	switch ip := net.ParseIP(host); {
	case host == "" || ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip.Equal(net.IPv6unspecified):
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// firstCertificate is the server's own in a PEM file, which its chain may follow.
func firstCertificate(file string) (*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, fmt.Errorf("%s holds no PEM certificate", file)
}

// ownTLS accepts exactly the certificate own, whoever signed it and whatever
// names it holds, as long as it is in force.
func ownTLS(own *x509.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection is stricter: one certificate, byte by byte
		VerifyConnection: func(s tls.ConnectionState) error {
			now := time.Now()
			switch {
			case len(s.PeerCertificates) == 0 || !bytes.Equal(s.PeerCertificates[0].Raw, own.Raw):
				return errors.New("the server shows another certificate than the one in its settings")
			case now.After(own.NotAfter):
				return fmt.Errorf("the server's certificate ended on %s", own.NotAfter.UTC().Format(time.DateTime))
			case now.Before(own.NotBefore):
				return fmt.Errorf("the server's certificate begins on %s", own.NotBefore.UTC().Format(time.DateTime))
			}
			return nil
		},
	}
}
