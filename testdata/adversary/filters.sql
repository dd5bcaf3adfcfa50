--- Row L06: rows that the filter keeps back are in no count and no error. The filtered reader sees rows of orders
--- and of duck.main.events whose region is EU.

-- id: L06-001
-- tries: all rows
-- expect: same
SELECT * FROM orders

-- id: L06-002
-- tries: a count
-- expect: same
SELECT count(*) FROM orders

-- id: L06-003
-- tries: a count of a column
-- expect: same
SELECT count(note), count(*) - count(amount) FROM orders

-- id: L06-004
-- tries: min and max, which statistics could answer
-- expect: same
SELECT min(amount), max(amount), min(made), max(made), max(note), max(id) FROM orders

-- id: L06-005
-- tries: sums
-- expect: same
SELECT sum(amount), avg(amount), stddev_pop(amount) FROM orders

-- id: L06-006
-- tries: a filter that widens
-- expect: same
SELECT id FROM orders WHERE true OR region = 'US'

-- id: L06-007
-- tries: the other regions
-- expect: same
SELECT * FROM orders WHERE region <> 'EU'

-- id: L06-008
-- tries: no region
-- expect: same
SELECT * FROM orders WHERE region IS NULL

-- id: L06-009
-- tries: a region in another case
-- expect: same
SELECT * FROM orders WHERE lower(region) = 'eu' AND region <> 'EU'

-- id: L06-010
-- tries: a region with a blank
-- expect: same
SELECT * FROM orders WHERE trim(region) = 'EU'

-- id: L06-011
-- tries: another collation
-- expect: permitted
SELECT id FROM orders WHERE region COLLATE NOCASE = 'eu'

-- id: L06-012
-- tries: a hidden row by its key
-- expect: same
SELECT * FROM orders WHERE id = 6

-- id: L06-013
-- tries: an outer join that would show a gap
-- expect: same
SELECT r.range, o.id FROM range(13) r LEFT JOIN orders o ON o.id = r.range ORDER BY 1

-- id: L06-014
-- tries: a full join
-- expect: same
SELECT r.region, o.id FROM open.regions r FULL JOIN orders o USING (region)

-- id: L06-015
-- tries: an anti join
-- expect: same
SELECT r.region FROM open.regions r ANTI JOIN orders o USING (region)

-- id: L06-016
-- tries: a right join
-- expect: same
SELECT o.id, r.label FROM open.regions r RIGHT JOIN orders o ON false

-- id: L06-017
-- tries: a cross join with itself
-- expect: same
SELECT count(*) FROM orders a, orders b

-- id: L06-018
-- tries: a correlated EXISTS
-- expect: same
SELECT region FROM open.regions r WHERE EXISTS (SELECT 1 FROM orders o WHERE o.region = r.region)

-- id: L06-019
-- tries: a correlated count
-- expect: same
SELECT region, (SELECT count(*) FROM orders o WHERE o.region = r.region) FROM open.regions r

-- id: L06-020
-- tries: a lateral count
-- expect: same
SELECT * FROM open.regions r, LATERAL (SELECT count(*) AS n, max(o.note) AS m FROM orders o WHERE o.region = r.region)

-- id: L06-021
-- tries: division by zero
-- expect: permitted
SELECT 1 // (amount - 9182736000 - 450) FROM orders

-- id: L06-022
-- tries: division by zero, of integers
-- expect: permitted
SELECT 1 // (id - 6) FROM orders

-- id: L06-023
-- tries: modulo by zero in WHERE
-- expect: permitted
SELECT id FROM orders WHERE 1 % (id - 6) IS NULL

-- id: L06-024
-- tries: a cast that fails on hidden rows
-- expect: same
SELECT CASE WHEN region = 'EU' THEN 1 ELSE note::INTEGER END FROM orders

-- id: L06-025
-- tries: a cast in WHERE that fails on hidden rows alone
-- expect: same
SELECT count(*) FROM orders WHERE (id || CASE WHEN id > 5 THEN 'x' ELSE '' END)::INTEGER > 0

-- id: L06-026
-- tries: a cast of the hidden value
-- expect: permitted
SELECT count(*) FROM orders WHERE note::INTEGER = 1

-- id: L06-027
-- tries: error() on hidden rows
-- expect: same
SELECT CASE WHEN id > 5 THEN error('row ' || note) ELSE id END FROM orders

-- id: L06-028
-- tries: error() in WHERE
-- expect: same
SELECT id FROM orders WHERE CASE WHEN id > 5 THEN error('row ' || note) ELSE true END

-- id: L06-029
-- tries: error() in a join condition
-- expect: same
SELECT o.id FROM orders o JOIN open.items i ON o.id = i.id AND CASE WHEN o.id > 5 THEN error(o.note) ELSE true END

-- id: L06-030
-- tries: error() in an aggregate filter
-- expect: same
SELECT count(*) FILTER (WHERE CASE WHEN id > 5 THEN error(note) ELSE true END) FROM orders

-- id: L06-031
-- tries: error() in a lambda
-- expect: same
SELECT list_transform([1], lambda x: CASE WHEN id > 5 THEN error(note) ELSE id END) FROM orders

-- id: L06-032
-- tries: error() in ORDER BY
-- expect: same
SELECT id FROM orders ORDER BY CASE WHEN id > 5 THEN error(note) ELSE id END

-- id: L06-033
-- tries: error() in HAVING
-- expect: same
SELECT region FROM orders GROUP BY region HAVING CASE WHEN region <> 'EU' THEN error(region) ELSE true END

-- id: L06-034
-- tries: error() in a window
-- expect: same
SELECT id, sum(CASE WHEN id > 5 THEN error(note)::INTEGER ELSE id END) OVER () FROM orders

-- id: L06-035
-- tries: overflow on hidden rows
-- expect: same
SELECT max((CASE WHEN id > 5 THEN 127 ELSE 1 END)::TINYINT + 1::TINYINT) FROM orders

-- id: L06-036
-- tries: overflow of a sum
-- expect: permitted
SELECT sum((CASE WHEN region = 'EU' THEN 1 ELSE 9223372036854775807 END)::BIGINT * 2) FROM orders

-- id: L06-037
-- tries: a bad regular expression from hidden rows
-- expect: same
SELECT regexp_matches('x', CASE WHEN id > 5 THEN '(' || note ELSE 'x' END) FROM orders

-- id: L06-038
-- tries: bad JSON from hidden rows
-- expect: same
SELECT json(CASE WHEN id > 5 THEN '{' ELSE '1' END) FROM orders

-- id: L06-039
-- tries: a bad date from hidden rows
-- expect: same
SELECT strptime(CASE WHEN id > 5 THEN note ELSE '2024' END, '%Y') FROM orders

-- id: L06-040
-- tries: a bad blob from hidden rows
-- expect: same
SELECT from_hex(CASE WHEN id > 5 THEN 'zz' ELSE 'aa' END) FROM orders

-- id: L06-041
-- tries: a scalar subquery of several rows
-- expect: permitted
SELECT (SELECT id FROM orders WHERE id >= 5)

-- id: L06-042
-- tries: a scalar subquery that the filter makes one
-- expect: same
SELECT (SELECT id FROM orders WHERE note = 'fifth' OR region <> 'EU')

-- id: L06-043
-- tries: LIMIT and OFFSET
-- expect: same
SELECT id FROM orders ORDER BY id DESC LIMIT 1 OFFSET 0

-- id: L06-044
-- tries: OFFSET past the permitted rows
-- expect: same
SELECT id FROM orders ORDER BY id OFFSET 5

-- id: L06-045
-- tries: LIMIT without an order
-- expect: same
SELECT count(*) FROM (SELECT * FROM orders LIMIT 100)

-- id: L06-046
-- tries: LIMIT a percentage
-- expect: permitted
SELECT count(*) FROM (SELECT * FROM orders LIMIT 50%)

-- id: L06-047
-- tries: a top-N
-- expect: same
SELECT id, amount FROM orders ORDER BY amount DESC NULLS LAST LIMIT 3

-- id: L06-048
-- tries: a sample of rows
-- expect: same
SELECT count(*) FROM (SELECT * FROM orders USING SAMPLE 100 ROWS)

-- id: L06-049
-- tries: a sample of all
-- expect: same
SELECT id FROM orders TABLESAMPLE bernoulli(100%)

-- id: L06-050
-- tries: a system sample
-- expect: same
SELECT count(*) FROM orders TABLESAMPLE system(100%)

-- id: L06-051
-- tries: a sample with a seed
-- expect: same
SELECT count(*) FROM (FROM orders USING SAMPLE reservoir(50 ROWS) REPEATABLE (7))

-- id: L06-052
-- tries: DISTINCT
-- expect: same
SELECT DISTINCT region FROM orders

-- id: L06-053
-- tries: DISTINCT ON
-- expect: same
SELECT DISTINCT ON (region) region, id FROM orders ORDER BY region, id DESC

-- id: L06-054
-- tries: GROUP BY with CUBE
-- expect: same
SELECT region, customer, count(*) FROM orders GROUP BY CUBE (region, customer)

-- id: L06-055
-- tries: grouping sets with the total
-- expect: same
SELECT region, count(*) FROM orders GROUP BY GROUPING SETS ((region), ())

-- id: L06-056
-- tries: HAVING over all
-- expect: same
SELECT count(*) FROM orders HAVING count(*) > 5

-- id: L06-057
-- tries: QUALIFY
-- expect: same
SELECT id FROM orders QUALIFY row_number() OVER (ORDER BY id DESC) = 1

-- id: L06-058
-- tries: rank among all
-- expect: same
SELECT id, rank() OVER (ORDER BY amount DESC NULLS LAST), count(*) OVER (), lead(note) OVER (ORDER BY id), cume_dist() OVER (ORDER BY id) FROM orders

-- id: L06-059
-- tries: a window over others' partitions
-- expect: same
SELECT id, first_value(note) OVER (PARTITION BY customer ORDER BY id DESC) FROM orders

-- id: L06-060
-- tries: ntile
-- expect: same
SELECT id, ntile(3) OVER (ORDER BY id) FROM orders

-- id: L06-061
-- tries: a range frame
-- expect: same
SELECT id, sum(amount) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM orders

-- id: L06-062
-- tries: exclusion in a frame
-- expect: same
SELECT id, count(*) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) FROM orders

-- id: L06-063
-- tries: an asof join to hidden rows
-- expect: same
SELECT r.t, o.id FROM (SELECT TIMESTAMP '2032-01-01' AS t) r ASOF JOIN orders o ON r.t >= o.made

-- id: L06-064
-- tries: an asof left join
-- expect: same
SELECT r.t, o.note FROM (SELECT TIMESTAMP '1932-01-01' AS t) r ASOF LEFT JOIN orders o ON r.t >= o.made

-- id: L06-065
-- tries: a positional join past the permitted rows
-- expect: same
SELECT count(*), count(o.id) FROM range(20) r POSITIONAL JOIN orders o

-- id: L06-066
-- tries: histogram
-- expect: permitted
SELECT histogram(region) FROM orders

-- id: L06-067
-- tries: approx_count_distinct
-- expect: same
SELECT approx_count_distinct(id) FROM orders

-- id: L06-068
-- tries: approx_quantile
-- expect: permitted
SELECT approx_quantile(amount::DOUBLE, 1.0) FROM orders

-- id: L06-069
-- tries: reservoir_quantile
-- expect: permitted
SELECT reservoir_quantile(id, 1.0) FROM orders

-- id: L06-070
-- tries: mode, entropy, mad
-- expect: permitted
SELECT mode(region), entropy(region), mad(id) FROM orders

-- id: L06-071
-- tries: arg_max, max_by with n
-- expect: same
SELECT arg_max(note, id), max_by(id, amount), max(id, 3) FROM orders

-- id: L06-072
-- tries: first and last
-- expect: permitted
SELECT first(id ORDER BY id), last(id ORDER BY id) FROM orders

-- id: L06-073
-- tries: list and string_agg
-- expect: same
SELECT list(id ORDER BY id), string_agg(note, ',' ORDER BY id) FROM orders

-- id: L06-074
-- tries: bit aggregates
-- expect: same
SELECT bit_or(id), bit_and(id), bit_xor(id), bool_or(region = 'US') FROM orders

-- id: L06-075
-- tries: checksum of the rows
-- expect: permitted
SELECT bit_xor(hash(o)) FROM orders o

-- id: L06-076
-- tries: regression over all
-- expect: same
SELECT regr_count(id, customer), corr(id, customer) FROM orders

-- id: L06-077
-- tries: unnest of lists of hidden rows
-- expect: same
SELECT unnest(tags) AS tag FROM orders ORDER BY tag

-- id: L06-078
-- tries: unnest in FROM, correlated
-- expect: permitted
SELECT o.id, u.t FROM orders o, unnest(o.tags) u(t)

-- id: L06-079
-- tries: unnest of a struct
-- expect: same
SELECT unnest(extra) FROM orders

-- id: L06-080
-- tries: fields of structs
-- expect: same
SELECT extra.k, extra['v'] FROM orders WHERE extra.v > 4

-- id: L06-081
-- tries: PIVOT by region
-- expect: permitted
PIVOT orders ON region IN ('EU', 'US', 'APAC') USING count(*) GROUP BY customer

-- id: L06-082
-- tries: PIVOT without IN
-- expect: refused
PIVOT orders ON region USING count(*)

-- id: L06-083
-- tries: UNPIVOT
-- expect: permitted
UNPIVOT (SELECT id, region, note FROM orders) ON region, note

-- id: L06-084
-- tries: UNPIVOT with NULLs
-- expect: permitted
UNPIVOT INCLUDE NULLS (SELECT id, region, note FROM orders) ON region, note

-- id: L06-085
-- tries: SUMMARIZE
-- expect: permitted
SUMMARIZE orders

-- id: L06-086
-- tries: SUMMARIZE, its counts
-- expect: permitted
SELECT column_name, count, approx_unique, null_percentage, min, max FROM (SUMMARIZE orders)

-- id: L06-087
-- tries: statistics of a column
-- expect: refused
SELECT stats(amount) FROM orders

-- id: L06-088
-- tries: the kind of vector
-- expect: refused
SELECT vector_type(region) FROM orders

-- id: L06-089
-- tries: the size of rows in storage
-- expect: refused
SELECT * FROM pragma_storage_info('orders')

-- id: L06-090
-- tries: rowid
-- expect: refused
SELECT max(rowid) FROM orders

-- id: L06-091
-- tries: rowid in WHERE
-- expect: refused
SELECT id FROM orders WHERE rowid > 4

-- id: L06-092
-- tries: rowid of an alias, quoted
-- expect: refused
SELECT o."ROWID" FROM orders o

-- id: L06-093
-- tries: a recursive CTE over the filtered table
-- expect: same
WITH RECURSIVE r(i) AS (SELECT 0 UNION SELECT o.id FROM orders o JOIN r ON o.id = r.i + 1) SELECT * FROM r

-- id: L06-094
-- tries: a materialised CTE read twice
-- expect: same
WITH c AS MATERIALIZED (SELECT * FROM orders) SELECT count(*) FROM c a, c b

-- id: L06-095
-- tries: a condition pushed through a CTE
-- expect: same
WITH c AS NOT MATERIALIZED (SELECT * FROM orders) SELECT * FROM c WHERE region = 'US'

-- id: L06-096
-- tries: a condition pushed through UNION
-- expect: same
SELECT * FROM (SELECT id, region FROM orders UNION ALL SELECT 0, 'US') WHERE region = 'US'

-- id: L06-097
-- tries: EXCEPT of what one may see
-- expect: same
SELECT id FROM orders EXCEPT SELECT id FROM orders WHERE region = 'EU'

-- id: L06-098
-- tries: EXCEPT ALL
-- expect: same
SELECT region FROM orders EXCEPT ALL SELECT 'EU' FROM range(5)

-- id: L06-099
-- tries: IN with a list of all
-- expect: same
SELECT id FROM orders WHERE region IN ('EU', 'US', 'APAC', NULL)

-- id: L06-100
-- tries: NOT IN with NULLs
-- expect: same
SELECT region FROM open.regions WHERE region NOT IN (SELECT region FROM orders)

-- id: L06-101
-- tries: = ALL
-- expect: same
SELECT 'EU' = ALL (SELECT region FROM orders)

-- id: L06-102
-- tries: a guess of a hidden value
-- expect: same
SELECT count(*) FROM orders WHERE note LIKE 'CAN%'

-- id: L06-103
-- tries: a guess by prefix and hash
-- expect: same
SELECT count(*) FROM orders WHERE md5(left(note, 3)) = md5('CAN')

-- id: L06-104
-- tries: a guess that costs time
-- expect: same
SELECT count(*) FROM orders WHERE note LIKE 'CAN%' AND (SELECT sum(range) FROM range(1000)) > 0

-- id: L06-105
-- tries: random() as a barrier
-- expect: same
SELECT count(*) FROM orders WHERE random() >= 0

-- id: L06-106
-- tries: a condition that hides a division
-- expect: same
SELECT count(*) FROM orders WHERE region = 'EU' AND 10 // (CASE WHEN id > 5 THEN 0 ELSE 1 END) > 0

-- id: L06-107
-- tries: a filter on the filter's column in an OR
-- expect: same
SELECT id FROM orders WHERE region = 'US' OR id = 1

-- id: L06-108
-- tries: NOT of everything
-- expect: same
SELECT id FROM orders WHERE NOT (region = 'EU')

-- id: L06-109
-- tries: IS DISTINCT FROM
-- expect: same
SELECT id FROM orders WHERE region IS DISTINCT FROM 'EU'

-- id: L06-110
-- tries: a comment that ends the filter
-- expect: same
SELECT id FROM orders -- OR true

-- id: L06-111
-- tries: a comment that opens
-- expect: permitted
SELECT id FROM orders /* ) OR ( */

-- id: L06-112
-- tries: an alias with a quote
-- expect: permitted
SELECT "x') OR (1=1".id FROM orders AS "x') OR (1=1"

-- id: L06-113
-- tries: a prepared filter
-- via: prepared
-- expect: same
-- bind: US
-- same-as: SELECT id FROM orders WHERE region = 'US'
SELECT id FROM orders WHERE region = ?

-- id: L06-114
-- tries: a prepared text that looks like SQL
-- via: prepared
-- expect: same
-- bind: x' OR '1'='1
-- same-as: SELECT id FROM orders WHERE false
SELECT id FROM orders WHERE region = ?

-- id: L06-115
-- tries: a prepared LIMIT
-- via: prepared
-- expect: permitted
-- bind: 100
-- same-as: SELECT id FROM orders ORDER BY id LIMIT 100
SELECT id FROM orders ORDER BY id LIMIT ?::BIGINT

-- id: L06-116
-- tries: the filtered table twice, by two names
-- expect: same
SELECT a.id, b.id FROM orders a, lake.main.orders b WHERE a.id + b.id = 11

-- id: L06-117
-- tries: two filtered tables of two lakes
-- expect: same
SELECT count(*) FROM orders o JOIN duck.main.events e ON o.region = e.region

-- id: L06-118
-- tries: a filtered table in a subquery of a filtered one
-- expect: same
SELECT id FROM orders WHERE customer > (SELECT avg(customer) FROM orders)

-- id: L06-119
-- tries: column names shifted
-- expect: same
SELECT a, region FROM orders AS o(a, b, c, d, region, f, g, h)

-- id: L06-120
-- tries: the filter's column renamed by an alias
-- expect: same
SELECT region FROM (SELECT id, 'US' AS region FROM orders)
