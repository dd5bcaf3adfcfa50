package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// noEnvironment is why Trino's environments are not read.
const noEnvironment = "expressions have no subqueries here, so there is nobody to check these for; right would be no such key"

// all reads the whole file.
func (r *reader) all(body ast.Node) {
	section := func(to *[]*rule, read func(path string, n ast.Node, e *rule)) func(string, ast.Node) {
		return func(path string, n ast.Node) {
			r.rules.has[path] = true
			r.items(path, n, func(at string, n ast.Node) {
				e := &rule{label: fmt.Sprintf("%s (%s:%d)", at, r.file, lineOf(n))}
				read(at, n, e)
				*to = append(*to, e)
			})
		}
	}
	r.mapping("", body, keys{
		"catalogs":  section(&r.rules.catalogs, r.catalog),
		"schemas":   section(&r.rules.schemas, r.schema),
		"tables":    section(&r.rules.tables, r.table),
		"functions": section(&r.rules.functions, r.function),
		"queries":   section(&r.rules.queries, r.query),
		"limits":    section(&r.rules.limits, r.limit),
		"system_session_properties": section(&r.rules.systemProperties, func(path string, n ast.Node, e *rule) {
			r.property(path, n, e, nil)
		}),
		"catalog_session_properties": section(&r.rules.catalogProperties, func(path string, n ast.Node, e *rule) {
			r.property(path, n, e, keys{"catalog": r.pattern(&e.where.catalog, true)})
		}),
		"impersonation": r.impersonations,
		"tags":          func(path string, n ast.Node) { r.items(path, n, r.tag) },
		"roles":         func(path string, n ast.Node) { r.items(path, n, r.role) },
	}, foreign{
		"procedures":         "there are no procedures here; right would be no such section",
		"principals":         "who may come under which name is a matter of auth.names in the settings; right would be no such section",
		"system_information": "the server's own tables show administrators everything and others their own; right would be no such section",
		"authorization":      "tables have no owner that could be changed; right would be no such section",
	})
	for _, later := range r.acting {
		later()
	}
}

// known are more and the keys that say whom a rule is for.
func (r *reader) known(e *rule, more keys) keys {
	all := keys{
		"user": r.pattern(&e.who.user, false), "group": r.pattern(&e.who.group, true), "role": r.pattern(&e.who.role, true),
	}
	maps.Copy(all, more)
	return all
}

// need says which of keys a rule at n lacks.
func (r *reader) need(path string, n ast.Node, has map[string]bool, keys ...string) {
	for _, k := range keys {
		if !has[k] {
			r.fault(n, path, "%s is missing", k)
		}
	}
}

func (r *reader) catalog(path string, n ast.Node, e *rule) {
	words := map[string]Privileges{"all": Select | Change, "read-only": Select, "none": 0}
	has, ok := r.mapping(path, n, r.known(e, keys{
		"catalog": r.pattern(&e.where.catalog, true),
		"allow": func(path string, n ast.Node) {
			if b, ok := n.(*ast.BoolNode); ok { // as older files of Trino have it
				if b.Value {
					e.access = Select | Change
				}
				return
			}
			s, ok := r.text(path, n, "all, read-only or none")
			access, is := words[s]
			if ok && !is {
				r.fault(n, path, "unknown: %q; %s", s, meant(s, []string{"all", "read-only", "none"}))
			}
			e.access = access
		},
	}), nil)
	if ok {
		r.need(path, n, has, "allow")
	}
}

func (r *reader) schema(path string, n ast.Node, e *rule) {
	has, ok := r.mapping(path, n, r.known(e, keys{
		"catalog": r.pattern(&e.where.catalog, true), "schema": r.pattern(&e.where.schema, true), "owner": r.truth(&e.owner),
	}), nil)
	if ok {
		r.need(path, n, has, "owner")
	}
}

// The privileges of tables, as rules spell them. GRANT_SELECT is Trino's for those
// who may also make views of the table for others: it includes SELECT.
var tablePrivileges = map[string]Privileges{
	"SELECT": Select, "INSERT": Insert, "UPDATE": Update, "DELETE": Delete, "CREATE": Create, "DROP": Drop, "ALTER": Alter,
	"OWNERSHIP": Select | Change, "GRANT_SELECT": Select,
}

var tablePrivilegeNames = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "OWNERSHIP", "GRANT_SELECT"}

func (r *reader) table(path string, n ast.Node, e *rule) {
	var tags []string
	has, ok := r.mapping(path, n, r.known(e, keys{
		"catalog":    r.pattern(&e.where.catalog, true),
		"schema":     r.pattern(&e.where.schema, true),
		"table":      r.pattern(&e.where.table, true),
		"tags":       r.names(&tags, "the name of a tag"),
		"privileges": r.words(tablePrivilegeNames, func(word string) { e.privileges |= tablePrivileges[word] }),
		"columns": func(path string, n ast.Node) {
			r.items(path, n, func(at string, n ast.Node) { r.column(at, n, e) })
		},
		"filter": func(path string, n ast.Node) {
			e.filter = r.expression(path, n)
			e.expressions = append(e.expressions, e.filter)
		},
	}), foreign{"filter_environment": noEnvironment})
	if !ok {
		return
	}
	r.need(path, n, has, "privileges")
	r.noEmptyTags(path, n, has, tags)
	e.where.tags = folded(tags)
	e.expressions = slices.DeleteFunc(e.expressions, func(x *Expression) bool { return x == nil })
}

// noEmptyTags refuses an empty list where it would mean any table or column.
func (r *reader) noEmptyTags(path string, n ast.Node, has map[string]bool, tags []string) {
	if has["tags"] && len(tags) == 0 {
		r.fault(n, path+".tags", "an empty list; right would be the names of tags, or no such key")
	}
}

// column reads an entry of a table rule's columns.
func (r *reader) column(path string, n ast.Node, e *rule) {
	c := &columnRule{}
	allow := true
	var tags []string
	has, ok := r.mapping(path, n, keys{
		"name": func(path string, n ast.Node) {
			s, _ := r.name(path, n, "a column's name")
			c.name = fold(s)
		},
		"tags":  r.names(&tags, "the name of a tag"),
		"allow": r.truth(&allow),
		"mask": func(path string, n ast.Node) {
			if _, section := n.(ast.MapNode); section {
				has, _ := r.mapping(path, n, keys{"ready": func(path string, n ast.Node) { c.ready = r.ready(path, n) }}, nil)
				r.need(path, n, has, "ready")
				return
			}
			if c.mask = r.expression(path, n); c.mask != nil {
				e.expressions = append(e.expressions, c.mask)
			}
		},
	}, foreign{"mask_environment": noEnvironment})
	if !ok {
		return
	}
	r.noEmptyTags(path, n, has, tags)
	switch {
	case has["name"] == has["tags"]:
		r.fault(n, path, "right would be one of name and tags")
	case !allow && has["mask"]:
		r.fault(n, path, "a mask for a column that is not there; right would be one of mask and allow: false")
	}
	c.denied, c.tags = !allow, folded(tags)
	if has["name"] {
		if e.byName == nil {
			e.byName = map[string]int{}
		}
		if _, twice := e.byName[c.name]; twice {
			r.fault(n, path, "the column %s has an entry already", c.name)
		} else {
			e.byName[c.name] = len(e.columns)
		}
	}
	e.byTag = e.byTag || has["tags"]
	e.columns = append(e.columns, c)
}

// ready reads the name of a ready-made mask. The one called null is YAML's null, too.
func (r *reader) ready(path string, n ast.Node) readyMask {
	if n.Type() == ast.NullType {
		return maskNull
	}
	s, ok := r.text(path, n, "one of "+strings.Join(readyMasks, ", "))
	if ok && !slices.Contains(readyMasks, s) {
		r.fault(n, path, "unknown: %q; %s", s, meant(s, readyMasks))
		return ""
	}
	return readyMask(s)
}

// maxExpression is how long a filter or a mask may be, in bytes.
const maxExpression = 64 << 10

func (r *reader) expression(path string, n ast.Node) *Expression {
	s, ok := r.name(path, n, "an SQL expression")
	if !ok {
		return nil
	}
	if len(s) > maxExpression {
		r.fault(n, path, "an expression of more than %d bytes", maxExpression)
		return nil
	}
	return &Expression{Text: s, Place: fmt.Sprintf("%s:%d: %s", r.file, lineOf(n), path), compiled: r.rules.compiled}
}

// tag reads a rule that gives tags.
func (r *reader) tag(path string, n ast.Node) {
	t := &tagRule{}
	var tags []string
	has, ok := r.mapping(path, n, keys{
		"catalog": r.pattern(&t.where.catalog, true), "schema": r.pattern(&t.where.schema, true),
		"table": r.pattern(&t.where.table, true), "column": r.pattern(&t.column, true),
		"tags": r.names(&tags, "the name of a tag"),
	}, nil)
	if !ok {
		return
	}
	r.need(path, n, has, "tags")
	t.tags = folded(tags)
	r.rules.tags = append(r.rules.tags, t)
}

// role reads one role and who is in it.
func (r *reader) role(path string, n ast.Node) {
	var role Role
	var users, groups, roles []string
	has, ok := r.mapping(path, n, keys{
		"name":  func(path string, n ast.Node) { role.Name, _ = r.name(path, n, "the name of a role") },
		"users": r.names(&users, "the name of a user"), "groups": r.names(&groups, "the name of a group"),
		"roles": r.names(&roles, "the name of a role"),
	}, nil)
	if !ok {
		return
	}
	r.need(path, n, has, "name")
	for _, members := range []struct {
		kind  GranteeKind
		names []string
	}{{ToUser, users}, {ToGroup, groups}, {ToRole, roles}} {
		for _, name := range members.names {
			role.Members = append(role.Members, Grantee{members.kind, name})
		}
	}
	if slices.ContainsFunc(r.rules.roles, func(other Role) bool { return sameRole(other.Name, role.Name) }) {
		r.fault(n, path, "the role %q is there already", role.Name)
	}
	r.rules.roles = append(r.rules.roles, role)
}

func folded(names []string) []string {
	out := make([]string, len(names))
	for i, s := range names {
		out[i] = fold(strings.TrimSpace(s))
	}
	return out
}
