--- Do the five people have what they should? The rest of the suite rests on this.

-- id: B-001
-- tries: everybody reads what is open, but nobody
-- expect: same
SELECT * FROM open.items ORDER BY id

-- id: B-002
-- tries: one's own rows
-- expect: same
SELECT * FROM orders

-- id: B-003
-- tries: the masks
-- expect: same
SELECT * FROM lake.main.staff

-- id: B-004
-- tries: a filter over a denied column
-- expect: same
SELECT * FROM reports

-- id: B-005
-- tries: one's own rows of a DuckLake
-- expect: same
SELECT * FROM duck.main.events

-- id: B-006
-- tries: the masks of a DuckLake's table
-- expect: same
FROM duck.main.people

-- id: B-007
-- tries: the writer's schema
-- expect: same
SELECT * FROM work.tasks, work.keyed, work.notes, work.people

-- id: B-008
-- tries: a writer writes
-- expect: refused
-- expect writer: count 1
-- undo: DELETE FROM lake.work.notes WHERE id = 77
-- check: SELECT count(*) FROM lake.work.notes WHERE id = 77
-- gives: 1
-- as: writer
INSERT INTO work.notes VALUES (77, 'new')

-- id: B-009
-- tries: a hidden table
-- expect: hidden zq_vault
SELECT * FROM zq_vault

-- id: B-010
-- tries: a table without SELECT
-- expect: refused
SELECT * FROM work.blind
