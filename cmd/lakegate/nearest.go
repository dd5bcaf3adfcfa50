package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/internal/spelling"
)

// nearest is the one of words that looks most like word, or empty where none
// does: at most a third of its letters, or two, may differ.
func nearest(word string, words []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, w := range words {
		if d := spelling.Distance(strings.ToLower(word), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// suggestion is "; did you mean ...?" for a key that is not known at path below
// b, "; known here: ..." or nothing.
func (b *branch) suggestion(path []string, name string) string {
	here := slices.Sorted(maps.Keys(b.children))
	if near := nearest(name, here); near != "" {
		return "; did you mean " + strings.Join(append(slices.Clone(path), near), ".") + "?"
	}
	for _, k := range keys { // the right name in the wrong place
		if strings.EqualFold(k.last(), name) {
			return "; did you mean " + k.path + "?"
		}
	}
	return "; known here: " + strings.Join(here, ", ")
}
