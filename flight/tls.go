package flight

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificates is a certificate and its key in two PEM files, read again when
// either changes. A change that cannot be read is logged and the old pair kept.
type Certificates struct {
	certificate, key string
	log              *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	looked time.Time // when the files were last looked at
	mark   [2]fileMark
}

type fileMark struct {
	changed time.Time
	size    int64
}

// certificatesEvery is how often, at most, the files are looked at.
const certificatesEvery = time.Second

// NewCertificates reads the pair once; files that do not fit are an error.
func NewCertificates(certificate, key string, log *slog.Logger) (*Certificates, error) {
	c := &Certificates{certificate: certificate, key: key, log: log}
	mark, err := c.marks()
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", certificate, key, err)
	}
	c.pair, c.mark, c.looked = &pair, mark, time.Now()
	return c, nil
}

// Config is TLS 1.2 or later with these certificates. With clientCAs, clients
// must show a certificate of one of them.
func (c *Certificates) Config(clientCAs *x509.CertPool) *tls.Config {
	cfg := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil },
	}
	if clientCAs != nil {
		cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, clientCAs
	}
	return cfg
}

func (c *Certificates) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < certificatesEvery {
		return c.pair
	}
	c.looked = now
	mark, err := c.marks()
	if err == nil && mark == c.mark {
		return c.pair
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certificate, c.key); err == nil {
			c.pair, c.mark = &pair, mark
			c.log.Info("TLS certificate read again", "file", c.certificate)
			return c.pair
		}
	}
	c.log.Error("TLS certificate changed and cannot be read; the old one stays", "file", c.certificate, "error", err)
	return c.pair
}

func (c *Certificates) marks() (m [2]fileMark, err error) {
	for i, name := range []string{c.certificate, c.key} {
		info, err := os.Stat(name)
		if err != nil {
			return m, err
		}
		m[i] = fileMark{info.ModTime(), info.Size()}
	}
	return m, nil
}
