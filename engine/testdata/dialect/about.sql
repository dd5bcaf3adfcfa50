DESCRIBE people
DESCRIBE main.people
DESCRIBE SELECT id, name || '!' AS n FROM people
DESCRIBE FROM people
DESC people
SHOW people
SELECT column_name, column_type FROM (DESCRIBE people) ORDER BY 1
SELECT column_name FROM (DESCRIBE SELECT 1 AS a, 'x' AS b) ORDER BY 1
SUMMARIZE sales
SUMMARIZE SELECT amount FROM sales
SUMMARIZE FROM people
SELECT column_name, min, max, count FROM (SUMMARIZE people) ORDER BY 1
SHOW TABLES
SHOW TABLES FROM s2
SELECT * FROM (SHOW TABLES) ORDER BY 1
SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1
SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'people' AND table_schema = 'main' ORDER BY ordinal_position
SELECT table_name, column_count FROM duckdb_tables() WHERE schema_name = 's2' ORDER BY 1
SELECT count(*) FROM duckdb_columns() WHERE table_name = 'orders' AND schema_name = 'main'
SELECT schema_name FROM information_schema.schemata WHERE schema_name = 's2' AND catalog_name NOT IN ('system', 'temp')
SELECT * FROM range(3) ORDER BY 1
SELECT * FROM range(1, 10, 4) AS r(i) ORDER BY i
SELECT * FROM generate_series(1, 3) ORDER BY 1
SELECT * FROM generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-02', INTERVAL 12 HOUR) ORDER BY 1
SELECT i, j FROM range(2) a(i), range(2) b(j) ORDER BY ALL
SELECT * FROM repeat('x', 3)
SELECT * FROM repeat_row(1, 'a', num_rows = 2)
SELECT t.range FROM range(2) t ORDER BY 1
SELECT count(*) > 0 FROM duckdb_keywords()
SELECT count(*) > 0 FROM pg_timezone_names()
SELECT * FROM unnest([1, 2]) WITH ORDINALITY
SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = 's2'
SELECT relname FROM pg_class WHERE relname = 'people' ORDER BY 1
