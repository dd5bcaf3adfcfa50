package flight

import (
	"context"
	"fmt"

	"github.com/lakegate/lakegate/engine"
	"github.com/lakegate/lakegate/guard"
)

// order carries out the order that d describes. What it defines is in force for
// everybody when it returns, and no transaction can undo it.
func (s *Server) order(ctx context.Context, c *call, st *statement, d engine.Description) error {
	o := *d.Verdict.Order
	switch o.Action {
	case guard.KillStatement, guard.KillSession:
		return s.kill(c, &o)
	case guard.CreateView:
		o.View.Columns = d.Columns
		if o.Names != nil {
			renamed, err := o.Named()
			if err != nil {
				return err
			}
			o.View = renamed
		}
	}
	if st.own != nil && st.own.inTransaction.Load() {
		return fmt.Errorf("%s cannot be a part of a transaction; COMMIT or ROLLBACK first: %w", o.Action, engine.ErrTransaction)
	}
	if s.cfg.Definitions == nil {
		return guard.ErrNotKept
	}
	if err := s.cfg.Definitions.Apply(ctx, c.who, o); err != nil {
		return err
	}
	s.cfg.Catalogs.Changed()
	return st.own.lookAnew(ctx)
}

// lookAnew makes the next statement of s, which may be nil, see what there is now.
func (s *session) lookAnew(ctx context.Context) error {
	if s == nil {
		return nil
	}
	back, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer back()
	s.seen.valid = false
	return nil
}
