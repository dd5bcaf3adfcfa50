package directory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	maxIdle = 4               // connections of the searching account that are kept
	maxLife = 2 * time.Minute // after which one is not used again
)

// errAccount: the directory refuses the account that searches. Other servers are not
// asked then, as each could count a failure.
var errAccount = errors.New("the account ldap.bind_dn is not accepted")

// accounts are idle connections that the searching account is bound to.
type accounts struct {
	mu     sync.Mutex
	idle   []*conn
	closed bool
}

// get is an idle connection that still looks alive, or nil.
func (a *accounts) get() *conn {
	for {
		a.mu.Lock()
		last := len(a.idle) - 1
		if last < 0 {
			a.mu.Unlock()
			return nil
		}
		c := a.idle[last]
		a.idle = a.idle[:last]
		a.mu.Unlock()
		if !c.ldap.IsClosing() && time.Since(c.born) < maxLife && !c.server.avoided() {
			c.reused = true
			return c
		}
		c.close()
	}
}

// put takes c over, and closes it unless it can be used again.
func (a *accounts) put(c *conn) {
	if c.slots != nil {
		<-c.slots
		c.slots = nil
	}
	a.mu.Lock()
	keep := !a.closed && len(a.idle) < maxIdle && !c.ldap.IsClosing()
	if keep {
		a.idle = append(a.idle, c)
	}
	a.mu.Unlock()
	if !keep {
		c.close()
	}
}

func (a *accounts) close() {
	a.mu.Lock()
	idle := a.idle
	a.idle, a.closed = nil, true
	a.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// bindAccount binds as the account that searches.
func (d *Directory) bindAccount(ctx context.Context, c *conn) error {
	err := c.bind(ctx, d.cfg.BindDN, d.cfg.BindPassword)
	if errors.Is(err, ErrCredentials) {
		return fmt.Errorf("%w: %s", errAccount, err.Error())
	}
	return err
}

// asAccount runs ask on a connection that the searching account is bound to. It is
// run again on a new one if an idle one turns out to be dead.
func (d *Directory) asAccount(ctx context.Context, ask func(*conn) error) error {
	if d.cfg.BindDN == "" {
		return fmt.Errorf("%w: ldap.bind_dn names no account that may search", ErrUnreachable)
	}
	c := d.accounts.get()
	for {
		if c == nil {
			var err error
			if c, err = d.connect(ctx, d.bindAccount); err != nil {
				return err
			}
		}
		err := ask(c)
		dead := c.reused && c.ldap.IsClosing() && ctx.Err() == nil
		if errors.Is(err, ErrUnreachable) {
			c.close() // answers to an abandoned request could still come
		} else {
			d.accounts.put(c)
		}
		if !dead || err == nil {
			return err
		}
		c = nil
	}
}
