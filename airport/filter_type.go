package airport

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// scalar is a type that has no types within it.
type scalar struct {
	name         string
	width, scale int // of a DECIMAL
}

var (
	booleanScalar   = scalar{name: "BOOLEAN"}
	varcharScalar   = scalar{name: "VARCHAR"}
	bigintScalar    = scalar{name: "BIGINT"}
	doubleScalar    = scalar{name: "DOUBLE"}
	floatScalar     = scalar{name: "FLOAT"}
	dateScalar      = scalar{name: "DATE"}
	timestampScalar = scalar{name: "TIMESTAMP"}
)

func (k scalar) sql() string {
	if k.name == "DECIMAL" {
		return "DECIMAL(" + strconv.Itoa(k.width) + "," + strconv.Itoa(k.scale) + ")"
	}
	return k.name
}

// sameScalars are those without arguments whose values and comparisons are the same
// for the client and here.
var sameScalars = map[string]bool{
	"BOOLEAN": true, "TINYINT": true, "SMALLINT": true, "INTEGER": true, "BIGINT": true, "UTINYINT": true, "USMALLINT": true, "UINTEGER": true,
	"UBIGINT": true, "HUGEINT": true, "UHUGEINT": true, "FLOAT": true, "DOUBLE": true, "VARCHAR": true, "BLOB": true, "UUID": true, "DATE": true,
	"TIME": true, "TIME_NS": true, "TIMESTAMP": true, "TIMESTAMP_S": true, "TIMESTAMP_MS": true, "TIMESTAMP_NS": true,
	"TIMESTAMP WITH TIME ZONE": true, "INTERVAL": true,
}

// spelledText are the types that the client may see as text.
var spelledText = map[string]bool{"JSON": true, "ENUM": true, "BIT": true, "BIGNUM": true, "TIME WITH TIME ZONE": true, "UUID": true}

// typeJSON is a type as DuckDB's serialiser writes it.
type typeJSON struct {
	ID   string          `json:"id"`
	Info json.RawMessage `json:"type_info"`
}

// scalar is what t is; JSON is text, which it is to comparisons.
func (t *typeJSON) scalar() (scalar, bool) {
	if t == nil {
		return scalar{}, false
	}
	var info *struct {
		Alias     string          `json:"alias"`
		Extension json.RawMessage `json:"extension_info"`
		Collation string          `json:"collation"`
		Width     int             `json:"width"`
		Scale     int             `json:"scale"`
	}
	if len(t.Info) > 0 && json.Unmarshal(t.Info, &info) != nil {
		return scalar{}, false
	}
	switch {
	case t.ID == "DECIMAL" && info != nil && info.Alias == "" && absent(info.Extension):
		k := scalar{t.ID, info.Width, info.Scale}
		return k, k.width >= 1 && k.width <= 38 && k.scale >= 0 && k.scale <= k.width
	case !sameScalars[t.ID]:
		return scalar{}, false
	case info == nil:
		return scalar{name: t.ID}, true
	case t.ID == "VARCHAR":
		return varcharScalar, (info.Alias == "" || info.Alias == "JSON") && info.Collation == "" && absent(info.Extension)
	}
	return scalar{}, false
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// ownScalar is the name and, of a DECIMAL, the arguments of a column's type.
func ownScalar(c catalog.Column) scalar {
	name, args, _ := strings.Cut(c.Type, "(")
	if strings.HasSuffix(c.Type, "]") {
		return scalar{name: "LIST"}
	}
	k := scalar{name: strings.ToUpper(strings.TrimSpace(name))}
	if k.name != "DECIMAL" {
		return k
	}
	width, scale, _ := strings.Cut(strings.TrimSuffix(args, ")"), ",")
	w, err1 := strconv.Atoi(strings.TrimSpace(width))
	s, err2 := strconv.Atoi(strings.TrimSpace(scale))
	if err1 != nil || err2 != nil {
		return scalar{}
	}
	k.width, k.scale = w, s
	return k
}

// seenAs is a reference to c as the client sees it.
func seenAs(c catalog.Column, seen scalar) (string, bool) {
	have := ownScalar(c)
	switch {
	case seen == varcharScalar && have == varcharScalar:
		// A column may have a collation, of which the client does not know.
		return "(" + sqltext.Identifier(c.Name) + " COLLATE C)", true
	case seen == have:
		return sqltext.Identifier(c.Name), true
	case seen == varcharScalar && spelledText[have.name]:
		return "CAST(" + sqltext.Identifier(c.Name) + " AS VARCHAR)", true
	}
	return "", false
}

// digits is how many an integer may have; 0 for what is none.
func (k scalar) digits() int { return integers[k.name].digits }

var integers = map[string]struct {
	digits int
	wider  string // the integers that hold all of its values
}{
	"TINYINT":   {3, "SMALLINT INTEGER BIGINT HUGEINT"},
	"SMALLINT":  {5, "INTEGER BIGINT HUGEINT"},
	"INTEGER":   {10, "BIGINT HUGEINT"},
	"BIGINT":    {19, "HUGEINT"},
	"UTINYINT":  {3, "SMALLINT INTEGER BIGINT USMALLINT UINTEGER UBIGINT HUGEINT UHUGEINT"},
	"USMALLINT": {5, "INTEGER BIGINT UINTEGER UBIGINT HUGEINT UHUGEINT"},
	"UINTEGER":  {10, "BIGINT UBIGINT HUGEINT UHUGEINT"},
	"UBIGINT":   {20, "HUGEINT UHUGEINT"},
	"HUGEINT":   {39, ""},
	"UHUGEINT":  {39, ""},
}

// printed are those of which every value has one text, whatever the session.
var printed = map[string]bool{"BOOLEAN": true, "DATE": true, "TIMESTAMP": true, "UUID": true}

// casts reports whether every value of one has a value of the other, the same
// for the client and here. DATE to TIMESTAMP is none: far dates have no timestamp.
func casts(from, to scalar) bool {
	digits := from.digits()
	switch {
	case from == to:
		return true
	case to == varcharScalar:
		return digits > 0 || printed[from.name]
	case digits > 0 && to.digits() > 0:
		return hasWord(integers[from.name].wider, to.name)
	case digits > 0 && to.name == "DECIMAL":
		return to.width-to.scale >= digits
	case from.name == "DECIMAL" && to.name == "DECIMAL":
		return to.scale >= from.scale && to.width-to.scale >= from.width-from.scale
	case to == doubleScalar:
		return digits > 0 && digits < 39 || from == floatScalar || from.name == "DECIMAL"
	case to == floatScalar:
		return digits > 0 && digits < 39
	}
	return from == timestampScalar && to == dateScalar
}

// tries reports whether TRY_CAST gives the same for the client and here.
func tries(from, to scalar) bool {
	switch {
	case from == varcharScalar:
		return to.digits() > 0 || to == doubleScalar || to == booleanScalar || to == dateScalar || to.name == "DECIMAL" || to.name == "UUID"
	case from.digits() > 0:
		return to.digits() > 0 || to.name == "DECIMAL"
	}
	return false
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// jsonAlias reports whether t is JSON, or another name for a type.
func jsonAlias(t *typeJSON) bool {
	var info *struct {
		Alias string `json:"alias"`
	}
	return len(t.Info) > 0 && (json.Unmarshal(t.Info, &info) != nil || info != nil && info.Alias != "")
}
