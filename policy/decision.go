package policy

import "time"

// Object is a table that rules are asked about, by its logical names.
type Object struct {
	Catalog, Schema, Table string
	Columns                []string // in order
	// Types of the columns, as DuckDB spells them, for ready-made masks. Where
	// they are not told, those masks give NULL.
	Types []string
}

// Decision is what a principal may do with one table. The zero Decision is
// nothing: the table does not exist for them.
type Decision struct {
	Privileges Privileges
	Filter     string           // SQL condition with the principal's values as literals; empty lets all rows pass
	Columns    []ColumnDecision // as Object.Columns; nil means all as they are
	Rule       string           // what decided, such as "tables[2] (policy.yaml:14)", "grants" or "defaults"; for administrators' eyes
}

// ColumnDecision is what there is of one column.
type ColumnDecision struct {
	Denied bool
	Mask   string // SQL expression, with the principal's values as literals, to take instead; empty takes the column
}

// Limits bound what a principal's statements take; zero values do not.
type Limits struct {
	// Share tells who is counted together: empty for each principal alone,
	// otherwise all principals with the same Share.
	Share string
	Name  string // of whom the limits are, for messages: "group analysts"; empty for the principal

	Running        int           // statements at once
	Queued         int           // statements that wait for their turn
	QueueWait      time.Duration // how long one may wait
	StatementTime  time.Duration // how long one may run, to its last row
	Rows, Bytes    int64         // that one may give out
	StatementBytes int           // of its text
	Nesting        int           // brackets within brackets in its text
	// Memory and Spill of one statement, in bytes. They are told to the engine,
	// which keeps to them only when it runs in a process of its own.
	Memory, Spill int64
}
