package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// concealedError is an error whose cause may hold hosts, paths, SQL, or others'
// values: its words are ours, and an id leads to the cause in the log.
type concealedError struct {
	error
	id    string
	cause string
}

func (e *concealedError) Unwrap() error { return e.error }

// conceal gives named our words and an id.
func conceal(named error, words, cause string) error {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	id := hex.EncodeToString(b[:])
	if words != "" {
		words = ": " + words
	}
	return &concealedError{error: fmt.Errorf("%w%s (error %s)", named, words, id), id: id, cause: cause}
}

// errInternal is DuckDB's own fault.
var errInternal = errors.New("internal error of the engine")

// errFatal means that the instance can run nothing any more.
var errFatal = fmt.Errorf("%w: the engine restarts", ErrUnavailable)

// translate turns DuckDB's error into one of this package's, and writes to the
// log what it conceals. Errors that are not DuckDB's stay what they are.
func (i *instance) translate(ctx context.Context, err error) error {
	err = translate(err)
	var c *concealedError
	if errors.As(err, &c) && i.cfg.Log != nil {
		i.cfg.Log.WarnContext(ctx, "engine error", "id", c.id, "cause", c.cause)
	}
	return err
}

// translate turns DuckDB's error into one of this package's. What it conceals is
// in the log only if the instance's translate is called.
func translate(err error) error {
	var bind *guard.BindError
	if errors.As(err, &bind) {
		return translateBind(err, bind)
	}
	var raw *rawError
	if !errors.As(err, &raw) {
		return err
	}
	e := parseRaw(raw)
	for _, r := range rules {
		if !r.when(e) {
			continue
		}
		if r.words == wordsType {
			_, name, _ := strings.Cut(e.text, r.has)
			return fmt.Errorf("%w: %s %s; cast it, for instance to VARCHAR or to a list", r.is, r.words, name)
		}
		if r.words != "" || r.conceal {
			if r.conceal {
				return conceal(r.is, r.words, raw.text)
			}
			return fmt.Errorf("%w: %s", r.is, r.words)
		}
		return e.shown(r.is)
	}
	return conceal(errInternal, "", raw.text)
}

// narrowed is translated, which cause was turned into, in words of our own if cause
// is what a constraint of a table says that its caller sees in part: DuckDB names
// columns, conditions and values.
func narrowed(translated, cause error, narrow bool) error {
	var raw *rawError
	if !narrow || !errors.Is(translated, ErrSQL) || !errors.As(cause, &raw) || parseRaw(raw).class != "Constraint" {
		return translated
	}
	return fmt.Errorf("%w: Constraint Error: the new values do not satisfy a constraint of the table", ErrSQL)
}

// translateBind keeps what is the caller's mistake, with its position, and turns
// the rest into one of this package's errors.
func translateBind(err error, bind *guard.BindError) error {
	class := bind.Type
	if class != "" {
		class = strings.ToUpper(class[:1]) + class[1:]
	}
	named := translate(&rawError{kind: duckdb.ErrorTypeInvalid, text: class + " Error: " + bind.Message})
	if errors.Is(named, ErrSQL) {
		return err
	}
	return named
}

// duckError is DuckDB's error in parts.
type duckError struct {
	class string // "Binder", "Out of Range"; empty if it has none
	text  string // without class, guesses and position
	at    string // "LINE 1: ..." with its caret; empty if there is none
	full  string
}

var classPattern = regexp.MustCompile(`^([A-Za-z][A-Za-z ]*?) Error: `)

// classes are DuckDB's names of the kinds whose prefix a text may lack.
var classes = map[duckdb.ErrorType]string{
	duckdb.ErrorTypeInterrupt: "INTERRUPT", duckdb.ErrorTypeFatal: "FATAL", duckdb.ErrorTypeInternal: "INTERNAL",
	duckdb.ErrorTypeOutOfMemory: "Out of Memory", duckdb.ErrorTypeErrorIO: "IO", duckdb.ErrorTypeHTTP: "HTTP",
}

func parseRaw(raw *rawError) duckError {
	e := duckError{full: raw.text, text: raw.text, class: classes[raw.kind]}
	if m := classPattern.FindStringSubmatch(e.text); m != nil {
		e.class, e.text = m[1], e.text[len(m[0]):]
	}
	if text, at, ok := strings.Cut(e.text, "\nLINE "); ok {
		e.text, e.at = text, "LINE "+at
	}
	e.text = strings.TrimSpace(guess.ReplaceAllString(e.text, ""))
	return e
}

// guess is what DuckDB offers in place of a wrong name: it may be hidden.
var guess = regexp.MustCompile(`(?m)\n?(Did you mean|Candidate bindings:|Candidate tables:|Perhaps)[^\n]*`)

// ours are physical names: a prefix and 24 digits that nobody can guess.
var ours = regexp.MustCompile(`\b[cmspt]_[0-9a-f]{24}\b`)

// outside is what tells of hosts, paths, metadata and remote peers.
var outside = regexp.MustCompile(`(?i)\b[cmspt]_[0-9a-f]{24}\b|s3[an]?://|https?://|ducklake_|postgres|libpq|\.parquet|\.duckdb|(^|[\s"'(=])/[^\s/"']+/`)

// dataErrors are about the caller's own values: a URL in them is a value.
var dataErrors = map[string]bool{
	"Conversion": true, "Out of Range": true, "Constraint": true, "Mismatch Type": true,
	"Decimal": true, "Divide by Zero": true, "Parser": true, "Syntax": true, "Binder": true, "Catalog": true,
}

// fromFile is an error of the caller's own kind that a file's content caused.
var fromFile = regexp.MustCompile(`(?i)\bfile\b|reader`)

// shown is named with DuckDB's own text, unless that tells of what is not the
// caller's.
func (e duckError) shown(named error) error {
	if ours.MatchString(e.text) || ((!dataErrors[e.class] || fromFile.MatchString(e.text)) && outside.MatchString(e.text)) {
		return conceal(named, "", e.full)
	}
	text := e.text
	if e.class != "" {
		text = e.class + " Error: " + text
	}
	// Only a parser has seen nothing but the caller's text.
	if e.at != "" && e.class == "Parser" && !ours.MatchString(e.at) {
		text += "\n\n" + strings.TrimRight(e.at, "\n")
	}
	return fmt.Errorf("%w: %s", named, text)
}

// rule says what an error is. With words, or concealed, DuckDB's text is not shown.
type rule struct {
	class   string // empty for any
	has     string // in the text; empty for anything
	is      error
	words   string
	conceal bool
}

func (r rule) when(e duckError) bool {
	return (r.class == "" || strings.EqualFold(r.class, e.class)) && (r.has == "" || strings.Contains(e.text, r.has))
}

const (
	wordsWriteOne   = "a transaction can write to one lake only"
	wordsReadOnly   = "the lake is read-only"
	wordsMemory     = "the statement needs more memory than it may use"
	wordsSpill      = "the statement needs more space for temporary files than it may use"
	wordsNoFiles    = "this server gives statements no access to files and addresses"
	wordsKeys       = "tables of this lake cannot have PRIMARY KEY, UNIQUE or FOREIGN KEY constraints"
	wordsCheck      = "tables of this lake cannot have CHECK constraints"
	wordsSequence   = "this lake cannot hold sequences"
	wordsIndex      = "tables of this lake cannot have indexes"
	wordsReturning  = "RETURNING cannot be used with tables of this lake"
	wordsOnConflict = "ON CONFLICT needs a PRIMARY KEY or UNIQUE constraint, which this table does not have"
	wordsWiden      = "a column's type can only be widened in this lake"
	wordsGenerated  = "tables of this lake cannot have generated columns"
	wordsType       = "tables of this lake cannot hold the type"
	wordsNegative   = "tables of this lake cannot hold negative intervals"
	wordsNotHere    = "it uses a function or setting that this server does not have"
	wordsAborted    = "an earlier statement failed; roll back"
)

// rules are tried in order; the first that fits decides.
var rules = []rule{
	{class: "INTERRUPT", is: context.Canceled, words: "the statement was interrupted"},
	// Nobody interrupted it, or its context would have said so: DuckDB closed the
	// stream because a value failed, and sometimes loses that error on the way.
	{has: "closed pending query result", is: ErrSQL, words: "the statement failed in the middle of its rows, and DuckDB lost the cause; run it again to see it"},
	{class: "FATAL", is: errFatal, conceal: true},
	{has: "database has been invalidated", is: errFatal, conceal: true},

	{has: "a single transaction can only write to a single attached database", is: ErrUnsupported, words: wordsWriteOne},
	{has: "read-only", is: ErrUnsupported, words: wordsReadOnly},
	{has: "read only", is: ErrUnsupported, words: wordsReadOnly},

	// What others did at the same time. DuckLake's texts hold its SQL and values.
	{has: "Transaction conflict", is: ErrConflict, conceal: true},
	{has: "write-write conflict", is: ErrConflict, conceal: true},
	{has: "Conflict on ", is: ErrConflict, conceal: true},
	{has: "Exceeded the maximum retry count", is: ErrConflict, conceal: true},
	{has: "has been altered", is: ErrConflict, conceal: true},
	{has: "ducklake_inlined", is: ErrConflict, conceal: true},
	{has: "PRIMARY KEY or UNIQUE constraint viol", is: ErrConflict, conceal: true},
	{has: "Current transaction is aborted", is: ErrTransaction, words: wordsAborted},
	{has: "no transaction is active", is: ErrTransaction, words: "no transaction is open"},
	{has: "cannot start a transaction within a transaction", is: ErrTransaction, words: "a transaction is open already"},

	{has: "No space left on device", is: ErrResources, words: wordsSpill},
	{has: "max_temp_directory_size", is: ErrResources, words: wordsSpill},
	{class: "Out of Memory", is: ErrResources, words: wordsMemory},
	{has: "Parquet files do not support negative intervals", is: ErrUnsupported, words: wordsNegative},
	{has: "Failed to commit", is: ErrUnavailable, conceal: true},
	{class: "IO", is: ErrUnavailable, conceal: true},
	{class: "HTTP", is: ErrUnavailable, conceal: true},
	{class: "Connection", is: ErrUnavailable, conceal: true},
	{class: "Network", is: ErrUnavailable, conceal: true},
	{has: "Postgres", is: ErrUnavailable, conceal: true},

	{has: "PRIMARY KEY/UNIQUE constraints are not supported", is: ErrUnsupported, words: wordsKeys},
	{has: "FOREIGN KEY constraints are not supported", is: ErrUnsupported, words: wordsKeys},
	{has: "CHECK constraints are not supported", is: ErrUnsupported, words: wordsCheck},
	{has: "does not support sequences", is: ErrUnsupported, words: wordsSequence},
	{has: "does not support indexes", is: ErrUnsupported, words: wordsIndex},
	{has: "RETURNING clause not yet supported", is: ErrUnsupported, words: wordsReturning},
	{has: "There are no UNIQUE/PRIMARY KEY constraints", is: ErrUnsupported, words: wordsOnConflict},
	{has: "only widening type promotions", is: ErrUnsupported, words: wordsWiden},
	{has: "generated columns", is: ErrUnsupported, words: wordsGenerated},
	{has: "Failed to convert DuckDB type to DuckLake - unsupported type ", is: ErrUnsupported, words: wordsType},
	{has: "in DuckLake", is: ErrUnsupported},
	{has: "DuckLake does not support", is: ErrUnsupported},
	{class: "Permission", is: ErrUnsupported, words: wordsNoFiles},
	{class: "Missing Extension", is: ErrUnsupported, words: wordsNoFiles},
	{class: "Not implemented", is: ErrUnsupported},
	{class: "INTERNAL", is: errInternal, conceal: true},

	{has: "but it exists in the", is: ErrSQL, words: wordsNotHere},
	{class: "Catalog", has: "Function with name", is: ErrSQL},
	{has: "already exists", is: ErrExists},
	{class: "Catalog", has: "does not exist", is: catalog.ErrNotFound},
	{class: "Binder", has: "does not exist", is: catalog.ErrNotFound},
	{class: "", is: ErrSQL},
}
