package airport

import "strings"

// defaultFunctions are the functions in defaults that the client computes as the
// server would, up to its clock.
var defaultFunctions = map[string]bool{
	"now": true, "transaction_timestamp": true, "get_current_timestamp": true, "today": true,
	"random": true, "uuid": true, "gen_random_uuid": true, "uuidv4": true, "uuidv7": true,
}

// defaultWords are constants, and functions that are written without brackets.
var defaultWords = map[string]bool{
	"true": true, "false": true, "null": true, "current_timestamp": true, "current_date": true,
}

// defaultTypes are the types that every client has, with each word of their names.
var defaultTypes = map[string]bool{
	"BOOLEAN": true, "TINYINT": true, "SMALLINT": true, "INTEGER": true, "BIGINT": true, "HUGEINT": true,
	"UTINYINT": true, "USMALLINT": true, "UINTEGER": true, "UBIGINT": true, "UHUGEINT": true,
	"FLOAT": true, "DOUBLE": true, "DECIMAL": true, "VARCHAR": true, "BLOB": true, "UUID": true,
	"DATE": true, "TIME": true, "INTERVAL": true, "TIMESTAMP": true, "TIMESTAMP WITH TIME ZONE": true, "TIMESTAMPTZ": true,
	"TIMESTAMP_S": true, "TIMESTAMP_MS": true, "TIMESTAMP_NS": true,
}

// Bounds of what is looked at.
const (
	defaultDepth = 16
	defaultMost  = 4 << 10
)

// clientDefault reports whether a column's default means for the client what it
// means here: a constant, a cast of one to a common type, or one of a few functions
// without arguments. What names anything else, such as a sequence, is not sent: the
// client would look for it in itself.
func clientDefault(sql string) bool {
	p := defaultParser{rest: sql}
	return len(sql) <= defaultMost && p.expression(0) && strings.TrimSpace(p.rest) == ""
}

type defaultParser struct{ rest string }

// expression reads one with the casts behind it.
func (p *defaultParser) expression(depth int) bool {
	if depth > defaultDepth || !p.primary(depth) {
		return false
	}
	for p.accept("::") {
		if !p.typeName() {
			return false
		}
	}
	return true
}

func (p *defaultParser) primary(depth int) bool {
	switch {
	case p.accept("("):
		return p.expression(depth+1) && p.accept(")")
	case p.accept("-") || p.accept("+"):
		return p.number()
	case p.text() || p.number():
		return true
	}
	word := strings.ToLower(p.word())
	switch {
	case word == "":
		return false
	case word == "cast":
		return p.accept("(") && p.expression(depth+1) && strings.EqualFold(p.word(), "as") && p.typeName() && p.accept(")")
	case p.accept("("):
		return defaultFunctions[word] && p.accept(")")
	case defaultWords[word]:
		return true
	}
	return (word == "date" || word == "timestamp" || word == "timestamptz" || word == "time" || word == "interval") && p.text()
}

// typeName reads one of defaultTypes, with numbers as its arguments.
func (p *defaultParser) typeName() bool {
	name := strings.ToUpper(p.word())
	if rest := p.rest; name == "TIMESTAMP" {
		if strings.EqualFold(p.word(), "with") && strings.EqualFold(p.word(), "time") && strings.EqualFold(p.word(), "zone") {
			name += " WITH TIME ZONE"
		} else {
			p.rest = rest
		}
	}
	if !defaultTypes[name] {
		return false
	}
	if !p.accept("(") {
		return true
	}
	return p.number() && (!p.accept(",") || p.number()) && p.accept(")")
}

func (p *defaultParser) accept(s string) bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	after, ok := strings.CutPrefix(p.rest, s)
	if ok {
		p.rest = after
	}
	return ok
}

// text reads 'one', in which a quote is doubled.
func (p *defaultParser) text() bool {
	if !p.accept("'") {
		return false
	}
	for {
		end := strings.IndexByte(p.rest, '\'')
		if end < 0 {
			return false
		}
		if p.rest = p.rest[end+1:]; !strings.HasPrefix(p.rest, "'") {
			return true
		}
		p.rest = p.rest[1:]
	}
}

// number reads digits, with a point and an exponent; nothing if there are none.
func (p *defaultParser) number() bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	q := *p
	digits := q.digits()
	if strings.HasPrefix(q.rest, ".") {
		q.rest = q.rest[1:]
		digits += q.digits()
	}
	if digits == 0 {
		return false
	}
	if q.rest != "" && (q.rest[0] == 'e' || q.rest[0] == 'E') {
		q.rest = q.rest[1:]
		if q.rest != "" && (q.rest[0] == '+' || q.rest[0] == '-') {
			q.rest = q.rest[1:]
		}
		if q.digits() == 0 {
			return false
		}
	}
	if q.rest != "" && isWord(q.rest[0]) {
		return false
	}
	*p = q
	return true
}

func (p *defaultParser) digits() int {
	n := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
	p.rest = p.rest[n:]
	return n
}

// word reads a name without quotes, empty if there is none.
func (p *defaultParser) word() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	n := 0
	for n < len(p.rest) && isWord(p.rest[n]) {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
