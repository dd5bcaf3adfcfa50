package policy

import (
	"slices"

	"github.com/lakegate/lakegate/auth"
)

// sameRole compares names of roles.
func sameRole(a, b string) bool { return auth.SameGroup(a, b) }

// rolesOf are the names of the roles that p is in, directly or through other
// roles, which may contain each other in any way.
func rolesOf(roles []Role, p auth.Principal) []string {
	var in []string
	for grew := true; grew; {
		grew = false
		for _, role := range roles {
			if slices.ContainsFunc(in, func(name string) bool { return sameRole(name, role.Name) }) {
				continue
			}
			if slices.ContainsFunc(role.Members, func(m Grantee) bool { return m.includes(p, in) }) {
				in, grew = append(in, role.Name), true
			}
		}
	}
	return in
}

// includes reports whether g is p, a group of theirs, or one of the roles.
func (g Grantee) includes(p auth.Principal, roles []string) bool {
	switch g.Kind {
	case ToUser:
		return g.Name == p.User
	case ToGroup:
		return slices.ContainsFunc(p.Groups, func(of string) bool { return auth.SameGroup(of, g.Name) })
	case ToRole:
		return slices.ContainsFunc(roles, func(name string) bool { return sameRole(name, g.Name) })
	}
	return false
}

// membersOf are the users and groups in the roles that are named.
func membersOf(roles []Role, named []string) (users, groups []string) {
	var seen []string
	for len(named) > 0 {
		name := named[0]
		named = named[1:]
		if slices.ContainsFunc(seen, func(s string) bool { return sameRole(s, name) }) {
			continue
		}
		seen = append(seen, name)
		for _, role := range roles {
			if !sameRole(role.Name, name) {
				continue
			}
			for _, m := range role.Members {
				switch m.Kind {
				case ToUser:
					users = append(users, m.Name)
				case ToGroup:
					groups = append(groups, m.Name)
				case ToRole:
					named = append(named, m.Name)
				}
			}
		}
	}
	return users, groups
}
