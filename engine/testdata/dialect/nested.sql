SELECT [1, 2, 3], ['a', NULL], []::INTEGER[], [[1], [2, 3]]
SELECT ARRAY[1, 2], list_value(1, 2), array_value(1, 2, 3)
SELECT {'a': 1, 'b': 'x'}, struct_pack(a := 1, b := 'x'), row(1, 'x'), {a: 1}
SELECT MAP {'a': 1, 'b': 2}, MAP([1, 2], ['x', 'y']), MAP {}
SELECT tags[1], tags[-1], tags[10], tags[1:2], tags[:1], tags[2:], tags[-2:] FROM nested ORDER BY id
SELECT [1, 2, 3, 4, 5][1:5:2], [1, 2, 3][:-:-1]
SELECT 'hello'[1], 'hello'[2:3], 'hello'[-3:], 'hello'[:-2]
SELECT place.city, place['zip'], struct_extract(place, 'city'), nested.place.zip FROM nested ORDER BY id
SELECT main.nested.place.city FROM main.nested ORDER BY 1
SELECT lake.main.nested.place.city FROM lake.main.nested ORDER BY 1
SELECT n.place.city FROM nested n ORDER BY n.id
SELECT (place).city FROM nested ORDER BY id
SELECT place.* FROM nested ORDER BY ALL
SELECT unnest(place) FROM nested ORDER BY ALL
SELECT id, unnest(tags) AS tag FROM nested ORDER BY ALL
SELECT id, unnest(folk, recursive := true) FROM nested ORDER BY ALL
SELECT unnest([[1, 2], [3]], max_depth := 2)
SELECT unnest({'a': 1, 'b': {'c': 2}}, recursive := true)
SELECT props['x'], props['nope'], map_keys(props), map_values(props), cardinality(props), map_entries(props) FROM nested ORDER BY id
SELECT element_at(props, 'x'), map_contains(props, 'x'), map_extract(props, 'x') FROM nested ORDER BY id
SELECT map_concat(MAP {'a': 1}, MAP {'b': 2}), map_from_entries([('k', 1)])
SELECT grid[1][1], len(grid), flatten(grid) FROM nested ORDER BY id
SELECT folk[1].name, folk[1].age + 1 FROM nested ORDER BY id
SELECT list_transform([1, 2, 3], lambda x: x * 2)
SELECT list_transform([1, 2, 3], x -> x * 2)
SELECT list_transform([1, 2, 3], lambda x, i: x * i)
SELECT list_filter([1, 2, 3, 4], lambda x: x % 2 = 0)
SELECT list_reduce([1, 2, 3], lambda a, b: a + b)
SELECT list_transform(tags, lambda t: t || id) FROM nested ORDER BY id
SELECT list_transform(folk, lambda f: f.name) FROM nested ORDER BY id
SELECT list_filter(folk, lambda f: f.age > id) FROM nested ORDER BY id
SELECT list_transform([1, 2], lambda x: list_transform([3, 4], lambda y: x + y))
SELECT [x * 2 FOR x IN [1, 2, 3]]
SELECT [x FOR x IN [1, 2, 3] IF x > 1]
SELECT [x + i FOR x, i IN [10, 20] IF i > 1]
SELECT [upper(t) FOR t IN tags IF t IS NOT NULL] FROM nested ORDER BY id
SELECT list_apply([1], lambda x: x + 1), array_transform([1], lambda x: x + 1), apply([1], lambda x: x + 1), filter([1, 2], lambda x: x > 1)
SELECT array_length(tags), len(tags), list_contains(tags, 'a'), list_position(tags, 'b'), array_to_string(tags, ',') FROM nested ORDER BY id
SELECT list_sort([3, 1, 2]), list_reverse_sort([3, 1, 2]), list_reverse([1, 2]), list_distinct([1, 1, 2]).list_sort(), list_unique([1, 1, 2])
SELECT list_concat([1], [2]), [1] || [2], list_append([1], 2), list_prepend(0, [1]), array_push_back([1], 2), array_pop_back([1, 2]), list_resize([1], 3, 0)
SELECT list_sum([1, 2]), list_avg([1, 2]), list_min([1, 2]), list_max([1, 2]), list_count([1, NULL]), list_first([1, 2]), list_last([1, 2]), list_any_value([NULL, 2]), list_string_agg(['a', 'b']), list_aggregate([1, 2], 'sum')
SELECT list_has_any([1, 2], [2, 3]), list_has_all([1, 2], [1]), [1, 2] && [2], [1, 2] @> [1], [1] <@ [1, 2], list_intersect([1, 2], [2, 3])
SELECT list_slice([1, 2, 3], 1, 2), list_extract([1, 2], 1), list_zip([1, 2], ['a', 'b']), list_where([1, 2, 3], [true, false, true]), list_select([10, 20, 30], [3, 1]), list_grade_up([3, 1, 2])
SELECT list_cosine_similarity([1.0, 2.0], [2.0, 1.0]), list_distance([1.0], [2.0]), list_inner_product([1.0, 2.0], [3.0, 4.0])
SELECT range(5), range(1, 10, 3), generate_series(1, 3), range(DATE '2024-01-01', DATE '2024-01-03', INTERVAL 1 DAY)
SELECT struct_insert({'a': 1}, b := 2), struct_keys({'a': 1}), struct_update({'a': 1}, a := 2), struct_concat({'a': 1}, {'b': 2})
SELECT {'a': 1} = {'a': 1}, [1, 2] < [1, 3], {'a': 1}.a, ({'a': {'b': 2}}).a.b
SELECT [1, 2]::VARCHAR, {'a': 1}::VARCHAR, '[1, 2]'::INTEGER[], '{a: 1}'::STRUCT(a INTEGER), {'a': 1}::STRUCT(a VARCHAR)
SELECT CAST(ROW(1, 'x') AS STRUCT(n INTEGER, s VARCHAR))
SELECT [1, 2, 3]::INTEGER[3], array_value(1, 2)::DOUBLE[2], array_distance([1.0, 2.0]::FLOAT[2], [2.0, 3.0]::FLOAT[2])
SELECT name.upper(), name.replace('n', 'm').lower() FROM people ORDER BY id
SELECT ('abc').upper().length()
SELECT (1 + 2).sqrt(), [1, 2].len(), [3, 1].list_sort()
SELECT tags.list_filter(lambda t: t <> 'a').len() FROM nested ORDER BY id
SELECT n.tags.len() FROM nested n ORDER BY id
SELECT map {'a': [1, 2]}['a'][1], [{'a': 1}][1].a, [{'a': 1}][1]['a']
SELECT union_value(k := 1), union_value(s := 'x').s, union_tag(union_value(n := 1)), union_extract(union_value(n := 1), 'n')
SELECT list_transform(range(3), lambda i: {'i': i, 'sq': i * i})
SELECT id, list_transform(tags, lambda t, i: {'pos': i, 'tag': t}) FROM nested ORDER BY id
SELECT * FROM unnest([1, 2, 3]) ORDER BY 1
SELECT * FROM unnest(['a', 'b']) AS t(x) ORDER BY x
SELECT * FROM unnest([{'a': 1, 'b': 2}])
SELECT unnest([1, 2]), unnest(['a', 'b', 'c'])
SELECT generate_subscripts([7, 8, 9], 1)
SELECT id FROM nested WHERE 'a' IN tags ORDER BY id
SELECT id FROM nested WHERE list_contains(tags, 'a') AND place.zip > 10 ORDER BY id
SELECT id FROM nested WHERE place IS NOT NULL ORDER BY place.zip
SELECT place, count(*) FROM nested GROUP BY place ORDER BY ALL
SELECT DISTINCT tags FROM nested ORDER BY 1 NULLS FIRST
SELECT max(tags), min(place) FROM nested
SELECT id::DOUBLE, CAST([id] AS DOUBLE[]), {'a': id}::STRUCT(a TINYINT, b VARCHAR), id::DECIMAL(9, 2)::VARCHAR, TRY_CAST(id AS HUGEINT) FROM nested ORDER BY id
SELECT * FROM (SELECT id::DOUBLE, lower(place.city), upper(nested.place.city) FROM nested) ORDER BY ALL
WITH a AS (SELECT id::TINYINT FROM nested) FROM a ORDER BY ALL
SELECT MAP {'a': 1}::MAP(VARCHAR, DOUBLE), place IS NULL FROM nested WHERE false
SELECT date '2024-01-01', id::BIT FROM nested WHERE id = 1
