package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// The CASE around the condition of a change of a filtered table keeps DuckDB from
// computing anything of the caller's over rows that are filtered away, and from a
// hash join with what stands after FROM or USING too: each row would meet each.
// So those parts of the condition that are an equality of two columns of one type
// stand beside the CASE once more. They cannot fail, whatever the rows hold.

// comparable are the types whose equality is a comparison of bytes or numbers as
// they are stored, in DuckDB's tables as in Parquet.
var comparable = wordSet(strings.ReplaceAll(`TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE BOOLEAN VARCHAR DATE TIMESTAMP UUID`, " ", "\n"))

// equalities are the parts of the condition, an expression of that number, that
// may be computed over all of the target's rows.
func (p *pieces) equalities(condition int) []string {
	if condition < 0 || condition >= len(p.trees) || p.scope == nil || len(p.from.tokens) == 0 {
		return nil
	}
	var out []string
	for _, part := range conjuncts(p.trees[condition]) {
		n, _ := part.(node)
		if str(n, "class") != "COMPARISON" || str(n, "type") != "COMPARE_EQUAL" {
			continue
		}
		left, right := p.storedColumn(n["left"]), p.storedColumn(n["right"])
		if left.kind != "" && left.kind == right.kind && left.target != right.target {
			out = append(out, left.text+" = "+right.text)
		}
	}
	return out
}

// conjuncts are the parts of v that AND joins.
func conjuncts(v any) []any {
	n, _ := v.(node)
	if str(n, "class") != "CONJUNCTION" || str(n, "type") != "CONJUNCTION_AND" {
		return []any{v}
	}
	var out []any
	for _, c := range list(n, "children") {
		out = append(out, conjuncts(c)...)
	}
	return out
}

// storedColumn is a column as it is stored; without a kind if it is none.
type storedColumn struct {
	text, kind string
	target     bool // it is the target's
}

// storedColumn finds the one column that an expression names, of the target or of
// a table after FROM or USING.
func (p *pieces) storedColumn(v any) storedColumn {
	n, _ := v.(node)
	form := "%s"
	if args := list(n, "children"); same(str(n, "function_name"), "least") && len(args) == 1 { // see castApart
		n, _ = args[0].(node)
		form = "system.main.least(%s)"
	}
	src, column := p.named(n)
	if column == nil || column.Mask != "" || !comparable[strings.ToLower(column.Type)] {
		return storedColumn{}
	}
	text := fmt.Sprintf(form, sqltext.Identifier(src.alias)+"."+sqltext.Identifier(column.Name))
	return storedColumn{text, strings.ToUpper(column.Type), src == p.scope.sources[0]}
}

// targetColumn is the target's column that n names; nil if it names none.
func (p *pieces) targetColumn(n node) *catalog.Column {
	src, column := p.named(n)
	if column == nil || src != p.scope.sources[0] {
		return nil
	}
	return column
}

// named is the one column that n names, of the target or of a table of the View
// beside it, and where it is from; nil where there may be others.
func (p *pieces) named(n node) (*source, *catalog.Column) {
	names := texts(list(n, "column_names"))
	if str(n, "class") != "COLUMN_REF" || len(names) == 0 || len(names) > 2 || p.scope == nil {
		return nil, nil
	}
	name := names[len(names)-1]
	var found *source
	for _, src := range p.scope.sources {
		if len(names) == 2 && !same(src.alias, names[0]) || !src.mayHave(name) {
			continue
		}
		if found != nil {
			return nil, nil
		}
		found = src
	}
	if found == nil || found.other {
		return nil, nil
	}
	columns := p.target.Columns
	if found != p.scope.sources[0] {
		if found.table == nil || found.table.Kind != catalog.BaseTable {
			return nil, nil
		}
		columns = found.table.Columns
	}
	i := slices.IndexFunc(columns, func(c catalog.Column) bool { return same(c.Name, name) })
	if i < 0 {
		return nil, nil
	}
	return found, &columns[i]
}
