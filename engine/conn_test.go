package engine

import (
	"context"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

func TestRowsGivesTextsAndNulls(t *testing.T) {
	var db duckdb.Database
	if duckdb.Open(":memory:", &db) == duckdb.StateError {
		t.Fatal("open")
	}
	defer duckdb.Close(&db)
	c, err := connect(db)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	got, err := c.rows(context.Background(), "SELECT i::VARCHAR, CASE WHEN i <> 3 THEN $1 || ' a string longer than twelve' END FROM range(5000) t(i)", "x")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5000 || *got[4999][0] != "4999" || *got[2][1] != "x a string longer than twelve" || got[3][1] != nil {
		t.Errorf("rows: %d, %v", len(got), got[:4])
	}
	if _, err := c.rows(context.Background(), "SELEC"); err == nil {
		t.Error("a syntax error was not reported")
	}
}
