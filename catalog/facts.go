package catalog

// Facts are the rows of the server's own tables (lakegate.system.*) for one
// caller, as of when they are asked for.
type Facts struct {
	// Rows gives a table's rows, JSON objects by column name; false for a table
	// that there is not for this caller.
	Rows func(table string) ([]map[string]any, bool)
}

// With is v with facts, for one statement. Its Version is v's: what reads facts
// is guard.Verdict.Volatile.
func (v View) With(f Facts) View {
	v.facts = &f
	return v
}

// Facts are those that v was given; false if none.
func (v View) Facts() (Facts, bool) {
	if v.facts == nil {
		return Facts{}, false
	}
	return *v.facts, true
}

// As is v for a caller of that name, which only Volatile verdicts may use.
func (v View) As(user string) View {
	v.user = user
	return v
}

// User is the caller's name, empty if v was not told.
func (v View) User() string { return v.user }
