package guard

import (
	"strings"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// unnamedColumn is a result column that has no alias and whose text, which is
// its name, the rewriting would change.
type unnamedColumn struct {
	column   node
	original node
}

// unnamed finds the columns of a SELECT that must be given their names.
func (r *rewriter) unnamed(query node) {
	for _, v := range list(query, "select_list") {
		column, ok := v.(node)
		if !ok || str(column, "alias") != "" || str(column, "class") == "COLUMN_REF" {
			continue
		}
		if fragile, expands := inspect(column); fragile && !expands {
			original, _ := clone(column).(node)
			r.nameless = append(r.nameless, unnamedColumn{column, original})
		}
	}
}

// inspect tells whether v's text may come out otherwise than it was, and whether
// it may give several columns.
func inspect(v any) (fragile, expands bool) {
	visit := func(c any) {
		f, e := inspect(c)
		fragile, expands = fragile || f, expands || e
	}
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			visit(c)
		}
	case node:
		switch str(v, "class") {
		case "SUBQUERY": // a star within it spreads nothing, and its tables are physical by then
			_, expands = inspect(v["child"])
			return true, expands
		case "CAST", "LAMBDA":
			fragile = true
		case "OPERATOR":
			if str(v, "type") == "OPERATOR_UNPACK" { // its stars become arguments
				fragile, _ = inspect(v["children"])
				return fragile, false
			}
		case "STAR":
			expands = true
		case "COLUMN_REF":
			names := texts(list(v, "column_names"))
			fragile = len(names) > 2 || len(names) == 1 && (askers[strings.ToLower(names[0])] || places[strings.ToLower(names[0])])
		case "FUNCTION":
			name := strings.ToLower(str(v, "function_name"))
			fragile = strings.HasPrefix(name, "current_") || askers[name] || str(v, "schema") != ""
		}
		for _, c := range v {
			visit(c)
		}
	}
	return fragile, expands
}

// rename gives the columns their original text as their alias.
func (r *rewriter) rename(lambdas bool) error {
	columns := r.nameless
	if len(columns) == 0 {
		return nil
	}
	originals := make([]any, len(columns))
	for i, c := range columns {
		originals[i] = c.original
	}
	sql, err := deserialize(r.ctx, r.bind, selectNode(originals, emptyFrom(), nil), nil)
	if err != nil {
		return err
	}
	texts, err := selectList(sql)
	if err != nil {
		return err
	}
	if len(texts) != len(columns) {
		return refuse(-1, "the names of the result's columns cannot be told; give them aliases with AS")
	}
	for i, c := range columns {
		if str(c.column, "alias") == "" {
			if lambdas {
				texts[i] = keywordLambdas(texts[i])
			}
			c.column["alias"] = typeNamesAsParsed(texts[i], false)
		}
	}
	return nil
}

// selectList gives the texts of the columns in SELECT a, b, c.
func selectList(sql string) ([]string, error) {
	tokens, err := tokenize(sql)
	if err != nil {
		return nil, err
	}
	if len(tokens) < 2 {
		return nil, nil
	}
	var texts []string
	for _, item := range (span{sql, tokens[1:]}).list() {
		texts = append(texts, item.text())
	}
	return texts, nil
}

// lambdaWord reports whether t begins a lambda whose name DuckDB writes with that
// word: a list comprehension is one too.
func lambdaWord(t token) bool { return t.is("lambda") || t.is("for") }

// keywordLambdas writes (x -> e) as (lambda x: e), as DuckDB names a column
// whose statement has the latter.
func keywordLambdas(sql string) string {
	tokens, err := tokenize(sql)
	if err != nil {
		return sql
	}
	var b strings.Builder
	last := 0
	for i, t := range tokens {
		if !t.is("->") || i == 0 {
			continue
		}
		from := i - 1
		parameters := sql[tokens[from].start:tokens[from].end]
		if tokens[from].is(")") {
			for from > 0 && !tokens[from].is("(") {
				from--
			}
			parameters = sql[tokens[from].end:tokens[i-1].start]
			if from > 0 && tokens[from-1].value == "row" {
				from--
			}
		}
		if from == 0 || !tokens[from-1].is("(") || tokens[from].start < last {
			continue
		}
		b.WriteString(sql[last:tokens[from].start])
		b.WriteString("lambda " + parameters + ":")
		last = t.end
	}
	return b.String() + sql[last:]
}

// plainTypes are the types that DuckDB's parser prints without quotes: those that
// are words of its grammar.
var plainTypes = map[string]bool{
	"INTEGER": true, "BIGINT": true, "SMALLINT": true, "FLOAT": true, "DECIMAL": true, "BOOLEAN": true, "VARCHAR": true, "TIME": true,
	"TIMESTAMP": true, "INTERVAL": true, "STRUCT": true, "MAP": true, "UNION": true, "ROW": true,
}

// typeNamesAsParsed writes the types in sql's casts as DuckDB prints them before it
// knows what they are, which is how it names columns: CAST(x AS "DOUBLE"). Not
// those that it adds itself to make an INTERVAL of an expression, in whose
// to_days(CAST(trunc(CAST(x AS DOUBLE)) AS INTEGER)) sql is the middle.
func typeNamesAsParsed(sql string, interval bool) string {
	if !strings.Contains(sql, "CAST(") {
		return sql
	}
	tokens, err := tokenize(sql)
	if err != nil {
		return sql
	}
	var b strings.Builder
	last := 0
	all := span{sql, tokens}
	for i, t := range tokens {
		if !t.is("cast") && !t.is("try_cast") || i+1 >= len(tokens) || !tokens[i+1].is("(") {
			continue
		}
		end := all.find(i+2, ")")
		as := i + 2
		for next := all.find(as, "as"); next < end; next = all.find(next+1, "as") {
			as = next
		}
		if as+1 >= end || end >= len(tokens) || tokens[as].start < last {
			continue
		}
		// What is cast may hold casts.
		b.WriteString(sql[last:tokens[i+1].end])
		inside := i > 1 && tokens[i-1].is("(") && strings.HasPrefix(tokens[i-2].value, "to_")
		b.WriteString(typeNamesAsParsed(sql[tokens[i+1].end:tokens[as].start], inside))
		if name := all.cut(as+1, end); interval && i == 2 && tokens[0].is("trunc") {
			b.WriteString("AS " + name.text())
		} else {
			b.WriteString("AS " + typeAsParsed(name))
		}
		last = tokens[end].start
	}
	return b.String() + sql[last:]
}

// typeAsParsed is one type, the whole of s.
func typeAsParsed(s span) string {
	if len(s.tokens) == 0 {
		return ""
	}
	written := s.sql[s.tokens[0].start:s.tokens[0].end]
	name := strings.ToUpper(written)
	rest := 1
	for rest < len(s.tokens) && s.tokens[rest].kind == word { // TIMESTAMP WITH TIME ZONE
		name += " " + strings.ToUpper(s.tokens[rest].value)
		rest++
	}
	arguments := ""
	if rest < len(s.tokens) && s.tokens[rest].is("(") {
		end := s.find(rest+1, ")")
		var parts []string
		for _, item := range s.cut(rest+1, end).list() {
			switch {
			case len(item.tokens) > 1 && (name == "STRUCT" || name == "UNION"):
				field := s.sql[item.tokens[0].start:item.tokens[0].end]
				parts = append(parts, field+" "+typeAsParsed(item.cut(1, len(item.tokens))))
			case name == "MAP":
				parts = append(parts, typeAsParsed(item))
			default:
				parts = append(parts, item.text())
			}
		}
		arguments, rest = "("+strings.Join(parts, ", ")+")", min(end+1, len(s.tokens))
	}
	switch {
	case s.tokens[0].kind == quoted:
		name = written
	case name == "BIT":
		arguments = "(1)"
	case !plainTypes[name]:
		name = sqltext.Identifier(name)
	}
	tail := s.cut(rest, len(s.tokens)).text()
	return name + arguments + tail
}
