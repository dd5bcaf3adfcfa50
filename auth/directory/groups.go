package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

const (
	maxGroups = 10_000 // of one user; more is no answer
	atOnce    = 20     // groups whose own groups are searched for in one question
)

// Groups are the names of e's groups, each once, in alphabetical order. The only
// error is ErrUnreachable: there is no answer that lacks some of them.
func (d *Directory) Groups(ctx context.Context, e Entry) ([]string, error) {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	var found groups
	err := d.asAccount(ctx, func(c *conn) error {
		found = groups{d: d, c: c, names: map[string]string{}}
		return found.of(ctx, e.DN)
	})
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(found.names))
	for _, name := range found.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// groups are those found so far: their names, by their distinguished names.
type groups struct {
	d     *Directory
	c     *conn
	names map[string]string
}

// of finds the groups that dn is in, and theirs as deep as configured. A group that
// was met before is not followed again, so that a circle ends.
func (g *groups) of(ctx context.Context, dn string) error {
	members := []string{dn}
	for depth := 0; depth <= g.d.cfg.Nested && len(members) > 0; depth++ {
		var next []string
		var err error
		if g.d.cfg.GroupBase != "" {
			next, err = g.search(ctx, members)
		} else {
			next, err = g.memberOf(ctx, members, depth == 0)
		}
		if err != nil {
			return err
		}
		members = next
	}
	return nil
}

// note keeps a group, and reports whether it is a new one.
func (g *groups) note(dn, name string) (bool, error) {
	if _, known := g.names[dn]; known {
		return false, nil
	}
	if len(g.names) == maxGroups {
		return false, fmt.Errorf("%w: more than %d groups for one user", ErrUnreachable, maxGroups)
	}
	g.names[dn] = name
	return true, nil
}

// search asks which groups have one of the members.
func (g *groups) search(ctx context.Context, members []string) ([]string, error) {
	var next []string
	cfg := g.d.cfg
	for some := range slices.Chunk(members, atOnce) {
		var filter strings.Builder
		filter.WriteString("(|")
		for _, dn := range some {
			filter.WriteString(filled(cfg.GroupFilter, dn))
		}
		filter.WriteString(")")
		entries, err := g.c.search(ctx, "search for groups", cfg.GroupBase, filter.String(), cfg.GroupName, maxGroups)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name, ok := nameOf(e, cfg.GroupName)
			if !ok {
				return nil, fmt.Errorf("%w: the group %q has no single %s", ErrUnreachable, e.DN, cfg.GroupName)
			}
			fresh, err := g.note(e.DN, name)
			if err != nil {
				return nil, err
			}
			if fresh {
				next = append(next, e.DN)
			}
		}
	}
	return next, nil
}

// memberOf reads which groups the members say they are in.
func (g *groups) memberOf(ctx context.Context, members []string, user bool) ([]string, error) {
	var next []string
	for _, dn := range members {
		entries, err := g.c.read(ctx, "read memberOf", dn, "(objectClass=*)", "memberOf")
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 && user {
			return nil, fmt.Errorf("%w: the user's entry is gone", ErrUnreachable)
		}
		for _, e := range entries {
			values, err := allMemberOf(e)
			if err != nil {
				return nil, err
			}
			for _, group := range values {
				name, ok := firstValue(group)
				if !ok {
					return nil, fmt.Errorf("%w: the value %q of memberOf is not a distinguished name", ErrUnreachable, group)
				}
				fresh, err := g.note(group, name)
				if err != nil {
					return nil, err
				}
				if fresh {
					next = append(next, group)
				}
			}
		}
	}
	return next, nil
}

// allMemberOf are an entry's groups. Active Directory gives a part of a long list,
// under a name that says so (MS-ADTS, section 3.1.1.3.1.3.3).
func allMemberOf(e *ldap.Entry) ([]string, error) {
	for _, a := range e.Attributes {
		if strings.HasPrefix(strings.ToLower(a.Name), "memberof;range=") {
			return nil, fmt.Errorf("%w: the directory gives only a part of memberOf; set ldap.group_base", ErrUnreachable)
		}
	}
	return e.GetEqualFoldAttributeValues("memberOf"), nil
}
