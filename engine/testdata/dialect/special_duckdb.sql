SELECT id, e FROM special ORDER BY id
SELECT id FROM special WHERE e > 'low'
SELECT e::VARCHAR, enum_code(e), e = 'low' FROM special ORDER BY id
SELECT enum_range(NULL::ENUM('a', 'b')), enum_first(NULL::ENUM('a', 'b')), enum_last(NULL::ENUM('a', 'b'))
SELECT u, u.num, u.str, union_tag(u) FROM special ORDER BY id
SELECT arr, arr[1], array_length(arr) FROM special ORDER BY id
SELECT bits, bits & bits, bit_count(bits), get_bit(bits, 0), length(bits) FROM special WHERE id < 3 ORDER BY id
SELECT big, big::VARCHAR FROM special ORDER BY id
SELECT tt FROM special ORDER BY id
SELECT max(e), min(e), count(DISTINCT e) FROM special
SELECT * EXCLUDE (u) FROM special ORDER BY id
SELECT 'x'::ENUM('x', 'y')
