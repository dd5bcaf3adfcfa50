--- Views, grants, and the server's own tables: a view gives its reader nothing that the reader does not have, only
--- administrators grant, and of sessions and statements everybody has their own (rows L02, L03, L12).

-- id: VIEW-001
-- tries: a view of a hidden table
-- as: writer
-- expect: hidden zq_vault
-- undo: DROP VIEW IF EXISTS lake.work.v
CREATE VIEW work.v AS SELECT * FROM zq_vault

-- id: VIEW-002
-- tries: a view of a hidden schema
-- as: writer
-- expect: hidden zq_hidden
CREATE VIEW work.v AS SELECT * FROM zq_hidden.items

-- id: VIEW-003
-- tries: a view of a denied column
-- as: writer
-- expect: refused
CREATE VIEW work.v AS SELECT pay FROM work.people

-- id: VIEW-004
-- tries: a view of a table without SELECT
-- as: writer
-- expect: refused
CREATE VIEW work.v AS SELECT * FROM work.blind

-- id: VIEW-005
-- tries: a view where one only reads
-- expect: refused
CREATE VIEW open.v AS SELECT 1 AS x

-- id: VIEW-006
-- tries: a view in a hidden schema
-- expect: hidden zq_hidden
CREATE VIEW zq_hidden.v AS SELECT 1 AS x

-- id: VIEW-007
-- tries: a view in the name of a hidden table
-- expect: refused
CREATE OR REPLACE VIEW main.zq_vault AS SELECT 1 AS x

-- id: VIEW-008
-- tries: a view in the name of a locked table
-- as: writer
-- expect: refused
CREATE OR REPLACE VIEW work.zq_locked AS SELECT 1 AS x

-- id: VIEW-009
-- tries: a view in the name of a filtered table
-- as: writer
-- expect: refused
CREATE OR REPLACE VIEW work.tasks AS SELECT 1 AS x

-- id: VIEW-010
-- tries: a view of DuckDB's own kind, in a temporary place
-- expect: refused
CREATE TEMP VIEW v AS SELECT * FROM zq_vault

-- id: VIEW-011
-- tries: a view with a function that reads settings
-- as: writer
-- expect: refused
CREATE VIEW work.v AS SELECT current_setting('threads') AS x

-- id: VIEW-012
-- tries: a view with a parameter
-- as: writer
-- via: prepared
-- expect: refused
-- bind: x
CREATE VIEW work.v AS SELECT ? AS x

-- id: VIEW-013
-- tries: a view with two statements
-- as: writer
-- expect: refused
CREATE VIEW work.v AS SELECT 1 AS x; SELECT 2

-- id: VIEW-014
-- tries: a view of the metadata
-- as: writer
-- expect: refused
CREATE VIEW work.v AS SELECT * FROM __ducklake_metadata_duck.ducklake_table

-- id: VIEW-015
-- tries: a view of a file
-- as: writer
-- expect: refused
CREATE VIEW work.v AS FROM '/etc/passwd.csv'

-- id: VIEW-016
-- tries: a recursive view
-- as: writer
-- expect: any
-- undo: DROP VIEW IF EXISTS lake.work.v
CREATE RECURSIVE VIEW work.v (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM v WHERE n < 3

-- id: VIEW-017
-- tries: a view of one's own temporary table
-- as: writer
-- expect: refused
-- first: CREATE TEMP TABLE t AS SELECT 1 AS x
-- undo: DROP VIEW IF EXISTS lake.work.v
CREATE VIEW work.v AS SELECT * FROM t

-- id: VIEW-018
-- tries: a view keeps its reader's filter
-- as: writer
-- expect: rows
-- row: 1|dig
-- row: 2|sow
-- row: 3|reap
-- first: CREATE OR REPLACE VIEW work.v AS SELECT id, title FROM work.tasks
-- undo: DROP VIEW IF EXISTS lake.work.v
SELECT * FROM work.v

-- id: VIEW-019
-- tries: a view keeps its reader's masks
-- as: writer
-- expect: rows
-- row: 1|ann|(null)
-- row: 2|bob|(null)
-- first: CREATE OR REPLACE VIEW work.v AS SELECT * FROM work.people
-- undo: DROP VIEW IF EXISTS lake.work.v
SELECT * FROM work.v

-- id: VIEW-020
-- tries: an administrator's view over what its reader may not see
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT zq_secret AS w FROM lake.main.zq_vault
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-021
-- tries: the same, described
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT zq_secret AS w FROM lake.main.zq_vault
-- undo: DROP VIEW lake.open.v
DESCRIBE open.v

-- id: VIEW-022
-- tries: the same, listed
-- via: query prepared
-- expect: rows
-- setup: CREATE VIEW lake.open.v AS SELECT zq_secret AS w FROM lake.main.zq_vault
-- undo: DROP VIEW lake.open.v
SELECT table_name FROM information_schema.tables WHERE table_name = 'v'

-- id: VIEW-023
-- tries: the same, its text
-- via: query prepared
-- expect: rows
-- setup: CREATE VIEW lake.open.v AS SELECT zq_secret AS w FROM lake.main.zq_vault
-- undo: DROP VIEW lake.open.v
SELECT sql FROM duckdb_views() WHERE view_name = 'v'

-- id: VIEW-024
-- tries: an administrator's view over filtered rows
-- via: query prepared
-- expect: same
-- setup: CREATE VIEW lake.open.v AS SELECT id, note FROM lake.main.orders
-- same-as: SELECT id, note FROM orders
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-025
-- tries: an administrator's view that counts filtered rows
-- via: query prepared
-- expect: same
-- setup: CREATE VIEW lake.open.v AS SELECT count(*) AS n, max(note) AS m FROM lake.main.orders
-- same-as: SELECT count(*), max(note) FROM orders
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-026
-- tries: an administrator's view over masks
-- via: query prepared
-- expect: same
-- setup: CREATE VIEW lake.open.v AS SELECT id, email, salary FROM lake.main.staff
-- same-as: SELECT id, email, salary FROM staff
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-027
-- tries: an administrator's view over a denied column
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT id, ssn FROM lake.main.staff
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-028
-- tries: an administrator's view that filters by a denied column
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT id FROM lake.main.staff WHERE ssn IS NOT NULL
-- undo: DROP VIEW lake.open.v
SELECT count(*) FROM open.v

-- id: VIEW-029
-- tries: an administrator's view with a star over a denied column
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT s.* FROM lake.main.staff s
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-030
-- tries: an administrator's view with the row
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT s AS whole FROM lake.main.staff s
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-031
-- tries: an administrator's view that compares rows
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT count(*) AS n FROM lake.main.staff a NATURAL JOIN lake.main.staff b
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-032
-- tries: a view of a view over what is hidden
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT zq_secret AS s FROM lake.main.zq_vault
-- setup: CREATE VIEW lake.open.w AS SELECT s FROM lake.open.v
-- undo: DROP VIEW lake.open.w
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.w

-- id: VIEW-033
-- tries: a view whose name is resolved where it was made
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT * FROM lake.main.zq_vault
-- first?: CREATE TEMP TABLE zq_vault AS SELECT 1 AS id
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-034
-- tries: a view over the reader's own temporary table
-- via: query prepared
-- expect: any
-- setup: CREATE VIEW lake.open.v AS SELECT * FROM lake.open.regions
-- first?: CREATE TEMP TABLE regions AS SELECT 1 AS id
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-035
-- tries: a view after its table was made anew with more
-- via: query prepared
-- expect: refused
-- expect reader filtered masked writer: rows
-- setup: CREATE TABLE lake.open.base AS SELECT 1 AS a
-- setup: CREATE VIEW lake.open.v AS SELECT a FROM lake.open.base
-- setup: CREATE OR REPLACE TABLE lake.open.base AS SELECT 2 AS a, 'more' AS b
-- row: 2
-- undo: DROP VIEW lake.open.v
-- undo: DROP TABLE lake.open.base
SELECT * FROM open.v

-- id: VIEW-036
-- tries: another's view replaced
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT 1 AS x
-- undo: DROP VIEW lake.open.v
CREATE OR REPLACE VIEW open.v AS SELECT 2 AS x

-- id: VIEW-037
-- tries: another's view dropped
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT 1 AS x
-- undo: DROP VIEW lake.open.v
DROP VIEW open.v

-- id: VIEW-038
-- tries: a hidden view dropped
-- via: query prepared
-- expect: hidden zq_seen
-- setup: CREATE VIEW lake.main.zq_seen AS SELECT 1 AS x
-- undo: DROP VIEW lake.main.zq_seen
DROP VIEW main.zq_seen

-- id: VIEW-039
-- tries: a hidden view dropped if it is there
-- via: query prepared
-- expect: hidden zq_seen
-- setup: CREATE VIEW lake.main.zq_seen AS SELECT 1 AS x
-- undo: DROP VIEW lake.main.zq_seen
DROP VIEW IF EXISTS main.zq_seen

-- id: VIEW-040
-- tries: a view of the lake dropped
-- expect: refused
DROP VIEW open.lens

-- id: VIEW-041
-- tries: a table dropped as a view
-- expect: refused
DROP VIEW open.items

-- id: VIEW-042
-- tries: a view dropped as a table
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT 1 AS x
-- undo: DROP VIEW lake.open.v
DROP TABLE open.v

-- id: VIEW-043
-- tries: a comment on another's view
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT 1 AS x
-- undo: DROP VIEW lake.open.v
COMMENT ON VIEW open.v IS 'x'

-- id: VIEW-044
-- tries: a write through a view
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.work.v AS SELECT * FROM lake.work.notes
-- undo: DROP VIEW lake.work.v
INSERT INTO work.v VALUES (9, 'x')

-- id: VIEW-045
-- tries: an update through a view
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.work.v AS SELECT * FROM lake.work.notes
-- undo: DROP VIEW lake.work.v
UPDATE work.v SET note = 'x'

-- id: VIEW-046
-- tries: a delete through a view
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.work.v AS SELECT * FROM lake.work.notes
-- undo: DROP VIEW lake.work.v
DELETE FROM work.v

-- id: VIEW-047
-- tries: a view that reads itself
-- as: writer
-- expect: any
-- first: CREATE OR REPLACE VIEW work.v AS SELECT 1 AS x
-- first?: CREATE OR REPLACE VIEW work.v AS SELECT * FROM work.v
-- undo: DROP VIEW IF EXISTS lake.work.v
SELECT * FROM work.v

-- id: VIEW-048
-- tries: a lake's view over hidden rows
-- expect: refused
SELECT * FROM open.lens

-- id: VIEW-049
-- tries: a lake's view over hidden rows, in a CTE
-- expect: refused
WITH c AS (FROM open.lens) SELECT count(*) FROM c

-- id: VIEW-050
-- tries: a lake's view over hidden rows, by an alias
-- expect: refused
SELECT l.word FROM open.lens AS l

-- id: VIEW-051
-- tries: a lake's view over filtered rows
-- expect: refused
SELECT count(*) FROM open.sales

-- id: VIEW-052
-- tries: a lake's view over masks
-- expect: refused
SELECT * FROM open.crew

-- id: VIEW-053
-- tries: a lake's view over what one sees
-- expect: any
SELECT * FROM open.cheap

-- id: VIEW-054
-- tries: a view over a lake's view over hidden rows
-- as: writer
-- expect: refused
-- undo: DROP VIEW IF EXISTS lake.work.v
CREATE VIEW work.v AS SELECT * FROM open.lens

-- id: VIEW-055
-- tries: CTAS of a lake's view over hidden rows
-- as: writer
-- expect: refused
-- undo: DROP TABLE IF EXISTS lake.work.fresh
CREATE TABLE work.fresh AS SELECT * FROM open.lens

-- id: VIEW-056
-- tries: an administrator's view over a lake's view
-- via: query prepared
-- expect: refused
-- setup: CREATE VIEW lake.open.v AS SELECT * FROM lake.open.lens
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: VIEW-057
-- tries: an administrator's view of who is asking
-- via: query prepared
-- expect: any
-- setup: CREATE VIEW lake.open.v AS SELECT current_user AS who
-- undo: DROP VIEW lake.open.v
SELECT * FROM open.v

-- id: GRANT-001
-- tries: grant select
-- expect: refused
GRANT SELECT ON lake.main.zq_vault TO USER reader

-- id: GRANT-002
-- tries: grant all
-- expect: refused
GRANT ALL ON CATALOG lake TO GROUP readers

-- id: GRANT-003
-- tries: grant all
-- expect: refused
GRANT ALL ON CATALOG zq_void TO USER nobody

-- id: GRANT-004
-- tries: grant select
-- expect: refused
GRANT SELECT ON SCHEMA lake.zq_hidden TO USER writer

-- id: GRANT-005
-- tries: grant select (id)
-- expect: refused
GRANT SELECT (id) ON lake.main.zq_vault TO USER reader

-- id: GRANT-006
-- tries: grant select
-- expect: refused
GRANT SELECT ON lake.work.notes TO USER nobody

-- id: GRANT-007
-- tries: grant select
-- expect: refused
GRANT SELECT ON lake.open.items TO USER nobody WITH GRANT OPTION

-- id: GRANT-008
-- tries: grant role admin
-- expect: refused
GRANT ROLE admin TO USER reader

-- id: GRANT-009
-- tries: grant role platform
-- expect: refused
GRANT ROLE platform TO USER reader

-- id: GRANT-010
-- tries: grant platform
-- expect: refused
GRANT platform TO reader

-- id: GRANT-011
-- tries: revoke all
-- expect: refused
REVOKE ALL ON lake.open.items FROM GROUP readers

-- id: GRANT-012
-- tries: revoke select
-- expect: refused
REVOKE SELECT ON lake.main.zq_vault FROM USER admin

-- id: GRANT-013
-- tries: create role boss
-- expect: refused
CREATE ROLE boss

-- id: GRANT-014
-- tries: drop role boss
-- expect: refused
DROP ROLE boss

-- id: GRANT-015
-- tries: drop role if exists boss
-- expect: refused
DROP ROLE IF EXISTS boss

-- id: GRANT-016
-- tries: create role if not exists platform
-- expect: refused
CREATE ROLE IF NOT EXISTS platform

-- id: GRANT-017
-- tries: show grants
-- expect: refused
SHOW GRANTS

-- id: GRANT-018
-- tries: show grants
-- expect: refused
SHOW GRANTS ON lake.main.zq_vault

-- id: GRANT-019
-- tries: show grants
-- expect: refused
SHOW GRANTS TO USER admin

-- id: GRANT-020
-- tries: show roles
-- expect: refused
SHOW ROLES

-- id: GRANT-021
-- tries: show role grants
-- expect: refused
SHOW ROLE GRANTS

-- id: GRANT-022
-- tries: set role platform
-- expect: refused
SET ROLE platform

-- id: GRANT-023
-- tries: alter role boss rename
-- expect: refused
ALTER ROLE boss RENAME TO x

-- id: GRANT-024
-- tries: explain grant select
-- expect: refused
EXPLAIN GRANT SELECT ON lake.main.zq_vault TO USER reader

-- id: GRANT-025
-- tries: grant select
-- expect: refused
GRANT SELECT ON lake.open.items TO USER 'x''; DROP TABLE y'

-- id: GRANT-026
-- tries: deny select
-- expect: refused
DENY SELECT ON lake.open.items TO USER reader

-- id: GRANT-027
-- tries: a grant of what the file denies gives nothing
-- expect: refused
-- setup: GRANT SELECT ON lake.main.zq_vault TO USER reader
-- setup: GRANT SELECT ON lake.main.zq_vault TO USER nobody
-- undo: REVOKE SELECT ON lake.main.zq_vault FROM USER reader
-- undo: REVOKE SELECT ON lake.main.zq_vault FROM USER nobody
SELECT * FROM zq_vault

-- id: GRANT-028
-- tries: a grant of what the file filters does not lift the filter
-- as: filtered
-- expect: refused
-- expect filtered: rows
-- row: 5
-- setup: GRANT SELECT ON lake.main.orders TO USER filtered
-- undo: REVOKE SELECT ON lake.main.orders FROM USER filtered
SELECT count(*) FROM orders

-- id: GRANT-029
-- tries: a grant of columns gives no others
-- as: reader nobody
-- expect: refused
-- expect reader: rows
-- row: 1|EU
-- setup: GRANT SELECT (id, region) ON lake.main.orders TO USER reader
-- undo: REVOKE SELECT ON lake.main.orders FROM USER reader
SELECT * FROM orders WHERE id = 1

-- id: GRANT-030
-- tries: a column that was not granted
-- as: reader
-- expect: refused
-- setup: GRANT SELECT (id, region) ON lake.main.orders TO USER reader
-- undo: REVOKE SELECT ON lake.main.orders FROM USER reader
SELECT note FROM orders

-- id: GRANT-031
-- tries: a grant gone is gone
-- as: reader
-- expect: refused
-- setup: GRANT SELECT ON lake.main.orders TO USER reader
-- setup: REVOKE SELECT ON lake.main.orders FROM USER reader
SELECT * FROM orders

-- id: GRANT-032
-- tries: a grant to another in another spelling
-- as: reader
-- expect: refused
-- setup: GRANT SELECT ON lake.main.orders TO USER "READER"
-- undo: REVOKE SELECT ON lake.main.orders FROM USER "READER"
SELECT * FROM orders

-- id: SYS-001
-- tries: kill a statement that is not there
-- expect: hidden zq0
CALL lakegate.kill_statement('zq0')

-- id: SYS-002
-- tries: kill a session that is not there
-- expect: hidden zq0
CALL lakegate.kill_session('zq0')

-- id: SYS-003
-- tries: kill everything
-- expect: refused
CALL lakegate.kill_statement('%')

-- id: SYS-004
-- tries: kill all
-- expect: refused
CALL lakegate.kill_session('*')

-- id: SYS-005
-- tries: kill by a query
-- expect: refused
CALL lakegate.kill_session((SELECT max(id) FROM lakegate.system.sessions))

-- id: SYS-006
-- tries: kill by a NULL
-- expect: refused
CALL lakegate.kill_statement(NULL)

-- id: SYS-007
-- tries: kill as a table
-- expect: refused
SELECT * FROM lakegate.kill_statement('x')

-- id: SYS-008
-- tries: kill as a function
-- expect: refused
SELECT lakegate.kill_statement('x')

-- id: SYS-009
-- tries: another procedure
-- expect: refused
CALL lakegate.reload()

-- id: SYS-010
-- tries: another catalog's procedure
-- expect: refused
CALL lake.kill_statement('x')

-- id: SYS-011
-- tries: sessions are one's own
-- expect: rows
-- expect nobody: any
SELECT DISTINCT user_name FROM lakegate.system.sessions WHERE user_name <> current_user

-- id: SYS-012
-- tries: statements are one's own
-- expect: rows
-- expect nobody: any
SELECT DISTINCT user_name FROM lakegate.system.statements WHERE user_name <> current_user

-- id: SYS-013
-- tries: others' statements by a join
-- expect: rows
-- expect nobody: any
SELECT s.user_name FROM lakegate.system.statements s JOIN lakegate.system.sessions e ON e.id = s.session_id WHERE s.user_name <> current_user

-- id: SYS-014
-- tries: others' addresses
-- expect: rows
-- expect nobody: any
-- row: false
SELECT count(DISTINCT user_name) > 1 FROM lakegate.system.statements

-- id: SYS-015
-- tries: limits are one's own
-- expect: any
SELECT name, limit_name FROM lakegate.system.limits

-- id: SYS-016
-- tries: sessions as a row
-- expect: rows
-- expect nobody: any
-- row: 0
SELECT count(*) FROM lakegate.system.sessions s WHERE s::VARCHAR LIKE '%admin%'

-- id: SYS-017
-- tries: grants
-- expect: refused NotFound
SELECT * FROM lakegate.system.grants

-- id: SYS-018
-- tries: roles
-- expect: refused NotFound
SELECT * FROM lakegate.system.roles

-- id: SYS-019
-- tries: the audit
-- expect: refused NotFound
SELECT * FROM lakegate.audit.events

-- id: SYS-020
-- tries: the audit by another case
-- expect: refused
SELECT * FROM "LAKEGATE"."AUDIT"."EVENTS"

-- id: SYS-021
-- tries: the audit told from a missing table
-- expect: like
-- like: SELECT * FROM lakegate.audit.events
SELECT * FROM lakegate.audit.events

-- id: SYS-022
-- tries: grants in DESCRIBE
-- expect: refused
DESCRIBE lakegate.system.grants

-- id: SYS-023
-- tries: the audit in SUMMARIZE
-- expect: refused
SUMMARIZE lakegate.audit.events

-- id: SYS-024
-- tries: the audit in EXPLAIN
-- expect: refused
EXPLAIN SELECT * FROM lakegate.audit.events

-- id: SYS-025
-- tries: the audit by USE
-- expect: refused
-- first?: USE lakegate.audit
SELECT * FROM events

-- id: SYS-026
-- tries: the audit's files
-- expect: refused
SELECT * FROM read_ndjson('audit/**')

-- id: SYS-027
-- tries: the system is not listed
-- expect: rows
SELECT table_name FROM information_schema.tables WHERE table_catalog = 'lakegate'

-- id: SYS-028
-- tries: the system's catalog is not listed
-- expect: rows
SELECT database_name FROM duckdb_databases() WHERE database_name = 'lakegate'

-- id: SYS-029
-- tries: a write to the system
-- expect: refused
DELETE FROM lakegate.system.sessions

-- id: SYS-030
-- tries: a table in the system
-- expect: refused
CREATE TABLE lakegate.system.mine (x INTEGER)

-- id: SYS-031
-- tries: a table in the audit
-- expect: refused
CREATE TABLE lakegate.audit.mine (x INTEGER)

-- id: SYS-032
-- tries: a drop in the system
-- expect: refused
DROP TABLE lakegate.audit.events

-- id: SYS-033
-- tries: the schema of the audit dropped
-- expect: refused
DROP SCHEMA lakegate.audit CASCADE

-- id: SYS-034
-- tries: a comment on the system
-- expect: refused
COMMENT ON TABLE lakegate.system.sessions IS 'x'

-- id: SYS-035
-- tries: CTAS of one's own statements
-- expect: any
CREATE TEMP TABLE t AS SELECT * FROM lakegate.system.statements

-- id: SYS-036
-- tries: the system through a view
-- expect: refused
-- undo: DROP VIEW IF EXISTS lake.work.v
CREATE VIEW work.v AS SELECT * FROM lakegate.system.sessions

-- id: SYS-037
-- tries: the texts of others' statements
-- via: query
-- expect: rows
-- expect nobody: any
SELECT statement FROM lakegate.system.statements WHERE statement NOT LIKE '%lakegate.system.statements%'

-- id: SYS-038
-- tries: the system joined with the data
-- expect: any
SELECT count(*) FROM lakegate.system.sessions s, open.items i

-- id: SYS-039
-- tries: the system's limits summarised
-- expect: any
SUMMARIZE lakegate.system.limits

-- id: SYS-040
-- tries: sessions in a lateral join
-- expect: any
SELECT * FROM range(2) r(i), LATERAL (SELECT count(*) FROM lakegate.system.sessions WHERE i = 1) l

-- id: SYS-041
-- tries: sessions sampled
-- expect: any
SELECT count(*) FROM lakegate.system.sessions USING SAMPLE 50%
