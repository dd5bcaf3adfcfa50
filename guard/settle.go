package guard

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
	"github.com/lakegate/lakegate/policy"
)

// Settle makes the expressions of pol ready for use: each is parsed, checked and
// compiled, and then bound over every table of contents that its rule may be for.
// The error names every one that does not work, with its place; pol must not be
// put in force then. A table of a lake that is down is not tried, which warnings say.
func Settle(ctx context.Context, b Binder, pol *policy.Policy, contents catalog.Contents) (warnings []string, err error) {
	s := &settlement{ctx: ctx, bind: b, contents: contents, tried: map[string]bool{}}
	broken := map[*policy.Expression]bool{}
	for _, e := range pol.Expressions() {
		parts, err := s.compile(e.Text)
		if err != nil {
			if err := s.note(e, "", err); err != nil {
				return nil, err
			}
			broken[e] = true
			continue
		}
		e.Compile(parts)
	}
	for _, c := range contents.Catalogs {
		if c.Type == catalog.System {
			continue
		}
		if c.Down {
			warnings = append(warnings, "catalog "+c.Name+" is down, and masks and filters of its tables were not tried")
			continue
		}
		for _, sch := range c.Schemas {
			for _, t := range sch.Tables {
				if t.Definition != nil {
					continue // it is text, whose columns and types follow from its tables
				}
				if err := s.try(pol, c, t, broken); err != nil {
					return nil, err
				}
			}
		}
	}
	return warnings, errors.Join(s.wrong...)
}

// settlement is one run of Settle.
type settlement struct {
	ctx      context.Context //nolint:containedctx // lives as long as one Settle
	bind     Binder
	contents catalog.Contents
	tried    map[string]bool // expressions over columns of the same names and types
	wrong    []error
}

// note keeps what is wrong with e; an error is one that has nothing to do with it.
func (s *settlement) note(e *policy.Expression, where string, err error) error {
	var refusal *Refusal
	var bound *BindError
	if !errors.As(err, &refusal) && !errors.As(err, &bound) {
		return err
	}
	text := err.Error()
	for _, c := range s.contents.Catalogs {
		if c.Physical != "" {
			text = strings.ReplaceAll(strings.ReplaceAll(text, sqltext.Identifier(c.Physical), c.Name), c.Physical, c.Name)
		}
	}
	if where != "" {
		where = " for " + where
	}
	s.wrong = append(s.wrong, fmt.Errorf("%s:%s %s", e.Place, where, text))
	return nil
}

// compile parses one expression.
func (s *settlement) compile(text string) ([]policy.Part, error) {
	// On a line of its own, so that a comment at its end does not go on.
	tree, err := serialize(s.ctx, s.bind, "SELECT (\n"+text+"\n)", noMapping)
	if err != nil {
		return nil, err
	}
	query, _, err := onlyQuery(tree)
	if err != nil {
		return nil, err
	}
	columns := list(query, "select_list")
	if len(columns) != 1 || str(child(query, "from_table"), "type") != "EMPTY" || query["where_clause"] != nil || len(list(query, "modifiers")) > 0 {
		return nil, refuse(-1, "want one expression over the table's columns")
	}
	mark := make([]byte, 12)
	if _, err := rand.Read(mark); err != nil {
		return nil, fmt.Errorf("mark the values of an expression: %w", err)
	}
	w := &ruleWalker{r: &rewriter{ctx: s.ctx, bind: s.bind, plain: true}, mark: "lakegate_" + hex.EncodeToString(mark) + "_"}
	n, ok := columns[0].(node)
	if !ok {
		return nil, refuse(-1, "want one expression over the table's columns")
	}
	if err := w.walk(n); err != nil {
		return nil, err
	}
	n["alias"] = ""
	sql, err := deserialize(s.ctx, s.bind, selectNode([]any{n}, emptyFrom(), nil), nil)
	if err != nil {
		return nil, err
	}
	return w.parts(strings.TrimPrefix(sql, "SELECT "))
}

// ruleWalker makes a rule's expression safe, in place: only DuckDB's own
// functions, named so that nothing shadows them, and marks where the principal's
// values stand.
type ruleWalker struct {
	r      *rewriter
	mark   string
	values []policy.Value
}

// walk walks what stands below an expression.
func (w *ruleWalker) walk(v any) error {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if err := w.walk(c); err != nil {
				return err
			}
		}
	case node:
		if _, ok := v["class"]; ok {
			return w.expression(v)
		}
		if _, ok := v["id"]; ok {
			return w.r.typeOf(v)
		}
		for _, c := range v {
			if err := w.walk(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *ruleWalker) expression(n node) error {
	switch class := str(n, "class"); class {
	case "CONSTANT":
		return nil
	case "COLUMN_REF":
		return w.column(n)
	case "FUNCTION":
		return w.function(n)
	case "SUBQUERY":
		return refuse(-1, "a subquery is not accepted in a rule; keep what it would ask in a claim, a group or a column")
	case "PARAMETER":
		return refuse(-1, "a parameter is not accepted in a rule; principal.user, principal.groups and principal.claim('name') are the caller's values")
	case "STAR":
		return refuse(-1, "* and COLUMNS are not accepted in a rule; name the columns")
	case "WINDOW", "AGGREGATE":
		return refuse(-1, "an aggregate or a window function is not accepted in a rule: it would tell of other rows")
	default:
		if !expressions[class] || class == "DEFAULT" || class == "POSITIONAL_REFERENCE" {
			return refuse(-1, "an expression of the kind %q is not accepted in a rule", class)
		}
		bracketElement(n)
	}
	for key, c := range n {
		if key == "type" || key == "class" || key == "alias" {
			continue
		}
		if err := w.walk(c); err != nil {
			return err
		}
	}
	return nil
}

// column replaces the names of the principal's values.
func (w *ruleWalker) column(n node) error {
	var names []string
	for _, p := range list(n, "column_names") {
		name, _ := p.(string)
		names = append(names, strings.ToLower(name))
	}
	switch {
	case len(names) == 1 && names[0] == "current_user":
		w.value(n, policy.Value{Kind: policy.UserValue})
	case len(names) == 1 && askers[names[0]] && names[0] != "user":
		return refuse(-1, "%s is not accepted in a rule; principal.user is the caller", names[0])
	case len(names) == 0 || names[0] != "principal":
	case len(names) == 2 && names[1] == "user":
		w.value(n, policy.Value{Kind: policy.UserValue})
	case len(names) == 2 && names[1] == "groups":
		w.value(n, policy.Value{Kind: policy.GroupsValue})
	default:
		return refuse(-1, "principal.%s is nothing; principal.user, principal.groups, principal.claim('name'), principal.claims('name') and principal.in_group('name') are the caller's values",
			strings.Join(names[1:], "."))
	}
	return nil
}

// value puts a mark in n's place.
func (w *ruleWalker) value(n node, v policy.Value) {
	i := slices.Index(w.values, v)
	if i < 0 {
		i = len(w.values)
		w.values = append(w.values, v)
	}
	become(n, stringConstant(str(n, "alias"), w.mark+strconv.Itoa(i)+"_")) // a field of a struct has its name so
}

var principalFunctions = map[string]policy.ValueKind{"claim": policy.ClaimValue, "claims": policy.ClaimsValue, "in_group": policy.InGroup}

func (w *ruleWalker) function(n node) error {
	if same(str(n, "schema"), "principal") && str(n, "catalog") == "" {
		name := strings.ToLower(str(n, "function_name"))
		kind, ok := principalFunctions[name]
		args := list(n, "children")
		if !ok || len(args) != 1 {
			return refuse(-1, "principal.%s is nothing; principal.claim('name'), principal.claims('name') and principal.in_group('name') take one name", name)
		}
		arg, _ := args[0].(node)
		value := child(arg, "value")
		text, ok := value["value"].(string)
		if str(arg, "class") != "CONSTANT" || str(child(value, "type"), "id") != "VARCHAR" || !ok {
			return refuse(-1, "principal.%s takes a name in quotes", name)
		}
		w.value(n, policy.Value{Kind: kind, Name: text})
		return nil
	}
	// principal.user.f(x) is read as a function in a catalog.
	unchain(n, env{scope: &scope{sources: []*source{{known: "principal"}}}})
	name := strings.ToLower(str(n, "function_name"))
	if err := builtin(n, name); err != nil {
		return err
	}
	if name == "" || !functions[name] || askers[name] {
		return refuse(-1, "the function %s is not accepted in a rule; DuckDB's functions over values are", name)
	}
	if !truth(n, "is_operator") {
		n["catalog"], n["schema"] = "system", "main"
	}
	for key, c := range n {
		if key == "type" || key == "class" || key == "alias" {
			continue
		}
		if err := w.walk(c); err != nil {
			return err
		}
	}
	return nil
}

// parts splits sql where marks stand, and puts brackets around the values: a cast
// at the end of one would take what follows for a part of its type.
func (w *ruleWalker) parts(sql string) ([]policy.Part, error) {
	var parts []policy.Part
	closing := ""
	for {
		before, rest, found := strings.Cut(sql, "'"+w.mark)
		if !found {
			return append(parts, policy.Part{Text: closing + before}), nil
		}
		number, after, ok := strings.Cut(rest, "_'")
		i, err := strconv.Atoi(number)
		if !ok || err != nil || i >= len(w.values) {
			return nil, errors.New("guard: a value's place in a rule was lost")
		}
		parts = append(parts, policy.Part{Text: closing + before + "(", Value: w.values[i]})
		closing, sql = ")", after
	}
}

// standsFor is a literal of the type that a value has.
func standsFor(v policy.Value) string {
	switch v.Kind {
	case policy.GroupsValue, policy.ClaimsValue:
		return "[]::VARCHAR[]"
	case policy.InGroup:
		return "false"
	}
	return "''::VARCHAR"
}

// try binds the expressions that t's rules have.
func (s *settlement) try(pol *policy.Policy, c catalog.Catalog, t catalog.Table, broken map[*policy.Expression]bool) error {
	uses := pol.Uses(t.Object())
	if len(uses) == 0 {
		return nil
	}
	types := map[string]string{}
	for _, col := range t.Columns {
		types[strings.ToLower(col.Name)] = col.Type
	}
	var columns strings.Builder
	for _, name := range slices.Sorted(maps.Keys(types)) {
		columns.WriteString(name + "\x00" + types[name] + "\x00")
	}
	for _, use := range uses {
		key := use.Expression.Place + "\x00" + use.Column + "\x00" + columns.String()
		if broken[use.Expression] || s.tried[key] {
			continue
		}
		s.tried[key] = true
		err := s.bound(c, t, use)
		if err == nil {
			continue
		}
		if err := s.note(use.Expression, display(t.Name), err); err != nil {
			return err
		}
	}
	return nil
}

// bound binds one use over the real table.
func (s *settlement) bound(c catalog.Catalog, t catalog.Table, use policy.Use) error {
	sql, ok := use.Expression.SQL(standsFor)
	if !ok {
		return errors.New("guard: an expression was not compiled")
	}
	column := "true"
	if use.Column != "" {
		column = sqltext.Identifier(use.Column)
	}
	from := " FROM " + physical(t.Physical)
	st := &statement{ctx: s.ctx, bind: s.bind}
	text := "SELECT mask, col FROM (SELECT (" + sql + ") AS mask, " + column + " AS col" + from + ") AS one"
	tree, err := st.planOnce(text)
	if errors.Is(err, errInternal) {
		return refuse(-1, "DuckDB cannot plan it")
	}
	if err != nil {
		return err
	}
	if c.Type != catalog.Files && t.Kind != catalog.ViewTable {
		in := &intent{scans: map[catalog.Name]bool{lowerName(t.Physical): true}}
		if err := in.check(tree); err != nil {
			return err
		}
	}
	if operatorIn(tree, "LOGICAL_AGGREGATE_AND_GROUP_BY", "LOGICAL_WINDOW") {
		return refuse(-1, "an aggregate or a window function is not accepted in a rule: it would tell of other rows")
	}
	got, want := typesOf(tree)
	if use.Column == "" {
		if str(got, "id") != "BOOLEAN" {
			return refuse(-1, "the filter gives %s; want BOOLEAN", str(got, "id"))
		}
		return nil
	}
	if reflect.DeepEqual(got, want) || str(got, "id") == "SQLNULL" {
		return nil
	}
	// Another type will do where every value of it is one of the column's.
	tree, err = st.planOnce("SELECT mask, col FROM (SELECT coalesce(" + column + ", (" + sql + ")) AS mask, " + column + " AS col" + from + ") AS one")
	if err == nil {
		if both, want := typesOf(tree); reflect.DeepEqual(both, want) && str(got, "id") != "VARCHAR" {
			return nil
		}
	}
	return refuse(-1, "the mask gives %s, and the column %s is %s; cast it, as in CAST(... AS %s)", str(got, "id"), use.Column, str(want, "id"), str(want, "id"))
}

// typesOf are the types of a plan's two columns.
func typesOf(tree node) (first, second node) {
	plans := list(tree, "plans")
	if len(plans) != 1 {
		return nil, nil
	}
	root, _ := plans[0].(node)
	columns := list(root, "expressions")
	if len(columns) != 2 {
		return nil, nil
	}
	a, _ := columns[0].(node)
	b, _ := columns[1].(node)
	return child(a, "return_type"), child(b, "return_type")
}

// operatorIn reports whether a plan has one of the operators.
func operatorIn(v any, kinds ...string) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, func(c any) bool { return operatorIn(c, kinds...) })
	case node:
		if slices.Contains(kinds, str(v, "type")) {
			return true
		}
		for _, c := range v {
			if operatorIn(c, kinds...) {
				return true
			}
		}
	}
	return false
}
