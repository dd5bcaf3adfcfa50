--- Row L05: a masked column shows its mask in every place that a column can stand, and a denied column does not
--- exist. The masked reader has both in staff, reports and duck.main.people, the writer in work.people.

-- id: L05-001
-- tries: all columns
-- expect: same
SELECT * FROM staff

-- id: L05-002
-- tries: a masked column
-- expect: same
SELECT email FROM staff

-- id: L05-003
-- tries: a masked column under an alias
-- expect: same
SELECT email AS e FROM staff

-- id: L05-004
-- tries: the denied column
-- expect: refused
SELECT ssn FROM staff

-- id: L05-005
-- tries: the denied column, qualified
-- expect: refused
SELECT staff.ssn FROM staff

-- id: L05-006
-- tries: the denied column, fully qualified
-- expect: refused
SELECT lake.main.staff.ssn FROM staff

-- id: L05-007
-- tries: the denied column, quoted
-- expect: refused
SELECT "SSN" FROM staff

-- id: L05-008
-- tries: the denied column is told from a missing one
-- as: masked
-- expect: hidden zq_feel
SELECT zq_feel FROM staff

-- id: L05-009
-- tries: the denied column in WHERE is told from a missing one
-- as: masked
-- expect: hidden zq_feel
SELECT id FROM staff WHERE zq_feel IS NULL

-- id: L05-010
-- tries: the denied column in ORDER BY is told from a missing one
-- as: masked
-- expect: hidden zq_feel
SELECT id FROM staff ORDER BY zq_feel

-- id: L05-011
-- tries: the denied column in GROUP BY
-- expect: refused
SELECT count(*) FROM staff GROUP BY ssn

-- id: L05-012
-- tries: the denied column in HAVING
-- expect: refused
SELECT count(*) FROM staff HAVING max(ssn) > ''

-- id: L05-013
-- tries: the denied column in QUALIFY
-- expect: refused
SELECT id FROM staff QUALIFY row_number() OVER (ORDER BY ssn) = 1

-- id: L05-014
-- tries: the denied column in a join
-- expect: refused
SELECT 1 FROM staff a JOIN staff b ON a.ssn = b.ssn

-- id: L05-015
-- tries: the denied column in an aggregate
-- expect: refused
SELECT max(ssn) FROM staff

-- id: L05-016
-- tries: the denied column in a window
-- expect: refused
SELECT id, lag(ssn) OVER (ORDER BY id) FROM staff

-- id: L05-017
-- tries: COLUMNS of everything
-- expect: same
SELECT COLUMNS(*) FROM staff

-- id: L05-018
-- tries: COLUMNS by a pattern
-- expect: same
SELECT COLUMNS('.*') FROM staff

-- id: L05-019
-- tries: COLUMNS by the denied name
-- expect: permitted
SELECT COLUMNS('ssn') FROM staff

-- id: L05-020
-- tries: COLUMNS by a pattern of the denied name
-- expect: permitted
SELECT COLUMNS('s.n|zq.*') FROM staff

-- id: L05-021
-- tries: COLUMNS by a lambda
-- expect: permitted
SELECT COLUMNS(c -> c LIKE 's%') FROM staff

-- id: L05-022
-- tries: COLUMNS by a lambda that is true
-- expect: permitted
SELECT COLUMNS(lambda c: true) FROM staff

-- id: L05-023
-- tries: COLUMNS by a list
-- expect: permitted
SELECT COLUMNS(['id', 'ssn']) FROM staff

-- id: L05-024
-- tries: COLUMNS within a function
-- expect: permitted
SELECT max(COLUMNS(*)) FROM staff

-- id: L05-025
-- tries: COLUMNS, unpacked
-- expect: permitted
SELECT coalesce(*COLUMNS(login, email)) FROM staff

-- id: L05-026
-- tries: COLUMNS, unpacked, all as text
-- expect: permitted
SELECT concat(*COLUMNS(*)) FROM staff

-- id: L05-027
-- tries: COLUMNS with EXCLUDE
-- expect: permitted
SELECT COLUMNS(* EXCLUDE (email)) FROM staff

-- id: L05-028
-- tries: COLUMNS with REPLACE
-- expect: permitted
SELECT COLUMNS(* REPLACE (upper(email) AS email)) FROM staff

-- id: L05-029
-- tries: a star LIKE
-- expect: permitted
SELECT * LIKE 's%' FROM staff

-- id: L05-030
-- tries: a star SIMILAR TO
-- expect: permitted
SELECT * SIMILAR TO '.*s.*' FROM staff

-- id: L05-031
-- tries: COLUMNS in WHERE
-- expect: permitted
SELECT id FROM staff WHERE COLUMNS(*) IS NOT NULL

-- id: L05-032
-- tries: COLUMNS in ORDER BY
-- expect: permitted
SELECT id FROM staff ORDER BY COLUMNS('sal.*')

-- id: L05-033
-- tries: ORDER BY ALL
-- expect: same
SELECT * FROM staff ORDER BY ALL LIMIT 2

-- id: L05-034
-- tries: ORDER BY a masked column
-- expect: permitted
SELECT id FROM staff ORDER BY email, id LIMIT 1

-- id: L05-035
-- tries: ORDER BY a masked column that the mask makes equal
-- expect: same
SELECT id FROM staff ORDER BY salary DESC NULLS LAST, id LIMIT 1

-- id: L05-036
-- tries: ORDER BY a position
-- expect: same
SELECT phone, id FROM staff ORDER BY 1, 2 LIMIT 2

-- id: L05-037
-- tries: WHERE as an oracle of a mask
-- expect: same
SELECT id FROM staff WHERE salary > 0

-- id: L05-038
-- tries: WHERE IS NULL as an oracle of a mask
-- expect: same
SELECT id FROM staff WHERE salary IS NULL

-- id: L05-039
-- tries: WHERE LIKE as an oracle of a mask
-- expect: same
SELECT id FROM staff WHERE email LIKE '%ann%'

-- id: L05-040
-- tries: WHERE on a narrower date than the mask
-- expect: same
SELECT id FROM staff WHERE born = DATE '1980-05-17'

-- id: L05-041
-- tries: WHERE between
-- expect: same
SELECT id FROM staff WHERE born BETWEEN DATE '1990-06-01' AND DATE '1990-12-31'

-- id: L05-042
-- tries: WHERE of the masked struct
-- expect: same
SELECT id FROM staff WHERE home.room = 2

-- id: L05-043
-- tries: the field of a masked struct
-- expect: same
SELECT home.city FROM staff

-- id: L05-044
-- tries: the field of a masked struct, in brackets
-- expect: same
SELECT home['city'] FROM staff

-- id: L05-045
-- tries: unnest of a masked struct
-- expect: permitted
SELECT unnest(home) FROM staff

-- id: L05-046
-- tries: GROUP BY a masked column
-- expect: same
SELECT phone, count(*) FROM staff GROUP BY phone

-- id: L05-047
-- tries: GROUP BY ALL
-- expect: same
SELECT email, count(*) FROM staff GROUP BY ALL

-- id: L05-048
-- tries: DISTINCT of a masked column
-- expect: same
SELECT DISTINCT born FROM staff

-- id: L05-049
-- tries: count DISTINCT of a masked column
-- expect: same
SELECT count(DISTINCT phone), count(DISTINCT email), count(salary) FROM staff

-- id: L05-050
-- tries: approx_count_distinct
-- expect: permitted
SELECT approx_count_distinct(salary) FROM staff

-- id: L05-051
-- tries: min and max
-- expect: same
SELECT min(salary), max(salary), min(phone), max(phone), max(born) FROM staff

-- id: L05-052
-- tries: arg_max by a masked column
-- expect: permitted
SELECT arg_max(id, salary) FROM staff

-- id: L05-053
-- tries: first by order of a masked column
-- expect: permitted
SELECT first(id ORDER BY salary DESC NULLS LAST, id) FROM staff

-- id: L05-054
-- tries: list
-- expect: permitted
SELECT list(email ORDER BY id) FROM staff

-- id: L05-055
-- tries: string_agg
-- expect: permitted
SELECT string_agg(phone, ',' ORDER BY id) FROM staff

-- id: L05-056
-- tries: histogram
-- expect: permitted
SELECT histogram(phone) FROM staff

-- id: L05-057
-- tries: approx_top_k
-- expect: permitted
SELECT approx_top_k(email, 2) FROM staff WHERE id = 1

-- id: L05-058
-- tries: quantile
-- expect: permitted
SELECT quantile_cont(salary, 0.5) FROM staff

-- id: L05-059
-- tries: entropy and mode
-- expect: permitted
SELECT entropy(phone), mode(phone) FROM staff WHERE id < 3

-- id: L05-060
-- tries: hash of a masked column
-- expect: permitted
SELECT hash(salary), md5(phone) FROM staff

-- id: L05-061
-- tries: hash of the row
-- expect: permitted
SELECT hash(s) FROM staff s

-- id: L05-062
-- tries: bit_xor of the rows' hashes
-- expect: permitted
SELECT bit_xor(hash(s)) FROM staff s

-- id: L05-063
-- tries: the row as JSON
-- expect: permitted
SELECT to_json(s) FROM staff s

-- id: L05-064
-- tries: row_to_json
-- expect: permitted
SELECT row_to_json(s) FROM staff s

-- id: L05-065
-- tries: json_group_array of rows
-- expect: permitted
SELECT json_group_array(s) FROM staff s WHERE id = 1

-- id: L05-066
-- tries: json_structure of the row
-- expect: permitted
SELECT json_structure(to_json(s)) FROM staff s

-- id: L05-067
-- tries: struct_pack of the columns
-- expect: permitted
SELECT struct_pack(email, salary) FROM staff

-- id: L05-068
-- tries: row() of the columns
-- expect: permitted
SELECT row(email, salary) FROM staff

-- id: L05-069
-- tries: the row compared with itself
-- expect: permitted
SELECT count(*) FROM staff a, staff b WHERE a = b

-- id: L05-070
-- tries: the row cast to text, and cut
-- expect: permitted
SELECT substr(s::VARCHAR, 1, 60) FROM staff s

-- id: L05-071
-- tries: a star in a struct
-- expect: permitted
SELECT struct_insert(s, x := 1) FROM staff s

-- id: L05-072
-- tries: unnest of the row
-- expect: permitted
SELECT unnest(s) FROM staff s

-- id: L05-073
-- tries: typeof the row
-- expect: permitted
SELECT DISTINCT typeof(s) FROM staff s

-- id: L05-074
-- tries: unnest of the row, recursively
-- expect: permitted
SELECT unnest(s, recursive := true) FROM staff s

-- id: L05-075
-- tries: the row in a list
-- expect: permitted
SELECT [s] FROM staff s WHERE id = 1

-- id: L05-076
-- tries: the row as an aggregate
-- expect: permitted
SELECT arg_max(s, id) FROM staff s

-- id: L05-077
-- tries: any_value of the row
-- expect: permitted
SELECT any_value(s) FROM staff s WHERE id = 1

-- id: L05-078
-- tries: join on a masked column
-- expect: same
SELECT a.id, b.id FROM staff a JOIN staff b ON a.phone = b.phone

-- id: L05-079
-- tries: join on a masked column, with values brought along
-- expect: same
SELECT s.id FROM staff s JOIN (VALUES (0.0), (1.0)) v(x) ON s.salary = v.x

-- id: L05-080
-- tries: natural join with itself
-- expect: permitted
SELECT count(*) FROM staff a NATURAL JOIN staff b

-- id: L05-081
-- tries: join USING a masked column
-- expect: same
SELECT count(*) FROM staff a JOIN staff b USING (born)

-- id: L05-082
-- tries: join USING all
-- expect: permitted
SELECT count(*) FROM staff a JOIN staff b USING (login, salary)

-- id: L05-083
-- tries: asof join on a masked column
-- expect: permitted
SELECT a.id, v.d FROM staff a ASOF JOIN (VALUES (DATE '1990-06-01')) v(d) ON a.born >= v.d

-- id: L05-084
-- tries: positional join
-- expect: permitted
SELECT * FROM (SELECT id, email FROM staff ORDER BY id) a POSITIONAL JOIN (SELECT id, phone FROM staff ORDER BY id) b

-- id: L05-085
-- tries: set operations
-- expect: same
SELECT email FROM staff EXCEPT SELECT 'a***@x.org'

-- id: L05-086
-- tries: UNION with one's own
-- expect: same
SELECT phone FROM staff INTERSECT SELECT '555'

-- id: L05-087
-- tries: IN one's own list
-- expect: same
SELECT id FROM staff WHERE phone IN ('555', '556-')

-- id: L05-088
-- tries: PIVOT by a masked column
-- expect: permitted
PIVOT staff ON phone IN ('555', '556', '555-') USING count(*) GROUP BY login

-- id: L05-089
-- tries: PIVOT of a masked value
-- expect: permitted
PIVOT staff ON login IN ('ann', 'bob') USING max(email) GROUP BY born

-- id: L05-090
-- tries: UNPIVOT of all columns
-- expect: permitted
UNPIVOT (SELECT id, email, phone FROM staff) ON COLUMNS(* EXCLUDE id)

-- id: L05-091
-- tries: UNPIVOT with the denied column
-- expect: refused
UNPIVOT staff ON email, ssn

-- id: L05-092
-- tries: SUMMARIZE
-- expect: permitted
SUMMARIZE staff

-- id: L05-093
-- tries: SUMMARIZE of one column
-- expect: permitted
SUMMARIZE SELECT salary FROM staff

-- id: L05-094
-- tries: SUMMARIZE in FROM
-- expect: permitted
SELECT column_name, min, max, approx_unique, null_percentage FROM (SUMMARIZE staff)

-- id: L05-095
-- tries: DESCRIBE
-- expect: permitted
SELECT column_name, column_type FROM (DESCRIBE staff)

-- id: L05-096
-- tries: DESCRIBE SELECT
-- expect: same
DESCRIBE SELECT email, salary, born, home FROM staff

-- id: L05-097
-- tries: the default of the denied column
-- expect: permitted
SELECT column_name FROM (DESCRIBE staff) WHERE "default" IS NOT NULL

-- id: L05-098
-- tries: a sample of all
-- expect: same
SELECT * FROM staff USING SAMPLE 100%

-- id: L05-099
-- tries: a scalar subquery
-- expect: same
SELECT (SELECT max(email) FROM staff)

-- id: L05-100
-- tries: a correlated subquery on a mask
-- expect: permitted
SELECT a.id, (SELECT count(*) FROM staff b WHERE b.salary > a.salary) FROM staff a

-- id: L05-101
-- tries: a recursive CTE along a masked table
-- expect: permitted
WITH RECURSIVE r AS (SELECT id, email, boss FROM staff WHERE boss IS NULL UNION ALL SELECT s.id, s.email, s.boss FROM staff s JOIN r ON s.boss = r.id) SELECT * FROM r

-- id: L05-102
-- tries: an error that shows the value
-- expect: permitted
SELECT email::INTEGER FROM staff WHERE id = 1

-- id: L05-103
-- tries: error() with the value
-- expect: permitted
SELECT error(email) FROM staff WHERE id = 1

-- id: L05-104
-- tries: a conversion error of the masked column
-- expect: permitted
SELECT phone::INTEGER FROM staff

-- id: L05-105
-- tries: a strptime error
-- expect: permitted
SELECT strptime(phone, '%Y') FROM staff

-- id: L05-106
-- tries: division by a mask
-- expect: permitted
SELECT 1 // salary FROM staff

-- id: L05-107
-- tries: a regular expression made of the value
-- expect: permitted
SELECT regexp_matches('x', email) FROM staff

-- id: L05-108
-- tries: a macro by method call
-- expect: permitted
SELECT email.upper().reverse() FROM staff

-- id: L05-109
-- tries: a mask below a lambda
-- expect: permitted
SELECT list_transform(['a'], lambda x: x || email) FROM staff

-- id: L05-110
-- tries: a list comprehension over it
-- expect: permitted
SELECT [x || email FOR x IN ['a']] FROM staff

-- id: L05-111
-- tries: TRY of it
-- expect: permitted
SELECT TRY(email::INTEGER) FROM staff

-- id: L05-112
-- tries: the rowid
-- as: nobody reader
-- expect: permitted
SELECT rowid FROM staff

-- id: L05-113
-- tries: the rowid as an oracle of physical order
-- expect: refused
SELECT rowid, id FROM staff

-- id: L05-114
-- tries: ctid
-- expect: refused
SELECT ctid FROM staff

-- id: L05-115
-- tries: file names
-- expect: refused
SELECT filename, file_row_number FROM duck.main.people

-- id: L05-116
-- tries: the filter's denied column
-- as: masked
-- expect: hidden zq_level
SELECT zq_level FROM reports

-- id: L05-117
-- tries: the filter as an oracle
-- expect: same
SELECT count(*), max(title), max(length(body)) FROM reports

-- id: L05-118
-- tries: the filter under an aggregate of the row
-- expect: permitted
SELECT max(r::VARCHAR) FROM reports r

-- id: L05-119
-- tries: a generated column
-- expect: same
SELECT mark FROM reports

-- id: L05-120
-- tries: masked and filtered, joined with itself
-- expect: same
SELECT a.body, b.body FROM reports a, reports b

-- id: L05-121
-- tries: a prepared mask
-- via: prepared
-- expect: permitted
-- bind: 0
-- same-as: SELECT email FROM staff WHERE salary = 0
SELECT email FROM staff WHERE salary = ?::DECIMAL(14,2)

-- id: L05-122
-- tries: a masked column of a DuckLake
-- expect: same
SELECT mail FROM duck.main.people

-- id: L05-123
-- tries: a denied column of a DuckLake
-- as: masked
-- expect: hidden zq_pin
SELECT zq_pin FROM duck.main.people

-- id: L05-124
-- tries: the masks of a table that one writes
-- expect: same
SELECT * FROM work.people

-- id: L05-125
-- tries: the denied column of a table that one writes
-- expect: refused
SELECT pay FROM work.people
