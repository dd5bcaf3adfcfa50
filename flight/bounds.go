package flight

import (
	"context"
	"strings"

	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/limits"
	"github.com/lakegate/lakegate/policy"
)

// boundsOf are the limits of c's caller: the policy's, and where it says nothing
// those of the settings.
func (s *Server) boundsOf(c *call) policy.Limits {
	if c.limits != nil {
		return *c.limits
	}
	l, d := s.cfg.Catalogs.Rights(c.who).Limits(), s.cfg.Limits
	if l.Name == "" {
		l.Name = c.who.User
	}
	orDefault(&l.Running, d.Running)
	orDefault(&l.Queued, d.Queued)
	orDefault(&l.QueueWait, d.QueueWait)
	orDefault(&l.StatementTime, d.StatementTime)
	orDefault(&l.Rows, d.ResultRows)
	orDefault(&l.Bytes, d.ResultBytes)
	orDefault(&l.StatementBytes, d.StatementBytes)
	orDefault(&l.Nesting, d.Nesting)
	c.limits = &l
	return l
}

// shareOf tells who is counted together with c's caller.
func shareOf(c *call, l policy.Limits) string {
	if l.Share != "" {
		return "share " + l.Share
	}
	return "principal " + string(c.owner[:])
}

// admitText refuses a text that is larger than its sender's may be. It comes
// before all that reads the text.
func (s *Server) admitText(c *call, sql string) error {
	l := s.boundsOf(c)
	if l.StatementBytes > 0 && len(sql) > l.StatementBytes {
		return limits.Reached("the statement is too long", "statement_bytes", l.StatementBytes, l.Name)
	}
	if l.Nesting > 0 && deepest(sql) > l.Nesting && guard.Depth(sql) > l.Nesting {
		return limits.Reached("the statement has too many brackets within brackets", "nesting", l.Nesting, l.Name)
	}
	return nil
}

// deepest is at least guard.Depth of sql, and found without taking sql apart.
func deepest(sql string) int {
	n := 0
	for i := range len(sql) {
		switch sql[i] {
		case '(', '[', '{':
			n++
		case 'c', 'C':
			if i+4 <= len(sql) && strings.EqualFold(sql[i:i+4], "case") {
				n++
			}
		}
	}
	return n
}

// queues are the kinds of statements that wait for their turn. The others are
// done in a moment, and some of them make room.
var queues = map[guard.Kind]bool{guard.Query: true, guard.Change: true, guard.Define: true}

// wait waits for x's turn; leave must be called. Whoever waits holds nothing that
// another statement needs.
func (s *Server) wait(ctx context.Context, x *execution) (leave func(), err error) {
	if !queues[x.verdict.Kind] {
		return func() {}, nil
	}
	l := x.limits
	leave, waited, err := s.queue.Enter(ctx, limits.Bounds{
		Share: shareOf(x.call, l), Name: l.Name, Running: l.Running, Queued: l.Queued, QueueWait: l.QueueWait,
	})
	if err != nil {
		return nil, err
	}
	if waited && s.withdrawn(x) {
		leave()
		return nil, errWithdrawn
	}
	return leave, nil
}

// bounded is ctx with the time that x has.
func (s *Server) bounded(ctx context.Context, x *execution) (context.Context, context.CancelFunc) {
	l := x.limits
	if l.StatementTime <= 0 || !queues[x.verdict.Kind] {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, l.StatementTime,
		limits.Reached("the statement ran for too long", "statement_time", l.StatementTime, l.Name))
}

// gives counts rows and bytes that are about to go out to x's caller, and refuses
// those beyond the limit.
func (x *execution) gives(rows, bytes int64) error {
	if x == nil {
		return nil
	}
	l := x.limits
	if l.Rows > 0 && x.rows.Load()+rows > l.Rows {
		return limits.Reached("the result has more rows", "rows", l.Rows, l.Name)
	}
	if l.Bytes > 0 && x.bytes.Load()+bytes > l.Bytes {
		return limits.Reached("the result is larger", "bytes", l.Bytes, l.Name)
	}
	x.rows.Add(rows)
	x.bytes.Add(bytes)
	return nil
}
