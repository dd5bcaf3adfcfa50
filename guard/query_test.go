package guard_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/lakegate/lakegate/guard"
)

// legitimate are queries, and the same in physical names where that differs
// from the logical ones by more than the default catalog.
var legitimate = []struct{ logical, physical string }{
	{"SELECT 1", ""},
	{"SELECT 1;", "SELECT 1"},
	{"SELECT /* a /* nested */ comment */ 1 -- end", "SELECT 1"},
	{"SELECT 1 + 2, 'x' || 'y', NULL, TRUE, 1.5, 1e3, DATE '2024-01-01', INTERVAL 1 DAY", ""},
	{"VALUES (1, 'a'), (2, 'b')", ""},
	{"SELECT * FROM customers ORDER BY id", "SELECT * FROM ph_a1.main.customers ORDER BY id"},
	{"FROM customers", "FROM ph_a1.main.customers"},
	{"TABLE customers", "TABLE ph_a1.main.customers"},
	{"FROM orders SELECT id, amount WHERE id > 10 ORDER BY id", "FROM ph_a1.main.orders SELECT id, amount WHERE id > 10 ORDER BY id"},
	{"SELECT c.name, count(*), sum(o.amount) FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.name ORDER BY 1", "SELECT c.name, count(*), sum(o.amount) FROM ph_a1.main.customers c JOIN ph_a1.main.orders o ON o.customer = c.id GROUP BY c.name ORDER BY 1"},
	{"SELECT customers.name FROM customers ORDER BY customers.id", "SELECT customers.name FROM ph_a1.main.customers ORDER BY customers.id"},
	{"SELECT main.customers.name, lake.main.customers.id FROM customers ORDER BY 2", "SELECT customers.name, customers.id FROM ph_a1.main.customers ORDER BY 2"},
	{"SELECT lake.main.customers.place.city FROM lake.main.customers ORDER BY id", "SELECT customers.place.city FROM ph_a1.main.customers ORDER BY id"},
	{"SELECT s1.t.a, s2.t.c FROM s1.t JOIN s2.t ON s1.t.a = s2.t.a", "SELECT s1.t.a, s2.t.c FROM ph_a1.s1.t JOIN ph_a1.s2.t ON s1.t.a = s2.t.a"},
	{"SELECT * FROM s1.t, s2.t ORDER BY ALL", "SELECT * FROM ph_a1.s1.t, ph_a1.s2.t ORDER BY ALL"},
	{"SELECT x.*, y.* FROM s1.t x, s1.t y ORDER BY ALL", "SELECT x.*, y.* FROM ph_a1.s1.t x, ph_a1.s1.t y ORDER BY ALL"},
	{"SELECT * EXCLUDE (email) REPLACE (upper(name) AS name) FROM customers ORDER BY id", "SELECT * EXCLUDE (email) REPLACE (upper(name) AS name) FROM ph_a1.main.customers ORDER BY id"},
	{"SELECT COLUMNS('a.*') FROM orders ORDER BY ALL", "SELECT COLUMNS('a.*') FROM ph_a1.main.orders ORDER BY ALL"},
	{"SELECT * RENAME (a AS z) FROM s1.t ORDER BY 1", "SELECT * RENAME (a AS z) FROM ph_a1.s1.t ORDER BY 1"},
	{"SELECT t FROM s1.t ORDER BY t.a", "SELECT t FROM ph_a1.s1.t ORDER BY t.a"},
	{"SELECT q.one FROM s1.t AS q(one, two) ORDER BY 1", "SELECT q.one FROM ph_a1.s1.t AS q(one, two) ORDER BY 1"},
	{"WITH big AS (SELECT * FROM orders WHERE amount > 10) SELECT count(*) FROM big", "WITH big AS (SELECT * FROM ph_a1.main.orders WHERE amount > 10) SELECT count(*) FROM big"},
	{"WITH customers AS (SELECT 7 AS id) SELECT * FROM customers", ""},
	{"WITH t AS (SELECT * FROM s1.t) SELECT a FROM t ORDER BY 1", "WITH t AS (SELECT * FROM ph_a1.s1.t) SELECT a FROM t ORDER BY 1"},
	{"WITH customers AS (SELECT id FROM customers) SELECT * FROM customers ORDER BY 1", "SELECT id FROM ph_a1.main.customers ORDER BY 1"},
	{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n", ""},
	{"WITH RECURSIVE n(i) USING KEY (i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 5) SELECT count(*) FROM n", ""},
	{"WITH a AS MATERIALIZED (SELECT * FROM s1.t), b AS NOT MATERIALIZED (SELECT * FROM a) SELECT * FROM b ORDER BY a", "SELECT * FROM ph_a1.s1.t ORDER BY a"},
	{"SELECT (SELECT max(amount) FROM orders) AS m, EXISTS (SELECT 1 FROM s1.t) AS e", "SELECT (SELECT max(amount) FROM ph_a1.main.orders) AS m, EXISTS (SELECT 1 FROM ph_a1.s1.t) AS e"},
	{"SELECT name FROM customers WHERE id IN (SELECT customer FROM orders WHERE orders.customer = main.customers.id) ORDER BY 1", "SELECT name FROM ph_a1.main.customers WHERE id IN (SELECT customer FROM ph_a1.main.orders) ORDER BY 1"},
	{"SELECT a FROM s1.t ORDER BY (SELECT max(a) FROM s2.t), a LIMIT (SELECT 1)", "SELECT a FROM ph_a1.s1.t ORDER BY a LIMIT 1"},
	{"SELECT a FROM s1.t UNION ALL SELECT a FROM s2.t ORDER BY 1", "SELECT a FROM ph_a1.s1.t UNION ALL SELECT a FROM ph_a1.s2.t ORDER BY 1"},
	{"SELECT a FROM s1.t EXCEPT SELECT a FROM s2.t", "SELECT a FROM ph_a1.s1.t EXCEPT SELECT a FROM ph_a1.s2.t"},
	{"SELECT a FROM s1.t INTERSECT SELECT a FROM s2.t", "SELECT a FROM ph_a1.s1.t INTERSECT SELECT a FROM ph_a1.s2.t"},
	{"FROM s1.t UNION ALL BY NAME FROM s2.t ORDER BY ALL", "FROM ph_a1.s1.t UNION ALL BY NAME FROM ph_a1.s2.t ORDER BY ALL"},
	{"SELECT id, row_number() OVER (PARTITION BY customer ORDER BY amount DESC) AS r, lag(amount, 1) OVER w FROM orders WINDOW w AS (ORDER BY id) QUALIFY r <= 2 ORDER BY id", "SELECT id, row_number() OVER (PARTITION BY customer ORDER BY amount DESC) AS r, lag(amount, 1) OVER w FROM ph_a1.main.orders WINDOW w AS (ORDER BY id) QUALIFY r <= 2 ORDER BY id"},
	{"SELECT sum(amount) FILTER (WHERE id > 3), list(id ORDER BY id DESC), string_agg(tags[1], ',' ORDER BY id), count(DISTINCT customer), median(amount), quantile_cont(amount, 0.5) FROM orders", "SELECT sum(amount) FILTER (WHERE id > 3), list(id ORDER BY id DESC), string_agg(tags[1], ',' ORDER BY id), count(DISTINCT customer), median(amount), quantile_cont(amount, 0.5) FROM ph_a1.main.orders"},
	{"SELECT customer, id % 2 AS odd, count(*) FROM orders GROUP BY GROUPING SETS ((customer), (odd), ()) ORDER BY ALL", "SELECT customer, id % 2 AS odd, count(*) FROM ph_a1.main.orders GROUP BY GROUPING SETS ((customer), (odd), ()) ORDER BY ALL"},
	{"SELECT customer, count(*) FROM orders GROUP BY ALL HAVING count(*) > 6 ORDER BY ALL", "SELECT customer, count(*) FROM ph_a1.main.orders GROUP BY ALL HAVING count(*) > 6 ORDER BY ALL"},
	{"SELECT customer, grouping(customer) FROM orders GROUP BY CUBE (customer) ORDER BY ALL", "SELECT customer, grouping(customer) FROM ph_a1.main.orders GROUP BY CUBE (customer) ORDER BY ALL"},
	{"SELECT list_transform([1, 2, 3], lambda x: x + 1), list_filter([1, 2, 3], lambda x: x > 1), [x * 2 FOR x IN [1, 2] IF x > 1]", ""},
	{"SELECT list_transform(tags, lambda x: x || name) FROM orders, customers WHERE orders.id = 1 AND customers.id = 1", "SELECT list_transform(tags, lambda x: x || name) FROM ph_a1.main.orders, ph_a1.main.customers WHERE orders.id = 1 AND customers.id = 1"},
	{"SELECT list_reduce([1, 2, 3], lambda x, y: x + y) FROM s1.t", "SELECT list_reduce([1, 2, 3], lambda x, y: x + y) FROM ph_a1.s1.t"},
	{"PIVOT orders ON customer IN (1, 2, 3) USING sum(amount) GROUP BY id ORDER BY id LIMIT 3", "PIVOT ph_a1.main.orders ON customer IN (1, 2, 3) USING sum(amount) GROUP BY id ORDER BY id LIMIT 3"},
	{"UNPIVOT (SELECT id, amount FROM orders) ON amount ORDER BY ALL", "UNPIVOT (SELECT id, amount FROM ph_a1.main.orders) ON amount ORDER BY ALL"},
	{"SELECT * FROM s1.t ASOF JOIN s2.t ON s1.t.a >= s2.t.a ORDER BY ALL", "SELECT * FROM ph_a1.s1.t ASOF JOIN ph_a1.s2.t ON s1.t.a >= s2.t.a ORDER BY ALL"},
	{"SELECT * FROM s1.t POSITIONAL JOIN s2.t", "SELECT * FROM ph_a1.s1.t POSITIONAL JOIN ph_a1.s2.t"},
	{"SELECT * FROM s1.t NATURAL JOIN s2.t", "SELECT * FROM ph_a1.s1.t NATURAL JOIN ph_a1.s2.t"},
	{"SELECT * FROM s1.t FULL JOIN s2.t USING (a) ORDER BY ALL", "SELECT * FROM ph_a1.s1.t FULL JOIN ph_a1.s2.t USING (a) ORDER BY ALL"},
	{"SELECT * FROM s1.t SEMI JOIN s2.t USING (a)", "SELECT * FROM ph_a1.s1.t SEMI JOIN ph_a1.s2.t USING (a)"},
	{"SELECT * FROM s1.t ANTI JOIN s2.t USING (a)", "SELECT * FROM ph_a1.s1.t ANTI JOIN ph_a1.s2.t USING (a)"},
	{"SELECT u.z FROM s1.t, LATERAL (SELECT s1.t.a + 1 AS z) u ORDER BY 1", "SELECT u.z FROM ph_a1.s1.t, LATERAL (SELECT s1.t.a + 1 AS z) u ORDER BY 1"},
	{"SELECT count(*) FROM orders TABLESAMPLE reservoir(5 ROWS) REPEATABLE (1)", "SELECT count(*) FROM ph_a1.main.orders TABLESAMPLE reservoir(5 ROWS) REPEATABLE (1)"},
	{"SELECT * FROM range(3) r(i), unnest(['a', 'b']) u(x) ORDER BY ALL", ""},
	{"SELECT unnest(tags), id FROM orders ORDER BY ALL LIMIT 3", "SELECT unnest(tags), id FROM ph_a1.main.orders ORDER BY ALL LIMIT 3"},
	{"SELECT * FROM generate_series(1, 3)", ""},
	{"SELECT key, value FROM json_each('{\"a\": 1}')", ""},
	{"SELECT DISTINCT ON (customer) customer, id FROM orders ORDER BY customer, id", "SELECT DISTINCT ON (customer) customer, id FROM ph_a1.main.orders ORDER BY customer, id"},
	{"SELECT CASE WHEN balance > 0 THEN 'p' ELSE 'n' END, balance::INTEGER, TRY_CAST(email AS INTEGER), coalesce(email, '-'), email IS NOT DISTINCT FROM name, balance BETWEEN 0 AND 20, name LIKE 'A%', name ILIKE 'b%', name SIMILAR TO 'C.*' FROM customers ORDER BY id", "SELECT CASE WHEN balance > 0 THEN 'p' ELSE 'n' END, balance::INTEGER, TRY_CAST(email AS INTEGER), coalesce(email, '-'), email IS NOT DISTINCT FROM name, balance BETWEEN 0 AND 20, name LIKE 'A%', name ILIKE 'b%', name SIMILAR TO 'C.*' FROM ph_a1.main.customers ORDER BY id"},
	{"SELECT extract(year FROM made), date_trunc('month', made), strftime(made, '%Y'), made + INTERVAL '2' HOUR, made AT TIME ZONE 'UTC' FROM orders ORDER BY id LIMIT 2", "SELECT extract(year FROM made), date_trunc('month', made), strftime(made, '%Y'), made + INTERVAL '2' HOUR, made AT TIME ZONE 'UTC' FROM ph_a1.main.orders ORDER BY id LIMIT 2"},
	{"SELECT '{\"a\": [1]}'::JSON -> 'a' ->> 0, {'x': 1}.x, MAP {'k': 2}['k'], [1, 2][1], (1, 2), 'abc'[2:3], 1::DOUBLE, 'x'::ENUM('x')", ""},
	{"SELECT split_part('a-b', '-', 2), list_sum([1, 2]), nullif(1, 1), date_add(DATE '2024-01-01', INTERVAL 1 DAY)", ""},
	{`SELECT "from", "ünï", "q""c" FROM "we""ird"."Sel era"`, `SELECT "from", "ünï", "q""c" FROM ph_a1."we""ird"."Sel era"`},
	{`SELECT "WE""IRD"."sel ERA"."FROM" FROM lake."we""ird"."SEL ERA"`, `SELECT "FROM" FROM ph_a1."we""ird"."Sel era"`},
	{"SELECT NAME FROM LAKE.MAIN.CUSTOMERS ORDER BY ID", "SELECT NAME FROM ph_a1.main.customers ORDER BY id"},
	{"SELECT n, body FROM scratch.notes", "SELECT n, body FROM ph_b2.main.notes"},
	{"SELECT * FROM Scratch.main.doubled", "SELECT * FROM ph_b2.main.doubled"},
	{"SELECT c.name, n.body FROM customers c, Scratch.notes n WHERE c.id = n.n", "SELECT c.name, n.body FROM ph_a1.main.customers c, ph_b2.main.notes n WHERE c.id = n.n"},
	{"SELECT count(*), min(path) FROM weblogs.web.hits WHERE hit > 1", "SELECT count(*), min(path) FROM ph_f4.web.hits WHERE hit > 1"},
	{"SELECT x FROM mine", "SELECT x FROM temp.main.mine"},
	{"SELECT x FROM temp.main.mine, customers WHERE id = 1", "SELECT x FROM temp.main.mine"},
	{"SELECT $1::INTEGER IS NULL, ?::VARCHAR", ""},
	{"SUMMARIZE SELECT id FROM orders", "SUMMARIZE SELECT id FROM ph_a1.main.orders"},
	{"SELECT column_name, max FROM (SUMMARIZE orders)", "SELECT column_name, max FROM (SUMMARIZE ph_a1.main.orders)"},
	{"DESCRIBE SELECT id + 1 AS x, amount FROM orders", "DESCRIBE SELECT id + 1 AS x, amount FROM ph_a1.main.orders"},
	{"DESCRIBE customers", "DESCRIBE ph_a1.main.customers"},
	{"SELECT column_name FROM (DESCRIBE s1.t)", "SELECT column_name FROM (DESCRIBE ph_a1.s1.t)"},
	{"(SELECT 1) UNION ALL (SELECT 2)", ""},
	{"SELECT a: 1, b: 2", ""},
	{"SELECT first(name ORDER BY id), arg_max(name, balance), histogram(id) FROM customers", "SELECT first(name ORDER BY id), arg_max(name, balance), histogram(id) FROM ph_a1.main.customers"},
	{"SELECT lower(s1.t.b), s1.t.a + 1 FROM s1.t ORDER BY 2", "SELECT lower(s1.t.b), s1.t.a + 1 FROM ph_a1.s1.t ORDER BY 2"},
	{"SELECT name.upper(), name.replace('n', 'm').lower() FROM customers ORDER BY id", "SELECT name.upper(), name.replace('n', 'm').lower() FROM ph_a1.main.customers ORDER BY id"},
	{"SELECT lower(s1.t.b), a + 1 FROM s1.t UNION ALL BY NAME SELECT a + 1, lower(s1.t.b) FROM s1.t ORDER BY ALL", "SELECT lower(s1.t.b), a + 1 FROM ph_a1.s1.t UNION ALL BY NAME SELECT a + 1, lower(s1.t.b) FROM ph_a1.s1.t ORDER BY ALL"},
	{"SELECT unnest(place) FROM customers ORDER BY ALL", "SELECT unnest(place) FROM ph_a1.main.customers ORDER BY ALL"},
	{"SELECT s1.t.a FROM s1.t JOIN s2.t USING (a)", "SELECT a FROM ph_a1.s1.t JOIN ph_a1.s2.t USING (a)"},
	{"SELECT count(*) FROM (FROM customers, orders LIMIT 5)", "SELECT 5::BIGINT AS \"count_star()\""},
	{"SELECT max(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS m FROM customers ORDER BY 1", "SELECT id AS m FROM ph_a1.main.customers ORDER BY 1"},
	{"SELECT c.* FROM customers AS c WHERE (c.id, c.name) IN (SELECT id, name FROM customers) ORDER BY ALL", "SELECT * FROM ph_a1.main.customers ORDER BY ALL"},
	{"SELECT 'it''s', E'a\\'b', $$d'q$$, $x$;$x$, X'AB'", ""},
}

func TestLegitimateQueriesGiveWhatTheyGiveUnguarded(t *testing.T) {
	c, reader, _ := setup(t)
	for _, q := range legitimate {
		if q.physical == "" {
			q.physical = q.logical
		}
		v, err := guard.Check(context.Background(), c, reader, q.logical)
		if err != nil {
			t.Errorf("%s: %v", q.logical, err)
			continue
		}
		if v.Kind != guard.Query || v.Lake != "" {
			t.Errorf("%s: kind %d, lake %q", q.logical, v.Kind, v.Lake)
		}
		if q.logical == "SELECT $1::INTEGER IS NULL, ?::VARCHAR" {
			continue // needs values
		}
		wantNames, want, err := c.texts(q.physical)
		if err != nil {
			t.Errorf("unguarded %s: %v", q.physical, err)
			continue
		}
		gotNames, got, err := c.texts(v.SQL)
		if err != nil {
			t.Errorf("%s\n-> %s\n: %v", q.logical, v.SQL, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n-> %s\nrows %v\nwant %v", q.logical, v.SQL, got, want)
		}
		if !reflect.DeepEqual(gotNames, wantNames) {
			t.Errorf("%s\n-> %s\nnames %q\nwant  %q", q.logical, v.SQL, gotNames, wantNames)
		}
	}
}
