package flight

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/metadata"
)

// cookieName is the cookie that names a client's session.
const cookieName = "lakegate_session"

// cookieLife is how long a cookie can be opened; what it names may end sooner.
const cookieLife = 30 * 24 * time.Hour

// cookieOffers is how many calls without a cookie are answered with one.
const cookieOffers = 8

// readCookie finds the caller's session cookie. One that does not open is as
// none: the client may have come from elsewhere.
func (s *Server) readCookie(ctx context.Context, c *call) error {
	for _, line := range metadata.ValueFromIncomingContext(ctx, "cookie") {
		cookies, err := http.ParseCookie(line)
		if err != nil {
			continue
		}
		for _, k := range cookies {
			if k.Name != cookieName {
				continue
			}
			sealed, err := base64.RawURLEncoding.DecodeString(k.Value)
			if err != nil {
				continue
			}
			if h, err := s.take(c, sessionCookie, sealed); err == nil {
				c.cookie = &h
				return nil
			}
		}
	}
	if s.cfg.RequireCookie && strings.HasPrefix(c.method, "/arrow.flight.") && c.method != handshakeMethod {
		session, err := newID()
		if err != nil {
			return err
		}
		return s.sendCookie(c, session, options{})
	}
	return nil
}

// sendCookie gives the client a cookie that names session and its options.
func (s *Server) sendCookie(c *call, session id, o options) error {
	sealed, err := s.give(c, sessionCookie, handle{Session: session, Catalog: o.catalog, Schema: o.schema}, cookieLife)
	if err != nil {
		return err
	}
	return s.setCookie(c, &http.Cookie{Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/", HttpOnly: true, Secure: s.cfg.TLS != nil})
}

// dropCookie takes the cookie back.
func (s *Server) dropCookie(c *call) error {
	return s.setCookie(c, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, Expires: time.Unix(1, 0)})
}

func (s *Server) setCookie(c *call, cookie *http.Cookie) error {
	if err := c.header(metadata.Pairs("set-cookie", cookie.String())); err != nil {
		return fmt.Errorf("send the session cookie: %w", err)
	}
	return nil
}

// session is the caller's session, in use until the call ends, and its options;
// nil if the caller has none. It creates nothing.
func (s *Server) session(c *call) (own *session, o options, err error) {
	switch {
	case c.cookie != nil:
		if own, err = s.sessions.findByCookie(c, c.cookie.Session); own == nil {
			return nil, options{c.cookie.Catalog, c.cookie.Schema}, err
		}
	case c.conn != nil && !s.cfg.RequireCookie:
		if own, err = s.sessions.ofConnection(c); err != nil {
			return nil, options{}, err
		}
		if own != nil && !c.offered && own.offerCookie() {
			c.offered = true
			if err := s.sendCookie(c, own.id, own.current()); err != nil {
				return nil, options{}, err
			}
		}
	}
	if own == nil {
		return nil, options{}, nil
	}
	return own, own.current(), nil
}

// needSession is the caller's session, made if there is none.
func (s *Server) needSession(c *call) (*session, options, error) {
	own, o, err := s.session(c)
	if own != nil || err != nil {
		return own, o, err
	}
	if c.cookie != nil {
		own, err = s.sessions.make(c, c.cookie.Session, true, o)
		return own, o, err
	}
	if s.cfg.RequireCookie {
		return nil, o, errCookie
	}
	fresh, err := newID()
	if err != nil {
		return nil, o, err
	}
	if own, err = s.sessions.make(c, fresh, false, o); err != nil {
		return nil, o, err
	}
	c.offered = true
	return own, own.current(), s.sendCookie(c, own.id, own.current())
}
