package guard

import (
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// Step is one operator of an explained plan.
type Step struct {
	Name  string
	Notes []string // what is said of it, a line each
	Below []Step   // where its rows come from
}

// Text is the plan as text: an operator a line, what is below it further in.
func (s Step) Text() string {
	var b strings.Builder
	s.write(&b, "")
	return b.String()
}

func (s Step) write(b *strings.Builder, indent string) {
	b.WriteString(indent + s.Name + "\n")
	for _, n := range s.Notes {
		b.WriteString(indent + "  | " + n + "\n")
	}
	for _, c := range s.Below {
		c.write(b, indent+"  ")
	}
}

// explain decides on EXPLAIN. Queries over tables that the caller sees whole are
// for the engine to explain. Of any other statement only the shape is told, from
// the plan that DuckDB makes before it looks at any statistics: those know of
// rows that the caller does not see, and so does what is optimised by them.
func (s *statement) explain() (Verdict, error) {
	start := s.at(0).start
	how, i, err := s.explainOptions()
	if err != nil {
		return Verdict{}, err
	}
	if i >= len(s.tokens()) {
		return Verdict{}, s.unexpected(i, "EXPLAIN takes a query, INSERT, UPDATE, DELETE, MERGE or CREATE TABLE ... AS")
	}
	// The statement is alone in its text, at its old place.
	s.span = span{strings.Repeat(" ", s.at(i).start) + s.span.sql[s.at(i).start:], s.span.tokens[i:]}
	if s.at(0).is("explain") {
		return Verdict{}, s.unexpected(0, "EXPLAIN takes a query, INSERT, UPDATE, DELETE, MERGE or CREATE TABLE ... AS")
	}
	asQuery := s.at(0).is("create") && s.span.find(1, "as") < len(s.tokens())
	v, err := s.decide()
	if err != nil {
		return Verdict{}, err
	}
	switch {
	case v.Kind == Query:
	case v.Kind != Change && (v.Kind != Define || !asQuery):
		return Verdict{}, refuse(start, "EXPLAIN takes a query, INSERT, UPDATE, DELETE, MERGE or CREATE TABLE ... AS")
	case how == ExplainAnalyze:
		return Verdict{}, refuse(start, "EXPLAIN ANALYZE of a statement that writes would carry it out, and is not accepted; use EXPLAIN")
	}
	if v.Kind == Query && s.seesWhole(v) {
		v.Explain = how
		return v, nil
	}
	shape := Step{Name: "NOTHING"}
	if plans := list(s.bound, "plans"); len(plans) == 1 {
		shape = s.shape(plans[0], s.logicalNames(v))
	}
	return Verdict{
		Kind: Query, Reads: v.Reads, Needs: v.Needs,
		SQL: "SELECT 'logical_plan' AS explain_key, " + sqltext.Literal(shape.Text()) + " AS explain_value",
	}, nil
}

// explainOptions reads what stands between EXPLAIN and its statement, which is at i.
func (s *statement) explainOptions() (how Explain, i int, err error) {
	const accepted = "EXPLAIN and EXPLAIN ANALYZE, as text, are"
	how, i = ExplainPlan, 1
	if s.at(i).is("analyze") {
		how, i = ExplainAnalyze, i+1
	}
	if s.at(i).is("verbose") {
		return how, i, s.unexpected(i, accepted)
	}
	if i > 1 || !s.at(1).is("(") || !s.at(2).is("analyze") && !s.at(2).is("format") && !s.at(2).is("verbose") {
		return how, i, nil
	}
	for i++; ; i++ {
		switch {
		case s.at(i).is("analyze"):
			how, i = ExplainAnalyze, i+1
		case s.at(i).is("format") && (s.at(i+1).is("text") || s.at(i+1).is("default") || s.at(i+1).kind == text && same(s.at(i+1).value, "text")):
			i += 2
		case s.at(i).is("format"):
			return how, i, s.unexpected(i+1, accepted)
		default:
			return how, i, s.unexpected(i, accepted)
		}
		switch {
		case s.at(i).is(")"):
			return how, i + 1, nil
		case !s.at(i).is(","):
			return how, i, s.unexpected(i, accepted)
		}
	}
}

// seesWhole reports whether nothing that v reads holds more than its caller sees.
func (s *statement) seesWhole(v Verdict) bool {
	if s.notes.partial || len(s.literals.pairs) > 0 {
		return false
	}
	for _, name := range v.Reads {
		t, err := s.view.Table(name.Catalog, name.Schema, name.Table)
		if err != nil || t.Definition != nil || len(t.Hidden) > 0 || restricted(t) {
			return false
		}
		c, err := s.view.Catalog(name.Catalog)
		if err != nil || c.Type == catalog.System || t.Kind == catalog.ViewTable && c.Type != catalog.Files {
			return false
		}
	}
	return true
}

// logicalNames are the names of what v reads and writes, by the physical ones in lower case.
func (s *statement) logicalNames(v Verdict) map[catalog.Name]string {
	names := map[catalog.Name]string{}
	for _, name := range append([]catalog.Name{v.Target}, v.Reads...) {
		if t, err := s.view.Table(name.Catalog, name.Schema, name.Table); err == nil && t.Kind != catalog.ViewTable {
			names[lowerName(t.Physical)] = display(t.Name)
		}
	}
	return names
}

// shape is a bound plan's operators, with the names of the tables that it scans.
func (s *statement) shape(v any, names map[catalog.Name]string) Step {
	n, _ := v.(node)
	step := Step{Name: strings.TrimPrefix(str(n, "type"), "LOGICAL_")}
	if step.Name == "GET" {
		step.Name = "SCAN"
		if function := strings.ToLower(str(n, "name")); tableFunctions[function] {
			step.Name = strings.ToUpper(function)
		}
		if name, ok := names[scannedTable(n)]; ok {
			step.Name += " " + name
		}
	}
	for _, c := range list(n, "children") {
		step.Below = append(step.Below, s.shape(c, names))
	}
	return step
}

// scannedTable is the physical table that a scan reads, whenever its state is from.
func scannedTable(get node) catalog.Name {
	data := child(get, "function_data")
	if str(get, "name") == "ducklake_scan" {
		return lowerName(catalog.Name{Catalog: str(data, "catalog_name"), Schema: str(data, "schema_name"), Table: str(data, "table_name")})
	}
	return lowerName(catalog.Name{Catalog: str(data, "catalog"), Schema: str(data, "schema"), Table: str(data, "table")})
}
