SELECT 1
SELECT 1 AS one, 'two' AS two, 3.5 AS three, NULL AS four, true AS five
SELECT 1 + 1
SELECT 'a' || 'b' || 'c'
SELECT 10 / 4, 10 // 4, 10 % 4, 2 ** 3, 2 ^ 3, -5, +5, ~5, 5 & 3, 5 | 3, 1 << 3, 16 >> 2, 4!
SELECT a: 1, b: 'x'
SELECT 42 AS "quoted name", 1 AS "a""b"
SELECT 1 one, 2 two
SELECT * FROM people
SELECT p.* FROM people p
SELECT people.* FROM people
SELECT id, name FROM people ORDER BY id
SELECT people.id, people.name FROM people ORDER BY people.id
SELECT main.people.id FROM main.people ORDER BY 1
SELECT lake.main.people.id, lake.main.people.name FROM lake.main.people ORDER BY 1
SELECT id + 1, name || '!' FROM people ORDER BY id
SELECT lower(name), upper(name), length(name) FROM people ORDER BY id
SELECT DISTINCT active FROM people
SELECT DISTINCT ON (active) active, name FROM people ORDER BY active NULLS FIRST, id
SELECT DISTINCT item, qty FROM orders ORDER BY ALL
SELECT ALL id FROM people ORDER BY id
SELECT id FROM people WHERE name = 'Ann' OR born IS NULL ORDER BY id
SELECT id FROM people WHERE born IS NOT NULL AND NOT active
SELECT id FROM people WHERE active IS TRUE ORDER BY id
SELECT id FROM people WHERE active IS NOT TRUE ORDER BY id
SELECT id FROM people WHERE active IS UNKNOWN
SELECT id FROM people WHERE name IN ('Ann', 'Bob') ORDER BY id
SELECT id FROM people WHERE name NOT IN ('Ann', 'Bob') ORDER BY id
SELECT id FROM people WHERE id BETWEEN 2 AND 4 ORDER BY id
SELECT id FROM people WHERE id NOT BETWEEN 2 AND 4 ORDER BY id
SELECT id FROM people WHERE name LIKE 'A%' OR name ILIKE '%B%' OR name NOT LIKE '%a%' ORDER BY id
SELECT id FROM people WHERE name SIMILAR TO '[AB].*' ORDER BY id
SELECT id FROM people WHERE name ~ 'A.*' ORDER BY id
SELECT id FROM people WHERE name !~ 'A.*' ORDER BY id
SELECT id FROM people WHERE name ~~ 'A%' ORDER BY id
SELECT id FROM people WHERE name GLOB 'A*'
SELECT id FROM people WHERE name LIKE 'A\%' ESCAPE '\'
SELECT id FROM people WHERE (id, name) = (1, 'Ann')
SELECT id FROM people WHERE (id, name) IN ((1, 'Ann'), (2, 'Nobody'))
SELECT id FROM people WHERE boss IS DISTINCT FROM 1 ORDER BY id
SELECT id FROM people WHERE boss IS NOT DISTINCT FROM NULL
SELECT id FROM people WHERE id = ANY (SELECT person FROM orders WHERE qty = 4) ORDER BY id
SELECT id FROM people WHERE id >= ALL (SELECT id FROM people)
SELECT id FROM people WHERE id = ANY ([1, 2]) ORDER BY id
SELECT id FROM people WHERE 1 IN [1, 2] AND id IN [1, 3] ORDER BY id
SELECT CASE WHEN id > 3 THEN 'big' WHEN id > 1 THEN 'mid' ELSE 'small' END AS size FROM people ORDER BY id
SELECT CASE id WHEN 1 THEN 'one' WHEN 2 THEN 'two' END FROM people ORDER BY id
SELECT if(id > 2, 'yes', 'no') FROM people ORDER BY id
SELECT id::VARCHAR, CAST(id AS DOUBLE), TRY_CAST(name AS INTEGER), id::DECIMAL(5,1) FROM people ORDER BY id
SELECT TRY(1 / 0), TRY(CAST('x' AS INTEGER))
SELECT coalesce(boss, -1), nullif(id, 2), ifnull(boss, 0), greatest(id, 3), least(id, 3) FROM people ORDER BY id
SELECT id FROM people ORDER BY height DESC NULLS LAST, id
SELECT id FROM people ORDER BY height ASC NULLS FIRST, id
SELECT id FROM people ORDER BY name COLLATE NOCASE
SELECT name FROM people ORDER BY -id
SELECT name AS n FROM people ORDER BY n DESC
SELECT id, name FROM people ORDER BY 2, 1
SELECT id, active FROM people ORDER BY ALL
SELECT id, active FROM people ORDER BY ALL DESC NULLS LAST
SELECT id FROM people ORDER BY id LIMIT 2
SELECT id FROM people ORDER BY id LIMIT 2 OFFSET 1
SELECT id FROM people ORDER BY id OFFSET 3
SELECT id FROM people ORDER BY id LIMIT 40%
SELECT id FROM people ORDER BY id LIMIT 40 PERCENT
SELECT id FROM people ORDER BY id LIMIT (SELECT 2)
SELECT id FROM people ORDER BY id FETCH FIRST 2 ROWS ONLY
SELECT id FROM people LIMIT 0
FROM people
FROM people SELECT id, name ORDER BY id
FROM people SELECT name WHERE id < 3 ORDER BY name
FROM people p SELECT p.id ORDER BY ALL
FROM (FROM people SELECT id LIMIT 10) SELECT count(*)
FROM range(3)
TABLE people
(SELECT id FROM people ORDER BY id)
((SELECT 1))
SELECT (1)
SELECT ((((1 + 2))))
VALUES (1, 'a'), (2, 'b')
VALUES (1), (NULL), (3)
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(x, y) ORDER BY x
SELECT * FROM (VALUES (1, 'a'), (2, 'b'))
SELECT v.col0, col1 FROM (VALUES (1, 'a')) v
SELECT * EXCLUDE (height, born) FROM people ORDER BY id
SELECT * EXCLUDE height FROM people ORDER BY id
SELECT * EXCLUDE (people.height) FROM people ORDER BY id
SELECT p.* EXCLUDE (born) FROM people p ORDER BY id
SELECT * REPLACE (upper(name) AS name) FROM people ORDER BY id
SELECT * REPLACE (id * 10 AS id, lower(name) AS name) FROM people ORDER BY ALL
SELECT * RENAME (name AS called) FROM people ORDER BY id
SELECT * EXCLUDE (height) REPLACE (id + 1 AS id) FROM people ORDER BY id
SELECT * EXCLUDE (height) RENAME (name AS n) FROM people ORDER BY id
SELECT COLUMNS('i.*') FROM people ORDER BY ALL
SELECT COLUMNS(*) FROM people ORDER BY ALL
SELECT COLUMNS(* EXCLUDE (born)) FROM people ORDER BY ALL
SELECT COLUMNS(c -> c LIKE '%e%') FROM people ORDER BY ALL
SELECT COLUMNS(lambda c: c LIKE '%e%') FROM people ORDER BY ALL
SELECT COLUMNS(['id', 'name']) FROM people ORDER BY ALL
SELECT min(COLUMNS(*)) FROM people
SELECT max(COLUMNS('id|height')) FROM people
SELECT min(COLUMNS('id')), max(COLUMNS('id')) FROM people
SELECT COLUMNS('(id|boss)') + 1 FROM people ORDER BY ALL
SELECT COLUMNS('(.*)s') AS 'c_\1' FROM people ORDER BY ALL
SELECT coalesce(*COLUMNS(['boss', 'id'])) AS x FROM people ORDER BY ALL
SELECT struct_pack(*COLUMNS(['id', 'name'])) AS x FROM people ORDER BY ALL
SELECT * LIKE '%a%' FROM people ORDER BY ALL
SELECT * ILIKE 'N%' FROM people ORDER BY ALL
SELECT * SIMILAR TO '.*t' FROM people ORDER BY ALL
SELECT id FROM people WHERE COLUMNS(['id', 'boss']) IS NOT NULL ORDER BY id
SELECT id AS i, i + 1 AS j, j * 2 AS k FROM people ORDER BY i
SELECT id AS i FROM people WHERE i > 3 ORDER BY i
SELECT people FROM people ORDER BY people.id
SELECT p FROM people p ORDER BY p.id
SELECT p.id, p FROM (SELECT id FROM people) p ORDER BY 1
SELECT ROW(id, name) FROM people ORDER BY id
SELECT (id, name) FROM people ORDER BY id
SELECT #1, #2 FROM people ORDER BY 1
SELECT "Mixed Case", "select", "a.b", "q""q" FROM "Odd Names" ORDER BY 1
SELECT "mixed case" FROM "odd names" ORDER BY 1
SELECT o."SELECT" FROM "Odd Names" o ORDER BY 1
SELECT * FROM empty
SELECT count(*), max(a) FROM empty
SELECT count(*) FROM people
SELECT count(), count(1), count(boss), count(DISTINCT boss) FROM people
SELECT NULL, NULL::INTEGER
SELECT 1 WHERE false
SELECT E'a\tb\n', 'it''s', $$dollar 'quoted'$$, $tag$with $$ inside$tag$
SELECT x'AB01', '\xAB'::BLOB, b'01'
SELECT 1_000_000, 0x1F, 0b101, 1e3, .5, 5., 1.5e-3
SELECT DATE '2024-01-01', TIME '10:00', TIMESTAMP '2024-01-01 10:00', INTERVAL 1 DAY, INTERVAL '2 hours', INTERVAL (1 + 1) MONTH
SELECT TRUE AND NULL, FALSE OR NULL, NOT TRUE
SELECT 1 = 1, 1 == 1, 1 <> 2, 1 != 2, 1 < 2, 1 >= 2
SELECT 'x' AS from_, 'y' AS "from"
SELECT current_schema(), current_schema
SELECT user FROM logins ORDER BY 1
SELECT l.user FROM logins l ORDER BY 1
SELECT current_user, session_user, user, current_role
SELECT current_user()
SELECT upper(current_user), current_user = 'duckdb' FROM people ORDER BY id LIMIT 1
SELECT name FROM people WHERE name <> current_user ORDER BY name
SELECT user FROM (SELECT id FROM logins) ORDER BY 1
SELECT typeof(id), typeof(name), typeof(height) FROM people LIMIT 1
SELECT 1;
SELECT /* a /* nested */ comment */ id FROM people ORDER BY id
SELECT id FROM people USING SAMPLE 100%
SELECT count(*) FROM people USING SAMPLE 3 ROWS
SELECT count(*) FROM people TABLESAMPLE reservoir(2 ROWS)
SELECT count(*) FROM people TABLESAMPLE 100 PERCENT (bernoulli)
SELECT count(*) FROM (SELECT * FROM orders USING SAMPLE 5 (reservoir, 42))
SELECT count(*) FROM orders TABLESAMPLE reservoir(5 ROWS) REPEATABLE (7)
