package guard

import "strings"

// unnamedColumn is a result column that has no alias and whose text, which is
// its name, the rewriting would change.
type unnamedColumn struct {
	column   node
	original node
}

// unnamed finds the columns of a query's result that must be given their name.
func (r *rewriter) unnamed(query node) []unnamedColumn {
	var out []unnamedColumn
	if str(query, "type") == "SET_OPERATION_NODE" {
		// Both sides: UNION BY NAME goes by the names.
		return append(r.unnamed(child(query, "left")), r.unnamed(child(query, "right"))...)
	}
	for _, v := range list(query, "select_list") {
		column, ok := v.(node)
		if !ok || str(column, "alias") != "" || str(column, "class") == "COLUMN_REF" {
			continue
		}
		if fragile, expands := inspect(column); fragile && !expands {
			original, _ := clone(column).(node)
			out = append(out, unnamedColumn{column, original})
		}
	}
	return out
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
		case "CAST", "LAMBDA", "SUBQUERY":
			fragile = true
		case "STAR":
			expands = true
		case "COLUMN_REF":
			fragile = len(list(v, "column_names")) > 2
		case "FUNCTION":
			name := strings.ToLower(str(v, "function_name"))
			fragile = strings.HasPrefix(name, "current_") || str(v, "schema") != ""
			expands = name == "unnest" || name == "unlist"
		}
		for _, c := range v {
			visit(c)
		}
	}
	return fragile, expands
}

// rename gives the columns their original text as their alias.
func (r *rewriter) rename(columns []unnamedColumn, lambdas bool) error {
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
			c.column["alias"] = texts[i]
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
