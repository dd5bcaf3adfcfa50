package guard

import "github.com/lakegate/lakegate/policy"

// Alters reports whether the statement changes a table that is there: it may
// have another name, or another comment, afterwards.
func (v Verdict) Alters() bool { return v.Kind == Define && v.Needs.Has(policy.Alter) }

// Adds reports whether the statement does nothing but add rows, so that it does
// the same before and after others of its kind.
func (v Verdict) Adds() bool { return v.Kind == Change && v.Needs == policy.Insert }
