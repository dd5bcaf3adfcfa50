package flight

import (
	"context"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/limits"
)

// roomForTemporary keeps room for the temporary table that x may make until done
// is called, after which the table counts.
func (s *Server) roomForTemporary(ctx context.Context, x *execution) (done func(), err error) {
	t := x.verdict.Target
	if x.own == nil || t.Catalog != string(catalog.Temp) {
		return func() {}, nil
	}
	if _, err := x.view.Table(t.Catalog, t.Schema, t.Table); err == nil {
		return func() {}, nil
	}
	making := x.own.making.Add(1)
	done = func() { x.own.making.Add(-1) }
	if err := s.countTemporary(ctx, x); err != nil {
		done()
		return nil, err
	}
	if most := int64(s.cfg.Limits.TemporaryTables); x.own.temporaries.Load()+making > most {
		done()
		return nil, limits.Reached("there are too many temporary tables; drop some", "temporary_tables", most, "a session of "+x.limits.Name)
	}
	return done, nil
}

// countTemporary counts the temporary tables of x's session anew, if any statement
// has changed what there is.
func (s *Server) countTemporary(ctx context.Context, x *execution) error {
	back, err := x.own.take(ctx)
	if err != nil {
		return err
	}
	defer back()
	_, err = s.viewIn(ctx, x.call, x.own)
	return err
}

// temporaryTables is how many there are in a session's contents.
func temporaryTables(c catalog.Contents) int {
	n := 0
	for i := range c.Catalogs {
		if c.Catalogs[i].Type != catalog.Temp {
			continue
		}
		for _, schema := range c.Catalogs[i].Schemas {
			n += len(schema.Tables)
		}
	}
	return n
}
