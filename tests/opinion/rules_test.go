package opinion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// rule is one entry of the policy's tables.
type rule struct {
	number     int
	user       string // empty for anybody
	group      string // empty for any
	table      *table // nil for all
	catalog    string // where table is nil; empty for all
	privileges []string
	cols       []colRule
	filter     string // with placeholders
	hidesTag   bool   // columns that have the tag are denied
}

type colRule struct {
	name   string
	denied bool
	ready  string // a ready-made mask
	mask   string // with placeholders
}

func (r *rule) place() string { return fmt.Sprintf("tables[%d]", r.number) }

// tag is what some worlds give to the first column of some tables.
const tag = "pii"

// Placeholders are what an expression asks of its caller: «user», «groups»,
// «in:group», «claim:name», «claims:name».
var placeholder = regexp.MustCompile(`«(\w+)(?::([^»]*))?»`)

// asPolicy is expression as a policy spells it.
func asPolicy(expression string) string {
	return placeholder.ReplaceAllStringFunc(expression, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		switch m[1] {
		case "user":
			if len(expression)%2 == 0 {
				return "current_user"
			}
			return "principal.user"
		case "groups":
			return "principal.groups"
		case "in":
			return "principal.in_group(" + quote(strings.ToUpper(m[2])) + ")"
		}
		return "principal." + m[1] + "(" + quote(m[2]) + ")"
	})
}

// forCaller is expression as a plain DuckDB takes it, for c.
func forCaller(expression string, c *caller) string {
	lit := func(s string) string { return quote(s) + "::VARCHAR" }
	array := func(items []string) string {
		out := make([]string, len(items))
		for i, s := range items {
			out[i] = lit(s)
		}
		return "[" + strings.Join(out, ", ") + "]::VARCHAR[]"
	}
	return placeholder.ReplaceAllStringFunc(expression, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		switch m[1] {
		case "user":
			return lit(c.principal.User)
		case "groups":
			return array(c.groups)
		case "in":
			return fmt.Sprint(slices.Contains(c.groups, m[2]))
		case "claim":
			if c.lone[m[2]] {
				return lit(c.claims[m[2]][0])
			}
			return "NULL::VARCHAR"
		default:
			return array(c.claims[m[2]])
		}
	})
}

// makeRules gives w a policy.
func (w *world) makeRules(r *rand.Rand) {
	for _, t := range w.tables {
		if chance(r, 30) {
			w.tagged = append(w.tagged, t)
		}
		for range 1 + r.IntN(3) {
			w.rules = append(w.rules, w.makeRule(r, t))
		}
	}
	r.Shuffle(len(w.rules), func(i, j int) { w.rules[i], w.rules[j] = w.rules[j], w.rules[i] })
	for range r.IntN(3) {
		all := &rule{privileges: []string{"SELECT"}, hidesTag: chance(r, 50)}
		if chance(r, 50) {
			all.group = pick(r, groupNames)
		} else {
			all.catalog = pick(r, w.catalogs)
		}
		if chance(r, 30) {
			all.privileges = append(all.privileges, "INSERT", "UPDATE", "DELETE")
		}
		w.rules = append(w.rules, all)
	}
	for i, one := range w.rules {
		one.number = i
	}
}

func (w *world) makeRule(r *rand.Rand, t *table) *rule {
	out := &rule{table: t}
	switch r.IntN(10) {
	case 0, 1, 2:
		out.user = pick(r, w.callers).principal.User
	case 3, 4, 5:
		out.group = pick(r, groupNames)
	}
	if chance(r, 12) {
		return out // hidden from these
	}
	out.privileges = []string{"SELECT"}
	for _, p := range []string{"INSERT", "UPDATE", "DELETE", "CREATE"} {
		if chance(r, 50) {
			out.privileges = append(out.privileges, p)
		}
	}
	if chance(r, 20) {
		return out
	}
	if chance(r, 55) {
		out.filter = filter(r, t)
	}
	denied := 0
	for _, c := range t.cols {
		switch n := r.IntN(100); {
		case n < 12 && denied < len(t.cols)-1:
			denied++
			out.cols = append(out.cols, colRule{name: c.name, denied: true})
		case n < 20:
			out.cols = append(out.cols, colRule{name: c.name, ready: pick(r, []string{"null", "hash", "last_four", "email", "year"})})
		case n < 45:
			out.cols = append(out.cols, colRule{name: c.name, mask: mask(r, t, c)})
		}
	}
	return out
}

// some is one of t's columns of that class, quoted.
func some(r *rand.Rand, t *table, of class) (string, bool) {
	var found []string
	for _, c := range t.cols {
		if c.typ.class == of {
			found = append(found, ident(c.name))
		}
	}
	if len(found) == 0 {
		return "", false
	}
	return pick(r, found), true
}

// mask is an expression of c's type.
func mask(r *rand.Rand, t *table, c field) string {
	self := ident(c.name)
	if chance(r, 15) {
		return "NULL"
	}
	choices := []string{
		"CASE WHEN «in:" + pick(r, groupNames) + "» THEN " + self + " END",
		"nullif(" + self + ", " + self + ")",
	}
	if other, ok := some(r, t, text); ok {
		choices = append(choices,
			"CASE WHEN "+other+" = «claim:region» THEN "+self+" END",
			"CASE WHEN list_contains(«claims:regions», "+other+") THEN "+self+" ELSE NULL END")
	}
	if other, ok := some(r, t, integer); ok {
		choices = append(choices, "CASE WHEN "+other+" > 2 THEN "+self+" END", "if("+other+" IS NULL, NULL, "+self+")")
	}
	switch c.typ.class {
	case text:
		choices = append(choices, "upper("+self+")", "concat(left("+self+", 1), '***')", "'***'", "md5("+self+")", "«user»",
			"lower("+self+") || ':' || «user»", "array_to_string(«groups», ',')", "regexp_replace("+self+", '[0-9]', '#', 'g')",
			"coalesce(«claim:level», "+self+", '?')", self+" || ''")
	case integer:
		choices = append(choices, "0", "abs("+self+") // 10 * 10", "CASE WHEN "+self+" > 3 THEN 3 ELSE "+self+" END", "abs("+self+") % 2", "length(«user»)", "len(«claims:regions»)")
	case decimal, double:
		choices = append(choices, "0", "round("+self+")", "greatest("+self+", 1)")
	case boolean:
		choices = append(choices, "NOT "+self, "true", "«in:"+pick(r, groupNames)+"»")
	case date, timestamp:
		choices = append(choices, "date_trunc('month', "+self+")", "DATE '2020-01-01'")
	case list:
		choices = append(choices, self+"[1:1]", "[]", "list_distinct("+self+")[:0]", "list_filter("+self+", lambda x: x IS NOT NULL)", "list_sort("+self+")")
	case structure:
		choices = append(choices, "CASE WHEN ("+self+").num > 2 THEN "+self+" END", "struct_update("+self+", city := '*')")
	case mapping:
		choices = append(choices, "MAP {'k': "+self+"['k']}")
	}
	out := pick(r, choices)
	if c.typ.class == structure || c.typ.class == mapping || c.typ.class != text && c.typ.class != boolean || chance(r, 60) {
		return "CAST(" + out + " AS " + c.typ.sql + ")"
	}
	return out
}

// filter is a condition over t's columns.
func filter(r *rand.Rand, t *table) string {
	choices := []string{"«in:" + pick(r, groupNames) + "»", "len(«groups») > 1", "«user» <> 'Bob'"}
	if c, ok := some(r, t, integer); ok {
		choices = append(choices, c+" > 1", c+" < 4", c+" IS NOT NULL", c+" % 2 = 0", c+" BETWEEN 0 AND 3", "coalesce("+c+", 0) = 0 OR «in:"+pick(r, groupNames)+"»")
	}
	if c, ok := some(r, t, text); ok {
		choices = append(choices, c+" = «claim:region»", "list_contains(«claims:regions», "+c+")", c+" IN ('a', 'north', 'south', 'b')", c+" <> ''",
			"lower("+c+") = lower(«user»)", c+" LIKE '%o%'", "("+c+" = «claim:level») IS NOT TRUE", "contains("+c+", 'a')")
	}
	if c, ok := some(r, t, date); ok {
		choices = append(choices, "year("+c+") >= 2022", c+" < DATE '2023-01-01'")
	}
	if c, ok := some(r, t, boolean); ok {
		choices = append(choices, c, c+" IS DISTINCT FROM true")
	}
	if c, ok := some(r, t, structure); ok {
		choices = append(choices, "("+c+").num > 1", "struct_extract("+c+", 'city') IS NOT NULL")
	}
	if c, ok := some(r, t, list); ok {
		choices = append(choices, "len("+c+") > 0", "list_has_any([1], list_transform("+c+", lambda x: 1))")
	}
	out := pick(r, choices)
	if chance(r, 25) {
		out = "(" + out + ") " + pick(r, []string{"AND", "OR"}) + " (" + pick(r, choices) + ")"
	}
	return out
}

// yaml is w's policy as a file, or what of it a statement is about.
func (w *world) yaml(sql string) string {
	var b strings.Builder
	text := func(s string) string {
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		_ = e.Encode(s)
		return strings.TrimSuffix(out.String(), "\n")
	}
	pattern := func(s string) string { return text(regexp.QuoteMeta(s)) }
	if len(w.tagged) > 0 {
		b.WriteString("tags:\n")
	}
	for _, t := range w.tagged {
		fmt.Fprintf(&b, "  - {catalog: %s, schema: %s, table: %s, column: %s, tags: [%s]}\n",
			pattern(t.catalog), pattern(t.schema), pattern(t.name), pattern(t.cols[0].name), tag)
	}
	b.WriteString("tables:\n")
	for _, r := range w.rules {
		if r.table != nil && !concerns(sql, r.table) {
			continue
		}
		fmt.Fprintf(&b, "  - privileges: [%s]\n", strings.Join(r.privileges, ", "))
		if r.user != "" {
			b.WriteString("    user: " + pattern(r.user) + "\n")
		}
		if r.group != "" {
			b.WriteString("    group: " + pattern(r.group) + "\n")
		}
		if r.table != nil {
			fmt.Fprintf(&b, "    catalog: %s\n    schema: %s\n    table: %s\n", pattern(r.table.catalog), pattern(r.table.schema), pattern(r.table.name))
		} else if r.catalog != "" {
			b.WriteString("    catalog: " + pattern(r.catalog) + "\n")
		}
		if r.filter != "" {
			b.WriteString("    filter: " + text(asPolicy(r.filter)) + "\n")
		}
		if len(r.cols) > 0 || r.hidesTag {
			b.WriteString("    columns:\n")
		}
		if r.hidesTag {
			b.WriteString("      - {tags: [" + tag + "], allow: false}\n")
		}
		for _, c := range r.cols {
			b.WriteString("      - name: " + text(c.name) + "\n")
			switch {
			case c.denied:
				b.WriteString("        allow: false\n")
			case c.ready != "":
				b.WriteString("        mask: {ready: \"" + c.ready + "\"}\n")
			default:
				b.WriteString("        mask: " + text(asPolicy(c.mask)) + "\n")
			}
		}
	}
	return b.String()
}

// decide is what c has of t by the first rule that matches; nil for nothing.
func (w *world) decide(c *caller, t *table) *right {
	for _, r := range w.rules {
		if r.user != "" && r.user != c.principal.User || r.group != "" && !slices.Contains(c.groups, r.group) ||
			r.table != nil && r.table != t || r.table == nil && r.catalog != "" && r.catalog != t.catalog {
			continue
		}
		if len(r.privileges) == 0 {
			return nil
		}
		out := &right{table: t, privileges: map[string]bool{}, from: r}
		for _, p := range r.privileges {
			out.privileges[p] = true
		}
		if r.filter != "" {
			out.filter = forCaller(r.filter, c)
		}
		for i, f := range t.cols {
			at := slices.IndexFunc(r.cols, func(cr colRule) bool { return cr.name == f.name })
			var m string
			switch {
			case r.hidesTag && i == 0 && slices.Contains(w.tagged, t):
				continue
			case at < 0:
			case r.cols[at].denied:
				continue
			case r.cols[at].ready != "":
				m = readyMade(r.cols[at].ready, f)
			default:
				m = "CAST((" + forCaller(r.cols[at].mask, c) + ") AS " + f.typ.sql + ")"
			}
			out.cols, out.masks = append(out.cols, f), append(out.masks, m)
		}
		return out
	}
	return nil
}

// readyMade is what a ready-made mask is to give for f: what docs say of it.
func readyMade(name string, f field) string {
	c := ident(f.name)
	switch {
	case name == "hash" && f.typ.class == text:
		return "sha256(" + c + ")"
	case name == "last_four" && f.typ.class == text:
		return "repeat('*', greatest(length(" + c + ") - 4, 0)) || CASE WHEN length(" + c + ") > 4 THEN right(" + c + ", 4) ELSE repeat('*', length(" + c + ")) END"
	case name == "last_four" && (f.typ.sql == "BIGINT" || f.typ.sql == "INTEGER" || f.typ.sql == "SMALLINT" || f.typ.sql == "HUGEINT"):
		return "CAST(abs(" + c + ") % 10000 AS " + f.typ.sql + ")"
	case name == "last_four" && (f.typ.sql == "UBIGINT" || f.typ.sql == "UINTEGER"):
		return "CAST(" + c + " % 10000 AS " + f.typ.sql + ")"
	case name == "hash" && f.typ.class == integer && f.typ.sql != "TINYINT" && f.typ.sql != "SMALLINT":
		digits := 15
		if f.typ.sql == "INTEGER" || f.typ.sql == "UINTEGER" {
			digits = 7
		}
		return fmt.Sprintf("CAST(('0x' || sha256(%s::VARCHAR)[:%d])::BIGINT AS %s)", c, digits, f.typ.sql)
	case name == "hash" && f.typ.class == blob:
		return "unhex(sha256(" + c + "))"
	case name == "hash" && f.typ.class == uuid:
		return "sha256(" + c + "::VARCHAR)[:32]::UUID"
	case name == "email" && f.typ.class == text:
		return "CASE WHEN instr(" + c + ", '@') > 0 THEN left(" + c + ", 1) || '***@' || list_last(string_split(" + c + ", '@')) WHEN " + c + " IS NOT NULL THEN '***' END"
	case name == "year" && (f.typ.class == date || f.typ.class == timestamp || f.typ.class == instant):
		return "CAST(date_trunc('year', " + c + ") AS " + f.typ.sql + ")"
	}
	return "CAST(NULL AS " + f.typ.sql + ")"
}
