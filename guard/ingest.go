package guard

import (
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// Rows that come without SQL need the rights of the statements that they stand
// for. The errors are those of Check.

// MayAppend decides on adding rows to t, which is in c.
func MayAppend(view catalog.View, t catalog.Table, c catalog.Catalog) error {
	return (&statement{view: view}).allowOn(t, c, policy.Insert)
}

// MayReplace decides on making t, which is in c, anew.
func MayReplace(view catalog.View, t catalog.Table, c catalog.Catalog) error {
	if err := MayCreate(view, t.Name, c); err != nil {
		return err
	}
	return (&statement{view: view}).allowOn(t, c, policy.Insert|policy.Drop)
}

// MayCreate decides on making a table called name in c.
func MayCreate(view catalog.View, name catalog.Name, c catalog.Catalog) error {
	s := &statement{view: view}
	if err := s.allowIn(c, name, policy.Create|policy.Insert); err != nil {
		return err
	}
	return s.free(name)
}
