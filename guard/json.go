package guard

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// DuckDB writes some hundred bytes of JSON for each byte of SQL, so that reading it
// is most of what a long statement costs. These two do what encoding/json does with
// maps and UseNumber, several times as fast.

// jsonDepthMost is how deep values may lie within each other, as encoding/json has it.
const jsonDepthMost = 10_000

var errJSON = errors.New("malformed JSON")

// jsonReader reads one JSON text. What it gives holds no part of that text: trees
// hold the same short strings again and again, and share them.
type jsonReader struct {
	text  string
	at    int
	depth int
	known map[string]string // the short strings so far
	keys  []string          // of the objects that are being read, as are values
	items []any
}

// parse gives the object that text begins with.
func parse(text string) (node, error) {
	r := &jsonReader{text: text, known: make(map[string]string, 64)}
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	n, ok := v.(node)
	if !ok {
		return nil, errJSON
	}
	return n, nil
}

// next skips white space, and gives the byte that is there; 0 at the end.
func (r *jsonReader) next() byte {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) value() (any, error) {
	switch c := r.next(); {
	case c == '{':
		return r.object()
	case c == '[':
		return r.array()
	case c == '"':
		return r.string()
	case c == '-' || isDigit(c):
		return r.number()
	case r.word("true"):
		return true, nil
	case r.word("false"):
		return false, nil
	case r.word("null"):
		return nil, nil
	}
	return nil, errJSON
}

func (r *jsonReader) word(w string) bool {
	if !strings.HasPrefix(r.text[r.at:], w) {
		return false
	}
	r.at += len(w)
	return true
}

// enter goes into an object or array, and reports whether it is empty.
func (r *jsonReader) enter(closing byte) (empty bool, err error) {
	if r.depth++; r.depth > jsonDepthMost {
		return false, errJSON
	}
	r.at++
	if r.next() != closing {
		return false, nil
	}
	r.at++
	r.depth--
	return true, nil
}

// more reports whether another item follows, or closing ends it.
func (r *jsonReader) more(closing byte) (bool, error) {
	c := r.next()
	r.at++
	switch c {
	case ',':
		return true, nil
	case closing:
		r.depth--
		return false, nil
	}
	return false, errJSON
}

func (r *jsonReader) object() (any, error) {
	if empty, err := r.enter('}'); empty || err != nil {
		return node{}, err
	}
	keys, items := len(r.keys), len(r.items)
	for more := true; more; {
		if r.next() != '"' {
			return nil, errJSON
		}
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		if r.next() != ':' {
			return nil, errJSON
		}
		r.at++
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		r.keys, r.items = append(r.keys, key), append(r.items, v)
		if more, err = r.more('}'); err != nil {
			return nil, err
		}
	}
	n := make(node, len(r.keys)-keys)
	for i, key := range r.keys[keys:] {
		n[key] = r.items[items+i]
	}
	r.keys, r.items = r.keys[:keys], r.items[:items]
	return n, nil
}

func (r *jsonReader) array() (any, error) {
	if empty, err := r.enter(']'); empty || err != nil {
		return []any{}, err
	}
	items := len(r.items)
	for more := true; more; {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		r.items = append(r.items, v)
		if more, err = r.more(']'); err != nil {
			return nil, err
		}
	}
	out := make([]any, len(r.items)-items)
	copy(out, r.items[items:])
	r.items = r.items[:items]
	return out, nil
}

// string reads a string. One with escapes, or with bytes that are no UTF-8, is
// encoding/json's to read.
func (r *jsonReader) string() (string, error) {
	start := r.at + 1
	plain := true
	for i := start; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			raw := r.text[start:i]
			r.at = i + 1
			if plain || !strings.Contains(raw, `\`) && utf8.ValidString(raw) {
				return r.own(raw), nil
			}
			var s string
			err := json.Unmarshal([]byte(r.text[start-1:i+1]), &s)
			return s, err
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return "", errJSON
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return "", errJSON
}

// own is s apart from the text, the same for equal short ones.
func (r *jsonReader) own(s string) string {
	const short, most = 32, 4096
	if len(s) > short {
		return strings.Clone(s)
	}
	if known, ok := r.known[s]; ok {
		return known
	}
	s = strings.Clone(s)
	if len(r.known) < most {
		r.known[s] = s
	}
	return s
}

func (r *jsonReader) number() (any, error) {
	start := r.at
	for r.at < len(r.text) && (isDigit(r.text[r.at]) || strings.IndexByte("+-.eE", r.text[r.at]) >= 0) {
		r.at++
	}
	raw := r.text[start:r.at]
	for i := range len(raw) {
		if !isDigit(raw[i]) && !json.Valid([]byte(raw)) {
			return nil, errJSON
		}
	}
	if len(raw) > 1 && raw[0] == '0' && isDigit(raw[1]) {
		return nil, errJSON
	}
	return json.Number(r.own(raw)), nil
}

// appendJSON appends v, which parse or this package made, as JSON.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	case string:
		return appendString(b, v)
	case json.Number:
		return append(b, v...), nil
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendJSON(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case node:
		b = append(b, '{')
		first := true
		for key, item := range v {
			if !first {
				b = append(b, ',')
			}
			first = false
			var err error
			if b, err = appendString(b, key); err != nil {
				return nil, err
			}
			if b, err = appendJSON(append(b, ':'), item); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}
	other, err := json.Marshal(v)
	return append(b, other...), err
}

func appendString(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			quoted, err := json.Marshal(s)
			return append(b, quoted...), err
		}
	}
	return append(append(append(b, '"'), s...), '"'), nil
}
