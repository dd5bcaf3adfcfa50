package opinion

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	duckdbgo "github.com/duckdb/duckdb-go/v2"
)

// reference is a plain DuckDB that holds what one caller may see, and nothing else.
type reference struct {
	db   *sql.DB
	conn *sql.Conn
}

// raw is what the reference calls a catalog while it holds everything.
func raw(catalog string) string { return "before rights " + catalog }

// newReference makes c's tables. With other, their rows come in another order and
// plans are not optimised: an answer that differs then is not one that SQL settles.
func newReference(t *testing.T, w *world, c *caller, other bool) *reference {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ref := &reference{db, conn}
	ref.must(t, "SET TimeZone = 'UTC'", "SET threads = 1", "SET memory_limit = '2GB'", "SET temp_directory = '"+t.TempDir()+"'", "SET enable_external_access = false")
	for _, cat := range w.catalogs {
		ref.must(t, "ATTACH ':memory:' AS "+ident(raw(cat)), "ATTACH ':memory:' AS "+ident(cat))
	}
	before := &world{catalogs: nil, schemas: map[string][]string{}}
	for _, cat := range w.catalogs {
		before.catalogs = append(before.catalogs, raw(cat))
		before.schemas[raw(cat)] = w.schemas[cat]
		for _, s := range w.schemas[cat] {
			if s != "main" {
				ref.must(t, "CREATE SCHEMA "+ident(cat)+"."+ident(s))
			}
		}
	}
	for _, tab := range w.tables {
		before.tables = append(before.tables, &table{raw(tab.catalog), tab.schema, tab.name, tab.cols, tab.rows})
	}
	ref.must(t, before.createSQL(other)...)
	for i, tab := range w.tables {
		have := c.rights[tab]
		if have == nil {
			continue
		}
		ref.must(t, "CREATE TABLE "+tab.full()+" AS "+have.visible(before.tables[i].full()))
	}
	for _, cat := range before.catalogs {
		ref.must(t, "DETACH "+ident(cat))
	}
	if other {
		ref.must(t, "PRAGMA disable_optimizer")
	}
	return ref
}

// visible is the query over from that gives what r's holder sees.
func (r *right) visible(from string) string {
	items := make([]string, len(r.cols))
	for i, c := range r.cols {
		items[i] = ident(c.name)
		if r.masks[i] != "" {
			items[i] = r.masks[i] + " AS " + ident(c.name)
		}
	}
	out := "SELECT " + strings.Join(items, ", ") + " FROM " + from
	if r.filter != "" {
		out += " WHERE " + r.filter
	}
	return out
}

func (r *reference) must(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := r.conn.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("reference: %s: %v", s, err)
		}
	}
}

func (r *reference) exec(ctx context.Context, statement string) (int64, error) {
	res, err := r.conn.ExecContext(ctx, statement)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query runs one statement.
func (r *reference) query(ctx context.Context, statement string) (out answer) {
	err := r.conn.Raw(func(driverConn any) error {
		conn, ok := driverConn.(driver.Conn)
		if !ok {
			return fmt.Errorf("%T is no connection", driverConn)
		}
		a, err := duckdbgo.NewArrowFromConn(conn)
		if err != nil {
			return err
		}
		var rows array.RecordReader
		if rows, err = a.QueryContext(ctx, statement); err != nil {
			return err
		}
		defer rows.Release()
		out = read(rows)
		return nil
	})
	if err != nil {
		out.err = err
	}
	return out
}

func (r *reference) close() {
	_ = r.conn.Close()
	_ = r.db.Close()
}
