package main

var airportKeys = []key{
	{
		path: "airport.enabled", kind: boolKind, def: "true", example: "false",
		doc:   "Answer DuckDB clients with the Airport extension ([docs/duckdb.md](duckdb.md)), on the same port and under the same rights.",
		field: func(s *settings, _ []string) any { return &s.Airport.Enabled },
	},
	{
		path: "airport.attach_token", kind: boolKind, def: "true", example: "false",
		doc:   "Take `ATTACH ... (auth_token '...')`: that extension then forgets the token on the calls that read and change, which are let in by the transaction that the caller was given over the same connection, for at most ten minutes. With false, or with `session.require_cookie`, only a secret of type airport does.",
		field: func(s *settings, _ []string) any { return &s.Airport.AttachToken },
	},
}
