package engine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// explaining is what stands before the query that v asks to explain.
func explaining(v guard.Verdict) string {
	if v.Explain == guard.ExplainAnalyze {
		return "EXPLAIN (ANALYZE, FORMAT JSON) "
	}
	return "EXPLAIN (FORMAT JSON) "
}

// logicalNames puts catalogs' logical names in the place of their physical ones.
func logicalNames(view catalog.View) *strings.Replacer {
	var pairs []string
	for _, c := range view.Catalogs() {
		if c.Physical != "" && c.Type != catalog.Temp {
			pairs = append(pairs, sqltext.Identifier(c.Physical), c.Name, c.Physical, c.Name)
		}
	}
	return strings.NewReplacer(pairs...)
}

// operator is one step of a plan, as DuckDB's JSON has it: without a name where it
// stands for the whole analysis, which has the text of the query.
type operator struct {
	Name     string         `json:"name"`
	Analyzed string         `json:"operator_name"`
	Rows     int64          `json:"operator_cardinality"`
	Seconds  float64        `json:"operator_timing"`
	Extra    map[string]any `json:"extra_info"`
	Children []operator     `json:"children"`
}

// shown is what DuckDB says of its operators, and what of that may be told: not
// the names of files, nor what nobody knows yet.
var shown = []string{
	"Table", "CTE Name", "Type", "Join Type", "Conditions", "Groups", "Aggregates", "Projections", "Expression", "Expressions", "Filters",
	"Order By", "Order", "Top", "Limit", "Offset", "Partition By", "Distinct Targets", "Sample Size", "Method",
}

// explained sends the plans of res, told in our own words, to b.
func explained(res *duckdb.Result, p *plan, b *batcher) error {
	rows, err := texts(res)
	if err != nil {
		return err
	}
	varchar := duckdb.CreateLogicalType(duckdb.TypeVarchar)
	defer duckdb.DestroyLogicalType(&varchar)
	chunk := duckdb.CreateDataChunk([]duckdb.LogicalType{varchar, varchar})
	defer duckdb.DestroyDataChunk(&chunk)
	n := 0
	for _, row := range rows {
		if len(row) != 2 || row[0] == nil || row[1] == nil {
			continue
		}
		text, err := tell(*row[1], p)
		if err != nil {
			return err
		}
		duckdb.VectorAssignStringElement(duckdb.DataChunkGetVector(chunk, 0), duckdb.IdxT(n), *row[0])
		duckdb.VectorAssignStringElement(duckdb.DataChunkGetVector(chunk, 1), duckdb.IdxT(n), text)
		n++
	}
	duckdb.DataChunkSetSize(chunk, duckdb.IdxT(n))
	return b.add(chunk)
}

// tell is the text of a plan that DuckDB gave as JSON.
func tell(plan string, p *plan) (string, error) {
	var roots []operator
	analyzed := p.verdict.Explain == guard.ExplainAnalyze
	if analyzed {
		var whole operator
		if err := json.Unmarshal([]byte(plan), &whole); err != nil {
			return "", fmt.Errorf("read a plan: %w", err)
		}
		roots = whole.Children
		if len(roots) == 1 && roots[0].Analyzed == "EXPLAIN_ANALYZE" {
			roots = roots[0].Children
		}
	} else if err := json.Unmarshal([]byte(plan), &roots); err != nil {
		return "", fmt.Errorf("read a plan: %w", err)
	}
	var b strings.Builder
	for _, r := range roots {
		b.WriteString(r.step(analyzed).Text())
	}
	return p.logical.Replace(b.String()), nil
}

func (o operator) step(analyzed bool) guard.Step {
	s := guard.Step{Name: o.Name}
	if analyzed {
		s.Name = fmt.Sprintf("%s (%d rows, %.6f s)", strings.TrimSpace(o.Analyzed), o.Rows, o.Seconds)
	} else if n, ok := o.Extra["Estimated Cardinality"].(string); ok {
		s.Name = strings.TrimSpace(o.Name) + " (about " + n + " rows)"
	}
	for _, key := range shown {
		if text := words(o.Extra[key]); text != "" {
			s.Notes = append(s.Notes, key+": "+text)
		}
	}
	for _, c := range o.Children {
		s.Below = append(s.Below, c.step(analyzed))
	}
	return s
}

// words are a value of a plan's JSON in one line.
func words(v any) string {
	switch v := v.(type) {
	case string:
		return strings.Join(strings.Fields(v), " ")
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		parts := make([]string, 0, len(v))
		for _, item := range v {
			parts = append(parts, words(item))
		}
		return strings.Join(parts, ", ")
	}
	return ""
}
