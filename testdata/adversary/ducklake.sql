--- What a DuckLake brings: metadata under a name of its own, files, versions and statistics. Of an older version
--- one sees what one may see of the present one.

-- id: LAKE-001
-- tries: the metadata as a catalog
-- expect: refused
SELECT * FROM __ducklake_metadata_duck.ducklake_table

-- id: LAKE-002
-- tries: the metadata as a catalog and main
-- expect: refused
SELECT * FROM __ducklake_metadata_duck.main.ducklake_data_file

-- id: LAKE-003
-- tries: the metadata as a schema
-- expect: refused
SELECT * FROM __ducklake_metadata_duck

-- id: LAKE-004
-- tries: the metadata as a quoted catalog
-- expect: refused
SELECT * FROM "__ducklake_metadata_duck"."main"."ducklake_snapshot"

-- id: LAKE-005
-- tries: the metadata as a catalog in capitals
-- expect: refused
SELECT * FROM __DUCKLAKE_METADATA_DUCK.DUCKLAKE_COLUMN

-- id: LAKE-006
-- tries: the metadata as a table of the lake
-- expect: refused
SELECT * FROM duck.main.ducklake_table

-- id: LAKE-007
-- tries: the metadata as a bare table
-- expect: refused
SELECT * FROM ducklake_file_column_stats

-- id: LAKE-008
-- tries: the metadata as a table of statistics
-- expect: refused
SELECT * FROM duck.ducklake_table_column_stats

-- id: LAKE-009
-- tries: the metadata as a table of inlined data
-- expect: refused
SELECT * FROM duck.main.ducklake_inlined_data_tables

-- id: LAKE-010
-- tries: the metadata as inlined rows
-- expect: refused
SELECT * FROM duck.main.ducklake_inlined_data_1_1

-- id: LAKE-011
-- tries: the metadata as a schema public
-- expect: refused
SELECT * FROM duck.public.ducklake_table

-- id: LAKE-012
-- tries: the metadata as a catalog of PostgreSQL
-- expect: refused
SELECT * FROM postgres.public.ducklake_table

-- id: LAKE-013
-- tries: the metadata as information_schema of the metadata
-- expect: refused
SELECT * FROM __ducklake_metadata_duck.information_schema.tables

-- id: LAKE-014
-- tries: USE of the metadata
-- expect: refused
USE __ducklake_metadata_duck

-- id: LAKE-015
-- tries: INSERT into the metadata
-- expect: refused
INSERT INTO __ducklake_metadata_duck.ducklake_tag VALUES (1)

-- id: LAKE-016
-- tries: DETACH of the metadata
-- expect: refused
DETACH __ducklake_metadata_duck

-- id: LAKE-017
-- tries: CREATE in the metadata
-- expect: refused
CREATE TABLE __ducklake_metadata_duck.x (a INTEGER)

-- id: LAKE-018
-- tries: DESCRIBE of the metadata
-- expect: refused
DESCRIBE __ducklake_metadata_duck.ducklake_table

-- id: LAKE-019
-- tries: file names as columns
-- expect: refused
SELECT filename FROM duck.open.colours

-- id: LAKE-020
-- tries: row numbers of files
-- expect: refused
SELECT file_row_number FROM duck.open.colours

-- id: LAKE-021
-- tries: the index of files
-- expect: refused
SELECT file_index FROM duck.open.colours

-- id: LAKE-022
-- tries: row ids
-- expect: refused
SELECT rowid FROM duck.open.colours

-- id: LAKE-023
-- tries: snapshot ids
-- expect: refused
SELECT snapshot_id FROM duck.main.events

-- id: LAKE-024
-- tries: file names in a star
-- expect: same
SELECT * FROM duck.open.colours

-- id: LAKE-025
-- tries: virtual columns by a pattern
-- expect: permitted
SELECT COLUMNS('file.*') FROM duck.open.colours

-- id: LAKE-026
-- tries: a virtual column in WHERE
-- expect: refused
SELECT id FROM duck.main.events WHERE filename LIKE '%x%'

-- id: LAKE-027
-- tries: a virtual column by its table
-- expect: refused
SELECT colours.filename FROM duck.open.colours

-- id: LAKE-028
-- tries: a virtual column by USING
-- expect: refused
SELECT * FROM duck.open.colours a JOIN duck.open.colours b USING (filename)

-- id: LAKE-029
-- tries: an older version keeps the filter
-- expect: refused
-- expect filtered: rows
-- row: 1|go
SELECT id, word FROM duck.main.events AT (VERSION => 7) WHERE id < 100

-- id: LAKE-030
-- tries: all versions, all filtered
-- expect: refused
-- expect filtered: rows
-- row: 0
SELECT count(*) FROM duck.main.events AT (VERSION => 9) WHERE region <> 'EU'

-- id: LAKE-031
-- tries: a time, filtered
-- expect: refused
-- expect filtered: rows
-- row: 31
SELECT count(*) FROM duck.main.events AT (TIMESTAMP => TIMESTAMPTZ '2999-01-01 00:00:00+00')

-- id: LAKE-032
-- tries: a version joined with now
-- expect: refused
-- expect filtered: rows
-- row: gone|go
SELECT a.word, b.word FROM duck.main.events a JOIN duck.main.events AS b AT (VERSION => 9) USING (id) WHERE a.word <> b.word

-- id: LAKE-033
-- tries: an alias before a version
-- expect: refused
-- expect filtered: any
SELECT e.* FROM duck.main.events AS e AT (VERSION => 8)

-- id: LAKE-034
-- tries: a version that is a subquery
-- expect: refused
SELECT * FROM duck.main.events AT (VERSION => (SELECT max(id) FROM zq_vault))

-- id: LAKE-035
-- tries: a version of a parameter
-- via: prepared
-- expect: refused
-- expect filtered: any
-- bind: 9
SELECT count(*) FROM duck.main.events AT (VERSION => ?)

-- id: LAKE-036
-- tries: a version before the table was
-- expect: refused
SELECT * FROM duck.main.events AT (VERSION => 1)

-- id: LAKE-037
-- tries: a version that is not there
-- expect: refused
SELECT * FROM duck.main.events AT (VERSION => 999999)

-- id: LAKE-038
-- tries: a time before the lake was
-- expect: refused
SELECT * FROM duck.main.events AT (TIMESTAMP => TIMESTAMP '1999-01-01')

-- id: LAKE-039
-- tries: a version of masks
-- expect: refused
-- expect masked: rows
-- row: (null)
-- row: (null)
SELECT mail FROM duck.main.people AT (VERSION => 13)

-- id: LAKE-040
-- tries: a denied column of a version
-- expect: refused
SELECT zq_pin FROM duck.main.people AT (VERSION => 13)

-- id: LAKE-041
-- tries: a version of a hidden table
-- expect: hidden zq_ledger
SELECT * FROM duck.main.zq_ledger AT (VERSION => 14)

-- id: LAKE-042
-- tries: a version of a hidden schema
-- expect: hidden zq_hidden
SELECT * FROM duck.zq_hidden.zq_deep AT (VERSION => 16)

-- id: LAKE-043
-- tries: a version of a view
-- expect: refused
SELECT * FROM duck.open.dlens AT (VERSION => 1)

-- id: LAKE-044
-- tries: a version of what is no DuckLake
-- expect: refused
SELECT * FROM open.items AT (VERSION => 1)

-- id: LAKE-045
-- tries: a version of a CTE
-- expect: refused
WITH c AS (SELECT 1) SELECT * FROM c AT (VERSION => 1)

-- id: LAKE-046
-- tries: a write to a version
-- expect: refused
DELETE FROM duck.work.log AT (VERSION => 1)

-- id: LAKE-047
-- tries: CTAS of a version
-- as: writer
-- expect: refused
-- expect writer: rows
-- row: 2
-- first: CREATE TEMP TABLE t AS SELECT * FROM duck.work.log AT (TIMESTAMP => TIMESTAMPTZ '2999-01-01 00:00:00+00')
SELECT count(*) FROM t

-- id: LAKE-048
-- tries: a description of a version
-- expect: any
DESCRIBE SELECT * FROM duck.main.events AT (VERSION => 9)

-- id: LAKE-049
-- tries: a summary of a version
-- expect: any
SUMMARIZE SELECT * FROM duck.main.events AT (VERSION => 9)

-- id: LAKE-050
-- tries: statistics by min and max
-- expect: same
SELECT min(n), max(n), count(*), min(word), max(word) FROM duck.main.events

-- id: LAKE-051
-- tries: a count from the metadata
-- expect: same
SELECT count(*) FROM duck.main.events

-- id: LAKE-052
-- tries: a count of a missing value
-- expect: same
SELECT count(*) FROM duck.main.events WHERE n = 918273640 + 1

-- id: LAKE-053
-- tries: pruning by a hidden value
-- expect: same
SELECT id FROM duck.main.events WHERE n > 1000

-- id: LAKE-054
-- tries: a partition set on a filtered table
-- expect: refused
ALTER TABLE duck.work.log SET PARTITIONED BY (region)

-- id: LAKE-055
-- tries: a sort set on a filtered table
-- expect: refused
ALTER TABLE duck.work.log SET SORTED BY (line)

-- id: LAKE-056
-- tries: a commit message
-- expect: refused
CALL duck.set_commit_message('admin', 'x')

-- id: LAKE-057
-- tries: a type change over hidden rows
-- expect: refused
ALTER TABLE duck.work.log ALTER line TYPE INTEGER

-- id: LAKE-058
-- tries: a field added over a filter
-- expect: refused
ALTER TABLE duck.work.log ADD COLUMN x INTEGER

-- id: LAKE-059
-- tries: TRUNCATE of a filtered table
-- as: writer
-- expect: refused
-- expect writer: any
-- check: SELECT count(*) FROM duck.work.log WHERE region = 'US'
-- gives: 1
-- undo: DELETE FROM duck.work.log WHERE region = 'EU'
-- undo: INSERT INTO duck.work.log VALUES (1, 'EU', 'up'), (2, 'EU', 'down')
TRUNCATE duck.work.log

-- id: LAKE-060
-- tries: a view of the lake
-- expect: refused
SELECT * FROM duck.open.dlens

-- id: LAKE-061
-- tries: a view of the lake in a subquery
-- expect: refused
SELECT (SELECT max(zq_entry) FROM duck.open.dlens)

-- id: LAKE-062
-- tries: a view made in the lake
-- expect: any
-- undo: DROP VIEW IF EXISTS duck.work.v
CREATE VIEW duck.work.v AS SELECT * FROM duck.main.zq_ledger
