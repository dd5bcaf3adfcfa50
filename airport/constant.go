package airport

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// valueJSON is a constant as DuckDB's serialiser writes it.
type valueJSON struct {
	Type  *typeJSON       `json:"type"`
	Null  bool            `json:"is_null"`
	Value json.RawMessage `json:"value"`
}

// constant is v in SQL. Beside a value of its own type it may be written as plain.
func constant(v *valueJSON) (e expression, plain string, ok bool) {
	if v == nil {
		return expression{}, "", false
	}
	of, ok := v.Type.scalar()
	if !ok {
		return expression{}, "", false
	}
	if v.Null {
		sql := "CAST(NULL AS " + of.sql() + ")"
		return expression{sql: sql, of: of, constant: true}, sql, true
	}
	sql, plain, ok := literalOf(of, v.Value)
	if plain == "" {
		plain = sql
	}
	return expression{sql: sql, of: of, constant: true}, plain, ok
}

// literalOf is the SQL of a value of its exact type. What is out of the type's range
// is none.
func literalOf(of scalar, raw json.RawMessage) (sql, plain string, ok bool) {
	cast := func(s string, ok bool) (string, string, bool) {
		return "CAST(" + sqltext.Literal(s) + " AS " + of.sql() + ")", "", ok
	}
	if of.digits() > 0 {
		return integerLiteral(of, raw)
	}
	switch of.name {
	case "BOOLEAN":
		return string(raw), "", string(raw) == "true" || string(raw) == "false"
	case "VARCHAR":
		s, ok := stringOf(raw)
		return sqltext.Literal(s), "", ok
	case "BLOB":
		return cast(blobText(raw))
	case "FLOAT":
		return cast(floatText(raw, 32))
	case "DOUBLE":
		return cast(floatText(raw, 64))
	case "DECIMAL":
		return cast(decimalText(of, raw))
	case "UUID":
		return cast(uuidText(raw))
	case "INTERVAL":
		return cast(intervalText(raw))
	}
	n, ok := int64Of(raw)
	if !ok {
		return "", "", false
	}
	s, ok := momentText(of.name, n)
	switch of.name {
	case "DATE", "TIME", "TIMESTAMP":
		return of.name + " " + sqltext.Literal(s), "", ok
	case "TIMESTAMP WITH TIME ZONE":
		return "TIMESTAMPTZ " + sqltext.Literal(s), "", ok
	}
	return cast(s, ok)
}

// stringOf is a JSON string that SQL can spell. The decoder puts U+FFFD for what is
// no Unicode, so that what holds it may have been something else.
func stringOf(raw json.RawMessage) (string, bool) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil || strings.ContainsAny(*s, "\x00\uFFFD") {
		return "", false
	}
	return *s, true
}

func int64Of(raw json.RawMessage) (int64, bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

// integerOf is a number, or one of 128 bits in two halves of which the upper has the sign.
func integerOf(raw json.RawMessage) (*big.Int, bool) {
	var halves *struct {
		Upper json.Number `json:"upper"`
		Lower json.Number `json:"lower"`
	}
	if len(raw) == 0 || raw[0] != '{' {
		if len(raw) > 40 {
			return nil, false
		}
		return new(big.Int).SetString(string(raw), 10)
	}
	if json.Unmarshal(raw, &halves) != nil || halves == nil || len(halves.Upper) > 20 {
		return nil, false
	}
	upper, ok := new(big.Int).SetString(halves.Upper.String(), 10)
	lower, err := strconv.ParseUint(halves.Lower.String(), 10, 64)
	if !ok || err != nil {
		return nil, false
	}
	return upper.Add(upper.Lsh(upper, 64), new(big.Int).SetUint64(lower)), true
}

func integerLiteral(of scalar, raw json.RawMessage) (sql, plain string, ok bool) {
	n, ok := integerOf(raw)
	if !ok || !inRange(of, n) {
		return "", "", false
	}
	s := n.String()
	if !n.IsInt64() || n.Int64() == math.MinInt64 { // which the parser would take for wider ones
		return "CAST(" + sqltext.Literal(s) + " AS " + of.name + ")", "", true
	}
	return "CAST(" + s + " AS " + of.name + ")", s, true
}

var integerBits = map[string]uint{
	"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128,
	"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64, "UHUGEINT": 128,
}

func inRange(of scalar, n *big.Int) bool {
	bits := integerBits[of.name]
	if of.name[0] == 'U' {
		return n.Sign() >= 0 && n.BitLen() <= int(bits) //nolint:gosec // at most 128
	}
	limit := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return n.Cmp(limit) < 0 && n.Cmp(limit.Neg(limit)) >= 0
}

// blobText is a BLOB with every byte escaped, of one in which only some are.
func blobText(raw json.RawMessage) (string, bool) {
	s, ok := stringOf(raw)
	if !ok {
		return "", false
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		b := s[i]
		switch {
		case b == '\\':
			if i+4 > len(s) || s[i+1] != 'x' {
				return "", false
			}
			one, err := hex.DecodeString(s[i+2 : i+4])
			if err != nil {
				return "", false
			}
			b, i = one[0], i+3
		case b < ' ' || b > '~':
			return "", false
		}
		fmt.Fprintf(&out, `\x%02X`, b)
	}
	return out.String(), true
}

// floatText is the shortest text that is read back as the same value.
func floatText(raw json.RawMessage, bits int) (string, bool) {
	s := string(raw)
	switch s {
	case `"NaN"`, `"Infinity"`, `"-Infinity"`:
		return strings.Trim(s, `"`), true
	}
	v, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return "", false
	}
	return strconv.FormatFloat(v, 'g', -1, bits), true
}

func decimalText(of scalar, raw json.RawMessage) (string, bool) {
	n, ok := integerOf(raw)
	if !ok {
		return "", false
	}
	sign, s := "", n.String()
	if n.Sign() < 0 {
		sign, s = "-", s[1:]
	}
	if len(s) > of.width {
		return "", false
	}
	if len(s) <= of.scale {
		s = strings.Repeat("0", of.scale+1-len(s)) + s
	}
	if of.scale > 0 {
		s = s[:len(s)-of.scale] + "." + s[len(s)-of.scale:]
	}
	return sign + s, true
}

// uuidText is a UUID of DuckDB's form, a signed number with the top bit the other way round.
func uuidText(raw json.RawMessage) (string, bool) {
	n, ok := integerOf(raw)
	if !ok || !inRange(scalar{name: "HUGEINT"}, n) {
		return "", false
	}
	n.Add(n, new(big.Int).Lsh(big.NewInt(1), 127))
	var b [16]byte
	n.FillBytes(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), true
}

func intervalText(raw json.RawMessage) (string, bool) {
	var v *struct {
		Months *int32 `json:"months"`
		Days   *int32 `json:"days"`
		Micros *int64 `json:"micros"`
	}
	if json.Unmarshal(raw, &v) != nil || v == nil || v.Months == nil || v.Days == nil || v.Micros == nil || *v.Micros == math.MinInt64 {
		return "", false
	}
	return fmt.Sprintf("%d months %d days %d microseconds", *v.Months, *v.Days, *v.Micros), true
}

// Units of the types that count from 1970, or from midnight.
var momentUnits = map[string]time.Duration{
	"TIMESTAMP_S": time.Second, "TIMESTAMP_MS": time.Millisecond, "TIMESTAMP": time.Microsecond,
	"TIMESTAMP WITH TIME ZONE": time.Microsecond, "TIMESTAMP_NS": time.Nanosecond,
	"TIME": time.Microsecond, "TIME_NS": time.Nanosecond,
}

// momentText is a date, time or timestamp, in the years that everybody reads alike.
func momentText(name string, n int64) (string, bool) {
	const day = 24 * time.Hour
	unit := momentUnits[name]
	switch name {
	case "DATE":
		if s, ok := infinityText(n, math.MaxInt32); ok {
			return s, true
		}
		if n < math.MinInt32 || n > math.MaxInt32 {
			return "", false
		}
		at := time.Unix(n*int64(day/time.Second), 0).UTC()
		return at.Format("2006-01-02"), readable(at)
	case "TIME", "TIME_NS":
		if n < 0 || n >= int64(day/unit) {
			return "", false
		}
		return time.Unix(0, n*int64(unit)).UTC().Format("15:04:05.999999999"), true
	}
	if s, ok := infinityText(n, math.MaxInt64); ok {
		return s, true
	}
	if unit == 0 {
		return "", false
	}
	each := int64(time.Second / unit)
	at := time.Unix(n/each, n%each*int64(unit)).UTC()
	format := "2006-01-02 15:04:05.999999999"
	if name == "TIMESTAMP WITH TIME ZONE" {
		format += "+00"
	}
	return at.Format(format), readable(at)
}

func infinityText(n, most int64) (string, bool) {
	switch n {
	case most:
		return "infinity", true
	case -most:
		return "-infinity", true
	}
	return "", false
}

func readable(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }
