package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/internal/spelling"
)

// envPrefix begins the names of our own environment variables.
const envPrefix = "LAKEGATE_"

// clientEnv are our variables that the client commands read.
var clientEnv = []string{"LAKEGATE_ADDRESS", "LAKEGATE_TOKEN", "LAKEGATE_TOKEN_FILE", "LAKEGATE_CA", "LAKEGATE_CONFIG", "LAKEGATE_LOGINS"}

// injected are names that Kubernetes and Docker set for a service called lakegate.
var injected = regexp.MustCompile(`^LAKEGATE_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT(_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$`)

// environ is what a process's environment says about settings.
type environ struct {
	found    []given
	wrong    mistakes
	warnings []string
}

// readEnviron takes the settings out of an environment of NAME=value. Names of
// catalogs, storage and tables are those that file gave, as far as they fit.
func readEnviron(environment []string, file []given, folder string) environ {
	var e environ
	environment = slices.Sorted(slices.Values(environment))
	short := map[string]*key{}
	var known []string
	for i := range keys {
		for _, name := range keys[i].env {
			short[name] = &keys[i]
			known = append(known, name)
		}
	}
	for _, pair := range environment {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || slices.Contains(clientEnv, name) || injected.MatchString(name) {
			continue
		}
		at := place{env: name}
		k, names, isFile := short[name], []string(nil), false
		if k == nil && strings.HasPrefix(name, envPrefix) {
			k, names, isFile = envKey(strings.TrimPrefix(name, envPrefix), file)
		}
		if k == nil {
			e.unknown(at, name, known)
			continue
		}
		g := given{key: k, names: names, file: isFile, place: at, folder: folder, values: []string{value}}
		if strings.TrimSpace(value) == "" {
			e.wrong.add(at, g.spelled(), "is set and empty; want %s, or unset it", k.kind.want)
			continue
		}
		if k.kind.list && !isFile {
			g.values = strings.Split(value, ",")
		}
		e.found = append(e.found, g)
	}
	return e
}

// unknown judges a name that is no setting: close to one, it is a mistake; with
// our prefix, a warning; anything else is not ours.
func (e *environ) unknown(at place, name string, known []string) {
	ours := strings.HasPrefix(name, envPrefix)
	candidates := known
	if ours {
		candidates = slices.Clone(clientEnv)
		for _, k := range keys {
			if !strings.Contains(k.path, "*") {
				candidates = append(candidates, envName(k.path))
			}
		}
	}
	near := nearest(name, candidates)
	switch {
	case near != "" && spelling.Distance(name, near) <= 2:
		e.wrong.add(at, "", "unknown; did you mean %s?", near)
	case ours && near != "":
		e.warnings = append(e.warnings, name+" is no setting; did you mean "+near+"?")
	case ours:
		e.warnings = append(e.warnings, name+" is no setting")
	}
}

// envName is the environment's name for a key or a part of one.
func envName(path string) string { return envPrefix + mangle(path) }

// mangle spells a name as environment variables are: upper case, anything but
// letters and digits an underscore.
func mangle(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		default:
			return '_'
		}
	}, s)
}

// envKey finds the key that rest, a name without our prefix, stands for. Of
// several ways to read it the one with a name that the file has wins, then the
// one with the shortest name of the user's choosing.
func envKey(rest string, file []given) (k *key, names []string, isFile bool) {
	best := -1
	for i := range keys {
		for _, form := range []bool{false, true} {
			path := keys[i].path
			if form {
				if !keys[i].secret {
					continue
				}
				path += fileSuffix
			}
			found, score := matchEnv(path, rest, file)
			if score > best {
				k, names, isFile, best = &keys[i], found, form, score
			}
		}
	}
	return k, names, isFile
}

// matchEnv reads rest as path; the score is negative where it does not fit.
func matchEnv(path, rest string, file []given) (names []string, score int) {
	switch strings.Count(path, "*") {
	case 0:
		if mangle(path) == rest {
			return nil, 1 << 20
		}
		return nil, -1
	case 1:
		head, tail, _ := strings.Cut(path, "*")
		middle, ok := strings.CutPrefix(rest, mangle(head))
		if !ok {
			return nil, -1
		}
		middle, ok = strings.CutSuffix(middle, mangle(tail))
		if !ok || middle == "" {
			return nil, -1
		}
		section := strings.TrimSuffix(head, ".")
		for _, g := range file {
			if len(g.names) > 0 && strings.HasPrefix(g.key.path, section+".*") && mangle(g.names[0]) == middle {
				return g.names[:1], 1 << 19
			}
		}
		return []string{strings.ToLower(middle)}, max(0, 1000-len(middle))
	default: // tables: only those that the file has
		for _, g := range file {
			if len(g.names) == 2 && mangle(concrete(path, g.names)) == rest {
				return g.names, 1 << 19
			}
		}
		return nil, -1
	}
}
