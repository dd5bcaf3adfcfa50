package policy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/lakegate/lakegate/internal/spelling"
)

// maxRules is how large a file of rules may be.
const maxRules = 4 << 20

// maxNesting is how deep lists and sections may lie within each other.
const maxNesting = 500

// Parse reads rules from text, in YAML or JSON; name is the file's, for messages.
// The error joins all mistakes, each with its line.
func Parse(name string, text []byte) (*Rules, error) {
	r := &reader{file: name, rules: &Rules{name: name, has: map[string]bool{}, compiled: new(atomic.Uint64)}}
	body, err := document(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	if body != nil {
		r.all(body)
	}
	if len(r.wrong) > 0 {
		slices.SortStableFunc(r.wrong, func(a, b mistake) int { return cmp.Compare(a.line, b.line) })
		errs := make([]error, len(r.wrong))
		for i, m := range r.wrong {
			errs[i] = errors.New(m.text)
		}
		return nil, errors.Join(errs...)
	}
	number := 0
	for _, section := range r.rules.sections() {
		for _, each := range *section {
			each.number = number
			number++
		}
	}
	return r.rules, nil
}

// lineError is a mistake in the text as such.
func lineError(line int, format string, args ...any) error {
	return fmt.Errorf("%d: %s", line, fmt.Sprintf(format, args...))
}

// document is the text's only document, nil if there is nothing in it.
func document(text []byte) (ast.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	switch {
	case len(text) > maxRules:
		return nil, lineError(1, "larger than %d bytes", maxRules)
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, lineError(1, "the text is UTF-16; right would be UTF-8")
	}
	if i := invalid(text); i >= 0 {
		return nil, lineError(1+bytes.Count(text[:i], []byte("\n")), "a character that no text has; right would be UTF-8")
	}
	if tooDeep(text) {
		return nil, lineError(1, "lists and sections lie more than %d deep", maxNesting)
	}
	parsed, err := parseYAML(text)
	if err != nil {
		line, said := 1, "not understood as YAML or JSON"
		var wrong *yaml.SyntaxError
		if errors.As(err, &wrong) {
			said += ": " + wrong.Message
			if wrong.Token != nil && wrong.Token.Position != nil {
				line = wrong.Token.Position.Line
			}
		}
		return nil, lineError(line, "%s", said)
	}
	var body ast.Node
	for _, d := range parsed.Docs {
		switch {
		case d.Body == nil || d.Body.Type() == ast.NullType || d.Body.Type() == ast.CommentType:
		case body != nil:
			return nil, lineError(lineOf(d.Body), "a second document; the rules are one")
		default:
			body = d.Body
		}
	}
	return body, nil
}

// invalid is where text is not UTF-8, or has a NUL; -1 if nowhere.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size == 1 || c == 0 {
			return i
		}
		i += size
	}
	return -1
}

// tooDeep keeps from the YAML library what it takes quadratic time for.
func tooDeep(text []byte) bool {
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			if depth++; depth > maxNesting {
				return true
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return bytes.Contains(text, bytes.Repeat([]byte("- "), maxNesting)) || bytes.Contains(text, bytes.Repeat([]byte("? "), maxNesting))
}

// errParser is what the YAML library's panics become.
var errParser = errors.New("the YAML parser gave up")

// parseYAML turns a panic of the library, which a hostile file might cause, into an error.
func parseYAML(text []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, errParser
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

// reader takes rules out of one file, and collects what is wrong with it.
type reader struct {
	file  string
	rules *Rules
	wrong []mistake

	acting []func() // what must wait for the section roles
}

type mistake struct {
	line int
	text string
}

func (r *reader) fault(n ast.Node, path, format string, args ...any) {
	if path != "" {
		path += ": "
	}
	line := lineOf(n)
	r.wrong = append(r.wrong, mistake{line, fmt.Sprintf("%s:%d: %s%s", r.file, line, path, fmt.Sprintf(format, args...))})
}

func lineOf(n ast.Node) int {
	if n != nil {
		if t := n.GetToken(); t != nil && t.Position != nil {
			return t.Position.Line
		}
	}
	return 1
}

// keys are the keys that a mapping may have, and what reads their values.
type keys map[string]func(path string, v ast.Node)

// foreign are keys that others have and that mean nothing here, and why.
type foreign map[string]string

// mapping reads n, and gives the keys that it has; false if it is no mapping.
func (r *reader) mapping(path string, n ast.Node, known keys, others foreign) (map[string]bool, bool) {
	entries, ok := n.(ast.MapNode)
	if !ok {
		r.fault(n, path, "%s; right would be keys with values: %s", describe(n), listed(known))
		return nil, false
	}
	seen := map[string]int{}
	has := map[string]bool{}
	for it := entries.MapRange(); it.Next(); {
		k, v := it.Key(), it.Value()
		if k == nil || v == nil {
			continue
		}
		name, plain := k.(*ast.StringNode)
		if !plain {
			r.fault(k, path, "a key that is no plain name; right would be one of %s", listed(known))
			continue
		}
		at := name.Value
		if path != "" {
			at = path + "." + at
		}
		if line, twice := seen[name.Value]; twice {
			r.fault(k, at, "given twice; first in line %d", line)
			continue
		}
		seen[name.Value] = lineOf(k)
		read := known[name.Value]
		switch {
		case others[name.Value] != "":
			r.fault(k, at, "%s", others[name.Value])
		case read == nil:
			r.fault(k, at, "unknown key; %s", meant(name.Value, slices.Sorted(maps.Keys(known))))
		case v.Type() == ast.NullType && name.Value != "ready":
			r.fault(k, at, "no value; right would be one, or no such key")
			has[name.Value] = true
		default:
			has[name.Value] = true
			read(at, v)
		}
	}
	return has, true
}

func listed(known keys) string { return strings.Join(slices.Sorted(maps.Keys(known)), ", ") }

// meant is what somebody who wrote word may have meant of words.
func meant(word string, words []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, w := range words {
		if d := spelling.Distance(fold(word), fold(w)); d < least {
			best, least = w, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "right would be one of " + strings.Join(words, ", ")
}

// items reads each entry of the list n.
func (r *reader) items(path string, n ast.Node, each func(path string, n ast.Node)) {
	items, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fault(n, path, "%s; right would be a list", describe(n))
		return
	}
	for i, item := range items.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if item == nil || item.Type() == ast.NullType {
			r.fault(n, at, "nothing; right would be an entry")
			continue
		}
		each(at, item)
	}
}

// text is a single value. Numbers are taken as they are spelled.
func (r *reader) text(path string, n ast.Node, want string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	r.fault(n, path, "%s; right would be %s", describe(n), want)
	return "", false
}

// name is a text that is not blank.
func (r *reader) name(path string, n ast.Node, want string) (string, bool) {
	s, ok := r.text(path, n, want)
	if ok && strings.TrimSpace(s) == "" {
		r.fault(n, path, "blank; right would be %s", want)
		return "", false
	}
	return s, ok
}

// names reads a list of names into to.
func (r *reader) names(to *[]string, want string) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		r.items(path, n, func(path string, n ast.Node) {
			if s, ok := r.name(path, n, want); ok {
				*to = append(*to, s)
			}
		})
	}
}

// truth reads true or false into to.
func (r *reader) truth(to *bool) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		b, ok := n.(*ast.BoolNode)
		if !ok {
			r.fault(n, path, "%s; right would be true or false", describe(n))
			return
		}
		*to = b.Value
	}
}

// pattern reads a pattern into to.
func (r *reader) pattern(to **pattern, folds bool) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		s, ok := r.text(path, n, "a regular expression")
		if !ok {
			return
		}
		p, err := newPattern(s, folds)
		if err != nil {
			r.fault(n, path, "%v", err)
			return
		}
		*to = p
	}
}

// words reads a list of words of which each adds to a set; each is told them.
func (r *reader) words(known []string, each func(word string)) func(string, ast.Node) {
	return func(path string, n ast.Node) {
		r.items(path, n, func(at string, n ast.Node) {
			s, ok := r.text(at, n, "one of "+strings.Join(known, ", "))
			if !ok {
				return
			}
			for _, k := range known {
				if strings.EqualFold(s, k) {
					each(k)
					return
				}
			}
			r.fault(n, at, "unknown: %q; %s", s, meant(s, known))
		})
	}
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
		return "keys with values"
	case *ast.AliasNode, *ast.AnchorNode, *ast.MergeKeyNode:
		return "an anchor or alias, which rules do not have"
	case *ast.TagNode:
		return "a tag of YAML, which rules do not have"
	default:
		return "something else"
	}
}
