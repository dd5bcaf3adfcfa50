package policy

import (
	"regexp"
	"sync/atomic"
)

// Rules are what one file says. They never change, but for the expressions that
// are compiled in them.
type Rules struct {
	name string // of the file, for messages

	catalogs, schemas, tables, functions, queries []*rule
	systemProperties, catalogProperties           []*rule
	limits                                        []*rule
	impersonation                                 []*Impersonation

	tags  []*tagRule
	roles []Role

	has      map[string]bool // the sections that are there
	compiled *atomic.Uint64  // how often an expression was
}

// rule is one of any section. What it decides is in the fields of its section.
type rule struct {
	number int    // among all rules of the file
	label  string // "tables[2] (policy.yaml:14)"
	who    who
	where  where

	access     Privileges // catalogs: all that is let through
	owner      bool       // schemas
	privileges Privileges // tables
	filter     *Expression
	columns    []*columnRule
	byName     map[string]int // of columns, folded; the first of each
	byTag      bool           // an entry of columns asks for tags

	name        *pattern // functions, session properties
	allow       bool
	owns        *pattern // queries: who owns the statement
	modes       modes
	bounds      Limits
	expressions []*Expression // filter, and the masks
}

// who is whom a rule is for: all that it names must match.
type who struct{ user, group, role *pattern }

func (w who) anybody() bool { return w.user.all() && w.group == nil && w.role == nil }

// where is what a rule is about.
type where struct {
	catalog, schema, table *pattern
	tags                   []string // folded; of which the table must have one, unless empty
}

func (w where) inSchema(catalog, schema string) bool {
	return w.catalog.matches(catalog) && w.schema.matches(schema)
}

// wholeSchema reports that w has all tables of a schema that it matches.
func (w where) wholeSchema() bool { return w.table.all() && len(w.tags) == 0 }

// columnRule is an entry of a rule's columns.
type columnRule struct {
	name   string   // folded
	tags   []string // folded; in place of name
	denied bool
	mask   *Expression
	ready  readyMask
}

// tagRule gives tags to tables, or with column to columns.
type tagRule struct {
	where  where
	column *pattern
	tags   []string // folded
}

// modes are what a rule of queries lets one do.
type modes uint8

const (
	mayExecute modes = 1 << iota
	mayKill
	mayView
)

// Impersonation is a rule about who may act as whom, as package auth takes it:
// whoever matches Users or is in one of Groups.
type Impersonation struct {
	Users  *regexp.Regexp // nil matches nobody
	Groups []string
	As     *regexp.Regexp
	Deny   bool
	Place  string // "impersonation[0] (policy.yaml:14)"

	roles []string // that become Users and Groups
}

// Name is that of the file.
func (r *Rules) Name() string { return r.name }

// Empty reports that the rules give nobody any table or schema, as those of an
// empty file do: everything is denied, and the server should say so.
func (r *Rules) Empty() bool { return len(r.tables) == 0 && len(r.schemas) == 0 }

// Impersonation are the rules about who may act as whom, in order; nil if the
// file has none.
func (r *Rules) Impersonation() []*Impersonation { return r.impersonation }

// all are the rules that are for somebody, in the order of their numbers.
func (r *Rules) all() []*rule {
	var out []*rule
	for _, section := range r.sections() {
		out = append(out, *section...)
	}
	return out
}

func (r *Rules) sections() []*[]*rule {
	return []*[]*rule{
		&r.catalogs, &r.schemas, &r.tables, &r.functions, &r.queries,
		&r.systemProperties, &r.catalogProperties, &r.limits,
	}
}

// tagsIn are the rules for tags of things in that schema.
func (r *Rules) tagsIn(catalog, schema string) []*tagRule {
	var out []*tagRule
	for _, t := range r.tags {
		if t.where.inSchema(catalog, schema) {
			out = append(out, t)
		}
	}
	return out
}
