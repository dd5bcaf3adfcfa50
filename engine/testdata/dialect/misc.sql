SELECT a.id, b.id FROM people a JOIN people b ON a.id = b.id + 1 ORDER BY 1
SELECT people.id FROM people, (SELECT 1 AS id) people2 WHERE people.id = people2.id
SELECT orders.id FROM orders AS orders WHERE orders.id = 1
SELECT id FROM people AS "select" WHERE "select".id = 1
SELECT (SELECT p.id) FROM people p ORDER BY 1
SELECT id, (SELECT count(*) FROM people q WHERE q.boss = p.id) AS reports FROM people p ORDER BY id
SELECT CASE WHEN EXISTS (SELECT 1 FROM orders) THEN 'some' ELSE 'none' END
SELECT count(*) FROM orders WHERE made >= '2024-01-10' AND made < DATE '2024-01-20'
SELECT item, price FROM orders WHERE price > 10 AND (item = 'pen' OR item LIKE 'p%') ORDER BY id
SELECT person, item, sum(price * qty) AS total FROM orders GROUP BY person, item HAVING total > 20 ORDER BY total DESC, person, item LIMIT 5
SELECT sum(CASE WHEN item = 'pen' THEN qty ELSE 0 END) FROM orders
SELECT p.name, o.item FROM people p LEFT JOIN (SELECT DISTINCT person, item FROM orders) o ON o.person = p.id ORDER BY ALL
SELECT extract(epoch FROM made), made::DATE, made::TIME FROM orders ORDER BY id LIMIT 2
SELECT name, born, date_diff('year', born, DATE '2024-01-01') AS age FROM people WHERE born IS NOT NULL ORDER BY age, name
SELECT item, qty, price, qty * price AS line, round(line * 1.2, 2) AS gross FROM orders ORDER BY id LIMIT 4
SELECT s2.extra.note FROM s2.extra ORDER BY 1
SELECT extra.note FROM s2.extra ORDER BY 1
SELECT e.note FROM s2.extra e WHERE e.id = (SELECT max(id) FROM s2.extra)
SELECT 1 AS "1", 2 AS "2"
SELECT id FROM people WHERE id % 2 = 1 AND id <> ALL (SELECT boss FROM people WHERE boss IS NOT NULL) ORDER BY id
SELECT main.lower('X'), system.main.lower('Y')
SELECT lower(main.people.name) FROM main.people ORDER BY 1
SELECT people.name.upper() FROM main.people ORDER BY 1
SELECT count(DISTINCT (person, item)) FROM orders
SELECT array_agg({'id': id, 'item': item} ORDER BY id)[1].item FROM orders
SELECT unnest(list_transform(range(3), lambda i: i * 10)) AS v ORDER BY v
SELECT p.id, t.n FROM people p, LATERAL (VALUES (p.id * 1), (p.id * 2)) t(n) ORDER BY ALL
SELECT DISTINCT ON (item) item, id FROM orders ORDER BY item, id DESC
SELECT x, x % 2 = 0 AS even FROM range(4) t(x) ORDER BY x
SELECT string_agg(name, ', ' ORDER BY name) FILTER (WHERE active) FROM people
SELECT min(name), max(name) FROM people WHERE name > 'B'
SELECT a.* EXCLUDE (id), b.id FROM people a JOIN people b USING (id) ORDER BY b.id
SELECT name AS "from", born AS "where" FROM people ORDER BY "from"
SELECT * FROM (SELECT 1 AS a, 2 AS b) JOIN (SELECT 1 AS a, 3 AS c) USING (a)
SELECT * FROM (SELECT 1 AS x) a, (SELECT 2 AS x) b
SELECT coalesce(max(id), 0) + 1 AS next FROM people
SELECT id, item FROM orders WHERE (person, qty) IN (SELECT person, max(qty) FROM orders GROUP BY person) ORDER BY id
SELECT product, quarter, amount, sum(amount) OVER (PARTITION BY product ORDER BY quarter, region) FROM sales ORDER BY ALL
SELECT DATE '2024-01-31' + INTERVAL 1 MONTH, TIMESTAMP '2024-03-10 02:30:00' + INTERVAL 1 DAY
SELECT 'a' < 'B', 'a' COLLATE NOCASE < 'B', 'é' = 'e', 'é' COLLATE NOACCENT = 'e'
SELECT 9007199254740993::BIGINT, 170141183460469231731687303715884105727::HUGEINT, 1e308, 0.1 + 0.2
SELECT 1::BOOLEAN, 'yes'::BOOLEAN, 't'::BOOL, 0::BOOL
SELECT quarter, list(product ORDER BY product) AS products FROM sales GROUP BY quarter ORDER BY quarter
SELECT * FROM people WHERE name = 'Ann' AND id = 1 UNION ALL SELECT * FROM people WHERE id = 2 ORDER BY id
SELECT max(made) - min(made) FROM orders
SELECT id, name FROM people WHERE starts_with(name, 'A') ORDER BY id
SELECT sum(price) FROM (SELECT price FROM orders ORDER BY price DESC LIMIT 5)
SELECT o.item, p.name FROM orders o JOIN people p ON p.id = o.person WHERE o.id IN (1, 2, 3) ORDER BY o.id
SELECT item FROM orders GROUP BY item ORDER BY count(*) DESC, item
SELECT name, row_number() OVER (ORDER BY born NULLS LAST) AS age_rank FROM people ORDER BY age_rank
SELECT struct_extract(x, 'a') FROM (SELECT {'a': 5} AS x)
SELECT list(x) FROM (SELECT x FROM range(3) t(x) ORDER BY x)
SELECT id FROM people ORDER BY (SELECT count(*) FROM orders WHERE person = people.id) DESC, id
