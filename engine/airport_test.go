package engine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/airport"
	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// pushedConditions are what package airport makes of the clients' conditions that it
// tests with.
func pushedConditions(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "airport", "testdata", "pushed.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		quoted := line[strings.LastIndex(line, "\t")+1:]
		where, err := strconv.Unquote(strings.TrimSpace(quoted))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if where != "" {
			out = append(out, where)
		}
	}
	return out
}

func TestTheGuardAcceptsEveryConditionThatADuckDBClientPushesDown(t *testing.T) {
	create, err := os.ReadFile(filepath.Join("..", "airport", "testdata", "here.sql"))
	if err != nil {
		t.Fatal(err)
	}
	pol, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	setup := []string{string(create), "INSERT INTO here (k, s) VALUES (1, 'abc'), (2, NULL)"}
	e, catalogs := guarded(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, pol, setup)
	reader, err := catalogs.For(t.Context(), auth.Principal{Subject: "s", User: "u", Scopes: []string{policyRead}})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{core: e.now.Load()}
	conditions := pushedConditions(t)
	if len(conditions) < 300 {
		t.Fatalf("only %d conditions", len(conditions))
	}
	for _, where := range conditions {
		s := airport.Scan{Table: catalog.Name{Catalog: "lake", Schema: "main", Table: "here"}, Columns: []string{"k"}, Where: where}
		r, err := b.Query(t.Context(), Request{View: reader, SQL: s.SQL()})
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		for r.Next() {
		}
		if r.Err() != nil {
			t.Errorf("%s: %v", where, r.Err())
		}
		r.Release()
	}
	s := airport.Scan{Table: catalog.Name{Catalog: "lake", Schema: "main", Table: "here"}, Columns: []string{"k"}, Where: `(("s" COLLATE C) = 'abc')`}
	if got := b.text(t, Request{View: reader, SQL: s.SQL()}); got != "1" {
		t.Errorf("rows: %q", got)
	}
}
