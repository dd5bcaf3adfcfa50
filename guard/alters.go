package guard

import "github.com/lakegate/lakegate/policy"

// Alters reports whether the statement changes a table that is there: it may
// have another name, or another comment, afterwards.
func (v Verdict) Alters() bool { return v.Kind == Define && v.Needs.Has(policy.Alter) }
