package policy

import (
	"slices"

	"github.com/lakegate/lakegate/auth"
)

// Limits are what the principal's statements may take: those of the first rule
// that is for them.
func (r Rights) Limits() Limits {
	if r.subject == nil {
		return Limits{}
	}
	return r.subject.limits
}

// first is the first of rules that fits, nil if none does. there is false if the
// file has no such section at all.
func (r Rights) first(section string, rules func(*subject) []*rule, fits func(*rule) bool) (found *rule, there bool) {
	if r.subject == nil || !r.subject.policy.rules.has[section] {
		return nil, false
	}
	list := rules(r.subject)
	if i := slices.IndexFunc(list, fits); i >= 0 {
		return list[i], true
	}
	return nil, true
}

// Function reports whether the principal may call that function of DuckDB's.
func (r Rights) Function(name string) bool {
	f, there := r.first("functions", func(s *subject) []*rule { return s.functions }, func(f *rule) bool { return f.name.matches(name) })
	return !there || f != nil && f.allow
}

// Executes reports whether the principal may run statements at all.
func (r Rights) Executes() bool {
	q, there := r.first("queries", queriesOf, func(q *rule) bool { return q.owns == nil })
	return !there || q != nil && q.modes&mayExecute != 0
}

func queriesOf(s *subject) []*rule { return s.queries }

// Kills and Sees report whether the principal may end, or see, the statements
// and sessions of owner; everybody may of their own, which is for the caller to
// know. Administrators always may, others by a rule only.
func (r Rights) Kills(owner auth.Principal) bool { return r.Admin || r.manages(owner, mayKill) }

// Sees is the same for seeing.
func (r Rights) Sees(owner auth.Principal) bool { return r.Admin || r.manages(owner, mayView) }

func (r Rights) manages(owner auth.Principal, how modes) bool {
	q, _ := r.first("queries", queriesOf, func(q *rule) bool { return q.owns.matches(owner.User) })
	return q != nil && q.modes&how != 0
}

// Sets reports whether the principal may set that option of a session.
func (r Rights) Sets(option string) bool {
	p, there := r.first("system_session_properties", func(s *subject) []*rule { return s.properties }, func(p *rule) bool { return p.name.matches(option) })
	return !there || p != nil && p.allow
}

// Impersonation are the rules of the file about who may act as whom; nil if it has none.
func (pol *Policy) Impersonation() []*Impersonation { return pol.rules.impersonation }

// Use is one place where an expression would be used.
type Use struct {
	Expression *Expression
	Column     string // whose mask it is; empty for a filter
}

// Uses are the expressions that o's rules have for anybody at all. Rules behind
// one that is for everybody and matches o are never reached, and have no uses.
func (pol *Policy) Uses(o Object) []Use {
	var uses []Use
	tags := pol.rules.tagsIn(o.Catalog, o.Schema)
	for _, r := range pol.rules.tables {
		w := r.where
		if !w.inSchema(o.Catalog, o.Schema) || !w.table.matches(o.Table) || len(w.tags) > 0 && !tagged(tags, o.Table, w.tags) {
			continue
		}
		if r.filter != nil {
			uses = append(uses, Use{Expression: r.filter})
		}
		for _, name := range o.Columns {
			if c := r.entry(tags, o.Table, name); c != nil && c.mask != nil {
				uses = append(uses, Use{c.mask, name})
			}
		}
		if r.who.anybody() {
			break
		}
	}
	return uses
}

// Expressions are all of pol's, each once.
func (pol *Policy) Expressions() []*Expression {
	var out []*Expression
	for _, r := range pol.rules.tables {
		out = append(out, r.expressions...)
	}
	return out
}
