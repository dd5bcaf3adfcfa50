package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
func decodeObject(data []byte) (map[string]any, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errNotObject
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := decodeValue(dec, 0)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	return object, nil
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, errNotObject
	}
	switch tok := tok.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, errTooDeep
		}
		if tok == '[' {
			return decodeArray(dec, depth+1)
		}
		return decodeMembers(dec, depth+1)
	case string:
		return tok, whole(tok)
	case json.Number:
		if len(tok) > maxNumber {
			return nil, errLongNumber
		}
	}
	return tok, nil
}

func decodeMembers(dec *json.Decoder, depth int) (map[string]any, error) {
	object := make(map[string]any)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, errNotObject
		}
		name, ok := tok.(string)
		if !ok {
			return nil, errNotObject
		}
		if err := whole(name); err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			return nil, errDuplicate
		}
		if object[name], err = decodeValue(dec, depth); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

func decodeArray(dec *json.Decoder, depth int) ([]any, error) {
	array := []any{}
	for dec.More() {
		v, err := decodeValue(dec, depth)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := dec.Token()
	return array, err
}

// whole refuses the replacement character: the decoder writes it for half a
// surrogate pair, and two different broken texts would become one name.
func whole(s string) error {
	if strings.ContainsRune(s, utf8.RuneError) {
		return errNotObject
	}
	return nil
}
