SELECT id, row_number() OVER (ORDER BY id) FROM orders ORDER BY id
SELECT id, rank() OVER (ORDER BY qty), dense_rank() OVER (ORDER BY qty), percent_rank() OVER (ORDER BY qty), cume_dist() OVER (ORDER BY qty), ntile(3) OVER (ORDER BY id) FROM orders ORDER BY id
SELECT id, lag(id) OVER (ORDER BY id), lead(id, 2, -1) OVER (ORDER BY id), first_value(id) OVER (ORDER BY id), last_value(id) OVER (ORDER BY id), nth_value(id, 2) OVER (ORDER BY id) FROM orders ORDER BY id
SELECT id, sum(qty) OVER (PARTITION BY item ORDER BY id) AS running FROM orders ORDER BY id
SELECT id, sum(qty) OVER (PARTITION BY item ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM orders ORDER BY id
SELECT id, avg(qty) OVER (ORDER BY made RANGE BETWEEN INTERVAL 2 DAY PRECEDING AND CURRENT ROW) FROM orders ORDER BY id
SELECT id, sum(qty) OVER (ORDER BY person GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders ORDER BY id
SELECT id, sum(qty) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) FROM orders ORDER BY id
SELECT id, count(*) OVER (ORDER BY qty ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES) FROM orders ORDER BY id
SELECT id, sum(qty) OVER w, max(price) OVER w FROM orders WINDOW w AS (PARTITION BY item ORDER BY id) ORDER BY id
SELECT id, sum(qty) OVER (w ORDER BY id) FROM orders WINDOW w AS (PARTITION BY item) ORDER BY id
SELECT id, sum(qty) FILTER (WHERE person > 1) OVER (ORDER BY id) FROM orders ORDER BY id
SELECT id, lag(boss IGNORE NULLS) OVER (ORDER BY id), first_value(boss IGNORE NULLS) OVER (ORDER BY id), last_value(boss RESPECT NULLS) OVER (ORDER BY id) FROM people ORDER BY id
SELECT id, item FROM orders QUALIFY row_number() OVER (PARTITION BY item ORDER BY id DESC) = 1 ORDER BY id
SELECT id, row_number() OVER (PARTITION BY item ORDER BY id) AS rn FROM orders QUALIFY rn <= 2 ORDER BY id
SELECT id, count(DISTINCT item) OVER (ORDER BY id ROWS 2 PRECEDING) FROM orders ORDER BY id
SELECT id, median(qty) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM orders ORDER BY id
SELECT id, list(id) OVER (PARTITION BY item ORDER BY id) FROM orders ORDER BY id LIMIT 6
SELECT id, sum(qty ORDER BY id) OVER (PARTITION BY person) FROM orders ORDER BY id
SELECT id, rank(ORDER BY qty) OVER (PARTITION BY person ORDER BY id) FROM orders ORDER BY id
SELECT id, fill(boss) OVER (ORDER BY id) FROM people ORDER BY id
SELECT id, price - lag(price, 1, 0) OVER (PARTITION BY person ORDER BY made) AS delta FROM orders ORDER BY id
SELECT person, sum(price) AS s, s / sum(s) OVER () AS share FROM orders GROUP BY person ORDER BY person
SELECT id FROM orders ORDER BY row_number() OVER (ORDER BY id DESC) LIMIT 3
SELECT max(rn) FROM (SELECT row_number() OVER () AS rn FROM orders)
SELECT id, sum(id) OVER (ORDER BY id DESC RANGE UNBOUNDED PRECEDING) FROM people ORDER BY id
SELECT id, exists(SELECT 1 FROM orders o WHERE o.person = people.id) AS e, count(*) OVER () FROM people ORDER BY id
