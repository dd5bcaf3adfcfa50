package auth

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth  = 16 // how deep objects and arrays may nest in a token or a key set
	maxNumber = 64 // characters of a number
)

var (
	errNotObject = errors.New("not one JSON object in UTF-8")
	errDuplicate = errors.New("a name occurs twice in a JSON object")
	errTooDeep   = errors.New("JSON is nested too deep")

	errLongNumber = errors.New("a JSON number is too long")
)

// decodeObject reads data as exactly one JSON object, with what encoding/json
// lets pass refused: names that occur twice at any depth, bytes that are no
// UTF-8, escapes of half a character, anything after the object. Numbers come
// out as json.Number, so that none loses digits.
//
// It is not built on json.Decoder's tokens, which cost more than all the rest of
// a token but its signature. FuzzDecodeObject compares the two.
func decodeObject(data []byte) (map[string]any, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errNotObject
	}
	r := jsonReader{data: string(data)}
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return object, nil
}

// jsonReader reads text that json.Valid has found to be one value: what must
// come next is there. The strings that it gives are parts of data.
type jsonReader struct {
	data string
	at   int
}

// next is the first character that is no blank.
func (r *jsonReader) next() byte {
	for {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
}

func (r *jsonReader) value(depth int) (any, error) {
	c := r.next()
	switch c {
	case '{', '[':
		if depth == maxDepth {
			return nil, errTooDeep
		}
		if r.at++; c == '[' {
			return r.array(depth + 1)
		}
		return r.members(depth + 1)
	case '"':
		return r.text()
	case 't':
		r.at += len("true")
		return true, nil
	case 'f':
		r.at += len("false")
		return false, nil
	case 'n':
		r.at += len("null")
		return nil, nil
	}
	return r.number()
}

// members reads what follows a brace.
func (r *jsonReader) members(depth int) (map[string]any, error) {
	object := make(map[string]any)
	for c := r.next(); c != '}'; c = r.next() {
		if c == ',' {
			r.at++
			r.next()
		}
		name, err := r.text()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			return nil, errDuplicate
		}
		r.next()
		r.at++ // the colon
		if object[name], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	r.at++
	return object, nil
}

// array reads what follows a bracket.
func (r *jsonReader) array(depth int) ([]any, error) {
	array := []any{}
	for c := r.next(); c != ']'; c = r.next() {
		if c == ',' {
			r.at++
		}
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	r.at++
	return array, nil
}

// text reads a string, quotes and all.
func (r *jsonReader) text() (string, error) {
	begin, escaped := r.at, false
	for r.at++; r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	quoted := r.data[begin:r.at]
	s := quoted[1 : len(quoted)-1]
	if escaped {
		if err := json.Unmarshal([]byte(quoted), &s); err != nil {
			return "", errNotObject
		}
	}
	return s, whole(s)
}

func (r *jsonReader) number() (json.Number, error) {
	begin := r.at
	for r.at < len(r.data) && strings.IndexByte("+-.0123456789Ee", r.data[r.at]) >= 0 {
		r.at++
	}
	if r.at-begin > maxNumber {
		return "", errLongNumber
	}
	return json.Number(r.data[begin:r.at]), nil
}

// whole refuses the replacement character: the decoder writes it for half a
// surrogate pair, and two different broken texts would become one name.
func whole(s string) error {
	if strings.ContainsRune(s, utf8.RuneError) {
		return errNotObject
	}
	return nil
}
