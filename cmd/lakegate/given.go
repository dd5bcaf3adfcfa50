package main

import (
	"fmt"
	"slices"
	"strings"
)

// place is where a value was given.
type place struct {
	file string // settings file; empty for the environment
	line int
	env  string // name of the environment variable
}

func (p place) String() string {
	switch {
	case p.env != "":
		return p.env
	case p.file == "":
		return "" // settings that no file holds
	case p.line > 0:
		return fmt.Sprintf("%s:%d", p.file, p.line)
	default:
		return p.file
	}
}

// fault is err with its place and key before it.
func (p place) fault(path string, err error) error {
	if at := p.String(); at != "" {
		return fmt.Errorf("%s: %s: %w", at, path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// given is one value that somebody gave, not yet read into its field.
type given struct {
	key    *key
	names  []string // what stands for the stars of key.path
	file   bool     // values are the paths of files that hold the value
	values []string
	place  place
	folder string // relative paths are seen from here
}

// path is the concrete key: catalogs.lake.metadata.host.
func (g given) path() string { return concrete(g.key.path, g.names) }

// spelled is path as it was given: with _file where that was used.
func (g given) spelled() string {
	if g.file {
		return g.path() + fileSuffix
	}
	return g.path()
}

// fileSuffix after a secret's key means that the value is the path of a file
// which holds the secret.
const fileSuffix = "_file"

func concrete(pattern string, names []string) string {
	for _, n := range names {
		pattern = strings.Replace(pattern, "*", n, 1)
	}
	return pattern
}

// mistake is one thing that is wrong with the settings.
type mistake struct {
	place place
	path  string // the key; empty where there is none
	text  string
}

func (m mistake) String() string {
	var b strings.Builder
	if at := m.place.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if m.path != "" {
		b.WriteString(m.path + ": ")
	}
	return b.String() + m.text
}

// settingsError is all mistakes of one set of settings, so that one correction is enough.
type settingsError struct{ mistakes []mistake }

func (e *settingsError) Error() string {
	lines := make([]string, len(e.mistakes))
	for i, m := range e.mistakes {
		lines[i] = "\n  " + m.String()
	}
	if len(lines) == 1 {
		return "settings:" + lines[0]
	}
	return fmt.Sprintf("settings, %d mistakes:%s", len(lines), strings.Join(lines, ""))
}

// mistakes collects, in the order of the file, and then the rest.
type mistakes []mistake

func (m *mistakes) add(at place, path, format string, args ...any) {
	*m = append(*m, mistake{at, path, fmt.Sprintf(format, args...)})
}

// err is a *settingsError, or nil where there is no mistake.
func (m mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	slices.SortStableFunc(m, func(a, b mistake) int {
		if a.place.line == 0 || b.place.line == 0 {
			return b.place.line - a.place.line // those of the file first
		}
		return a.place.line - b.place.line
	})
	return &settingsError{m}
}

// branch is the table of keys as a tree, by the parts of their paths.
type branch struct {
	children map[string]*branch
	any      *branch // the star's
	key      *key    // a leaf
	file     bool    // the leaf is the key's _file form
}

var keyTree = func() *branch {
	root := &branch{}
	for i := range keys {
		k := &keys[i]
		root.plant(strings.Split(k.path, "."), k, false)
		if k.secret {
			root.plant(strings.Split(k.path+fileSuffix, "."), k, true)
		}
	}
	return root
}()

func (b *branch) plant(parts []string, k *key, file bool) {
	if len(parts) == 0 {
		b.key, b.file = k, file
		return
	}
	var next *branch
	if parts[0] == "*" {
		if b.any == nil {
			b.any = &branch{}
		}
		next = b.any
	} else {
		if b.children == nil {
			b.children = map[string]*branch{}
		}
		if b.children[parts[0]] == nil {
			b.children[parts[0]] = &branch{}
		}
		next = b.children[parts[0]]
	}
	next.plant(parts[1:], k, file)
}
