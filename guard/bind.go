package guard

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// mapping turns an offset in a text that DuckDB saw into one in the statement.
type mapping func(int) int

func noMapping(int) int { return -1 }

// answered gives the tree of what a Binder's method returned.
func answered(answer string, err error) (node, error) {
	if err != nil {
		return nil, err
	}
	return decode(answer)
}

// serialize gives the tree of sql. A syntax error is a Refusal with DuckDB's words.
func serialize(ctx context.Context, b Binder, sql string, at mapping) (node, error) {
	tree, err := answered(b.Serialize(ctx, sql))
	if err != nil || !truth(tree, "error") {
		return tree, err
	}
	message, pos := str(tree, "error_message"), -1
	if message == "" {
		message = "the statement is malformed"
	}
	if p, err := strconv.Atoi(str(tree, "position")); err == nil {
		pos = at(p)
	}
	switch kind := str(tree, "error_type"); {
	case kind == "parser" || kind == "syntax":
		return nil, refuse(pos, "%s", message)
	case strings.HasPrefix(message, "Only SELECT statements"):
		return nil, refuse(pos, "this form of query is not accepted; PIVOT needs its values: PIVOT ... ON x IN (...)")
	default:
		return nil, &BindError{Type: kind, Message: message, Position: pos}
	}
}

// onlyQuery gives the one query of a serialised text, and its parameters.
func onlyQuery(tree node) (query node, params any, err error) {
	statements := list(tree, "statements")
	if len(statements) != 1 {
		return nil, nil, refuse(-1, "exactly one statement is accepted; send them one by one")
	}
	s, _ := statements[0].(node)
	if query = child(s, "node"); query == nil {
		return nil, nil, refuse(-1, "the statement is not a query that this server understands")
	}
	if err := measured(query); err != nil {
		return nil, nil, err
	}
	return query, s["named_param_map"], nil
}

func deserialize(ctx context.Context, b Binder, query node, params any) (string, error) {
	quoteStars(query)
	tree, err := encode(statementTree(query, params))
	if err != nil {
		return "", err
	}
	sql, err := b.Deserialize(ctx, tree)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSpace(sql), ";"), nil
}

// standIns take the place of parameters in plans, one after the other until one
// fits. The first takes nearly any type.
var standIns = [...]string{"'1'", "1", "'day'", "INTERVAL 1 DAY", "[1]"}

// plan binds sql, without running it, and gives its plan. DuckDB cannot plan
// parameters whose type nothing tells, and is slow to say so; with constants it
// binds the same tables and functions. (NULL would not do: what it is an
// argument of would vanish from the plan.)
func (s *statement) plan(sql string) (node, error) {
	for _, constant := range standIns {
		replaced, ok := withoutParameters(sql, constant)
		if !ok {
			break
		}
		if tree, err := s.planOnce(replaced); err == nil {
			return tree, nil
		}
	}
	tree, err := s.planOnce(sql)
	if errors.Is(err, errInternal) {
		return nil, refuse(-1, "this statement cannot be checked before it runs, and is not accepted; where it has parameters, cast them, as in $1::VARCHAR")
	}
	return tree, err
}

var errInternal = errors.New("DuckDB cannot plan the statement")

// withoutParameters is sql with a constant for each parameter; false if there is none.
func withoutParameters(sql, constant string) (string, bool) {
	if !strings.ContainsAny(sql, "$?") {
		return "", false
	}
	tokens, err := tokenize(sql)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	last := 0
	for _, t := range tokens {
		if t.kind == parameter {
			b.WriteString(sql[last:t.start] + constant)
			last = t.end
		}
	}
	b.WriteString(sql[last:])
	return b.String(), last > 0
}

func (s *statement) planOnce(sql string) (node, error) {
	tree, err := answered(s.bind.Plan(s.ctx, sql))
	if err != nil || !truth(tree, "error") {
		return tree, err
	}
	kind, message := str(tree, "error_type"), str(tree, "error_message")
	switch {
	case kind == "serialization" || kind == "not implemented" && strings.Contains(message, "serializ"):
		return nil, refuse(-1, "this statement cannot be checked before it runs, and is not accepted: %s", s.logical(message))
	case kind == "internal":
		return nil, errInternal
	case kind == "catalog" && str(tree, "type") == "Table":
		// Every name was resolved in the View: what is missing went in the meantime.
		return nil, &BindError{Type: kind, Message: "table " + sqltext.Identifier(str(tree, "name")) + " is not as it was; run the statement again", Position: -1}
	}
	return nil, &BindError{Type: kind, Message: s.logical(message), Position: s.locate(tree, sql)}
}

// logical takes physical names out of one of DuckDB's messages about a statement.
func (s *statement) logical(message string) string {
	for _, hint := range [...]string{"\nDid you mean", "\nCandidate bindings", "\nCandidate tables", "\n\nLINE ", "\nLINE "} {
		message, _, _ = strings.Cut(message, hint)
	}
	message = strings.TrimRight(message, "\n")
	message = strings.Replace(message, "Values list ", "Table ", 1) // a table that a selection stands for
	for _, c := range s.view.Catalogs() {
		if c.Physical == "" || c.Type == catalog.Temp {
			continue
		}
		message = strings.ReplaceAll(message, sqltext.Identifier(c.Physical), c.Name)
		message = strings.ReplaceAll(message, c.Physical, c.Name)
	}
	return message
}

// locate finds an error's place in the statement: where DuckDB says when it saw
// the statement itself, else where the name that it complains of stands.
func (s *statement) locate(tree node, sql string) int {
	if p, err := strconv.Atoi(str(tree, "position")); err == nil && sql == s.span.text() {
		return s.origin(s.span.tokens[0].start + p)
	}
	if name := str(tree, "name"); name != "" {
		for _, t := range s.span.tokens {
			if t.name() && same(t.value, name) {
				return s.origin(t.start)
			}
		}
	}
	return -1
}
