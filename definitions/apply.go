package definitions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// after is set once o is carried out for who; set stays as it is.
func (set Set) after(o guard.Order, who auth.Principal, now time.Time) (Set, error) {
	set.Grants.Grants = slices.Clone(set.Grants.Grants)
	set.Grants.Roles = slices.Clone(set.Grants.Roles)
	set.Views = slices.Clone(set.Views)
	var err error
	switch o.Action {
	case guard.GrantPrivileges:
		err = set.grant(o.Grants, who.User, now)
	case guard.RevokePrivileges:
		err = set.revoke(o.Grants)
	case guard.CreateRole:
		err = set.createRole(o)
	case guard.DropRole:
		err = set.dropRole(o)
	case guard.GrantRole:
		err = set.grantRole(o)
	case guard.RevokeRole:
		err = set.revokeRole(o)
	case guard.CreateView:
		err = set.createView(o, who.User)
	case guard.DropView, guard.CommentView:
		err = set.changeView(o)
	default:
		err = fmt.Errorf("definitions: no order %q is known", o.Action)
	}
	if err == nil {
		err = set.check()
	}
	return set.stamped(), err
}

// check refuses a set that holds too much.
func (set Set) check() error {
	members := 0
	for _, r := range set.Grants.Roles {
		members += len(r.Members)
	}
	for _, l := range []struct {
		what      string
		have, may int
	}{
		{"views", len(set.Views), viewsMost},
		{"grants", len(set.Grants.Grants), grantsMost},
		{"roles", len(set.Grants.Roles), rolesMost},
		{"members of roles", members, membersMost},
	} {
		if l.have > l.may {
			return fmt.Errorf("%s (at most %d): %w", l.what, l.may, guard.ErrTooMany)
		}
	}
	return nil
}

func notFound(what, name string) error {
	return fmt.Errorf("%s %q: %w", what, name, catalog.ErrNotFound)
}

// sameGrantee compares users exactly, groups and roles as auth.SameGroup does.
func sameGrantee(a, b policy.Grantee) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Kind == policy.ToUser {
		return a.Name == b.Name
	}
	return auth.SameGroup(a.Name, b.Name)
}

// place is where g holds.
func place(g policy.Grant) catalog.Name {
	return catalog.Name{Catalog: g.Catalog, Schema: g.Schema, Table: g.Table}
}

// alike reports whether a and b are to the same grantee, at the same place.
func alike(a, b policy.Grant) bool {
	return sameGrantee(a.To, b.To) && key(place(a)) == key(place(b))
}

func contains(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

func (set *Set) grant(grants []policy.Grant, by string, now time.Time) error {
	for _, g := range grants {
		if g.To.Kind == policy.ToRole {
			i := set.role(g.To.Name)
			if i < 0 {
				return notFound("role", g.To.Name)
			}
			g.To.Name = set.Grants.Roles[i].Name
		}
		g.By, g.At = by, now.UTC()
		i := slices.IndexFunc(set.Grants.Grants, func(old policy.Grant) bool { return alike(old, g) && (old.Columns == nil) == (g.Columns == nil) })
		if i < 0 {
			set.Grants.Grants = append(set.Grants.Grants, g)
			continue
		}
		old := &set.Grants.Grants[i]
		old.Privileges |= g.Privileges
		old.By, old.At = g.By, g.At
		old.Columns = slices.Clone(old.Columns)
		for _, c := range g.Columns {
			if !contains(old.Columns, c) {
				old.Columns = append(old.Columns, c)
			}
		}
	}
	return nil
}

func (set *Set) revoke(grants []policy.Grant) error {
	for n, g := range grants {
		if !slices.ContainsFunc(grants[:n], func(o policy.Grant) bool { return alike(o, g) }) &&
			!slices.ContainsFunc(set.Grants.Grants, func(old policy.Grant) bool { return revokes(grants, old) && alike(old, g) }) {
			at := strings.TrimRight(g.Catalog+"."+g.Schema+"."+g.Table, ".")
			return notFound("such a grant to "+string(g.To.Kind)+" "+g.To.Name+" on", at)
		}
	}
	for _, g := range grants {
		if g.Columns == nil {
			continue
		}
		if slices.ContainsFunc(set.Grants.Grants, func(old policy.Grant) bool {
			return alike(old, g) && old.Columns == nil && old.Privileges.Has(policy.Select)
		}) {
			return &guard.Refusal{Position: -1, Text: "SELECT was granted on the whole table; revoke that, and grant SELECT on the columns that are to stay"}
		}
	}
	kept := set.Grants.Grants[:0]
	for _, old := range set.Grants.Grants {
		for _, g := range grants {
			if alike(old, g) {
				old = without(old, g)
			}
		}
		if old.Privileges != 0 {
			kept = append(kept, old)
		}
	}
	set.Grants.Grants = kept
	return nil
}

// revokes reports whether one of grants takes something of old away.
func revokes(grants []policy.Grant, old policy.Grant) bool {
	return slices.ContainsFunc(grants, func(g policy.Grant) bool {
		if !alike(old, g) || old.Privileges&g.Privileges == 0 {
			return false
		}
		return g.Columns == nil || old.Columns == nil || slices.ContainsFunc(g.Columns, func(c string) bool { return contains(old.Columns, c) })
	})
}

// without is old as g's revocation leaves it.
func without(old, g policy.Grant) policy.Grant {
	switch {
	case g.Columns == nil:
		old.Privileges &^= g.Privileges
	case old.Columns != nil:
		old.Columns = slices.DeleteFunc(slices.Clone(old.Columns), func(c string) bool { return contains(g.Columns, c) })
		if len(old.Columns) == 0 {
			old.Privileges = 0
		}
	}
	return old
}

// role is where the role of that name is; -1 for none.
func (set *Set) role(name string) int {
	return slices.IndexFunc(set.Grants.Roles, func(r policy.Role) bool { return auth.SameGroup(r.Name, name) })
}

func (set *Set) createRole(o guard.Order) error {
	if set.role(o.Role) >= 0 {
		if o.Exists {
			return nil
		}
		return fmt.Errorf("role %q: %w", o.Role, guard.ErrExists)
	}
	set.Grants.Roles = append(set.Grants.Roles, policy.Role{Name: o.Role})
	return nil
}

// dropRole drops a role with what was granted to it.
func (set *Set) dropRole(o guard.Order) error {
	i := set.role(o.Role)
	if i < 0 {
		if o.Exists {
			return nil
		}
		return notFound("role", o.Role)
	}
	set.Grants.Roles = slices.Delete(set.Grants.Roles, i, i+1)
	is := func(g policy.Grantee) bool { return sameGrantee(g, policy.Grantee{Kind: policy.ToRole, Name: o.Role}) }
	for j, r := range set.Grants.Roles {
		set.Grants.Roles[j].Members = slices.DeleteFunc(slices.Clone(r.Members), is)
	}
	set.Grants.Grants = slices.DeleteFunc(set.Grants.Grants, func(g policy.Grant) bool { return is(g.To) })
	return nil
}

func (set *Set) grantRole(o guard.Order) error {
	i := set.role(o.Role)
	if i < 0 {
		return notFound("role", o.Role)
	}
	role := &set.Grants.Roles[i]
	role.Members = slices.Clone(role.Members)
	for _, m := range o.Members {
		if m.Kind == policy.ToRole {
			j := set.role(m.Name)
			if j < 0 {
				return notFound("role", m.Name)
			}
			if set.within(i, j, map[int]bool{}) {
				return &guard.Refusal{Position: -1, Text: fmt.Sprintf("role %q is in role %q already, or is the same; the other way round it would be in itself", o.Role, m.Name)}
			}
			m.Name = set.Grants.Roles[j].Name
		}
		if !slices.ContainsFunc(role.Members, func(have policy.Grantee) bool { return sameGrantee(have, m) }) {
			role.Members = append(role.Members, m)
		}
	}
	return nil
}

// within reports whether role i is role j or a member of it, through others too.
func (set *Set) within(i, j int, seen map[int]bool) bool {
	if i == j {
		return true
	}
	if seen[j] {
		return false
	}
	seen[j] = true
	for _, m := range set.Grants.Roles[j].Members {
		if m.Kind != policy.ToRole {
			continue
		}
		if k := set.role(m.Name); k >= 0 && set.within(i, k, seen) {
			return true
		}
	}
	return false
}

func (set *Set) revokeRole(o guard.Order) error {
	i := set.role(o.Role)
	if i < 0 {
		return notFound("role", o.Role)
	}
	role := &set.Grants.Roles[i]
	role.Members = slices.Clone(role.Members)
	for _, m := range o.Members {
		n := len(role.Members)
		role.Members = slices.DeleteFunc(role.Members, func(have policy.Grantee) bool { return sameGrantee(have, m) })
		if len(role.Members) == n {
			return notFound("in role "+role.Name+" "+string(m.Kind), m.Name)
		}
	}
	return nil
}

func (set *Set) createView(o guard.Order, owner string) error {
	v := catalog.Table{Name: o.View.Name, Kind: catalog.ViewTable, Comment: o.View.Comment, Columns: o.View.Columns, Whole: true}
	if o.View.Definition == nil || len(v.Columns) == 0 {
		return fmt.Errorf("definitions: view %q comes without its text or its columns", v.Name.Table)
	}
	d := *o.View.Definition
	d.Owner = owner
	v.Definition = &d
	i, found := set.view(v.Name)
	switch {
	case !found:
		set.Views = slices.Insert(set.Views, i, v)
	case o.Replace:
		set.Views[i] = v
	case !o.Exists:
		return fmt.Errorf("view %q: %w", v.Name.Table, guard.ErrExists)
	}
	return nil
}

// view is where the view of that name is, or would be.
func (set *Set) view(name catalog.Name) (i int, found bool) {
	return slices.BinarySearchFunc(set.Views, key(name), func(v catalog.Table, k string) int { return strings.Compare(key(v.Name), k) })
}

// changeView drops a view or sets its comment.
func (set *Set) changeView(o guard.Order) error {
	i, found := set.view(o.View.Name)
	switch {
	case !found && o.Exists:
		return nil
	case !found:
		return notFound("view", o.View.Name.Table)
	case o.Action == guard.DropView:
		set.Views = slices.Delete(set.Views, i, i+1)
	default:
		set.Views[i].Comment = o.View.Comment
	}
	return nil
}
