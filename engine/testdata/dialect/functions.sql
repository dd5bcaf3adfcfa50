SELECT abs(-1), ceil(1.2), floor(1.8), round(1.25, 1), trunc(1.9), sign(-3), sqrt(16), cbrt(27), exp(0), ln(1), log(10), log2(8), log10(100), power(2, 3), mod(7, 3), pi()
SELECT sin(0), cos(0), tan(0), asin(0), acos(1), atan(0), atan2(0, 1), degrees(pi()), radians(180), cot(1) > 0, even(2.1), gamma(5), lgamma(5) > 0, factorial(5), gcd(12, 8), lcm(4, 6)
SELECT greatest(1, 3, 2), least(1, 3, 2), isnan('nan'::DOUBLE), isinf('inf'::DOUBLE), isfinite(1.0), nextafter(1.0, 2.0) > 1, bit_count(7), divide(7, 2), multiply(2, 3), subtract(3, 1), add(1, 2)
SELECT concat('a', NULL, 'b'), concat_ws('-', 'a', 'b'), left('hello', 2), right('hello', 2), lpad('x', 3, '0'), rpad('x', 3, '0'), repeat('ab', 2), reverse('abc'), trim('  x '), ltrim(' x'), rtrim('x '), trim('xax', 'x')
SELECT substring('hello' FROM 2 FOR 3), substring('hello', 2, 3), substr('hello', 2), position('l' IN 'hello'), strpos('hello', 'l'), instr('hello', 'l')
SELECT trim(BOTH 'x' FROM 'xax'), trim(LEADING 'x' FROM 'xax'), trim(TRAILING FROM 'a  ')
SELECT starts_with('hello', 'he'), ends_with('hello', 'lo'), contains('hello', 'ell'), prefix('hello', 'he'), suffix('hello', 'lo'), 'hello' ^@ 'he'
SELECT split('a,b,c', ','), string_split('a-b', '-'), split_part('a,b,c', ',', 2), regexp_split_to_array('a1b2', '[0-9]'), str_split_regex('a1b', '[0-9]')
SELECT regexp_matches('abc', 'b'), regexp_full_match('abc', 'a.c'), regexp_extract('abc123', '([a-z]+)([0-9]+)', 2), regexp_extract('a1', '([a-z])([0-9])', ['l', 'd']), regexp_extract_all('a1b2', '[0-9]'), regexp_replace('abc', 'b', 'x'), regexp_replace('aaa', 'a', 'b', 'g'), regexp_escape('a.b')
SELECT replace('abc', 'b', 'x'), translate('abc', 'ab', 'xy'), ascii('a'), chr(97), unicode('é'), ord('a'), length('héllo'), strlen('héllo'), bit_length('a'), char_length('abc'), length_grapheme('é')
SELECT md5('a'), sha256('a'), sha1('a'), hash('a') IS NOT NULL, base64('a'::BLOB), from_base64('YQ=='), hex('a'), unhex('61'), bin(5), to_base(10, 2), url_encode('a b'), url_decode('a%20b')
SELECT levenshtein('abc', 'abd'), editdist3('abc', 'abd'), hamming('abc', 'abd'), jaccard('abc', 'abd'), jaro_similarity('abc', 'abd'), jaro_winkler_similarity('abc', 'abd'), damerau_levenshtein('abc', 'acb')
SELECT printf('%d %s', 1, 'x'), format('{} {}', 1, 'x'), format('{:.2f}', 1.234), bar(5, 0, 10, 10), strip_accents('é'), nfc_normalize('é'), formatReadableSize(1000), format_bytes(1024)
SELECT date_part('year', d), year(d), month(d), day(d), quarter(d), week(d), dayofweek(d), isodow(d), dayofyear(d), weekday(d), decade(d), century(d), millennium(d), era(d), yearweek(d) FROM times ORDER BY id
SELECT extract(year FROM d), extract(hour FROM ts), extract('minute' FROM t), date_part(['year', 'month'], d) FROM times ORDER BY id
SELECT date_trunc('month', ts), date_trunc('week', d), last_day(d), dayname(d), monthname(d), make_date(2024, 2, 29), make_time(1, 2, 3.5), make_timestamp(2024, 1, 2, 3, 4, 5.5) FROM times ORDER BY id
SELECT d + 1, d - 1, d + INTERVAL 1 MONTH, ts - INTERVAL '1 hour', ts - ts, d - DATE '2000-01-01', t + INTERVAL 1 MINUTE FROM times ORDER BY id
SELECT date_diff('day', DATE '2024-01-01', d), datediff('month', DATE '2024-01-01', d), date_sub('day', DATE '2024-01-01', d), date_add(d, INTERVAL 1 DAY), age(ts, TIMESTAMP '2000-01-01') FROM times ORDER BY id
SELECT strftime(ts, '%Y-%m-%d %H:%M:%S'), strptime('2024-01-02', '%Y-%m-%d'), try_strptime('x', '%Y'), epoch(ts), epoch_ms(ts), epoch_us(ts), epoch_ns(ts), to_timestamp(0), make_timestamp(0) FROM times ORDER BY id
SELECT to_days(1), to_hours(2), to_minutes(3), to_seconds(4), to_months(5), to_years(6), to_weeks(1), to_milliseconds(7), to_microseconds(8), INTERVAL '1' YEAR + INTERVAL 2 MONTH
SELECT time_bucket(INTERVAL 1 WEEK, d), time_bucket(INTERVAL '15 minutes', ts), time_bucket(INTERVAL 1 MONTH, ts, INTERVAL 1 DAY) FROM times ORDER BY id
SELECT tz AT TIME ZONE 'America/New_York', ts AT TIME ZONE 'Europe/Paris', timezone('UTC', ts), tz::DATE, tz::TIMESTAMP FROM times ORDER BY id
SELECT sec, ms, ns, iv, iv * 2, -iv, extract(year FROM iv) FROM times ORDER BY id
SELECT isfinite(DATE 'infinity'), DATE '-infinity', 'epoch'::TIMESTAMP
SELECT js -> 'a', js ->> 'a', js -> '$.b[2].c', js ->> '$.b[0]', js['a'], json_extract(js, '$.b'), json_extract_string(js, '$.a') FROM scraps ORDER BY id
SELECT json_type(js), json_valid(s), json_array_length(js), json_keys(js), json_structure(js) FROM scraps WHERE id <> 4 ORDER BY id
SELECT to_json({'a': 1}), json_object('a', 1), json_array(1, 'x'), json_quote('x'), json_merge_patch('{"a": 1}', '{"b": 2}'), row_to_json({'x': 1}), array_to_json([1, 2])
SELECT json_transform('{"a": 1}', '{"a": "INTEGER"}'), from_json('[1, 2]', '["INTEGER"]'), json_contains('[1, 2]', '1'), json_exists('{"a": 1}', '$.a'), json_value('{"a": 1}', '$.a'), json_pretty('[1]')
SELECT json_group_array(id), json_group_object(id, name) FROM (SELECT id, name FROM people WHERE id < 3 ORDER BY id)
SELECT key, value, type, fullkey FROM json_each('{"a": 1, "b": [2]}') ORDER BY key
SELECT fullkey, type FROM json_tree('{"a": {"b": [1, 2]}}') ORDER BY fullkey
SELECT s.id, j.key, j.value FROM scraps s, json_each(s.js) j ORDER BY ALL
SELECT u, u::VARCHAR, u < 'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID FROM scraps ORDER BY id
SELECT b, octet_length(b), hex(b), b || b, encode('x'), decode('x'::BLOB), to_base64(b) FROM scraps ORDER BY id
SELECT typeof(1), typeof(1.5), typeof('x'), typeof([1]), typeof({'a': 1}), typeof(NULL), pg_typeof(1)
SELECT ti + si, i * 2, bi - 1, hi + 1, ut + us, de * 2, fl / 2, db ** 2 FROM numbers WHERE i = 100
SELECT ti::INTEGER, i::VARCHAR, de::DOUBLE, db::DECIMAL(10,2), bi::HUGEINT FROM numbers WHERE i = -100
SELECT sum(ti), max(hi), min(ub), avg(de) FROM numbers
SELECT TRY_CAST(i AS TINYINT), TRY_CAST('abc' AS DOUBLE) FROM numbers ORDER BY i
SELECT * FROM numbers ORDER BY i
SELECT * FROM times ORDER BY id
SELECT * FROM scraps ORDER BY id
SELECT error('x') WHERE false
SELECT equi_width_bins(0, 10, 2, true), can_cast_implicitly(1, 2.0), constant_or_null(1, 2), alias(id) FROM people LIMIT 1
SELECT stats(id) FROM people
SELECT vector_type(id) FROM people
SELECT list_sort(['b', 'a'], 'DESC'), list_sort([1, NULL], 'ASC', 'NULLS FIRST')
SELECT nullif('', ''), coalesce(NULL, NULL, 3), ifnull(NULL, 1)
SELECT s COLLATE NOCASE = 'HELLO WORLD', s COLLATE NOACCENT FROM scraps ORDER BY id
SELECT like_escape('a%c', 'a$%c', '$'), not_like_escape('a', 'b', '$'), 'a' NOT ILIKE 'A'
SELECT bool_and(x) FROM (VALUES (true), (NULL)) t(x)
SELECT 5 BETWEEN 1 AND 10
SELECT parse_path('a/b'), parse_filename('a/b.c'), parse_dirname('a/b'), parse_dirpath('a/b/c')
SELECT array_extract('abc', 2), list_extract(['x'], 1), array_slice([1, 2, 3], 1, 2), substring_grapheme('héllo', 2, 3)
SELECT trim(x) FROM (SELECT ' y ' AS x)
SELECT md5_number('a'), md5_number_lower('a'), md5_number_upper('a')
SELECT sha256(name), hash(id) = hash(id) FROM people ORDER BY id
SELECT uuid() IS NOT NULL, gen_random_uuid() IS NOT NULL, uuidv7() IS NOT NULL, random() < 1
SELECT now() IS NOT NULL, current_date IS NOT NULL, current_timestamp IS NOT NULL, today() IS NOT NULL, localtime IS NOT NULL, localtimestamp IS NOT NULL, get_current_timestamp() IS NOT NULL, transaction_timestamp() IS NOT NULL
SELECT version() IS NOT NULL, pg_typeof('x')
SELECT txid_current() IS NOT NULL
SELECT in_search_path('a', 'b')
SELECT getvariable('x')
SELECT current_setting('TimeZone')
