package policy

import (
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

func (r *reader) function(path string, n ast.Node, e *rule) {
	const noPlace = "functions are DuckDB's own and belong to no catalog; right would be function alone"
	has, ok := r.mapping(path, n, r.known(e, keys{
		"function": r.pattern(&e.name, true),
		"privileges": r.words([]string{"EXECUTE", "GRANT_EXECUTE", "OWNERSHIP"}, func(word string) {
			e.allow = e.allow || word == "EXECUTE"
		}),
	}), foreign{"catalog": noPlace, "schema": noPlace})
	if ok {
		r.need(path, n, has, "privileges")
	}
}

func (r *reader) query(path string, n ast.Node, e *rule) {
	words := map[string]modes{"execute": mayExecute, "kill": mayKill, "view": mayView}
	has, ok := r.mapping(path, n, r.known(e, keys{
		"allow":      r.words([]string{"execute", "kill", "view"}, func(word string) { e.modes |= words[word] }),
		"queryOwner": r.pattern(&e.owns, false),
	}), nil)
	if !ok {
		return
	}
	r.need(path, n, has, "allow")
	if has["queryOwner"] && e.modes&mayExecute != 0 {
		r.fault(n, path+".allow", "execute, of statements that somebody owns already; right would be a rule without queryOwner")
	}
}

func (r *reader) property(path string, n ast.Node, e *rule, more keys) {
	known := r.known(e, more)
	known["property"] = r.pattern(&e.name, true)
	known["allow"] = r.truth(&e.allow)
	if has, ok := r.mapping(path, n, known, nil); ok {
		r.need(path, n, has, "allow")
	}
}

func (r *reader) limit(path string, n ast.Node, e *rule) {
	var shared bool
	b := &e.bounds
	number := func(to *int) func(string, ast.Node) { return r.number(func(v int64) { *to = int(v) }) }
	_, ok := r.mapping(path, n, r.known(e, keys{
		"shared":  r.truth(&shared),
		"running": number(&b.Running), "queued": number(&b.Queued), "nesting": number(&b.Nesting),
		"rows":       r.number(func(v int64) { b.Rows = v }),
		"queue_wait": r.duration(&b.QueueWait), "statement_time": r.duration(&b.StatementTime),
		"bytes":           r.size(func(v int64) { b.Bytes = v }),
		"statement_bytes": r.size(func(v int64) { b.StatementBytes = int(v) }),
		"memory":          r.size(func(v int64) { b.Memory = v }),
		"spill":           r.size(func(v int64) { b.Spill = v }),
	}), nil)
	if !ok || !shared {
		return
	}
	b.Share = path
	b.Name = "all who share " + path
	switch {
	case e.who.group != nil:
		b.Name = "group " + e.who.group.text
	case e.who.role != nil:
		b.Name = "role " + e.who.role.text
	}
}

// number reads a whole number above 0.
func (r *reader) number(take func(int64)) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		s, ok := r.text(path, n, "a whole number")
		if !ok {
			return
		}
		v, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 64)
		switch {
		case err != nil || v < 0:
			r.fault(n, path, "%q; right would be a whole number", s)
		case v == 0:
			r.fault(n, path, "0; right would be a number above 0, or no such key for no bound")
		default:
			take(v)
		}
	}
}

func (r *reader) duration(to *time.Duration) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		s, ok := r.text(path, n, "a time such as 30s")
		if !ok {
			return
		}
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			r.fault(n, path, "%q; right would be a time above 0 with its unit, such as 30s, 5m or 1h", s)
			return
		}
		*to = d
	}
}

var sizePattern = regexp.MustCompile(`^(\d{1,15}) ?([kMGT]?i?B)$`)

// size reads a number of bytes: powers of 1000 as MB, of 1024 as MiB.
func (r *reader) size(take func(int64)) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		s, ok := r.text(path, n, "a size such as 64MB")
		if !ok {
			return
		}
		v, ok := sizeOf(s)
		if !ok {
			r.fault(n, path, "%q; right would be a size above 0 with its unit, such as 64MB or 2GiB", s)
			return
		}
		take(v)
	}
}

func sizeOf(s string) (int64, bool) {
	m := sizePattern.FindStringSubmatch(s)
	if m == nil || m[2] == "iB" {
		return 0, false
	}
	v, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || v == 0 {
		return 0, false
	}
	base := int64(1000)
	if strings.Contains(m[2], "i") {
		base = 1024
	}
	for range strings.Index("BkMGT", m[2][:1]) {
		if v > math.MaxInt64/base {
			return 0, false
		}
		v *= base
	}
	return v, true
}

func (r *reader) impersonations(path string, n ast.Node) {
	r.items(path, n, r.impersonator)
}

// impersonator reads one rule about who may act as whom.
func (r *reader) impersonator(path string, n ast.Node) {
	var user, as *pattern
	var groups []string
	i := &Impersonation{Place: fmt.Sprintf("%s (%s:%d)", path, r.file, lineOf(n))}
	allow := true
	has, ok := r.mapping(path, n, keys{
		"original_user":  r.pattern(&user, false),
		"original_group": r.alternatives(&groups, "a group"),
		"original_role":  r.alternatives(&i.roles, "a role"),
		"new_user": func(path string, n ast.Node) {
			if s, ok := r.text(path, n, "a regular expression"); ok && referenced.MatchString(s) {
				r.fault(n, path, "%q speaks of parts of the original user's name; right would be a rule for each name", s)
				return
			}
			r.pattern(&as, false)(path, n)
		},
		"allow": r.truth(&allow),
	}, nil)
	if !ok {
		return
	}
	r.need(path, n, has, "new_user")
	asked := 0
	for _, k := range []string{"original_user", "original_group", "original_role"} {
		if has[k] {
			asked++
		}
	}
	if asked > 1 {
		r.fault(n, path, "right would be one of original_user, original_group and original_role")
	}
	if asked == 0 {
		i.Users = regexp.MustCompile(`(?s).*`)
	} else if user != nil {
		i.Users = user.regexp()
	}
	i.As, i.Groups, i.Deny = as.regexp(), groups, !allow
	r.rules.impersonation = append(r.rules.impersonation, i)
	if len(i.roles) > 0 {
		r.acting = append(r.acting, func() { r.actingRoles(path, n, i) })
	}
}

// referenced finds references to what another pattern matched.
var referenced = regexp.MustCompile(`\$[0-9{]|\\[0-9]`)

// regexp is what must match all of a name; nil for nil.
func (p *pattern) regexp() *regexp.Regexp {
	switch {
	case p == nil:
		return nil
	case p.any:
		return regexp.MustCompile(`(?s).*`)
	case p.re != nil:
		return p.re
	case p.folds:
		return regexp.MustCompile(`(?i)\A` + regexp.QuoteMeta(p.literal) + `\z`)
	}
	return regexp.MustCompile(`\A` + regexp.QuoteMeta(p.literal) + `\z`)
}

// alternatives reads a pattern that is nothing but names with | between them.
func (r *reader) alternatives(to *[]string, what string) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		s, ok := r.name(path, n, what+"'s name")
		if !ok {
			return
		}
		names := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, "("), ")"), "|")
		for _, name := range names {
			tree, err := syntax.Parse(name, syntax.Perl)
			if err != nil || tree.Op != syntax.OpLiteral || tree.Flags&syntax.FoldCase != 0 {
				r.fault(n, path, "%q; right would be %s's name, or several with | between them", s, what)
				return
			}
			*to = append(*to, string(tree.Rune))
		}
	}
}

// actingRoles puts those who are in the roles that i names in the place of the names.
func (r *reader) actingRoles(path string, n ast.Node, i *Impersonation) {
	users, groups := membersOf(r.rules.roles, i.roles)
	if len(users)+len(groups) == 0 {
		r.fault(n, path+".original_role", "nobody is in it; right would be a role of this file's section roles")
	}
	i.Groups = groups
	if len(users) > 0 {
		quoted := make([]string, len(users))
		for j, u := range users {
			quoted[j] = regexp.QuoteMeta(u)
		}
		i.Users = regexp.MustCompile(`\A(?:` + strings.Join(quoted, "|") + `)\z`)
	}
}
