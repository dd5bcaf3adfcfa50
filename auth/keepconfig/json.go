package keepconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth  = 16
	maxNumber = 64 // characters of a number
)

// node is a JSON value and where it comes from.
type node struct {
	file    string
	value   any              // string, bool, json.Number, nil or []*node; of no meaning for an object
	members map[string]*node // not nil: an object
}

// parse reads data as one JSON object and nothing else, with what encoding/json
// lets pass refused: names that occur twice, bytes that are no UTF-8, a byte
// order mark.
func parse(file string, data []byte) (*node, error) {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return nil, faultf(file, "", "begins with a byte order mark; save it as plain UTF-8")
	}
	if !utf8.Valid(data) {
		return nil, faultf(file, "", "not UTF-8")
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, syntax(file, data, err)
	}
	p := parser{file: file, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	n, err := p.value("", 0)
	if err != nil {
		return nil, err
	}
	if n.members == nil {
		return nil, faultf(file, "", "not a JSON object, {...}")
	}
	return n, nil
}

// syntax says in which line JSON ends to be JSON.
func syntax(file string, data []byte, err error) error {
	var at *json.SyntaxError
	if !errors.As(err, &at) || at.Offset < 1 || at.Offset > int64(len(data)) {
		return faultf(file, "", "not JSON: %v", err)
	}
	line := 1 + bytes.Count(data[:at.Offset-1], []byte("\n"))
	hint := ""
	if c := data[at.Offset-1]; c == '/' || c == '#' {
		hint = "; JSON has no comments"
	}
	return faultf(file, "", "line %d: not JSON: %v%s", line, err, hint)
}

type parser struct {
	file string
	dec  *json.Decoder
}

func (p *parser) value(path string, depth int) (*node, error) {
	tok, err := p.dec.Token()
	if err != nil {
		return nil, faultf(p.file, path, "not JSON: %v", err)
	}
	n := &node{file: p.file, value: tok}
	switch tok := tok.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, faultf(p.file, path, "nested too deep")
		}
		n.value = nil
		if tok == '[' {
			n.value, err = p.array(path, depth+1)
		} else {
			n.members, err = p.object(path, depth+1)
		}
	case json.Number:
		if len(tok) > maxNumber {
			err = faultf(p.file, path, "a number too long")
		}
	case string:
		// The decoder writes this character for half of one.
		if strings.ContainsRune(tok, utf8.RuneError) {
			err = faultf(p.file, path, "holds a broken character")
		}
	}
	return n, err
}

func (p *parser) array(path string, depth int) ([]*node, error) {
	list := []*node{}
	for p.dec.More() {
		n, err := p.value(path, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	_, err := p.dec.Token()
	return list, err
}

func (p *parser) object(path string, depth int) (map[string]*node, error) {
	members := map[string]*node{}
	for p.dec.More() {
		tok, err := p.dec.Token()
		if err != nil {
			return nil, faultf(p.file, path, "not JSON: %v", err)
		}
		name, _ := tok.(string) // json.Unmarshal has seen that it is one
		at := below(path, name)
		if _, twice := members[name]; twice {
			return nil, faultf(p.file, at, "occurs twice")
		}
		if members[name], err = p.value(at, depth); err != nil {
			return nil, err
		}
	}
	_, err := p.dec.Token()
	return members, err
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
