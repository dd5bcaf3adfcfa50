package opinion

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// class groups types that the same expressions are made of.
type class uint8

const (
	integer class = iota
	decimal
	double
	text
	boolean
	date
	timestamp
	instant // TIMESTAMP WITH TIME ZONE
	clock
	interval
	blob
	uuid
	enum
	list
	structure
	mapping
	classes
)

type typ struct {
	class  class
	sql    string
	elem   *typ // of a list, and the values of a map
	fields []field
}

// field is a column of a table, or a member of a struct.
type field struct {
	name string
	typ  *typ
}

var (
	bigint     = &typ{class: integer, sql: "BIGINT"}
	varchar    = &typ{class: text, sql: "VARCHAR"}
	aBool      = &typ{class: boolean, sql: "BOOLEAN"}
	aDouble    = &typ{class: double, sql: "DOUBLE"}
	aDecimal   = &typ{class: decimal, sql: "DECIMAL(12,2)"}
	aDate      = &typ{class: date, sql: "DATE"}
	aTimestamp = &typ{class: timestamp, sql: "TIMESTAMP"}
	anInterval = &typ{class: interval, sql: "INTERVAL"}
)

func listOf(t *typ) *typ { return &typ{class: list, sql: t.sql + "[]", elem: t} }

func structOf(fields []field) *typ {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = ident(f.name) + " " + f.typ.sql
	}
	return &typ{class: structure, sql: "STRUCT(" + strings.Join(parts, ", ") + ")", fields: fields}
}

func mapOf(value *typ) *typ {
	return &typ{class: mapping, sql: "MAP(VARCHAR, " + value.sql + ")", elem: value}
}

func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// chance is true in p of 100 cases.
func chance(r *rand.Rand, p int) bool { return r.IntN(100) < p }

// columnType is a random type for a table's column. A DuckLake has no ENUM.
func columnType(r *rand.Rand, lake bool) *typ {
	switch n := r.IntN(100); {
	case n < 3 && !lake: // a DuckLake keeps it as DOUBLE
		return &typ{class: integer, sql: "HUGEINT"}
	case n < 26:
		return &typ{class: integer, sql: pick(r, []string{"INTEGER", "INTEGER", "BIGINT", "BIGINT", "SMALLINT", "TINYINT", "UINTEGER", "UBIGINT"})}
	case n < 48:
		return varchar
	case n < 56:
		return &typ{class: decimal, sql: pick(r, []string{"DECIMAL(12,2)", "DECIMAL(4,1)", "DECIMAL(18,3)", "DECIMAL(30,6)"})}
	case n < 62:
		return &typ{class: double, sql: pick(r, []string{"DOUBLE", "DOUBLE", "FLOAT"})}
	case n < 67:
		return aBool
	case n < 74:
		return aDate
	case n < 79:
		return aTimestamp
	case n < 81:
		return &typ{class: instant, sql: "TIMESTAMP WITH TIME ZONE"}
	case n < 82:
		return &typ{class: clock, sql: "TIME"}
	case n < 83:
		return anInterval
	case n < 84:
		return &typ{class: blob, sql: "BLOB"}
	case n < 86:
		return &typ{class: uuid, sql: "UUID"}
	case n < 88:
		if lake {
			return varchar
		}
		return &typ{class: enum, sql: "ENUM('low', 'mid', 'high')"}
	case n < 92:
		return listOf(pick(r, []*typ{bigint, varchar, aDate}))
	case n < 97:
		fields := []field{{"city", varchar}, {"num", bigint}}
		switch r.IntN(3) {
		case 0:
			fields = append(fields, field{"in", structOf([]field{{"x", bigint}, {"y z", varchar}})})
		case 1:
			fields = append(fields, field{pick(r, []string{"order", "id", "Tags"}), listOf(varchar)})
		}
		return structOf(fields)
	default:
		return mapOf(pick(r, []*typ{bigint, varchar}))
	}
}

var texts = []string{
	"a", "B", "b", "north", "south", "east", "O''Brien", "", "Zoë", "%", "12", "1.5", "2024-02-03", "NULL", "x_y", "ann", "Bob",
	"ann@example.com", "Cy.Young@corp.example.org", "4111-1111-1111-1234", "no at sign", "🦆 duck",
}

// value is an SQL literal of t, which may be NULL where nulls allows.
func value(r *rand.Rand, t *typ, nulls bool) string {
	if nulls && chance(r, 12) {
		if chance(r, 40) && t.class != list && t.class != text && t.class != structure && t.class != mapping {
			return "NULL"
		}
		return "NULL::" + t.sql
	}
	switch t.class {
	case integer:
		switch {
		case chance(r, 60):
			return fmt.Sprint(r.IntN(6))
		case strings.HasPrefix(t.sql, "U"):
			return fmt.Sprint(r.IntN(100))
		case t.sql == "BIGINT" && chance(r, 5):
			return fmt.Sprint(r.Int64N(1 << 40))
		}
		return fmt.Sprint(r.IntN(160) - 60)
	case decimal:
		if t.sql == "DECIMAL(4,1)" {
			return fmt.Sprintf("%d.%d", r.IntN(90)-20, r.IntN(10))
		}
		return fmt.Sprintf("%d.%02d", r.IntN(300)-50, pick(r, []int{0, 25, 50, 99, r.IntN(100)}))
	case double: // whose sums are exact in any order
		return fmt.Sprintf("%d.%s", r.IntN(50)-10, pick(r, []string{"0", "25", "5", "75"}))
	case text:
		if chance(r, 25) {
			return quote(fmt.Sprintf("zq%05d", r.IntN(100000)))
		}
		return "'" + pick(r, texts) + "'"
	case boolean:
		return pick(r, []string{"true", "false"})
	case date:
		return fmt.Sprintf("DATE '20%02d-%02d-%02d'", 20+r.IntN(5), 1+r.IntN(12), 1+r.IntN(28))
	case timestamp, instant:
		zone, name := "", "TIMESTAMP"
		if t.class == instant {
			zone, name = pick(r, []string{"+00", "+02"}), "TIMESTAMPTZ"
		}
		return fmt.Sprintf("%s '20%02d-%02d-%02d %02d:%02d:%02d%s'", name, 20+r.IntN(5), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), 15*r.IntN(4), r.IntN(60), zone)
	case clock:
		return fmt.Sprintf("TIME '%02d:%02d:00'", r.IntN(24), r.IntN(60))
	case interval:
		return fmt.Sprintf("INTERVAL '%d %s'", r.IntN(40), pick(r, []string{"day", "hour", "month"}))
	case blob:
		return fmt.Sprintf(`'\x%02X\x%02Xab'::BLOB`, r.IntN(256), r.IntN(4))
	case uuid:
		return fmt.Sprintf("'%08x-0000-4000-8000-%012x'::UUID", r.IntN(5), r.IntN(5))
	case enum:
		return quote(pick(r, []string{"low", "mid", "high"})) + "::" + t.sql
	case list:
		items := make([]string, r.IntN(4))
		for i := range items {
			items[i] = value(r, t.elem, true)
		}
		return "[" + strings.Join(items, ", ") + "]::" + t.sql
	case structure:
		items := make([]string, len(t.fields))
		for i, f := range t.fields {
			items[i] = ident(f.name) + ": " + value(r, f.typ, true)
		}
		return "{" + strings.Join(items, ", ") + "}::" + t.sql
	case mapping:
		keys := []string{"'k'", "'a'", "'b c'"}
		var items []string
		for _, k := range keys[:r.IntN(4)] {
			items = append(items, k+": "+value(r, t.elem, true))
		}
		return "MAP {" + strings.Join(items, ", ") + "}::" + t.sql
	}
	return "NULL"
}
