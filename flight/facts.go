package flight

import (
	"time"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

// informed is view with the rows of lakegate.system that c's caller may see.
// They are made when a statement asks for them.
func (s *Server) informed(c *call, view catalog.View) catalog.View {
	rights := view.Rights()
	return view.With(catalog.Facts{Rows: func(table string) ([]map[string]any, bool) {
		switch table {
		case "statements":
			return s.statementRows(c, rights), true
		case "sessions":
			return s.sessionRows(c, rights), true
		case "limits":
			return s.limitRows(c, rights), true
		case "grants":
			return s.grantRows(), rights.Admin
		case "roles":
			return s.roleRows(), rights.Admin
		}
		return nil, false
	}})
}

type row = map[string]any

// timeText is how a moment stands in a row.
func timeText(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02 15:04:05.999999+00")
}

// textOr is s, or NULL for none.
func textOr(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// kindNames are the kinds of statements in lakegate.system.statements.
var kindNames = map[guard.Kind]string{
	guard.Query: "query", guard.Change: "change", guard.Define: "define", guard.Begin: "begin", guard.Commit: "commit",
	guard.Rollback: "rollback", guard.Use: "use", guard.Set: "set", guard.Ordered: "order",
}

func (s *Server) statementRows(c *call, rights policy.Rights) []row {
	now := s.cfg.Now()
	rows := []row{}
	for _, x := range s.executions.list() {
		if x.call.owner != c.owner && !rights.Sees(x.who) {
			continue
		}
		state := "queued"
		if x.running.Load() {
			state = "running"
		}
		r := row{
			"id": x.id, "user_name": x.who.User, "provider": x.who.Provider, "state": state, "started_at": timeText(x.began),
			"duration_ms": now.Sub(x.began).Milliseconds(), "kind": kindNames[x.verdict.Kind], "statement": textOr(x.sql),
			"fingerprint": textOr(x.call.statement), "reads": namesOf(x.verdict.Reads), "target": textOr(nameOf(x.verdict.Target)),
			"rows": x.rows.Load(), "bytes": x.bytes.Load(),
		}
		if x.own != nil {
			r["session_id"] = x.own.id.text()
		}
		if x.call.peer != nil {
			r["peer"] = x.call.peer.String()
		}
		rows = append(rows, r)
	}
	return rows
}

// nameOf is n as one would write it; empty for none.
func nameOf(n catalog.Name) string {
	if n.Catalog == "" {
		return ""
	}
	out := n.Catalog + "." + n.Schema
	if n.Table != "" {
		out += "." + n.Table
	}
	return out
}

func namesOf(names []catalog.Name) []string {
	out := []string{}
	for _, n := range names {
		out = append(out, nameOf(n))
	}
	return out
}

func (s *Server) sessionRows(c *call, rights policy.Rights) []row {
	running := map[*session]int{}
	for _, x := range s.executions.list() {
		if x.own != nil && x.call != c {
			running[x.own]++
		}
	}
	rows := []row{}
	for _, o := range s.sessions.list() {
		if o.owner != c.owner && !rights.Sees(o.who) {
			continue
		}
		r := row{
			"id": o.session.id.text(), "user_name": o.who.User, "provider": o.who.Provider,
			"started_at": timeText(o.born), "last_used_at": timeText(o.used), "expires_at": timeText(o.expires),
			"in_transaction": o.session.inTransaction.Load(), "temporary_tables": o.session.temporaries.Load(),
			"statements": running[o.session],
		}
		if o.peer != nil {
			r["peer"] = o.peer.String()
		}
		rows = append(rows, r)
	}
	return rows
}

// limitRows are the bounds of c's caller; for administrators also those of all
// whose statements wait or run, and the server's own.
func (s *Server) limitRows(c *call, rights policy.Rights) []row {
	shares := map[string]bool{}
	rows := []row{}
	of := func(c *call, l policy.Limits) {
		share := shareOf(c, l)
		if shares[share] {
			return
		}
		shares[share] = true
		running, waiting := s.queue.Use(share)
		limit := func(name string, value int64, unit string, used any) {
			if value > 0 {
				rows = append(rows, row{"name": l.Name, "share": textOr(l.Share), "limit_name": name, "value": value, "unit": unit, "used": used})
			}
		}
		limit("running", int64(l.Running), "statements", running)
		limit("queued", int64(l.Queued), "statements", waiting)
		limit("queue_wait", l.QueueWait.Milliseconds(), "ms", nil)
		limit("statement_time", l.StatementTime.Milliseconds(), "ms", nil)
		limit("rows", l.Rows, "rows", nil)
		limit("bytes", l.Bytes, "bytes", nil)
		limit("statement_bytes", int64(l.StatementBytes), "bytes", nil)
		limit("nesting", int64(l.Nesting), "brackets", nil)
		limit("memory", l.Memory, "bytes", nil)
		limit("spill", l.Spill, "bytes", nil)
		limit("temporary_tables", int64(s.cfg.Limits.TemporaryTables), "tables of a session", nil)
	}
	of(c, s.boundsOf(c))
	if !rights.Admin {
		return rows
	}
	for _, x := range s.executions.list() {
		of(x.call, x.limits)
	}
	if most := s.cfg.Limits.MostRunning; most > 0 {
		running := s.queue.Running()
		rows = append(rows, row{"name": "this server", "limit_name": "running", "value": most, "unit": "statements", "used": running})
	}
	return rows
}

// grants are what administrators granted in SQL.
func (s *Server) grants() policy.Grants {
	if s.cfg.Definitions == nil {
		return policy.Grants{}
	}
	return s.cfg.Definitions.Grants()
}

func (s *Server) grantRows() []row {
	rows := []row{}
	for _, g := range s.grants().Grants {
		rows = append(rows, row{
			"grantee_kind": string(g.To.Kind), "grantee": g.To.Name, "privileges": privilegeNames(g.Privileges),
			"catalog": g.Catalog, "schema": textOr(g.Schema), "table_name": textOr(g.Table), "columns": g.Columns,
			"granted_by": g.By, "granted_at": timeText(g.At),
		})
	}
	return rows
}

func (s *Server) roleRows() []row {
	rows := []row{}
	for _, r := range s.grants().Roles {
		if len(r.Members) == 0 {
			rows = append(rows, row{"role": r.Name})
		}
		for _, m := range r.Members {
			rows = append(rows, row{"role": r.Name, "member_kind": string(m.Kind), "member": m.Name})
		}
	}
	return rows
}

// privilegeNames are SQL's words for the single privileges of p.
func privilegeNames(p policy.Privileges) []string {
	out := []string{}
	for i, name := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER"} {
		if p.Has(policy.Select << i) {
			out = append(out, name)
		}
	}
	return out
}
