// Package wiretype answers in which Arrow type values of a DuckDB type go to clients.
package wiretype

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/lakegate/lakegate/internal/sqltext"
)

// plainTypes are DuckDB's types without arguments as they are on the wire.
var plainTypes = map[string]arrow.DataType{
	"BOOLEAN": arrow.FixedWidthTypes.Boolean,
	"TINYINT": arrow.PrimitiveTypes.Int8, "SMALLINT": arrow.PrimitiveTypes.Int16,
	"INTEGER": arrow.PrimitiveTypes.Int32, "BIGINT": arrow.PrimitiveTypes.Int64,
	"UTINYINT": arrow.PrimitiveTypes.Uint8, "USMALLINT": arrow.PrimitiveTypes.Uint16,
	"UINTEGER": arrow.PrimitiveTypes.Uint32, "UBIGINT": arrow.PrimitiveTypes.Uint64,
	"HUGEINT": &arrow.Decimal128Type{Precision: 38}, "UHUGEINT": &arrow.Decimal128Type{Precision: 38},
	"FLOAT": arrow.PrimitiveTypes.Float32, "DOUBLE": arrow.PrimitiveTypes.Float64,
	"DECIMAL": &arrow.Decimal128Type{Precision: 18, Scale: 3},
	"VARCHAR": arrow.BinaryTypes.String, "UUID": arrow.BinaryTypes.String, "JSON": arrow.BinaryTypes.String,
	"BLOB": arrow.BinaryTypes.Binary, "BIT": arrow.BinaryTypes.String, "BIGNUM": arrow.BinaryTypes.String,
	"GEOMETRY": arrow.BinaryTypes.Binary,
	"DATE":     arrow.FixedWidthTypes.Date32,
	"TIME":     arrow.FixedWidthTypes.Time64us, "TIME_NS": arrow.FixedWidthTypes.Time64ns,
	"TIMESTAMP": &arrow.TimestampType{Unit: arrow.Microsecond}, "TIMESTAMP_S": &arrow.TimestampType{Unit: arrow.Second},
	"TIMESTAMP_MS": &arrow.TimestampType{Unit: arrow.Millisecond}, "TIMESTAMP_NS": &arrow.TimestampType{Unit: arrow.Nanosecond},
	"TIMESTAMP WITH TIME ZONE": &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
	"INTERVAL":                 arrow.FixedWidthTypes.MonthDayNanoInterval,
}

// Of is the wire's type for a type as DuckDB spells it. What is not known is sent
// as text.
func Of(duck string) arrow.DataType {
	p := typeParser{rest: duck}
	t := p.parse(0)
	if p.bad || strings.TrimSpace(p.rest) != "" {
		return arrow.BinaryTypes.String
	}
	return t
}

// typeDepth bounds nesting.
const typeDepth = 64

type typeParser struct {
	rest string
	bad  bool
}

func (p *typeParser) fail() arrow.DataType {
	p.bad, p.rest = true, ""
	return arrow.BinaryTypes.String
}

func (p *typeParser) accept(s string) bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	if !strings.HasPrefix(p.rest, s) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

func (p *typeParser) parse(depth int) arrow.DataType {
	if depth > typeDepth {
		return p.fail()
	}
	p.rest = strings.TrimLeft(p.rest, " ")
	end := strings.IndexAny(p.rest, "(),[]")
	if end < 0 {
		end = len(p.rest)
	}
	name := strings.ToUpper(strings.TrimSpace(p.rest[:end]))
	p.rest = p.rest[end:]
	t := p.base(name, depth)
	for !p.bad && p.accept("[") {
		size, tail, ok := strings.Cut(p.rest, "]")
		if !ok {
			return p.fail()
		}
		p.rest = tail
		if size == "" {
			t = arrow.ListOf(t)
			continue
		}
		n, err := strconv.ParseInt(size, 10, 32)
		if err != nil || n <= 0 {
			return p.fail()
		}
		t = arrow.FixedSizeListOf(int32(n), t)
	}
	return t
}

func (p *typeParser) base(name string, depth int) arrow.DataType {
	if !p.accept("(") {
		if t, ok := plainTypes[name]; ok {
			return t
		}
		return arrow.BinaryTypes.String
	}
	switch name {
	case "DECIMAL", "NUMERIC":
		return p.decimal()
	case "STRUCT":
		return arrow.StructOf(p.fields(depth)...)
	case "UNION":
		fields := p.fields(depth)
		if len(fields) == 0 || len(fields) > 127 {
			return p.fail()
		}
		tags := make([]arrow.UnionTypeCode, len(fields))
		for i := range tags {
			tags[i] = arrow.UnionTypeCode(i) //nolint:gosec // at most 127
		}
		return arrow.SparseUnionOf(fields, tags)
	case "MAP":
		key := p.parse(depth + 1)
		if !p.accept(",") {
			return p.fail()
		}
		value := p.parse(depth + 1)
		if !p.accept(")") {
			return p.fail()
		}
		return arrow.MapOf(key, value)
	}
	// ENUM('a', ...), GEOMETRY('...') and the like: skip what is in the brackets.
	p.skipArguments()
	if t, ok := plainTypes[name]; ok {
		return t
	}
	return arrow.BinaryTypes.String
}

func (p *typeParser) decimal() arrow.DataType {
	args, tail, ok := strings.Cut(p.rest, ")")
	precision, scale, _ := strings.Cut(args, ",")
	w, err1 := strconv.ParseInt(strings.TrimSpace(precision), 10, 32)
	if scale = strings.TrimSpace(scale); scale == "" {
		scale = "0"
	}
	s, err2 := strconv.ParseInt(scale, 10, 32)
	if !ok || err1 != nil || err2 != nil || w < 1 || w > 38 {
		return p.fail()
	}
	p.rest = tail
	return &arrow.Decimal128Type{Precision: int32(w), Scale: int32(s)}
}

// fields reads name type, ...) of a struct or union.
func (p *typeParser) fields(depth int) []arrow.Field {
	var out []arrow.Field
	for !p.bad {
		name := p.fieldName()
		out = append(out, arrow.Field{Name: name, Type: p.parse(depth + 1), Nullable: true})
		if p.accept(")") {
			return out
		}
		if !p.accept(",") {
			p.fail()
		}
	}
	return nil
}

func (p *typeParser) fieldName() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	if strings.HasPrefix(p.rest, `"`) {
		end := sqltext.QuotedEnd(p.rest, 0, '"')
		quoted := p.rest[:end]
		p.rest = p.rest[end:]
		if len(quoted) < 2 || quoted[len(quoted)-1] != '"' {
			p.fail()
			return ""
		}
		return strings.ReplaceAll(quoted[1:len(quoted)-1], `""`, `"`)
	}
	name, tail, ok := strings.Cut(p.rest, " ")
	if !ok {
		p.fail()
		return ""
	}
	p.rest = tail
	return name
}

// skipArguments goes past the bracket that closes.
func (p *typeParser) skipArguments() {
	open := 1
	for i := 0; i < len(p.rest); {
		switch p.rest[i] {
		case '\'':
			i = sqltext.QuotedEnd(p.rest, i, '\'')
			continue
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				p.rest = p.rest[i+1:]
				return
			}
		}
		i++
	}
	p.fail()
}
