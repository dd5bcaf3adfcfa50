package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// pageSize is how many entries are asked for at once (RFC 2696); Active Directory
// gives at most 1000.
const pageSize = 500

// errTooMany are more entries than are wanted.
var errTooMany = fmt.Errorf("%w: the answer is larger than the limit", ErrUnreachable)

func request(base string, scope int, filter, attribute string) *ldap.SearchRequest {
	return &ldap.SearchRequest{
		BaseDN: base, Scope: scope, DerefAliases: ldap.NeverDerefAliases, Filter: filter, Attributes: []string{attribute},
	}
}

// read is the entry of that name if it matches the filter, and else none.
func (c *conn) read(ctx context.Context, name, dn, filter, attribute string) ([]*ldap.Entry, error) {
	r := request(dn, ldap.ScopeBaseObject, filter, attribute)
	r.SizeLimit, r.EnforceSizeLimit = 1, true
	var entries []*ldap.Entry
	err := c.during(ctx, name, func() error {
		answer, err := c.ldap.Search(r)
		switch {
		case ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax):
			return nil
		case err != nil:
			return c.failed(name, err)
		}
		entries = answer.Entries
		return nil
	})
	return entries, err
}

// search is all entries below base that match the filter. With more than limit it is
// limit of them, if the directory says so, and errTooMany.
func (c *conn) search(ctx context.Context, name, base, filter, attribute string, limit int) ([]*ldap.Entry, error) {
	r := request(base, ldap.ScopeWholeSubtree, filter, attribute)
	r.SizeLimit, r.EnforceSizeLimit = limit, true
	pages := ldap.NewControlPaging(pageSize)
	if limit > pageSize {
		r.Controls = []ldap.Control{pages}
	}
	var entries []*ldap.Entry
	err := c.during(ctx, name, func() error {
		for {
			answer, err := c.ldap.Search(r)
			if answer != nil {
				entries = append(entries, answer.Entries...)
			}
			tooMany := len(entries) > limit || errors.Is(err, ldap.ErrSizeLimitExceeded) ||
				len(entries) == limit && ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded)
			switch {
			case tooMany:
				entries = entries[:min(limit, len(entries))]
				return errTooMany
			case err != nil:
				return c.failed(name, err)
			}
			next, ok := ldap.FindControl(answer.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
			if !ok || len(next.Cookie) == 0 {
				return nil
			}
			pages.SetCookie(next.Cookie)
		}
	})
	return entries, err
}
