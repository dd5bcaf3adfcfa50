package main

// limitKeys bound what callers can make the server do and hold.
var limitKeys = []key{
	{
		path: "limits.max_message", kind: sizeKind, def: "64MiB", example: "16MiB",
		doc:   "The largest message that is taken from a client; ingest and bulk parameters arrive in such messages.",
		field: func(s *settings, _ []string) any { return &s.Limits.MaxMessage },
	},
	{
		path: "limits.max_connections", kind: countKind(1, 1000000), def: "10000", example: "500",
		doc:   "How many connections may be open at once; more are closed as they come.",
		field: func(s *settings, _ []string) any { return &s.Limits.MaxConnections },
	},
	{
		path: "limits.max_connections_per_peer", kind: countKind(1, 1000000), def: "1000", example: "100",
		doc:   "How many of them may come from one address.",
		field: func(s *settings, _ []string) any { return &s.Limits.MaxConnectionsPerPeer },
	},
	{
		path: "limits.max_streams", kind: countKind(1, 100000), def: "256", example: "32",
		doc:   "How many calls one connection may have open at once.",
		field: func(s *settings, _ []string) any { return &s.Limits.MaxStreams },
	},
	{
		path: "limits.max_requests", kind: countKind(1, 10000000), def: "1000", example: "200",
		doc:   "How many calls a second one principal may make in the long run.",
		field: func(s *settings, _ []string) any { return &s.Limits.MaxRequests },
	},
	{
		path: "limits.burst_limit", kind: countKind(1, 10000000), def: "1500", example: "400",
		doc:   "How many calls one principal may make at once after a pause.",
		field: func(s *settings, _ []string) any { return &s.Limits.BurstLimit },
	},
	{
		path: "limits.global_limit", kind: countKind(1, 10000000), def: "5000", example: "20000",
		doc:   "How many calls a second all callers together may make.",
		field: func(s *settings, _ []string) any { return &s.Limits.GlobalLimit },
	},
	{
		path: "limits.max_sessions_per_hour", kind: countKind(1, 10000000), def: "1000", example: "100",
		doc:   "How many sessions (for transactions, temporary tables, session options) one principal may begin in an hour.",
		field: func(s *settings, _ []string) any { return &s.Limits.SessionsPerHour },
	},
	{
		path: "limits.max_concurrent_sessions", kind: countKind(1, 1000000), def: "20", example: "100",
		doc:   "How many of them one principal may have open.",
		field: func(s *settings, _ []string) any { return &s.Limits.ConcurrentSessions },
	},
	{
		path: "limits.max_session_ttl_hours", kind: countKind(1, 8760), def: "8", example: "24",
		doc:   "After how many hours a session ends, however often its holder shows new tokens.",
		field: func(s *settings, _ []string) any { return &s.Limits.SessionHours },
	},
	{
		path: "limits.max_running", kind: countKind(1, 1000000), example: "64",
		doc:   "How many statements run at once, of all callers; more wait for their turn, which goes round between callers. Absent: no bound. [Limits](limits.md) says more of this key and those below.",
		field: func(s *settings, _ []string) any { return &s.Limits.MostRunning },
	},
	{
		path: "limits.running", kind: countKind(1, 1000000), example: "8",
		doc:   "How many of them may be one principal's. This key and those below are for whom the policy's section `limits` says nothing else. Absent: no bound.",
		field: func(s *settings, _ []string) any { return &s.Limits.Running },
	},
	{
		path: "limits.queued", kind: countKind(1, 1000000), example: "1000",
		doc:   "How many of one principal's statements may wait for their turn; more are refused. Absent: no bound.",
		field: func(s *settings, _ []string) any { return &s.Limits.Queued },
	},
	{
		path: "limits.queue_wait", kind: durationKind, example: "5m",
		doc:   "How long a statement may wait for its turn. Absent: until its client gives up.",
		field: func(s *settings, _ []string) any { return &s.Limits.QueueWait },
	},
	{
		path: "limits.statement_time", kind: durationKind, example: "1h",
		doc:   "How long a statement may run, from its turn until its client has its last row. Absent: no bound.",
		field: func(s *settings, _ []string) any { return &s.Limits.StatementTime },
	},
	{
		path: "limits.rows", kind: countKind(1, 1<<53), example: "100000000",
		doc:   "How many rows a statement may give its client. Absent: no bound.",
		field: func(s *settings, _ []string) any { return &s.Limits.Rows },
	},
	{
		path: "limits.bytes", kind: sizeKind, example: "50GB",
		doc:   "How many bytes of rows a statement may give its client. Absent: no bound.",
		field: func(s *settings, _ []string) any { return &s.Limits.Bytes },
	},
	{
		path: "limits.statement_bytes", kind: sizeKind, example: "100KB",
		doc:   "How long a statement's text may be. Absent: 1 MiB, beyond which nobody's may be.",
		field: func(s *settings, _ []string) any { return &s.Limits.StatementBytes },
	},
	{
		path: "limits.nesting", kind: countKind(1, 10000), example: "200",
		doc:   "How many brackets within brackets a statement may have. Absent: what the engine takes.",
		field: func(s *settings, _ []string) any { return &s.Limits.Nesting },
	},
	{
		path: "limits.temporary_tables", kind: countKind(1, 100000), def: "100", example: "20",
		doc:   "How many temporary tables one session may have.",
		field: func(s *settings, _ []string) any { return &s.Limits.TemporaryTables },
	},
}
