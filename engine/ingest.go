package engine

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/sqltext"
)

// Ingest writes all of rows into one table, all or none, and gives their number.
// It releases nothing: rows stays the caller's. In a session's transaction it
// is part of that; otherwise it is a transaction of its own.
//
// A slow client holds up nobody: rows go into a place of their own first, for
// DuckDB's tables the transaction, for a lake's a temporary table, and the
// lake's gate is passed when all of them are there.
func (e *core) Ingest(ctx context.Context, r IngestRequest, rows array.RecordReader) (int64, error) {
	t, err := resolve(r, rows.Schema())
	if err != nil {
		return 0, err
	}
	l, err := e.lease(ctx, r.Session, t.temporary)
	if err != nil {
		return 0, e.translate(ctx, err)
	}
	defer l.release()
	e.touch(l, t.lake)
	n, err := e.ingest(l, t, rows)
	if err != nil {
		return 0, narrowed(e.translate(ctx, err), err, t.narrow)
	}
	return n, nil
}

func (e *core) ingest(l *lease, t target, rows array.RecordReader) (int64, error) {
	c, ctx := l.conn, l.ctx
	joined := l.session != nil && l.session.tx.Load()
	var n int64
	var err error
	if t.staged {
		n, err = e.ingestStaged(ctx, c, t, rows, joined)
	} else {
		n, err = e.ingestDirect(ctx, c, t, rows, joined)
	}
	if err != nil {
		if !joined {
			c.undo(ctx)
			c.forget()
		}
		return 0, err
	}
	if t.temporary {
		l.session.temp.Store(true)
	}
	if !joined {
		e.inst.publish(c)
	}
	return n, nil
}

// ingestDirect appends to the table itself, inside a transaction.
func (e *core) ingestDirect(ctx context.Context, c *conn, t target, rows array.RecordReader, joined bool) (int64, error) {
	if !joined {
		if err := c.begin(ctx); err != nil {
			return 0, err
		}
	}
	if err := c.make(ctx, t); err != nil {
		return 0, err
	}
	n, err := c.appendAll(ctx, t.physical, t.columns, rows)
	if err != nil || joined {
		return n, err
	}
	if t.lake != "" {
		leave, err := e.gates.of(t.lake).enter(ctx)
		if err != nil {
			return 0, err
		}
		defer leave()
	}
	return n, c.commit(ctx)
}

// ingestStaged collects rows in a temporary table and inserts them with one
// statement, since a lake would make a file of each part.
func (e *core) ingestStaged(ctx context.Context, c *conn, t target, rows array.RecordReader, joined bool) (int64, error) {
	staging := catalog.Name{Catalog: tempCatalog, Schema: "main", Table: randomName("ingest_")}
	create := "CREATE TEMPORARY TABLE " + qualified(staging) + " (" + definitions(t.columns, t.types) + ")"
	if err := c.exec(ctx, create); err != nil {
		return 0, err
	}
	defer c.discard(ctx, staging)
	n, err := c.appendAll(ctx, staging, t.columns, rows)
	if err != nil {
		return 0, err
	}
	if joined {
		return n, c.insertStaged(ctx, t, staging)
	}
	leave, err := e.gates.of(t.lake).enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	if err := c.begin(ctx); err != nil {
		return 0, err
	}
	if err := c.insertStaged(ctx, t, staging); err != nil {
		c.undo(ctx) // before the staging table goes
		return 0, err
	}
	return n, c.commit(ctx)
}

func (c *conn) insertStaged(ctx context.Context, t target, staging catalog.Name) error {
	if err := c.make(ctx, t); err != nil {
		return err
	}
	return c.exec(ctx, "INSERT INTO "+qualified(t.physical)+" ("+sqltext.List(t.columns)+") SELECT * FROM "+qualified(staging))
}

// discard drops a staging table, whatever happened to ctx. In a transaction
// that has failed it cannot; the table then goes with the transaction.
func (c *conn) discard(ctx context.Context, staging catalog.Name) {
	if c.lost.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	if err := c.exec(ctx, "DROP TABLE IF EXISTS "+qualified(staging)); err != nil && !c.open {
		c.doubt = true
	}
}

// make drops and creates t as its mode asks for.
func (c *conn) make(ctx context.Context, t target) error {
	if t.drop {
		if err := c.exec(ctx, "DROP TABLE "+qualified(t.physical)); err != nil {
			return err
		}
	}
	if !t.create {
		return nil
	}
	create := "CREATE TABLE "
	if t.temporary {
		create = "CREATE TEMPORARY TABLE "
	}
	if err := c.exec(ctx, create+qualified(t.physical)+" ("+definitions(t.columns, t.types)+")"); err != nil {
		return err
	}
	v := guard.Verdict{Kind: guard.Define, Target: t.logical, Lake: t.lake, Temp: t.temporary}
	c.defined(v)
	return nil
}

// exists is the error for a table that is there although it should not be.
func exists(name catalog.Name) error {
	return fmt.Errorf("table %q: %w", name.Table, ErrExists)
}
