package flight

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// CertificateFiles are the PEM files that TLS is spoken with.
type CertificateFiles struct {
	Certificate, Key string // required
	// ClientCA vouches for the certificates of clients; empty: they are not asked
	// for. RequireClient refuses clients without one.
	ClientCA      string
	RequireClient bool
}

// Certificates are the files, read again when one of them changes. A change that
// cannot be read is logged and the old ones kept, all of them.
type Certificates struct {
	files CertificateFiles
	log   *slog.Logger

	mu     sync.Mutex
	now    *tls.Config
	looked time.Time // when the files were last looked at
	mark   [3]fileMark
}

type fileMark struct {
	changed time.Time
	size    int64
}

// certificatesEvery is how often, at most, the files are looked at.
const certificatesEvery = time.Second

// NewCertificates reads the files once; those that do not fit are an error.
func NewCertificates(files CertificateFiles, log *slog.Logger) (*Certificates, error) {
	c := &Certificates{files: files, log: log}
	var err error
	if c.mark, err = c.marks(); err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	c.now, err = c.read()
	c.looked = time.Now()
	return c, err
}

// Config is TLS 1.2 or later with these certificates, whatever they are at each
// handshake.
func (c *Certificates) Config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current(time.Now()), nil },
	}
}

func (c *Certificates) read() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", c.files.Certificate, c.files.Key, err)
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if c.files.ClientCA == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(c.files.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("authorities of clients: %w", err)
	}
	cfg.ClientCAs = x509.NewCertPool()
	if !cfg.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("authorities of clients: %s: %w", c.files.ClientCA, errNoCertificate)
	}
	cfg.ClientAuth = tls.VerifyClientCertIfGiven
	if c.files.RequireClient {
		cfg.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return cfg, nil
}

var errNoCertificate = errors.New("holds no certificate in PEM")

func (c *Certificates) current(now time.Time) *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < certificatesEvery {
		return c.now
	}
	c.looked = now
	mark, err := c.marks()
	if err == nil && mark == c.mark {
		return c.now
	}
	if err == nil {
		var fresh *tls.Config
		if fresh, err = c.read(); err == nil {
			c.now, c.mark = fresh, mark
			c.log.Info("TLS certificate read again", "file", c.files.Certificate)
			return c.now
		}
	}
	c.log.Error("TLS certificate changed and cannot be read; the old one stays", "file", c.files.Certificate, "error", err)
	return c.now
}

func (c *Certificates) marks() (m [3]fileMark, err error) {
	for i, name := range []string{c.files.Certificate, c.files.Key, c.files.ClientCA} {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return m, err
		}
		m[i] = fileMark{info.ModTime(), info.Size()}
	}
	return m, nil
}
