package engine

import (
	"context"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"

	duckdbgo "github.com/duckdb/duckdb-go/v2"

	"github.com/lakegate/lakegate/catalog"
)

// throughDriver is what DuckDB's own Go driver, which materialises, gives as Arrow.
func throughDriver(t *testing.T, path, sql string) string {
	t.Helper()
	connector, err := duckdbgo.NewConnector(path+"?access_mode=read_only", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connector.Close() }()
	conn, err := connector.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func(c driver.Conn) { _ = c.Close() }(conn)
	arrow, err := duckdbgo.NewArrowFromConn(conn)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := arrow.QueryContext(context.Background(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	var lines []string
	for rows.Next() {
		batch := rows.RecordBatch()
		for row := range int(batch.NumRows()) {
			var cells []string
			for _, c := range batch.Columns() {
				cells = append(cells, c.ValueStr(row))
			}
			lines = append(lines, strings.Clone(strings.Join(cells, "|")))
		}
	}
	return strings.Join(lines, "\n")
}

func TestAStreamGivesWhatDuckDBsOwnDriverGives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "same.duckdb")
	e := startWith(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB, Path: path})
	e.update(t, 0, `CREATE TABLE lake.main.t AS SELECT i, i % 7 = 0 AS b, i::DOUBLE / 3 AS d, CASE WHEN i % 5 <> 0 THEN 'text ' || i END AS s,
		(i * 1.25)::DECIMAL(18,3) AS n, DATE '2020-01-01' + (i % 1000)::INTEGER AS day, TIMESTAMP '2024-01-01' + to_seconds(i) AS ts,
		[i, i + 1] AS l, {'a': i, 'b': 'x' || i} AS st FROM range(20000) r(i)`)
	ours := e.query(t, "SELECT * FROM lake.main.t ORDER BY i")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if theirs := throughDriver(t, path, "SELECT * FROM t ORDER BY i"); ours != theirs {
		t.Errorf("the stream gives %d bytes of text, the driver %d, and they differ", len(ours), len(theirs))
	}
}
