package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxSettings is how large a settings file may be.
const maxSettings = 1 << 20

// reader takes the values out of one settings file.
type reader struct {
	file   string // as named in messages
	folder string
	found  []given
	wrong  mistakes
}

// readYAML gives what a settings file says, and what is wrong with it, each with
// its line. Nothing in a message is taken from a value of a secret.
func readYAML(file, folder string, text []byte) ([]given, mistakes) {
	r := &reader{file: file, folder: folder}
	if len(text) > maxSettings {
		r.wrong.add(place{file: file}, "", "larger than %d bytes", maxSettings)
		return nil, r.wrong
	}
	parsed, err := parse(text)
	if err != nil {
		at := place{file: file, line: 1}
		said := "not understood as YAML"
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			// The library's full text quotes the lines around, secrets included.
			said += ": " + syntax.Message
			if syntax.Token != nil && syntax.Token.Position != nil {
				at.line = syntax.Token.Position.Line
			}
		}
		r.wrong.add(at, "", "%s", said)
		return nil, r.wrong
	}
	documents := 0
	for _, d := range parsed.Docs {
		if d.Body == nil {
			continue
		}
		if documents++; documents > 1 {
			r.wrong.add(r.at(d.Body), "", "a second document; the settings are one")
			break
		}
		if d.Body.Type() == ast.NullType || d.Body.Type() == ast.CommentType {
			continue
		}
		r.section(d.Body, keyTree, nil, nil)
	}
	return r.found, r.wrong
}

// errParser is what the YAML library's panics become.
var errParser = errors.New("the YAML parser gave up")

// parse turns a panic of the library, which a hostile file might cause, into an error.
func parse(text []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, errParser
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

func (r *reader) at(n ast.Node) place {
	p := place{file: r.file}
	if n == nil {
		return p
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.line = t.Position.Line
	}
	return p
}

// section reads the mapping n, which stands at path. names are those of path's
// parts that the user chose.
func (r *reader) section(n ast.Node, b *branch, path, names []string) {
	entries, ok := n.(ast.MapNode)
	if !ok {
		r.wrong.add(r.at(n), strings.Join(path, "."), "%s; want a section with keys of its own", describe(n))
		return
	}
	seen := map[string]int{}
	for it := entries.MapRange(); it.Next(); {
		if it.Key() == nil || it.Value() == nil {
			continue
		}
		r.entry(it.Key(), it.Value(), b, path, names, seen)
	}
}

// entry reads one key and its value.
func (r *reader) entry(k ast.MapKeyNode, v ast.Node, b *branch, path, names []string, seen map[string]int) {
	at := r.at(k)
	name, ok := keyName(k)
	if !ok {
		r.wrong.add(at, strings.Join(path, "."), "a key must be a plain name")
		return
	}
	full := append(append([]string{}, path...), name)
	shown := strings.Join(full, ".")
	same := name
	if b.any != nil {
		same = strings.ToLower(name) // the engine tells names apart without case
	}
	if line, twice := seen[same]; twice {
		r.wrong.add(at, shown, "given twice; first in line %d", line)
		return
	}
	seen[same] = at.line
	next := b.children[name]
	if next == nil && b.any != nil {
		if !nameable(name) {
			r.wrong.add(at, shown, "a name holds letters, digits, blanks and . _ - only, and at most 63 of them")
			return
		}
		next, names = b.any, append(append([]string{}, names...), name)
	}
	switch {
	case next == nil:
		r.wrong.add(at, shown, "unknown key%s", b.suggestion(path, name))
	case v.Type() == ast.NullType:
		r.wrong.add(at, shown, "no value; give one or remove the line")
	case next.key == nil:
		r.section(v, next, full, names)
	default:
		r.leaf(v, at, next, names)
	}
}

// leaf reads the value of a key.
func (r *reader) leaf(v ast.Node, at place, b *branch, names []string) {
	g := given{key: b.key, names: names, file: b.file, place: at, folder: r.folder}
	list, isList := v.(*ast.SequenceNode)
	switch {
	case isList && b.key.kind.list:
		for _, item := range list.Values {
			text, ok := scalar(item, b.key)
			if !ok {
				r.wrong.add(r.at(item), g.spelled(), "%s; want %s", describe(item), b.want())
				return
			}
			g.values = append(g.values, text)
		}
	case b.key.kind.list && !b.key.kind.one && !b.key.secret:
		r.wrong.add(at, g.spelled(), "%s; want %s", describe(v), b.want())
		return
	default:
		text, ok := scalar(v, b.key)
		if !ok {
			r.wrong.add(at, g.spelled(), "%s; want %s", describe(v), b.want())
			return
		}
		g.values = []string{text}
	}
	r.found = append(r.found, g)
}

// want is what a good value of the leaf would be.
func (b *branch) want() string {
	if b.file {
		return "the path of a file that holds the value"
	}
	return b.key.kind.want
}

// keyName is a mapping key's text.
func keyName(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, k.Value != ""
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return k.GetToken().Value, true
	default:
		return "", false
	}
}

// scalar is a single value's text. Numbers keep their spelling, so that a name
// or a password of digits stays what it is; true and false fit only where they
// are asked for.
func scalar(n ast.Node, k *key) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	case *ast.BoolNode:
		if k.kind.label == boolKind.label {
			return fmt.Sprint(n.Value), true
		}
	}
	return "", false
}

// describe says what a value of the wrong shape is.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "a text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a section"
	case *ast.AliasNode, *ast.AnchorNode, *ast.MergeKeyNode:
		return "an anchor or alias, which settings do not have"
	case *ast.TagNode:
		return "a tag, which settings do not have"
	default:
		return "something else"
	}
}

// nameable reports whether a catalog, storage or table may be called name.
func nameable(name string) bool {
	if len(name) > 63 || strings.TrimSpace(name) != name {
		return false
	}
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.', c == ' ', c > 127 && c != '\uFFFD':
		default:
			return false
		}
	}
	return name != ""
}
