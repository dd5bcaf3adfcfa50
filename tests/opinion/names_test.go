package opinion

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// place is where unqualified names are looked for.
type place struct{ catalog, schema string }

// gen writes one statement.
type gen struct {
	r       *rand.Rand
	w       *world
	c       *caller
	at      place
	ctes    []*source
	aliases int
	budget  int  // of parts that may still be made
	lambda  bool // lambdas are written with that word: DuckDB names columns by it
	bad     int  // how many of 1000 names and types are wrong on purpose
}

// source is an entry of a FROM clause: how its columns may be qualified, and which there are.
type source struct {
	names []string
	cols  []field
	table *right // nil where it is none

	opaque bool // it has other columns than these
}

// scope is one FROM clause.
type scope struct {
	sources []*source
	gone    []*source // that a semi or anti join has used up
	outer   *scope
	joins   bool // it is one side of a join: names are qualified
}

func newGen(seed, n uint64, w *world, c *caller) *gen {
	r := rand.New(rand.NewPCG(seed, n+1))
	g := &gen{r: r, w: w, c: c, at: place{w.catalogs[0], "main"}, budget: 30, bad: 0}
	if chance(r, 30) {
		g.at.catalog = pick(r, w.catalogs)
		g.at.schema = pick(r, w.schemas[g.at.catalog])
	}
	g.lambda = chance(r, 60)
	if chance(r, 12) {
		g.bad = 60
	}
	return g
}

func (g *gen) chance(p int) bool { return chance(g.r, p) }
func (g *gen) wrong() bool       { return g.bad > 0 && g.r.IntN(1000) < g.bad }

// spend takes one part of the budget, if there is any.
func (g *gen) spend() bool {
	g.budget--
	return g.budget > 0
}

func (g *gen) alias(prefix string) string {
	g.aliases++
	return fmt.Sprintf("z%s%d", prefix, g.aliases)
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// mustQuote are names that DuckDB's grammar, or Lakegate, reads as something else.
var mustQuote = map[string]bool{"order": true, "select": true, "group": true, "from": true, "all": true, "user": true, "values": true, "in": true}

// name spells a name in one of the ways that mean the same.
func (g *gen) name(s string) string {
	if !plainName.MatchString(s) || mustQuote[strings.ToLower(s)] || g.chance(25) {
		if g.chance(10) {
			return ident(strings.ToUpper(s))
		}
		return ident(s)
	}
	if g.chance(10) {
		return strings.ToUpper(s)
	}
	return s
}

// tableName spells t as it can be found from where g is.
func (g *gen) tableName(t *table) string {
	full := g.name(t.catalog) + "." + g.name(t.schema) + "." + g.name(t.name)
	ways := []string{full}
	if t.catalog == g.at.catalog {
		ways = append(ways, g.name(t.schema)+"."+g.name(t.name))
		if t.schema == g.at.schema {
			ways = append(ways, g.name(t.name), g.name(t.name), g.name(t.name))
		}
	}
	if t.schema == "main" && t.catalog != g.at.catalog || t.schema == g.at.schema && t.catalog == g.at.catalog || g.wrong() {
		ways = append(ways, g.name(t.catalog)+"."+g.name(t.name))
	}
	if g.wrong() {
		ways = []string{"nonesuch", g.name(t.schema) + ".nonesuch", g.name(t.name), g.name(t.schema) + "." + g.name(t.name)}
	}
	return pick(g.r, ways)
}

// readable is what g's caller may read.
func (g *gen) readable() []*right {
	var out []*right
	for _, t := range g.w.tables {
		if have := g.c.rights[t]; have != nil && have.privileges["SELECT"] {
			out = append(out, have)
		}
	}
	return out
}

// column is a reference to a column or to a member of one, and its type.
type column struct {
	sql string
	typ *typ
}

// columns are the references that s allows to what suits.
func (g *gen) columns(s *scope, suits func(*typ) bool) []column {
	var out []column
	depth := 0
	for at := s; at != nil; at = at.outer {
		for _, src := range at.sources {
			for _, c := range src.cols {
				if !suits(c.typ) && c.typ.class != structure && c.typ.class != mapping && c.typ.class != list {
					continue
				}
				ref := g.reference(at, src, c, depth > 0)
				if suits(c.typ) {
					out = append(out, column{ref, c.typ})
				}
				out = append(out, g.parts(ref, c.typ, suits)...)
			}
		}
		if depth++; depth > 1 || !g.chance(40) {
			break
		}
	}
	return out
}

// parts are the members of ref that suit.
func (g *gen) parts(ref string, t *typ, suits func(*typ) bool) []column {
	var out []column
	switch t.class {
	case structure:
		for _, f := range t.fields {
			member := ref + "." + g.name(f.name)
			switch g.r.IntN(5) {
			case 0:
				member = ref + "[" + quote(f.name) + "]"
			case 1:
				member = "(" + ref + ")." + g.name(f.name)
			case 2:
				member = "struct_extract(" + ref + ", " + quote(f.name) + ")"
			}
			if suits(f.typ) {
				out = append(out, column{member, f.typ})
			}
			out = append(out, g.parts(member, f.typ, suits)...)
		}
	case mapping:
		if suits(t.elem) {
			out = append(out, column{ref + "['k']", t.elem})
		}
	case list:
		if suits(t.elem) {
			out = append(out, column{ref + pick(g.r, []string{"[1]", "[2]", "[-1]"}), t.elem})
		}
	}
	return out
}

// reference spells column c of src.
func (g *gen) reference(s *scope, src *source, c field, outside bool) string {
	if g.wrong() {
		if src.table != nil && g.chance(70) { // one that is there, but not for this caller
			t := src.table.table
			c = t.cols[g.r.IntN(len(t.cols))]
		} else if g.chance(50) {
			c = field{"nonesuch", c.typ}
		}
	}
	name := g.name(c.name)
	count := 0
	if s.joins || s.opaque() {
		count = 2
	}
	for at := s; at != nil; at = at.outer {
		for _, other := range at.sources {
			for _, oc := range other.cols {
				if strings.EqualFold(oc.name, c.name) {
					count++
				}
			}
		}
	}
	if len(src.names) == 0 || count == 1 && !outside && g.chance(55) {
		return name
	}
	if outside { // nearer columns may have names of schemas
		return src.names[0] + "." + name
	}
	return pick(g.r, src.names) + "." + name
}

func is(c class) func(*typ) bool { return func(t *typ) bool { return t.class == c } }

// opaque reports that s may have columns of any name.
func (s *scope) opaque() bool {
	for at := s; at != nil; at = at.outer {
		for _, src := range at.sources {
			if src.opaque {
				return true
			}
		}
	}
	return false
}

var literalStart = regexp.MustCompile(`^(['0-9\[{-]|true|false|NULL|DATE '|TIMESTAMP|INTERVAL)`)

// computed is e as something that DuckDB does not take for a literal.
func computed(e string) string {
	if literalStart.MatchString(e) {
		return "coalesce(" + e + ", NULL)"
	}
	return e
}
