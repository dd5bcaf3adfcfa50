package airport

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

var filterTable = catalog.Table{Name: catalog.Name{Catalog: "c", Schema: "s", Table: "t"}, Columns: []catalog.Column{
	{Name: "id", Type: "BIGINT"},
	{Name: "name", Type: "VARCHAR"},
	{Name: `o"d'd`, Type: "DOUBLE"},
	{Name: "kind", Type: "ENUM('a', 'b')"},
	{Name: "n", Type: "DECIMAL(18,3)"},
	{Name: "big", Type: "DECIMAL(38,4)"},
	{Name: "l", Type: "INTEGER[]"},
	{Name: "v", Type: "VARIANT"},
	{Name: "da", Type: "DATE"},
	{Name: "ok", Type: "BOOLEAN"},
	{Name: "u", Type: "UUID"},
	{Name: "ts", Type: "TIMESTAMP"},
	{Name: "f", Type: "FLOAT"},
}}

func filtersOf(exprs ...string) string {
	names := make([]string, 0, len(filterTable.Columns)+1)
	for _, c := range filterTable.Columns {
		names = append(names, fmt.Sprintf("%q", c.Name))
	}
	names = append(names, `"rowid"`, `"nonesuch"`)
	return `{"filters":[` + strings.Join(exprs, ",") + `],"column_binding_names_by_index":[` + strings.Join(names, ",") + `]}`
}

func refOf(at int, typ string) string {
	return fmt.Sprintf(`{"expression_class":"BOUND_COLUMN_REF","type":"BOUND_COLUMN_REF","alias":"","query_location":18446744073709551615,"return_type":%s,"binding":{"table_index":0,"column_index":%d},"depth":0}`, typeOf(typ), at)
}

func typeOf(typ string) string {
	if info, ok := strings.CutPrefix(typ, "{"); ok {
		return "{" + info
	}
	return fmt.Sprintf(`{"id":%q,"type_info":null}`, typ)
}

func constOf(typ, value string) string {
	return fmt.Sprintf(`{"expression_class":"BOUND_CONSTANT","type":"VALUE_CONSTANT","alias":"","query_location":1,"value":{"type":%s,"is_null":false,"value":%s}}`, typeOf(typ), value)
}

func compareOf(typ, left, right string) string {
	return fmt.Sprintf(`{"expression_class":"BOUND_COMPARISON","type":%q,"alias":"","query_location":1,"left":%s,"right":%s}`, typ, left, right)
}

func callOf(name, schema, gives string, args ...string) string {
	return fmt.Sprintf(`{"expression_class":"BOUND_FUNCTION","type":"BOUND_FUNCTION","alias":"","query_location":1,"return_type":%s,"children":[%s],"name":%q,"arguments":[],"original_arguments":[],"catalog_name":"","schema_name":%q,"has_serialize":false,"is_operator":false}`,
		typeOf(gives), strings.Join(args, ","), name, schema)
}

func manyOf(class, typ string, children ...string) string {
	return fmt.Sprintf(`{"expression_class":%q,"type":%q,"alias":"","query_location":1,"return_type":{"id":"BOOLEAN","type_info":null},"children":[%s]}`, class, typ, strings.Join(children, ","))
}

var (
	idIs7    = compareOf("COMPARE_EQUAL", refOf(0, "BIGINT"), constOf("BIGINT", "7"))
	nameIsX  = compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `"x"`))
	unknown  = callOf("hash", "main", "UBIGINT", refOf(0, "BIGINT"))
	isHashed = compareOf("COMPARE_EQUAL", unknown, constOf("UBIGINT", "1"))
)

func TestWhatIsNotKnownIsLeftToTheClientAlone(t *testing.T) {
	t.Parallel()
	const collated, alias = `{"id":"VARCHAR","type_info":{"type":"STRING_TYPE_INFO","alias":"","extension_info":null,"collation":"NOCASE"}}`, `{"id":"BIGINT","type_info":{"type":"X","alias":"mine"}}`
	for what, tt := range map[string]struct {
		filters []string
		want    string
		left    int
	}{
		"both":                          {[]string{idIs7, nameIsX}, `("id" = 7) AND (("name" COLLATE C) = 'x')`, 0},
		"one of two":                    {[]string{isHashed, idIs7}, `("id" = 7)`, 1},
		"within AND":                    {[]string{manyOf("BOUND_CONJUNCTION", "CONJUNCTION_AND", idIs7, isHashed)}, `("id" = 7)`, 1},
		"within OR":                     {[]string{manyOf("BOUND_CONJUNCTION", "CONJUNCTION_OR", idIs7, isHashed)}, ``, 1},
		"within NOT":                    {[]string{manyOf("BOUND_OPERATOR", "OPERATOR_NOT", manyOf("BOUND_CONJUNCTION", "CONJUNCTION_AND", idIs7, isHashed))}, ``, 1},
		"no filter":                     {nil, ``, 0},
		"null":                          {[]string{"null"}, ``, 1},
		"a number":                      {[]string{"1"}, ``, 1},
		"another class":                 {[]string{`{"expression_class":"BOUND_DYNAMIC_FILTER","type":"X"}`}, ``, 1},
		"a key that is not known":       {[]string{strings.Replace(idIs7, `"alias":""`, `"negated":true`, 1)}, ``, 1},
		"the row's number":              {[]string{compareOf("COMPARE_EQUAL", refOf(13, "BIGINT"), constOf("BIGINT", "7"))}, ``, 1},
		"no such column":                {[]string{compareOf("COMPARE_EQUAL", refOf(14, "BIGINT"), constOf("BIGINT", "7"))}, ``, 1},
		"no such number":                {[]string{compareOf("COMPARE_EQUAL", refOf(15, "BIGINT"), constOf("BIGINT", "7"))}, ``, 1},
		"another query's column":        {[]string{strings.Replace(idIs7, `"depth":0`, `"depth":1`, 1)}, ``, 1},
		"a column of another type":      {[]string{compareOf("COMPARE_EQUAL", refOf(0, "INTEGER"), constOf("INTEGER", "7"))}, ``, 1},
		"types that differ":             {[]string{compareOf("COMPARE_EQUAL", refOf(0, "BIGINT"), constOf("INTEGER", "7"))}, ``, 1},
		"an enum as text":               {[]string{compareOf("COMPARE_EQUAL", refOf(3, "VARCHAR"), constOf("VARCHAR", `"a"`))}, `(CAST("kind" AS VARCHAR) = 'a')`, 0},
		"a collation":                   {[]string{compareOf("COMPARE_EQUAL", refOf(1, collated), constOf("VARCHAR", `"a"`))}, ``, 1},
		"a type's other name":           {[]string{compareOf("COMPARE_EQUAL", refOf(0, alias), constOf("BIGINT", "7"))}, ``, 1},
		"a variant":                     {[]string{manyOf("BOUND_OPERATOR", "OPERATOR_IS_NULL", refOf(7, "VARCHAR"))}, ``, 1},
		"a list that is null":           {[]string{manyOf("BOUND_OPERATOR", "OPERATOR_IS_NULL", refOf(6, "LIST"))}, `("l" IS NULL)`, 0},
		"a user's function":             {[]string{callOf("prefix", "mine", "BOOLEAN", refOf(1, "VARCHAR"), constOf("VARCHAR", `"a"`))}, ``, 1},
		"a function of other types":     {[]string{callOf("prefix", "main", "BOOLEAN", refOf(0, "BIGINT"), constOf("VARCHAR", `"a"`))}, ``, 1},
		"a function":                    {[]string{callOf("prefix", "main", "BOOLEAN", refOf(1, "VARCHAR"), constOf("VARCHAR", `"a'"`))}, `prefix(("name" COLLATE C), 'a''')`, 0},
		"a value that is no condition":  {[]string{refOf(0, "BIGINT")}, ``, 1},
		"a condition alone":             {[]string{refOf(9, "BOOLEAN")}, `"ok"`, 0},
		"a text with a zero byte":       {[]string{compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `"a\u0000b"`))}, ``, 1},
		"half a surrogate":              {[]string{compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `"\ud800"`))}, ``, 1},
		"text that is no UTF-8":         {[]string{compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `{"base64":"/w=="}`))}, ``, 1},
		"a number out of range":         {[]string{compareOf("COMPARE_EQUAL", refOf(0, "BIGINT"), constOf("BIGINT", "9223372036854775808"))}, ``, 1},
		"an integer with a dot":         {[]string{compareOf("COMPARE_EQUAL", refOf(0, "BIGINT"), constOf("BIGINT", "7.0"))}, ``, 1},
		"a decimal of too many digits":  {[]string{compareOf("COMPARE_EQUAL", refOf(4, decimalType(18, 3)), constOf(decimalType(18, 3), "1000000000000000000"))}, ``, 1},
		"a decimal":                     {[]string{compareOf("COMPARE_EQUAL", refOf(4, decimalType(18, 3)), constOf(decimalType(18, 3), "-1"))}, `("n" = CAST('-0.001' AS DECIMAL(18,3)))`, 0},
		"a wide decimal":                {[]string{compareOf("COMPARE_EQUAL", refOf(5, decimalType(38, 4)), constOf(decimalType(38, 4), `{"upper":6692,"lower":11177671081359490728}`))}, `("big" = CAST('12345678901234567890.5000' AS DECIMAL(38,4)))`, 0},
		"NaN without quotes":            {[]string{compareOf("COMPARE_LESSTHAN", refOf(2, "DOUBLE"), constOf("DOUBLE", "NaN"))}, `("o""d'd" < CAST('NaN' AS DOUBLE))`, 0},
		"minus infinity":                {[]string{compareOf("COMPARE_LESSTHAN", refOf(2, "DOUBLE"), constOf("DOUBLE", "-Infinity"))}, `("o""d'd" < CAST('-Infinity' AS DOUBLE))`, 0},
		"a text that spells NaN":        {[]string{compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `"NaN \" NaN"`))}, `(("name" COLLATE C) = 'NaN " NaN')`, 0},
		"a float, no more of it":        {[]string{compareOf("COMPARE_EQUAL", refOf(12, "FLOAT"), constOf("FLOAT", "0.10000000149011612"))}, `("f" = CAST('0.1' AS FLOAT))`, 0},
		"a UUID":                        {[]string{compareOf("COMPARE_EQUAL", refOf(10, "UUID"), constOf("UUID", `{"upper":-3094390754620259884,"lower":12039885860129472512}`))}, `("u" = CAST('550e8400-e29b-41d4-a716-446655440000' AS UUID))`, 0},
		"years that none would write":   {[]string{compareOf("COMPARE_EQUAL", refOf(8, "DATE"), constOf("DATE", "2147483646"))}, ``, 1},
		"the end of time":               {[]string{compareOf("COMPARE_LESSTHAN", refOf(11, "TIMESTAMP"), constOf("TIMESTAMP", "9223372036854775807"))}, `("ts" < TIMESTAMP 'infinity')`, 0},
		"a cast that can fail":          {[]string{compareOf("COMPARE_EQUAL", castOf(refOf(1, "VARCHAR"), "BIGINT", false), constOf("BIGINT", "7"))}, ``, 1},
		"the same that cannot":          {[]string{compareOf("COMPARE_EQUAL", castOf(refOf(1, "VARCHAR"), "BIGINT", true), constOf("BIGINT", "7"))}, `(TRY_CAST(("name" COLLATE C) AS BIGINT) = 7)`, 0},
		"a zone's cast":                 {[]string{compareOf("COMPARE_EQUAL", castOf(refOf(11, "TIMESTAMP"), "TIMESTAMP WITH TIME ZONE", true), constOf("TIMESTAMP WITH TIME ZONE", "7"))}, ``, 1},
		"BETWEEN, of which one is open": {[]string{`{"expression_class":"BOUND_BETWEEN","type":"COMPARE_BETWEEN","alias":"","query_location":1,"input":` + refOf(0, "BIGINT") + `,"lower":` + constOf("BIGINT", "1") + `,"upper":` + constOf("BIGINT", "9") + `,"lower_inclusive":true,"upper_inclusive":false}`}, `(("id" >= 1) AND ("id" < 9))`, 0},
		"IN":                            {[]string{manyOf("BOUND_OPERATOR", "COMPARE_IN", refOf(0, "BIGINT"), constOf("BIGINT", "1"), constOf("BIGINT", "-9223372036854775808"))}, `("id" IN (1, CAST('-9223372036854775808' AS BIGINT)))`, 0},
		"NOT IN of another type":        {[]string{manyOf("BOUND_OPERATOR", "COMPARE_NOT_IN", refOf(0, "BIGINT"), constOf("INTEGER", "1"))}, ``, 1},
		"a divisor of zero":             {[]string{compareOf("COMPARE_EQUAL", callOf("%", "main", "BIGINT", refOf(0, "BIGINT"), constOf("BIGINT", "0")), constOf("BIGINT", "7"))}, ``, 1},
		"a substring out of range":      {[]string{compareOf("COMPARE_EQUAL", callOf("substr", "main", "VARCHAR", refOf(1, "VARCHAR"), constOf("BIGINT", "99999999999")), constOf("VARCHAR", `"x"`))}, ``, 1},
	} {
		got, err := condition(filterTable, filtersOf(tt.filters...))
		if err != nil || got.sql != tt.want || got.left != tt.left {
			t.Errorf("%s: %q with %d left, %v; want %q with %d", what, got.sql, got.left, err, tt.want, tt.left)
		}
	}
}

func decimalType(width, scale int) string {
	return fmt.Sprintf(`{"id":"DECIMAL","type_info":{"type":"DECIMAL_TYPE_INFO","alias":"","extension_info":null,"width":%d,"scale":%d}}`, width, scale)
}

func castOf(child, to string, try bool) string {
	return fmt.Sprintf(`{"expression_class":"BOUND_CAST","type":"OPERATOR_CAST","alias":"","query_location":1,"child":%s,"return_type":%s,"try_cast":%t}`, child, typeOf(to), try)
}

func TestFiltersThatAreNoneAreMalformed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"x", "{", "[]", "null", "{}", `{"filters":[]}`, `{"column_binding_names_by_index":[]}`, `{"filters":{},"column_binding_names_by_index":[]}`,
		`{"filters":[],"column_binding_names_by_index":[1]}`, filtersOf(idIs7) + "x", `{"filters":[],"column_binding_names_by_index":[]`, `"`, `"\`,
	} {
		if _, err := ScanOf(filterTable, ScanParameters{Filters: text}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if s, err := ScanOf(filterTable, ScanParameters{}); err != nil || s.Where != "" {
		t.Errorf("no filters: %+v, %v", s, err)
	}
}

func TestFiltersBeyondTheBoundsAreNotPushed(t *testing.T) {
	t.Parallel()
	not := func(n int) string {
		return strings.Repeat(`{"expression_class":"BOUND_OPERATOR","type":"OPERATOR_NOT","children":[`, n) + idIs7 + strings.Repeat("]}", n)
	}
	var many []string
	for range filterNodes {
		many = append(many, constOf("BIGINT", "1"))
	}
	blob := `"` + strings.Repeat("x", filterSQL/4) + `"`
	for what, tt := range map[string]struct {
		filter string
		pushed bool
	}{
		"deep":          {not(45), true},
		"too deep":      {not(60), false},
		"many":          {manyOf("BOUND_OPERATOR", "COMPARE_IN", append([]string{refOf(0, "BIGINT")}, many[:4000]...)...), true},
		"too many":      {manyOf("BOUND_OPERATOR", "COMPARE_IN", append([]string{refOf(0, "BIGINT")}, many...)...), false},
		"too large":     {compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `"`+strings.Repeat("x", filterBytes)+`"`)), false},
		"too large SQL": {compareOf("COMPARE_EQUAL", constOf("BLOB", blob), constOf("BLOB", blob)), false},
		"no UTF-8":      {compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", "\"\xff\"")), false},
	} {
		s, err := ScanOf(filterTable, ScanParameters{Filters: filtersOf(tt.filter)})
		if err != nil || (s.Where != "") != tt.pushed {
			t.Errorf("%s: %d bytes of condition, %v", what, len(s.Where), err)
		}
	}
}

// token is one piece of a condition: a quoted text or name, a number, a word, or a sign.
var token = regexp.MustCompile(`^(?:'(?:[^'\x00]|'')*'|"(?:[^"\x00]|"")*"|-?[0-9]+|[A-Za-z_]+[0-9]*|[()=<>,~^@|+*% -]|!)`)

var conditionWords = strings.Fields(`AND OR NOT IN IS NULL DISTINCT FROM CASE WHEN THEN ELSE END CAST TRY_CAST AS COLLATE C LIKE ILIKE true false
	DECIMAL TIMESTAMPTZ WITH ZONE coalesce substring`)

// sound reports what is wrong with a condition: all of it must be texts, the table's
// columns, and the few words that conditions are made of.
func sound(table catalog.Table, sql string) error {
	open := 0
	for rest := sql; rest != ""; {
		word := token.FindString(rest)
		if word == "" {
			return fmt.Errorf("%q is no part of a condition", rest)
		}
		rest = rest[len(word):]
		switch c := word[0]; {
		case c == '(':
			open++
		case c == ')':
			if open--; open < 0 {
				return errors.New("a bracket closes what none opened")
			}
		case c == '"':
			if !slices.ContainsFunc(table.Columns, func(c catalog.Column) bool { return sqltext.Identifier(c.Name) == word }) {
				return fmt.Errorf("%s is no column", word)
			}
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			if _, ok := functions[word]; !ok && !sameScalars[word] && !slices.Contains(conditionWords, word) {
				return fmt.Errorf("%s is no word of conditions", word)
			}
		}
	}
	if open != 0 {
		return fmt.Errorf("%d brackets stay open", open)
	}
	return nil
}

func FuzzFilters(f *testing.F) {
	f.Add(filtersOf(idIs7, nameIsX, isHashed))
	f.Add(filtersOf(compareOf("COMPARE_EQUAL", refOf(1, "VARCHAR"), constOf("VARCHAR", `"' OR 1=1 --"`))))
	f.Add(filtersOf(compareOf("COMPARE_EQUAL", refOf(2, "DOUBLE"), constOf("DOUBLE", `-Infinity`))))
	f.Fuzz(func(t *testing.T, text string) {
		for _, table := range []catalog.Table{filterTable, hereTable} {
			got, err := condition(table, text)
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Error(err)
				}
				continue
			}
			if err := sound(table, got.sql); err != nil {
				t.Errorf("%s: %v", got.sql, err)
			}
			if again, _ := condition(table, text); again != got {
				t.Errorf("%q the first time, %q the second", got.sql, again.sql)
			}
		}
	})
}

// grower makes expressions of bytes, most of them well formed.
type grower struct{ bytes []byte }

func (g *grower) pick(n int) int {
	if len(g.bytes) == 0 {
		return 0
	}
	b := g.bytes[0]
	g.bytes = g.bytes[1:]
	return int(b) % n
}

func (g *grower) of(words ...string) string { return words[g.pick(len(words))] }

func (g *grower) text() string {
	n := min(g.pick(8), len(g.bytes))
	b, err := json.Marshal(string(g.bytes[:n]))
	if err != nil {
		return `""`
	}
	g.bytes = g.bytes[n:]
	return string(b)
}

func (g *grower) grow(depth int) string {
	typ := g.of("BIGINT", "VARCHAR", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "BLOB", "UUID", "FLOAT", "INTERVAL", decimalType(18, 3))
	if depth == 0 {
		if g.pick(2) == 0 {
			return refOf(g.pick(len(filterTable.Columns)+3), typ)
		}
		return constOf(typ, g.of(g.text(), "7", "-1", "true", "NaN", "1e400", "9223372036854775807", `{"upper":1,"lower":2}`, `{"months":1,"days":2,"micros":-3}`, "null", `"\\x00'"`))
	}
	sub := func() string { return g.grow(depth - 1) }
	switch g.pick(7) {
	case 0:
		return compareOf(g.of("COMPARE_EQUAL", "COMPARE_LESSTHAN", "COMPARE_DISTINCT_FROM", "COMPARE_X"), sub(), sub())
	case 1:
		return manyOf("BOUND_CONJUNCTION", g.of("CONJUNCTION_AND", "CONJUNCTION_OR"), sub(), sub(), sub())
	case 2:
		return manyOf("BOUND_OPERATOR", g.of("COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_COALESCE"), sub(), sub())
	case 3:
		return manyOf("BOUND_OPERATOR", g.of("OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL"), sub())
	case 4:
		return castOf(sub(), typ, g.pick(2) == 0)
	case 5:
		return callOf(g.of("prefix", "||", "~~", "+", "%", "substr", "contains", "'); x("), g.of("main", "", "mine"), typ, sub(), sub())
	}
	return callOf(g.of("lower", "year", "abs", "isnan", "length"), "main", typ, sub())
}

func FuzzExpressions(f *testing.F) {
	f.Add([]byte("0123456789"), byte(2))
	f.Fuzz(func(t *testing.T, b []byte, depth byte) {
		g := &grower{b}
		got, err := condition(filterTable, filtersOf(g.grow(int(depth%5)), g.grow(1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := sound(filterTable, got.sql); err != nil {
			t.Errorf("%s: %v", got.sql, err)
		}
	})
}

// hereTable has the columns of testdata/here.sql, whose filters are in the corpus.
var hereTable = catalog.Table{Name: catalog.Name{Catalog: "memory", Schema: "main", Table: "here"}, Columns: []catalog.Column{
	{Name: "k", Type: "INTEGER"},
	{Name: "i4", Type: "INTEGER"},
	{Name: "i8", Type: "BIGINT"},
	{Name: "i16", Type: "HUGEINT"},
	{Name: "u8", Type: "UBIGINT"},
	{Name: "b", Type: "BOOLEAN"},
	{Name: "f", Type: "FLOAT"},
	{Name: "d", Type: "DOUBLE"},
	{Name: "n", Type: "DECIMAL(18,3)"},
	{Name: "nn", Type: "DECIMAL(38,10)"},
	{Name: "s", Type: "VARCHAR"},
	{Name: "c", Type: "VARCHAR"},
	{Name: `q "'x`, Type: "VARCHAR"},
	{Name: "bl", Type: "BLOB"},
	{Name: "id", Type: "UUID"},
	{Name: "da", Type: "DATE"},
	{Name: "ts", Type: "TIMESTAMP"},
	{Name: "tz", Type: "TIMESTAMP WITH TIME ZONE"},
	{Name: "iv", Type: "INTERVAL"},
	{Name: "e", Type: "ENUM('low', 'High', 'mid')"},
	{Name: "j", Type: "JSON"},
	{Name: "l", Type: "INTEGER[]"},
}}
