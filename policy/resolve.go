package policy

import "slices"

// Resolver decides about tables for one set of Rights, and remembers what they
// have in common. It is for one goroutine.
type Resolver struct {
	rights  Rights
	schemas map[[2]string]*inSchema
}

// Resolve gives a Resolver, for whoever asks about many tables.
func (r Rights) Resolve() *Resolver {
	return &Resolver{rights: r, schemas: map[[2]string]*inSchema{}}
}

// inSchema is what a subject has for one schema.
type inSchema struct {
	allowed Privileges // by reach, required scopes and the section catalogs
	bound   string     // the rule of catalogs, if it takes something away
	owner   bool
	base    Privileges
	rules   []*rule // of tables, that match the schema; none after one that matches all of it
	tags    []*tagRule
	grants  []*Grant
}

func (rs *Resolver) in(catalog, schema string) *inSchema {
	at := [2]string{catalog, schema}
	if is, ok := rs.schemas[at]; ok {
		return is
	}
	is := rs.rights.inSchema(catalog, schema)
	rs.schemas[at] = is
	return is
}

func (r Rights) inSchema(catalog, schema string) *inSchema {
	s := r.subject
	is := &inSchema{allowed: s.allowed, base: s.base}
	if r.bounded && !r.reaches(catalog) && !r.reaches(catalog+"."+schema) {
		is.allowed, is.bound = 0, "reach"
		return is
	}
	if access, label := s.catalog(catalog); is.allowed&^access != 0 {
		is.allowed, is.bound = is.allowed&access, label
	}
	if i := slices.IndexFunc(s.schemas, func(c *rule) bool { return c.where.inSchema(catalog, schema) }); i >= 0 {
		is.owner = s.schemas[i].owner
	}
	for _, t := range s.tables {
		if t.where.inSchema(catalog, schema) {
			is.rules = append(is.rules, t)
			if t.where.wholeSchema() {
				break
			}
		}
	}
	is.tags = s.policy.rules.tagsIn(catalog, schema)
	for _, g := range s.grants {
		if fold(g.Catalog) == fold(catalog) && (g.Schema == "" || fold(g.Schema) == fold(schema)) {
			is.grants = append(is.grants, g)
		}
	}
	return is
}

// catalog is what the section catalogs lets through, and which rule of it.
func (s *subject) catalog(name string) (Privileges, string) {
	rules := s.policy.rules
	if !rules.has["catalogs"] {
		return Select | Change, ""
	}
	for _, c := range s.catalogs {
		if c.where.catalog.matches(name) {
			return c.access, c.label
		}
	}
	return 0, "no rule of catalogs in " + rules.name
}

// enters reports whether there may be anything in the catalog.
func (s *subject) enters(catalog string) bool {
	access, _ := s.catalog(catalog)
	if access &= s.allowed; access == 0 {
		return false
	}
	might := s.base
	for _, r := range s.schemas {
		if r.where.catalog.matches(catalog) && r.owner {
			might |= Create | Drop
		}
	}
	for _, r := range s.tables {
		if r.where.catalog.matches(catalog) {
			might |= r.privileges
			if r.where.schema.all() && r.where.wholeSchema() {
				break
			}
		}
	}
	for _, g := range s.grants {
		if fold(g.Catalog) == fold(catalog) {
			might |= g.Privileges
		}
	}
	return might&access != 0
}

// at is [Rights.At].
func (is *inSchema) at() Privileges {
	const certain = Create | Drop
	some, every := is.union()
	if is.owner {
		every |= certain
	}
	return (some&^certain | every&certain) & is.allowed
}

// union is what rules and grants give on some table that the schema may have, and
// what they give on every one.
func (is *inSchema) union() (some, every Privileges) {
	every = Select | Change
	open := true
	for _, r := range is.rules {
		some |= r.privileges
		every &= r.privileges
		open = open && !r.where.wholeSchema()
	}
	if open {
		some |= is.base
		rest := is.base
		for _, g := range is.grants {
			some |= g.Privileges
			if g.Table == "" {
				rest |= g.Privileges
			}
		}
		every &= rest
	}
	return some, every
}

// Table is what the principal may do with one table.
func (r Rights) Table(o Object) Decision { return r.Resolve().Table(o) }

// Table is the same as that of Rights.
func (rs *Resolver) Table(o Object) Decision {
	s := rs.rights.subject
	if s == nil {
		return Decision{Privileges: rs.rights.At(o.Catalog, o.Schema), Rule: "defaults"}
	}
	is := rs.in(o.Catalog, o.Schema)
	if is.allowed == 0 {
		return Decision{Rule: is.bound}
	}
	d := rs.decide(is, o)
	if d.Privileges != 0 && is.owner {
		d.Privileges |= Create | Drop
	}
	if d.Privileges&^is.allowed != 0 && is.bound != "" {
		d.Rule += ", " + is.bound
	}
	if d.Privileges &= is.allowed; d.Privileges == 0 {
		return Decision{Rule: d.Rule}
	}
	return d
}

// Makes reports whether the principal may make a table of some name in that schema,
// which therefore exists for them.
func (r Rights) Makes(catalog, schema string) bool {
	if r.subject == nil {
		return r.At(catalog, schema).Has(Create)
	}
	is := r.Resolve().in(catalog, schema)
	some, _ := is.union()
	return is.allowed.Has(Create) && (is.owner || some.Has(Create))
}

// Creates reports whether the principal may make a table of o's name. Whether
// they may see it then is another question.
func (r Rights) Creates(o Object) bool {
	if r.subject == nil {
		return r.At(o.Catalog, o.Schema).Has(Create)
	}
	rs := r.Resolve()
	is := rs.in(o.Catalog, o.Schema)
	return is.allowed.Has(Create) && (is.owner || rs.decide(is, o).Privileges.Has(Create))
}

func (rs *Resolver) decide(is *inSchema, o Object) Decision {
	s := rs.rights.subject
	for _, r := range is.rules {
		if r.where.table.matches(o.Table) && (len(r.where.tags) == 0 || tagged(is.tags, o.Table, r.where.tags)) {
			return s.apply(r, is.tags, o)
		}
	}
	return is.granted(s, o)
}

// tagged reports whether the table has one of the tags.
func tagged(rules []*tagRule, table string, tags []string) bool {
	return slices.ContainsFunc(rules, func(t *tagRule) bool {
		return t.column == nil && shared(t.tags, tags) && t.where.table.matches(table)
	})
}

// columnTagged is the same for a column of the table.
func columnTagged(rules []*tagRule, table, column string, tags []string) bool {
	return slices.ContainsFunc(rules, func(t *tagRule) bool {
		return t.column != nil && shared(t.tags, tags) && t.where.table.matches(table) && t.column.matches(column)
	})
}

func shared(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// entry is the entry of r's columns for that column of the table; nil for none.
func (r *rule) entry(tags []*tagRule, table, column string) *columnRule {
	first, ok := r.byName[fold(column)]
	if !r.byTag {
		if !ok {
			return nil
		}
		return r.columns[first]
	}
	for i, c := range r.columns {
		if ok && i == first || len(c.tags) > 0 && columnTagged(tags, table, column, c.tags) {
			return c
		}
	}
	return nil
}

// apply is what r decides about o. Where an expression is not compiled, nothing
// is left: without it there would be too much.
func (s *subject) apply(r *rule, tags []*tagRule, o Object) Decision {
	d := Decision{Privileges: r.privileges, Rule: r.label}
	var ready bool
	if r.filter != nil {
		if d.Filter, ready = s.texts[r.filter]; !ready {
			return Decision{Rule: r.label + ", whose filter is not compiled"}
		}
	}
	if len(r.columns) == 0 {
		return d
	}
	for i, name := range o.Columns {
		c := r.entry(tags, o.Table, name)
		if c == nil || !c.denied && c.mask == nil && c.ready == "" {
			continue
		}
		if d.Columns == nil {
			d.Columns = make([]ColumnDecision, len(o.Columns))
		}
		switch {
		case c.denied:
			d.Columns[i].Denied = true
		case c.mask != nil:
			if d.Columns[i].Mask, ready = s.texts[c.mask]; !ready {
				return Decision{Rule: r.label + ", of whose masks one is not compiled"}
			}
		default:
			kind := ""
			if i < len(o.Types) {
				kind = o.Types[i]
			}
			d.Columns[i].Mask = c.ready.sql(name, kind)
		}
	}
	return d
}

// granted is what no rule decides.
func (is *inSchema) granted(s *subject, o Object) Decision {
	d := Decision{Privileges: is.base}
	var columns []string // that may be read, if not all
	for _, g := range is.grants {
		if g.Table != "" && fold(g.Table) != fold(o.Table) {
			continue
		}
		p := g.Privileges
		if len(g.Columns) > 0 {
			p &^= Select
			if g.Privileges.Has(Select) {
				columns = append(columns, folded(g.Columns)...)
			}
		}
		d.Privileges |= p
		d.Rule = "grants"
	}
	switch {
	case s.policy.cfg.Rules == nil && d.Rule == "":
		d.Rule = "defaults"
	case s.policy.cfg.Rules == nil && is.base != 0:
		d.Rule = "defaults and grants"
	case d.Rule == "":
		d.Rule = "no rule of " + s.policy.rules.name
	}
	if len(columns) > 0 && !d.Privileges.Has(Select) {
		d.Privileges |= Select
		d.Columns = make([]ColumnDecision, len(o.Columns))
		for i, name := range o.Columns {
			d.Columns[i].Denied = !slices.Contains(columns, fold(name))
		}
	}
	return d
}
