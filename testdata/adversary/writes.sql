--- Rows L01 to L03, and writes that launder: what may not be read is not to be had by writing it to another
--- place, by asking for it back, or by counting.

-- id: L01-001
-- tries: INSERT into what one only reads
-- expect: refused
INSERT INTO open.items (id) VALUES (9)

-- id: L01-002
-- tries: INSERT SELECT
-- expect: refused
INSERT INTO open.regions SELECT * FROM open.regions

-- id: L01-003
-- tries: INSERT BY NAME
-- expect: refused
INSERT INTO open.regions BY NAME SELECT 'x' AS region

-- id: L01-004
-- tries: INSERT DEFAULT VALUES
-- expect: refused
INSERT INTO open.regions DEFAULT VALUES

-- id: L01-005
-- tries: INSERT OR REPLACE
-- expect: refused
INSERT OR REPLACE INTO open.regions VALUES ('EU', 'x')

-- id: L01-006
-- tries: UPDATE
-- expect: refused
UPDATE open.items SET name = 'x'

-- id: L01-007
-- tries: UPDATE of no row
-- expect: refused
UPDATE open.items SET name = 'x' WHERE false

-- id: L01-008
-- tries: DELETE
-- expect: refused
DELETE FROM open.items

-- id: L01-009
-- tries: DELETE of no row
-- expect: refused
DELETE FROM open.items WHERE false

-- id: L01-010
-- tries: TRUNCATE
-- expect: refused
TRUNCATE open.items

-- id: L01-011
-- tries: MERGE
-- expect: refused
MERGE INTO open.items i USING (SELECT 1 AS id) n ON i.id = n.id WHEN MATCHED THEN DELETE

-- id: L01-012
-- tries: MERGE that does nothing
-- expect: any
MERGE INTO open.items i USING (SELECT 1 AS id) n ON i.id = n.id WHEN MATCHED THEN DO NOTHING

-- id: L01-013
-- tries: CREATE TABLE where one only reads
-- expect: refused
CREATE TABLE open.fresh (x INTEGER)

-- id: L01-014
-- tries: CREATE TABLE AS where one only reads
-- expect: refused
CREATE TABLE open.fresh AS SELECT 1 AS x

-- id: L01-015
-- tries: CREATE OR REPLACE of what one only reads
-- expect: refused
CREATE OR REPLACE TABLE open.items AS SELECT 1 AS x

-- id: L01-016
-- tries: CREATE IF NOT EXISTS of what one only reads
-- expect: refused
CREATE TABLE IF NOT EXISTS open.items (x INTEGER)

-- id: L01-017
-- tries: CREATE SCHEMA
-- expect: refused
CREATE SCHEMA lake.fresh

-- id: L01-018
-- tries: CREATE SCHEMA of a hidden name
-- expect: refused
CREATE SCHEMA lake.zq_hidden

-- id: L01-019
-- tries: CREATE SCHEMA IF NOT EXISTS of a hidden name
-- expect: refused
CREATE SCHEMA IF NOT EXISTS zq_hidden

-- id: L01-020
-- tries: DROP TABLE
-- expect: refused
DROP TABLE open.items

-- id: L01-021
-- tries: DROP SCHEMA
-- expect: refused
DROP SCHEMA open CASCADE

-- id: L01-022
-- tries: DROP SCHEMA of a hidden one
-- expect: hidden zq_hidden
DROP SCHEMA zq_hidden CASCADE

-- id: L01-023
-- tries: DROP of a hidden table
-- expect: hidden zq_vault
DROP TABLE zq_vault

-- id: L01-024
-- tries: DROP IF EXISTS of a hidden table
-- expect: hidden zq_vault
DROP TABLE IF EXISTS zq_vault

-- id: L01-025
-- tries: DROP IF EXISTS of a hidden schema
-- expect: hidden zq_hidden
DROP SCHEMA IF EXISTS zq_hidden

-- id: L01-026
-- tries: ALTER TABLE
-- expect: refused
ALTER TABLE open.items ADD COLUMN x INTEGER

-- id: L01-027
-- tries: ALTER TABLE RENAME
-- expect: refused
ALTER TABLE open.items RENAME TO things

-- id: L01-028
-- tries: ALTER of a hidden table
-- expect: hidden zq_vault
ALTER TABLE zq_vault ADD COLUMN x INTEGER

-- id: L01-029
-- tries: ALTER IF EXISTS of a hidden table
-- expect: hidden zq_vault
ALTER TABLE IF EXISTS zq_vault DROP COLUMN id

-- id: L01-030
-- tries: COMMENT
-- expect: refused
COMMENT ON TABLE open.items IS 'x'

-- id: L01-031
-- tries: COMMENT on a column
-- expect: refused
COMMENT ON COLUMN open.items.id IS 'x'

-- id: L01-032
-- tries: COMMENT on a hidden table
-- expect: hidden zq_vault
COMMENT ON TABLE zq_vault IS 'x'

-- id: L01-033
-- tries: COMMENT on a denied column
-- expect: hidden zq_feel
COMMENT ON COLUMN staff.zq_feel IS 'x'

-- id: L01-034
-- tries: a temporary table by who may not write
-- expect: refused
-- expect writer: done
CREATE TEMP TABLE t AS SELECT 1 AS x

-- id: L01-035
-- tries: nextval
-- expect: refused
SELECT nextval('open.counter')

-- id: L01-036
-- tries: currval
-- expect: refused
SELECT currval('lake.open.counter')

-- id: L01-037
-- tries: a write in a CTE
-- expect: refused
WITH c AS (DELETE FROM open.items RETURNING *) SELECT * FROM c

-- id: L01-038
-- tries: a write under a CTE
-- expect: refused
WITH c AS (SELECT 1 AS id) INSERT INTO open.items (id) SELECT id FROM c

-- id: L01-039
-- tries: a write in a subquery
-- expect: refused
SELECT * FROM (INSERT INTO open.items (id) VALUES (9) RETURNING id)

-- id: L01-040
-- tries: a write after a semicolon
-- expect: refused
SELECT 1; DELETE FROM open.items

-- id: L01-041
-- tries: a write before a semicolon
-- expect: refused
DELETE FROM open.items; SELECT 1

-- id: L01-042
-- tries: a write after many semicolons and a comment
-- expect: refused
SELECT 1;;/* ; */;DROP TABLE open.items;

-- id: L01-043
-- tries: PREPARE of a write
-- expect: refused
PREPARE p AS DELETE FROM open.items

-- id: L01-044
-- tries: EXECUTE
-- expect: refused
EXECUTE p(1)

-- id: L01-045
-- tries: a write of a hidden table
-- expect: hidden zq_vault
INSERT INTO zq_vault VALUES (9, 'x', 1)

-- id: L01-046
-- tries: an update of a hidden table
-- expect: hidden zq_vault
UPDATE zq_vault SET id = 9

-- id: L01-047
-- tries: a delete of a hidden table
-- expect: hidden zq_vault
DELETE FROM zq_vault

-- id: L01-048
-- tries: TRUNCATE of a hidden table
-- expect: hidden zq_vault
TRUNCATE zq_vault

-- id: L01-049
-- tries: MERGE into a hidden table
-- expect: hidden zq_vault
MERGE INTO zq_vault v USING (SELECT 1 AS id) n ON v.id = n.id WHEN MATCHED THEN DELETE

-- id: L01-050
-- tries: a write of a hidden catalog
-- expect: hidden zq_void
INSERT INTO zq_void.main.zq_core VALUES ('x', 1)

-- id: L01-051
-- tries: a write of a hidden view
-- expect: hidden zq_view
INSERT INTO zq_view VALUES (9, 'x', 1)

-- id: L01-052
-- tries: a write through a view in the open
-- expect: refused
INSERT INTO open.lens VALUES (9, 'x')

-- id: L01-053
-- tries: INSERT of hidden columns
-- expect: refused
INSERT INTO zq_vault (nothing) VALUES (1)

-- id: L01-054
-- tries: a table made in a hidden schema
-- expect: hidden zq_hidden
CREATE TABLE zq_hidden.mine (x INTEGER)

-- id: L01-055
-- tries: a table made in a hidden catalog
-- expect: hidden zq_void
CREATE TABLE zq_void.main.mine (x INTEGER)

-- id: L01-056
-- tries: a table made in the name of a hidden one
-- expect: refused
CREATE TABLE lake.main.zq_vault (x INTEGER)

-- id: L01-057
-- tries: a table made in the name of a hidden one, if it is not there
-- expect: refused
CREATE TABLE IF NOT EXISTS main.zq_vault (x INTEGER)

-- id: L01-058
-- tries: a table like a hidden one
-- expect: refused
CREATE TABLE work.fresh (LIKE zq_vault)

-- id: LAUNDER-001
-- tries: CTAS of a hidden table
-- as: writer
-- expect: hidden zq_vault
CREATE TABLE work.fresh AS SELECT * FROM zq_vault

-- id: LAUNDER-002
-- tries: CTAS of a hidden table WITH NO DATA
-- as: writer
-- expect: hidden zq_vault
CREATE TABLE work.fresh AS SELECT * FROM zq_vault WITH NO DATA

-- id: LAUNDER-003
-- tries: CTAS of one's rows
-- as: writer
-- expect: refused
-- expect writer: done
-- undo: DROP TABLE IF EXISTS lake.work.fresh
-- check: SELECT count(*), max(points) FROM lake.work.fresh
-- gives: 3|3
CREATE TABLE work.fresh AS SELECT * FROM work.tasks

-- id: LAUNDER-004
-- tries: CTAS of masks
-- as: writer
-- expect: done
-- undo: DROP TABLE IF EXISTS lake.work.fresh
-- check: SELECT * FROM lake.work.fresh
-- gives: 1|ann|(null)
-- gives: 2|bob|(null)
CREATE TABLE work.fresh AS SELECT * FROM work.people

-- id: LAUNDER-005
-- tries: CTAS across lakes
-- as: writer
-- expect: done
-- undo: DROP TABLE IF EXISTS duck.work.fresh
-- check: SELECT count(*) FROM duck.work.fresh
-- gives: 3
CREATE TABLE duck.work.fresh AS SELECT * FROM lake.work.tasks

-- id: LAUNDER-006
-- tries: a temporary table of one's rows, read again
-- as: writer
-- expect: rows
-- row: 3|3
-- first: CREATE TEMP TABLE t AS SELECT * FROM work.tasks
SELECT count(*), max(points) FROM t

-- id: LAUNDER-007
-- tries: a temporary table of masks, read again
-- as: writer
-- expect: rows
-- row: 1|ann|(null)
-- row: 2|bob|(null)
-- first: CREATE TEMP TABLE t AS FROM work.people
SELECT * FROM t

-- id: LAUNDER-008
-- tries: INSERT SELECT of others' rows
-- as: writer
-- expect: count 3
-- undo: DELETE FROM lake.work.notes WHERE id > 100
-- check: SELECT count(*) FROM lake.work.notes WHERE note LIKE 'CAN%'
-- gives: 0
INSERT INTO work.notes SELECT id + 1000, title FROM work.tasks

-- id: LAUNDER-009
-- tries: INSERT SELECT of a masked column
-- as: writer
-- expect: count 2
-- undo: DELETE FROM lake.work.notes WHERE id > 100
-- check: SELECT note FROM lake.work.notes WHERE id > 100
-- gives: (null)
-- gives: (null)
INSERT INTO work.notes SELECT id + 1000, mail FROM work.people

-- id: LAUNDER-010
-- tries: INSERT SELECT of a denied column
-- as: writer
-- expect: refused
INSERT INTO work.notes SELECT id, pay::VARCHAR FROM work.people

-- id: LAUNDER-011
-- tries: INSERT SELECT of a hidden table
-- as: writer
-- expect: hidden zq_vault
INSERT INTO work.notes SELECT id, zq_secret FROM zq_vault

-- id: LAUNDER-012
-- tries: INSERT SELECT of a table without SELECT
-- as: writer
-- expect: refused
INSERT INTO work.notes SELECT * FROM work.blind

-- id: LAUNDER-013
-- tries: INSERT of a subquery's value
-- as: writer
-- expect: hidden zq_vault
INSERT INTO work.notes VALUES (1, (SELECT max(zq_secret) FROM zq_vault))

-- id: LAUNDER-014
-- tries: INSERT BY NAME of a hidden table
-- as: writer
-- expect: hidden zq_vault
INSERT INTO work.notes BY NAME SELECT zq_secret AS note FROM zq_vault

-- id: LAUNDER-015
-- tries: INSERT with a CTE of a hidden table
-- as: writer
-- expect: hidden zq_vault
WITH v AS (FROM zq_vault) INSERT INTO work.notes SELECT id, zq_secret FROM v

-- id: LAUNDER-016
-- tries: RETURNING of a hidden value by a subquery
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.notes WHERE id > 100
INSERT INTO work.notes VALUES (1000, 'x') RETURNING (SELECT max(zq_secret) FROM zq_vault)

-- id: LAUNDER-017
-- tries: RETURNING of a subquery over the table itself
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.notes WHERE id > 100
INSERT INTO work.notes VALUES (1000, 'x') RETURNING (SELECT count(*) FROM work.notes)

-- id: LAUNDER-018
-- tries: RETURNING of masks
-- as: writer
-- expect: any
UPDATE work.people SET name = name RETURNING *

-- id: LAUNDER-019
-- tries: RETURNING of a denied column
-- as: writer
-- expect: refused
UPDATE work.people SET name = name RETURNING pay

-- id: LAUNDER-020
-- tries: RETURNING of a denied column by DELETE
-- as: writer
-- expect: refused
DELETE FROM work.people WHERE false RETURNING pay

-- id: LAUNDER-021
-- tries: RETURNING of the row
-- as: writer
-- expect: any
UPDATE work.people SET name = name RETURNING people

-- id: LAUNDER-022
-- tries: RETURNING by a pattern
-- as: writer
-- expect: any
UPDATE work.people SET name = name RETURNING COLUMNS('.*')

-- id: LAUNDER-023
-- tries: RETURNING from a table without SELECT
-- as: writer
-- expect: refused
UPDATE work.blind SET id = id RETURNING *

-- id: LAUNDER-024
-- tries: RETURNING of an inserted row of a table without SELECT
-- as: writer
-- expect: refused
INSERT INTO work.blind VALUES (7, 'x') RETURNING word

-- id: LAUNDER-025
-- tries: RETURNING with rowid
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.notes WHERE id > 100
INSERT INTO work.notes VALUES (1000, 'x') RETURNING rowid

-- id: LAUNDER-026
-- tries: UPDATE of all rows touches one's own
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.tasks WHERE title = 'mine' AND region IS DISTINCT FROM 'EU'
-- gives: 0
-- undo: UPDATE lake.work.tasks SET title = CASE id WHEN 1 THEN 'dig' WHEN 2 THEN 'sow' ELSE 'reap' END WHERE id < 4
UPDATE work.tasks SET title = 'mine'

-- id: LAUNDER-027
-- tries: UPDATE of a hidden row by its key
-- as: writer
-- expect: any
-- check: SELECT title = 'mine' FROM lake.work.tasks WHERE id = 4
-- gives: false
UPDATE work.tasks SET title = 'mine' WHERE id = 4

-- id: LAUNDER-028
-- tries: DELETE of a hidden row by its key
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.tasks
-- gives: 6
DELETE FROM work.tasks WHERE id = 4

-- id: LAUNDER-029
-- tries: DELETE of all deletes one's own
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.tasks WHERE id > 3
-- gives: 3
-- undo: DELETE FROM lake.work.tasks WHERE id < 4
-- undo: INSERT INTO lake.work.tasks VALUES (1, 'EU', 'dig', 1), (2, 'EU', 'sow', 2), (3, 'EU', 'reap', 3)
DELETE FROM work.tasks

-- id: LAUNDER-030
-- tries: TRUNCATE of a filtered table
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.tasks WHERE id > 3
-- gives: 3
-- undo: DELETE FROM lake.work.tasks WHERE id < 4
-- undo: INSERT INTO lake.work.tasks VALUES (1, 'EU', 'dig', 1), (2, 'EU', 'sow', 2), (3, 'EU', 'reap', 3)
TRUNCATE work.tasks

-- id: LAUNDER-031
-- tries: UPDATE with a condition that throws on hidden rows
-- as: writer
-- expect: any
UPDATE work.tasks SET points = points WHERE CASE WHEN id > 3 THEN error(title) ELSE true END

-- id: LAUNDER-032
-- tries: UPDATE with a value that throws on hidden rows
-- as: writer
-- expect: any
UPDATE work.tasks SET points = CASE WHEN id > 3 THEN error(title)::INTEGER ELSE points END

-- id: LAUNDER-033
-- tries: DELETE with a condition that throws on hidden rows
-- as: writer
-- expect: any
DELETE FROM work.tasks WHERE CASE WHEN id > 3 THEN error(title) ELSE false END

-- id: LAUNDER-034
-- tries: UPDATE FROM a hidden table
-- as: writer
-- expect: hidden zq_vault
UPDATE work.notes SET note = v.zq_secret FROM zq_vault v WHERE notes.id = v.id

-- id: LAUNDER-035
-- tries: UPDATE FROM others' rows, as a count
-- as: writer
-- expect: count 2
UPDATE work.notes SET note = note FROM work.tasks t WHERE t.id IN (notes.id, notes.id + 3)

-- id: LAUNDER-036
-- tries: UPDATE SET from a subquery of hidden rows
-- as: writer
-- expect: any
-- undo: UPDATE lake.work.notes SET note = 'n' || id
-- check: SELECT DISTINCT note FROM lake.work.notes
-- gives: sow
UPDATE work.notes SET note = (SELECT max(title) FROM work.tasks)

-- id: LAUNDER-037
-- tries: UPDATE of a masked column
-- as: writer
-- expect: any
-- undo: UPDATE lake.work.people SET mail = concat('CAN', 'ARY_mail', id)
UPDATE work.people SET mail = 'new' WHERE id = 1

-- id: LAUNDER-038
-- tries: UPDATE that copies a masked column
-- as: writer
-- expect: any
-- undo: UPDATE lake.work.people SET name = CASE id WHEN 1 THEN 'ann' ELSE 'bob' END
-- check: SELECT count(*) FROM lake.work.people WHERE name LIKE 'CAN%'
-- gives: 0
UPDATE work.people SET name = mail

-- id: LAUNDER-039
-- tries: UPDATE by a condition on a mask's column
-- as: writer
-- expect: any
-- undo: UPDATE lake.work.people SET name = CASE id WHEN 1 THEN 'ann' ELSE 'bob' END
-- check: SELECT count(*) FROM lake.work.people WHERE name = 'found'
-- gives: 0
UPDATE work.people SET name = 'found' WHERE mail LIKE 'CAN%'

-- id: LAUNDER-040
-- tries: UPDATE by a condition on a denied column
-- as: writer
-- expect: refused
UPDATE work.people SET name = 'found' WHERE pay > 0

-- id: LAUNDER-041
-- tries: UPDATE of a denied column
-- as: writer
-- expect: refused
UPDATE work.people SET pay = 0

-- id: LAUNDER-042
-- tries: UPDATE that copies a denied column
-- as: writer
-- expect: refused
UPDATE work.people SET name = pay::VARCHAR

-- id: LAUNDER-043
-- tries: INSERT into a denied column
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.people WHERE id > 2
INSERT INTO work.people (id, pay) VALUES (9, 9)

-- id: LAUNDER-044
-- tries: INSERT into all columns by position
-- as: writer
-- expect: any
-- undo: DELETE FROM lake.work.people WHERE id > 2
INSERT INTO work.people VALUES (9, 'eve', 9, 'x')

-- id: LAUNDER-045
-- tries: DELETE by a condition on a mask's column
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.people
-- gives: 2
DELETE FROM work.people WHERE mail IS NOT NULL

-- id: LAUNDER-046
-- tries: DELETE by a condition on a denied column
-- as: writer
-- expect: refused
DELETE FROM work.people WHERE pay > 0

-- id: LAUNDER-047
-- tries: DELETE USING a hidden table
-- as: writer
-- expect: hidden zq_vault
DELETE FROM work.notes USING zq_vault v WHERE notes.id = v.id

-- id: LAUNDER-048
-- tries: DELETE USING others' rows, as a count
-- as: writer
-- expect: count 0
DELETE FROM work.notes USING work.tasks t WHERE t.id = notes.id + 3

-- id: LAUNDER-049
-- tries: DELETE by a subquery of a hidden table
-- as: writer
-- expect: hidden zq_vault
DELETE FROM work.notes WHERE id IN (SELECT id FROM zq_vault)

-- id: LAUNDER-050
-- tries: UPDATE of a table without SELECT, by its values
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
UPDATE work.blind SET id = 5 WHERE word LIKE 'CAN%'

-- id: LAUNDER-051
-- tries: DELETE of a table without SELECT, by its values
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
DELETE FROM work.blind WHERE word LIKE 'CAN%'

-- id: LAUNDER-052
-- tries: an error with a value of a table without SELECT
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
UPDATE work.blind SET id = 1 WHERE error(word)

-- id: LAUNDER-053
-- tries: an error with a value of a table without SELECT, by DELETE
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
DELETE FROM work.blind WHERE word::INTEGER > 0

-- id: LAUNDER-054
-- tries: an error with a value of a table without SELECT, in SET
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
UPDATE work.blind SET id = word::INTEGER

-- id: LAUNDER-055
-- tries: UPDATE of all rows of a table without SELECT
-- as: writer
-- expect: any
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
UPDATE work.blind SET id = 1

-- id: LAUNDER-056
-- tries: MERGE on a table without SELECT
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
MERGE INTO work.blind b USING (SELECT 1 AS id) s ON b.word LIKE 'CAN%' WHEN MATCHED THEN UPDATE SET id = 1

-- id: LAUNDER-057
-- tries: UPDATE FROM the table without SELECT itself
-- as: writer
-- expect: refused
UPDATE work.notes SET note = b.word FROM work.blind b

-- id: LAUNDER-058
-- tries: UPDATE that copies within a table without SELECT
-- as: writer
-- expect: refused
-- undo: DELETE FROM lake.work.blind
-- undo: INSERT INTO lake.work.blind VALUES (1, concat('CAN', 'ARY_blind1'))
UPDATE work.blind SET word = word || id

-- id: LAUNDER-059
-- tries: MERGE from a hidden table
-- as: writer
-- expect: hidden zq_vault
MERGE INTO work.notes n USING zq_vault v ON n.id = v.id WHEN MATCHED THEN UPDATE SET note = v.zq_secret

-- id: LAUNDER-060
-- tries: MERGE that matches hidden rows
-- as: writer
-- expect: any
MERGE INTO work.tasks t USING (SELECT range AS id FROM range(7)) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET points = points

-- id: LAUNDER-061
-- tries: MERGE that matches hidden rows and deletes
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.tasks WHERE id = 4
-- gives: 1
MERGE INTO work.tasks t USING (SELECT 4 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE

-- id: LAUNDER-062
-- tries: MERGE WHEN NOT MATCHED BY SOURCE
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM lake.work.tasks WHERE id > 3
-- gives: 3
-- undo: DELETE FROM lake.work.tasks WHERE id < 4
-- undo: INSERT INTO lake.work.tasks VALUES (1, 'EU', 'dig', 1), (2, 'EU', 'sow', 2), (3, 'EU', 'reap', 3)
MERGE INTO work.tasks t USING (SELECT 1 AS id) s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE

-- id: LAUNDER-063
-- tries: MERGE RETURNING
-- as: writer
-- expect: any
MERGE INTO work.tasks t USING (SELECT 4 AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET points = 0 RETURNING merge_action, title

-- id: LAUNDER-064
-- tries: MERGE INSERT of a hidden value
-- as: writer
-- expect: hidden zq_vault
MERGE INTO work.notes n USING (SELECT 99 AS id) s ON n.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (99, (SELECT max(zq_secret) FROM zq_vault))

-- id: LAUNDER-065
-- tries: ON CONFLICT DO UPDATE of a hidden row
-- as: writer
-- expect: any
-- check: SELECT region, val = 'mine' FROM lake.work.keyed WHERE id = 900
-- gives: US|false
INSERT INTO work.keyed VALUES (900, 'EU', 'mine') ON CONFLICT (id) DO UPDATE SET val = excluded.val

-- id: LAUNDER-066
-- tries: ON CONFLICT DO UPDATE that copies the hidden value
-- as: writer
-- expect: any
-- check: SELECT region FROM lake.work.keyed WHERE id = 900
-- gives: US
-- undo: DELETE FROM lake.work.keyed WHERE id = 900
-- undo: INSERT INTO lake.work.keyed VALUES (900, 'US', concat('CAN', 'ARY_keyed900'))
INSERT INTO work.keyed VALUES (900, 'EU', 'mine') ON CONFLICT (id) DO UPDATE SET region = 'EU'

-- id: LAUNDER-067
-- tries: ON CONFLICT DO UPDATE with RETURNING
-- as: writer
-- expect: any
INSERT INTO work.keyed VALUES (900, 'EU', 'mine') ON CONFLICT (id) DO UPDATE SET region = region RETURNING *

-- id: LAUNDER-068
-- tries: ON CONFLICT DO NOTHING with RETURNING
-- as: writer
-- expect: any
INSERT INTO work.keyed VALUES (900, 'EU', 'mine') ON CONFLICT DO NOTHING RETURNING *

-- id: LAUNDER-069
-- tries: INSERT OR REPLACE of a hidden row
-- as: writer
-- expect: any
-- check: SELECT region FROM lake.work.keyed WHERE id = 900
-- gives: US
-- undo: DELETE FROM lake.work.keyed WHERE id = 900
-- undo: INSERT INTO lake.work.keyed VALUES (900, 'US', concat('CAN', 'ARY_keyed900'))
INSERT OR REPLACE INTO work.keyed VALUES (900, 'EU', 'mine')

-- id: LAUNDER-070
-- tries: INSERT OR IGNORE beside a hidden row
-- as: writer
-- expect: any
INSERT OR IGNORE INTO work.keyed VALUES (900, 'EU', 'mine')

-- id: LAUNDER-071
-- tries: a duplicate key of a hidden row
-- as: writer
-- expect: any
INSERT INTO work.keyed VALUES (900, 'EU', 'mine')

-- id: LAUNDER-072
-- tries: ON CONFLICT with a condition on the hidden row
-- as: writer
-- expect: any
INSERT INTO work.keyed VALUES (900, 'EU', 'mine') ON CONFLICT (id) DO UPDATE SET val = 'x' WHERE error(val)

-- id: LAUNDER-073
-- tries: ON CONFLICT SET from a hidden table
-- as: writer
-- expect: refused
INSERT INTO work.keyed VALUES (1, 'EU', 'x') ON CONFLICT (id) DO UPDATE SET val = (SELECT max(zq_secret) FROM zq_vault)

-- id: LAUNDER-074
-- tries: ON CONFLICT of a key of a masked table
-- as: writer
-- expect: any
-- undo: DELETE FROM lake.work.people WHERE name = 'x'
INSERT INTO work.people VALUES (1, 'x', 1, 'x') ON CONFLICT (id) DO UPDATE SET name = mail

-- id: LAUNDER-075
-- tries: a row moved into another region
-- as: writer
-- expect: any
-- undo: UPDATE lake.work.tasks SET region = 'EU' WHERE id = 1
UPDATE work.tasks SET region = 'US' WHERE id = 1

-- id: LAUNDER-076
-- tries: a row inserted for another region
-- as: writer
-- expect: any
-- undo: DELETE FROM lake.work.tasks WHERE id = 50
INSERT INTO work.tasks VALUES (50, 'US', 'planted', 0)

-- id: LAUNDER-077
-- tries: INSERT of the table's default, that is hidden
-- as: writer
-- expect: any
-- undo: DELETE FROM lake.work.people WHERE id > 2
INSERT INTO work.people (id) VALUES (9)

-- id: LAUNDER-078
-- tries: a default that reads
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (x VARCHAR DEFAULT (SELECT max(zq_secret) FROM zq_vault))

-- id: LAUNDER-079
-- tries: a default that calls
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (x VARCHAR DEFAULT current_setting('temp_directory'))

-- id: LAUNDER-080
-- tries: a generated column that calls
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (x VARCHAR, y VARCHAR AS (getenv(x)))

-- id: LAUNDER-081
-- tries: a check that reads
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (x VARCHAR CHECK (x IN (SELECT zq_secret FROM zq_vault)))

-- id: LAUNDER-082
-- tries: a check that calls a lake's macro
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (x VARCHAR CHECK (open.sneak(x) > ''))

-- id: LAUNDER-083
-- tries: a check that calls what is shadowed by a macro
-- as: writer
-- expect: any
-- undo: DROP TABLE IF EXISTS lake.work.fresh
CREATE TABLE work.fresh (x VARCHAR CHECK (lower(x) <> 'y'))

-- id: LAUNDER-084
-- tries: a foreign key to a hidden table
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (id INTEGER REFERENCES zq_vault (id))

-- id: LAUNDER-085
-- tries: a foreign key to a hidden table by its full name
-- as: writer
-- expect: refused
CREATE TABLE work.fresh (id INTEGER, FOREIGN KEY (id) REFERENCES main.zq_vault (id))

-- id: LAUNDER-086
-- tries: a column of a hidden type
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.fresh
CREATE TABLE work.fresh (x main.zq_mood)

-- id: LAUNDER-087
-- tries: an ALTER that computes with hidden rows
-- as: writer
-- expect: any
ALTER TABLE work.tasks ALTER COLUMN title TYPE INTEGER USING error(title)

-- id: LAUNDER-088
-- tries: an ALTER of a filtered table
-- as: writer
-- expect: refused
ALTER TABLE work.tasks ADD COLUMN x INTEGER

-- id: LAUNDER-089
-- tries: an ALTER that drops a denied column
-- as: writer
-- expect: refused
ALTER TABLE work.people DROP COLUMN pay

-- id: LAUNDER-090
-- tries: an ALTER that renames a denied column
-- as: writer
-- expect: refused
ALTER TABLE work.people RENAME COLUMN pay TO name2

-- id: LAUNDER-091
-- tries: an ALTER that adds a column of a denied name
-- as: writer
-- expect: any
ALTER TABLE work.people ADD COLUMN pay INTEGER

-- id: LAUNDER-092
-- tries: a SET DEFAULT that reads
-- as: writer
-- expect: refused
ALTER TABLE work.notes ALTER note SET DEFAULT (SELECT max(zq_secret) FROM zq_vault)

-- id: LAUNDER-093
-- tries: a NOT NULL that tells of hidden NULLs
-- as: writer
-- expect: refused
ALTER TABLE work.tasks ALTER region SET NOT NULL

-- id: LAUNDER-094
-- tries: a PRIMARY KEY that tells of hidden duplicates
-- as: writer
-- expect: refused
ALTER TABLE work.tasks ADD PRIMARY KEY (points)

-- id: LAUNDER-095
-- tries: a filtered table dropped and made anew
-- as: writer
-- expect: refused
DROP TABLE work.tasks

-- id: LAUNDER-096
-- tries: a filtered table replaced
-- as: writer
-- expect: refused
CREATE OR REPLACE TABLE work.tasks AS SELECT 1 AS x

-- id: LAUNDER-097
-- tries: a filtered table renamed out of its rule
-- as: writer
-- expect: refused
ALTER TABLE work.tasks RENAME TO free

-- id: LAUNDER-098
-- tries: a filtered table with ALTER, renamed out of its rule
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift RENAME TO free

-- id: LAUNDER-099
-- tries: the same, then read
-- as: writer
-- expect: refused
-- first?: ALTER TABLE work.shift RENAME TO free
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
SELECT * FROM work.free

-- id: LAUNDER-100
-- tries: columns exchanged beneath a filter
-- as: writer
-- expect: any
-- first?: ALTER TABLE work.shift RENAME COLUMN region TO old
-- first?: ALTER TABLE work.shift RENAME COLUMN place TO region
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
SELECT * FROM work.shift

-- id: LAUNDER-101
-- tries: a column of the filter made anew
-- as: writer
-- expect: any
-- first?: ALTER TABLE work.shift DROP COLUMN region
-- first?: ALTER TABLE work.shift ADD COLUMN region VARCHAR DEFAULT 'EU'
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
SELECT * FROM work.shift

-- id: LAUNDER-102
-- tries: a denied column renamed
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift RENAME COLUMN pay TO wage

-- id: LAUNDER-103
-- tries: a denied column dropped
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift DROP COLUMN pay

-- id: LAUNDER-104
-- tries: a column renamed onto a denied one
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift RENAME COLUMN word TO pay

-- id: LAUNDER-105
-- tries: a column added beside a denied one
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift ADD COLUMN pay INTEGER

-- id: LAUNDER-106
-- tries: a type changed, with an error over hidden rows
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift ALTER COLUMN word TYPE INTEGER

-- id: LAUNDER-107
-- tries: a type changed by an expression over hidden rows
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift ALTER COLUMN word TYPE VARCHAR USING error(word)

-- id: LAUNDER-108
-- tries: a type changed by an expression over a denied column
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift ALTER COLUMN word TYPE VARCHAR USING pay::VARCHAR

-- id: LAUNDER-109
-- tries: the type of the filter column changed
-- as: writer
-- expect: any
-- first?: ALTER TABLE work.shift ALTER COLUMN region TYPE VARCHAR USING 'EU'
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
SELECT * FROM work.shift

-- id: LAUNDER-110
-- tries: NOT NULL over hidden rows
-- as: writer
-- expect: any
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift ALTER COLUMN word SET NOT NULL

-- id: LAUNDER-111
-- tries: a key over hidden rows
-- as: writer
-- expect: any
-- undo: DROP TABLE IF EXISTS lake.work.free
-- undo: CREATE OR REPLACE TABLE lake.work.shift (id INTEGER, region VARCHAR, place VARCHAR, word VARCHAR, pay INTEGER)
-- undo: INSERT INTO lake.work.shift VALUES (1, 'EU', 'x', '7', 0), (2, 'US', 'EU', concat('CAN', 'ARY_shift2'), 918273640 + 5)
ALTER TABLE work.shift ADD PRIMARY KEY (word)

-- id: LAUNDER-112
-- tries: an unfiltered table renamed into a rule's name
-- as: writer
-- expect: any
-- undo: ALTER TABLE IF EXISTS lake.work.blind2 RENAME TO notes
ALTER TABLE work.notes RENAME TO blind2

-- id: LAUNDER-113
-- tries: a schema with hidden tables dropped
-- as: writer
-- expect: refused
DROP SCHEMA work CASCADE

-- id: LAUNDER-114
-- tries: a schema with hidden tables dropped, restricted
-- as: writer
-- expect: refused
DROP SCHEMA work

-- id: LAUNDER-115
-- tries: an owned schema dropped with a hidden table in it
-- as: writer
-- expect: refused
DROP SCHEMA yard CASCADE

-- id: LAUNDER-116
-- tries: an owned schema dropped, which tells that something is in it
-- as: writer
-- expect: refused
DROP SCHEMA yard

-- id: LAUNDER-117
-- tries: a hidden table of an owned schema replaced
-- as: writer
-- expect: refused
CREATE OR REPLACE TABLE yard.zq_buried AS SELECT 1 AS x

-- id: LAUNDER-118
-- tries: a hidden table of an owned schema dropped
-- as: writer
-- expect: hidden zq_buried
DROP TABLE yard.zq_buried

-- id: LAUNDER-119
-- tries: a locked table by CREATE OR REPLACE
-- as: writer
-- expect: refused
CREATE OR REPLACE TABLE work.zq_locked AS SELECT 1 AS x

-- id: LAUNDER-120
-- tries: a locked table by CREATE IF NOT EXISTS
-- as: writer
-- expect: refused
CREATE TABLE IF NOT EXISTS work.zq_locked AS SELECT 1 AS x

-- id: LAUNDER-121
-- tries: another table renamed onto the locked one
-- as: writer
-- expect: refused
ALTER TABLE work.notes RENAME TO zq_locked

-- id: LAUNDER-122
-- tries: a write in a transaction, then rolled back and read
-- as: writer
-- expect: rows
-- row: 3
-- first: BEGIN
-- first: INSERT INTO work.notes VALUES (77, 'x')
SELECT count(*) FROM work.notes

-- id: LAUNDER-123
-- tries: a transaction does not widen
-- as: writer
-- expect: hidden zq_vault
-- first: BEGIN
SELECT * FROM zq_vault

-- id: LAUNDER-124
-- tries: INSERT into a DuckLake of a hidden table
-- as: writer
-- expect: hidden zq_ledger
INSERT INTO duck.work.plain SELECT * FROM duck.main.zq_ledger

-- id: LAUNDER-125
-- tries: UPDATE of hidden rows in a DuckLake
-- as: writer
-- expect: any
-- check: SELECT line = 'mine' FROM duck.work.log WHERE id = 3
-- gives: false
UPDATE duck.work.log SET line = 'mine' WHERE id = 3

-- id: LAUNDER-126
-- tries: DELETE of hidden rows in a DuckLake
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM duck.work.log WHERE id = 3
-- gives: 1
DELETE FROM duck.work.log WHERE id = 3

-- id: LAUNDER-127
-- tries: MERGE on hidden rows in a DuckLake
-- as: writer
-- expect: any
-- check: SELECT count(*) FROM duck.work.log WHERE id = 3
-- gives: 1
MERGE INTO duck.work.log l USING (SELECT 3 AS id) s ON l.id = s.id WHEN MATCHED THEN DELETE

-- id: LAUNDER-128
-- tries: a count of hidden rows by UPDATE
-- as: writer
-- expect: any
UPDATE duck.work.log SET line = line WHERE line LIKE 'CAN%'
