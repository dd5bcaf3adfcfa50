package flight

import (
	"slices"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// EndWithdrawn ends, where the settings say so, the statements that the rules now
// in force no longer allow, or allow otherwise. Sessions stay.
func (s *Server) EndWithdrawn() {
	if !s.cfg.CancelWithdrawn {
		return
	}
	for _, x := range s.executions.list() {
		if s.withdrawn(x) {
			x.cancel(errWithdrawn)
		}
	}
}

// withdrawn reports whether x could not begin now as it did: the rules that were
// in force when it was checked gave more than those that are.
func (s *Server) withdrawn(x *execution) bool {
	before, now := x.view.Rights(), s.cfg.Catalogs.Rights(x.who)
	if before == now {
		return false
	}
	if before.Executes() && !now.Executes() {
		return true
	}
	v := x.verdict
	for _, name := range v.Reads {
		if less(x.view, name, before, now, policy.Select, columnsOf(v, name)) {
			return true
		}
	}
	needs := v.Needs &^ policy.Select
	return v.Target != (catalog.Name{}) && less(x.view, v.Target, before, now, needs, nil)
}

// less reports whether now gives less of a table than before: of what is needed
// of it, or of columns (nil for all).
func less(view catalog.View, name catalog.Name, before, now policy.Rights, needs policy.Privileges, columns []string) bool {
	c, err := view.Catalog(name.Catalog)
	switch {
	case err != nil:
		return false
	case c.Type == catalog.System:
		return before.Admin && !now.Admin
	case c.Type == catalog.Temp:
		return false
	}
	o := policy.Object{Catalog: name.Catalog, Schema: name.Schema, Table: name.Table}
	if t, err := view.Table(name.Catalog, name.Schema, name.Table); err == nil {
		for _, column := range t.Columns {
			o.Columns = append(o.Columns, column.Name)
		}
		o.Columns = append(o.Columns, t.Hidden...)
	}
	return worse(before.Table(o), now.Table(o), needs, o.Columns, columns)
}

// worse reports whether fresh gives less than old: of what is needed, or of the
// columns read (nil for all).
func worse(old, fresh policy.Decision, needs policy.Privileges, columns, read []string) bool {
	if !fresh.Privileges.Has(old.Privileges & needs) {
		return true
	}
	const ofRows = policy.Select | policy.Update | policy.Delete
	if needs&ofRows != 0 && fresh.Filter != "" && fresh.Filter != old.Filter {
		return true
	}
	if !needs.Has(policy.Select) {
		return false
	}
	for i, column := range columns {
		if read != nil && !slices.Contains(read, column) {
			continue
		}
		was, is := columnAt(old, i), columnAt(fresh, i)
		if !was.Denied && (is.Denied || is.Mask != "" && is.Mask != was.Mask) {
			return true
		}
	}
	return false
}

func columnAt(d policy.Decision, i int) policy.ColumnDecision {
	if i < len(d.Columns) {
		return d.Columns[i]
	}
	return policy.ColumnDecision{}
}

// columnsOf are the columns of a table that v reads; nil where they are not told apart.
func columnsOf(v guard.Verdict, name catalog.Name) []string {
	for _, u := range v.Columns {
		if u.Table == name {
			return u.Columns
		}
	}
	return nil
}
