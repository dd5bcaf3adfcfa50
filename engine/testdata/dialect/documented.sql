SELECT p.name, x.item FROM people p LEFT JOIN LATERAL (SELECT item FROM orders o WHERE o.person = p.id ORDER BY o.id LIMIT 1) x ON true ORDER BY ALL
SELECT * FROM people p SEMI JOIN orders o ON p.id = o.person ORDER BY id
SELECT * FROM people p ANTI JOIN orders o ON p.id = o.person ORDER BY id
SELECT name FROM people ORDER BY name COLLATE NOCASE.NOACCENT
SELECT id, count(*) OVER w, sum(id) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM people WINDOW w AS (ORDER BY id) ORDER BY id
SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM people ORDER BY id
SELECT id, last_value(boss IGNORE NULLS) OVER (ORDER BY id) FROM people ORDER BY id
SELECT id, nth_value(name, 2) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM people ORDER BY id
SELECT id, sum(DISTINCT boss) OVER (ORDER BY id), count(*) FILTER (WHERE active) OVER (ORDER BY id) FROM people ORDER BY id
SELECT made, sum(price) OVER (ORDER BY made RANGE BETWEEN INTERVAL 3 DAYS PRECEDING AND CURRENT ROW) FROM orders ORDER BY made LIMIT 5
SELECT id, first_value(name ORDER BY name DESC) OVER () FROM people ORDER BY id
UNPIVOT (SELECT id, height, boss::DOUBLE AS boss FROM people) ON height, boss INTO NAME k VALUE v ORDER BY ALL
SELECT * FROM (SELECT id, height, boss::DOUBLE AS boss FROM people) UNPIVOT INCLUDE NULLS (v FOR k IN (height, boss)) ORDER BY ALL
SELECT * FROM sales PIVOT (sum(amount) AS s, count(*) AS n FOR quarter IN ('Q1', 'Q2') GROUP BY product) ORDER BY ALL
WITH t AS MATERIALIZED (SELECT id FROM people), u AS NOT MATERIALIZED (SELECT id FROM t) SELECT count(*) FROM t, u
WITH RECURSIVE t(n, path) AS (SELECT 1, [1] UNION ALL SELECT n + 1, list_append(path, n + 1) FROM t WHERE n < 4) SELECT * FROM t ORDER BY n
WITH RECURSIVE tree(id, depth) USING KEY (id) AS (SELECT id, 0 FROM people WHERE boss IS NULL UNION SELECT p.id, t.depth + 1 FROM people p JOIN tree t ON p.boss = t.id) SELECT * FROM tree ORDER BY id
SELECT id FROM people UNION BY NAME SELECT id, name FROM people ORDER BY ALL
SELECT id FROM people EXCEPT ALL SELECT boss FROM people ORDER BY 1
SELECT id FROM people INTERSECT ALL SELECT boss FROM people ORDER BY 1
SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1], [x + i FOR x, i IN [10, 20]]
SELECT list_reduce([1, 2, 3], lambda x, y: x + y, 10), list_filter(tags, lambda t, i: i = 1) FROM nested ORDER BY id
SELECT map_extract(props, 'x'), props['y'], map_entries(props), map_values(props), map_contains(props, 'z') FROM nested ORDER BY id
SELECT struct_insert(place, country := 'NO'), struct_update({'a': 1}, a := 2), struct_concat({'a': 1}, {'b': 2}) FROM nested ORDER BY id
SELECT unnest(folk, recursive := true), id FROM nested ORDER BY ALL
SELECT unnest([{'a': 1, 'b': {'c': 2}}], max_depth := 2)
SELECT id, unnest(tags) AS tag, generate_subscripts(tags, 1) AS i FROM nested ORDER BY ALL
SELECT id, t.tag FROM nested, unnest(tags) AS t(tag) ORDER BY ALL
SELECT n.id, f.unnest.name FROM nested n, unnest(n.folk) f ORDER BY ALL
SELECT list_zip([1, 2], ['a', 'b']), list_distinct([1, 1]), list_intersect([1, 2], [2]), list_has_any([1], [1, 2]), flatten([[1], [2]]), list_resize([1], 3, 0), list_select([1, 2, 3], [1, 3]), list_where([1, 2], [true, false]), list_position(['a', 'b'], 'b')
SELECT list_aggregate([1, 2, 3], 'sum'), list_sum([1, 2]), list_avg([1, 2]), list_median([1, 2, 3]), list_string_agg(['a', 'b']), array_to_string(['a', 'b'], '-'), list_histogram([1, 1])
SELECT array_distance([1.0, 2.0]::FLOAT[2], [2.0, 4.0]::FLOAT[2]), array_inner_product([1, 2]::FLOAT[2], [3, 4]::FLOAT[2]), list_cosine_similarity([1.0, 0.0], [0.0, 1.0])
SELECT union_value(k := 1), union_tag(union_value(k := 1)), union_extract(union_value(k := 5), 'k')
SELECT 'happy'::ENUM('happy', 'sad') = 'happy', enum_range(NULL::ENUM('x', 'y')), enum_first(NULL::ENUM('x', 'y'))
SELECT '101'::BIT & '110'::BIT, bit_count('101'::BIT), set_bit('000'::BIT, 1, 1)::VARCHAR, bit_position('1'::BIT, '001'::BIT)
SELECT 12345678901234567890::BIGNUM::VARCHAR, 1::UHUGEINT, (-1)::HUGEINT
SELECT name[1], name[2:], name.upper().lower().length() FROM people ORDER BY id
SELECT TIMESTAMP '2024-01-01 00:00:00'::TIMESTAMP_NS, TIMESTAMPTZ '2024-01-01 00:00:00+02', TIME '12:00:00', TIMETZ '12:00:00+02'
SELECT strftime(DATE '2024-05-06', '%A %d %B %Y'), strptime('06/05/2024', '%d/%m/%Y')::DATE, strptime('2024', ['%d', '%Y'])
SELECT range(DATE '2024-01-01', DATE '2024-01-04', INTERVAL 1 DAY), generate_series(1, 10, 3), range(5)
SELECT * FROM generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-02', INTERVAL 12 HOUR) g(t) ORDER BY t
SELECT i, j FROM range(3) a(i) CROSS JOIN range(2) b(j) ORDER BY ALL
SELECT * FROM people p POSITIONAL JOIN (SELECT id AS oid FROM orders ORDER BY id LIMIT 3) ORDER BY ALL
SELECT sym, made FROM trades t ASOF JOIN quotes q USING (sym, made) ORDER BY ALL
SELECT p.id, o.id FROM people p FULL JOIN orders o ON p.id = o.id AND o.id < 3 ORDER BY ALL
SELECT count(*) FROM people p RIGHT JOIN orders o ON o.person = p.id WHERE p.id IS NULL
SELECT * FROM (people p JOIN orders o ON p.id = o.person) WHERE o.id = 1
SELECT DISTINCT ON (person, item) person, item, price FROM orders ORDER BY person, item, price DESC
SELECT item, count(*) AS n, n / sum(n) OVER () FROM orders GROUP BY item ORDER BY item
SELECT CASE WHEN id > 3 THEN 'b' END AS c, count(*) FROM people GROUP BY c ORDER BY c NULLS FIRST
SELECT sum(qty) FROM orders GROUP BY ALL HAVING sum(qty) > 0
SELECT COLUMNS(* REPLACE (id + 1 AS id)) FROM people ORDER BY ALL
SELECT COLUMNS(p.*) FROM people p ORDER BY ALL
SELECT COLUMNS('^n') || '!' AS "\0_x" FROM people ORDER BY ALL
SELECT max(COLUMNS(* EXCLUDE (name, active)) ORDER BY id) FROM people
SELECT id FROM people WHERE COLUMNS(*) IS NOT NULL ORDER BY id
SELECT json('{"a": 1}').a, '{"a": [1, 2]}'::JSON -> '$.a[*]', json_extract('{"a": {"b": 5}}', ['a.b', 'a'])
SELECT js.a, js.b[0] FROM scraps WHERE id = 1
SELECT regexp_replace('abc', '(b)', '[\1]', 'g'), regexp_extract_all('a1b2', '[0-9]'), regexp_escape('a.b'), 'abc' SIMILAR TO 'a_c'
SELECT date_trunc('quarter', DATE '2024-05-06'), extract(isoyear FROM DATE '2024-12-30'), yearweek(DATE '2024-12-30'), julian(DATE '2024-01-01')
SELECT id, EXISTS (FROM orders o WHERE o.person = p.id AND qty > 3), NOT EXISTS (FROM orders o WHERE o.person = p.id) FROM people p ORDER BY id
SELECT (SELECT list(o.item ORDER BY o.id) FROM orders o WHERE o.person = p.id)[1:2] FROM people p ORDER BY p.id
SELECT ARRAY(SELECT id FROM people ORDER BY id), (SELECT {'a': 1, 'b': 2}).b
SELECT id FROM people WHERE (SELECT count(*) FROM orders WHERE person = people.id) > 5 ORDER BY id
SELECT * FROM people WHERE row(id, name) > (2, 'a') ORDER BY id
SELECT 7 // 2, -7 // 2, 7 % -2, 2 ** -1, 5.0 // 2, 1e2::INTEGER, 0.1::DECIMAL(3,2) * 3, @(-5), 3!
SELECT round(2.5), round(-2.5), round_even(2.5, 0), 1/3, 1//0, 1/0, 0.0/0.0, 1::FLOAT/3
SELECT approx_top_k(item, 2) FROM orders WHERE id < 3
SELECT arg_min(name, height), arg_max_null(name, height), min(name, 2), weighted_avg(qty, price) FROM people, orders
SELECT current_localtime() IS NOT NULL, current_localtimestamp() IS NOT NULL, transaction_timestamp() IS NOT NULL, get_current_time() IS NOT NULL
SELECT id FROM people LIMIT ALL
SELECT id FROM people ORDER BY id LIMIT 1 + 1 OFFSET 1 * 2
SELECT id FROM people ORDER BY id LIMIT 50.0%
SELECT id FROM people ORDER BY 1 FETCH NEXT ROW ONLY
SELECT id FROM people TABLESAMPLE SYSTEM (100%) ORDER BY id
SELECT column_name, column_type FROM (DESCRIBE people) WHERE column_name LIKE 'b%' ORDER BY 1
SUMMARIZE SELECT id, name FROM people
SELECT x.y FROM (SELECT {'y': 1} AS x)
SELECT x.y FROM (SELECT 1 AS y) AS x
SELECT a.b.c, a['b']['c'], a.b['c'] FROM (SELECT {'b': {'c': 1}} AS a)
FROM orders SELECT item, total: sum(qty) GROUP BY item ORDER BY total
FROM people SELECT name WHERE id IN (FROM orders SELECT person WHERE qty = 4) ORDER BY 1
SELECT * FROM VALUES (1, 2), (3, 4) AS v(a, b) ORDER BY a
SELECT * FROM (SELECT 1 AS a UNION ALL BY NAME SELECT 2 AS b) ORDER BY ALL
SELECT t FROM (VALUES (1, 'x')) t(a, b)
SELECT (t).a, t.b, (t.a) FROM (VALUES (1, 'x')) t(a, b)
SELECT DISTINCT people FROM people ORDER BY people.id
SELECT people = people, people IS NULL, hash(people) = hash(people) FROM people ORDER BY people
SELECT list(p ORDER BY p.id)[1].name FROM people p
SELECT least(a), coalesce(a) FROM (SELECT 1 AS a)
SELECT variant_typeof(1::VARIANT), {'a': 1}::VARIANT
SELECT 1::VARIANT::INTEGER, [1, 2]::VARIANT
SELECT map_from_entries([('a', 1)]), cardinality(MAP {'a': 1}), map_concat(MAP {'a': 1}, MAP {'b': 2}), element_at(MAP {'a': 1}, 'a')
SELECT url_decode('a%20b'), hash(1, 2) = hash(1, 2), sha256('x'::BLOB), md5('x'::BLOB)
SELECT age(DATE '2024-01-01', DATE '2020-02-03'), epoch(INTERVAL 1 DAY), make_timestamptz(2024, 1, 1, 0, 0, 0), date_part('epoch', TIME '01:00:00'), nanosecond(TIMESTAMP '2024-01-01')
SELECT bool_or(id > 3) AND bool_and(id > 0), bit_xor(id), first(id ORDER BY id DESC), kahan_sum(height), count_star() FROM people
SELECT mode(qty), quantile_cont(price, 0.25 ORDER BY price DESC), mad(price), sem(qty) FROM orders
