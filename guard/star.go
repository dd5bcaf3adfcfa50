package guard

import "strings"

// star walks * and COLUMNS, whose lists may hold qualified names.
func (r *rewriter) star(n node, e env) error {
	if err := r.starOf(n, e); err != nil {
		return err
	}
	for _, key := range [...]string{"exclude_list", "qualified_exclude_list", "rename_list"} {
		entries := list(n, key)
		for _, v := range entries {
			m, ok := v.(node)
			if !ok {
				continue
			}
			name := m
			if k := child(m, "key"); k != nil {
				name = k
			}
			others := r.starName(name, e)
			if key == "qualified_exclude_list" {
				for _, alias := range others {
					another, _ := clone(m).(node)
					another["table"] = alias
					n[key] = append(list(n, key), another)
				}
			}
		}
	}
	r.useStar(n, e)
	for _, v := range list(n, "replace_list") {
		if m, ok := v.(node); ok {
			if err := r.value(m["value"], e); err != nil {
				return err
			}
		}
	}
	return r.value(n["expr"], e)
}

// useStar notes the columns that * or COLUMNS stands for.
func (r *rewriter) useStar(n node, e env) {
	but := excluded(n)
	of := str(n, "relation_name")
	if of == "" {
		r.notes.useScope(e.scope, but)
		return
	}
	for s := e.scope; s != nil; s = s.outer {
		for _, src := range s.sources {
			if same(src.alias, of) {
				r.notes.useAll(src.table, but)
				return
			}
		}
	}
}

// starOf gives the table before a star the alias that it has in the rewritten text.
func (r *rewriter) starOf(n node, e env) error {
	of := str(n, "relation_name")
	if of == "" {
		return nil
	}
	for s := e.scope; s != nil; s = s.outer {
		known := s.known(of)
		switch {
		case len(known) == 0:
			continue
		case len(known) > 1 && s.shared[strings.ToLower(of)]:
			return ambiguous(known, of)
		case !same(known[0].alias, of):
			n["relation_name"] = known[0].alias
			r.changed = true
		}
		return nil
	}
	return nil
}

// starName gives a name in a star's lists the alias that its table has in the
// rewritten text, and says which other tables it is for: without a schema it is
// for all of that name.
func (r *rewriter) starName(name node, e env) (others []string) {
	parts := make([]string, 0, 4)
	for _, key := range [...]string{"catalog", "schema", "table", "column"} {
		if s := str(name, key); s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) < 2 {
		return nil
	}
	for s := e.scope; s != nil; s = s.outer {
		if src, _ := s.qualified(parts); src != nil {
			name["catalog"], name["schema"], name["table"] = "", "", src.alias
			r.changed = true
			return nil
		}
		known := s.known(parts[0])
		if len(parts) > 2 || len(known) == 0 {
			continue
		}
		if !s.shared[strings.ToLower(parts[0])] {
			return nil
		}
		r.changed = true
		for _, src := range known {
			if src.mayHave(parts[1]) {
				others = append(others, src.alias)
			}
		}
		if len(others) == 0 {
			return nil
		}
		name["table"] = others[0]
		return others[1:]
	}
	return nil
}
