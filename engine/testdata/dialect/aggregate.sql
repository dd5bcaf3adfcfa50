SELECT item, count(*), sum(price), avg(qty), min(made), max(made) FROM orders GROUP BY item ORDER BY item
SELECT item, sum(price) FROM orders GROUP BY 1 ORDER BY 1
SELECT item AS i, sum(price) FROM orders GROUP BY i ORDER BY i
SELECT item, qty, count(*) FROM orders GROUP BY ALL ORDER BY ALL
SELECT upper(item), count(*) FROM orders GROUP BY upper(item) ORDER BY 1
SELECT item, sum(qty) FROM orders GROUP BY item HAVING sum(qty) > 10 ORDER BY item
SELECT item, sum(qty) AS s FROM orders GROUP BY item HAVING s > 10 ORDER BY s DESC, item
SELECT item, person, count(*) FROM orders GROUP BY ROLLUP (item, person) ORDER BY ALL
SELECT item, person, count(*) FROM orders GROUP BY CUBE (item, person) ORDER BY ALL
SELECT item, person, count(*) FROM orders GROUP BY GROUPING SETS ((item), (person), ()) ORDER BY ALL
SELECT item, person, grouping(item), grouping(item, person), grouping_id(item, person) FROM orders GROUP BY CUBE (item, person) ORDER BY ALL
SELECT count(*) FILTER (WHERE qty > 2), sum(price) FILTER (price > 10) FROM orders
SELECT sum(DISTINCT qty), count(DISTINCT item), avg(DISTINCT qty) FROM orders
SELECT list(item ORDER BY id), array_agg(DISTINCT qty ORDER BY qty), string_agg(item, ',' ORDER BY id) FROM orders WHERE id < 6
SELECT listagg(item, '-' ORDER BY id), group_concat(item, '+' ORDER BY id DESC) FROM orders WHERE id < 4
SELECT first(item ORDER BY id), last(item ORDER BY id), any_value(id ORDER BY id), arbitrary(id ORDER BY id) FROM orders
SELECT arg_min(item, price), arg_max(item, price), max_by(id, price), min_by(id, price) FROM orders
SELECT max(price, 3), min(id, 2), arg_max(id, price, 2) FROM orders
SELECT median(qty), mode(item ORDER BY item), quantile(qty, 0.5), quantile_cont(qty, [0.25, 0.75]), quantile_disc(qty, 0.9) FROM orders
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY qty), percentile_disc(0.5) WITHIN GROUP (ORDER BY qty DESC) FROM orders
SELECT mode() WITHIN GROUP (ORDER BY person) FROM orders WHERE id < 6
SELECT stddev(qty), stddev_pop(qty), variance(qty), var_pop(qty), skewness(qty), kurtosis(qty), entropy(qty) FROM orders
SELECT corr(id, qty), covar_pop(id, qty), covar_samp(id, qty), regr_slope(id, qty), regr_intercept(id, qty), regr_count(id, qty), regr_r2(id, qty) FROM orders
SELECT bool_and(active), bool_or(active), bit_and(id), bit_or(id), bit_xor(id), product(id), count_if(id > 2) FROM people
SELECT histogram(qty), map_keys(histogram(item)) FROM orders
SELECT approx_count_distinct(item) > 0, approx_quantile(qty, 0.5) IS NOT NULL FROM orders
SELECT fsum(price::DOUBLE), favg(price::DOUBLE), mad(qty), geomean(id) FROM orders
SELECT sum(id)::BIGINT, avg(id)::INTEGER FROM orders
SELECT sum(hi), sum(bi), sum(de), sum(db), avg(fl) FROM numbers WHERE i < 1000
SELECT bitstring_agg(qty) FROM orders
SELECT count(*) FROM orders GROUP BY () 
SELECT sum(price) AS total FROM orders WHERE false
SELECT count(*) > 0 AND max(id) < 100 FROM orders
SELECT item, sum(sum(qty)) OVER (ORDER BY item) FROM orders GROUP BY item ORDER BY item
SELECT date_trunc('month', made) AS m, count(*) FROM orders GROUP BY m ORDER BY m
SELECT extract(dow FROM made) AS dow, sum(qty) FROM orders GROUP BY dow ORDER BY dow
SELECT person, list(DISTINCT item ORDER BY item) FROM orders GROUP BY person ORDER BY person
SELECT person, {'n': count(*), 's': sum(qty)} AS stats FROM orders GROUP BY person ORDER BY person
SELECT person, map_from_entries(list((id, item) ORDER BY id))[person] FROM orders GROUP BY person ORDER BY person
SELECT region, sum(amount) FROM sales GROUP BY region HAVING count(*) > 2 QUALIFY row_number() OVER (ORDER BY sum(amount)) = 1
SELECT item, sum(qty) FILTER (WHERE person = 1) AS one, sum(qty) FILTER (WHERE person = 2) AS two FROM orders GROUP BY item ORDER BY item
SELECT DISTINCT count(*) OVER (PARTITION BY item) FROM orders ORDER BY 1
SELECT sum(DISTINCT qty) FILTER (WHERE qty <> 3) FROM orders
SELECT string_agg(DISTINCT item, '|' ORDER BY item DESC) FROM orders
SELECT count(*) FROM (SELECT DISTINCT person, item FROM orders)
SELECT max(struct_pack(a := qty, b := id)) FROM orders
SELECT list_sort(list(id)) FROM people
SELECT sum(x) FROM (SELECT unnest([1, 2, 3]) AS x)
SELECT sumkahan(price::DOUBLE), avg(price) FROM orders
SELECT reduce([1, 2, 3], lambda a, b: a + b)
SELECT array_agg(id) FILTER (WHERE id > 100) FROM people
SELECT first(name), count(*) FROM people WHERE id = 1 GROUP BY active
SELECT grouping_id(region), region, sum(amount) FROM sales GROUP BY ROLLUP (region) ORDER BY ALL
