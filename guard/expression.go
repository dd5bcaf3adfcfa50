package guard

import (
	_ "embed" // the list of types
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

//go:embed types.txt
var typesText string

// typeNames are DuckDB's own types, in lower case.
var typeNames = wordSet(typesText)

// wordSet is the first word of each line that is no comment, in lower case.
func wordSet(lines string) map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(lines) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name != "" && !strings.HasPrefix(name, "# ") {
			set[strings.ToLower(name)] = true
		}
	}
	return set
}

// expressions are the classes that are walked without rules of their own.
var expressions = map[string]bool{
	"BETWEEN": true, "CASE": true, "CAST": true, "COLLATE": true, "COMPARISON": true, "CONJUNCTION": true, "DEFAULT": true,
	"LAMBDA": true, "LAMBDA_REF": true, "OPERATOR": true, "PARAMETER": true, "POSITIONAL_REFERENCE": true, "TYPE": true,
}

// expression walks one expression.
func (r *rewriter) expression(n node, e env) error {
	switch class := str(n, "class"); class {
	case "CONSTANT":
		return nil
	case "COLUMN_REF":
		return r.columnRef(n, e)
	case "STAR":
		return r.star(n, e)
	case "FUNCTION", "WINDOW", "AGGREGATE":
		unchain(n, e)
		r.consider(n)
		if done, err := r.function(n); done || err != nil {
			return err
		}
		return r.rest(n, e, "type", "class", "alias")
	case "POSITIONAL_REFERENCE":
		r.notes.useScope(e.scope, nil)
		return nil
	case "SUBQUERY":
		if r.plain {
			return refuse(position(n), "a subquery is not accepted here")
		}
		if c := child(n, "child"); c != nil {
			if err := r.expression(c, e); err != nil {
				return err
			}
		}
		return r.query(child(child(n, "subquery"), "node"), e)
	default:
		if !expressions[class] {
			return refuse(position(n), "an expression of the kind %q is not accepted", class)
		}
		r.consider(n)
		return r.rest(n, e, "type", "class", "alias")
	}
}

// typeOf refuses types that are not DuckDB's own.
func (r *rewriter) typeOf(n node) error {
	info := child(n, "type_info")
	if info == nil {
		return nil
	}
	if str(info, "type") == "UNBOUND_TYPE_INFO" {
		name := str(info, "name")
		if str(info, "catalog") != "" || str(info, "schema") != "" || !typeNames[strings.ToLower(name)] {
			return refuse(-1, "the type %s is not accepted; DuckDB's built-in types are", name)
		}
	}
	for _, v := range info {
		if err := r.typeTree(v); err != nil {
			return err
		}
	}
	return nil
}

func (r *rewriter) typeTree(v any) error {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if err := r.typeTree(c); err != nil {
				return err
			}
		}
	case node:
		if _, ok := v["class"]; ok {
			return r.expression(v, env{})
		}
		if _, ok := v["id"]; ok {
			return r.typeOf(v)
		}
		for _, c := range v {
			if err := r.typeTree(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// columnRef takes catalog and schema off a column's name: the table is a
// subquery now, and has an alias only.
func (r *rewriter) columnRef(n node, e env) error {
	parts := list(n, "column_names")
	if len(parts) == 0 {
		return refuse(position(n), "a column without a name is not accepted")
	}
	if !r.plain {
		r.notes.useName(texts(parts), e.scope)
	}
	if len(parts) == 1 {
		name, _ := parts[0].(string)
		switch name = strings.ToLower(name); name {
		case "current_catalog", "current_schema", "current_database":
			if n["alias"] == "" {
				n["alias"] = name
			}
			_, err := r.place(n, name)
			return err
		case "current_user", "session_user", "current_role", "user":
			if (!r.plain || name != "user") && r.system == 0 && !e.scope.mayHave(name) {
				if n["alias"] == "" {
					n["alias"] = name
				}
				return r.asker(n, name)
			}
		}
		return nil
	}
	names := texts(parts)
	for s := e.scope; s != nil; s = s.outer {
		if src, used := s.qualified(names); src != nil {
			if used > 1 || !same(src.alias, names[0]) {
				n["column_names"] = append([]any{src.alias}, parts[used:]...)
				r.changed = true
			}
			return nil
		}
		if s.has(names[0]) {
			return nil
		}
	}
	return nil
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i], _ = list[i].(string)
	}
	return out
}

// qualified gives the source that the first used of names stand for, when they
// are a table's name with its schema or catalog. As in DuckDB, the longest name
// goes first, and one whose table has the column that follows before any other.
func (s *scope) qualified(names []string) (src *source, used int) {
	ways := [...]func(t catalog.Name) bool{
		func(t catalog.Name) bool {
			return len(names) > 3 && same(names[0], t.Catalog) && same(names[1], t.Schema) && same(names[2], t.Table)
		},
		func(t catalog.Name) bool {
			return len(names) > 2 && same(names[0], t.Catalog) && same(names[1], t.Table)
		},
		func(t catalog.Name) bool {
			return len(names) > 2 && same(names[0], t.Schema) && same(names[1], t.Table)
		},
	}
	for _, any := range [...]bool{false, true} {
		for i, fits := range ways {
			used := max(2, 3-i)
			for _, src := range s.sources {
				if src.name != (catalog.Name{}) && fits(src.name) && (any || src.has(names[used])) {
					return src, used
				}
			}
		}
		if s.has(names[0]) {
			break // a table, with what is in it
		}
	}
	return nil, 0
}

// has reports whether s may have such a column.
func (s *source) has(column string) bool {
	return s.table == nil || slices.ContainsFunc(s.table.Columns, func(c catalog.Column) bool { return same(c.Name, column) })
}

// same compares names as DuckDB does: it knows the case of ASCII's letters alone.
func same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// star walks * and COLUMNS, whose lists may hold qualified names.
func (r *rewriter) star(n node, e env) error {
	fix := func(name node) {
		if str(name, "schema") == "" && str(name, "catalog") == "" {
			return
		}
		parts := make([]string, 0, 4)
		for _, key := range [...]string{"catalog", "schema", "table", "column"} {
			if s := str(name, key); s != "" {
				parts = append(parts, s)
			}
		}
		for s := e.scope; s != nil; s = s.outer {
			if src, _ := s.qualified(parts); src != nil {
				name["catalog"], name["schema"], name["table"] = "", "", src.alias
				r.changed = true
				return
			}
		}
	}
	for _, key := range [...]string{"exclude_list", "qualified_exclude_list", "rename_list"} {
		for _, v := range list(n, key) {
			if m, ok := v.(node); ok {
				fix(m)
				if k := child(m, "key"); k != nil {
					fix(k)
				}
			}
		}
	}
	r.useStar(n, e)
	for _, v := range list(n, "replace_list") {
		if m, ok := v.(node); ok {
			if err := r.value(m["value"], e); err != nil {
				return err
			}
		}
	}
	return r.value(n["expr"], e)
}

// useStar notes the columns that * or COLUMNS stands for.
func (r *rewriter) useStar(n node, e env) {
	but := excluded(n)
	of := str(n, "relation_name")
	if of == "" {
		r.notes.useScope(e.scope, but)
		return
	}
	for s := e.scope; s != nil; s = s.outer {
		for _, src := range s.sources {
			if same(src.alias, of) {
				r.notes.useAll(src.table, but)
				return
			}
		}
	}
}
