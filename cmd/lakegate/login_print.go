package main

import (
	"io"
	"text/template"
)

// loginLines is what other programs need to use a login.
var loginLines = template.Must(template.New("login").Parse(`Logged in; kept as {{.Name}}. A fresh token at any time:
export TOKEN=$({{.Program}} token --login {{.Name}})

# this program
{{.Program}} query "SHOW TABLES"

# Python: pip install adbc-driver-flightsql pyarrow
adbc_driver_flightsql.dbapi.connect("grpc{{if .TLS}}+tls{{end}}://{{.Address}}", autocommit=True, db_kwargs={
{{- if .CA}}
    "adbc.flight.sql.client_option.tls_root_certs": open("{{.CA}}").read(),
{{- end}}
    "adbc.flight.sql.authorization_header": "Bearer " + os.environ["TOKEN"]})

# JDBC
jdbc:arrow-flight-sql://{{.Address}}/?useEncryption={{.TLS}}{{if .CA}}&tlsRootCerts={{.CA}}{{end}}&token=$TOKEN

# DuckDB with the Airport extension, once this server speaks it
CREATE SECRET lakegate (TYPE airport, auth_token '$TOKEN', scope 'grpc{{if .TLS}}+tls{{end}}://{{.Address}}');
`))

// printLoginLines writes loginLines for the login of that name.
func printLoginLines(w io.Writer, program, name string, t target) error {
	return loginLines.Execute(w, map[string]any{
		"Name": name, "Address": t.address, "TLS": t.tls, "CA": t.ca, "Program": shellWord(program),
	})
}
