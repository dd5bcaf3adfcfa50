package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// askTimeout bounds a request that a call waits for.
const askTimeout = 5 * time.Second

// ask is one GET for JSON while a call waits, with a bearer credential if
// there is one. Redirects are not followed: they would take the credential or
// the user's name elsewhere. An error means that no whole answer of at most
// maxBody bytes came in time, or that ctx ended; it does not hold the address.
func (f *fetcher) ask(ctx context.Context, address, credential string) (status int, body []byte, err error) {
	bounded, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(bounded, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, nil, errURL
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "lakegate")
	if credential != "" {
		req.Header.Set("Authorization", "Bearer "+credential)
	}
	client := http.Client{Transport: f.transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := client.Do(req)
	if err == nil {
		status = resp.StatusCode
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
		_ = resp.Body.Close()
	}
	var withAddress *url.Error
	switch {
	case bounded.Err() != nil, errors.As(err, &withAddress) && withAddress.Timeout():
		return 0, nil, errors.New("no answer in time")
	case withAddress != nil:
		return 0, nil, withAddress.Err
	case err == nil && len(body) > maxBody:
		return 0, nil, errTooLarge
	}
	return status, body, err
}

// checkService accepts an https address, or an http one that stays on this
// machine, without a query, since what stands there may be secret and an
// address is not.
func checkService(address string) error {
	u, err := serviceURL(address)
	switch {
	case err != nil:
		return err
	case u.RawQuery != "" || strings.HasSuffix(address, "?"):
		return errors.New("may not hold a query")
	}
	return nil
}

// serviceURL accepts an https address, or an http one that stays on this machine:
// no setting allows more.
func serviceURL(address string) (*url.URL, error) {
	u, err := checkURL(address, true)
	if err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, errors.New("http is for this machine alone; use https")
	}
	return u, err
}
