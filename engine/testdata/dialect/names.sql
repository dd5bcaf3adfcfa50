SELECT t.c, count(*) FROM za.t GROUP BY CUBE (t.c, za.t.c)
SELECT t.c, count(*) FROM za.t GROUP BY ROLLUP (t.c, za.t.c)
SELECT t.c, count(*) FROM za.t GROUP BY GROUPING SETS ((t.c), (za.t.c), (t.c, za.t.c), ())
SELECT c, count(*) FROM za.t GROUP BY CUBE (c, t.c, za.t.c, lake.za.t.c)
SELECT c, count(*) FROM za.t GROUP BY CUBE (c, C)
SELECT t.c, count(*), GROUPING(t.c), GROUPING(za.t.c) FROM za.t GROUP BY CUBE (t.c, za.t.c)
SELECT t.x FROM za.t JOIN zb.t ON za.t.k = zb.t.k
SELECT t.y FROM za.t JOIN zb.t ON za.t.k = zb.t.k
SELECT x, y FROM za.t JOIN zb.t ON za.t.k = zb.t.k
SELECT za.t.x, zb.t.y FROM za.t JOIN zb.t ON za.t.k = zb.t.k
SELECT * FROM za.t JOIN zb.t USING (k)
SELECT t.x FROM za.t, zb.t
SELECT za.t FROM za.t
SELECT lake.za.t FROM za.t
SELECT lake.t FROM za.t
SELECT za.t FROM lake.za.t
SELECT za.t, zb.t FROM za.t, zb.t
SELECT count(za.t) FROM za.t
SELECT za.t IS NULL FROM za.t
SELECT za.t.x, t FROM za.t
SELECT * FROM "a""b"
SELECT "x""y", "a.b" FROM "a""b"
SELECT "a""b"."x""y" FROM main."a""b"
SELECT main."a""b"."x""y" FROM main."a""b"
SELECT * FROM "a.b"
SELECT "a.b"."x.y", "SELECT", "ÄÖ" FROM "a.b"
SELECT " " FROM "a.b"
SELECT * FROM "s ""q"."t ""q"
SELECT "s ""q"."t ""q".a, "t ""q".b.no, b."No x", b."a""b", b."sel.x", b.É FROM "s ""q"."t ""q"
SELECT typeof(b) FROM "s ""q"."t ""q"
DESCRIBE "s ""q"."t ""q"
DESCRIBE SELECT b FROM "s ""q"."t ""q"
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't "q'
SELECT 1 FROM za.t, za.t
SELECT 1 FROM za.t, lake.za.t
SELECT t.x FROM za.t, (SELECT 1 AS q) t
SELECT t.q FROM za.t, (SELECT 1 AS q) t
SELECT t.q FROM (SELECT 1 AS q) t, za.t
SELECT t.x FROM za.t, zb.t AS t
SELECT za.t FROM za.t, zb.t AS t
WITH t AS (SELECT 7 AS q) SELECT t.q, t.x FROM t, za.t
SELECT * EXCLUDE (t.x) FROM za.t, zb.t
SELECT * EXCLUDE (za.t.k) FROM za.t, zb.t
SELECT * EXCLUDE (t.k) FROM za.t, zb.t
SELECT count(t.x), count(t.y), sum(t.x + t.y), max(t.x)::VARCHAR FROM za.t, zb.t
SELECT count(za.t), max(za.t).x, min(za.t)::VARCHAR, count(DISTINCT t) FROM za.t
SELECT za.st, main.people FROM za.st, people
SELECT za.st FROM za.st
SELECT st FROM za.st
SELECT lake.za.st FROM za.st
SELECT za.st.za FROM za.st
SELECT t.x FROM za.t WHERE EXISTS (SELECT 1 FROM zb.t WHERE t.y = t.x)
SELECT t.x FROM za.t WHERE EXISTS (SELECT 1 FROM zb.t WHERE zb.t.y = za.t.x)
SELECT x FROM za.t WHERE EXISTS (SELECT za.t, zb.t FROM zb.t WHERE y = x)
SELECT (SELECT za.t) FROM za.t
SELECT t.x, u.t.x FROM (SELECT za.t FROM za.t) u, zb.t, za.t
SELECT row_to_json(za.t) FROM za.t
SELECT to_json(za.t), za.t AS r, struct_keys(za.t) FROM za.t
SELECT COLUMNS(t.*) FROM za.t
SELECT unnest(za.t) FROM za.t
SELECT * FROM za.t ORDER BY za.t
SELECT za.t FROM za.t GROUP BY za.t
SELECT za.t, count(*) FROM za.t GROUP BY ALL
SELECT DISTINCT za.t FROM za.t
SELECT za.t = za.t, za.t IS NOT DISTINCT FROM t FROM za.t
SELECT list(za.t) FROM za.t
SELECT t.x, lake.za.t.x FROM za.t NATURAL JOIN zb.t
SELECT t.x FROM za.t LEFT JOIN zb.t USING (k)
SELECT t.x, t.y FROM za.t POSITIONAL JOIN zb.t
SELECT lower(t.c), count(*) FROM za.t GROUP BY CUBE (lower(t.c), lower(za.t.c))
SELECT lower(za.t.c), count(*) FROM za.t GROUP BY CUBE (lower(t.c), lower(za.t.c))
SELECT za.t.c, count(*) FROM za.t GROUP BY ROLLUP (t.c, za.t.c)
SELECT c, count(*) FROM za.t GROUP BY ROLLUP (c, za.t.c)
SELECT c, count(*) FROM za.t GROUP BY ROLLUP (za.t.c, c)
SELECT c, count(*) FROM za.t GROUP BY ROLLUP (za.t.c, t.c) ORDER BY ALL
SELECT c, count(*), GROUPING(c), GROUPING_ID(t.c, za.t.c) FROM za.t GROUP BY ROLLUP (za.t.c, t.c)
SELECT t.c, count(*) FROM za.t GROUP BY t.c, za.t.c
SELECT t.c, count(*) FROM za.t GROUP BY t.c, CUBE (za.t.c, lake.za.t.c)
SELECT t.c || 'x', count(*) FROM za.t GROUP BY CUBE (t.c, za.t.c) HAVING za.t.c IS NOT NULL OR count(*) > 1
SELECT c, x, count(*) FROM za.t GROUP BY GROUPING SETS ((t.c, x), (za.t.c, t.x), (lake.za.t.c), ())
SELECT c, count(*) FROM za.t GROUP BY CUBE (1, za.t.c)
SELECT c AS d, count(*) FROM za.t GROUP BY CUBE (d, za.t.c)
