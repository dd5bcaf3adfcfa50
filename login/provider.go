package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Client is an application as an identity provider knows it.
type Client struct {
	Issuer string
	ID     string
	Secret string // of the few providers that give one to programs on people's machines; empty for none
	Scopes []string
	// Audience is asked for by the parameter of that name, as Auth0 and
	// Keycloak's extensions want it; empty for none.
	Audience string
	// IDToken makes the ID token the one that is used, for providers whose
	// access tokens nobody else can read, such as Google.
	IDToken bool

	HTTP *http.Client // required
}

// endpoints are what a discovery document says (OpenID Connect Discovery, section 3).
type endpoints struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	Device        string `json:"device_authorization_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
}

// maxDocument bounds the answers of a provider.
const maxDocument = 1 << 20

// discover asks the issuer where its endpoints are. Each must be https, or on
// this machine.
func (c *Client) discover(ctx context.Context) (endpoints, error) {
	var e endpoints
	address := strings.TrimSuffix(c.Issuer, "/") + "/.well-known/openid-configuration"
	if err := checkURL(address); err != nil {
		return e, fmt.Errorf("issuer %q: %w", c.Issuer, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return e, fmt.Errorf("issuer %q: %w", c.Issuer, err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return e, fmt.Errorf("ask the issuer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return e, fmt.Errorf("%s: status %d; is the issuer right?", address, response.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxDocument)).Decode(&e); err != nil {
		return e, fmt.Errorf("%s: not a discovery document", address)
	}
	if e.Issuer != c.Issuer {
		return e, fmt.Errorf("%s is of the issuer %.200q; use exactly that", address, e.Issuer)
	}
	for _, place := range []string{e.Authorization, e.Token, e.Device, e.Revocation} {
		if place == "" {
			continue
		}
		if err := checkURL(place); err != nil {
			return e, fmt.Errorf("%s names %.200q: %w", address, place, err)
		}
	}
	if e.Token == "" {
		return e, fmt.Errorf("%s names no token endpoint", address)
	}
	return e, nil
}

var errInsecure = errors.New("not an https URL, nor one of this machine")

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return errInsecure
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return errInsecure
	}
	return nil
}

func (c *Client) oauth(e endpoints) *oauth2.Config {
	style := oauth2.AuthStyleAutoDetect
	if c.Secret == "" {
		style = oauth2.AuthStyleInParams // or a code would be spent on finding that out
	}
	return &oauth2.Config{
		ClientID: c.ID, ClientSecret: c.Secret, Scopes: c.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: e.Authorization, TokenURL: e.Token, DeviceAuthURL: e.Device, AuthStyle: style},
	}
}

// options are the parameters that we add to a request for authorization.
func (c *Client) options(more ...oauth2.AuthCodeOption) []oauth2.AuthCodeOption {
	if c.Audience != "" {
		more = append(more, oauth2.SetAuthURLParam("audience", c.Audience))
	}
	return more
}

// Tokens is what a login brought.
type Tokens struct {
	Use     string    // the token to show to the server
	Refresh string    // to renew it with; empty if the provider gave none
	Expires time.Time // of Use; zero if the provider did not say
}

var errNoIDToken = errors.New("the provider gave no ID token; is the scope openid among those asked for?")

func (c *Client) tokens(t *oauth2.Token) (Tokens, error) {
	got := Tokens{Use: t.AccessToken, Refresh: t.RefreshToken, Expires: t.Expiry}
	if c.IDToken {
		id, _ := t.Extra("id_token").(string)
		if id == "" {
			return Tokens{}, errNoIDToken
		}
		got.Use = id
	}
	return got, nil
}

// clear makes an error of the OAuth library one that says what the provider
// said, and holds nothing else of its answer.
func clear(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		if refused.ErrorCode == "" {
			return fmt.Errorf("the provider answered with status %d", refused.Response.StatusCode)
		}
		if refused.ErrorDescription != "" {
			return fmt.Errorf("the provider refused: %s (%.300s)", refused.ErrorCode, refused.ErrorDescription)
		}
		return fmt.Errorf("the provider refused: %s", refused.ErrorCode)
	}
	return err
}

// renew gets new tokens for a refresh token.
func (c *Client) renew(ctx context.Context, refresh string) (Tokens, error) {
	e, err := c.discover(ctx)
	if err != nil {
		return Tokens{}, err
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.HTTP)
	t, err := c.oauth(e).TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil {
		return Tokens{}, clear(err)
	}
	return c.tokens(t)
}

// revoke tells the provider to forget a refresh token (RFC 7009). Providers
// without such an endpoint keep it until it ends by itself.
func (c *Client) revoke(ctx context.Context, refresh string) error {
	e, err := c.discover(ctx)
	if err != nil || e.Revocation == "" {
		return err
	}
	form := url.Values{"token": {refresh}, "token_type_hint": {"refresh_token"}, "client_id": {c.ID}}
	if c.Secret != "" {
		form.Set("client_secret", c.Secret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.Revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("revoke: status %d", response.StatusCode)
	}
	return nil
}
