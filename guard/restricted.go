package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// restricted reports whether the caller sees other than the table's own rows and values.
func restricted(t catalog.Table) bool { return t.Filter != "" || altered(t) }

// altered reports whether some of t's values are not the caller's to see.
func altered(t catalog.Table) bool {
	return len(t.Hidden) > 0 || slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return c.Mask != "" })
}

// Narrow reports whether t has columns or values that its caller does not see.
func Narrow(t catalog.Table) bool { return altered(t) }

// unrestricted refuses what cannot be done to a table that the caller does not
// see as it is.
func unrestricted(t catalog.Table, action string) error {
	if restricted(t) {
		return refuse(-1, "%s %s is not accepted: you see it filtered, masked or without some columns; INSERT, UPDATE and DELETE are accepted for it", action, display(t.Name))
	}
	return nil
}

// hidden finds a denied column, and masked a masked one, of that name.
func hidden(t catalog.Table, name string) bool {
	return slices.ContainsFunc(t.Hidden, func(h string) bool { return same(h, name) })
}

func masked(t catalog.Table, name string) bool {
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return c.Mask != "" && same(c.Name, name) })
}

// reachable refuses to name a column that is not the caller's to read or set. A
// denied one does not exist, in the words that DuckDB has for that; nor do those
// that are no columns of the table, for whoever sees not all of its rows.
func reachable(t catalog.Table, qualifier, name string) error {
	lower := strings.ToLower(name)
	switch {
	case hidden(t, name), fileColumns[lower] && !has(t, name), lower == rowID && restricted(t) && !has(t, name):
		message := fmt.Sprintf("Referenced column %q not found in FROM clause!", name)
		if qualifier != "" {
			message = fmt.Sprintf("Table %q does not have a column named %q", qualifier, name)
		}
		return &BindError{Type: "binder", Message: message, Position: -1}
	case masked(t, name):
		return refuse(-1, "the column %s of %s is not accepted in a change: you see it masked", name, display(t.Name))
	}
	return nil
}

// assignable refuses to set a column as reachable does, in DuckDB's words for SET.
func assignable(t catalog.Table, name string) error {
	if hidden(t, name) {
		return &BindError{Type: "binder", Message: "Referenced update column " + name + " not found in table!", Position: -1}
	}
	return reachable(t, "", name)
}

// placed gives an error about the column of that name the place where it first
// stands, where DuckDB would.
func (s *statement) placed(err error, name string) error {
	if missing, ok := err.(*BindError); ok && strings.HasPrefix(missing.Message, "Referenced column") { //nolint:errorlint // made by this package, never wrapped
		missing.Position = s.locate(node{"name": name}, "")
	}
	return err
}

// fileColumns are what DuckLake's tables have besides their columns. They tell of
// files and their paths, and of what others wrote and when.
var fileColumns = map[string]bool{"filename": true, "file_row_number": true, "file_index": true, "snapshot_id": true}

// rowID is the number of a row, which tells how many others there are.
const rowID = "rowid"

// has reports whether t has a column of that name that the caller sees.
func has(t catalog.Table, name string) bool {
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return same(c.Name, name) })
}

// readsColumns reports whether v, the tree of a change's pieces, names columns: in
// a table that may be changed and not read, each might be its own.
func readsColumns(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, readsColumns)
	case node:
		switch str(v, "class") {
		case "COLUMN_REF", "STAR", "POSITIONAL_REFERENCE":
			return true
		case "FUNCTION": // column.f(x) is read as a function in a schema
			if schema := str(v, "schema"); schema != "" && !same(schema, "main") && !same(schema, "pg_catalog") {
				return true
			}
		}
		for _, c := range v {
			if readsColumns(c) {
				return true
			}
		}
	}
	return false
}

// reachesOnly refuses expressions over the target, which stands for the table
// itself here, that read what is denied or masked of it. v is the tree of p's
// pieces; inside says that it is below a subquery, whose stars are its own.
func (p *pieces) reachesOnly(v any, inside bool) error {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if err := p.reachesOnly(c, inside); err != nil {
				return err
			}
		}
	case node:
		whole := func() error {
			if !altered(p.target) {
				return nil
			}
			return refuse(-1, "all columns at once are not accepted in a change of %s: you see some masked, or not at all; name the columns", display(p.target.Name))
		}
		switch str(v, "class") {
		case "COLUMN_REF":
			return p.reachesColumn(texts(list(v, "column_names")), inside, whole)
		case "FUNCTION": // column.f(x) is read as a function in a schema
			if err := p.reachesColumn(slices.DeleteFunc([]string{str(v, "catalog"), str(v, "schema")}, func(s string) bool { return s == "" }), inside, whole); err != nil {
				return err
			}
		case "STAR":
			if !inside || same(str(v, "relation_name"), p.name()) {
				if err := whole(); err != nil {
					return err
				}
			}
		case "POSITIONAL_REFERENCE":
			if !altered(p.target) {
				return nil
			}
			return refuse(-1, "a column by its position is not accepted in a change of %s; name it", display(p.target.Name))
		case "SUBQUERY":
			inside = true
		}
		if str(v, "type") == "SUBQUERY" {
			inside = true
		}
		for key, c := range v {
			if key == "cte_map" {
				if err := p.reachesOnly(c, true); err != nil {
					return err
				}
				continue
			}
			if err := p.reachesOnly(c, inside); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pieces) reachesColumn(parts []string, inside bool, whole func() error) error {
	for i, part := range parts {
		if same(part, p.name()) && i == len(parts)-1 {
			return whole()
		}
		if i == 0 && len(parts) > 1 && same(part, p.name()) && p.has(parts[1]) {
			continue // the table's name before a column's
		}
		// Alone it may be the target's; after another name only if that is the target's.
		qualifier := ""
		if i > 0 {
			if qualifier = parts[i-1]; !same(qualifier, p.name()) {
				continue
			}
		}
		if qualifier == "" && hidden(p.target, part) {
			continue // whatever else it may be: see standsWithout
		}
		if err := reachable(p.target, qualifier, part); err != nil {
			return p.placed(err, part)
		}
	}
	if len(parts) == 1 && !inside && len(p.from.tokens) > 0 && altered(p.target) && !has(p.target, parts[0]) && !p.isParameter(parts[0]) {
		return refuse(-1, "the column %s without its table's name is not accepted beside FROM or USING in a change of %s: you see columns of it masked, or not at all; write table.%s", parts[0], display(p.target.Name), parts[0])
	}
	return nil
}

// isParameter reports whether some lambda of the statement calls a parameter so.
func (p *pieces) isParameter(name string) bool {
	return slices.ContainsFunc(p.parameters, func(n string) bool { return same(n, name) })
}

// lambdaParameters are the names that the lambdas in v give to their parameters.
func lambdaParameters(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			out = append(out, lambdaParameters(c)...)
		}
	case node:
		if str(v, "class") == "LAMBDA" {
			out = append(out, columnNames(v["lhs"])...)
		}
		for _, c := range v {
			out = append(out, lambdaParameters(c)...)
		}
	}
	return out
}

// standsWithout refuses a change of which a name means nothing where the denied
// columns do not exist, in the words that DuckDB has for any name that means nothing.
// What a name means without them it means with them too: DuckDB looks for it from the
// inside out, and the target, with the tables beside it, stands outermost. Beside the
// target itself other tables' columns are written with their table's name.
func (s *statement) standsWithout(p *pieces) error {
	if len(p.target.Hidden) == 0 {
		return nil
	}
	names := make([]string, len(p.target.Columns))
	for i, c := range p.target.Columns {
		names[i] = sqltext.Identifier(c.Name)
	}
	if len(names) == 0 {
		names = []string{"1"}
	}
	sql := join(p.withText, "SELECT 1")
	for _, e := range p.exprTexts {
		sql += ", (" + e + ")"
	}
	sql += " FROM (SELECT " + strings.Join(names, ", ") + " FROM " + physical(p.target.Physical) + ") AS " + sqltext.Identifier(p.name())
	if p.fromText != "" {
		sql += ", " + p.fromText
	}
	_, err := s.plan(s.literals.empty(sql))
	return err
}

// has reports whether the target itself has a column of that name.
func (p *pieces) has(name string) bool {
	return hidden(p.target, name) || slices.ContainsFunc(p.target.Columns, func(c catalog.Column) bool { return same(c.Name, name) })
}

// onlyVisibleRows is the condition of a change, the expression of that number or
// none, for the rows that pass the target's filter. CASE, unlike AND, keeps DuckDB
// from computing anything of the caller's over the other rows.
func (s *statement) onlyVisibleRows(p *pieces, condition int) (string, error) {
	t, given := p.target, ""
	if condition >= 0 {
		given = p.exprTexts[condition]
	}
	if t.Filter == "" {
		return given, nil
	}
	r := &rewriter{ctx: s.ctx, bind: s.bind, view: s.view, literals: &s.literals}
	parsed, err := r.rules(t, []string{"(" + t.Filter + ")"})
	if err != nil {
		return "", err
	}
	qualify(parsed[0], p.name(), nil)
	filter, err := deserialize(s.ctx, s.bind, selectNode([]any{parsed[0]}, emptyFrom(), nil), nil)
	if err != nil {
		return "", err
	}
	filter = strings.TrimPrefix(filter, "SELECT ")
	if given == "" {
		return filter, nil
	}
	if p.asks[condition] {
		// DuckDB joins with subqueries before it comes to CASE: the caller's are
		// asked over the rows that they see, as in a query.
		if len(p.from.tokens) > 0 {
			return "", refuse(-1, "a subquery in WHERE is not accepted beside FROM or USING in a change of %s: you see it filtered; put the subquery into FROM or USING, or the other tables into the subquery", display(t.Name))
		}
		if has(t, rowID) || hidden(t, rowID) {
			return "", refuse(-1, "a subquery in WHERE is not accepted in a change of %s: you see it filtered, and it has a column called rowid", display(t.Name))
		}
		name := sqltext.Identifier(p.name())
		given = name + ".rowid IN (SELECT " + name + ".rowid FROM (SELECT *, rowid FROM " + physical(t.Physical) + " AS " + name +
			" WHERE " + filter + ") AS " + name + " WHERE (" + given + "))"
	}
	guarded := "CASE WHEN (" + filter + ") THEN (" + given + ") ELSE false END"
	return strings.Join(append(p.equalities(condition), guarded), " AND "), nil
}

// asksTables reports whether an expression has a subquery in it.
func asksTables(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, asksTables)
	case node:
		if str(v, "class") == "SUBQUERY" {
			return true
		}
		for _, c := range v {
			if asksTables(c) {
				return true
			}
		}
	}
	return false
}

// qualify puts table before every column of a rule that has none, but for the
// parameters of lambdas.
func qualify(v any, table string, parameters []string) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			qualify(c, table, parameters)
		}
	case node:
		switch str(v, "class") {
		case "COLUMN_REF":
			names := list(v, "column_names")
			first, _ := names[0].(string)
			if !slices.ContainsFunc(parameters, func(p string) bool { return same(p, first) }) {
				v["column_names"] = append([]any{table}, names...)
			}
			return
		case "LAMBDA":
			qualify(v["expr"], table, append(slices.Clip(parameters), columnNames(v["lhs"])...))
			return
		}
		for _, c := range v {
			qualify(c, table, parameters)
		}
	}
}

// columnNames are the names of all columns in v.
func columnNames(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			out = append(out, columnNames(c)...)
		}
	case node:
		if str(v, "class") == "COLUMN_REF" {
			for _, c := range list(v, "column_names") {
				if name, ok := c.(string); ok {
					out = append(out, name)
				}
			}
		}
		for _, c := range v {
			out = append(out, columnNames(c)...)
		}
	}
	return out
}
