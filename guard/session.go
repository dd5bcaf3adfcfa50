package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lakegate/lakegate/catalog"
)

// transaction decides on BEGIN, COMMIT and ROLLBACK in all their spellings.
func (s *statement) transaction() (Verdict, error) {
	kind := map[string]Kind{"begin": Begin, "start": Begin, "commit": Commit, "end": Commit, "rollback": Rollback, "abort": Rollback}[s.at(0).value]
	i := 1
	if s.at(i).is("transaction") || s.at(i).is("work") && !s.at(0).is("start") {
		i++
	} else if s.at(0).is("start") {
		return Verdict{}, s.unexpected(i, "START TRANSACTION is")
	}
	if kind == Begin && s.are(i, "read", "write") {
		i += 2
	}
	if i != len(s.tokens()) {
		return Verdict{}, s.unexpected(i, "BEGIN, COMMIT and ROLLBACK take nothing more")
	}
	return Verdict{Kind: kind}, nil
}

// use decides on USE catalog, USE schema and USE catalog.schema.
func (s *statement) use() (Verdict, error) {
	parts, i, err := s.name(1)
	if err != nil {
		return Verdict{}, err
	}
	if i != len(s.tokens()) {
		return Verdict{}, s.unexpected(i, "USE takes one catalog, schema or catalog.schema")
	}
	return s.moveTo(parts)
}

// moveTo is the verdict that makes parts the current catalog and schema.
func (s *statement) moveTo(parts []string) (Verdict, error) {
	current, _ := s.view.Current()
	var tries [][2]string
	switch len(parts) {
	case 1:
		tries = [][2]string{{parts[0], ""}, {current, parts[0]}}
	case 2:
		tries = [][2]string{{parts[0], parts[1]}}
	default:
		return Verdict{}, refuse(s.at(1).start, "USE takes one catalog, schema or catalog.schema")
	}
	for _, try := range tries {
		c, err := s.view.Catalog(try[0])
		if err != nil {
			continue
		}
		if schema, ok := schemaOf(c, try[1]); ok {
			return Verdict{Kind: Use, Target: catalog.Name{Catalog: c.Name, Schema: schema}}, nil
		}
	}
	return Verdict{}, fmt.Errorf("catalog or schema %q: %w", strings.Join(parts, "."), catalog.ErrNotFound)
}

// schemaOf finds the schema of c with a name; with no name, main or the only one there is.
func schemaOf(c catalog.Catalog, name string) (string, bool) {
	want := name
	if want == "" {
		want = "main"
	}
	if i := slices.IndexFunc(c.Schemas, func(s catalog.Schema) bool { return same(s.Name, want) }); i >= 0 {
		return c.Schemas[i].Name, true
	}
	if name == "" && len(c.Schemas) > 0 {
		return c.Schemas[0].Name, true
	}
	return "", false
}

const settable = "SET and RESET are accepted for schema and search_path (one entry)"

// inUTC is why no session has a time zone of its own: connections are shared.
const inUTC = "the time zone is UTC for everybody; write ts AT TIME ZONE 'Europe/Paris' where another is wanted"

// set decides on SET and RESET of a session's own options.
func (s *statement) set() (Verdict, error) {
	reset := s.at(0).is("reset")
	i := 1
	for s.at(i).is("session") || s.at(i).is("local") {
		i++
	}
	switch {
	case s.at(i).is("global"):
		return Verdict{}, deny(s.at(i).start, "SET GLOBAL is not accepted; %s", settable)
	case s.at(i).is("variable"):
		return Verdict{}, deny(s.at(i).start, "SET VARIABLE is not accepted; use bound parameters")
	}
	option := strings.ToLower(s.at(i).value)
	switch option {
	case "schema", "search_path":
		i++
	case "timezone", "time":
		return Verdict{}, deny(s.at(i).start, "%s TimeZone is not accepted: %s", strings.ToUpper(s.at(0).value), inUTC)
	default:
		return Verdict{}, deny(s.at(i).start, "%s %s is not accepted; %s", strings.ToUpper(s.at(0).value), option, settable)
	}
	if !s.view.Rights().Sets(option) {
		return Verdict{}, fmt.Errorf("%s %s: %w", strings.ToUpper(s.at(0).value), option, ErrDenied)
	}
	if reset {
		if i != len(s.tokens()) {
			return Verdict{}, s.unexpected(i, "RESET takes one option")
		}
		return Verdict{Kind: Set, Option: "schema"}, nil
	}
	if !s.at(i).is("=") && !s.at(i).is("to") {
		return Verdict{}, s.unexpected(i, "SET option = value is")
	}
	parts, err := s.place(i+1, option)
	if err != nil {
		return Verdict{}, err
	}
	return s.moveTo(parts)
}

// place reads the schema, or catalog.schema, that a SET names at i: as a name or in a string.
func (s *statement) place(i int, option string) ([]string, error) {
	from := s
	if t := s.at(i); t.kind == text && i+1 == len(s.tokens()) {
		tokens, err := tokenize(t.value)
		if err != nil {
			return nil, err
		}
		from, i = &statement{span: span{t.value, tokens}}, 0
	}
	parts, next, err := from.name(i)
	if err != nil {
		return nil, err
	}
	if next != len(from.tokens()) || len(parts) > 2 {
		return nil, refuse(s.at(i).start, "SET %s takes one schema or catalog.schema", option)
	}
	return parts, nil
}
