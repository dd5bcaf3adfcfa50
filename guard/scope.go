package guard

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// env is where a name is looked up: common table expressions and FROM clauses,
// innermost first.
type env struct {
	ctes  *cte
	scope *scope
}

type cte struct {
	name  string
	outer *cte
	gives outputs
}

// scope is one FROM clause.
type scope struct {
	outer   *scope
	sources []*source
	columns []catalog.Column // of the tables whose columns are known
	aliases []string         // of the results, which those after them and the other clauses can name
	opaque  bool             // it has columns that are not known here
	shared  map[string]bool  // names, in lower case, that several of its entries are called
}

// mayHave reports whether name could be a column of s itself: DuckDB takes names
// that are also functions for those before it looks further out.
func (s *scope) mayHave(name string) bool {
	return s != nil && (s.opaque || slices.ContainsFunc(s.columns, func(c catalog.Column) bool { return same(c.Name, name) }) ||
		slices.ContainsFunc(s.aliases, func(a string) bool { return same(a, name) }))
}

// source is one entry of a FROM clause.
type source struct {
	alias string         // what its columns are qualified with in the rewritten text
	known string         // what the statement calls it, without a schema
	name  catalog.Name   // the logical table; zero unless it may be qualified with its schema
	table *catalog.Table // nil where it is none
	gives outputs        // where it is none, and of the target of a change
	other bool           // the statement gives its columns other names
}

func (e env) hasCTE(name string) bool { return e.cte(name) != nil }

// names reports whether a FROM clause has something called name.
func (e env) names(name string) bool {
	for s := e.scope; s != nil; s = s.outer {
		if len(s.known(name)) > 0 {
			return true
		}
	}
	return false
}

// cte is the common table expression of that name; nil if there is none.
func (e env) cte(name string) *cte {
	for c := e.ctes; c != nil; c = c.outer {
		if same(c.name, name) {
			return c
		}
	}
	return nil
}

// add puts a source that only its alias names into the scope.
func (s *scope) add(alias string) {
	if alias != "" {
		s.sources = append(s.sources, &source{alias: alias, known: alias})
	}
}

// addGiving is add for a source whose columns are o.
func (s *scope) addGiving(alias string, o outputs) {
	s.give(o)
	if s.add(alias); alias != "" {
		s.sources[len(s.sources)-1].gives = o
	}
}

// addTable puts a table into the scope, and gives the alias that it must have: its
// own name, or where another there is called that, with its schema before it.
func (s *scope) addTable(alias string, t catalog.Name) string {
	src := &source{alias: alias, known: alias}
	if alias == "" {
		src.alias, src.known, src.name = t.Table, t.Table, t
		if s.shared[strings.ToLower(t.Table)] {
			src.alias = t.Schema + "." + t.Table
		}
		for i := 1; s.has(src.alias) && !s.hasTable(t); i++ {
			src.alias = t.Schema + "." + t.Table
			if i > 1 {
				src.alias = t.Catalog + "." + src.alias
			}
			if i > 2 {
				src.alias += "_" + strconv.Itoa(i)
			}
		}
	}
	s.sources = append(s.sources, src)
	return src.alias
}

// addTarget puts the target of a change into the scope, which the change's own
// text calls by its name.
func (s *scope) addTarget(alias string, t catalog.Table) {
	s.shared = nil
	s.addTable(alias, t.Name)
	s.columns = append(s.columns, t.Columns...)
	gives := outputs{all: true}
	for _, c := range t.Columns {
		gives.names = append(gives.names, c.Name)
	}
	s.sources[len(s.sources)-1].gives = gives
}

func (s *scope) has(alias string) bool {
	return slices.ContainsFunc(s.sources, func(src *source) bool { return same(src.alias, alias) })
}

func (s *scope) hasTable(t catalog.Name) bool {
	return slices.ContainsFunc(s.sources, func(src *source) bool { return src.name == t })
}

// known are the sources that the statement calls name.
func (s *scope) known(name string) []*source {
	var out []*source
	for _, src := range s.sources {
		if same(src.known, name) {
			out = append(out, src)
		}
	}
	return out
}

// shared are the names that a FROM clause has more than once, for other tables.
func (r *rewriter) shared(from node) map[string]bool {
	var shared map[string]bool
	first := map[string]node{}
	var walk func(n node)
	walk = func(n node) {
		switch str(n, "type") {
		case "JOIN":
			walk(child(n, "left"))
			walk(child(n, "right"))
			return
		case "BASE_TABLE", "SUBQUERY", "EXPRESSION_LIST":
		default:
			return
		}
		name := str(n, "alias")
		if name == "" {
			name = str(n, "table_name")
		}
		if name = strings.ToLower(name); name == "" {
			return
		}
		other, ok := first[name]
		if !ok {
			first[name] = n
			return
		}
		if !r.sameTable(other, n) {
			if shared == nil {
				shared = map[string]bool{}
			}
			shared[name] = true
		}
	}
	walk(from)
	return shared
}

// sameTable reports whether two entries of a FROM clause are one table of the
// View under its own name: of those, DuckDB says itself what is wrong.
func (r *rewriter) sameTable(a, b node) bool {
	name := func(n node) catalog.Name {
		if str(n, "type") != "BASE_TABLE" || str(n, "alias") != "" {
			return catalog.Name{}
		}
		t, err := r.tableOf(nameParts(n))
		if err != nil {
			return catalog.Name{}
		}
		return t.Name
	}
	first := name(a)
	return first != (catalog.Name{}) && first == name(b)
}
