package airport

import (
	"strconv"
	"strings"
)

// signature is what a function takes and gives.
type signature struct {
	takes string // names of types, with spaces between them
	gives string // empty: the first of them
}

// functions are those that give the same to the client and here, whatever the session,
// and fail for no value. Names are DuckDB's, which no user's function can hide: none
// can be made.
var functions = map[string][]signature{
	"prefix": textPairs, "suffix": textPairs, "starts_with": textPairs, "ends_with": textPairs, "contains": textPairs,
	"lower": texts, "upper": texts, "lcase": texts, "ucase": texts, "trim": texts, "ltrim": texts, "rtrim": texts,
	"length": textLengths, "len": textLengths, "strlen": textLengths, "char_length": textLengths, "character_length": textLengths,
	"isnan": floatTests, "isinf": floatTests, "isfinite": floatTests,
	"abs": floats, "floor": floats, "ceil": floats, "ceiling": floats,
	"year": dateParts, "month": dateParts, "day": dateParts, "dayofmonth": dateParts, "quarter": dateParts,
	"dayofweek": dateParts, "weekday": dateParts, "isodow": dateParts,
	"hour": timeParts, "minute": timeParts, "second": timeParts,
	"normalized_interval": {{"INTERVAL", ""}},
}

var (
	texts       = []signature{{"VARCHAR", ""}}
	textPairs   = []signature{{"VARCHAR VARCHAR", "BOOLEAN"}}
	textLengths = []signature{{"VARCHAR", "BIGINT"}}
	floats      = []signature{{"DOUBLE", ""}, {"FLOAT", ""}}
	floatPairs  = []signature{{"DOUBLE DOUBLE", ""}, {"FLOAT FLOAT", ""}}
	floatTests  = []signature{{"DOUBLE", "BOOLEAN"}, {"FLOAT", "BOOLEAN"}}
	dateParts   = []signature{{"DATE", "BIGINT"}, {"TIMESTAMP", "BIGINT"}}
	timeParts   = []signature{{"TIMESTAMP", "BIGINT"}}
)

// operators are the functions that are written between their arguments.
var operators = map[string]struct {
	sql        string
	signatures []signature
}{
	"~~": {"LIKE", textPairs}, "!~~": {"NOT LIKE", textPairs}, "~~*": {"ILIKE", textPairs}, "!~~*": {"NOT ILIKE", textPairs},
	"^@": {"^@", textPairs}, "||": {"||", []signature{{"VARCHAR VARCHAR", ""}}},
	"+": {"+", floatPairs}, "-": {"-", floatPairs}, "*": {"*", floatPairs},
}

func (t *translator) function(n *filterNode) (expression, bool) {
	if n.Catalog != "" && n.Catalog != "system" || n.Schema != "" && n.Schema != "main" {
		return expression{}, false
	}
	args := make([]expression, len(n.Children))
	kinds := make([]string, len(n.Children))
	for i, c := range n.Children {
		e, ok := t.expression(c)
		if !ok {
			return expression{}, false
		}
		args[i], kinds[i] = e, e.of.name
	}
	gives, ok := n.Return.scalar()
	if !ok {
		return expression{}, false
	}
	takes := strings.Join(kinds, " ")
	if s, ok := functions[n.Name]; ok && given(s, takes) == gives.name {
		return expression{sql: n.Name + "(" + joined(args, ", ") + ")", of: gives}, true
	}
	if o, ok := operators[n.Name]; ok && given(o.signatures, takes) == gives.name {
		return expression{sql: "(" + joined(args, " "+o.sql+" ") + ")", of: gives}, true
	}
	switch n.Name {
	case "%":
		return remainder(n, args, gives)
	case "substr", "substring":
		return t.substring(n, args)
	}
	return expression{}, false
}

// given is the type that a function with those signatures gives for what it takes.
func given(all []signature, takes string) string {
	for _, s := range all {
		if s.takes == takes {
			if s.gives == "" {
				first, _, _ := strings.Cut(takes, " ")
				return first
			}
			return s.gives
		}
	}
	return ""
}

func joined(args []expression, between string) string {
	sql := make([]string, len(args))
	for i, a := range args {
		sql[i] = a.sql
	}
	return strings.Join(sql, between)
}

// remainder is taken of integers by a positive constant: any other divisor could be
// zero or overflow.
func remainder(n *filterNode, args []expression, gives scalar) (expression, bool) {
	if len(args) != 2 || args[0].of != gives || args[1].of != gives || gives.digits() == 0 {
		return expression{}, false
	}
	if by, ok := smallConstant(n.Children[1]); !ok || by < 1 {
		return expression{}, false
	}
	return expression{sql: "(" + args[0].sql + " % " + args[1].sql + ")", of: gives}, true
}

// substring has bounds that are constants, for DuckDB refuses those of more than 32 bits.
func (t *translator) substring(n *filterNode, args []expression) (expression, bool) {
	if len(args) != 2 && len(args) != 3 || args[0].of != varcharScalar {
		return expression{}, false
	}
	sql := "substring(" + args[0].sql
	for i, a := range args[1:] {
		at, ok := smallConstant(n.Children[i+1])
		if !ok || a.of != bigintScalar {
			return expression{}, false
		}
		sql += ", " + strconv.FormatInt(at, 10)
	}
	return expression{sql: sql + ")", of: varcharScalar}, true
}

func smallConstant(n *filterNode) (int64, bool) {
	if n.Class != "BOUND_CONSTANT" || n.Value == nil || n.Value.Null {
		return 0, false
	}
	v, ok := int64Of(n.Value.Value)
	return v, ok && v > -1<<30 && v < 1<<30
}
