SELECT main.people FROM people
SELECT p FROM people p
SELECT (NULL)[2]
SELECT (CASE WHEN true THEN [1,2] END)[1]
SELECT (CASE WHEN true THEN [1,2] ELSE [3] END)[1:2]
SELECT ('abc')[2]
SELECT ([1,2] || [3])[3]
SELECT ({'a': 1}).a
SELECT (SELECT [1,2])[1]
SELECT (x -> x + 1) FROM (SELECT 1 AS x)
SELECT ([1,2,3])[-1]
SELECT (MAP {'a': 1})['a']
SELECT (NULL::INTEGER[])[1]
SELECT ($$abc$$)[1]
SELECT (coalesce(NULL, [1]))[1]
SELECT ('[1,2]'::JSON)[0]
SELECT (CASE WHEN id = 1 THEN tags ELSE ['z'] END)[1] FROM nested
SELECT (tags)[1], (tags || tags)[1:2] FROM nested
SELECT (NULL).a
SELECT (NULL)['a']
SELECT (NULL)[1:2]
SELECT (CASE WHEN true THEN {'a': 1} END).a
SELECT (CASE WHEN true THEN {'a': 1} END)['a']
SELECT (NULL)[2] FROM nested
SELECT id, (NULL)[2] FROM nested
SELECT (CASE WHEN id = 1 THEN name ELSE 'zz' END)[1] FROM people
SELECT (CASE id WHEN 1 THEN tags END)[1:2] AS x FROM nested
SELECT (NULL)[2], 'x'::VARCHAR, id::BIGINT FROM nested
SELECT (CASE WHEN true THEN [1,2] END)[1], id::BIGINT FROM nested
SELECT (id BETWEEN 1 AND 2)::VARCHAR FROM nested
SELECT (x.tags[1] IS NULL)::VARCHAR FROM nested x
SELECT (NOT true)::VARCHAR
SELECT (id IN (1,2))::VARCHAR FROM nested
SELECT (SELECT tags FROM nested LIMIT 1)[1]
SELECT (tags || ['a'])[1], (list_sort(tags))[1], ([x FOR x IN tags])[1] FROM nested
SELECT (CASE WHEN true THEN MAP {'a': 1} END)['a']
SELECT (DATE '2020-01-01')::VARCHAR, (TIMESTAMP '2020-01-01')
SELECT (1, 2)[1], row(1, 2)[2]
SELECT (struct_pack(a := 1)).a, struct_pack(a := 1)['a']
SELECT (current_user)[1]
SELECT (current_schema)[1], (current_schema())[1:2]
SELECT (name COLLATE NOCASE)[1] FROM people
SELECT (TRY_CAST(name AS INTEGER)) IS NULL, (name::VARCHAR)[1], name::VARCHAR FROM people
SELECT (COLUMNS('tags'))[1] FROM nested
SELECT (nested).tags[1], (nested).place.city FROM nested
SELECT (EXISTS (SELECT 1))::VARCHAR
SELECT (rank() OVER (ORDER BY id))::VARCHAR FROM people
SELECT (list(id) FILTER (WHERE id > 1))[1] FROM people
SELECT (list(id) OVER ())[1] FROM people
SELECT (array_agg(id ORDER BY id DESC))[1], (array_agg(name))[1:2] FROM people
SELECT ('a' || 'b')[1], ('a' IS NULL)::VARCHAR, (1 = 1)::VARCHAR
SELECT (unnest([[1,2],[3]]))[1]
SELECT (CAST(NULL AS INTEGER[]))[1], (NULL::STRUCT(a INTEGER)).a, (NULL::MAP(VARCHAR, INTEGER))['a']
SELECT (NULL)::INTEGER, (NULL)::VARCHAR[], NULL::INTEGER[][1]
SELECT ARRAY[1,2][1], (ARRAY[1,2])[1], [1,2][1], {'a': [1,2]}.a[1], {'a': [1,2]}['a'][1]
