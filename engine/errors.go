package engine

import "errors"

// What can go wrong with a statement. The texts that wrap these are ours or,
// for mistakes in the caller's SQL, DuckDB's without physical names; none holds
// hosts, paths, other people's values or secrets.
var (
	// ErrSQL: the statement is malformed or does not fit the data: syntax,
	// types, division by zero, a cast that fails, a constraint that does not hold.
	ErrSQL = errors.New("invalid statement")
	// ErrExists: what is to be made is there already.
	ErrExists = errors.New("already exists")
	// ErrConflict: another transaction was first; running it again may succeed.
	ErrConflict = errors.New("conflict with another transaction; run it again")
	// ErrTransaction: no transaction is open, or one is open already, or the
	// open one failed and must be rolled back.
	ErrTransaction = errors.New("transaction state")
	// ErrUnavailable: a lake cannot be reached now.
	ErrUnavailable = errors.New("the lake cannot be reached; try again")
	// ErrResources: over a limit of memory, spill space or connections.
	ErrResources = errors.New("out of resources")
	// ErrUnsupported: the lake's type cannot do this.
	ErrUnsupported = errors.New("not supported")
	// ErrNoSession: there is no such session.
	ErrNoSession = errors.New("no such session")
)
