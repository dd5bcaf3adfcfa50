package policy

import "strings"

// readyMask is a mask that a rule names instead of writing it. Each keeps the
// column's type; a type that it knows nothing better for becomes NULL. NULL stays NULL.
type readyMask string

const (
	maskNull     readyMask = "null"
	maskHash     readyMask = "hash"
	maskLastFour readyMask = "last_four"
	maskEmail    readyMask = "email"
	maskYear     readyMask = "year"
)

var readyMasks = []string{string(maskEmail), string(maskHash), string(maskLastFour), string(maskNull), string(maskYear)}

// sql is the mask of a column of that type, as DuckDB spells it; an empty type is
// one that is not known.
func (m readyMask) sql(column, kind string) string {
	c := `"` + strings.ReplaceAll(column, `"`, `""`) + `"`
	nothing := "CASE WHEN FALSE THEN " + c + " END" // NULL of the column's own type
	base, _, _ := strings.Cut(strings.ToUpper(kind), "(")
	var text string
	switch {
	case strings.ContainsAny(kind, "[],"), kind == "":
		return nothing // a list, a decimal, a nested type, or unknown
	case m == maskHash:
		text = hashes[base]
	case m == maskLastFour:
		text = lastFours[base]
	case m == maskEmail && base == "VARCHAR":
		text = "CASE WHEN @ IS NULL THEN NULL WHEN system.main.contains(@, '@@') THEN system.main.left(@, 1) || '***@@' || system.main.split_part(@, '@@', -1) ELSE '***' END"
	case m == maskYear && years[base]:
		text = "system.main.date_trunc('year', @)"
		if base == "DATE" { // date_trunc gives a TIMESTAMP, which has no place for infinity and far dates
			text = "system.main.make_date(system.main.year(@), 1, 1)"
		}
	}
	if text == "" {
		return nothing
	}
	text = strings.NewReplacer("@@", "@", "@", c).Replace(text)
	return "CAST(" + text + " AS " + kind + ")"
}

const digest = "system.main.sha256(CAST(@ AS VARCHAR))"

// whole is a number below 2^bits that is the same for equal values.
func whole(hexDigits string) string {
	return "CAST('0x' || system.main.left(" + digest + ", " + hexDigits + ") AS BIGINT)"
}

var hashes = map[string]string{
	"VARCHAR": "system.main.sha256(@)",
	"BLOB":    "system.main.unhex(system.main.sha256(@))",
	"UUID":    "system.main.left(" + digest + ", 32)",
	"BIGINT":  whole("15"), "UBIGINT": whole("15"), "HUGEINT": whole("15"), "UHUGEINT": whole("15"),
	"INTEGER": whole("7"), "UINTEGER": whole("7"),
}

const lastDigits = "system.main.abs(@ % 10000)" // in this order: the least number has no absolute value

var lastFours = map[string]string{
	"VARCHAR": "CASE WHEN system.main.length(@) > 4 THEN system.main.repeat('*', system.main.length(@) - 4) || system.main.right(@, 4) ELSE system.main.repeat('*', system.main.length(@)) END",
	"BIGINT":  lastDigits, "INTEGER": lastDigits, "HUGEINT": lastDigits, "SMALLINT": lastDigits,
	"UBIGINT": "@ % 10000", "UINTEGER": "@ % 10000", "UHUGEINT": "@ % 10000", "USMALLINT": "@ % 10000",
}

var years = map[string]bool{
	"DATE": true, "TIMESTAMP": true, "TIMESTAMP_S": true, "TIMESTAMP_MS": true, "TIMESTAMP_NS": true, "TIMESTAMP WITH TIME ZONE": true,
}
