SELECT p.name, o.id FROM people p JOIN orders o ON p.id = o.person ORDER BY o.id
SELECT p.name, o.id FROM people p INNER JOIN orders o ON o.person = p.id AND o.qty > 2 ORDER BY o.id
SELECT p.name, count(o.id) FROM people p LEFT JOIN orders o ON o.person = p.id GROUP BY p.name ORDER BY 1
SELECT p.id, e.note FROM people p RIGHT JOIN s2.extra e ON p.id = e.id ORDER BY e.note
SELECT p.id, e.id FROM people p FULL OUTER JOIN s2.extra e ON p.id = e.id ORDER BY ALL
SELECT p.id, e.note FROM people p FULL JOIN s2.extra e USING (id) ORDER BY ALL
SELECT * FROM people JOIN s2.extra USING (id) ORDER BY id
SELECT id, name, note FROM people NATURAL JOIN s2.extra ORDER BY id
SELECT * FROM people NATURAL LEFT JOIN s2.extra ORDER BY id
SELECT count(*) FROM people CROSS JOIN orders
SELECT count(*) FROM people, orders
SELECT p.id, q.id FROM people p, people q WHERE p.boss = q.id ORDER BY ALL
SELECT a.name, b.name AS boss FROM people a LEFT JOIN people b ON a.boss = b.id ORDER BY a.id
SELECT p.name FROM people p SEMI JOIN orders o ON p.id = o.person ORDER BY 1
SELECT p.name FROM people p ANTI JOIN orders o ON p.id = o.person ORDER BY 1
SELECT name FROM people SEMI JOIN s2.extra USING (id) ORDER BY 1
SELECT t.sym, t.made, q.bid FROM trades t ASOF JOIN quotes q ON t.sym = q.sym AND t.made >= q.made ORDER BY ALL
SELECT t.sym, t.price, q.bid FROM trades t ASOF LEFT JOIN quotes q ON t.sym = q.sym AND t.made >= q.made ORDER BY ALL
SELECT sym, price, bid FROM trades ASOF JOIN quotes USING (sym, made) ORDER BY ALL
SELECT p.id, e.note FROM people p POSITIONAL JOIN s2.extra e
SELECT people.id, extra.id FROM people JOIN s2.extra ON people.id = extra.id ORDER BY 1
SELECT main.people.id, s2.people.nick FROM main.people JOIN s2.people ON main.people.id = s2.people.id ORDER BY 1
SELECT p.nick, q.name FROM s2.people p, main.people q WHERE p.id = q.id ORDER BY ALL
SELECT p.id, l.m FROM people p, LATERAL (SELECT max(o.id) AS m FROM orders o WHERE o.person = p.id) l ORDER BY p.id
SELECT p.id, l.id FROM people p LEFT JOIN LATERAL (SELECT id FROM orders WHERE person = p.id ORDER BY id LIMIT 1) l ON true ORDER BY p.id
SELECT p.id, t FROM people p, (SELECT p.id * 2 AS t) ORDER BY p.id
SELECT p.id, r.i FROM people p, range(p.id) r(i) ORDER BY ALL
SELECT n.id, u.tag FROM nested n, unnest(n.tags) u(tag) ORDER BY ALL
SELECT n.id, u.unnest FROM nested n CROSS JOIN unnest(n.tags) u ORDER BY ALL
SELECT n.id, x FROM nested n, LATERAL unnest(n.grid) AS g(x) ORDER BY n.id, x
SELECT * FROM people p JOIN (orders o JOIN s2.extra e ON o.id = e.id) ON p.id = o.person ORDER BY ALL
SELECT * FROM (people p JOIN s2.extra e USING (id)) ORDER BY id
SELECT extra.* FROM (people JOIN s2.extra USING (id)) ORDER BY id
SELECT x.a, x.b FROM people AS x(a, b, c, d, e, f) ORDER BY 1
SELECT q.one FROM people AS q(one) ORDER BY 1
SELECT p.id FROM people p JOIN orders o ON p.id = o.person JOIN s2.extra e ON e.id = o.id WHERE e.note <> 'x' ORDER BY ALL
SELECT count(*) FROM orders a JOIN orders b ON a.id < b.id AND a.item = b.item
SELECT count(*) FROM orders a JOIN orders b ON a.made BETWEEN b.made AND b.made + INTERVAL 2 DAY
SELECT name FROM people WHERE EXISTS (SELECT * FROM orders WHERE person = people.id AND qty = 4) ORDER BY 1
SELECT name FROM people WHERE NOT EXISTS (FROM orders WHERE person = people.id) ORDER BY 1
SELECT name FROM people WHERE id IN (SELECT person FROM orders WHERE item = 'ink') ORDER BY 1
SELECT name FROM people WHERE id NOT IN (SELECT person FROM orders) ORDER BY 1
SELECT name FROM people WHERE (id, 4) IN (SELECT person, qty FROM orders) ORDER BY 1
SELECT name, (SELECT count(*) FROM orders WHERE person = people.id) AS n FROM people ORDER BY people.id
SELECT name, (SELECT max(price) FROM orders o WHERE o.person = p.id) FROM people p ORDER BY p.id
SELECT (SELECT name FROM people ORDER BY id LIMIT 1)
SELECT ARRAY(SELECT id FROM people ORDER BY id)
SELECT name FROM people p WHERE p.height > (SELECT avg(height) FROM people q WHERE q.active = p.active) ORDER BY 1
SELECT p.id FROM people p WHERE p.id = (SELECT min(o.person) FROM orders o WHERE o.qty = (SELECT max(qty) FROM orders WHERE person = o.person))
SELECT * FROM (SELECT id, name FROM people) ORDER BY id
SELECT s.id FROM (SELECT id, name FROM people WHERE active) AS s ORDER BY s.id
SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT id FROM people))) ORDER BY 1
SELECT main.people.id FROM people WHERE EXISTS (SELECT 1 FROM orders WHERE orders.person = main.people.id) ORDER BY 1
SELECT p.*, o.item FROM people p JOIN orders o ON o.id = p.id ORDER BY p.id
SELECT p.id AS pid, o.* EXCLUDE (id, made) FROM people p JOIN orders o ON o.id = p.id ORDER BY 1
SELECT people.name, orders.item FROM main.people, main.orders WHERE main.people.id = main.orders.id ORDER BY 1
SELECT lake.main.people.name, note FROM lake.main.people JOIN lake.s2.extra ON lake.main.people.id = lake.s2.extra.id ORDER BY 1
SELECT l.id FROM logins l JOIN people p ON l.id = p.id WHERE l."user" = 'ann'
SELECT * FROM people p LEFT JOIN s2.extra e ON p.id = e.id AND e.note LIKE 'f%' WHERE e.id IS NULL ORDER BY p.id
