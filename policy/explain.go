package policy

import (
	"fmt"
	"slices"

	"github.com/lakegate/lakegate/auth"
)

// Explanation is how a decision came about, for administrators' eyes.
type Explanation struct {
	Decision Decision
	Tried    []Step // the rules about tables in order, to the one that decided
}

// Step is a rule that was looked at.
type Step struct {
	Rule string // "tables[2] (policy.yaml:14)"
	Why  string // it does not decide; empty for the one that does
}

// Explain says what p may do with o, and by which rule.
func (pol *Policy) Explain(p auth.Principal, o Object) Explanation {
	e := Explanation{Decision: pol.Rights(p).Table(o)}
	if pol.unsure(p) {
		e.Decision.Rule = "the groups of this user are not known, and the rules ask for groups"
		return e
	}
	roles := rolesOf(pol.roles, p)
	tags := pol.rules.tagsIn(o.Catalog, o.Schema)
	for _, r := range pol.rules.tables {
		why := r.who.excludes(p, roles)
		if why == "" {
			why = r.where.excludes(o, tags)
		}
		e.Tried = append(e.Tried, Step{r.label, why})
		if why == "" {
			break
		}
	}
	return e
}

// unsure reports that p has no rights because their groups are not known.
func (pol *Policy) unsure(p auth.Principal) bool {
	return p.GroupsUnknown && pol.cfg.Rules != nil && pol.Rights(p).subject == nil
}

// excludes says why w has not o in it; nothing if it has.
func (w where) excludes(o Object, tags []*tagRule) string {
	switch {
	case !w.catalog.matches(o.Catalog):
		return "it is for catalogs " + w.catalog.text
	case !w.schema.matches(o.Schema):
		return "it is for schemas " + w.schema.text
	case !w.table.matches(o.Table):
		return "it is for tables " + w.table.text
	case len(w.tags) > 0 && !tagged(tags, o.Table, w.tags):
		return fmt.Sprintf("it is for tables with one of the tags %q", w.tags)
	}
	return ""
}

// Idle says which rules about tables, and which entries of their columns, have
// nothing among those objects that they are for. Such a rule may be for what does
// not exist yet; or its name is misspelt, and what it should hide is not hidden.
func (r *Rules) Idle(objects []Object) []string {
	var out []string
	for _, t := range r.tables {
		var columns []string // of all that it is for, folded
		matched := false
		for _, o := range objects {
			if t.where.excludes(o, r.tagsIn(o.Catalog, o.Schema)) == "" {
				matched = true
				for _, c := range o.Columns {
					columns = append(columns, fold(c))
				}
			}
		}
		if !matched {
			out = append(out, t.label+": there is no table that it is for")
			continue
		}
		for i, c := range t.columns {
			if c.name != "" && !slices.Contains(columns, c.name) {
				out = append(out, fmt.Sprintf("%s: columns[%d]: no table that it is for has a column %s", t.label, i, c.name))
			}
		}
	}
	return out
}
