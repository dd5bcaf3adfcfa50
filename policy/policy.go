// Package policy answers who may do what. It is pure: rules in, decisions over
// an [auth.Principal] out, no input or output of its own.
package policy

import (
	"errors"
	"slices"
	"strconv"
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

	// Scopes that a token must have to read, to change, and to administer,
	// whatever its holder's groups give. Empty asks for none. Credentials that
	// cannot carry scopes (passwords, tickets, certificates) are not asked.
	ReadScope  string
	WriteScope string
	AdminScope string
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

// Rights is what one principal may do: a union over groups and scopes, within
// the principal's reach. Equal Rights allow the same.
type Rights struct {
	Tables Privileges // on every table of every catalog within reach, and on catalogs and schemas
	Admin  bool       // may administer the server

	bounded bool
	reach   string // if bounded: the places, in order, folded, a NUL after each
}

// At is Tables as far as they apply to that schema of that catalog.
func (r Rights) At(catalog, schema string) Privileges {
	if r.bounded && !r.reaches(catalog) && !r.reaches(catalog+"."+schema) {
		return 0
	}
	return r.Tables
}

// Reaches reports whether a whole catalog is within reach.
func (r Rights) Reaches(catalog string) bool { return !r.bounded || r.reaches(catalog) }

// Version is equal for equal Rights alone.
func (r Rights) Version() string {
	return strconv.Itoa(int(r.Tables)) + "/" + strconv.FormatBool(r.Admin) + "/" + strconv.FormatBool(r.bounded) + "/" + r.reach
}

func (r Rights) reaches(place string) bool {
	return strings.Contains("\x00"+r.reach, "\x00"+strings.ToLower(place)+"\x00")
}

// bind bounds r by the places of a principal's reach.
func (r Rights) bind(places []string) Rights {
	if places == nil || slices.Contains(places, auth.Everywhere) {
		return r
	}
	folded := make([]string, 0, len(places))
	for _, place := range places {
		folded = append(folded, strings.ToLower(place)+"\x00")
	}
	slices.Sort(folded)
	r.bounded, r.reach = true, strings.Join(slices.Compact(folded), "")
	return r
}

// None reports that nothing at all is granted, hence nothing is visible.
func (r Rights) None() bool { return r.Tables == 0 && !r.Admin }

// Rights is the union of what p's groups and scopes give, as far as required
// scopes and p's reach let it. Where there is a reach, scopes give nothing.
func (pol *Policy) Rights(p auth.Principal) Rights {
	var r Rights
	has := func(scope string) bool { return p.Reach == nil && slices.Contains(p.Scopes, scope) }
	switch {
	case inAny(p.Groups, pol.cfg.AdminGroups) || has(ScopeAdmin):
		r = Rights{Tables: Select | Change, Admin: true}
	case inAny(p.Groups, pol.cfg.WriteGroups) || has(ScopeWrite):
		r.Tables = Select | Change
	case inAny(p.Groups, pol.cfg.ReadOnlyGroups) || has(ScopeRead):
		r.Tables = Select
	}
	if p.Method == auth.ByToken {
		lacks := func(scope string) bool { return scope != "" && !slices.Contains(p.Scopes, scope) }
		if lacks(pol.cfg.ReadScope) {
			r.Tables &^= Select
		}
		if lacks(pol.cfg.WriteScope) {
			r.Tables &^= Change
		}
		r.Admin = r.Admin && !lacks(pol.cfg.AdminScope)
	}
	return r.bind(p.Reach)
}

func inAny(groups, list []string) bool {
	return slices.ContainsFunc(groups, func(g string) bool {
		return slices.ContainsFunc(list, func(l string) bool { return auth.SameGroup(g, l) })
	})
}
