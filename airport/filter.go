package airport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lakegate/lakegate/catalog"
)

// Bounds of the conditions that are pushed down. What is beyond them is left to the
// client, which applies all of them anyway.
const (
	filterBytes   = 1 << 20   // of JSON
	filterNesting = 100       // of its brackets
	filterNodes   = 10_000    // expressions
	filterSQL     = 512 << 10 // bytes of SQL
)

// pushed is what a filter JSON comes to.
type pushed struct {
	sql  string // a condition; empty for all rows
	left int    // of the filters, those that are the client's alone, wholly or in part
}

// condition translates the filters that the client sends for t. All of them must hold,
// so that each part that cannot be computed here with the client's meaning is left out.
// What comes out raises no error on any row.
func condition(t catalog.Table, text string) (pushed, error) {
	if text == "" || len(text) > filterBytes || !utf8.ValidString(text) {
		return pushed{}, nil
	}
	plain, deep := plainJSON(text)
	if deep {
		return pushed{}, nil
	}
	var envelope struct {
		Filters *[]json.RawMessage `json:"filters"`
		Names   *[]string          `json:"column_binding_names_by_index"`
	}
	if err := json.Unmarshal(plain, &envelope); err != nil {
		return pushed{}, fmt.Errorf("%w: filters: %w", ErrMalformed, err)
	}
	if envelope.Filters == nil || envelope.Names == nil {
		return pushed{}, fmt.Errorf("%w: filters without their list or their columns", ErrMalformed)
	}
	tr := translator{names: *envelope.Names, columns: make(map[string]catalog.Column, len(t.Columns))}
	for _, c := range t.Columns {
		tr.columns[c.Name] = c
	}
	var out pushed
	var parts []string
	for _, raw := range *envelope.Filters {
		sql, whole := tr.filter(raw)
		if !whole {
			out.left++
		}
		parts = append(parts, sql...)
	}
	out.sql = strings.Join(parts, " AND ")
	if tr.nodes > filterNodes || len(out.sql) > filterSQL {
		return pushed{left: len(*envelope.Filters)}, nil
	}
	return out, nil
}

// plainJSON is text with DuckDB's bare NaN, Infinity and -Infinity as strings. deep
// means that it is nested too deeply to be read.
func plainJSON(text string) (out []byte, deep bool) {
	out = make([]byte, 0, len(text))
	nesting := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := i + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(text))
			out = append(out, text[i:end]...)
			i = end - 1
			continue
		case '[', '{':
			if nesting++; nesting > filterNesting {
				return nil, true
			}
		case ']', '}':
			nesting--
		case 'N', 'I', '-':
			if word := bareNumber(text[i:]); word != "" {
				out = append(append(append(out, '"'), word...), '"')
				i += len(word) - 1
				continue
			}
		}
		out = append(out, text[i])
	}
	return out, false
}

func bareNumber(text string) string {
	for _, word := range [...]string{"NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(text, word) {
			return word
		}
	}
	return ""
}

// filterNode is an expression as DuckDB's serialiser writes it: the union of the classes.
type filterNode struct {
	Class    string          `json:"expression_class"`
	Type     string          `json:"type"`
	Alias    string          `json:"alias"`
	Location json.RawMessage `json:"query_location"`
	Return   *typeJSON       `json:"return_type"`

	Binding *struct {
		Table  json.RawMessage `json:"table_index"`
		Column *int            `json:"column_index"`
	} `json:"binding"`
	Depth json.Number `json:"depth"`

	Value *valueJSON `json:"value"`

	Left  *filterNode `json:"left"`
	Right *filterNode `json:"right"`

	Children []*filterNode `json:"children"`

	Input          *filterNode `json:"input"`
	Lower          *filterNode `json:"lower"`
	Upper          *filterNode `json:"upper"`
	LowerInclusive *bool       `json:"lower_inclusive"`
	UpperInclusive *bool       `json:"upper_inclusive"`

	Checks []struct {
		When *filterNode `json:"when_expr"`
		Then *filterNode `json:"then_expr"`
	} `json:"case_checks"`
	Else *filterNode `json:"else_expr"`

	Child *filterNode `json:"child"`
	Try   bool        `json:"try_cast"`

	Name         string          `json:"name"`
	Catalog      string          `json:"catalog_name"`
	Schema       string          `json:"schema_name"`
	Arguments    json.RawMessage `json:"arguments"`
	Original     json.RawMessage `json:"original_arguments"`
	HasSerialize bool            `json:"has_serialize"`
	Data         json.RawMessage `json:"function_data"`
	IsOperator   bool            `json:"is_operator"`
}

// filter is one of the filters as conditions that must all hold. whole means that no
// part of it is left out.
func (t *translator) filter(raw json.RawMessage) (sql []string, whole bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields() // they would change the meaning
	var n *filterNode
	if err := d.Decode(&n); err != nil {
		return nil, false
	}
	return t.conjuncts(n)
}

func (t *translator) conjuncts(n *filterNode) (sql []string, whole bool) {
	if n != nil && n.Class == "BOUND_CONJUNCTION" && n.Type == "CONJUNCTION_AND" {
		t.nodes++
		whole = true
		for _, c := range n.Children {
			part, all := t.conjuncts(c)
			sql, whole = append(sql, part...), whole && all
		}
		return sql, whole
	}
	e, ok := t.expression(n)
	if !ok || e.of != booleanScalar {
		return nil, false
	}
	return []string{e.sql}, true
}
