package engine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/lakegate/lakegate/catalog"
)

// What clients that read tables piece by piece ask beside their SQL.

// Version is the number of the newest state of a DuckLake, by its logical name, as
// AT (VERSION => n) takes it; it is asked for anew. Catalogs without a history have 0.
func (e *Engine) Version(ctx context.Context, view catalog.View, lake string) (int64, error) {
	c, err := e.core()
	if err != nil {
		return 0, err
	}
	n, err := c.lakeState(ctx, view, lake)
	if err != nil {
		return 0, c.translate(ctx, err)
	}
	return n, nil
}

func (e *core) lakeState(ctx context.Context, view catalog.View, lake string) (int64, error) {
	home, err := view.Catalog(lake)
	if err != nil || home.Type != catalog.DuckLake {
		return 0, err
	}
	for _, a := range e.inst.lakes {
		if a.physical != home.Physical {
			continue
		}
		l, err := e.lease(ctx, 0, false)
		if err != nil {
			return 0, err
		}
		defer l.release()
		e.touch(l, a.physical)
		snapshot, _, err := a.lakeVersion(l.ctx, l.conn)
		if err != nil {
			return 0, err
		}
		n, err := strconv.ParseInt(snapshot, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the lake's newest snapshot: %w", err)
		}
		return n, nil
	}
	return 0, fmt.Errorf("catalog %q: %w", lake, catalog.ErrNotFound)
}

// TypeNames are the names of a schema's columns and their SQL types, as a table has
// them that is made for such data. ErrSQL: a type that DuckDB has no word for.
func (e *Engine) TypeNames(schema *arrow.Schema) (names, types []string, err error) {
	return described(schema)
}
