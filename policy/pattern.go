package policy

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a regular expression that must match all of a name; nil is one that
// a rule does not have.
type pattern struct {
	text    string // as the rule has it
	any     bool   // matches everything
	literal string // if re is nil
	folds   bool   // how literal is compared
	re      *regexp.Regexp
}

// maxPattern is how long a pattern may be, in bytes.
const maxPattern = 4096

// newPattern reads RE2's syntax, in which matching takes time linear in the name.
// Its dot is any character, line ends too: a name that has one must not slip past
// a rule for ".*".
func newPattern(text string, folds bool) (*pattern, error) {
	switch {
	case text == "":
		return nil, errors.New("an empty pattern, which matches nothing; right would be a regular expression, or no such key for all")
	case len(text) > maxPattern:
		return nil, fmt.Errorf("a pattern of more than %d bytes; right would be several rules", maxPattern)
	}
	flags := syntax.Perl | syntax.DotNL
	if folds {
		flags |= syntax.FoldCase
	}
	tree, err := syntax.Parse(text, flags)
	var wrong *syntax.Error
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("%q is no pattern: %s: %q; right would be a regular expression of RE2 (no look-around, no back-references)", text, wrong.Code, wrong.Expr)
	} else if err != nil {
		return nil, err
	}
	p := &pattern{text: text}
	switch {
	case tree.Op == syntax.OpStar && tree.Sub[0].Op == syntax.OpAnyChar:
		p.any = true
		return p, nil
	case tree.Op == syntax.OpLiteral:
		p.literal, p.folds = string(tree.Rune), tree.Flags&syntax.FoldCase != 0
		return p, nil
	}
	// The text is spelled anew: one that ends within \Q would swallow the anchor.
	p.re, err = regexp.Compile(`\A(?:` + tree.String() + `)\z`)
	return p, err
}

// matches reports whether all of name matches; for nil, always.
func (p *pattern) matches(name string) bool {
	switch {
	case p == nil || p.any:
		return true
	case p.re != nil:
		return p.re.MatchString(name)
	case p.folds:
		return strings.EqualFold(p.literal, name)
	}
	return p.literal == name
}

// all reports that nothing is asked of a name.
func (p *pattern) all() bool { return p == nil || p.any }

// fold is how names of catalogs, schemas, tables and columns, and of tags, are
// compared where they are given as they are.
func fold(s string) string { return strings.ToLower(s) }
