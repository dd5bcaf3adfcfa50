package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// print writes the effective settings as a settings file would, each with its
// origin. Secrets are masked; those that lie in files appear as those files.
func (l *loaded) print(w io.Writer) error {
	root := &branchText{}
	for i := range keys {
		k := &keys[i]
		if strings.Contains(k.path, "*") {
			for _, path := range l.paths() {
				if g := l.origin[path]; g.key == k {
					root.put(strings.Split(k.path, "."), g.names, l.line(k, &g))
				}
			}
			continue
		}
		if g, ok := l.origin[k.path]; ok {
			root.put(strings.Split(k.path, "."), nil, l.line(k, &g))
		} else if k.def != "" && l.spoken(k.path) {
			root.put(strings.Split(k.path, "."), nil, l.line(k, nil))
		}
	}
	var b strings.Builder
	root.write(&b, "")
	_, err := io.WriteString(w, b.String())
	return err
}

// spoken reports whether defaults of a key's section say anything: not where
// nobody described that provider or directory.
func (l *loaded) spoken(path string) bool {
	for _, section := range []string{"okta", "auth0", "cognito", "azure-ad", "gcp", "oidc", "jwt", "hcl", "ldap"} {
		prefix := "auth." + section + "."
		if strings.HasPrefix(path, prefix) {
			return slices.ContainsFunc(l.paths(), func(p string) bool { return strings.HasPrefix(p, prefix) })
		}
	}
	return true
}

// printHCL writes what the directory of identity providers says as a whole,
// secrets masked, as comments.
func (l *loaded) printHCL(w io.Writer) error {
	if !slices.Contains(l.Auth.Providers, "hcl") {
		return nil
	}
	directory, err := l.Auth.HCL.Read()
	if err != nil {
		return err
	}
	text := "\n" + l.Auth.HCL.Directory + " together:\n" + directory.String()
	_, err = io.WriteString(w, strings.ReplaceAll(text, "\n", "\n# ")+"\n")
	return err
}

// branchText is one section of printed settings.
type branchText struct {
	order    []string
	children map[string]*branchText
	line     *printed
}

type printed struct{ suffix, value, origin string }

func (l *loaded) line(k *key, g *given) *printed {
	p := &printed{origin: "default"}
	var names []string
	if g != nil {
		names, p.origin = g.names, g.place.String()
	}
	values := texts(k.field(l.settings, names))
	if g != nil && g.file {
		p.suffix, values = fileSuffix, nil
		for _, v := range g.values {
			values = append(values, resolveIf(g.folder, v))
		}
	}
	for i, v := range values {
		values[i] = scalarText(v)
	}
	if k.kind.list {
		p.value = "[" + strings.Join(values, ", ") + "]"
	} else {
		p.value = strings.Join(values, "")
	}
	return p
}

func resolveIf(folder, path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return resolve(folder, path)
}

// scalarText is s as YAML, in quotes where it needs them.
func scalarText(s string) string {
	out, err := yaml.Marshal(s)
	text := strings.TrimSuffix(string(out), "\n")
	if err != nil || strings.ContainsAny(text, "\n[]{},#") {
		return strconv.Quote(s)
	}
	if _, err := strconv.Atoi(s); err == nil || s == "true" || s == "false" {
		return s
	}
	return text
}

func (b *branchText) put(parts, names []string, line *printed) {
	if len(parts) == 0 {
		b.line = line
		return
	}
	name := parts[0]
	if name == "*" {
		name, names = names[0], names[1:]
	}
	if b.children[name] == nil {
		if b.children == nil {
			b.children = map[string]*branchText{}
		}
		b.children[name] = &branchText{}
		b.order = append(b.order, name)
	}
	b.children[name].put(parts[1:], names, line)
}

func (b *branchText) write(w *strings.Builder, indent string) {
	for _, name := range b.order {
		c := b.children[name]
		if c.line != nil {
			fmt.Fprintf(w, "%s%s: %s # %s\n", indent, scalarText(name)+c.line.suffix, c.line.value, c.line.origin)
			continue
		}
		fmt.Fprintf(w, "%s%s:\n", indent, scalarText(name))
		c.write(w, indent+"  ")
	}
}
