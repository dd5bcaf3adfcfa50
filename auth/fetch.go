package auth

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Limits of one request to an identity provider.
const (
	maxBody         = 1 << 20 // after decompression
	maxAnswerHeader = 64 << 10
	maxRedirects    = 3
	connectTimeout  = 3 * time.Second
	headerTimeout   = 5 * time.Second
	fetchTimeout    = 10 * time.Second // a whole load: discovery and keys
)

var (
	errTooLarge = fmt.Errorf("the answer is larger than %d bytes", maxBody)
	errRedirect = errors.New("a redirect that leaves the host or repeats is not followed")
)

// fetcher asks identity providers, within the limits above.
type fetcher struct {
	client    *http.Client
	transport *http.Transport
}

// newFetcher takes Dial and Roots from cfg. As in most programs, HTTPS_PROXY
// and its kin in the environment lead requests through a proxy.
func newFetcher(cfg Config) *fetcher {
	dial := cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: connectTimeout}).DialContext
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots},
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxAnswerHeader,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
	}
	return &fetcher{transport: transport, client: &http.Client{Transport: transport, CheckRedirect: sameOrigin}}
}

func (f *fetcher) close() { f.transport.CloseIdleConnections() }

// sameOrigin follows a redirect only within scheme, host and port: it cannot
// lead to plaintext, to another scheme, or to an address inside our network.
func sameOrigin(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return errRedirect
	}
	return nil
}

// get is the body at address. It follows no longer than ctx and never reads
// more than maxBody.
func (f *fetcher) get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "lakegate")
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %q: status %d", address, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("get %q: %w", address, err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("get %q: %w", address, errTooLarge)
	}
	return body, nil
}

// loader gives a provider's keys as they are now.
type loader func(ctx context.Context) (*keySet, error)

// keysAt loads from a fixed address.
func (f *fetcher) keysAt(address string) loader {
	return func(ctx context.Context) (*keySet, error) {
		body, err := f.get(ctx, address)
		if err != nil {
			return nil, err
		}
		set, err := parseKeySet(body)
		if err != nil {
			return nil, fmt.Errorf("get %q: %w", address, err)
		}
		return set, nil
	}
}

// keysOf loads from where the issuer's discovery document says (OpenID Connect
// Discovery, section 4). The document must be that issuer's own, and name a
// place on the same scheme, host and port.
func (f *fetcher) keysOf(issuer string) loader {
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	return func(ctx context.Context) (*keySet, error) {
		body, err := f.get(ctx, address)
		if err != nil {
			return nil, err
		}
		doc, err := decodeObject(body)
		if err != nil {
			return nil, fmt.Errorf("get %q: %w", address, err)
		}
		if doc["issuer"] != issuer {
			return nil, fmt.Errorf("get %q: the document is of another issuer", address)
		}
		place, _ := doc["jwks_uri"].(string)
		if !sameHost(issuer, place) {
			return nil, fmt.Errorf("get %q: jwks_uri %.200q is not on the issuer's own host; if it is right, give it as jwks_url", address, place)
		}
		return f.keysAt(place)(ctx)
	}
}

func sameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && ub.User == nil && ua.Scheme == ub.Scheme && strings.EqualFold(ua.Host, ub.Host)
}

var errNotRegular = errors.New("not a regular file")

// keysIn loads from a file, within the limits of regularFile. A private key in
// the file condemns the whole file.
func keysIn(path string) loader {
	read := regularFile(path)
	var last *keySet // loads follow one another, so this needs no lock
	return func(context.Context) (*keySet, error) {
		data, err := read()
		if err != nil {
			return nil, err
		}
		if last != nil && last.digest == sha256.Sum256(data) {
			return last, nil
		}
		set, err := parseKeySet(data)
		if err != nil {
			return nil, fmt.Errorf("read %q: %w", path, err)
		}
		if set.private {
			return nil, fmt.Errorf("read %q: a key %w", path, errPrivateKey)
		}
		last = set
		return set, nil
	}
}

// regularFile reads a file of at most maxBody bytes. A path that is a symbolic
// link now, as in a mounted volume, is followed; one that becomes a link later
// is refused.
func regularFile(path string) func() ([]byte, error) {
	return fileWithin(path, maxBody, errTooLarge)
}

// fileWithin is regularFile with another limit, and the error of a larger file.
func fileWithin(path string, limit int64, tooLarge error) func() ([]byte, error) {
	info, err := os.Lstat(path)
	mayLink := err == nil && info.Mode()&os.ModeSymlink != 0
	return func() ([]byte, error) {
		stat := os.Lstat
		if mayLink {
			stat = os.Stat
		}
		info, err := stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("read %q: %w", path, errNotRegular)
		}
		if info.Size() > limit {
			return nil, fmt.Errorf("read %q: %w", path, tooLarge)
		}
		return os.ReadFile(path)
	}
}
