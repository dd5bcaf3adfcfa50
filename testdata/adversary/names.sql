--- Row L04, and names: a hidden table in each place that a table can have, and names that could be taken for
--- others. A hidden thing and a missing one must be told apart by nothing.

-- id: L04-001
-- tries: by its name alone
-- expect: hidden zq_vault
SELECT * FROM zq_vault

-- id: L04-002
-- tries: by catalog, schema and name
-- expect: hidden zq_vault
SELECT * FROM lake.main.zq_vault

-- id: L04-003
-- tries: by schema and name
-- expect: hidden zq_vault
SELECT * FROM main.zq_vault

-- id: L04-004
-- tries: by catalog and name
-- expect: hidden zq_vault
SELECT * FROM lake.zq_vault

-- id: L04-005
-- tries: FROM first
-- expect: hidden zq_vault
FROM zq_vault

-- id: L04-006
-- tries: TABLE
-- expect: hidden zq_vault
TABLE zq_vault

-- id: L04-007
-- tries: quoted
-- expect: hidden zq_vault
SELECT * FROM "zq_vault"

-- id: L04-008
-- tries: in capitals
-- expect: hidden zq_vault
SELECT * FROM "LAKE"."MAIN"."ZQ_VAULT"

-- id: L04-009
-- tries: one column
-- expect: hidden zq_vault
SELECT zq_secret FROM zq_vault

-- id: L04-010
-- tries: a scalar subquery
-- expect: hidden zq_vault
SELECT (SELECT max(zq_secret) FROM zq_vault)

-- id: L04-011
-- tries: EXISTS
-- expect: hidden zq_vault
SELECT EXISTS (SELECT 1 FROM zq_vault)

-- id: L04-012
-- tries: NOT EXISTS
-- expect: hidden zq_vault
SELECT 1 WHERE NOT EXISTS (FROM zq_vault WHERE id = 1)

-- id: L04-013
-- tries: IN
-- expect: hidden zq_vault
SELECT 1 IN (SELECT id FROM zq_vault)

-- id: L04-014
-- tries: ANY
-- expect: hidden zq_vault
SELECT 1 = ANY (SELECT id FROM zq_vault)

-- id: L04-015
-- tries: ALL
-- expect: hidden zq_vault
SELECT 1 >= ALL (SELECT id FROM zq_vault)

-- id: L04-016
-- tries: ARRAY of a subquery
-- expect: hidden zq_vault
SELECT ARRAY(SELECT zq_secret FROM zq_vault)

-- id: L04-017
-- tries: a CTE
-- expect: hidden zq_vault
WITH c AS (SELECT * FROM zq_vault) SELECT * FROM c

-- id: L04-018
-- tries: a CTE that nothing reads
-- expect: hidden zq_vault
WITH c AS (SELECT * FROM zq_vault) SELECT 1

-- id: L04-019
-- tries: a materialised CTE
-- expect: hidden zq_vault
WITH c AS MATERIALIZED (FROM zq_vault) SELECT count(*) FROM c

-- id: L04-020
-- tries: a recursive CTE
-- expect: hidden zq_vault
WITH RECURSIVE r(i, s) AS (SELECT 1, 'x' UNION ALL SELECT i + 1, zq_secret FROM r, zq_vault WHERE i < 2) SELECT * FROM r

-- id: L04-021
-- tries: the recursion itself
-- expect: hidden zq_vault
WITH RECURSIVE r AS (SELECT * FROM zq_vault UNION ALL SELECT * FROM r WHERE false) FROM r

-- id: L04-022
-- tries: USING KEY
-- expect: hidden zq_vault
WITH RECURSIVE r(i) USING KEY (i) AS (SELECT id FROM zq_vault UNION SELECT i FROM r WHERE false) FROM r

-- id: L04-023
-- tries: UNION
-- expect: hidden zq_vault
SELECT 'a' UNION ALL SELECT zq_secret FROM zq_vault

-- id: L04-024
-- tries: UNION BY NAME
-- expect: hidden zq_vault
SELECT 1 AS id UNION BY NAME SELECT * FROM zq_vault

-- id: L04-025
-- tries: EXCEPT
-- expect: hidden zq_vault
SELECT 1 EXCEPT SELECT id FROM zq_vault

-- id: L04-026
-- tries: INTERSECT
-- expect: hidden zq_vault
SELECT 1 INTERSECT ALL SELECT id FROM zq_vault

-- id: L04-027
-- tries: a join
-- expect: hidden zq_vault
SELECT * FROM range(1) r JOIN zq_vault ON true

-- id: L04-028
-- tries: a natural join
-- expect: hidden zq_vault
SELECT * FROM range(1) r NATURAL JOIN zq_vault

-- id: L04-029
-- tries: a semi join
-- expect: hidden zq_vault
SELECT * FROM range(5) r(id) SEMI JOIN zq_vault USING (id)

-- id: L04-030
-- tries: an anti join
-- expect: hidden zq_vault
SELECT * FROM range(5) r(id) ANTI JOIN zq_vault USING (id)

-- id: L04-031
-- tries: an asof join
-- expect: hidden zq_vault
SELECT * FROM range(5) r(id) ASOF JOIN zq_vault v ON r.id >= v.id

-- id: L04-032
-- tries: a positional join
-- expect: hidden zq_vault
SELECT * FROM range(5) r(i) POSITIONAL JOIN zq_vault

-- id: L04-033
-- tries: a lateral join
-- expect: hidden zq_vault
SELECT * FROM range(2) r(i), LATERAL (SELECT * FROM zq_vault WHERE id = i)

-- id: L04-034
-- tries: a join that is never taken
-- expect: hidden zq_vault
SELECT 1 FROM range(1) LEFT JOIN zq_vault ON false

-- id: L04-035
-- tries: WHERE false
-- expect: hidden zq_vault
SELECT count(*) FROM zq_vault WHERE false

-- id: L04-036
-- tries: LIMIT 0
-- expect: hidden zq_vault
SELECT * FROM zq_vault LIMIT 0

-- id: L04-037
-- tries: ORDER BY a subquery
-- expect: hidden zq_vault
SELECT 1 ORDER BY (SELECT max(zq_amount) FROM zq_vault)

-- id: L04-038
-- tries: LIMIT a subquery
-- expect: hidden zq_vault
SELECT * FROM range(10) LIMIT (SELECT count(*) FROM zq_vault)

-- id: L04-039
-- tries: OFFSET a subquery
-- expect: hidden zq_vault
SELECT * FROM range(10) OFFSET (SELECT count(*) FROM zq_vault)

-- id: L04-040
-- tries: LIMIT percent
-- expect: hidden zq_vault
SELECT * FROM range(10) LIMIT (SELECT count(*) FROM zq_vault) %

-- id: L04-041
-- tries: GROUP BY a subquery
-- expect: hidden zq_vault
SELECT count(*) FROM range(3) GROUP BY (SELECT max(id) FROM zq_vault)

-- id: L04-042
-- tries: HAVING
-- expect: hidden zq_vault
SELECT count(*) FROM range(3) HAVING count(*) = (SELECT count(*) FROM zq_vault)

-- id: L04-043
-- tries: QUALIFY
-- expect: hidden zq_vault
SELECT range FROM range(3) QUALIFY row_number() OVER (ORDER BY range) <= (SELECT count(*) FROM zq_vault)

-- id: L04-044
-- tries: a window frame
-- expect: hidden zq_vault
SELECT sum(range) OVER (ORDER BY range ROWS (SELECT max(id) FROM zq_vault) PRECEDING) FROM range(3)

-- id: L04-045
-- tries: a window partition
-- expect: hidden zq_vault
SELECT sum(range) OVER (PARTITION BY (SELECT max(id) FROM zq_vault)) FROM range(3)

-- id: L04-046
-- tries: a named window
-- expect: hidden zq_vault
SELECT sum(range) OVER w FROM range(3) WINDOW w AS (ORDER BY (SELECT max(id) FROM zq_vault))

-- id: L04-047
-- tries: an aggregate filter
-- expect: hidden zq_vault
SELECT count(*) FILTER (WHERE EXISTS (FROM zq_vault)) FROM range(3)

-- id: L04-048
-- tries: an aggregate order
-- expect: hidden zq_vault
SELECT list(range ORDER BY (SELECT max(id) FROM zq_vault)) FROM range(3)

-- id: L04-049
-- tries: DISTINCT ON
-- expect: hidden zq_vault
SELECT DISTINCT ON ((SELECT max(id) FROM zq_vault)) range FROM range(3)

-- id: L04-050
-- tries: a CASE never reached
-- expect: hidden zq_vault
SELECT CASE WHEN true THEN 1 ELSE (SELECT max(id) FROM zq_vault) END

-- id: L04-051
-- tries: coalesce never reached
-- expect: hidden zq_vault
SELECT coalesce('a', (SELECT zq_secret FROM zq_vault LIMIT 1))

-- id: L04-052
-- tries: TRY
-- expect: hidden zq_vault
SELECT TRY((SELECT zq_secret FROM zq_vault LIMIT 1))

-- id: L04-053
-- tries: a cast
-- expect: hidden zq_vault
SELECT (SELECT max(zq_secret) FROM zq_vault)::INTEGER

-- id: L04-054
-- tries: a struct
-- expect: hidden zq_vault
SELECT {'a': (SELECT max(zq_secret) FROM zq_vault)}

-- id: L04-055
-- tries: a map
-- expect: hidden zq_vault
SELECT MAP {'a': (SELECT max(zq_secret) FROM zq_vault)}

-- id: L04-056
-- tries: a list
-- expect: hidden zq_vault
SELECT [1, (SELECT max(id) FROM zq_vault)]

-- id: L04-057
-- tries: a list comprehension
-- expect: hidden zq_vault
SELECT [x FOR x IN [1] IF x < (SELECT max(id) FROM zq_vault)]

-- id: L04-058
-- tries: a lambda
-- expect: hidden zq_vault
SELECT list_transform([1], lambda x: (SELECT max(zq_secret) FROM zq_vault))

-- id: L04-059
-- tries: an arrow lambda
-- expect: hidden zq_vault
SELECT list_filter([1], x -> x IN (SELECT id FROM zq_vault))

-- id: L04-060
-- tries: a slice
-- expect: hidden zq_vault
SELECT [1, 2, 3][(SELECT min(id) FROM zq_vault):(SELECT max(id) FROM zq_vault)]

-- id: L04-061
-- tries: VALUES
-- expect: hidden zq_vault
VALUES (1, (SELECT max(zq_secret) FROM zq_vault))

-- id: L04-062
-- tries: VALUES in FROM
-- expect: hidden zq_vault
SELECT * FROM (VALUES ((SELECT max(zq_secret) FROM zq_vault))) v(x)

-- id: L04-063
-- tries: an argument of a table function
-- expect: hidden zq_vault
SELECT * FROM range((SELECT count(*) FROM zq_vault))

-- id: L04-064
-- tries: an argument of unnest
-- expect: hidden zq_vault
SELECT * FROM unnest((SELECT list(zq_secret) FROM zq_vault))

-- id: L04-065
-- tries: a table as an argument
-- expect: hidden zq_vault
SELECT * FROM unnest(zq_vault)

-- id: L04-066
-- tries: PIVOT
-- expect: hidden zq_vault
PIVOT zq_vault ON id IN (1, 2) USING max(zq_secret)

-- id: L04-067
-- tries: PIVOT of a subquery
-- expect: hidden zq_vault
PIVOT (SELECT * FROM zq_vault) ON id IN (1) USING count(*)

-- id: L04-068
-- tries: PIVOT with IN of a query
-- expect: hidden zq_vault
PIVOT (SELECT 1 AS a) ON a IN (SELECT id FROM zq_vault) USING count(*)

-- id: L04-069
-- tries: PIVOT in FROM
-- expect: hidden zq_vault
SELECT * FROM (SELECT 1 AS a, 2 AS b) PIVOT (max(b) FOR a IN (SELECT id FROM zq_vault))

-- id: L04-070
-- tries: UNPIVOT
-- expect: hidden zq_vault
UNPIVOT zq_vault ON zq_secret, zq_amount

-- id: L04-071
-- tries: UNPIVOT in FROM
-- expect: hidden zq_vault
SELECT * FROM zq_vault UNPIVOT (v FOR n IN (id, zq_amount))

-- id: L04-072
-- tries: TABLESAMPLE
-- expect: hidden zq_vault
SELECT * FROM zq_vault TABLESAMPLE 100%

-- id: L04-073
-- tries: USING SAMPLE
-- expect: hidden zq_vault
SELECT * FROM zq_vault USING SAMPLE 1 ROWS

-- id: L04-074
-- tries: DESCRIBE
-- expect: hidden zq_vault
DESCRIBE zq_vault

-- id: L04-075
-- tries: DESCRIBE a query
-- expect: hidden zq_vault
DESCRIBE SELECT * FROM zq_vault

-- id: L04-076
-- tries: DESC, quoted
-- expect: hidden zq_vault
DESC "zq_vault"

-- id: L04-077
-- tries: SHOW
-- expect: hidden zq_vault
SHOW zq_vault

-- id: L04-078
-- tries: SUMMARIZE
-- expect: hidden zq_vault
SUMMARIZE zq_vault

-- id: L04-079
-- tries: SUMMARIZE a query
-- expect: hidden zq_vault
SUMMARIZE SELECT * FROM zq_vault

-- id: L04-080
-- tries: DESCRIBE in FROM
-- expect: hidden zq_vault
SELECT * FROM (DESCRIBE zq_vault)

-- id: L04-081
-- tries: SUMMARIZE in FROM
-- expect: hidden zq_vault
SELECT * FROM (SUMMARIZE zq_vault)

-- id: L04-082
-- tries: EXPLAIN
-- expect: hidden zq_vault
EXPLAIN SELECT * FROM zq_vault

-- id: L04-083
-- tries: EXPLAIN ANALYZE
-- expect: hidden zq_vault
EXPLAIN ANALYZE SELECT * FROM zq_vault

-- id: L04-084
-- tries: a parameter beside it
-- via: prepared
-- expect: hidden zq_vault
-- bind: 1
SELECT * FROM zq_vault WHERE id = ?

-- id: L04-085
-- tries: AT
-- expect: hidden zq_vault
SELECT * FROM zq_vault AT (VERSION => 1)

-- id: L04-086
-- tries: aliases of columns
-- expect: hidden zq_vault
SELECT a FROM zq_vault AS v(a, b, c)

-- id: L04-087
-- tries: a hidden view
-- expect: hidden zq_view
SELECT * FROM zq_view

-- id: L04-088
-- tries: a table of a hidden schema
-- expect: hidden zq_hidden
SELECT * FROM zq_hidden.zq_payroll

-- id: L04-089
-- tries: a missing table of a hidden schema
-- expect: hidden zq_hidden
SELECT * FROM zq_hidden.nothing

-- id: L04-090
-- tries: a table of a hidden schema, named like a visible one
-- expect: hidden zq_hidden
SELECT * FROM lake.zq_hidden.items

-- id: L04-091
-- tries: a table of a hidden catalog
-- expect: hidden zq_void
SELECT * FROM zq_void.main.zq_core

-- id: L04-092
-- tries: the same without its schema
-- expect: hidden zq_void
SELECT * FROM zq_void.zq_core

-- id: L04-093
-- tries: a missing table of a hidden catalog
-- expect: hidden zq_void
SELECT * FROM zq_void.main.nothing

-- id: L04-094
-- tries: a hidden catalog as a table
-- expect: hidden zq_void
SELECT * FROM zq_void

-- id: L04-095
-- tries: a hidden table of a DuckLake
-- expect: hidden zq_ledger
SELECT * FROM duck.zq_ledger

-- id: L04-096
-- tries: a table without any right, in a schema of the writer
-- expect: hidden zq_locked
SELECT * FROM work.zq_locked

-- id: L04-097
-- tries: a near miss, for a suggestion
-- expect: refused
SELECT * FROM zq_vaul

-- id: L04-098
-- tries: a near miss of a schema
-- expect: refused
SELECT * FROM lake.zq_hiden.zq_payroll

-- id: L04-099
-- tries: a near miss of a catalog
-- expect: refused
SELECT * FROM zq_voi.main.zq_core

-- id: L04-100
-- tries: a near miss of a column
-- expect: refused
SELECT nam FROM open.items

-- id: L04-101
-- tries: a suggestion over all tables
-- expect: refused
SELECT * FROM vault

-- id: L04-102
-- tries: a suggestion by prefix
-- expect: refused
SELECT * FROM z

-- id: NAME-001
-- tries: a CTE of the hidden name is the caller's own
-- expect: same
WITH zq_vault AS (SELECT 1 AS id) SELECT * FROM zq_vault

-- id: NAME-002
-- tries: a CTE does not give its name to a qualified table
-- expect: refused
WITH zq_vault AS (SELECT 1) SELECT * FROM main.zq_vault

-- id: NAME-003
-- tries: a CTE is not in scope within itself
-- expect: refused
WITH zq_vault AS (SELECT * FROM zq_vault) SELECT * FROM zq_vault

-- id: NAME-004
-- tries: a CTE is not in scope before it
-- expect: refused
WITH a AS (FROM zq_vault), zq_vault AS (SELECT 1) FROM a

-- id: NAME-005
-- tries: a CTE is not in scope outside
-- expect: refused
SELECT * FROM (WITH zq_vault AS (SELECT 1) FROM zq_vault), zq_vault

-- id: NAME-006
-- tries: a CTE of a set operation's other side
-- expect: refused
(WITH zq_vault AS (SELECT 1 AS id) SELECT id FROM zq_vault) UNION ALL SELECT id FROM zq_vault

-- id: NAME-007
-- tries: a CTE within a CTE does not leave it
-- expect: refused
WITH a AS (WITH zq_vault AS (SELECT 1) FROM zq_vault) SELECT * FROM zq_vault

-- id: NAME-008
-- tries: a CTE with the name of a visible table
-- expect: same
WITH orders AS (SELECT 7 AS x) SELECT * FROM orders

-- id: NAME-009
-- tries: a CTE that reads the table of its own name
-- expect: same
WITH orders AS (SELECT id FROM main.orders) SELECT count(*) FROM orders

-- id: NAME-010
-- tries: a recursive CTE in the table's name
-- expect: permitted
WITH RECURSIVE orders AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM orders WHERE id < 3) SELECT * FROM orders

-- id: NAME-011
-- tries: an alias that is a hidden table's name
-- expect: same
SELECT zq_vault.id FROM open.items AS zq_vault

-- id: NAME-012
-- tries: an alias that is a table's name, and the table
-- expect: permitted
SELECT * FROM open.regions AS orders, orders AS o

-- id: NAME-013
-- tries: an alias that is a schema's name
-- expect: permitted
SELECT main.id FROM open.items AS main

-- id: NAME-014
-- tries: an alias that is a catalog's name
-- expect: permitted
SELECT lake.id FROM open.items AS lake

-- id: NAME-015
-- tries: two tables under one alias
-- expect: permitted
SELECT a.* FROM open.items a, orders a

-- id: NAME-016
-- tries: a column named like a table
-- expect: same
SELECT orders FROM open.customers

-- id: NAME-017
-- tries: a column named like a table, and the table
-- expect: permitted
SELECT orders FROM open.customers, orders

-- id: NAME-018
-- tries: a struct named like a table
-- expect: same
SELECT staff.ssn FROM open.customers

-- id: NAME-019
-- tries: a struct named like a table, and the table: the denied column
-- expect: permitted
SELECT staff.ssn FROM open.customers, staff

-- id: NAME-020
-- tries: a struct named like a table, and the table: the masked column
-- expect: permitted
SELECT staff.email FROM open.customers, staff

-- id: NAME-021
-- tries: a struct named like a table, in an alias of its own
-- expect: permitted
SELECT s.staff.email FROM open.customers s, staff

-- id: NAME-022
-- tries: a whole row of a struct's name
-- expect: permitted
SELECT staff FROM open.customers, staff

-- id: NAME-023
-- tries: the table as a row
-- expect: same
SELECT orders FROM orders

-- id: NAME-024
-- tries: the table as a row, in a struct
-- expect: permitted
SELECT struct_extract(s, 'ssn') FROM staff s

-- id: NAME-025
-- tries: the table as a row: the denied column
-- expect: refused
SELECT (s).ssn FROM staff s

-- id: NAME-026
-- tries: the table as a row, as text
-- expect: same
SELECT s::VARCHAR FROM staff s

-- id: NAME-027
-- tries: the row's keys
-- expect: permitted
SELECT struct_keys(s) FROM staff s

-- id: NAME-028
-- tries: a star of an alias
-- expect: same
SELECT s.* FROM staff s

-- id: NAME-029
-- tries: a star of the table with its schema
-- expect: permitted
SELECT main.staff.* FROM staff

-- id: NAME-030
-- tries: a qualified name of a column
-- expect: same
SELECT lake.main.orders.note FROM orders

-- id: NAME-031
-- tries: a qualified name past an alias
-- expect: permitted
SELECT lake.main.orders.note FROM orders o

-- id: NAME-032
-- tries: a qualified name of a table that is not read
-- expect: refused
SELECT lake.main.zq_vault.zq_secret FROM open.items

-- id: NAME-033
-- tries: a qualified name of a hidden schema
-- expect: refused
SELECT zq_hidden.items.name FROM open.items

-- id: NAME-034
-- tries: a correlated name across a lateral join
-- expect: permitted
SELECT * FROM orders o, LATERAL (SELECT o.note AS n, o.region AS r) l

-- id: NAME-035
-- tries: a correlated hidden column across a lateral join
-- expect: refused
SELECT * FROM staff s, LATERAL (SELECT s.ssn) l

-- id: NAME-036
-- tries: a correlated subquery over the outer row
-- expect: permitted
SELECT (SELECT o.note) FROM orders o

-- id: NAME-037
-- tries: a correlated subquery two levels up
-- expect: permitted
SELECT (SELECT (SELECT max(s.email))) FROM staff s

-- id: NAME-038
-- tries: EXCLUDE of a hidden column
-- as: masked
-- expect: hidden zq_feel
SELECT * EXCLUDE (zq_feel) FROM staff

-- id: NAME-039
-- tries: REPLACE of a hidden column
-- as: masked
-- expect: hidden zq_feel
SELECT * REPLACE (1 AS zq_feel) FROM staff

-- id: NAME-040
-- tries: RENAME of a hidden column
-- as: masked
-- expect: hidden zq_feel
SELECT * RENAME (zq_feel AS x) FROM staff

-- id: NAME-041
-- tries: REPLACE that brings it back
-- expect: refused
SELECT * REPLACE (ssn AS email) FROM staff

-- id: NAME-042
-- tries: REPLACE of a mask by itself
-- expect: same
SELECT * REPLACE (email || '!' AS email) FROM staff

-- id: NAME-043
-- tries: EXCLUDE of a masked column
-- expect: same
SELECT * EXCLUDE (email, salary) FROM staff

-- id: NAME-044
-- tries: RENAME of a masked column
-- expect: same
SELECT * RENAME (email AS ssn) FROM staff

-- id: NAME-045
-- tries: a USING of a hidden column
-- expect: refused
SELECT * FROM staff a JOIN staff b USING (ssn)

-- id: NAME-046
-- tries: aliases of columns, one too many
-- expect: permitted
SELECT * FROM staff AS s(a, b, c, d, e, f, g, h, i, j)

-- id: NAME-047
-- tries: aliases of columns that shift them
-- expect: permitted
SELECT j FROM staff AS s(ssn, zq_feel, salary, email, d, e, f, j)

-- id: NAME-048
-- tries: an alias before its column
-- expect: permitted
SELECT 'x' AS ssn, ssn FROM staff

-- id: NAME-049
-- tries: an alias in WHERE
-- expect: permitted
SELECT 'x' AS ssn FROM staff WHERE ssn = 'x'

-- id: NAME-050
-- tries: a parameter as a table
-- via: prepared
-- expect: refused
-- bind: zq_vault
SELECT * FROM ?

-- id: NAME-051
-- tries: a named parameter as a table
-- via: prepared
-- expect: refused
-- bind: zq_vault
SELECT * FROM $t

-- id: NAME-052
-- tries: a parameter as a column
-- via: prepared
-- expect: permitted
-- bind: zq_secret
-- same-as: SELECT 'zq_secret' FROM open.items
SELECT ? FROM open.items

-- id: NAME-053
-- tries: a parameter as a pattern of columns
-- via: prepared
-- expect: any
-- bind: .*
SELECT COLUMNS(?) FROM staff

-- id: NAME-054
-- tries: a parameter as the name of a function's table
-- via: prepared
-- expect: refused
-- bind: zq_vault
SELECT * FROM query_table(?)

-- id: NAME-055
-- tries: a variable as a table
-- expect: refused
SELECT * FROM query_table(getvariable('t'))

-- id: NAME-056
-- tries: a temporary table in the hidden table's name
-- as: writer
-- expect: rows
-- row: 5
-- first: CREATE TEMP TABLE zq_vault AS SELECT 5 AS mine
SELECT * FROM zq_vault

-- id: NAME-057
-- tries: a temporary table does not change a qualified name
-- as: writer
-- expect: refused
-- first: CREATE TEMP TABLE zq_vault AS SELECT 5 AS mine
SELECT * FROM main.zq_vault

-- id: NAME-058
-- tries: a temporary table named like a visible one
-- as: writer
-- expect: rows
-- row: 5
-- first: CREATE TEMP TABLE orders AS SELECT 5 AS mine
SELECT * FROM orders

-- id: NAME-059
-- tries: a temporary table named like a visible one, both
-- as: writer
-- expect: permitted
-- first: CREATE TEMP TABLE orders AS SELECT 5 AS region
SELECT o.region FROM main.orders o

-- id: NAME-060
-- tries: a temporary table through another schema name
-- expect: refused
SELECT * FROM temp.main.zq_vault

-- id: NAME-061
-- tries: another's temporary table
-- expect: refused
SELECT * FROM temp.main.items

-- id: NAME-062
-- tries: USE of a hidden schema
-- expect: hidden zq_hidden
USE lake.zq_hidden

-- id: NAME-063
-- tries: USE of a hidden catalog
-- expect: hidden zq_void
USE zq_void

-- id: NAME-064
-- tries: USE of a hidden catalog's schema
-- expect: hidden zq_void
USE zq_void.main

-- id: NAME-065
-- tries: SET schema to a hidden one
-- expect: hidden zq_hidden
SET schema = 'zq_hidden'

-- id: NAME-066
-- tries: SET schema, in another spelling
-- expect: refused
SET SCHEMA 'lake.zq_hidden'

-- id: NAME-067
-- tries: SET search_path
-- expect: refused
SET search_path = 'zq_hidden,main'

-- id: NAME-068
-- tries: SET search_path with a file
-- expect: refused
SET search_path = 'lake.zq_hidden'

-- id: NAME-069
-- tries: USE system
-- expect: refused
USE system

-- id: NAME-070
-- tries: USE of DuckDB's main catalog
-- expect: refused
USE memory

-- id: NAME-071
-- tries: USE temp, then a table
-- expect: any
-- first?: USE temp
SELECT * FROM items

-- id: NAME-072
-- tries: USE of the visible schema, then a hidden table
-- expect: refused
-- first?: USE lake.open
SELECT * FROM zq_vault

-- id: NAME-073
-- tries: SET schema after the statement was prepared, by name
-- expect: permitted
-- first?: SET schema = 'open'
-- same-as: SELECT name FROM open.items
SELECT name FROM items

-- id: NAME-074
-- tries: USE duck, then a hidden table
-- expect: refused
-- first?: USE duck
SELECT * FROM zq_ledger
