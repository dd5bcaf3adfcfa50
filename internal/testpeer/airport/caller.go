package airport

import "context"

// Over is another caller, or another process, on the same connection.
func (c *Client) Over(o Options) *Client {
	if o.Session == "" {
		o.Session = c.o.Session
	}
	o.Addr = c.o.Addr
	return &Client{o: o, service: c.service}
}

// Transaction is the identifier that Begin got.
func (c *Client) Transaction() string { return c.tx }

// Within calls an action in a transaction, which may be somebody else's.
func (c *Client) Within(ctx context.Context, transaction, action string, body any) ([]byte, error) {
	return c.action(ctx, action, body, call{tx: transaction})
}
