package flight

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/audit"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
)

// Decisions that records speak of.
const (
	allowed = "allow"
	refused = "deny"
)

// record is what is known of c for whatever happened in it.
func (s *Server) record(event audit.Event, c *call) audit.Record {
	r := audit.Record{
		Event: event, Protocol: "flight", Method: c.method, Command: c.command,
		Provider: c.who.Provider, Subject: c.who.Subject, User: c.who.User, Actor: c.who.Actor, Groups: c.who.Groups,
		Credential: string(c.who.Method), Fingerprint: c.statement,
	}
	if c.method == healthPage {
		r.Protocol = "http"
	}
	if c.peer != nil {
		r.Peer = c.peer.String()
	}
	return r
}

// textFor is what records keep of a statement's text.
func (s *Server) textFor(sql string) string {
	switch keeps, redacted := s.cfg.Audit.KeepsText(); {
	case !keeps || sql == "":
		return ""
	case redacted:
		return guard.Redact(sql)
	}
	return sql
}

// about is record for a statement that is let run.
func (s *Server) about(event audit.Event, x *execution) audit.Record {
	r := s.record(event, x.call)
	r.ID, r.Decision, r.Statement = x.id, allowed, s.textFor(x.sql)
	if x.own != nil {
		r.Session = hex.EncodeToString(x.own.id[:])
	}
	for _, name := range x.verdict.Reads {
		r.Reads = append(r.Reads, dotted(name))
		r.Rules = ruled(r.Rules, x.view, name)
	}
	for _, use := range x.verdict.Columns {
		table := dotted(use.Table)
		for _, column := range use.Columns {
			r.Columns = append(r.Columns, table+"."+column)
		}
	}
	if target := x.verdict.Target; target != (catalog.Name{}) {
		r.Target = dotted(target)
		r.Rules = ruled(r.Rules, x.view, target)
	}
	return r
}

// ruled is rules with the one that decided about a table.
func ruled(rules []string, view catalog.View, name catalog.Name) []string {
	t, err := view.Table(name.Catalog, name.Schema, name.Table)
	if err != nil || t.Rule == "" || slices.Contains(rules, t.Rule) {
		return rules
	}
	return append(rules, t.Rule)
}

func dotted(n catalog.Name) string {
	parts := slices.DeleteFunc([]string{n.Catalog, n.Schema, n.Table}, func(s string) bool { return s == "" })
	return strings.Join(parts, ".")
}

// auditStart puts x on record before it runs; an error keeps it from running.
func (s *Server) auditStart(ctx context.Context, x *execution) error {
	if s.cfg.Audit == nil {
		return nil
	}
	r := s.about(audit.Start, x)
	x.record = &r
	return s.cfg.Audit.Write(ctx, r)
}

// auditEnd puts on record how x ended.
func (s *Server) auditEnd(ctx context.Context, x *execution, err error) {
	if s.cfg.Audit == nil {
		return
	}
	r := *x.record
	r.Event = audit.End
	_, answer := toStatus(ctx, err)
	code := status.Code(answer)
	r.Rows, r.Bytes, r.Duration = x.call.rows, x.call.bytes, s.cfg.Now().Sub(x.began)
	r.Code, r.Reason = codeName(code), reasonOf(x.sql, code, err)
	s.cfg.Audit.Note(r)
	if o := x.verdict.Order; o != nil && err == nil {
		s.auditOrder(x, *o)
	}
}

// auditOrder puts on record what an order of x's changed.
func (s *Server) auditOrder(x *execution, o guard.Order) {
	r := *x.record
	r.Event = audit.Change
	r.Command = string(o.Action)
	if r.Statement == "" {
		r.Statement = guard.Redact(x.sql) // names alone: without them the record says nothing
	}
	switch {
	case o.ID != "":
		r.Target = o.ID
	case o.Role != "":
		r.Target = o.Role
	case o.View.Name != (catalog.Name{}):
		r.Target = dotted(o.View.Name)
	}
	s.cfg.Audit.Note(r)
}

// AuditReload puts on record that settings, or a policy, were put in force, or
// with an error that they were not.
func (s *Server) AuditReload(because string, err error) {
	if s.cfg.Audit == nil {
		return
	}
	r := audit.Record{Event: audit.Change, Command: "reload", Decision: allowed, Reason: because}
	if err != nil {
		r.Decision, r.Reason = refused, because+": the old ones stay; the server's log says why"
	}
	s.cfg.Audit.Note(r)
}

// auditLogin puts on record that c's caller is who they say; an error keeps them out.
func (s *Server) auditLogin(ctx context.Context, c *call) error {
	if s.cfg.Audit == nil {
		return nil
	}
	r := s.record(audit.Login, c)
	r.Decision = allowed
	if public[c.method] || c.method == healthPage {
		s.cfg.Audit.Note(r) // health is told whatever the state of the log
		return nil
	}
	return s.cfg.Audit.Write(ctx, r)
}

// auditRead puts on record that c reads what the catalogs hold; an error keeps it
// from that.
func (s *Server) auditRead(ctx context.Context, c *call, rows int64) error {
	if s.cfg.Audit == nil {
		return nil
	}
	r := s.done(c)
	r.Rows = rows
	return s.cfg.Audit.Write(ctx, r)
}

// done is the record of a call that did what it was to do without a statement.
func (s *Server) done(c *call) audit.Record {
	r := s.record(audit.End, c)
	r.Decision, r.Code, r.Duration = allowed, codeName(codes.OK), s.cfg.Now().Sub(c.began)
	return r
}

// recorded are the actions that are on record although they run no statement.
var recorded = map[string]bool{
	flightsql.BeginTransactionActionType: true, flightsql.EndTransactionActionType: true, arrowflight.CloseSessionActionType: true,
}

// auditAction puts on record that c did an action, of those that are.
func (s *Server) auditAction(c *call) {
	if s.cfg.Audit != nil && recorded[c.command] {
		s.cfg.Audit.Note(s.done(c))
	}
}

// notDenials are the codes of calls that ended without running anything, and were
// not refused: their clients went away.
var notDenials = map[codes.Code]bool{codes.OK: true, codes.Canceled: true, codes.DeadlineExceeded: true}

// denials are those with which a call is refused in the middle of what it does.
var denials = map[codes.Code]bool{codes.PermissionDenied: true, codes.NotFound: true, codes.Unauthenticated: true}

// auditDenied puts a refused call on record, once. It waits until that is done, so
// that nobody hears of a refusal that is not written; what cannot be written is
// refused all the same.
func (s *Server) auditDenied(ctx context.Context, c *call, code codes.Code, errorID string, err error) {
	if s.cfg.Audit == nil || notDenials[code] || c.execution != nil && !denials[code] {
		return
	}
	r := s.record(audit.Denied, c)
	r.Decision, r.Code, r.ErrorID, r.Duration = refused, codeName(code), errorID, s.cfg.Now().Sub(c.began)
	r.Reason = reasonOf(c.sql, code, err)
	if keeps, _ := s.cfg.Audit.KeepsText(); keeps {
		r.Statement = guard.Redact(c.sql) // nobody knows what stands in what was refused: keys, passwords
	}
	if c.execution != nil {
		r.ID = c.execution.id
	}
	_ = s.cfg.Audit.Write(context.WithoutCancel(ctx), r) // counted
}

// reasonOf is why a statement or a call failed, without values: neither those in
// the statement, nor those of its parameters and of tables that DuckDB's words
// may hold.
func reasonOf(sql string, code codes.Code, err error) string {
	if err == nil {
		return ""
	}
	var bind *guard.BindError
	switch {
	case code == codes.Internal || code == codes.Unknown:
		return "internal error"
	case errors.As(err, &bind):
		return "error of the kind: " + cmp.Or(bind.Type, "unknown")
	case errors.Is(err, engine.ErrSQL):
		return engine.ErrSQL.Error()
	}
	reason := auth.Reason(err)
	values := guard.Literals(sql)
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		if len(v) > 2 { // what is shorter tells nothing, and stands in other words
			reason = strings.ReplaceAll(reason, v, "?")
		}
	}
	return reason
}

// codeName is a code as gRPC's documents spell it.
func codeName(c codes.Code) string {
	switch c {
	case codes.OK:
		return "OK"
	case codes.Canceled:
		return "CANCELLED"
	}
	var b strings.Builder
	for i, r := range c.String() {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
