package main

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// check looks at what single values cannot say: what is missing, what
// contradicts, and what does not belong together.
func (l *loaded) check(wrong *mistakes) {
	l.checkListener(wrong)
	l.checkStorage(wrong)
	l.checkCatalogs(wrong)
	l.checkAuth(wrong)
}

func (l *loaded) checkListener(wrong *mistakes) {
	secured := l.has("tls.certificate") || l.has("tls.key")
	switch {
	case l.has("tls.certificate") != l.has("tls.key"):
		missing, there := "tls.key", "tls.certificate"
		if l.has("tls.key") {
			missing, there = there, missing
		}
		wrong.add(l.at(there), missing, "is missing; a certificate and its key go together")
	case l.TLS.Certificate != "" && l.TLS.Key != "":
		if _, err := tls.LoadX509KeyPair(l.TLS.Certificate, l.TLS.Key); err != nil {
			wrong.add(l.at("tls.certificate"), "tls", "%v", err)
		}
	}
	if l.TLS.ClientAuth != "none" || l.has("tls.client_ca") {
		switch {
		case !secured:
			wrong.add(l.at("tls.client_auth"), "tls.client_auth", "needs tls.certificate and tls.key: client certificates are part of TLS")
		case !l.has("tls.client_ca"):
			wrong.add(l.at("tls.client_auth"), "tls.client_ca", "is missing; it says whose client certificates are accepted")
		case l.TLS.ClientAuth == "none":
			wrong.add(l.at("tls.client_ca"), "tls.client_auth", "is none, so tls.client_ca has no effect; set it to optional or required")
		}
	}
	if !secured && l.Listen != "" && !loopback(l.Listen) && !l.AllowPlaintext {
		wrong.add(l.at("listen"), "listen", "%s is not loopback, and there is no tls: tokens would cross the network in the clear; set tls.certificate and tls.key, or, if a proxy before this server ends TLS, allow_plaintext: true", l.Listen)
	}
	if l.AllowPlaintext {
		if secured {
			l.warnings = append(l.warnings, "allow_plaintext has no effect beside tls")
		} else if !loopback(l.Listen) {
			l.warnings = append(l.warnings, "INSECURE: allow_plaintext is set; tokens and data on "+l.Listen+" can be read by everyone on the network")
		}
	}
}

// loopback reports whether address can only be reached from this machine.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (l *loaded) checkStorage(wrong *mistakes) {
	scopes := map[string]string{}
	for _, name := range sortedNames(l.Storage) {
		path := "storage." + name
		s := l.Storage[name]
		l.require(wrong, path+".scope")
		if s.Chain {
			for _, k := range []string{".access_key_id", ".secret_access_key", ".session_token"} {
				if l.has(path + k) {
					wrong.add(l.at(path+k), path+k, "does not go with credential_chain: true")
				}
			}
		} else {
			l.require(wrong, path+".access_key_id")
			l.require(wrong, path+".secret_access_key")
		}
		if other, twice := scopes[s.Scope]; twice && s.Scope != "" {
			wrong.add(l.at(path+".scope"), path+".scope", "%s is the scope of storage.%s already", s.Scope, other)
		}
		scopes[s.Scope] = name
	}
}

// require adds a mistake where nobody gave the key.
func (l *loaded) require(wrong *mistakes, path string) {
	if l.has(path) {
		return
	}
	at, parts := place{file: l.file}, strings.Split(path, ".")
	for n := len(parts) - 1; n > 0 && at.line == 0; n-- { // the nearest thing that was given
		prefix := strings.Join(parts[:n], ".") + "."
		for _, p := range l.paths() {
			if g := l.origin[p]; strings.HasPrefix(p, prefix) && g.place.line > 0 && (at.line == 0 || g.place.line < at.line) {
				at = g.place
			}
		}
	}
	wrong.add(at, path, "is missing")
}

// reserved are names of the engine's own catalogs.
var reserved = []string{"temp", "system", "memory", "information_schema", "pg_catalog"}

// lakeKeysOf are the keys below catalogs.NAME that a type of catalog has, and
// those of them that it needs.
var lakeKeysOf = map[catalog.Type]struct{ has, needs []string }{
	catalog.DuckLake: {has: []string{"type", "read_only", "data", "metadata"}, needs: []string{"data", "metadata.type"}},
	catalog.DuckDB:   {has: []string{"type", "read_only", "path"}, needs: []string{"path"}},
	catalog.Files:    {has: []string{"type", "read_only", "tables"}},
}

func (l *loaded) checkCatalogs(wrong *mistakes) {
	if len(l.Catalogs) == 0 {
		wrong.add(place{file: l.file}, "catalogs", "there is none, so there would be nothing to query")
	}
	names := sortedNames(l.Catalogs)
	files := map[string]string{}
	for _, name := range names {
		lake, path := l.Catalogs[name], "catalogs."+name
		switch {
		case slices.Contains(reserved, strings.ToLower(name)):
			wrong.add(l.lakes[name], path, "is a name of the engine's own; choose another")
		case strings.EqualFold(name, catalog.SystemName):
			wrong.add(l.lakes[name], path, "is the name of the server's own catalog; choose another")
		}
		known, ok := lakeKeysOf[lake.Type]
		if !ok {
			if !l.has(path + ".type") {
				wrong.add(l.lakes[name], path+".type", "is missing; one of ducklake, duckdb, files")
			}
			continue
		}
		l.foreign(wrong, path, known.has, "a catalog of type "+string(lake.Type))
		for _, k := range known.needs {
			l.require(wrong, path+"."+k)
		}
		switch lake.Type {
		case catalog.DuckLake:
			l.checkMetadata(wrong, path, lake)
			l.covered(path+".data", lake.Data)
			l.exclusive(wrong, files, path+".metadata.path", lake.Metadata.Path)
		case catalog.DuckDB:
			l.exclusive(wrong, files, path+".path", lake.Path)
		case catalog.Files:
			l.checkTables(wrong, name, path)
		}
	}
	if l.DefaultCatalog != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, l.DefaultCatalog) }) {
		hint := ""
		if near := nearest(l.DefaultCatalog, names); near != "" {
			hint = "; did you mean " + near + "?"
		}
		wrong.add(l.at("default_catalog"), "default_catalog", "there is no catalog %s%s", l.DefaultCatalog, hint)
	}
}

// foreign refuses given keys below path whose first part is not among has.
func (l *loaded) foreign(wrong *mistakes, path string, has []string, what string) {
	for _, p := range l.paths() {
		rest, below := strings.CutPrefix(p, path+".")
		if !below {
			continue
		}
		first, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(has, first) {
			wrong.add(l.at(p), p, "does not belong to %s, which has %s", what, strings.Join(has, ", "))
		}
	}
}

func (l *loaded) checkMetadata(wrong *mistakes, path string, lake *catalog.Lake) {
	has, needs := []string{"type", "path"}, []string{"path"}
	switch lake.Metadata.Type {
	case "postgres":
		has = []string{"type", "host", "port", "database", "user", "password", "schema", "sslmode"}
		needs = []string{"host", "database", "user"}
	case "duckdb":
	default:
		return
	}
	l.foreign(wrong, path+".metadata", has, "metadata of type "+lake.Metadata.Type)
	for _, k := range needs {
		l.require(wrong, path+".metadata."+k)
	}
}

// exclusive refuses a database file that another catalog has already.
func (l *loaded) exclusive(wrong *mistakes, files map[string]string, path, file string) {
	if file == "" {
		return
	}
	if other, twice := files[file]; twice {
		wrong.add(l.at(path), path, "is the file of %s too", other)
		return
	}
	files[file] = path
}

// covered warns of an S3 place that no storage entry serves.
func (l *loaded) covered(path, data string) {
	if !strings.HasPrefix(data, "s3://") {
		return
	}
	for _, s := range l.Storage {
		if s.Scope != "" && strings.HasPrefix(strings.TrimSuffix(data, "/")+"/", s.Scope) {
			return
		}
	}
	l.warnings = append(l.warnings, path+": no storage has a scope that covers "+data+", so it is asked for without credentials")
}

func (l *loaded) checkTables(wrong *mistakes, lake, path string) {
	if len(l.Tables[lake]) == 0 {
		wrong.add(l.lakes[lake], path+".tables", "is missing; a catalog of type files declares its tables")
	}
	for _, name := range sortedNames(l.Tables[lake]) {
		t := l.Tables[lake][name]
		at := path + ".tables." + name
		l.require(wrong, at+".path")
		l.covered(at+".path", t.Path)
		schema, table, two := strings.Cut(name, ".")
		if !two {
			schema, table = "main", name
		}
		if schema == "" || table == "" || strings.Contains(table, ".") {
			wrong.add(l.at(at+".path"), at, "a table's name is schema.table, or table for the schema main")
		}
		t.Schema, t.Name = schema, table
	}
}
