package engine

import (
	"errors"
	"strings"
)

// mistakeError is a fault in the settings, in words for the operator.
type mistakeError string

func (m mistakeError) Error() string { return string(m) }

// peerFault is what a peer's answer means.
type peerFault struct {
	has     string // in DuckDB's text
	words   string
	passing bool // may be over by itself; otherwise somebody must change a setting
}

// peerFaults are tried in order; the first that fits decides.
var peerFaults = []peerFault{
	{"NoSuchBucket", "there is no such bucket", false},
	{"InvalidAccessKeyId", "the S3 server does not know the access key", false},
	{"XAdminUserNotFound", "the S3 server does not know the access key", false},
	{"SignatureDoesNotMatch", "the S3 server refused the secret access key", false},
	{"ExpiredToken", "the S3 session token has expired", false},
	{"AuthorizationHeaderMalformed", "the S3 server belongs to another region", false},
	{"PermanentRedirect", "the bucket is in another region", false},
	{"AccessDenied", "the S3 server does not let this key list the prefix", false},
	{"HTTP 403", "the S3 server refused the key", false},
	{"HTTP 301", "the bucket is in another region", false},
	{"Failed to create a secret", "the AWS credential chain gave no credentials", false},
	{"Secret Validation Failure", "the AWS credential chain gave no credentials", false},

	{"password authentication failed", "PostgreSQL refused the password", false},
	{"no password supplied", "PostgreSQL asks for a password", false},
	{"no pg_hba.conf entry", "PostgreSQL does not let this user in from here", false},
	{"\" does not exist", "PostgreSQL has no such database or role", false},
	{"permission denied", "PostgreSQL does not let this role use its schema", false},
	{"server does not support SSL", "PostgreSQL does not speak TLS", false},
	{"certificate", "the PostgreSQL server's certificate is not trusted", false},

	{"does not match existing data path", "the lake was made with another data path", false},
	{"requires migration", "the lake was made by another version of DuckLake", false},
	{"catalog version", "the lake was made by another version of DuckLake", false},
	{"Could not set lock on file", "another process has the file open", false},
	{"not a valid DuckDB database file", "the file is not a DuckDB database", false},
	{"No such file or directory", "there is no such file or folder", false},
	{"Permission denied", "the file or folder may not be used", false},
	{"READ_ONLY", "there is nothing there yet, and the lake is read-only", false},
	{"read-only mode", "there is nothing there yet, and the lake is read-only", false},
	{"No magic bytes", "a file is not Parquet", false},

	{"Could not resolve", "the name of the S3 server cannot be resolved", true},
	{"could not translate host name", "the name of the PostgreSQL server cannot be resolved", true},
	{"Unable to connect to Postgres", "PostgreSQL cannot be reached", true},
	{"Could not connect", "the S3 server cannot be reached", true},
	{"Timeout was reached", "the S3 server does not answer in time", true},
	{"timeout expired", "PostgreSQL does not answer in time", true},
	{"HTTP 5", "the S3 server cannot serve now", true},
	{"SSL", "no TLS connection could be made", true},
	{"HTTP", "the S3 server gives an answer that cannot be used", true},
	{"Postgres", "PostgreSQL gives an answer that cannot be used", true},
}

// cause says in our own words, without hosts and paths, why a lake cannot be
// used, and whether that may be over by itself.
func cause(err error) (words string, passing bool) {
	if err == nil {
		return "", false
	}
	var m mistakeError
	if errors.As(err, &m) {
		return m.Error(), false
	}
	var raw *rawError
	if !errors.As(err, &raw) {
		return err.Error(), false
	}
	for _, f := range peerFaults {
		if strings.Contains(raw.text, f.has) {
			return f.words, f.passing
		}
	}
	return "it cannot be attached: " + ours.ReplaceAllString(firstLine(err), "…"), false
}

// timedOut reports whether err says that a peer did not answer in time.
func timedOut(err error) bool {
	var raw *rawError
	return errors.As(err, &raw) && (strings.Contains(raw.text, "Timeout was reached") || strings.Contains(raw.text, "timeout expired"))
}

// noFiles reports whether err says that a pattern matches nothing.
func noFiles(err error) bool {
	var raw *rawError
	return errors.As(err, &raw) && strings.Contains(raw.text, "No files found")
}
