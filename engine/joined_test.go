package engine

import (
	"strings"
	"testing"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/guard"
)

const joinedRules = `tables:
  - {user: root, privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]}
  - user: ed
    schema: main
    table: stock
    privileges: [SELECT, UPDATE, DELETE]
    filter: region = 'eu'
  - user: ed
    table: part
    privileges: [SELECT]
    filter: region = 'eu'
    columns:
      - {name: price, mask: "0"}
  - {user: ed, privileges: [SELECT]}
`

// plan is DuckDB's plan of what the guard makes of sql.
func (g *governed) plan(p auth.Principal, sql string) string {
	g.t.Helper()
	view, err := g.catalogs.For(g.t.Context(), p)
	if err != nil {
		g.t.Fatal(err)
	}
	v, err := guard.Check(g.t.Context(), g.Binder(), view.As(p.User), sql)
	if err != nil {
		g.t.Fatalf("%s: %v", sql, err)
	}
	c, err := g.now.Load().inst.connect()
	if err != nil {
		g.t.Fatal(err)
	}
	defer c.close()
	rows, err := c.rows(g.t.Context(), "EXPLAIN "+v.SQL)
	if err != nil {
		g.t.Fatalf("%s: %v", v.SQL, err)
	}
	return plain(rows)[0][1]
}

func TestAChangeOfAFilteredTableIsAHashJoinWhereColumnsAreEqual(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, joinedRules,
				"CREATE TABLE stock AS SELECT i::INTEGER AS id, i::BIGINT AS wide, i::VARCHAR AS name, i::INTEGER AS n, CASE WHEN i % 2 = 0 THEN 'eu' ELSE 'us' END AS region FROM range(2000) r(i)",
				"CREATE TABLE news AS SELECT i::INTEGER AS id, i::VARCHAR AS name, (i + 1)::INTEGER AS n FROM range(2000) r(i)",
				"CREATE TABLE part AS SELECT i::INTEGER AS id, i::INTEGER AS price, 'eu' AS region FROM range(2000) r(i)",
				"CREATE SCHEMA other", "CREATE TABLE other.stock AS SELECT i::INTEGER AS id, i::INTEGER AS m FROM range(2000) r(i)",
			)
			ed := auth.Principal{Subject: "e", User: "ed"}
			for sql, want := range map[string]bool{
				"UPDATE stock SET n = news.n FROM news WHERE stock.id = news.id":                                      true,
				"UPDATE stock SET n = m.n FROM news m WHERE m.id = stock.id AND m.n > 5":                              true,
				"UPDATE lake.main.stock s SET n = news.n FROM news WHERE s.name = news.name AND (s.n > 1 OR s.n = 0)": true,
				"UPDATE stock SET n = m FROM other.stock WHERE main.stock.id = other.stock.id":                        true,
				"UPDATE stock SET n = m FROM other.stock WHERE wide > 1 AND main.stock.id = m":                        true,
				"DELETE FROM stock USING news WHERE stock.id = news.id AND news.n < 10":                               true,
				"UPDATE stock SET n = 1 FROM part WHERE stock.id = part.id":                                           true,

				"UPDATE stock SET n = news.n FROM news WHERE stock.wide = news.id":              false, // a cast
				"UPDATE stock SET n = news.n FROM news WHERE stock.id + 0 = news.id":            false,
				"UPDATE stock SET n = news.n FROM news WHERE stock.id = news.id OR news.id < 3": false,
				"UPDATE stock SET n = news.n FROM news WHERE NOT (stock.id = news.id)":          false,
				"UPDATE stock SET n = 1 FROM part WHERE stock.id = part.price":                  false, // a mask
				"UPDATE stock SET n = 1 FROM news AS m (name, id) WHERE stock.id = m.id":        false, // another column's name
				"UPDATE stock SET n = 1 FROM (SELECT id FROM news) m WHERE stock.id = m.id":     false,
			} {
				if plan := g.plan(ed, sql); strings.Contains(plan, "HASH_JOIN") != want {
					t.Errorf("%s: a hash join: %t; want %t\n%s", sql, !want, want, plan)
				}
			}
			const sum = "SELECT sum(n) || ' ' || count(*) FROM stock"
			for _, step := range [][2]string{
				{"UPDATE stock SET n = 0 FROM news WHERE stock.id = news.id AND news.n <= 1000", "1749500 2000"},
				{"UPDATE stock SET n = 1 FROM other.stock WHERE main.stock.id = other.stock.id AND m < 4", "1749502 2000"},
				{"DELETE FROM stock USING news WHERE stock.id = news.id", "1000000 1000"},
			} {
				g.must(ed, step[0])
				if got := g.must(root, sum); got != step[1] {
					t.Errorf("%s: %s; want %s", step[0], got, step[1])
				}
			}
		})
	}
}

func TestAnEqualityBesideTheBarrierTellsNothingOfOtherRows(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, joinedRules,
				"CREATE TABLE stock AS SELECT i::INTEGER AS id, CASE WHEN i % 2 = 0 THEN 'eu' ELSE 'us' END AS region FROM range(2000) r(i)",
				"CREATE TABLE news AS SELECT i::INTEGER AS id FROM range(2000) r(i)",
			)
			ed := auth.Principal{Subject: "e", User: "ed"}
			const there = "CASE WHEN stock.id % 2 = 1 THEN error('there') ELSE 1 END"
			for _, sql := range []string{
				"UPDATE stock SET id = stock.id FROM news WHERE stock.id = news.id AND " + there + " = 1",
				"UPDATE stock SET id = stock.id FROM news WHERE stock.id = news.id AND " + there + " = news.id",
				"UPDATE stock SET id = " + there + " * 7 FROM news WHERE stock.id = news.id AND news.id < 0",
				"DELETE FROM stock USING news WHERE news.id = stock.id AND " + there + " + news.id = 0",
			} {
				if _, err := g.run(ed, sql); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
			}
		})
	}
}
