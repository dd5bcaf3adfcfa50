package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// privileges are the words of GRANT and REVOKE.
var privileges = map[string]policy.Privileges{
	"select": policy.Select, "insert": policy.Insert, "update": policy.Update, "delete": policy.Delete,
	"create": policy.Create, "drop": policy.Drop, "alter": policy.Alter,
}

const (
	privilegeWords = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER and ALL are privileges"
	granteeWords   = "say which kind: USER name, GROUP name or ROLE name; names that are no plain words stand in quotes, 'ann@example.com'"
)

// grant decides on GRANT and REVOKE of privileges and of roles.
func (s *statement) grant() (Verdict, error) {
	word, link := "GRANT", "to"
	if s.at(0).is("revoke") {
		word, link = "REVOKE", "from"
	}
	if err := s.administers(word); err != nil {
		return Verdict{}, err
	}
	if s.are(1, "grant", "option") || s.are(1, "admin", "option") {
		return Verdict{}, s.unexpected(1, "there are no grant options: administrators alone grant")
	}
	at := s.span.find(1, link)
	on := s.span.find(1, "on")
	if at >= len(s.tokens()) {
		return Verdict{}, s.unexpected(at, strings.ToUpper(link)+" is expected; "+granteeWords)
	}
	to, err := s.grantees(at + 1)
	if err != nil {
		return Verdict{}, err
	}
	if on > at {
		return s.grantRole(word, at, to)
	}
	sets, err := s.privilegeSets(on)
	if err != nil {
		return Verdict{}, err
	}
	place, err := s.grantPlace(on+1, at)
	if err != nil {
		return Verdict{}, err
	}
	order := &Order{Action: GrantPrivileges}
	if word == "REVOKE" {
		order.Action = RevokePrivileges
	}
	for _, set := range sets {
		if err := s.fits(&set, place); err != nil {
			return Verdict{}, err
		}
		for _, grantee := range to {
			order.Grants = append(order.Grants, policy.Grant{
				To: grantee, Privileges: set.privileges, Columns: set.columns,
				Catalog: place.name.Catalog, Schema: place.name.Schema, Table: place.name.Table,
			})
		}
	}
	return Verdict{Kind: Ordered, Order: order, Target: place.name}, nil
}

// administers refuses what only administrators do.
func (s *statement) administers(action string) error {
	if s.view.Rights().Admin {
		return nil
	}
	return fmt.Errorf("%s is for administrators: %w", action, ErrDenied)
}

// privilegeSet is what GRANT names between its first word and ON.
type privilegeSet struct {
	privileges policy.Privileges
	columns    []string // of Select, which is then alone
	at         int      // the token where it stands
}

// privilegeSets reads the privileges from token 1 to the token on; those
// without columns make one set.
func (s *statement) privilegeSets(on int) ([]privilegeSet, error) {
	var out []privilegeSet
	whole := privilegeSet{at: 1}
	for i := 1; ; {
		t := s.at(i)
		p, ok := privileges[t.value]
		switch {
		case t.is("all"):
			p = policy.Select | policy.Change
			if s.at(i + 1).is("privileges") {
				i++
			}
		case !ok || t.kind != word:
			return nil, s.unexpected(i, privilegeWords)
		}
		i++
		if s.at(i).is("(") {
			if p != policy.Select {
				return nil, s.unexpected(i, "columns are accepted for SELECT alone")
			}
			closing := s.span.find(i+1, ")")
			set := privilegeSet{privileges: p, at: i}
			for _, item := range s.span.cut(i+1, min(closing, len(s.tokens()))).list() {
				if len(item.tokens) != 1 || !item.tokens[0].name() {
					return nil, s.unexpected(i+1, "SELECT (column, ...) is")
				}
				set.columns = append(set.columns, item.tokens[0].ident(s.span.sql))
			}
			out = append(out, set)
			i = closing + 1
		} else {
			whole.privileges |= p
		}
		if i >= on {
			break
		}
		if !s.at(i).is(",") {
			return nil, s.unexpected(i, "ON is expected; "+privilegeWords)
		}
		i++
	}
	if whole.privileges != 0 {
		out = append(out, whole)
	}
	return out, nil
}

// grantPlace is where a grant holds.
type grantPlace struct {
	name  catalog.Name
	table *catalog.Table // where the administrator sees it
}

// grantPlace reads what stands between ON and TO. What the administrator does
// not see is taken as it is written if its name is full: the rules may hide from
// administrators what they may grant to others, and a grant may come before its
// table.
func (s *statement) grantPlace(i, end int) (grantPlace, error) {
	kind := "table"
	if (s.at(i).is("table") || s.at(i).is("schema") || s.at(i).is("catalog")) && i+1 < end {
		kind = s.at(i).value
		i++
	}
	parts, next, err := s.name(i)
	if err != nil {
		return grantPlace{}, err
	}
	if next != end {
		return grantPlace{}, s.unexpected(next, "ON takes one table, SCHEMA name or CATALOG name")
	}
	most := map[string]int{"table": 3, "schema": 2, "catalog": 1}[kind]
	if len(parts) > most {
		return grantPlace{}, refuse(s.origin(s.at(i).start), "%s is no name of a %s", strings.Join(parts, "."), kind)
	}
	place, err := s.seenPlace(kind, parts)
	switch {
	case err == nil:
	case isNotFound(err) && len(parts) == most:
		full := append(slices.Clone(parts), "", "")
		place = grantPlace{name: catalog.Name{Catalog: full[0], Schema: full[1], Table: full[2]}}
		if c, err := s.view.Catalog(parts[0]); err == nil {
			place.name.Catalog = c.Name
		}
	default:
		return grantPlace{}, err
	}
	if c, err := s.view.Catalog(place.name.Catalog); err == nil && (c.Type == catalog.Temp || c.Type == catalog.System) || same(place.name.Catalog, string(catalog.Temp)) {
		return grantPlace{}, refuse(s.origin(s.at(i).start), "nothing in catalog %s can be granted: temporary tables are their session's own, and the server's tables are open to those whom they concern", place.name.Catalog)
	}
	return place, nil
}

// seenPlace resolves parts among what the administrator sees.
func (s *statement) seenPlace(kind string, parts []string) (grantPlace, error) {
	switch kind {
	case "table":
		t, err := s.view.Table(parts...)
		return grantPlace{t.Name, &t}, err
	case "schema":
		c, name, err := s.schemaName(parts)
		if err != nil {
			return grantPlace{}, err
		}
		found, ok := schemaOf(c, name.Schema)
		if !ok {
			return grantPlace{}, notFound("schema", name)
		}
		return grantPlace{name: catalog.Name{Catalog: c.Name, Schema: found}}, nil
	default:
		c, err := s.view.Catalog(parts[0])
		return grantPlace{name: catalog.Name{Catalog: c.Name}}, err
	}
}

// fits refuses privileges that mean nothing at place, and gives the columns the
// table's spelling.
func (s *statement) fits(set *privilegeSet, place grantPlace) error {
	at := s.origin(s.at(set.at).start)
	if place.name.Table == "" {
		if set.columns != nil {
			return refuse(at, "columns are accepted for a table alone")
		}
		return nil
	}
	if set.privileges == policy.Select|policy.Change {
		set.privileges &^= policy.Create
	}
	if set.privileges.Has(policy.Create) {
		return refuse(at, "CREATE is a privilege on schemas and catalogs, not on a table")
	}
	if place.table == nil {
		return nil
	}
	for i, name := range set.columns {
		n := slices.IndexFunc(place.table.Columns, func(c catalog.Column) bool { return same(c.Name, name) })
		if n >= 0 {
			set.columns[i] = place.table.Columns[n].Name
			continue
		}
		if !slices.ContainsFunc(place.table.Hidden, func(h string) bool { return same(h, name) }) {
			return refuse(at, "%s has no column %s", display(place.name), name)
		}
	}
	return nil
}

// grantees reads USER a, GROUP "b", ROLE 'c', ... from i to the end. A kind holds
// for the names after it too, until the next one.
func (s *statement) grantees(i int) ([]policy.Grantee, error) {
	kinds := map[string]policy.GranteeKind{"user": policy.ToUser, "group": policy.ToGroup, "role": policy.ToRole}
	var out []policy.Grantee
	var kind policy.GranteeKind
	for {
		t, next := s.at(i), s.at(i+1)
		if k, ok := kinds[t.value]; ok && t.kind == word && (next.name() || next.kind == text) {
			kind = k
			i++
			t = next
		}
		if kind == "" {
			return nil, s.unexpected(i, granteeWords)
		}
		name := t.value
		switch {
		case t.name():
			name = t.ident(s.span.sql)
		case t.kind != text:
			return nil, s.unexpected(i, "a name is expected; "+granteeWords)
		}
		if strings.TrimSpace(name) == "" {
			return nil, refuse(s.origin(t.start), "a name is empty")
		}
		if g := (policy.Grantee{Kind: kind, Name: name}); !slices.Contains(out, g) {
			out = append(out, g)
		}
		i++
		if i == len(s.tokens()) {
			return out, nil
		}
		if s.at(i).is("with") {
			return nil, s.unexpected(i, "there are no grant options: administrators alone grant")
		}
		if !s.at(i).is(",") {
			return nil, s.unexpected(i, "a comma and one more name, or nothing, is expected; "+granteeWords)
		}
		i++
	}
}

// grantRole decides on GRANT [ROLE] role TO ... and its REVOKE; TO is the token at.
func (s *statement) grantRole(word string, at int, members []policy.Grantee) (Verdict, error) {
	i := 1
	if s.at(1).is("role") && at == 3 {
		i = 2
	}
	if i+1 != at || !s.at(i).name() {
		return Verdict{}, s.unexpected(i, word+" takes privileges ON something, or one role")
	}
	if _, ok := privileges[s.at(i).value]; i == 1 && s.at(i).kind != quoted && (ok || s.at(i).is("all")) {
		return Verdict{}, s.unexpected(at, "ON is expected; to give a role of that name, write "+word+" ROLE")
	}
	order := &Order{Action: GrantRole, Role: s.at(i).ident(s.span.sql), Members: members}
	if word == "REVOKE" {
		order.Action = RevokeRole
	}
	return Verdict{Kind: Ordered, Order: order}, nil
}

// role decides on CREATE ROLE and DROP ROLE, whose name comes after IF [NOT] EXISTS at i.
func (s *statement) role(action Action, i int, exists ...string) (Verdict, error) {
	if err := s.administers(string(action)); err != nil {
		return Verdict{}, err
	}
	optional, i := s.optional(i, exists...)
	if !s.at(i).name() {
		return Verdict{}, s.unexpected(i, "a role's name is expected")
	}
	name := s.at(i).ident(s.span.sql)
	if i+1 != len(s.tokens()) {
		return Verdict{}, s.unexpected(i+1, string(action)+" takes one name")
	}
	if strings.TrimSpace(name) == "" {
		return Verdict{}, refuse(s.origin(s.at(i).start), "a name is empty")
	}
	return Verdict{Kind: Ordered, Order: &Order{Action: action, Role: name, Exists: optional}}, nil
}

// kills are the procedures that CALL knows.
var kills = map[string]Action{"kill_statement": KillStatement, "kill_session": KillSession}

// call decides on CALL lakegate.kill_statement('id') and its like.
func (s *statement) call() (Verdict, error) {
	action, ok := kills[s.at(3).value]
	if !s.at(1).is("lakegate") || !s.at(2).is(".") || !ok || !s.at(3).name() {
		return Verdict{}, deny(s.at(0).start, "CALL is accepted for lakegate.kill_statement and lakegate.kill_session; table functions stand in FROM: SELECT * FROM range(10)")
	}
	if !s.at(4).is("(") || s.at(5).kind != text || !s.at(6).is(")") || len(s.tokens()) != 7 {
		return Verdict{}, s.unexpected(4, "CALL lakegate."+string(action)+"('id') is")
	}
	return Verdict{Kind: Ordered, Order: &Order{Action: action, ID: s.at(5).value}}, nil
}

// show decides on SHOW GRANTS and SHOW ROLES; all else that SHOW knows is a query.
func (s *statement) show() (Verdict, error) {
	var sql string
	switch {
	case s.at(1).is("roles") && len(s.tokens()) == 2:
		sql = "SELECT * FROM lakegate.system.roles ORDER BY ALL"
	case s.at(1).is("grants"):
		where, err := s.grantsWanted()
		if err != nil {
			return Verdict{}, err
		}
		sql = "SELECT * FROM lakegate.system.grants" + where + " ORDER BY ALL"
	default:
		return s.query()
	}
	if err := s.administers("SHOW " + strings.ToUpper(s.at(1).value)); err != nil {
		return Verdict{}, err
	}
	tokens, err := tokenize(sql)
	if err != nil {
		return Verdict{}, err
	}
	asked := *s
	asked.span, asked.shifts = span{sql, tokens}, nil
	return asked.query()
}

// grantsWanted reads [ON ...] [FOR kind name] after SHOW GRANTS, as a condition.
// ON shows what concerns the thing: grants on it, and on what it is in.
func (s *statement) grantsWanted() (string, error) {
	if err := s.administers("SHOW GRANTS"); err != nil {
		return "", err
	}
	var conditions []string
	end := len(s.tokens())
	of := min(s.span.find(2, "for", "to"), end)
	if s.at(2).is("on") && of > 3 {
		place, err := s.grantPlace(3, of)
		if err != nil {
			return "", err
		}
		for column, value := range map[string]string{`"catalog"`: place.name.Catalog, `"schema"`: place.name.Schema, "table_name": place.name.Table} {
			if value != "" {
				conditions = append(conditions, "lower(coalesce("+column+", '')) IN ('', "+sqltext.Literal(strings.ToLower(value))+")")
			}
		}
		slices.Sort(conditions)
	} else if of != 2 {
		return "", s.unexpected(2, "SHOW GRANTS [ON name] [FOR USER name] is")
	}
	if of < end {
		who, err := s.grantees(of + 1)
		if err != nil {
			return "", err
		}
		if len(who) != 1 {
			return "", s.unexpected(of+1, "SHOW GRANTS FOR takes one name")
		}
		name, value := "grantee", sqltext.Literal(who[0].Name)
		if who[0].Kind != policy.ToUser { // compared as auth.SameGroup does
			name, value = "lower(trim(grantee))", sqltext.Literal(strings.ToLower(strings.TrimSpace(who[0].Name)))
		}
		conditions = append(conditions, "lower(grantee_kind) = "+sqltext.Literal(string(who[0].Kind))+" AND "+name+" = "+value)
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), nil
}
