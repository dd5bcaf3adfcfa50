// Package audit answers what happened: who logged in, which statements ran, what
// was denied. Records are lines of JSON under hour partitions, kept durable by a
// written rule (docs/audit.md).
package audit

import (
	"errors"
	"log/slog"
	"time"
)

// Config is what Open needs.
type Config struct {
	Folder string // required; made if it is not there

	// Lenient lets statements run when their records cannot be written, and counts
	// what was lost; otherwise they are refused.
	Lenient bool
	// Text keeps the statements' texts; Redact replaces their literals first.
	Text   bool
	Redact bool

	// EachSynced has a record on the disk before Write returns. Otherwise it is the
	// operating system's by then, which the end of this process does not touch, and
	// on the disk within SyncEvery.
	EachSynced bool

	Rotate    int64         // bytes after which another file of the hour begins; 0 means 64 MiB
	Retention time.Duration // how long partitions stay; 0 means for ever
	Patience  time.Duration // how long a caller waits for their record to be written; 0 means 2 s

	Log *slog.Logger     // required
	Now func() time.Time // nil means time.Now
}

// ErrUnwritable means that a record could not be made durable, and the rule is to refuse.
var ErrUnwritable = errors.New("the audit log cannot be written, and nothing runs without it; ask an administrator")

// Record is one line.
type Record struct {
	Time  time.Time `json:"time"`
	Event Event     `json:"event"`

	ID         string   `json:"id,omitempty"`      // of the statement: equal in its start and end
	Session    string   `json:"session,omitempty"` // where there is one
	Peer       string   `json:"peer,omitempty"`
	Protocol   string   `json:"protocol,omitempty"` // flight, http
	Method     string   `json:"method,omitempty"`   // of the RPC
	Command    string   `json:"command,omitempty"`
	Provider   string   `json:"provider,omitempty"`
	Subject    string   `json:"subject,omitempty"`
	User       string   `json:"user,omitempty"`
	Actor      string   `json:"actor,omitempty"`
	Groups     []string `json:"groups,omitempty"`
	Credential string   `json:"credential,omitempty"`

	Decision    string   `json:"decision,omitempty"` // allow, deny
	Rules       []string `json:"rules,omitempty"`    // of the policy, that decided about the tables
	Fingerprint string   `json:"fingerprint,omitempty"`
	Statement   string   `json:"statement,omitempty"`
	Reads       []string `json:"reads,omitempty"`   // catalog.schema.table
	Columns     []string `json:"columns,omitempty"` // catalog.schema.table.column
	Target      string   `json:"target,omitempty"`

	Rows       int64         `json:"rows,omitempty"`
	Bytes      int64         `json:"bytes,omitempty"`
	Duration   time.Duration `json:"-"`                     // written as duration_ms
	DurationMS float64       `json:"duration_ms,omitempty"` // set by the log
	Code       string        `json:"code,omitempty"`        // of gRPC
	Reason     string        `json:"reason,omitempty"`      // of a failure; no secrets
	ErrorID    string        `json:"error_id,omitempty"`
	Lost       int64         `json:"lost,omitempty"` // records that could not be written, or bytes of a torn line, before this
}

// Event says what a Record is about.
type Event string

// The events.
const (
	Login  Event = "login"  // a credential was accepted for the first time, or a handshake was
	Start  Event = "start"  // a statement begins
	End    Event = "end"    // it has ended
	Denied Event = "denied" // a call was refused: who, or what
	Change Event = "change" // an administrator's order was carried out, or settings were put in force
	Opened Event = "opened" // the log was opened; Lost says how many bytes of torn lines its last run left

	Closed  Event = "closed"  // the last record of a run; with a Reason, the next start added it
	Resumed Event = "resumed" // the log can be written again; Lost says how many records could not be
)

// SyncEvery is how long a record may be in the operating system's hands alone.
const SyncEvery = 100 * time.Millisecond

// Status says how the log is doing.
type Status struct {
	Err  error // why it cannot be written; nil if it can
	Lost int64 // records since the start that could not be written
}
