package main

import (
	"io"
	"strings"
	"text/template"
)

// devLines is what a newcomer can paste, one block for each client.
var devLines = template.Must(template.New("lines").Parse(`Lakegate listens on {{.Address}}. Three people may come in:
  reader  reads          writer  also writes and creates          admin  does all
Tables, in catalog lake, schema main: events (1,000,000 rows), customers, salaries.

# a token of eight hours (or: writer, admin)
export TOKEN=$({{.Program}} token reader --dir {{.Dir}})

# this program
{{.Program}} query --dev reader --dir {{.Dir}} "SELECT kind, count(*), sum(amount) FROM events GROUP BY kind"

# Python: pip install adbc-driver-flightsql pyarrow
python3 - <<'PY'
import os, adbc_driver_flightsql.dbapi as flight
with flight.connect("grpc{{if .TLS}}+tls{{end}}://{{.Address}}", autocommit=True, db_kwargs={
{{- if .TLS}}
    "adbc.flight.sql.client_option.tls_root_certs": open("{{.CA}}").read(),
{{- end}}
    "adbc.flight.sql.authorization_header": "Bearer " + os.environ["TOKEN"]}) as db, db.cursor() as cursor:
    cursor.execute("SELECT country, count(*) AS events FROM events GROUP BY country ORDER BY country")
    print(cursor.fetch_arrow_table())
PY

# JDBC: the driver is org.apache.arrow:flight-sql-jdbc-driver
# (Java 16 and later: --add-opens=java.base/java.nio=ALL-UNNAMED)
echo "jdbc:arrow-flight-sql://{{.Address}}/?useEncryption={{.TLS}}{{if .TLS}}&tlsRootCerts={{.CA}}{{end}}&token=$TOKEN"

# grpcurl
grpcurl {{if .TLS}}-cacert {{.CA}}{{else}}-plaintext{{end}} -H "authorization: Bearer $TOKEN" {{.Address}} list
grpcurl {{if .TLS}}-cacert {{.CA}}{{else}}-plaintext{{end}} -H "authorization: Bearer $TOKEN" {{.Address}} grpc.health.v1.Health/Check

# curl
curl -i {{if .TLS}}--cacert {{.CA}} https{{else}}http{{end}}://{{.Address}}/flight/health -H "Authorization: Bearer $TOKEN"

# DuckDB's own client, with the Airport extension (docs/duckdb.md says what works)
# CREATE SECRET (TYPE airport, auth_token '...', scope 'grpc{{if .TLS}}+tls{{end}}://{{.Address}}/');
# ATTACH 'lake' (TYPE airport, location 'grpc{{if .TLS}}+tls{{end}}://{{.Address}}/');

Ctrl-C stops the server. {{.File}} holds the address and the tokens, for programs.
`))

// printDevLines writes devLines for a running server.
func printDevLines(w io.Writer, program, dir, file string, s devState) error {
	return devLines.Execute(w, map[string]any{
		"Address": s.Address, "TLS": s.TLS, "CA": s.CA,
		"Program": shellWord(program), "Dir": shellWord(dir), "File": file,
	})
}

// shellWord is s as one word of a shell command.
func shellWord(s string) string {
	safe := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/._-+:@%", c)
	}
	if s != "" && strings.IndexFunc(s, func(c rune) bool { return !safe(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
