package main

import (
	"slices"
	"strings"
)

// key describes one setting. The reading, the check, the printing and
// docs/configuration.md all come from this table.
type key struct {
	path    string   // dotted; * stands for a name of the user's choosing
	kind    kind     //
	env     []string // names in the environment besides LAKEGATE_<PATH>
	def     string   // in the settings file's spelling; empty means that there is none
	secret  bool     // may be given as KEY_file, and is masked in every print
	doc     string   // what it does; for optional keys without a default also what its absence means
	example string   // as one would write it after the key
	field   func(s *settings, names []string) any
}

// last is the key's own name.
func (k key) last() string { return k.path[strings.LastIndexByte(k.path, '.')+1:] }

// keys are all settings, in the order in which they are documented and printed.
var keys = slices.Concat(serverKeys, limitKeys, auditKeys, lakeKeys, airportKeys, policyKeys, authKeys)

var serverKeys = []key{
	{
		path: "listen", kind: addressKind, def: "127.0.0.1:50051", example: "0.0.0.0:50051",
		doc:   "Where the server listens, for gRPC and for `GET /flight/health` alike. An empty host means all of the machine's addresses.",
		field: func(s *settings, _ []string) any { return &s.Listen },
	},
	{
		path: "allow_plaintext", kind: boolKind, def: "false", example: "true",
		doc:   "**Insecure.** Lets the server listen beyond loopback without TLS, so that tokens and data cross the network in the clear. Meant for a server on a private network, such as a pod behind a proxy that ends TLS.",
		field: func(s *settings, _ []string) any { return &s.AllowPlaintext },
	},
	{
		path: "tls.certificate", kind: pathKind, example: "server.pem",
		doc:   "PEM file with the server's certificate and its chain, read again when it changes. Without `tls` the server speaks plaintext, and then only on loopback.",
		field: func(s *settings, _ []string) any { return &s.TLS.Certificate },
	},
	{
		path: "tls.key", kind: pathKind, example: "server.key",
		doc:   "PEM file with the certificate's private key.",
		field: func(s *settings, _ []string) any { return &s.TLS.Key },
	},
	{
		path: "tls.client_ca", kind: pathKind, example: "clients-ca.pem",
		doc:   "PEM file with the authorities whose client certificates are accepted, read again when it changes.",
		field: func(s *settings, _ []string) any { return &s.TLS.ClientCA },
	},
	{
		path: "tls.client_auth", kind: choiceKind("none", "optional", "required"), def: "none", example: "required",
		doc:   "Whether clients may or must show a certificate of `tls.client_ca`. `auth.certificates.user` lets them in by it alone.",
		field: func(s *settings, _ []string) any { return &s.TLS.ClientAuth },
	},
	{
		path: "extensions", kind: pathKind, example: "/usr/lib/lakegate/extensions",
		doc:   "Folder with the engine's extensions, as `make extensions` lays it out. Only those that the other settings need are loaded; nothing is ever downloaded by the server. Absent: the first that is there of `extensions` in the working folder, `extensions` beside the program or one folder above it, and /usr/lib/lakegate/extensions.",
		field: func(s *settings, _ []string) any { return &s.Extensions },
	},
	{
		path: "state", kind: pathKind, example: "/var/lib/lakegate",
		doc:   "Folder that survives restarts. The server keeps a ticket key there when none is given. Without it the key lives as long as the process.",
		field: func(s *settings, _ []string) any { return &s.State },
	},
	{
		path: "ticket_key", kind: secretsKind, secret: true, example: "[kx3W...=, the one before it]",
		doc:   "Keys that seal tickets, handles and cookies. The first seals, all of them open: to rotate, put a new one first and drop the old one a day later. Replicas that share them serve each other's tickets. Absent: one is made and kept in `state`, or without `state` one that ends with the process, with a warning.",
		field: func(s *settings, _ []string) any { return &s.TicketKeys },
	},
	{
		path: "engine.memory_limit", kind: sizeKind, example: "4GB",
		doc:   "How much memory the engine's operators may take before they spill. Absent: 80 % of the machine's.",
		field: func(s *settings, _ []string) any { return &s.Engine.MemoryLimit },
	},
	{
		path: "engine.threads", kind: countKind(0, 4096), def: "0", example: "8",
		doc:   "The engine's worker threads, shared by all statements; 0 means one for each core.",
		field: func(s *settings, _ []string) any { return &s.Engine.Threads },
	},
	{
		path: "engine.spill", kind: pathKind, example: "/var/lib/lakegate/spill",
		doc:   "Folder for what does not fit into memory; emptied at start. Absent: a folder `spill` in `state`, or without `state` one in the system's folder for temporary files.",
		field: func(s *settings, _ []string) any { return &s.Engine.Spill },
	},
	{
		path: "engine.spill_limit", kind: sizeKind, def: "20GB", example: "100GB",
		doc:   "How much may lie in `engine.spill` at once.",
		field: func(s *settings, _ []string) any { return &s.Engine.SpillLimit },
	},
	{
		path: "engine.http_timeout", kind: durationKind, def: "5s", example: "10s",
		doc:   "How long one call to S3 may take. A call that hangs lasts this long for each of `engine.http_retries` + 1 tries.",
		field: func(s *settings, _ []string) any { return &s.Engine.HTTPTimeout },
	},
	{
		path: "engine.http_retries", kind: countKind(1, 20), def: "1", example: "3",
		doc:   "How often a failed call to S3 is repeated.",
		field: func(s *settings, _ []string) any { return &s.Engine.HTTPRetries },
	},
	{
		path: "engine.stuck_limit", kind: countKind(1, 100000), def: "256", example: "64",
		doc:   "How many connections may hang in calls to S3 or PostgreSQL after their clients have gone before new statements are refused.",
		field: func(s *settings, _ []string) any { return &s.Engine.Stuck },
	},
	{
		path: "health_needs_token", kind: boolKind, def: "false", example: "true",
		doc:   "Whether `grpc.health.v1` asks for a credential. `GET /flight/health` always does.",
		field: func(s *settings, _ []string) any { return &s.HealthNeedsToken },
	},
	{
		path: "grace", kind: durationKind, def: "30s", example: "1m",
		doc:   "How long calls in progress may go on after the first SIGINT or SIGTERM. A second signal ends the server at once.",
		field: func(s *settings, _ []string) any { return &s.Grace },
	},
	{
		path: "ticket_life", kind: durationKind, def: "24h", example: "1h",
		doc:   "How long tickets and prepared statements can be redeemed.",
		field: func(s *settings, _ []string) any { return &s.TicketLife },
	},
	{
		path: "session.require_cookie", kind: boolKind, def: "false", example: "true",
		doc:   "Refuses SQL transactions, temporary tables and session options to clients that send no session cookie. Needed behind a proxy that carries several clients over one connection.",
		field: func(s *settings, _ []string) any { return &s.Session.RequireCookie },
	},
	{
		path: "session.idle", kind: durationKind, def: "30m", example: "5m",
		doc:   "A session that is not used for this long ends: its transaction is rolled back, its temporary tables are gone.",
		field: func(s *settings, _ []string) any { return &s.Session.Idle },
	},
	{
		path: "session.grace", kind: durationKind, def: "5m", example: "10m",
		doc:   "How long a session, and a stream that is being sent, may outlive the credential that opened it.",
		field: func(s *settings, _ []string) any { return &s.Session.Grace },
	},
	{
		path: "log.level", kind: choiceKind("debug", "info", "warn", "error"), def: "info", example: "debug",
		doc:   "The least that is logged.",
		field: func(s *settings, _ []string) any { return &s.Log.Level },
	},
	{
		path: "log.format", kind: choiceKind("json", "text"), def: "json", example: "text",
		doc:   "How log lines are written, on standard error.",
		field: func(s *settings, _ []string) any { return &s.Log.Format },
	},
}
