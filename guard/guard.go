// Package guard decides whether one statement may run for one caller, and as
// what text. It knows SQL's shape and the caller's View; DuckDB's own parser and
// binder do the parsing and binding, behind [Binder], so that this package needs
// no engine to be tested.
//
// The way of a statement: exactly one; its kind on the allow-list; every table
// resolved in the View and replaced by the columns, masks and rows that exist for
// the caller; every function on the allow-list; the rewritten text bound, not run,
// and every scan, function and write target in that plan exactly what the
// rewriting intended. What is not understood is refused.
package guard

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// Binder is DuckDB's parser and binder on one connection. None of its methods
// runs the statement. What DuckDB says of the statement is in the answers; an
// error means that there is none, and its text may hold physical names.
type Binder interface {
	// Serialize is json_serialize_sql's answer for sql, with no option that leaves
	// something out: Deserialize needs it all.
	Serialize(ctx context.Context, sql string) (string, error)
	// Deserialize is json_deserialize_sql's answer for tree.
	Deserialize(ctx context.Context, tree string) (string, error)
	// Plan is json_serialize_plan's answer for sql, not optimised; empty and
	// default values may be left out.
	Plan(ctx context.Context, sql string) (string, error)
}

// Kind is what a statement does, as far as its caller must know.
type Kind uint8

// The kinds of statements.
const (
	Query    Kind = iota // gives rows, changes nothing
	Change               // INSERT, UPDATE, DELETE, MERGE: gives a count, and rows where Verdict.Returns
	Define               // CREATE, DROP, ALTER, COMMENT: gives nothing; the catalogs changed
	Begin                // BEGIN
	Commit               // COMMIT
	Rollback             // ROLLBACK
	Use                  // USE: sets the session's current catalog and schema
	Set                  // RESET of one of the session's own options
	Ordered              // what Verdict.Order says, done by the server itself: gives nothing
)

// Verdict is a statement that may run. It is plain data and may be cached under
// the statement's text and the View's Version.
type Verdict struct {
	Kind    Kind
	SQL     string            // what to give to the engine, with physical names; empty for Begin to Set
	Target  catalog.Name      // Change and Define: the logical table or schema; Use: where to
	Lake    string            // physical catalog that is written to; empty for Query
	Temp    bool              // reads or writes the session's temporary tables: needs its connection
	Reads   []catalog.Name    // logical tables read
	Needs   policy.Privileges // what the caller needed and has
	Returns bool              // Change: it has RETURNING, and gives the rows of that
	Shape   string            // where it Returns: a statement with the same RETURNING and no parameters, to be prepared and never run
	Option  string            // Set: the name of the option that is reset
	Order   *Order            // Ordered: what to do
	Explain Explain           // Query: give the plan of SQL instead of its rows
	Columns []ColumnUse       // columns read of each table in Reads, as far as they are told apart

	// Narrow says that the target has columns or values that the caller does not
	// see: what a constraint of it says must not be told.
	Narrow bool

	// Volatile verdicts hold for this execution alone and must not be kept: their
	// SQL has something of the caller, or of the moment, in it.
	Volatile bool
}

// Explain says whether a query's plan is asked for.
type Explain uint8

// The ways to explain.
const (
	NotExplained   Explain = iota
	ExplainPlan            // EXPLAIN: the query does not run
	ExplainAnalyze         // EXPLAIN ANALYZE: it runs, and its rows are thrown away
)

// ColumnUse names columns that a statement reads.
type ColumnUse struct {
	Table   catalog.Name
	Columns []string
}

// Refusal is a statement that is not accepted: malformed, or something that
// this server does not do. Its text says which part, and what would be right.
// Where nobody may do the thing here, whatever their rights, errors.Is finds
// ErrDenied in it.
type Refusal struct { //nolint:errname // the word that callers read
	Text     string
	Position int // byte offset in the statement, -1 if none

	forbidden bool
}

func (r *Refusal) Error() string { return r.Text }

// Is makes a forbidden thing count as denied.
func (r *Refusal) Is(target error) bool { return r.forbidden && target == ErrDenied }

func refuse(position int, format string, args ...any) error {
	return &Refusal{Text: fmt.Sprintf(format, args...), Position: position}
}

// deny refuses what nobody may do here.
func deny(position int, format string, args ...any) error {
	return &Refusal{Text: fmt.Sprintf(format, args...), Position: position, forbidden: true}
}

// ErrDenied means that the caller sees the thing, and may not do that to it, or
// that nobody may. The error that wraps it says what and to which.
var ErrDenied = errors.New("permission denied")

// denied says that the caller may not do action to the thing named.
func denied(action string, name catalog.Name) error {
	return fmt.Errorf("%s %s: %w", action, display(name), ErrDenied)
}

func display(n catalog.Name) string {
	var parts []string
	for _, p := range [...]string{n.Catalog, n.Schema, n.Table} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ".")
}

// BindError is what DuckDB's parser or binder found wrong with the statement:
// the caller's mistake when Type is binder, catalog, conversion, invalid input
// and the like; the lake's state when it is io, http, connection or internal.
// Message holds no physical catalog name; for the latter types it may hold hosts
// and paths and must be replaced.
type BindError struct {
	Type     string // DuckDB's, in lower case: binder, catalog, conversion, io, ...
	Message  string
	Position int // byte offset in the statement, -1 if none
}

func (e *BindError) Error() string { return e.Message }

// Check decides on sql for the holder of view. Its errors: *Refusal, ErrDenied,
// catalog.ErrNotFound, *BindError, and what b returned.
func Check(ctx context.Context, b Binder, view catalog.View, sql string) (Verdict, error) {
	if !view.Rights().Executes() {
		return Verdict{}, fmt.Errorf("run statements: %w", ErrDenied)
	}
	tokens, err := admitted(sql)
	if err != nil {
		return Verdict{}, err
	}
	tokens, err = oneStatement(tokens)
	if err != nil {
		return Verdict{}, err
	}
	s := &statement{ctx: ctx, bind: b, view: view, span: span{sql, tokens}}
	v, err := s.decide()
	if err != nil {
		return Verdict{}, err
	}
	v.Volatile = v.Volatile || s.notes.volatile
	v.Columns = s.notes.columns(view, v.Reads)
	return v, nil
}

// oneStatement drops the semicolons at the end, and refuses any others.
func oneStatement(tokens []token) ([]token, error) {
	for len(tokens) > 0 && tokens[len(tokens)-1].kind == semicolon {
		tokens = tokens[:len(tokens)-1]
	}
	for _, t := range tokens {
		if t.kind == semicolon {
			return nil, refuse(t.start, "several statements in one text are not accepted; send them one by one")
		}
	}
	if len(tokens) == 0 {
		return nil, refuse(-1, "the statement is empty; send one SQL statement")
	}
	return tokens, nil
}
