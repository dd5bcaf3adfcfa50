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

// Config is what a policy is made of. Groups are compared as auth.SameGroup does.
type Config struct {
	// Rules decide what may be read and changed. Nil leaves that to ReadOnlyGroups,
	// WriteGroups and scopes, which otherwise decide nothing about data.
	Rules *Rules
	// Grants decide what Rules leave open, or add to what groups and scopes give.
	Grants Grants

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

// Policy decides. It never changes, but for the expressions compiled in its
// rules; a new set of rules is a new Policy. It is safe for concurrent use.
type Policy struct {
	cfg      Config
	id       string // different for each Policy
	rules    *Rules // without any if there is no file
	roles    []Role // the file's and those of SQL
	plain    bool   // neither rules nor grants
	byUser   bool   // a rule, a role or a grant asks for the user
	kept     kept
	subjects *subjects
}

// New checks cfg and gives the policy over it. Empty lists grant nothing.
func New(cfg Config) (*Policy, error) {
	for _, list := range [][]string{cfg.ReadOnlyGroups, cfg.WriteGroups, cfg.AdminGroups} {
		for _, g := range list {
			if strings.TrimSpace(g) == "" {
				return nil, errors.New("policy: a list of groups holds a blank name")
			}
		}
	}
	return newPolicy(cfg), nil
}

// Rights is what one principal may do, within their reach. Equal Rights of one
// Policy allow the same, and those that allow the same by the same rules are equal.
type Rights struct {
	// Tables is what may be done with some table at least. Without rules and
	// grants it is so for every table of every catalog within reach.
	Tables Privileges
	Admin  bool // may administer the server

	bounded bool
	reach   string   // if bounded: the places, in order, folded, a NUL after each
	subject *subject // nil where rules and grants have no say
}

// At is what may be done in that schema: Select, Insert, Update, Delete and Alter
// with some table that it may have; Create and Drop with every table that it may
// have, and so with the schema itself. Who may nothing in it does not see it,
// unless they see a table of it.
func (r Rights) At(catalog, schema string) Privileges {
	if r.bounded && !r.reaches(catalog) && !r.reaches(catalog+"."+schema) {
		return 0
	}
	if r.subject == nil {
		return r.Tables
	}
	return r.Resolve().in(catalog, schema).at()
}

// Reaches reports whether a whole catalog is within reach, and there may be
// anything in it for the principal, now or later.
func (r Rights) Reaches(catalog string) bool {
	return (!r.bounded || r.reaches(catalog)) && (r.subject == nil || r.subject.enters(catalog))
}

// Version is equal for equal Rights alone.
func (r Rights) Version() string {
	subject := ""
	if r.subject != nil {
		subject = r.subject.version
	}
	return strconv.Itoa(int(r.Tables)) + "/" + strconv.FormatBool(r.Admin) + "/" + subject + "/" + strconv.FormatBool(r.bounded) + "/" + r.reach
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

// Rights are p's. Without rules, they are the union of what p's groups and scopes
// give, and of what is granted; required scopes and p's reach bound them in any
// case. Where there is a reach, scopes give nothing.
func (pol *Policy) Rights(p auth.Principal) Rights {
	if pol.plain {
		r, allowed := pol.defaults(p)
		r.Tables &= allowed
		return r.bind(p.Reach)
	}
	return pol.kept.get(pol.dependsOn(p), func() Rights { return pol.judge(p) })
}

// defaults is what groups and scopes give, and what required scopes let through.
func (pol *Policy) defaults(p auth.Principal) (r Rights, allowed Privileges) {
	has := func(scope string) bool { return p.Reach == nil && slices.Contains(p.Scopes, scope) }
	switch {
	case inAny(p.Groups, pol.cfg.AdminGroups) || has(ScopeAdmin):
		r = Rights{Tables: Select | Change, Admin: true}
	case inAny(p.Groups, pol.cfg.WriteGroups) || has(ScopeWrite):
		r.Tables = Select | Change
	case inAny(p.Groups, pol.cfg.ReadOnlyGroups) || has(ScopeRead):
		r.Tables = Select
	}
	allowed = Select | Change
	if p.Method == auth.ByToken {
		lacks := func(scope string) bool { return scope != "" && !slices.Contains(p.Scopes, scope) }
		if lacks(pol.cfg.ReadScope) {
			allowed &^= Select
		}
		if lacks(pol.cfg.WriteScope) {
			allowed &^= Change
		}
		r.Admin = r.Admin && !lacks(pol.cfg.AdminScope)
	}
	return r, allowed
}

func inAny(groups, list []string) bool {
	return slices.ContainsFunc(groups, func(g string) bool {
		return slices.ContainsFunc(list, func(l string) bool { return auth.SameGroup(g, l) })
	})
}
