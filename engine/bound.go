package engine

import (
	"errors"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// whileBinding finds in err what went wrong while a statement was bound, for the
// guard or for a run: a mistake of the caller's stays what the guard made of it,
// with its position; all else is as if it had happened at the run.
func whileBinding(err error) error {
	var bind *guard.BindError
	if !errors.As(err, &bind) {
		return err
	}
	raw := &rawError{kind: duckdb.ErrorTypeInvalid, text: titled(bind.Type) + " Error: " + bind.Message}
	known := translate(raw)
	var hidden *concealed
	if !errors.As(known, &hidden) && (errors.Is(known, ErrSQL) || errors.Is(known, catalog.ErrNotFound)) {
		return err
	}
	return raw
}

// titled spells the type of an error as the texts of errors do.
func titled(kind string) string {
	switch kind {
	case "io", "http", "internal", "interrupt", "fatal":
		return strings.ToUpper(kind)
	}
	words := strings.Fields(kind)
	for i, w := range words {
		if w != "of" && w != "by" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}
