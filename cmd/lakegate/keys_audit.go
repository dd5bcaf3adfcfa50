package main

import "time"

// auditSettings is what the keys below say.
type auditSettings struct {
	Folder     string
	Unwritable string
	Text       bool
	Redact     bool
	Sync       string
	Rotate     size
	Retention  time.Duration
	Patience   time.Duration
}

var auditKeys = []key{
	{
		path: "audit.folder", kind: pathKind, example: "/var/lib/lakegate/audit",
		doc:   "Folder of the audit log (docs/audit.md), made if it is not there. Processes may share it. Absent: no records are kept, with a warning.",
		field: func(s *settings, _ []string) any { return &s.Audit.Folder },
	},
	{
		path: "audit.unwritable", kind: choiceKind("refuse", "count"), def: "refuse", example: "count",
		doc:   "What happens while no record can be written: `refuse` lets no statement run, `count` lets them run and counts what is lost. A folder that cannot be written at the start stops the start in either case.",
		field: func(s *settings, _ []string) any { return &s.Audit.Unwritable },
	},
	{
		path: "audit.text", kind: boolKind, def: "true", example: "false",
		doc:   "Whether records hold the statements' texts. Without them they have fingerprints, tables and columns.",
		field: func(s *settings, _ []string) any { return &s.Audit.Text },
	},
	{
		path: "audit.redact", kind: boolKind, def: "false", example: "true",
		doc:   "Whether a question mark stands for each string, number and blob in those texts. For statements that were refused it always does.",
		field: func(s *settings, _ []string) any { return &s.Audit.Redact },
	},
	{
		path: "audit.sync", kind: choiceKind("interval", "statement"), def: "interval", example: "statement",
		doc:   "When records reach the disk. `interval`: a statement's first record is written before it runs, so that the end of the process loses nothing, and synced within 100 ms, which is what a loss of power may take. `statement`: it is synced before the statement runs, which costs each statement the disk's time.",
		field: func(s *settings, _ []string) any { return &s.Audit.Sync },
	},
	{
		path: "audit.rotate", kind: sizeKind, def: "64MiB", example: "256MiB",
		doc:   "The size after which another file of the hour begins.",
		field: func(s *settings, _ []string) any { return &s.Audit.Rotate },
	},
	{
		path: "audit.retention", kind: durationKind, example: "2160h",
		doc:   "How long records stay: partitions of hours that ended longer ago are deleted. Absent: for ever.",
		field: func(s *settings, _ []string) any { return &s.Audit.Retention },
	},
	{
		path: "audit.patience", kind: durationKind, def: "2s", example: "500ms",
		doc:   "How long a statement waits for a slow disk to take its record before that counts as unwritable.",
		field: func(s *settings, _ []string) any { return &s.Audit.Patience },
	},
}
