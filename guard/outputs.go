package guard

import (
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// outputs are the names of a query's columns. More may be listed than there are,
// and where all is not known, none may be missing.
type outputs struct {
	names []string
	all   bool // there are no others
}

// renamed gives the first of o the names of a list of column aliases.
func (o outputs) renamed(aliases []any) outputs {
	names := texts(aliases)
	if len(names) < len(o.names) {
		names = append(names, o.names[len(names):]...)
	}
	return outputs{names, o.all}
}

// join is o with what p has.
func (o outputs) join(p outputs) outputs {
	return outputs{append(o.names[:len(o.names):len(o.names)], p.names...), o.all && p.all}
}

// give puts o's columns into a FROM clause.
func (s *scope) give(o outputs) {
	for _, name := range o.names {
		s.columns = append(s.columns, catalog.Column{Name: name})
	}
	s.opaque = s.opaque || !o.all
}

// selected are the outputs of a SELECT's list over the FROM clause s.
func selected(items []any, s *scope) outputs {
	out := outputs{all: true}
	for _, v := range items {
		item, _ := v.(node)
		parts := texts(list(item, "column_names"))
		switch {
		case str(item, "alias") != "":
			out.names = append(out.names, str(item, "alias"))
		case str(item, "class") == "COLUMN_REF" && len(parts) > 0:
			out.names = append(out.names, parts[len(parts)-1])
		case str(item, "class") == "STAR":
			out = out.join(starred(item, s))
		default:
			if _, expands := inspect(item); expands {
				out.all = false
			}
		}
	}
	return out
}

// starred are the columns that * may stand for.
func starred(star node, s *scope) outputs {
	out := outputs{all: !s.opaque}
	but := excluded(star)
	for _, c := range s.columns {
		if !but[strings.ToLower(c.Name)] {
			out.names = append(out.names, c.Name)
		}
	}
	for _, v := range list(star, "rename_list") {
		if m, ok := v.(node); ok {
			out.names = append(out.names, str(m, "value"))
		}
	}
	return out
}

// excluded are the columns, in lower case, that * leaves out whatever their table.
func excluded(star node) map[string]bool {
	but := map[string]bool{}
	for _, v := range list(star, "exclude_list") {
		if name, ok := v.(string); ok {
			but[strings.ToLower(name)] = true
		}
	}
	for _, v := range list(star, "qualified_exclude_list") {
		if name, ok := v.(node); ok && str(name, "table") == "" {
			but[strings.ToLower(str(name, "column"))] = true
		}
	}
	return but
}
