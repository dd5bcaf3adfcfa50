PIVOT sales ON product IN ('tea', 'rum') USING sum(amount) GROUP BY region ORDER BY region
PIVOT sales ON quarter IN (1, 2, 3) USING sum(amount) GROUP BY region, product ORDER BY ALL
PIVOT sales ON product IN ('tea', 'rum') USING sum(amount) AS total, max(amount) AS most GROUP BY region ORDER BY region
PIVOT sales ON product IN ('tea'), quarter IN (1, 2) USING sum(amount) GROUP BY region ORDER BY region
PIVOT (SELECT * FROM sales WHERE amount > 5) ON product IN ('tea', 'rum') USING count(*) GROUP BY region ORDER BY region
SELECT * FROM (PIVOT sales ON product IN ('tea', 'rum') USING sum(amount) GROUP BY region) ORDER BY region
WITH p AS (PIVOT sales ON product IN ('tea', 'rum') USING sum(amount) GROUP BY region) SELECT region, tea FROM p ORDER BY region
SELECT * FROM sales PIVOT (sum(amount) FOR product IN ('tea', 'rum') GROUP BY region) ORDER BY region
SELECT * FROM sales PIVOT (sum(amount) AS s FOR product IN ('tea' AS t, 'rum' AS r) GROUP BY region) AS p ORDER BY region
SELECT p.region FROM (SELECT region, product, amount FROM sales) PIVOT (sum(amount) FOR product IN ('tea', 'rum')) AS p ORDER BY 1
PIVOT sales ON upper(product) IN ('TEA', 'RUM') USING sum(amount) GROUP BY region ORDER BY region
PIVOT_WIDER sales ON product IN ('tea', 'rum') USING sum(amount) GROUP BY region ORDER BY region
PIVOT sales ON product USING sum(amount)
PIVOT sales ON quarter USING sum(amount) GROUP BY region
UNPIVOT monthly ON jan, feb, mar INTO NAME month VALUE amount ORDER BY ALL
UNPIVOT monthly ON COLUMNS(* EXCLUDE (emp, dept)) INTO NAME month VALUE amount ORDER BY ALL
UNPIVOT monthly ON jan, feb INTO NAME month VALUE amount ORDER BY ALL
UNPIVOT monthly ON (jan, feb) AS first_two, (feb, mar) AS last INTO NAME part VALUE a, b ORDER BY ALL
UNPIVOT monthly ON (jan, feb), (feb, mar) INTO NAME pair VALUE a, b ORDER BY ALL
UNPIVOT monthly ON jan, feb, mar INTO NAME month VALUE amount ORDER BY ALL
UNPIVOT (SELECT emp, jan, feb FROM monthly) ON jan, feb ORDER BY ALL
SELECT * FROM monthly UNPIVOT (amount FOR month IN (jan, feb, mar)) ORDER BY ALL
SELECT * FROM monthly UNPIVOT INCLUDE NULLS (amount FOR month IN (jan, feb, mar)) ORDER BY ALL
SELECT * FROM monthly UNPIVOT ((a, b) FOR pair IN ((jan, feb), (feb, mar))) ORDER BY ALL
FROM monthly UNPIVOT (amount FOR month IN (jan AS january, feb, mar)) SELECT month, sum(amount) GROUP BY ALL ORDER BY ALL
PIVOT_LONGER monthly ON jan, feb INTO NAME m VALUE v ORDER BY ALL
UNPIVOT (SELECT COLUMNS(*)::VARCHAR FROM monthly) ON COLUMNS(*) INTO NAME n VALUE v ORDER BY ALL
