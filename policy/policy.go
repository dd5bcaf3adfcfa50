// Package policy answers who may do what. It is pure: rules in, decisions over
// an [auth.Principal] out, no input or output of its own.
package policy

import (
	"errors"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/auth"
)

// Privileges is a set of things one may do with a table, a schema or a catalog.
type Privileges uint16

// The single privileges. Own privileges of a schema or catalog are Create.
const (
	Select Privileges = 1 << iota
	Insert
	Update
	Delete
	Create // tables in a schema, schemas in a catalog
	Drop
	Alter

	// Change is every privilege that alters data or definitions.
	Change = Insert | Update | Delete | Create | Drop | Alter
)

// Has reports whether all of want are in p.
func (p Privileges) Has(want Privileges) bool { return p&want == want }

// The scopes that give rights by themselves.
const (
	ScopeRead  = "read:data"
	ScopeWrite = "write:data"
	ScopeAdmin = "admin:system"
)

// Config is the default policy: lists of groups, compared as auth.SameGroup does.
type Config struct {
	ReadOnlyGroups []string
	WriteGroups    []string
	AdminGroups    []string
}

// Policy decides. It never changes; a new set of rules is a new Policy.
type Policy struct{ cfg Config }

// New checks cfg and gives the policy over it. Empty lists grant nothing.
func New(cfg Config) (*Policy, error) {
	for _, list := range [][]string{cfg.ReadOnlyGroups, cfg.WriteGroups, cfg.AdminGroups} {
		for _, g := range list {
			if strings.TrimSpace(g) == "" {
				return nil, errors.New("policy: a list of groups holds a blank name")
			}
		}
	}
	return &Policy{cfg: cfg}, nil
}

// Rights is what one principal may do: a union over groups and scopes.
type Rights struct {
	Tables Privileges // on every table of every catalog, and on catalogs and schemas
	Admin  bool       // may administer the server
}

// None reports that nothing at all is granted, hence nothing is visible.
func (r Rights) None() bool { return r.Tables == 0 && !r.Admin }

// Rights is the union of what p's groups and scopes give.
func (pol *Policy) Rights(p auth.Principal) Rights {
	var r Rights
	switch {
	case inAny(p.Groups, pol.cfg.AdminGroups) || slices.Contains(p.Scopes, ScopeAdmin):
		r = Rights{Tables: Select | Change, Admin: true}
	case inAny(p.Groups, pol.cfg.WriteGroups) || slices.Contains(p.Scopes, ScopeWrite):
		r.Tables = Select | Change
	case inAny(p.Groups, pol.cfg.ReadOnlyGroups) || slices.Contains(p.Scopes, ScopeRead):
		r.Tables = Select
	}
	return r
}

func inAny(groups, list []string) bool {
	return slices.ContainsFunc(groups, func(g string) bool {
		return slices.ContainsFunc(list, func(l string) bool { return auth.SameGroup(g, l) })
	})
}
