WITH a AS (SELECT id FROM people) SELECT * FROM a ORDER BY id
WITH a(x) AS (SELECT id FROM people) SELECT x FROM a ORDER BY x
WITH a AS (SELECT id FROM people), b AS (SELECT id + 1 AS id FROM a) SELECT * FROM b ORDER BY id
WITH a AS MATERIALIZED (SELECT * FROM orders WHERE qty > 2) SELECT count(*) FROM a, a b WHERE a.id = b.id
WITH a AS NOT MATERIALIZED (SELECT * FROM orders) SELECT max(id) FROM a
WITH people AS (SELECT 99 AS id) SELECT id FROM people
WITH people AS (SELECT id FROM people WHERE id < 3) SELECT id FROM people ORDER BY id
WITH people AS (SELECT 1 AS id) SELECT count(*) FROM main.people
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT sum(i) FROM n
WITH RECURSIVE n AS (SELECT 1 AS i UNION SELECT i % 5 + 1 FROM n) SELECT i FROM n ORDER BY i
WITH RECURSIVE chain AS (SELECT id, name, 0 AS depth FROM people WHERE boss IS NULL UNION ALL SELECT p.id, p.name, c.depth + 1 FROM people p JOIN chain c ON p.boss = c.id) SELECT * FROM chain ORDER BY id
WITH RECURSIVE paths AS (SELECT id, [id] AS path FROM people WHERE boss IS NULL UNION ALL SELECT p.id, list_append(c.path, p.id) FROM people p, paths c WHERE p.boss = c.id) SELECT * FROM paths ORDER BY id
WITH RECURSIVE n(i, f) USING KEY (i) AS (SELECT 1, 1 UNION SELECT i, f * 2 FROM n WHERE f < 100) SELECT * FROM n
WITH a AS (WITH b AS (SELECT 1 AS x) SELECT x FROM b) SELECT x FROM a
SELECT * FROM (WITH a AS (SELECT 1 AS x) SELECT * FROM a)
SELECT (WITH a AS (SELECT max(id) AS m FROM people) SELECT m FROM a)
WITH a AS (FROM people SELECT id) FROM a ORDER BY id
WITH a AS (VALUES (1, 'x'), (2, 'y')) SELECT * FROM a ORDER BY 1
WITH a(n, s) AS (VALUES (1, 'x'), (2, 'y')) SELECT s FROM a WHERE n = 2
WITH a AS (SELECT id FROM people UNION ALL SELECT id FROM s2.extra) SELECT count(*), count(DISTINCT id) FROM a
WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS x) SELECT * FROM a UNION ALL SELECT * FROM b ORDER BY x
WITH a AS (SELECT person, sum(price) AS s FROM orders GROUP BY person) SELECT p.name, a.s FROM people p JOIN a ON a.person = p.id ORDER BY 1
WITH l AS (SELECT id FROM logins) SELECT current_user FROM l LIMIT 1
WITH l AS (SELECT "user" FROM logins) SELECT user FROM l ORDER BY 1
WITH top AS (SELECT * FROM orders ORDER BY price DESC LIMIT 3) SELECT t.id FROM top t ORDER BY t.id
WITH a AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS rn FROM people) SELECT id FROM a WHERE rn = 1
WITH RECURSIVE fib(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM fib WHERE b < 50) SELECT list(a ORDER BY a) FROM fib
WITH "Odd" AS (SELECT 1 AS "X y") SELECT "x Y" FROM "odd"
WITH x AS (SELECT 1), y AS (SELECT * FROM x) SELECT * FROM y
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL (SELECT n + 1 FROM t WHERE n < 3)) SELECT * FROM t ORDER BY n
WITH a AS (SELECT * FROM people), b AS (SELECT * FROM a WHERE active), c AS (SELECT count(*) AS n FROM b) SELECT c.n, (SELECT count(*) FROM a) FROM c
