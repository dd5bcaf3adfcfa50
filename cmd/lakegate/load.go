package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// loaded is a checked set of settings, and where each value came from.
type loaded struct {
	*settings
	file     string           // the settings file as it was named; empty for none
	origin   map[string]given // by concrete key; nothing for defaults
	lakes    map[string]place // where each catalog is first spoken of
	warnings []string         // for the log
}

// loadSettings reads built-in defaults, the file (which may be empty, for none)
// and the environment, the later over the earlier, and checks the whole. Its
// error is a *settingsError that names every mistake.
func loadSettings(file string, environment []string) (*loaded, error) {
	if file == "" {
		return parseSettings("", "", nil, environment)
	}
	text, err := readSettingsFile(file)
	if err != nil {
		return nil, &settingsError{[]mistake{{place{file: file}, "", err.Error()}}}
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("find the folder of %s: %w", file, err)
	}
	return parseSettings(file, folder, text, environment)
}

// parseSettings is loadSettings for a file that has been read; relative paths in
// it are seen from folder.
func parseSettings(file, folder string, text []byte, environment []string) (*loaded, error) {
	fromFile, wrong := readYAML(file, folder, text)
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working folder: %w", err)
	}
	env := readEnviron(environment, fromFile, here)
	wrong = append(wrong, env.wrong...)
	l := &loaded{settings: newSettings(), file: file, origin: map[string]given{}, lakes: map[string]place{}, warnings: env.warnings}
	l.take(fromFile, &wrong)
	l.take(env.found, &wrong)
	l.fill(&wrong)
	l.check(&wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return l, nil
}

// readSettingsFile reads at most what a settings file may hold.
func readSettingsFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, bareError(err)
	}
	defer f.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err != nil {
		return nil, bareError(err)
	}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		return nil, errors.New("begins with a byte order mark; save it as plain UTF-8")
	}
	return text, nil
}

// bareError is a file error without the path, which its place says already.
func bareError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// take lays one layer of values over those taken before.
func (l *loaded) take(layer []given, wrong *mistakes) {
	seen := map[string]given{}
	for _, g := range layer {
		path := g.path()
		if first, twice := seen[path]; twice {
			if !slices.Equal(first.values, g.values) || first.file != g.file {
				wrong.add(g.place, g.spelled(), "given twice; also by %s at %s", first.spelled(), first.place)
			}
			continue
		}
		seen[path] = g
		l.origin[path] = g
		if len(g.names) > 0 && strings.HasPrefix(g.key.path, "catalogs.") {
			if _, known := l.lakes[g.names[0]]; !known {
				l.lakes[g.names[0]] = g.place
			}
		}
	}
}

// fill reads defaults and then all given values into their fields.
func (l *loaded) fill(wrong *mistakes) {
	for i := range keys {
		k := &keys[i]
		if k.def != "" && !strings.Contains(k.path, "*") {
			l.put(given{key: k, values: []string{k.def}, folder: "."}, wrong)
		}
	}
	for _, path := range l.paths() {
		g := l.origin[path]
		for i := range keys { // defaults of the entry that g speaks of
			k := &keys[i]
			if k.def != "" && len(g.names) > 0 && strings.Count(k.path, "*") == len(g.names) && sameSection(k.path, g.key.path) {
				if _, said := l.origin[concrete(k.path, g.names)]; !said {
					l.put(given{key: k, names: g.names, values: []string{k.def}}, wrong)
				}
			}
		}
		l.put(g, wrong)
		if g.key.secret && !g.file {
			g.values = nil // from now on only in a field whose type hides it
			l.origin[path] = g
		}
	}
}

// sameSection reports whether two key patterns speak of the same entry.
func sameSection(a, b string) bool {
	return a[:strings.LastIndex(a, "*")] == b[:strings.LastIndex(b, "*")]
}

// paths are all given keys, ordered.
func (l *loaded) paths() []string {
	out := make([]string, 0, len(l.origin))
	for path := range l.origin {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}

// put reads g into its field.
func (l *loaded) put(g given, wrong *mistakes) {
	values := slices.Clone(g.values)
	if g.file {
		var err error
		if values, err = l.secretFile(g); err != nil {
			wrong.add(g.place, g.spelled(), "%v", err)
			return
		}
	}
	if err := g.key.kind.assign(g.key.field(l.settings, g.names), values, g.folder); err != nil {
		shown := strings.Join(g.values, ", ")
		if g.key.secret {
			wrong.add(g.place, g.spelled(), "want %s", g.key.kind.want)
			return
		}
		wrong.add(g.place, g.spelled(), "%.80q is not right; want %s", shown, g.key.kind.want)
	}
}

// maxSecret is how large a file with a secret may be.
const maxSecret = 64 << 10

// secretFile reads the values that the files of g hold: the whole file without
// its trailing newline, or for a list one value a line.
func (l *loaded) secretFile(g given) ([]string, error) {
	var out []string
	for _, name := range g.values {
		if name == "" {
			return nil, errors.New("want the path of a file that holds the value")
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(g.folder, name)
		}
		text, err := readSecret(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o002 != 0 {
			l.warnings = append(l.warnings, fmt.Sprintf("%s: %s may be written by anybody", g.spelled(), name))
		}
		if !g.key.kind.list {
			out = append(out, trimNewline(text))
			continue
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
	}
	if len(out) == 0 || out[0] == "" {
		return nil, errors.New("the file is empty")
	}
	return out, nil
}

// trimNewline is text without the line end at its end.
func trimNewline(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

func readSecret(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", bareError(err)
	}
	defer f.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		return "", bareError(err)
	case len(text) > maxSecret:
		return "", fmt.Errorf("larger than %d bytes", maxSecret)
	}
	return string(text), nil
}

// at is where a key was given, or the file where it was not.
func (l *loaded) at(path string) place {
	if g, ok := l.origin[path]; ok {
		return g.place
	}
	return place{file: l.file}
}

// has reports whether somebody gave the key.
func (l *loaded) has(path string) bool {
	_, ok := l.origin[path]
	return ok
}
