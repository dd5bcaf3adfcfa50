package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lakegate/lakegate/auth"
)

// Expression is a filter or a mask of a rule. It is of use once it has been
// compiled by whoever can parse SQL: a table whose expression is not compiled
// does not exist for anybody.
type Expression struct {
	Text  string // as the rule has it
	Place string // "policy.yaml:14: tables[2].filter"

	parts    atomic.Pointer[[]Part]
	compiled *atomic.Uint64 // of the rules: counts changes of parts
}

// Part is a piece of a compiled expression: SQL text, and then a value of the
// principal's unless Value is zero.
type Part struct {
	Text  string
	Value Value
}

// Value is something of the principal's that an expression asks for.
type Value struct {
	Kind ValueKind
	Name string // of the claim, or the group
}

// ValueKind says which.
type ValueKind uint8

// The kinds of values, with their SQL types and how a rule spells them.
const (
	NoValue     ValueKind = iota
	UserValue             // VARCHAR: principal.user, current_user
	GroupsValue           // VARCHAR[]: principal.groups
	ClaimValue            // VARCHAR, NULL where there is none: principal.claim('region')
	ClaimsValue           // VARCHAR[], empty where there is none: principal.claims('regions')
	InGroup               // BOOLEAN: principal.in_group('analysts'), compared as groups are
)

// Compile says what e means: the same SQL with every function qualified as
// DuckDB's own, split where values stand.
func (e *Expression) Compile(parts []Part) {
	if old := e.parts.Load(); old != nil && slices.Equal(*old, parts) {
		return
	}
	parts = slices.Clone(parts)
	e.parts.Store(&parts)
	if e.compiled != nil {
		e.compiled.Add(1)
	}
}

// Values are those that a compiled e asks for.
func (e *Expression) Values() []Value {
	parts := e.parts.Load()
	if parts == nil {
		return nil
	}
	var out []Value
	for _, p := range *parts {
		if p.Value.Kind != NoValue && !slices.Contains(out, p.Value) {
			out = append(out, p.Value)
		}
	}
	return out
}

// SQL is e with literals for the values, which value gives as SQL; false if e
// is not compiled.
func (e *Expression) SQL(value func(Value) string) (string, bool) {
	parts := e.parts.Load()
	if parts == nil {
		return "", false
	}
	var b strings.Builder
	for _, p := range *parts {
		b.WriteString(p.Text)
		if p.Value.Kind != NoValue {
			b.WriteString(value(p.Value))
		}
	}
	return b.String(), true
}

// Literal is p's value v as SQL. Text that SQL cannot carry becomes NULL.
func (v Value) Literal(p auth.Principal) string {
	switch v.Kind {
	case UserValue:
		return quoted(p.User)
	case GroupsValue:
		return list(p.Groups)
	case ClaimValue:
		text, ok := claimText(p.Claims[v.Name])
		if !ok {
			return "NULL::VARCHAR"
		}
		return quoted(text)
	case ClaimsValue:
		return list(claimList(p.Claims[v.Name]))
	case InGroup:
		in := slices.ContainsFunc(p.Groups, func(g string) bool { return auth.SameGroup(g, v.Name) })
		return fmt.Sprint(in)
	}
	return "NULL"
}

func quoted(s string) string {
	if strings.ContainsRune(s, 0) {
		return "NULL::VARCHAR"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'::VARCHAR"
}

func list(items []string) string {
	quotedItems := make([]string, len(items))
	for i, s := range items {
		quotedItems[i] = quoted(s)
	}
	return "[" + strings.Join(quotedItems, ", ") + "]::VARCHAR[]"
}

// claimText is a claim that is one value, as text.
func claimText(claim any) (string, bool) {
	switch c := claim.(type) {
	case string:
		return c, true
	case bool:
		return fmt.Sprint(c), true
	case json.Number:
		return c.String(), true
	}
	return "", false
}

// claimList is a claim as a list: its elements that are single values, or itself alone.
func claimList(claim any) []string {
	items, ok := claim.([]any)
	if !ok {
		items = []any{claim}
	}
	var out []string
	for _, item := range items {
		if text, ok := claimText(item); ok {
			out = append(out, text)
		}
	}
	return out
}
